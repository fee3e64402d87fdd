//! The numbers that elements are, and what they become on their way through a tile.

/// A number as it lies in memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// One byte; every value but 0 is true.
    Bool,
    /// Signed.
    I8,
    /// Signed.
    I16,
    /// Signed.
    I32,
    /// Signed.
    I64,
    /// Unsigned.
    U8,
    /// Unsigned.
    U16,
    /// Unsigned.
    U32,
    /// Unsigned.
    U64,
    /// IEEE 754 binary16.
    F16,
    /// IEEE 754 binary32.
    F32,
    /// IEEE 754 binary64.
    F64,
}

/// The type that holds every value of a kind while it is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Class {
    Int,
    Uint,
    Float,
}

impl Kind {
    /// All of them, in the order of their codes.
    pub const ALL: [Kind; 12] = [
        Kind::Bool,
        Kind::I8,
        Kind::I16,
        Kind::I32,
        Kind::I64,
        Kind::U8,
        Kind::U16,
        Kind::U32,
        Kind::U64,
        Kind::F16,
        Kind::F32,
        Kind::F64,
    ];

    /// Bytes.
    pub fn size(self) -> usize {
        match self {
            Kind::Bool | Kind::I8 | Kind::U8 => 1,
            Kind::I16 | Kind::U16 | Kind::F16 => 2,
            Kind::I32 | Kind::U32 | Kind::F32 => 4,
            Kind::I64 | Kind::U64 | Kind::F64 => 8,
        }
    }

    pub(crate) fn class(self) -> Class {
        match self {
            Kind::U64 => Class::Uint,
            Kind::F16 | Kind::F32 | Kind::F64 => Class::Float,
            _ => Class::Int,
        }
    }

    /// The least and the greatest value of an integer of at most 32 bits, or of 64 with a sign.
    pub(crate) fn bounds(self) -> (i64, i64) {
        match self {
            Kind::Bool => (0, 1),
            Kind::I8 => (i8::MIN.into(), i8::MAX.into()),
            Kind::I16 => (i16::MIN.into(), i16::MAX.into()),
            Kind::I32 => (i32::MIN.into(), i32::MAX.into()),
            Kind::U8 => (0, u8::MAX.into()),
            Kind::U16 => (0, u16::MAX.into()),
            Kind::U32 => (0, u32::MAX.into()),
            _ => (i64::MIN, i64::MAX),
        }
    }
}

/// A kind, and whether its bytes are in the other order than this machine's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Number {
    /// What it is.
    pub kind: Kind,
    /// Whether its bytes are reversed.
    pub swapped: bool,
}

/// Numbers that are looked at together: few enough for the first cache.
pub(crate) const TILE: usize = 512;

/// Room for one tile in each class.
pub(crate) struct Tile {
    pub(crate) ints: [i64; TILE],
    pub(crate) uints: [u64; TILE],
    pub(crate) floats: [f64; TILE],
}

impl Tile {
    pub(crate) fn new() -> Tile {
        Tile {
            ints: [0; TILE],
            uints: [0; TILE],
            floats: [0.0; TILE],
        }
    }
}

/// The number that the bits of a half float stand for.
pub(crate) fn from_half(half: u16) -> f64 {
    let sign = u64::from(half & 0x8000) << 48;
    let exponent = u64::from(half >> 10 & 0x1f);
    let fraction = u64::from(half & 0x3ff);
    match exponent {
        // Subnormal: the fraction counts steps of 2^-24.
        0 => f64::from_bits(sign | (fraction as f64 / 16_777_216.0).to_bits()),
        31 => f64::from_bits(sign | 0x7ff << 52 | fraction << 42),
        _ => f64::from_bits(sign | (exponent + 1008) << 52 | fraction << 42),
    }
}

/// The bits of the half float nearest to a number, to even where two are; too large ones become infinite.
pub(crate) fn to_half(value: f64) -> u16 {
    let bits = value.to_bits();
    let sign = (bits >> 48) as u16 & 0x8000;
    if value.is_nan() {
        return sign | 0x7e00;
    }
    // 65520 lies half-way between the largest half float and the next power of two.
    if value.abs() >= 65520.0 {
        return sign | 0x7c00;
    }
    let exponent = (bits >> 52 & 0x7ff) as i32 - 1023;
    if exponent < -25 {
        return sign;
    }
    let fraction = bits & ((1 << 52) - 1);
    let (kept, rest, half) = if exponent < -14 {
        let shift = 28 - exponent;
        let whole = fraction | 1 << 52;
        (whole >> shift, whole & ((1 << shift) - 1), 1 << (shift - 1))
    } else {
        let kept = ((exponent + 15) as u64) << 10 | fraction >> 42;
        (kept, fraction & ((1 << 42) - 1), 1 << 41)
    };
    // A fraction that is rounded up past its bits carries into the exponent, as it should.
    let up = rest > half || (rest == half && kept & 1 == 1);
    sign | (kept + u64::from(up)) as u16
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An interpreter takes its time.
    const STEP: usize = if cfg!(miri) { 997 } else { 1 };

    #[test]
    fn every_half_comes_back() {
        for half in (0..=u16::MAX).step_by(STEP) {
            let value = from_half(half);
            if value.is_nan() {
                assert_eq!(to_half(value) & 0x7fff, 0x7e00);
            } else {
                assert_eq!(to_half(value), half, "{half:#x}");
            }
        }
    }

    #[test]
    fn numbers_between_two_halves_go_to_the_nearer_or_the_even_one() {
        for half in (0..0x7bff_u16).step_by(STEP) {
            let (low, high) = (from_half(half), from_half(half + 1));
            let middle = (low + high) / 2.0;
            let even = if half & 1 == 0 { half } else { half + 1 };
            assert_eq!(to_half(middle), even);
            assert_eq!(to_half(middle.next_down()), half);
            assert_eq!(to_half(middle.next_up()), half + 1);
            assert_eq!(to_half(-middle), even | 0x8000);
        }
        assert_eq!(to_half(65519.99), 0x7bff);
        assert_eq!(to_half(65520.0), 0x7c00);
        assert_eq!(to_half(5e-324), 0);
    }
}
