//! Groups and links: what is in a file and under which name.

use hdf5_metno_sys as sys;
use sys::h5::{H5_INDEX_NAME, H5_ITER_INC, hsize_t};
use sys::h5d::{H5Dclose, H5Dopen2};
use sys::h5g::{H5Gclose, H5Gcreate2, H5Gopen2};
use sys::h5l::{H5Ldelete, H5Lexists, H5Literate2};
use sys::h5o::*;
use sys::h5p::*;
use sys::h5t::H5T_CSET_UTF8;

use super::{Id, call, collect_name, name};
use crate::error::Result;

/// What an object is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Group,
    Dataset,
    Other,
}

/// Names are stored as UTF-8 and missing groups on the way are made.
pub(crate) fn link_creation() -> Result<Id> {
    let doing = "prepare a name";
    // SAFETY: takes a constant of the library.
    let list = call(doing, || unsafe { H5Pcreate(*H5P_CLS_LINK_CREATE) })?;
    let list = Id::new(list, H5Pclose);
    // SAFETY: calls that take an id and numbers.
    unsafe {
        call(doing, || H5Pset_char_encoding(list.raw(), H5T_CSET_UTF8))?;
        call(doing, || H5Pset_create_intermediate_group(list.raw(), 1))?;
    }
    Ok(list)
}

pub(crate) fn create_group(file: &Id, path: &str) -> Result<Id> {
    let (path, links) = (name(path)?, link_creation()?);
    // SAFETY: the path ends in NUL.
    let raw = call("create the group", || unsafe {
        H5Gcreate2(
            file.raw(),
            path.as_ptr(),
            links.raw(),
            H5P_DEFAULT,
            H5P_DEFAULT,
        )
    })?;
    Ok(Id::new(raw, H5Gclose))
}

pub(crate) fn open_group(file: &Id, path: &str) -> Result<Id> {
    let path = name(path)?;
    // SAFETY: the path ends in NUL.
    let raw = call("open the group", || unsafe {
        H5Gopen2(file.raw(), path.as_ptr(), H5P_DEFAULT)
    })?;
    Ok(Id::new(raw, H5Gclose))
}

pub(crate) fn open_dataset(file: &Id, path: &str, access: &Id) -> Result<Id> {
    let path = name(path)?;
    // SAFETY: the path ends in NUL.
    let raw = call("open the dataset", || unsafe {
        H5Dopen2(file.raw(), path.as_ptr(), access.raw())
    })?;
    Ok(Id::new(raw, H5Dclose))
}

/// Any object, for its attributes.
pub(crate) fn open(file: &Id, path: &str) -> Result<Id> {
    let path = name(path)?;
    // SAFETY: the path ends in NUL.
    let raw = call("open the object", || unsafe {
        H5Oopen(file.raw(), path.as_ptr(), H5P_DEFAULT)
    })?;
    Ok(Id::new(raw, H5Oclose))
}

/// Whether this one link exists; everything before the last name must.
pub(crate) fn has_link(file: &Id, path: &str) -> Result<bool> {
    let path = name(path)?;
    // SAFETY: the path ends in NUL.
    Ok(call("look for a name", || unsafe {
        H5Lexists(file.raw(), path.as_ptr(), H5P_DEFAULT)
    })? > 0)
}

/// Whether the link leads to an object: a soft link need not.
pub(crate) fn resolves(file: &Id, path: &str) -> Result<bool> {
    let path = name(path)?;
    // SAFETY: the path ends in NUL.
    Ok(call("look for an object", || unsafe {
        H5Oexists_by_name(file.raw(), path.as_ptr(), H5P_DEFAULT)
    })? > 0)
}

pub(crate) fn remove_link(file: &Id, path: &str) -> Result<()> {
    let path = name(path)?;
    // SAFETY: the path ends in NUL.
    call("remove a name", || unsafe {
        H5Ldelete(file.raw(), path.as_ptr(), H5P_DEFAULT)
    })
    .map(drop)
}

/// What the object is, and a token that tells it from every other one of its file.
pub(crate) fn kind(file: &Id, path: &str) -> Result<(Kind, H5O_token_t)> {
    let path = name(path)?;
    let mut info = std::mem::MaybeUninit::<H5O_info2_t>::zeroed();
    // SAFETY: the path ends in NUL and the struct is the library's own.
    call("look at an object", || unsafe {
        H5Oget_info_by_name3(
            file.raw(),
            path.as_ptr(),
            info.as_mut_ptr(),
            H5O_INFO_BASIC,
            H5P_DEFAULT,
        )
    })?;
    // SAFETY: all zeros is a valid value of every field, and the call succeeded.
    let info = unsafe { info.assume_init() };
    let kind = match info.type_ {
        H5O_TYPE_GROUP => Kind::Group,
        H5O_TYPE_DATASET => Kind::Dataset,
        _ => Kind::Other,
    };
    Ok((kind, info.token))
}

/// The names of a group's members, sorted as h5py shows them.
pub(crate) fn names(group: &Id) -> Result<Vec<String>> {
    let mut names: Vec<String> = Vec::new();
    let mut from: hsize_t = 0;
    // SAFETY: the callback gets the address of `names`, which outlives the call.
    call("list a group", || unsafe {
        H5Literate2(
            group.raw(),
            H5_INDEX_NAME,
            H5_ITER_INC,
            &raw mut from,
            Some(collect_name),
            (&raw mut names).cast(),
        )
    })?;
    Ok(names)
}
