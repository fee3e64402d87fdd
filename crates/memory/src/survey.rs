//! What this machine and its limits are, told rather than checked: the figures behind [`check_space`](crate::check_space).

use std::os::fd::{AsFd, OwnedFd};
use std::path::{Path, PathBuf};

use rustix::fs::{CWD, Mode, OFlags, ftruncate, openat};
use rustix::io::pwrite;
use rustix::process::{Resource, getrlimit};

use crate::cgroup;
use crate::control::page;
use crate::error::{Error, Result};
use crate::limits::{self, check_address_space, check_file_length};
use crate::mapping::{Stores, map_range};
use crate::reserve::reserve;
use crate::seals::{memory_file, seal_size};

/// A limit of this process; `None` is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit {
    /// What holds now.
    pub soft: Option<u64>,
    /// How far the process may raise it itself.
    pub hard: Option<u64>,
}

/// Limits and figures that decide how much shared memory can be had.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Survey {
    /// Bytes of MemAvailable.
    pub available: Option<u64>,
    /// The file of the tightest memory control group, and the bytes that it still allows.
    pub group: Option<(PathBuf, u64)>,
    /// Descriptors (RLIMIT_NOFILE).
    pub descriptors: Limit,
    /// Bytes of address space (RLIMIT_AS).
    pub address_space: Limit,
    /// Bytes of the largest file (RLIMIT_FSIZE).
    pub file_size: Limit,
    /// Bytes of private writable memory (RLIMIT_DATA).
    pub data: Limit,
}

/// Asks for everything.
#[must_use]
pub fn survey() -> Survey {
    Survey {
        available: limits::available(),
        group: cgroup::tightest().map(|group| (group.limit_file, group.free)),
        descriptors: limit(Resource::Nofile),
        address_space: limit(Resource::As),
        file_size: limit(Resource::Fsize),
        data: limit(Resource::Data),
    }
}

fn limit(resource: Resource) -> Limit {
    let limit = getrlimit(resource);
    Limit {
        soft: limit.current,
        hard: limit.maximum,
    }
}

/// Makes anonymous memory of one page as every block is made (asked for, sized, reserved, written, sealed, mapped), but no
/// block: nothing of other blocks is looked at or swept. The descriptor is the caller's.
pub fn try_memory() -> Result<OwnedFd> {
    let length = page();
    check_file_length(length)?;
    check_address_space(length)?;
    let fd = memory_file()?;
    ftruncate(&fd, length)
        .map_err(|errno| Error::system("sizing a memory file (ftruncate)", errno))?;
    reserve(&fd, 0..length)?;
    pwrite(&fd, b"sharray", 0).map_err(|errno| Error::system("writing to a memory file", errno))?;
    seal_size(&fd)?;
    map_range(fd.as_fd(), length, Stores::Shared)?;
    Ok(fd)
}

/// Whether a folder takes files without a name, from which named blocks are made (O_TMPFILE). `Err` is the system's error number.
pub fn takes_unnamed_files(folder: &Path) -> std::result::Result<(), i32> {
    let flags = OFlags::TMPFILE | OFlags::RDWR | OFlags::CLOEXEC;
    openat(CWD, folder, flags, Mode::RUSR | Mode::WUSR)
        .map(drop)
        .map_err(|errno| errno.raw_os_error())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_those_of_this_process() {
        let survey = survey();
        let limits = std::fs::read_to_string("/proc/self/limits").unwrap();
        let line = limits
            .lines()
            .find(|line| line.starts_with("Max open files"))
            .unwrap();
        let soft = survey
            .descriptors
            .soft
            .map_or("unlimited".into(), |n| n.to_string());
        assert!(line.split_whitespace().any(|word| word == soft), "{line}");
        assert!(survey.available.unwrap() > 0);
    }

    #[test]
    fn memory_is_really_made() {
        let fd = try_memory().unwrap();
        let mut bytes = [0; 7];
        rustix::io::pread(&fd, &mut bytes, 0).unwrap();
        assert_eq!(&bytes, b"sharray");
        assert!(rustix::io::pwrite(&fd, b"x", page()).is_err(), "sealed");
    }

    #[test]
    fn a_folder_that_takes_no_unnamed_files_is_told_by_its_error() {
        assert_eq!(takes_unnamed_files(Path::new("/dev/shm")), Ok(()));
        assert_eq!(
            takes_unnamed_files(Path::new("/nowhere")),
            Err(rustix::io::Errno::NOENT.raw_os_error())
        );
        assert!(takes_unnamed_files(Path::new("/proc")).is_err());
    }
}
