//! Bulk work on n-dimensional arrays: copies between any two layouts, changes of byte order, numeric conversions, reductions, and texts from and to UTF-8.
//!
//! No I/O and nothing of JavaScript: memory is an address and a length ([`Memory`]), an array is a shape and, for each operand, an
//! offset and strides in bytes ([`Operand`]). Every operand is checked against its memory before anything is touched. The memory may
//! be shared with other processes that write to it meanwhile, so that it is only ever reached through raw pointers, in [`memory`], `kernel` and `cast`.
#![deny(unsafe_code)]

#[allow(unsafe_code)]
mod cast;
mod convert;
mod copy;
mod equal;
mod from_utf8;
mod histogram;
#[allow(unsafe_code)]
mod kernel;
#[allow(unsafe_code)]
pub mod memory;
mod nest;
mod number;
mod reduce;
mod scan;
mod spans;
mod threads;
mod to_utf8;

pub use convert::check;
pub use copy::{Lane, Op, apart_bytes, transfer, transfer_apart, zeroed};
pub use equal::{Pair, Part, Text, equal};
pub use from_utf8::{Misfit, utf8_to_texts};
pub use histogram::histogram;
pub use memory::{Memory, Operand};
pub use number::{Kind, Number};
pub use reduce::{Extremes, Sum, extremes, sum};
pub use scan::Numbers;
pub use spans::{Measure, Spans, measure};
pub use threads::granted;
pub use to_utf8::{Utf8, texts_to_utf8};

/// Why an operation cannot be done; nothing was touched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// An operand reaches outside of its memory.
    OutOfBounds,
    /// Operands do not fit the shape, or an item's parts do not make it up.
    Malformed,
    /// The system has not so many bytes.
    NoSpace(usize),
}
