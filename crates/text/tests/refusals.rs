//! What is refused, and how exactly it is said.

mod cases;

use std::process::Command;

use cases::{kernel, padded};
use sharray_text::{
    BadRow, Column, Cut, Cuts, Delimiter, Dialect, Engine, Input, Kernel, Kind, PAD_AFTER,
    PAD_BEFORE, Parsed, Reason, Schema, Unit, parse_field,
};

fn schema(kinds: &[(Kind, usize)]) -> Schema {
    let mut itemsize = 0;
    let columns = kinds.iter().map(|&(kind, size)| {
        itemsize += size;
        Column {
            kind,
            size,
            offset: itemsize - size,
            swap: false,
        }
    });
    Schema {
        columns: columns.collect(),
        itemsize,
        usecols: None,
        fills: Vec::new(),
    }
}

fn dialect(delimiter: Delimiter) -> Dialect {
    Dialect {
        delimiter,
        comments: vec![b"#".to_vec()],
        ..Dialect::default()
    }
}

/// The outcome that all engines agree on.
fn parse(schema: &Schema, dialect: &Dialect, text: &str, room: usize) -> Result<Parsed, BadRow> {
    let buf = padded(text.as_bytes(), b'\n');
    let input = Input::new(&buf, PAD_BEFORE..PAD_BEFORE + text.len());
    let mut outcomes: Vec<_> = Engine::available()
        .into_iter()
        .map(|engine| {
            kernel(schema, dialect, engine).parse(
                input,
                &mut vec![0; room * schema.itemsize],
                &mut Cuts::default(),
            )
        })
        .collect();
    outcomes.dedup();
    assert_eq!(outcomes.len(), 1, "{text:?}");
    outcomes.remove(0)
}

#[test]
fn a_refusal_tells_where_and_why() {
    let table = schema(&[(Kind::Bytes, 3), (Kind::Int, 1), (Kind::Float, 4)]);
    let white = dialect(Delimiter::Whitespace);
    let comma = dialect(Delimiter::Byte(b','));
    let differ = |found| Reason::ColumnsDiffer { found, expected: 3 };
    for (dialect, text, expected) in [
        (
            &white,
            "a 1 2\r\n\n b x 3\n",
            (1, 2, 8, 1, Some(1), "x", Reason::NotANumber),
        ),
        (
            &white,
            "#\ra 128 2",
            (0, 1, 2, 1, Some(1), "128", Reason::OutOfRange),
        ),
        (
            &white,
            "a 99999999999999999999x 2",
            (
                0,
                0,
                0,
                1,
                Some(1),
                "99999999999999999999x",
                Reason::NotANumber,
            ),
        ),
        (
            &white,
            "a 1 2\na 1 # 3\n",
            (1, 1, 6, 2, None, "a 1 ", differ(2)),
        ),
        (
            &white,
            "a 1 2 3 4\n",
            (0, 0, 0, 3, None, "a 1 2 3 4", differ(5)),
        ),
        (
            &white,
            "a 1 2\n\u{2003}\n  a\u{a0}x\u{3000}2 #c\n",
            (1, 2, 10, 1, Some(1), "x", Reason::NotANumber),
        ),
        (
            &white,
            "a 1 2\n  a\u{a0}1 #c\n",
            (1, 1, 6, 2, None, "  a\u{a0}1 ", differ(2)),
        ),
        (
            &white,
            "\u{e9}\u{20ac} 1 2\n",
            (0, 0, 0, 0, Some(0), "\u{e9}\u{20ac}", Reason::NotLatin1),
        ),
        (
            &comma,
            "a,,2\n",
            (0, 0, 0, 1, Some(1), "", Reason::NotANumber),
        ),
        (&comma, "a,1,2\n \n", (1, 1, 6, 1, None, " ", differ(1))),
        (
            &comma,
            "a,1, 2 3 #\n",
            (0, 0, 0, 2, Some(2), " 2 3 ", Reason::NotANumber),
        ),
    ] {
        let bad = parse(&table, dialect, text, 9).expect_err(text);
        let found = (
            bad.rows,
            bad.line,
            bad.byte,
            bad.column,
            bad.field,
            &text[bad.text.clone()],
            bad.reason,
        );
        assert_eq!(found, expected, "{text:?}");
        assert!(bad.to_string().contains(&format!("line {}", bad.line + 1)));
    }
}

#[test]
fn usecols_tell_how_many_columns_they_need() {
    let mut table = schema(&[(Kind::Int, 4), (Kind::Int, 4)]);
    for (cols, expected) in [
        (vec![0, 2], 3),
        (vec![0, -4], 4),
        (vec![1, i64::MAX], 1 << 63),
    ] {
        table.usecols = Some(cols);
        let bad =
            parse(&table, &dialect(Delimiter::Whitespace), "1 2 #\n", 1).expect_err("too few");
        assert_eq!((bad.field, bad.column), (Some(1), 2));
        assert_eq!(bad.reason, Reason::TooFewColumns { found: 2, expected });
    }
    table.usecols = Some(vec![i64::MIN, 0]);
    assert!(parse(&table, &dialect(Delimiter::Whitespace), "1 2\n", 1).is_err());
}

