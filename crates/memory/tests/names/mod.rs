//! Named blocks for tests: made under names that nobody else uses, and found as files.
#![allow(dead_code, reason = "each test program uses a part")]

use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

use sharray_memory::{Attachment, Error, NamedOptions};

/// A name that nobody else uses.
pub fn fresh() -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    format!("tests-{}-{count}", std::process::id())
}

/// The file of a full name.
pub fn file(full: &str) -> PathBuf {
    PathBuf::from("/dev/shm").join(full)
}

pub fn named(size: u64, name: &str, persist: bool) -> Attachment {
    let block = Attachment::create_named(size, &NamedOptions::default()).unwrap();
    block.link(Some(name), persist).unwrap();
    block
}

/// One of 100 bytes, for those whom its permission bits let in.
pub fn named_for(name: &str, mode: u32) -> Attachment {
    let block = Attachment::create_named(100, &NamedOptions { mode }).unwrap();
    block.link(Some(name), false).unwrap();
    block
}

/// The code of an error, or "OK".
pub fn code<T>(result: &Result<T, Error>) -> &'static str {
    result.as_ref().err().map_or("OK", Error::code)
}
