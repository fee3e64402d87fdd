//! Random texts of fields.

use proptest::prelude::*;
use sharray_text::{Dialect, Kind};

use super::dialect::MISSING;
use super::number::{any_decimal, any_long_integer};

/// A field as a table with quotes has it: mostly as it is or in quotes, sometimes with what means something in them, sometimes
/// with quotes where they mean nothing.
pub fn any_quoted(field: BoxedStrategy<String>, dialect: &Dialect) -> BoxedStrategy<String> {
    let Some(quote) = dialect.quote else {
        return field;
    };
    let inside = prop_oneof![
        6 => prop::sample::select(vec!["\n", "\r", "\r\n", ",", " ", "\t", ";", "|", "#", "\u{e9}", "\u{2003}"]).prop_map(String::from),
        2 => Just(quote.to_string()),
        1 => "x{50,70}",
    ];
    let inside = prop::collection::vec(inside, 1..4).prop_map(|all| all.concat());
    (field, 0..40, inside)
        .prop_map(move |(field, how, inside)| {
            let twice = |text: String| text.replace(quote, &format!("{quote}{quote}"));
            match how {
                0..18 => field,
                18..32 => format!("{quote}{}{quote}", twice(field)),
                32..34 => format!("{quote}{}{quote}", twice(field + &inside)),
                34 => format!("{quote}{}{quote}", twice(inside + &field)),
                35 => format!("{quote}{field}{quote}5"),
                36 => format!("{quote}5{quote}{field}{quote}"),
                37 => format!("5{quote}{field}"),
                38 => format!("{field}{quote}"),
                _ => format!("{quote}{quote}"),
            }
        })
        .boxed()
}

/// A field that mostly suits the kind.
pub fn any_field(kind: Kind) -> BoxedStrategy<String> {
    let odd = prop::sample::select(vec![
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
        "é",
        "€",
        "1\u{a0}",
        "\u{85}",
        " 7 ",
        "\x1c7",
        "12345678901234567890",
        "0000000000000000000000001",
        "-0",
        "1.0",
        "..",
        "1.2.3",
        "#",
        "1#",
        "//",
        "\0",
        "128",
        "-129",
        "1:",
        "/1",
        "999999999999999999999999999",
        "9007199254740993",
        "4503599627370497.5",
        "18446744073709551615",
        "-9223372036854775808",
        "abcdefghijklmnopqrstuvwxyz",
        "xab",
        "2147483648",
        "-2147483648",
        "65535",
        "1e-320",
        "+5",
        "5.",
        ".5",
        "-.5",
        "1.5e",
        "1.e5",
        "1e",
        "1e+",
        "e5",
        ".e5",
        "1E-7",
        ".5e3",
        "5.e3",
        "1e00000005",
        "1e5e5",
    ])
    .prop_map(String::from);
    let plain: BoxedStrategy<String> = match kind {
        Kind::Int => prop_oneof![
            (0i64..120).prop_map(|v| v.to_string()),
            (-120i64..120).prop_map(|v| v.to_string()),
            any::<i32>().prop_map(|v| v.to_string()),
            any::<i64>().prop_map(|v| v.to_string()),
            any_long_integer(),
        ]
        .boxed(),
        Kind::Uint => prop_oneof![
            (0u64..250).prop_map(|v| v.to_string()),
            any::<u64>().prop_map(|v| v.to_string()),
            any_long_integer(),
        ]
        .boxed(),
        Kind::Float => prop_oneof![
            1 => (0u32..100_000_000, 0u32..8).prop_map(|(v, digits)| format!(
                "{:.1$}",
                f64::from(v) / 1e6,
                digits as usize
            )),
            1 => any::<f64>().prop_map(|v| format!("{v:?}")),
            1 => any::<f32>().prop_map(|v| format!("{v}")),
            1 => (-1e6..1e6f64).prop_map(|v| format!("{v:.6}")),
            4 => any_decimal(),
        ]
        .boxed(),
        Kind::Bytes | Kind::Str => prop_oneof![
            4 => "[a-zA-Z0-9._]{1,12}",
            1 => "[a-zé-ÿ€ ]{0,40}",
        ]
        .boxed(),
        Kind::Bool => {
            prop_oneof![6 => "[01]", 1 => "[-+]?[0-9]{1,3}", 1 => "(?i)true|false"].boxed()
        }
        Kind::Complex => any_complex().boxed(),
        Kind::Datetime(..) => any_date().boxed(),
        Kind::Timedelta => {
            prop_oneof![8 => any::<i64>().prop_map(|v| v.to_string()), 1 => Just("NaT".to_string())]
                .boxed()
        }
        Kind::Void | Kind::Skip => "[a-z0-9]{1,5}".boxed(),
    };
    let missing = prop::sample::select(MISSING.to_vec()).prop_map(String::from);
    prop_oneof![120 => plain, 2 => odd, 2 => missing].boxed()
}

fn any_complex() -> impl Strategy<Value = String> {
    let number = || any::<f32>().prop_map(|v| format!("{v:?}"));
    (number(), number(), 0..5).prop_map(|(real, imaginary, form)| match form {
        0 => real,
        1 => imaginary + "j",
        2 => format!("({real}+{imaginary}j)"),
        3 => format!("{real}+{}j", imaginary.trim_start_matches('-')),
        _ => format!("{real}-{}j", imaginary.trim_start_matches('-')),
    })
}

fn any_date() -> impl Strategy<Value = String> {
    let date = (-3000..5000i32, 1..14u32, 1..32u32)
        .prop_map(|(year, month, day)| format!("{year:04}-{month:02}-{day:02}"));
    let time = prop_oneof![
        Just(String::new()),
        "T[0-2][0-9]",
        "T[0-2][0-9]:[0-5][0-9](:[0-5][0-9](\\.[0-9]{1,19})?)?(Z|[+-][0-1][0-9]:?[0-5][0-9])?"
    ];
    let whole = (date, time).prop_map(|(date, time)| date + &time);
    prop_oneof![10 => whole, 1 => "-?[0-9]{1,20}(-[01][0-9])?", 1 => Just("NaT".to_string())]
}
