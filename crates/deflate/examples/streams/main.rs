//! Streams of random chunks, as many as are asked for: all engines give the same bytes, and zlib, libdeflate, zlib-rs and h5py decode them.
//!
//!     cargo run --release -p sharray-deflate --example streams -- [--cases N | --seconds N] [--seed S] [--h5py PYTHON]
//!
//! Each case is made from a seed of its own, S, S + 1 and so on; with a seed alone there is one. With an interpreter that has h5py, it reads
//! one of [`EACH`] streams, too.

#[path = "../../tests/cases/mod.rs"]
mod cases;
#[path = "../../tests/cases/check.rs"]
mod check;
#[path = "../../tests/cases/h5py.rs"]
mod h5py;

use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use cases::{Seed, case};

/// How often it is told how far it is.
const STEP: u64 = 100_000;
/// Of so many streams h5py reads one: so it keeps up, in its own process.
const EACH: u64 = 16;

fn word(name: &str) -> Option<String> {
    let mut words = std::env::args().skip_while(|word| word != name);
    words.next()?;
    Some(
        words
            .next()
            .unwrap_or_else(|| panic!("{name} takes a value")),
    )
}

fn number(name: &str) -> Option<u64> {
    let value = word(name)?.parse();
    Some(value.unwrap_or_else(|_| panic!("{name} takes a number")))
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
    let mut reader = word("--h5py")
        .map(|python| h5py::Reader::start(Path::new(&python)).expect("Python cannot be started"));
    let (mut done, mut bytes, mut streams) = (0, 0, 0);
    while done < cases && started.elapsed() < most {
        let seed = first + done;
        // Seeds that are near make chunks that are not; 0 is no state of the generator.
        let case = case(&mut Seed(
            (seed + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1,
        ));
        match check::wrong(&case) {
            Ok(stream) => {
                streams += stream.len();
                if done % EACH == 0
                    && let Some(reader) = &mut reader
                    && reader.give(seed, &case, &stream).is_err()
                {
                    break;
                }
            }
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
    let read = match reader.map(h5py::Reader::end) {
        None => "none".to_owned(),
        Some(Ok(count)) => count.to_string(),
        Some(Err(wrong)) => {
            println!("{wrong}");
            return ExitCode::FAILURE;
        }
    };
    println!(
        r#"{{"rounds":{done},"first":{first},"outcomes":"from seed {first} on: {bytes} bytes in {streams}, {read} of the streams read by h5py, {:.0} a second on one core"}}"#,
        done as f64 / started.elapsed().as_secs_f64()
    );
    ExitCode::SUCCESS
}
