//! The double nearest to an integer times a power of ten, after Lemire, "Number Parsing at a Gigabyte per Second" (2021): the
//! integer is multiplied by the first 128 bits of a power of five, which nearly always tell how to round.

use std::ops::RangeInclusive;

use super::fives::{FIVES, LEAST, MOST};

/// The bits of the nearest double, positive and maybe infinite; `None`: it takes more than 128 bits to tell.
pub(crate) fn nearest(digits: u64, power: i32) -> Option<u64> {
    if digits == 0 || power < LEAST {
        return Some(0);
    }
    if power > MOST {
        return Some(INFINITY);
    }
    let product = Product::new(digits, FIVES[(power - LEAST) as usize], power);
    if product.low == u64::MAX && !(-27..=55).contains(&power) {
        return None;
    }
    let (mut mantissa, exponent) = product.parts();
    if exponent < 1 {
        // Below the normal ones all have the exponent of the least of those. Nothing there lies half-way between two.
        let shifted = mantissa.checked_shr((1 - exponent) as u32).unwrap_or(0);
        return Some((shifted + (shifted & 1)) >> 1);
    }
    if (-4..=23).contains(&power) && product.is_tie(mantissa) {
        mantissa -= 1;
    }
    Some(assemble(mantissa, exponent).min(INFINITY))
}

/// Powers of ten with which any digits but zero make a double that is neither infinite nor below the normal ones.
const PLAIN: RangeInclusive<i32> = -307..=288;

/// The same of digits that are not zero, but it declines whatever is not plain: powers far off, and ties.
#[inline(always)]
pub(crate) fn plain(digits: u64, power: i32) -> Option<u64> {
    if !PLAIN.contains(&power) {
        return None;
    }
    let product = Product::new(digits, FIVES[(power - LEAST) as usize], power);
    let (mantissa, exponent) = product.parts();
    // One look for both: a tie has 0 or 1 there, and what cannot be told all ones.
    if product.low.wrapping_add(1) <= 2 && (product.low == u64::MAX || product.is_tie(mantissa)) {
        return None;
    }
    Some(assemble(mantissa, exponent))
}

const INFINITY: u64 = f64::INFINITY.to_bits();

/// The first bits of `digits * 10^power`.
struct Product {
    high: u64,
    low: u64,
    /// The exponent of the double whose first bit is that of `high`, less one if the product does not reach it.
    exponent: i32,
}

impl Product {
    #[inline(always)]
    fn new(digits: u64, five: [u64; 2], power: i32) -> Product {
        let zeros = digits.leading_zeros();
        let digits = digits << zeros;
        let times = |five: u64| u128::from(digits) * u128::from(five);
        // The lower word counts only where it could carry into the bits that are kept. But that is every second number which was printed
        // with more digits than a double has, and no processor guesses which.
        let product = times(five[0]) + (times(five[1]) >> 64);
        // The power's logarithm to base 2, rounded down: 217706 / 2^16 is that of ten, near enough.
        let exponent = ((217_706 * power) >> 16) + 63 + 1023 - zeros as i32;
        Product {
            high: (product >> 64) as u64,
            low: product as u64,
            exponent,
        }
    }

    /// One bit more than a double's mantissa has, and the exponent.
    #[inline(always)]
    fn parts(&self) -> (u64, i32) {
        let upper = self.high >> 63;
        (self.high >> (upper + 9), self.exponent + upper as i32)
    }

    /// Whether the product ends with the bit behind a double's mantissa, and the double below is the even one.
    #[inline(always)]
    fn is_tie(&self, mantissa: u64) -> bool {
        (self.low <= 1) & (mantissa & 3 == 1) & (mantissa << ((self.high >> 63) + 9) == self.high)
    }
}

/// The double of a mantissa with one bit more than it has. Where that is rounded up to the next power of two, it carries into
/// the exponent by itself.
#[inline(always)]
fn assemble(mantissa: u64, exponent: i32) -> u64 {
    ((mantissa + (mantissa & 1)) >> 1) + ((exponent as u64 - 1) << 52)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(digits: u64, power: i32) {
        let text = format!("{digits}e{power}");
        let exact = fast_float2::parse::<f64, _>(&text)
            .expect("a number")
            .to_bits();
        assert!(
            [None, Some(exact)].contains(&nearest(digits, power)),
            "{text}"
        );
        assert!(
            digits == 0 || [None, Some(exact)].contains(&plain(digits, power)),
            "{text}"
        );
    }

    #[test]
    fn every_power_of_ten_and_its_neighbours() {
        for power in -400..400 {
            for digits in [
                1,
                2,
                5,
                9,
                10,
                99,
                u64::MAX,
                u64::MAX - 1,
                1 << 63,
                (1 << 53) + 1,
            ] {
                check(digits, power);
            }
            // It need not be told of any of those by more than 128 bits.
            assert!(nearest(1, power).is_some());
        }
    }

    #[test]
    fn digits_with_few_and_with_many_bits() {
        let mut state = 0x9E37_79B9_7F4A_7C15_u64;
        for i in 0..400_000u32 {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            let digits = (state ^ state >> 31) >> (i % 64);
            check(digits, (state >> 33) as i32 % 360 - 350);
            check(digits, (state >> 33) as i32 % 60 - 30);
        }
    }

    #[test]
    fn ties_go_to_the_even_one() {
        for low in 0..64 {
            let odd = (1u64 << 53) + 2 * low + 1;
            for power in -5..25 {
                check(odd, power);
                let scaled = odd.checked_mul(10u64.pow(power.unsigned_abs().min(19)));
                check(scaled.unwrap_or(odd), -power);
            }
            assert_eq!(nearest(odd, 0), Some((odd as f64).to_bits()));
        }
    }

    #[test]
    fn the_least_and_the_largest() {
        let double = |digits, power| nearest(digits, power).map(f64::from_bits);
        assert_eq!(double(5, -324), Some(5e-324));
        assert_eq!(double(2, -324), Some(0.0));
        assert_eq!(double(3, -324), Some(5e-324));
        let normal = f64::MIN_POSITIVE;
        assert_eq!(double(22_250_738_585_072_012, -324), Some(normal));
        assert_eq!(
            double(22_250_738_585_072_011, -324),
            Some(normal.next_down())
        );
        assert_eq!(double(17_976_931_348_623_157, 292), Some(f64::MAX));
        assert_eq!(double(17_976_931_348_623_158, 292), Some(f64::MAX));
        assert_eq!(double(17_976_931_348_623_159, 292), Some(f64::INFINITY));
        assert_eq!(double(1, 309), Some(f64::INFINITY));
        assert_eq!(double(0, 400), Some(0.0));
        for power in [*PLAIN.start(), *PLAIN.end()] {
            assert!(plain(1, power).is_some() && plain(u64::MAX - 1, power).is_some());
        }
    }
}
