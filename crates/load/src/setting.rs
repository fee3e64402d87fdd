//! What a worker works with: the plan, the shared totals, and where everything lies.

use std::fs::File;
use std::sync::Arc;

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
}

/// The first bytes of a file, mapped.
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

    /// Some rows; none where not all of them are mapped.
    ///
    /// # Safety
    /// They are of a range that the caller has claimed.
    #[expect(clippy::mut_from_ref, reason = "disjoint parts go to several workers")]
    pub(crate) unsafe fn rows(&self, place: u64, bytes: usize) -> Option<&mut [u8]> {
        let end = place.checked_add(bytes as u64)?;
        if end > self.length {
            return None;
        }
        // SAFETY: in bounds, as just checked; kept, and the caller's alone: a row is of one range, and a range is one worker's.
        Some(unsafe { std::slice::from_raw_parts_mut(self.at.add(place as usize), bytes) })
    }
}

impl Destination {
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
