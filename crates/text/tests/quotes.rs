//! Rows in quotes: the kernel against a naive reader, and any cut of a text against one piece.

mod cases;
mod naive;

use cases::{kernel, padded};
use naive::{Row, rows};
use proptest::prelude::*;
use sharray_text::{
    BadRow, Column, Count, Cuts, Delimiter, Dialect, Engine, ITEM_END, Input, Kernel, Kind,
    PAD_BEFORE, Reason, Schema, Walk,
};

/// Characters of a text.
const SIZE: usize = 6;

fn texts(columns: usize) -> Schema {
    let column = |i| Column {
        kind: Kind::Str,
        size: 4 * SIZE,
        offset: 4 * SIZE * i,
        swap: false,
    };
    Schema {
        columns: (0..columns).map(column).collect(),
        itemsize: 4 * SIZE * columns,
        usecols: None,
        fills: Vec::new(),
    }
}

fn any_quoted() -> impl Strategy<Value = Dialect> {
    let delimiter = prop_oneof![
        Just(Delimiter::Whitespace),
        prop::sample::select(b",\t ".to_vec()).prop_map(Delimiter::Byte),
        Just(Delimiter::Char('\u{20a1}')),
    ];
    let comments = prop::sample::select(vec![vec![], vec!["#"], vec!["\u{e9}"]]);
    let quote = prop::sample::select(vec!['"', '\'', '\u{20ac}']);
    (delimiter, comments, quote, any::<bool>()).prop_map(|(delimiter, comments, quote, items)| {
        Dialect {
            delimiter,
            comments: comments.into_iter().map(Vec::from).collect(),
            quote: Some(quote),
            items,
            ..Dialect::default()
        }
    })
}

/// Bytes full of what means something.
fn any_text(dialect: &Dialect, pieces: usize) -> BoxedStrategy<Vec<u8>> {
    let delimiter = match &dialect.delimiter {
        Delimiter::Char(char) => char.to_string(),
        Delimiter::Byte(byte) => char::from(*byte).to_string(),
        _ => " ".to_string(),
    };
    let quote = dialect.quote.expect("a quote").to_string();
    let plain = [
        "a", "b", "1", "\n", "\r\n", "\r", " ", "\t", "\u{2003}", "\u{e8}", "#", "\u{e9}",
    ];
    let plain = prop::sample::select(plain.map(Vec::from).to_vec());
    let end = if dialect.items {
        vec![ITEM_END]
    } else {
        b"\n".to_vec()
    };
    let piece = prop_oneof![
        4 => Just(quote.into_bytes()),
        2 => Just(delimiter.into_bytes()),
        2 => Just(end),
        6 => plain,
        1 => "x{50,66}".prop_map(String::into_bytes),
    ];
    prop::collection::vec(piece, 0..pieces)
        .prop_map(|pieces| pieces.concat())
        .boxed()
}

fn any_case(pieces: usize) -> impl Strategy<Value = (Dialect, Vec<u8>)> {
    any_quoted().prop_flat_map(move |dialect| (Just(dialect.clone()), any_text(&dialect, pieces)))
}

/// Row by row: where they are, and their fields.
fn compare(dialect: &Dialect, text: &[u8]) -> Result<(), TestCaseError> {
    for engine in Engine::available() {
        compare_with(&kernel(&texts(1), dialect, engine), dialect, text)?;
    }
    Ok(())
}

fn compare_with(kernel: &Kernel, dialect: &Dialect, text: &[u8]) -> Result<(), TestCaseError> {
    let expected = rows(dialect, text);
    let mut count = Count::default();
    let mut at = 0;
    for row in &expected {
        prop_assert_eq!(at, row.start);
        let walk = kernel.walk(&text[at..], 1, true);
        prop_assert!(walk.complete);
        prop_assert_eq!(at + walk.next, row.next, "the row at {}", at);
        prop_assert_eq!(walk.count.lines, row.lines, "the row at {}", at);
        let is_row = row.broken || !row.fields.is_empty();
        prop_assert_eq!(walk.count.rows, u64::from(is_row), "the row at {}", at);
        let fields = match row.broken {
            true => Err(Reason::LineInItem),
            false => Ok(row.fields.clone()),
        };
        prop_assert_eq!(kernel.fields(&text[at..]), fields, "the row at {}", at);
        count.rows += walk.count.rows;
        count.lines += walk.count.lines;
        at = row.next;
    }
    prop_assert_eq!(at, text.len());
    let buf = padded(text, b'"');
    prop_assert_eq!(
        kernel.count(Input::new(&buf, PAD_BEFORE..PAD_BEFORE + text.len())),
        count
    );
    Ok(())
}

