//! A descriptor watched by Node's own event loop: its thread wakes for it directly, where a callback from another thread would
//! wake two threads one after the other.
//!
//! The functions of libuv are those that the node binary exports, looked up by name: a runtime without them gets `None`, and
//! goes the way over the other thread.
#![allow(unsafe_code)]

use std::ffi::{CStr, c_int, c_void};
use std::ptr;
use std::sync::OnceLock;

use napi_sys::{Status, napi_async_cleanup_hook_handle, napi_env, uv_loop_s};

const UV_POLL: c_int = 8;
const UV_READABLE: c_int = 1;

type Handle = *mut c_void;
type OnReady = unsafe extern "C" fn(Handle, c_int, c_int);
type OnClose = unsafe extern "C" fn(Handle);
type HandleSize = unsafe extern "C" fn(c_int) -> usize;
type SetData = unsafe extern "C" fn(Handle, *mut c_void);
type GetData = unsafe extern "C" fn(Handle) -> *mut c_void;
type Init = unsafe extern "C" fn(*mut uv_loop_s, Handle, c_int) -> c_int;
type Start = unsafe extern "C" fn(Handle, c_int, OnReady) -> c_int;
type Unref = unsafe extern "C" fn(Handle);
type Close = unsafe extern "C" fn(Handle, OnClose);

struct Uv {
    handle_size: HandleSize,
    set_data: SetData,
    get_data: GetData,
    init: Init,
    start: Start,
    unref: Unref,
    close: Close,
}

fn symbol(name: &CStr) -> Option<*mut c_void> {
    // SAFETY: looks a name up among the libraries that are loaded.
    let found = unsafe { libc::dlsym(libc::RTLD_DEFAULT, name.as_ptr()) };
    (!found.is_null()).then_some(found)
}

fn uv() -> Option<&'static Uv> {
    static UV: OnceLock<Option<Uv>> = OnceLock::new();
    let find = || {
        // SAFETY: these are libuv's functions, whose signatures have been the same in all of version 1.
        unsafe {
            Some(Uv {
                handle_size: std::mem::transmute::<*mut c_void, HandleSize>(symbol(
                    c"uv_handle_size",
                )?),
                set_data: std::mem::transmute::<*mut c_void, SetData>(symbol(
                    c"uv_handle_set_data",
                )?),
                get_data: std::mem::transmute::<*mut c_void, GetData>(symbol(
                    c"uv_handle_get_data",
                )?),
                init: std::mem::transmute::<*mut c_void, Init>(symbol(c"uv_poll_init")?),
                start: std::mem::transmute::<*mut c_void, Start>(symbol(c"uv_poll_start")?),
                unref: std::mem::transmute::<*mut c_void, Unref>(symbol(c"uv_unref")?),
                close: std::mem::transmute::<*mut c_void, Close>(symbol(c"uv_close")?),
            })
        }
    };
    UV.get_or_init(find).as_ref()
}

/// What belongs to one watch. It ends with its environment: libuv's handle must be closed before the loop is.
struct Watch {
    ready: Box<dyn Fn()>,
    /// What libuv calls the handle; in words of eight bytes, for its alignment.
    handle: Box<[u64]>,
    hook: napi_async_cleanup_hook_handle,
}

/// Has this thread's loop call `ready` whenever the descriptor is readable, until the thread ends. The watch does not keep the
/// loop alive. False where this runtime cannot do that.
///
/// # Safety
/// `env` is the environment of the running call; the descriptor stays open until the environment has ended.
pub(crate) unsafe fn watch(env: napi_env, fd: c_int, ready: Box<dyn Fn()>) -> bool {
    let Some(uv) = uv() else { return false };
    let mut main_loop = ptr::null_mut();
    // SAFETY: the environment is live.
    if unsafe { napi_sys::napi_get_uv_event_loop(env, &mut main_loop) } != Status::napi_ok {
        return false;
    }
    // SAFETY: takes a number, gives a number.
    let size = unsafe { (uv.handle_size)(UV_POLL) };
    let watch = Box::into_raw(Box::new(Watch {
        ready,
        handle: vec![0; size.div_ceil(8)].into_boxed_slice(),
        hook: ptr::null_mut(),
    }));
    // SAFETY: `watch` is a live box, not moved or freed before libuv has closed the handle in it; the loop is this thread's, and
    // everything here runs on this thread.
    unsafe {
        let handle: Handle = (*watch).handle.as_mut_ptr().cast();
        if (uv.init)(main_loop, handle, fd) != 0 {
            drop(Box::from_raw(watch)); // the loop knows nothing of it yet
            return false;
        }
        (uv.set_data)(handle, watch.cast());
        let hooked =
            napi_sys::napi_add_async_cleanup_hook(env, Some(end), watch.cast(), &mut (*watch).hook);
        if hooked != Status::napi_ok || (uv.start)(handle, UV_READABLE, on_ready) != 0 {
            // Closed without being waited for; it frees itself when the loop comes to it.
            (uv.close)(handle, on_close);
            return false;
        }
        (uv.unref)(handle);
    }
    true
}

