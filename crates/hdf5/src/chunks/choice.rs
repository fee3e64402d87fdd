//! Which encoder the chunks of a dataset go through: the one that knows planes, or libdeflate where that makes smaller ones.
//!
//! Chunks 1, 4, 16, 64, ... are encoded by both. The smaller stream is kept, and what it is of decides about chunks from a little behind it on, so that
//! nobody has to wait for it, up to as far behind the next trial: only sizes of chunks before a chunk decide about it, so that the file is the same for
//! any number of threads.

use std::sync::{Condvar, Mutex, MutexGuard};

/// An encoder of gzip.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    /// sharray's own, plane by plane.
    Planes,
    /// libdeflate.
    Library,
}

/// The slower one has to save so many hundredths of the size: libdeflate mostly, and of plain bytes the one that knows planes.
const WORTH: usize = 1;
const WORTH_OF_PLAIN: usize = 5;

impl Way {
    /// The better one by the sizes of a chunk's streams.
    pub(crate) fn better(planes: usize, library: usize, element: usize) -> Way {
        let most = match element {
            1 => planes + planes * WORTH_OF_PLAIN / 100,
            _ => planes - planes * WORTH / 100,
        };
        match library < most {
            true => Way::Library,
            false => Way::Planes,
        }
    }
}

/// The decisions about the chunks of a dataset, as they are made.
pub(crate) struct Choice {
    /// What `SHARRAY_DEFLATE` says: for comparisons.
    only: Option<Way>,
    /// By number of the trial.
    decided: Mutex<Vec<Option<Way>>>,
    changed: Condvar,
}

/// How a chunk is to be encoded.
pub(crate) enum Turn<'a> {
    By(Way),
    Both(Trial<'a>),
}

/// A trial under way. One that ends without an outcome decides for planes: others wait for it.
pub(crate) struct Trial<'a> {
    choice: &'a Choice,
    number: usize,
}

impl Choice {
    pub(crate) fn new() -> Choice {
        let only = match std::env::var("SHARRAY_DEFLATE").as_deref() {
            Ok("planes") => Some(Way::Planes),
            Ok("libdeflate") => Some(Way::Library),
            _ => None,
        };
        Choice {
            only,
            decided: Mutex::new(vec![None; 32]),
            changed: Condvar::new(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Option<Way>>> {
        self.decided.lock().unwrap_or_else(|e| e.into_inner())
    }

    /// How the chunk of this index is encoded. To be asked as soon as the chunk is begun: later ones may wait for its trial.
    pub(crate) fn turn(&self, index: u64) -> Turn<'_> {
        if let Some(way) = self.only {
            return Turn::By(way);
        }
        let number = (index + 1).ilog(4) as usize;
        if index + 1 == 4u64.pow(number as u32) {
            return Turn::Both(Trial {
                choice: self,
                number,
            });
        }
        let number = decider(index);
        let mut decided = self.lock();
        loop {
            if let Some(way) = decided[number] {
                return Turn::By(way);
            }
            decided = self
                .changed
                .wait(decided)
                .unwrap_or_else(|e| e.into_inner());
        }
    }
}

/// The trial that decides about a chunk: the last one that is not among the last fifth of the chunks before it.
fn decider(index: u64) -> usize {
    (index - index / 5).ilog(4) as usize
}

impl Trial<'_> {
    pub(crate) fn decide(self, way: Way) {
        self.choice.lock()[self.number] = Some(way);
    }
}

impl Drop for Trial<'_> {
    fn drop(&mut self) {
        self.choice.lock()[self.number].get_or_insert(Way::Planes);
        self.choice.changed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chunk_is_decided_about_by_a_trial_before_it() {
        for index in 1..100_000u64 {
            let trial = 4u64.pow(decider(index) as u32) - 1;
            assert!(trial < index);
            // So far behind that nobody waits, once there are chunks enough.
            assert!(index < 16 || index - trial >= 4, "{index}, {trial}");
        }
    }

    #[test]
    fn who_is_slower_has_to_save_something() {
        for (planes, library, element, better) in [
            (10_000, 9_899, 4, Way::Library),
            (10_000, 9_900, 4, Way::Planes),
            (10_000, 10_499, 1, Way::Library),
            (10_000, 10_500, 1, Way::Planes),
        ] {
            assert_eq!(Way::better(planes, library, element), better);
        }
    }
}
