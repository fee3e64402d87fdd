//! A record to a line.

use super::format::{Piece, Spec, parse};
use super::kind::{Field, Kind, Value, codes};
use super::refusal::Refusal;
use super::{float, integer, spell, time};

/// A part of a line.
enum Part {
    Literal(String),
    Value(Spec, Field),
}

/// Prints records by one format, as `format % tuple(record)` does.
pub struct Printer {
    parts: Vec<Part>,
    delimiter: String,
    newline: String,
    /// Whether `+-` becomes `-`: the sign of an imaginary part that is negative.
    joins_signs: bool,
    /// Fields that make one column.
    per_column: usize,
    size: usize,
}

impl Printer {
    /// Prints records of these fields, several of which may stand in a row: `delimiter` is between them, `newline` ends each row.
    /// `complex`: all fields are complex numbers, each of which gives two values to the format.
    ///
    /// Refused: what is no format, has not as many conversions as there are values, or has letters that some value has no text for;
    /// and a delimiter with conversions, since Python reads formats and delimiters in one.
    pub fn new(
        format: &str,
        delimiter: &str,
        newline: &str,
        fields: &[Field],
        complex: bool,
    ) -> Result<Printer, Refusal> {
        let per_column = if complex { 2 } else { 1 };
        let mut values: Vec<Field> = Vec::with_capacity(fields.len() * per_column);
        for field in fields {
            if complex {
                values.extend(field.halves());
            } else {
                values.push(*field);
            }
        }
        let delimiter = literal(delimiter)?;
        let mut parts = Vec::new();
        let mut given = values.iter().enumerate();
        let mut size = newline.len().max(delimiter.len());
        for piece in parse(format)? {
            parts.push(match piece {
                Piece::Literal(text) => {
                    size += text.len();
                    Part::Literal(text)
                }
                Piece::Value(spec) => {
                    let (index, field) = given.next().ok_or_else(|| count(values.len(), "more"))?;
                    check(&spec, field.kind).map_err(|refusal| refusal.at(index / per_column))?;
                    size += size_of(&spec, field.kind);
                    Part::Value(spec, *field)
                }
            });
        }
        if given.next().is_some() {
            return Err(count(values.len(), "fewer"));
        }
        Ok(Printer {
            parts,
            delimiter,
            newline: newline.to_owned(),
            joins_signs: complex,
            per_column,
            size,
        })
    }

    /// The most bytes that a record is printed as.
    pub fn size(&self) -> usize {
        self.size
    }

    /// Appends a record. What is refused leaves a part of it.
    pub fn print(&self, record: &[u8], ends_row: bool, out: &mut String) -> Result<(), Refusal> {
        let start = out.len();
        let mut scratch = String::new();
        let mut index = 0;
        for part in &self.parts {
            match part {
                Part::Literal(text) => out.push_str(text),
                Part::Value(spec, field) => {
                    let value = field.read(record);
                    print(out, spec, field.kind, value, &mut scratch)
                        .map_err(|refusal| refusal.at(index / self.per_column))?;
                    index += 1;
                }
            }
        }
        out.push_str(if ends_row {
            &self.newline
        } else {
            &self.delimiter
        });
        if self.joins_signs && out[start..].contains("+-") {
            let joined = out[start..].replace("+-", "-");
            out.replace_range(start.., &joined);
        }
        Ok(())
    }
}

/// A format without conversions.
fn literal(text: &str) -> Result<String, Refusal> {
    match parse(text)?.as_slice() {
        [] => Ok(String::new()),
        [Piece::Literal(literal)] => Ok(literal.clone()),
        _ => Err(Refusal::format(
            "the delimiter has a conversion; %% is a percent sign",
        )),
    }
}

fn count(values: usize, than: &str) -> Refusal {
    Refusal::format(format!(
        "the format has {than} conversions than the {values} values that it prints; %% is a percent sign"
    ))
}

/// The most bytes that a value takes.
fn size_of(spec: &Spec, kind: Kind) -> usize {
    let is_text = "sra".contains(spec.letter);
    let own = match kind {
        // Escaped, a byte takes four and a character ten.
        Kind::Bytes(size) | Kind::Void(size) => 4 * size,
        Kind::Text(size) => size / 4 * 10,
        _ if "fFdiu".contains(spec.letter) => 320,
        _ => 0,
    };
    // NumPy's names in a repr, long dates and exponents among it.
    let around = 100;
    let digits = spec.precision.filter(|_| !is_text).unwrap_or(6);
    spec.width + own + around + digits
}

/// Whether a kind of value has texts for a letter at all.
fn check(spec: &Spec, kind: Kind) -> Result<(), Refusal> {
    let letter = spec.letter;
    let mismatch = |needed: &str| {
        let name = kind.name();
        let message = format!("%{letter} prints {needed}, and this is {name}; %s prints it");
        Err(Refusal::format(message))
    };
    match (letter, kind) {
        ('s' | 'r' | 'a', _) => Ok(()),
        ('c', Kind::Int(_) | Kind::Uint(_) | Kind::Text(_)) => Ok(()),
        ('c', _) => mismatch("characters and their codes"),
        ('o' | 'x' | 'X', Kind::Int(_) | Kind::Uint(_)) => Ok(()),
        ('o' | 'x' | 'X', _) => mismatch("integers"),
        (_, Kind::Bytes(_) | Kind::Text(_)) => mismatch("numbers"),
        (_, Kind::Complex(_)) => Err(Refusal::unsupported(format!(
            "a complex number in a record by %{letter}: NumPy leaves out its imaginary part; %s prints both"
        ))),
        (_, Kind::Void(_)) => Err(Refusal::unsupported(format!(
            "bytes without a type by %{letter}: NumPy reads them as the text of a number; %s prints them"
        ))),
        _ => Ok(()),
    }
}

fn print(
    out: &mut String,
    spec: &Spec,
    kind: Kind,
    value: Value<'_>,
    scratch: &mut String,
) -> Result<(), Refusal> {
    match spec.letter {
        's' | 'r' | 'a' => spell::spell(out, spec, kind, value, scratch),
        'c' => match value {
            Value::Int(code) => integer::character(out, spec, code),
            Value::Text(bytes, swapped) if bytes.len() == 4 => {
                let code = codes(bytes, swapped).next().map_or(-1, i128::from);
                integer::character(out, spec, code)
            }
            _ => Err(Refusal::value(
                "%c prints texts of one character; %s prints others",
            )),
        },
        letter => {
            let whole = "diuoxX".contains(letter);
            match value {
                Value::Float(value) if whole => {
                    integer::truncated(out, spec, value.value, scratch)?;
                }
                Value::Float(value) => float::float(out, spec, value.value, scratch),
                value => {
                    let number = number(value).ok_or_else(|| {
                        Refusal::format(format!(
                            "{} is no number to Python, which %{letter} prints; %s prints it",
                            kind.name()
                        ))
                    })?;
                    if whole {
                        integer::integer(out, spec, number, scratch);
                    } else {
                        float::float(out, spec, number as f64, scratch);
                    }
                }
            }
            Ok(())
        }
    }
}

/// The integer that a value is to Python.
fn number(value: Value<'_>) -> Option<i128> {
    match value {
        Value::Bool(value) => Some(i128::from(value)),
        Value::Int(value) => Some(value),
        Value::Date(value, span) => time::date_number(value, span).map(i128::from),
        Value::Duration(value, span) => time::duration_number(value, span).map(i128::from),
        _ => None,
    }
}
