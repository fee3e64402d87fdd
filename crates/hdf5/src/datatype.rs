//! Layouts <-> HDF5 types, in the form that h5py writes and expects, so that it reads back the very dtype.

use hdf5_metno_sys::h5t::{
    H5T_ARRAY, H5T_BITFIELD, H5T_COMPOUND, H5T_ENUM, H5T_FLOAT, H5T_INTEGER, H5T_OPAQUE,
    H5T_REFERENCE, H5T_STRING, H5T_TIME, H5T_VLEN,
};

use crate::error::{Error, Result};
use crate::h5::{Id, types};
use crate::layout::{Field, Layout};

/// sign, exponent (position, width), mantissa (position, width), bias of the IEEE floats of 2, 4 and 8 bytes.
const IEEE: [(u64, [usize; 6]); 3] = [
    (2, [15, 10, 5, 0, 10, 15]),
    (4, [31, 23, 8, 0, 23, 127]),
    (8, [63, 52, 11, 0, 52, 1023]),
];

fn unsupported(message: impl Into<String>) -> Error {
    Error::new("NOT_SUPPORTED", message)
}

/// The HDF5 type of a layout.
pub(crate) fn build(layout: &Layout) -> Result<Id> {
    let odd = |what: &str, size: u64| {
        Err(Error::new(
            "BAD_DTYPE",
            format!("no HDF5 type for {what} of {size} bytes"),
        ))
    };
    match layout {
        Layout::Int {
            size: size @ (1 | 2 | 4 | 8),
            swap,
        } => types::integer(*size, true, *swap),
        Layout::Uint {
            size: size @ (1 | 2 | 4 | 8),
            swap,
        } => types::integer(*size, false, *swap),
        Layout::Float {
            size: size @ (2 | 4 | 8),
            swap,
        } => types::float(*size, *swap),
        Layout::Bool { size: 1, .. } => types::boolean(),
        Layout::Complex {
            size: size @ (8 | 16),
            swap,
        } => {
            let part = types::float(size / 2, *swap)?;
            let made = types::compound(*size)?;
            types::insert(&made, "r", 0, &part)?;
            types::insert(&made, "i", size / 2, &part)?;
            Ok(made)
        }
        Layout::Bytes { size: 0, .. } | Layout::Void { size: 0, .. } => Err(unsupported(
            "HDF5 has no type of zero bytes; use a width of at least 1",
        )),
        Layout::Bytes { size, .. } => types::fixed_string(*size),
        Layout::Void { size, .. } => types::opaque(*size),
        Layout::Text { size, .. } => Err(unsupported(format!(
            "U{} has no HDF5 type (h5py refuses it too); use S<n>",
            size / 4
        ))),
        Layout::Datetime { .. } | Layout::Timedelta { .. } => Err(unsupported(
            "dates and time spans (M8, m8) have no HDF5 type; store them as i8 and name the unit in an attribute",
        )),
        Layout::Record { size, fields } => {
            if fields.is_empty() {
                return Err(unsupported("HDF5 has no compound type without fields"));
            }
            let made = types::compound(*size)?;
            for field in fields {
                let member = build(&field.layout).map_err(|e| in_field(e, &field.name))?;
                types::insert(&made, &field.name, field.offset, &member)?;
            }
            Ok(made)
        }
        Layout::Array { shape, base, .. } => types::array(&build(base)?, shape),
        Layout::Int { size, .. } => odd("integers", *size),
        Layout::Uint { size, .. } => odd("unsigned integers", *size),
        Layout::Float { size, .. } => odd("floats", *size),
        Layout::Bool { size, .. } => odd("booleans", *size),
        Layout::Complex { size, .. } => odd("complex numbers", *size),
    }
}

/// The layout of an HDF5 type as it lies in the file, with every offset kept.
pub(crate) fn describe(of: &Id) -> Result<Layout> {
    let size = types::size(of);
    let order = |what: &str| {
        types::big_endian(of)
            .map(|big| big && size > 1)
            .ok_or_else(|| unsupported(format!("{what} in an unusual byte order cannot be read")))
    };
    Ok(match types::class(of) {
        H5T_INTEGER | H5T_BITFIELD => {
            if !matches!(size, 1 | 2 | 4 | 8) || !types::full_width(of) {
                return Err(unsupported(format!(
                    "integers of an unusual width ({size} bytes, not all bits used)"
                )));
            }
            let swap = order("integers")?;
            if types::class(of) == H5T_INTEGER && types::signed(of) {
                Layout::Int { size, swap }
            } else {
                Layout::Uint { size, swap }
            }
        }
        H5T_FLOAT => {
            let fields = types::float_fields(of)?;
            if !IEEE.contains(&(size, fields)) || !types::full_width(of) {
                return Err(unsupported(format!(
                    "floats of {size} bytes that are not IEEE half, single or double"
                )));
            }
            Layout::Float {
                size,
                swap: order("floats")?,
            }
        }
        H5T_STRING if types::is_variable_string(of)? => {
            return Err(unsupported(
                "text of variable length; fixed-length text (S<n>) can be read",
            ));
        }
        H5T_STRING => Layout::Bytes { size, swap: false },
        H5T_OPAQUE => Layout::Void { size, swap: false },
        H5T_ENUM if types::is_boolean(of)? => Layout::Bool { size, swap: false },
        H5T_ENUM => describe(&types::base(of)?)?,
        H5T_ARRAY => array(size, types::array_shape(of)?, describe(&types::base(of)?)?),
        H5T_COMPOUND => record(size, types::members(of)?)?,
        H5T_VLEN => return Err(unsupported("sequences of variable length")),
        H5T_REFERENCE => return Err(unsupported("references to objects or regions")),
        H5T_TIME => return Err(unsupported("HDF5's time type")),
        _ => return Err(unsupported("a type that this version does not know")),
    })
}

