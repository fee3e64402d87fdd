//! Byte by byte.

/// Rows whose planes are written together, so that elements are read from near.
const BATCH: usize = 64;

/// Shuffles the rows from `first` on.
pub(super) fn shuffle(from: &[u8], size: usize, first: usize, to: &mut [u8]) {
    let rows = from.len() / size;
    to[rows * size..].copy_from_slice(&from[rows * size..]);
    for batch in (first..rows).step_by(BATCH) {
        let behind = (batch + BATCH).min(rows);
        let elements = &from[batch * size..behind * size];
        for k in 0..size {
            let plane = &mut to[k * rows + batch..k * rows + behind];
            for (byte, element) in plane.iter_mut().zip(elements.chunks_exact(size)) {
                *byte = element[k];
            }
        }
    }
}

/// Undoes [`shuffle`].
pub(super) fn unshuffle(from: &[u8], size: usize, first: usize, to: &mut [u8]) {
    let rows = from.len() / size;
    to[rows * size..].copy_from_slice(&from[rows * size..]);
    for batch in (first..rows).step_by(BATCH) {
        let behind = (batch + BATCH).min(rows);
        let elements = &mut to[batch * size..behind * size];
        for k in 0..size {
            let plane = &from[k * rows + batch..k * rows + behind];
            for (byte, element) in plane.iter().zip(elements.chunks_exact_mut(size)) {
                element[k] = *byte;
            }
        }
    }
}
