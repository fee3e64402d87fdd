//! Conversions, comparisons and reductions against plain loops over the values.

use proptest::prelude::*;
use sharray_array::{
    Extremes, Kind, Lane, Memory, Number, Numbers, Op, Operand, Pair, Part, Sum, Text, check,
    equal, extremes, histogram, sum, transfer,
};

/// A number as it is stored, and as a value: integers as they are, floats as doubles.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Value {
    Int(i128),
    Float(f64),
}

fn half(bits: u16) -> f64 {
    let sign = if bits & 0x8000 == 0 { 1.0 } else { -1.0 };
    let (exponent, fraction) = (i32::from(bits >> 10 & 31), f64::from(bits & 1023));
    match exponent {
        0 => sign * fraction * 2f64.powi(-24),
        31 if fraction == 0.0 => sign * f64::INFINITY,
        31 => f64::NAN,
        _ => sign * (1.0 + fraction / 1024.0) * 2f64.powi(exponent - 15),
    }
}

fn value(bytes: &[u8], number: Number) -> Value {
    let mut bytes = bytes[..number.kind.size()].to_vec();
    if number.swapped {
        bytes.reverse();
    }
    let raw = bytes
        .iter()
        .rev()
        .fold(0_u64, |all, byte| all << 8 | u64::from(*byte));
    match number.kind {
        Kind::Bool => Value::Int(i128::from(raw != 0)),
        Kind::I8 => Value::Int((raw as i8).into()),
        Kind::I16 => Value::Int((raw as i16).into()),
        Kind::I32 => Value::Int((raw as i32).into()),
        Kind::I64 => Value::Int((raw as i64).into()),
        Kind::U8 | Kind::U16 | Kind::U32 | Kind::U64 => Value::Int(raw.into()),
        Kind::F16 => Value::Float(half(raw as u16)),
        Kind::F32 => Value::Float(f32::from_bits(raw as u32).into()),
        Kind::F64 => Value::Float(f64::from_bits(raw)),
    }
}

fn fits(value: Value, kind: Kind) -> bool {
    let range = match kind {
        Kind::Bool => 0..=1,
        Kind::I8 => i8::MIN.into()..=i8::MAX.into(),
        Kind::I16 => i16::MIN.into()..=i16::MAX.into(),
        Kind::I32 => i32::MIN.into()..=i32::MAX.into(),
        Kind::I64 => i64::MIN.into()..=i64::MAX.into(),
        Kind::U8 => 0..=u8::MAX.into(),
        Kind::U16 => 0..=u16::MAX.into(),
        Kind::U32 => 0..=u32::MAX.into(),
        Kind::U64 => 0..=u64::MAX.into(),
        Kind::F16 | Kind::F32 | Kind::F64 => {
            let float = match value {
                Value::Int(int) => int as f64,
                Value::Float(float) => float,
            };
            let most = if kind == Kind::F16 {
                65519.99999999999
            } else {
                3.4028235677973362e38
            };
            return kind == Kind::F64 || !float.is_finite() || float.abs() <= most;
        }
    };
    match value {
        Value::Int(int) => range.contains(&int),
        // Of doubles, only those that stand for one integer alone.
        Value::Float(float) => {
            float.fract() == 0.0
                && float.abs() <= 9007199254740991.0
                && range.contains(&(float as i128))
        }
    }
}

fn same(a: Value, b: Value) -> bool {
    match (a, b) {
        (Value::Int(a), Value::Int(b)) => a == b,
        (Value::Float(a), Value::Float(b)) => a == b,
        (Value::Int(int), Value::Float(float)) | (Value::Float(float), Value::Int(int)) => {
            int as f64 == float
        }
    }
}

fn number() -> impl Strategy<Value = Number> {
    (prop::sample::select(Kind::ALL.to_vec()), any::<bool>())
        .prop_map(|(kind, swapped)| Number { kind, swapped })
}

