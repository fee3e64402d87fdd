//! Spools of what is read from a descriptor: pipes, terminals and other devices, sockets, what is left of standard input.

use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Read};
use std::os::unix::fs::{FileTypeExt, OpenOptionsExt};
use std::sync::Arc;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;

use super::pieces::PIECE;
use super::{About, Spool};
use crate::failure::Failure;
use crate::source::open_regular;

/// Whether a path leads to what may have to be waited for: a pipe, or a device such as a terminal.
pub(super) fn waits(path: &str, label: &str) -> Result<bool, Failure> {
    let found = std::fs::metadata(path).map_err(|error| Failure::io(label, &error))?;
    let kind = found.file_type();
    Ok(kind.is_fifo() || kind.is_char_device())
}

impl Spool {
    /// One of a pipe, or of a device such as a terminal.
    pub fn of_path(path: &str, about: About) -> Result<Spool, Failure> {
        let label = &about.label;
        if !waits(path, label)? {
            return Ok(Spool::of_descriptor(open_regular(path, label)?.0, about));
        }
        // Without O_NONBLOCK, opening a pipe would wait for its writer, and nothing could end that.
        let file = OpenOptions::new()
            .read(true)
            .custom_flags(libc::O_NONBLOCK | libc::O_NOCTTY)
            .open(path)
            .map_err(|error| Failure::io(label, &error))?;
        Ok(Spool::of_descriptor(file, about))
    }

    /// One of what is left to be read from a descriptor, from where it stands on.
    pub fn of_descriptor(file: File, about: About) -> Spool {
        Spool::over(about, Some(file))
    }

    /// Keeps what its pipe has to give at once: whoever writes to it may have to end that before he writes to the one that is waited for.
    pub(crate) fn relieve(&self) {
        while let Some(pipe) = self.open_pipe() {
            match self.take(&pipe, Duration::ZERO) {
                Ok(true) => {}
                Ok(false) => return,
                Err(failure) => self.end(Err(failure)),
            }
        }
    }

    fn open_pipe(&self) -> Option<Arc<File>> {
        let state = self.state();
        state.pipe.clone().filter(|_| state.ended.is_none())
    }

    /// Takes some more bytes from its pipe, waiting no longer than that. A pipe that nobody has opened yet for writing is waited for as
    /// well: read at once, it would seem to be empty. False: nothing came.
    pub(super) fn take(&self, pipe: &Arc<File>, wait: Duration) -> Result<bool, Failure> {
        let failed = |error: &std::io::Error| Failure::io(&self.about.label, error);
        let wait = Timespec::try_from(wait).expect("it is short");
        match poll(&mut [PollFd::new(pipe, PollFlags::IN)], Some(&wait)) {
            Ok(0) | Err(Errno::INTR) => return Ok(false),
            Ok(_) => {}
            Err(errno) => return Err(failed(&errno.into())),
        }
        let mut step = vec![0; PIECE];
        match (&mut &**pipe).read(&mut step) {
            Ok(0) => {
                self.end(Ok(()));
                Ok(true)
            }
            Ok(length) => self
                .store(&mut self.state(), &step[..length])
                .map(|()| true),
            Err(error)
                if matches!(error.kind(), ErrorKind::Interrupted | ErrorKind::WouldBlock) =>
            {
                Ok(false)
            }
            Err(error) => Err(failed(&error)),
        }
    }
}
