//! Leases: the kernel's lock by which an attachment says "I have this block". It is `flock` on the open file that the
//! attachment's descriptor stands for, shared among all attachments; whoever gets it exclusively knows that nobody has the
//! block. The kernel drops it at any death. A descriptor that is sent on takes the lease along: it stands for the same open file.

use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use rustix::fs::{FlockOperation, Mode, OFlags, flock, fstat, lstat, open};
use rustix::io::{Errno, retry_on_intr};

use crate::ending::Leaving;
use crate::error::{Error, Result};
use crate::named::name::{is_ours, is_swept, path};
use crate::named::sweep::{name_of, remove_if_dead};

/// Takes the lease of one attachment. False: somebody has made sure that the block is nobody's.
pub(crate) fn share(fd: impl AsFd) -> Result<bool> {
    match retry_on_intr(|| flock(&fd, FlockOperation::NonBlockingLockShared)) {
        Ok(()) => Ok(true),
        Err(Errno::WOULDBLOCK) => Ok(false),
        Err(errno) => Err(Error::system("taking a block's lease (flock)", errno)),
    }
}

/// Takes the block for oneself, if nobody has a lease. `fd` must not be a descriptor that holds a lease itself: an upgrade that
/// fails would lose it.
pub(crate) fn claim(fd: impl AsFd) -> bool {
    retry_on_intr(|| flock(&fd, FlockOperation::NonBlockingLockExclusive)).is_ok()
}

/// Whether anybody has a lease of the block. Nobody has where it can be claimed, and where somebody just did. `fd` as for `claim`;
/// what it locks goes when it is closed.
pub(crate) fn is_leased(fd: impl AsFd) -> bool {
    !claim(&fd) && share(&fd).unwrap_or(true)
}

/// A second descriptor of the same file, which stands for an open file of its own and has no lease. `None` where /proc does not
/// lead there.
pub(crate) fn second(fd: impl AsFd) -> Option<OwnedFd> {
    let path = format!("/proc/self/fd/{}", fd.as_fd().as_raw_fd());
    open(&path, OFlags::RDWR | OFlags::CLOEXEC, Mode::empty()).ok()
}

/// A block's descriptor with its lease. The last one of a named block that does not persist takes the name along.
#[derive(Debug)]
pub(crate) struct Lease {
    /// Only `None` while it is dropped.
    fd: Option<OwnedFd>,
    name: Mutex<Option<Arc<str>>>,
    /// What the process does with the name should it end before.
    leaving: Mutex<Option<Leaving>>,
    /// Whether it is a file that can have a name which is not known here: it may be given one by another holder.
    nameable: AtomicBool,
    dev: u64,
    ino: u64,
    /// Of the file, when the lease was taken.
    length: u64,
}

impl Lease {
    /// Of a file that nobody else has a descriptor of yet.
    pub(crate) fn new(fd: OwnedFd) -> Result<Lease> {
        share(&fd)?;
        Lease::over(fd)
    }

    /// Locks a descriptor; `None` when somebody has made sure that the block is nobody's.
    pub(crate) fn take(fd: OwnedFd) -> Result<Option<Lease>> {
        if share(&fd)? {
            return Lease::over(fd).map(Some);
        }
        Ok(None)
    }

    /// Over a descriptor that was locked already.
    pub(crate) fn over(fd: OwnedFd) -> Result<Lease> {
        let found = fstat(&fd).map_err(|errno| Error::system("looking at a block", errno))?;
        Ok(Lease {
            fd: Some(fd),
            name: Mutex::new(None),
            leaving: Mutex::new(None),
            nameable: AtomicBool::new(false),
            dev: found.st_dev,
            ino: found.st_ino,
            length: found.st_size as u64,
        })
    }

    pub(crate) fn fd(&self) -> BorrowedFd<'_> {
        self.fd
            .as_ref()
            .expect("a lease in use has its descriptor")
            .as_fd()
    }

    /// Device and inode.
    pub(crate) fn place(&self) -> (u64, u64) {
        (self.dev, self.ino)
    }

    /// Bytes of the file when the lease was taken.
    pub(crate) fn length(&self) -> u64 {
        self.length
    }

    /// The full name under which it was made or opened, if any.
    pub(crate) fn name(&self) -> Option<Arc<str>> {
        self.name
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Says that the file lies where blocks have names.
    pub(crate) fn set_nameable(&self) {
        self.nameable.store(true, Ordering::Relaxed);
    }

    pub(crate) fn set_name(&self, full: String) {
        let mut leaving = self.leaving.lock().unwrap_or_else(PoisonError::into_inner);
        *leaving = is_swept(&full)
            .then(|| Leaving::note(&path(&full), self.fd().as_raw_fd(), self.place()))
            .flatten();
        *self.name.lock().unwrap_or_else(PoisonError::into_inner) = Some(full.into());
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        self.leaving
            .get_mut()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        let known = self.name();
        let nameable = *self.nameable.get_mut();
        if !known.as_deref().map_or(nameable, is_ours) {
            return;
        }
        let (place, linked) = (
            self.place(),
            fstat(self.fd()).map_or(0, |found| found.st_nlink),
        );
        // The own lock goes first: the last of several that end at once then finds none but its own.
        drop(self.fd.take());
        if linked == 0 {
            return;
        }
        if let Some(full) = known {
            if is_swept(&full) && remove_if_dead(&full, Some(place)) {
                return;
            }
            if lstat(path(&full)).is_ok_and(|found| (found.st_dev, found.st_ino) == place) {
                return;
            }
        }
        // Another holder may have named or renamed it.
        if let Some(full) = name_of(place).filter(|full| is_swept(full)) {
            remove_if_dead(&full, Some(place));
        }
    }
}
