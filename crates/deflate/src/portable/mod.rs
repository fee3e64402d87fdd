//! Plain Rust, for every processor; the other engines use what is not theirs.

mod adler;
mod equal;
mod histogram;
mod leading;
mod matches;
mod sample;
mod write;

pub(crate) use adler::adler;
#[cfg(target_arch = "x86_64")]
pub(crate) use equal::some_equal;
pub(crate) use histogram::histogram;
#[cfg(target_arch = "x86_64")]
pub(crate) use histogram::{count, sum};
#[cfg(target_arch = "x86_64")]
pub(crate) use matches::{hashes, worth};
pub(crate) use sample::sample;
pub(crate) use write::write;
#[cfg(target_arch = "x86_64")]
pub(crate) use write::{literals, write_with};

use crate::machine::Machine;

pub(crate) static MACHINE: Machine = Machine {
    adler,
    leading: leading::leading,
    histogram,
    equal: equal::equal,
    sample,
    hashes: matches::hashes,
    worth: matches::worth,
    matches: |matches, search, to| matches.find(search, to),
    write,
};
