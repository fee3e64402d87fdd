//! The first digits of a double, correctly rounded, where 128 bits of a power of ten tell them: nearly always, and far faster than
//! arithmetic of any length.

use std::sync::LazyLock;

/// More digits do not fit 64 bits.
pub(super) const MOST: usize = 19;

/// `10 ** k` is `bits * 2 ** exponent`, or up to one more in the last bit where it is not exact.
#[derive(Clone, Copy)]
struct Power {
    bits: u128,
    exponent: i32,
    exact: bool,
}

/// The powers that bring any double to 1 to 19 digits before its point.
const LOWEST: i32 = -310;
const HIGHEST: i32 = 343;

static POWERS: LazyLock<Vec<Power>> = LazyLock::new(|| {
    let mut powers = Vec::with_capacity((HIGHEST - LOWEST + 1) as usize);
    // From 10 on, as words with the lowest first.
    let mut ten = vec![10u64];
    for _ in LOWEST..0 {
        powers.push(inverse(&ten));
        times_ten(&mut ten);
    }
    powers.reverse();
    let mut number = vec![1u64];
    for _ in 0..=HIGHEST {
        powers.push(leading(&number));
        times_ten(&mut number);
    }
    powers
});

fn times_ten(number: &mut Vec<u64>) {
    let mut carry = 0u128;
    for word in number.iter_mut() {
        let product = u128::from(*word) * 10 + carry;
        *word = product as u64;
        carry = product >> 64;
    }
    if carry > 0 {
        number.push(carry as u64);
    }
}

fn bit_length(number: &[u64]) -> i32 {
    let top = number.last().map_or(64, |word| word.leading_zeros());
    number.len() as i32 * 64 - top as i32
}

/// The first 128 bits of a number.
fn leading(number: &[u64]) -> Power {
    let length = bit_length(number);
    let bit = |at: i32| at >= 0 && number[at as usize / 64] >> (at % 64) & 1 == 1;
    let bits = (1..=128).fold(0u128, |bits, down| {
        bits << 1 | u128::from(bit(length - down))
    });
    Power {
        bits,
        exponent: length - 128,
        exact: !(0..length - 128).any(bit),
    }
}

/// The first 128 bits of what a number, no power of two, is the divisor of 1 for: by one bit after the other.
fn inverse(divisor: &[u64]) -> Power {
    let length = bit_length(divisor);
    let mut rest = vec![0u64; divisor.len() + 1];
    rest[(length - 1) as usize / 64] = 1 << ((length - 1) % 64);
    let mut bits = 0u128;
    for _ in 0..128 {
        let mut carry = 0;
        for word in &mut rest {
            (*word, carry) = (*word << 1 | carry, *word >> 63);
        }
        let fits = at_least(&rest, divisor);
        if fits {
            subtract(&mut rest, divisor);
        }
        bits = bits << 1 | u128::from(fits);
    }
    Power {
        bits,
        exponent: -(length + 127),
        exact: false,
    }
}

/// Whether a number, which has one word more, is not below another.
fn at_least(number: &[u64], other: &[u64]) -> bool {
    let (top, words) = (number[other.len()], &number[..other.len()]);
    top > 0 || words.iter().rev().ge(other.iter().rev())
}

fn subtract(number: &mut [u64], other: &[u64]) {
    let mut borrow = false;
    for (index, word) in number.iter_mut().enumerate() {
        let (less, first) = word.overflowing_sub(other.get(index).copied().unwrap_or(0));
        let (less, second) = less.overflowing_sub(u64::from(borrow));
        (*word, borrow) = (less, first || second);
    }
}

/// The first `count` digits of a positive, finite number, rounded to even where it lies in the middle, and the power of ten that the
/// first of them counts. Nothing for 0, for no digits and for more than 19, and where 128 bits do not tell.
pub(super) fn digits(value: f64, count: usize) -> Option<(u64, i32)> {
    if value <= 0.0 || !(1..=MOST).contains(&count) {
        return None;
    }
    let bits = value.to_bits();
    let (fraction, biased) = (bits & ((1 << 52) - 1), (bits >> 52 & 0x7ff) as i32);
    let (mantissa, exponent) = match biased {
        0 => (fraction, -1074),
        biased => (fraction | 1 << 52, biased - 1075),
    };
    let shift = mantissa.leading_zeros();
    let (mantissa, exponent) = (mantissa << shift, exponent - shift as i32);
    // log10 of the power of two below the number, rounded down: right, or one too low. 315653 / 2**20 is log10(2) as far as it matters.
    let tens = ((exponent + 63) * 315_653) >> 20;
    let most = 10u64.pow(count as u32 - 1) as u128 * 10;
    for tens in [tens, tens + 1] {
        let power = POWERS[(count as i32 - 1 - tens - LOWEST) as usize];
        // The product has 192 bits: `low` are the last 64.
        let low = u128::from(mantissa) * (power.bits & u128::from(u64::MAX));
        let high = u128::from(mantissa) * (power.bits >> 64) + (low >> 64);
        let low = low as u64;
        // Bits behind the point of the product, less those in `low`.
        let behind = -(exponent + power.exponent) - 64;
        if !(1..128).contains(&behind) {
            return None;
        }
        let whole = high >> behind;
        if whole >= most {
            continue;
        }
        let rest = high & ((1 << behind) - 1);
        let half = 1u128 << (behind - 1);
        // What is missing of the power makes the product greater, by less than one in `high`.
        let up = if rest > half || rest == half && low > 0 {
            true
        } else if rest == half {
            if !power.exact {
                return None;
            }
            whole & 1 == 1
        } else if !power.exact && rest + 1 >= half {
            return None;
        } else {
            false
        };
        let rounded = whole + u128::from(up);
        return Some(if rounded == most {
            ((most / 10) as u64, tens + 1)
        } else {
            (rounded as u64, tens)
        });
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn plain(value: f64, count: usize) -> (u64, i32) {
        let text = format!("{value:.0$e}", count - 1);
        let (digits, tens) = text.split_once('e').unwrap();
        (
            digits.replace('.', "").parse().unwrap(),
            tens.parse().unwrap(),
        )
    }

    fn agrees(value: f64) {
        for count in 1..=MOST {
            if let Some(found) = digits(value, count) {
                assert_eq!(found, plain(value, count), "{value:e} with {count} digits");
            }
        }
    }

    #[test]
    fn powers_their_neighbours_and_what_lies_in_the_middle() {
        let two = (-1074..1024).map(|power| 2f64.powi(power));
        let ten = (-323..309).map(|power| format!("1e{power}").parse::<f64>().unwrap());
        let middle = (1..2000).map(|n| f64::from(n) / 16.0);
        for value in two.chain(ten).chain(middle) {
            for near in [value.next_down(), value, value.next_up()] {
                if near > 0.0 && near.is_finite() {
                    agrees(near);
                }
            }
        }
    }

    #[test]
    fn hardly_any_number_is_left_to_slower_ways() {
        let count = 100_000;
        let told = (1..=count).filter(|&n| digits((n as f64).sin().abs() * 1e3, 19).is_some());
        assert!(told.count() > count - count / 1000);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(100_000))]

        #[test]
        fn any_number_has_the_digits_that_rust_writes(bits: u64) {
            let value = f64::from_bits(bits).abs();
            if value.is_finite() && value > 0.0 {
                agrees(value);
            }
        }
    }
}
