//! Glue for the spools of the `load` crate: each has a thread of its own, and every operation settles a promise.

use std::cell::RefCell;
use std::fs::File;
use std::os::fd::{AsFd, BorrowedFd};
use std::sync::Arc;

use napi::bindgen_prelude::{Object, ToNapiValue, TypeName, Uint8Array, Uint32Array};
use napi::{Env, Result};
use napi_derive::napi;
use serde_json::{Value, json};
use sharray_decode::Encoding;
use sharray_file::Strand;
use sharray_load::{Failure, Items, Spool, Watch};

use crate::error::fail;
use crate::load::{Soon, failed, here_or_on_thread};
use crate::memory::NativeBlock;
use crate::outcome::{Failure as Thrown, Make, guarded, settle};

impl Thrown for Failure {
    fn new(code: &'static str, message: &str) -> Failure {
        Failure {
            code,
            message: message.to_string(),
            details: json!({}),
        }
    }

    fn thrown(self) -> napi::Error {
        fail(self.code, self.message, self.details)
    }
}

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

/// One input on its way into a block, as UTF-8.
#[napi]
pub struct NativeSpool {
    strand: RefCell<Option<Strand<Option<Spool>>>>,
    watch: Arc<Watch>,
}

/// Begins one that writes into a block, from its first byte on. `encoding`: none for UTF-8.
#[napi(ts_return_type = "Promise<NativeSpool>")]
pub fn create_spool<'env>(
    env: &'env Env,
    block: &NativeBlock,
    encoding: Option<String>,
    label: String,
) -> Result<Object<'env>> {
    let encoding = match encoding {
        None => Encoding::Utf8,
        Some(name) => Encoding::named(&name).ok_or_else(|| {
            let message = format!("encoding: {name:?} is not one that is read");
            fail("BAD_ARGUMENT", message, json!({ "option": "encoding" }))
        })?,
    };
    let attachment = block.attachment()?;
    let to = duplicate(attachment.fd())?;
    let watch = Arc::new(Watch::default());
    let spool = Spool::new(
        Arc::new(to),
        attachment.data_len(),
        encoding,
        label,
        watch.clone(),
    );
    let (deferred, promise) = env.create_deferred::<NativeSpool, Make<NativeSpool>>()?;
    Strand::start(
        move || Ok(Some(spool)),
        move |made: sharray_file::Result<_>| {
            let wrapped = made.map(|strand| NativeSpool {
                strand: RefCell::new(Some(strand)),
                watch,
            });
            settle(deferred, wrapped);
        },
    );
    Ok(promise)
}

impl NativeSpool {
    fn queue<'env, T: ToNapiValue + TypeName + Send + 'static>(
        &self,
        env: &'env Env,
        work: impl FnOnce(&mut Spool) -> std::result::Result<T, Failure> + Send + 'static,
    ) -> Result<Object<'env>> {
        self.queue_on_slot(env, |slot| {
            slot.as_mut().map_or_else(|| Err(closed()), work)
        })
    }

    fn queue_on_slot<'env, T: ToNapiValue + TypeName + Send + 'static>(
        &self,
        env: &'env Env,
        work: impl FnOnce(&mut Option<Spool>) -> std::result::Result<T, Failure> + Send + 'static,
    ) -> Result<Object<'env>> {
        let strand = self.strand.borrow();
        let strand = strand.as_ref().ok_or_else(|| closed().thrown())?;
        let (deferred, promise) = env.create_deferred::<T, Make<T>>()?;
        strand.run(move |slot| settle(deferred, guarded(|| work(slot))));
        Ok(promise)
    }
}

#[napi]
impl NativeSpool {
    /// Takes a file from a place of it on, or a whole pipe or device; resolves with the size of its text.
    #[napi(ts_return_type = "Promise<number>")]
    pub fn file<'env>(&self, env: &'env Env, path: String, from: i64) -> Result<Object<'env>> {
        self.queue(env, move |spool| {
            Ok(spool.file(&path, from as u64, &space)? as f64)
        })
    }

    /// Takes what is left to be read from standard input.
    #[napi(ts_return_type = "Promise<number>")]
    pub fn stdin<'env>(&self, env: &'env Env) -> Result<Object<'env>> {
        let file = duplicate(std::io::stdin().as_fd())?;
        self.queue(
            env,
            move |spool| Ok(spool.descriptor(&file, &space)? as f64),
        )
    }

    /// Takes some more bytes, which are copied before this returns.
    #[napi(ts_return_type = "Promise<void>")]
    pub fn push<'env>(&self, env: &'env Env, bytes: Uint8Array) -> Result<Object<'env>> {
        let bytes = bytes.to_vec();
        self.queue(env, move |spool| spool.push(&bytes, &space))
    }

    /// Takes some more characters.
    #[napi(ts_return_type = "Promise<void>")]
    pub fn push_characters<'env>(&self, env: &'env Env, text: String) -> Result<Object<'env>> {
        self.queue(env, move |spool| spool.push_characters(&text, &space))
    }

    /// Takes some more lines: their bytes behind one another, and where each ends. `utf8`: they are characters, as UTF-8.
    #[napi(ts_return_type = "Promise<void>")]
    pub fn push_lines<'env>(
        &self,
        env: &'env Env,
        bytes: Uint8Array,
        ends: Uint32Array,
        utf8: bool,
        quoted: bool,
    ) -> Result<Object<'env>> {
        let (bytes, ends) = (bytes.to_vec(), ends.to_vec());
        self.queue(env, move |spool| {
            let items = Items {
                bytes: &bytes,
                ends: &ends,
                utf8,
            };
            spool.push_items(items, quoted, &space)
        })
    }

    /// Ends what was pushed; resolves with the size of its text.
    #[napi(ts_return_type = "Promise<number>")]
    pub fn end<'env>(&self, env: &'env Env) -> Result<Object<'env>> {
        self.queue(env, |spool| Ok(spool.end(&space)? as f64))
    }

    /// Ends all work with ABORTED, within 256 KiB of input.
    #[napi]
    pub fn abort(&self) {
        self.watch.abort();
    }

    /// Bytes of input that were taken.
    #[napi]
    pub fn progress(&self) -> f64 {
        self.watch.read() as f64
    }

    /// Ends all work, and resolves when the descriptors are given up.
    #[napi(ts_return_type = "Promise<void>")]
    pub fn close<'env>(&self, env: &'env Env) -> Result<Object<'env>> {
        self.watch.abort();
        let closing = self.queue_on_slot(env, |slot| {
            drop(slot.take());
            Ok(())
        });
        self.strand.borrow_mut().take();
        closing
    }
}

fn closed() -> Failure {
    Failure::new("CLOSED", "the spool is closed")
}

impl Drop for NativeSpool {
    fn drop(&mut self) {
        self.watch.abort();
    }
}

fn space(bytes: u64) -> std::result::Result<(), (String, Value)> {
    sharray_memory::check_space_for(bytes, "decoded text").map_err(|error| {
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
