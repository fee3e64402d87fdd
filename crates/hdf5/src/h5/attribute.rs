//! Attributes: small values beside an object.

use std::ffi::{CStr, CString, c_char};

use hdf5_metno_sys as sys;
use sys::h5::{H5_INDEX_NAME, H5_ITER_INC, hsize_t};
use sys::h5a::*;
use sys::h5p::*;
use sys::h5s::H5Sclose;
use sys::h5t::{H5T_CSET_UTF8, H5Tclose, H5Treclaim};

use super::{Id, call, collect_name, locked, name, space, types};
use crate::error::{Error, Result};

pub(crate) fn create(object: &Id, attribute: &str, element: &Id, space: &Id) -> Result<Id> {
    let doing = "create the attribute";
    let attribute = name(attribute)?;
    // SAFETY: takes a constant of the library.
    let list = call(doing, || unsafe { H5Pcreate(*H5P_CLS_ATTRIBUTE_CREATE) })?;
    let list = Id::new(list, H5Pclose);
    // SAFETY: takes an id and a constant.
    call(doing, || unsafe {
        H5Pset_char_encoding(list.raw(), H5T_CSET_UTF8)
    })?;
    // SAFETY: the name ends in NUL.
    let raw = call(doing, || unsafe {
        H5Acreate2(
            object.raw(),
            attribute.as_ptr(),
            element.raw(),
            space.raw(),
            list.raw(),
            H5P_DEFAULT,
        )
    })?;
    Ok(Id::new(raw, H5Aclose))
}

pub(crate) fn open(object: &Id, attribute: &str) -> Result<Id> {
    let attribute = name(attribute)?;
    // SAFETY: the name ends in NUL.
    let raw = call("open the attribute", || unsafe {
        H5Aopen(object.raw(), attribute.as_ptr(), H5P_DEFAULT)
    })?;
    Ok(Id::new(raw, H5Aclose))
}

pub(crate) fn exists(object: &Id, attribute: &str) -> Result<bool> {
    let attribute = name(attribute)?;
    // SAFETY: the name ends in NUL.
    Ok(call("look for an attribute", || unsafe {
        H5Aexists(object.raw(), attribute.as_ptr())
    })? > 0)
}

pub(crate) fn remove(object: &Id, attribute: &str) -> Result<()> {
    let attribute = name(attribute)?;
    // SAFETY: the name ends in NUL.
    call("delete the attribute", || unsafe {
        H5Adelete(object.raw(), attribute.as_ptr())
    })
    .map(drop)
}

pub(crate) fn rename(object: &Id, from: &str, to: &str) -> Result<()> {
    let (from, to) = (name(from)?, name(to)?);
    // SAFETY: both names end in NUL.
    call("name the attribute", || unsafe {
        H5Arename(object.raw(), from.as_ptr(), to.as_ptr())
    })
    .map(drop)
}

pub(crate) fn element(attribute: &Id) -> Result<Id> {
    // SAFETY: takes an id only.
    let raw = call("read an attribute's type", || unsafe {
        H5Aget_type(attribute.raw())
    })?;
    Ok(Id::new(raw, H5Tclose))
}

pub(crate) fn extent(attribute: &Id) -> Result<Option<Vec<u64>>> {
    // SAFETY: takes an id only.
    let raw = call("read an attribute's shape", || unsafe {
        H5Aget_space(attribute.raw())
    })?;
    Ok(space::extent(&Id::new(raw, H5Sclose))?.map(|e| e.shape))
}

fn elements(attribute: &Id) -> Result<usize> {
    Ok(extent(attribute)?.map_or(0, |shape| shape.iter().product::<u64>() as usize))
}

pub(crate) fn write_bytes(attribute: &Id, element: &Id, bytes: &[u8]) -> Result<()> {
    assert_eq!(
        bytes.len(),
        elements(attribute)? * types::size(element) as usize
    );
    // SAFETY: the bytes are exactly the attribute's elements, as just asserted.
    call("write the attribute", || unsafe {
        H5Awrite(attribute.raw(), element.raw(), bytes.as_ptr().cast())
    })
    .map(drop)
}

pub(crate) fn read_bytes(attribute: &Id, element: &Id) -> Result<Vec<u8>> {
    let mut bytes = vec![0u8; elements(attribute)? * types::size(element) as usize];
    // SAFETY: the buffer holds exactly the attribute's elements; the type has no part of variable length.
    call("read the attribute", || unsafe {
        H5Aread(attribute.raw(), element.raw(), bytes.as_mut_ptr().cast())
    })?;
    Ok(bytes)
}

pub(crate) fn write_texts(attribute: &Id, texts: &[String]) -> Result<()> {
    assert_eq!(texts.len(), elements(attribute)?);
    let owned: Vec<CString> = texts
        .iter()
        .map(|text| {
            CString::new(text.as_str()).map_err(|_| {
                Error::new(
                    "BAD_VALUE",
                    format!(
                        "the text {text:?} contains a NUL character, which ends a text in HDF5"
                    ),
                )
            })
        })
        .collect::<Result<_>>()?;
    let pointers: Vec<*const c_char> = owned.iter().map(|text| text.as_ptr()).collect();
    let element = types::variable_string()?;
    // SAFETY: one pointer to a text that ends in NUL for each element; `owned` outlives the call.
    call("write the attribute", || unsafe {
        H5Awrite(attribute.raw(), element.raw(), pointers.as_ptr().cast())
    })
    .map(drop)
}

/// The texts of an attribute whose type is text of variable length.
pub(crate) fn read_texts(attribute: &Id) -> Result<Vec<String>> {
    let mut pointers: Vec<*mut c_char> = vec![std::ptr::null_mut(); elements(attribute)?];
    // The stored type, not ours: the library does not turn ASCII into UTF-8, which is the same bytes.
    let element = element(attribute)?;
    // SAFETY: takes an id only.
    let raw = call("read an attribute's shape", || unsafe {
        H5Aget_space(attribute.raw())
    })?;
    let space = Id::new(raw, H5Sclose);
    locked(|| {
        // SAFETY: one pointer of room for each element.
        call("read the attribute", || unsafe {
            H5Aread(attribute.raw(), element.raw(), pointers.as_mut_ptr().cast())
        })?;
        let texts = pointers
            .iter()
            .map(|&text| {
                if text.is_null() {
                    return String::new();
                }
                // SAFETY: not null, so a text that libhdf5 has made and that ends in NUL.
                unsafe { CStr::from_ptr(text) }
                    .to_string_lossy()
                    .into_owned()
            })
            .collect();
        // SAFETY: the pointers are those that the read made, of the type and space it was made with.
        unsafe {
            H5Treclaim(
                element.raw(),
                space.raw(),
                H5P_DEFAULT,
                pointers.as_mut_ptr().cast(),
            )
        };
        Ok(texts)
    })
}

/// The names of an object's attributes, sorted.
pub(crate) fn names(object: &Id) -> Result<Vec<String>> {
    let mut names: Vec<String> = Vec::new();
    let mut from: hsize_t = 0;
    // SAFETY: the callback gets the address of `names`, which outlives the call.
    call("list the attributes", || unsafe {
        H5Aiterate2(
            object.raw(),
            H5_INDEX_NAME,
            H5_ITER_INC,
            &raw mut from,
            Some(collect_name),
            (&raw mut names).cast(),
        )
    })?;
    Ok(names)
}
