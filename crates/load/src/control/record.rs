//! What a control block holds: a header, and a record for each range.

use std::sync::atomic::{AtomicU32, AtomicU64, Ordering::*};

use super::Totals;

pub(super) const MAGIC: u32 = 0x5348_4c31;
pub(super) const NONE: u32 = u32::MAX;

pub(super) const FREE: u64 = 0;
pub(super) const CLAIMED: u64 = 1;
pub(super) const DONE: u64 = 2;

/// State and owner in one word: a worker that dies between two stores must not leave a range that nobody owns.
pub(super) const fn word(state: u64, owner: u32) -> u64 {
    state << 32 | owner as u64
}

#[repr(C, align(64))]
#[derive(Default)]
pub(super) struct Header {
    pub(super) magic: AtomicU32,
    pub(super) ranges: AtomicU32,
    /// Counts everything that somebody may wait for; the word that all waiters sleep on.
    pub(super) epoch: AtomicU32,
    pub(super) waiters: AtomicU32,
    pub(super) abort: AtomicU32,
    /// Ranges beyond the lowest one that failed are no longer wanted; those below it are, for theirs may be the first error.
    pub(super) lowest_failed: AtomicU32,
    /// Every range below this one is done.
    pub(super) low: AtomicU32,
    /// Bytes given to destinations, by everybody: free memory is looked at again as it grows.
    pub(super) written: AtomicU64,
    /// Bytes of notes, by everybody: where the next ones go.
    pub(super) noted: AtomicU64,
    /// The first range of the table whose rows are taken away now, where somebody does that.
    pub(super) turn: AtomicU32,
}

#[repr(C, align(64))]
#[derive(Default)]
pub(super) struct Record {
    pub(super) claim: AtomicU64,
    pub(super) deaths: AtomicU32,
    pub(super) published: AtomicU32,
    pub(super) file_rows: AtomicU64,
    pub(super) file_lines: AtomicU64,
    pub(super) dest_rows: AtomicU64,
    pub(super) next: AtomicU64,
    pub(super) bytes: AtomicU64,
    pub(super) rows: AtomicU64,
    pub(super) note_at: AtomicU64,
    pub(super) note_len: AtomicU64,
    /// Rows left out.
    pub(super) rejected: AtomicU64,
    /// Ranges behind it that are done with it, as there is nothing in them.
    pub(super) empty: AtomicU32,
    /// In the first range of a file: 0, or, where the file is left out, how far the lowest range that could not be read lies from
    /// the highest number.
    pub(super) spoiled: AtomicU32,
    /// In the first range of a table: rows of it that were taken away.
    pub(super) released: AtomicU64,
    /// In the first range of a table: where its rows lie in the output; 0: that is not told yet.
    pub(super) place: AtomicU64,
}

impl Record {
    pub(super) fn set(&self, totals: Totals) {
        self.file_rows.store(totals.file_rows, Relaxed);
        self.file_lines.store(totals.file_lines, Relaxed);
        self.dest_rows.store(totals.dest_rows, Relaxed);
        self.next.store(totals.next, Relaxed);
        self.published.store(1, Release);
    }
}
