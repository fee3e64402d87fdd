//! Files of any file system, opened by their path and mapped where they are.
//!
//! Such a file is somebody's own. It is not locked, not removed, has no control page, and nothing keeps other programs from cutting
//! it: whoever touches what was cut away is ended by the kernel (SIGBUS). So its length is compared when it is opened, when it is
//! mapped, and before each operation that takes a part of it; what happens in between nobody can mend.
//!
//! What one process opened for reading, others get for reading: a handle gives nobody more than its maker asked for.

mod holes;
mod path;
mod private;

use std::os::fd::OwnedFd;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use rustix::fs::{AtFlags, CWD, FileType, OFlags, fcntl_getfl, fstat, lstat, stat};

use crate::block::Attachment;
use crate::control::Nonce;
use crate::error::{Error, Result};
use crate::handle::Handle;
use crate::lease::Lease;
use crate::named::file::{born, born_at};
use crate::reach::{Kind, open_block};
use crate::seals::{Sealed, sealed};

/// What a file is opened for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// To be read.
    Read,
    /// To be read and written: stores reach the file.
    Write,
    /// To be read and changed: stores stay in this attachment.
    CopyOnWrite,
}

impl Attachment {
    /// Opens a regular file; its whole length is the block, until [`Attachment::narrow`] says how much of it. Nothing is waited for,
    /// and nothing is mapped yet.
    pub fn open_file(path: &str, mode: Mode) -> Result<Attachment> {
        let lease = Lease::over(path::open_regular(path, mode)?)?;
        let nonce = nonce_of(&lease);
        let length = lease.length();
        let mut opened = Attachment::over(lease, Kind::File, nonce, length, mode == Mode::Read);
        if mode == Mode::CopyOnWrite {
            static COUNT: AtomicU64 = AtomicU64::new(0);
            opened.set_apart(COUNT.fetch_add(1, Ordering::Relaxed));
        }
        Ok(opened)
    }

    /// Says that the block is the first `size` bytes of an opened file, and maps them: whatever is in the way of that comes to light
    /// now.
    pub fn narrow(&self, size: u64) -> Result<()> {
        if !self.is_file() || size > self.data_len() {
            return Err(Error::OutOfBounds {
                offset: 0,
                length: size,
                size: self.data_len(),
            });
        }
        self.size.store(size, Ordering::Release);
        self.mapping().map(drop)
    }

    /// The way of a handle to such a file, through /proc.
    pub(crate) fn attach_opened(handle: &Handle, readonly: bool) -> Result<Attachment> {
        let link = format!("/proc/{}/fd/{}", handle.pid, handle.fd);
        // The link's own mode is that of the descriptor. Where there is no link, opening says why.
        const WRITE: u32 = 0o200;
        let may_write = lstat(&link).is_ok_and(|found| found.st_mode & WRITE != 0);
        let readonly = readonly || !may_write;
        Attachment::on_opened(open_block(handle, readonly)?, handle, readonly)
    }

    /// The same through a descriptor that was sent, and that is used as it is.
    pub(crate) fn attach_opened_fd(
        fd: OwnedFd,
        handle: &Handle,
        readonly: bool,
    ) -> Result<Attachment> {
        let flags = fcntl_getfl(&fd).map_err(|errno| Error::system("looking at a file", errno))?;
        let may_write = flags & OFlags::RWMODE == OFlags::RDWR;
        Attachment::on_opened(fd, handle, readonly || !may_write)
    }

    /// Checks every field of the handle.
    fn on_opened(fd: OwnedFd, handle: &Handle, readonly: bool) -> Result<Attachment> {
        let lease = Lease::over(fd)?;
        let differs = |field, handle: &dyn ToString, block: &dyn ToString| {
            Err(Error::HandleMismatch {
                field,
                handle: handle.to_string(),
                block: block.to_string(),
            })
        };
        let (dev, ino) = lease.place();
        if dev != handle.dev {
            return differs("dev", &handle.dev, &dev);
        }
        if ino != handle.ino {
            return differs("ino", &handle.ino, &ino);
        }
        if let Some(name) = &handle.name {
            return differs(
                "name",
                name,
                &"none: it is a file that was opened by its path",
            );
        }
        let found = fstat(lease.fd()).map_err(|errno| Error::system("looking at a file", errno))?;
        let regular = FileType::from_raw_mode(found.st_mode) == FileType::RegularFile;
        if !regular || sealed(lease.fd()) != Sealed::Not {
            let found = "that of something that cannot be opened by a path";
            return differs("ino", &handle.ino, &found);
        }
        let nonce = nonce_of(&lease);
        if nonce != handle.nonce {
            return differs("nonce", &handle.nonce, &nonce);
        }
        // It may have become longer since: the array is its beginning.
        if lease.length() < handle.size {
            return differs("size", &handle.size, &lease.length());
        }
        Ok(Attachment::over(
            lease,
            Kind::File,
            handle.nonce,
            handle.size,
            readonly,
        ))
    }

    /// Refuses when the file is not as long as the array any more.
    pub(crate) fn check_length(&self) -> Result<()> {
        let (found, expected) = (self.file_length()?, self.data_len());
        if found >= expected {
            return Ok(());
        }
        Err(Error::FileCut {
            path: path::now(self.fd()),
            expected,
            found,
        })
    }

    /// Makes sure, as far as that can be, that no page of the array is a fault.
    pub(crate) fn check_file(&self) -> Result<()> {
        self.check_length()?;
        if self.readonly() || self.copy_on_write() {
            return holes::check_readable(self.fd(), self.data_len());
        }
        holes::take(self.fd(), self.data_len())
    }
}

/// The nonce that the file at a path would have if it was opened.
pub(crate) fn nonce_at(path: &Path) -> Option<Nonce> {
    let found = stat(path).ok()?;
    let born = born_at(CWD, path, AtFlags::empty());
    Some(Nonce::of_opened(found.st_dev, found.st_ino, born))
}

fn nonce_of(lease: &Lease) -> Nonce {
    let (dev, ino) = lease.place();
    Nonce::of_opened(dev, ino, born(lease.fd()))
}
