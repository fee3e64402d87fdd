//! Files on disk: new ones that appear whole or not at all, plain bytes between files on several threads, and a thread of
//! its own for each open file. Nothing here knows what the bytes mean.
#![deny(unsafe_code)]

mod archive_read;
mod archive_write;
mod error;
mod gzip;
mod hidden;
mod input;
mod output;
mod strand;
mod temporary;
mod transfer;

pub use archive_read::{ArchiveInput, Member};
pub use archive_write::ArchiveOutput;
pub use error::{Error, Result, code_of, text_of};
pub use gzip::GzipOutput;
pub use hidden::remove_all;
pub use input::Input;
pub use output::Output;
pub use strand::Strand;
pub use temporary::{Existing, Temporary};
pub use transfer::{
    Monitor, Region, STEP, Short, check_file_size, copy, read_at, start_write_back, write_at,
};
