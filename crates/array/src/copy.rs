//! Items from one array to another: equal ones, fields of records, other orders of bytes, other layouts.

use crate::Refusal;
use crate::cast;
use crate::kernel::{self, Run};
use crate::memory::{Memory, Operand};
use crate::nest::{Nest, Odometer};
use crate::number::{self, Number, Tile};
use crate::threads::{share, worth};

/// What happens to one part of every element on its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Op {
    /// `size` bytes; each `unit` of them in reverse order where `unit` is above 1.
    Copy {
        /// Bytes.
        size: usize,
        /// Bytes of one number, when its order changes.
        unit: usize,
    },
    /// `count` numbers side by side as numbers of another kind. [`check`](crate::check) tells whether they fit; one that does not is cut off.
    Convert {
        /// In the source.
        from: Number,
        /// In the target.
        to: Number,
        /// How many.
        count: usize,
    },
    /// `size` zero bytes; nothing of the source.
    Zero {
        /// Bytes.
        size: usize,
    },
}

impl Op {
    /// Bytes that one item has in the target and in the source.
    fn sizes(self) -> (usize, usize) {
        match self {
            Op::Copy { size, .. } => (size, size),
            Op::Convert { from, to, count } => (to.kind.size() * count, from.kind.size() * count),
            Op::Zero { size } => (size, 0),
        }
    }

    fn is_sound(self) -> bool {
        match self {
            Op::Copy { size, unit } => unit <= 1 || size.is_multiple_of(unit),
            Op::Convert { .. } | Op::Zero { .. } => true,
        }
    }
}

/// One part of every element (all of it, or a field of a record): where it lies in the target and in the source.
#[derive(Debug, Clone)]
pub struct Lane {
    /// In the target.
    pub to: Operand,
    /// In the source.
    pub from: Operand,
    /// How it gets there.
    pub op: Op,
}

/// Items that are moved lane by lane before the next ones are: few enough that the source stays in the cache.
const TILE: usize = 1024;
/// Bytes of one lane that are one piece of work.
const PIECE: usize = 256 << 10;
/// Edge of the squares that a transposition goes through, and the shortest axis for which it does.
const SQUARE: usize = 32;
const SHORT: usize = 8;

/// Moves every lane of all elements of `shape`, on at most `threads` threads. Where target and source overlap, what arrives
/// is not told: [`transfer_apart`] is for these.
///
/// Elements of the target that lie over each other get the last value in C order.
pub fn transfer(
    target: Memory<'_>,
    source: Memory<'_>,
    shape: &[usize],
    lanes: &[Lane],
    threads: usize,
) -> Result<(), Refusal> {
    for lane in lanes {
        let (to, from) = lane.op.sizes();
        if !lane.op.is_sound() {
            return Err(Refusal::Malformed);
        }
        target.check(&lane.to, shape, to)?;
        source.check(&lane.from, shape, from)?;
    }
    if lanes.is_empty() || shape.contains(&0) {
        return Ok(());
    }
    let mut nest = Nest::new(shape, lanes.iter().flat_map(|lane| [&lane.to, &lane.from]));
    let widest = lanes
        .iter()
        .map(|lane| lane.op.sizes().0)
        .max()
        .unwrap_or(0);
    let ordered = nest.overlaps_itself(widest);
    if !ordered {
        nest.reorder();
    }
    nest.merge();
    let plan = Plan::of(nest, lanes, ordered);
    let bytes: usize = lanes.iter().map(|lane| lane.op.sizes().0).sum();
    let threads = if ordered {
        1
    } else {
        worth(bytes.saturating_mul(plan.items), threads)
    };
    share(plan.units(), threads, |units| {
        let mut tile = Tile::new();
        let mut place = Odometer::new(&plan.counts, &plan.steps, &plan.starts, units.start);
        for _ in units {
            plan.unit((target, source), lanes, &place, &mut tile);
            place.next();
        }
    });
    Ok(())
}

