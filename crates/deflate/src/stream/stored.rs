//! Blocks of bytes as they are.

use super::Bits;

/// The most bytes of one block.
const MOST: usize = 65_535;
/// The zlib head and the checksum.
const AROUND: usize = 6;

/// The largest size that a stream of `len` bytes can have: all of it stored.
#[must_use]
pub fn bound(len: usize) -> usize {
    AROUND + len + 5 * len.div_ceil(MOST).max(1)
}

/// Writes `bytes` as stored blocks, the last of them the stream's last if `last` is true. Nothing is written of no bytes, unless they are the last.
pub(crate) fn store(out: &mut Bits<'_>, bytes: &[u8], last: bool) {
    let mut left = bytes;
    while !left.is_empty() || (last && bytes.is_empty()) {
        let (now, behind) = left.split_at(left.len().min(MOST));
        let is_last = last && behind.is_empty();
        out.put(u64::from(is_last), 3);
        out.align();
        let len = now.len() as u64;
        out.put(len | (len ^ 0xffff) << 16, 32);
        out.bytes(now);
        left = behind;
        if left.is_empty() {
            break;
        }
    }
}
