//! The sentences: what failed, on what, found against allowed, and what to do.

use std::fmt;

use super::{Error, NoFile};

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::NoSpace { what, asked, limit, free, advice } => {
                write!(f, "cannot take {} for {what}: ", amount(*asked))?;
                match free {
                    Some(free) => write!(f, "{} are free by {limit}. {advice}", amount(*free)),
                    None => write!(f, "refused by {limit}. {advice}"),
                }
            }
            Error::TooManyFiles { limit } => write!(
                f,
                "no descriptor is left for a block of shared memory: the limit is {limit}. Each open array holds one: \
                 close arrays that are no longer needed, or raise the limit"
            ),
            Error::BlockGone { pid, fd, found } => write!(
                f,
                "the block of this handle (process {pid}, descriptor {fd}) is gone: {found}. A handle is good while the \
                 process that made it holds the array open: keep it open there until it is attached here, or send the \
                 array itself through a Queue, Process or Pool"
            ),
            Error::NotReachable { pid, fd, why } => write!(
                f,
                "the block of this handle (process {pid}, descriptor {fd}) cannot be reached from process {}: {why}. \
                 Processes that cannot look into each other through /proc share named blocks, or get the array through \
                 a Queue, Process or Pool",
                std::process::id()
            ),
            Error::HandleMismatch { field, handle, block } => write!(
                f,
                "this handle does not belong to the block it leads to: its {field} is {handle}, the block's is {block}. \
                 Nothing was attached; ask the owner for a fresh handle"
            ),
            Error::VersionMismatch { found, place } => write!(
                f,
                "the {place} has version {found} of sharray's memory layout, this sharray reads version {}. Use one \
                 version of sharray on both sides",
                crate::VERSION
            ),
            Error::NoBlock { name, found: None } => write!(
                f,
                "there is no named block {name:?}. A block goes with its last holder unless it was made with `persist: true`; \
                 `sharray ls` lists those there are"
            ),
            Error::NoBlock { name, found: Some(found) } => write!(
                f,
                "/dev/shm/{name} is {found}, and no block of shared memory"
            ),
            Error::FileExists { name, found: Some(found) } => write!(
                f,
                "/dev/shm/{name} is {found}, and no block of sharray's: it is never removed or replaced. Take another name, or \
                 remove it yourself"
            ),
            Error::FileExists { name, found: None } => write!(
                f,
                "there is a named block {name:?} already, which is in use or persists. Attach to it, take another name, \
                 publish with `replace: true`, or remove it first: SharedMemory.unlink({name:?})"
            ),
            Error::PermissionDenied { name, uid, mode, wanted } => {
                let user = rustix::process::geteuid().as_raw();
                let whose = format!("user {user} may not {wanted} the named block {name:?}: it belongs to user {uid}");
                match *wanted {
                    "open" => write!(
                        f,
                        "{whose} and has the mode {mode:#05o}. Its maker can let others in: `mode: 0o660` or `mode: 0o666` where \
                         it is made"
                    ),
                    _ => write!(f, "{whose}, and only its owner can, or root"),
                }
            }
            Error::File { path, why } => match why {
                NoFile::Absent => write!(f, "{path}: there is no such file"),
                NoFile::Folder => write!(f, "{path}: this is a directory; name a file in it"),
                NoFile::Special(found) => write!(
                    f,
                    "{path}: this is {found}, which cannot be mapped: only regular files can. Copy it to one first"
                ),
                NoFile::Denied(errno) => write!(
                    f,
                    "{path}: cannot be opened: {}",
                    std::io::Error::from_raw_os_error(*errno)
                ),
            },
            Error::FileCut { path, expected, found } => write!(
                f,
                "{path}: the file was cut while it was mapped: it has {found} bytes, the array takes {expected}. Whoever writes an array \
                 anew writes it to another file, and renames that one"
            ),
            Error::BadName { name, why } => write!(f, "name: {name:?} cannot be the name of a block: {why}"),
            Error::OutOfBounds { offset, length, size } => write!(
                f,
                "{length} bytes from offset {offset} on are not inside this block of {size} bytes"
            ),
            Error::ReadOnly => f.write_str(
                "this attachment is read-only: attach without `readonly: true` to write to the block",
            ),
            Error::NotSupported(message) => f.write_str(message),
            Error::Io { what, errno } => {
                write!(f, "{what} failed: {}", std::io::Error::from_raw_os_error(*errno))
            }
        }
    }
}

/// A number of bytes as people read it: "312 bytes", "1.5 MiB".
pub(crate) fn amount(bytes: u64) -> String {
    const UNITS: [&str; 6] = ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
    if bytes < 1024 {
        return format!("{bytes} bytes");
    }
    let power = ((63 - bytes.leading_zeros()) / 10) as usize;
    let value = bytes as f64 / (1u64 << (10 * power)) as f64;
    format!("{value:.1} {}", UNITS[power - 1])
}
