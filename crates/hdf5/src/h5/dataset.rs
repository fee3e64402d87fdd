//! Datasets: made, described, read and written by slabs.

use std::os::raw::c_uint;

use hdf5_metno_sys as sys;
use sys::h5::{HADDR_UNDEF, hsize_t};
use sys::h5d::*;
use sys::h5p::*;
use sys::h5s::{H5S_ALL, H5Sclose};
use sys::h5t::H5Tclose;
use sys::h5z::{
    H5Z_FILTER_DEFLATE, H5Z_FILTER_FLETCHER32, H5Z_FILTER_SHUFFLE, H5Z_FILTER_SZIP, H5Zfilter_avail,
};

use super::{Id, call, locked, name, object};
use crate::error::Result;

/// How a dataset's bytes are kept in the file.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Storage {
    pub(crate) chunks: Option<Vec<u64>>,
    pub(crate) gzip: Option<u32>,
    pub(crate) shuffle: bool,
    pub(crate) fletcher32: bool,
}

/// What a dataset's creation list says about its storage.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Stored {
    /// `contiguous`, `chunked`, `compact` or `virtual`.
    pub(crate) layout: &'static str,
    pub(crate) chunks: Option<Vec<u64>>,
    /// The filters in the order of writing.
    pub(crate) filters: Vec<Filter>,
    /// Contiguous data that lies in other files.
    pub(crate) external: bool,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Filter {
    pub(crate) id: i32,
    /// The first number that it was set up with: gzip's level, the size of what shuffle takes for an element.
    pub(crate) value: Option<u32>,
    /// Whether this build can undo it.
    pub(crate) known: bool,
}

impl Filter {
    /// The level of gzip.
    pub(crate) fn level(&self) -> Option<u32> {
        self.value.filter(|_| self.id == H5Z_FILTER_DEFLATE)
    }

    /// h5py's word for it.
    pub(crate) fn word(&self) -> String {
        match self.id {
            H5Z_FILTER_DEFLATE => "gzip".to_owned(),
            H5Z_FILTER_SHUFFLE => "shuffle".to_owned(),
            H5Z_FILTER_FLETCHER32 => "fletcher32".to_owned(),
            H5Z_FILTER_SZIP => "szip".to_owned(),
            5 => "nbit".to_owned(),
            6 => "scaleoffset".to_owned(),
            32000 => "lzf".to_owned(),
            32001 => "blosc".to_owned(),
            32004 => "lz4".to_owned(),
            32015 => "zstd".to_owned(),
            other => format!("filter {other}"),
        }
    }
}

/// Makes a dataset. Contiguous data gets its place at once and is not filled: its bytes come right after.
pub(crate) fn create(
    file: &Id,
    path: &str,
    element: &Id,
    space: &Id,
    storage: &Storage,
) -> Result<Id> {
    let doing = "create the dataset";
    let path = name(path)?;
    let links = object::link_creation()?;
    // SAFETY: takes a constant of the library.
    let list = call(doing, || unsafe { H5Pcreate(*H5P_CLS_DATASET_CREATE) })?;
    let list = Id::new(list, H5Pclose);
    // Without times the same data gives the same file.
    // SAFETY: takes an id and a number.
    call(doing, || unsafe { H5Pset_obj_track_times(list.raw(), 0) })?;
    match &storage.chunks {
        None => {
            // SAFETY: calls that take an id and constants.
            unsafe {
                call(doing, || {
                    H5Pset_alloc_time(list.raw(), H5D_ALLOC_TIME_EARLY)
                })?;
                call(doing, || H5Pset_fill_time(list.raw(), H5D_FILL_TIME_NEVER))?;
            }
        }
        Some(chunks) => {
            // SAFETY: the array holds as many numbers as the rank says.
            call(doing, || unsafe {
                H5Pset_chunk(list.raw(), chunks.len() as i32, chunks.as_ptr())
            })?;
            if storage.shuffle {
                // SAFETY: takes an id only.
                call(doing, || unsafe { H5Pset_shuffle(list.raw()) })?;
            }
            if let Some(level) = storage.gzip {
                // SAFETY: takes an id and a number.
                call(doing, || unsafe { H5Pset_deflate(list.raw(), level) })?;
            }
            if storage.fletcher32 {
                // SAFETY: takes an id only.
                call(doing, || unsafe { H5Pset_fletcher32(list.raw()) })?;
            }
        }
    }
    let reach = access(storage.chunks.as_deref(), super::types::size(element))?;
    // SAFETY: the path ends in NUL.
    let raw = call(doing, || unsafe {
        H5Dcreate2(
            file.raw(),
            path.as_ptr(),
            element.raw(),
            space.raw(),
            links.raw(),
            list.raw(),
            reach.raw(),
        )
    })?;
    Ok(Id::new(raw, H5Dclose))
}

