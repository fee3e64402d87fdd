//! Who may open a named block, decided as for a user without capabilities: root is not let in by accident.

use std::os::fd::AsFd;

use rustix::fs::{Stat, fstat, stat};
use rustix::process::{getegid, geteuid, getgroups};

use super::file::looking;
use super::name::MOUNT;
use crate::error::{Error, Result};
use crate::handle::Handle;

const READ: u32 = 0o4;
const WRITE: u32 = 0o2;
const STICKY: u32 = 0o1000;

/// Refuses a block whose mode does not let this process's user read it (and write to it, unless `readonly`).
pub(crate) fn check(name: &str, found: &Stat, readonly: bool) -> Result<()> {
    let mut wanted = READ;
    if !readonly {
        wanted |= WRITE;
    }
    if granted(found) & wanted == wanted {
        return Ok(());
    }
    Err(denied(name, found))
}

/// The same for a block that a handle led to.
pub(crate) fn check_opened(fd: impl AsFd, handle: &Handle, readonly: bool) -> Result<()> {
    let found = fstat(fd).map_err(looking)?;
    let name = handle.name.as_deref().unwrap_or("without a name yet");
    check(name, &found, readonly)
}

/// The error of a block that belongs to somebody else.
pub(crate) fn denied(name: &str, found: &Stat) -> Error {
    Error::PermissionDenied {
        name: name.into(),
        uid: found.st_uid,
        mode: found.st_mode & 0o777,
        wanted: "open",
    }
}

/// The error of a name that only its owner may change.
pub(crate) fn not_owner(name: &str, found: &Stat) -> Error {
    Error::PermissionDenied {
        name: name.into(),
        uid: found.st_uid,
        mode: found.st_mode & 0o777,
        wanted: "rename or remove",
    }
}

/// Whether the mount's directory, which is sticky, would let this process remove a file: asked before its lock is taken, which
/// could keep its owner from removing it at that moment.
pub(crate) fn may_remove(found: &Stat) -> bool {
    let own = geteuid();
    let sticky =
        |directory: Stat| directory.st_mode & STICKY != 0 && directory.st_uid != own.as_raw();
    own.is_root() || found.st_uid == own.as_raw() || !stat(MOUNT).is_ok_and(sticky)
}

/// The three bits of the mode that apply to this process.
fn granted(found: &Stat) -> u32 {
    let mode = found.st_mode;
    if found.st_uid == geteuid().as_raw() {
        return mode >> 6 & 0o7;
    }
    let in_group = found.st_gid == getegid().as_raw()
        || getgroups()
            .is_ok_and(|groups| groups.iter().any(|group| group.as_raw() == found.st_gid));
    if in_group {
        mode >> 3 & 0o7
    } else {
        mode & 0o7
    }
}
