//! The line of chunks from those who encode them to the one who stores them: in order, and never long.

use std::collections::BTreeMap;
use std::sync::{Condvar, Mutex, MutexGuard};

use crate::buffer::Buffer;
use crate::error::{Error, Result};

/// So many chunks more than there are threads may have been begun and not stored.
const AHEAD: u64 = 4;

/// A chunk as it is to be stored.
pub(crate) struct Ready {
    pub(crate) index: u64,
    /// Rows of the box up to its end.
    pub(crate) rows: u64,
    /// The filters that were left out.
    pub(crate) mask: u32,
    pub(crate) bytes: Buffer,
}

#[derive(Default)]
struct State {
    /// The next chunk that nobody has begun, and the next to be stored.
    next: u64,
    stored: u64,
    /// How many there are, once that is known.
    end: Option<u64>,
    ready: BTreeMap<u64, Ready>,
    failed: Option<Error>,
    /// Buffers for use again.
    spare: Vec<Buffer>,
}

pub(crate) struct Line {
    state: Mutex<State>,
    changed: Condvar,
    window: u64,
}

impl Line {
    pub(crate) fn new(threads: u64, end: Option<u64>) -> Line {
        Line {
            state: Mutex::new(State {
                end,
                ..State::default()
            }),
            changed: Condvar::new(),
            window: threads + AHEAD,
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(|e| e.into_inner())
    }

    fn wait<'a>(&self, state: MutexGuard<'a, State>) -> MutexGuard<'a, State> {
        self.changed.wait(state).unwrap_or_else(|e| e.into_inner())
    }

    /// The next chunk to encode, and a buffer for it; none: there is none left, or somebody has failed.
    pub(crate) fn begin(&self) -> Option<(u64, Buffer)> {
        let mut state = self.lock();
        loop {
            if state.failed.is_some() || state.end.is_some_and(|end| state.next >= end) {
                return None;
            }
            if state.next < state.stored + self.window {
                let index = state.next;
                state.next += 1;
                return Some((index, state.spare.pop().unwrap_or_default()));
            }
            state = self.wait(state);
        }
    }

    /// Hands an encoded chunk over.
    pub(crate) fn hand_over(&self, ready: Ready) {
        self.lock().ready.insert(ready.index, ready);
        self.changed.notify_all();
    }

    /// Tells how many chunks there are.
    pub(crate) fn end_at(&self, end: u64) {
        self.lock().end = Some(end);
        self.changed.notify_all();
    }

    /// Ends the line; the first failure is the one that is told.
    pub(crate) fn fail(&self, error: Error) {
        self.lock().failed.get_or_insert(error);
        self.changed.notify_all();
    }

    /// The next chunk in order, to be stored; none: that was the last one.
    pub(crate) fn take(&self) -> Result<Option<Ready>> {
        let mut state = self.lock();
        loop {
            if let Some(error) = &state.failed {
                return Err(error.clone());
            }
            let next = state.stored;
            if let Some(ready) = state.ready.remove(&next) {
                return Ok(Some(ready));
            }
            if state.end.is_some_and(|end| next >= end) {
                return Ok(None);
            }
            state = self.wait(state);
        }
    }

    /// Tells that the chunk that was taken is stored.
    pub(crate) fn stored(&self, buffer: Buffer) {
        let mut state = self.lock();
        state.stored += 1;
        state.spare.push(buffer);
        drop(state);
        self.changed.notify_all();
    }
}

/// Fails the line when the thread that holds it ends by a panic: others would wait for what it had begun.
pub(crate) struct Watched<'a>(pub(crate) &'a Line);

impl Drop for Watched<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let what = "a thread that encodes chunks has panicked; this is a bug in sharray";
            self.0.fail(Error::new("INTERNAL_ERROR", what));
        }
    }
}