/// An access list whose chunk cache holds a few chunks of this shape, up to 64 MiB: small appends then meet in memory.
pub(crate) fn access(chunks: Option<&[u64]>, element: u64) -> Result<Id> {
    let doing = "prepare a dataset";
    // SAFETY: takes a constant of the library.
    let list = call(doing, || unsafe { H5Pcreate(*H5P_CLS_DATASET_ACCESS) })?;
    let list = Id::new(list, H5Pclose);
    if let Some(chunks) = chunks {
        let bytes = chunks.iter().product::<u64>().saturating_mul(element);
        let cache = bytes.saturating_mul(4).clamp(1 << 20, 64 << 20);
        // SAFETY: takes an id and numbers; 521 slots is the library's own default.
        call(doing, || unsafe {
            H5Pset_chunk_cache(list.raw(), 521, cache as usize, 0.75)
        })?;
    }
    Ok(list)
}

pub(crate) fn space(dataset: &Id) -> Result<Id> {
    // SAFETY: takes an id only.
    let raw = call("read a dataset's shape", || unsafe {
        H5Dget_space(dataset.raw())
    })?;
    Ok(Id::new(raw, H5Sclose))
}

pub(crate) fn element(dataset: &Id) -> Result<Id> {
    // SAFETY: takes an id only.
    let raw = call("read a dataset's type", || unsafe {
        H5Dget_type(dataset.raw())
    })?;
    Ok(Id::new(raw, H5Tclose))
}

pub(crate) fn stored(dataset: &Id) -> Result<Stored> {
    let doing = "read how a dataset is stored";
    // SAFETY: takes an id only.
    let list = call(doing, || unsafe { H5Dget_create_plist(dataset.raw()) })?;
    let list = Id::new(list, H5Pclose);
    // SAFETY: takes an id only; the library's layouts are all in the enumeration.
    let layout = match locked(|| unsafe { H5Pget_layout(list.raw()) }) {
        H5D_COMPACT => "compact",
        H5D_CHUNKED => "chunked",
        H5D_VIRTUAL => "virtual",
        _ => "contiguous",
    };
    let mut chunks = None;
    if layout == "chunked" {
        let mut dims = vec![0u64; 32];
        // SAFETY: the array has room for 32 numbers, the library's highest rank.
        let rank = call(doing, || unsafe {
            H5Pget_chunk(list.raw(), 32, dims.as_mut_ptr())
        })?;
        dims.truncate(rank as usize);
        chunks = Some(dims);
    }
    // SAFETY: takes an id only.
    let count = call(doing, || unsafe { H5Pget_nfilters(list.raw()) })?;
    let filters = (0..count as c_uint)
        .map(|i| filter(&list, i))
        .collect::<Result<_>>()?;
    // SAFETY: takes an id only.
    let external =
        layout == "contiguous" && call(doing, || unsafe { H5Pget_external_count(list.raw()) })? > 0;
    Ok(Stored {
        layout,
        chunks,
        filters,
        external,
    })
}

