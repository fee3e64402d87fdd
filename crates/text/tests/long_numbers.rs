//! Numbers of more digits than any buffer.

mod cases;

use cases::{kernel, padded};
use sharray_text::{Column, Cuts, Dialect, Engine, Input, Kind, PAD_BEFORE, Schema};

/// The value that every engine makes of the text.
fn double(text: &str) -> f64 {
    let column = Column {
        kind: Kind::Float,
        size: 8,
        offset: 0,
        swap: false,
    };
    let schema = Schema {
        columns: vec![column],
        itemsize: 8,
        usecols: None,
        fills: Vec::new(),
    };
    let dialect = Dialect::default();
    let buf = padded(text.as_bytes(), b'9');
    let input = Input::new(&buf, PAD_BEFORE..PAD_BEFORE + text.len());
    let mut values: Vec<u64> = Engine::available()
        .into_iter()
        .map(|engine| {
            let mut out = [0; 8];
            kernel(&schema, &dialect, engine)
                .parse(input, &mut out, &mut Cuts::default())
                .expect("a number");
            u64::from_le_bytes(out)
        })
        .collect();
    values.dedup();
    assert_eq!(values.len(), 1);
    f64::from_bits(values[0])
}

#[test]
fn exponents_balance_digits_however_many() {
    for n in [400, 20_000, 59_990, 60_010, 70_000, 700_000] {
        let zeros = "0".repeat(n);
        assert_eq!(double(&format!("0.{zeros}1e{}", n + 1)), 1.0, "{n}");
        assert_eq!(double(&format!("-1{zeros}E-{n}")), -1.0, "{n}");
        assert_eq!(double(&format!("{zeros}12.5{zeros}e+1")), 125.0, "{n}");
        assert_eq!(double(&format!("{zeros}.{zeros}e9")), 0.0, "{n}");
        assert_eq!(double(&format!("1{zeros}")), f64::INFINITY, "{n}");
        assert_eq!(
            double(&format!("1{zeros}e-99999999999999999999")),
            0.0,
            "{n}"
        );
    }
}

#[test]
fn a_digit_far_behind_decides_between_two_doubles() {
    // 1 + 2^-53 lies half-way between 1 and the next double; ties go to the even one, which is 1.
    let half = "1.00000000000000011102230246251565404236316680908203125";
    for n in [400, 60_010, 100_000] {
        let zeros = "0".repeat(n);
        assert_eq!(double(&format!("{half}{zeros}")), 1.0, "{n}");
        assert_eq!(
            double(&format!("{half}{zeros}1")),
            1.0 + f64::EPSILON,
            "{n}"
        );
    }
}
