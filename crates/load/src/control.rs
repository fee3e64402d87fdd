//! The control block of a load: who has which range, and the running totals. All of it atomics, so that one code serves
//! threads over plain memory and processes over a shared block.

mod record;
mod window;

use std::sync::atomic::Ordering::*;

use crate::futex;
use record::{CLAIMED, DONE, FREE, Header, MAGIC, NONE, Record, word};

/// Running totals after a range.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Rows of the file up to the range's end, whether wanted or not.
    pub file_rows: u64,
    /// Lines of the file up to the range's end, skipped ones included.
    pub file_lines: u64,
    /// Rows of the destination up to the range's end: those of files before it too when files are concatenated.
    pub dest_rows: u64,
    /// Byte of the text at which the first row begins that is not of this range or one before; told where rows may go on over
    /// several lines, and of streams, else 0.
    pub next: u64,
}

/// How far a load has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Bytes of text that are parsed (or need not be).
    pub bytes: u64,
    /// Rows that lie in their destination.
    pub rows: u64,
}

/// A range that was taken back from a worker that died.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reopened {
    /// The range's number.
    pub range: u32,
    /// How many workers have died with it so far.
    pub deaths: u32,
}

enum Memory {
    Heap { _words: Box<[[u64; 8]]> },
    Shared { _keep: Box<dyn Send + Sync> },
}

/// A view of a control block.
pub struct Control {
    header: *const Header,
    records: *const Record,
    ranges: u32,
    _memory: Memory,
}

// SAFETY: the pointers lead to memory that `_memory` keeps, and it is only ever read and written through atomics.
unsafe impl Send for Control {}
// SAFETY: as above.
unsafe impl Sync for Control {}

impl Control {
    /// Bytes that a control block for so many ranges takes.
    pub fn size(ranges: u32) -> usize {
        size_of::<Header>() + ranges as usize * size_of::<Record>()
    }

    /// A control block in this process's own memory.
    pub fn heap(ranges: u32) -> Control {
        // Zeros that nobody has touched take no memory, and of a stream few ranges are; one more, to begin at a cache line.
        let mut words = vec![[0; 8]; Control::size(ranges) / 64 + 1].into_boxed_slice();
        let start: *mut u8 = words.as_mut_ptr().cast();
        let at = start.wrapping_add(start.align_offset(64));
        let control = Control::at(at, ranges, Memory::Heap { _words: words });
        control.prepare();
        control
    }

    /// A control block in shared memory. `fresh`: it is all zeros and is set up now; otherwise somebody has set it up, and
    /// `None` is returned when it is not a control block of so many ranges.
    ///
    /// # Safety
    /// `at` must be aligned to 64 bytes and lead to [`Control::size`] readable and writable bytes for as long as `keep` lives,
    /// which other threads and processes touch as a control block only.
    pub unsafe fn shared(
        at: *mut u8,
        ranges: u32,
        fresh: bool,
        keep: Box<dyn Send + Sync>,
    ) -> Option<Control> {
        assert!(
            at.addr().is_multiple_of(64),
            "a control block is aligned to a cache line"
        );
        let control = Control::at(at, ranges, Memory::Shared { _keep: keep });
        if fresh {
            control.prepare();
        }
        let header = control.header();
        (header.magic.load(Acquire) == MAGIC && header.ranges.load(Relaxed) == ranges)
            .then_some(control)
    }

    fn at(at: *mut u8, ranges: u32, memory: Memory) -> Control {
        let records = at.wrapping_add(size_of::<Header>()).cast_const().cast();
        Control {
            header: at.cast_const().cast(),
            records,
            ranges,
            _memory: memory,
        }
    }

    fn prepare(&self) {
        let header = self.header();
        header.ranges.store(self.ranges, Relaxed);
        header.lowest_failed.store(NONE, Relaxed);
        header.magic.store(MAGIC, Release);
    }

    fn header(&self) -> &Header {
        // SAFETY: the memory is large enough, aligned, kept, and holds atomics only, for which every bit pattern is valid.
        unsafe { &*self.header }
    }

    fn record(&self, range: u32) -> &Record {
        assert!(range < self.ranges);
        // SAFETY: as in `header`; the index is inside.
        unsafe { &*self.records.wrapping_add(range as usize) }
    }

    /// How many ranges there are.
    pub fn ranges(&self) -> u32 {
        self.ranges
    }

