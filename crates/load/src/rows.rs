//! The rows of a range, parsed and written to their place.

mod kept;
mod place;

use std::ops::Range;

use sharray_text::Cuts;

use crate::control::Totals;
use crate::failure::Failure;
use crate::notes::{CutTexts, Note};
use crate::range::Unread;
use crate::run::{Found, Part, Worker};

/// Records are made here before they are written: small enough to stay in the second level cache.
const SCRATCH: usize = 256 << 10;

/// Where the lines of a part were counted up to.
struct Lines {
    at: usize,
    lines: u64,
}

impl Worker<'_> {
    /// Counts, publishes, then parses straight to the rows' place: the first bad row ends the load.
    pub(crate) fn parse(&mut self, part: Part<'_>) -> Result<(), Unread> {
        let Some(mut found) = self.find(part)? else {
            return Ok(());
        };
        let lines = found.part.clone();
        let bad = self.invalid(lines.clone());
        let good = lines.start..bad.map_or(lines.end, |(_, row)| row);
        if !self.setting.job.spec.quoted() {
            found.count = self.count(good.clone());
            found.base = self.base(part)?;
        } else if bad.is_some() {
            found.count = self.count(good.clone());
        }
        let Found { count, base, .. } = found;
        let wanted = part.wanted(base, count.rows);
        if let Some((byte, row)) = bad
            && base.file_rows + count.rows < part.limit
        {
            // Rows before the line are parsed first: one of them may hold the first error.
            self.write_parsed(part, base, good, wanted)?;
            let before = base.file_lines + count.lines;
            return Err(self.bad_text(part, before, row..byte).into());
        }
        let totals = Totals {
            file_rows: base.file_rows + count.rows,
            file_lines: base.file_lines + count.lines,
            dest_rows: base.dest_rows + wanted,
            next: found.next,
        };
        self.publish(part, totals)?;
        let cuts = self.write_parsed(part, base, good, wanted)?;
        let note = Note {
            cuts,
            ..Note::default()
        };
        Ok(self.finish(part, wanted, note)?)
    }

    /// Parses `rows` rows of the text and writes them to their place. What was cut.
    fn write_parsed(
        &mut self,
        part: Part<'_>,
        base: Totals,
        text: Range<usize>,
        rows: u64,
    ) -> Result<Vec<CutTexts>, Unread> {
        let stored = part.dest.row_size > 0;
        let size = part.dest.row_size.max(1);
        let mut all = Vec::new();
        let batch = (SCRATCH as u64 / size).max(1);
        let written = self.setting.control.written_rows(part.range);
        self.make_room((batch.min(rows) * size) as usize);
        let mut scratch = std::mem::take(&mut self.scratch);
        let mut cuts = Cuts::default();
        let (mut at, mut done) = (text.start, 0);
        while done < rows {
            if self.setting.control.unwanted(part.range) {
                return Err(Unread::Unwanted);
            }
            let row = base.dest_rows + done;
            let table = part.plan.dest as usize;
            let neighbours = self.setting.neighbours(table, row);
            let count = batch.min(rows - done).min(neighbours);
            self.await_room(part, row + count)?;
            let bytes = (count * size) as usize;
            // What a worker has written that died may have been taken away, and its place be another row's.
            let mapped = match stored && done >= written {
                true => self.in_place(part, row, bytes)?,
                false => None,
            };
            let is_mapped = mapped.is_some();
            let out = mapped.unwrap_or(&mut scratch[..bytes]);
            cuts.clear();
            let input = self.text.input(at..text.end);
            let parsed = self.kernel().parse(input, out, &mut cuts).map_err(|bad| {
                let line = base.file_lines + self.lines(text.start..at + bad.byte).lines + 1;
                let input = self.text.bytes(at..text.end);
                Failure::row(&self.setting.job.spec, part.plan, line, &bad, input)
            })?;
            assert!(
                parsed.rows > 0,
                "the kernel parses as many rows as it counts"
            );
            self.add_cuts(part, &cuts, text.start, at, &mut all);
            if stored && !is_mapped {
                let bytes = parsed.rows as u64 * size;
                let first = base.dest_rows + written;
                self.write(part, row, first, &scratch[..bytes as usize])?;
            }
            done += parsed.rows as u64;
            at += parsed.consumed;
            let so_far = part.read(at - text.start, text.len());
            self.setting.control.advance(part.range, so_far, done);
        }
        self.scratch = scratch;
        for cut in &mut all {
            cut.line += base.file_lines;
        }
        Ok(all)
    }

    fn make_room(&mut self, bytes: usize) {
        if self.scratch.len() < bytes {
            self.scratch.resize(bytes, 0);
        }
    }

    /// Lines of a part of the text that ends where a line begins.
    fn lines(&self, part: Range<usize>) -> Lines {
        Lines {
            at: part.end,
            lines: self.count(part).lines,
        }
    }

    /// Adds what one parsing from `at` on has cut, with lines that count from the part's beginning.
    fn add_cuts(
        &self,
        part: Part<'_>,
        cuts: &Cuts,
        start: usize,
        at: usize,
        all: &mut Vec<CutTexts>,
    ) {
        for (column, cut) in cuts.found() {
            if let Some(known) = all.iter_mut().find(|known| known.column == column) {
                known.count += cut.count;
                continue;
            }
            all.push(CutTexts {
                field: self.setting.job.spec.column(column).name.clone(),
                column,
                count: cut.count,
                file: part.file as u32,
                line: self.lines(start..at + cut.first).lines + 1,
            });
        }
    }
}
