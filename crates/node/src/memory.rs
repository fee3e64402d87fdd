//! Glue for the `memory` crate.

use std::cell::RefCell;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
use std::sync::Arc;

use napi::bindgen_prelude::{ArrayBuffer, JsValue, Object, Unknown};
use napi::{Env, Result};
use napi_derive::napi;
use serde_json::{Value, json};
use sharray_memory::named::{Apart, NamedPlace, PublishOptions};
use sharray_memory::{Attachment, Detail, Handle, Mode, NamedOptions, Nonce, Reserve, release};

use crate::error::fail;
use crate::external;

/// The figures of an error of the memory crate, by name.
pub(crate) fn error_details(error: &sharray_memory::Error) -> Value {
    let details = error.details().into_iter().map(|(name, detail)| {
        let value = match detail {
            Detail::Number(number) => json!(number),
            Detail::Text(text) => json!(text),
        };
        (name.to_string(), value)
    });
    Value::Object(details.collect())
}

/// Turns an error of the memory crate into one that JavaScript understands.
pub(crate) fn memory_error(error: sharray_memory::Error) -> napi::Error {
    fail(error.code(), error.to_string(), error_details(&error))
}

/// A handle as JavaScript holds it, its fields already checked for their types.
#[napi(object)]
pub struct NativeHandle {
    pub version: u32,
    pub pid: u32,
    pub fd: i32,
    pub dev: i64,
    pub ino: i64,
    pub nonce: String,
    pub name: Option<String>,
    pub size: i64,
}

impl NativeHandle {
    fn read(self) -> Result<Handle> {
        let Some(nonce) = Nonce::parse(&self.nonce) else {
            return Err(fail(
                "BAD_ARGUMENT",
                "handle.nonce: expected 32 hexadecimal digits",
                json!({ "field": "nonce" }),
            ));
        };
        let (dev, ino, size) = (self.dev as u64, self.ino as u64, self.size as u64);
        Ok(Handle {
            version: self.version,
            pid: self.pid,
            fd: self.fd,
            dev,
            ino,
            name: self.name,
            nonce,
            size,
        })
    }

    fn write(handle: &Handle) -> NativeHandle {
        NativeHandle {
            version: handle.version,
            pid: handle.pid,
            fd: handle.fd,
            dev: handle.dev as i64,
            ino: handle.ino as i64,
            name: handle.name.clone(),
            nonce: handle.nonce.to_string(),
            size: handle.size as i64,
        }
    }
}

/// One attachment, until it is closed or forgotten.
#[napi]
pub struct NativeBlock {
    attachment: RefCell<Option<Arc<Attachment>>>,
    /// What was closed, as far as it has a name, which can still be removed.
    closed: RefCell<Option<NamedPlace>>,
    /// A published copy, until the windows of the original are detached.
    successor: RefCell<Option<Attachment>>,
}

impl NativeBlock {
    pub(crate) fn of(attachment: Attachment) -> NativeBlock {
        NativeBlock {
            attachment: RefCell::new(Some(Arc::new(attachment))),
            closed: RefCell::new(None),
            successor: RefCell::new(None),
        }
    }

    /// The attachment, for native work that may go on after `close()`.
    pub(crate) fn attachment(&self) -> Result<Arc<Attachment>> {
        self.attachment.borrow().clone().ok_or_else(|| {
            fail(
                "CLOSED",
                "this shared memory is closed. Keep it open for as long as it is used",
                json!({}),
            )
        })
    }
}

#[napi]
impl NativeBlock {
    #[napi(factory)]
    pub fn create(size: i64, reserve: bool) -> Result<NativeBlock> {
        let pages = if reserve {
            Reserve::All
        } else {
            Reserve::Sparse
        };
        Attachment::create(size as u64, pages)
            .map(NativeBlock::of)
            .map_err(memory_error)
    }

    /// A block that will get a name by `link`.
    #[napi(factory)]
    pub fn create_unlinked(size: i64, mode: u32) -> Result<NativeBlock> {
        Attachment::create_named(size as u64, &NamedOptions { mode })
            .map(NativeBlock::of)
            .map_err(memory_error)
    }

