//! What lies in a record, and the values read from it.

use super::time::Span;

/// What an element is; sizes are bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// One byte.
    Bool,
    /// Signed, of 1, 2, 4 or 8 bytes.
    Int(usize),
    /// Unsigned, of 1, 2, 4 or 8 bytes.
    Uint(usize),
    /// Of 2, 4 or 8 bytes.
    Float(usize),
    /// Two floats, of 8 or 16 bytes together.
    Complex(usize),
    /// `S`.
    Bytes(usize),
    /// `U`: four bytes a character.
    Text(usize),
    /// `V` without fields.
    Void(usize),
    /// `M8`.
    Date(Span),
    /// `m8`.
    Duration(Span),
}

impl Kind {
    /// The kind that NumPy spells by a letter, a size and, of times, a unit; nothing where there is none.
    pub fn of(letter: char, size: usize, unit: &str) -> Option<Kind> {
        let kind = match letter {
            'b' => Kind::Bool,
            'i' => Kind::Int(size),
            'u' => Kind::Uint(size),
            'f' => Kind::Float(size),
            'c' => Kind::Complex(size),
            'S' => Kind::Bytes(size),
            'U' => Kind::Text(size),
            'V' => Kind::Void(size),
            'M' => Kind::Date(Span::of(unit)?),
            'm' => Kind::Duration(Span::of(unit)?),
            _ => return None,
        };
        let known = match kind {
            Kind::Bool => size == 1,
            Kind::Int(_) | Kind::Uint(_) => matches!(size, 1 | 2 | 4 | 8),
            Kind::Float(_) => matches!(size, 2 | 4 | 8),
            Kind::Complex(_) => matches!(size, 8 | 16),
            Kind::Text(_) => size.is_multiple_of(4),
            Kind::Bytes(_) | Kind::Void(_) => true,
            Kind::Date(_) | Kind::Duration(_) => size == 8,
        };
        known.then_some(kind)
    }

    /// Its bytes.
    pub fn size(self) -> usize {
        match self {
            Kind::Bool => 1,
            Kind::Int(size) | Kind::Uint(size) | Kind::Float(size) | Kind::Complex(size) => size,
            Kind::Bytes(size) | Kind::Text(size) | Kind::Void(size) => size,
            Kind::Date(_) | Kind::Duration(_) => 8,
        }
    }

    /// NumPy's name of the scalar.
    pub(super) fn name(self) -> String {
        match self {
            Kind::Bool => "bool".to_owned(),
            Kind::Int(size) => format!("int{}", size * 8),
            Kind::Uint(size) => format!("uint{}", size * 8),
            Kind::Float(size) => format!("float{}", size * 8),
            Kind::Complex(size) => format!("complex{}", size * 8),
            Kind::Bytes(_) => "bytes_".to_owned(),
            Kind::Text(_) => "str_".to_owned(),
            Kind::Void(_) => "void".to_owned(),
            Kind::Date(_) => "datetime64".to_owned(),
            Kind::Duration(_) => "timedelta64".to_owned(),
        }
    }
}

/// An element of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Field {
    /// What it is.
    pub kind: Kind,
    /// Where it begins in the record.
    pub offset: usize,
    /// Stored big-endian.
    pub swapped: bool,
}

/// A float, and of how many bytes it was: the shortest text that leads back to it depends on that.
#[derive(Clone, Copy, Debug)]
pub(super) struct Float {
    pub value: f64,
    pub size: usize,
}

/// An element's value.
#[derive(Clone, Copy, Debug)]
pub(super) enum Value<'a> {
    Bool(bool),
    Int(i128),
    Float(Float),
    Complex(Float, Float),
    Bytes(&'a [u8]),
    /// Four bytes a character, in the order that the flag tells.
    Text(&'a [u8], bool),
    Void(&'a [u8]),
    Date(i64, Span),
    Duration(i64, Span),
}

impl Field {
    /// The two halves of a complex number.
    pub(super) fn halves(self) -> [Field; 2] {
        let size = self.kind.size() / 2;
        [0, size].map(|at| Field {
            kind: Kind::Float(size),
            offset: self.offset + at,
            swapped: self.swapped,
        })
    }

    /// Its value in a record.
    pub(super) fn read(self, record: &[u8]) -> Value<'_> {
        let bytes = &record[self.offset..self.offset + self.kind.size()];
        let swapped = self.swapped;
        match self.kind {
            Kind::Bool => Value::Bool(bytes[0] != 0),
            Kind::Int(size) => {
                let value = word(bytes, swapped);
                let unused = 64 - 8 * size as u32;
                Value::Int(i128::from(((value << unused) as i64) >> unused))
            }
            Kind::Uint(_) => Value::Int(i128::from(word(bytes, swapped))),
            Kind::Float(_) => Value::Float(float(bytes, swapped)),
            Kind::Complex(size) => {
                let (re, im) = bytes.split_at(size / 2);
                Value::Complex(float(re, swapped), float(im, swapped))
            }
            Kind::Bytes(_) => Value::Bytes(trimmed(bytes, 1)),
            Kind::Text(_) => Value::Text(trimmed(bytes, 4), swapped),
            Kind::Void(_) => Value::Void(bytes),
            Kind::Date(span) => Value::Date(word(bytes, swapped) as i64, span),
            Kind::Duration(span) => Value::Duration(word(bytes, swapped) as i64, span),
        }
    }
}

/// Up to eight bytes as a number.
fn word(bytes: &[u8], swapped: bool) -> u64 {
    let mut all = [0; 8];
    all[..bytes.len()].copy_from_slice(bytes);
    if swapped {
        all[..bytes.len()].reverse();
    }
    u64::from_le_bytes(all)
}

fn float(bytes: &[u8], swapped: bool) -> Float {
    let bits = word(bytes, swapped);
    let value = match bytes.len() {
        2 => half(bits as u16),
        4 => f64::from(f32::from_bits(bits as u32)),
        _ => f64::from_bits(bits),
    };
    Float {
        value,
        size: bytes.len(),
    }
}

/// A float of two bytes.
pub(super) fn half(bits: u16) -> f64 {
    let sign = if bits >> 15 == 1 { -1.0 } else { 1.0 };
    let fraction = f64::from(bits & 0x3ff);
    sign * match bits >> 10 & 0x1f {
        0 => fraction * 2f64.powi(-24),
        0x1f if fraction == 0.0 => f64::INFINITY,
        0x1f => f64::NAN,
        exponent => (fraction + 1024.0) * 2f64.powi(i32::from(exponent) - 25),
    }
}

/// Without the zeros at the end, which are no characters to NumPy.
fn trimmed(bytes: &[u8], unit: usize) -> &[u8] {
    let mut end = bytes.len();
    while end > 0 && bytes[end - unit..end].iter().all(|&byte| byte == 0) {
        end -= unit;
    }
    &bytes[..end]
}

/// The characters of a text, of which not every one must be a character of Unicode.
pub(super) fn codes(bytes: &[u8], swapped: bool) -> impl Iterator<Item = u32> + Clone {
    bytes
        .chunks_exact(4)
        .map(move |four| word(four, swapped) as u32)
}
