//! HDF5 files by libhdf5: files, groups, datasets, attributes.
//!
//! libhdf5 is entered by one thread at a time, under one lock, with at most a few MiB of data at once. Contiguous data
//! does not go through it at all: it lies in the file where libhdf5 says, and native threads move it.
//! Memory is given and taken as ranges of files, which blocks of shared memory are.
#![deny(unsafe_code)]

mod attribute;
mod buffer;
mod chunks;
mod dataset;
mod datatype;
mod ending;
mod error;
mod file;
mod h5;
mod layout;
mod mode;
mod selection;
mod tree;

pub use attribute::Value;
pub use chunks::Rows;
pub use dataset::{Info, Spec};
pub use ending::leave;
pub use error::{Error, Result};
pub use file::File;
pub use layout::{Field, Layout};
pub use mode::{Mode, Options};
pub use selection::Axis;
pub use sharray_file::{Existing, Monitor, Region, Strand, Temporary};
pub use tree::{Glance, Object};

/// The version of the libhdf5 that is linked in: major, minor, release.
#[allow(unsafe_code)]
pub fn version() -> (u32, u32, u32) {
    let (mut a, mut b, mut c) = (0, 0, 0);
    // SAFETY: the three pointers lead to live integers of this frame.
    unsafe { hdf5_metno_sys::h5::H5get_libversion(&mut a, &mut b, &mut c) };
    (a, b, c)
}
