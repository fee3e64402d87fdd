//! Shuffled chunks to zlib streams.

use super::pass::{Pass, Scratch};
use super::{Bits, bound};
use crate::machine::Machine;
use crate::plane::Effort;
use crate::{Engine, Level};

/// The most bytes that are looked at together.
const PIECE: usize = 1 << 14;

/// Makes zlib streams (RFC 1950) of shuffled chunks. It keeps its scratch from one to the next, and nothing else: each stream depends on its
/// input, the size of the elements and the level only.
pub struct Encoder {
    level: Level,
    engine: Engine,
    scratch: Box<Scratch>,
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
            scratch: Box::new(Scratch::new()),
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
        let rows = (planes.len() / size.max(1)).max(1);
        let rows = if rows < 256 {
            planes.len().max(1)
        } else {
            rows
        };
        self.scratch.clear();
        let mut bits = Bits::new(out);
        bits.bytes(&head(self.level));
        let machine = Machine::of(self.engine);
        let effort = effort(self.level, size);
        let mut pass = Pass::new(machine, effort, planes, &mut self.scratch, bits);
        let mut plane = 0;
        while plane < planes.len() {
            let end = (plane + rows).min(planes.len());
            let pieces = (end - plane).div_ceil(PIECE);
            let piece = (end - plane).div_ceil(pieces);
            for start in (plane..end).step_by(piece) {
                pass.piece(plane, start, (start + piece).min(end));
            }
            plane = end;
        }
        pass.close()
    }
}

/// How hard it is tried with elements of this size. Plain bytes repeat at more places, so half as many are enough.
fn effort(level: Level, size: usize) -> Effort {
    let plain = size <= 1;
    let (depth, enough) = match level.number() {
        1 => (0, 8),
        4 if plain => (3, 16),
        2..=4 => (1, 8),
        5 => (12, 32),
        6 => (16, 48),
        7 => (18, 64),
        8 => (20, 128),
        _ => (24, 258),
    };
    let half = plain && level.number() > 4;
    Effort {
        depth: if half { depth / 2 } else { depth },
        enough,
        plain,
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
