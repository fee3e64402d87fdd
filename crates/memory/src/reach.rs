//! From a handle to a descriptor: through `/proc/<pid>/fd/<fd>`, and what it means when that does not lead there.

use std::fs;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::path::Path;

use rustix::fs::{FileType, Mode, OFlags, fstat, open, stat};
use rustix::io::Errno;
use rustix::process::{Pid, test_kill_process};

use crate::control::{Control, State};
use crate::error::{Error, NoFile, Result};
use crate::handle::Handle;
use crate::lease::{Lease, is_leased};
use crate::named::file::{is_file, nonce};
use crate::opened::nonce_at;
use crate::seals::{NAME, Sealed, sealed};

/// How often a descriptor is looked at that leads elsewhere, while the search among all of them says that it leads to the block.
const ATTEMPTS: usize = 5;

/// Opens the block of a handle. What comes back is not checked yet, only the right file.
pub(crate) fn open_block(handle: &Handle, readonly: bool) -> Result<OwnedFd> {
    let path = format!("/proc/{}/fd/{}", handle.pid, handle.fd);
    for _ in 0..ATTEMPTS {
        // Held by its path first: that has no effects whatever lies there (a device), and what is looked at is what is opened then,
        // whatever that process puts there meanwhile.
        let elsewhere = match open(&path, OFlags::PATH | OFlags::CLOEXEC, Mode::empty()) {
            Ok(place) => {
                let found = fstat(&place).map_err(|errno| refused(handle, errno))?;
                if (found.st_dev, found.st_ino) == (handle.dev, handle.ino) {
                    return open_held(&place, handle, readonly);
                }
                let file = FileType::from_raw_mode(found.st_mode) == FileType::RegularFile;
                another_file(handle, file.then_some(path.as_str()))
            }
            Err(Errno::NOENT) if process_exists(handle.pid) => another_file(handle, None),
            Err(errno) => return Err(unreachable(handle, errno)),
        };
        if let Some(error) = elsewhere {
            return Err(error);
        }
    }
    Err(gone(handle, CLOSED))
}

const CLOSED: &str = "that process has closed it";

/// Opens for use what is held by its path.
fn open_held(place: &OwnedFd, handle: &Handle, readonly: bool) -> Result<OwnedFd> {
    let path = format!("/proc/self/fd/{}", place.as_raw_fd());
    let flags = access(readonly) | OFlags::CLOEXEC | OFlags::NONBLOCK;
    open(&path, flags, Mode::empty()).map_err(|errno| match errno {
        // That process can be looked into: it is the file's own mode that refuses.
        Errno::ACCESS | Errno::PERM | Errno::ROFS if handle.nonce.is_of_opened() => {
            let path = fs::read_link(&path).unwrap_or_else(|_| path.clone().into());
            let path = path.to_string_lossy().into_owned();
            let why = NoFile::Denied(errno.raw_os_error());
            Error::File { path, why }
        }
        errno => refused(handle, errno),
    })
}

/// A descriptor of one's own with the access that an attachment needs: one that came read-only is opened anew.
pub(crate) fn with_access(received: Lease, handle: &Handle, readonly: bool) -> Result<Lease> {
    let failed = |errno| Error::system("opening a received descriptor for writing", errno);
    let flags = rustix::fs::fcntl_getfl(received.fd()).map_err(failed)?;
    if readonly || flags & OFlags::RWMODE == OFlags::RDWR {
        return Ok(received);
    }
    let path = format!("/proc/self/fd/{}", received.fd().as_raw_fd());
    let opened = open(&path, OFlags::RDWR | OFlags::CLOEXEC, Mode::empty()).map_err(failed)?;
    // Before the lease of the descriptor that came goes: there is no moment without one.
    take_lease(opened, handle)
}

/// Takes the lease of an attachment. `BLOCK_GONE` where somebody found that the block is nobody's any more.
pub(crate) fn take_lease(fd: OwnedFd, handle: &Handle) -> Result<Lease> {
    let found = match handle.name {
        Some(_) => "its last holder has closed it",
        None => "that process has closed it, and keeps its memory for another array",
    };
    Lease::take(fd)?.ok_or_else(|| gone(handle, found))
}

fn gone(handle: &Handle, found: &str) -> Error {
    let found = match &handle.name {
        Some(name) => format!("the name {name:?} does not lead to it, and {found}"),
        None => found.into(),
    };
    Error::BlockGone {
        pid: handle.pid,
        fd: handle.fd,
        found,
    }
}

/// What a block's file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A memory file, with seals and a control page.
    Memory,
    /// A file of the shared-memory mount, of the data alone.
    Named,
    /// A file of any file system that was opened by its path, whose first bytes are the data. It is somebody's own: it is never
    /// locked, and never removed.
    File,
}

/// Checks every field of a handle against the file that a lease was taken of. Returns what kind of file it is.
pub(crate) fn verify(lease: &Lease, handle: &Handle) -> Result<Kind> {
    check_file(lease.fd(), lease.place(), lease.length(), handle)
}

fn check_file(
    fd: BorrowedFd<'_>,
    (dev, ino): (u64, u64),
    length: u64,
    handle: &Handle,
) -> Result<Kind> {
    let differs = |field, handle: &dyn ToString, block: &dyn ToString| {
        Err(Error::HandleMismatch {
            field,
            handle: handle.to_string(),
            block: block.to_string(),
        })
    };
    if dev != handle.dev {
        return differs("dev", &handle.dev, &dev);
    }
    if ino != handle.ino {
        return differs("ino", &handle.ino, &ino);
    }
    let control = match sealed(fd) {
        Sealed::Not => None,
        _ => Control::read_at(fd, length)?,
    };
    let (kind, nonce, size) = match control {
        Some(control) => {
            let former = control.nonce != handle.nonce && control.remembers(fd, &handle.nonce)?;
            if former || control.state == State::Kept {
                return Err(gone(
                    handle,
                    "that process has closed it, and its memory holds another array now",
                ));
            }
            (Kind::Memory, control.nonce, control.size)
        }
        None if is_file(fd) => (Kind::Named, nonce(fd)?, length),
        None => {
            return differs(
                "ino",
                &handle.ino,
                &"that of a file which is no block of sharray's",
            );
        }
    };
    if nonce != handle.nonce {
        return differs("nonce", &handle.nonce, &nonce);
    }
    if size != handle.size {
        return differs("size", &handle.size, &size);
    }
    Ok(kind)
}