    #[napi(factory)]
    pub fn attach_name(name: String, readonly: bool) -> Result<NativeBlock> {
        Attachment::attach_name(&name, readonly)
            .map(NativeBlock::of)
            .map_err(memory_error)
    }

    #[napi(factory)]
    pub fn attach(handle: NativeHandle, readonly: bool) -> Result<NativeBlock> {
        Attachment::attach(&handle.read()?, readonly)
            .map(NativeBlock::of)
            .map_err(memory_error)
    }

    /// Takes the descriptor over, also when it refuses it.
    #[napi(factory)]
    pub fn attach_fd(fd: i32, handle: NativeHandle, readonly: bool) -> Result<NativeBlock> {
        // SAFETY: the caller hands over a descriptor that it received and that nobody else in this process owns.
        let fd = unsafe { OwnedFd::from_raw_fd(fd) };
        Attachment::attach_fd(fd, &handle.read()?, readonly)
            .map(NativeBlock::of)
            .map_err(memory_error)
    }

    /// A regular file of any file system; `mode` as of `SharedArray.open`. Nothing is mapped before `narrow`.
    #[napi(factory)]
    pub fn open_file(path: String, mode: String) -> Result<NativeBlock> {
        let mode = match mode.as_str() {
            "r+" => Mode::Write,
            "c" => Mode::CopyOnWrite,
            _ => Mode::Read,
        };
        Attachment::open_file(&path, mode)
            .map(NativeBlock::of)
            .map_err(memory_error)
    }

    /// Says how many bytes of an opened file are the block, and maps them.
    #[napi]
    pub fn narrow(&self, size: i64) -> Result<()> {
        self.attachment()?.narrow(size as u64).map_err(memory_error)
    }

    /// Throws NO_SPACE when changing this part of a copy-on-write mapping would take more memory than there is.
    #[napi]
    pub fn check_change(&self, offset: i64, length: i64) -> Result<()> {
        self.attachment()?
            .check_change(offset as u64, length as u64)
            .map_err(memory_error)
    }

    /// Whether it is a file that was opened by its path.
    #[napi(getter)]
    pub fn is_file(&self) -> Result<bool> {
        Ok(self.attachment()?.is_file())
    }

    #[napi(getter)]
    pub fn readonly(&self) -> Result<bool> {
        Ok(self.attachment()?.readonly())
    }

    #[napi]
    pub fn cut(&self, size: i64) -> Result<()> {
        self.attachment()?.cut(size as u64).map_err(memory_error)
    }

    #[napi]
    pub fn handle(&self) -> Result<NativeHandle> {
        Ok(NativeHandle::write(&self.attachment()?.handle()))
    }

    #[napi(getter)]
    pub fn fd(&self) -> Result<i32> {
        Ok(self.attachment()?.fd().as_raw_fd())
    }

    /// Bytes of data.
    #[napi(getter)]
    pub fn size(&self) -> Result<i64> {
        Ok(self.attachment()?.data_len() as i64)
    }

    /// The full name, or null.
    #[napi(getter)]
    pub fn name(&self) -> Result<Option<String>> {
        Ok(self.attachment()?.name().map(|name| name.to_string()))
    }

    /// Without a name: a fresh one.
    #[napi]
    pub fn link(&self, name: Option<String>, persist: bool) -> Result<String> {
        self.attachment()?
            .link(name.as_deref(), persist)
            .map_err(memory_error)
    }

    /// Whether this block's windows can be used further. When not, they must be detached, and `succeed` called.
    #[napi]
    pub fn publish(&self, name: String, replace: bool, mode: Option<u32>) -> Result<bool> {
        let options = PublishOptions { replace, mode };
        let published = self.attachment()?.publish(&name, &options);
        let Some(copy) = published.map_err(memory_error)? else {
            return Ok(true);
        };
        let Some(old) = self.attachment.borrow_mut().take() else {
            return Ok(true);
        };
        let (goes_on, same) = match copy.succeed(old) {
            Ok(new) => (Arc::new(new), true),
            Err(apart) => {
                let Apart { new, old } = *apart;
                *self.successor.borrow_mut() = Some(new);
                (old, false)
            }
        };
        *self.attachment.borrow_mut() = Some(goes_on);
        Ok(same)
    }