    /// Takes the lowest free range for `owner`; none when all are taken, the load is aborted, or what is left lies beyond a failure.
    pub fn claim(&self, owner: u32) -> Option<u32> {
        self.claim_but(owner, |_| None)
    }

    /// The same; `over`: of a range that is not to be taken, where to go on.
    pub(crate) fn claim_but(&self, owner: u32, over: impl Fn(u32) -> Option<u32>) -> Option<u32> {
        let mut range = self.low();
        while range < self.ranges && !self.unwanted(range) {
            if self.record(range).claim.load(Relaxed) == word(FREE, 0) {
                if let Some(next) = over(range) {
                    range = next;
                    continue;
                }
                if self.take(range, owner) {
                    return Some(range);
                }
            }
            range += 1;
        }
        None
    }

    /// Takes this very range, if it is free.
    pub(crate) fn take(&self, range: u32, owner: u32) -> bool {
        let claim = &self.record(range).claim;
        claim
            .compare_exchange(word(FREE, 0), word(CLAIMED, owner), AcqRel, Relaxed)
            .is_ok()
    }

    /// Ends ranges of a stream that turned out not to be there, or not to be wanted; `bytes` of the file are done with them.
    pub(crate) fn finish_empty(&self, ranges: std::ops::Range<u32>, totals: Totals, bytes: u64) {
        if ranges.is_empty() {
            return;
        }
        self.advance(ranges.start, bytes, 0);
        // Those behind the last one ask for its totals; of the others only the first is looked at.
        self.record(ranges.end - 1).set(totals);
        let first = self.record(ranges.start);
        first.set(totals);
        first.empty.store(ranges.end - ranges.start - 1, Relaxed);
        first.claim.store(word(DONE, 0), Release);
        self.signal();
    }

    /// Whether work on a range has become pointless.
    pub fn unwanted(&self, range: u32) -> bool {
        self.aborted() || self.header().lowest_failed.load(Acquire) < range
    }

    /// Publishes the totals after a range. False: it had been published before, with other totals.
    pub fn publish(&self, range: u32, totals: Totals) -> bool {
        let record = self.record(range);
        if record.published.load(Acquire) == 1 {
            return self.totals(range) == Some(totals);
        }
        record.set(totals);
        self.signal();
        true
    }

    /// The totals after a range, if they are known.
    pub fn totals(&self, range: u32) -> Option<Totals> {
        let record = self.record(range);
        (record.published.load(Acquire) == 1).then(|| Totals {
            file_rows: record.file_rows.load(Relaxed),
            file_lines: record.file_lines.load(Relaxed),
            dest_rows: record.dest_rows.load(Relaxed),
            next: record.next.load(Relaxed),
        })
    }

    /// The totals after the range before this one, as soon as they are known; none when the range is no longer wanted.
    pub(crate) fn wait_before(&self, range: u32) -> Option<Totals> {
        let mut totals = None;
        self.sleep_until(|| {
            totals = self.totals(range - 1);
            totals.is_some() || self.unwanted(range)
        });
        totals
    }

    /// Sleeps until every range below `end` is done (true), or the load has failed or was aborted (false).
    pub fn wait_done(&self, end: u32) -> bool {
        self.sleep_until(|| self.low() >= end || self.stopped());
        self.low() >= end
    }

    fn sleep_until(&self, mut ready: impl FnMut() -> bool) {
        let header = self.header();
        loop {
            // Read before the condition: a change after the look makes the futex return at once.
            let seen = header.epoch.load(SeqCst);
            if ready() {
                return;
            }
            header.waiters.fetch_add(1, SeqCst);
            futex::wait(&header.epoch, seen);
            header.waiters.fetch_sub(1, SeqCst);
        }
    }

    fn signal(&self) {
        let header = self.header();
        header.epoch.fetch_add(1, SeqCst);
        if header.waiters.load(SeqCst) > 0 {
            futex::wake_all(&header.epoch);
        }
    }

    /// A range is finished; `bytes` and `rows` are what it holds.
    pub(crate) fn finish(&self, range: u32, bytes: u64, rows: u64) {
        let record = self.record(range);
        record.bytes.store(bytes, Relaxed);
        record.rows.store(rows, Relaxed);
        record.claim.store(word(DONE, 0), Release);
        self.signal();
    }

    /// So much of a range is parsed and written. Rows that a worker has written which died are written.
    pub(crate) fn advance(&self, range: u32, bytes: u64, rows: u64) {
        let record = self.record(range);
        record.bytes.store(bytes, Relaxed);
        if rows > record.rows.fetch_max(rows, AcqRel) {
            self.signal();
        }
    }

