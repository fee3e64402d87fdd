//! Chunks as they lie in the file, past libhdf5's filters.

use hdf5_metno_sys::h5::{HADDR_UNDEF, hsize_t};
use hdf5_metno_sys::h5d::{H5Dget_chunk_info_by_coord, H5Dread_chunk, H5Dwrite_chunk};
use hdf5_metno_sys::h5p::H5P_DEFAULT;

use super::{Id, call};
use crate::buffer::Buffer;
use crate::error::Result;

/// Stores the chunk whose first element is `at`, its filters applied but for those whose bits are set in `mask`.
pub(crate) fn write(dataset: &Id, at: &[hsize_t], mask: u32, bytes: &[u8]) -> Result<()> {
    // SAFETY: the array has the dataset's rank, which callers go by; the bytes are as many as is said.
    call("write a chunk", || unsafe {
        H5Dwrite_chunk(
            dataset.raw(),
            H5P_DEFAULT,
            mask,
            at.as_ptr(),
            bytes.len(),
            bytes.as_ptr().cast(),
        )
    })
    .map(drop)
}

/// Reads the chunk whose first element is `at`, and tells which of its filters were left out. None: it is not in the file.
pub(crate) fn read(dataset: &Id, at: &[hsize_t], bytes: &mut Buffer) -> Result<Option<u32>> {
    let doing = "read a chunk";
    let (mut mask, mut place, mut size) = (0, HADDR_UNDEF, 0);
    // SAFETY: the array has the dataset's rank; pointers to live numbers.
    call(doing, || unsafe {
        H5Dget_chunk_info_by_coord(
            dataset.raw(),
            at.as_ptr(),
            &raw mut mask,
            &raw mut place,
            &raw mut size,
        )
    })?;
    if place == HADDR_UNDEF {
        return Ok(None);
    }
    bytes.resize(size as usize);
    // SAFETY: as above; the buffer has as many bytes as the library said that the chunk takes, and only the thread of the
    // file, which is this one or waits for this one, changes chunks.
    call(doing, || unsafe {
        H5Dread_chunk(
            dataset.raw(),
            H5P_DEFAULT,
            at.as_ptr(),
            &raw mut mask,
            bytes.as_mut_ptr().cast(),
        )
    })?;
    Ok(Some(mask))
}