    /// Goes on over the published copy.
    #[napi]
    pub fn succeed(&self) {
        if let Some(new) = self.successor.borrow_mut().take()
            && let Some(old) = self.attachment.borrow_mut().replace(Arc::new(new))
        {
            release(old);
        }
    }

    /// Also after `close`.
    #[napi]
    pub fn unlink(&self) -> Result<()> {
        let open = self.attachment.borrow();
        let place = match open.as_ref() {
            Some(attachment) => attachment.named_place(),
            None => self.closed.borrow().clone(),
        };
        place.map_or(Ok(()), |place| place.unlink().map_err(memory_error))
    }

    /// An ArrayBuffer over `length` > 0 bytes from `offset` on.
    #[napi(ts_return_type = "ArrayBuffer")]
    pub fn window<'env>(&self, env: &'env Env, offset: i64, length: i64) -> Result<Unknown<'env>> {
        let attachment = self.attachment()?;
        let data = attachment
            .range(offset as u64, length as u64)
            .map_err(memory_error)?;
        let hold = attachment.hold().map_err(memory_error)?;
        // SAFETY: `range` checked that the bytes are inside the mapping that `hold` holds.
        let buffer = unsafe { external::array_buffer(env, data, length as usize, hold) }?;
        // SAFETY: the value was made in this call.
        Ok(unsafe { Unknown::from_raw_unchecked(env.raw(), buffer) })
    }

    /// Detaches an ArrayBuffer that `window` made.
    #[napi]
    pub fn detach(&self, env: &Env, buffer: ArrayBuffer<'_>) -> Result<()> {
        let hold = self.attachment()?.hold().map_err(memory_error)?;
        external::detach(env, buffer.raw(), hold)
    }

    /// Writes bytes to `offset` without mapping the block.
    #[napi]
    pub fn write(&self, bytes: &[u8], offset: i64) -> Result<()> {
        self.attachment()?
            .pwrite_at(bytes, offset as u64)
            .map_err(memory_error)
    }

    /// The same attachment once more: it ends when both are closed.
    #[napi]
    pub fn share(&self) -> Result<NativeBlock> {
        Ok(NativeBlock {
            attachment: RefCell::new(Some(self.attachment()?)),
            closed: RefCell::new(None),
            successor: RefCell::new(None),
        })
    }

    /// Ends this attachment; native work under way ends with its own.
    #[napi]
    pub fn close(&self) {
        if let Some(attachment) = self.attachment.borrow_mut().take() {
            *self.closed.borrow_mut() = attachment.named_place();
            release(attachment);
        }
    }
}

impl Drop for NativeBlock {
    fn drop(&mut self) {
        self.close();
    }
}

/// Makes a block on a thread of its own: reserving takes a third of a second for each GiB. With `mode`: one that gets a name.
#[napi(ts_return_type = "Promise<NativeBlock>")]
pub fn create_block<'env>(env: &'env Env, size: i64, mode: Option<u32>) -> Result<Object<'env>> {
    let (deferred, promise) = env.create_deferred()?;
    let make = move || match mode {
        Some(mode) => Attachment::create_named(size as u64, &NamedOptions { mode }),
        None => Attachment::create(size as u64, Reserve::All),
    };
    on_a_thread("sharray-reserve", move || match make() {
        Ok(attachment) => deferred.resolve(move |_| Ok(NativeBlock::of(attachment))),
        Err(error) => deferred.reject(memory_error(error)),
    })?;
    Ok(promise)
}

/// Runs what takes long, or waits, on a thread of its own.
pub(crate) fn on_a_thread(name: &str, work: impl FnOnce() + Send + 'static) -> Result<()> {
    let started = std::thread::Builder::new().name(name.into()).spawn(work);
    started.map(drop).map_err(|error| {
        fail(
            "NO_SPACE",
            format!("cannot start a thread: {error}"),
            json!({}),
        )
    })
}

/// Throws NO_SPACE when so much memory is not left.
#[napi]
pub fn check_space(bytes: i64, what: String) -> Result<()> {
    sharray_memory::check_space_for(bytes as u64, &what).map_err(memory_error)
}

/// How many mappings of blocks this process has.
#[napi]
pub fn mapped_blocks() -> u32 {
    sharray_memory::mappings() as u32
}
