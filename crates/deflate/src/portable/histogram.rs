//! How often each byte occurs.

/// Lists to count in by turns: the same byte again and again would wait for its own last count.
const LISTS: usize = 8;

/// How often each byte occurs.
#[inline(always)]
pub(crate) fn histogram(bytes: &[u8], counts: &mut [u32; 256]) {
    let mut lists = [[0u32; 256]; LISTS];
    let (words, rest) = bytes.as_chunks::<8>();
    for &word in words {
        let word = u64::from_le_bytes(word);
        for (i, list) in lists.iter_mut().enumerate() {
            list[(word >> (8 * i)) as usize & 255] += 1;
        }
    }
    for &byte in rest {
        lists[0][usize::from(byte)] += 1;
    }
    for (value, count) in counts.iter_mut().enumerate() {
        *count = lists.iter().map(|list| list[value]).sum();
    }
}
