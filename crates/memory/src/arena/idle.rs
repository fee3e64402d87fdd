//! The thread that returns kept blocks which nobody took for a while, and all that became too much meanwhile.

use std::sync::{Condvar, OnceLock, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use super::{evict, kept, limit};
use crate::release::let_go;

/// A kept block that was not taken for so long goes back to the system.
const IDLE: Duration = Duration::from_secs(5);
/// How often the limit is looked at again while anything is kept: others may need the memory.
const LOOK_AGAIN: Duration = Duration::from_millis(500);

static CHANGED: Condvar = Condvar::new();

/// Whether the thread runs; it is started by the first call.
pub(super) fn started() -> bool {
    static STARTED: OnceLock<bool> = OnceLock::new();
    *STARTED.get_or_init(|| {
        let started = thread::Builder::new()
            .name("sharray-arena".into())
            .spawn(watch);
        started.is_ok()
    })
}

/// Tells the thread that there is something to look after.
pub(super) fn look() {
    CHANGED.notify_one();
}

fn watch() {
    let mut kept = kept();
    loop {
        let now = Instant::now();
        while kept.first().is_some_and(|one| now - one.since >= IDLE) {
            let_go(kept.remove(0).remains());
        }
        let held = kept.iter().map(|one| one.held).sum();
        if held > 0 {
            evict(&mut kept, limit::allowed(held));
        }
        kept = match kept.first() {
            None => CHANGED.wait(kept).unwrap_or_else(PoisonError::into_inner),
            Some(oldest) => {
                let pause = (oldest.since + IDLE).saturating_duration_since(now);
                let pause = pause.min(LOOK_AGAIN);
                CHANGED
                    .wait_timeout(kept, pause)
                    .unwrap_or_else(PoisonError::into_inner)
                    .0
            }
        };
    }
}
