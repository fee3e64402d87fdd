//! Glue for the names of blocks.

use std::cell::RefCell;

use napi::bindgen_prelude::Object;
use napi::{Env, Result};
use napi_derive::napi;
use sharray_memory::named::{self, NameLock};

use crate::memory::{memory_error, on_a_thread};

/// A named block, as `SharedMemory.list()` tells of it.
#[napi(object)]
pub struct NativeListed {
    pub name: String,
    pub size: i64,
    pub persist: bool,
    pub mode: u32,
    pub uid: u32,
    /// Milliseconds since 1970.
    pub created: f64,
    pub held: bool,
    pub holders: Vec<NativeHolder>,
}

#[napi(object)]
pub struct NativeHolder {
    pub pid: u32,
    pub command: String,
}

impl NativeListed {
    fn of(block: named::Listed) -> NativeListed {
        NativeListed {
            name: block.name,
            size: block.size as i64,
            persist: block.persist,
            mode: block.mode,
            uid: block.uid,
            created: block.created.as_millis() as f64,
            held: block.held,
            holders: block
                .holders
                .into_iter()
                .map(|named::Holder { pid, command }| NativeHolder { pid, command })
                .collect(),
        }
    }
}

#[napi]
pub fn list_names() -> Vec<NativeListed> {
    named::list().into_iter().map(NativeListed::of).collect()
}

#[napi]
pub fn find_name(name: String) -> Result<Option<NativeListed>> {
    named::find(&name)
        .map(|found| found.map(NativeListed::of))
        .map_err(memory_error)
}

#[napi]
pub fn sweep_names() -> Vec<String> {
    named::sweep()
}

#[napi]
pub fn unlink_name(name: String) -> Result<String> {
    named::unlink(&name).map_err(memory_error)
}

/// The lock of a name, until it is released or forgotten.
#[napi]
pub struct NativeNameLock {
    lock: RefCell<Option<NameLock>>,
}

#[napi]
impl NativeNameLock {
    #[napi]
    pub fn release(&self) {
        self.lock.borrow_mut().take();
    }
}

/// Waits for the lock of a name on a thread of its own.
#[napi(ts_return_type = "Promise<NativeNameLock>")]
pub fn lock_name<'env>(env: &'env Env, name: String, mode: u32) -> Result<Object<'env>> {
    let (deferred, promise) = env.create_deferred()?;
    on_a_thread("sharray-name", move || match named::lock(&name, mode) {
        Ok(lock) => deferred.resolve(move |_| {
            Ok(NativeNameLock {
                lock: RefCell::new(Some(lock)),
            })
        }),
        Err(error) => deferred.reject(memory_error(error)),
    })?;
    Ok(promise)
}
