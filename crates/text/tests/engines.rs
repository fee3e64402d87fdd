//! Every engine against the reference: random dialects, schemas and tables, random bytes, and all ways to cut a text, quotes and all.

mod cases;
mod random;

use cases::{kernel, padded};
use proptest::prelude::*;
use random::{any_case, any_dialect, any_schema};
use sharray_text::{
    BadRow, Column, Count, Cut, Cuts, Delimiter, Dialect, Engine, Input, Kernel, Kind, PAD_BEFORE,
    Parsed, Profile, Schema,
};

type Outcome = (Vec<u8>, Vec<(usize, Cut)>, Result<Parsed, BadRow>);

/// Parses into `room` records; what was written, what was cut, and the outcome.
fn parse(kernel: &Kernel, text: &[u8], room: usize, itemsize: usize) -> Outcome {
    let buf = padded(text, b'1');
    let mut out = vec![0xEE; room * itemsize];
    let mut cuts = Cuts::default();
    let input = Input::new(&buf, PAD_BEFORE..PAD_BEFORE + text.len());
    let outcome = kernel.parse(input, &mut out, &mut cuts);
    let rows = match &outcome {
        Ok(parsed) => parsed.rows,
        Err(bad) => bad.rows,
    };
    assert!(
        outcome.is_err() || out[rows * itemsize..].iter().all(|&byte| byte == 0xEE),
        "nothing is written behind the last record"
    );
    out.truncate(rows * itemsize);
    (out, cuts.found().collect(), outcome)
}

fn count(kernel: &Kernel, text: &[u8]) -> Count {
    let buf = padded(text, b'1');
    kernel.count(Input::new(&buf, PAD_BEFORE..PAD_BEFORE + text.len()))
}

/// Where a text may be cut: behind the line end of a row.
fn cuts(dialect: &Dialect, text: &[u8]) -> Vec<usize> {
    if dialect.quote.is_some() {
        return row_ends(dialect, text);
    }
    let behind = |i: usize| match text[i] {
        b'\n' => true,
        b'\r' => text.get(i + 1) != Some(&b'\n'),
        _ => false,
    };
    (0..text.len())
        .filter(|&i| behind(i))
        .map(|i| i + 1)
        .collect()
}

/// Where rows end that may go on over lines.
fn row_ends(dialect: &Dialect, text: &[u8]) -> Vec<usize> {
    let (schema, _) = numbers(1, Delimiter::Whitespace, None);
    let kernel = kernel(&schema, dialect, Engine::Reference);
    let mut ends = Vec::new();
    let mut at = 0;
    while at < text.len() {
        at += kernel.walk(&text[at..], 1, true).next;
        ends.push(at);
    }
    ends
}

/// Walks to any limit in any beginning of the text find what the reference finds.
fn compare_walks(reference: &Kernel, kernel: &Kernel, text: &[u8]) {
    // Of a long text, or each time, not all of them.
    let step = 1 + text.len() / 40;
    let edges = (0..text.len())
        .step_by(64 * step)
        .flat_map(|at| [at, at + 1, at + 63]);
    let ends = (0..text.len()).step_by(step).chain(edges);
    for end in ends.map(|end| end.min(text.len())).chain([text.len()]) {
        let part = &text[..end];
        let limits = [
            0,
            1,
            end / 3,
            end / 2,
            end.saturating_sub(1),
            end,
            end + 1,
            usize::MAX,
        ];
        let lasts = [true, false]
            .into_iter()
            .flat_map(|last| limits.map(|limit| (limit, last)));
        for (limit, last) in lasts {
            assert_eq!(
                kernel.walk(part, limit, last),
                reference.walk(part, limit, last),
                "{:?}, {end} bytes, limit {limit}, last {last}",
                kernel.engine()
            );
        }
    }
}

fn compare(schema: &Schema, dialect: &Dialect, text: &[u8], room: usize) {
    let reference = kernel(schema, dialect, Engine::Reference);
    let counted = count(&reference, text);
    let all = usize::try_from(counted.rows).expect("few rows");
    assert_eq!(reference.walk(text, text.len(), true).count, counted);
    let full = parse(&reference, text, all, schema.itemsize);
    let part = parse(&reference, text, room, schema.itemsize);
    if let Ok(parsed) = &full.2 {
        assert_eq!(parsed.rows, all, "the reference parses what it counts");
    }
    for engine in Engine::available() {
        let kernel = kernel(schema, dialect, engine);
        assert_eq!(count(&kernel, text), counted, "{engine:?}");
        if dialect.quote.is_some() && text.len() < 10_000 {
            compare_walks(&reference, &kernel, text);
        }
        assert_eq!(
            parse(&kernel, text, all, schema.itemsize),
            full,
            "{engine:?}"
        );
        assert_eq!(
            parse(&kernel, text, room, schema.itemsize),
            part,
            "{engine:?}, {room} records"
        );
    }
}

