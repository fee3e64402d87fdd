//! Dataspaces: shapes, and which part of them is meant.

use hdf5_metno_sys::h5s::{
    H5S_SCALAR, H5S_SELECT_SET, H5S_SIMPLE, H5S_UNLIMITED, H5Sclose, H5Screate, H5Screate_simple,
    H5Sget_simple_extent_dims, H5Sget_simple_extent_ndims, H5Sget_simple_extent_type,
    H5Sselect_hyperslab,
};

use super::{Id, call, locked};
use crate::error::{Error, Result};

/// A shape and how far each axis may grow (`None`: without limit).
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Extent {
    pub(crate) shape: Vec<u64>,
    pub(crate) most: Vec<Option<u64>>,
}

/// A dataspace of this shape; an empty shape is one element.
pub(crate) fn simple(shape: &[u64], most: Option<&[Option<u64>]>) -> Result<Id> {
    if shape.is_empty() {
        // SAFETY: takes a constant.
        let raw = call("make a dataspace", || unsafe { H5Screate(H5S_SCALAR) })?;
        return Ok(Id::new(raw, H5Sclose));
    }
    let most: Option<Vec<u64>> =
        most.map(|axes| axes.iter().map(|a| a.unwrap_or(H5S_UNLIMITED)).collect());
    if most.as_ref().is_some_and(|m| m.len() != shape.len()) {
        return Err(Error::new(
            "BAD_SHAPE",
            "maxshape and shape differ in their number of axes",
        ));
    }
    let limit = most.as_ref().map_or(std::ptr::null(), |m| m.as_ptr());
    // SAFETY: both arrays hold as many numbers as the rank says; a null limit means the shape itself.
    let raw = call("make a dataspace", || unsafe {
        H5Screate_simple(shape.len() as i32, shape.as_ptr(), limit)
    })?;
    Ok(Id::new(raw, H5Sclose))
}

/// The shape of a dataspace; `None` for a null dataspace, which holds nothing at all.
pub(crate) fn extent(space: &Id) -> Result<Option<Extent>> {
    // SAFETY: takes an id only.
    let class = locked(|| unsafe { H5Sget_simple_extent_type(space.raw()) });
    if class == H5S_SCALAR {
        return Ok(Some(Extent {
            shape: Vec::new(),
            most: Vec::new(),
        }));
    }
    if class != H5S_SIMPLE {
        return Ok(None);
    }
    // SAFETY: takes an id only.
    let rank = call("read a shape", || unsafe {
        H5Sget_simple_extent_ndims(space.raw())
    })? as usize;
    let (mut shape, mut most) = (vec![0u64; rank], vec![0u64; rank]);
    // SAFETY: both arrays have room for the rank.
    call("read a shape", || unsafe {
        H5Sget_simple_extent_dims(space.raw(), shape.as_mut_ptr(), most.as_mut_ptr())
    })?;
    let most = most
        .into_iter()
        .map(|m| (m != H5S_UNLIMITED).then_some(m))
        .collect();
    Ok(Some(Extent { shape, most }))
}

/// Selects `count` elements from `start` on, `step` apart, along each axis. A scalar needs no selection.
pub(crate) fn select(space: &Id, start: &[u64], step: &[u64], count: &[u64]) -> Result<()> {
    if start.is_empty() {
        return Ok(());
    }
    let rank = extent(space)?.map_or(0, |e| e.shape.len());
    if [start.len(), step.len(), count.len()] != [rank; 3] {
        return Err(Error::new(
            "BAD_SHAPE",
            "a selection and its dataset differ in their number of axes",
        ));
    }
    // SAFETY: the three arrays hold `rank` numbers each; a null block means single elements.
    call("select a part of a dataset", || unsafe {
        H5Sselect_hyperslab(
            space.raw(),
            H5S_SELECT_SET,
            start.as_ptr(),
            step.as_ptr(),
            count.as_ptr(),
            std::ptr::null(),
        )
    })
    .map(drop)
}
