//! How fast each engine converts each kind of column, as a ratio to the reference of the same run.
//!
//!     cargo run --release -p sharray-text --example columns [TABLE [ENGINE [ROUNDS [BYTES]]]]
//!
//! `TABLE` and `ENGINE` are beginnings of names, for example `methylation Avx2`. Instructions a row are the difference of what
//! callgrind counts for two rounds and for one, by the rows that are told.

use std::hint::black_box;
use std::time::Instant;

use sharray_text::{
    Column, Cuts, Dialect, Engine, Input, Kernel, Kind, PAD_AFTER, PAD_BEFORE, Schema, Unit,
};

/// Text that is parsed at a time, as a load does it.
const PIECE: usize = 256 << 10;

struct Table {
    name: &'static str,
    schema: Schema,
    text: Vec<u8>,
    rows: usize,
}

fn main() {
    let mut wanted = std::env::args().skip(1);
    let mut next = || wanted.next().unwrap_or_default();
    let (name, engine) = (next(), next());
    let rounds = next().parse().unwrap_or(15);
    let bytes = next().parse().unwrap_or(6_000_000);
    for (i, &(table, _, _)) in TABLES.iter().enumerate() {
        if table.starts_with(&name) {
            measure(&make(i, bytes), &engine, rounds);
        }
    }
}

fn measure(table: &Table, engine: &str, rounds: usize) {
    let mut engines = Engine::available();
    engines.retain(|e| format!("{e:?}").starts_with(engine));
    let dialect = Dialect {
        comments: vec![b"#".to_vec()],
        ..Dialect::default()
    };
    let kernel = |&e: &Engine| Kernel::with_engine(table.schema.clone(), dialect.clone(), e);
    let kernels: Vec<Kernel> = engines
        .iter()
        .map(|e| kernel(e).expect("a schema"))
        .collect();
    let pieces = pieces(&table.text);
    let mut times = vec![Vec::new(); kernels.len()];
    let mut out = vec![0; PIECE / table.schema.columns.len() * table.schema.itemsize];
    for _ in 0..rounds {
        // In turn, so that all have the same weather.
        for (kernel, times) in kernels.iter().zip(&mut times) {
            times.push(round(kernel, &pieces, &mut out));
        }
    }
    let first = median(&mut times[0].clone());
    for (engine, times) in engines.iter().zip(&mut times) {
        let (seconds, rows) = (median(times), table.rows);
        let engine = format!("{engine:?}");
        let rate = table.text.len() as f64 / seconds / 1e6;
        println!(
            "{:<16}{engine:<11}{rate:>7.0} MB/s {:>6.2} x{rows:>9} rows",
            table.name,
            first / seconds
        );
    }
}

fn median(times: &mut [f64]) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

/// Seconds to parse all.
fn round(kernel: &Kernel, pieces: &[Vec<u8>], out: &mut [u8]) -> f64 {
    let mut cuts = Cuts::default();
    let start = Instant::now();
    for piece in pieces {
        let input = Input::new(piece, PAD_BEFORE..piece.len() - PAD_AFTER);
        let parsed = kernel.parse(input, out, &mut cuts);
        black_box(parsed.expect("a good table"));
    }
    start.elapsed().as_secs_f64()
}

/// The text in pieces of whole lines, each with padding around it.
fn pieces(text: &[u8]) -> Vec<Vec<u8>> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let most = &rest[..rest.len().min(PIECE)];
        let last = most.iter().rposition(|&b| b == b'\n');
        let (piece, more) = rest.split_at(last.expect("short lines") + 1);
        pieces.push([&[0; PAD_BEFORE], piece, &[0; PAD_AFTER]].concat());
        rest = more;
    }
    pieces
}

