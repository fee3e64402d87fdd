//! Ranges whose bad rows are left out: parsed into memory, then written, with what was left out kept apart.

use std::ops::Range;

use sharray_text::{BadRow, Cuts};

use super::{Lines, SCRATCH};
use crate::control::Totals;
use crate::failure::{Failure, Fault};
use crate::notes::{CutTexts, Note, Reject};
use crate::range::Unread;
use crate::run::{Part, Worker};

/// Bytes of a row that was left out which are kept.
const KEPT: usize = 64 << 10;

/// The good rows of a range whose bad ones are left out.
struct Good {
    rows: Vec<u8>,
    count: u64,
    lines: u64,
    cuts: Vec<CutTexts>,
    /// Bad rows, and how many good ones come before each.
    rejects: Vec<(u64, Reject)>,
}

impl Worker<'_> {
    /// Parses into memory, publishes the good rows, then writes them; bad ones are kept apart.
    pub(crate) fn gather(&mut self, part: Part<'_>) -> Result<(), Unread> {
        let Some(found) = self.find(part)? else {
            return Ok(());
        };
        let mut good = self.good_rows(part, found.part.clone(), u64::MAX)?;
        let base = match self.setting.job.spec.quoted() {
            true => found.base,
            false => self.base(part)?,
        };
        let rows = good.count;
        let wanted = part.wanted(base, rows);
        if wanted < rows {
            good = self.good_rows(part, found.part, wanted)?;
        }
        // Behind the last row that is wanted nothing is looked at.
        let over = |(before, _): &(u64, Reject)| base.file_rows + before >= part.limit;
        good.rejects.retain(|reject| !over(reject));
        let totals = Totals {
            file_rows: base.file_rows + rows,
            file_lines: base.file_lines + good.lines,
            dest_rows: base.dest_rows + wanted,
            next: found.next,
        };
        self.publish(part, totals)?;
        let piece = SCRATCH.next_multiple_of((part.dest.row_size as usize).max(1));
        let first = base.dest_rows + self.setting.control.written_rows(part.range);
        let mut row = base.dest_rows;
        for bytes in good.rows.chunks(piece) {
            if self.setting.control.unwanted(part.range) {
                return Err(Unread::Unwanted);
            }
            let end = row + bytes.len() as u64 / part.dest.row_size;
            self.await_room(part, end)?;
            self.write(part, row, first, bytes)?;
            row = end;
            let so_far = part.read(self.text.lines().len(), self.text.lines().len());
            self.setting
                .control
                .advance(part.range, so_far, row - base.dest_rows);
        }
        let mut note = Note {
            cuts: good.cuts,
            rejects: good.rejects.into_iter().map(|(_, reject)| reject).collect(),
            ..Note::default()
        };
        for cut in &mut note.cuts {
            cut.line += base.file_lines;
        }
        for reject in &mut note.rejects {
            reject.line += base.file_lines;
        }
        self.check_rejects(part, &note.rejects)?;
        Ok(self.finish(part, wanted, note)?)
    }

    fn check_rejects(&self, part: Part<'_>, rejects: &[Reject]) -> Result<(), Failure> {
        let most = self.setting.job.spec.rejects.unwrap_or(u64::MAX);
        let Some(last) = rejects.last() else {
            return Ok(());
        };
        let sum = self
            .setting
            .control
            .count_rejected(part.range, rejects.len() as u64);
        if sum <= most {
            return Ok(());
        }
        Err(Failure::too_many_rejects(&part.plan.label, last, most))
    }

    /// The good rows of a part, `most` of them; lines count from the part's beginning.
    fn good_rows(&mut self, part: Part<'_>, text: Range<usize>, most: u64) -> Result<Good, Unread> {
        let stored = part.dest.row_size > 0;
        let size = (part.dest.row_size as usize).max(1);
        let batch = SCRATCH / size + 1;
        self.make_room(batch * size);
        let mut scratch = std::mem::take(&mut self.scratch);
        let mut good = Good {
            rows: Vec::new(),
            count: 0,
            lines: 0,
            cuts: Vec::new(),
            rejects: Vec::new(),
        };
        let mut lines = Lines {
            at: text.start,
            lines: 0,
        };
        let mut cuts = Cuts::default();
        let mut at = text.start;
        let mut invalid = self.invalid(text.clone());
        while at < text.end && good.count < most {
            if self.setting.control.unwanted(part.range) {
                return Err(Unread::Unwanted);
            }
            let end = invalid.map_or(text.end, |(_, row)| row);
            if let Some((byte, row)) = invalid
                && at == row
            {
                at = self.row_end(row..text.end);
                let fault = Failure::encoding(
                    "",
                    0,
                    self.text.file_byte(byte),
                    self.text.bytes(byte..byte + 1)[0],
                );
                let reason = format!("{}: {}", fault.code, fault.reason());
                self.reject(part, &mut lines, row..at, (None, reason), &mut good);
                invalid = self.invalid(at..text.end);
                continue;
            }
            let wanted = (batch as u64).min(most - good.count) as usize;
            cuts.clear();
            let input = self.text.input(at..end);
            let outcome = self
                .kernel()
                .parse(input, &mut scratch[..wanted * size], &mut cuts);
            self.add_cuts(part, &cuts, text.start, at, &mut good.cuts);
            let rows = match &outcome {
                Ok(parsed) => parsed.rows,
                Err(bad) => bad.rows,
            };
            if stored {
                good.rows.extend_from_slice(&scratch[..rows * size]);
            }
            good.count += rows as u64;
            match outcome {
                Ok(parsed) => at += parsed.consumed,
                Err(bad) => {
                    let row = at + bad.byte..at + bad.next;
                    let reason = self.reason(&bad, at..end);
                    at = row.end;
                    self.reject(part, &mut lines, row, reason, &mut good);
                }
            }
        }
        good.lines = lines.lines + self.count(lines.at..text.end).lines;
        self.scratch = scratch;
        Ok(good)
    }

    fn reason(&self, bad: &BadRow, input: Range<usize>) -> (Option<usize>, String) {
        let fault = Fault::new(&self.setting.job.spec, bad, self.text.bytes(input));
        (fault.column, format!("{}: {}", fault.code, fault.what))
    }

    /// Keeps a bad row apart.
    fn reject(
        &self,
        part: Part<'_>,
        lines: &mut Lines,
        row: Range<usize>,
        (column, reason): (Option<usize>, String),
        good: &mut Good,
    ) {
        lines.lines += self.count(lines.at..row.start).lines;
        lines.at = row.start;
        let text = self.text.bytes(row.clone());
        let end = text
            .iter()
            .rposition(|&byte| !matches!(byte, b'\n' | b'\r' | sharray_text::ITEM_END))
            .map_or(0, |last| last + 1);
        let reject = Reject {
            file: part.file as u32,
            line: lines.lines + 1,
            byte: self.text.file_byte(row.start),
            column,
            reason,
            text: String::from_utf8_lossy(&text[..end.min(KEPT)]).into_owned(),
        };
        good.rejects.push((good.count, reject));
    }
}
