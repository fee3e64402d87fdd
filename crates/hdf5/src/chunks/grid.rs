//! Which chunks a box of a dataset has to do with, and where their elements lie in memory.

use crate::selection::Axis;

/// The chunks of a dataset that lie in a box, which holds all that the dataset has of each of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Grid {
    /// The shape of a chunk.
    chunk: Vec<u64>,
    /// The box: where it begins and how long it is on each axis. Its first axis may be as long as it will ever be.
    start: Vec<u64>,
    length: Vec<u64>,
    /// How many chunks there are along each axis.
    counts: Vec<u64>,
}

/// Elements of a chunk and of an array that follow each other in both.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Run {
    /// Where they begin in the chunk, in elements.
    pub(crate) chunk: u64,
    /// Where they begin in the array.
    pub(crate) array: u64,
    pub(crate) length: u64,
}

impl Grid {
    /// The chunks that the box covers, with the box cut down to them; `shape` is the dataset's. None: it covers none.
    pub(crate) fn covered(axes: &[Axis], chunk: &[u64], shape: &[u64]) -> Option<Grid> {
        let mut grid = Grid {
            chunk: chunk.to_vec(),
            start: Vec::new(),
            length: Vec::new(),
            counts: Vec::new(),
        };
        for ((axis, &side), &all) in axes.iter().zip(chunk).zip(shape) {
            let end = axis.start + axis.count;
            let first = axis.start.next_multiple_of(side);
            // A chunk that reaches beyond the dataset is covered when the box reaches its end.
            let last = if end == all { end } else { end - end % side };
            if axis.step != 1 || last <= first {
                return None;
            }
            grid.start.push(first);
            grid.length.push(last - first);
            grid.counts.push((last - first).div_ceil(side));
        }
        (!axes.is_empty()).then_some(grid)
    }

    /// All chunks that have elements in the box.
    pub(crate) fn touched(axes: &[Axis], chunk: &[u64]) -> Option<Grid> {
        let plain = axes.iter().all(|axis| axis.step == 1 && axis.count > 0);
        (plain && !axes.is_empty()).then(|| Grid {
            chunk: chunk.to_vec(),
            start: axes.iter().map(|axis| axis.start).collect(),
            length: axes.iter().map(|axis| axis.count).collect(),
            counts: axes
                .iter()
                .zip(chunk)
                .map(|(axis, side)| (axis.start + axis.count).div_ceil(*side) - axis.start / side)
                .collect(),
        })
    }

    /// The box, in the order of the axes.
    pub(crate) fn axes(&self) -> Vec<Axis> {
        let sides = self.start.iter().zip(&self.length);
        sides
            .map(|(&start, &count)| Axis::part(start, count))
            .collect()
    }

    /// The same with so many rows: fewer have come than could.
    pub(crate) fn cut(&mut self, rows: u64) {
        self.length[0] = rows;
        let end = (self.start[0] + rows).div_ceil(self.chunk[0]);
        self.counts[0] = end - self.start[0] / self.chunk[0];
    }

    /// Rows of the box.
    pub(crate) fn rows(&self) -> u64 {
        self.length[0]
    }

    /// How many chunks there are.
    pub(crate) fn chunks(&self) -> u64 {
        self.counts.iter().product()
    }

    /// Elements of a whole chunk.
    pub(crate) fn chunk_elements(&self) -> u64 {
        self.chunk.iter().product()
    }

    /// The first element of a chunk, in the dataset.
    pub(crate) fn corner(&self, index: u64) -> Vec<u64> {
        let mut rest = index;
        let mut corner = vec![0; self.chunk.len()];
        for i in (0..corner.len()).rev() {
            let first = self.start[i] / self.chunk[i];
            corner[i] = (first + rest % self.counts[i]) * self.chunk[i];
            rest /= self.counts[i];
        }
        corner
    }

    /// What the box has of a chunk.
    pub(crate) fn part(&self, index: u64) -> Vec<Axis> {
        let mut part = self.axes();
        for ((axis, corner), side) in part.iter_mut().zip(self.corner(index)).zip(&self.chunk) {
            let end = (axis.start + axis.count).min(corner + side);
            axis.start = axis.start.max(corner);
            axis.count = end - axis.start;
        }
        part
    }

    /// Rows of the box, from its beginning on, that are complete when all chunks before `index` are.
    pub(crate) fn rows_before(&self, index: u64) -> u64 {
        let bands = index / self.counts[1..].iter().product::<u64>();
        let first = self.start[0] / self.chunk[0];
        ((first + bands) * self.chunk[0])
            .saturating_sub(self.start[0])
            .min(self.length[0])
    }

    /// Rows of the box that a chunk needs to be complete.
    pub(crate) fn rows_needed(&self, index: u64) -> u64 {
        let band = self.counts[1..].iter().product::<u64>();
        self.rows_before((index / band + 1) * band)
    }

    /// Where the elements of a chunk lie that are in the box: in it, and in an array of the shape of `whole`, a box around this one.
    pub(crate) fn runs(&self, index: u64, whole: &[Axis]) -> Vec<Run> {
        let corner = self.corner(index);
        let rank = corner.len();
        // Of each axis: from where on, in chunk and array, and how many.
        let mut from = Vec::with_capacity(rank);
        for i in 0..rank {
            let begin = corner[i].max(self.start[i]);
            let end = (corner[i] + self.chunk[i]).min(self.start[i] + self.length[i]);
            from.push((begin - corner[i], begin - whole[i].start, end - begin));
        }
        // Axes from `inner` on are complete in both, so that one run goes over them.
        let mut inner = rank;
        while inner > 0
            && from[inner - 1].2 == self.chunk[inner - 1]
            && from[inner - 1].2 == whole[inner - 1].count
        {
            inner -= 1;
        }
        let outer = inner.saturating_sub(1);
        let length = from[outer..].iter().map(|part| part.2).product();
        let many = from[..outer].iter().map(|part| part.2).product::<u64>();
        let place = |number: u64, of: &dyn Fn(usize) -> (u64, u64)| {
            let mut rest = number;
            let (mut offset, mut size) = (0, 1);
            for i in (0..rank).rev() {
                let (begin, side) = of(i);
                let at = if i < outer {
                    let at = rest % from[i].2;
                    rest /= from[i].2;
                    at
                } else {
                    0
                };
                offset += (begin + at) * size;
                size *= side;
            }
            offset
        };
        (0..many)
            .map(|number| Run {
                chunk: place(number, &|i| (from[i].0, self.chunk[i])),
                array: place(number, &|i| (from[i].1, whole[i].count)),
                length,
            })
            .collect()
    }
}

/// What of a box is not in a smaller one inside it, as boxes.
pub(crate) fn around(axes: &[Axis], inner: &[Axis]) -> Vec<Vec<Axis>> {
    let mut rest = Vec::new();
    let mut left = axes.to_vec();
    for (i, (whole, part)) in axes.iter().zip(inner).enumerate() {
        let end = part.start + part.count;
        for (start, stop) in [(whole.start, part.start), (end, whole.start + whole.count)] {
            if stop > start {
                let mut side = left.clone();
                side[i] = Axis::part(start, stop - start);
                rest.push(side);
            }
        }
        left[i] = *part;
    }
    rest
}
