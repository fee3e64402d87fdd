//! What a table looks like: columns of a record, and how lines are cut.

use std::fmt;

/// What separates the fields of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Delimiter {
    /// Any run of white space, of any script, leading and trailing runs ignored (NumPy's `delimiter=None`).
    Whitespace,
    /// One ASCII character that ends no line; every occurrence separates, so fields may be empty and keep their blanks.
    Byte(u8),
    /// The same with a character beyond ASCII.
    Char(char),
    /// Nothing: fields have these widths, in characters; what a short line lacks is empty (genfromtxt's `delimiter=[11, 4]`).
    Widths(Box<[usize]>),
}

/// How lines are read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dialect {
    /// What separates fields.
    pub delimiter: Delimiter,
    /// What starts a comment, UTF-8; empty: no comments. As in NumPy, the order matters where several
    /// overlap: each one cuts what the one before it left.
    pub comments: Vec<Vec<u8>>,
    /// What a field may stand in that holds delimiters, comments or line ends; doubled inside, it stands for itself.
    pub quote: Option<char>,
    /// The text is a list of items, each a line, which ends with [`ITEM_END`]. Only with `quote`.
    pub items: bool,
    /// Texts that stand for a value that is missing; blanks around a field do not count.
    pub na: Vec<Vec<u8>>,
    /// Whether `bool` columns take `true` and `false`, whatever their case, beside integers.
    pub words: bool,
    /// Whether a text that its column cannot hold is refused, instead of being cut.
    pub strict: bool,
}

impl Default for Dialect {
    /// White space, and no comments.
    fn default() -> Dialect {
        Dialect {
            delimiter: Delimiter::Whitespace,
            comments: Vec::new(),
            quote: None,
            items: false,
            na: Vec::new(),
            words: false,
            strict: false,
        }
    }
}

/// Ends an item: no byte of any text in UTF-8. Inside quotes it is nothing, so that `"a` and `b"` are `ab`.
pub const ITEM_END: u8 = 0xFF;

/// NumPy's kinds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `b`: 1 byte, whether an integer is not 0.
    Bool,
    /// `i`: 1, 2, 4 or 8 bytes.
    Int,
    /// `u`: 1, 2, 4 or 8 bytes.
    Uint,
    /// `f`: 2, 4 or 8 bytes.
    Float,
    /// `c`: 8 or 16 bytes.
    Complex,
    /// `S`: latin1, padded with NUL.
    Bytes,
    /// `U`: UTF-32, padded with NUL; a multiple of 4 bytes.
    Str,
    /// `M`: 8 bytes, so many of a unit since 1970.
    Datetime(Unit, u32),
    /// `m`: 8 bytes, a count of its unit.
    Timedelta,
    /// `V`: what no text can be.
    Void,
    /// Nothing of the text: its bytes are left zero, for others to fill in.
    Skip,
}

/// Units of dates, the coarsest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Unit {
    /// None: NaT alone has no unit.
    Generic,
    /// Years.
    Year,
    /// Months.
    Month,
    /// Weeks.
    Week,
    /// Days.
    Day,
    /// Hours.
    Hour,
    /// Minutes.
    Minute,
    /// Seconds.
    Second,
    /// 1e-3 seconds.
    Milli,
    /// 1e-6 seconds.
    Micro,
    /// 1e-9 seconds.
    Nano,
    /// 1e-12 seconds.
    Pico,
    /// 1e-15 seconds.
    Femto,
    /// 1e-18 seconds.
    Atto,
}

impl Unit {
    const NAMES: [(Unit, &str); 13] = [
        (Unit::Year, "Y"),
        (Unit::Month, "M"),
        (Unit::Week, "W"),
        (Unit::Day, "D"),
        (Unit::Hour, "h"),
        (Unit::Minute, "m"),
        (Unit::Second, "s"),
        (Unit::Milli, "ms"),
        (Unit::Micro, "us"),
        (Unit::Nano, "ns"),
        (Unit::Pico, "ps"),
        (Unit::Femto, "fs"),
        (Unit::Atto, "as"),
    ];

    /// The unit of NumPy's name.
    #[must_use]
    pub fn named(name: &str) -> Option<Unit> {
        let found = Unit::NAMES.into_iter().find(|(_, known)| *known == name);
        found.map(|(unit, _)| unit)
    }

