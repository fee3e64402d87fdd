//! What a load is, as plain data that travels to every worker.

use serde::{Deserialize, Serialize};
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
    /// The byte between fields; none: runs of white space.
    pub delimiter: Option<u8>,
    /// What begins a comment; empty: nothing does.
    pub comments: Vec<String>,
    /// Lines to pass over at the beginning of each file, whatever they hold.
    pub skiprows: u64,
    /// At most so many rows of each file.
    pub max_rows: Option<u64>,
    /// Whether all files become one table (else each is a table of its own).
    pub concat: bool,
}

/// One field of a record.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Column {
    /// The field's name; none in a plain dtype.
    pub name: Option<String>,
    /// What its items are.
    pub kind: Kind,
    /// Bytes of one item.
    pub size: usize,
    /// Where it lies in the record.
    pub offset: usize,
    /// Whether it is stored in the byte order that this machine does not have.
    pub swap: bool,
}

/// Kinds of items, by NumPy's letters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Kind {
    /// Signed integers.
    #[serde(rename = "i")]
    Int,
    /// Unsigned integers.
    #[serde(rename = "u")]
    Uint,
    /// Binary floating point.
    #[serde(rename = "f")]
    Float,
    /// Bytes, latin1.
    #[serde(rename = "S")]
    Bytes,
    /// UCS-4.
    #[serde(rename = "U")]
    Str,
}

/// An input file as it was when the load was planned.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FilePlan {
    /// Where it is opened.
    pub path: String,
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
        text::Dialect {
            delimiter: self
                .delimiter
                .map_or(text::Delimiter::Whitespace, text::Delimiter::Byte),
            comments: self
                .comments
                .iter()
                .map(|comment| comment.clone().into_bytes())
                .collect(),
        }
    }

    /// The kernel for rows of so many items (records: 1).
    pub(crate) fn kernel(&self, columns: usize) -> Result<text::Kernel, Failure> {
        let column = |column: &Column, offset: usize| text::Column {
            kind: match column.kind {
                Kind::Int => text::Kind::Int,
                Kind::Uint => text::Kind::Uint,
                Kind::Float => text::Kind::Float,
                Kind::Bytes => text::Kind::Bytes,
                Kind::Str => text::Kind::Str,
            },
            size: column.size,
            offset,
            swap: column.swap,
        };
        let schema = text::Schema {
            columns: if self.record {
                self.columns
                    .iter()
                    .map(|each| column(each, each.offset))
                    .collect()
            } else {
                (0..columns)
                    .map(|index| column(&self.columns[0], index * self.itemsize))
                    .collect()
            },
            itemsize: if self.record {
                self.itemsize
            } else {
                self.itemsize * columns
            },
            usecols: self.usecols.clone(),
        };
        text::Kernel::new(schema, self.dialect())
            .map_err(|error| Failure::argument(&error.to_string()))
    }

    /// A kernel that only counts rows and fields: what is known before the number of columns is.
    pub(crate) fn counter(&self) -> Result<text::Kernel, Failure> {
        let column = text::Column {
            kind: text::Kind::Bytes,
            size: 1,
            offset: 0,
            swap: false,
        };
        let schema = text::Schema {
            columns: vec![column],
            itemsize: 1,
            usecols: None,
        };
        text::Kernel::new(schema, self.dialect())
            .map_err(|error| Failure::argument(&error.to_string()))
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
        // White space: a byte and a separator for each field. A given delimiter: fields may be empty.
        fields.max(1) * if self.delimiter.is_none() { 2 } else { 1 }
    }
}

impl Column {
    /// The type's name, as NumPy says it.
    pub(crate) fn type_name(&self) -> String {
        match self.kind {
            Kind::Int => format!("int{}", self.size * 8),
            Kind::Uint => format!("uint{}", self.size * 8),
            Kind::Float => format!("float{}", self.size * 8),
            Kind::Bytes => format!("S{}", self.size),
            Kind::Str => format!("U{}", self.size / 4),
        }
    }

    /// What a text has to be to fit the column.
    pub(crate) fn expected(&self) -> String {
        let bits = (self.size * 8) as u32;
        match self.kind {
            Kind::Int => format!(
                "an integer in {}..{} ({})",
                -(1i128 << (bits - 1)),
                (1i128 << (bits - 1)) - 1,
                self.type_name()
            ),
            Kind::Uint => format!(
                "an integer in 0..{} ({})",
                (1u128 << bits) - 1,
                self.type_name()
            ),
            Kind::Float => format!("a number ({})", self.type_name()),
            Kind::Bytes => format!("text of characters up to U+00FF ({})", self.type_name()),
            Kind::Str => format!("text ({})", self.type_name()),
        }
    }
}
