//! From shared memory into a dataset.

use std::os::fd::BorrowedFd;
use std::sync::atomic::{AtomicU64, Ordering};

use sharray_file::{self as file_bytes, Monitor, Region, Short};

use super::Dataset;
use crate::chunks::{self, Grid, Rows, Source, Target};
use crate::error::{Error, Result};
use crate::h5;
use crate::selection::{self, Axis};

/// So many stored bytes are written back to the disk at a time.
const WRITE_BACK: u64 = 4 * file_bytes::STEP;

/// More rows than this are nowhere.
const MOST_ROWS: u64 = 1 << 48;

/// Where a dataset is written to: its file, whose bytes are brought to the disk as they come, if they shall be.
#[derive(Clone, Copy)]
pub(crate) struct Disk<'a> {
    pub(crate) file: BorrowedFd<'a>,
    pub(crate) write_back: bool,
}

impl Disk<'_> {
    /// Starts the way of chunks to the disk when enough have come together.
    fn written(&self, since: &mut u64, bytes: u64) {
        *since += bytes;
        if self.write_back && *since >= WRITE_BACK {
            // A length of 0 means to the end: where the chunks lie is libhdf5's business.
            file_bytes::start_write_back(self.file, 0, 0);
            *since = 0;
        }
    }
}

impl Dataset {
    /// Writes a box, without steps, from memory in C order. Of a contiguous dataset it must be one run of bytes.
    pub(crate) fn write(
        &self,
        disk: Disk<'_>,
        axes: &[Axis],
        from: Region<'_>,
        monitor: &Monitor,
    ) -> Result<()> {
        self.readable()?;
        selection::check(axes, self.shape())?;
        if let Some((at, _)) = self.place() {
            let Some((first, bytes)) = self.one_run(axes) else {
                return Err(Error::new(
                    "BAD_ARGUMENT",
                    "elements of a contiguous dataset that do not follow each other cannot be written at once",
                ));
            };
            let to = Region {
                fd: disk.file,
                offset: at + first,
            };
            file_bytes::check_file_size(to.offset + bytes)?;
            return Ok(file_bytes::copy(
                from,
                to,
                bytes,
                Short::Fails,
                disk.write_back,
                monitor,
            )?);
        }
        let Some((chunk, filters)) = self.filtered() else {
            return self.write_through(disk, axes, axes, from, monitor);
        };
        let Some(grid) = Grid::covered(axes, chunk, self.shape()) else {
            return self.write_through(disk, axes, axes, from, monitor);
        };
        let inner = grid.axes();
        let element = h5::types::size(&self.element);
        let memory = Memory::new(from, &inner, element, monitor);
        let source = Source {
            grid,
            whole: axes,
            element,
            filters: &filters,
            rows: &memory,
            rows_known: true,
        };
        chunks::store(&source, &mut Stored::new(self, disk))?;
        for side in chunks::around(axes, &inner) {
            self.write_through(disk, axes, &side, from, monitor)?;
        }
        Ok(())
    }

    /// Writes rows as they come; the dataset, which has none, grows with them.
    pub(crate) fn fill(&mut self, disk: Disk<'_>, rows: &dyn Rows) -> Result<()> {
        self.readable()?;
        let axes = self.rows(0, MOST_ROWS);
        let shape: Vec<u64> = axes.iter().map(|axis| axis.count).collect();
        let source = self.filtered().and_then(|(chunk, filters)| {
            let grid = Grid::covered(&axes, chunk, &shape)?;
            Some((grid, filters))
        });
        let Some((grid, filters)) = source else {
            return Err(Error::new(
                "BAD_ARGUMENT",
                "rows that come one after the other need chunks that are compressed",
            ));
        };
        let source = Source {
            grid,
            whole: &axes,
            element: h5::types::size(&self.element),
            filters: &filters,
            rows,
            rows_known: false,
        };
        let mut stored = Stored::new(self, disk);
        let came = chunks::store(&source, &mut stored)?;
        if let Some(extent) = &mut self.extent {
            extent.shape[0] = came;
        }
        Ok(())
    }

    /// Writes a box of `axes`, whose elements are `from`, by libhdf5 itself.
    fn write_through(
        &self,
        disk: Disk<'_>,
        axes: &[Axis],
        inner: &[Axis],
        from: Region<'_>,
        monitor: &Monitor,
    ) -> Result<()> {
        let size = h5::types::size(&self.element);
        let counts: Vec<u64> = axes.iter().map(|a| a.count).collect();
        let mut buffer = Vec::new();
        let mut since = 0;
        for part in self.parts(inner, size) {
            monitor.check()?;
            let part = part.within(inner, axes);
            let bytes = (part.elements() * size) as usize;
            buffer.resize(bytes, 0);
            let mut filled = 0;
            for (element, length) in selection::runs(&counts, &part) {
                let n = (length * size) as usize;
                file_bytes::read_at(
                    from.fd,
                    &mut buffer[filled..filled + n],
                    from.offset + element * size,
                    Short::Fails,
                )?;
                filled += n;
            }
            let (memory, within) = self.spaces(axes, &part)?;
            h5::dataset::write(
                &self.id,
                &self.element,
                Some((&memory, &within)),
                part.elements(),
                &buffer,
            )?;
            monitor.add(bytes as u64);
            disk.written(&mut since, bytes as u64);
        }
        Ok(())
    }
}

/// Elements that are all there, in shared memory.
struct Memory<'a> {
    from: Region<'a>,
    monitor: &'a Monitor,
    /// Bytes of a row of what is written of them.
    row: u64,
    done: AtomicU64,
}

impl<'a> Memory<'a> {
    fn new(from: Region<'a>, inner: &[Axis], element: u64, monitor: &'a Monitor) -> Memory<'a> {
        Memory {
            from,
            monitor,
            row: element * inner[1..].iter().map(|axis| axis.count).product::<u64>(),
            done: AtomicU64::new(0),
        }
    }
}

impl Rows for Memory<'_> {
    fn wait(&self, rows: u64) -> Result<u64> {
        self.monitor.check()?;
        Ok(rows)
    }

    fn read(&self, at: u64, bytes: &mut [u8]) -> Result<()> {
        let Region { fd, offset } = self.from;
        let from = Region {
            fd,
            offset: offset + at,
        };
        Ok(from.read(bytes)?)
    }

    fn release(&self, rows: u64) {
        let before = self.done.swap(rows, Ordering::Relaxed);
        self.monitor.add((rows - before) * self.row);
    }
}

/// A dataset that gets chunks.
struct Stored<'a> {
    id: &'a h5::Id,
    disk: Disk<'a>,
    since: u64,
    shape: Vec<u64>,
}

impl<'a> Stored<'a> {
    fn new(dataset: &'a Dataset, disk: Disk<'a>) -> Stored<'a> {
        Stored {
            id: &dataset.id,
            disk,
            since: 0,
            shape: dataset.shape().to_vec(),
        }
    }
}

impl Target for Stored<'_> {
    fn put(&mut self, corner: &[u64], rows: u64, mask: u32, bytes: &[u8]) -> Result<()> {
        if rows > self.shape[0] {
            self.shape[0] = rows;
            h5::dataset::set_extent(self.id, &self.shape)?;
        }
        h5::chunk::write(self.id, corner, mask, bytes)?;
        self.disk.written(&mut self.since, bytes.len() as u64);
        Ok(())
    }
}
