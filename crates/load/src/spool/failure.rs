//! What can go wrong with an input that is no plain text, in words and in figures.

use serde_json::json;
use sharray_decode::{BadItem, BadText, Damaged, Fault, Format};

use crate::failure::Failure;

impl Failure {
    pub(crate) fn aborted() -> Failure {
        Failure {
            code: "ABORTED",
            message: "reading the text was ended.".to_string(),
            details: json!({}),
        }
    }

    /// Bytes, characters or lines were pushed to one spool.
    pub(super) fn mixed(label: &str) -> Failure {
        Failure::argument(&format!(
            "{label}: bytes came where characters had come before, or the other way round; the text has to be all of one kind."
        ))
    }

    /// Compressed data is damaged or cut off.
    pub(crate) fn archive(label: &str, damaged: &Damaged) -> Failure {
        let Damaged {
            format,
            byte,
            text,
            what,
        } = damaged;
        let name = format.name();
        let tool = match format {
            Format::Gzip => "gzip -t",
            Format::Bzip2 => "bzip2 -t",
            Format::Xz => "xz -t",
            Format::Zstd | Format::Plain => "zstd -t",
        };
        let message = format!(
            "{label}: compressed with {name}, but {what} (noticed at byte {byte} of it, after {text} bytes of text); fetch the file \
             again, and look at it with {tool}."
        );
        let details =
            json!({ "file": label, "format": name, "byte": byte, "text": text, "reason": what });
        Failure {
            code: "TEXT_BAD_ARCHIVE",
            message,
            details,
        }
    }

    /// Bytes are no text of the encoding.
    pub(super) fn text(label: &str, bad: &BadText) -> Failure {
        let BadText {
            byte, line, bytes, ..
        } = bad;
        let encoding = bad.encoding.name();
        let shown: Vec<String> = bytes.iter().map(|byte| format!("0x{byte:02x}")).collect();
        let (noun, verb) = if bytes.len() == 1 {
            ("byte", "is")
        } else {
            ("bytes", "are")
        };
        let message = format!(
            "{label}, line {line}: {noun} {} (at byte {byte} of the text) {verb} not valid {encoding}; name the encoding that it has \
             (encoding).",
            shown.join(" ")
        );
        let details = json!({ "file": label, "line": line, "byte": byte, "bytes": shown, "encoding": encoding });
        Failure {
            code: "TEXT_BAD_ENCODING",
            message,
            details,
        }
    }

    /// An item of a list of lines is none.
    pub(super) fn item(label: &str, bad: BadItem) -> Failure {
        match bad {
            BadItem::Text(bad) => Failure::text(label, &bad),
            BadItem::LineEnd(index) => Failure {
                code: "BAD_ARGUMENT",
                message: format!(
                    "{label}, item {index}: there is a line end in its midst, and each item is one line; split it, or pass the text \
                     as bytes."
                ),
                details: json!({ "file": label, "item": index }),
            },
        }
    }
}

/// Why an input is no text, in words.
pub(crate) fn told(label: &str, fault: Fault<Failure>) -> Failure {
    match fault {
        Fault::Archive(damaged) => Failure::archive(label, &damaged),
        Fault::Text(bad) => Failure::text(label, &bad),
        Fault::Sink(failure) => failure,
    }
}
