//! Glue for the spools of the `load` crate.

use std::fs::File;
use std::os::fd::{AsFd, BorrowedFd};
use std::sync::Arc;

use napi::bindgen_prelude::{ClassInstance, Object, Uint8Array, Uint32Array};
use napi::{Env, Result};
use napi_derive::napi;
use serde_json::{Value, json};
use sharray_decode::Encoding;
use sharray_load::{About, Failure, Items, Spool};

use crate::error::fail;
use crate::load_threads::{Soon, bug, failed, here_or_on_thread};

/// The name by which messages call an encoding; none for one that is not read.
#[napi]
pub fn encoding_name(name: String) -> Option<String> {
    Encoding::named(&name).map(|encoding| encoding.name().to_string())
}

/// What a path leads to.
#[napi(object)]
pub struct SourceProbe {
    pub regular: bool,
    pub format: String,
    pub blocks: bool,
    pub mark: bool,
    pub size: f64,
}

/// Looks at what a path leads to: at a regular file of `small` bytes at most on this thread, else on one of its own.
#[napi(ts_return_type = "SourceProbe | Promise<SourceProbe>")]
pub fn probe_source<'env>(
    env: &'env Env,
    path: String,
    label: String,
    small: u32,
) -> Result<Soon<'env, SourceProbe>> {
    // What is wrong with the path is told of where it is opened.
    let here = std::fs::metadata(&path)
        .is_ok_and(|found| found.is_file() && found.len() <= u64::from(small));
    here_or_on_thread(env, here, "probe", move || {
        let found = sharray_load::probe(&path, &label).map_err(failed)?;
        Ok(SourceProbe {
            regular: found.regular,
            format: found.format.name().to_string(),
            blocks: found.blocks,
            mark: found.mark,
            size: found.size as f64,
        })
    })
}

/// An input that comes but once.
#[napi]
pub struct NativeSpool {
    pub(crate) spool: Arc<Spool>,
}

impl NativeSpool {
    fn over(spool: Spool) -> NativeSpool {
        NativeSpool {
            spool: Arc::new(spool),
        }
    }
}

fn about(label: String, keep: bool) -> About {
    About {
        label,
        keep,
        space: Box::new(space),
    }
}

#[napi]
impl NativeSpool {
    /// One into which something is pushed. `keep`: it is read more than once, beside the planning of loads.
    #[napi(constructor)]
    pub fn new(label: String, keep: bool) -> NativeSpool {
        NativeSpool::over(Spool::new(about(label, keep)))
    }

    /// One of a pipe or a device.
    #[napi(factory)]
    pub fn of_path(path: String, label: String, keep: bool) -> Result<NativeSpool> {
        let spool = Spool::of_path(&path, about(label, keep)).map_err(failed)?;
        Ok(NativeSpool::over(spool))
    }

    /// One of what is left to be read from standard input.
    #[napi(factory)]
    pub fn of_stdin(label: String, keep: bool) -> Result<NativeSpool> {
        let file = duplicate(std::io::stdin().as_fd())?;
        Ok(NativeSpool::over(Spool::of_descriptor(
            file,
            about(label, keep),
        )))
    }

    /// Takes some more bytes, which are copied before this returns.
    #[napi]
    pub fn push(&self, bytes: Uint8Array) -> Result<()> {
        self.spool.push(&bytes).map_err(failed)
    }

    /// Takes some more characters.
    #[napi]
    pub fn push_characters(&self, text: String) -> Result<()> {
        self.spool.push_characters(&text).map_err(failed)
    }

    /// Takes some more lines: their bytes behind one another, and where each ends. `utf8`: they are characters, as UTF-8; else text of the
    /// encoding. `quoted`: they end softly.
    #[napi]
    pub fn push_lines(
        &self,
        bytes: Uint8Array,
        ends: Uint32Array,
        utf8: bool,
        encoding: String,
        quoted: bool,
    ) -> Result<()> {
        let items = Items {
            bytes: &bytes,
            ends: &ends,
            utf8,
        };
        let encoding = Encoding::named(&encoding).ok_or_else(|| bug("an encoding is none"))?;
        self.spool
            .push_items(items, encoding, quoted)
            .map_err(failed)
    }

    /// Undefined where more may be pushed at once; else a promise that resolves when that is so, or nothing more is wanted.
    #[napi(ts_return_type = "Promise<void> | undefined")]
    pub fn room<'env>(&self, env: &'env Env) -> Result<Option<Object<'env>>> {
        if self.spool.has_room() {
            return Ok(None);
        }
        let (deferred, promise) = env.create_deferred()?;
        self.spool.when_room(move || deferred.resolve(|_| Ok(())));
        Ok(Some(promise))
    }

    /// Ends what was pushed; with a code and a message because of a failure, which is told to whoever has read all before it.
    #[napi]
    pub fn end(&self, code: Option<String>, message: Option<String>) {
        let failure = code.map(|code| Failure {
            code: if code == "BAD_ARGUMENT" {
                "BAD_ARGUMENT"
            } else {
                "IO_ERROR"
            },
            message: message.unwrap_or_default(),
            details: json!({}),
        });
        self.spool.end(failure.map_or(Ok(()), Err));
    }

    /// Ends all work with ABORTED, also where it waits.
    #[napi]
    pub fn abort(&self) {
        self.spool.abort();
    }

    /// Bytes that have come.
    #[napi]
    pub fn come(&self) -> f64 {
        self.spool.come() as f64
    }

    /// Ends all work, and gives up memory and descriptors.
    #[napi]
    pub fn close(&self) {
        self.spool.close();
    }
}

/// The spools that loads are given.
pub(crate) fn spools_of(spools: &[ClassInstance<'_, NativeSpool>]) -> Vec<Arc<Spool>> {
    spools.iter().map(|spool| spool.spool.clone()).collect()
}

fn space(bytes: u64) -> std::result::Result<(), (String, Value)> {
    sharray_memory::check_space_for(bytes, "text that is read again").map_err(|error| {
        let details = crate::memory::error_details(&error);
        (error.to_string(), details)
    })
}

fn duplicate(fd: BorrowedFd<'_>) -> Result<File> {
    fd.try_clone_to_owned().map(File::from).map_err(|error| {
        let errno = error.raw_os_error();
        if matches!(errno, Some(libc::EMFILE | libc::ENFILE)) {
            let message = "too many files are open to read one more; raise the limit (ulimit -n).";
            return fail("TOO_MANY_FILES", message, json!({ "errno": errno }));
        }
        let message = format!("descriptor cannot be read: {error}.");
        fail("IO_ERROR", message, json!({ "errno": errno }))
    })
}
