//! The fields of a planned input as texts, row by row, for whoever makes values of them.

use std::sync::Arc;

use sharray_text::{BadRow, Kernel, Reason};

use crate::failure::Failure;
use crate::job::Job;
use crate::lines::line_ends;
use crate::range::{Over, Text, Unread};
use crate::source::Source;
use crate::spool::Spool;
use crate::stream::Stream;

/// A read ends behind so many bytes of fields, however few rows they are.
const MOST_BYTES: usize = 1 << 20;

/// A row of texts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TextRow {
    /// Its line, from 1.
    pub line: u64,
    /// All its fields.
    pub fields: Vec<String>,
}

/// Where the text comes from.
enum Origin {
    Source(Source),
    Stream(Box<Stream>, Over),
}

/// Reads the rows of the first input of a job in order.
pub struct TextRows {
    job: Job,
    origin: Origin,
    kernel: Kernel,
    text: Text,
    range: u32,
    /// What ended the reading, told behind the rows before it.
    failure: Option<Failure>,
    /// The first byte of the text that is none.
    invalid: Option<usize>,
    /// Where the next row begins in the text, and how many lines lie before it.
    at: usize,
    line: u64,
    /// The byte of the file where rows go on that may take several lines.
    next: u64,
    rows: u64,
}

impl TextRows {
    /// Opens the input, which must be as it was planned.
    pub fn new(job: Job, spools: &[Arc<Spool>]) -> Result<TextRows, Failure> {
        let plan = &job.files[0];
        let source = Source::open(plan, spools)?;
        let origin = match plan.is_stream() && plan.ranges > 0 {
            true => {
                let mut stream = Stream::new(source);
                let over = Over::pass(&mut stream, plan, plan.start, &|| true);
                Origin::Stream(Box::new(stream), over.map_err(failed)?)
            }
            false => Origin::Source(source),
        };
        Ok(TextRows {
            kernel: job.spec.counter()?,
            origin,
            text: Text::default(),
            range: 0,
            failure: None,
            invalid: None,
            at: 0,
            line: plan.lines_before,
            next: plan.start,
            rows: 0,
            job,
        })
    }

    /// The next rows, so many at most; none at the end.
    pub fn read(&mut self, most: usize) -> Result<Vec<TextRow>, Failure> {
        let mut rows = Vec::new();
        let mut bytes = 0;
        let limit = self.job.spec.max_rows.unwrap_or(u64::MAX);
        while rows.len() < most && bytes < MOST_BYTES && self.rows < limit {
            if self.at == self.text.lines().end {
                match self.read_range() {
                    Ok(true) => {}
                    Ok(false) => break,
                    Err(failure) if rows.is_empty() => return Err(failure),
                    Err(failure) => {
                        self.failure = Some(failure);
                        break;
                    }
                }
            }
            let rest = self.at..self.text.lines().end;
            if rest.is_empty() {
                continue;
            }
            let walk = self.kernel.walk(self.text.bytes(rest.clone()), 1, true);
            let row = self.text.bytes(rest.start..rest.start + walk.next);
            let found = self.kernel.fields(row);
            if let Some(failure) = self.wrong(row, found.as_ref().err().copied()) {
                // Rows before it are somebody's first.
                if rows.is_empty() {
                    return Err(failure);
                }
                break;
            }
            let fields = found.unwrap_or_default();
            if !fields.is_empty() {
                let text = |field: &Vec<u8>| String::from_utf8_lossy(field).into_owned();
                rows.push(TextRow {
                    line: self.line + 1,
                    fields: fields.iter().map(text).collect(),
                });
                self.rows += 1;
                bytes += row.len();
            }
            self.line += walk.count.lines;
            self.at += walk.next;
        }
        Ok(rows)
    }

    /// What is wrong with the next row, whatever its fields are.
    fn wrong(&self, row: &[u8], broken: Option<Reason>) -> Option<Failure> {
        let (plan, line) = (&self.job.files[0], self.line + 1);
        if let Some(byte) = self.invalid
            && byte < self.at + row.len()
        {
            let found = self.text.bytes(byte..byte + 1)[0];
            let at = self.text.file_byte(byte);
            let line = line + line_ends(self.text.bytes(self.at..byte));
            return Some(Failure::encoding(&plan.label, line, at, found));
        }
        broken.map(|reason| {
            let bad = BadRow {
                rows: 0,
                line: 0,
                byte: 0,
                next: row.len(),
                column: 0,
                field: None,
                text: 0..row.len(),
                reason,
            };
            Failure::row(&self.job.spec, plan, line, &bad, row)
        })
    }

    /// Reads the next range. False: there is none.
    fn read_range(&mut self) -> Result<bool, Failure> {
        if let Some(failure) = self.failure.take() {
            return Err(failure);
        }
        self.text.shrink(self.job.range_bytes);
        let plan = &self.job.files[0];
        let quoted = self.job.spec.quoted();
        match &mut self.origin {
            Origin::Stream(stream, over) => {
                if stream.ended() && over.is_empty() {
                    return Ok(false);
                }
                let how = (self.job.range_bytes, quoted.then_some(&self.kernel));
                let unpacked = self.text.unpack(stream, plan, over, how, &|| true);
                unpacked.map_err(failed)?;
            }
            Origin::Source(source) => {
                if self.range == plan.ranges {
                    return Ok(false);
                }
                let (_, start, end) = self.job.locate(plan.first_range + self.range);
                self.range += 1;
                let read = match quoted {
                    false => self.text.read(source, plan, (start, end), &|| true),
                    true if self.next >= end => {
                        self.at = self.text.lines().end;
                        return Ok(true);
                    }
                    true => {
                        let bytes = (self.next.max(start), end);
                        let text = &mut self.text;
                        let read = text.read_rows(source, plan, bytes, &self.kernel, &|| true);
                        read.map(|(_, next)| self.next = next)
                    }
                };
                read.map_err(failed)?;
                source.unchanged(plan)?;
            }
        }
        let lines = self.text.lines();
        self.at = lines.start;
        self.invalid = match self.job.spec.items {
            true => None,
            false => self.text.invalid(lines).map(|(byte, _)| byte),
        };
        Ok(true)
    }
}

fn failed(unread: Unread) -> Failure {
    match unread {
        Unread::Failed(failure) => failure,
        Unread::Unwanted => unreachable!("nobody ends such a reading"),
    }
}
