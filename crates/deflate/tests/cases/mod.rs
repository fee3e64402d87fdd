//! Chunks with every structure that an encoder looks for, made from choices of anyone: a seed, a property test, a fuzzer.

/// Who chooses.
pub trait Choices {
    /// A number below `bound`, which is not 0.
    fn below(&mut self, bound: usize) -> usize;
}

/// xorshift64*.
pub struct Seed(pub u64);

impl Choices for Seed {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let high = self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 32;
        (high as usize * bound) >> 32
    }
}

/// A chunk behind the shuffle filter, more or less.
#[derive(Clone)]
pub struct Case {
    pub planes: Vec<u8>,
    pub size: usize,
    pub level: u8,
}

/// The most bytes of a chunk.
const MOST: usize = 1 << 18;

pub fn case(choices: &mut impl Choices) -> Case {
    let level = 1 + choices.below(9) as u8;
    let rows = rows(choices);
    let size = match choices.below(4) {
        0 => 1,
        1 => 1 << choices.below(4),
        _ => 1 + choices.below(64),
    };
    chunk(level, rows, size, choices)
}

/// A chunk of so many elements of `size` bytes, or of shorter ones, where it would be too large.
pub fn chunk(level: u8, rows: usize, size: usize, choices: &mut impl Choices) -> Case {
    let size = size.min(MOST / rows.max(1)).max(1);
    let mut planes = Vec::with_capacity(rows * size + size);
    while planes.len() < rows * size {
        let left = rows * size - planes.len();
        // Mostly a plane has one structure, but structures may end anywhere.
        let count = if choices.below(4) > 0 {
            rows
        } else {
            1 + choices.below(left)
        };
        extend(&mut planes, count.min(left), choices);
    }
    // Bytes behind the last whole element.
    let rest = choices.below(2) * choices.below(size);
    extend(&mut planes, rest, choices);
    Case {
        planes,
        size,
        level,
    }
}

fn rows(choices: &mut impl Choices) -> usize {
    match choices.below(64) {
        0 => 0,
        1 => 1,
        2 => 65_535 + choices.below(3),
        3 => 16_383 + choices.below(3),
        4 => 32_767 + choices.below(3),
        5..16 => 1 + choices.below(20_000),
        16..32 => 255 + choices.below(3),
        _ => 1 << choices.below(12),
    }
}

/// Appends so many bytes of one structure.
fn extend(planes: &mut Vec<u8>, count: usize, choices: &mut impl Choices) {
    let end = planes.len() + count;
    let value = choices.below(256) as u8;
    match choices.below(10) {
        0 => planes.resize(end, value),
        // As before, so that a constant plane goes on.
        1 => planes.resize(end, planes.last().copied().unwrap_or(0)),
        2 => planes.extend((0..count).map(|_| choices.below(256) as u8)),
        3 => {
            let symbols = 1 + choices.below(20);
            planes.extend((0..count).map(|_| value.wrapping_add(choices.below(symbols) as u8)));
        }
        4 => period(planes, end, choices),
        5 => copies(planes, end, choices),
        6 => fibonacci(planes, end, choices),
        7 => {
            let (mut value, step) = (value, 1 + choices.below(4));
            planes.extend((0..count).map(|_| {
                value = value.wrapping_add(choices.below(step) as u8);
                value
            }));
        }
        8 => runs(planes, end, choices),
        // Few bytes often, many seldom.
        _ => planes.extend((0..count).map(|_| {
            let most = 1 << choices.below(9);
            choices.below(most) as u8
        })),
    }
}

/// Bytes that return after some way, some of them changed.
fn period(planes: &mut Vec<u8>, end: usize, choices: &mut impl Choices) {
    let farthest = [4, 40, 600, 40_000][choices.below(4)];
    let way = 1 + choices.below(farthest);
    let errors = choices.below(3) * choices.below(100);
    while planes.len() < end {
        let before = planes.len().checked_sub(way).map(|at| planes[at]);
        let byte = before.filter(|_| choices.below(1000) >= errors);
        let byte = byte.unwrap_or_else(|| choices.below(256) as u8);
        planes.push(byte);
    }
}

/// Pieces of what was there, and a few other bytes between them.
fn copies(planes: &mut Vec<u8>, end: usize, choices: &mut impl Choices) {
    let longest = [4, 20, 300, 3000][choices.below(4)];
    while planes.len() < end {
        for _ in 0..choices.below(6) {
            planes.push(choices.below(256) as u8);
        }
        let way = 1 + choices.below(planes.len().max(1));
        for _ in 0..1 + choices.below(longest) {
            let byte = planes.len().checked_sub(way).map_or(0, |at| planes[at]);
            planes.push(byte);
        }
    }
    planes.truncate(end);
}

/// Bytes of Fibonacci frequencies, whose best code is as deep as can be, in some order.
fn fibonacci(planes: &mut Vec<u8>, end: usize, choices: &mut impl Choices) {
    let (mut now, mut next) = (1, 1);
    let first = planes.len();
    let mut byte = choices.below(256) as u8;
    while planes.len() < end {
        planes.resize((planes.len() + now).min(end), byte);
        byte = byte.wrapping_add(1);
        (now, next) = (next, now + next);
    }
    for _ in 0..choices.below(2) * (end - first) {
        let (a, b) = (choices.below(end - first), choices.below(end - first));
        planes.swap(first + a, first + b);
    }
}

fn runs(planes: &mut Vec<u8>, end: usize, choices: &mut impl Choices) {
    let longest = [3, 10, 300, 2000][choices.below(4)];
    while planes.len() < end {
        let byte = choices.below(256) as u8;
        planes.resize(planes.len() + 1 + choices.below(longest), byte);
    }
    planes.truncate(end);
}
