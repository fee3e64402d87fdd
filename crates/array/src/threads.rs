//! Threads for one operation.

use std::num::NonZero;
use std::ops::Range;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// So many bytes are worth a thread: starting one takes as long as copying a tenth of this.
const WORTH: usize = 2 << 20;

/// How many threads this process may run at once: the scheduler's affinity and the quota of the control group counted in.
pub fn granted() -> usize {
    // Asked once: it reads files, which takes longer than copying a small array.
    static GRANTED: OnceLock<usize> = OnceLock::new();
    *GRANTED.get_or_init(|| thread::available_parallelism().map_or(1, NonZero::get))
}

/// Threads for an operation that touches so many bytes, at most `most`.
pub(crate) fn worth(bytes: usize, most: usize) -> usize {
    most.min(bytes / WORTH).max(1)
}

/// Does `0..units` in pieces, on so many threads, this one included.
pub(crate) fn share(units: usize, threads: usize, work: impl Fn(Range<usize>) + Sync) {
    if threads <= 1 || units <= 1 {
        work(0..units);
        return;
    }
    let next = AtomicUsize::new(0);
    let grain = (units / (threads * 8)).max(1);
    let take = || {
        loop {
            let start = next.fetch_add(grain, Ordering::Relaxed);
            if start >= units {
                return;
            }
            work(start..units.min(start + grain));
        }
    };
    thread::scope(|scope| {
        for _ in 1..threads.min(units) {
            // Where no thread can be started, this one does it all.
            let _ = thread::Builder::new()
                .name("sharray-bulk".into())
                .spawn_scoped(scope, take);
        }
        take();
    });
}
