//! Glue for the `file` crate: each open file has a thread of its own, and every operation settles a promise.

use std::cell::RefCell;
use std::sync::Arc;

use napi::bindgen_prelude::{Buffer, Object, ToNapiValue, TypeName, Uint8Array};
use napi::{Env, Result};
use napi_derive::napi;
use serde_json::json;
use sharray_file::{Error, Input, Monitor, Output, Region, Strand};
use sharray_memory::Attachment;

use crate::error::fail;
use crate::memory::NativeBlock;
use crate::outcome::{Failure, Make, guarded, settle};

impl Failure for Error {
    fn new(code: &'static str, message: &str) -> Error {
        Error::new(code, message)
    }

    fn thrown(self) -> napi::Error {
        let message = self.to_string();
        let details = self
            .file
            .map_or(json!({}), |file| json!({ "file": file, "path": file }));
        fail(self.code, message, details)
    }
}

/// Opens something on a thread of its own; `wrap` makes of its thread what JavaScript holds.
pub(crate) fn start<'env, T: Send + 'static, N: ToNapiValue + TypeName + Send + 'static>(
    env: &'env Env,
    open: impl FnOnce() -> sharray_file::Result<T> + Send + 'static,
    wrap: impl FnOnce(Strand<Option<T>>) -> N + Send + 'static,
) -> Result<Object<'env>> {
    let (deferred, promise) = env.create_deferred::<N, Make<N>>()?;
    Strand::start(
        move || guarded(open).map(Some),
        move |made: sharray_file::Result<_>| settle(deferred, made.map(wrap)),
    );
    Ok(promise)
}

/// A thread with what it has open, until that is given up.
pub(crate) struct Opened<T>(RefCell<Option<Strand<Option<T>>>>);

impl<T: Send + 'static> Opened<T> {
    pub(crate) fn new(strand: Strand<Option<T>>) -> Opened<T> {
        Opened(RefCell::new(Some(strand)))
    }

    /// Queues work on what is open, or was.
    pub(crate) fn queue<'env, V: ToNapiValue + TypeName + Send + 'static>(
        &self,
        env: &'env Env,
        work: impl FnOnce(&mut Option<T>) -> sharray_file::Result<V> + Send + 'static,
    ) -> Result<Object<'env>> {
        let strand = self.0.borrow();
        let strand = strand.as_ref().ok_or_else(|| closed().thrown())?;
        let (deferred, promise) = env.create_deferred::<V, Make<V>>()?;
        strand.run(move |slot| {
            let outcome = guarded(|| work(slot));
            settle(deferred, outcome);
        });
        Ok(promise)
    }

    /// Ends it once what is queued is done.
    pub(crate) fn end(&self) {
        self.0.borrow_mut().take();
    }

    /// Queues the last work on what is open, which takes it away.
    pub(crate) fn finish<'env>(
        &self,
        env: &'env Env,
        last: impl FnOnce(T) -> sharray_file::Result<()> + Send + 'static,
    ) -> Result<Object<'env>> {
        let promise = self.queue(env, |slot| slot.take().map_or_else(|| Err(closed()), last));
        self.end();
        promise
    }

    /// Gives up what is open, if it still is.
    pub(crate) fn discard<'env>(&self, env: &'env Env) -> Result<Object<'env>> {
        let promise = self.queue(env, |slot| {
            drop(slot.take());
            Ok(())
        });
        self.end();
        promise
    }

    /// Queues work on what is open.
    pub(crate) fn with<'env, V: ToNapiValue + TypeName + Send + 'static>(
        &self,
        env: &'env Env,
        work: impl FnOnce(&mut T) -> sharray_file::Result<V> + Send + 'static,
    ) -> Result<Object<'env>> {
        self.queue(env, |slot| {
            slot.as_mut().map_or_else(|| Err(closed()), work)
        })
    }
}

pub(crate) fn closed() -> Error {
    Error::new("CLOSED", "the file is closed")
}

