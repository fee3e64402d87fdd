//! Texts that come as a list of lines.

use sharray_decode::{BadItem, Encoding, Lines, SOFT_END};

fn join(items: &[&[u8]], encoding: Encoding, quoted: bool) -> Result<Vec<u8>, BadItem> {
    let (mut lines, mut out) = (Lines::new(encoding, quoted), Vec::new());
    for item in items {
        lines.push(item, false, &mut out)?;
    }
    Ok(out)
}

#[test]
fn every_item_is_a_line_with_a_line_end_of_its_own_or_without() {
    let items = [&b"1 2"[..], b"3 4\n", b"5 6\r\n", b"7 8\r", b"", b"\n"];
    let joined = join(&items, Encoding::Latin1, false);
    assert_eq!(joined, Ok(b"1 2\n3 4\n5 6\n7 8\n\n\n".to_vec()));
}

#[test]
fn a_line_end_in_the_midst_of_an_item_is_refused() {
    for item in [
        &b"1\n2"[..],
        b"1\r2",
        b"1\n\n",
        b"\n\r",
        b"\r\r",
        b"1\n\r\n",
    ] {
        let joined = join(&[b"0", item], Encoding::Latin1, false);
        assert_eq!(joined, Err(BadItem::LineEnd(1)), "{item:?}");
    }
}

#[test]
fn with_quotes_items_end_softly_and_keep_what_they_hold() {
    let joined = join(&[b"\"a", b"b\nc\"\n", b""], Encoding::Latin1, true);
    let soft = SOFT_END as char;
    let expected: Vec<u8> = format!("\"a{soft}b\nc\"\n{soft}{soft}")
        .chars()
        .map(|c| c as u8)
        .collect();
    assert_eq!(joined, Ok(expected));
}

#[test]
fn each_item_is_a_text_of_its_own_in_its_encoding() {
    let joined = join(
        &[b"\xff\xfe1\0\n\0", b"\xfe\xff\x002"],
        Encoding::Utf16,
        false,
    );
    assert_eq!(joined, Ok(b"1\n2\n".to_vec()));
    assert_eq!(
        join(&[b"\xe9"], Encoding::Latin1, true),
        Ok(b"\xc3\xa9\xff".to_vec())
    );
    let Err(BadItem::Text(bad)) = join(&[b"1", b"2\xc3"], Encoding::Utf8, false) else {
        panic!("half a character");
    };
    assert_eq!((bad.line, bad.byte, bad.bytes), (2, 1, vec![0xc3]));
}

#[test]
fn characters_stay_as_they_are_whatever_the_encoding_is() {
    let (mut lines, mut out) = (Lines::new(Encoding::Ascii, false), Vec::new());
    for item in ["\u{feff}é", "€\n"] {
        lines.push(item.as_bytes(), true, &mut out).expect("text");
    }
    assert_eq!(out, "\u{feff}é\n€\n".as_bytes());
}
