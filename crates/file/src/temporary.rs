//! New files appear under their name in one step, complete, or not at all.
//!
//! A file is written without any name (`O_TMPFILE`), so that whatever ends this process also ends the file. Where the
//! file system cannot do that it has a hidden name in the same folder until it is published or given up.

use std::ffi::OsStr;
use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use rustix::fs::{
    Access, AtFlags, CWD, FileType, Mode, OFlags, RenameFlags, access, accessat, fchmod, fchown,
    fsync, linkat, lstat, open, openat, renameat, renameat_with, stat, unlinkat,
};
use rustix::io::Errno;

use crate::error::{Error, Result};
use crate::hidden::Hidden;

/// What may happen to a file that has the name already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Existing {
    /// It is replaced; its permissions stay.
    Replace,
    /// It stays, and publishing fails with `FILE_EXISTS`.
    Keep,
}

/// A file that is being written and has not appeared yet.
#[derive(Debug)]
pub struct Temporary {
    fd: OwnedFd,
    folder: OwnedFd,
    /// Where it will be, with links followed.
    target: PathBuf,
    /// As the user wrote it.
    shown: String,
    existing: Existing,
    /// The hidden name, where there has to be one.
    hidden: Option<Hidden>,
}

impl Temporary {
    /// Begins a file that will appear at `path`. `named` forces the hidden name that file systems without `O_TMPFILE` get.
    pub fn new(path: &str, existing: Existing, named: bool) -> Result<Temporary> {
        let target = follow(Path::new(path))
            .map_err(|e| Error::io("cannot follow the link", &e).of(path))?;
        check_target(&target, path, existing)?;
        let (parent, _) = split(&target);
        let folder = open(
            parent,
            OFlags::DIRECTORY | OFlags::CLOEXEC | OFlags::RDONLY,
            Mode::empty(),
        )
        .map_err(|errno| folder_error(errno, parent, path))?;
        let (fd, hidden) = match nameless(&folder, named) {
            Some(opened) => (
                opened.map_err(|errno| folder_error(errno, parent, path))?,
                None,
            ),
            None => {
                let failed = |errno| folder_error(errno, parent, path);
                let hidden = Hidden::new(&folder, hidden_name(&target)).map_err(failed)?;
                let flags = OFlags::RDWR | OFlags::CREATE | OFlags::EXCL | OFlags::CLOEXEC;
                let fd =
                    openat(&folder, hidden.name(), flags, Mode::from(0o666)).map_err(failed)?;
                (fd, Some(hidden))
            }
        };
        Ok(Temporary {
            fd,
            folder,
            target,
            shown: path.to_owned(),
            existing,
            hidden,
        })
    }

    /// A path by which this process can open it, while it has no name.
    pub fn path(&self) -> String {
        format!("/proc/self/fd/{}", self.fd.as_raw_fd())
    }

    /// The file itself.
    pub fn fd(&self) -> BorrowedFd<'_> {
        self.fd.as_fd()
    }

    /// Makes it appear under its name. With `sync` its bytes and its name are on the disk when this returns.
    pub fn publish(mut self, sync: bool) -> Result<()> {
        let failed = |shown: &str, doing: &str, errno: Errno| {
            Error::io(doing, &io::Error::from(errno)).of(shown)
        };
        if sync {
            fsync(&self.fd)
                .map_err(|errno| failed(&self.shown, "cannot bring the file to the disk", errno))?;
        }
        self.keep_permissions();
        self.give_name().map_err(|errno| match errno {
            Errno::EXIST => Error::new(
                "FILE_EXISTS",
                "a file of this name has appeared meanwhile; it was left alone",
            )
            .of(&self.shown),
            other => failed(&self.shown, "cannot give the file its name", other),
        })?;
        if sync {
            fsync(&self.folder).map_err(|errno| {
                failed(&self.shown, "cannot bring the folder to the disk", errno)
            })?;
        }
        Ok(())
    }

    fn give_name(&mut self) -> std::result::Result<(), Errno> {
        let name = split(&self.target).1.to_owned();
        if let Some(hidden) = &self.hidden {
            match self.existing {
                Existing::Replace => renameat(&self.folder, hidden.name(), &self.folder, name)?,
                Existing::Keep => rename_or_link(&self.folder, hidden.name(), &name)?,
            }
            self.hidden = None;
            return Ok(());
        }
        match self.existing {
            Existing::Keep => self.link(&name),
            Existing::Replace => {
                // link never replaces, rename does: so a hidden name for the moment between the two.
                let hidden = Hidden::new(&self.folder, hidden_name(&self.target))?;
                self.link(OsStr::new(hidden.name()))?;
                renameat(&self.folder, hidden.name(), &self.folder, name)
            }
        }
    }

    fn link(&self, name: &OsStr) -> std::result::Result<(), Errno> {
        linkat(
            CWD,
            self.path(),
            &self.folder,
            name,
            AtFlags::SYMLINK_FOLLOW,
        )
    }

    fn keep_permissions(&self) {
        if self.existing == Existing::Keep {
            return;
        }
        if let Ok(old) = stat(&self.target) {
            // The owner only where we may; the permissions after it, since a change of owner clears some.
            let _ = fchown(
                &self.fd,
                Some(rustix::fs::Uid::from_raw(old.st_uid)),
                Some(rustix::fs::Gid::from_raw(old.st_gid)),
            );
            let _ = fchmod(&self.fd, Mode::from_raw_mode(old.st_mode & 0o777));
        }
    }
}

