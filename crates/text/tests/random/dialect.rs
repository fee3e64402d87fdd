//! Random dialects, odd ones too.

use proptest::prelude::*;
use sharray_text::{Delimiter, Dialect};

/// Texts that stand for missing values: words, numbers that the fast paths would take, the empty one.
pub const MISSING: [&str; 6] = ["NA", "-", "", "-9", "1e5", "\u{e9}"];

/// Characters of one, two, three and four bytes; the first byte of the second begins white space too.
pub const CHARACTERS: [char; 4] = ['\u{e9}', '\u{a6}', '\u{2006}', '\u{1f600}'];

fn any_delimiter() -> impl Strategy<Value = Delimiter> {
    prop_oneof![
        6 => Just(Delimiter::Whitespace),
        6 => prop::sample::select(b",\t; |".to_vec()).prop_map(Delimiter::Byte),
        1 => prop::sample::select(CHARACTERS.to_vec()).prop_map(Delimiter::Char),
        1 => prop::collection::vec(1..9usize, 1..8).prop_map(|widths| Delimiter::Widths(widths.into())),
    ]
}

fn any_comments() -> impl Strategy<Value = Vec<Vec<u8>>> {
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
    comments.prop_map(|comments| comments.into_iter().map(Vec::from).collect())
}

fn any_missing() -> impl Strategy<Value = Vec<Vec<u8>>> {
    let some = prop::sample::subsequence(MISSING.to_vec(), 0..3);
    let texts = |texts: Vec<&str>| texts.into_iter().map(Vec::from).collect::<Vec<_>>();
    prop_oneof![2 => Just(Vec::new()), 1 => some.prop_map(texts)]
}

/// With quotes there is one comment of one character at most, and no widths.
fn quoted(dialect: Dialect, quote: char) -> Dialect {
    let single = |comment: &Vec<u8>| {
        let text = String::from_utf8_lossy(comment);
        text.chars().count() == 1 && text != quote.to_string()
    };
    let comments = dialect.comments.iter().filter(|comment| single(comment));
    Dialect {
        comments: comments.take(1).cloned().collect(),
        quote: Some(quote),
        delimiter: match dialect.delimiter {
            Delimiter::Widths(_) => Delimiter::Byte(b','),
            delimiter => delimiter,
        },
        ..dialect
    }
}

/// Delimiters, comments, quotes, missing values, words and strictness.
pub fn any_dialect() -> impl Strategy<Value = Dialect> {
    let quote = prop::sample::select(vec!['"', '"', '"', '\'', '1', '#', '\u{20ac}']);
    (
        any_delimiter(),
        any_comments(),
        any_missing(),
        any::<bool>(),
        prop::bool::weighted(0.2),
        prop::option::weighted(0.4, quote),
    )
        .prop_map(|(delimiter, comments, na, words, strict, quote)| {
            let dialect = Dialect {
                delimiter,
                comments,
                na,
                words,
                strict,
                ..Dialect::default()
            };
            match quote {
                Some(quote) => quoted(dialect, quote),
                None => dialect,
            }
        })
}
