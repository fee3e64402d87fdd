//! What a load is, as plain data that travels to every worker.

use std::sync::{Arc, Mutex};

use serde::{Deserialize, Serialize};
use serde_json::Value;
use sharray_text as text;

use crate::blocks::Places;
use crate::column::Column;
use crate::failure::Failure;
use crate::source::Bytes;

/// Ranges of a stream at most: 2 TiB of text, if the first ones are of 1 MiB. All that is left goes to the last one.
pub(crate) const MOST_RANGES: u32 = 1 << 16;
/// Behind so many ranges of a stream the next ones are twice as long.
const GROWTH: u32 = MOST_RANGES / 8;

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

/// How the text of an input lies in its file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Packing {
    /// As it is.
    #[default]
    None,
    /// In blocks that are compressed each by itself (BGZF): read anywhere.
    Blocks,
    /// Compressed or encoded in one piece: read from its beginning to its end.
    Stream,
}

/// An input file as it was when the load was planned.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FilePlan {
    /// Where it is opened; none: it is one of the spools that the load was given, `spool`.
    pub path: Option<String>,
    /// The number of that spool.
    #[serde(default)]
    pub spool: Option<u32>,
    /// The byte of the file at which a stream begins.
    #[serde(default)]
    pub from: u64,
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
    /// How its text lies in it.
    #[serde(default)]
    pub packing: Packing,
    /// The encoding of a stream, by a name of Python's; none: UTF-8.
    #[serde(default)]
    pub encoding: Option<String>,
    /// Bytes of the file; 0 of what comes but once.
    #[serde(default)]
    pub stored: u64,
    /// Bytes of its text; of a stream, of which nobody knows them before its end, about so many.
    pub size: u64,
    /// Bytes that its text cannot exceed.
    #[serde(default)]
    pub most: u64,
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
    /// Where its blocks are, as the process that planned has found them.
    #[serde(skip)]
    pub(crate) blocks: Option<Places>,
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
    /// What planning has left for the process that planned.
    #[serde(skip)]
    pub(crate) ready: Arc<Mutex<Ready>>,
}

/// What was made to plan a load and serves to run it, too: the first worker that needs it takes it, and others make it anew.
#[derive(Debug, Default)]
pub(crate) struct Ready {
    /// The text of the one input, where all of it is one range.
    pub text: Option<Bytes>,
    /// The kernel for rows of so many items.
    pub kernel: Option<(usize, text::Kernel)>,
}

impl Job {
    /// Which file a range belongs to, by its index, and the bytes of the range, but for streams.
    pub fn locate(&self, range: u32) -> (usize, u64, u64) {
        let index = self
            .files
            .partition_point(|file| file.first_range + file.ranges <= range);
        let file = &self.files[index];
        if file.is_stream() {
            // Known when it is read.
            return (index, 0, 0);
        }
        let start = file.start + u64::from(range - file.first_range) * self.range_bytes;
        (index, start, file.size.min(start + self.range_bytes))
    }

    /// Bytes of text that a range of a stream is to have: ever more, as nobody knows how long it is, and only so many ranges can be planned.
    pub(crate) fn stream_bytes(&self, nth: u32) -> u64 {
        self.range_bytes << (nth / GROWTH).min(MOST_RANGES / GROWTH)
    }

    /// The range behind those of the stream that a range belongs to; none: it belongs to no stream.
    pub(crate) fn stream_at(&self, range: u32) -> Option<u32> {
        let (index, ..) = self.locate(range);
        let file = &self.files[index];
        file.is_stream().then(|| file.range_numbers().end)
    }
}

impl FilePlan {
    /// Whether only one after the other can read it.
    pub(crate) fn is_stream(&self) -> bool {
        self.packing == Packing::Stream
    }

    /// Its ranges.
    pub(crate) fn range_numbers(&self) -> std::ops::Range<u32> {
        self.first_range..self.first_range + self.ranges
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

    /// The same in a place that holds the last one that was made.
    pub(crate) fn kernel_in<'a>(
        &self,
        place: &'a mut Option<(usize, text::Kernel)>,
        columns: usize,
    ) -> Result<&'a text::Kernel, Failure> {
        if place.as_ref().is_none_or(|(made, _)| *made != columns) {
            let kernel = match columns {
                0 => self.counter()?,
                columns => self.kernel(columns)?,
            };
            *place = Some((columns, kernel));
        }
        Ok(&place.as_ref().expect("made above").1)
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
            itemsize: self.record_size(wanted.len()),
            usecols: self.usecols.clone(),
            fills,
        })
    }

    /// Bytes of a row of so many columns.
    pub(crate) fn row_size(&self, columns: usize) -> usize {
        self.itemsize * if self.record { 1 } else { columns }
    }

    /// Bytes of a row as the kernel makes it: rows without bytes are parsed, too, for what they are refused for.
    pub(crate) fn record_size(&self, columns: usize) -> usize {
        self.row_size(columns).max(1)
    }

    /// A kernel that only counts rows and fields: what is known before the number of columns is, and where no column is wanted.
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
            // Which every row has.
            usecols: Some(vec![0]),
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
