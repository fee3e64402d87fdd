//! Numbers of one kind as numbers of another: only those that fit, as when single elements are set.

use crate::Refusal;
use crate::copy::{Lane, Op};
use crate::memory::Memory;
use crate::nest::Nest;
use crate::number::{Class, Kind, Tile};
use crate::scan::{along, first, load};

/// The largest integer up to which every one is a double.
const SAFE: f64 = 9_007_199_254_740_991.0;

/// Whether no number of one kind needs to be looked at before it becomes one of another.
fn always_fits(from: Kind, to: Kind) -> bool {
    let (low, high) = to.bounds();
    let inside = from.bounds().0 >= low && from.bounds().1 <= high;
    match (from.class(), to.class()) {
        (Class::Int, Class::Int) => inside,
        (Class::Int, Class::Uint) => from.bounds().0 >= 0,
        (Class::Uint, Class::Int) => false,
        (Class::Uint, Class::Uint) => true,
        (Class::Float, Class::Float) => to.size() >= from.size(),
        (Class::Float, _) => false,
        (_, Class::Float) => to != Kind::F16 || from.size() == 1,
    }
}

/// The first number of a tile that does not fit a kind.
fn misfit(tile: &Tile, n: usize, from: Class, to: Kind) -> Option<usize> {
    let (ints, uints, floats) = (&tile.ints[..n], &tile.uints[..n], &tile.floats[..n]);
    let (low, high) = to.bounds();
    match (from, to) {
        (_, Kind::F64)
        | (Class::Int, Kind::I64 | Kind::F32)
        | (Class::Uint, Kind::U64 | Kind::F32) => None,
        (Class::Int, Kind::U64) => bad(ints, |x| x < 0),
        (Class::Int, Kind::F16) => bad(ints, |x| x.unsigned_abs() as f64 >= 65520.0),
        (Class::Int, _) => bad(ints, |x| x < low || x > high),
        (Class::Uint, Kind::F16) => bad(uints, |x| x as f64 >= 65520.0),
        (Class::Uint, _) => bad(uints, |x| x > high as u64),
        (Class::Float, Kind::F32) => bad(floats, |x| (x as f32).is_infinite() & x.is_finite()),
        (Class::Float, Kind::F16) => bad(floats, |x| (x.abs() >= 65520.0) & x.is_finite()),
        (Class::Float, Kind::I64) => bad(floats, |x| x.trunc() != x || x.abs() > SAFE),
        (Class::Float, Kind::U64) => bad(floats, |x| x.trunc() != x || !(0.0..=SAFE).contains(&x)),
        (Class::Float, _) => {
            let range = low as f64..=high as f64;
            bad(floats, |x| x.trunc() != x || !range.contains(&x))
        }
    }
}

fn bad<T: Copy>(values: &[T], wrong: impl Fn(T) -> bool) -> Option<usize> {
    // The whole tile at once, which needs no branch a number; nearly always all of them fit.
    if !values.iter().fold(false, |any, value| any | wrong(*value)) {
        return None;
    }
    values.iter().position(|value| wrong(*value))
}

/// The number, in C order of `shape`, of the first element with a part that does not fit; none when all do.
pub fn check(
    source: Memory<'_>,
    shape: &[usize],
    lanes: &[Lane],
    threads: usize,
) -> Result<Option<usize>, Refusal> {
    let mut least = None;
    for lane in lanes {
        let Op::Convert { from, to, count } = lane.op else {
            continue;
        };
        let size = from.kind.size();
        source.check(&lane.from, shape, size * count)?;
        if shape.contains(&0) || count == 0 || always_fits(from.kind, to.kind) {
            continue;
        }
        let mut nest = Nest::new(shape, std::iter::once(&lane.from));
        nest.merge();
        let step = along(&nest, 0);
        let found = first(&nest, size * count, threads, |[tile, _], at, n| {
            let wrong = |item: usize| {
                load(from, source, at[0] + (item * size) as i64, step, n, tile);
                misfit(tile, n, from.kind.class(), to.kind)
            };
            (0..count).filter_map(wrong).min()
        });
        least = [least, found].into_iter().flatten().min();
    }
    Ok(least)
}
