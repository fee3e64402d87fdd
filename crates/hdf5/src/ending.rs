//! The ends of files: of their ids, and what the end of the process does for those that are still open.

use std::sync::{Arc, Mutex, Weak};

use crate::h5::{self, Id};

/// The files that are being changed in place.
static CHANGING: Mutex<Vec<Weak<Id>>> = Mutex::new(Vec::new());

/// Notes a file that is being changed in place.
pub(crate) fn changing(file: &Arc<Id>) {
    let mut files = CHANGING.lock().unwrap_or_else(|e| e.into_inner());
    files.retain(|id| id.strong_count() > 0);
    files.push(Arc::downgrade(file));
}

/// For the end of the process: what was written to files in place can be read, and no hidden file stays behind.
pub fn leave() {
    for id in CHANGING.lock().unwrap_or_else(|e| e.into_inner()).iter() {
        if let Some(id) = id.upgrade() {
            // Nobody is left to tell a failure to.
            let _ = h5::file::flush(&id);
        }
    }
    sharray_file::remove_all();
}

/// The id once nobody looks into the file any more; a look is short.
pub(crate) fn alone(mut id: Arc<Id>) -> Id {
    loop {
        match Arc::try_unwrap(id) {
            Ok(id) => return id,
            Err(shared) => id = shared,
        }
        std::thread::yield_now();
    }
}