/// Bytes of a value that other kinds often hold too.
fn spelt(number: Number, small: i8, raw: u64, plain: u8) -> Vec<u8> {
    let mut bytes = match (number.kind, plain) {
        (Kind::F16, 0..5) => {
            let magnitude = u16::from(small.unsigned_abs());
            let exponent = magnitude.checked_ilog2().map_or(0, |power| power as u16);
            let fraction = (magnitude << (10 - exponent)) & 0x3ff;
            let bits = if magnitude == 0 {
                0
            } else {
                (exponent + 15) << 10 | fraction
            };
            bits.to_le_bytes().to_vec()
        }
        (Kind::F32, 0..5) => f32::from(small).to_le_bytes().to_vec(),
        (Kind::F64, 0..4) => f64::from(small).to_le_bytes().to_vec(),
        (Kind::F64, 4) => (raw as f64).to_le_bytes().to_vec(),
        (_, 0..3) => i64::from(small).to_le_bytes().to_vec(),
        (_, 3) => u64::from(small.unsigned_abs() & 1).to_le_bytes().to_vec(),
        _ => raw.to_le_bytes().to_vec(),
    };
    bytes.truncate(number.kind.size());
    if number.swapped {
        bytes.reverse();
    }
    bytes
}

fn seeds() -> impl Strategy<Value = Vec<(i8, u64, u8)>> {
    prop::collection::vec((any::<i8>(), any::<u64>(), 0_u8..6), 0..40)
}

fn stored(number: Number, seeds: &[(i8, u64, u8)]) -> Vec<u8> {
    let list = seeds
        .iter()
        .map(|(small, raw, plain)| spelt(number, *small, *raw, *plain));
    list.flatten().collect()
}

