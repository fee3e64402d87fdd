//! Datatypes: made and taken apart, one small step at a time. What they mean is decided in `datatype.rs`.

use std::ffi::{CStr, c_char};

use hdf5_metno_sys as sys;
use sys::h5t::*;

use super::{Id, call, failure, locked, name};
use crate::error::{Error, Result};

fn owned(raw: i64) -> Id {
    Id::new(raw, H5Tclose)
}

/// A copy of one of the library's own types, chosen after the library has started.
fn copy_of(choose: impl FnOnce() -> i64) -> Result<Id> {
    // SAFETY: takes an id only.
    call("make a type", || unsafe { H5Tcopy(choose()) }).map(owned)
}

pub(crate) fn copy(of: &Id) -> Result<Id> {
    copy_of(|| of.raw())
}

/// A standard integer of 1, 2, 4 or 8 bytes.
pub(crate) fn integer(size: u64, signed: bool, big: bool) -> Result<Id> {
    copy_of(|| match (size, signed, big) {
        (1, true, _) => *H5T_STD_I8LE,
        (1, false, _) => *H5T_STD_U8LE,
        (2, true, false) => *H5T_STD_I16LE,
        (2, true, true) => *H5T_STD_I16BE,
        (2, false, false) => *H5T_STD_U16LE,
        (2, false, true) => *H5T_STD_U16BE,
        (4, true, false) => *H5T_STD_I32LE,
        (4, true, true) => *H5T_STD_I32BE,
        (4, false, false) => *H5T_STD_U32LE,
        (4, false, true) => *H5T_STD_U32BE,
        (8, true, false) => *H5T_STD_I64LE,
        (8, true, true) => *H5T_STD_I64BE,
        (8, false, false) => *H5T_STD_U64LE,
        (8, false, true) => *H5T_STD_U64BE,
        _ => sys::h5i::H5I_INVALID_HID,
    })
}

/// An IEEE float of 2, 4 or 8 bytes.
pub(crate) fn float(size: u64, big: bool) -> Result<Id> {
    match size {
        2 => half(big),
        4 => copy_of(|| {
            if big {
                *H5T_IEEE_F32BE
            } else {
                *H5T_IEEE_F32LE
            }
        }),
        _ => copy_of(|| {
            if big {
                *H5T_IEEE_F64BE
            } else {
                *H5T_IEEE_F64LE
            }
        }),
    }
}

/// binary16: sign 1 bit, exponent 5 (bias 15), mantissa 10. Made from a float32, since older readers have no name for it.
fn half(big: bool) -> Result<Id> {
    let made = float(4, big)?;
    let doing = "make a 16-bit float type";
    // The fields first: they must fit into the size at every step.
    // SAFETY: three calls that take an id and numbers.
    unsafe {
        call(doing, || H5Tset_fields(made.raw(), 15, 10, 5, 0, 10))?;
        call(doing, || H5Tset_size(made.raw(), 2))?;
        call(doing, || H5Tset_ebias(made.raw(), 15))?;
    }
    Ok(made)
}

/// Text of a fixed number of bytes, padded with NULs.
pub(crate) fn fixed_string(size: u64) -> Result<Id> {
    let made = copy_of(|| *H5T_C_S1)?;
    // SAFETY: takes an id and numbers.
    call("make a string type", || unsafe {
        H5Tset_size(made.raw(), size as usize)
    })?;
    pad_with_nul(&made)?;
    Ok(made)
}

pub(crate) fn pad_with_nul(string: &Id) -> Result<()> {
    // SAFETY: takes an id and a constant.
    call("make a string type", || unsafe {
        H5Tset_strpad(string.raw(), H5T_STR_NULLPAD)
    })
    .map(drop)
}

/// Text of any length in UTF-8, as h5py writes `str`.
pub(crate) fn variable_string() -> Result<Id> {
    let made = copy_of(|| *H5T_C_S1)?;
    let doing = "make a string type";
    // SAFETY: calls that take an id and numbers.
    unsafe {
        call(doing, || H5Tset_size(made.raw(), H5T_VARIABLE))?;
        call(doing, || H5Tset_cset(made.raw(), H5T_CSET_UTF8))?;
    }
    Ok(made)
}

pub(crate) fn opaque(size: u64) -> Result<Id> {
    // SAFETY: takes a constant and a number.
    let made = call("make an opaque type", || unsafe {
        H5Tcreate(H5T_OPAQUE, size as usize)
    })
    .map(owned)?;
    // SAFETY: the tag ends in NUL and is copied.
    call("make an opaque type", || unsafe {
        H5Tset_tag(made.raw(), c"".as_ptr())
    })?;
    Ok(made)
}

/// The enumeration FALSE = 0, TRUE = 1 over one byte, which is h5py's boolean.
pub(crate) fn boolean() -> Result<Id> {
    let doing = "make a boolean type";
    let base = integer(1, true, false)?;
    // SAFETY: takes an id only.
    let made = call(doing, || unsafe { H5Tenum_create(base.raw()) }).map(owned)?;
    for (word, value) in [(c"FALSE", 0i8), (c"TRUE", 1i8)] {
        // SAFETY: the name ends in NUL; the value has the one byte of the base type.
        call(doing, || unsafe {
            H5Tenum_insert(made.raw(), word.as_ptr(), (&raw const value).cast())
        })?;
    }
    Ok(made)
}

pub(crate) fn compound(size: u64) -> Result<Id> {
    // SAFETY: takes a constant and a number.
    call("make a compound type", || unsafe {
        H5Tcreate(H5T_COMPOUND, size as usize)
    })
    .map(owned)
}

