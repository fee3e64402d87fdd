//! Loops over a shape that several operands share: which axes can be one, and in which order they go.

/// Axes, outermost first, and the steps of each operand along each of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Nest {
    pub(crate) shape: Vec<usize>,
    /// For each operand: bytes along each axis.
    pub(crate) steps: Vec<Vec<i64>>,
    /// For each operand: the byte of the first item.
    pub(crate) starts: Vec<i64>,
}

impl Nest {
    pub(crate) fn new<'a>(
        shape: &[usize],
        operands: impl Iterator<Item = &'a crate::Operand>,
    ) -> Nest {
        let (steps, starts) = operands
            .map(|operand| (operand.strides.clone(), operand.offset))
            .unzip();
        Nest {
            shape: shape.to_vec(),
            steps,
            starts,
        }
    }

    /// Items in all.
    pub(crate) fn size(&self) -> usize {
        self.shape.iter().product()
    }

    fn remove(&mut self, axis: usize) {
        self.shape.remove(axis);
        for steps in &mut self.steps {
            steps.remove(axis);
        }
    }

    /// Drops axes of one item, and makes neighbours one axis where every operand goes on as if they were. The order of items stays.
    pub(crate) fn merge(&mut self) {
        for axis in (0..self.shape.len()).rev() {
            if self.shape[axis] == 1 {
                self.remove(axis);
            }
        }
        for axis in (1..self.shape.len()).rev() {
            let n = self.shape[axis];
            let runs_on = |steps: &Vec<i64>| {
                i128::from(steps[axis - 1]) == i128::from(steps[axis]) * n as i128
            };
            if self.steps.iter().all(runs_on) {
                self.shape[axis - 1] *= n;
                for steps in &mut self.steps {
                    steps[axis - 1] = steps[axis];
                }
                self.remove(axis);
            }
        }
    }

    /// For work whose order does not matter: the first operand forwards through memory, its longest steps outermost.
    pub(crate) fn reorder(&mut self) {
        for axis in 0..self.shape.len() {
            if self.steps[0][axis] >= 0 {
                continue;
            }
            for (start, steps) in self.starts.iter_mut().zip(&mut self.steps) {
                *start += (self.shape[axis] as i64 - 1) * steps[axis];
                steps[axis] = -steps[axis];
            }
        }
        let mut order: Vec<usize> = (0..self.shape.len()).collect();
        let key = |axis: &usize| {
            std::cmp::Reverse(
                self.steps
                    .iter()
                    .map(|s| s[*axis].abs())
                    .collect::<Vec<_>>(),
            )
        };
        order.sort_by_key(key);
        self.permute(&order);
    }

    pub(crate) fn permute(&mut self, order: &[usize]) {
        self.shape = order.iter().map(|axis| self.shape[*axis]).collect();
        for steps in &mut self.steps {
            *steps = order.iter().map(|axis| steps[*axis]).collect();
        }
    }

    /// Whether two items of `size` bytes of the first operand may share a byte.
    pub(crate) fn overlaps_itself(&self, size: usize) -> bool {
        let mut axes: Vec<(u64, usize)> = self.steps[0]
            .iter()
            .zip(&self.shape)
            .filter(|(_, n)| **n > 1)
            .map(|(step, n)| (step.unsigned_abs(), *n))
            .collect();
        axes.sort_unstable();
        let mut reach = size as u128;
        for (step, n) in axes {
            if u128::from(step) < reach {
                return true;
            }
            reach += u128::from(step) * (n as u128 - 1);
        }
        false
    }
}

/// A place in some axes of a nest that goes from item to item, with the byte of each operand there.
pub(crate) struct Odometer<'a> {
    counts: &'a [usize],
    /// For each operand: bytes along each of these axes.
    steps: &'a [Vec<i64>],
    index: Vec<usize>,
    /// For each operand, the byte of the place.
    pub(crate) at: Vec<i64>,
}

impl<'a> Odometer<'a> {
    /// At item number `place` of the C order of `counts`.
    pub(crate) fn new(
        counts: &'a [usize],
        steps: &'a [Vec<i64>],
        starts: &[i64],
        place: usize,
    ) -> Self {
        let mut index = vec![0; counts.len()];
        let mut rest = place;
        for axis in (0..counts.len()).rev() {
            index[axis] = rest % counts[axis];
            rest /= counts[axis];
        }
        let at = starts
            .iter()
            .zip(steps)
            .map(|(start, steps)| {
                start
                    + index
                        .iter()
                        .zip(steps)
                        .map(|(i, step)| *i as i64 * step)
                        .sum::<i64>()
            })
            .collect();
        Odometer {
            counts,
            steps,
            index,
            at,
        }
    }

    /// The index along one axis.
    pub(crate) fn index(&self, axis: usize) -> usize {
        self.index[axis]
    }

    pub(crate) fn next(&mut self) {
        for axis in (0..self.counts.len()).rev() {
            self.index[axis] += 1;
            if self.index[axis] < self.counts[axis] {
                for (at, steps) in self.at.iter_mut().zip(self.steps) {
                    *at += steps[axis];
                }
                return;
            }
            self.index[axis] = 0;
            for (at, steps) in self.at.iter_mut().zip(self.steps) {
                *at -= steps[axis] * (self.counts[axis] as i64 - 1);
            }
        }
    }
}
