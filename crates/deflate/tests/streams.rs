//! Streams decode to what they were made of, whoever decodes them, and are the same with every engine.

mod cases;
#[path = "cases/check.rs"]
mod check;

use cases::{Case, Seed, case};
use check::wrong;
use proptest::prelude::*;

fn right(planes: &[u8], size: usize, level: u8) -> usize {
    let planes = planes.to_vec();
    wrong(&Case {
        planes,
        size,
        level,
    })
    .unwrap_or_else(|wrong| panic!("size {size}, level {level}: {wrong}"))
}

#[test]
fn structured_chunks() {
    for seed in 1..600 {
        let case = case(&mut Seed(seed));
        if let Err(wrong) = wrong(&case) {
            panic!(
                "seed {seed}, {} bytes, size {}, level {}: {wrong}",
                case.planes.len(),
                case.size,
                case.level
            );
        }
    }
}

#[test]
fn nothing_and_little() {
    for level in 1..=9 {
        right(&[], 1, level);
        right(&[], 8, level);
        for len in 1..80 {
            right(&vec![0; len], 1, level);
            right(&(0..len as u8).collect::<Vec<_>>(), 3, level);
        }
    }
}

#[test]
fn a_constant_chunk_takes_next_to_nothing() {
    assert!(right(&vec![7; 26 * 16_384], 26, 4) < 1000);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_bytes(planes in prop::collection::vec(any::<u8>(), 0..3000), size in 1usize..70, level in 1u8..=9) {
        right(&planes, size, level);
    }

    #[test]
    fn few_symbols(planes in prop::collection::vec(0u8..3, 0..3000), size in 1usize..70, level in 1u8..=9) {
        right(&planes, size, level);
    }
}
