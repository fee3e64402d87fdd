//! What a copy-on-write mapping takes of memory when it is changed. The kernel asks nobody then: past a limit it kills. So whoever is
//! about to change much of it asks before.

use std::fs::File;
use std::os::unix::fs::FileExt;

use crate::block::Attachment;
use crate::control::page;
use crate::error::Result;
use crate::limits::check_space_for;

/// Less than this is not asked for: it is within what is kept free below every limit.
const LEAST: u64 = 16 << 20;

impl Attachment {
    /// Refuses when the memory for changing all of `length` bytes from `offset` on is not there. Pages that were changed before have
    /// theirs. Nothing is asked of other attachments, whose stores take no pages of this process's own.
    pub fn check_change(&self, offset: u64, length: u64) -> Result<()> {
        if !self.copy_on_write() || length < LEAST {
            return Ok(());
        }
        let start = self.range(offset, length)? as u64;
        let (from, to) = (start / page(), (start + length).div_ceil(page()));
        let what =
            "pages of its own, which a file that is open with mode \"c\" takes where it is changed";
        let ask = |pages| check_space_for(pages * page(), what);
        // Counted only where it matters: that takes a while for large ones.
        ask(to - from).or_else(|refused| {
            let changed = changed_pages(from, to).filter(|count| *count > 0);
            changed.map_or(Err(refused), |changed| ask(to - from - changed))
        })
    }
}

/// How many of these pages of this process (by number) belong to it alone; `None` where the kernel does not tell.
fn changed_pages(from: u64, to: u64) -> Option<u64> {
    const PRESENT: u64 = 1 << 63;
    const SWAPPED: u64 = 1 << 62;
    const OF_FILE: u64 = 1 << 61;
    const ENTRY: u64 = 8;
    let map = File::open("/proc/self/pagemap").ok()?;
    let mut bytes = vec![0; 1 << 16];
    let (mut at, mut changed) = (from, 0);
    while at < to {
        let wanted = ((to - at) * ENTRY).min(bytes.len() as u64) as usize;
        map.read_exact_at(&mut bytes[..wanted], at * ENTRY).ok()?;
        for entry in bytes[..wanted].chunks_exact(ENTRY as usize) {
            let entry = u64::from_ne_bytes(entry.try_into().ok()?);
            if entry & (PRESENT | SWAPPED) != 0 && entry & OF_FILE == 0 {
                changed += 1;
            }
        }
        at += wanted as u64 / ENTRY;
    }
    Some(changed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::opened::Mode;

    #[test]
    fn pages_that_were_changed_are_counted() {
        let path = std::env::temp_dir().join(format!("sharray-private-{}", std::process::id()));
        let size = 64 * page();
        std::fs::write(&path, vec![1; size as usize]).unwrap();
        let opened = Attachment::open_file(path.to_str().unwrap(), Mode::CopyOnWrite).unwrap();
        std::fs::remove_file(&path).unwrap();
        let first = opened.as_ptr().unwrap() as u64 / page();
        let mut byte = [0];
        opened.pread_at(&mut byte, 0).unwrap();
        assert_eq!(
            changed_pages(first, first + 64),
            Some(0),
            "it was only read"
        );
        assert!(opened.check_change(0, size).is_ok());
        let own = vec![1u8; size as usize];
        let first = (own.as_ptr() as u64).div_ceil(page());
        assert_eq!(changed_pages(first, first + 63), Some(63), "the heap is");
    }
}
