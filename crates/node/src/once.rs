//! What a process says once, whichever of its threads comes to say it first.

use std::sync::atomic::{AtomicBool, Ordering};

use napi_derive::napi;

/// True for the first caller in this process, and only for that one: it is to warn of forgotten memory.
#[napi]
pub fn first_to_forget() -> bool {
    static SAID: AtomicBool = AtomicBool::new(false);
    !SAID.swap(true, Ordering::Relaxed)
}