/// Any cut gives the records, counts and refusals of one piece.
fn compare_cuts(schema: &Schema, dialect: &Dialect, text: &[u8]) {
    for engine in Engine::available() {
        let kernel = kernel(schema, dialect, engine);
        let counted = count(&kernel, text);
        let all = usize::try_from(counted.rows).expect("few rows");
        let whole = parse(&kernel, text, all, schema.itemsize);
        for cut in cuts(dialect, text) {
            let (head, tail) = text.split_at(cut);
            let (a, b) = (count(&kernel, head), count(&kernel, tail));
            assert_eq!(
                Count {
                    rows: a.rows + b.rows,
                    lines: a.lines + b.lines
                },
                counted,
                "{engine:?}"
            );
            let (mut records, mut cut_texts, first) = parse(
                &kernel,
                head,
                usize::try_from(a.rows).unwrap(),
                schema.itemsize,
            );
            let joined = first.and_then(|first| {
                let (more, more_cuts, second) = parse(
                    &kernel,
                    tail,
                    usize::try_from(b.rows).unwrap(),
                    schema.itemsize,
                );
                records.extend(more);
                add_cuts(&mut cut_texts, more_cuts, cut);
                second
                    .map(|second| first.rows + second.rows)
                    .map_err(|bad| BadRow {
                        rows: bad.rows + first.rows,
                        line: bad.line + a.lines,
                        byte: bad.byte + cut,
                        next: bad.next + cut,
                        text: bad.text.start + cut..bad.text.end + cut,
                        ..bad
                    })
            });
            assert_eq!(
                joined,
                whole.2.clone().map(|parsed| parsed.rows),
                "{engine:?}, cut at {cut}"
            );
            assert_eq!(records, whole.0, "{engine:?}, cut at {cut}");
            assert_eq!(cut_texts, whole.1, "{engine:?}, cut at {cut}");
        }
    }
}

/// What two pieces have cut, the second one from byte `from` on.
fn add_cuts(all: &mut Vec<(usize, Cut)>, more: Vec<(usize, Cut)>, from: usize) {
    for (column, cut) in more {
        match all.iter_mut().find(|(known, _)| *known == column) {
            Some((_, known)) => known.count += cut.count,
            None => all.push((
                column,
                Cut {
                    first: cut.first + from,
                    ..cut
                },
            )),
        }
    }
    all.sort_by_key(|(column, _)| *column);
}

/// What a profile of a text tells, unless a row ends it.
fn look(kernel: &Kernel, text: &[u8], most: u64, profile: &mut Profile) -> Result<usize, BadRow> {
    let buf = padded(text, b'1');
    kernel.profile(
        Input::new(&buf, PAD_BEFORE..PAD_BEFORE + text.len()),
        most,
        profile,
    )
}

/// Any cut, and any number of rows at a time, tells what one piece tells.
fn compare_profiles(schema: &Schema, dialect: &Dialect, text: &[u8], most: u64) {
    let kernel = kernel(schema, dialect, Engine::Reference);
    let mut whole = Profile::default();
    if look(&kernel, text, u64::MAX, &mut whole).is_err() {
        return;
    }
    assert_eq!(whole.rows, count(&kernel, text).rows);
    let mut steps = Profile::default();
    let mut at = 0;
    while at < text.len() {
        at += look(&kernel, &text[at..], most, &mut steps).expect("no bad row");
    }
    for cut in cuts(dialect, text) {
        let (mut head, mut tail) = (Profile::default(), Profile::default());
        look(&kernel, &text[..cut], u64::MAX, &mut head).expect("no bad row");
        look(&kernel, &text[cut..], u64::MAX, &mut tail).expect("no bad row");
        head.add(&tail);
        assert_eq!(head, whole, "cut at {cut}");
    }
    if !text.is_empty() {
        assert_eq!(steps, whole, "{most} rows at a time");
    }
}

fn possible(schema: &Schema, dialect: &Dialect) -> bool {
    Kernel::new(schema.clone(), dialect.clone()).is_ok()
}

