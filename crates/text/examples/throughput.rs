//! MB/s of every engine on methylation rows and some other tables, all engines in turn, the best of many rounds.
//!
//!     cargo run --release -p sharray-text --example throughput [TABLE [ENGINE [ROUNDS]]]
//!
//! `TABLE` and `ENGINE` are beginnings of names, for example `methylation Avx2`.

use std::hint::black_box;
use std::time::Instant;

use sharray_text::{
    Column, Cuts, Delimiter, Dialect, Engine, Input, Kernel, Kind, PAD_AFTER, PAD_BEFORE, Schema,
};

/// Text that is parsed at a time, as a load does it.
const PIECE: usize = 256 << 10;

struct Table {
    name: &'static str,
    schema: Schema,
    dialect: Dialect,
    text: Vec<u8>,
}

fn main() {
    println!(
        "{:<22}{:<11}{:>9}{:>9}{:>14}",
        "MB/s of text", "engine", "count", "parse", "count + parse"
    );
    let mut wanted = std::env::args().skip(1);
    let (name, engine) = (
        wanted.next().unwrap_or_default(),
        wanted.next().unwrap_or_default(),
    );
    let rounds = wanted.next().and_then(|n| n.parse().ok()).unwrap_or(30);
    for table in tables().into_iter().filter(|t| t.name.starts_with(&name)) {
        let mut engines = Engine::available();
        engines.retain(|e| format!("{e:?}").starts_with(&engine));
        let kernels: Vec<Kernel> = engines
            .iter()
            .map(|&e| {
                Kernel::with_engine(table.schema.clone(), table.dialect.clone(), e)
                    .expect("a schema")
            })
            .collect();
        let pieces = pieces(&table.text);
        let mut best = vec![[f64::INFINITY; 3]; kernels.len()];
        for _ in 0..rounds {
            for (kernel, best) in kernels.iter().zip(&mut best) {
                for (time, best) in round(kernel, &table, &pieces).into_iter().zip(best) {
                    *best = best.min(time);
                }
            }
        }
        for (engine, [count, parse, both]) in engines.iter().zip(best) {
            let rate = |seconds: f64| table.text.len() as f64 / seconds / 1e6;
            let name = format!("{engine:?}");
            println!(
                "{:<22}{name:<11}{:>9.0}{:>9.0}{:>14.0}",
                table.name,
                rate(count),
                rate(parse),
                rate(both)
            );
        }
    }
}

/// Seconds to count all, to parse all, and to do both piece by piece while the piece is in the cache.
fn round(kernel: &Kernel, table: &Table, pieces: &[Vec<u8>]) -> [f64; 3] {
    let mut out = vec![0; PIECE / table.schema.columns.len() * table.schema.itemsize];
    let mut cuts = Cuts::default();
    let input = |piece| Input::new(piece, PAD_BEFORE..piece.len() - PAD_AFTER);
    let mut timed = |count: bool, parse: bool| {
        let start = Instant::now();
        for piece in pieces {
            if count {
                black_box(kernel.count(input(piece)));
            }
            if parse {
                black_box(
                    kernel
                        .parse(input(piece), &mut out, &mut cuts)
                        .expect("a good table"),
                );
            }
        }
        start.elapsed().as_secs_f64()
    };
    [timed(true, false), timed(false, true), timed(true, true)]
}

/// The text in pieces of whole lines, each with padding around it.
fn pieces(text: &[u8]) -> Vec<Vec<u8>> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let most = &rest[..rest.len().min(PIECE)];
        let end = most
            .iter()
            .rposition(|&b| b == b'\n')
            .expect("lines shorter than a piece")
            + 1;
        let mut piece = vec![0; PAD_BEFORE];
        piece.extend_from_slice(&rest[..end]);
        piece.resize(piece.len() + PAD_AFTER, 0);
        pieces.push(piece);
        rest = &rest[end..];
    }
    pieces
}

