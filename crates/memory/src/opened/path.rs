//! From a path to a descriptor of a regular file.

use std::fs;
use std::os::fd::{AsRawFd, BorrowedFd, OwnedFd};

use rustix::fs::{FileType, Mode as Bits, OFlags, Stat, fstat, fstatfs, open, stat};
use rustix::io::Errno;

use super::Mode;
use crate::error::{Error, NoFile, Result};
use crate::seals::{Sealed, sealed};

/// Of file systems whose files are made up as they are read.
const PROC: u64 = 0x9fa0;

/// Opens a regular file, and nothing else: neither waits for anybody, nor has effects on what is none.
pub(super) fn open_regular(path: &str, mode: Mode) -> Result<OwnedFd> {
    let failed = |errno| refused(path, errno);
    // Looked at before it is opened: opening a device can have effects.
    check(path, &stat(path).map_err(failed)?)?;
    let access = match mode {
        Mode::Write => OFlags::RDWR,
        Mode::Read | Mode::CopyOnWrite => OFlags::RDONLY,
    };
    // Without waiting, whatever comes to lie there between the look and the opening.
    let flags = access | OFlags::CLOEXEC | OFlags::NONBLOCK | OFlags::NOCTTY;
    let fd = open(path, flags, Bits::empty()).map_err(failed)?;
    check(path, &fstat(&fd).map_err(failed)?)?;
    let special = |found| {
        let (path, why) = (path.into(), NoFile::Special(found));
        Err(Error::File { path, why })
    };
    if fstatfs(&fd).is_ok_and(|system| system.f_type as u64 == PROC) {
        return special("a file of /proc");
    }
    if sealed(&fd) != Sealed::Not {
        return special("memory without a name, which is attached to by its handle");
    }
    Ok(fd)
}

fn check(path: &str, found: &Stat) -> Result<()> {
    let why = match FileType::from_raw_mode(found.st_mode) {
        FileType::RegularFile => return Ok(()),
        FileType::Directory => NoFile::Folder,
        FileType::Fifo => NoFile::Special("a pipe"),
        FileType::Socket => NoFile::Special("a socket"),
        _ => NoFile::Special("a device"),
    };
    let path = path.into();
    Err(Error::File { path, why })
}

fn refused(path: &str, errno: Errno) -> Error {
    let why = match errno {
        Errno::NOENT | Errno::NOTDIR => NoFile::Absent,
        Errno::ISDIR => NoFile::Folder,
        Errno::ACCESS | Errno::PERM | Errno::ROFS => NoFile::Denied(errno.raw_os_error()),
        errno => return Error::system("opening a file", errno),
    };
    let path = path.into();
    Error::File { path, why }
}

/// Where the file of a descriptor is by now, for messages.
pub(super) fn now(fd: BorrowedFd<'_>) -> String {
    let link = fs::read_link(format!("/proc/self/fd/{}", fd.as_raw_fd()));
    link.map_or_else(
        |_| "a mapped file".into(),
        |path| path.to_string_lossy().into_owned(),
    )
}
