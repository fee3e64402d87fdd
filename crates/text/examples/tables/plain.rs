//! What one would write first: a byte at a time, a match for each field, fast-float2 for floats. It knows nothing of NumPy's rules, of which
//! these tables need none, and is the mark for what the engines are worth; the reference engine is slower, for it knows them all.

use std::hint::black_box;

use sharray_text::{Column, Delimiter, Kind};

use crate::tables::Table;

pub struct Plain<'a> {
    table: &'a Table,
    /// For each column of the text the one that it fills.
    columns: Vec<Option<Column>>,
    /// Bytes that end a field.
    ends: [bool; 256],
    unquoted: Vec<u8>,
}

impl<'a> Plain<'a> {
    pub fn new(table: &'a Table) -> Plain<'a> {
        let mut ends = [false; 256];
        let separators: &[u8] = match table.dialect.delimiter {
            Delimiter::Byte(byte) => &[byte],
            _ => b" \t",
        };
        for &byte in separators.iter().chain(b"\r\n#") {
            ends[usize::from(byte)] = true;
        }
        let columns = table.schema.columns.iter().copied();
        let columns = match &table.schema.usecols {
            None => columns.map(Some).collect(),
            Some(cols) => {
                let text = table.inputs().next().expect("a piece").text();
                let first = text.split(|&byte| byte == b'\n').next().expect("a line");
                let count = 1 + first.iter().filter(|&&byte| byte == b'\t').count();
                let mut used = vec![None; count];
                for (&col, column) in cols.iter().zip(columns) {
                    used[col.rem_euclid(count as i64) as usize] = Some(column);
                }
                used
            }
        };
        Plain {
            table,
            columns,
            ends,
            unquoted: Vec::new(),
        }
    }

    /// Counts line ends, parses, or does both piece by piece.
    pub fn pass(&mut self, out: &mut [u8], count: bool, parse: bool) {
        for input in self.table.inputs() {
            if count {
                let ends = input.text().iter().filter(|&&byte| byte == b'\n');
                black_box(ends.count());
            }
            if parse {
                black_box(self.parse(input.text(), out));
            }
        }
    }

    /// Records of whole lines, in `out`; how many.
    pub fn parse(&mut self, text: &[u8], out: &mut [u8]) -> usize {
        let white = self.table.dialect.delimiter == Delimiter::Whitespace;
        let mut at = 0;
        let mut rows = 0;
        for record in out.chunks_exact_mut(self.table.schema.itemsize) {
            if at == text.len() {
                break;
            }
            for i in 0..self.columns.len() {
                while white && matches!(text[at], b' ' | b'\t') {
                    at += 1;
                }
                let quoted = self.table.dialect.quote.is_some() && text[at] == b'"';
                let start = at;
                if quoted {
                    at = self.unquote(text, at + 1);
                }
                while !self.ends[usize::from(text[at])] {
                    at += 1;
                }
                let field = if quoted {
                    &self.unquoted
                } else {
                    &text[start..at]
                };
                if let Some(column) = self.columns[i] {
                    convert(
                        column,
                        field,
                        &mut record[column.offset..column.offset + column.size],
                    );
                }
                if !white && !matches!(text[at], b'\r' | b'\n') {
                    at += 1;
                }
            }
            at += usize::from(text[at] == b'\r');
            at += usize::from(text[at] == b'\n');
            rows += 1;
        }
        rows
    }

    /// What stands in quotes from `at` on; the place behind them.
    fn unquote(&mut self, text: &[u8], mut at: usize) -> usize {
        self.unquoted.clear();
        loop {
            if text[at] == b'"' {
                at += 1;
                if text[at] != b'"' {
                    return at;
                }
            }
            self.unquoted.push(text[at]);
            at += 1;
        }
    }
}

fn convert(column: Column, field: &[u8], item: &mut [u8]) {
    match column.kind {
        Kind::Int => item.copy_from_slice(&integer(field).to_le_bytes()[..column.size]),
        Kind::Float => {
            let value: f64 = fast_float2::parse(field).expect("a number");
            match column.size {
                4 => item.copy_from_slice(&(value as f32).to_le_bytes()),
                _ => item.copy_from_slice(&value.to_le_bytes()),
            }
        }
        Kind::Bool => {
            item[0] = match field {
                [digit @ b'0'..=b'1'] => digit - b'0',
                word => u8::from(word.eq_ignore_ascii_case(b"true")),
            }
        }
        Kind::Str => {
            item.fill(0);
            for (place, &byte) in item.chunks_exact_mut(4).zip(field) {
                place[0] = byte;
            }
        }
        _ => {
            let kept = field.len().min(item.len());
            item[..kept].copy_from_slice(&field[..kept]);
            item[kept..].fill(0);
        }
    }
}

fn integer(field: &[u8]) -> i64 {
    let (negative, digits) = match field {
        [b'-', digits @ ..] => (true, digits),
        digits => (false, digits),
    };
    let mut value: u64 = 0;
    for digit in digits {
        let digit = digit.wrapping_sub(b'0');
        assert!(digit < 10, "a digit");
        value = value.wrapping_mul(10).wrapping_add(u64::from(digit));
    }
    if negative {
        value.wrapping_neg() as i64
    } else {
        value as i64
    }
}
