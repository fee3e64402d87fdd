//! What can go wrong with an input, in words and in figures.

use serde_json::{Value, json};
use sharray_text::{BadRow, Reason};

use crate::job::{FilePlan, Spec};
use crate::notes::Reject;

/// An error of a load: a stable code, a sentence, and the figures in it.
#[derive(Clone, Debug, PartialEq)]
pub struct Failure {
    /// The code of the `SharrayError` that it becomes.
    pub code: &'static str,
    /// What failed, where, found against expected, and the next step.
    pub message: String,
    /// The figures of the message, by name.
    pub details: Value,
}

/// Longest piece of a bad value that a message shows, in characters.
const SHOWN: usize = 60;

impl Failure {
    pub(crate) fn argument(message: &str) -> Failure {
        Failure {
            code: "BAD_ARGUMENT",
            message: message.to_string(),
            details: json!({}),
        }
    }

    /// A system call on an input failed.
    pub(crate) fn io(label: &str, error: &std::io::Error) -> Failure {
        use std::io::ErrorKind;
        let (code, what) = match (error.raw_os_error(), error.kind()) {
            (Some(libc::EMFILE | libc::ENFILE), _) => (
                "TOO_MANY_FILES",
                "too many files are open (ulimit -n raises the limit)",
            ),
            (_, ErrorKind::NotFound | ErrorKind::NotADirectory) => {
                ("FILE_NOT_FOUND", "there is no such file")
            }
            (_, ErrorKind::PermissionDenied) => ("PERMISSION_DENIED", "no permission to read it"),
            (_, ErrorKind::IsADirectory) => {
                ("IS_DIRECTORY", "this is a directory; name the files in it")
            }
            _ => {
                let details = json!({ "file": label, "errno": error.raw_os_error() });
                return Failure {
                    code: "IO_ERROR",
                    message: format!("{label}: cannot be read: {error}."),
                    details,
                };
            }
        };
        Failure {
            code,
            message: format!("{label}: {what}."),
            details: json!({ "file": label }),
        }
    }

    pub(crate) fn unsupported(label: &str, what: &str, next: &str) -> Failure {
        let details = json!({ "file": label, "found": what });
        Failure {
            code: "NOT_SUPPORTED",
            message: format!("{label}: this is {what}; {next}."),
            details,
        }
    }

    pub(crate) fn changed(label: &str, how: String) -> Failure {
        let message = format!(
            "{label}: {how}; start again when the file is complete and nobody writes to it."
        );
        Failure {
            code: "INPUT_CHANGED",
            message,
            details: json!({ "file": label }),
        }
    }

    /// Bytes that are not UTF-8, in a line of a file (counted from 1), at a byte of the file (from 0).
    pub(crate) fn encoding(label: &str, line: u64, byte: u64, found: u8) -> Failure {
        let message = format!(
            "{label}, line {line}: byte 0x{found:02x} (at byte {byte} of the file) is not valid UTF-8; \
             say the text's encoding (encoding: \"latin1\", for example)."
        );
        Failure {
            code: "TEXT_BAD_ENCODING",
            message,
            details: json!({ "file": label, "line": line, "byte": byte }),
        }
    }

    /// Bytes could not be stored in the destination.
    pub(crate) fn store(error: &std::io::Error, bytes: u64) -> Failure {
        let details = json!({ "bytes": bytes, "errno": error.raw_os_error() });
        match error.raw_os_error() {
            Some(libc::ENOSPC | libc::EFBIG | libc::EPERM | libc::ENOMEM | libc::EDQUOT) => {
                let message = format!(
                    "no space for {bytes} more bytes of rows: {error}; free memory, raise the limit on file sizes (ulimit -f), \
                     or load fewer rows."
                );
                Failure {
                    code: "NO_SPACE",
                    message,
                    details,
                }
            }
            _ => Failure {
                code: "IO_ERROR",
                message: format!("rows cannot be stored: {error}."),
                details,
            },
        }
    }