pub(crate) fn insert(compound: &Id, field: &str, offset: u64, member: &Id) -> Result<()> {
    let field = name(field)?;
    // SAFETY: the name ends in NUL; the rest are ids and a number that libhdf5 checks against the size.
    call("make a compound type", || unsafe {
        H5Tinsert(
            compound.raw(),
            field.as_ptr(),
            offset as usize,
            member.raw(),
        )
    })
    .map(drop)
}

pub(crate) fn array(base: &Id, shape: &[u64]) -> Result<Id> {
    // SAFETY: the array holds as many numbers as the rank says.
    call("make an array type", || unsafe {
        H5Tarray_create2(base.raw(), shape.len() as u32, shape.as_ptr())
    })
    .map(owned)
}

pub(crate) fn class(of: &Id) -> H5T_class_t {
    // SAFETY: takes an id only; the library's classes are all in the enumeration.
    locked(|| unsafe { H5Tget_class(of.raw()) })
}

pub(crate) fn size(of: &Id) -> u64 {
    // SAFETY: takes an id only.
    locked(|| unsafe { H5Tget_size(of.raw()) as u64 })
}

/// Whether it is big-endian; `None` for an order that is neither.
pub(crate) fn big_endian(of: &Id) -> Option<bool> {
    // SAFETY: takes an id only.
    match locked(|| unsafe { H5Tget_order(of.raw()) }) {
        H5T_ORDER_LE => Some(false),
        H5T_ORDER_BE => Some(true),
        _ => None,
    }
}

pub(crate) fn signed(of: &Id) -> bool {
    // SAFETY: takes an id only.
    locked(|| unsafe { H5Tget_sign(of.raw()) == H5T_SGN_2 })
}

/// Whether all bits of the number count.
pub(crate) fn full_width(of: &Id) -> bool {
    // SAFETY: takes ids only.
    locked(|| unsafe {
        H5Tget_precision(of.raw()) == 8 * H5Tget_size(of.raw()) && H5Tget_offset(of.raw()) == 0
    })
}

/// sign position, exponent position and width, mantissa position and width, exponent bias.
pub(crate) fn float_fields(of: &Id) -> Result<[usize; 6]> {
    let mut at = [0usize; 6];
    let [spos, epos, esize, mpos, msize, bias] = &mut at;
    // SAFETY: five pointers to live integers.
    call("read a float type", || unsafe {
        H5Tget_fields(of.raw(), spos, epos, esize, mpos, msize)
    })?;
    // SAFETY: takes an id only.
    *bias = locked(|| unsafe { H5Tget_ebias(of.raw()) });
    Ok(at)
}

pub(crate) fn is_variable_string(of: &Id) -> Result<bool> {
    // SAFETY: takes an id only.
    Ok(call("read a string type", || unsafe {
        H5Tis_variable_str(of.raw())
    })? > 0)
}

pub(crate) fn is_nul_padded(of: &Id) -> bool {
    // SAFETY: takes an id only.
    locked(|| unsafe { H5Tget_strpad(of.raw()) == H5T_STR_NULLPAD })
}

/// The type that an array, an enumeration or a sequence is made of.
pub(crate) fn base(of: &Id) -> Result<Id> {
    // SAFETY: takes an id only.
    call("read a type", || unsafe { H5Tget_super(of.raw()) }).map(owned)
}

pub(crate) fn array_shape(of: &Id) -> Result<Vec<u64>> {
    // SAFETY: takes an id only.
    let rank = call("read an array type", || unsafe {
        H5Tget_array_ndims(of.raw())
    })?;
    let mut shape = vec![0u64; rank as usize];
    // SAFETY: the array has room for the rank.
    call("read an array type", || unsafe {
        H5Tget_array_dims2(of.raw(), shape.as_mut_ptr())
    })?;
    Ok(shape)
}

/// A member of a compound: its name, its offset in bytes, its type.
pub(crate) fn members(of: &Id) -> Result<Vec<(String, u64, Id)>> {
    (0..member_count(of)?)
        .map(|i| {
            let doing = "read a compound type";
            let field = member_name(of, i)?;
            // SAFETY: takes an id and an index below the count.
            let offset = locked(|| unsafe { H5Tget_member_offset(of.raw(), i) });
            // SAFETY: as above.
            let member = call(doing, || unsafe { H5Tget_member_type(of.raw(), i) }).map(owned)?;
            Ok((field, offset as u64, member))
        })
        .collect()
}

/// Whether it is the enumeration that stands for booleans.
pub(crate) fn is_boolean(of: &Id) -> Result<bool> {
    if size(of) != 1 || member_count(of)? != 2 {
        return Ok(false);
    }
    for i in 0..2 {
        let mut value = 0i8;
        // SAFETY: the type has one byte, so the value fits.
        call("read an enumeration", || unsafe {
            H5Tget_member_value(of.raw(), i, (&raw mut value).cast())
        })?;
        if (member_name(of, i)?.as_str(), value)
            != [("FALSE", 0), ("TRUE", 1)][usize::from(value == 1)]
        {
            return Ok(false);
        }
    }
    Ok(true)
}

fn member_count(of: &Id) -> Result<u32> {
    // SAFETY: takes an id only.
    call("read a type", || unsafe { H5Tget_nmembers(of.raw()) }).map(|n| n as u32)
}

fn member_name(of: &Id, index: u32) -> Result<String> {
    locked(|| {
        // SAFETY: takes an id and an index; the text it returns is ours to copy and to free.
        unsafe {
            let text: *mut c_char = H5Tget_member_name(of.raw(), index);
            if text.is_null() {
                return Err(failure("read a member's name"));
            }
            let copied = CStr::from_ptr(text).to_str().map(str::to_owned);
            sys::h5::H5free_memory(text.cast());
            copied.map_err(|_| Error::new("NOT_SUPPORTED", "a field's name is not UTF-8"))
        }
    })
}
