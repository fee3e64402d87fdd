//! Blocks for tests: made, read and written.
#![allow(dead_code, reason = "each test program uses a part")]

use std::os::fd::OwnedFd;
use std::sync::{Mutex, MutexGuard, PoisonError};

use sharray_memory::{Attachment, Error, Reserve, arena};

/// Tests that count descriptors or mappings of this process must not run beside others that make them, and nothing is kept.
pub fn alone() -> MutexGuard<'static, ()> {
    static LOCK: Mutex<()> = Mutex::new(());
    arena::limit::set(Some(0));
    LOCK.lock().unwrap_or_else(PoisonError::into_inner)
}

pub fn block(size: u64) -> Attachment {
    Attachment::create(size, Reserve::All).unwrap()
}

pub fn dup(attachment: &Attachment) -> OwnedFd {
    attachment.fd().try_clone_to_owned().unwrap()
}

pub fn read(attachment: &Attachment, offset: u64, length: usize) -> Vec<u8> {
    let from = attachment.range(offset, length as u64).unwrap();
    // SAFETY: `range` checked the bounds, and nobody writes at the same time in these tests.
    unsafe { std::slice::from_raw_parts(from, length) }.to_vec()
}

pub fn write(attachment: &Attachment, offset: u64, bytes: &[u8]) {
    let to = attachment.range(offset, bytes.len() as u64).unwrap();
    // SAFETY: `range` checked the bounds, and nobody reads at the same time in these tests.
    unsafe { std::ptr::copy_nonoverlapping(bytes.as_ptr(), to, bytes.len()) };
}

pub fn mismatch(result: Result<Attachment, Error>) -> &'static str {
    match result {
        Err(Error::HandleMismatch { field, .. }) => field,
        other => panic!("expected a mismatch, found {other:?}"),
    }
}
