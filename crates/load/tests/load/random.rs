//! Random files.

use proptest::prelude::*;

/// A line without its end. Mostly good rows of a text and an integer, some lines that are no rows, rarely a bad one.
fn line() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        20 => ("[a-zé]{1,4}", any::<i32>()).prop_map(|(text, number)| format!("{text} {number}").into_bytes()),
        3 => ("[ \t]{0,2}", "[a-z]{1,2}", "[ \t]{1,3}", 0..9).prop_map(|(a, b, c, d)| format!("{a}{b}{c}{d} # {b}").into_bytes()),
        3 => "[ \t]{0,3}".prop_map(String::into_bytes),
        2 => "[ ]?#[a-zé ]{0,6}".prop_map(String::into_bytes),
        1 => (10usize..300).prop_map(|n| [vec![b'x'; n], b" 7".to_vec()].concat()),
    ]
}

fn bad_line() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        Just(b"a b".to_vec()),
        Just(b"a".to_vec()),
        Just(b"a 1 2".to_vec()),
        Just(b"a\xff 1".to_vec()),
        Just(b"# \xc3".to_vec()),
    ]
}

/// A file, with some probability of one bad line.
pub fn file(bad: f64) -> impl Strategy<Value = Vec<u8>> {
    let end = prop_oneof![4 => Just("\n"), 2 => Just("\r\n"), 1 => Just("\r")];
    let lines = prop::collection::vec((line(), end), 0..30);
    let bad = prop::option::weighted(bad, (any::<prop::sample::Index>(), bad_line()));
    (lines, bad, any::<bool>()).prop_map(|(mut lines, bad, ended)| {
        if let Some((at, bad)) = bad
            && !lines.is_empty()
        {
            let at = at.index(lines.len());
            lines[at].0 = bad;
        }
        let count = lines.len();
        let mut bytes = Vec::new();
        for (index, (line, end)) in lines.into_iter().enumerate() {
            bytes.extend(line);
            if ended || index + 1 < count {
                bytes.extend(end.as_bytes());
            }
        }
        bytes
    })
}

/// Rows whose numbers count them.
pub fn numbered(rows: i32) -> Vec<u8> {
    (0..rows)
        .map(|row| format!("r{} {row}\n", row % 7))
        .collect::<String>()
        .into_bytes()
}

/// A file of rows in quotes, many of them bad. With a delimiter, else with white space.
pub fn quoted_file(delimiter: Option<char>) -> BoxedStrategy<Vec<u8>> {
    let separator = delimiter.unwrap_or(' ');
    let text = prop_oneof![
        2 => "[a-zé]{1,5}",
        4 => "\"([a-zé ,#]|\"\"|\n|\r|\r\n){0,5}\"",
        1 => "\"[a-z]{1,2}\"[a-z\"]{1,2}",
        1 => "[a-z]\"",
    ];
    let number = prop_oneof![4 => any::<i32>().prop_map(|n| n.to_string()), 2 => "\"-?[0-9]{1,3}\"", 1 => "[a-z]"];
    let row = (text, number)
        .prop_map(move |(text, number)| format!("{text}{separator}{number}").into_bytes());
    let line = prop_oneof![
        20 => row,
        2 => "[ \t]{0,2}(#[a-z\"]{0,4})?".prop_map(String::into_bytes),
        1 => bad_line(),
        1 => Just(b"\"".to_vec()),
    ];
    let end = prop_oneof![4 => Just("\n"), 2 => Just("\r\n"), 1 => Just("\r"), 1 => Just("#\"\n")];
    let lines = prop::collection::vec((line, end), 0..20);
    let join = |lines: Vec<(Vec<u8>, &str)>| {
        lines
            .into_iter()
            .flat_map(|(line, end)| [line, end.into()].concat())
            .collect()
    };
    (lines.prop_map(join), any::<bool>())
        .prop_map(|(mut bytes, ended): (Vec<u8>, bool)| {
            if !ended {
                bytes.pop();
            }
            bytes
        })
        .boxed()
}
