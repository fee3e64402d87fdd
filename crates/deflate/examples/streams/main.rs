//! Streams of random chunks, as many as are asked for: all engines give the same bytes, and zlib, libdeflate and zlib-rs decode them.
//!
//!     cargo run --release -p sharray-deflate --example streams -- [--cases N | --seconds N] [--seed S]
//!
//! Each case is made from a seed of its own, S, S + 1 and so on; with a seed alone there is one.

#[path = "../../tests/cases/mod.rs"]
mod cases;
#[path = "../../tests/cases/check.rs"]
mod check;

use std::process::ExitCode;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use cases::{Seed, case};

/// How often it is told how far it is.
const STEP: u64 = 100_000;

fn number(name: &str) -> Option<u64> {
    let words: Vec<String> = std::env::args().collect();
    let at = words.iter().position(|word| word == name)?;
    let value = words.get(at + 1).and_then(|word| word.parse().ok());
    Some(value.unwrap_or_else(|| panic!("{name} takes a number")))
}

fn main() -> ExitCode {
    let (cases, seconds, seed) = (number("--cases"), number("--seconds"), number("--seed"));
    let first = seed.unwrap_or_else(|| {
        let now = SystemTime::now().duration_since(UNIX_EPOCH);
        now.map_or(1, |now| now.as_secs())
    });
    let cases = cases.unwrap_or(match (seconds, seed) {
        (Some(_), _) => u64::MAX - first,
        (None, Some(_)) => 1,
        (None, None) => 10_000,
    });
    let most = Duration::from_secs(seconds.unwrap_or(u64::MAX));
    let started = Instant::now();
    let (mut done, mut bytes, mut streams) = (0, 0, 0);
    while done < cases && started.elapsed() < most {
        let seed = first + done;
        // Seeds that are near make chunks that are not; 0 is no state of the generator.
        let case = case(&mut Seed(
            (seed + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1,
        ));
        match check::wrong(&case) {
            Ok(length) => streams += length,
            Err(wrong) => {
                let (len, size, level) = (case.planes.len(), case.size, case.level);
                println!(
                    "{len} bytes, elements of {size}, level {level}: {wrong}\nfound with --seed {seed}"
                );
                return ExitCode::FAILURE;
            }
        }
        bytes += case.planes.len();
        done += 1;
        if done % STEP == 0 {
            eprintln!(
                "{done} cases, {:.0} a second",
                done as f64 / started.elapsed().as_secs_f64()
            );
        }
    }
    println!(
        r#"{{"rounds":{done},"first":{first},"outcomes":"from seed {first} on: {bytes} bytes in {streams}, {:.0} a second on one core"}}"#,
        done as f64 / started.elapsed().as_secs_f64()
    );
    ExitCode::SUCCESS
}
