//! What a piece of a plane is like, and which literals and matches it is best told in.

mod chains;
mod cost;
mod heads;
mod matches;
mod noise;
mod places;
mod rows;
mod runs;
mod sampler;

pub(crate) use chains::Effort;
pub(crate) use cost::{BIT, MOST_SYMBOLS, costs, entropy, match_cost};
pub(crate) use heads::hash;
#[cfg(target_arch = "x86_64")]
pub(crate) use heads::{FACTORS, HASH_BITS};
pub(crate) use matches::{Limits, Matches, Search};
pub(crate) use noise::is_noise;
pub(crate) use rows::Rows;
pub(crate) use runs::{Runs, whole_matches};
pub(crate) use sampler::Sampler;
