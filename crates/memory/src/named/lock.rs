//! The lock by which one of many starters makes a block and the others wait: an exclusive lock on a file `sharray.<x>~lock`
//! beside the block, which the kernel drops at any death.

use std::os::fd::{AsRawFd, OwnedFd};
use std::path::PathBuf;

use rustix::fs::{FlockOperation, Mode, OFlags, flock, fstat, open, unlink};
use rustix::io::{Errno, retry_on_intr};

use super::access;
use super::file::{self, leads_to, link_at, linking, locking, looking};
use super::name::{Name, path};
use crate::ending::Leaving;
use crate::error::{Error, Result};

/// Held for as long as this value lives.
#[derive(Debug)]
pub struct NameLock {
    /// Only held: a process that ends while it has the lock takes the file along.
    _leaving: Option<Leaving>,
    /// Only held: the lock goes with it, after the name.
    _fd: OwnedFd,
    at: PathBuf,
}

/// Waits until no other process holds the lock of this name, in either form, and takes it. `mode`: whom the lock file lets
/// in, as the block's will. Waits for as long as it takes: on a thread that has nothing else to do.
pub fn lock(name: &str, mode: u32) -> Result<NameLock> {
    let full = Name::chosen(name, false)?.beside("lock");
    loop {
        let Some(fd) = open_or_make(&full, mode)? else {
            continue;
        };
        retry_on_intr(|| flock(&fd, FlockOperation::LockExclusive)).map_err(locking)?;
        // The holder before removed the file when it was done, or a sweeper did before it was locked.
        if leads_to(&full, &fd)? {
            let (at, found) = (path(&full), fstat(&fd).map_err(looking)?);
            let place = (found.st_dev, found.st_ino);
            return Ok(NameLock {
                _leaving: Leaving::note(&at, fd.as_raw_fd(), place),
                _fd: fd,
                at,
            });
        }
    }
}

/// The lock file; `None` when somebody else was faster in making or removing it.
fn open_or_make(full: &str, mode: u32) -> Result<Option<OwnedFd>> {
    let failed = |errno| Error::system("opening the lock of a name", errno);
    let at = path(full);
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    match open(&at, flags, Mode::empty()) {
        Ok(fd) => return Ok(Some(fd)),
        Err(Errno::NOENT) => {}
        Err(Errno::ACCESS) => {
            let found = rustix::fs::lstat(&at).map_err(failed)?;
            return Err(access::denied(full, &found));
        }
        Err(errno) => return Err(failed(errno)),
    }
    // Linked when it has its mode: before, those whom it lets in would be refused.
    let fd = file::unnamed(0, mode)?;
    match link_at(&fd, full) {
        Ok(()) => Ok(Some(fd)),
        Err(Errno::EXIST) => Ok(None),
        Err(errno) => Err(linking(errno)),
    }
}

impl Drop for NameLock {
    fn drop(&mut self) {
        // Before the lock goes: who waits finds another file, or none, under the name, and begins anew.
        let _ = unlink(&self.at);
    }
}
