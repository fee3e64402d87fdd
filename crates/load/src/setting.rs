//! What a worker works with: the plan, the shared totals, and where everything lies.

use std::fs::File;
use std::sync::Arc;

use rustix::mm::{Advice, madvise};

use crate::control::Control;
use crate::job::Job;
use crate::notes::Notebook;
use crate::spool::Spool;
use crate::unpack::Streams;

/// Which rows of a table lie in its destination, and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rows {
    /// All of them, in a block.
    All,
    /// So many at a time, for they are taken away while others come: row `n` lies at the place of row `n % window`.
    Window(u64),
    /// All of them, in the file that is made of them, from where it is told when the table's turn comes.
    Output,
}

/// Where the rows of a table go.
pub struct Destination {
    /// The file (or memfd); several tables may share one.
    pub file: Arc<File>,
    /// Where its first row lies, in a block.
    pub offset: u64,
    /// Which rows lie there.
    pub rows: Rows,
    /// Bytes from the file's start on that have their pages already: writing there takes no memory.
    pub present: u64,
    /// Where these bytes lie in this process's memory, if rows are to be parsed into them in place.
    pub mapped: Option<Mapped>,
    /// Bytes that are taken where one of them is written: those of a huge page, or 1.
    pub page: u64,
}

/// The first bytes of a file, mapped. Those of them that have no page yet are given one before they are written.
pub struct Mapped {
    at: *mut u8,
    length: u64,
    _keep: Box<dyn Send + Sync>,
}

// SAFETY: the pointer leads to memory that `_keep` keeps, and each byte of it is written by whoever has the row that it is of.
unsafe impl Send for Mapped {}
// SAFETY: as above.
unsafe impl Sync for Mapped {}

impl Mapped {
    /// # Safety
    /// `at` must lead to `length` readable and writable bytes for as long as `keep` lives, of which nobody reads or writes any that
    /// belong to the load's rows before it ends, but for the load itself.
    pub unsafe fn new(at: *mut u8, length: u64, keep: Box<dyn Send + Sync>) -> Mapped {
        Mapped {
            at,
            length,
            _keep: keep,
        }
    }

    pub(crate) fn has(&self, place: u64, bytes: u64) -> bool {
        place
            .checked_add(bytes)
            .is_some_and(|end| end <= self.length)
    }

    /// Takes the pages of some bytes; `page` is how long these are at most. False where there is no memory: a store would be a signal.
    pub(crate) fn populate(&self, place: u64, bytes: u64, page: u64) -> bool {
        let from = place / page * page;
        let length = (bytes + place - from) as usize;
        // SAFETY: the bytes are mapped, by the check, and taking their pages changes none of them.
        self.has(place, bytes)
            && unsafe {
                let at = self.at.add(from as usize).cast();
                madvise(at, length, Advice::LinuxPopulateWrite).is_ok()
            }
    }

    /// Some rows; none where not all of them are mapped.
    ///
    /// # Safety
    /// They are of a range that the caller has claimed.
    #[expect(clippy::mut_from_ref, reason = "disjoint parts go to several workers")]
    pub(crate) unsafe fn rows(&self, place: u64, bytes: usize) -> Option<&mut [u8]> {
        if !self.has(place, bytes as u64) {
            return None;
        }
        // SAFETY: in bounds, as just checked; kept, and the caller's alone: a row is of one range, and a range is one worker's.
        Some(unsafe { std::slice::from_raw_parts_mut(self.at.add(place as usize), bytes) })
    }
}

impl Mapped {
    /// Some bytes; none where not all of them are mapped.
    ///
    /// # Safety
    /// They are of rows that are there, and whose place nobody is told to be free as long as they are looked at.
    pub unsafe fn view(&self, place: u64, bytes: usize) -> Option<&[u8]> {
        if !self.has(place, bytes as u64) {
            return None;
        }
        // SAFETY: in bounds, as just checked; kept; and rows that are there are not written again before their place is free.
        Some(unsafe { std::slice::from_raw_parts(self.at.add(place as usize), bytes) })
    }
}

impl Destination {
    /// Bytes that `length` bytes of rows at `place` take. Their first page is counted with the rows before them, if there are any.
    pub(crate) fn taken(&self, place: u64, length: u64) -> u64 {
        let before = match place <= self.offset.max(self.present) {
            true => place / self.page * self.page,
            false => place.next_multiple_of(self.page),
        };
        let after = (place + length).next_multiple_of(self.page);
        after.max(self.present) - before.max(self.present)
    }

    /// Gives the pages of the first `bytes` bytes of rows back to the system. They read as zeros from then on.
    pub fn free(&self, bytes: u64) -> std::io::Result<()> {
        use rustix::fs::{FallocateFlags, fallocate};
        let flags = FallocateFlags::PUNCH_HOLE | FallocateFlags::KEEP_SIZE;
        Ok(fallocate(&*self.file, flags, self.offset, bytes.max(1))?)
    }
}

/// Asked before more bytes are written: an error (a message and its figures) ends the load with `NO_SPACE`.
pub type SpaceCheck<'a> = &'a (dyn Fn(u64) -> Result<(), (String, serde_json::Value)> + Sync);

/// The file that is made of the rows of a load.
pub struct Output {
    /// As it is called in messages.
    pub label: String,
    /// More bytes may not be written to it.
    pub limit: u64,
}

/// A load that is planned, and its memory.
pub struct Setting {
    /// The plan.
    pub job: Arc<Job>,
    /// Who has which range, and the totals.
    pub control: Control,
    /// Where the tables go; none where rows are only looked at.
    pub dests: Vec<Destination>,
    /// What destinations are that are not in blocks.
    pub output: Option<Output>,
    /// Inputs that come but once.
    pub spools: Vec<Arc<Spool>>,
    /// Where the ranges keep their notes.
    pub notes: Notebook,
    /// The files that are read from beginning to end, for those who [`crate::unpack`] them; all in one process.
    pub streams: Streams,
}

impl Setting {
    /// Where a row of a table lies in its file. Of one in the output only once its turn has come.
    pub fn place(&self, table: usize, row: u64) -> u64 {
        let (dest, plan) = (&self.dests[table], &self.job.dests[table]);
        match dest.rows {
            Rows::All => dest.offset + row * plan.row_size,
            Rows::Window(window) => dest.offset + row % window * plan.row_size,
            Rows::Output => self.control.place(plan.first_range) + row * plan.row_size,
        }
    }

    /// How many rows of a table, from this one on, lie behind each other.
    pub fn neighbours(&self, table: usize, row: u64) -> u64 {
        match self.dests[table].rows {
            Rows::Window(window) => window - row % window,
            Rows::All | Rows::Output => u64::MAX,
        }
    }
}