#[test]
fn unicode_space_is_text_where_it_separates_nothing() {
    let table = schema(&[(Kind::Bytes, 3), (Kind::Int, 4)]);
    let comma = dialect(Delimiter::Byte(b','));
    assert!(parse(&table, &comma, "\u{a0}a,\u{2003}7\u{3000}\n", 1).is_ok());
    assert!(parse(&table, &dialect(Delimiter::Whitespace), "a 1 #\u{a0}\n", 1).is_ok());
}

#[test]
fn bytes_that_are_not_utf8_are_refused_in_texts() {
    let table = schema(&[(Kind::Bytes, 3), (Kind::Str, 12)]);
    for (text, field) in [
        (&b"\xff,a\n"[..], 0),
        (b"a,\xc3\n", 1),
        (b"a,b\xe2\x82\n", 1),
        (b"\xed\xa0\x80,b\n", 0),
    ] {
        for engine in Engine::available() {
            let buf = padded(text, b'\x80');
            let input = Input::new(&buf, PAD_BEFORE..PAD_BEFORE + text.len());
            let kernel = kernel(&table, &dialect(Delimiter::Byte(b',')), engine);
            let bad = kernel
                .parse(input, &mut [0; 15], &mut Cuts::default())
                .expect_err("not UTF-8");
            assert_eq!((bad.field, bad.reason), (Some(field), Reason::NotUtf8));
        }
    }
}

#[test]
fn parsing_stops_behind_the_last_record_that_fits() {
    let table = schema(&[(Kind::Int, 4)]);
    let white = dialect(Delimiter::Whitespace);
    let text = "1\n\n2 # c\r\n#\nx\n";
    for (room, rows, consumed) in [(0, 0, 0), (1, 1, 2), (2, 2, 10)] {
        assert_eq!(
            parse(&table, &white, text, room),
            Ok(Parsed { rows, consumed })
        );
    }
    assert_eq!(parse(&table, &white, text, 3).expect_err("x").line, 4);
    assert_eq!(
        parse(&table, &white, "1\n#\n\n", 2),
        Ok(Parsed {
            rows: 1,
            consumed: 5
        })
    );
    assert_eq!(parse(&table, &white, "", 1), Ok(Parsed::default()));
}

#[test]
fn fields_of_one_line() {
    let white = kernel(
        &schema(&[(Kind::Int, 4)]),
        &dialect(Delimiter::Whitespace),
        Engine::Reference,
    );
    let comma = kernel(
        &schema(&[(Kind::Int, 4)]),
        &dialect(Delimiter::Byte(b',')),
        Engine::Reference,
    );
    let texts = |texts: &[&str]| -> Vec<Vec<u8>> {
        texts.iter().map(|text| text.as_bytes().to_vec()).collect()
    };
    for (line, blanks, commas) in [
        ("a b\tc # d\n", &["a", "b", "c"][..], &["a b\tc "][..]),
        (" \r\n", &[], &[" "]),
        ("", &[], &[]),
        ("#", &[], &[]),
        (",a,", &[",a,"], &["", "a", ""]),
        ("a\u{2003}b\n", &["a", "b"], &["a\u{2003}b"]),
    ] {
        assert_eq!(
            (white.fields(line.as_bytes()), comma.fields(line.as_bytes())),
            (texts(blanks), texts(commas)),
            "{line:?}"
        );
    }
}

#[test]
fn a_text_that_is_cut_is_counted_or_refused() {
    let mut table = schema(&[(Kind::Bytes, 2), (Kind::Str, 8), (Kind::Int, 1)]);
    let mut comma = dialect(Delimiter::Byte(b','));
    let text = "\u{e9}\u{e9},ab,1\n#\nabc,a\u{20ac}c,2\nabcd,,3\n";
    let outcomes = |table: &Schema, dialect: &Dialect| {
        let buf = padded(text.as_bytes(), b'x');
        let input = Input::new(&buf, PAD_BEFORE..PAD_BEFORE + text.len());
        let engines = Engine::available().into_iter().map(|engine| {
            let mut cuts = Cuts::default();
            let parsed = kernel(table, dialect, engine).parse(input, &mut [0; 33], &mut cuts);
            (
                parsed.map(|parsed| parsed.rows),
                cuts.found().collect::<Vec<_>>(),
            )
        });
        engines.collect::<Vec<_>>()
    };
    for (parsed, cuts) in outcomes(&table, &comma) {
        assert_eq!(parsed, Ok(3));
        let found = [
            (
                0,
                Cut {
                    count: 2,
                    first: 12,
                },
            ),
            (
                1,
                Cut {
                    count: 1,
                    first: 12,
                },
            ),
        ];
        assert_eq!(cuts, found);
    }
    comma.strict = true;
    for (parsed, cuts) in outcomes(&table, &comma) {
        let bad = parsed.expect_err("a long text");
        assert_eq!(
            (bad.rows, bad.line, bad.byte, bad.field),
            (1, 2, 12, Some(0))
        );
        assert_eq!(bad.reason, Reason::TooLong { found: 3, most: 2 });
        assert_eq!(
            bad.to_string(),
            "line 3 of the input, column 1: 3 characters, the column holds 2"
        );
        assert_eq!(cuts, []);
    }
    // The first error is looked for in the order of the columns.
    table.columns.reverse();
    table.usecols = Some(vec![2, 1, 0]);
    for (parsed, _) in outcomes(&table, &comma) {
        assert_eq!(parsed.expect_err("a long text").field, Some(1));
    }
}

