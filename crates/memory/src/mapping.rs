//! Mappings: one per block, kind and process, shared by all its attachments.
//!
//! Two things hold a mapping, and for different reasons. An attachment holds the [`Mapping`]: the data. An ArrayBuffer
//! made over it holds only the [`Range`]: the addresses. When the last attachment goes while a buffer still lives, fresh
//! private pages are laid over the range: the buffer then shows zeros, the block is let go, and no address dangles.

mod kept;

use std::collections::BTreeMap;
use std::mem;
use std::os::fd::BorrowedFd;
use std::ptr::{self, NonNull};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use rustix::io::Errno;
use rustix::mm::{MapFlags, ProtFlags, mmap, mmap_anonymous, munmap};

use crate::control::{Nonce, page};
use crate::error::{Error, Result};
use crate::limits::mapping_refused;

/// What one mapping of this process is known by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Key {
    pub(crate) dev: u64,
    pub(crate) ino: u64,
    pub(crate) nonce: Nonce,
    /// Of a named block or an opened file, for another program may make its file longer: then the new length is mapped beside the
    /// old. Zero otherwise.
    pub(crate) size: u64,
    pub(crate) stores: Stores,
}

/// Where stores to an attachment's memory go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Stores {
    /// To the block.
    Shared,
    /// Nowhere: it is read-only. What is stored past all checks stays on private pages, which this process's read-only
    /// attachments to the block have in common.
    Refused,
    /// To private pages that this attachment has to itself; the number tells its mapping from all others.
    Apart(u64),
}

pub(crate) type Cache = BTreeMap<Key, Weak<Mapping>>;
static CACHE: Mutex<Cache> = Mutex::new(BTreeMap::new());

/// The cache's lock. Whoever changes a block's size holds it, so that no mapping is made of a length that is going.
pub(crate) fn cache() -> MutexGuard<'static, Cache> {
    CACHE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// How many mappings of blocks this process has.
pub fn mappings() -> usize {
    cache()
        .values()
        .filter(|mapping| mapping.strong_count() > 0)
        .count()
}

/// A range of addresses that is ours until the last holder goes.
#[derive(Debug)]
pub(crate) struct Range {
    base: NonNull<u8>,
    length: usize,
}

// SAFETY: a range is two numbers; the memory behind it is shared between processes anyway, and every access to it goes
// through raw pointers whose users answer for their own ordering.
unsafe impl Send for Range {}
// SAFETY: as above; no method changes the range itself.
unsafe impl Sync for Range {}

impl Range {
    /// Lays fresh private pages over the range from `start` (a whole page) on. What was mapped there is let go. False where the
    /// kernel refuses: then the old pages stay.
    fn blank(&self, start: usize) -> bool {
        let flags = MapFlags::PRIVATE | MapFlags::FIXED | MapFlags::NORESERVE;
        // SAFETY: `start..length` is inside the range, which this object owns; MAP_FIXED replaces pages in one step, so that
        // addresses stay valid for every reader throughout.
        let laid = unsafe {
            let at = self.base.as_ptr().add(start).cast();
            mmap_anonymous(
                at,
                self.length - start,
                ProtFlags::READ | ProtFlags::WRITE,
                flags,
            )
        };
        laid.is_ok()
    }
}

impl Range {
    /// Maps the first `length` bytes of a file over the range's beginning, to be shared, and fresh pages over what follows.
    fn lay(&self, fd: BorrowedFd<'_>, length: u64) -> bool {
        let Some(length) = usize::try_from(length)
            .ok()
            .filter(|length| *length <= self.length)
        else {
            return false;
        };
        let access = ProtFlags::READ | ProtFlags::WRITE;
        let flags = MapFlags::SHARED | MapFlags::FIXED;
        // SAFETY: `length` is inside the range, which this object owns; MAP_FIXED replaces pages in one step, so that addresses
        // stay valid for every reader throughout.
        let laid = unsafe { mmap(self.base.as_ptr().cast(), length, access, flags, fd, 0) };
        laid.is_ok() && (length == self.length || self.blank(length))
    }
}

impl Drop for Range {
    fn drop(&mut self) {
        if self.length == 0 {
            return;
        }
        // SAFETY: the range was mapped by `Mapping::map`, nobody else unmaps it, and no holder of its addresses is left.
        let _ = unsafe { munmap(self.base.as_ptr().cast(), self.length) };
    }
}