/// A row as it is stored; none where it is refused.
fn record(row: &Row, columns: usize) -> Option<Vec<u8>> {
    if row.broken || row.fields.len() != columns {
        return None;
    }
    let mut record = Vec::new();
    for field in &row.fields {
        let mut item: Vec<u8> = String::from_utf8_lossy(field)
            .chars()
            .take(SIZE)
            .flat_map(|c| u32::from(c).to_le_bytes())
            .collect();
        item.resize(4 * SIZE, 0);
        record.extend(item);
    }
    Some(record)
}

/// Good rows and bad ones, as a load with rejects reads them, and what was cut.
fn gather(kernel: &Kernel, text: &[u8], size: usize) -> (Vec<u8>, Vec<BadRow>, Cuts) {
    let (mut records, mut bad, mut cuts) = (Vec::new(), Vec::new(), Cuts::default());
    let mut at = 0;
    while at < text.len() {
        let buf = padded(&text[at..], b'"');
        let mut out = vec![0; size * text.len()];
        let input = Input::new(&buf, PAD_BEFORE..PAD_BEFORE + text.len() - at);
        match kernel.parse(input, &mut out, &mut cuts) {
            Ok(parsed) => {
                records.extend_from_slice(&out[..parsed.rows * size]);
                at += parsed.consumed;
            }
            Err(row) => {
                records.extend_from_slice(&out[..row.rows * size]);
                at += row.next;
                bad.push(row);
            }
        }
    }
    (records, bad, cuts)
}

/// Every engine stores the rows that the naive reader has found, and refuses the others.
fn stored(dialect: &Dialect, text: &[u8], columns: usize) -> Result<(), TestCaseError> {
    let mut all = rows(dialect, text);
    all.retain(|row| row.broken || !row.fields.is_empty());
    let expected: Vec<u8> = all
        .iter()
        .filter_map(|row| record(row, columns))
        .flatten()
        .collect();
    let is_cut = |field: &&Vec<u8>| String::from_utf8_lossy(field).chars().count() > SIZE;
    let good = all.iter().filter(|row| record(row, columns).is_some());
    let cut = good.flat_map(|row| &row.fields).filter(is_cut).count() as u64;
    all.retain(|row| record(row, columns).is_none());
    for engine in Engine::available() {
        let kernel = kernel(&texts(columns), dialect, engine);
        let (records, bad, cuts) = gather(&kernel, text, 4 * SIZE * columns);
        let counts = cuts.found().map(|(_, found)| found.count);
        prop_assert_eq!(counts.sum::<u64>(), cut, "{:?}", engine);
        prop_assert_eq!(&records, &expected, "{:?}", engine);
        prop_assert_eq!(bad.len(), all.len(), "{:?}", engine);
        let mut from = 0;
        for (bad, row) in bad.iter().zip(&all) {
            prop_assert_eq!(from + bad.byte..from + bad.next, row.start..row.next);
            let differ = Reason::ColumnsDiffer {
                found: row.fields.len(),
                expected: columns,
            };
            let reason = if row.broken {
                Reason::LineInItem
            } else {
                differ
            };
            prop_assert_eq!(bad.reason, reason);
            from = row.next;
        }
    }
    Ok(())
}

/// Walks over a text that comes piece by piece, the pieces ending at these places.
fn walk_pieces(kernel: &Kernel, text: &[u8], ends: &[usize]) -> Walk {
    let mut sum = Walk::default();
    for &end in ends.iter().chain([&text.len()]) {
        if end < sum.next {
            continue;
        }
        let walk = kernel.walk(&text[sum.next..end], end - sum.next, end == text.len());
        sum.count.rows += walk.count.rows;
        sum.count.lines += walk.count.lines;
        sum.next += walk.next;
        sum.complete = walk.complete;
    }
    sum
}

