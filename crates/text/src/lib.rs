//! Text to records: the kernel. Bytes in, records out; no I/O, no allocation per row.
//!
//! A [`Kernel`] is made from a [`Schema`] (what a record holds) and a [`Dialect`] (how a line is
//! cut into fields). [`Kernel::count`] says how many rows a piece of text holds,
//! [`Kernel::parse`] turns the rows into packed records. Both follow NumPy 2.4's `loadtxt`:
//! the same values bit for bit, and the same refusals.
//!
//! Every engine gives the same results; [`Engine::Reference`] is the one that is obviously right,
//! and each faster one is tested against it.
#![deny(unsafe_code)]

mod bad;
mod engine;
mod fast;
mod input;
mod kernel;
mod plan;
mod portable;
pub mod print;
mod profile;
mod scalar;
mod schema;
#[cfg(target_arch = "x86_64")]
mod simd;

pub use bad::{BadRow, Reason};
pub use engine::Engine;
pub use input::{Input, PAD_AFTER, PAD_BEFORE};
pub use kernel::{Count, Cut, Cuts, Kernel, Parsed, Walk, parse_field};
pub use profile::{Profile, Seen, Units};
pub use schema::{Column, Delimiter, Dialect, ITEM_END, Kind, Schema, SchemaError, Unit};
