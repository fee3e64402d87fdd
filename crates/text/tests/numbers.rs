//! Columns of numbers by every engine against Rust's own parser, field by field: nothing that one refuses hides the others.

mod cases;
#[path = "random/number.rs"]
mod number;

use cases::{kernel, padded};
use number::{any_decimal, any_long_integer};
use proptest::prelude::*;
use sharray_text::{Column, Cuts, Dialect, Engine, Input, Kernel, Kind, PAD_BEFORE, Schema, Unit};

/// A kernel for one column.
fn column(kind: Kind, size: usize, swap: bool, engine: Engine) -> Kernel {
    let column = Column {
        kind,
        size,
        offset: 0,
        swap,
    };
    let schema = Schema {
        columns: vec![column],
        itemsize: size,
        usecols: None,
        fills: Vec::new(),
    };
    kernel(&schema, &Dialect::default(), engine)
}

/// The low bytes of a value as an item.
fn item(bits: u64, size: usize, swap: bool) -> Vec<u8> {
    let mut bytes = bits.to_le_bytes()[..size].to_vec();
    if swap {
        bytes.reverse();
    }
    bytes
}

/// What every engine makes of a column of these texts is `expected`, whatever lies around the text. Where a text has none, it is
/// the first that is refused.
fn check(kind: Kind, size: usize, texts: &[String], expected: impl Fn(&str) -> Option<u64>) {
    let table = texts.join("\n");
    let good: Vec<u64> = texts.iter().map_while(|text| expected(text)).collect();
    for engine in Engine::available() {
        for swap in [false, true] {
            let kernel = column(kind, size, swap, engine);
            for fill in [b'1', b'-', b'e', b'.'] {
                let buf = padded(table.as_bytes(), fill);
                let input = Input::new(&buf, PAD_BEFORE..PAD_BEFORE + table.len());
                let mut out = vec![0xEE; texts.len() * size];
                let outcome = kernel.parse(input, &mut out, &mut Cuts::default());
                let rows = outcome.map_or_else(|bad| bad.rows, |parsed| parsed.rows);
                assert_eq!(rows, good.len(), "{engine:?} {kind:?}{size} {texts:?}");
                for (row, item_found) in out.chunks(size).take(rows).enumerate() {
                    let item = item(good[row], size, swap);
                    let text = &texts[row];
                    assert_eq!(item_found, item, "{engine:?} {kind:?}{size} {swap} {text}");
                }
            }
        }
    }
}

/// Python's `float`, of texts without words: Rust's, which wants a digit too.
fn double(text: &str) -> Option<f64> {
    let body = text.trim_start_matches(['-', '+']);
    let number = body.starts_with(|c: char| c.is_ascii_digit() || c == '.');
    text.parse().ok().filter(|_| number)
}

fn check_decimals(texts: &[String]) {
    check(Kind::Float, 8, texts, |text| double(text).map(f64::to_bits));
    // By way of a double, as NumPy does it.
    check(Kind::Float, 4, texts, |text| {
        double(text).map(|value| u64::from((value as f32).to_bits()))
    });
}

fn check_integers(texts: &[String]) {
    for size in [1, 2, 4, 8] {
        let bits = 8 * size as u32;
        check(Kind::Int, size, texts, |text| {
            let value: i128 = text.parse().ok()?;
            let limit = 1i128 << (bits - 1);
            (-limit..limit).contains(&value).then_some(value as u64)
        });
        check(Kind::Uint, size, texts, |text| {
            // NumPy takes no minus here, not even that of "-0".
            let value: u128 = text.parse().ok().filter(|_| !text.starts_with('-'))?;
            (value < 1 << bits).then_some(value as u64)
        });
    }
    check(Kind::Bool, 1, texts, |text| {
        text.parse().ok().map(|value: i64| u64::from(value != 0))
    });
}

