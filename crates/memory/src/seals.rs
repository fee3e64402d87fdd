//! Memory files and their seals: after sealing, no process can make the file smaller, so that no mapping ever faults.

use std::os::fd::{AsFd, OwnedFd};

use rustix::fs::{MemfdFlags, SealFlags, fcntl_add_seals, fcntl_get_seals, memfd_create};
use rustix::io::Errno;

use crate::error::{Error, Result};

/// The name of every memory file of sharray's, as `/proc/<pid>/fd` and `/proc/<pid>/maps` show it.
pub(crate) const NAME: &str = "sharray";

/// A new, empty memory file: closed on exec, sealable, never executable where the kernel knows how.
pub(crate) fn memory_file() -> Result<OwnedFd> {
    let flags = MemfdFlags::CLOEXEC | MemfdFlags::ALLOW_SEALING;
    // Linux before 6.3 answers EINVAL to the flag it does not know.
    let made = match memfd_create(NAME, flags | MemfdFlags::NOEXEC_SEAL) {
        Err(Errno::INVAL) => memfd_create(NAME, flags),
        other => other,
    };
    made.map_err(|errno| Error::system("making a memory file (memfd_create)", errno))
}

/// Forbids growing. Shrinking stays possible, for a block that is cut to its final size later.
pub(crate) fn seal_growth(fd: impl AsFd) -> Result<()> {
    fcntl_add_seals(fd, SealFlags::GROW)
        .map_err(|errno| Error::system("sealing a memory file", errno))
}

/// Forbids any change of size, for ever.
pub(crate) fn seal_size(fd: impl AsFd) -> Result<()> {
    fcntl_add_seals(fd, SealFlags::GROW | SealFlags::SHRINK | SealFlags::SEAL)
        .map_err(|errno| Error::system("sealing a memory file", errno))
}

/// How far a file is sealed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sealed {
    /// Its size is final.
    Size,
    /// It cannot grow, but can still be cut.
    Growth,
    /// Not one of ours.
    Not,
}

/// How far this file is sealed; anything that is no memory file is `Not`.
pub(crate) fn sealed(fd: impl AsFd) -> Sealed {
    match fcntl_get_seals(fd) {
        Ok(seals) if seals.contains(SealFlags::GROW | SealFlags::SHRINK) => Sealed::Size,
        Ok(seals) if seals.contains(SealFlags::GROW) => Sealed::Growth,
        _ => Sealed::Not,
    }
}
