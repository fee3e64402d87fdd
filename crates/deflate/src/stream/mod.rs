//! The stream: what of a chunk becomes which block.

mod bits;
mod encoder;
mod stored;

pub(crate) use bits::Bits;
pub use encoder::Encoder;
pub use stored::bound;
