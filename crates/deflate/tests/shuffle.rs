//! The shuffle filter for every size of elements, with every engine.

use sharray_deflate::{Engine, shuffle, shuffle_with, unshuffle, unshuffle_with};

/// As HDF5's documents say it.
fn plain(from: &[u8], size: usize) -> Vec<u8> {
    let rows = from.len() / size;
    let planes = (0..size).flat_map(|k| (0..rows).map(move |row| from[row * size + k]));
    planes.chain(from[rows * size..].iter().copied()).collect()
}

fn bytes(len: usize) -> Vec<u8> {
    (0..len as u32)
        .map(|i| (i.wrapping_mul(0x9e37_79b1) >> 13) as u8)
        .collect()
}

#[test]
fn every_size_and_engine() {
    for engine in Engine::available() {
        for size in 1..=70 {
            for rows in [
                0, 1, 31, 32, 47, 64, 65, 300, 511, 512, 577, 2047, 2048, 4096,
            ] {
                for rest in [0, size - 1] {
                    let from = bytes(rows * size + rest);
                    // Boxes have no room behind them, so a sanitizer sees every byte too far.
                    let mut planes = vec![0; from.len()].into_boxed_slice();
                    shuffle_with(engine, &from, size, &mut planes);
                    assert_eq!(
                        *planes,
                        plain(&from, size),
                        "{} {size} {rows} {rest}",
                        engine.name()
                    );
                    let mut back = vec![0; from.len()].into_boxed_slice();
                    unshuffle_with(engine, &planes, size, &mut back);
                    assert_eq!(*back, from, "{} {size} {rows} {rest}", engine.name());
                }
            }
        }
    }
}

#[test]
fn a_chunk_shorter_than_an_element_stays_as_it_is() {
    let (from, mut planes, mut back) = (bytes(5), [0; 5], [0; 5]);
    shuffle(&from, 8, &mut planes);
    assert_eq!(planes, *from);
    unshuffle(&planes, 8, &mut back);
    assert_eq!(back, planes);
}
