//! GB/s of the shuffle filter and its inverse for sizes of elements, with every engine: the best of many rounds.
//!
//!     cargo run --release -p sharray-deflate --example shuffles -- [ROWS]

use std::time::Instant;

use sharray_deflate::{Engine, shuffle_with, unshuffle_with};

fn main() {
    let rows: usize = std::env::args()
        .nth(1)
        .map_or(16_384, |word| word.parse().expect("a number of rows"));
    println!(
        "{:<10}{:>6}{:>10}{:>10}",
        "engine", "size", "shuffle", "unshuffle"
    );
    for size in [
        2, 3, 4, 5, 6, 7, 8, 10, 12, 15, 16, 20, 24, 26, 32, 40, 48, 64,
    ] {
        let from: Vec<u8> = (0..rows * size).map(|i| ((i * i) >> 7) as u8).collect();
        let mut to = vec![0; from.len()];
        for engine in Engine::available() {
            let mut best = [f64::MAX; 2];
            for round in 0..200 {
                let started = Instant::now();
                if round % 2 == 0 {
                    shuffle_with(engine, &from, size, &mut to);
                } else {
                    unshuffle_with(engine, &from, size, &mut to);
                }
                best[round % 2] = best[round % 2].min(started.elapsed().as_secs_f64());
            }
            let [there, back] = best.map(|seconds| from.len() as f64 / seconds / 1e9);
            println!("{:<10}{size:>6}{there:>10.1}{back:>10.1}", engine.name());
        }
    }
}
