//! Shuffled chunks to zlib streams, plane by plane. No I/O, and no memory but what an [`Encoder`] keeps.
//!
//! Behind HDF5's shuffle filter ([`shuffle`]) a chunk is one plane of bytes after another, and each plane has a character of its own. An [`Encoder`] gives each the
//! kind of DEFLATE block that fits it. Every [`Engine`] gives the same bytes.
#![deny(unsafe_code)]

mod engine;
mod huffman;
mod level;
mod machine;
mod plane;
mod portable;
mod shuffle;
#[cfg(target_arch = "x86_64")]
mod simd;
mod stream;

pub use engine::Engine;
pub use level::Level;
pub use shuffle::{shuffle, shuffle_with, unshuffle, unshuffle_with};
pub use stream::{Encoder, bound};