/// Bytes that [`transfer_apart`] takes for its copy.
pub fn apart_bytes(shape: &[usize], lanes: &[Lane]) -> usize {
    let items = shape.iter().product::<usize>();
    lanes
        .iter()
        .map(|lane| lane.op.sizes().1.saturating_mul(items))
        .fold(0, usize::saturating_add)
}

/// [`transfer`] for a source that may overlap the target: it is copied first.
pub fn transfer_apart(
    target: Memory<'_>,
    source: Memory<'_>,
    shape: &[usize],
    lanes: &[Lane],
    threads: usize,
) -> Result<(), Refusal> {
    let length = apart_bytes(shape, lanes);
    let mut bytes = zeroed(length).ok_or(Refusal::NoSpace(length))?;
    let copy = Memory::of(&mut bytes);
    let mut offset = 0;
    let (mut there, mut back) = (Vec::new(), Vec::new());
    for lane in lanes {
        let size = lane.op.sizes().1;
        let packed = Operand::packed(offset, shape, size);
        offset += (size * shape.iter().product::<usize>()) as i64;
        let (to, from) = (packed.clone(), lane.from.clone());
        there.push(Lane {
            to,
            from,
            op: Op::Copy { size, unit: 1 },
        });
        back.push(Lane {
            to: lane.to.clone(),
            from: packed,
            op: lane.op,
        });
    }
    transfer(copy, source, shape, &there, threads)?;
    transfer(target, copy, shape, &back, threads)
}

/// So many zero bytes, which the system hands out page by page as they are touched; none when it has not as many.
pub fn zeroed(length: usize) -> Option<Box<[u8]>> {
    // A vector from `vec!` asks for zeroed pages, but aborts the process when there are none.
    Vec::<u8>::new().try_reserve_exact(length).ok()?;
    Some(vec![0; length].into_boxed_slice())
}

/// The loops of a transfer: over units, in each unit over `mid` times one run of `inner`.
struct Plan {
    items: usize,
    /// Units along each axis; the last two are those of `mid` and `inner`.
    counts: Vec<usize>,
    steps: Vec<Vec<i64>>,
    starts: Vec<i64>,
    mid: Axis,
    inner: Axis,
}

/// An axis that is gone through in blocks.
struct Axis {
    n: usize,
    block: usize,
    /// Bytes from item to item, for each operand.
    steps: Vec<i64>,
}

impl Axis {
    fn new(n: usize, block: usize, steps: Vec<i64>) -> Axis {
        Axis {
            n,
            block: block.clamp(1, n),
            steps,
        }
    }

    fn blocks(&self) -> usize {
        self.n.div_ceil(self.block)
    }

    /// Items of one block.
    fn length(&self, block: usize) -> usize {
        self.block.min(self.n - block * self.block)
    }
}

