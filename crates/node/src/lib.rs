//! The addon: arguments in, errors out. Logic lives in the crates below it and in TypeScript.
#![allow(missing_docs)]

mod archive;
mod arena;
mod array;
mod array_queue;
mod array_reduce;
mod array_text;
mod error;
mod external;
mod file;
mod hdf5;
mod hdf5_attributes;
mod hdf5_load;
mod inbox;
mod load;
mod load_memory;
mod load_threads;
mod memory;
mod names;
mod once;
mod outcome;
mod plan;
mod port;
mod savetxt;
mod small;
mod spool;
mod survey;
mod texts;
mod uv_poll;
