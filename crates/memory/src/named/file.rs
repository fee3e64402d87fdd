//! The files of named blocks: made without a name, linked, and opened by name.

use std::os::fd::{AsFd, AsRawFd, OwnedFd};

use rustix::fs::{
    AtFlags, CWD, FileType, FlockOperation, Mode, OFlags, Stat, StatxFlags, fchmod, flock, fstat,
    fstatfs, ftruncate, linkat, lstat, open, stat, statx,
};
use rustix::io::Errno;
use rustix::path::Arg;

use super::access;
use super::name::{MOUNT, Name, is_ours, is_swept, path};
use super::sweep::remove_if_dead;
use super::turn::{Turn, patiently};
use crate::control::Nonce;
use crate::error::{Error, Result};
use crate::lease::Lease;
use crate::limits::{check_file_length, files_refused};
use crate::reserve::reserve_named;

/// What tells a file from every other one, also from a later one with the same inode number: the nonce of a named block.
pub(crate) fn nonce(fd: impl AsFd) -> Result<Nonce> {
    let found = fstat(&fd).map_err(looking)?;
    Ok(Nonce::of_file(found.st_dev, found.st_ino, born(&fd)))
}

/// A file's time of birth, seconds and nanoseconds. Where the kernel or the file system knows none it is 0, for everybody.
pub(crate) fn born(fd: impl AsFd) -> (u64, u32) {
    born_at(fd, c"", AtFlags::EMPTY_PATH)
}

/// The same of a path, as `statx` takes it.
pub(crate) fn born_at(folder: impl AsFd, path: impl Arg, at: AtFlags) -> (u64, u32) {
    let wanted = StatxFlags::BASIC_STATS | StatxFlags::BTIME;
    match statx(folder, path, at, wanted) {
        Ok(found) if found.stx_mask & StatxFlags::BTIME.bits() != 0 => {
            (found.stx_btime.tv_sec as u64, found.stx_btime.tv_nsec)
        }
        _ => (0, 0),
    }
}

/// Whether this is a file of a shared-memory mount, this one or another container's, and no memory file.
pub(crate) fn is_file(fd: impl AsFd) -> bool {
    let Ok(found) = fstat(&fd) else { return false };
    let tmpfs = || is_tmpfs(&fd);
    // Somebody may have another file system at the mount's place.
    let here = || stat(MOUNT).is_ok_and(|mount| mount.st_dev == found.st_dev);
    FileType::from_raw_mode(found.st_mode) == FileType::RegularFile && (tmpfs() || here())
}

/// Whether a file lies in memory.
pub(crate) fn is_tmpfs(fd: impl AsFd) -> bool {
    const TMPFS: u64 = 0x0102_1994;
    fstatfs(fd).is_ok_and(|system| system.f_type as u64 == TMPFS)
}

/// A new, empty file of this mode on the mount, without a name, which is to have `size` bytes.
pub(crate) fn unnamed(size: u64, mode: u32) -> Result<OwnedFd> {
    let flags = OFlags::TMPFILE | OFlags::RDWR | OFlags::CLOEXEC;
    let fd = open(MOUNT, flags, Mode::RUSR | Mode::WUSR).map_err(|errno| match errno {
        Errno::NOSPC => files_refused(size),
        Errno::NOENT | Errno::OPNOTSUPP | Errno::ISDIR | Errno::ACCESS | Errno::ROFS => {
            Error::NotSupported(format!(
                "there are no named blocks here: files cannot be made in {MOUNT} ({}). Mount a tmpfs there, or use \
                 blocks without a name",
                std::io::Error::from(errno)
            ))
        }
        errno => Error::system("making a file for a named block (O_TMPFILE)", errno),
    })?;
    // The umask has no say in a mode that somebody gave.
    set_mode(&fd, mode)?;
    Ok(fd)
}

pub(crate) fn set_mode(fd: impl AsFd, mode: u32) -> Result<()> {
    fchmod(fd, Mode::from_raw_mode(mode))
        .map_err(|errno| Error::system("setting the mode of a named block (fchmod)", errno))
}

