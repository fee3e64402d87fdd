//! Random fields. A column has one style from row to row, as columns of tables do, so that groups of rows take the same path.

use sharray_text::Kind;

use crate::dialect::MISSING;
use crate::random::Random;

/// What suits no style, or only just.
const ODD: [&str; 56] = [
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
    "\u{e9}",
    "\u{20ac}",
    "1\u{a0}",
    "\u{85}",
    " 7 ",
    "\x1c7",
    "12345678901234567890",
    "-0",
    "0000000000000000000000001",
    "1.0",
    "..",
    "1.2.3",
    "#",
    "1#",
    "//",
    "\0",
    "128",
    "-129",
    "256",
    "32768",
    "-32769",
    "65536",
    "2147483648",
    "-2147483649",
    "4294967296",
    "9223372036854775808",
    "-9223372036854775809",
    "18446744073709551616",
    "9007199254740993",
    "4503599627370497.5",
    "1:",
    "/1",
    "999999999999999999999999999",
    "1e-320",
    "+5",
    "5.",
    ".5",
    "-.5",
    "1.5e",
    "1.e5",
    "\"",
    "\"\"",
    "1e+",
];
const LETTERS: &[u8] = b"ACGTabcxyz0189._-+/:";
const BEYOND: [&str; 5] = ["\u{e9}", "\u{ff}", "\u{20ac}", "\u{1f600}", "\u{a0}"];

/// How the fields of a column look.
pub struct Style {
    pub kind: Kind,
    pub size: usize,
    pub words: bool,
    pub form: usize,
    /// Digits or characters at most: before the point, and behind it.
    pub before: usize,
    pub behind: usize,
    /// Whether each has the most.
    pub full: bool,
    /// One field in so many has a sign; none with 0.
    pub signs: usize,
    /// One in so many is odd; none with 0.
    pub odd: usize,
}

impl Style {
    pub fn new(random: &mut Random, kind: Kind, size: usize, words: bool, odd: usize) -> Style {
        let around = match kind {
            Kind::Bytes => size.max(1) + 2,
            Kind::Str => size / 4 + 2,
            _ => random.one(&[1, 3, 8, 9, 10, 16, 17, 19, 20, 21, 26]),
        };
        Style {
            kind,
            size,
            words,
            form: random.below(8),
            before: random.range(1, around),
            behind: random.one(&[0, 1, 2, 6, 6, 7, 8, 15, 16, 17, 18, 18, 19, 24]),
            full: random.once_in(3),
            signs: random.one(&[0, 0, 1, 2, 2, 9]),
            odd,
        }
    }

    pub fn write(&self, random: &mut Random, out: &mut Vec<u8>) {
        if random.once_in(self.odd) {
            let odd = if random.once_in(4) {
                &MISSING[..]
            } else {
                &ODD
            };
            return out.extend_from_slice(random.pick(odd).as_bytes());
        }
        match self.kind {
            Kind::Int | Kind::Uint | Kind::Timedelta => self.integer(random, out),
            Kind::Float => self.float(random, out),
            Kind::Bytes | Kind::Str | Kind::Skip | Kind::Void => self.text(random, out),
            Kind::Bool => self.boolean(random, out),
            Kind::Complex => self.complex(random, out),
            Kind::Datetime(..) => self.date(random, out),
        }
    }

    /// Characters of a field that has at most so many.
    pub fn length(&self, random: &mut Random, most: usize) -> usize {
        if self.full {
            most
        } else {
            random.range(most.min(1), most)
        }
    }

    fn text(&self, random: &mut Random, out: &mut Vec<u8>) {
        let length = self.length(random, self.before);
        // One character beyond ASCII shows only to whoever looks at its place.
        let single = random.below(length.max(1));
        for i in 0..length {
            if self.form == 0 && random.once_in(6) || self.form == 1 && i == single {
                out.extend_from_slice(random.pick(&BEYOND).as_bytes());
            } else {
                out.push(random.one(LETTERS));
            }
        }
    }

    fn boolean(&self, random: &mut Random, out: &mut Vec<u8>) {
        match self.form {
            0..3 => out.push(random.one(b"01")),
            3..6 if self.words => {
                let words = [
                    "true", "false", "True", "False", "TRUE", "FALSE", "tRue", "falsE",
                ];
                let count = if self.full { 2 } else { 8 };
                out.extend_from_slice(words[random.below(count)].as_bytes());
            }
            _ => self.integer(random, out),
        }
    }
}