    /// NumPy's name; none of [`Unit::Generic`].
    #[must_use]
    pub fn name(self) -> Option<&'static str> {
        let found = Unit::NAMES.into_iter().find(|(known, _)| *known == self);
        found.map(|(_, name)| name)
    }
}

/// One field of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Column {
    /// What it holds.
    pub kind: Kind,
    /// Bytes of the item.
    pub size: usize,
    /// Where it lies in the record.
    pub offset: usize,
    /// Stored big-endian.
    pub swap: bool,
}

/// One record, and which columns of the text fill it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schema {
    /// The record's fields, in the order in which a row's errors are looked for (NumPy's: the dtype's).
    pub columns: Vec<Column>,
    /// Bytes of a record; what no column covers is written as zero.
    pub itemsize: usize,
    /// One source column for each of `columns`, negative ones from the end of each row; then rows may have
    /// any number of columns. `None`: every row has exactly `columns.len()`.
    pub usecols: Option<Vec<i64>>,
    /// For each of `columns` the item of a value that is missing (see [`Dialect::na`]); `None`: such a text is a text like others.
    /// Empty: for no column.
    pub fills: Vec<Option<Box<[u8]>>>,
}

/// A schema or a dialect that cannot be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SchemaError {
    /// No columns.
    NoColumns,
    /// This column (an index in `columns`) has a size that its kind does not come in.
    Size(usize),
    /// This column reaches past the end of the record.
    Beyond(usize),
    /// These two columns share bytes of the record.
    Overlap(usize, usize),
    /// `usecols` has not as many entries as the record has columns.
    Usecols {
        /// Entries.
        found: usize,
        /// Columns.
        expected: usize,
    },
    /// Not an ASCII character, or a line end.
    Delimiter(u8),
    /// No widths, or one of 0.
    Widths,
    /// The quote is a line end, the delimiter, a comment, or white space in a white-space table.
    Quote(char),
    /// Items without a quote.
    Items,
    /// Quotes with several comments or one of several characters (NumPy refuses them too), or with widths.
    QuoteWithComments,
    /// `fills` has neither one entry a column nor none, or one of another size than its column.
    Fills,
    /// This comment (an index in `comments`) is empty or holds a line end.
    Comment(usize),
    /// This comment is the delimiter, or a single white-space character in a white-space table.
    CommentIsDelimiter(usize),
    /// `SHARRAY_SIMD` names no engine.
    Engine(String),
}

impl fmt::Display for SchemaError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SchemaError::NoColumns => write!(f, "a schema needs at least one column"),
            SchemaError::Size(i) => {
                write!(f, "column {i} has a size that its kind does not come in")
            }
            SchemaError::Beyond(i) => write!(f, "column {i} reaches past the end of the record"),
            SchemaError::Overlap(i, j) => {
                write!(f, "columns {i} and {j} share bytes of the record")
            }
            SchemaError::Usecols { found, expected } => {
                write!(
                    f,
                    "usecols has {found} entries, the record has {expected} columns"
                )
            }
            SchemaError::Delimiter(byte) => {
                write!(
                    f,
                    "the delimiter {byte:#04x} is not an ASCII character, or is a line end"
                )
            }
            SchemaError::Widths => write!(
                f,
                "widths of fields are whole numbers above 0, at least one"
            ),
            SchemaError::Quote(quote) => {
                write!(
                    f,
                    "{quote:?} cannot be the quote: it is a line end, the delimiter, a comment, or white space that separates"
                )
            }
            SchemaError::Items => write!(f, "a list of items is read with a quote only"),
            SchemaError::QuoteWithComments => write!(
                f,
                "quotes go with at most one comment of one character, and with a delimiter or white space"
            ),
            SchemaError::Fills => write!(f, "the items of missing values do not suit the columns"),
            SchemaError::Comment(i) => write!(f, "comment {i} is empty or holds a line end"),
            SchemaError::CommentIsDelimiter(i) => write!(f, "comment {i} is the delimiter too"),
            SchemaError::Engine(name) => {
                write!(
                    f,
                    "SHARRAY_SIMD is \"{name}\"; reference, portable, avx2 and avx512 are allowed"
                )
            }
        }
    }
}

impl std::error::Error for SchemaError {}
