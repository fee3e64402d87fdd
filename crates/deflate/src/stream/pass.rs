//! One chunk, piece by piece: what of it becomes which block.

use super::block::Block;
use super::stored::store;
use super::{Bits, Coder, Sequence};
use crate::machine::Machine;
use crate::plane::{BIT, Effort, Matches, Rows, Runs, Sampler, Search, costs, is_noise};

/// What a block that is not stored must save at least, in bits: the head and the padding of one more stored block behind it. So a stream is never
/// longer than one of stored blocks alone ([`bound`](super::bound)).
const LEAST_SAVED: u64 = 48;
/// Matches are looked for before it.
const MOST_PLACE: usize = 1 << 31;
/// What a byte of a piece costs at least that is worth a second look for matches.
const DEAR: u64 = BIT as u64 / 2;

/// What is used again from chunk to chunk.
pub(super) struct Scratch {
    sampler: Sampler,
    runs: Runs,
    matches: Matches,
    rows: Rows,
    sequences: Vec<Sequence>,
    coder: Coder,
    /// The block that grows, the next one, and another way to have it.
    open: Block,
    next: Block,
    other: Block,
}

impl Scratch {
    pub(super) fn new() -> Scratch {
        Scratch {
            sampler: Sampler::new(),
            runs: Runs::default(),
            matches: Matches::new(),
            rows: Rows::default(),
            sequences: Vec::new(),
            coder: Coder::new(),
            open: Block::new(),
            next: Block::new(),
            other: Block::new(),
        }
    }

    /// Makes it ready for a chunk.
    pub(super) fn clear(&mut self) {
        self.sampler.clear();
        self.matches.clear();
        self.rows.clear();
        self.open.clear(0);
    }

    /// Makes the sequences the next block if that costs less.
    fn compare(&mut self, bytes: &[u8], start: usize, end: usize, frequencies: &[u32; 256]) {
        self.other
            .set_sequences(bytes, start, end, frequencies, &mut self.sequences);
        if self.other.cost < self.next.cost {
            std::mem::swap(&mut self.other, &mut self.next);
        }
    }
}

/// One chunk on its way.
pub(super) struct Pass<'a> {
    machine: &'static Machine,
    effort: Effort,
    bytes: &'a [u8],
    scratch: &'a mut Scratch,
    out: Bits<'a>,
    /// Bytes before it are in blocks that are written.
    written: usize,
    adler: u32,
}

