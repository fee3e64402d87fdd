//! Records that are made here.

/// Bytes of a shape, about.
const BYTES: usize = 4 << 20;

/// xorshift64*.
pub struct Random(u64);

impl Random {
    pub fn new() -> Random {
        Random(7)
    }

    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    fn below(&mut self, bound: u64) -> u64 {
        ((u128::from(self.next()) * u128::from(bound)) >> 64) as u64
    }

    /// Near 0, and seldom above 3.
    fn normal(&mut self) -> f64 {
        (0..12)
            .map(|_| self.below(1 << 32) as f64 / (1u64 << 32) as f64)
            .sum::<f64>()
            - 6.0
    }
}

/// Records `chr:S10,pos:i4,pct:f4,c:i4,t:i4` as those of scripts/generate.mjs.
pub fn methylation(random: &mut Random) -> Vec<u8> {
    let rows = BYTES / 26;
    let mut bytes = Vec::new();
    let per = rows / 3 + 1;
    for row in 0..rows {
        let chromosome = row / per;
        if row % per == 0 {
            POSITION.set(0);
        }
        let position = POSITION.get() + 1 + random.below(600) as u32;
        POSITION.set(position);
        let depth = 1
            + random.below(8) as u32
            + if random.below(2) == 0 {
                0
            } else {
                random.below(32) as u32
            };
        let c = match random.below(10) {
            0..4 => 0,
            4..6 => depth,
            _ => random.below(u64::from(depth) + 1) as u32,
        };
        let percent =
            ((u64::from(c) * 200_000_000 / u64::from(depth)).div_ceil(2) as f64 / 1e6) as f32;
        let name: [u8; 10] =
            *[b"chr1\0\0\0\0\0\0", b"chr7\0\0\0\0\0\0", b"chr14\0\0\0\0\0"][chromosome];
        bytes.extend(name);
        bytes.extend(position.to_le_bytes());
        bytes.extend(percent.to_le_bytes());
        bytes.extend(c.to_le_bytes());
        bytes.extend((depth - c).to_le_bytes());
    }
    bytes
}

thread_local! {
    static POSITION: std::cell::Cell<u32> = const { std::cell::Cell::new(0) };
}

pub fn walks(random: &mut Random) -> Vec<u8> {
    let mut value = 12.0;
    let mut next = || {
        value += random.normal() * 0.05 - (value - 12.0) * 0.001;
        f64::to_le_bytes(value)
    };
    (0..BYTES / 8).flat_map(|_| next()).collect()
}

pub fn times(random: &mut Random) -> Vec<u8> {
    let (mut time, mut value) = (1_700_000_000_000_000_000_u64, 20.0_f64);
    let mut bytes = Vec::new();
    for _ in 0..BYTES / 12 {
        time += 1_000_000_000 + random.below(1000) * 1000;
        value += random.normal() * 0.1;
        bytes.extend(time.to_le_bytes());
        bytes.extend(((value * 100.0).round() as f32 / 100.0).to_le_bytes());
    }
    bytes
}

fn word(seed: u64) -> [u8; 12] {
    let random = &mut Random(seed * 2 + 0x9e37_79b9_7f4a_7c15);
    random.next();
    let length = 3 + random.below(10) as usize;
    std::array::from_fn(|at| {
        if at < length {
            b'a' + random.below(26) as u8
        } else {
            0
        }
    })
}

pub fn vocabulary(random: &mut Random) -> Vec<u8> {
    let mut next = || word((random.normal().abs() * 40.0) as u64);
    (0..BYTES / 12).flat_map(|_| next()).collect()
}

pub fn repeated(random: &mut Random) -> Vec<u8> {
    let row = |seed: u64| {
        let random = &mut Random((seed * 2 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15));
        random.next();
        [random.next(), random.next(), random.next()]
            .map(u64::to_le_bytes)
            .concat()
    };
    let mut bytes = Vec::new();
    while bytes.len() < BYTES {
        // A stretch of new rows, then one of rows that were there before.
        let first = random.below(1 << 20);
        let length = 20 + random.below(200);
        (first..first + length).for_each(|seed| bytes.extend(row(seed)));
        let back = (20 + random.below(2000)) as usize * 24;
        let (from, length) = (
            bytes.len().saturating_sub(back),
            24 * (10 + random.below(300) as usize),
        );
        for at in from..from + length.min(bytes.len() - from) {
            bytes.push(bytes[at]);
        }
    }
    bytes
}

pub fn sorted(random: &mut Random) -> Vec<u8> {
    let mut value = 0;
    let mut next = || {
        value += random.below(5_000_000);
        u64::to_le_bytes(value)
    };
    (0..BYTES / 8).flat_map(|_| next()).collect()
}

pub fn sorted_rows(random: &mut Random) -> Vec<u8> {
    let mut rows: Vec<[u8; 20]> = (0..BYTES / 20)
        .map(|_| {
            let mut row = [0; 20];
            row[..12].copy_from_slice(&word(random.below(3000)));
            row[12..16].copy_from_slice(&(random.below(500) as u32).to_le_bytes());
            row[16..].copy_from_slice(&(random.below(100) as f32).to_le_bytes());
            row
        })
        .collect();
    rows.sort_unstable();
    rows.concat()
}

pub fn counts(random: &mut Random) -> Vec<u8> {
    let mut next = || ((random.normal() * 30.0).powi(2) as u16).to_le_bytes();
    (0..BYTES / 2).flat_map(|_| next()).collect()
}

pub fn noise(random: &mut Random) -> Vec<u8> {
    (0..BYTES / 8)
        .flat_map(|_| (random.below(1 << 52) as f64 / (1u64 << 52) as f64).to_le_bytes())
        .collect()
}

pub fn flags(random: &mut Random) -> Vec<u8> {
    (0..BYTES).map(|_| u8::from(random.below(5) == 0)).collect()
}

/// Rows of 512 pixels: smooth, with little noise.
pub fn image(random: &mut Random) -> Vec<u8> {
    let at = |i: usize| ((i / 512) as f64 / 60.0, (i % 512) as f64 / 45.0);
    (0..BYTES)
        .map(|i| {
            let (y, x) = at(i);
            (120.0 + 60.0 * y.sin() + 50.0 * (x + y / 3.0).cos() + random.normal()) as u8
        })
        .collect()
}