#[test]
fn texts_that_no_value_of_a_kind_is() {
    let refused = |kind, size, text: &str| {
        let table = schema(&[(kind, size)]);
        parse(
            &table,
            &dialect(Delimiter::Byte(b',')),
            &format!("{text}\n"),
            1,
        )
        .map(|_| ())
        .map_err(|bad| bad.reason)
    };
    assert_eq!(refused(Kind::Void, 3, "abc"), Err(Reason::NoText));
    assert_eq!(
        refused(Kind::Datetime(Unit::Day, 1), 8, "1970-13"),
        Err(Reason::NotADate)
    );
    assert_eq!(
        refused(Kind::Datetime(Unit::Generic, 1), 8, "1970-12"),
        Err(Reason::NotADate)
    );
    assert_eq!(refused(Kind::Datetime(Unit::Generic, 1), 8, "NaT"), Ok(()));
    assert_eq!(refused(Kind::Timedelta, 8, "1D"), Err(Reason::NotANumber));
    assert_eq!(refused(Kind::Complex, 8, "1 + 2j"), Err(Reason::NotANumber));
    assert_eq!(refused(Kind::Bool, 1, "true"), Err(Reason::NotANumber));
    assert_eq!(refused(Kind::Skip, 1, "anything"), Ok(()));
}

#[test]
fn one_text_as_an_item() {
    let column = |kind, size| Column {
        kind,
        size,
        offset: 7,
        swap: true,
    };
    assert_eq!(parse_field(column(Kind::Int, 2), b" 258 "), Ok(vec![1, 2]));
    assert_eq!(
        parse_field(column(Kind::Bytes, 2), b"abc"),
        Ok(b"ab".to_vec())
    );
    assert_eq!(
        parse_field(column(Kind::Int, 1), b"258"),
        Err(Reason::OutOfRange)
    );
    assert_eq!(parse_field(column(Kind::Int, 3), b"1"), Err(Reason::NoText));
}

#[test]
fn rows_with_too_few_columns_among_texts() {
    let mut table = schema(&[(Kind::Bytes, 1), (Kind::Int, 4)]);
    table.usecols = Some(vec![1, 0]);
    for text in ["1\n", "1 a\n2\n", "\n#\n", "1 a\n\u{2003}\n2\n"] {
        let rows = text.matches('a').count();
        let outcome = parse(&table, &dialect(Delimiter::Whitespace), text, 9);
        let found = outcome.map_or_else(
            |bad| (bad.rows, Some(bad.reason)),
            |parsed| (parsed.rows, None),
        );
        let short = Reason::TooFewColumns {
            found: 1,
            expected: 2,
        };
        assert_eq!(
            found,
            (rows, (text != "\n#\n").then_some(short)),
            "{text:?}"
        );
    }
}

#[test]
#[should_panic(expected = "readable bytes after it")]
fn text_without_padding_is_a_mistake_of_the_caller() {
    let _ = Input::new(&[0; PAD_BEFORE + PAD_AFTER], PAD_BEFORE..PAD_BEFORE + 1);
}

/// Not a test of its own: what `the_environment_chooses_the_engine` runs in processes of their own.
#[test]
fn print_the_engine() {
    let made = Kernel::new(schema(&[(Kind::Int, 4)]), dialect(Delimiter::Whitespace));
    println!("engine: {:?}", made.map(|kernel| kernel.engine()));
}

#[test]
fn the_environment_chooses_the_engine() {
    let engine = |name: &str| {
        let program = std::env::current_exe().expect("this program");
        let mut command = Command::new(program);
        command
            .args(["--exact", "print_the_engine", "--nocapture"])
            .env("SHARRAY_SIMD", name);
        String::from_utf8(command.output().expect("it runs").stdout).expect("text")
    };
    let best = Engine::available().pop().expect("at least one");
    assert!(engine("").contains(&format!("engine: Ok({best:?})")));
    assert!(engine("avx512").contains(&format!("engine: Ok({best:?})")));
    assert!(engine("portable").contains("engine: Ok(Portable)"));
    assert!(engine("reference").contains("engine: Ok(Reference)"));
    assert!(engine("sse9").contains("engine: Err(Engine(\"sse9\"))"));
}
