//! How many numbers lie between neighbouring edges.

use std::sync::{Mutex, PoisonError};

use crate::Refusal;
use crate::number::Class;
use crate::scan::Numbers;

/// Counts of the numbers in each bin of equal width: `edges[i] <= x < edges[i + 1]`, the last bin with its upper edge. NaN, and what lies
/// outside, is in none.
pub fn histogram(
    numbers: &Numbers<'_>,
    edges: &[f64],
    threads: usize,
) -> Result<Vec<u64>, Refusal> {
    let [low, .., high] = *edges else {
        return Err(Refusal::Malformed);
    };
    let bins = edges.len() - 1;
    let (last, scale) = (bins - 1, bins as f64 / (high - low));
    let class = numbers.number.kind.class();
    let total = Mutex::new(vec![0_u64; bins]);
    let count = |counts: &mut [u64], value: f64| {
        // NaN is neither.
        if !(value >= low && value <= high) {
            return;
        }
        // Rounding may lead beside the bin that the edges tell.
        let mut bin = (((value - low) * scale) as usize).min(last);
        while bin > 0 && value < edges[bin] {
            bin -= 1;
        }
        while bin < last && value >= edges[bin + 1] {
            bin += 1;
        }
        counts[bin] += 1;
    };
    numbers.pieces(threads, |pieces, tiles| {
        let mut counts = vec![0; bins];
        tiles(pieces, &mut |tile, n| match class {
            Class::Int => tile.ints[..n]
                .iter()
                .for_each(|x| count(&mut counts, *x as f64)),
            Class::Uint => tile.uints[..n]
                .iter()
                .for_each(|x| count(&mut counts, *x as f64)),
            Class::Float => tile.floats[..n].iter().for_each(|x| count(&mut counts, *x)),
        });
        let mut total = total.lock().unwrap_or_else(PoisonError::into_inner);
        for (all, some) in total.iter_mut().zip(&counts) {
            *all += some;
        }
    })?;
    Ok(total.into_inner().unwrap_or_else(PoisonError::into_inner))
}