/// The type to read into: the file's own, but for texts, which are padded with NULs. `None`: bytes need no change.
pub(crate) fn to_read_as(file: &Id) -> Result<Option<Id>> {
    match types::class(file) {
        H5T_STRING if !types::is_variable_string(file)? && !types::is_nul_padded(file) => {
            let padded = types::copy(file)?;
            types::pad_with_nul(&padded)?;
            Ok(Some(padded))
        }
        H5T_ARRAY => match to_read_as(&types::base(file)?)? {
            Some(base) => Ok(Some(types::array(&base, &types::array_shape(file)?)?)),
            None => Ok(None),
        },
        H5T_COMPOUND => {
            let members = types::members(file)?;
            let changed: Vec<_> = members
                .iter()
                .map(|m| to_read_as(&m.2))
                .collect::<Result<_>>()?;
            if changed.iter().all(Option::is_none) {
                return Ok(None);
            }
            let made = types::compound(types::size(file))?;
            for ((field, offset, as_stored), changed) in members.iter().zip(&changed) {
                types::insert(&made, field, *offset, changed.as_ref().unwrap_or(as_stored))?;
            }
            Ok(Some(made))
        }
        _ => Ok(None),
    }
}

/// The type that holds only these fields of a compound, packed in the order asked for, and its layout.
pub(crate) fn fields_of(file: &Id, wanted: &[String]) -> Result<(Id, Layout)> {
    let members = match types::class(file) {
        H5T_COMPOUND => types::members(file)?,
        _ => {
            return Err(Error::new(
                "BAD_ARGUMENT",
                "fields can be chosen only where elements are records",
            ));
        }
    };
    let mut chosen = Vec::new();
    let mut size = 0;
    for name in wanted {
        let Some((_, _, member)) = members.iter().find(|m| m.0 == *name) else {
            let known: Vec<_> = members.iter().map(|m| m.0.as_str()).collect();
            return Err(Error::new(
                "NOT_FOUND",
                format!("there is no field {name:?}; there are {}", known.join(", ")),
            ));
        };
        if chosen
            .iter()
            .any(|(field, ..): &(&String, u64, Id)| *field == name)
        {
            return Err(Error::new(
                "BAD_ARGUMENT",
                format!("the field {name:?} is asked for twice"),
            ));
        }
        let member = match to_read_as(member)? {
            Some(padded) => padded,
            None => types::copy(member)?,
        };
        let bytes = types::size(&member);
        chosen.push((name, size, member));
        size += bytes;
    }
    if chosen.is_empty() {
        return Err(Error::new(
            "BAD_ARGUMENT",
            "fields must name at least one field",
        ));
    }
    let made = types::compound(size)?;
    let mut fields = Vec::new();
    for (name, offset, member) in &chosen {
        types::insert(&made, name, *offset, member)?;
        fields.push(Field {
            name: (*name).clone(),
            offset: *offset,
            layout: describe(member)?,
        });
    }
    Ok((made, Layout::Record { size, fields }))
}

fn array(size: u64, mut shape: Vec<u64>, base: Layout) -> Layout {
    // An array of arrays is one array, as NumPy has it.
    if let Layout::Array {
        shape: inner, base, ..
    } = base
    {
        shape.extend(inner);
        return Layout::Array { size, shape, base };
    }
    Layout::Array {
        size,
        shape,
        base: Box::new(base),
    }
}

fn record(size: u64, members: Vec<(String, u64, Id)>) -> Result<Layout> {
    let mut fields = Vec::with_capacity(members.len());
    for (name, offset, member) in members {
        let layout = describe(&member).map_err(|e| in_field(e, &name))?;
        fields.push(Field {
            name,
            offset,
            layout,
        });
    }
    if let [re, im] = fields.as_slice()
        && let Layout::Float {
            size: part @ (4 | 8),
            swap,
        } = re.layout
        && (re.name.as_str(), im.name.as_str()) == ("r", "i")
        && re.layout == im.layout
        && (re.offset, im.offset, size) == (0, part, 2 * part)
    {
        return Ok(Layout::Complex { size, swap });
    }
    fields.sort_by_key(|f| f.offset);
    Ok(Layout::Record { size, fields })
}

fn in_field(mut error: Error, name: &str) -> Error {
    error.message = format!("field {name:?}: {}", error.message);
    error
}
