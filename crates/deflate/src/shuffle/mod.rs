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
pub fn shuffle_with(engine: Engine, from: &[u8], size: usize, to: &mut [u8]) {
    assert_eq!(
        from.len(),
        to.len(),
        "a shuffled chunk has the chunk's length"
    );
    if size < 2 {
        return to.copy_from_slice(from);
    }
    let done = if is_wide(engine) {
        wide::shuffle(from, size, to)
    } else {
        0
    };
    portable::shuffle(from, size, done, to);
}

/// [`unshuffle`] with the instructions of `engine`, or of the next slower one that the machine has.
///
/// # Panics
/// When `to` has not the length of `from`.
pub fn unshuffle_with(engine: Engine, from: &[u8], size: usize, to: &mut [u8]) {
    assert_eq!(
        from.len(),
        to.len(),
        "a shuffled chunk has the chunk's length"
    );
    if size < 2 {
        return to.copy_from_slice(from);
    }
    let done = if is_wide(engine) {
        wide::unshuffle(from, size, to)
    } else {
        0
    };
    portable::unshuffle(from, size, done, to);
}

/// Whether this engine does it by transpositions.
fn is_wide(engine: Engine) -> bool {
    engine.or_slower() > Engine::Portable
}

/// Rows that are done by wide instructions; how many they are.
#[cfg(target_arch = "x86_64")]
mod wide {
    use crate::simd::transpose;

    pub(super) fn shuffle(from: &[u8], size: usize, to: &mut [u8]) -> usize {
        transpose::shuffle(from, size, from.len() / size, to)
    }

    pub(super) fn unshuffle(from: &[u8], size: usize, to: &mut [u8]) -> usize {
        transpose::unshuffle(from, size, from.len() / size, to)
    }
}

#[cfg(not(target_arch = "x86_64"))]
mod wide {
    pub(super) fn shuffle(_: &[u8], _: usize, _: &mut [u8]) -> usize {
        0
    }

    pub(super) fn unshuffle(_: &[u8], _: usize, _: &mut [u8]) -> usize {
        0
    }
}
