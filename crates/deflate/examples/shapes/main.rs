//! Size and speed on many shapes of data, beside zlib and libdeflate, all in turn: the best of some rounds.
//!
//!     cargo run --release -p sharray-deflate --example shapes -- [SHAPE [ROUNDS]] [--engine NAME] [--brief]
//!
//! `SHAPE` is a beginning of names. Sizes are compared with zlib 4's, speeds with those of libdeflate 1 and 3. `--brief` leaves out the slow ones.

mod data;
mod peers;
mod table;

use std::time::Instant;

use data::{Shape, shapes};
use peers::{Peer, peers};

fn main() {
    let mut words: Vec<String> = std::env::args().skip(1).collect();
    let brief = words.iter().any(|word| word == "--brief");
    words.retain(|word| word != "--brief");
    let engine = words.iter().position(|word| word == "--engine").map(|at| {
        words.remove(at);
        words.remove(at)
    });
    let name = words.first().map_or("", String::as_str);
    let rounds: usize = words
        .get(1)
        .map_or(5, |word| word.parse().expect("a number of rounds"));
    println!(
        "{:<24}{:<18}{:>10}{:>9}{:>9}{:>8}{:>8}",
        "shape", "encoder", "bytes", "of zlib4", "MB/s", "x ld1", "x ld3"
    );
    for shape in shapes().filter(|shape| shape.name.starts_with(name)) {
        measure(&shape, engine.as_deref(), brief, rounds);
    }
}

/// What an encoder made of all chunks, and the seconds of its best round.
struct Found {
    bytes: usize,
    seconds: f64,
}

fn measure(shape: &Shape, engine: Option<&str>, brief: bool, rounds: usize) {
    let mut peers: Vec<Peer> = peers(engine).filter(|peer| !(brief && peer.slow)).collect();
    let mut found: Vec<Found> = peers
        .iter()
        .map(|_| Found {
            bytes: 0,
            seconds: f64::MAX,
        })
        .collect();
    for round in 0..rounds {
        for (peer, found) in peers.iter_mut().zip(&mut found) {
            if round > 1 && peer.slow {
                continue;
            }
            let started = Instant::now();
            found.bytes = shape
                .chunks
                .iter()
                .map(|chunk| (peer.encode)(chunk, shape.size))
                .sum();
            found.seconds = found.seconds.min(started.elapsed().as_secs_f64());
        }
    }
    let bytes: usize = shape.chunks.iter().map(Vec::len).sum();
    let of = |name: &str| {
        let at = peers.iter().position(|peer| peer.name == name);
        &found[at.expect("a peer that is always there")]
    };
    let (zlib, first, third) = (of("zlib 4"), of("libdeflate 1"), of("libdeflate 3"));
    for (peer, found) in peers.iter().zip(&found) {
        println!(
            "{:<24}{:<18}{:>10}{:>8.2}%{:>9.0}{:>8.2}{:>8.2}",
            shape.name,
            peer.name,
            found.bytes,
            100.0 * found.bytes as f64 / zlib.bytes as f64,
            bytes as f64 / found.seconds / 1e6,
            first.seconds / found.seconds,
            third.seconds / found.seconds
        );
    }
}
