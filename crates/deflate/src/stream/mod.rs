//! The stream: what of a chunk becomes which block.

mod bits;
mod block;
mod encoder;
mod sequence;
mod stored;

pub(crate) use bits::Bits;
pub(crate) use block::Coder;
pub use encoder::Encoder;
pub(crate) use sequence::{
    LONGEST_MATCH, SHORTEST_MATCH, Sequence, common, distance_symbol, first_length, length_symbol,
    word,
};
pub use stored::bound;
