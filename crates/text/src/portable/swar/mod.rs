//! Eight bytes at a time in a machine word.

mod base;
mod bytes;
mod digits;

pub(crate) use base::Base;
pub(crate) use bytes::Bytes;
pub(crate) use digits::{Eights, Sixteens};
