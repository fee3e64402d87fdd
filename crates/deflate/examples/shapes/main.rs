//! Size and speed on many shapes of data, beside zlib and libdeflate, all in turn: for each chunk the best of some rounds.
//!
//!     cargo run --release -p sharray-deflate --example shapes -- [SHAPE [ROUNDS]] [--engine NAME] [--only ENCODER,...] [--json]
//!
//! `SHAPE` and `ENCODER` are beginnings of names. Sizes are compared with zlib 4's, speeds with those of libdeflate 1 and 3. With `--json` an
//! object a shape is printed: its bytes, and each encoder's bytes and seconds.

mod data;
mod made;
mod peers;
mod table;

use std::time::Instant;

use data::{Shape, shapes};
use peers::{Peer, peers};

fn main() {
    let mut words: Vec<String> = std::env::args().skip(1).collect();
    let mut option = |name: &str| {
        let at = words.iter().position(|word| word == name)?;
        words.remove(at);
        Some(words.remove(at))
    };
    let (engine, only) = (option("--engine"), option("--only").unwrap_or_default());
    let only: Vec<&str> = only.split(',').collect();
    let json = words.iter().position(|word| word == "--json");
    if let Some(at) = json {
        words.remove(at);
    }
    let name = words.first().map_or("", String::as_str);
    let rounds: usize = words
        .get(1)
        .map_or(5, |word| word.parse().expect("a number of rounds"));
    if json.is_none() {
        println!(
            "{:<24}{:<18}{:>10}{:>9}{:>9}{:>8}{:>8}",
            "shape", "encoder", "bytes", "of zlib4", "MB/s", "x ld1", "x ld3"
        );
    }
    for shape in shapes(name) {
        let mut peers: Vec<Peer> = peers(engine.as_deref())
            .filter(|peer| only.iter().any(|only| peer.name.starts_with(only)))
            .collect();
        let found = measure(&shape, &mut peers, rounds);
        match json {
            None => print(&shape, &peers, &found),
            Some(_) => print_json(&shape, &peers, &found),
        }
    }
}

/// What an encoder made of all chunks, and the seconds of its best round for each.
struct Found {
    bytes: usize,
    seconds: Vec<f64>,
}

impl Found {
    fn seconds(&self) -> f64 {
        self.seconds.iter().sum()
    }
}

fn measure(shape: &Shape, peers: &mut [Peer], rounds: usize) -> Vec<Found> {
    let nothing = || Found {
        bytes: 0,
        seconds: vec![f64::MAX; shape.chunks.len()],
    };
    let mut found: Vec<Found> = peers.iter().map(|_| nothing()).collect();
    let mut planes = vec![0; shape.chunks.iter().map(Vec::len).max().unwrap_or(0)];
    for round in 0..rounds {
        for (peer, found) in peers.iter_mut().zip(&mut found) {
            if round > 1 && peer.slow {
                continue;
            }
            found.bytes = 0;
            for (chunk, seconds) in shape.chunks.iter().zip(&mut found.seconds) {
                // As a chunk is that was just shuffled: near, in the same place each time.
                planes[..chunk.len()].copy_from_slice(chunk);
                let started = Instant::now();
                found.bytes += (peer.encode)(&planes[..chunk.len()], shape.size);
                *seconds = seconds.min(started.elapsed().as_secs_f64());
            }
        }
    }
    found
}

fn print(shape: &Shape, peers: &[Peer], found: &[Found]) {
    let bytes = shape.bytes();
    let of = |name: &str| {
        peers
            .iter()
            .position(|peer| peer.name == name)
            .map(|at| &found[at])
    };
    let size = of("zlib 4").map_or(f64::NAN, |found| found.bytes as f64);
    let [first, third] =
        ["libdeflate 1", "libdeflate 3"].map(|name| of(name).map_or(f64::NAN, Found::seconds));
    for (peer, found) in peers.iter().zip(found) {
        println!(
            "{:<24}{:<18}{:>10}{:>8.2}%{:>9.0}{:>8.2}{:>8.2}",
            shape.name,
            peer.name,
            found.bytes,
            100.0 * found.bytes as f64 / size,
            bytes as f64 / found.seconds() / 1e6,
            first / found.seconds(),
            third / found.seconds()
        );
    }
}

fn print_json(shape: &Shape, peers: &[Peer], found: &[Found]) {
    let objects = peers.iter().zip(found).map(|(peer, found)| {
        let (name, bytes, seconds) = (&peer.name, found.bytes, found.seconds());
        format!(r#"{{"name":"{name}","bytes":{bytes},"seconds":{seconds}}}"#)
    });
    println!(
        r#"{{"shape":"{}","bytes":{},"encoders":[{}]}}"#,
        shape.name,
        shape.bytes(),
        objects.collect::<Vec<_>>().join(",")
    );
}
