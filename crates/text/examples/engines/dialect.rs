//! Random dialects, odd ones too.

use sharray_text::{Delimiter, Dialect};

use crate::random::Random;

/// Texts that stand for missing values: words, numbers that the fast paths would take, the empty one.
pub const MISSING: [&str; 6] = ["NA", "-", "", "-9", "1e5", "\u{e9}"];
/// Delimiters of several bytes; the first byte of the second one begins white space too.
const CHARACTERS: [char; 4] = ['\u{e9}', '\u{a6}', '\u{2006}', '\u{1f600}'];
const COMMENTS: [&[&str]; 12] = [
    &["#"],
    &["#"],
    &["#"],
    &[],
    &["#", "%"],
    &["//"],
    &["# "],
    &["ab", "xa"],
    &["\u{e9}"],
    &["#", "//", "!!"],
    &[" #"],
    &["1,"],
];
/// What quotes go with.
const SINGLE: [&[&str]; 4] = [&["#"], &[], &["\u{e9}"], &["1"]];
const QUOTES: [char; 6] = ['"', '"', '"', '\'', '\u{20ac}', '7'];

fn delimiter(random: &mut Random, quoted: bool) -> Delimiter {
    match random.below(64) {
        0..30 => Delimiter::Whitespace,
        30..58 => Delimiter::Byte(random.one(b",,\t; |")),
        // Characters that numbers are made of, too.
        58 => Delimiter::Byte(random.below(128) as u8),
        59 if !quoted => {
            let width = |_| random.range(1, 8);
            let widths: Vec<usize> = (0..4).map(width).collect();
            Delimiter::Widths(widths.into())
        }
        _ => Delimiter::Char(random.one(&CHARACTERS)),
    }
}

/// A dialect, which may be one that cannot be.
pub fn dialect(random: &mut Random) -> Dialect {
    let quote = random.once_in(4).then(|| random.one(&QUOTES));
    let comments = match quote {
        Some(_) => random.one(&SINGLE),
        None => random.one(&COMMENTS),
    };
    let some = random.once_in(4);
    let na = MISSING.iter().filter(|_| some && random.once_in(3));
    let na = na.map(|&na| na.into()).collect();
    Dialect {
        delimiter: delimiter(random, quote.is_some()),
        comments: comments.iter().map(|&comment| comment.into()).collect(),
        quote,
        items: quote.is_some() && random.once_in(6),
        na,
        words: random.once_in(2),
        strict: random.once_in(12),
    }
}