/// White space has no empty fields.
fn any_number() -> impl Strategy<Value = String> {
    any_decimal().prop_filter("a text", |text| !text.is_empty())
}

fn any_integer() -> impl Strategy<Value = String> {
    prop_oneof![any_long_integer(), "[-+]?[0-9]{1,16}", "[0-9]"]
}

proptest! {
    #[test]
    fn a_decimal_is_the_nearest_double(text in any_number(), before in any_number()) {
        check_decimals(&vec![text.clone(); 5]);
        // In a group of four with another one, and as the last rows.
        check_decimals(&[before.clone(), text.clone(), before.clone(), text.clone(), text, before]);
    }

    #[test]
    fn a_column_of_decimals(texts in prop::collection::vec(any_number(), 1..90)) {
        let numbers: Vec<String> = texts.into_iter().filter(|text| double(text).is_some()).collect();
        check_decimals(&numbers);
    }

    #[test]
    fn an_integer_is_itself_or_out_of_range(text in any_integer(), before in any_integer()) {
        check_integers(&vec![text.clone(); 5]);
        check_integers(&[before.clone(), text.clone(), before.clone(), text.clone(), text, before]);
    }

    #[test]
    fn a_column_of_integers(texts in prop::collection::vec(any_integer(), 1..90)) {
        let of_eight = |text: &String| text.parse::<i64>().is_ok();
        let (small, large): (Vec<String>, Vec<String>) = texts.into_iter().partition(of_eight);
        check_integers(&small);
        check_integers(&large);
    }
}

#[test]
fn what_is_almost_a_number_is_refused() {
    let odd = [
        ".",
        "-",
        "+",
        "-.",
        "+.",
        "e5",
        "-e5",
        ".e5",
        "-.e+5",
        "1e",
        "1e+",
        "1e-",
        "1E",
        "1.5e",
        "1.5E-",
        "1e5.",
        "1e5.5",
        "1.2.3",
        "1..2",
        "..1",
        "1ee5",
        "1e5e5",
        "1e+-5",
        "1e--5",
        "--1",
        "+-1",
        "1-",
        "1e5-",
        "1e5+",
        "1:",
        "/1",
        "1;",
        "1e:",
        "1e/",
        "1e1:",
        "0x10",
        "1_0",
        "1e1_0",
        "1.5f",
        "1.5d0",
        "1,5",
        "e",
        "E",
        "1e9999x",
        "12345678901234567.x",
        "123456789012345678x",
        "x123456789012345678",
        "1234567.90123456789e",
        "1.2345678901234567e",
        "1.2345678901234567.e+1",
        "1.234567890123456789e+0x",
        "1.234567890123456789.e+02",
        "0000000000000000.000000000000000.",
    ];
    for text in odd {
        for lead in ["0", "1.5", "-1.234567890123456789e+02"] {
            let texts = [lead, lead, text, lead, lead].map(String::from);
            check_decimals(&texts);
        }
        if !text.contains("e9999") {
            check_integers(&["7", "7", text, "7", "7"].map(String::from));
        }
    }
}

#[test]
fn a_missing_value_may_be_written_as_any_number() {
    for na in ["-9", "1e5", "1E+05", "9.9e-01", "-1.000000000000000000e+00"] {
        let number = Column {
            kind: Kind::Float,
            size: 8,
            offset: 0,
            swap: false,
        };
        let schema = Schema {
            columns: vec![number],
            itemsize: 8,
            usecols: None,
            fills: vec![Some([0xA5; 8].into())],
        };
        let dialect = Dialect {
            na: vec![na.into()],
            ..Dialect::default()
        };
        let table = [na, "7", na, na, na, na, "2.5e+00"].join("\n");
        let buf = padded(table.as_bytes(), b'1');
        let input = Input::new(&buf, PAD_BEFORE..PAD_BEFORE + table.len());
        let [fill, seven, half] = [
            u64::from_le_bytes([0xA5; 8]),
            7f64.to_bits(),
            2.5f64.to_bits(),
        ];
        let expected = [fill, seven, fill, fill, fill, fill, half].map(u64::to_le_bytes);
        for engine in Engine::available() {
            let mut out = [0; 7 * 8];
            let kernel = kernel(&schema, &dialect, engine);
            let parsed = kernel.parse(input, &mut out, &mut Cuts::default());
            assert_eq!(parsed.expect("numbers").rows, 7);
            assert_eq!(out[..], *expected.as_flattened(), "{engine:?} {na}");
        }
    }
}

