//! What is refused, and how exactly it is said.

mod cases;

use std::process::Command;

use cases::{kernel, padded};
use sharray_text::{
    BadRow, Column, Delimiter, Dialect, Engine, Input, Kernel, Kind, PAD_AFTER, PAD_BEFORE, Parsed,
    Reason, Schema, SchemaError,
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
    }
}

/// The outcome that all engines agree on.
fn parse(schema: &Schema, dialect: &Dialect, text: &str, room: usize) -> Result<Parsed, BadRow> {
    let buf = padded(text.as_bytes(), b'\n');
    let input = Input::new(&buf, PAD_BEFORE..PAD_BEFORE + text.len());
    let mut outcomes: Vec<_> = Engine::available()
        .into_iter()
        .map(|engine| {
            kernel(schema, dialect, engine).parse(input, &mut vec![0; room * schema.itemsize])
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
            "a 1 2\n  a\u{a0}1 2 #c\n",
            (1, 1, 6, 0, None, "  a\u{a0}1 2 ", Reason::UnicodeSpace),
        ),
        (
            &white,
            "\u{2003}\n",
            (0, 0, 0, 0, None, "\u{2003}", Reason::UnicodeSpace),
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
            let bad = kernel.parse(input, &mut [0; 15]).expect_err("not UTF-8");
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
    for (line, blanks, commas) in [
        ("a b\tc # d\n", 3, 1),
        (" \r\n", 0, 1),
        ("", 0, 0),
        ("#", 0, 0),
        (",a,", 1, 3),
    ] {
        assert_eq!(
            (white.fields(line.as_bytes()), comma.fields(line.as_bytes())),
            (blanks, commas),
            "{line:?}"
        );
    }
}

#[test]
fn impossible_schemas_and_dialects() {
    use SchemaError::{Beyond, Comment, CommentIsDelimiter, NoColumns, Overlap, Size, Usecols};
    let good = schema(&[(Kind::Int, 4), (Kind::Float, 8)]);
    let white = dialect(Delimiter::Whitespace);
    let change = |change: &dyn Fn(&mut Schema, &mut Dialect)| {
        let (mut schema, mut dialect) = (good.clone(), white.clone());
        change(&mut schema, &mut dialect);
        Kernel::new(schema, dialect).map(|kernel| kernel.engine())
    };
    assert!(change(&|_, _| ()).is_ok());
    assert_eq!(change(&|s, _| s.columns.clear()), Err(NoColumns));
    assert_eq!(change(&|s, _| s.columns[0].size = 3), Err(Size(0)));
    assert_eq!(change(&|s, _| s.columns[1].size = 2), Err(Size(1)));
    assert_eq!(change(&|s, _| s.itemsize = 11), Err(Beyond(1)));
    assert_eq!(
        change(&|s, _| s.columns[1].offset = usize::MAX),
        Err(Beyond(1))
    );
    assert_eq!(change(&|s, _| s.columns[1].offset = 3), Err(Overlap(0, 1)));
    assert_eq!(
        change(&|s, _| s.usecols = Some(vec![0])),
        Err(Usecols {
            found: 1,
            expected: 2
        })
    );
    for byte in [b'\n', b'\r', 0x80] {
        assert_eq!(
            change(&|_, d| d.delimiter = Delimiter::Byte(byte)),
            Err(SchemaError::Delimiter(byte))
        );
    }
    assert_eq!(
        change(&|_, d| d.comments = vec![b"#".to_vec(), vec![]]),
        Err(Comment(1))
    );
    assert_eq!(
        change(&|_, d| d.comments = vec![b"#\n".to_vec()]),
        Err(Comment(0))
    );
    for blank in [" ", "\u{1c}", "\u{a0}", "\u{2003}"] {
        assert_eq!(
            change(&|_, d| d.comments = vec![blank.into()]),
            Err(CommentIsDelimiter(0))
        );
        assert!(change(&|_, d| d.comments = vec![blank.into(), b"#".to_vec()]).is_ok());
    }
    let comma = |d: &mut Dialect| d.delimiter = Delimiter::Byte(b',');
    let marks = vec![b"#".to_vec(), b",".to_vec()];
    assert_eq!(
        change(&|_, d| (comma(d), d.comments.clone_from(&marks)).1),
        Err(CommentIsDelimiter(1))
    );
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
