//! AVX2: 32 bytes at a time.

mod compare;
mod matches;
mod sums;
pub(crate) mod transpose;

pub(super) use sums::advance;

use crate::machine::Machine;
use crate::plane::{Matches, Search};
use crate::portable;
use crate::stream::{Bits, Coder, Sequence};

pub(crate) static MACHINE: Machine = Machine {
    // SAFETY: the processor has the features, or this machine would not have been chosen.
    adler: |adler, bytes| unsafe { sums::adler(adler, bytes) },
    // SAFETY: the processor has the features, or this machine would not have been chosen.
    leading: |bytes| unsafe { compare::leading(bytes) },
    // SAFETY: the processor has the features, or this machine would not have been chosen.
    histogram: |bytes, counts| unsafe { histogram(bytes, counts) },
    // SAFETY: the processor has the features, or this machine would not have been chosen.
    equal: |bytes, start, end, masks| unsafe {
        compare::equal(bytes, start, end, masks);
    },
    // SAFETY: the processor has the features, or this machine would not have been chosen.
    sample: |sampler, bytes, start, end, costs| unsafe {
        compare::sample(sampler, bytes, start, end, costs)
    },
    // SAFETY: the processor has the features, or this machine would not have been chosen.
    hashes: |bytes, to| unsafe { matches::hashes(bytes, to) },
    // SAFETY: the processor has the features, or this machine would not have been chosen.
    worth: |distances, lengths, limits, masks| unsafe {
        matches::worth(distances, lengths, limits, masks);
    },
    // SAFETY: the processor has the features, or this machine would not have been chosen.
    matches: |matches, search, to| unsafe { find(matches, search, to) },
    // SAFETY: the processor has the features, or this machine would not have been chosen.
    write: |coder, bytes, sequences, out| unsafe { write(coder, bytes, sequences, out) },
};

#[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
pub(super) fn histogram(bytes: &[u8], counts: &mut [u32; 256]) {
    portable::histogram(bytes, counts);
}

#[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
pub(super) fn find(matches: &mut Matches, search: &Search<'_>, to: &mut Vec<Sequence>) {
    matches.find(search, to);
}

#[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
fn write(coder: &Coder, bytes: &[u8], sequences: &[Sequence], out: &mut Bits<'_>) {
    portable::write(coder, bytes, sequences, out);
}