#[test]
fn every_form_of_a_number_is_taken() {
    let forms = [
        "0",
        "-0",
        "+0",
        "0.",
        ".0",
        "-.0",
        "0e0",
        "0e-0",
        "0.e+00",
        "-0.000000000000000000e+00",
        "5.",
        "5.e3",
        ".5e3",
        "-.5E-3",
        "1e5",
        "1E5",
        "1e+5",
        "1e-7",
        "1E-07",
        "1e+00",
        "1e+000",
        "1e00005",
        "1e0000000000000000000005",
        "1e-000000000000005",
        "1e400",
        "-1e400",
        "1e-400",
        "0e400",
        "0e99999",
        "1e99999",
        "1e-99999",
        "1e308",
        "1.7976931348623157e308",
        "1.7976931348623159e308",
        "5e-324",
        "2e-324",
        "3e-324",
        "2.2250738585072011e-308",
        "2.2250738585072014e-308",
        "123456789012345678901234567890",
        "0.00000000000000000000000000000123456789",
        "9007199254740993",
        "9007199254740993e0",
        "9007199254740993.0000000000000000000000001",
        "9007199254740992.99999999999999999999999",
        "1.00000017881393432617187499",
        "1.000000178813934326171875",
        "1.00000017881393432617187501",
        "100000000000000000000000e-22",
        "18446744073709551615",
        "18446744073709551616",
        "1844674407370955161.5",
        "0.18446744073709551616e20",
        "1.7014118346046923e38",
        "3.4028235677973366e38",
        "3.4028236e38",
        "1e-45",
        "7.006492321624085e-46",
        "7.006492321624086e-46",
    ];
    for form in forms {
        assert!(double(form).is_some(), "{form}");
        for sign in ["", "-"] {
            let text = sign.to_string() + form.trim_start_matches(['-', '+']);
            check_decimals(&vec![text; 9]);
        }
    }
    check_decimals(&forms.map(String::from));
}

#[test]
fn days_are_counted_from_1970() {
    let length = |year: u64, month| match month {
        2 if year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)) => {
            29
        }
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    };
    let days = Kind::Datetime(Unit::Day, 1);
    let mut count = -719_528i64;
    let (mut texts, mut counts) = (Vec::new(), std::collections::HashMap::new());
    for (year, month) in (0..10_000).flat_map(|year| (1..13).map(move |month| (year, month))) {
        for day in 1..=length(year, month) {
            if day == 1 || day == length(year, month) {
                let text = format!("{year:04}-{month:02}-{day:02}");
                counts.insert(text.clone(), count as u64);
                texts.push(text);
            }
            count += 1;
        }
    }
    check(days, 8, &texts, |text| counts.get(text).copied());
    assert_eq!(counts["1970-01-01"], 0);
    for odd in [
        "2023-02-29",
        "1900-02-29",
        "2000-02-30",
        "2023-13-01",
        "2023-00-10",
        "2023-01-00",
        "2023-01-32",
        "2023-04-31",
        "2023/01/01",
        "2023-01/01",
        "20a3-01-01",
        "2023-0:-01",
        "2023-01-0/",
        "2023-1-001",
        "-023-01-01x",
        "2023-01-1",
    ] {
        let texts = ["2024-02-29", odd, "2024-02-29"].map(String::from);
        check(days, 8, &texts, |text| (text != odd).then(|| counts[text]));
    }
}