impl Plan {
    fn of(mut nest: Nest, lanes: &[Lane], ordered: bool) -> Plan {
        let operands = nest.steps.len();
        while nest.shape.len() < 2 {
            nest.shape.insert(0, 1);
            for steps in &mut nest.steps {
                steps.insert(0, 0);
            }
        }
        let last = nest.shape.len() - 1;
        let (mut mid, mut inner) = (last - 1, last);
        let widest = lanes
            .iter()
            .map(|lane| lane.op.sizes().0)
            .max()
            .unwrap_or(1);
        let run = if lanes.len() == 1 {
            PIECE / widest.max(1)
        } else {
            TILE
        };
        let (mut mid_block, mut inner_block) = (1, run);
        if ordered {
            // Nothing is exchanged.
        } else if let Some(axis) = transposed(&nest) {
            mid = axis;
            (mid_block, inner_block) = (SQUARE, SQUARE);
        } else if nest.shape[last] < SHORT {
            // Short runs cost more than their bytes: the longer axis is the run.
            let longer = (0..last)
                .rev()
                .find(|axis| nest.shape[*axis] > 4 * nest.shape[last]);
            if let Some(axis) = longer {
                (mid, inner) = (last, axis);
                (mid_block, inner_block) = (SHORT, run.min(TILE));
            }
        }
        let mut order: Vec<usize> = (0..=last)
            .filter(|axis| *axis != mid && *axis != inner)
            .collect();
        order.extend([mid, inner]);
        nest.permute(&order);
        let along = |axis: usize| {
            nest.steps
                .iter()
                .map(|steps| steps[axis])
                .collect::<Vec<_>>()
        };
        let mid = Axis::new(nest.shape[last - 1], mid_block, along(last - 1));
        let inner = Axis::new(nest.shape[last], inner_block, along(last));
        let items = nest.size();
        let mut counts = nest.shape;
        counts[last - 1] = mid.blocks();
        counts[last] = inner.blocks();
        for operand in 0..operands {
            nest.steps[operand][last - 1] *= mid.block as i64;
            nest.steps[operand][last] *= inner.block as i64;
        }
        Plan {
            items,
            counts,
            steps: nest.steps,
            starts: nest.starts,
            mid,
            inner,
        }
    }

    fn units(&self) -> usize {
        self.counts.iter().product()
    }

    fn unit(
        &self,
        (target, source): (Memory<'_>, Memory<'_>),
        lanes: &[Lane],
        place: &Odometer<'_>,
        tile: &mut Tile,
    ) {
        let axes = self.counts.len();
        let rows = self.mid.length(place.index(axes - 2));
        let n = self.inner.length(place.index(axes - 1));
        for (k, lane) in lanes.iter().enumerate() {
            let (to, from) = (2 * k, 2 * k + 1);
            for row in 0..rows as i64 {
                let end = |memory: Memory<'_>, operand: usize| Run {
                    at: memory.at(place.at[operand] + row * self.mid.steps[operand]),
                    step: self.inner.steps[operand] as isize,
                };
                run(lane.op, end(target, to), end(source, from), n, tile);
            }
        }
    }
}

/// The axis along which the source goes on in memory, when that is not the one along which the target does.
fn transposed(nest: &Nest) -> Option<usize> {
    let last = nest.shape.len() - 1;
    let source = &nest.steps[1];
    let here = source[last].unsigned_abs();
    let axis = (0..last)
        .filter(|axis| source[*axis] != 0 && nest.shape[*axis] >= SHORT)
        .min_by_key(|axis| source[*axis].unsigned_abs())?;
    (nest.shape[last] >= SHORT && source[axis].unsigned_abs() < here).then_some(axis)
}

/// Moves one run. `transfer` checked that every item of both operands lies in its memory, and a run visits items only.
#[allow(unsafe_code)]
fn run(op: Op, to: Run, from: Run, n: usize, tile: &mut Tile) {
    match op {
        // SAFETY: as said above.
        Op::Copy { size, unit } => unsafe { kernel::copy(to, from, n, size, unit) },
        Op::Convert {
            from: source,
            to: target,
            count,
        } => {
            let (wide, narrow) = (source.kind.size(), target.kind.size());
            for (first, k) in (0..n)
                .step_by(number::TILE)
                .flat_map(|first| (0..count).map(move |k| (first, k)))
            {
                let length = number::TILE.min(n - first);
                let part = |run: Run, size: usize| Run {
                    at: run.item(first).wrapping_add(k * size),
                    step: run.step,
                };
                // SAFETY: as said above; number `k` of an item lies inside it.
                unsafe { cast::load(source, part(from, wide), length, tile) };
                cast::change_class(tile, length, source.kind.class(), target.kind.class());
                // SAFETY: as above.
                unsafe { cast::store(target, part(to, narrow), length, tile) };
            }
        }
        // SAFETY: as said above.
        Op::Zero { size } => unsafe { kernel::zero(to, n, size) },
    }
}
