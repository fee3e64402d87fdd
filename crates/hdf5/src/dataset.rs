//! One dataset: what it is, and, in the modules below, its rows in and out of shared memory.

mod read;
mod write;

use serde::{Deserialize, Serialize};

pub(crate) use write::Disk;

use crate::chunks::Filters;
use crate::datatype;
use crate::error::{Error, Result};
use crate::h5::{self, Id, space::Extent};
use crate::layout::Layout;
use crate::selection::{self, Axis, Part};

/// The most that libhdf5 is given at once; through its filters less, for they are slow and others wait for its lock.
const PLAIN_SLAB: u64 = 4 << 20;
const FILTERED_SLAB: u64 = 1 << 20;

/// What a new dataset shall be.
#[derive(Debug, Clone, Deserialize)]
pub struct Spec {
    /// One element.
    pub element: Layout,
    /// The shape; empty for a single element.
    pub shape: Vec<u64>,
    /// How far each axis may grow (`None`: without limit); absent: not at all.
    #[serde(default)]
    pub maxshape: Option<Vec<Option<u64>>>,
    /// The shape of a chunk; absent: contiguous.
    #[serde(default)]
    pub chunks: Option<Vec<u64>>,
    /// The level of gzip, 1 to 9.
    #[serde(default)]
    pub gzip: Option<u32>,
    /// Whether bytes are sorted into planes before compression.
    #[serde(default)]
    pub shuffle: bool,
    /// Whether each chunk has a checksum.
    #[serde(default)]
    pub fletcher32: bool,
}

/// What a dataset is.
#[derive(Debug, Clone, Serialize)]
pub struct Info {
    /// One element; absent where this version cannot read it.
    pub element: Option<Layout>,
    /// Why not.
    pub unsupported: Option<String>,
    /// The shape; `None` for a dataset that holds nothing by definition.
    pub shape: Option<Vec<u64>>,
    /// How far each axis may grow.
    pub maxshape: Vec<Option<u64>>,
    /// `contiguous`, `chunked`, `compact` or `virtual`.
    pub layout: &'static str,
    /// The shape of a chunk.
    pub chunks: Option<Vec<u64>>,
    /// The compression in h5py's word.
    pub compression: Option<String>,
    /// The level, where the compression has one.
    pub level: Option<u32>,
    /// All filters in h5py's words, in the order of writing.
    pub filters: Vec<String>,
    /// Bytes that it occupies in the file.
    pub stored: u64,
}

/// An open dataset.
pub(crate) struct Dataset {
    id: Id,
    element: Id,
    layout: Result<Layout>,
    extent: Option<Extent>,
    stored: h5::dataset::Stored,
}

impl Dataset {
    pub(crate) fn open(file: &Id, path: &str) -> Result<Dataset> {
        // Opened twice: the chunk cache is set on opening, and its size depends on the chunks.
        let plain = h5::object::open_dataset(file, path, &h5::dataset::access(None, 1)?)?;
        let chunks = h5::dataset::stored(&plain)?.chunks;
        let Some(chunks) = chunks else {
            return Dataset::of(plain);
        };
        let size = h5::types::size(&h5::dataset::element(&plain)?);
        drop(plain);
        Dataset::of(h5::object::open_dataset(
            file,
            path,
            &h5::dataset::access(Some(&chunks), size)?,
        )?)
    }

    pub(crate) fn create(file: &Id, path: &str, spec: &Spec) -> Result<Dataset> {
        let element = datatype::build(&spec.element)?;
        let space = h5::space::simple(&spec.shape, spec.maxshape.as_deref())?;
        let storage = h5::dataset::Storage {
            chunks: spec.chunks.clone(),
            gzip: spec.gzip,
            shuffle: spec.shuffle,
            fletcher32: spec.fletcher32,
        };
        Dataset::of(h5::dataset::create(file, path, &element, &space, &storage)?)
    }

    fn of(id: Id) -> Result<Dataset> {
        let element = h5::dataset::element(&id)?;
        let extent = h5::space::extent(&h5::dataset::space(&id)?)?;
        let stored = h5::dataset::stored(&id)?;
        let layout = datatype::describe(&element);
        Ok(Dataset {
            id,
            element,
            layout,
            extent,
            stored,
        })
    }

    pub(crate) fn info(&self) -> Info {
        const NOT_COMPRESSION: [&str; 4] = ["shuffle", "fletcher32", "nbit", "scaleoffset"];
        let filters: Vec<String> = self.stored.filters.iter().map(|f| f.word()).collect();
        Info {
            element: self.layout.as_ref().ok().cloned(),
            unsupported: self.layout.as_ref().err().map(|e| e.message.clone()),
            shape: self.extent.as_ref().map(|e| e.shape.clone()),
            maxshape: self
                .extent
                .as_ref()
                .map(|e| e.most.clone())
                .unwrap_or_default(),
            layout: self.stored.layout,
            chunks: self.stored.chunks.clone(),
            compression: filters
                .iter()
                .find(|w| !NOT_COMPRESSION.contains(&w.as_str()))
                .cloned(),
            level: self.stored.filters.iter().find_map(|f| f.level()),
            filters,
            stored: h5::dataset::storage_size(&self.id),
        }
    }

