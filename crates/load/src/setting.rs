//! What a worker works with: the plan, the shared totals, and where everything lies.

use std::fs::File;
use std::sync::Arc;

use crate::control::Control;
use crate::job::Job;
use crate::unpack::Streams;

/// Where the rows of a table go.
pub struct Destination {
    /// The file (or memfd); several tables may share one.
    pub file: Arc<File>,
    /// Where its first row lies.
    pub offset: u64,
    /// Bytes from the file's start on that have their pages already: writing there takes no memory.
    pub present: u64,
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

/// A load that is planned, and its memory.
pub struct Setting {
    /// The plan.
    pub job: Job,
    /// Who has which range, and the totals.
    pub control: Control,
    /// Where the tables go.
    pub dests: Vec<Destination>,
    /// Texts that lie in blocks.
    pub spools: Vec<Arc<File>>,
    /// Where the ranges keep their notes.
    pub notes: Arc<File>,
    /// The files that are read from beginning to end, for those who [`crate::unpack`] them; all in one process.
    pub streams: Streams,
}