    /// Counts bytes given to destinations and returns the sum before them.
    pub(crate) fn count_written(&self, bytes: u64) -> u64 {
        self.header().written.fetch_add(bytes, Relaxed)
    }

    /// Room for so many bytes of notes; where they go.
    pub(crate) fn reserve_note(&self, bytes: u64) -> u64 {
        self.header().noted.fetch_add(bytes, Relaxed)
    }

    /// Where the notes of a range are, which is not finished yet. Those of a worker that died are forgotten.
    pub(crate) fn set_note(&self, range: u32, at: u64, bytes: u64) {
        let record = self.record(range);
        record.note_at.store(at, Relaxed);
        record.note_len.store(bytes, Relaxed);
    }

    /// Where the notes of a range are, and how many bytes; none: it has nothing to say.
    pub(crate) fn note(&self, range: u32) -> Option<(u64, u64)> {
        let record = self.record(range);
        let bytes = record.note_len.load(Relaxed);
        (bytes > 0).then(|| (record.note_at.load(Relaxed), bytes))
    }

    /// Tells how many rows of a range are left out; the sum of all ranges. Kept by range: one that is done again counts once.
    pub(crate) fn count_rejected(&self, range: u32, rows: u64) -> u64 {
        self.record(range).rejected.store(rows, SeqCst);
        let rejected = |range| self.record(range).rejected.load(SeqCst);
        (0..self.ranges).map(rejected).sum()
    }

    /// Leaves out the file whose first range this is, because of a range that cannot be read.
    pub(crate) fn spoil(&self, first_range: u32, range: u32) {
        let spoiled = &self.record(first_range).spoiled;
        spoiled.fetch_max(u32::MAX - range, AcqRel);
    }

    /// Whether that is so because of a range below this one. Those below it are read still: theirs may be the first error.
    pub(crate) fn spoiled_below(&self, first_range: u32, range: u32) -> bool {
        let spoiled = self.record(first_range).spoiled.load(Acquire);
        spoiled != 0 && u32::MAX - spoiled < range
    }

    /// Whether the file whose first range this is is left out.
    pub fn spoiled(&self, first_range: u32) -> bool {
        self.record(first_range).spoiled.load(Acquire) != 0
    }

    /// A range cannot be loaded. It stays claimed, so that it is done again if its worker dies before telling why.
    pub fn fail(&self, range: u32) {
        self.header().lowest_failed.fetch_min(range, AcqRel);
        self.signal();
    }

    /// Ends the load: everybody stops within 256 KiB of input, and whoever waits wakes up.
    pub fn abort(&self) {
        self.header().abort.store(1, SeqCst);
        self.signal();
    }

    /// Whether the load was aborted.
    pub fn aborted(&self) -> bool {
        self.header().abort.load(Acquire) != 0
    }

    fn stopped(&self) -> bool {
        self.aborted() || self.header().lowest_failed.load(Acquire) != NONE
    }

    /// Gives back the range of an owner that died without finishing it. Totals that it had published stay valid.
    pub fn reopen(&self, owner: u32) -> Option<Reopened> {
        for range in self.low()..self.ranges {
            let record = self.record(range);
            if record.claim.load(Acquire) == word(CLAIMED, owner) {
                let deaths = record.deaths.fetch_add(1, Relaxed) + 1;
                self.advance(range, 0, 0);
                record.claim.store(word(FREE, 0), Release);
                self.signal();
                return Some(Reopened { range, deaths });
            }
        }
        None
    }

    /// The range behind one and those that are done with it.
    pub(crate) fn next(&self, range: u32) -> u32 {
        range + 1 + self.record(range).empty.load(Relaxed)
    }

    /// Every range below this one is done.
    pub fn low(&self) -> u32 {
        let low = &self.header().low;
        let mut range = low.load(Acquire);
        let from = range;
        while range < self.ranges && self.record(range).claim.load(Acquire) >> 32 == DONE {
            range = self.next(range);
        }
        if range > from {
            low.fetch_max(range, AcqRel);
        }
        range
    }

    /// How far the ranges `from..to` have come.
    pub fn progress(&self, from: u32, to: u32) -> Progress {
        let mut sum = Progress::default();
        let mut range = from;
        while range < to {
            sum.bytes += self.record(range).bytes.load(Relaxed);
            sum.rows += self.record(range).rows.load(Relaxed);
            range = self.next(range);
        }
        sum
    }
}
