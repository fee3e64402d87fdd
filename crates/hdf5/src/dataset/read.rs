//! From a dataset into shared memory.

use std::os::fd::BorrowedFd;

use sharray_file::{self as file_bytes, Monitor, Region, Short};

use super::Dataset;
use crate::chunks::{self, Destination, Grid};
use crate::datatype;
use crate::error::Result;
use crate::h5::{self, Id};
use crate::selection::{self, Axis};

impl Dataset {
    /// Reads a selection into memory, in C order.
    pub(crate) fn read(
        &self,
        file: BorrowedFd<'_>,
        axes: &[Axis],
        fields: Option<&[String]>,
        to: Region<'_>,
        monitor: &Monitor,
    ) -> Result<()> {
        self.readable()?;
        selection::check(axes, self.shape())?;
        let changed = match fields {
            Some(fields) => Some(datatype::fields_of(&self.element, fields)?.0),
            None => datatype::to_read_as(&self.element)?,
        };
        if changed.is_none()
            && let Some((at, _)) = self.place()
            && let Some((first, bytes)) = self.one_run(axes)
        {
            let from = Region {
                fd: file,
                offset: at + first,
            };
            return Ok(file_bytes::copy(
                from,
                to,
                bytes,
                Short::Zeros,
                false,
                monitor,
            )?);
        }
        let element = changed.as_ref().unwrap_or(&self.element);
        let through = Through {
            element,
            axes,
            to,
            monitor,
        };
        let fetched = match (&changed, self.filtered()) {
            (None, Some((chunk, filters))) => {
                Grid::touched(axes, chunk).map(|grid| (grid, filters))
            }
            _ => None,
        };
        let Some((grid, filters)) = fetched else {
            return self.read_through(axes, &through);
        };
        let destination = Destination {
            dataset: &self.id,
            grid: &grid,
            axes,
            element: h5::types::size(element),
            filters: &filters,
            to,
        };
        for left in chunks::fetch(&destination, monitor)? {
            self.read_through(&grid.part(left), &through)?;
        }
        Ok(())
    }

    /// Reads a box of what is selected by libhdf5 itself.
    fn read_through(&self, inner: &[Axis], how: &Through<'_>) -> Result<()> {
        let Through {
            element,
            axes,
            to,
            monitor,
        } = *how;
        let size = h5::types::size(element);
        let counts: Vec<u64> = axes.iter().map(|a| a.count).collect();
        let mut buffer = Vec::new();
        for part in self.parts(inner, size.max(h5::types::size(&self.element))) {
            monitor.check()?;
            let part = part.within(inner, axes);
            let bytes = (part.elements() * size) as usize;
            buffer.clear();
            // Zeros, so that the gaps of padded records are zeros too.
            buffer.resize(bytes, 0);
            let (memory, within) = self.spaces(axes, &part)?;
            h5::dataset::read(
                &self.id,
                element,
                Some((&memory, &within)),
                part.elements(),
                &mut buffer,
            )?;
            let mut taken = 0;
            for (element, length) in selection::runs(&counts, &part) {
                let n = (length * size) as usize;
                file_bytes::write_at(to.fd, &buffer[taken..taken + n], to.offset + element * size)?;
                taken += n;
            }
            monitor.add(bytes as u64);
        }
        Ok(())
    }
}

/// What is read by libhdf5, and where it goes.
struct Through<'a> {
    /// The type of an element in memory.
    element: &'a Id,
    /// All that is selected, which `to` holds in C order.
    axes: &'a [Axis],
    to: Region<'a>,
    monitor: &'a Monitor,
}