/// Maps the first `length` bytes of a block's file.
pub(crate) fn map_range(fd: BorrowedFd<'_>, length: u64, stores: Stores) -> Result<Range> {
    let kind = match stores {
        Stores::Shared => MapFlags::SHARED,
        // Read-only is copy-on-write: a store through a JavaScript view must not fault, and must not reach the block.
        Stores::Refused | Stores::Apart(_) => MapFlags::PRIVATE | MapFlags::NORESERVE,
    };
    let Ok(bytes) = usize::try_from(length) else {
        return Err(mapping_refused(length));
    };
    // SAFETY: a new mapping at an address of the kernel's choice touches nothing that exists.
    let mapped = unsafe {
        mmap(
            ptr::null_mut(),
            bytes,
            ProtFlags::READ | ProtFlags::WRITE,
            kind,
            fd,
            0,
        )
    };
    let base = mapped.map_err(|errno| match errno {
        Errno::NOMEM => mapping_refused(length),
        Errno::NODEV => Error::NotSupported(
            "the file system that this file lies on does not let files be mapped: copy it to another one, or load it".into(),
        ),
        errno => Error::system("mapping a block (mmap)", errno),
    })?;
    let base = NonNull::new(base.cast()).expect("the kernel maps nothing at address zero unasked");
    Ok(Range {
        base,
        length: bytes,
    })
}

/// Keeps addresses valid, without keeping the block: what an ArrayBuffer holds.
#[derive(Debug, Clone)]
pub struct Hold(#[allow(dead_code, reason = "held for its Drop")] Arc<Range>);

/// A mapped block.
#[derive(Debug)]
pub(crate) struct Mapping {
    range: Arc<Range>,
    key: Key,
}

impl Mapping {
    /// The mapping of this block, made when there is none yet. `length` is whole pages of the file behind `fd`, all of them
    /// inside the file for as long as it is mapped: the caller checked seals and length under the same lock.
    pub(crate) fn of(
        cache: &mut Cache,
        key: Key,
        fd: BorrowedFd<'_>,
        length: u64,
    ) -> Result<Arc<Mapping>> {
        if let Some(mapping) = cache.get(&key).and_then(Weak::upgrade) {
            return Ok(mapping);
        }
        let mapping = Arc::new(Mapping {
            range: Arc::new(map_range(fd, length, key.stores)?),
            key,
        });
        cache.insert(key, Arc::downgrade(&mapping));
        Ok(mapping)
    }

    pub(crate) fn base(&self) -> NonNull<u8> {
        self.range.base
    }

    pub(crate) fn hold(&self) -> Hold {
        Hold(Arc::clone(&self.range))
    }

    /// The same addresses over another file, whoever holds them: its first `length` bytes (whole pages), all of them inside the
    /// file for as long as it is mapped. Nothing of the old file stays mapped behind them. `None` where the kernel refuses: then the addresses show zeros.
    pub(crate) fn lead_to(
        mut self,
        key: Key,
        fd: BorrowedFd<'_>,
        length: u64,
    ) -> Option<Arc<Mapping>> {
        let range = mem::replace(&mut self.range, Arc::new(Range::nothing()));
        // The old block's entry goes; and nothing is laid over the addresses.
        drop(self);
        // A range that the arena kept may be longer than the array that it was used for.
        let behind = usize::try_from(length).ok()?;
        if !range.lay(fd, length) || (behind < range.length && !range.blank(behind)) {
            range.blank(0);
            return None;
        }
        let mapping = Arc::new(Mapping { range, key });
        cache().insert(key, Arc::downgrade(&mapping));
        Some(mapping)
    }

    /// Copies bytes from `offset` on, all of them inside the mapping: the caller checked them against the block's size.
    pub(crate) fn read(&self, bytes: &mut [u8], offset: u64) {
        let offset = offset as usize;
        assert!(
            offset + bytes.len() <= self.range.length,
            "what is read is mapped"
        );
        // SAFETY: inside the range by the assertion above, and mapped for as long as this object lives; `bytes` is nobody else's.
        unsafe {
            let from = self.range.base.as_ptr().add(offset);
            ptr::copy_nonoverlapping(from, bytes.as_mut_ptr(), bytes.len());
        }
    }

    /// Gives up everything from `length` on, before the file is cut there. False where the kernel refuses.
    pub(crate) fn give_up_from(&self, length: u64) -> bool {
        let start = usize::try_from(length.next_multiple_of(page())).unwrap_or(usize::MAX);
        start >= self.range.length || self.range.blank(start)
    }
}

impl Drop for Mapping {
    fn drop(&mut self) {
        // Another thread may have mapped the block anew between the last release and this line: its entry stays.
        let mut cache = cache();
        if cache
            .get(&self.key)
            .is_some_and(|entry| entry.strong_count() == 0)
        {
            cache.remove(&self.key);
        }
        drop(cache);
        if Arc::strong_count(&self.range) > 1 {
            self.range.blank(0);
        }
    }
}