fn tables() -> Vec<Table> {
    use Kind::{Bytes, Float, Int};
    let mut random = Random(0x9E37_79B9_7F4A_7C15);
    let mut make =
        |name, kinds: &[(Kind, usize)], usecols, row: &mut dyn FnMut(&mut Random) -> String| {
            let mut text = String::new();
            while text.len() < 12_000_000 {
                text += &row(&mut random);
            }
            let mut itemsize = 0;
            let columns = kinds
                .iter()
                .map(|&(kind, size)| {
                    itemsize += size;
                    Column {
                        kind,
                        size,
                        offset: itemsize - size,
                        swap: false,
                    }
                })
                .collect();
            let dialect = Dialect {
                comments: vec![b"#".to_vec()],
                ..Dialect::default()
            };
            Table {
                name,
                schema: Schema {
                    columns,
                    itemsize,
                    usecols,
                    fills: Vec::new(),
                },
                dialect,
                text: text.into_bytes(),
            }
        };
    let methylation = [(Bytes, 10), (Int, 4), (Float, 4), (Int, 4), (Int, 4)];
    let rows = make("methylation", &methylation, None, &mut methylation_row);
    let mut comma = make("methylation, comma", &methylation, None, &mut |r| {
        methylation_row(r).replace('\t', ",")
    });
    comma.dialect.delimiter = Delimiter::Byte(b',');
    let crlf = make("methylation, CRLF", &methylation, None, &mut |r| {
        methylation_row(r).replace('\n', "\r\n")
    });
    let signed = make("signed decimals", &[(Float, 8); 3], None, &mut |r| {
        let mut value = || r.below(2_000_000_000) as f64 / 1e6 - 1000.0;
        format!("{:.6} {:.6} {:.6}\n", value(), value(), value())
    });
    let savetxt = make("%.18e", &[(Float, 8); 3], None, &mut |r| {
        let mut value = || r.below(2_000_000_000) as f64 / 1e6 - 1000.0;
        format!("{:.18e} {:.18e} {:.18e}\n", value(), value(), value())
    });
    let wide = make(
        "300 columns, 3 used",
        &[(Int, 4), (Float, 4), (Int, 4)],
        Some(vec![2, 150, -1]),
        &mut |r| {
            (0..300)
                .map(|i| r.below(1000).to_string() + if i < 299 { "\t" } else { "\n" })
                .collect()
        },
    );
    let named = [(Bytes, 12), (Int, 4), (Float, 8), (Bytes, 6)];
    let mut quoted = make("quotes", &named, None, &mut |r| quoted_row(r, ""));
    let mut doubled = make("quotes, 1 in 10 doubled", &named, None, &mut |r| {
        let more = if r.below(10) == 0 { "\"\"" } else { "" };
        quoted_row(r, more)
    });
    for table in [&mut quoted, &mut doubled] {
        table.dialect.delimiter = Delimiter::Byte(b',');
        table.dialect.quote = Some('"');
    }
    vec![rows, comma, crlf, signed, savetxt, wide, quoted, doubled]
}

/// A row like Bismark's coverage files: chromosome, position, per cent, two small counts.
fn methylation_row(random: &mut Random) -> String {
    let depth = 1 + random.below(16) + random.below(4) * random.below(16) / 2;
    let count = match random.below(10) {
        0..4 => 0,
        4..6 => depth,
        _ => random.below(depth + 1),
    };
    let percent = (count * 200_000_000 / depth).div_ceil(2) as f64 / 1e6;
    let (chromosome, position) = (1 + random.below(22), random.below(248_956_422));
    format!(
        "chr{chromosome}\t{position}\t{percent}\t{count}\t{}\n",
        depth - count
    )
}

/// A row of CSV with texts in quotes and numbers without.
fn quoted_row(random: &mut Random, more: &str) -> String {
    let (name, other) = (random.below(1000), random.below(100));
    let (count, share) = (random.below(100_000), random.below(100_000) as f64 / 100.0);
    format!("\"name{more}, {name}\",{count},{share},\"abc{other}\"\n")
}

/// xorshift64*.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(2_685_821_657_736_338_717) % limit
    }
}