type Field = fn(&mut Random) -> String;
type Recipe = (&'static str, &'static [(Kind, usize)], &'static [Field]);

/// Name, columns and the text of each.
const TABLES: [Recipe; 16] = [
    (
        "methylation",
        &[
            (Kind::Bytes, 10),
            (Kind::Int, 4),
            (Kind::Float, 4),
            (Kind::Int, 4),
            (Kind::Int, 4),
        ],
        &[],
    ),
    (
        "f8 signed",
        &[(Kind::Float, 8); 3],
        &[|r| format!("{:.6}", r.value())],
    ),
    (
        "f4 signed",
        &[(Kind::Float, 4); 3],
        &[|r| format!("{:.6}", r.value())],
    ),
    (
        "f8 %.18e",
        &[(Kind::Float, 8); 3],
        &[|r| savetxt(r.value(), 18)],
    ),
    (
        "f4 %.18e",
        &[(Kind::Float, 4); 3],
        &[|r| savetxt(r.value(), 18)],
    ),
    (
        "f8 %.8e",
        &[(Kind::Float, 8); 3],
        &[|r| savetxt(r.value(), 8)],
    ),
    (
        "f8 %.17g",
        &[(Kind::Float, 8); 3],
        &[|r| general(r.value() / 1000.0 * 10f64.powi(r.below(9) as i32 - 6), 17)],
    ),
    (
        "f8 %g",
        &[(Kind::Float, 8); 3],
        &[|r| general(r.value() / 1000.0 * 10f64.powi(r.below(12) as i32 - 6), 6)],
    ),
    (
        "i8 long",
        &[(Kind::Int, 8); 3],
        &[|r| (r.next() as i64).to_string()],
    ),
    (
        "u8 long",
        &[(Kind::Uint, 8); 3],
        &[|r| r.next().to_string()],
    ),
    (
        "i8 mixed",
        &[(Kind::Int, 8); 3],
        &[|r| (r.next() as i64 >> r.below(64)).to_string()],
    ),
    (
        "i4",
        &[(Kind::Int, 4); 3],
        &[|r| (r.next() as i32).to_string()],
    ),
    ("bool", &[(Kind::Bool, 1); 6], &[|r| r.below(2).to_string()]),
    ("S16", &[(Kind::Bytes, 16); 3], &[|r| r.word(16)]),
    (
        "S40 U12",
        &[(Kind::Bytes, 40), (Kind::Str, 48)],
        &[|r| r.word(40), |r| r.word(12)],
    ),
    (
        "M8[D]",
        &[(Kind::Datetime(Unit::Day, 1), 8); 3],
        &[|r| {
            let (year, month, day) = (1900 + r.below(200), 1 + r.below(12), 1 + r.below(28));
            format!("{year}-{month:02}-{day:02}")
        }],
    ),
];

fn make(table: usize, bytes: usize) -> Table {
    let (name, kinds, fields) = TABLES[table];
    let mut random = Random(0x9E37_79B9_7F4A_7C15);
    let mut text = String::new();
    let mut rows = 0;
    while text.len() < bytes {
        if fields.is_empty() {
            text += &methylation_row(&mut random);
        } else {
            for i in 0..kinds.len() {
                text += &fields[i % fields.len()](&mut random);
                text += if i + 1 < kinds.len() { " " } else { "\n" };
            }
        }
        rows += 1;
    }
    let mut itemsize = 0;
    let columns = kinds.iter().map(|&(kind, size)| {
        itemsize += size;
        let offset = itemsize - size;
        Column {
            kind,
            size,
            offset,
            swap: false,
        }
    });
    let columns = columns.collect();
    Table {
        name,
        schema: Schema {
            columns,
            itemsize,
            usecols: None,
            fills: Vec::new(),
        },
        text: text.into_bytes(),
        rows,
    }
}

/// As C's `%.{digits}e`, whose exponents have two digits.
fn savetxt(value: f64, digits: usize) -> String {
    let text = format!("{value:.digits$e}");
    let (mantissa, power) = text.split_once('e').expect("an exponent");
    let power: i32 = power.parse().expect("a number");
    let sign = if power < 0 { '-' } else { '+' };
    format!("{mantissa}e{sign}{:02}", power.abs())
}

/// As C's `%.{digits}g`.
fn general(value: f64, digits: usize) -> String {
    let text = savetxt(value, digits - 1);
    let (mantissa, power) = text.split_once('e').expect("an exponent");
    let power: i32 = power.parse().expect("a number");
    let short = |text: &str| text.trim_end_matches('0').trim_end_matches('.').to_string();
    if power < -4 || power >= digits as i32 {
        return format!("{}e{}", short(mantissa), &text[mantissa.len() + 1..]);
    }
    let behind = (digits as i32 - 1 - power) as usize;
    let fixed = format!("{value:.behind$}");
    if behind > 0 { short(&fixed) } else { fixed }
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
    let rest = depth - count;
    format!("chr{chromosome}\t{position}\t{percent}\t{count}\t{rest}\n")
}

/// xorshift64*.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(2_685_821_657_736_338_717)
    }

    fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }

    /// Between -1000 and 1000, with all bits of a double.
    fn value(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1u64 << 53) as f64 * 2000.0 - 1000.0
    }

    fn word(&mut self, most: u64) -> String {
        let length = 1 + self.below(most);
        let letters = (0..length).map(|_| char::from(b'a' + self.below(26) as u8));
        letters.collect()
    }
}
