//! Streams decode to what they were made of, whoever decodes them, and are the same with every engine.

mod cases;
#[path = "cases/check.rs"]
mod check;

use cases::{Case, Choices, Seed, case};
use check::wrong;
use proptest::prelude::*;
use sharray_deflate::{Encoder, Level, bound};

fn right(planes: &[u8], size: usize, level: u8) -> usize {
    let planes = planes.to_vec();
    wrong(&Case {
        planes,
        size,
        level,
    })
    .unwrap_or_else(|wrong| panic!("size {size}, level {level}: {wrong}"))
    .len()
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

#[test]
fn noise_takes_exactly_the_bound() {
    let mut seed = Seed(5);
    for len in [2048, 16_384, 65_535, 65_536, 131_070, 131_071, 200_000] {
        let noise: Vec<u8> = (0..len).map(|_| seed.below(256) as u8).collect();
        for size in [1, 2, 4] {
            assert_eq!(right(&noise, size, 4), bound(len), "{len} bytes");
        }
    }
}

#[test]
fn a_plane_of_noise_costs_no_other_plane_its_code() {
    let mut seed = Seed(9);
    let noise: Vec<u8> = (0..16_384).map(|_| seed.below(256) as u8).collect();
    let few: Vec<u8> = (0..16_384).map(|_| seed.below(4) as u8).collect();
    let planes = [few.as_slice(), &noise, &few[1..], &[0]].concat();
    // Two bits for three of four, three for the fourth, which makes room for the end of the block; and the noise as it is.
    assert!(right(&planes, 3, 4) < 16_384 + 2 * 16_384 * 9 / 32 + 200);
}

#[test]
fn repeated_rows_are_matched_in_every_plane() {
    let mut seed = Seed(11);
    let rows: Vec<u8> = (0..4000).map(|_| seed.below(256) as u8).collect();
    let plane = [rows.as_slice(), &rows].concat();
    let planes = [plane.as_slice(), &plane, &plane].concat();
    for level in 1..=9 {
        assert!(
            right(&planes, 3, level) < planes.len() / 2 + 200,
            "level {level}"
        );
    }
}

#[test]
#[should_panic(expected = "shorter than its bound")]
fn a_buffer_that_is_too_short_is_refused() {
    let planes = [7; 100];
    Encoder::new(Level::DEFAULT).encode(&planes, 1, &mut [0; 110]);
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
