//! One number of many: the least, the greatest, the sum.

use crate::Refusal;
use crate::number::{Class, Kind, Tile};
use crate::scan::Numbers;

/// The least and the greatest number of an array.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Extremes {
    /// There is no number.
    None,
    /// Of signed integers, and of those of at most 32 bits.
    Ints(i64, i64),
    /// Of unsigned integers of 64 bits.
    Uints(u64, u64),
    /// Of floats: NaN both, when one of them is.
    Floats(f64, f64),
}

/// A sum.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Sum {
    /// Of integers: exact.
    Exact(i128),
    /// Of floats: carried in twice the precision of a double and rounded once.
    Rounded(f64),
}

/// The least and the greatest number.
pub fn extremes(numbers: &Numbers<'_>, threads: usize) -> Result<Extremes, Refusal> {
    let combine = |a: Extremes, b: Extremes| match (a, b) {
        (Extremes::None, other) | (other, Extremes::None) => other,
        (Extremes::Ints(a, b), Extremes::Ints(c, d)) => Extremes::Ints(a.min(c), b.max(d)),
        (Extremes::Uints(a, b), Extremes::Uints(c, d)) => Extremes::Uints(a.min(c), b.max(d)),
        (Extremes::Floats(a, b), Extremes::Floats(c, d)) => {
            let nan = a.is_nan() || c.is_nan();
            let either = |value: f64| if nan { f64::NAN } else { value };
            Extremes::Floats(either(a.min(c)), either(b.max(d)))
        }
        (other, _) => other,
    };
    let class = numbers.number.kind.class();
    let add = |so_far: &mut Extremes, tile: &Tile, n: usize| {
        let found = match class {
            Class::Int => {
                let (low, high) = ends(&tile.ints[..n]);
                Extremes::Ints(low, high)
            }
            Class::Uint => {
                let (low, high) = ends(&tile.uints[..n]);
                Extremes::Uints(low, high)
            }
            Class::Float => {
                let floats = &tile.floats[..n];
                let nan = floats.iter().fold(false, |any, x| any | x.is_nan());
                let (low, high) = if nan {
                    (f64::NAN, f64::NAN)
                } else {
                    ends(floats)
                };
                Extremes::Floats(low, high)
            }
        };
        *so_far = combine(*so_far, found);
    };
    numbers.fold(threads, || Extremes::None, add, combine)
}

/// The least and the greatest of at least one value, none of which is NaN.
fn ends<T: Copy + PartialOrd>(values: &[T]) -> (T, T) {
    let mut low = [values[0]; LANES];
    let mut high = low;
    let chunks = values.chunks_exact(LANES);
    let rest = chunks.remainder();
    for chunk in chunks {
        for k in 0..LANES {
            low[k] = if chunk[k] < low[k] { chunk[k] } else { low[k] };
            high[k] = if chunk[k] > high[k] {
                chunk[k]
            } else {
                high[k]
            };
        }
    }
    let (mut least, mut greatest) = (low[0], high[0]);
    for value in low.iter().chain(&high).chain(rest) {
        least = if *value < least { *value } else { least };
        greatest = if *value > greatest { *value } else { greatest };
    }
    (least, greatest)
}

/// Sums that are kept side by side, so that one addition need not wait for the one before.
const LANES: usize = 8;

/// Sums side by side, each with what rounding has taken from it so far. (Two lists, so that the compiler adds several at once.)
#[derive(Clone, Copy)]
struct Doubles {
    sum: [f64; LANES],
    lost: [f64; LANES],
}

impl Doubles {
    const ZERO: Doubles = Doubles {
        sum: [0.0; LANES],
        lost: [0.0; LANES],
    };

    /// Adds a number to each, and keeps exactly what the sums lose by that.
    fn add(&mut self, values: &[f64; LANES]) {
        for (k, value) in values.iter().enumerate() {
            let sum = self.sum[k] + value;
            let part = sum - self.sum[k];
            self.lost[k] += (self.sum[k] - (sum - part)) + (value - part);
            self.sum[k] = sum;
        }
    }

    fn combine(mut self, other: Doubles) -> Doubles {
        self.add(&other.sum);
        for (mine, theirs) in self.lost.iter_mut().zip(other.lost) {
            *mine += theirs;
        }
        self
    }

    /// All of them together.
    fn value(mut self) -> f64 {
        for k in 1..LANES {
            let mut one = [0.0; LANES];
            one[0] = self.sum[k];
            self.add(&one);
            self.lost[0] += self.lost[k];
        }
        // Infinities and NaN are their own sum, and what is lost makes no sense then.
        let whole = self.sum[0] + self.lost[0];
        if self.sum[0].is_finite() {
            whole
        } else {
            self.sum[0]
        }
    }
}

enum Partial {
    Ints(i128),
    Floats(Doubles),
}

/// The sum of all numbers; 0 when there is none.
pub fn sum(numbers: &Numbers<'_>, threads: usize) -> Result<Sum, Refusal> {
    let kind = numbers.number.kind;
    let start = || match kind.class() {
        Class::Float => Partial::Floats(Doubles::ZERO),
        _ => Partial::Ints(0),
    };
    let add = |so_far: &mut Partial, tile: &Tile, n: usize| match so_far {
        Partial::Ints(sum) => {
            *sum += match kind {
                Kind::U64 => tile.uints[..n].iter().map(|x| i128::from(*x)).sum(),
                Kind::I64 => tile.ints[..n].iter().map(|x| i128::from(*x)).sum(),
                // A tile of numbers of 32 bits is far from filling 64.
                _ => i128::from(tile.ints[..n].iter().sum::<i64>()),
            }
        }
        Partial::Floats(sums) => {
            let (chunks, rest) = tile.floats[..n].as_chunks::<LANES>();
            for chunk in chunks {
                sums.add(chunk);
            }
            let mut last = [0.0; LANES];
            last[..rest.len()].copy_from_slice(rest);
            sums.add(&last);
        }
    };
    let combine = |a: Partial, b: Partial| match (a, b) {
        (Partial::Ints(a), Partial::Ints(b)) => Partial::Ints(a + b),
        (Partial::Floats(a), Partial::Floats(b)) => Partial::Floats(a.combine(b)),
        (a, _) => a,
    };
    Ok(match numbers.fold(threads, start, add, combine)? {
        Partial::Ints(sum) => Sum::Exact(sum),
        Partial::Floats(sums) => Sum::Rounded(sums.value()),
    })
}
