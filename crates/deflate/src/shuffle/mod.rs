//! HDF5's shuffle filter: the bytes of like significance of all elements, one plane after another.

mod portable;

use crate::Engine;

/// Byte k of each of the elements of `size` bytes, then byte k + 1 ...; bytes behind the last whole element are copied behind the
/// planes, as HDF5 does.
///
/// # Panics
/// When `to` has not the length of `from`.
pub fn shuffle(from: &[u8], size: usize, to: &mut [u8]) {
    shuffle_with(Engine::in_use(), from, size, to);
}

/// The inverse of [`shuffle`].
///
/// # Panics
/// When `to` has not the length of `from`.
pub fn unshuffle(from: &[u8], size: usize, to: &mut [u8]) {
    unshuffle_with(Engine::in_use(), from, size, to);
}

/// [`shuffle`] with the instructions of `engine`, or of the next slower one that the machine has.
///
/// # Panics
/// When `to` has not the length of `from`.
pub fn shuffle_with(_engine: Engine, from: &[u8], size: usize, to: &mut [u8]) {
    assert_eq!(
        from.len(),
        to.len(),
        "a shuffled chunk has the chunk's length"
    );
    if size < 2 {
        return to.copy_from_slice(from);
    }
    portable::shuffle(from, size, to);
}

/// [`unshuffle`] with the instructions of `engine`, or of the next slower one that the machine has.
///
/// # Panics
/// When `to` has not the length of `from`.
pub fn unshuffle_with(_engine: Engine, from: &[u8], size: usize, to: &mut [u8]) {
    assert_eq!(
        from.len(),
        to.len(),
        "a shuffled chunk has the chunk's length"
    );
    if size < 2 {
        return to.copy_from_slice(from);
    }
    portable::unshuffle(from, size, to);
}