fn filter(list: &Id, index: c_uint) -> Result<Filter> {
    let doing = "read a dataset's filters";
    let (mut flags, mut config) = (0, 0);
    let mut values = [0 as c_uint; 16];
    let mut count = values.len();
    // SAFETY: live integers, an array with the stated room, no room for a name.
    let id = call(doing, || unsafe {
        H5Pget_filter2(
            list.raw(),
            index,
            &raw mut flags,
            &raw mut count,
            values.as_mut_ptr(),
            0,
            std::ptr::null_mut(),
            &raw mut config,
        )
    })?;
    // SAFETY: takes a number.
    let known = call(doing, || unsafe { H5Zfilter_avail(id) })? > 0;
    let value = (count > 0).then_some(values[0]);
    Ok(Filter { id, value, known })
}

/// Where a contiguous dataset's bytes begin in the file; `None` where it has none there.
pub(crate) fn place(dataset: &Id) -> Option<u64> {
    let mut status = H5D_SPACE_STATUS_ERROR;
    // Asked for by itself: in a file with a user block the offset of what has no place is not "undefined".
    // SAFETY: takes an id and a pointer to a live value of the library's enumeration.
    call("find a dataset's place", || unsafe {
        H5Dget_space_status(dataset.raw(), &raw mut status)
    })
    .ok()?;
    if status != H5D_SPACE_STATUS_ALLOCATED {
        return None;
    }
    // SAFETY: takes an id only.
    let at = locked(|| unsafe { H5Dget_offset(dataset.raw()) });
    (at != HADDR_UNDEF).then_some(at)
}

/// Bytes that the dataset occupies in the file.
pub(crate) fn storage_size(dataset: &Id) -> u64 {
    // SAFETY: takes an id only.
    locked(|| unsafe { H5Dget_storage_size(dataset.raw()) })
}

pub(crate) fn set_extent(dataset: &Id, shape: &[hsize_t]) -> Result<()> {
    // SAFETY: the array has the dataset's rank, which the callers have compared.
    call("resize the dataset", || unsafe {
        H5Dset_extent(dataset.raw(), shape.as_ptr())
    })
    .map(drop)
}

/// Reads a selection. `memory` describes `buffer` completely: `elements` of `element`, in C order.
pub(crate) fn read(
    dataset: &Id,
    element: &Id,
    memory: Option<(&Id, &Id)>,
    elements: u64,
    buffer: &mut [u8],
) -> Result<()> {
    assert!(elements * super::types::size(element) <= buffer.len() as u64);
    let (space, within) = memory.map_or((H5S_ALL, H5S_ALL), |(m, f)| (m.raw(), f.raw()));
    // SAFETY: the buffer holds all elements of the memory space, as just asserted; no type of variable length gets
    // here, so what is written is plain bytes.
    call("read the dataset", || unsafe {
        H5Dread(
            dataset.raw(),
            element.raw(),
            space,
            within,
            H5P_DEFAULT,
            buffer.as_mut_ptr().cast(),
        )
    })
    .map(drop)
}

/// Writes a selection; the counterpart of `read`.
pub(crate) fn write(
    dataset: &Id,
    element: &Id,
    memory: Option<(&Id, &Id)>,
    elements: u64,
    buffer: &[u8],
) -> Result<()> {
    assert!(elements * super::types::size(element) <= buffer.len() as u64);
    let (space, within) = memory.map_or((H5S_ALL, H5S_ALL), |(m, f)| (m.raw(), f.raw()));
    // SAFETY: the buffer holds all elements of the memory space, as just asserted.
    call("write the dataset", || unsafe {
        H5Dwrite(
            dataset.raw(),
            element.raw(),
            space,
            within,
            H5P_DEFAULT,
            buffer.as_ptr().cast(),
        )
    })
    .map(drop)
}
