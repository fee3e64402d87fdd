//! The canonical codes of given lengths.

/// The code of each symbol, its first bit lowest, as a stream takes it. Symbols of length 0 get 0.
pub(crate) fn codes(lengths: &[u8], codes: &mut [u16]) {
    let mut next = [0u16; 17];
    // Most symbols of most blocks have no code: eight at a time are passed over.
    for eight in lengths
        .chunks(8)
        .filter(|eight| eight.iter().any(|&l| l > 0))
    {
        for &length in eight {
            next[usize::from(length) + 1] += 1;
        }
    }
    next[1] = 0;
    for length in 2..17 {
        next[length] = (next[length - 1] + next[length]) << 1;
    }
    // `next[l]` is now twice the first code of length l - 1 behind its codes: the first of length l.
    codes.fill(0);
    for (lengths, codes) in lengths.chunks(8).zip(codes.chunks_mut(8)) {
        if lengths.iter().all(|&length| length == 0) {
            continue;
        }
        for (&length, code) in lengths.iter().zip(codes) {
            if length > 0 {
                let mine = &mut next[usize::from(length)];
                *code = mine.reverse_bits() >> (16 - length);
                *mine += 1;
            }
        }
    }
}