proptest! {
    #[test]
    fn tables((schema, dialect, text) in any_case(60), room in 0..70usize) {
        prop_assume!(possible(&schema, &dialect));
        compare(&schema, &dialect, &text, room);
    }

    #[test]
    fn any_cut_gives_the_result_of_one_piece((schema, dialect, text) in any_case(14)) {
        prop_assume!(possible(&schema, &dialect));
        compare_cuts(&schema, &dialect, &text);
    }

    #[test]
    fn any_cut_gives_the_profile_of_one_piece((schema, dialect, text) in any_case(14), most in 1..5u64) {
        prop_assume!(possible(&schema, &dialect));
        compare_profiles(&schema, &dialect, &text, most);
    }

    #[test]
    fn any_bytes(schema in any_schema(), dialect in any_dialect(), text in prop::collection::vec(any::<u8>(), 0..400)) {
        prop_assume!(possible(&schema, &dialect));
        compare(&schema, &dialect, &text, 5);
        compare_cuts(&schema, &dialect, &text);
    }

    #[test]
    fn any_bytes_that_mean_something(
        schema in any_schema(), dialect in any_dialect(),
        text in prop::collection::vec(prop::sample::select(b"0123456789.-+e \t,;#/%|\r\n\n\x1c\0x\xc2\xa0\xe2\x80\x83\xc3\xa9\x85NAj()T:\"\"\"\"'".to_vec()), 0..300)
    ) {
        prop_assume!(possible(&schema, &dialect));
        compare(&schema, &dialect, &text, 5);
        compare_cuts(&schema, &dialect, &text);
    }
}

proptest! {
    // Long texts: fewer of them do.
    #![proptest_config(ProptestConfig { cases: ProptestConfig::default().cases / 4, ..ProptestConfig::default() })]

    #[test]
    fn tables_of_many_batches((schema, dialect, text) in any_case(12), times in 1..400usize, bad in any::<bool>()) {
        prop_assume!(possible(&schema, &dialect) && !text.is_empty());
        let mut long = text.repeat(times.min(1 + 80_000 / text.len()));
        if bad {
            long.extend_from_slice(b"\nx y z , , ;;\t\n");
        }
        compare(&schema, &dialect, &long, times * 7);
    }
}

fn numbers(fields: usize, delimiter: Delimiter, usecols: Option<Vec<i64>>) -> (Schema, Dialect) {
    let column = |i| Column {
        kind: Kind::Int,
        size: 4,
        offset: 4 * i,
        swap: false,
    };
    let columns: Vec<Column> = (0..fields).map(column).collect();
    let schema = Schema {
        itemsize: 4 * fields,
        columns,
        usecols,
        fills: Vec::new(),
    };
    (
        schema,
        Dialect {
            delimiter,
            comments: vec![b"#".to_vec()],
            ..Dialect::default()
        },
    )
}

#[test]
fn lines_longer_than_any_batch() {
    for delimiter in [Delimiter::Whitespace, Delimiter::Byte(b',')] {
        let separator = if delimiter == Delimiter::Whitespace {
            " "
        } else {
            ","
        };
        let (schema, dialect) = numbers(2, delimiter.clone(), None);
        let row = format!("1{separator}2\n");
        for long in [
            format!("#{}\n", "x".repeat(70_000)),
            "\n".repeat(70_000),
            "#\r\n".repeat(25_000),
            format!("{}7{separator}8\n", "0".repeat(70_000)),
            format!(
                "7{separator}{}8 # {}\n",
                "0".repeat(70_000),
                "#".repeat(70_000)
            ),
            format!(
                "{}7{separator}8{}\n",
                " ".repeat(70_000),
                " ".repeat(70_000)
            ),
            format!("{separator}7").repeat(70_000) + "\n",
            "x".repeat(70_000),
            format!("7{separator}{}", "9".repeat(65_408 - 2 - row.len())),
            format!("7{separator}{}", "9".repeat(65_408 - 2)),
        ] {
            for text in [
                long.clone(),
                row.clone() + &long,
                row.clone() + &long + &row,
                long + &row,
            ] {
                compare(&schema, &dialect, text.as_bytes(), 3);
            }
        }
    }
}

#[test]
fn many_columns_of_which_few_are_used() {
    for delimiter in [Delimiter::Whitespace, Delimiter::Byte(b';')] {
        let separator = if delimiter == Delimiter::Whitespace {
            "\t"
        } else {
            ";"
        };
        let line = |row: usize, columns: usize| {
            let fields: Vec<String> = (0..columns)
                .map(|c| (row * columns + c).to_string())
                .collect();
            fields.join(separator) + "\n"
        };
        for columns in [300, 2000, 12_000] {
            let (schema, dialect) = numbers(3, delimiter.clone(), Some(vec![columns - 1, 7, -2]));
            let columns = usize::try_from(columns).unwrap();
            let even: String = (0..12).map(|row| line(row, columns)).collect();
            let ragged: String = (0..12).map(|row| line(row, columns + row % 3)).collect();
            let short: String = (0..12).map(|row| line(row, columns - row / 10)).collect();
            for text in [even, ragged, short] {
                compare(&schema, &dialect, text.as_bytes(), 50);
            }
        }
    }
}