    /// Rows cannot be written to the file that is made of them.
    pub(crate) fn output(file: &str, error: &std::io::Error) -> Failure {
        let details = json!({ "file": file, "errno": error.raw_os_error() });
        let (code, message) = match error.raw_os_error() {
            Some(libc::ENOSPC | libc::EDQUOT) => (
                "NO_SPACE",
                format!(
                    "{file}: no space for its rows: {error}; free some, or write to another disk."
                ),
            ),
            Some(libc::EFBIG) => (
                "NO_SPACE",
                format!(
                    "{file}: its rows do not fit a file here: {error}; write to another file system."
                ),
            ),
            _ => (
                "IO_ERROR",
                format!("{file}: rows cannot be written: {error}."),
            ),
        };
        Failure {
            code,
            message,
            details,
        }
    }

    /// The file that is made of the rows would be larger than this process may write.
    pub(crate) fn output_limit(file: &str, bytes: u64, limit: u64) -> Failure {
        Failure {
            code: "NO_SPACE",
            message: format!(
                "{file}: the file would have at least {bytes} bytes, and this process may write files of at most {limit} bytes (ulimit -f)."
            ),
            details: json!({ "file": file, "bytes": bytes, "limit": limit }),
        }
    }

    /// There is no memory for the line that begins in the range at a byte of the file.
    pub(crate) fn long_line(file: &FilePlan, start: u64, bytes: u64) -> Failure {
        let label = &file.label;
        let message = format!(
            "{label}: behind byte {start} no line ends for so long that {bytes} bytes of memory would be needed to go on; \
             free memory, or look whether the file is text."
        );
        let details = json!({ "file": label, "start": start, "bytes": bytes });
        Failure {
            code: "NO_SPACE",
            message,
            details,
        }
    }

    /// The rows of a stream are more than the memory of the machine, or the limit on file sizes, can hold.
    pub(crate) fn no_room(file: &FilePlan, bytes: u64) -> Failure {
        let label = &file.label;
        let message = format!(
            "{label}: its rows take more than {bytes} bytes, which is all the memory that there can be for them; read fewer columns or rows \
             (usecols, max_rows), or decompress it and read it in parts."
        );
        let details = json!({ "file": label, "bytes": bytes });
        Failure {
            code: "NO_SPACE",
            message,
            details,
        }
    }

    pub(crate) fn space(message: String, details: Value) -> Failure {
        Failure {
            code: "NO_SPACE",
            message,
            details,
        }
    }

    /// A row that the kernel refused. `line` counts from 1, `input` is what the kernel was given.
    pub(crate) fn row(
        spec: &Spec,
        file: &FilePlan,
        line: u64,
        bad: &BadRow,
        input: &[u8],
    ) -> Failure {
        let Fault {
            code,
            column,
            field,
            what,
            next,
            mut details,
        } = Fault::new(spec, bad, input);
        let label = &file.label;
        let place = match (column, &field) {
            (None, _) => String::new(),
            (Some(column), None) => format!(", column {column}"),
            (Some(column), Some(name)) => format!(", column {column} ({name:?})"),
        };
        details["file"] = json!(label);
        details["line"] = json!(line);
        let next = if next.is_empty() {
            String::new()
        } else {
            format!("; {next}")
        };
        Failure {
            code,
            message: format!("{label}, line {line}{place}: {what}{next}."),
            details,
        }
    }

    pub(crate) fn too_many_rejects(label: &str, last: &Reject, most: u64) -> Failure {
        let line = last.line;
        let message = format!(
            "{label}, line {line}: more than {most} rows cannot be read, this one for {}; allow more rejects, or look whether the \
             dtype and the delimiter are those of the table.",
            last.reason
        );
        Failure {
            code: "TEXT_TOO_MANY_REJECTS",
            message,
            details: json!({ "file": label, "line": line, "max": most, "reason": last.reason }),
        }
    }

