//! The lengths of the best code for given frequencies, none longer than a limit.

use super::LITLENS;

/// What a sorted key has below the frequency.
const SYMBOL_BITS: u32 = 9;
/// More than any code can be deep: frequencies below 2^23 make no more than 33 (a Fibonacci tree).
const DEEPEST: usize = 40;

/// Sets the length of each symbol's code: 0 where the frequency is 0. At least two symbols get a code (a code of one symbol is not complete,
/// and some tables of DEFLATE must be), the first ones if need be.
///
/// Frequencies stay below 2^23, and no more than 2^limit symbols are used.
pub(crate) fn lengths(frequencies: &[u32], limit: u8, lengths: &mut [u8]) {
    lengths.fill(0);
    let mut keys = [0u32; LITLENS];
    let used = sorted(frequencies, &mut keys);
    if used < 2 {
        let only = if used == 1 { symbol(keys[0]) } else { 0 };
        lengths[only] = 1;
        lengths[usize::from(only == 0)] = 1;
        return;
    }
    let mut counts = depths(&keys[..used]);
    shorten(&mut counts, limit);
    // The rarest symbols come first and get the longest codes.
    let mut at = 0;
    for length in (1..=usize::from(limit)).rev() {
        for &key in &keys[at..at + counts[length] as usize] {
            lengths[symbol(key)] = length as u8;
        }
        at += counts[length] as usize;
    }
}

fn symbol(key: u32) -> usize {
    (key & ((1 << SYMBOL_BITS) - 1)) as usize
}

/// The used symbols by frequency, those of one frequency by number; how many there are.
fn sorted(frequencies: &[u32], keys: &mut [u32; LITLENS]) -> usize {
    let mut used = 0;
    for (symbol, &frequency) in frequencies.iter().enumerate() {
        keys[used] = frequency << SYMBOL_BITS | symbol as u32;
        used += usize::from(frequency > 0);
    }
    keys[..used].sort_unstable();
    used
}

/// How many leaves the tree has at each depth. Both lists that it is merged from, the leaves and the nodes in the order of their making, are
/// sorted, so the two smallest stand at their fronts (van Leeuwen); depths come from the root down.
fn depths(keys: &[u32]) -> [u32; DEEPEST] {
    let leaves = keys.len();
    let mut weights = [0u32; LITLENS];
    let mut parents = [0u16; LITLENS];
    let (mut leaf, mut node) = (0, 0);
    for made in 0..leaves - 1 {
        let mut weight = 0;
        for _ in 0..2 {
            let take_leaf =
                leaf < leaves && (node == made || keys[leaf] >> SYMBOL_BITS <= weights[node]);
            if take_leaf {
                weight += keys[leaf] >> SYMBOL_BITS;
                leaf += 1;
            } else {
                weight += weights[node];
                parents[node] = made as u16;
                node += 1;
            }
        }
        weights[made] = weight;
    }
    let mut counts = [0u32; DEEPEST];
    let mut depth = [0u8; LITLENS];
    // Each inner node turns one place of its depth into two of the next.
    counts[0] = 1;
    for made in (0..leaves - 1).rev() {
        if made < leaves - 2 {
            depth[made] = depth[usize::from(parents[made])] + 1;
        }
        counts[usize::from(depth[made])] -= 1;
        counts[usize::from(depth[made]) + 1] += 2;
    }
    counts
}

/// Makes the code no deeper than `limit`: too deep leaves are lifted there, and what they take too much is had from the deepest leaves above, which
/// go one down and make room for one more.
fn shorten(counts: &mut [u32; DEEPEST], limit: u8) {
    let limit = usize::from(limit);
    let lifted: u32 = counts[limit + 1..].iter().sum();
    if lifted == 0 {
        return;
    }
    counts[limit + 1..].fill(0);
    counts[limit] += lifted;
    let mut taken: u32 = (1..=limit).map(|l| counts[l] << (limit - l)).sum();
    while taken > 1 << limit {
        let above = (1..limit)
            .rev()
            .find(|&l| counts[l] > 0)
            .expect("a leaf above the limit, for the code fits the limit");
        counts[above] -= 1;
        counts[above + 1] += 2;
        counts[limit] -= 1;
        taken -= 1;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn codes_are_complete_and_within_the_limit(
            frequencies in prop::collection::vec(prop_oneof![Just(0u32), 1..10u32, 1..1_000_000u32], 2..=LITLENS),
            limit in 9u8..=15,
        ) {
            let mut of = vec![0; frequencies.len()];
            lengths(&frequencies, limit, &mut of);
            prop_assert!(of.iter().all(|&length| length <= limit));
            let places: u32 = of.iter().filter(|&&length| length > 0).map(|&length| 1 << (limit - length)).sum();
            prop_assert_eq!(places, 1 << limit);
            prop_assert!(frequencies.iter().zip(&of).all(|(&frequency, &length)| frequency == 0 || length > 0));
        }
    }

    #[test]
    fn rarer_symbols_have_no_shorter_codes() {
        let mut of = [0; 6];
        lengths(&[1, 50, 0, 3, 20, 3], 14, &mut of);
        assert_eq!(of, [4, 1, 0, 4, 2, 3]);
    }
}
