//! How one element lies in memory: the tree that TypeScript sends and gets as JSON.

use serde::{Deserialize, Serialize};

/// The layout of one element. `size` is in bytes; `swap` means big-endian.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind")]
#[allow(missing_docs)]
pub enum Layout {
    #[serde(rename = "i")]
    Int { size: u64, swap: bool },
    #[serde(rename = "u")]
    Uint { size: u64, swap: bool },
    #[serde(rename = "f")]
    Float { size: u64, swap: bool },
    #[serde(rename = "b")]
    Bool { size: u64, swap: bool },
    #[serde(rename = "c")]
    Complex { size: u64, swap: bool },
    #[serde(rename = "S")]
    Bytes { size: u64, swap: bool },
    #[serde(rename = "U")]
    Text { size: u64, swap: bool },
    #[serde(rename = "V")]
    Void { size: u64, swap: bool },
    #[serde(rename = "M")]
    Datetime { size: u64, swap: bool },
    #[serde(rename = "m")]
    Timedelta { size: u64, swap: bool },
    #[serde(rename = "record")]
    Record { size: u64, fields: Vec<Field> },
    #[serde(rename = "array")]
    Array {
        size: u64,
        shape: Vec<u64>,
        base: Box<Layout>,
    },
}

/// A named member of a record.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Field {
    /// Its name.
    pub name: String,
    /// Where it begins within the record, in bytes.
    pub offset: u64,
    /// What it is.
    pub layout: Layout,
}

impl Layout {
    /// Bytes of one element.
    pub fn size(&self) -> u64 {
        match self {
            Layout::Int { size, .. }
            | Layout::Uint { size, .. }
            | Layout::Float { size, .. }
            | Layout::Bool { size, .. }
            | Layout::Complex { size, .. }
            | Layout::Bytes { size, .. }
            | Layout::Text { size, .. }
            | Layout::Void { size, .. }
            | Layout::Datetime { size, .. }
            | Layout::Timedelta { size, .. }
            | Layout::Record { size, .. }
            | Layout::Array { size, .. } => *size,
        }
    }
}
