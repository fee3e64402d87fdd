//! Chunks past libhdf5's filters: many threads apply or undo them, libhdf5 only stores and finds what comes of it.

mod choice;
mod fetch;
mod filters;
mod grid;
mod line;
mod store;

pub(crate) use fetch::{Destination, fetch};
pub(crate) use filters::Filters;
pub(crate) use grid::{Grid, around};
pub(crate) use store::{Source, Target, store};

use crate::error::Result;

#[cfg(test)]
mod tests;

/// Rows of an array in C order, which may still be on their way.
pub trait Rows: Sync {
    /// Sleeps until so many rows are there. Returns how many are; fewer: there will be no more.
    fn wait(&self, rows: u64) -> Result<u64>;

    /// Reads bytes of rows that are there, from a byte of the array on.
    fn read(&self, at: u64, bytes: &mut [u8]) -> Result<()>;

    /// The same without a copy, where that can be: nobody changes them before they are released.
    fn view(&self, _at: u64, _bytes: usize) -> Option<&[u8]> {
        None
    }

    /// Is told when rows before this one are not needed any more.
    fn release(&self, rows: u64);
}

/// How many threads shall work on so many chunks, beside the one that waits for them; 0: that one does it by itself.
fn threads(chunks: u64) -> u64 {
    let granted = std::thread::available_parallelism().map_or(1, |n| n.get() as u64);
    match granted.min(chunks) {
        1 => 0,
        threads => threads,
    }
}
