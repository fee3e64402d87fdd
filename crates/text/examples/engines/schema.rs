//! Random schemas.

use sharray_text::{Column, Kind, Schema, Unit};

use crate::random::Random;

const INTEGERS: [usize; 4] = [1, 2, 4, 8];
const TEXTS: [usize; 14] = [0, 1, 2, 3, 5, 8, 10, 12, 15, 16, 17, 31, 33, 40];
const UNITS: [Unit; 6] = [
    Unit::Generic,
    Unit::Year,
    Unit::Day,
    Unit::Minute,
    Unit::Nano,
    Unit::Atto,
];

fn kind(random: &mut Random) -> (Kind, usize) {
    match random.below(32) {
        0..7 => (Kind::Int, random.one(&INTEGERS)),
        7..10 => (Kind::Uint, random.one(&INTEGERS)),
        10..18 => (Kind::Float, random.one(&[4, 8, 8])),
        18..22 => (Kind::Bytes, random.one(&TEXTS)),
        22..25 => (Kind::Str, 4 * random.one(&TEXTS)),
        25..27 => (Kind::Bool, 1),
        27 => (Kind::Float, 2),
        28 => (Kind::Complex, random.one(&[8, 16])),
        29 => {
            let count = random.range(1, 3) as u32;
            (Kind::Datetime(random.one(&UNITS), count), 8)
        }
        30 => (Kind::Timedelta, 8),
        // No text is of the last kind.
        _ if random.once_in(20) => (Kind::Void, 3),
        _ => (Kind::Skip, random.one(&[0, 3])),
    }
}

/// A few columns with gaps, in the record's order or against it; sometimes many, sometimes with `usecols`.
pub fn schema(random: &mut Random) -> Schema {
    let count = match random.below(64) {
        0 => random.range(7, 40),
        _ => random.range(1, 6),
    };
    let same = random.once_in(3).then(|| kind(random));
    let mut itemsize = 0;
    let mut columns: Vec<Column> = (0..count)
        .map(|_| {
            let (kind, size) = same.unwrap_or_else(|| kind(random));
            itemsize += if random.once_in(5) {
                random.range(1, 8)
            } else {
                0
            };
            let offset = itemsize;
            itemsize += size;
            Column {
                kind,
                size,
                offset,
                swap: random.once_in(8),
            }
        })
        .collect();
    if random.once_in(2) {
        columns.reverse();
    }
    let usecols = random.once_in(4).then(|| {
        // Mostly different ones: a column that is read as two kinds suits seldom both.
        let step = random.one(&[1, 3, 5, 7, 7, 2]);
        let first = random.below(8);
        let col = |i| ((first + i * step) % 8) as i64;
        let side = |col: i64| if random.once_in(2) { col } else { col - 8 };
        (0..count).map(col).map(side).collect()
    });
    let fills = match random.below(4) {
        0 => {
            let fill = |column: &Column| random.once_in(2).then(|| vec![0xA5; column.size].into());
            columns.iter().map(fill).collect()
        }
        _ => Vec::new(),
    };
    Schema {
        columns,
        // A record has at least a byte.
        itemsize: (itemsize + random.one(&[0, 0, 0, 3])).max(1),
        usecols,
        fills,
    }
}