/// A new file of `size` zero bytes without a name, its pages taken, leased to this process.
pub(crate) fn make(size: u64, mode: u32) -> Result<Lease> {
    check_file_length(size)?;
    let lease = Lease::new(unnamed(size, mode)?)?;
    ftruncate(lease.fd(), size)
        .map_err(|errno| Error::system("sizing a named block (ftruncate)", errno))?;
    reserve_named(lease.fd(), size)?;
    Ok(lease)
}

/// Gives the file of a lease the name that was chosen, or a fresh one.
pub(crate) fn link(lease: &Lease, chosen: Option<&Name>, persist: bool) -> Result<Name> {
    loop {
        let name = match chosen {
            Some(name) => name.clone(),
            None => Name::fresh(persist)?,
        };
        let turn = Turn::take();
        let occupied = [name.clone(), name.other_form()]
            .into_iter()
            .find(|form| !vacate(&form.full()));
        if let Some(form) = occupied {
            if chosen.is_none() {
                continue;
            }
            return Err(taken(form.full()));
        }
        match link_at(lease.fd(), &name.full()) {
            // Somebody who takes no turns was faster.
            Err(Errno::EXIST) => continue,
            Err(errno) => return Err(linking(errno)),
            Ok(()) => {}
        }
        drop(turn);
        lease.set_name(name.full());
        return Ok(name);
    }
}

/// Whether there is nothing under this name; a block that nobody holds makes way.
pub(crate) fn vacate(full: &str) -> bool {
    let absent = || lstat(path(full)).is_err_and(|errno| errno == Errno::NOENT);
    if absent() || is_swept(full) && remove_if_dead(full, None) {
        return true;
    }
    // A lease was in the way, or another remover's lock, which is waited for here. The lease that this takes for a moment
    // may itself keep the last holder from removing the name: then it goes with it.
    is_swept(full)
        && open_leased(full, Purpose::Order, None).is_ok_and(|lease| {
            drop(lease);
            absent()
        })
}

/// Links a file, which may have no name, to a name that must be free.
pub(crate) fn link_at(fd: impl AsFd, full: &str) -> std::result::Result<(), Errno> {
    let (to, fd) = (path(full), fd.as_fd());
    match linkat(fd, c"", CWD, &to, AtFlags::EMPTY_PATH) {
        // Older kernels ask for a capability here.
        Err(Errno::NOENT | Errno::PERM) => {}
        other => return other,
    }
    let from = format!("/proc/self/fd/{}", fd.as_raw_fd());
    linkat(CWD, from, CWD, &to, AtFlags::SYMLINK_FOLLOW)
}

pub(crate) fn linking(errno: Errno) -> Error {
    match errno {
        Errno::NOENT => Error::NotSupported(
            "a named block cannot be made here: this kernel links files by /proc/self/fd only, and there is no /proc. Mount \
             it, or use a block without a name through a Pool, Process or Queue"
                .into(),
        ),
        errno => Error::system("naming a block (linkat)", errno),
    }
}

/// What a named block is opened for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    Read,
    Write,
    /// Its name is changed by order: the directory decides who may, not the file's mode.
    Order,
}