/// A range of a block, which stays attached until the work on it ends.
pub(crate) struct Memory {
    attachment: Arc<Attachment>,
    offset: u64,
}

impl Memory {
    pub(crate) fn of(block: &NativeBlock, offset: i64) -> Result<Memory> {
        Ok(Memory {
            attachment: block.attachment()?,
            offset: offset as u64,
        })
    }

    pub(crate) fn region(&self) -> Region<'_> {
        Region {
            fd: self.attachment.fd(),
            offset: self.offset,
        }
    }
}

/// A new file, written from its beginning to its end. Forgetting it gives it up.
#[napi]
pub struct NativeOutput(Opened<Output>);

/// Begins a file that replaces what is at `path` when it is published. `named`: with a hidden name even where it could go without.
#[napi(ts_return_type = "Promise<NativeOutput>")]
pub fn create_output<'env>(env: &'env Env, path: String, named: bool) -> Result<Object<'env>> {
    let open = move || Output::new(&path, named);
    start(env, open, |strand| NativeOutput(Opened::new(strand)))
}

#[napi]
impl NativeOutput {
    /// Appends bytes, which are copied before this returns.
    #[napi(ts_return_type = "Promise<void>")]
    pub fn write<'env>(&self, env: &'env Env, bytes: Uint8Array) -> Result<Object<'env>> {
        let bytes = bytes.to_vec();
        self.0.with(env, move |output| output.write(&bytes))
    }

    /// Appends a range of a block.
    #[napi(ts_return_type = "Promise<void>")]
    pub fn write_block<'env>(
        &self,
        env: &'env Env,
        block: &NativeBlock,
        offset: i64,
        length: i64,
    ) -> Result<Object<'env>> {
        let memory = Memory::of(block, offset)?;
        self.0.with(env, move |output| {
            output.write_from(memory.region(), length as u64, &Monitor::default())
        })
    }

    /// Makes the file appear, complete and on the disk.
    #[napi(ts_return_type = "Promise<void>")]
    pub fn publish<'env>(&self, env: &'env Env) -> Result<Object<'env>> {
        self.0.finish(env, Output::publish)
    }

    /// Gives the file up; nothing of it stays.
    #[napi(ts_return_type = "Promise<void>")]
    pub fn discard<'env>(&self, env: &'env Env) -> Result<Object<'env>> {
        self.0.discard(env)
    }
}

/// A file that is read. Forgetting it closes it.
#[napi]
pub struct NativeInput(Opened<Input>);

/// Opens a file for reading.
#[napi(ts_return_type = "Promise<NativeInput>")]
pub fn open_input<'env>(env: &'env Env, path: String) -> Result<Object<'env>> {
    let open = move || Input::open(&path);
    start(env, open, |strand| NativeInput(Opened::new(strand)))
}

#[napi]
impl NativeInput {
    /// Bytes of the file when it was opened.
    #[napi(ts_return_type = "Promise<number>")]
    pub fn size<'env>(&self, env: &'env Env) -> Result<Object<'env>> {
        self.0.with(env, |input| Ok(input.size() as f64))
    }

    /// Bytes from `offset` on, as many as there are up to `length`.
    #[napi(ts_return_type = "Promise<Uint8Array>")]
    pub fn read<'env>(&self, env: &'env Env, offset: i64, length: u32) -> Result<Object<'env>> {
        self.0.with(env, move |input| {
            input.read(offset as u64, length as usize).map(Buffer::from)
        })
    }

    /// Copies a range of the file into a block.
    #[napi(ts_return_type = "Promise<void>")]
    pub fn read_block<'env>(
        &self,
        env: &'env Env,
        offset: i64,
        block: &NativeBlock,
        to: i64,
        length: i64,
    ) -> Result<Object<'env>> {
        let memory = Memory::of(block, to)?;
        self.0.with(env, move |input| {
            input.copy_to(
                offset as u64,
                memory.region(),
                length as u64,
                &Monitor::default(),
            )
        })
    }

    #[napi]
    pub fn close(&self) {
        self.0.end();
    }
}
