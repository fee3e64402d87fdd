//! Holes: parts of a file that have no place on the disk yet. Where a hole is written through a mapping and the disk is full, the
//! kernel ends the process (SIGBUS); so holes get their place before.

use std::os::fd::BorrowedFd;

use rustix::fs::{SeekFrom, fstat, fstatvfs, seek};
use rustix::io::Errno;

use super::path;
use crate::error::{Error, Result};
use crate::limits::check_space;
use crate::named::file::is_tmpfs;
use crate::reserve;

/// Gives every hole of the first `size` bytes its place on the disk, as zeros.
pub(super) fn take(fd: BorrowedFd<'_>, size: u64) -> Result<()> {
    let holes = list(fd, size)?;
    let missing = holes.iter().map(|(from, to)| to - from).sum();
    if missing == 0 {
        return Ok(());
    }
    // Before, since a disk that has been filled up with half of it would stay full.
    check_room(fd, missing)?;
    if is_tmpfs(fd) {
        check_space(missing)?;
    }
    for (from, to) in holes {
        let taken = reserve::take(fd, from..to, |_| Ok(()), |_| no_room(fd, missing));
        taken.map_err(|error| match error {
            Error::Io { errno, .. } if cannot(errno) => Error::NotSupported(format!(
                "{}: the file has holes (parts that were never written), and its file system cannot take their place beforehand: \
                 on a full disk a store there would end the process. Copy it without holes (`cp --sparse=never`), or open it \
                 with mode \"c\"",
                path::now(fd)
            )),
            error => error,
        })?;
    }
    Ok(())
}

fn cannot(errno: i32) -> bool {
    [Errno::OPNOTSUPP, Errno::NOSYS]
        .iter()
        .any(|one| one.raw_os_error() == errno)
}

/// Refuses when pages of the first `size` bytes would be missing on being read. Only files in memory take a page then.
pub(super) fn check_readable(fd: BorrowedFd<'_>, size: u64) -> Result<()> {
    if !is_tmpfs(fd) {
        return Ok(());
    }
    let found = fstat(fd).map_err(|errno| Error::system("looking at a file", errno))?;
    check_room(fd, size.saturating_sub(found.st_blocks as u64 * 512))
}

/// The holes of the first `size` bytes: from, to.
fn list(fd: BorrowedFd<'_>, size: u64) -> Result<Vec<(u64, u64)>> {
    let mut holes = Vec::new();
    let mut at = 0;
    while at < size {
        let from = match seek(fd, SeekFrom::Hole(at)) {
            Ok(from) if from < size => from,
            // The end counts as a hole; and some file systems know of none.
            Ok(_) | Err(Errno::INVAL | Errno::NXIO) => break,
            Err(errno) => return Err(Error::system("looking for holes (lseek)", errno)),
        };
        at = match seek(fd, SeekFrom::Data(from)) {
            Ok(to) => to.min(size),
            Err(Errno::NXIO) => size,
            Err(errno) => return Err(Error::system("looking for holes (lseek)", errno)),
        };
        holes.push((from, at));
    }
    Ok(holes)
}

/// Bytes free where the file lies; `None` where that has no limit.
fn room(fd: BorrowedFd<'_>) -> Option<u64> {
    let found = fstatvfs(fd).ok()?;
    (found.f_blocks > 0).then(|| found.f_bavail * found.f_frsize)
}

fn check_room(fd: BorrowedFd<'_>, missing: u64) -> Result<()> {
    match room(fd) {
        Some(free) if missing > free => Err(no_room(fd, missing)),
        _ => Ok(()),
    }
}

fn no_room(fd: BorrowedFd<'_>, missing: u64) -> Error {
    Error::NoSpace {
        what: format!(
            "the holes of {} (parts that were never written)",
            path::now(fd)
        ),
        asked: missing,
        limit: "the room on the disk, or file system, that it lies on".into(),
        free: room(fd),
        advice: "Make room there, or copy the file to another disk",
    }
}