/// Opens and leases the block of a full name; `None` when there is none. `only`: the device and inode that it must have, for
/// there to be any.
pub(crate) fn open_leased(
    full: &str,
    purpose: Purpose,
    only: Option<(u64, u64)>,
) -> Result<Option<Lease>> {
    let at = path(full);
    let access = match purpose {
        Purpose::Write => OFlags::RDWR,
        Purpose::Read | Purpose::Order => OFlags::RDONLY,
    };
    let attempt = || -> Result<Attempt> {
        let before = match lstat(&at) {
            Ok(found) => found,
            Err(Errno::NOENT) => return Ok(Attempt::Absent),
            Err(errno) => return Err(looking(errno)),
        };
        if only.is_some_and(|only| only != (before.st_dev, before.st_ino)) {
            return Ok(Attempt::Absent);
        }
        // Looked at before it is opened: opening a device can have effects.
        regular(full, &before)?;
        if purpose != Purpose::Order {
            access::check(full, &before, purpose == Purpose::Read)?;
        }
        let flags = access | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let fd = match open(&at, flags, Mode::empty()) {
            Ok(fd) => fd,
            Err(Errno::NOENT | Errno::LOOP | Errno::NXIO) => return Ok(Attempt::Again),
            Err(Errno::ACCESS | Errno::PERM) => return Err(access::denied(full, &before)),
            Err(errno) => return Err(Error::system("opening a named block", errno)),
        };
        match flock(&fd, FlockOperation::NonBlockingLockShared) {
            Ok(()) => {}
            // Another program's file: what it locks is its own affair.
            Err(_) if !is_ours(full) => {}
            Err(Errno::AGAIN) => return Ok(Attempt::Again),
            Err(errno) => return Err(locking(errno)),
        }
        // From here on it may be the last one out, also when it goes at once.
        let lease = Lease::over(fd)?;
        lease.set_name(full.into());
        if !leads_to(full, lease.fd())? {
            return Ok(Attempt::Again);
        }
        Ok(Attempt::Done(lease))
    };
    let answer = patiently(|| match attempt() {
        Ok(Attempt::Again) => None,
        Ok(Attempt::Absent) => Some(Ok(None)),
        Ok(Attempt::Done(lease)) => Some(Ok(Some(lease))),
        Err(error) => Some(Err(error)),
    });
    answer.unwrap_or_else(|| Err(locking(Errno::AGAIN)))
}

enum Attempt {
    Done(Lease),
    Absent,
    Again,
}

/// Whether a name leads to the file of a descriptor.
pub(crate) fn leads_to(full: &str, fd: impl AsFd) -> Result<bool> {
    let opened = fstat(fd).map_err(looking)?;
    Ok(lstat(path(full))
        .is_ok_and(|found| (found.st_dev, found.st_ino) == (opened.st_dev, opened.st_ino)))
}

fn regular(full: &str, found: &Stat) -> Result<()> {
    match no_block(found) {
        None => Ok(()),
        found => Err(Error::NoBlock {
            name: full.into(),
            found,
        }),
    }
}

/// What a file is that can be no block.
fn no_block(found: &Stat) -> Option<&'static str> {
    Some(match FileType::from_raw_mode(found.st_mode) {
        FileType::RegularFile => return None,
        FileType::Symlink => "a symbolic link, which is never followed",
        FileType::Directory => "a directory",
        FileType::Fifo => "a pipe",
        FileType::Socket => "a socket",
        _ => "a device",
    })
}

/// The name cannot be had.
pub(crate) fn taken(full: String) -> Error {
    let found = lstat(path(&full)).ok().and_then(|found| no_block(&found));
    Error::FileExists { name: full, found }
}

pub(crate) fn looking(errno: Errno) -> Error {
    Error::system("looking at a named block", errno)
}

pub(crate) fn locking(errno: Errno) -> Error {
    Error::system("waiting for the lock of a named block (flock)", errno)
}

/// A descriptor of this file with an open file description of its own, to map through: a mapping keeps its description,
/// and with it every lock on it. `None` where nothing leads to the file: without /proc, for one that has no name.
pub(crate) fn unlocked(lease: &Lease, readonly: bool) -> Result<Option<OwnedFd>> {
    let failed = |errno| Error::system("opening a named block to map it", errno);
    let access = if readonly {
        OFlags::RDONLY
    } else {
        OFlags::RDWR
    };
    let link = format!("/proc/self/fd/{}", lease.fd().as_raw_fd());
    match open(link, access | OFlags::CLOEXEC, Mode::empty()) {
        Ok(fd) => return Ok(Some(fd)),
        Err(errno @ (Errno::MFILE | Errno::NFILE)) => return Err(failed(errno)),
        Err(_) => {}
    }
    let Some(full) = lease.name() else {
        return Ok(None);
    };
    let flags = access | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let fd = match open(path(&full), flags, Mode::empty()) {
        Ok(fd) => fd,
        Err(errno @ (Errno::MFILE | Errno::NFILE)) => return Err(failed(errno)),
        Err(_) => return Ok(None),
    };
    let found = fstat(&fd).map_err(looking)?;
    Ok(((found.st_dev, found.st_ino) == lease.place()).then_some(fd))
}