fn reversed(count: usize, size: usize) -> Operand {
    Operand {
        offset: (count.max(1) as i64 - 1) * size as i64,
        strides: vec![-(size as i64)],
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(if cfg!(miri) { 20 } else { 4000 }))]

    #[test]
    fn numbers_become_numbers_of_another_kind_or_the_first_that_does_not_fit_is_told(
        from in number(), to in number(), seeds in seeds(), backwards in any::<bool>(),
    ) {
        let mut source = stored(from, &seeds);
        let n = seeds.len();
        let operand = if backwards { reversed(n, from.kind.size()) } else { Operand::packed(0, &[n], from.kind.size()) };
        let values: Vec<Value> = (0..n)
            .map(|i| if backwards { n - 1 - i } else { i })
            .map(|i| value(&source[i * from.kind.size()..], from))
            .collect();
        let mut target = vec![0xee; n * to.kind.size()];
        let op = Op::Convert { from, to, count: 1 };
        let lanes = [Lane { to: Operand::packed(0, &[n], to.kind.size()), from: operand, op }];
        let memory = Memory::of(&mut source);
        let wrong = check(memory, &[n], &lanes, 2).unwrap();
        prop_assert_eq!(wrong, values.iter().position(|value| !fits(*value, to.kind)));
        if wrong.is_none() {
            transfer(Memory::of(&mut target), memory, &[n], &lanes, 2).unwrap();
            for (i, before) in values.iter().enumerate() {
                let after = value(&target[i * to.kind.size()..], to);
                let nan = |value: &Value| matches!(value, Value::Float(float) if float.is_nan());
                let close = match (*before, after) {
                    (Value::Float(a), Value::Float(b)) => a == b || (a - b).abs() <= a.abs() / 2048.0 + 2f64.powi(-25),
                    (Value::Int(a), Value::Float(b)) => (a as f64 - b).abs() <= (a as f64).abs() / 2048.0,
                    (a, b) => same(a, b),
                };
                prop_assert!(close || (nan(before) && nan(&after)), "{:?} became {:?}", before, after);
            }
        }
    }

    #[test]
    fn arrays_are_equal_when_every_pair_of_numbers_is(
        left in number(), right in number(), seeds in seeds(), change in any::<prop::sample::Index>(), other in any::<bool>(),
    ) {
        let (mut a, mut b) = (stored(left, &seeds), stored(right, &seeds));
        if other && !seeds.is_empty() {
            let byte = change.index(b.len());
            b[byte] ^= 1;
        }
        let n = seeds.len();
        let expected = (0..n).all(|i| same(value(&a[i * left.kind.size()..], left), value(&b[i * right.kind.size()..], right)));
        let pair = Pair::Numbers { left, right, count: 1, times: false };
        let (first, second) = (Operand::packed(0, &[n], left.kind.size()), Operand::packed(0, &[n], right.kind.size()));
        let parts = [Part { left: first, right: second, pair }];
        prop_assert_eq!(equal(Memory::of(&mut a), Memory::of(&mut b), &[n], &parts, 2).unwrap(), expected);
    }

    #[test]
    fn sums_and_extremes_are_those_of_the_values(kind in number(), seeds in seeds(), rows in 1_usize..4) {
        let n = seeds.len() / rows;
        let mut source = stored(kind, &seeds[..n * rows]);
        let values: Vec<Value> = source.chunks(kind.kind.size()).map(|bytes| value(bytes, kind)).collect();
        let at = Operand { offset: 0, strides: vec![kind.kind.size() as i64, (rows * kind.kind.size()) as i64] };
        let numbers = Numbers { memory: Memory::of(&mut source), at: &at, shape: &[rows, n], number: kind };
        let floats: Vec<f64> = values.iter().filter_map(|v| if let Value::Float(f) = v { Some(*f) } else { None }).collect();
        let ints: Vec<i128> = values.iter().filter_map(|v| if let Value::Int(i) = v { Some(*i) } else { None }).collect();
        match sum(&numbers, 2).unwrap() {
            Sum::Exact(sum) => prop_assert_eq!(sum, ints.iter().sum::<i128>()),
            Sum::Rounded(sum) => {
                let naive: f64 = floats.iter().sum();
                let scale: f64 = floats.iter().map(|x| x.abs()).sum();
                prop_assert!(sum == naive || (sum.is_nan() && naive.is_nan()) || (sum - naive).abs() <= scale * 1e-13, "{sum} {naive}");
            }
        }
        match extremes(&numbers, 2).unwrap() {
            Extremes::None => prop_assert!(values.is_empty()),
            Extremes::Ints(low, high) => {
                prop_assert_eq!(Some(i128::from(low)), ints.iter().min().copied());
                prop_assert_eq!(Some(i128::from(high)), ints.iter().max().copied());
            }
            Extremes::Uints(low, high) => {
                prop_assert_eq!(Some(i128::from(low)), ints.iter().min().copied());
                prop_assert_eq!(Some(i128::from(high)), ints.iter().max().copied());
            }
            Extremes::Floats(low, high) if low.is_nan() => prop_assert!(high.is_nan() && floats.iter().any(|x| x.is_nan())),
            Extremes::Floats(low, high) => {
                prop_assert!(floats.iter().all(|x| low <= *x && *x <= high));
                prop_assert!(floats.contains(&low) && floats.contains(&high));
            }
        }
    }

    #[test]
    fn every_number_is_in_the_bin_between_whose_edges_it_lies(values in prop::collection::vec(-10.0..20.0_f64, 0..60), bins in 1_usize..9) {
        let edges: Vec<f64> = (0..=bins).map(|i| i as f64 * (10.0 / bins as f64)).collect();
        let mut bytes: Vec<u8> = values.iter().flat_map(|x| x.to_le_bytes()).collect();
        let at = Operand::packed(0, &[values.len()], 8);
        let number = Number { kind: Kind::F64, swapped: cfg!(target_endian = "big") };
        let numbers = Numbers { memory: Memory::of(&mut bytes), at: &at, shape: &[values.len()], number };
        let expected: Vec<u64> = (0..bins)
            .map(|i| values.iter().filter(|x| **x >= edges[i] && (**x < edges[i + 1] || (i == bins - 1 && **x == edges[bins]))).count() as u64)
            .collect();
        prop_assert_eq!(histogram(&numbers, &edges, 2).unwrap(), expected);
    }
}

