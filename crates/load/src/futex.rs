//! Sleeping on a word of memory that other processes may share.

use std::sync::atomic::AtomicU32;

use rustix::thread::futex;

/// Sleeps while `word` holds `seen`. Wake-ups without cause happen: callers look at their condition again.
pub(crate) fn wait(word: &AtomicU32, seen: u32) {
    // EAGAIN (the word has changed already) and EINTR mean the same to the caller: look again.
    let _ = futex::wait(word, futex::Flags::empty(), seen, None);
}

/// Wakes everybody who sleeps on `word`, in every process.
pub(crate) fn wake_all(word: &AtomicU32) {
    let _ = futex::wake(word, futex::Flags::empty(), i32::MAX as u32);
}
