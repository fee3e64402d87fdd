//! Attribute values, as text or as the bytes of an array.

use serde::Serialize;

use hdf5_metno_sys::h5t::H5T_STRING;

use crate::datatype;
use crate::error::{Error, Result};
use crate::h5::{self, Id, types};
use crate::layout::Layout;

/// What an attribute holds. An empty shape is a single value.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum Value {
    /// Texts, of fixed or variable length.
    Texts {
        /// The shape.
        shape: Vec<u64>,
        /// The texts in C order.
        texts: Vec<String>,
    },
    /// Anything else that has a layout.
    Bytes {
        /// The shape.
        shape: Vec<u64>,
        /// One element.
        element: Layout,
        /// The elements in C order.
        #[serde(skip)]
        bytes: Vec<u8>,
    },
    /// Nothing, which HDF5 can store too.
    Empty,
}

/// libhdf5 keeps an attribute within one message of an object's header.
const MOST: usize = 64 << 10;

fn too_large(name: &str, bytes: usize) -> Error {
    Error::new(
        "TOO_LARGE",
        format!(
            "the attribute {name:?} has {bytes} bytes, and HDF5 keeps at most 64 KB; store it as a dataset"
        ),
    )
}

pub(crate) fn set(object: &Id, name: &str, value: &Value) -> Result<()> {
    if name.is_empty() {
        return Err(Error::new("BAD_ARGUMENT", "an attribute needs a name"));
    }
    let (element, shape, bytes) = match value {
        Value::Texts { shape, texts } => (types::variable_string()?, shape, 16 * texts.len()),
        Value::Bytes {
            shape,
            element,
            bytes,
        } => (datatype::build(element)?, shape, bytes.len()),
        Value::Empty => return Err(Error::new("NOT_SUPPORTED", "an attribute without a value")),
    };
    let named = |mut error: Error| {
        error.message = format!("attribute {name:?}: {}", error.message);
        error
    };
    if bytes >= MOST {
        return Err(too_large(name, bytes));
    }
    let space = h5::space::simple(shape, None)?;
    // Written beside the old one and renamed, so that a value that cannot be stored leaves the old one in place.
    let beside = format!("{name}~");
    let beside = if h5::attribute::exists(object, &beside)? {
        format!("{beside}~{}", std::process::id())
    } else {
        beside
    };
    let exists = h5::attribute::exists(object, name)?;
    let first = if exists { beside.as_str() } else { name };
    let made = h5::attribute::create(object, first, &element, &space).map_err(|error| {
        if error.trace.iter().any(|line| line.contains("too large")) {
            too_large(name, bytes)
        } else {
            named(error)
        }
    })?;
    let written = match value {
        Value::Texts { texts, .. } => h5::attribute::write_texts(&made, texts),
        Value::Bytes { bytes, .. } => h5::attribute::write_bytes(&made, &element, bytes),
        Value::Empty => Ok(()),
    };
    drop(made);
    if let Err(error) = written {
        h5::attribute::remove(object, first)?;
        return Err(named(error));
    }
    if exists {
        h5::attribute::remove(object, name)?;
        h5::attribute::rename(object, first, name)?;
    }
    Ok(())
}

/// The value, or `None` when there is no such attribute.
pub(crate) fn get(object: &Id, name: &str) -> Result<Option<Value>> {
    if !h5::attribute::exists(object, name)? {
        return Ok(None);
    }
    let attribute = h5::attribute::open(object, name)?;
    let element = h5::attribute::element(&attribute)?;
    let Some(shape) = h5::attribute::extent(&attribute)? else {
        return Ok(Some(Value::Empty));
    };
    if types::class(&element) == H5T_STRING && types::is_variable_string(&element)? {
        return Ok(Some(Value::Texts {
            shape,
            texts: h5::attribute::read_texts(&attribute)?,
        }));
    }
    let layout = datatype::describe(&element).map_err(|mut error| {
        error.message = format!(
            "attribute {name:?}: this version cannot read {}",
            error.message
        );
        error
    })?;
    let changed = datatype::to_read_as(&element)?;
    let bytes = h5::attribute::read_bytes(&attribute, changed.as_ref().unwrap_or(&element))?;
    Ok(Some(match layout {
        Layout::Bytes { size, .. } => Value::Texts {
            shape,
            texts: bytes.chunks(size as usize).map(fixed_text).collect(),
        },
        element => Value::Bytes {
            shape,
            element,
            bytes,
        },
    }))
}

/// Text without the NULs that pad it: UTF-8, or Latin-1 where it is not.
fn fixed_text(bytes: &[u8]) -> String {
    let end = bytes.iter().rposition(|&b| b != 0).map_or(0, |i| i + 1);
    match std::str::from_utf8(&bytes[..end]) {
        Ok(text) => text.to_owned(),
        Err(_) => bytes[..end].iter().map(|&b| char::from(b)).collect(),
    }
}
