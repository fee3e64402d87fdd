//! Tables whose rows go on to a file while others come: how far they are there, and how far they may be written.

use std::sync::atomic::Ordering::*;

use super::Control;

/// Ranges of tables behind the one whose rows are taken may be loaded so far ahead.
const AHEAD: u32 = 16;

impl Control {
    /// Whoever makes the output has come to the table that begins with this range; `place`: where its rows lie in the output, if they go there
    /// directly.
    pub fn turn_to(&self, first: u32, place: Option<u64>) {
        self.record(first).place.store(place.unwrap_or(0), Release);
        self.header().turn.store(first, Release);
        self.signal();
    }

    /// Where the rows of the table that begins with this range lie in the output; 0: that is not told yet.
    pub(crate) fn place(&self, first: u32) -> u64 {
        self.record(first).place.load(Acquire)
    }

    /// Sleeps until that is told. False: `range` is no longer wanted.
    pub(crate) fn wait_place(&self, range: u32, first: u32) -> bool {
        self.sleep_until(|| self.place(first) > 0 || self.unwanted(range));
        !self.unwanted(range)
    }

    /// Rows of the table of ranges `first..end` that lie in their destination together with all rows before them, as soon as they are
    /// `rows` or all that there are. None: the load has failed, or was aborted.
    pub fn wait_rows(&self, first: u32, end: u32, rows: u64) -> Option<u64> {
        let mut there = 0;
        self.sleep_until(|| {
            // In this order: all rows are there when the last range is done.
            let done = self.low() >= end;
            there = self.rows_there(first, end);
            done || there >= rows || self.stopped() || self.spoiled_in(first, end)
        });
        (there >= rows || self.low() >= end || self.spoiled_in(first, end)).then_some(there)
    }

    fn spoiled_in(&self, first: u32, end: u32) -> bool {
        first < end && self.spoiled(first)
    }

    fn rows_there(&self, first: u32, end: u32) -> u64 {
        let low = self.low().clamp(first, end);
        let before = match low > first {
            true => self.totals(low - 1).map_or(0, |totals| totals.dest_rows),
            false => 0,
        };
        let begun = match low < end && self.low() == low {
            true => self.written_rows(low),
            false => 0,
        };
        before + begun
    }

    /// Rows of a range that lie in their destination, whoever has written them.
    pub(crate) fn written_rows(&self, range: u32) -> u64 {
        self.record(range).rows.load(Acquire)
    }

    /// Rows of the table that begins with this range are taken, up to so many from its first one on.
    pub fn release(&self, first: u32, rows: u64) {
        self.record(first).released.fetch_max(rows, AcqRel);
        self.signal();
    }

    /// Sleeps until there is room for the rows of `range` up to `end` of its table, which begins with range `first` and keeps `window` of them.
    /// False: the range is no longer wanted.
    pub(crate) fn wait_room(&self, range: u32, first: u32, end: u64, window: u64) -> bool {
        let room = || {
            let turn = self.header().turn.load(Acquire);
            let near = first <= turn || range < turn.saturating_add(AHEAD);
            near && end <= self.record(first).released.load(Acquire) + window
        };
        self.sleep_until(|| room() || self.unwanted(range));
        !self.unwanted(range)
    }
}