unsafe extern "C" fn on_ready(handle: Handle, _status: c_int, _events: c_int) {
    let Some(uv) = uv() else { return };
    // SAFETY: `watch` set the data, and frees it only after the handle was closed.
    let watch = unsafe { &*(uv.get_data)(handle).cast::<Watch>() };
    (watch.ready)();
}

unsafe extern "C" fn end(_hook: napi_async_cleanup_hook_handle, watch: *mut c_void) {
    let Some(uv) = uv() else { return };
    // SAFETY: the hook was registered with this box, which lives until the handle has been closed.
    unsafe {
        let handle = (*watch.cast::<Watch>()).handle.as_mut_ptr();
        (uv.close)(handle.cast(), on_close);
    }
}

unsafe extern "C" fn on_close(handle: Handle) {
    let Some(uv) = uv() else { return };
    // SAFETY: libuv calls this once, as the last use of the handle.
    let watch = unsafe { Box::from_raw((uv.get_data)(handle).cast::<Watch>()) };
    if !watch.hook.is_null() {
        // SAFETY: the hook has run or, where starting failed, is not needed; it was not removed before.
        unsafe { napi_sys::napi_remove_async_cleanup_hook(watch.hook) };
    }
}

/// A JavaScript function that the loop calls, as Node calls its own: with promise jobs and ticks run behind it.
pub(crate) struct Callback {
    env: napi_env,
    function: napi_sys::napi_ref,
}

impl Callback {
    /// # Safety
    /// Both come from the running call; the result is used on this thread alone, until the environment ends.
    pub(crate) unsafe fn new(env: napi_env, function: napi_sys::napi_value) -> Option<Callback> {
        let mut reference = ptr::null_mut();
        // SAFETY: by this function's contract.
        let status = unsafe { napi_sys::napi_create_reference(env, function, 1, &mut reference) };
        (status == Status::napi_ok).then_some(Callback {
            env,
            function: reference,
        })
    }

    /// Calls it with what `arguments` makes. What it throws is an uncaught exception.
    pub(crate) fn call(
        &self,
        arguments: impl FnOnce(&napi::Env) -> napi::Result<Vec<napi_sys::napi_value>>,
    ) {
        let env = self.env;
        let mut scope = ptr::null_mut();
        // SAFETY: this thread's loop is running, outside of JavaScript, so the environment is live; all values belong to the
        // scope that is opened here, and it is closed last.
        unsafe {
            if napi_sys::napi_open_handle_scope(env, &mut scope) != Status::napi_ok {
                return;
            }
            let (mut function, mut global) = (ptr::null_mut(), ptr::null_mut());
            napi_sys::napi_get_reference_value(env, self.function, &mut function);
            napi_sys::napi_get_global(env, &mut global);
            if let Ok(arguments) = arguments(&napi::Env::from_raw(env)) {
                let mut result = ptr::null_mut();
                napi_sys::napi_make_callback(
                    env,
                    ptr::null_mut(),
                    global,
                    function,
                    arguments.len(),
                    arguments.as_ptr(),
                    &mut result,
                );
            }
            let mut thrown = false;
            napi_sys::napi_is_exception_pending(env, &mut thrown);
            if thrown {
                let mut error = ptr::null_mut();
                napi_sys::napi_get_and_clear_last_exception(env, &mut error);
                napi_sys::napi_fatal_exception(env, error);
            }
            napi_sys::napi_close_handle_scope(env, scope);
        }
    }
}
