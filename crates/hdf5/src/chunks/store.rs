//! Rows into the chunks of a file: threads gather and encode whole chunks, the caller's stores them in order.

use std::borrow::Cow;
use std::sync::atomic::{AtomicU64, Ordering};

use super::choice::Choice;
use super::filters::{Encoder, Filters};
use super::line::{Line, Ready, Watched};
use super::{Grid, Rows, threads};
use crate::buffer::Buffer;
use crate::error::{Error, Result};
use crate::selection::Axis;

/// What chunks are stored by, one at a time, on the caller's thread.
pub(crate) trait Target {
    /// Stores the chunk whose first element is `corner`; the dataset has to have `rows` rows for it.
    fn put(&mut self, corner: &[u64], rows: u64, mask: u32, bytes: &[u8]) -> Result<()>;
}

/// What the chunks are made of.
pub(crate) struct Source<'a> {
    pub(crate) grid: Grid,
    /// The box of the dataset whose elements `rows` holds, in C order.
    pub(crate) whole: &'a [Axis],
    /// Bytes of an element.
    pub(crate) element: u64,
    pub(crate) filters: &'a Filters,
    pub(crate) rows: &'a dyn Rows,
    /// Whether just as many rows come as the grid has.
    pub(crate) rows_known: bool,
}

/// Stores all chunks of a grid. Fewer rows may come than the grid has: how many did is returned.
pub(crate) fn store(source: &Source<'_>, target: &mut dyn Target) -> Result<u64> {
    let threads = threads(source.grid.chunks());
    let line = Line::new(threads, source.rows_known.then(|| source.grid.chunks()));
    let total = AtomicU64::new(source.grid.rows());
    let choice = Choice::new();
    if threads == 0 {
        let mut worker = Worker::new(source, &line, &choice, &total);
        while let Some((index, buffer)) = line.begin() {
            worker.encode(index, buffer);
            if let Some(ready) = line.take()? {
                put(source, &line, ready, target)?;
            }
        }
        line.take()?;
        return Ok(total.into_inner());
    }
    std::thread::scope(|scope| {
        let work = || {
            let _watched = Watched(&line);
            let mut worker = Worker::new(source, &line, &choice, &total);
            while let Some((index, buffer)) = line.begin() {
                worker.encode(index, buffer);
            }
        };
        for started in 0..threads {
            let thread = std::thread::Builder::new().name("sharray-encode".into());
            if let Err(error) = thread.spawn_scoped(scope, work)
                && started == 0
            {
                return Err(Error::io("cannot start a thread", &error));
            }
        }
        while let Some(ready) = line.take()? {
            if let Err(error) = put(source, &line, ready, target) {
                line.fail(error);
            }
        }
        Ok(())
    })?;
    Ok(total.into_inner())
}

fn put(source: &Source<'_>, line: &Line, ready: Ready, target: &mut dyn Target) -> Result<()> {
    let Ready {
        index,
        mask,
        bytes,
        rows,
    } = ready;
    target.put(&source.grid.corner(index), rows, mask, &bytes)?;
    source.rows.release(source.grid.rows_before(index + 1));
    line.stored(bytes);
    Ok(())
}

/// Gathers and encodes chunks.
struct Worker<'a> {
    source: &'a Source<'a>,
    line: &'a Line,
    choice: &'a Choice,
    total: &'a AtomicU64,
    grid: Cow<'a, Grid>,
    encoder: Encoder<'a>,
    /// A chunk that does not lie in one piece elsewhere; the same for all chunks, so that it is near.
    gathered: Buffer,
}

impl<'a> Worker<'a> {
    fn new(
        source: &'a Source<'a>,
        line: &'a Line,
        choice: &'a Choice,
        total: &'a AtomicU64,
    ) -> Worker<'a> {
        Worker {
            source,
            line,
            choice,
            total,
            grid: Cow::Borrowed(&source.grid),
            encoder: Encoder::new(source.filters),
            gathered: Buffer::default(),
        }
    }

    fn encode(&mut self, index: u64, buffer: Buffer) {
        match self.encoded(index, buffer) {
            Ok(Some(ready)) => self.line.hand_over(ready),
            Ok(None) => {}
            Err(error) => self.line.fail(error),
        }
    }

    /// None: the rows have ended before this chunk.
    fn encoded(&mut self, index: u64, mut buffer: Buffer) -> Result<Option<Ready>> {
        let Source {
            element,
            rows,
            whole,
            ..
        } = *self.source;
        let turn = self.choice.turn(index);
        let needed = self.grid.rows_needed(index);
        let there = rows.wait(needed)?;
        if there < needed {
            let grid = self.grid.to_mut();
            grid.cut(there);
            self.total.store(there, Ordering::Relaxed);
            self.line.end_at(grid.chunks());
            if index >= grid.chunks() {
                return Ok(None);
            }
        }
        let runs = self.grid.runs(index, whole);
        let size = (self.grid.chunk_elements() * element) as usize;
        let elsewhere = match runs.as_slice() {
            [run] if (run.length * element) as usize == size => {
                rows.view(run.array * element, size)
            }
            _ => None,
        };
        let chunk = match elsewhere {
            Some(bytes) => bytes,
            None => {
                self.gathered.resize(size);
                let filled: u64 = runs.iter().map(|run| run.length * element).sum();
                if (filled as usize) < size {
                    // What the chunk has beyond the dataset's edges is zeros, as libhdf5 fills it.
                    self.gathered.fill(0);
                }
                for run in runs {
                    let at = (run.chunk * element) as usize;
                    let bytes = &mut self.gathered[at..at + (run.length * element) as usize];
                    rows.read(run.array * element, bytes)?;
                }
                &self.gathered
            }
        };
        let mask = self.encoder.encode(chunk, &mut buffer, turn);
        Ok(Some(Ready {
            index,
            rows: needed.min(there),
            mask,
            bytes: buffer,
        }))
    }
}
