//! Schemas and dialects that cannot be.

use SchemaError::{
    Beyond, Comment, CommentIsDelimiter, Fills, Items, NoColumns, Overlap, Quote,
    QuoteWithComments, Size, Usecols, Widths,
};
use sharray_text::{Column, Delimiter, Dialect, Engine, Kernel, Kind, Schema, SchemaError, Unit};

/// A good schema of an i4 and an f8 and a good dialect, changed.
fn change(change: &dyn Fn(&mut Schema, &mut Dialect)) -> Result<Engine, SchemaError> {
    let column = |kind, size, offset| Column {
        kind,
        size,
        offset,
        swap: false,
    };
    let mut schema = Schema {
        columns: vec![column(Kind::Int, 4, 0), column(Kind::Float, 8, 4)],
        itemsize: 12,
        usecols: None,
        fills: Vec::new(),
    };
    let mut dialect = Dialect {
        comments: vec![b"#".to_vec()],
        ..Dialect::default()
    };
    change(&mut schema, &mut dialect);
    Kernel::new(schema, dialect).map(|kernel| kernel.engine())
}

#[test]
fn impossible_schemas_and_dialects() {
    assert!(change(&|_, _| ()).is_ok());
    assert_eq!(change(&|s, _| s.columns.clear()), Err(NoColumns));
    assert_eq!(change(&|s, _| s.columns[0].size = 3), Err(Size(0)));
    assert_eq!(change(&|s, _| s.columns[1].size = 1), Err(Size(1)));
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
fn every_kind_has_its_sizes() {
    let date = Kind::Datetime(Unit::Day, 1);
    for (kind, good, bad) in [
        (Kind::Bool, &[1][..], &[0, 2][..]),
        (Kind::Int, &[1, 2, 4], &[0, 3]),
        (Kind::Float, &[2, 4], &[0, 1, 3]),
        (Kind::Complex, &[], &[2, 4]),
        (date, &[], &[4]),
        (Kind::Timedelta, &[], &[4]),
        (Kind::Str, &[0, 4], &[1, 3]),
        (Kind::Bytes, &[0, 1, 3], &[]),
        (Kind::Void, &[0, 3], &[]),
        (Kind::Skip, &[0, 3], &[]),
    ] {
        let of = |size| {
            change(&|s, _| {
                s.columns[0].kind = kind;
                s.columns[0].size = size;
            })
        };
        assert!(good.iter().all(|&size| of(size).is_ok()), "{kind:?}");
        assert!(bad.iter().all(|&size| of(size) == Err(Size(0))), "{kind:?}");
    }
}

#[test]
fn impossible_fills() {
    let fill = |size: usize| Some(vec![1; size].into_boxed_slice());
    assert!(change(&|s, _| s.fills = vec![fill(4), None]).is_ok());
    assert_eq!(change(&|s, _| s.fills = vec![fill(4)]), Err(Fills));
    assert_eq!(change(&|s, _| s.fills = vec![None, fill(4)]), Err(Fills));
}

#[test]
fn impossible_delimiters() {
    for char in ['a', '\n'] {
        let delimiter = Delimiter::Char(char);
        let found = change(&|_, d| d.delimiter = delimiter.clone());
        assert_eq!(found, Err(SchemaError::Delimiter(char as u8)));
    }
    for widths in [vec![], vec![3, 0]] {
        let delimiter = Delimiter::Widths(widths.into());
        assert_eq!(change(&|_, d| d.delimiter = delimiter.clone()), Err(Widths));
    }
    let euro = |d: &mut Dialect| d.delimiter = Delimiter::Char('\u{20ac}');
    assert!(change(&|_, d| euro(d)).is_ok());
    let comment = || vec!["\u{20ac}".into()];
    assert_eq!(
        change(&|_, d| (euro(d), d.comments = comment()).1),
        Err(CommentIsDelimiter(0))
    );
}

#[test]
fn impossible_quotes() {
    let quoted = |quote, delimiter: Delimiter, comments: &[&str]| {
        change(&|_, d| {
            d.quote = Some(quote);
            d.delimiter = delimiter.clone();
            d.comments = comments.iter().map(|&comment| comment.into()).collect();
        })
    };
    let white = || Delimiter::Whitespace;
    assert_eq!(quoted('"', white(), &["#"]), change(&|_, _| {}));
    let items = |d: &mut Dialect| (d.quote, d.items) = (Some('"'), true);
    assert_eq!(change(&|_, d| items(d)), Ok(Engine::Reference));
    assert_eq!(
        quoted('\u{20ac}', Delimiter::Byte(b','), &["\u{e9}"]),
        Ok(Engine::Reference)
    );
    for quote in ['\n', '\r', ' ', '\x1c', '\u{a0}', '#'] {
        assert_eq!(quoted(quote, white(), &["#"]), Err(Quote(quote)));
    }
    assert_eq!(quoted(',', Delimiter::Byte(b','), &[]), Err(Quote(',')));
    assert!(quoted(' ', Delimiter::Byte(b','), &[]).is_ok());
    for comments in [&["#", "%"][..], &["//"]] {
        assert_eq!(quoted('"', white(), comments), Err(QuoteWithComments));
    }
    assert_eq!(
        quoted('"', Delimiter::Widths([1].into()), &[]),
        Err(QuoteWithComments)
    );
    assert_eq!(change(&|_, d| d.items = true), Err(Items));
}
