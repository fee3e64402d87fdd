//! What a load should make, read naively.

use sharray_load::{Delimiter, Spec};
use sharray_text as text;

#[path = "../../../../text/tests/naive/mod.rs"]
mod naive;

/// A row as a load should see it.
pub struct Row {
    /// From 1.
    pub line: u64,
    /// Where it begins in its file.
    pub byte: u64,
    /// Without its line end.
    pub text: String,
    /// None: it is refused.
    pub record: Option<[u8; 7]>,
    /// Its text is longer than the column.
    pub cut: bool,
}

/// What a load should give.
#[derive(Default)]
pub struct Expected {
    pub tables: Vec<Vec<u8>>,
    /// File and row.
    pub rejects: Vec<(u32, Row)>,
    /// By table: how many texts are cut; file and line of the first one.
    pub cuts: Vec<Option<(u64, u32, u64)>>,
    /// Files with a bad row, and its line.
    pub bad: Vec<(usize, u64)>,
}

/// Lines, as their begin, their end, and where the next one begins.
fn lines(bytes: &[u8]) -> Vec<(usize, usize, usize)> {
    let mut lines = Vec::new();
    let mut from = 0;
    let mut at = 0;
    while at < bytes.len() {
        let end = match bytes[at] {
            b'\r' if bytes.get(at + 1) == Some(&b'\n') => 2,
            b'\r' | b'\n' => 1,
            _ => 0,
        };
        if end > 0 {
            lines.push((from, at, at + end));
            from = at + end;
        }
        at += end.max(1);
    }
    if from < bytes.len() {
        lines.push((from, bytes.len(), bytes.len()));
    }
    lines
}

fn convert(fields: &[Vec<u8>]) -> Option<([u8; 7], bool)> {
    let [text, number] = fields else { return None };
    let text = std::str::from_utf8(text).ok()?;
    let number: i32 = std::str::from_utf8(number).ok()?.trim().parse().ok()?;
    let mut record = [0; 7];
    for (to, char) in record[..3].iter_mut().zip(text.chars()) {
        *to = u8::try_from(char as u32).ok()?;
    }
    record[3..].copy_from_slice(&number.to_le_bytes());
    Some((record, text.chars().count() > 3))
}

/// Begin, next, lines and fields of each row without quotes.
fn plain(spec: &Spec, bytes: &[u8]) -> Vec<(usize, usize, u64, Vec<Vec<u8>>)> {
    let row = |(from, end, next): (usize, usize, usize)| {
        let line = String::from_utf8_lossy(&bytes[from..end]).into_owned();
        let line = line.split('#').next().unwrap();
        let own = |field: &str| field.as_bytes().to_vec();
        let fields = match spec.delimiter {
            Delimiter::Char(_) if line.is_empty() => Vec::new(),
            Delimiter::Char(char) => line.split(char).map(own).collect(),
            _ => line.split_whitespace().map(own).collect(),
        };
        (from, next, 1, fields)
    };
    lines(bytes).into_iter().map(row).collect()
}

fn quoted(spec: &Spec, bytes: &[u8]) -> Vec<(usize, usize, u64, Vec<Vec<u8>>)> {
    let dialect = text::Dialect {
        delimiter: match spec.delimiter {
            Delimiter::Char(char) => text::Delimiter::Byte(char as u8),
            _ => text::Delimiter::Whitespace,
        },
        comments: vec![b"#".to_vec()],
        quote: spec.quote,
        ..text::Dialect::default()
    };
    let rows = naive::rows(&dialect, bytes).into_iter();
    rows.map(|row| (row.start, row.next, row.lines, row.fields))
        .collect()
}

/// The rows of a file behind the lines that are passed over.
fn rows(spec: &Spec, bytes: &[u8]) -> Vec<Row> {
    let skip = spec.skiprows as usize;
    let all = lines(bytes);
    let start = all.get(skip).map_or(bytes.len(), |line| line.0);
    let mut before = all.len().min(skip) as u64;
    let bytes = &bytes[start..];
    let found = match spec.quote {
        None => plain(spec, bytes),
        Some(_) => quoted(spec, bytes),
    };
    let mut rows = Vec::new();
    for (from, next, lines, fields) in found {
        let raw = &bytes[from..next];
        let is_text = std::str::from_utf8(raw).is_ok();
        let line = before + 1;
        before += lines;
        if is_text && fields.is_empty() {
            continue;
        }
        let converted = if is_text { convert(&fields) } else { None };
        rows.push(Row {
            line,
            byte: (start + from) as u64,
            text: String::from_utf8_lossy(raw)
                .trim_end_matches(['\n', '\r'])
                .to_string(),
            record: converted.map(|(record, _)| record),
            cut: converted.is_some_and(|(_, cut)| cut),
        });
    }
    rows
}

/// Everything, bad rows left out.
pub fn expected(contents: &[Vec<u8>], spec: &Spec) -> Expected {
    let count = if spec.concat { 1 } else { contents.len() };
    let limit = spec.max_rows.unwrap_or(u64::MAX);
    let mut all = Expected {
        tables: vec![Vec::new(); count],
        cuts: vec![None; count],
        ..Expected::default()
    };
    for (file, bytes) in contents.iter().enumerate() {
        let table = if spec.concat { 0 } else { file };
        let mut wanted = 0;
        let mut is_bad = false;
        for row in rows(spec, bytes) {
            if wanted == limit {
                break;
            }
            let Some(record) = row.record else {
                if !is_bad {
                    all.bad.push((file, row.line));
                }
                is_bad = true;
                all.rejects.push((file as u32, row));
                continue;
            };
            wanted += 1;
            all.tables[table].extend(record);
            if row.cut {
                let cut = all.cuts[table].get_or_insert((0, file as u32, row.line));
                cut.0 += 1;
            }
        }
    }
    all
}

/// The tables, or file and line of the error: first rows of all files are looked at before anything else is.
pub fn or_first_error(contents: &[Vec<u8>], spec: &Spec) -> Result<Vec<Vec<u8>>, (usize, u64)> {
    let first = Spec {
        max_rows: Some(spec.max_rows.unwrap_or(1).min(1)),
        ..spec.clone()
    };
    for spec in [&first, spec] {
        if let Some(bad) = expected(contents, spec).bad.first() {
            return Err(*bad);
        }
    }
    Ok(expected(contents, spec).tables)
}