/// `None`: this file system (or a container without /proc) needs a name.
fn nameless(folder: &OwnedFd, named: bool) -> Option<std::result::Result<OwnedFd, Errno>> {
    if named || access("/proc/self/fd", Access::EXISTS).is_err() {
        return None;
    }
    match openat(
        folder,
        ".",
        OFlags::RDWR | OFlags::TMPFILE | OFlags::CLOEXEC,
        Mode::from(0o666),
    ) {
        Err(Errno::OPNOTSUPP | Errno::ISDIR | Errno::INVAL | Errno::NOSYS) => None,
        opened => Some(opened),
    }
}

/// A rename that does not replace; where the file system has none, a second link that cannot.
fn rename_or_link(folder: &OwnedFd, hidden: &str, name: &OsStr) -> std::result::Result<(), Errno> {
    match renameat_with(folder, hidden, folder, name, RenameFlags::NOREPLACE) {
        Err(Errno::INVAL | Errno::NOSYS) => {
            linkat(folder, hidden, folder, name, AtFlags::empty())?;
            let _ = unlinkat(folder, hidden, AtFlags::empty());
            Ok(())
        }
        done => done,
    }
}

fn split(target: &Path) -> (&Path, &OsStr) {
    let parent = match target.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    (parent, target.file_name().unwrap_or(OsStr::new("")))
}

/// `.<name>.<random>.tmp`; long names are shortened so that the whole stays within what a file system takes.
fn hidden_name(target: &Path) -> String {
    let name = String::from_utf8_lossy(split(target).1.as_bytes()).into_owned();
    let mut end = name.len().min(200);
    while !name.is_char_boundary(end) {
        end -= 1;
    }
    let mut random = [0u8; 8];
    if rustix::rand::getrandom(&mut random, rustix::rand::GetRandomFlags::empty()).is_err() {
        random = (std::process::id() as u64).to_le_bytes();
    }
    format!(".{}.{:016x}.tmp", &name[..end], u64::from_le_bytes(random))
}

/// The path with a link at its end followed, whether or not its target is there yet.
fn follow(path: &Path) -> io::Result<PathBuf> {
    let mut path = path.to_owned();
    for _ in 0..40 {
        match std::fs::read_link(&path) {
            Ok(to) => path = split(&path).0.join(to),
            Err(error) if error.raw_os_error() == Some(libc::EINVAL) => return Ok(path),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(path),
            Err(error) if error.raw_os_error() == Some(libc::ENOTDIR) => return Ok(path),
            Err(error) => return Err(error),
        }
    }
    Err(io::Error::from_raw_os_error(libc::ELOOP))
}

fn check_target(target: &Path, shown: &str, existing: Existing) -> Result<()> {
    if existing == Existing::Keep && lstat(Path::new(shown)).is_ok() {
        return Err(Error::new(
            "FILE_EXISTS",
            "the file exists already; open it with \"w\" to replace it",
        )
        .of(shown));
    }
    let Ok(found) = stat(target) else {
        return Ok(());
    };
    match FileType::from_raw_mode(found.st_mode) {
        FileType::RegularFile => {}
        FileType::Directory => {
            return Err(Error::new("IS_DIRECTORY", "is a directory, not a file").of(shown));
        }
        _ => {
            return Err(Error::new(
                "NOT_SUPPORTED",
                "is neither a file nor a place for a new one (a device, a pipe or a socket)",
            )
            .of(shown));
        }
    }
    // Replacing needs no right on the old file; somebody who has made it read-only did not mean that.
    accessat(CWD, target, Access::WRITE_OK, AtFlags::EACCESS).map_err(|errno| match errno {
        Errno::ACCESS | Errno::PERM | Errno::ROFS => Error::new(
            "PERMISSION_DENIED",
            "the existing file may not be written by this user",
        )
        .of(shown),
        other => Error::io("cannot look at the existing file", &io::Error::from(other)).of(shown),
    })
}

fn folder_error(errno: Errno, folder: &Path, shown: &str) -> Error {
    let folder = folder.display();
    match errno {
        Errno::NOENT => Error::new(
            "FILE_NOT_FOUND",
            format!("the folder {folder} does not exist; make it first"),
        ),
        Errno::NOTDIR => Error::new("FILE_NOT_FOUND", format!("{folder} is not a folder")),
        Errno::ACCESS | Errno::PERM | Errno::ROFS => Error::new(
            "PERMISSION_DENIED",
            format!("this user may not write in the folder {folder}"),
        ),
        other => Error::io(
            &format!("cannot make a file in the folder {folder}"),
            &io::Error::from(other),
        ),
    }
    .of(shown)
}
