//! What can go wrong with memory, each with its code, its figures and a sentence that says what to do.

use rustix::io::Errno;

mod text;

pub(crate) use text::amount;

/// A result of this crate.
pub type Result<T> = std::result::Result<T, Error>;

/// One figure or name of an error, for programs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Detail {
    /// A count or a number of bytes.
    Number(u64),
    /// A name or a description.
    Text(String),
}

/// Why a path leads to nothing that can be mapped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NoFile {
    /// There is no such file.
    Absent,
    /// It is a folder.
    Folder,
    /// It is another kind of file: "a pipe".
    Special(&'static str),
    /// The system does not let this user open it in this way: its error number.
    Denied(i32),
}

/// Everything that this crate refuses or fails at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Error {
    /// More memory was asked for than a limit leaves.
    NoSpace {
        /// What the memory was for, as it follows "for" in a sentence.
        what: String,
        /// Bytes asked for.
        asked: u64,
        /// The limit that refused.
        limit: String,
        /// Bytes that this limit leaves; `None` where the kernel refused without a figure.
        free: Option<u64>,
        /// What somebody can do about it.
        advice: &'static str,
    },
    /// No descriptor was left, in this process or in the whole system.
    TooManyFiles {
        /// The limit that was met, with its value.
        limit: String,
    },
    /// The block of a handle does not exist any more.
    BlockGone {
        /// Process of the handle.
        pid: u32,
        /// Descriptor of the handle.
        fd: i32,
        /// What was found instead.
        found: String,
    },
    /// The process of a handle cannot be looked into from here.
    NotReachable {
        /// Process of the handle.
        pid: u32,
        /// Descriptor of the handle.
        fd: i32,
        /// Why not.
        why: String,
    },
    /// A handle and the block it leads to do not agree.
    HandleMismatch {
        /// The field of the handle.
        field: &'static str,
        /// What the handle says.
        handle: String,
        /// What the block says.
        block: String,
    },
    /// A block or handle of another version of the layout.
    VersionMismatch {
        /// The version found.
        found: u32,
        /// Where it was found: "handle" or "block".
        place: &'static str,
    },
    /// There is no block of this name.
    NoBlock {
        /// The name, as it was given.
        name: String,
        /// What lies there instead, if anything does.
        found: Option<&'static str>,
    },
    /// A name that is taken by a block that is in use, or persists.
    FileExists {
        /// The full name.
        name: String,
        /// What lies there when it is no block.
        found: Option<&'static str>,
    },
    /// Somebody else's named block.
    PermissionDenied {
        /// The full name.
        name: String,
        /// The user who owns it.
        uid: u32,
        /// Its permission bits.
        mode: u32,
        /// What was wanted of it, as it follows "may not".
        wanted: &'static str,
    },
    /// A path that no file can be mapped of.
    File {
        /// The path, as it was given.
        path: String,
        /// What is there instead, or what the system said.
        why: NoFile,
    },
    /// A file that became shorter than the array that is mapped of it.
    FileCut {
        /// Where the file is now.
        path: String,
        /// Bytes of the array, with its header.
        expected: u64,
        /// Bytes of the file.
        found: u64,
    },
    /// A name that no block can have.
    BadName {
        /// The name.
        name: String,
        /// What is wrong with it.
        why: String,
    },
    /// Bytes outside the block.
    OutOfBounds {
        /// First byte asked for.
        offset: u64,
        /// Number of bytes asked for.
        length: u64,
        /// Bytes in the block.
        size: u64,
    },
    /// A write through a read-only attachment.
    ReadOnly,
    /// Something that this kind of attachment does not do.
    NotSupported(String),
    /// The system refused for another reason.
    Io {
        /// What was being done.
        what: &'static str,
        /// The system's error number.
        errno: i32,
    },
}

