//! What a load is, as plain data that travels to every worker.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use sharray_text as text;

use crate::failure::Failure;

/// How a table is to be read: the part of a job that the caller decides.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Spec {
    /// The fields of a record; for a plain dtype the one column that all columns are like.
    pub columns: Vec<Column>,
    /// Whether a row is one record (else one item for each column).
    pub record: bool,
    /// Bytes of a record; of one item for a plain dtype.
    pub itemsize: usize,
    /// Source columns, negative ones from the end; none: all of them.
    pub usecols: Option<Vec<i64>>,
    /// What separates fields.
    pub delimiter: Delimiter,
    /// What begins a comment; empty: nothing does.
    pub comments: Vec<String>,
    /// What fields may stand in.
    #[serde(default)]
    pub quote: Option<char>,
    /// Whether the text is a list of items, with [`text::ITEM_END`] behind each.
    #[serde(default)]
    pub items: bool,
    /// Texts that stand for a missing value.
    #[serde(default)]
    pub na: Vec<String>,
    /// Whether `true` and `false` are values of `bool`.
    #[serde(default)]
    pub words: bool,
    /// Whether a text that its column cannot hold is an error.
    #[serde(default)]
    pub strict: bool,
    /// Lines to pass over at the beginning of each file, whatever they hold.
    pub skiprows: u64,
    /// Whether the next line that holds fields names the columns.
    #[serde(default)]
    pub header: bool,
    /// At most so many rows of each file.
    pub max_rows: Option<u64>,
    /// Whether all files become one table (else each is a table of its own).
    pub concat: bool,
    /// How many bad rows may be left out and kept apart; none: the first one ends the load.
    #[serde(default)]
    pub rejects: Option<u64>,
    /// Whether a file that cannot be read to its end is left out, and the load goes on. Not with `concat`.
    #[serde(default)]
    pub skip_files: bool,
    /// Whether rows are only looked at: what their columns could be.
    #[serde(default)]
    pub profile: bool,
}

/// What separates fields: nothing but white space, a character, or widths.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Delimiter {
    /// White space.
    White(()),
    /// A character.
    Char(char),
    /// Characters of each field.
    Widths(Vec<usize>),
}

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

/// An input file as it was when the load was planned.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FilePlan {
    /// Where it is opened; none: it is one of the blocks that the load was given, `spool`.
    pub path: Option<String>,
    /// The number of the block that holds its text.
    #[serde(default)]
    pub spool: Option<u32>,
    /// The names of the columns, where its first line says them.
    #[serde(default)]
    pub header: Option<Vec<String>>,
    /// Why it is left out before anything of it is read.
    #[serde(default)]
    pub failure: Option<Value>,
    /// As the caller named it; for messages.
    pub label: String,
    /// The file's device.
    pub dev: u64,
    /// The file's inode.
    pub ino: u64,
    /// Bytes.
    pub size: u64,
    /// Last change of its content, nanoseconds since 1970, as text (it does not fit a JavaScript number).
    pub mtime: String,
    /// Where the table begins, behind the lines that are passed over.
    pub start: u64,
    /// How many lines were passed over.
    pub lines_before: u64,
    /// Bytes of its first row, its line end included; 0: it has none.
    #[serde(default)]
    pub row_bytes: u64,
    /// Its first range.
    pub first_range: u32,
    /// How many ranges it has.
    pub ranges: u32,
    /// The table that it goes to.
    pub dest: u32,
}

/// A table that a load makes.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Dest {
    /// Its first range.
    pub first_range: u32,
    /// How many ranges make it.
    pub ranges: u32,
    /// Items in a row: 1 for records, else the number of columns (0 where no row told it).
    pub columns: usize,
    /// Bytes of a row.
    pub row_size: u64,
    /// More rows than this are impossible.
    pub bound: u64,
}

/// A planned load.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Job {
    /// How the tables are read.
    pub spec: Spec,
    /// The inputs, in order.
    pub files: Vec<FilePlan>,
    /// The tables, in order.
    pub dests: Vec<Dest>,
    /// Bytes of text in a range (the last of a file may have fewer).
    pub range_bytes: u64,
    /// How many ranges there are in all.
    pub ranges: u32,
    /// Bytes of text in all of them.
    pub total_bytes: u64,
}

impl Job {
    /// Which file a range belongs to, by its index, and the bytes of the range.
    pub fn locate(&self, range: u32) -> (usize, u64, u64) {
        let index = self
            .files
            .partition_point(|file| file.first_range + file.ranges <= range);
        let file = &self.files[index];
        let start = file.start + u64::from(range - file.first_range) * self.range_bytes;
        (index, start, file.size.min(start + self.range_bytes))
    }
}

