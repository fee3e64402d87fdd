//! What can go wrong with a file, named by the codes that users see.

use std::io;

/// An error with a stable code, and the file it happened on.
#[derive(Debug, Clone)]
pub struct Error {
    /// A code of the project's table, such as `NO_SPACE`.
    pub code: &'static str,
    /// What failed, found against allowed, and the next step.
    pub message: String,
    /// The file, as the user named it.
    pub file: Option<String>,
}

/// The result of everything in this crate.
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    /// An error that has no more to say than its message.
    pub fn new(code: &'static str, message: impl Into<String>) -> Error {
        Error {
            code,
            message: message.into(),
            file: None,
        }
    }

    /// A failed call of the operating system while `doing`.
    pub fn io(doing: &str, error: &io::Error) -> Error {
        let code = error.raw_os_error().map_or("IO_ERROR", code_of);
        Error::new(code, format!("{doing}: {}", text_of(error)))
    }

    /// An existing file that cannot be opened.
    pub fn opening(error: &io::Error, writable: bool) -> Error {
        match error.raw_os_error() {
            Some(libc::ENOENT) => Error::new("FILE_NOT_FOUND", "there is no such file"),
            Some(libc::ENOTDIR) => {
                Error::new("FILE_NOT_FOUND", "a part of the path is not a folder")
            }
            Some(libc::EISDIR) => Error::new("IS_DIRECTORY", "is a directory, not a file"),
            Some(libc::EACCES | libc::EPERM | libc::EROFS) => Error::new(
                "PERMISSION_DENIED",
                if writable {
                    "this user may not write it"
                } else {
                    "this user may not read it"
                },
            ),
            _ => Error::io("cannot be opened", error),
        }
    }

    /// The same error, said of this file.
    pub fn of(mut self, file: &str) -> Error {
        self.file.get_or_insert_with(|| file.to_owned());
        self
    }
}

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if let Some(file) = &self.file {
            write!(f, "{file}: ")?;
        }
        write!(f, "{}", self.message)
    }
}

impl std::error::Error for Error {}

/// The code of an errno.
pub fn code_of(errno: i32) -> &'static str {
    match errno {
        libc::ENOSPC | libc::EDQUOT | libc::EFBIG => "NO_SPACE",
        libc::EACCES | libc::EPERM | libc::EROFS => "PERMISSION_DENIED",
        libc::ENOENT | libc::ENOTDIR => "FILE_NOT_FOUND",
        libc::EISDIR => "IS_DIRECTORY",
        libc::EEXIST => "FILE_EXISTS",
        libc::EMFILE | libc::ENFILE => "TOO_MANY_FILES",
        _ => "IO_ERROR",
    }
}

/// The system's words without Rust's "(os error 28)".
pub fn text_of(error: &io::Error) -> String {
    let text = error.to_string();
    match text.find(" (os error") {
        Some(end) => text[..end].to_owned(),
        None => text,
    }
}