    fn shape(&self) -> &[u64] {
        self.extent.as_ref().map_or(&[], |e| &e.shape)
    }

    /// The length of the first axis.
    pub(crate) fn length(&self) -> u64 {
        self.shape().first().copied().unwrap_or(0)
    }

    /// Where and how long the whole of a contiguous dataset is in the file.
    pub(crate) fn place(&self) -> Option<(u64, u64)> {
        if self.stored.layout != "contiguous" || self.stored.external {
            return None;
        }
        let bytes = self.shape().iter().product::<u64>() * h5::types::size(&self.element);
        h5::dataset::place(&self.id).map(|at| (at, bytes))
    }

    /// `rows` rows from the `first` on; of a scalar its one element.
    pub(crate) fn rows(&self, first: u64, rows: u64) -> Vec<Axis> {
        let mut axes: Vec<Axis> = self.shape().iter().map(|&n| Axis::all(n)).collect();
        if let Some(axis) = axes.first_mut() {
            *axis = Axis::part(first, rows);
        }
        axes
    }

    /// The layout of what `read` with these fields gives.
    pub(crate) fn layout_of(&self, fields: Option<&[String]>) -> Result<Layout> {
        self.readable()?;
        match fields {
            Some(fields) => Ok(datatype::fields_of(&self.element, fields)?.1),
            None => self.layout.clone(),
        }
    }

    /// Changes the length of the first axis.
    pub(crate) fn resize(&mut self, rows: u64) -> Result<()> {
        let Some(extent) = &mut self.extent else {
            return Err(Error::new(
                "BAD_SHAPE",
                "a dataset without a shape cannot be resized",
            ));
        };
        let most = extent.most.first().copied();
        match most {
            Some(None) => {}
            Some(Some(most)) if rows <= most && self.stored.chunks.is_some() => {}
            Some(Some(most)) => {
                return Err(Error::new(
                    "BAD_SHAPE",
                    format!(
                        "{rows} rows are more than the {most} that it may have; create it with maxshape: [null, ...] to append"
                    ),
                ));
            }
            None => {
                return Err(Error::new(
                    "BAD_SHAPE",
                    "a single element has no rows to append to",
                ));
            }
        }
        let mut shape = extent.shape.clone();
        shape[0] = rows;
        h5::dataset::set_extent(&self.id, &shape)?;
        extent.shape = shape;
        Ok(())
    }

    /// The byte range of a selection that is one piece of the dataset.
    fn one_run(&self, axes: &[Axis]) -> Option<(u64, u64)> {
        let (first, elements) = selection::one_run(axes, self.shape())?;
        let size = h5::types::size(&self.element);
        Some((first * size, elements * size))
    }

    /// The shape of its chunks, where their filters are ours to apply.
    fn filtered(&self) -> Option<(&[u64], Filters)> {
        let chunks = self.stored.chunks.as_deref()?;
        Filters::of(&self.stored.filters).map(|filters| (chunks, filters))
    }

    fn parts(&self, axes: &[Axis], size: u64) -> selection::Parts {
        let ones = vec![1; axes.len()];
        let chunks = self.stored.chunks.as_deref().unwrap_or(&ones);
        let most = if self.stored.filters.is_empty() {
            PLAIN_SLAB
        } else {
            FILTERED_SLAB
        };
        selection::parts(axes, chunks, (most / size).max(1))
    }

    fn spaces(&self, axes: &[Axis], part: &Part) -> Result<(Id, Id)> {
        let memory = h5::space::simple(&part.count, None)?;
        let within = h5::dataset::space(&self.id)?;
        let start: Vec<u64> = axes
            .iter()
            .zip(&part.start)
            .map(|(a, &s)| a.start + s * a.step)
            .collect();
        let step: Vec<u64> = axes.iter().map(|a| a.step).collect();
        h5::space::select(&within, &start, &step, &part.count)?;
        Ok((memory, within))
    }

    fn readable(&self) -> Result<()> {
        if let Err(error) = &self.layout {
            let mut error = error.clone();
            error.message = format!("this version cannot read or write {}", error.message);
            return Err(error);
        }
        if self.extent.is_none() {
            return Err(Error::new(
                "NOT_SUPPORTED",
                "a dataset that holds nothing by definition (a null dataspace)",
            ));
        }
        if let Some(filter) = self.stored.filters.iter().find(|f| !f.known) {
            return Err(Error::new(
                "NOT_SUPPORTED",
                format!(
                    "its chunks are filtered by {}, which this version cannot undo; gzip it can",
                    filter.word()
                ),
            ));
        }
        Ok(())
    }
}
