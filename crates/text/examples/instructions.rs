//! Passes over one table with one engine, for a tool that counts instructions; the difference of two numbers of passes is
//! what a pass costs. Prints what a pass reads.
//!
//!     cargo run --release -p sharray-text --example instructions -- TABLE ENGINE count|parse PASSES

#[path = "tables/plain.rs"]
mod plain;
mod tables;

use plain::Plain;
use sharray_text::{Engine, Kernel};
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
        let named = |known: &Engine| known.name() == engine;
        let engine = Engine::available().into_iter().find(named);
        let engine = engine.expect("an engine of this machine, or plain");
        let kernel = Kernel::with_engine(table.schema.clone(), table.dialect.clone(), engine);
        let kernel = kernel.expect("a schema");
        for _ in 0..passes {
            table.pass(&kernel, &mut out, count, parse);
        }
    }
    let Table {
        name, bytes, rows, ..
    } = table;
    println!(r#"{{"table":"{name}","bytes":{bytes},"rows":{rows}}}"#);
}
