//! Small odd tables: the kernel against what NumPy's loadtxt made of them (see fixtures/loadtxt.py).

mod cases;

use cases::{kernel, padded};
use sharray_text::{
    BadRow, Column, Cuts, Delimiter, Dialect, Engine, Input, Kind, PAD_BEFORE, Reason, Schema, Unit,
};

#[test]
fn every_engine_does_what_numpy_does() {
    let cases = include_str!("fixtures/loadtxt.tsv");
    let mut wrong = Vec::new();
    for (number, case) in cases.lines().enumerate() {
        let [
            text,
            delimiter,
            comments,
            quote,
            columns,
            itemsize,
            usecols,
            outcome,
        ]: [&str; 8] = case
            .split('\t')
            .collect::<Vec<_>>()
            .try_into()
            .expect("eight cells");
        let text = unescape(text);
        let schema = Schema {
            columns: columns.split(',').map(column).collect(),
            itemsize: itemsize.parse().expect("a size"),
            usecols: (usecols != "-").then(|| {
                usecols
                    .split(',')
                    .map(|c| c.parse().expect("a column"))
                    .collect()
            }),
            fills: Vec::new(),
        };
        let dialect = Dialect {
            delimiter: delimiter_of(delimiter),
            comments: if comments == "-" {
                vec![]
            } else {
                comments.split(',').map(unhex).collect()
            },
            quote: (quote != "-").then(|| character(quote.trim_start_matches('i'))),
            items: quote.starts_with('i'),
            ..Dialect::default()
        };
        for engine in Engine::available() {
            let found = run(&schema, &dialect, engine, &text);
            if found != outcome {
                wrong.push(format!(
                    "line {}, {engine:?}: {case}\n  gave {found}",
                    number + 1
                ));
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "{} cases differ:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

fn run(schema: &Schema, dialect: &Dialect, engine: Engine, text: &[u8]) -> String {
    let kernel = kernel(schema, dialect, engine);
    let buf = padded(text, b'7');
    let input = Input::new(&buf, PAD_BEFORE..PAD_BEFORE + text.len());
    let count = kernel.count(input);
    let mut out = vec![0xAA; schema.itemsize * usize::try_from(count.rows).expect("few rows")];
    match kernel.parse(input, &mut out, &mut Cuts::default()) {
        Ok(parsed) => {
            assert_eq!(
                parsed.rows as u64, count.rows,
                "count and parse agree on {text:?}"
            );
            let hex: String = out.iter().map(|byte| format!("{byte:02x}")).collect();
            format!("ok {} {hex}", parsed.rows)
        }
        Err(bad) => refusal(schema, &bad),
    }
}

fn refusal(schema: &Schema, bad: &BadRow) -> String {
    let row = bad.rows;
    match bad.reason {
        Reason::ColumnsDiffer { found, expected } => format!("columns {row} {found} {expected}"),
        Reason::TooFewColumns { found, .. } => {
            let cols = schema.usecols.as_ref().expect("usecols");
            format!("index {row} {found} {}", cols[bad.field.expect("a field")])
        }
        Reason::LineInItem => "item".to_string(),
        _ => format!("value {row} {}", bad.column),
    }
}

fn column(spec: &str) -> Column {
    let (kind, offset) = spec.split_once('@').expect("an offset");
    let swap = kind.starts_with('>');
    let kind = kind.trim_start_matches(['<', '>', '|']);
    let (kind, unit) = kind.split_once('[').unwrap_or((kind, ""));
    let size: usize = kind[1..].parse().expect("a size");
    let (kind, size) = match &kind[..1] {
        "i" => (Kind::Int, size),
        "u" => (Kind::Uint, size),
        "f" => (Kind::Float, size),
        "b" => (Kind::Bool, size),
        "c" => (Kind::Complex, size),
        "M" => (date(unit.trim_end_matches(']')), size),
        "m" => (Kind::Timedelta, size),
        "V" => (Kind::Void, size),
        "S" => (Kind::Bytes, size),
        "U" => (Kind::Str, size * 4),
        other => panic!("no kind {other}"),
    };
    Column {
        kind,
        size,
        offset: offset.parse().expect("an offset"),
        swap,
    }
}

/// `D` or `7D`.
fn date(unit: &str) -> Kind {
    let name = unit.trim_start_matches(|digit: char| digit.is_ascii_digit());
    let count = unit[..unit.len() - name.len()].parse().unwrap_or(1);
    Kind::Datetime(Unit::named(name).expect("a unit"), count)
}

fn delimiter_of(cell: &str) -> Delimiter {
    if cell == "ws" {
        return Delimiter::Whitespace;
    }
    if let Some(widths) = cell.strip_prefix('w') {
        return Delimiter::Widths(
            widths
                .split(',')
                .map(|w| w.parse().expect("a width"))
                .collect(),
        );
    }
    match character(cell) {
        char if char.is_ascii() => Delimiter::Byte(char as u8),
        char => Delimiter::Char(char),
    }
}

fn character(hex: &str) -> char {
    let text = String::from_utf8(unhex(hex)).expect("UTF-8");
    text.chars().next().expect("a character")
}

fn unescape(text: &str) -> Vec<u8> {
    let mut pieces = text.split("\\x");
    let mut bytes = pieces.next().unwrap_or("").as_bytes().to_vec();
    for piece in pieces {
        bytes.extend(unhex(&piece[..2]));
        bytes.extend(&piece.as_bytes()[2..]);
    }
    bytes
}

fn unhex(text: &str) -> Vec<u8> {
    (0..text.len())
        .step_by(2)
        .map(|i| u8::from_str_radix(&text[i..i + 2], 16).expect("hex"))
        .collect()
}
