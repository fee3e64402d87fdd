//! The rows of a range, parsed and written to their place.

use std::ops::Range;
use std::os::unix::fs::FileExt;

use sharray_text::{BadRow, Count, Cuts};

use crate::control::Totals;
use crate::failure::{Failure, Fault};
use crate::notes::{CutTexts, Note, Reject};
use crate::range::Unread;
use crate::run::{Found, Part, Worker};
use crate::setting::{Destination, Rows, Setting};

/// Records are made here before they are written: small enough to stay in the second level cache.
const SCRATCH: usize = 256 << 10;
/// Free memory is looked at again whenever so much has been written.
const LOOK_AGAIN: u64 = 64 << 20;
/// More ranges than this are seldom worked on at once.
const MOST_WORKERS: u64 = 32;
/// Bytes of a row that was left out which are kept.
const KEPT: usize = 64 << 10;

/// Where the lines of a part were counted up to.
struct Lines {
    at: usize,
    lines: u64,
}

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
        let size = part.dest.row_size;
        let mut all = Vec::new();
        if size == 0 {
            return Ok(all);
        }
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
            let mapped = match done >= written {
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
            if !is_mapped {
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

    /// Rows where they are to lie, if that is mapped and their pages are there or can be had: then they need not be copied.
    #[expect(clippy::mut_from_ref, reason = "the memory is not the worker's own")]
    fn in_place(
        &self,
        part: Part<'_>,
        row: u64,
        bytes: usize,
    ) -> Result<Option<&mut [u8]>, Failure> {
        let dest = &self.setting.dests[part.plan.dest as usize];
        let place = self.setting.place(part.plan.dest as usize, row);
        let length = bytes as u64;
        let Some(mapped) = dest.mapped.as_ref().filter(|one| one.has(place, length)) else {
            return Ok(None);
        };
        if self.is_new(dest, row, place + length) {
            self.look_at_space(dest, place, length)?;
            if !mapped.populate(place, length, dest.page) {
                return Ok(None);
            }
        }
        // SAFETY: the rows are of this worker's range, and of it they are asked for one after the other.
        Ok(unsafe { mapped.rows(place, bytes) })
    }

    /// Sleeps until the rows before `end` may be written.
    fn await_room(&self, part: Part<'_>, end: u64) -> Result<(), Unread> {
        let Setting { control, dests, .. } = self.setting;
        let first = part.dest.first_range;
        let room = match dests[part.plan.dest as usize].rows {
            Rows::All => true,
            Rows::Window(window) => control.wait_room(part.range, first, end, window),
            Rows::Output => control.wait_place(part.range, first),
        };
        if room { Ok(()) } else { Err(Unread::Unwanted) }
    }

    /// Writes rows to their place of the destination, but for those before `first`, which a worker has written that died.
    fn write(&self, part: Part<'_>, row: u64, first: u64, rows: &[u8]) -> Result<(), Failure> {
        let table = part.plan.dest as usize;
        let dest = &self.setting.dests[table];
        let size = part.dest.row_size;
        let end = row + rows.len() as u64 / size;
        if end > part.dest.bound && dest.rows == Rows::All {
            // Only of a stream nobody knows how many they can be.
            return Err(Failure::no_room(part.plan, part.dest.bound * size));
        }
        let mut at = row.max(first);
        while at < end {
            let until = end.min(at.saturating_add(self.setting.neighbours(table, at)));
            let bytes = &rows[((at - row) * size) as usize..((until - row) * size) as usize];
            if let Some(rows) = self.in_place(part, at, bytes.len())? {
                rows.copy_from_slice(bytes);
            } else {
                let place = self.setting.place(table, at);
                let length = bytes.len() as u64;
                if self.is_new(dest, at, place + length) {
                    self.look_at_space(dest, place, length)?;
                }
                self.check_output(dest, place + length)?;
                let written = dest.file.write_all_at(bytes, place);
                written.map_err(|error| self.not_written(dest, &error, length))?;
            }
            at = until;
        }
        Ok(())
    }

    /// Whether rows that end at a place of their block may lie on pages that nobody has taken yet.
    fn is_new(&self, dest: &Destination, row: u64, end: u64) -> bool {
        match dest.rows {
            Rows::All => end > dest.present,
            Rows::Window(window) => row < window,
            Rows::Output => false,
        }
    }

    /// Refuses what the process may not write at all, before the kernel would answer with a signal.
    fn check_output(&self, dest: &Destination, end: u64) -> Result<(), Failure> {
        match &self.setting.output {
            Some(output) if dest.rows == Rows::Output && end > output.limit => {
                Err(Failure::output_limit(&output.label, end, output.limit))
            }
            _ => Ok(()),
        }
    }

    fn not_written(&self, dest: &Destination, error: &std::io::Error, bytes: u64) -> Failure {
        match &self.setting.output {
            Some(output) if dest.rows == Rows::Output => Failure::output(&output.label, error),
            _ => Failure::store(error, bytes),
        }
    }

    fn look_at_space(&self, dest: &Destination, place: u64, length: u64) -> Result<(), Failure> {
        let bytes = dest.taken(place, length);
        if bytes == 0 {
            return Ok(());
        }
        let before = self.setting.control.count_written(bytes);
        if before == 0 || before / LOOK_AGAIN != (before + bytes) / LOOK_AGAIN {
            let Setting { job, dests, .. } = self.setting;
            // The last page of each table reaches beyond its rows, and the first of each range may not be counted yet.
            let beyond = dest.page - 1;
            let largest = job.largest().saturating_add(dests.len() as u64 * beyond);
            // Until the next look everybody together writes no more than this.
            let possible = LOOK_AGAIN.min(largest.saturating_sub(before));
            let ahead = u64::from(job.ranges).min(MOST_WORKERS) * beyond;
            (self.space)(possible + ahead)
                .map_err(|(message, details)| Failure::space(message, details))?;
        }
        Ok(())
    }

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
        let size = part.dest.row_size as usize;
        let batch = SCRATCH / size.max(1) + 1;
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
            if size == 0 {
                let rows: Count = self.count(at..end);
                good.count += rows.rows;
                at = end;
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
            good.rows.extend_from_slice(&scratch[..rows * size]);
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
