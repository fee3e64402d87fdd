//! Ranges on their own: what is kept of a mapping when its block waits for the next array.

use std::mem;
use std::os::fd::BorrowedFd;
use std::ptr::{self, NonNull};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use std::thread;

use rustix::mm::{Advice, MremapFlags, madvise, mremap};

use super::{Cache, Key, Mapping, Range, Stores, map_range};
use crate::error::Result;

/// What one thread clears, or forgets, at a time.
const PART: usize = 4 << 20;
/// More threads than this only wait for the same memory.
const MOST_THREADS: usize = 8;

/// An ArrayBuffer still leads to the block, and nothing could be laid over its addresses.
pub(crate) struct StillReached;

impl Mapping {
    /// The range of a mapping whose last attachment goes, so that nothing of JavaScript's leads to it: where ArrayBuffers still
    /// hold the addresses, the page table moves to other ones and the old addresses show zeros. `None` where it could not move:
    /// then it is unmapped.
    pub(crate) fn vacate(mut self) -> std::result::Result<Option<Range>, StillReached> {
        if Arc::strong_count(&self.range) == 1 {
            let range = mem::replace(&mut self.range, Arc::new(Range::nothing()));
            return Ok(Arc::into_inner(range));
        }
        let moved = self.range.move_away();
        if self.range.blank(0) {
            Ok(moved)
        } else {
            Err(StillReached)
        }
    }

    /// The mapping of a block over a range that was kept of it, if no other attachment mapped it meanwhile.
    pub(crate) fn adopt(cache: &mut Cache, key: Key, range: Range) -> Arc<Mapping> {
        if let Some(mapping) = cache.get(&key).and_then(std::sync::Weak::upgrade) {
            return mapping;
        }
        let mapping = Arc::new(Mapping {
            range: Arc::new(range),
            key,
        });
        cache.insert(key, Arc::downgrade(&mapping));
        mapping
    }
}

impl Range {
    /// Maps the first `length` bytes of a block, all of them inside its file for ever.
    pub(crate) fn of(fd: BorrowedFd<'_>, length: u64) -> Result<Range> {
        map_range(fd, length, Stores::Shared)
    }

    pub(super) fn nothing() -> Range {
        Range {
            base: NonNull::dangling(),
            length: 0,
        }
    }

    /// The same pages at other addresses, page table and all; the old addresses lead to the block still.
    fn move_away(&self) -> Option<Range> {
        // By number: the kernel reads an address as the fifth argument of this kind of move, which not every wrapper passes.
        // SAFETY: the range is mapped as a whole and stays mapped; the kernel chooses free addresses for the other one.
        let moved = unsafe {
            libc::syscall(
                libc::SYS_mremap,
                self.base.as_ptr(),
                self.length,
                self.length,
                libc::MREMAP_MAYMOVE | libc::MREMAP_DONTUNMAP,
                ptr::null_mut::<u8>(),
            )
        };
        if moved == -1 {
            return None;
        }
        let moved = moved as *mut u8;
        Some(Range {
            base: NonNull::new(moved)?,
            length: self.length,
        })
    }

    /// The range of at least `length` bytes from the same start of the same file, which must reach that far. `None`, and the
    /// range is gone, where there is no room.
    pub(crate) fn cover(mut self, length: u64) -> Option<Range> {
        let length = usize::try_from(length).ok()?;
        if length > self.length {
            // SAFETY: nobody else has addresses of a range that is owned as a value, so that it may move.
            let moved = unsafe {
                mremap(
                    self.base.as_ptr().cast(),
                    self.length,
                    length,
                    MremapFlags::MAYMOVE,
                )
            };
            self.base = NonNull::new(moved.ok()?.cast())?;
            self.length = length;
        }
        Some(self)
    }

    /// Writes zeros to these parts (offset, length), on several threads where there is much.
    pub(crate) fn clear(&self, parts: &[(u64, u64)]) {
        let mut pieces = Vec::new();
        for &(from, length) in parts {
            let (from, end) = (from as usize, (from + length) as usize);
            assert!(end <= self.length, "what is cleared is mapped");
            for start in (from..end).step_by(PART) {
                pieces.push((start, PART.min(end - start)));
            }
        }
        let next = AtomicUsize::new(0);
        let work = || {
            while let Some(&(start, length)) = pieces.get(next.fetch_add(1, Ordering::Relaxed)) {
                // SAFETY: inside the range by the assertion above, and each piece is one thread's; nobody else has addresses
                // of a range that is owned as a value.
                unsafe { self.base.as_ptr().add(start).write_bytes(0, length) };
            }
        };
        // Asking takes longer than clearing a MiB does.
        static THREADS: OnceLock<usize> = OnceLock::new();
        let all = *THREADS.get_or_init(|| thread::available_parallelism().map_or(1, usize::from));
        let threads = all.min(MOST_THREADS).min(pieces.len() / 2);
        thread::scope(|scope| {
            for _ in 1..threads {
                // Where no further thread can be started, this one does all.
                let _ = thread::Builder::new().spawn_scoped(scope, work);
            }
            work();
        });
    }

    /// Takes the pages out of this process's page table, part by part: unmapping all at once would hold up every other
    /// thread that maps something.
    pub(crate) fn forget_pages(&self) {
        for start in (0..self.length).step_by(16 * PART) {
            let length = (16 * PART).min(self.length - start);
            // SAFETY: the part is inside the range, which is mapped and whose content nobody wants any more.
            let _ = unsafe {
                madvise(
                    self.base.as_ptr().add(start).cast(),
                    length,
                    Advice::LinuxDontNeed,
                )
            };
        }
    }
}
