//! Byte by byte.

pub(super) fn shuffle(from: &[u8], size: usize, to: &mut [u8]) {
    let rows = from.len() / size;
    let (planes, rest) = to.split_at_mut(rows * size);
    rest.copy_from_slice(&from[rows * size..]);
    if rows == 0 {
        return;
    }
    for (k, plane) in planes.chunks_exact_mut(rows).enumerate() {
        for (byte, element) in plane.iter_mut().zip(from.chunks_exact(size)) {
            *byte = element[k];
        }
    }
}

pub(super) fn unshuffle(from: &[u8], size: usize, to: &mut [u8]) {
    let rows = from.len() / size;
    let (planes, rest) = from.split_at(rows * size);
    to[rows * size..].copy_from_slice(rest);
    if rows == 0 {
        return;
    }
    for (k, plane) in planes.chunks_exact(rows).enumerate() {
        for (byte, element) in plane.iter().zip(to.chunks_exact_mut(size)) {
            element[k] = *byte;
        }
    }
}