impl<'a> Pass<'a> {
    /// A pass over `bytes`, to `out`, by a scratch that is ready.
    pub(super) fn new(
        machine: &'static Machine,
        effort: Effort,
        bytes: &'a [u8],
        scratch: &'a mut Scratch,
        out: Bits<'a>,
    ) -> Pass<'a> {
        Pass {
            machine,
            effort,
            bytes,
            scratch,
            out,
            written: 0,
            adler: 1,
        }
    }

    /// Takes the next piece of the plane that begins at `plane`.
    pub(super) fn piece(&mut self, plane: usize, start: usize, end: usize) {
        let piece = &self.bytes[start..end];
        if (self.machine.leading)(piece) == piece.len() {
            self.adler = repeated(self.adler, piece[0], piece.len());
            let scratch = &mut *self.scratch;
            if scratch.open.join_constant(self.bytes, start, end) {
                return;
            }
            scratch.next.set_constant(self.bytes, start, end);
        } else {
            self.adler = (self.machine.adler)(self.adler, piece);
            if !self.plan(plane, start, end) {
                // Noise: what is open ends here, and the piece is stored with what follows.
                self.flush();
                self.scratch.open.clear(end);
                return;
            }
        }
        let scratch = &mut *self.scratch;
        if !scratch.open.join(&mut scratch.next) {
            self.flush();
            let scratch = &mut *self.scratch;
            std::mem::swap(&mut scratch.open, &mut scratch.next);
        }
    }

    /// Chooses the next block's literals and matches; false for noise, which has no block.
    fn plan(&mut self, plane: usize, start: usize, end: usize) -> bool {
        let (machine, bytes, effort) = (self.machine, self.bytes, self.effort);
        let scratch = &mut *self.scratch;
        let piece = &bytes[start..end];
        // Places are kept in 32 bits.
        let sample = |sampler: &mut Sampler, end: usize, costs: &[u16; 256]| {
            if end <= MOST_PLACE {
                (machine.sample)(sampler, bytes, start, end, costs)
            } else {
                0
            }
        };
        let mut each = [(8 * BIT) as u16; 256];
        let mut saved = None;
        if is_noise(piece) {
            let sampled = sample(&mut scratch.sampler, end, &each);
            if sampled < piece.len() as u64 * u64::from(BIT) / 16 {
                return false;
            }
            saved = Some(sampled);
        }
        let equal = scratch.runs.look(machine, bytes, start, end);
        let mut frequencies = [0; 256];
        if equal > piece.len() / 8 * 7 {
            scratch.runs.frequencies(bytes, start, &mut frequencies);
        } else {
            (machine.histogram)(piece, &mut frequencies);
        }
        costs(&frequencies, piece.len() as u32, &mut each);
        scratch.next.set_literals(start, end, &frequencies);
        let pairs: u64 = frequencies
            .iter()
            .map(|&f| u64::from(f) * u64::from(f))
            .sum();
        let expected = pairs / piece.len() as u64;
        if equal as u64 > expected + expected / 8 + piece.len() as u64 / 256
            || expected > piece.len() as u64 / 2
        {
            scratch
                .runs
                .sequences(bytes, start, &each, &mut scratch.sequences);
            scratch.compare(bytes, start, end, &frequencies);
        }
        let mut saved = saved.unwrap_or_else(|| sample(&mut scratch.sampler, end, &each));
        if scratch.sampler.missed(piece.len()) && scratch.next.cost > piece.len() as u64 * DEAR {
            let quarter = start + piece.len() / 4;
            let of_quarter = scratch
                .sampler
                .with_more(|sampler| sample(sampler, quarter, &each));
            saved = 4 * of_quarter;
        }
        let long = scratch.sampler.long_ones();
        if saved > scratch.next.cost / 64 && (long || effort.depth > 0) {
            let cost = scratch.next.cost;
            if scratch
                .rows
                .sequences(bytes, plane, start, end, &mut scratch.sequences)
            {
                scratch.compare(bytes, start, end, &frequencies);
                // The sample promised little more.
                if saved < (cost - scratch.next.cost) / 4 * 5 {
                    return true;
                }
            }
            let search = Search {
                machine,
                bytes,
                from: plane,
                start,
                end,
                costs: &each,
                cost,
                saved,
                effort,
                long,
            };
            (machine.matches)(&mut scratch.matches, &search, &mut scratch.sequences);
            if long {
                scratch.rows.keep(plane, start, &scratch.sequences);
            }
            scratch.compare(bytes, start, end, &frequencies);
        }
        true
    }

    /// Writes the open block if it saves enough; else its bytes wait to be stored.
    fn flush(&mut self) {
        let scratch = &mut *self.scratch;
        let open = &scratch.open;
        if open.start == open.end {
            return;
        }
        let (head, bits) = open.code(&mut scratch.coder);
        if bits + LEAST_SAVED > 8 * (open.end - open.start) as u64 {
            return;
        }
        store(&mut self.out, &self.bytes[self.written..open.start], false);
        let last = open.end == self.bytes.len();
        open.write(
            self.machine,
            self.bytes,
            &head,
            &scratch.coder,
            last,
            &mut self.out,
        );
        self.written = open.end;
    }

    /// Writes what is left, and the checksum; the stream's length.
    pub(super) fn close(mut self) -> usize {
        self.flush();
        if self.written < self.bytes.len() || self.bytes.is_empty() {
            store(&mut self.out, &self.bytes[self.written..], true);
        }
        self.out.align();
        self.out.bytes(&self.adler.to_be_bytes());
        self.out.len()
    }
}

/// Adler-32 of one byte again and again, behind what has the checksum `adler`.
fn repeated(adler: u32, byte: u8, count: usize) -> u32 {
    const BASE: u64 = 65_521;
    let (a, b) = (u64::from(adler & 0xffff), u64::from(adler >> 16));
    let (byte, count) = (u64::from(byte), count as u64);
    let sum = byte * (count * (count + 1) / 2 % BASE);
    let b = (b + count % BASE * a + sum) % BASE;
    let a = (a + count * byte) % BASE;
    (b << 16 | a) as u32
}
