//! Sixteen bytes at a time: every x86-64 has SSE2.

mod base;
mod bytes;
mod digits;

pub(crate) use base::Base;
pub(crate) use bytes::Bytes;
pub(crate) use digits::{Eights, Sixteens};
