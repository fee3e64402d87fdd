//! Random schemas, dialects, and tables that mostly suit them.

mod dialect;
mod field;
mod number;

pub use dialect::any_dialect;
use field::{any_field, any_quoted};
use proptest::prelude::*;
use sharray_text::{Column, Delimiter, Dialect, Kind, Schema, Unit};

fn any_datetime() -> impl Strategy<Value = Kind> {
    let unit = prop::sample::select(vec![
        Unit::Generic,
        Unit::Year,
        Unit::Day,
        Unit::Minute,
        Unit::Nano,
    ]);
    (unit, 0..4u32).prop_map(|(unit, count)| Kind::Datetime(unit, count))
}

fn any_column() -> impl Strategy<Value = (Kind, usize, bool, usize)> {
    let kind = prop_oneof![
        6 => (Just(Kind::Int), prop::sample::select(vec![1, 2, 4, 8])),
        3 => (Just(Kind::Uint), prop::sample::select(vec![1, 2, 4, 8])),
        6 => (Just(Kind::Float), prop::sample::select(vec![4, 8])),
        4 => (Just(Kind::Bytes), prop::sample::select(vec![1, 2, 3, 5, 8, 10, 15, 16, 17, 31, 32, 40, 64, 70])),
        2 => (Just(Kind::Str), prop::sample::select(vec![4, 8, 12, 16, 20, 32, 36, 64, 76])),
        1 => (Just(Kind::Float), Just(2)),
        1 => (Just(Kind::Bool), Just(1)),
        1 => (Just(Kind::Complex), prop::sample::select(vec![8, 16])),
        1 => (any_datetime(), Just(8)),
        1 => (Just(Kind::Timedelta), Just(8)),
        1 => (Just(Kind::Skip), 0..9usize),
    ];
    (
        kind,
        prop::bool::weighted(0.25),
        prop_oneof![4 => Just(0usize), 1 => 1..9usize],
    )
        .prop_map(|((kind, size), swap, gap)| (kind, size, swap, gap))
}

/// Up to six columns with gaps, in or against the record's order, sometimes with usecols.
pub fn any_schema() -> impl Strategy<Value = Schema> {
    let columns = prop::collection::vec(any_column(), 1..7);
    (
        columns,
        prop::bool::weighted(0.3),
        prop::collection::vec(-6i64..6, 7),
        any::<bool>(),
        0..4usize,
        prop::collection::vec(any::<bool>(), 7),
    )
        .prop_map(|(kinds, pick, cols, backwards, tail, filled)| {
            let mut offset = 0;
            let mut columns: Vec<Column> = kinds
                .into_iter()
                .map(|(kind, size, swap, gap)| {
                    let column = Column {
                        kind,
                        size,
                        offset: offset + gap,
                        swap,
                    };
                    offset += gap + size;
                    column
                })
                .collect();
            if backwards {
                columns.reverse();
            }
            let usecols = pick.then(|| cols[..columns.len()].to_vec());
            // Without a fill anywhere there may be no entries at all.
            let fill =
                |(column, filled): (&Column, &bool)| filled.then(|| vec![0xA5; column.size].into());
            let fills = columns.iter().zip(&filled).map(fill).collect();
            Schema {
                columns,
                // A record has at least a byte.
                itemsize: (offset + tail).max(1),
                usecols,
                fills: if filled[6] { fills } else { Vec::new() },
            }
        })
}

/// Rows of a shape that mostly suits the schema and the dialect.
fn any_table(schema: &Schema, dialect: &Dialect, rows: usize) -> BoxedStrategy<Vec<u8>> {
    let extra = if schema.usecols.is_some() { 6 } else { 0 };
    let mut kinds: Vec<Kind> = schema.columns.iter().map(|c| c.kind).collect();
    if let Some(cols) = &schema.usecols {
        kinds.clear();
        kinds.resize(6 + extra / 3, Kind::Int);
        for (col, column) in cols.iter().zip(&schema.columns) {
            let at = if *col < 0 { 8 + col } else { *col };
            kinds[usize::try_from(at).unwrap()] = column.kind;
        }
    }
    let separator: BoxedStrategy<String> = match dialect.delimiter {
        Delimiter::Byte(byte) => Just(char::from(byte).to_string()).boxed(),
        Delimiter::Char(char) => Just(char.to_string()).boxed(),
        Delimiter::Widths(_) => prop::sample::select(vec!["", "", " "])
            .prop_map(String::from)
            .boxed(),
        Delimiter::Whitespace => {
            let ascii = prop::sample::select(vec![" ", " ", "\t", "  ", "\t ", "\x1c", "\x0b"]);
            let other =
                prop::sample::select(vec!["\u{a0}", " \u{2003}", "\u{85} ", "\u{3000}\u{1680}"]);
            prop_oneof![60 => ascii, 1 => other]
                .prop_map(String::from)
                .boxed()
        }
    };
    let comment = dialect
        .comments
        .first()
        .map_or(String::new(), |c| String::from_utf8_lossy(c).into_owned());
    let quote = dialect.quote.map_or(String::new(), String::from);
    let tail = prop_oneof![20 => Just(String::new()), 1 => Just(format!("{comment} 1 2 x")), 1 => Just(" ".to_string()), 1 => Just(" 9".to_string()), 1 => Just(format!("{comment}{quote}, ")), 1 => Just(quote)];
    let lead = prop_oneof![20 => Just(String::new()), 1 => Just(" ".to_string()), 1 => Just(format!("{comment}c\n")), 1 => Just("\n".to_string()), 1 => Just(" \n".to_string()), 1 => Just(" \u{2003}\r".to_string())];
    let end = prop_oneof![3 => Just("\n"), 1 => Just("\r\n"), 1 => Just("\r")];
    let fields: Vec<_> = kinds
        .into_iter()
        .map(|kind| (any_quoted(any_field(kind), dialect), separator.clone()))
        .collect();
    let row = (lead, fields, tail).prop_map(|(lead, fields, tail)| {
        let last = fields.len() - 1;
        let body: String = fields
            .into_iter()
            .enumerate()
            .map(|(i, (field, sep))| if i < last { field + &sep } else { field })
            .collect();
        lead + &body + &tail
    });
    (prop::collection::vec(row, 0..rows), end, any::<bool>())
        .prop_map(|(rows, end, finish)| {
            (rows.join(end) + if finish { end } else { "" }).into_bytes()
        })
        .boxed()
}

/// A table for a schema and a dialect.
pub fn any_case(rows: usize) -> impl Strategy<Value = (Schema, Dialect, Vec<u8>)> {
    (any_schema(), any_dialect()).prop_flat_map(move |(schema, dialect)| {
        let table = any_table(&schema, &dialect, rows);
        (Just(schema), Just(dialect), table)
    })
}
