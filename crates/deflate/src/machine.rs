//! The loops over all bytes of a plane, as each engine does them.

use crate::plane::{Limits, Matches, Sampler, Search};
#[cfg(target_arch = "x86_64")]
use crate::simd::{avx2, avx512};
use crate::stream::{Bits, Coder, Sequence};
use crate::{Engine, portable};

/// The functions of one engine. Each gives the same as that of any other.
pub(crate) struct Machine {
    /// Adler-32 of bytes behind what has the given one.
    pub adler: fn(u32, &[u8]) -> u32,
    /// How many bytes at the start are equal to the first.
    pub leading: fn(&[u8]) -> usize,
    /// How often each byte occurs; fewer than 2^20 bytes.
    pub histogram: fn(&[u8], &mut [u32; 256]),
    /// Bit i of the masks: the byte i of the range from `start`, which is not 0, is the one before it. The masks are as many as the range needs, bits
    /// behind its end are 0.
    pub equal: fn(bytes: &[u8], start: usize, end: usize, masks: &mut Vec<u64>),
    /// Shows a range to the sampler.
    pub sample: fn(&mut Sampler, bytes: &[u8], start: usize, end: usize, costs: &[u16; 256]) -> u64,
    /// What each four bytes are looked up by: one hash less three than there are bytes.
    pub hashes: fn(bytes: &[u8], to: &mut [u16]),
    /// Adds masks of 64 places: bit i is set where the distance is below the limit of the length, and not 0.
    pub worth: fn(distances: &[u16], lengths: &[u8], limits: &Limits, masks: &mut Vec<u64>),
    /// Finds matches of any distance.
    pub matches: fn(&mut Matches, &Search<'_>, &mut Vec<Sequence>),
    /// Writes literals and matches.
    pub write: fn(&Coder, bytes: &[u8], sequences: &[Sequence], out: &mut Bits<'_>),
}

impl Machine {
    pub(crate) fn of(engine: Engine) -> &'static Machine {
        match engine.or_slower() {
            Engine::Portable => &portable::MACHINE,
            #[cfg(target_arch = "x86_64")]
            Engine::Avx2 => &avx2::MACHINE,
            #[cfg(target_arch = "x86_64")]
            Engine::Avx512 => &avx512::MACHINE,
            #[cfg(not(target_arch = "x86_64"))]
            Engine::Avx2 | Engine::Avx512 => &portable::MACHINE,
        }
    }
}
