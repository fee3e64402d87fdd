//! MB/s of every engine on methylation rows and other tables, beside a plain scalar reader, all in turn: the best of many rounds.
//!
//!     cargo run --release -p sharray-text --example throughput -- [TABLE [ENGINE [ROUNDS]]] [--json]
//!
//! `TABLE` and `ENGINE` are beginnings of names, for example `methylation avx2`. With `--json` medians are printed, one object a table;
//! ratios are medians of the ratios round by round: to the reference engine, and to the plain reader (`mark`).

#[path = "tables/plain.rs"]
mod plain;
mod tables;

use std::time::Instant;

use plain::Plain;
use sharray_text::{Cuts, Engine};
use tables::{Table, tables};

const BYTES: usize = 12_000_000;

/// Seconds of one round: to count all, to parse all, to do both piece by piece.
type Times = [f64; 3];

/// What reads a table, and how long it took.
struct Reader<'a> {
    name: &'static str,
    pass: Box<dyn FnMut(bool, bool) + 'a>,
    times: Vec<Times>,
}

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
    for table in tables(word(0), BYTES) {
        check(&table);
        let mut readers = readers(&table);
        if flags.is_empty() {
            readers.retain(|reader| reader.name.starts_with(word(1)));
        }
        measure(&mut readers, rounds);
        if flags.is_empty() {
            print(&table, &readers);
        } else {
            print_json(&table, &readers);
        }
    }
}

/// The plain reader must read what the reference reads.
fn check(table: &Table) {
    let (kernel, mut plain) = (table.kernel(Engine::Reference.name()), Plain::new(table));
    let (mut expected, mut found) = (table.room(), table.room());
    for input in table.inputs() {
        let parsed = kernel.parse(input, &mut expected, &mut Cuts::default());
        let rows = parsed.expect("a good table").rows;
        assert_eq!(plain.parse(input.text(), &mut found), rows);
        let bytes = rows * table.schema.itemsize;
        assert!(expected[..bytes] == found[..bytes], "{}", table.name);
    }
}

fn readers(table: &Table) -> Vec<Reader<'_>> {
    let mut plain = Plain::new(table);
    let mut out = table.room();
    let mut readers = vec![Reader {
        name: "plain",
        pass: Box::new(move |count, parse| plain.pass(&mut out, count, parse)),
        times: Vec::new(),
    }];
    for engine in Engine::available() {
        let kernel = table.kernel(engine.name());
        let mut out = table.room();
        readers.push(Reader {
            name: engine.name(),
            pass: Box::new(move |count, parse| table.pass(&kernel, &mut out, count, parse)),
            times: Vec::new(),
        });
    }
    readers
}

/// So many rounds, all readers in turn, after one to warm up.
fn measure(readers: &mut [Reader<'_>], rounds: usize) {
    for reader in &mut *readers {
        (reader.pass)(true, true);
    }
    for _ in 0..rounds {
        for reader in &mut *readers {
            let mut timed = |count, parse| {
                let start = Instant::now();
                (reader.pass)(count, parse);
                start.elapsed().as_secs_f64()
            };
            let times = [timed(true, false), timed(false, true), timed(true, true)];
            reader.times.push(times);
        }
    }
}

fn print(table: &Table, readers: &[Reader<'_>]) {
    for Reader { name, times, .. } in readers {
        let [count, parse, both] = [0, 1, 2].map(|i| {
            let best = times.iter().map(|times| times[i]).reduce(f64::min);
            table.bytes as f64 / best.unwrap_or(f64::NAN) / 1e6
        });
        println!(
            "{:<22}{name:<11}{count:>9.0}{parse:>9.0}{both:>14.0}",
            table.name
        );
    }
}

fn print_json(table: &Table, readers: &[Reader<'_>]) {
    let objects = readers.iter().map(|Reader { name, times, .. }| {
        let [count, parse, both] = [0, 1, 2].map(|i| {
            let rates = times.iter().map(|times| table.bytes as f64 / times[i] / 1e6);
            median(rates.collect())
        });
        let ratio = |to: usize| {
            let pairs = readers[to].times.iter().zip(times);
            median(pairs.map(|(other, own)| other[2] / own[2]).collect())
        };
        let (mark, ratio) = (ratio(0), ratio(1));
        format!(
            r#"{{"name":"{name}","count":{count:.1},"parse":{parse:.1},"both":{both:.1},"ratio":{ratio:.3},"mark":{mark:.3}}}"#
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
