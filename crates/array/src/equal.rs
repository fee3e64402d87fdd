//! Whether the elements of two arrays are equal by value, as NumPy's `array_equal` has it.

use crate::Refusal;
use crate::cast;
use crate::kernel::Run;
use crate::memory::{Memory, Operand};
use crate::nest::Nest;
use crate::number::{Class, Number, Tile};
use crate::scan::{along, first, load};

/// A text: characters of one byte, or of four.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Text {
    /// Bytes.
    pub size: usize,
    /// Whether a character has four bytes.
    pub wide: bool,
    /// Whether the bytes of each are reversed.
    pub swapped: bool,
}

/// How one part of an element is compared with that of another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pair {
    /// By value: integers exactly, beside a float as the doubles nearest to them. NaN differs from everything, -0 equals 0.
    Numbers {
        /// Of the first array.
        left: Number,
        /// Of the second.
        right: Number,
        /// Numbers side by side.
        count: usize,
        /// Whether the least integer of 64 bits stands for no time at all, which differs from everything.
        times: bool,
    },
    /// Character by character; NULs at the end do not count.
    Texts {
        /// Of the first array.
        left: Text,
        /// Of the second.
        right: Text,
        /// Texts side by side.
        count: usize,
    },
    /// Byte by byte.
    Bytes {
        /// How many.
        size: usize,
    },
}

impl Pair {
    fn sizes(self) -> (usize, usize) {
        match self {
            Pair::Numbers {
                left, right, count, ..
            } => (left.kind.size() * count, right.kind.size() * count),
            Pair::Texts { left, right, count } => (left.size * count, right.size * count),
            Pair::Bytes { size } => (size, size),
        }
    }
}

/// One part of every element, and where both arrays have it.
#[derive(Debug, Clone)]
pub struct Part {
    /// In the first array.
    pub left: Operand,
    /// In the second.
    pub right: Operand,
    /// What it is.
    pub pair: Pair,
}

/// Whether all parts of all elements are equal.
pub fn equal(
    left: Memory<'_>,
    right: Memory<'_>,
    shape: &[usize],
    parts: &[Part],
    threads: usize,
) -> Result<bool, Refusal> {
    for part in parts {
        let (mine, theirs) = part.pair.sizes();
        left.check(&part.left, shape, mine)?;
        right.check(&part.right, shape, theirs)?;
    }
    if shape.contains(&0) {
        return Ok(true);
    }
    let differs = |part: &Part| {
        let mut nest = Nest::new(shape, [&part.left, &part.right].into_iter());
        nest.reorder();
        nest.merge();
        let steps = (along(&nest, 0), along(&nest, 1));
        let (mine, theirs) = part.pair.sizes();
        let look = |tiles: &mut [Tile; 2], at: &[i64], n: usize| {
            let places = Places {
                left,
                right,
                at: (at[0], at[1]),
                steps,
            };
            (!same(part.pair, places, n, tiles)).then_some(0)
        };
        first(&nest, mine + theirs, threads, look).is_some()
    };
    Ok(!parts.iter().any(differs))
}

/// A run of items in both arrays.
#[derive(Clone, Copy)]
struct Places<'a> {
    left: Memory<'a>,
    right: Memory<'a>,
    at: (i64, i64),
    steps: (isize, isize),
}

/// Whether a run of one part is equal. `equal` checked that every item of it lies in its memory.
#[allow(unsafe_code)]
fn same(pair: Pair, places: Places<'_>, n: usize, [tile, other]: &mut [Tile; 2]) -> bool {
    let Places {
        left: first,
        right: second,
        at,
        steps,
    } = places;
    let ends = (
        Run {
            at: first.at(at.0),
            step: steps.0,
        },
        Run {
            at: second.at(at.1),
            step: steps.1,
        },
    );
    match pair {
        // SAFETY: as said above.
        Pair::Bytes { size } => unsafe { cast::same_bytes(ends.0, ends.1, n, size) },
        Pair::Numbers {
            left,
            right,
            count,
            times,
        } => (0..count).all(|k| {
            let (mine, theirs) = (
                (k * left.kind.size()) as i64,
                (k * right.kind.size()) as i64,
            );
            load(left, first, at.0 + mine, steps.0, n, tile);
            load(right, second, at.1 + theirs, steps.1, n, other);
            let classes = (left.kind.class(), right.kind.class());
            same_numbers(tile, other, n, classes) && !(times && tile.ints[..n].contains(&i64::MIN))
        }),
        Pair::Texts { left, right, count } => {
            let (mut one, mut two) = (Vec::new(), Vec::new());
            (0..n).all(|i| {
                (0..count).all(|k| {
                    let here = ends.0.item(i).wrapping_add(k * left.size);
                    let there = ends.1.item(i).wrapping_add(k * right.size);
                    // SAFETY: as said above; text `k` lies inside the item.
                    unsafe {
                        cast::text(here, left.size, left.wide, left.swapped, &mut one);
                        cast::text(there, right.size, right.wide, right.swapped, &mut two);
                    }
                    one == two
                })
            })
        }
    }
}

fn same_numbers(a: &Tile, b: &Tile, n: usize, classes: (Class, Class)) -> bool {
    match classes {
        (Class::Int, Class::Int) => all(&a.ints[..n], &b.ints[..n], |x, y| x == y),
        (Class::Uint, Class::Uint) => all(&a.uints[..n], &b.uints[..n], |x, y| x == y),
        (Class::Float, Class::Float) => all(&a.floats[..n], &b.floats[..n], |x, y| x == y),
        (Class::Int, Class::Uint) => {
            all(&a.ints[..n], &b.uints[..n], |x, y| x >= 0 && x as u64 == y)
        }
        (Class::Uint, Class::Int) => {
            all(&a.uints[..n], &b.ints[..n], |x, y| y >= 0 && y as u64 == x)
        }
        (Class::Int, Class::Float) => all(&a.ints[..n], &b.floats[..n], |x, y| x as f64 == y),
        (Class::Float, Class::Int) => all(&a.floats[..n], &b.ints[..n], |x, y| x == y as f64),
        (Class::Uint, Class::Float) => all(&a.uints[..n], &b.floats[..n], |x, y| x as f64 == y),
        (Class::Float, Class::Uint) => all(&a.floats[..n], &b.uints[..n], |x, y| x == y as f64),
    }
}

fn all<S: Copy, T: Copy>(a: &[S], b: &[T], same: impl Fn(S, T) -> bool) -> bool {
    a.iter().zip(b).fold(true, |all, (a, b)| all & same(*a, *b))
}
