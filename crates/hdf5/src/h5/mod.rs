//! The only modules that call libhdf5: one lock, one owner for every id, every failure an `Error`.
//!
//! libhdf5 checks each id that it is given, so a wrong id is an error and never undefined behaviour; what these
//! functions must get right is pointers, lengths, and that calls come one at a time.
#![allow(unsafe_code)]

pub(crate) mod attribute;
pub(crate) mod chunk;
pub(crate) mod dataset;
mod driver;
pub(crate) mod file;
pub(crate) mod object;
pub(crate) mod space;
pub(crate) mod types;

use std::ffi::{CStr, CString, c_char, c_uint, c_void};
use std::sync::Once;

use hdf5_metno_sys as sys;
use sys::h5::herr_t;
use sys::h5e::{H5E_DEFAULT, H5E_WALK_UPWARD, H5E_error2_t, H5Eset_auto2, H5Ewalk2};
use sys::h5i::hid_t;

use crate::error::{Error, Result};

/// Runs `run` while no other thread is inside libhdf5, which is not built to be entered twice.
pub(crate) fn locked<T>(run: impl FnOnce() -> T) -> T {
    static START: Once = Once::new();
    let _guard = sys::LOCK.lock();
    START.call_once(|| {
        // SAFETY: plain calls under the lock. No exit handler: at exit other threads may still be inside the library.
        // H5open before any of the library's globals is read: they are 0 until then.
        unsafe {
            sys::h5::H5dont_atexit();
            sys::h5::H5open();
            H5Eset_auto2(H5E_DEFAULT, None, std::ptr::null_mut());
        }
    });
    run()
}

/// What libhdf5's functions return: negative means failure.
pub(crate) trait Status: Copy {
    fn failed(self) -> bool;
}

macro_rules! status {
    ($($t:ty),*) => { $(impl Status for $t { fn failed(self) -> bool { self < 0 } })* };
}
status!(i32, i64, isize);

/// Calls libhdf5 under the lock; a negative result becomes HDF5_ERROR (or the code of the errno behind it).
pub(crate) fn call<S: Status>(doing: &str, run: impl FnOnce() -> S) -> Result<S> {
    locked(|| {
        let status = run();
        if status.failed() {
            Err(failure(doing))
        } else {
            Ok(status)
        }
    })
}

/// The failure that libhdf5's error stack describes. To be called before the lock is given up.
pub(crate) fn failure(doing: &str) -> Error {
    let mut trace: Vec<String> = Vec::new();
    // SAFETY: the callback gets the address of `trace`, which lives until the walk returns.
    unsafe {
        H5Ewalk2(
            H5E_DEFAULT,
            H5E_WALK_UPWARD,
            Some(note),
            (&raw mut trace).cast(),
        );
    }
    let errno = trace.iter().find_map(|line| errno_in(line));
    let code = match errno.map(sharray_file::code_of) {
        None | Some("IO_ERROR") => "HDF5_ERROR",
        Some(code) => code,
    };
    let said = match errno {
        Some(errno) => sharray_file::text_of(&std::io::Error::from_raw_os_error(errno)),
        None => match trace.as_slice() {
            [] => "libhdf5 gave no reason".to_owned(),
            [only] => only.clone(),
            [inner, outer, ..] => format!("{inner} ({outer})"),
        },
    };
    let mut error = Error::new(code, format!("cannot {doing}: {said}"));
    error.trace = trace;
    error
}

extern "C" fn note(_: c_uint, entry: *const H5E_error2_t, into: *mut c_void) -> herr_t {
    // SAFETY: libhdf5 hands a live entry whose texts end in NUL or are null; `into` is the Vec of `failure`.
    unsafe {
        let trace = &mut *into.cast::<Vec<String>>();
        let text = |at: *const c_char| {
            if at.is_null() {
                String::new()
            } else {
                CStr::from_ptr(at).to_string_lossy().into_owned()
            }
        };
        trace.push(text((*entry).desc).trim().to_owned());
    }
    0
}

fn errno_in(line: &str) -> Option<i32> {
    let rest = line.split_once("errno = ")?.1;
    let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().ok().filter(|&errno| errno != 0)
}

/// An id of libhdf5, closed when it is dropped, on every path.
pub(crate) struct Id {
    raw: hid_t,
    close: unsafe extern "C" fn(hid_t) -> herr_t,
}

impl Id {
    fn new(raw: hid_t, close: unsafe extern "C" fn(hid_t) -> herr_t) -> Id {
        Id { raw, close }
    }

    pub(crate) fn raw(&self) -> hid_t {
        self.raw
    }

    /// Closes it now and says when that fails, which for a file means that data did not get out.
    pub(crate) fn close(self, doing: &str) -> Result<()> {
        let (raw, close) = (self.raw, self.close);
        std::mem::forget(self);
        // SAFETY: takes an id only.
        call(doing, || unsafe { close(raw) }).map(drop)
    }
}

impl Drop for Id {
    fn drop(&mut self) {
        // SAFETY: takes an id only; one that went with its file is an error that nobody reads.
        locked(|| unsafe { (self.close)(self.raw) });
    }
}

/// A name for libhdf5, which cannot hold a NUL.
pub(crate) fn name(text: &str) -> Result<CString> {
    CString::new(text).map_err(|_| {
        Error::new(
            "BAD_ARGUMENT",
            format!("the name {text:?} contains a NUL character, which HDF5 cannot store"),
        )
    })
}

/// What libhdf5's iterations call with each name; `T` is what they tell of it. `into` is the address of a `Vec<String>`.
unsafe extern "C" fn collect_name<T>(
    _: hid_t,
    name: *const c_char,
    _: *const T,
    into: *mut c_void,
) -> herr_t {
    // SAFETY: libhdf5 hands a text that ends in NUL, and the `into` that the caller gave it, a live Vec.
    unsafe {
        let names = &mut *into.cast::<Vec<String>>();
        names.push(CStr::from_ptr(name).to_string_lossy().into_owned());
    }
    0
}
