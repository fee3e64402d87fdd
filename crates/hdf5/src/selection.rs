//! Which elements of a dataset are meant, and how to go through them in boxes of bounded size.

use crate::error::{Error, Result};

/// `count` indices of one axis, from `start` on, `step` apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
pub struct Axis {
    /// The first index.
    pub start: u64,
    /// From one index to the next; at least 1.
    pub step: u64,
    /// How many.
    pub count: u64,
}

impl Axis {
    /// All of an axis.
    pub fn all(length: u64) -> Axis {
        Axis::part(0, length)
    }

    /// `count` neighbouring indices.
    pub fn part(start: u64, count: u64) -> Axis {
        Axis {
            start,
            step: 1,
            count,
        }
    }
}

/// Checks a selection against a shape.
pub(crate) fn check(axes: &[Axis], shape: &[u64]) -> Result<()> {
    if axes.len() != shape.len() {
        return Err(Error::new(
            "BAD_SHAPE",
            format!(
                "{} axes are selected, the dataset has {}",
                axes.len(),
                shape.len()
            ),
        ));
    }
    for (i, (axis, &length)) in axes.iter().zip(shape).enumerate() {
        let end = axis.count.checked_sub(1).map_or(Some(0), |n| {
            axis.step
                .checked_mul(n)
                .and_then(|n| n.checked_add(axis.start))
                .and_then(|n| n.checked_add(1))
        });
        if axis.step == 0 || axis.start > length || end.is_none_or(|end| end > length) {
            return Err(Error::new(
                "OUT_OF_BOUNDS",
                format!(
                    "axis {i}: {} indices from {} on, {} apart, are more than its length of {length}",
                    axis.count, axis.start, axis.step
                ),
            ));
        }
    }
    Ok(())
}

/// A part of a selection: per axis, the first selected index (counted in the selection) and how many.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Part {
    pub(crate) start: Vec<u64>,
    pub(crate) count: Vec<u64>,
}

impl Part {
    pub(crate) fn elements(&self) -> u64 {
        self.count.iter().product()
    }

    /// The same part, of a box without steps that lies in another one, as a part of that one.
    pub(crate) fn within(mut self, inner: &[Axis], axes: &[Axis]) -> Part {
        for ((start, inner), outer) in self.start.iter_mut().zip(inner).zip(axes) {
            *start += inner.start - outer.start;
        }
        self
    }
}

/// Cuts a selection into boxes of whole chunks, of at most `most` elements unless one chunk holds more.
pub(crate) fn parts(axes: &[Axis], chunks: &[u64], most: u64) -> Parts {
    // From the last axis on: as many chunks as fit; once an axis is not covered completely, one chunk of each outer one.
    let mut sides: Vec<u64> = axes
        .iter()
        .zip(chunks)
        .map(|(a, &c)| c.div_ceil(a.step).clamp(1, a.count.max(1)))
        .collect();
    for i in (0..axes.len()).rev() {
        let others: u64 = sides
            .iter()
            .enumerate()
            .filter(|&(j, _)| j != i)
            .map(|(_, s)| s)
            .product();
        let fits = most / others.max(1) / sides[i];
        sides[i] = (sides[i] * fits.max(1)).min(axes[i].count.max(1));
        if sides[i] < axes[i].count {
            break;
        }
    }
    let empty = axes.iter().any(|a| a.count == 0);
    Parts {
        axes: axes.to_vec(),
        chunks: chunks.to_vec(),
        sides,
        next: (!empty).then(|| vec![0; axes.len()]),
    }
}

pub(crate) struct Parts {
    axes: Vec<Axis>,
    chunks: Vec<u64>,
    sides: Vec<u64>,
    next: Option<Vec<u64>>,
}

impl Parts {
    /// How far a box that begins at `from` reaches along an axis: to the next border between boxes of whole chunks.
    fn reach(&self, axis: usize, from: u64) -> u64 {
        let (a, side) = (self.axes[axis], self.sides[axis]);
        let left = a.count - from;
        if a.step > 1 || !side.is_multiple_of(self.chunks[axis]) {
            return side.min(left);
        }
        (side - (a.start + from) % side).min(left)
    }
}

impl Iterator for Parts {
    type Item = Part;

    fn next(&mut self) -> Option<Part> {
        let start = self.next.take()?;
        let count: Vec<u64> = (0..start.len()).map(|i| self.reach(i, start[i])).collect();
        let mut following = start.clone();
        for i in (0..start.len()).rev() {
            following[i] += count[i];
            if following[i] < self.axes[i].count {
                self.next = Some(following);
                break;
            }
            following[i] = 0;
        }
        Some(Part { start, count })
    }
}

/// Where a selection begins and how many elements it has, if these follow each other in an array of this shape.
pub(crate) fn one_run(axes: &[Axis], shape: &[u64]) -> Option<(u64, u64)> {
    let mut first = 0;
    let mut elements = 1;
    // How the axis after this one is covered: of those before an incomplete one there may be no more than one index.
    let mut whole = true;
    for (axis, &length) in axes.iter().zip(shape).rev() {
        if axis.count > 1 && (axis.step > 1 || !whole) {
            return None;
        }
        whole = whole && axis.count == length;
        elements *= axis.count;
    }
    for (axis, &length) in axes.iter().zip(shape) {
        first = first * length + axis.start;
    }
    Some((first, elements))
}

/// The contiguous runs of a part within an array of this shape in C order: element offset and number of elements.
pub(crate) fn runs(shape: &[u64], part: &Part) -> Vec<(u64, u64)> {
    // The axes from `inner` on are covered completely, so one run goes over all of them.
    let mut inner = shape.len();
    while inner > 0 && part.count[inner - 1] == shape[inner - 1] {
        inner -= 1;
    }
    let outer = inner.saturating_sub(1);
    let length: u64 = part.count[outer..].iter().product();
    let mut runs = Vec::new();
    let mut at = vec![0u64; outer];
    loop {
        let mut offset = 0;
        for (i, &length) in shape.iter().enumerate() {
            offset = offset * length + part.start[i] + at.get(i).copied().unwrap_or(0);
        }
        runs.push((offset, length));
        let mut axis = outer;
        loop {
            if axis == 0 {
                return runs;
            }
            axis -= 1;
            at[axis] += 1;
            if at[axis] < part.count[axis] {
                break;
            }
            at[axis] = 0;
        }
    }
}

#[cfg(test)]
mod tests;
