//! Shared memory: blocks (memfd), mappings, limits, and the sockets their descriptors travel by.
//!
//! A block without a name is a sealed memfd: its data, padded to whole pages, then one control page that only sharray reads.
//! A [named](named) block is a file of the shared-memory mount. An [`Attachment`] is one holder's claim on a block. Mappings are made on first touch, one per block and process.

pub mod arena;
mod block;
mod cgroup;
mod control;
mod cut;
mod ending;
mod error;
mod handle;
#[allow(unsafe_code)]
mod huge;
mod lease;
mod limits;
#[allow(unsafe_code)]
mod mapping;
pub mod named;
mod opened;
pub mod port;
mod reach;
mod release;
mod reserve;
mod seals;
mod survey;

pub use block::{Attachment, Reserve};
pub use control::{Nonce, VERSION};
pub use error::{Detail, Error, NoFile, Result};
pub use handle::Handle;
pub use huge::HugePages;
pub use limits::{check_space, check_space_for};
pub use mapping::{Hold, mappings};
pub use named::NamedOptions;
pub use opened::Mode;
pub use release::{release, settle};
pub use survey::{Limit, Survey, survey, takes_unnamed_files, try_memory};