proptest! {
    #[test]
    fn the_kernel_reads_what_a_naive_reader_reads((dialect, text) in any_case(60)) {
        compare(&dialect, &text)?;
    }

    #[test]
    fn bytes_that_are_no_text_are_the_same_to_both(dialect in any_quoted(), text in prop::collection::vec(any::<u8>(), 0..200)) {
        compare(&dialect, &text)?;
    }

    #[test]
    fn rows_are_stored_and_bad_ones_passed_over((dialect, text) in any_case(60), columns in 1..4usize) {
        stored(&dialect, &text, columns)?;
    }

    #[test]
    fn rows_of_many_batches_are_stored((dialect, text) in any_case(12), columns in 1..4usize, times in 1..1000usize) {
        let times = times.min(1 + 14_000 / text.len().max(1));
        stored(&dialect, &text.repeat(times), columns)?;
    }

    #[test]
    fn a_walk_over_pieces_equals_one_over_the_whole((dialect, text) in any_case(40), ends in prop::collection::vec(any::<prop::sample::Index>(), 0..6)) {
        let mut ends: Vec<usize> = ends.iter().map(|end| end.index(text.len() + 1)).collect();
        ends.sort_unstable();
        for engine in Engine::available() {
            let kernel = kernel(&texts(1), &dialect, engine);
            let whole = kernel.walk(&text, text.len(), true);
            prop_assert_eq!(walk_pieces(&kernel, &text, &ends), whole);
            prop_assert_eq!(whole.next, text.len());
            // Every byte for itself.
            let all: Vec<usize> = (0..text.len()).collect();
            prop_assert_eq!(walk_pieces(&kernel, &text, &all), whole);
        }
    }

    #[test]
    fn a_walk_stops_at_the_first_row_behind_its_limit((dialect, text) in any_case(40)) {
        let rows = rows(&dialect, &text);
        for engine in Engine::available() {
            let kernel = kernel(&texts(1), &dialect, engine);
            for limit in 0..text.len() + 2 {
                let walk = kernel.walk(&text, limit, true);
                let before = rows.iter().take_while(|row| row.start < limit);
                let full = before.clone().filter(|row| row.broken || !row.fields.is_empty());
                let lines = before.clone().map(|row| row.lines).sum();
                let count = Count { rows: full.count() as u64, lines };
                let next = before.last().map_or(0, |row| row.next);
                prop_assert_eq!(walk, Walk { count, next, complete: true }, "{:?}, limit {}", engine, limit);
            }
        }
    }
}

#[test]
fn a_line_feed_that_may_follow_is_waited_for() {
    let dialect = Dialect {
        quote: Some('"'),
        ..Dialect::default()
    };
    let kernel = kernel(&texts(1), &dialect, Engine::Reference);
    let count = |text: &str, last| {
        let walk = kernel.walk(text.as_bytes(), text.len(), last);
        (walk.count.rows, walk.next, walk.complete)
    };
    assert_eq!(count("a\r", false), (0, 0, false));
    assert_eq!(count("a\r", true), (1, 2, true));
    assert_eq!(count("a\r\n\"b", false), (1, 3, false));
    assert_eq!(count("a\n\"b\nc", true), (2, 6, true));
}

/// What may stand in a row of two other fields, for a comma or a blank as the delimiter.
const ODD: [&str; 30] = [
    "\"",
    "\"a\"\"cdef\"",
    "\"a,b c\"",
    "\"\"",
    "\"\"\"\"",
    "\"a\"\"b\"",
    "\"a\"\"\"\"\"\"b\"\"\"",
    "\"a\nb\"",
    "\"a\rb\r\nc\n\rd\"",
    "\"\r\n\"",
    "\"a\"b",
    "\"a\"b\"c\"",
    "\"a\"b\"c, d\"",
    "\"a\"\"\"b\"\"",
    "a\"",
    "a\"b\"",
    "a\"\"b",
    "5\",7\"",
    " \"a\"",
    "\"a\" ",
    "\"a\" \"b\"",
    "\"#\"",
    "\"#\"#\"",
    "#\"",
    "a#\",\"\"",
    "\"a\"#\"b",
    "\"a\"\u{e9}\"",
    "\"\u{2003}\"\u{2003}\"b\"",
    "\"open",
    "\"a,\nb\"\"",
];