#[test]
fn large_arrays_give_the_same_on_any_number_of_threads() {
    let n: usize = if cfg!(miri) { 1200 } else { 3_000_000 };
    let values: Vec<f32> = (0..n)
        .map(|i| ((i * 7919 % 10007) as f32 - 5000.0) * 1.37e-3)
        .collect();
    let mut bytes: Vec<u8> = values.iter().flat_map(|x| x.to_le_bytes()).collect();
    let exact: f64 = values.iter().map(|x| f64::from(*x)).sum();
    let at = Operand::packed(0, &[n], 4);
    let number = Number {
        kind: Kind::F32,
        swapped: false,
    };
    let numbers = Numbers {
        memory: Memory::of(&mut bytes),
        at: &at,
        shape: &[n],
        number,
    };
    let edges: Vec<f64> = (0..=20).map(|i| f64::from(i) * 0.7 - 7.0).collect();
    let alone = (
        sum(&numbers, 1),
        extremes(&numbers, 1),
        histogram(&numbers, &edges, 1),
    );
    for threads in 2..5 {
        let together = (
            sum(&numbers, threads),
            extremes(&numbers, threads),
            histogram(&numbers, &edges, threads),
        );
        assert_eq!(alone, together);
    }
    let Ok(Sum::Rounded(sum)) = alone.0 else {
        panic!("floats")
    };
    assert!((sum - exact).abs() < 1e-6);
}

#[test]
fn sums_keep_what_a_plain_loop_loses() {
    let values = [1e16, 1.0, 1.0, -1e16, 3.0];
    let mut bytes: Vec<u8> = values.iter().flat_map(|x: &f64| x.to_le_bytes()).collect();
    let at = Operand::packed(0, &[5], 8);
    let number = Number {
        kind: Kind::F64,
        swapped: false,
    };
    let numbers = Numbers {
        memory: Memory::of(&mut bytes),
        at: &at,
        shape: &[5],
        number,
    };
    assert_eq!(sum(&numbers, 1), Ok(Sum::Rounded(5.0)));
}

#[test]
fn texts_are_equal_whatever_their_room_and_width() {
    let mut narrow = b"chr1\0\0\0\0chrX\0\0\0\0".to_vec();
    let mut wide: Vec<u8> = ["chr1\0", "chrX\0"]
        .concat()
        .bytes()
        .flat_map(|c| u32::from(c).to_be_bytes())
        .collect();
    let left = Text {
        size: 8,
        wide: false,
        swapped: false,
    };
    let right = Text {
        size: 20,
        wide: true,
        swapped: cfg!(target_endian = "little"),
    };
    let part = |pair| {
        [Part {
            left: Operand::packed(0, &[2], 8),
            right: Operand::packed(0, &[2], 20),
            pair,
        }]
    };
    let texts = part(Pair::Texts {
        left,
        right,
        count: 1,
    });
    assert_eq!(
        equal(
            Memory::of(&mut narrow),
            Memory::of(&mut wide),
            &[2],
            &texts,
            1
        ),
        Ok(true)
    );
    narrow[12] = b'!';
    assert_eq!(
        equal(
            Memory::of(&mut narrow),
            Memory::of(&mut wide),
            &[2],
            &texts,
            1
        ),
        Ok(false)
    );
}

#[test]
fn no_time_is_equal_to_none() {
    let mut a = [1_i64, i64::MIN]
        .iter()
        .flat_map(|x| x.to_le_bytes())
        .collect::<Vec<u8>>();
    let mut b = a.clone();
    let number = Number {
        kind: Kind::I64,
        swapped: false,
    };
    for (times, expected) in [(false, true), (true, false)] {
        let pair = Pair::Numbers {
            left: number,
            right: number,
            count: 1,
            times,
        };
        let operand = Operand::packed(0, &[2], 8);
        let parts = [Part {
            left: operand.clone(),
            right: operand,
            pair,
        }];
        assert_eq!(
            equal(Memory::of(&mut a), Memory::of(&mut b), &[2], &parts, 1),
            Ok(expected)
        );
    }
}
