//! ArrayBuffers over mapped blocks.
//!
//! Node calls a buffer's finalizer when its memory is not used any more, with one exception: when a thread ends, it calls
//! all finalizers of that thread, also for memory that `ArrayBuffer.prototype.transfer()` took out of the buffer we made
//! and that was posted to another thread, where it lives on. So what a thread leaves open when it ends keeps its addresses
//! for good. Addresses only: with the thread's attachments the block itself is let go, and fresh zeros lie in its place.
#![allow(unsafe_code)]

use std::ffi::{c_uint, c_void};
use std::ptr;
use std::sync::OnceLock;

use napi::{Env, Result};
use napi_sys::{Status, napi_env, napi_value};
use serde_json::json;
use sharray_memory::Hold;

use crate::error::fail;

/// An ArrayBuffer over `length` bytes at `data`, whose addresses `hold` keeps valid.
///
/// # Safety
/// `data..data + length` lies inside what `hold` holds.
pub(crate) unsafe fn array_buffer<T: 'static>(
    env: &Env,
    data: *mut u8,
    length: usize,
    hold: T,
) -> Result<napi_value> {
    let hold = Box::into_raw(Box::new(hold));
    let mut buffer = ptr::null_mut();
    // SAFETY: the range is valid until `release` drops `hold`, by this function's contract; `hold` is a live box.
    let status = unsafe {
        napi_sys::napi_create_external_arraybuffer(
            env.raw(),
            data.cast(),
            length,
            Some(release::<T>),
            hold.cast(),
            &mut buffer,
        )
    };
    if status == Status::napi_ok {
        return Ok(buffer);
    }
    // SAFETY: the buffer was not made, so nobody else has the box.
    drop(unsafe { Box::from_raw(hold) });
    Err(refused(status, length))
}

/// An ArrayBuffer over bytes that were made outside of JavaScript, which it owns.
pub(crate) fn owned_buffer(env: &Env, mut bytes: Box<[u8]>) -> Result<napi_value> {
    let (data, length) = (bytes.as_mut_ptr(), bytes.len());
    // SAFETY: the bytes stay where they are when their box is moved.
    unsafe { array_buffer(env, data, length, bytes) }
}

/// Where the bytes of a DataView are, as long as nothing runs JavaScript.
pub(crate) fn data_view(env: &Env, view: napi_value) -> Result<(*mut u8, usize)> {
    let (mut data, mut length) = (ptr::null_mut(), 0);
    // SAFETY: both values come from the running call; Node refuses what is no DataView.
    let status = unsafe {
        napi_sys::napi_get_dataview_info(
            env.raw(),
            view,
            &mut length,
            &mut data,
            ptr::null_mut(),
            ptr::null_mut(),
        )
    };
    if status == Status::napi_ok {
        return Ok((data.cast(), length));
    }
    Err(napi::Error::new(
        napi::Status::from(status),
        "a DataView is expected",
    ))
}

/// Detaches an ArrayBuffer: its length becomes 0, also for all views.
///
/// Node gives its memory up with that, although one of Node's own threads (compression, a file being read) may be at work
/// on it with nothing but the object in its hand. While there may be such work `hold` lives as long as that object.
pub(crate) fn detach(env: &Env, buffer: napi_value, hold: Hold) -> Result<()> {
    if at_work(env) {
        let hold = Box::into_raw(Box::new(hold)).cast();
        // SAFETY: `buffer` comes from the running call; `hold` is a live box, which `release` takes.
        let status = unsafe {
            napi_sys::napi_add_finalizer(
                env.raw(),
                buffer,
                hold,
                Some(release::<Hold>),
                hold,
                ptr::null_mut(),
            )
        };
        // When Node refuses, the box stays for good: addresses only.
        debug_assert_eq!(status, Status::napi_ok);
    }
    // SAFETY: both values come from the running call.
    let status = unsafe { napi_sys::napi_detach_arraybuffer(env.raw(), buffer) };
    if status == Status::napi_ok {
        return Ok(());
    }
    Err(napi::Error::new(
        napi::Status::from(status),
        "cannot detach this ArrayBuffer",
    ))
}

fn refused(status: i32, length: usize) -> napi::Error {
    if status == Status::napi_no_external_buffers_allowed {
        return fail(
            "UNSUPPORTED_PLATFORM",
            "this JavaScript runtime does not allow ArrayBuffers over memory of its own choice (Electron and others with \
             a memory cage), so that shared memory cannot be shown without a copy. Run sharray in a Node.js process",
            json!({}),
        );
    }
    fail(
        "TOO_LARGE",
        format!(
            "this Node.js cannot wrap {length} bytes in one ArrayBuffer. Take a smaller window"
        ),
        json!({ "length": length }),
    )
}

/// Node is done with a buffer.
unsafe extern "C" fn release<T>(env: napi_env, _data: *mut c_void, hold: *mut c_void) {
    // SAFETY: this is the box that `array_buffer` gave to Node, which calls this once.
    let hold = unsafe { Box::from_raw(hold.cast::<T>()) };
    if ending(env) {
        std::mem::forget(hold);
    }
}

/// Whether anything runs for this thread on another one of Node's.
fn at_work(env: &Env) -> bool {
    let mut found = ptr::null_mut();
    // SAFETY: the environment is that of the running call.
    let status = unsafe { napi_sys::napi_get_uv_event_loop(env.raw(), &mut found) };
    if status != Status::napi_ok || found.is_null() || !known_layout() {
        return true;
    }
    // SAFETY: the loop lives as long as its environment, and every libuv 1.x begins its loops like this.
    unsafe { (*found.cast::<LoopHead>()).requests != 0 }
}

/// The start of libuv's `uv_loop_t`, which is part of its stable binary interface.
#[repr(C)]
struct LoopHead {
    data: *mut c_void,
    handles: c_uint,
    handle_queue: [*mut c_void; 2],
    /// Requests that are under way: work on other threads, files, names being looked up.
    requests: c_uint,
}

/// Whether this is libuv 1, whose loops are known to begin like `LoopHead`.
fn known_layout() -> bool {
    static KNOWN: OnceLock<bool> = OnceLock::new();
    *KNOWN.get_or_init(|| {
        // SAFETY: looks a name up among what is loaded; Node shows libuv's functions to addons.
        let version = unsafe { libc::dlsym(libc::RTLD_DEFAULT, c"uv_version".as_ptr()) };
        if version.is_null() {
            return false;
        }
        // SAFETY: `uv_version` takes nothing and returns an unsigned int in every libuv.
        let version: extern "C" fn() -> c_uint = unsafe { std::mem::transmute(version) };
        version() >> 16 == 1
    })
}

/// Whether the thread of this environment is coming to its end: then nothing may run JavaScript any more.
fn ending(env: napi_env) -> bool {
    let (mut global, mut found) = (ptr::null_mut(), false);
    // SAFETY: Node opened a handle scope for the finalizer that asks. Reading a property could run JavaScript, so Node
    // refuses it at the end of a thread.
    unsafe {
        napi_sys::napi_get_global(env, &mut global) != Status::napi_ok
            || napi_sys::napi_has_named_property(env, global, c"Object".as_ptr(), &mut found)
                != Status::napi_ok
    }
}
