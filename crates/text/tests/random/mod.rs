//! Random schemas, dialects, and tables that mostly suit them.

use proptest::prelude::*;
use sharray_text::{Column, Delimiter, Dialect, Kind, Schema};

fn any_column() -> impl Strategy<Value = (Kind, usize, bool, usize)> {
    let kind = prop_oneof![
        6 => (Just(Kind::Int), prop::sample::select(vec![1, 2, 4, 8])),
        3 => (Just(Kind::Uint), prop::sample::select(vec![1, 2, 4, 8])),
        6 => (Just(Kind::Float), prop::sample::select(vec![4, 8])),
        4 => (Just(Kind::Bytes), prop::sample::select(vec![1, 2, 3, 5, 8, 10, 15, 16, 17, 31, 40])),
        2 => (Just(Kind::Str), prop::sample::select(vec![4, 8, 12, 20, 64])),
    ];
    (
        kind,
        prop::bool::weighted(0.15),
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
    )
        .prop_map(|(kinds, pick, cols, backwards, tail)| {
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
            Schema {
                columns,
                itemsize: offset + tail,
                usecols,
                fills: Vec::new(),
            }
        })
}

/// Delimiters and comments, odd ones too.
pub fn any_dialect() -> impl Strategy<Value = Dialect> {
    let delimiter = prop_oneof![
        3 => Just(Delimiter::Whitespace),
        3 => prop::sample::select(b",\t; |".to_vec()).prop_map(Delimiter::Byte),
    ];
    let comments = prop::sample::select(vec![
        vec!["#"],
        vec!["#"],
        vec![],
        vec!["#", "%"],
        vec!["//"],
        vec!["# "],
        vec!["ab", "xa"],
        vec!["é"],
        vec!["#", "//", "!!"],
        vec![" #"],
        vec!["1,"],
    ]);
    (delimiter, comments).prop_map(|(delimiter, comments)| Dialect {
        delimiter,
        comments: comments
            .into_iter()
            .map(|c| c.as_bytes().to_vec())
            .collect(),
    })
}

/// A field that mostly suits the kind.
fn any_field(kind: Kind) -> BoxedStrategy<String> {
    let odd = prop::sample::select(vec![
        "",
        "-",
        "+",
        ".",
        "-.",
        "x",
        "1_0",
        "0x1",
        "nan",
        "inf",
        "-inf",
        "1e5",
        "1e400",
        "é",
        "€",
        "1\u{a0}",
        "\u{85}",
        " 7 ",
        "\x1c7",
        "12345678901234567890",
        "0000000000000000000000001",
        "-0",
        "1.0",
        "..",
        "1.2.3",
        "#",
        "1#",
        "//",
        "\0",
        "128",
        "-129",
        "1:",
        "/1",
        "999999999999999999999999999",
        "9007199254740993",
        "4503599627370497.5",
        "18446744073709551615",
        "-9223372036854775808",
        "abcdefghijklmnopqrstuvwxyz",
        "xab",
        "2147483648",
        "-2147483648",
        "65535",
        "1e-320",
        "+5",
        "5.",
        ".5",
        "-.5",
        "1.5e",
        "1.e5",
    ])
    .prop_map(String::from);
    let plain: BoxedStrategy<String> = match kind {
        Kind::Int => prop_oneof![
            (0i64..120).prop_map(|v| v.to_string()),
            (-120i64..120).prop_map(|v| v.to_string()),
            any::<i32>().prop_map(|v| v.to_string()),
            any::<i64>().prop_map(|v| v.to_string()),
        ]
        .boxed(),
        Kind::Uint => prop_oneof![
            (0u64..250).prop_map(|v| v.to_string()),
            any::<u64>().prop_map(|v| v.to_string())
        ]
        .boxed(),
        Kind::Float => prop_oneof![
            (0u32..100_000_000, 0u32..8).prop_map(|(v, digits)| format!(
                "{:.1$}",
                f64::from(v) / 1e6,
                digits as usize
            )),
            any::<f64>().prop_map(|v| format!("{v:?}")),
            any::<f32>().prop_map(|v| format!("{v}")),
            (-1e6..1e6f64).prop_map(|v| format!("{v:.6}")),
            (-1e3..1e3f64).prop_map(|v| format!("{v:.18e}")),
        ]
        .boxed(),
        Kind::Bytes | Kind::Str => prop_oneof![
            4 => "[a-zA-Z0-9._]{1,12}",
            1 => "[a-zé-ÿ€ ]{0,40}",
        ]
        .boxed(),
    };
    prop_oneof![60 => plain, 1 => odd].boxed()
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
        Delimiter::Whitespace => {
            prop::sample::select(vec![" ", " ", "\t", "  ", "\t ", "\x1c", "\x0b"])
                .prop_map(String::from)
                .boxed()
        }
    };
    let comment = dialect
        .comments
        .first()
        .map_or(String::new(), |c| String::from_utf8_lossy(c).into_owned());
    let tail = prop_oneof![20 => Just(String::new()), 1 => Just(format!("{comment} 1 2 x")), 1 => Just(" ".to_string()), 1 => Just(" 9".to_string())];
    let lead = prop_oneof![20 => Just(String::new()), 1 => Just(" ".to_string()), 1 => Just(format!("{comment}c\n")), 1 => Just("\n".to_string()), 1 => Just(" \n".to_string())];
    let end = prop_oneof![3 => Just("\n"), 1 => Just("\r\n"), 1 => Just("\r")];
    let fields: Vec<_> = kinds
        .into_iter()
        .map(|kind| (any_field(kind), separator.clone()))
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
