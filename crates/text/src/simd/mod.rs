//! The machine's wide instructions. `unsafe` are loads, stores, and calls of functions that need a feature of the processor.
//!
//! What makes it sound, besides the words at each block and what [`crate::portable`] tells:
//! - [`Avx2`](avx2::Avx2) and [`Avx512`](avx512::Avx512) are used only where [`Engine`](crate::Engine) has found
//!   their features ([`avx2_runs`], [`avx512_runs`]).
#![allow(unsafe_code)]

pub(crate) mod avx2;
pub(crate) mod avx512;
mod decimals;
mod digits;
mod eights;
mod integers;
mod long_decimals;
mod long_integers;
mod rest;
mod strings;
mod truths;
mod wide_strings;

/// Whether this processor has what [`avx2::Avx2`] needs.
pub(crate) fn avx2_runs() -> bool {
    is_x86_feature_detected!("avx2")
        && is_x86_feature_detected!("bmi1")
        && is_x86_feature_detected!("bmi2")
        && is_x86_feature_detected!("lzcnt")
        && is_x86_feature_detected!("popcnt")
        && is_x86_feature_detected!("pclmulqdq")
}

/// Whether this processor has what [`avx512::Avx512`] needs.
pub(crate) fn avx512_runs() -> bool {
    avx2_runs()
        && is_x86_feature_detected!("avx512f")
        && is_x86_feature_detected!("avx512bw")
        && is_x86_feature_detected!("avx512vl")
        && is_x86_feature_detected!("avx512vbmi2")
}
