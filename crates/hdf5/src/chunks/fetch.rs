//! Chunks of a file into memory: libhdf5 finds them, threads undo their filters.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use sharray_file::{self as file_bytes, Monitor, Region};

use super::filters::{Decoder, Filters};
use super::{Grid, threads};
use crate::buffer::Buffer;
use crate::error::{Error, Result};
use crate::h5::{self, Id};
use crate::selection::Axis;

/// Where elements go: the box of the dataset, in C order.
pub(crate) struct Destination<'a> {
    pub(crate) dataset: &'a Id,
    pub(crate) grid: &'a Grid,
    pub(crate) axes: &'a [Axis],
    /// Bytes of an element.
    pub(crate) element: u64,
    pub(crate) filters: &'a Filters,
    pub(crate) to: Region<'a>,
}

/// Reads all chunks of a grid but those that are returned: they are not in the file, or not as their filters make them, and
/// libhdf5 has to say what that means.
pub(crate) fn fetch(of: &Destination<'_>, monitor: &Monitor) -> Result<Vec<u64>> {
    let next = AtomicU64::new(0);
    let left = Mutex::new(Vec::new());
    let failed: Mutex<Option<Error>> = Mutex::new(None);
    let chunks = of.grid.chunks();
    let work = || {
        let mut decoder = Decoder::new(of.filters);
        let mut buffer = Buffer::default();
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            if index >= chunks {
                return;
            }
            match one(of, index, &mut decoder, &mut buffer, monitor) {
                Ok(true) => {}
                Ok(false) => left.lock().unwrap_or_else(|e| e.into_inner()).push(index),
                Err(error) => {
                    next.store(chunks, Ordering::Relaxed);
                    let mut failed = failed.lock().unwrap_or_else(|e| e.into_inner());
                    failed.get_or_insert(error);
                    return;
                }
            }
        }
    };
    std::thread::scope(|scope| {
        for _ in 1..threads(chunks) {
            let thread = std::thread::Builder::new().name("sharray-decode".into());
            if thread.spawn_scoped(scope, work).is_err() {
                break;
            }
        }
        work();
    });
    if let Some(error) = failed.into_inner().unwrap_or_else(|e| e.into_inner()) {
        return Err(error);
    }
    let mut left = left.into_inner().unwrap_or_else(|e| e.into_inner());
    left.sort_unstable();
    Ok(left)
}

/// False: the chunk is left to libhdf5.
fn one(
    of: &Destination<'_>,
    index: u64,
    decoder: &mut Decoder<'_>,
    buffer: &mut Buffer,
    monitor: &Monitor,
) -> Result<bool> {
    monitor.check()?;
    let Some(mask) = h5::chunk::read(of.dataset, &of.grid.corner(index), buffer)? else {
        return Ok(false);
    };
    let size = of.grid.chunk_elements() * of.element;
    if decoder.decode(buffer, mask, size as usize).is_err() {
        return Ok(false);
    }
    for run in of.grid.runs(index, of.axes) {
        let at = (run.chunk * of.element) as usize;
        let bytes = &buffer[at..at + (run.length * of.element) as usize];
        file_bytes::write_at(of.to.fd, bytes, of.to.offset + run.array * of.element)?;
        monitor.add(bytes.len() as u64);
    }
    Ok(true)
}
