//! AVX-512: 64 bytes at a time.

mod compare;
mod histogram;
mod literals;
mod matches;
mod sums;
pub(crate) mod transpose;

use super::avx2;
use crate::machine::Machine;

pub(crate) static MACHINE: Machine = Machine {
    // SAFETY: the processor has the features, or this machine would not have been chosen.
    adler: |adler, bytes| unsafe { sums::adler(adler, bytes) },
    // SAFETY: the processor has the features, or this machine would not have been chosen.
    leading: |bytes| unsafe { compare::leading(bytes) },
    // SAFETY: the processor has the features, or this machine would not have been chosen.
    histogram: |bytes, counts| unsafe { histogram::histogram(bytes, counts) },
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
    matches: |matches, search, to| unsafe { avx2::find(matches, search, to) },
    // SAFETY: the processor has the features, or this machine would not have been chosen.
    write: |coder, bytes, sequences, out| unsafe { literals::write(coder, bytes, sequences, out) },
};
