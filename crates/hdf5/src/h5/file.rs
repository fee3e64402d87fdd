//! Opening, flushing and closing files.

use std::ffi::{CStr, OsStr, c_void};
use std::os::fd::{BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;

use hdf5_metno_sys as sys;
use sys::h5::{herr_t, hsize_t};
use sys::h5f::*;
use sys::h5i::hid_t;
use sys::h5p::*;

use super::{Id, call, driver, locked, name};
use crate::error::{Error, Result};

/// How every file is opened.
fn access() -> Result<Id> {
    let doing = "prepare a file";
    // SAFETY: takes a constant of the library.
    let list = call(doing, || unsafe { H5Pcreate(*H5P_CLS_FILE_ACCESS) })?;
    let list = Id::new(list, H5Pclose);
    // SAFETY: calls that take an id and numbers.
    unsafe {
        // Whatever HDF5_DRIVER says: data is moved past the driver, so it must be plain files.
        call(doing, || H5Pset_fapl_sec2(list.raw()))?;
        // Readable from HDF5 1.8 on (what needs more, such as virtual datasets, says so by its own version).
        call(doing, || {
            H5Pset_libver_bounds(list.raw(), H5F_LIBVER_EARLIEST, H5F_LIBVER_V110)
        })?;
        // Contiguous data is read and written past the library, so the library must hold none of it back.
        call(doing, || H5Pset_sieve_buf_size(list.raw(), 0))?;
        call(doing, || H5Pset_fclose_degree(list.raw(), H5F_CLOSE_STRONG))?;
        // Lock where the file system can; go on where it cannot.
        call(doing, || H5Pset_file_locking(list.raw(), 1, 1))?;
    }
    Ok(list)
}

/// Whether the file is HDF5 at all.
pub(crate) fn is_hdf5(path: &str) -> Result<bool> {
    let (path, access) = (name(path)?, access()?);
    // SAFETY: the path ends in NUL.
    Ok(call("look at the file", || unsafe {
        H5Fis_accessible(path.as_ptr(), access.raw())
    })? > 0)
}

pub(crate) fn open(path: &str, writable: bool) -> Result<Id> {
    let (path, access) = (name(path)?, access()?);
    let flags = if writable {
        H5F_ACC_RDWR
    } else {
        H5F_ACC_RDONLY
    };
    // SAFETY: the path ends in NUL.
    let raw = call("open the file", || unsafe {
        H5Fopen(path.as_ptr(), flags, access.raw())
    })?;
    Ok(Id::new(raw, H5Fclose))
}

/// Makes an HDF5 file of what lies at `path`, whatever it held; the file itself need not have a name. With a `round` number, everything of at
/// least so many bytes begins at a multiple of it.
pub(crate) fn create(path: &str, round: Option<u64>) -> Result<Id> {
    let (path, access) = (name(path)?, access()?);
    driver::set(&access)?;
    if let Some(round) = round {
        // SAFETY: takes an id and numbers.
        call("prepare a file", || unsafe {
            H5Pset_alignment(access.raw(), round, round)
        })?;
    }
    // SAFETY: the path ends in NUL.
    let raw = call("create the file", || unsafe {
        H5Fcreate(path.as_ptr(), H5F_ACC_TRUNC, H5P_DEFAULT, access.raw())
    })?;
    forget_truncation(&path);
    Ok(Id::new(raw, H5Fclose))
}

/// The first close of a file that was truncated to nothing makes ext4 assign disk blocks to all that was written since
/// (`auto_da_alloc`). That close comes here, while there is next to nothing, and not at the end with all the data.
fn forget_truncation(path: &CStr) {
    drop(std::fs::File::open(OsStr::from_bytes(path.to_bytes())));
}

pub(crate) fn flush(file: &Id) -> Result<()> {
    // SAFETY: takes an id and a constant.
    call("write the file's tables", || unsafe {
        H5Fflush(file.raw(), H5F_SCOPE_GLOBAL)
    })
    .map(drop)
}

/// Where the file ends that libhdf5 knows.
pub(crate) fn end(file: &Id) -> Result<u64> {
    let mut end = 0;
    // SAFETY: one pointer to a live number.
    call("find the file's end", || unsafe {
        H5Fget_filesize(file.raw(), &raw mut end)
    })?;
    Ok(end)
}

unsafe extern "C" {
    // The binding lacks it.
    fn H5Fincrement_filesize(file: hid_t, by: hsize_t) -> herr_t;
}

/// Moves that end on.
pub(crate) fn lengthen(file: &Id, by: u64) -> Result<()> {
    // SAFETY: takes an id and a number.
    call("lengthen the file", || unsafe {
        H5Fincrement_filesize(file.raw(), by)
    })
    .map(drop)
}

/// A descriptor of our own on the file that libhdf5 has open.
pub(crate) fn descriptor(file: &Id) -> Result<OwnedFd> {
    locked(|| {
        let mut at: *mut c_void = std::ptr::null_mut();
        // SAFETY: one pointer to a live pointer.
        call("find the file's descriptor", || unsafe {
            H5Fget_vfd_handle(file.raw(), H5P_DEFAULT, &raw mut at)
        })?;
        // SAFETY: the POSIX driver, which `access` leaves in place, gives the address of its descriptor; it stays open
        // while the lock keeps others from closing the file.
        let borrowed = unsafe { BorrowedFd::borrow_raw(*at.cast::<i32>()) };
        borrowed
            .try_clone_to_owned()
            .map_err(|e| Error::io("cannot duplicate the file's descriptor", &e))
    })
}
