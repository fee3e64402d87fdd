//! Passes over one table with one engine, for a tool that counts instructions; the difference of two numbers of passes is
//! what a pass costs. Prints what a pass reads.
//!
//!     cargo run --release -p sharray-text --example instructions -- TABLE ENGINE count|parse PASSES

#[path = "tables/plain.rs"]
mod plain;
mod tables;

use plain::Plain;
use tables::{Table, tables};

const BYTES: usize = 1_000_000;

fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [name, engine, what, passes] = &words[..] else {
        panic!("four arguments: TABLE ENGINE count|parse PASSES");
    };
    let table = tables(name, BYTES).next().expect("a table");
    let mut out = table.room();
    let passes: usize = passes.parse().expect("a number of passes");
    let (count, parse) = (what == "count", what == "parse");
    if engine == "plain" {
        let mut plain = Plain::new(&table);
        for _ in 0..passes {
            plain.pass(&mut out, count, parse);
        }
    } else {
        let kernel = table.kernel(engine);
        for _ in 0..passes {
            table.pass(&kernel, &mut out, count, parse);
        }
    }
    let Table {
        name, bytes, rows, ..
    } = table;
    println!(r#"{{"table":"{name}","bytes":{bytes},"rows":{rows}}}"#);
}
