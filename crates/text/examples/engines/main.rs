//! Random tables, schemas and dialects, as many as are asked for: every engine gives what the reference gives.
//!
//!     cargo run --release -p sharray-text --example engines -- [--cases N | --seconds N] [--seed S]
//!
//! Each case is made from a seed of its own, S, S + 1 and so on; with a seed alone there is one. The first one that differs is made small and printed, with the seed
//! that gives it again. The property tests do the same with fewer and better distributed cases; this is for millions of them.

mod case;
mod compare;
mod dialect;
mod fields;
mod numbers;
mod random;
mod rows;
mod schema;
mod shrink;

use std::process::ExitCode;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use case::Case;
use compare::{Tally, difference};

/// How often it is told how far it is.
const STEP: u64 = 1_000_000;

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
        (None, None) => 100_000,
    });
    let most = Duration::from_secs(seconds.unwrap_or(u64::MAX));
    let started = Instant::now();
    let mut tally = Tally::default();
    compare::catch_panics();
    let mut done = 0;
    while done < cases && started.elapsed() < most {
        let seed = first + done;
        let case = Case::new(seed);
        if difference(&case, &mut tally).is_some() {
            let (small, tries) = shrink::shrink(case);
            let what = difference(&small, &mut tally).expect("a shrunk case that differs");
            println!("{small}\n{what}\nfound with --seed {seed}, made small in {tries} steps");
            return ExitCode::FAILURE;
        }
        done += 1;
        if done % STEP == 0 {
            eprintln!("{done} cases, {:.0} a second", rate(done, started));
        }
    }
    let rate = rate(done, started);
    println!(
        r#"{{"rounds":{done},"first":{first},"outcomes":"from seed {first} on: {tally}, {rate:.0} a second on one core"}}"#
    );
    ExitCode::SUCCESS
}

fn rate(done: u64, since: Instant) -> f64 {
    done as f64 / since.elapsed().as_secs_f64()
}
