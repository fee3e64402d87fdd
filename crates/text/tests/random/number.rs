//! Random texts of numbers, mostly where quick ways to read them end.

use proptest::prelude::*;

/// Digits that are worth a look: few, many, near what a double or a machine word holds, and half-way between two doubles.
fn any_digits() -> impl Strategy<Value = String> {
    // An odd number of one bit more than a double's (or a float's) mantissa, times a power of two.
    let half = |bits: u32| {
        (0u64..1 << 20, 0..32u32, -1..2i128).prop_map(move |(low, shift, near)| {
            let odd = (1i128 << bits) + 2 * i128::from(low) + 1;
            ((odd << shift) + near).to_string()
        })
    };
    // The same over a power of two, which is one of five over one of ten.
    let parts = (0u64..1 << 20, 0..12u32, -1..2i128).prop_map(|(low, power, near)| {
        let odd = (1i128 << 53) + 2 * i128::from(low) + 1;
        (odd * 5i128.pow(power) + near).to_string()
    });
    prop_oneof![
        2 => "[0-9]{1,8}",
        2 => "[0-9]{9,17}",
        4 => "[1-9][0-9]{17,19}",
        2 => "[0-9]{20,25}",
        1 => "0{1,20}[0-9]{1,20}",
        1 => "[1-9]0{1,22}",
        1 => Just(String::new()),
        1 => half(53),
        1 => half(24),
        1 => parts,
        1 => (0u64..8).prop_map(|v| ((1u64 << 53) - 4 + v).to_string()),
        1 => (0u128..8).prop_map(|v| ((1u128 << 64) - 4 + v).to_string()),
    ]
}

/// An exponent, or none.
fn any_exponent() -> impl Strategy<Value = String> {
    let written = |power: i32| format!("{power:+03}");
    prop_oneof![
        3 => Just(String::new()),
        4 => (-20..20i32).prop_map(move |power| format!("e{}", written(power))),
        2 => (-400..400i32).prop_map(move |power| format!("e{}", written(power))),
        1 => (-400..400i32).prop_map(|power| format!("E{power}")),
        1 => "[eE][-+]?0{0,9}[0-9]{1,2}",
    ]
}

/// A sign, digits with a dot anywhere, and an exponent; not always a number.
pub fn any_decimal() -> BoxedStrategy<String> {
    let sign = || prop::sample::select(vec!["", "", "", "-", "-", "+"]);
    let whole = (
        sign(),
        any_digits(),
        any::<prop::sample::Index>(),
        any_exponent(),
    );
    let anywhere = whole.prop_map(|(sign, digits, dot, exponent)| {
        let (before, behind) = digits.split_at(dot.index(digits.len() + 1));
        format!("{sign}{before}.{behind}{exponent}")
    });
    let plain = (sign(), any_digits(), any_exponent())
        .prop_map(|(sign, digits, exponent)| format!("{sign}{digits}{exponent}"));
    // As NumPy's savetxt prints it, and as repr does.
    let printed = (any::<f64>(), -1e3..1e3f64, 0..19usize, any::<bool>())
        .prop_map(|(any, small, digits, which)| savetxt(if which { any } else { small }, digits));
    let small = any::<u64>().prop_map(|bits| format!("{:e}", f64::from_bits(bits >> 12)));
    prop_oneof![3 => anywhere, 1 => plain, 4 => printed, 1 => small].boxed()
}

/// As C's `%.{digits}e`, whose exponents have at least two digits.
fn savetxt(value: f64, digits: usize) -> String {
    let text = format!("{value:.digits$e}");
    match text.split_once('e') {
        Some((mantissa, power)) => {
            let power: i32 = power.parse().expect("a number");
            format!("{mantissa}e{power:+03}")
        }
        None => text,
    }
}

/// Integers of fifteen to twenty-two digits, and what lies at the ends of the types.
pub fn any_long_integer() -> BoxedStrategy<String> {
    let ends = prop::sample::select(vec![7u32, 8, 15, 16, 31, 32, 63, 64]);
    let near = (any::<bool>(), ends, -3..4i128).prop_map(|(negative, bits, near)| {
        let value = (1i128 << bits) + near;
        (if negative { -value } else { value }).to_string()
    });
    prop_oneof![
        2 => near,
        2 => "[1-9][0-9]{14,18}",
        1 => "[-+]?1[0-9]{19}",
        1 => "[-+]?[0-9]{15,22}",
        1 => "[-+]?0{1,18}[0-9]{1,19}",
    ]
    .boxed()
}