impl Job {
    /// More bytes than this cannot become of the inputs.
    pub(crate) fn largest(&self) -> u64 {
        self.dests.iter().fold(0, |sum, dest| {
            sum.saturating_add(dest.row_size.saturating_mul(dest.bound))
        })
    }
}

impl Spec {
    pub(crate) fn dialect(&self) -> text::Dialect {
        let bytes = |texts: &[String]| texts.iter().map(|text| text.clone().into_bytes()).collect();
        text::Dialect {
            delimiter: match &self.delimiter {
                Delimiter::White(()) => text::Delimiter::Whitespace,
                Delimiter::Char(char) if char.is_ascii() => text::Delimiter::Byte(*char as u8),
                Delimiter::Char(char) => text::Delimiter::Char(*char),
                Delimiter::Widths(widths) => text::Delimiter::Widths(widths.clone().into()),
            },
            comments: bytes(&self.comments),
            quote: self.quote,
            items: self.items,
            na: bytes(&self.na),
            words: self.words,
            strict: self.strict,
        }
    }

    fn made(&self, schema: text::Schema) -> Result<text::Kernel, Failure> {
        text::Kernel::new(schema, self.dialect())
            .map_err(|error| Failure::argument(&error.to_string()))
    }

    /// The kernel for rows of so many items (records: 1).
    pub(crate) fn kernel(&self, columns: usize) -> Result<text::Kernel, Failure> {
        let offsets = |index| {
            if self.record {
                0
            } else {
                index * self.itemsize
            }
        };
        let wanted: Vec<(&Column, usize)> = match self.record {
            true => self.columns.iter().map(|column| (column, 0)).collect(),
            false => (0..columns)
                .map(|index| (&self.columns[0], offsets(index)))
                .collect(),
        };
        let fills = wanted
            .iter()
            .map(|(column, _)| column.fill.clone().map(Vec::into_boxed_slice))
            .collect();
        let columns = wanted
            .iter()
            .map(|(column, shift)| column.schema(*shift))
            .collect();
        self.made(text::Schema {
            columns,
            itemsize: self.row_size(wanted.len()),
            usecols: self.usecols.clone(),
            fills,
        })
    }

    /// Bytes of a row of so many columns.
    pub(crate) fn row_size(&self, columns: usize) -> usize {
        self.itemsize * if self.record { 1 } else { columns }
    }

    /// A kernel that only counts rows and fields: what is known before the number of columns is.
    pub(crate) fn counter(&self) -> Result<text::Kernel, Failure> {
        let column = text::Column {
            kind: text::Kind::Skip,
            size: 1,
            offset: 0,
            swap: false,
        };
        self.made(text::Schema {
            columns: vec![column],
            itemsize: 1,
            usecols: None,
            fills: Vec::new(),
        })
    }

    /// Whether rows may go on over several lines.
    pub(crate) fn quoted(&self) -> bool {
        self.quote.is_some()
    }

    /// Whether a bad row ends the load.
    pub(crate) fn throws(&self) -> bool {
        self.rejects.is_none()
    }

    /// The column of the schema by its index, and how it is called in messages: `float32`, `S10`.
    pub(crate) fn column(&self, index: usize) -> &Column {
        if self.record {
            &self.columns[index]
        } else {
            &self.columns[0]
        }
    }

    /// Fewest bytes of text that a row can take, its line end included.
    pub(crate) fn least_row(&self, columns: usize) -> u64 {
        let fields = match &self.usecols {
            Some(usecols) => usecols
                .iter()
                .map(|&c| {
                    if c < 0 {
                        c.unsigned_abs()
                    } else {
                        c as u64 + 1
                    }
                })
                .max()
                .unwrap_or(1),
            None if self.record => self.columns.len() as u64,
            None => columns as u64,
        };
        match self.delimiter {
            // A byte and a separator for each field; in quotes a field may be empty, but takes two bytes then.
            Delimiter::White(()) => fields.max(1) * 2,
            // Fields may be empty.
            Delimiter::Char(_) => fields.max(1),
            Delimiter::Widths(_) => 2,
        }
    }
}

/// A text as the item of a column; else what it should have been.
pub fn parse_field(column: &Column, text: &str) -> Result<Vec<u8>, String> {
    let mut schema = column.schema(0);
    schema.offset = 0;
    sharray_text::parse_field(schema, text.as_bytes()).map_err(|_| column.expected())
}

impl Column {
    /// As the kernel takes it, its records `shift` bytes behind.
    fn schema(&self, shift: usize) -> text::Column {
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
