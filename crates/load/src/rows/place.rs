//! Where rows are written: into their place in memory, to their place in a file, or to the output.

use std::os::unix::fs::FileExt;

use crate::failure::Failure;
use crate::range::Unread;
use crate::run::{Part, Worker};
use crate::setting::{Destination, Rows, Setting};

/// Free memory is looked at again whenever so much has been written.
const LOOK_AGAIN: u64 = 64 << 20;
/// More ranges than this are seldom worked on at once.
const MOST_WORKERS: u64 = 32;

impl Worker<'_> {
    /// Rows where they are to lie, if that is mapped and their pages are there or can be had: then they need not be copied.
    #[expect(clippy::mut_from_ref, reason = "the memory is not the worker's own")]
    pub(super) fn in_place(
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
    pub(super) fn await_room(&self, part: Part<'_>, end: u64) -> Result<(), Unread> {
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
    pub(super) fn write(
        &self,
        part: Part<'_>,
        row: u64,
        first: u64,
        rows: &[u8],
    ) -> Result<(), Failure> {
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
}
