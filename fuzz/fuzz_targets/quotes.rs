//! A dialect with quotes, of the first byte, and a text: the kernel finds the rows and fields that a naive reader finds.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sharray_text::{Column, Delimiter, Dialect, Engine, Kernel, Kind, Reason, Schema, Walk};

#[path = "../../crates/text/tests/naive/mod.rs"]
mod naive;

fn dialect(byte: u8) -> Dialect {
    let comments: [&[&str]; 4] = [&["#"], &[], &["\u{e9}"], &["a"]];
    Dialect {
        delimiter: match byte & 3 {
            0 => Delimiter::Whitespace,
            1 => Delimiter::Byte(b','),
            2 => Delimiter::Byte(b'\t'),
            _ => Delimiter::Char('\u{2006}'),
        },
        comments: comments[usize::from(byte >> 2 & 3)]
            .iter()
            .map(|&comment| comment.into())
            .collect(),
        quote: Some(['"', '\'', '\u{20ac}', 'q'][usize::from(byte >> 4 & 3)]),
        items: byte & 0x40 != 0,
        ..Dialect::default()
    }
}

fuzz_target!(|data: &[u8]| {
    let [first, text @ ..] = data else { return };
    let dialect = dialect(*first);
    let column = Column {
        kind: Kind::Skip,
        size: 1,
        offset: 0,
        swap: false,
    };
    let schema = Schema {
        columns: vec![column],
        itemsize: 1,
        usecols: None,
        fills: Vec::new(),
    };
    for engine in Engine::available() {
        let kernel = Kernel::with_engine(schema.clone(), dialect.clone(), engine)
            .expect("a dialect that can be");
        compare(&kernel, &dialect, text);
    }
});

fn compare(kernel: &Kernel, dialect: &Dialect, text: &[u8]) {
    let mut at = 0;
    let mut sum = Walk::default();
    for row in naive::rows(dialect, text) {
        assert_eq!(at, row.start);
        let walk = kernel.walk(&text[at..], 1, true);
        assert_eq!(at + walk.next, row.next);
        assert_eq!(walk.count.lines, row.lines);
        assert_eq!(walk.count.rows == 1, row.broken || !row.fields.is_empty());
        let fields = match row.broken {
            true => Err(Reason::LineInItem),
            false => Ok(row.fields),
        };
        assert_eq!(kernel.fields(&text[at..]), fields);
        // What follows a row that is whole does not change it.
        let alone = kernel.walk(&text[at..row.next], 1, false);
        assert!(!alone.complete || alone.next == walk.next && alone.count == walk.count);
        sum.count.rows += walk.count.rows;
        sum.count.lines += walk.count.lines;
        at = row.next;
    }
    assert_eq!(at, text.len());
    assert_eq!(kernel.walk(text, text.len(), true).count, sum.count);
}