#[test]
fn quotes_mean_the_same_at_every_place_of_a_block() {
    let ends = ["\n", "\r\n", "\r", ""];
    for (delimiter, separator) in [
        (Delimiter::Byte(b','), ","),
        (Delimiter::Byte(b' '), " "),
        (Delimiter::Whitespace, " "),
    ] {
        let dialect = Dialect {
            delimiter,
            comments: vec![b"#".to_vec()],
            quote: Some('"'),
            ..Dialect::default()
        };
        for (i, odd) in ODD.into_iter().enumerate() {
            for shift in 0..70 {
                let end = ends[(i + shift) % ends.len()];
                let first = "x".repeat(shift);
                let plain = format!("1{separator}\"2\"{separator}3{end}");
                for text in [
                    format!("{first}{separator}{odd}{separator}z{end}{plain}{odd}"),
                    format!(
                        "\"{first}\"{separator}{odd}{separator}z {end}{plain}1{separator}{odd}"
                    ),
                    format!("{first}{separator}z{separator}{odd}{end}{plain}"),
                    format!("{first}{separator}1{separator}z{separator}{odd}"),
                ] {
                    compare(&dialect, text.as_bytes()).expect("the same rows");
                    stored(&dialect, text.as_bytes(), 3).expect("the same records");
                }
            }
        }
    }
}

#[test]
fn rows_longer_than_any_batch() {
    let dialect = Dialect {
        delimiter: Delimiter::Byte(b','),
        quote: Some('"'),
        ..Dialect::default()
    };
    let usual = "\"a, b\",1\n";
    for length in [
        12_287, 12_288, 65_400, 65_404, 65_405, 65_406, 65_407, 65_408, 70_000,
    ] {
        for long in [
            format!("\"{}\",1\n", "x\n".repeat(length / 2)),
            format!("\"{}\",1\n", "\"\"".repeat(length / 2)),
            format!("1,\"{}", "y".repeat(length)),
            format!("\"{}\",1\n", "z".repeat(length - usual.len())),
        ] {
            for text in [long.clone(), usual.to_owned() + &long + usual] {
                compare(&dialect, text.as_bytes()).expect("the same rows");
                stored(&dialect, text.as_bytes(), 2).expect("the same records");
            }
        }
    }
}

#[test]
fn an_odd_row_in_every_so_many_changes_no_other() {
    let dialect = Dialect {
        delimiter: Delimiter::Byte(b','),
        comments: vec![b"#".to_vec()],
        quote: Some('"'),
        ..Dialect::default()
    };
    for odd in ODD
        .into_iter()
        .filter(|odd| !["\"", "\"open"].contains(odd))
    {
        for every in [1, 2, 7, 100] {
            let row = |i: usize| match i % every {
                0 => format!("{i},{odd},z\n"),
                _ => format!("\"{i}, {i}\",{i},\"z\"\n"),
            };
            let text: String = (0..1000).map(row).collect();
            stored(&dialect, text.as_bytes(), 3).expect("the same records");
        }
    }
}

#[test]
fn a_table_without_quotes_does_not_feel_the_one_before() {
    let plain = Dialect {
        delimiter: Delimiter::Byte(b','),
        ..Dialect::default()
    };
    let dialect = Dialect {
        quote: Some('"'),
        ..plain.clone()
    };
    let (hard, text) = ("\"a\"\"b\",1\n".repeat(100), "a\"b\"c,1\n".repeat(100));
    for engine in Engine::available() {
        gather(
            &kernel(&texts(2), &dialect, engine),
            hard.as_bytes(),
            8 * SIZE,
        );
        let (records, _, _) = gather(
            &kernel(&texts(2), &plain, engine),
            text.as_bytes(),
            8 * SIZE,
        );
        let mut row = [0; 8 * SIZE];
        for (i, byte) in [
            (0, b'a'),
            (1, b'"'),
            (2, b'b'),
            (3, b'"'),
            (4, b'c'),
            (SIZE, b'1'),
        ] {
            row[4 * i] = byte;
        }
        assert_eq!(records, row.repeat(100), "{engine:?}");
    }
}
