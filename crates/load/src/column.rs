//! The fields of a record: how they travel, what they are to the kernel, and how messages name them.

use serde::{Deserialize, Serialize};
use sharray_text as text;

/// One field of a record.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Column {
    /// The field's name, with those of the records that it is in and its place in a sub-array; none in a plain dtype.
    pub name: Option<String>,
    /// What its items are, by NumPy's letters; `skip`: what others fill in.
    pub kind: Kind,
    /// Bytes of one item.
    pub size: usize,
    /// Where it lies in the record.
    pub offset: usize,
    /// Whether it is stored in the byte order that this machine does not have.
    pub swap: bool,
    /// The unit of dates and spans, and how many of it; "generic" where they have none.
    #[serde(default)]
    pub unit: Option<(String, u32)>,
    /// The item of a missing value; none: texts for missing values are texts like others.
    #[serde(default)]
    pub fill: Option<Vec<u8>>,
}

/// Kinds of items, by NumPy's letters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Kind {
    /// Truth values.
    #[serde(rename = "b")]
    Bool,
    /// Signed integers.
    #[serde(rename = "i")]
    Int,
    /// Unsigned integers.
    #[serde(rename = "u")]
    Uint,
    /// Binary floating point.
    #[serde(rename = "f")]
    Float,
    /// Complex numbers.
    #[serde(rename = "c")]
    Complex,
    /// Bytes, latin1.
    #[serde(rename = "S")]
    Bytes,
    /// UCS-4.
    #[serde(rename = "U")]
    Str,
    /// Dates.
    #[serde(rename = "M")]
    Datetime,
    /// Spans of time.
    #[serde(rename = "m")]
    Timedelta,
    /// Raw bytes, which no text is.
    #[serde(rename = "V")]
    Void,
    /// Nothing that is read.
    #[serde(rename = "skip")]
    Skip,
}

/// A text as the item of a column; else what it should have been.
pub fn parse_field(column: &Column, text: &str) -> Result<Vec<u8>, String> {
    let mut schema = column.schema(0);
    schema.offset = 0;
    sharray_text::parse_field(schema, text.as_bytes()).map_err(|_| column.expected())
}

impl Column {
    /// As the kernel takes it, its records `shift` bytes behind.
    pub(crate) fn schema(&self, shift: usize) -> text::Column {
        text::Column {
            kind: match self.kind {
                Kind::Bool => text::Kind::Bool,
                Kind::Int => text::Kind::Int,
                Kind::Uint => text::Kind::Uint,
                Kind::Float => text::Kind::Float,
                Kind::Complex => text::Kind::Complex,
                Kind::Bytes => text::Kind::Bytes,
                Kind::Str => text::Kind::Str,
                Kind::Datetime => {
                    let (unit, count) = self.unit.as_ref().map_or(("", 1), |(u, n)| (u, *n));
                    let unit = text::Unit::named(unit).unwrap_or(text::Unit::Generic);
                    text::Kind::Datetime(unit, count)
                }
                Kind::Timedelta => text::Kind::Timedelta,
                Kind::Void => text::Kind::Void,
                Kind::Skip => text::Kind::Skip,
            },
            size: self.size,
            offset: self.offset + shift,
            swap: self.swap,
        }
    }

    /// The type's name, as NumPy says it.
    pub(crate) fn type_name(&self) -> String {
        let bits = self.size * 8;
        let unit = match &self.unit {
            None => String::new(),
            Some((unit, 1)) => format!("[{unit}]"),
            Some((unit, count)) => format!("[{count}{unit}]"),
        };
        match self.kind {
            Kind::Bool => "bool".to_string(),
            Kind::Int => format!("int{bits}"),
            Kind::Uint => format!("uint{bits}"),
            Kind::Float => format!("float{bits}"),
            Kind::Complex => format!("complex{bits}"),
            Kind::Bytes => format!("S{}", self.size),
            Kind::Str => format!("U{}", self.size / 4),
            Kind::Datetime => format!("datetime64{unit}"),
            Kind::Timedelta => format!("timedelta64{unit}"),
            Kind::Void => format!("V{}", self.size),
            Kind::Skip => "any".to_string(),
        }
    }

    /// What a text has to be to fit the column.
    pub(crate) fn expected(&self) -> String {
        let bits = (self.size * 8) as u32;
        let name = self.type_name();
        match self.kind {
            Kind::Bool => format!("an integer, 0 for false ({name})"),
            Kind::Int => format!(
                "an integer in {}..{} ({name})",
                -(1i128 << (bits - 1)),
                (1i128 << (bits - 1)) - 1,
            ),
            Kind::Uint => format!("an integer in 0..{} ({name})", (1u128 << bits) - 1),
            Kind::Float => format!("a number ({name})"),
            Kind::Complex => format!("a complex number such as 1+2j ({name})"),
            Kind::Bytes => format!("text of characters up to U+00FF ({name})"),
            Kind::Str => format!("text ({name})"),
            Kind::Datetime => format!("a date such as 2026-01-31 or 2026-01-31T12:00 ({name})"),
            Kind::Timedelta => format!("an integer ({name})"),
            Kind::Void => format!("anything that a text can be ({name})"),
            Kind::Skip => "text".to_string(),
        }
    }
}
