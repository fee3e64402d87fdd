//! The stream: what of a chunk becomes which block.

mod bits;
mod block;
mod coder;
mod encoder;
mod pass;
mod sequence;
mod stored;

pub(crate) use bits::Bits;
pub(crate) use coder::{CODE, Coder};
pub use encoder::Encoder;
pub(crate) use sequence::{
    LONGEST_MATCH, SHORTEST_MATCH, Sequence, common, distance_bits, distance_symbol, length_of,
    length_symbol, word,
};
pub use stored::bound;
