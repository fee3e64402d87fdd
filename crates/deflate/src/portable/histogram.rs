//! How often each byte occurs.

/// Lists to count in by turns: the same byte again and again would wait for its own last count.
pub(crate) type Lists = [[u32; 256]; 8];

/// How often each byte occurs.
#[inline(always)]
pub(crate) fn histogram(bytes: &[u8], counts: &mut [u32; 256]) {
    let mut lists = [[0; 256]; 8];
    count(bytes, &mut lists);
    sum(&lists, counts);
}

/// Counts bytes.
#[inline(always)]
pub(crate) fn count(bytes: &[u8], lists: &mut Lists) {
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
}

/// The counts of all lists together.
#[inline(always)]
pub(crate) fn sum(lists: &Lists, counts: &mut [u32; 256]) {
    for (value, count) in counts.iter_mut().enumerate() {
        *count = lists.iter().map(|list| list[value]).sum();
    }
}
