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
fn a_stream_depends_on_no_stream_before() {
    let stream = |encoder: &mut Encoder, planes: &[u8], size| {
        let mut out = vec![0; bound(planes.len())];
        let length = encoder.encode(planes, size, &mut out);
        out.truncate(length);
        out
    };
    let mut seed = Seed(13);
    // Planes that are searched and such that are not, longer together than places that fit 16 bits.
    let chunks: Vec<Vec<u8>> = (0..12)
        .map(|i| {
            let noise: Vec<u8> = (0..30_000).map(|_| seed.below(256) as u8).collect();
            let planes = [words(&mut seed, 30_000), noise, vec![0; 30_000]];
            [&planes[i % 3], &planes[(i + 1) % 3], &planes[0]]
                .map(Vec::as_slice)
                .concat()
        })
        .collect();
    for level in 1..=9 {
        let level = Level::new(level).expect("a level");
        let mut used = Encoder::new(level);
        for (chunk, size) in chunks.iter().zip([1, 3].into_iter().cycle()) {
            let fresh = stream(&mut Encoder::new(level), chunk, size);
            assert!(stream(&mut used, chunk, size) == fresh, "level {level:?}");
        }
    }
}

#[test]
fn plain_text_is_shorter_with_more_effort() {
    let text = words(&mut Seed(17), 200_000);
    let [fast, usual, best] = [1, 4, 9].map(|level| right(&text, 1, level));
    assert!(best < usual && usual < fast, "{best}, {usual}, {fast}");
}

/// Words of a small vocabulary, the first ones more often.
fn words(seed: &mut Seed, len: usize) -> Vec<u8> {
    let mut letters = |count| -> Vec<u8> {
        (0..count)
            .map(|_| b'a' + seed.below(20) as u8)
            .chain([b' '])
            .collect()
    };
    let vocabulary: Vec<Vec<u8>> = (0..400).map(|i| letters(2 + i % 9)).collect();
    let mut text = Vec::new();
    while text.len() < len {
        let most = 1 + seed.below(400);
        text.extend(&vocabulary[seed.below(most)]);
    }
    text.truncate(len);
    text
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
