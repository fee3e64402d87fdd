//! The printer against what must hold for any format and any bytes, and the encoder against what Rust itself writes and reads.

use proptest::prelude::*;
use sharray_text::print::{Because, Encoder, Encoding, Field, Kind, Printer};

fn kinds() -> impl Strategy<Value = Kind> {
    let units = prop::sample::select(vec![
        "", "Y", "M", "W", "D", "h", "m", "s", "ms", "25s", "ns", "as",
    ]);
    let plain = prop::sample::select(vec![
        ('b', 1),
        ('i', 1),
        ('i', 2),
        ('i', 4),
        ('i', 8),
        ('u', 1),
        ('u', 8),
        ('f', 2),
        ('f', 4),
        ('f', 8),
        ('c', 8),
        ('c', 16),
        ('S', 0),
        ('S', 5),
        ('U', 0),
        ('U', 12),
        ('V', 3),
        ('M', 8),
        ('m', 8),
    ]);
    (plain, units).prop_map(|((letter, size), unit)| Kind::of(letter, size, unit).unwrap())
}

/// A format of one value, mostly one that is right.
fn formats() -> impl Strategy<Value = String> {
    let parts = (
        "[-+ #0]{0,3}",
        "[0-9]{0,3}",
        "(\\.[0-9]{0,3})?",
        "[diuoxXeEfFgGcsra]",
    );
    let right = parts.prop_map(|(flags, width, precision, letter)| {
        format!("<%{flags}{width}{precision}{letter}>")
    });
    prop_oneof![8 => right, 1 => "%?.{0,6}", 1 => "[%a-z0-9.# -]{0,12}"]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(20_000))]

    #[test]
    fn any_format_and_any_bytes_are_printed_or_refused(
        kind in kinds(), swapped: bool, format in formats(), bytes in prop::collection::vec(any::<u8>(), 16),
    ) {
        let field = Field { kind, offset: 0, swapped };
        let Ok(printer) = Printer::new(&format, ",", "\n", &[field], false) else {
            return Ok(());
        };
        let mut text = "before".to_owned();
        if printer.print(&bytes, true, &mut text).is_ok() {
            prop_assert!(text.starts_with("before") && text.ends_with('\n'));
            prop_assert!(text.len() - "before".len() <= printer.size(), "{text:?}");
        }
    }

    #[test]
    fn integers_are_what_rust_writes(value: i64, width in 0usize..30) {
        let field = Field { kind: Kind::Int(8), offset: 0, swapped: true };
        let format = format!("%{width}d %-{width}d| %0{width}x");
        let printer = Printer::new(&format, "", "", &[field; 3], false).unwrap();
        let mut text = String::new();
        printer.print(&value.to_be_bytes(), true, &mut text).unwrap();
        let magnitude = value.unsigned_abs();
        let sign = if value < 0 { "-" } else { "" };
        let digits = width.saturating_sub(sign.len());
        prop_assert_eq!(text, format!("{value:>width$} {value:<width$}| {sign}{magnitude:0>digits$x}"));
    }

    #[test]
    fn encoded_texts_are_what_they_were(text in "\\PC*", cut in 0usize..20) {
        let at = text.char_indices().nth(cut).map_or(text.len(), |(at, _)| at);
        let encoded = |name: &str| -> Result<Vec<u8>, char> {
            let mut encoder = Encoder::new(Encoding::named(name).unwrap());
            let mut bytes = Vec::new();
            encoder.encode(&text[..at], &mut bytes)?;
            encoder.encode(&text[at..], &mut bytes)?;
            Ok(bytes)
        };
        prop_assert_eq!(encoded("UTF-8").unwrap(), text.as_bytes());
        let wide: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
        prop_assert_eq!(encoded("utf-16-be").unwrap(), wide);
        let marked: Vec<u8> = format!("\u{feff}{text}").chars().flat_map(|c| u32::from(c).to_le_bytes()).collect();
        prop_assert_eq!(encoded("utf_32").unwrap(), marked);
        let latin1: Result<Vec<u8>, char> = text.chars().map(|c| u8::try_from(c).map_err(|_| c)).collect();
        prop_assert_eq!(encoded("latin-1"), latin1);
        let ascii = text.chars().find(|c| !c.is_ascii()).map_or(Ok(text.clone().into_bytes()), Err);
        prop_assert_eq!(encoded("ascii"), ascii);
    }
}

#[test]
fn what_numpy_prints_otherwise_than_this_crate_could_is_unsupported() {
    for (letter, size, format) in [('c', 16, "%e"), ('V', 3, "%d"), ('i', 4, "%1000001d")] {
        let field = Field {
            kind: Kind::of(letter, size, "").unwrap(),
            offset: 0,
            swapped: false,
        };
        let refusal = Printer::new(format, "", "\n", &[field], false)
            .err()
            .unwrap();
        assert_eq!(refusal.because, Because::Unsupported, "{refusal}");
    }
}

#[test]
fn kinds_and_encodings_that_are_none_are_nothing() {
    for (letter, size, unit) in [
        ('i', 3, ""),
        ('f', 16, ""),
        ('U', 5, ""),
        ('O', 8, ""),
        ('M', 8, "fortnight"),
    ] {
        assert_eq!(Kind::of(letter, size, unit), None);
    }
    assert_eq!(Encoding::named("cp1252"), None);
}
