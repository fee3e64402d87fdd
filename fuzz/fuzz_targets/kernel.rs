//! A schema and a dialect, of the first bytes, and a text: every engine counts, reads, cuts and refuses as the reference does.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sharray_text::{
    BadRow, Column, Count, Cut, Cuts, Delimiter, Dialect, Engine, Input, Kernel, Kind, PAD_AFTER,
    PAD_BEFORE, Parsed, Schema, Unit,
};

const KINDS: [(Kind, usize); 32] = [
    (Kind::Int, 1),
    (Kind::Int, 2),
    (Kind::Int, 4),
    (Kind::Int, 8),
    (Kind::Uint, 1),
    (Kind::Uint, 2),
    (Kind::Uint, 4),
    (Kind::Uint, 8),
    (Kind::Float, 2),
    (Kind::Float, 4),
    (Kind::Float, 8),
    (Kind::Float, 8),
    (Kind::Complex, 8),
    (Kind::Complex, 16),
    (Kind::Bool, 1),
    (Kind::Timedelta, 8),
    (Kind::Datetime(Unit::Year, 1), 8),
    (Kind::Datetime(Unit::Day, 7), 8),
    (Kind::Datetime(Unit::Second, 1), 8),
    (Kind::Datetime(Unit::Atto, 1), 8),
    (Kind::Datetime(Unit::Generic, 1), 8),
    (Kind::Bytes, 0),
    (Kind::Bytes, 1),
    (Kind::Bytes, 5),
    (Kind::Bytes, 16),
    (Kind::Bytes, 17),
    (Kind::Str, 0),
    (Kind::Str, 4),
    (Kind::Str, 20),
    (Kind::Void, 3),
    (Kind::Skip, 0),
    (Kind::Skip, 3),
];
const COMMENTS: [&[&str]; 8] = [
    &["#"],
    &[],
    &["#", "%"],
    &["//"],
    &["ab", "xa"],
    &["\u{e9}"],
    &["1,"],
    &[" #"],
];

/// Bytes from the front, zeros behind their end.
struct Front<'a>(&'a [u8]);

impl Front<'_> {
    fn byte(&mut self) -> u8 {
        match self.0 {
            [first, rest @ ..] => {
                self.0 = rest;
                *first
            }
            [] => 0,
        }
    }

    fn flag(&mut self) -> bool {
        self.byte() & 1 == 1
    }

    fn schema(&mut self) -> Schema {
        let count = 1 + usize::from(self.byte() % 6);
        let mut itemsize = 0;
        let (mut columns, mut fills) = (Vec::new(), Vec::new());
        for _ in 0..count {
            let byte = self.byte();
            let (kind, size) = KINDS[usize::from(byte % 32)];
            itemsize += usize::from(byte >> 5 & 1);
            columns.push(Column {
                kind,
                size,
                offset: itemsize,
                swap: byte & 0x80 != 0,
            });
            fills.push((byte & 0x40 != 0).then(|| vec![0xA5; size].into()));
            itemsize += size;
        }
        if self.flag() {
            columns.reverse();
            fills.reverse();
        }
        let usecols = self.flag().then(|| {
            (0..count)
                .map(|_| i64::from(self.byte() as i8 % 8))
                .collect()
        });
        Schema {
            columns,
            itemsize: itemsize.max(1),
            usecols,
            fills,
        }
    }

    fn dialect(&mut self) -> Dialect {
        let delimiter = match self.byte() % 8 {
            0..3 => Delimiter::Whitespace,
            3 => Delimiter::Char('\u{2006}'),
            4 => Delimiter::Widths([1, 2, 1 + usize::from(self.byte() % 8)].into()),
            _ => Delimiter::Byte(self.byte()),
        };
        let comments = COMMENTS[usize::from(self.byte() % 8)];
        let bits = self.byte();
        let na = ["NA", "-", "", "-9", "1e5"].iter().enumerate();
        Dialect {
            delimiter,
            comments: comments.iter().map(|&comment| comment.into()).collect(),
            na: na
                .filter(|(i, _)| bits >> i & 1 == 1)
                .map(|(_, &na)| na.into())
                .collect(),
            words: bits >> 5 & 1 == 1,
            strict: bits >> 6 & 1 == 1,
            quote: (bits >> 7 == 1).then_some('"'),
            ..Dialect::default()
        }
    }
}

type Outcome = (Count, Vec<u8>, Vec<(usize, Cut)>, Result<Parsed, BadRow>);

fn outcome(kernel: &Kernel, buf: &[u8], room: Option<usize>, itemsize: usize) -> Outcome {
    let input = Input::new(buf, PAD_BEFORE..buf.len() - PAD_AFTER);
    let count = kernel.count(input);
    let mut out = vec![0; room.unwrap_or(count.rows as usize) * itemsize];
    let mut cuts = Cuts::default();
    let parsed = kernel.parse(input, &mut out, &mut cuts);
    let rows = parsed
        .as_ref()
        .map_or_else(|bad| bad.rows, |parsed| parsed.rows);
    out.truncate(rows * itemsize);
    (count, out, cuts.found().collect(), parsed)
}

fuzz_target!(|data: &[u8]| {
    let mut front = Front(data);
    let (schema, dialect) = (front.schema(), front.dialect());
    let room = Some(front.byte())
        .filter(|room| room & 1 == 1)
        .map(usize::from);
    // Batches are longer than what a fuzzer likes to try.
    let times = 1 << (front.byte() % 8);
    let Ok(reference) = Kernel::with_engine(schema.clone(), dialect.clone(), Engine::Reference)
    else {
        return;
    };
    let mut buf = vec![b'1'; PAD_BEFORE];
    buf.extend(front.0.repeat(times));
    buf.resize(buf.len() + PAD_AFTER, b'1');
    let text = &buf[PAD_BEFORE..buf.len() - PAD_AFTER];
    let expected = outcome(&reference, &buf, room, schema.itemsize);
    assert_eq!(reference.walk(text, text.len(), true).count, expected.0);
    for engine in Engine::available() {
        let kernel =
            Kernel::with_engine(schema.clone(), dialect.clone(), engine).expect("as the reference");
        assert_eq!(
            outcome(&kernel, &buf, room, schema.itemsize),
            expected,
            "{engine:?}"
        );
        let limit = text.len() - text.len() / 3;
        for last in [true, false] {
            assert_eq!(
                kernel.walk(text, limit, last),
                reference.walk(text, limit, last),
                "{engine:?}"
            );
        }
    }
});
