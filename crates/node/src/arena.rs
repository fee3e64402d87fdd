//! Glue for what the `memory` crate keeps of released blocks.

use napi_derive::napi;
use sharray_memory::arena;

/// What is wrong with SHARRAY_ARENA, as a sentence; null when nothing is.
#[napi]
pub fn arena_complaint() -> Option<&'static str> {
    arena::limit::complaint()
}

/// Bytes that this process keeps for its next arrays.
#[napi]
pub fn kept_bytes() -> i64 {
    arena::kept_bytes() as i64
}
