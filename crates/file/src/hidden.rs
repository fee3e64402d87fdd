//! Hidden names: those that files have for a while, and that nobody must find afterwards.

use std::os::fd::OwnedFd;
use std::sync::{Mutex, MutexGuard};

use rustix::fs::{AtFlags, unlinkat};
use rustix::io::{Errno, fcntl_dupfd_cloexec};

/// A hidden name in a folder. Dropping it removes the name, if the file still has it.
#[derive(Debug)]
pub(crate) struct Hidden {
    folder: OwnedFd,
    name: String,
}

/// All of this process's, for its end.
static LISTED: Mutex<Vec<(OwnedFd, String)>> = Mutex::new(Vec::new());

fn listed() -> MutexGuard<'static, Vec<(OwnedFd, String)>> {
    LISTED.lock().unwrap_or_else(|e| e.into_inner())
}

impl Hidden {
    /// To be made before the file has the name, so that no end of the process comes between the two.
    pub(crate) fn new(folder: &OwnedFd, name: String) -> Result<Hidden, Errno> {
        let (own, for_the_list) = (
            fcntl_dupfd_cloexec(folder, 0)?,
            fcntl_dupfd_cloexec(folder, 0)?,
        );
        listed().push((for_the_list, name.clone()));
        Ok(Hidden { folder: own, name })
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }
}

impl Drop for Hidden {
    fn drop(&mut self) {
        // The name is random: after a rename there is nothing that it could hit.
        let _ = unlinkat(&self.folder, self.name.as_str(), AtFlags::empty());
        listed().retain(|(_, name)| *name != self.name);
    }
}

/// Removes all of them, for the end of the process.
pub fn remove_all() {
    for (folder, name) in listed().drain(..) {
        let _ = unlinkat(&folder, name.as_str(), AtFlags::empty());
    }
}
