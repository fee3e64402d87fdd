//! Control pages as bytes, without files.

use super::*;

const SIZE: u64 = 5000;

fn bytes() -> [u8; LENGTH] {
    let mut bytes = [0; LENGTH];
    bytes[..8].copy_from_slice(MAGIC);
    bytes[8..12].copy_from_slice(&VERSION.to_le_bytes());
    bytes[16..32].copy_from_slice(&[7; 16]);
    bytes[32..40].copy_from_slice(&SIZE.to_le_bytes());
    bytes[40..48].copy_from_slice(&3u64.to_le_bytes());
    bytes
}

#[test]
fn a_page_says_what_was_written() {
    let control = Control::parse(&bytes(), file_length(SIZE))
        .unwrap()
        .unwrap();
    assert_eq!(control.nonce, Nonce::from_bytes([7; 16]));
    assert_eq!((control.size, control.former), (SIZE, 3));
    assert_eq!(control.state, State::Whole);
}

#[test]
fn a_page_that_no_block_has_is_none() {
    let none = |at: usize, value: u8| {
        let mut changed = bytes();
        changed[at] = value;
        assert_eq!(
            Control::parse(&changed, file_length(SIZE)),
            Ok(None),
            "byte {at}"
        );
    };
    none(0, b'S'); // the mark
    none(12, 9); // the state
    none(15, 1);
    none(34, 0xff); // a size beyond the file
    none(39, 0xff); // one beyond any file
    assert_eq!(Control::parse(&bytes(), page()), Ok(None));
}

#[test]
fn another_version_is_told_apart_whatever_else_the_page_says() {
    let mut changed = bytes();
    changed[8] = VERSION as u8 + 1;
    changed[39] = 0xff;
    let error = Control::parse(&changed, file_length(SIZE)).unwrap_err();
    assert_eq!(error.code(), "VERSION_MISMATCH");
}

#[test]
fn nonces_are_read_from_thirty_two_digits_and_nothing_else() {
    let text = "000102030405060708090a0b0c0d0e0f";
    assert_eq!(Nonce::parse(text).unwrap().to_string(), text);
    for wrong in [
        "",
        "0",
        &text[1..],
        &format!("{text}0"),
        &text.replace('f', "g"),
        &text.replace("00", "+0"),
    ] {
        assert_eq!(Nonce::parse(wrong), None, "{wrong}");
    }
}