fn access(readonly: bool) -> OFlags {
    if readonly {
        OFlags::RDONLY
    } else {
        OFlags::RDWR
    }
}

/// The process is there, but the handle's descriptor is not the handle's file (`path`: the regular file found instead). None:
/// it is by now.
fn another_file(handle: &Handle, path: Option<&str>) -> Option<Error> {
    if !handle.nonce.is_from_here() {
        return Some(other_namespace(handle));
    }
    if let Some(fd) = descriptor_with(handle) {
        return (fd != handle.fd).then(|| Error::HandleMismatch {
            field: "fd",
            handle: handle.fd.to_string(),
            block: fd.to_string(),
        });
    }
    // The nonce of a file says its device and inode: then it is these that the handle has wrong.
    if let Some(path) = path
        && handle.nonce.is_of_opened()
        && nonce_at(Path::new(path)) == Some(handle.nonce)
        && let Ok(found) = stat(path)
    {
        let (field, given, there) = match found.st_dev == handle.dev {
            true => ("ino", handle.ino, found.st_ino),
            false => ("dev", handle.dev, found.st_dev),
        };
        return Some(Error::HandleMismatch {
            field,
            handle: given.to_string(),
            block: there.to_string(),
        });
    }
    if let Some(path) = path
        && let Ok(link) = fs::read_link(path)
        && link
            .to_string_lossy()
            .starts_with(&format!("/memfd:{NAME}"))
        && let Ok(fd) = open(path, OFlags::RDONLY | OFlags::CLOEXEC, Mode::empty())
        && let Ok(Some(control)) = Control::read(&fd)
        && control.nonce == handle.nonce
        && let Ok(found) = fstat(&fd)
        && let Err(error) = check_file(
            fd.as_fd(),
            (found.st_dev, found.st_ino),
            found.st_size as u64,
            handle,
        )
    {
        return Some(error);
    }
    let found = if path.is_some() {
        "that process closed it, and has another file there now"
    } else {
        CLOSED
    };
    Some(gone(handle, found))
}

/// A descriptor of the handle's process that does lead to the handle's file.
fn descriptor_with(handle: &Handle) -> Option<i32> {
    fs::read_dir(format!("/proc/{}/fd", handle.pid))
        .ok()?
        .flatten()
        .find_map(|entry| {
            let found = stat(entry.path()).ok()?;
            let same = (found.st_dev, found.st_ino) == (handle.dev, handle.ino)
                && holds(&entry.path(), handle);
            same.then(|| entry.file_name().to_str()?.parse().ok())?
        })
}

/// Whether the block at this path still holds the array of the handle, as somebody's: who closes it has another descriptor for
/// a moment.
fn holds(path: &Path, handle: &Handle) -> bool {
    if handle.nonce.is_of_opened() {
        return nonce_at(path) == Some(handle.nonce);
    }
    let fd = open(path, OFlags::RDONLY | OFlags::CLOEXEC, Mode::empty());
    fd.is_ok_and(|fd| {
        matches!(Control::read(&fd), Ok(Some(control)) if control.nonce == handle.nonce)
            && is_leased(&fd)
    })
}

/// The system does not open the block.
fn refused(handle: &Handle, errno: Errno) -> Error {
    let (pid, fd) = (handle.pid, handle.fd);
    let why = "the system does not let this process look into that one (another user, or a process with special rights)";
    match errno {
        Errno::ACCESS | Errno::PERM => Error::NotReachable {
            pid,
            fd,
            why: why.into(),
        },
        errno => Error::system("opening the block of a handle", errno),
    }
}

/// The descriptor's link in /proc could not be followed.
fn unreachable(handle: &Handle, errno: Errno) -> Error {
    let (pid, fd) = (handle.pid, handle.fd);
    match errno {
        Errno::NOENT | Errno::SRCH => {
            // Without it nothing is known: neither whether that process runs, nor which namespace this one is in.
            if fs::metadata("/proc/self").is_err() {
                let why = "there is no /proc here, which handles lead through".into();
                return Error::NotReachable { pid, fd, why };
            }
            if !handle.nonce.is_from_here() {
                return other_namespace(handle);
            }
            if hidden(pid) {
                let why = "that process runs, but /proc does not show it (another user's, mount option hidepid)".into();
                return Error::NotReachable { pid, fd, why };
            }
            gone(handle, "that process has ended")
        }
        errno => refused(handle, errno),
    }
}

fn other_namespace(handle: &Handle) -> Error {
    Error::NotReachable {
        pid: handle.pid,
        fd: handle.fd,
        why: "the block was made in another PID namespace (another container), where process numbers mean other processes"
            .into(),
    }
}

fn process_exists(pid: u32) -> bool {
    fs::metadata(format!("/proc/{pid}")).is_ok()
}

/// Whether a process exists although /proc does not show it.
fn hidden(pid: u32) -> bool {
    let Some(pid) = i32::try_from(pid).ok().and_then(Pid::from_raw) else {
        return false;
    };
    test_kill_process(pid) == Err(Errno::PERM)
}
