//! The machine's wide instructions. The crate's only module with `unsafe`: loads, stores, and calls of functions that need a feature of the processor.
//!
//! What makes it sound, besides the words at each block: [`avx2::MACHINE`] and [`avx512::MACHINE`] are used only where [`Engine`](crate::Engine) has found
//! their features ([`avx2_runs`], [`avx512_runs`]).
#![allow(unsafe_code)]

pub(crate) mod avx2;
pub(crate) mod avx512;

pub(crate) use avx2::transpose;

/// Whether this processor has what the AVX2 variant needs.
pub(crate) fn avx2_runs() -> bool {
    is_x86_feature_detected!("avx2")
        && is_x86_feature_detected!("bmi1")
        && is_x86_feature_detected!("bmi2")
        && is_x86_feature_detected!("lzcnt")
        && is_x86_feature_detected!("popcnt")
}

/// Whether this processor has what the AVX-512 variant needs.
pub(crate) fn avx512_runs() -> bool {
    avx2_runs()
        && is_x86_feature_detected!("avx512f")
        && is_x86_feature_detected!("avx512bw")
        && is_x86_feature_detected!("avx512vl")
        && is_x86_feature_detected!("avx512vbmi")
        && is_x86_feature_detected!("avx512vbmi2")
}