    /// What is wrong, without where.
    pub(crate) fn reason(&self) -> &str {
        let behind = self
            .message
            .split_once(": ")
            .map_or("", |(_, behind)| behind);
        behind.split("; ").next().unwrap_or(behind)
    }

    /// As it travels.
    pub fn to_json(&self) -> Value {
        json!({ "code": self.code, "message": self.message, "details": self.details })
    }
}

/// What is wrong with a row, wherever it stands.
pub(crate) struct Fault {
    pub code: &'static str,
    /// From 1; none where the row as a whole is wrong.
    pub column: Option<usize>,
    pub field: Option<String>,
    pub what: String,
    next: String,
    details: Value,
}

impl Fault {
    pub(crate) fn new(spec: &Spec, bad: &BadRow, input: &[u8]) -> Fault {
        match bad.reason {
            Reason::TooFewColumns { found, expected } => {
                Fault::columns(spec, found, expected, true)
            }
            Reason::ColumnsDiffer { found, expected } => {
                Fault::columns(spec, found, expected, false)
            }
            Reason::LineInItem => Fault {
                code: "TEXT_BAD_VALUE",
                column: None,
                field: None,
                what: "a line end stands in the midst of an item, and not in quotes".into(),
                next: "each item of a list is one line".into(),
                details: json!({ "text": clipped(&input[bad.text.clone()]) }),
            },
            _ => Fault::value(spec, bad, input),
        }
    }

    fn value(spec: &Spec, bad: &BadRow, input: &[u8]) -> Fault {
        let column = spec.column(bad.field.unwrap_or(0));
        let text = String::from_utf8_lossy(&input[bad.text.clone()]).into_owned();
        let expected = column.expected();
        let mut details = json!({
            "column": bad.column + 1, "field": column.name, "text": clipped(&input[bad.text.clone()]),
            "expected": expected, "dtype": column.type_name(),
        });
        let (code, what, next) = match bad.reason {
            Reason::TooLong { found, most } => {
                details["found"] = json!(found);
                details["most"] = json!(most);
                let what = format!(
                    "{} has {found} characters, {} holds {most}",
                    shorten(&text),
                    column.type_name()
                );
                ("TEXT_TRUNCATED", what, "make the type longer".to_string())
            }
            _ => {
                let what = format!("{} is not {expected}", shorten(&text));
                ("TEXT_BAD_VALUE", what, String::new())
            }
        };
        Fault {
            code,
            column: Some(bad.column + 1),
            field: column.name.clone(),
            what,
            next,
            details,
        }
    }

    fn columns(spec: &Spec, found: usize, expected: usize, at_least: bool) -> Fault {
        let count = |n: usize| {
            if n == 1 {
                "1 column".to_string()
            } else {
                format!("{n} columns")
            }
        };
        let names: Vec<&str> = spec
            .columns
            .iter()
            .filter_map(|column| column.name.as_deref())
            .collect();
        let wanted = match (at_least, names.is_empty()) {
            (true, _) => format!("usecols needs at least {expected}"),
            (false, false) if names.len() <= 12 => {
                format!("{expected} expected ({})", names.join(", "))
            }
            (false, false) => format!("{expected} expected"),
            (false, true) => format!("the rows before have {expected}"),
        };
        let next = if at_least {
            "correct the line or usecols"
        } else {
            "correct the line, or select columns with usecols"
        };
        Fault {
            code: "TEXT_BAD_COLUMNS",
            column: None,
            field: None,
            what: format!("{} found, {wanted}", count(found)),
            next: next.into(),
            details: json!({ "found": found, "expected": expected }),
        }
    }
}

/// A text as details carry it.
fn clipped(text: &[u8]) -> String {
    String::from_utf8_lossy(text).chars().take(1000).collect()
}

/// A text in quotes, cut where it is long.
fn shorten(text: &str) -> String {
    let mut chars = text.chars();
    let shown: String = chars.by_ref().take(SHOWN).collect();
    if chars.next().is_some() {
        format!("{shown:?}...")
    } else {
        format!("{shown:?}")
    }
}
