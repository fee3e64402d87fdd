//! libhdf5's POSIX file driver, but for files that have no name.
//!
//! libhdf5 resolves the real path of what it opened through a link, as `/proc/self/fd/<n>` is one; a file without a name
//! has none, and opening fails. It asks only drivers that declare a POSIX handle, so this is the very same driver without
//! that declaration: every operation on the file is the original's.

use std::ffi::{CStr, c_char, c_int, c_uint, c_ulong, c_void};
use std::sync::OnceLock;

use hdf5_metno_sys as sys;
use sys::h5::{HADDR_UNDEF, herr_t};
use sys::h5f::H5F_ACC_RDONLY;
use sys::h5fd::{H5FD_class_t, H5FD_t, H5FDclose, H5FDopen, H5FDregister};
use sys::h5i::hid_t;
use sys::h5p::*;

use super::{Id, call, failure, locked};
use crate::error::{Error, Result};

/// The value of libhdf5's flag H5FD_FEAT_POSIX_COMPAT_HANDLE.
const POSIX_HANDLE: c_ulong = 0x80;
/// A number from the range that libhdf5 leaves to applications.
const VALUE: c_int = 617;

/// A driver's table as libhdf5 1.14 has it; the binding's own declaration lacks its first member and some later ones.
#[repr(C)]
#[derive(Clone, Copy)]
struct Class {
    version: c_uint,
    value: c_int,
    name: *const c_char,
    maxaddr: u64,
    fc_degree: c_int,
    terminate: *const c_void,
    superblock: [*const c_void; 3],
    fapl_size: usize,
    fapl: [*const c_void; 3],
    dxpl_size: usize,
    dxpl: [*const c_void; 2],
    open_close_cmp: [*const c_void; 3],
    query: Option<Query>,
    operations: [*const c_void; 19],
    fl_map: [c_int; 7],
}

type Query = unsafe extern "C" fn(*const H5FD_t, *mut c_ulong) -> herr_t;

static ORIGINAL: OnceLock<Query> = OnceLock::new();

unsafe extern "C" fn query(file: *const H5FD_t, flags: *mut c_ulong) -> herr_t {
    let Some(original) = ORIGINAL.get() else {
        return -1;
    };
    // SAFETY: the arguments go on as they came; the flags are a live number or null.
    unsafe {
        let status = original(file, flags);
        if let Some(flags) = flags.as_mut() {
            *flags &= !POSIX_HANDLE;
        }
        status
    }
}

/// Makes an access list open files by this driver.
pub(super) fn set(list: &Id) -> Result<()> {
    static DRIVER: OnceLock<hid_t> = OnceLock::new();
    let driver = match DRIVER.get() {
        Some(driver) => *driver,
        None => locked(|| register().map(|made| *DRIVER.get_or_init(|| made)))?,
    };
    // SAFETY: takes ids; this driver has no settings.
    call("choose the file driver", || unsafe {
        H5Pset_driver(list.raw(), driver, std::ptr::null())
    })
    .map(drop)
}

/// Takes the table from a file that the original driver has open, and registers it under another name.
fn register() -> Result<hid_t> {
    let doing = "prepare the file driver";
    // SAFETY: takes a constant of the library.
    let list = call(doing, || unsafe { H5Pcreate(*H5P_CLS_FILE_ACCESS) })?;
    let list = Id::new(list, H5Pclose);
    // SAFETY: takes an id.
    call(doing, || unsafe { H5Pset_fapl_sec2(list.raw()) })?;
    // SAFETY: the path ends in NUL. The file that comes back is live until H5FDclose and begins with its driver's id and
    // the address of the driver's table, whose version is checked before anything else of it is believed.
    unsafe {
        let file = H5FDopen(
            c"/dev/null".as_ptr(),
            H5F_ACC_RDONLY,
            list.raw(),
            HADDR_UNDEF,
        );
        if file.is_null() {
            return Err(failure(doing));
        }
        let table = (*file).cls.cast::<Class>();
        let known = (*table).version == 1 && CStr::from_ptr((*table).name) == c"sec2";
        let mut class = *table;
        H5FDclose(file);
        let (true, Some(original)) = (known, class.query) else {
            return Err(Error::new(
                "HDF5_ERROR",
                "this build of libhdf5 has a file driver that is not known",
            ));
        };
        ORIGINAL.get_or_init(|| original);
        class.value = VALUE;
        class.name = c"sharray-nameless".as_ptr();
        class.terminate = std::ptr::null();
        class.query = Some(query);
        call(doing, || {
            H5FDregister((&raw const class).cast::<H5FD_class_t>())
        })
    }
}
