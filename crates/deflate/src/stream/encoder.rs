//! Shuffled chunks to zlib streams.

use super::stored::store;
use super::{Bits, bound};
use crate::adler::adler;
use crate::huffman::{DISTANCES, END, Head, LITLENS, LONGEST, codes, lengths};
use crate::{Engine, Level};

/// What a block that is not stored must save at least, in bits: the head and the padding of one more stored block behind it. So a stream is never
/// longer than one of stored blocks alone ([`bound`]).
const LEAST_SAVED: u64 = 48;

/// Makes zlib streams (RFC 1950) of shuffled chunks. It keeps its scratch from one to the next, and nothing else: each stream depends on its
/// input, the size of the elements and the level only.
pub struct Encoder {
    level: Level,
    engine: Engine,
}

impl Encoder {
    /// An encoder with the fastest instructions that the machine has, or those of `SHARRAY_SIMD`.
    #[must_use]
    pub fn new(level: Level) -> Encoder {
        Encoder::with_engine(level, Engine::in_use())
    }

    /// An encoder with the instructions of `engine`, or of the next slower one that the machine has.
    #[must_use]
    pub fn with_engine(level: Level, engine: Engine) -> Encoder {
        Encoder {
            level,
            engine: engine.or_slower(),
        }
    }

    /// The instructions that it works with.
    #[must_use]
    pub fn engine(&self) -> Engine {
        self.engine
    }

    /// Writes `planes`, a chunk behind [`shuffle`](crate::shuffle) with elements of `size` bytes (1: plain bytes), to `out` and returns the stream's length.
    ///
    /// # Panics
    /// When `out` is shorter than [`bound`] of the chunk's length.
    pub fn encode(&mut self, planes: &[u8], size: usize, out: &mut [u8]) -> usize {
        assert!(
            out.len() >= bound(planes.len()),
            "the stream's buffer is shorter than its bound"
        );
        let mut bits = Bits::new(out);
        bits.bytes(&head(self.level));
        let rows = (planes.len() / size.max(1)).max(1);
        let mut stored = 0;
        let mut done = 0;
        for plane in planes.chunks(rows.min(1 << 16)) {
            let last = done + plane.len() == planes.len();
            let mut frequencies = [0; LITLENS];
            for &byte in plane {
                frequencies[usize::from(byte)] += 1;
            }
            frequencies[END] = 1;
            let mut litlens = [0; LITLENS];
            lengths(&frequencies, LONGEST, &mut litlens);
            let head = Head::new(&litlens, &[0; DISTANCES]);
            let cost: u64 = frequencies
                .iter()
                .zip(&litlens)
                .map(|(&f, &l)| u64::from(f) * u64::from(l))
                .sum();
            if 3 + head.bits() + cost + LEAST_SAVED <= 8 * plane.len() as u64 {
                store(&mut bits, &planes[stored..done], false);
                stored = done + plane.len();
                bits.put(4 + u64::from(last), 3);
                head.write(&mut bits);
                let mut code = [0; LITLENS];
                codes(&litlens, &mut code);
                for &byte in plane {
                    bits.put(
                        u64::from(code[usize::from(byte)]),
                        u32::from(litlens[usize::from(byte)]),
                    );
                }
                bits.put(u64::from(code[END]), u32::from(litlens[END]));
            }
            done += plane.len();
        }
        if stored < planes.len() || planes.is_empty() {
            store(&mut bits, &planes[stored..], true);
        }
        bits.align();
        bits.bytes(&adler(1, planes).to_be_bytes());
        bits.len()
    }
}

/// The zlib head: a window of 32 KiB, and the level as zlib tells it.
fn head(level: Level) -> [u8; 2] {
    let told = match level.number() {
        1 => 0,
        2..=5 => 1,
        6 => 2,
        _ => 3,
    };
    let first = 0x78_u8;
    let second = told << 6;
    let check = 31 - (u16::from(first) << 8 | u16::from(second)) % 31;
    [first, second | check as u8]
}
