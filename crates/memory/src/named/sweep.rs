//! Removing names: the last one out, sweeps, and by order.

use std::fs;
use std::sync::Once;

use rustix::fs::{
    FileType, FlockOperation, Mode, OFlags, flock, fstat, lstat, open, unlink as unlink_path,
};
use rustix::io::Errno;

use super::access;
use super::file::{Purpose, leads_to, looking, open_leased};
use super::name::{AUXILIARY, MOUNT, is_ours, is_swept, meant, path};
use super::turn::Turn;
use crate::error::{Error, Result};

/// Removes every block of sharray's that nobody holds and that does not persist; their full names. Links, pipes,
/// directories, and what this user cannot open or remove, stay.
pub fn sweep() -> Vec<String> {
    let Ok(entries) = fs::read_dir(MOUNT) else {
        return vec![];
    };
    let mut removed: Vec<String> = entries
        .flatten()
        .filter_map(|entry| entry.file_name().into_string().ok())
        .filter(|full| is_swept(full) && remove_if_dead(full, None))
        .filter(|full| !full.contains(AUXILIARY))
        .collect();
    removed.sort();
    removed
}

/// What every process does before it makes or attaches its first block.
pub(crate) fn sweep_once() {
    static DONE: Once = Once::new();
    DONE.call_once(|| {
        sweep();
    });
}

/// Removes a name whose block nobody holds. `only`: the device and inode that it must have.
pub(crate) fn remove_if_dead(full: &str, only: Option<(u64, u64)>) -> bool {
    let at = path(full);
    let Ok(before) = lstat(&at) else { return false };
    let place = (before.st_dev, before.st_ino);
    if FileType::from_raw_mode(before.st_mode) != FileType::RegularFile
        || only.is_some_and(|only| only != place)
        || !access::may_remove(&before)
    {
        return false;
    }
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let Ok(fd) = open(&at, flags, Mode::empty()) else {
        return false;
    };
    let same = fstat(&fd).is_ok_and(|opened| (opened.st_dev, opened.st_ino) == place);
    same && flock(&fd, FlockOperation::NonBlockingLockExclusive).is_ok()
        && leads_to(full, &fd).unwrap_or(false)
        && unlink_path(&at).is_ok()
}

/// Removes the name of a block of sharray's for everybody, in short or in full form; says which full name it was. Those who
/// hold the block keep it.
pub fn unlink(text: &str) -> Result<String> {
    for full in meant(text, false)? {
        if remove(&full, None)? {
            return Ok(full);
        }
    }
    Err(Error::NoBlock {
        name: text.into(),
        found: None,
    })
}

/// The full name that leads to a file, other than the one that it was known by: somebody else who holds it renamed it.
pub(crate) fn name_of(place: (u64, u64)) -> Option<String> {
    let entries = fs::read_dir(MOUNT).ok()?;
    entries
        .flatten()
        .filter_map(|entry| entry.file_name().into_string().ok())
        .find(|full| {
            is_ours(full)
                && lstat(path(full)).is_ok_and(|found| (found.st_dev, found.st_ino) == place)
        })
}

/// Removes a name by order, whoever holds the block; false when it is not there. `only`: the device and inode that it
/// must have.
pub(crate) fn remove(full: &str, only: Option<(u64, u64)>) -> Result<bool> {
    remove_in_turn(&Turn::take(), full, only)
}

/// The same for whoever has the turn already.
pub(crate) fn remove_in_turn(_turn: &Turn, full: &str, only: Option<(u64, u64)>) -> Result<bool> {
    let Some(lease) = open_leased(full, Purpose::Order, only)? else {
        return Ok(false);
    };
    match unlink_path(path(full)) {
        Ok(()) => Ok(true),
        Err(Errno::NOENT) => Ok(false),
        Err(Errno::PERM | Errno::ACCESS) => {
            let found = fstat(lease.fd()).map_err(looking)?;
            Err(access::not_owner(full, &found))
        }
        Err(errno) => Err(Error::system(
            "removing the name of a block (unlink)",
            errno,
        )),
    }
}