impl Error {
    /// The error of a failed system call: descriptors that ran out are told apart, the rest is an I/O error.
    pub fn system(what: &'static str, errno: Errno) -> Error {
        match errno {
            Errno::MFILE => Error::TooManyFiles {
                limit: match rustix::process::getrlimit(rustix::process::Resource::Nofile).current {
                    Some(limit) => format!("{limit} for this process (RLIMIT_NOFILE, `ulimit -n`)"),
                    None => "this process's (RLIMIT_NOFILE, `ulimit -n`)".into(),
                },
            },
            Errno::NFILE => Error::TooManyFiles {
                limit: match std::fs::read_to_string("/proc/sys/fs/file-max") {
                    Ok(limit) => format!("{} for the whole system (fs.file-max)", limit.trim()),
                    Err(_) => "the whole system's (fs.file-max)".into(),
                },
            },
            _ => Error::Io {
                what,
                errno: errno.raw_os_error(),
            },
        }
    }

    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Error::NoSpace { .. } => "NO_SPACE",
            Error::TooManyFiles { .. } => "TOO_MANY_FILES",
            Error::BlockGone { .. } => "BLOCK_GONE",
            Error::NotReachable { .. } => "NOT_REACHABLE",
            Error::HandleMismatch { .. } => "HANDLE_MISMATCH",
            Error::VersionMismatch { .. } => "VERSION_MISMATCH",
            Error::NoBlock { .. } => "NOT_FOUND",
            Error::FileExists { .. } => "FILE_EXISTS",
            Error::PermissionDenied { .. } => "PERMISSION_DENIED",
            Error::File { why, .. } => match why {
                NoFile::Absent => "FILE_NOT_FOUND",
                NoFile::Folder => "IS_DIRECTORY",
                NoFile::Special(_) => "NOT_SUPPORTED",
                NoFile::Denied(_) => "PERMISSION_DENIED",
            },
            Error::FileCut { .. } => "INPUT_CHANGED",
            Error::BadName { .. } => "BAD_ARGUMENT",
            Error::OutOfBounds { .. } => "OUT_OF_BOUNDS",
            Error::ReadOnly => "READ_ONLY",
            Error::NotSupported(_) => "NOT_SUPPORTED",
            Error::Io { .. } => "IO_ERROR",
        }
    }

    /// The figures and names of the message, for programs.
    pub fn details(&self) -> Vec<(&'static str, Detail)> {
        use Detail::{Number, Text};
        match self {
            Error::NoSpace {
                what,
                asked,
                limit,
                free,
                ..
            } => {
                let mut details = vec![
                    ("asked", Number(*asked)),
                    ("limit", Text(limit.clone())),
                    ("what", Text(what.clone())),
                ];
                details.extend(free.map(|free| ("free", Number(free))));
                details
            }
            Error::TooManyFiles { limit } => vec![("limit", Text(limit.clone()))],
            Error::BlockGone {
                pid,
                fd,
                found: why,
            }
            | Error::NotReachable { pid, fd, why } => {
                vec![
                    ("pid", Number((*pid).into())),
                    ("fd", Number(*fd as u64)),
                    ("reason", Text(why.clone())),
                ]
            }
            Error::HandleMismatch {
                field,
                handle,
                block,
            } => vec![
                ("field", Text((*field).into())),
                ("handle", Text(handle.clone())),
                ("block", Text(block.clone())),
            ],
            Error::VersionMismatch { found, place } => vec![
                ("found", Number((*found).into())),
                ("expected", Number(crate::VERSION.into())),
                ("place", Text((*place).into())),
            ],
            Error::NoBlock { name, found } | Error::FileExists { name, found } => {
                let mut details = vec![("name", Text(name.clone()))];
                details.extend(found.map(|found| ("found", Text(found.into()))));
                details
            }
            Error::PermissionDenied {
                name, uid, mode, ..
            } => vec![
                ("name", Text(name.clone())),
                ("uid", Number((*uid).into())),
                ("mode", Number((*mode).into())),
            ],
            Error::File { path, why } => {
                let mut details = vec![("path", Text(path.clone()))];
                match why {
                    NoFile::Special(found) => details.push(("found", Text((*found).into()))),
                    NoFile::Denied(errno) => details.push(("errno", Number(*errno as u64))),
                    NoFile::Absent | NoFile::Folder => {}
                }
                details
            }
            Error::FileCut {
                path,
                expected,
                found,
            } => vec![
                ("path", Text(path.clone())),
                ("expected", Number(*expected)),
                ("found", Number(*found)),
            ],
            Error::BadName { name, why } => vec![
                ("argument", Text("name".into())),
                ("name", Text(name.clone())),
                ("reason", Text(why.clone())),
            ],
            Error::OutOfBounds {
                offset,
                length,
                size,
            } => {
                vec![
                    ("offset", Number(*offset)),
                    ("length", Number(*length)),
                    ("size", Number(*size)),
                ]
            }
            Error::ReadOnly => vec![],
            Error::NotSupported(_) => vec![],
            Error::Io { what, errno } => {
                vec![
                    ("operation", Text((*what).into())),
                    ("errno", Number(*errno as u64)),
                ]
            }
        }
    }
}

impl std::error::Error for Error {}
