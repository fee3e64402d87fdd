//! Equal bytes at the start.

/// How many bytes at the start are equal to the first.
pub(super) fn leading(bytes: &[u8]) -> usize {
    let Some(&first) = bytes.first() else {
        return 0;
    };
    let eight = [first; 8];
    let whole = bytes
        .chunks_exact(8)
        .take_while(|&part| part == eight)
        .count()
        * 8;
    whole
        + bytes[whole..]
            .iter()
            .take_while(|&&byte| byte == first)
            .count()
}
