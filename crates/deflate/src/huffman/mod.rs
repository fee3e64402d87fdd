//! Huffman codes as DEFLATE has them (RFC 1951, 3.2): lengths from frequencies, codes from lengths, lengths in a block's head.

mod codes;
mod head;
mod lengths;

pub(crate) use codes::codes;
pub(crate) use head::Head;
pub(crate) use lengths::lengths;

/// Symbols of literals, the end of a block, and lengths.
pub(crate) const LITLENS: usize = 286;
/// Symbols of distances.
pub(crate) const DISTANCES: usize = 30;
/// The symbol that ends a block.
pub(crate) const END: usize = 256;
/// The longest code that is used here: four of them fit a word of which seven bits are taken.
pub(crate) const LONGEST: u8 = 14;
