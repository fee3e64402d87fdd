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
    let done = wide::shuffle(engine.or_slower(), from, size, to);
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
    let done = wide::unshuffle(engine.or_slower(), from, size, to);
    portable::unshuffle(from, size, done, to);
}

/// Rows that are done by wide instructions, which the engine has; how many they are.
#[cfg(target_arch = "x86_64")]
mod wide {
    use crate::Engine;
    use crate::simd::{avx512, transpose};

    pub(super) fn shuffle(engine: Engine, from: &[u8], size: usize, to: &mut [u8]) -> usize {
        let wide = match engine {
            Engine::Portable => return 0,
            Engine::Avx2 => transpose::wide::<false>(),
            Engine::Avx512 => avx512::transpose::wide::<false>(),
        };
        transpose::shuffle(from, size, from.len() / size, to, wide)
    }

    pub(super) fn unshuffle(engine: Engine, from: &[u8], size: usize, to: &mut [u8]) -> usize {
        let wide = match engine {
            Engine::Portable => return 0,
            Engine::Avx2 => transpose::wide::<true>(),
            Engine::Avx512 => avx512::transpose::wide::<true>(),
        };
        transpose::unshuffle(from, size, from.len() / size, to, wide)
    }
}

#[cfg(not(target_arch = "x86_64"))]
mod wide {
    use crate::Engine;

    pub(super) fn shuffle(_: Engine, _: &[u8], _: usize, _: &mut [u8]) -> usize {
        0
    }

    pub(super) fn unshuffle(_: Engine, _: &[u8], _: usize, _: &mut [u8]) -> usize {
        0
    }
}
