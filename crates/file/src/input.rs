//! A file that is read, in any order.

use std::fs::File;
use std::io;
use std::os::fd::{AsFd, OwnedFd};

use rustix::fs::{FileType, Mode, OFlags, fstat, open};
use rustix::io::pread;

use crate::error::{Error, Result};
use crate::transfer::{Monitor, Region, Short, copy};

/// An ordinary file that is open for reading.
#[derive(Debug)]
pub struct Input {
    fd: OwnedFd,
    shown: String,
    size: u64,
}

impl Input {
    /// Opens an ordinary file; pipes, sockets and devices are `NOT_SUPPORTED`.
    pub fn open(path: &str) -> Result<Input> {
        // Without waiting: a FIFO would not open before somebody writes to it.
        let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::CLOEXEC | OFlags::NOCTTY;
        let fd = open(path, flags, Mode::empty())
            .map_err(|errno| Error::opening(&io::Error::from(errno), false).of(path))?;
        let found = fstat(&fd)
            .map_err(|errno| Error::io("cannot look at it", &io::Error::from(errno)).of(path))?;
        match FileType::from_raw_mode(found.st_mode) {
            FileType::RegularFile => Ok(Input {
                fd,
                shown: path.to_owned(),
                size: found.st_size as u64,
            }),
            FileType::Directory => {
                Err(Error::new("IS_DIRECTORY", "is a directory, not a file").of(path))
            }
            _ => Err(Error::new(
                "NOT_SUPPORTED",
                "is a device, a pipe or a socket; only files are read. Write it to a file first",
            )
            .of(path)),
        }
    }

    /// Bytes that it had when it was opened.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The open file itself.
    pub(crate) fn into_file(self) -> File {
        File::from(self.fd)
    }

    /// Bytes from `offset` on: `length`, or as many as there are.
    pub fn read(&self, offset: u64, length: usize) -> Result<Vec<u8>> {
        let mut bytes = vec![0; length];
        let mut done = 0;
        while done < length {
            match pread(&self.fd, &mut bytes[done..], offset + done as u64) {
                Ok(0) => break,
                Ok(n) => done += n,
                Err(rustix::io::Errno::INTR) => {}
                Err(errno) => {
                    let error = Error::io("cannot read", &io::Error::from(errno));
                    return Err(error.of(&self.shown));
                }
            }
        }
        bytes.truncate(done);
        Ok(bytes)
    }

    /// Copies bytes into another file, such as a block of shared memory; many on several threads.
    pub fn copy_to(
        &self,
        offset: u64,
        to: Region<'_>,
        length: u64,
        monitor: &Monitor,
    ) -> Result<()> {
        let from = Region {
            fd: self.fd.as_fd(),
            offset,
        };
        copy(from, to, length, Short::Fails, false, monitor).map_err(|error| {
            let shorter = |found: rustix::fs::Stat| (found.st_size as u64) < offset + length;
            let error = if fstat(&self.fd).is_ok_and(shorter) {
                let why =
                    "it became shorter while it was read. Read it again when nobody writes to it";
                Error::new("INPUT_CHANGED", why)
            } else {
                error
            };
            error.of(&self.shown)
        })
    }
}
