//! MB/s of every engine on methylation rows and other tables, all engines in turn: the best of many rounds.
//!
//!     cargo run --release -p sharray-text --example throughput -- [TABLE [ENGINE [ROUNDS]]] [--json]
//!
//! `TABLE` and `ENGINE` are beginnings of names, for example `methylation Avx2`. With `--json` medians are printed, one object a table;
//! a ratio is the median of the ratios to the reference, round by round.

mod tables;

use std::time::Instant;

use sharray_text::{Engine, Kernel};
use tables::{Table, tables};

const BYTES: usize = 12_000_000;

/// Seconds of one round: to count all, to parse all, to do both piece by piece.
type Times = [f64; 3];

fn main() {
    let (flags, words): (Vec<String>, Vec<String>) =
        std::env::args().skip(1).partition(|word| word == "--json");
    let word = |i: usize| words.get(i).map_or("", String::as_str);
    let rounds = word(2).parse().unwrap_or(30);
    if flags.is_empty() {
        println!(
            "{:<22}{:<11}{:>9}{:>9}{:>14}",
            "MB/s of text", "engine", "count", "parse", "count + parse"
        );
    }
    let mut engines = Engine::available();
    engines.retain(|engine| format!("{engine:?}").starts_with(word(1)));
    for table in tables(word(0), BYTES) {
        let times = measure(&table, &engines, rounds);
        if flags.is_empty() {
            print(&table, &engines, &times);
        } else {
            print_json(&table, &engines, &times);
        }
    }
}

/// The rounds of each engine, all engines in turn.
fn measure(table: &Table, engines: &[Engine], rounds: usize) -> Vec<Vec<Times>> {
    let kernel = |&engine| {
        Kernel::with_engine(table.schema.clone(), table.dialect.clone(), engine).expect("a schema")
    };
    let kernels: Vec<Kernel> = engines.iter().map(kernel).collect();
    let mut times = vec![Vec::new(); engines.len()];
    let mut out = table.room();
    for kernel in &kernels {
        table.pass(kernel, &mut out, true, true);
    }
    for _ in 0..rounds {
        for (kernel, times) in kernels.iter().zip(&mut times) {
            times.push(
                [(true, false), (false, true), (true, true)].map(|(count, parse)| {
                    let start = Instant::now();
                    table.pass(kernel, &mut out, count, parse);
                    start.elapsed().as_secs_f64()
                }),
            );
        }
    }
    times
}

fn print(table: &Table, engines: &[Engine], times: &[Vec<Times>]) {
    for (engine, times) in engines.iter().zip(times) {
        let [count, parse, both] = [0, 1, 2].map(|i| {
            let best = times.iter().map(|times| times[i]).reduce(f64::min);
            table.bytes as f64 / best.unwrap_or(f64::NAN) / 1e6
        });
        let name = format!("{engine:?}");
        println!(
            "{:<22}{name:<11}{count:>9.0}{parse:>9.0}{both:>14.0}",
            table.name
        );
    }
}

fn print_json(table: &Table, engines: &[Engine], times: &[Vec<Times>]) {
    let objects = engines.iter().zip(times).map(|(engine, own)| {
        let [count, parse, both] = [0, 1, 2].map(|i| {
            let rates = own.iter().map(|times| table.bytes as f64 / times[i] / 1e6);
            median(rates.collect())
        });
        let pairs = times[0].iter().zip(own);
        let ratio = median(pairs.map(|(first, own)| first[2] / own[2]).collect());
        format!(
            r#"{{"name":"{}","count":{count:.1},"parse":{parse:.1},"both":{both:.1},"ratio":{ratio:.3}}}"#,
            engine.name()
        )
    });
    println!(
        r#"{{"table":"{}","bytes":{},"rows":{},"engines":[{}]}}"#,
        table.name,
        table.bytes,
        table.rows,
        objects.collect::<Vec<_>>().join(",")
    );
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    match values.len() {
        0 => f64::NAN,
        n if n % 2 == 1 => values[n / 2],
        n => (values[n / 2 - 1] + values[n / 2]) / 2.0,
    }
}
