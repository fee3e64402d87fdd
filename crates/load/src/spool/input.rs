//! Inputs that are read from their beginning to their end: files, and what may have to be waited for.

use std::fs::{File, Metadata, OpenOptions};
use std::io::{ErrorKind, Read, Seek, SeekFrom};
use std::os::unix::fs::{FileTypeExt, OpenOptionsExt};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;

use super::{STEP, Spool};
use crate::failure::Failure;
use crate::setting::SpaceCheck;
use crate::source::{mtime, open_regular};

/// Between two looks at the abort flag while nothing comes.
const WAIT: Timespec = Timespec {
    tv_sec: 0,
    tv_nsec: 50_000_000,
};

/// Whether a path leads to what may have to be waited for: a pipe, or a device such as a terminal.
pub(super) fn waits(path: &str, label: &str) -> Result<bool, Failure> {
    let found = std::fs::metadata(path).map_err(|error| Failure::io(label, &error))?;
    let kind = found.file_type();
    Ok(kind.is_fifo() || kind.is_char_device())
}

/// Opens what can be read from beginning to end: a file, a pipe, or a device such as a terminal.
fn open(path: &str, label: &str) -> Result<(File, Metadata), Failure> {
    if !waits(path, label)? {
        return open_regular(path, label);
    }
    // Without O_NONBLOCK, opening a pipe would wait for its writer, and nothing could end that.
    let file = OpenOptions::new()
        .read(true)
        .custom_flags(libc::O_NONBLOCK | libc::O_NOCTTY)
        .open(path)
        .map_err(|error| Failure::io(label, &error))?;
    let meta = file
        .metadata()
        .map_err(|error| Failure::io(label, &error))?;
    Ok((file, meta))
}

impl Spool {
    /// Takes a file from byte `from` on, or a whole pipe or device, and tells how many bytes of text there are.
    pub fn file(&mut self, path: &str, from: u64, space: SpaceCheck<'_>) -> Result<u64, Failure> {
        let (mut file, before) = open(path, &self.label)?;
        if before.is_file() {
            file.seek(SeekFrom::Start(from))
                .map_err(|error| Failure::io(&self.label, &error))?;
        }
        self.drain(&file, before.is_file(), space)?;
        if before.is_file() {
            let after = file
                .metadata()
                .map_err(|error| Failure::io(&self.label, &error))?;
            if (after.len(), mtime(&after)) != (before.len(), mtime(&before)) {
                let how = "it was written to while it was read".to_string();
                return Err(Failure::changed(&self.label, how));
            }
        }
        self.end(space)
    }

    /// Takes what is left to be read from a descriptor, from where it stands on.
    pub fn descriptor(&mut self, file: &File, space: SpaceCheck<'_>) -> Result<u64, Failure> {
        let meta = file.metadata();
        let meta = meta.map_err(|error| Failure::io(&self.label, &error))?;
        self.drain(file, meta.is_file(), space)?;
        self.end(space)
    }

    fn drain(
        &mut self,
        mut file: &File,
        at_once: bool,
        space: SpaceCheck<'_>,
    ) -> Result<(), Failure> {
        let mut step = vec![0; STEP];
        loop {
            self.out.watch.look()?;
            if !at_once {
                self.wait(file)?;
            }
            match file.read(&mut step) {
                Ok(0) => return Ok(()),
                Ok(n) => self.push(&step[..n], space)?,
                Err(error)
                    if matches!(error.kind(), ErrorKind::Interrupted | ErrorKind::WouldBlock) => {}
                Err(error) => return Err(Failure::io(&self.label, &error)),
            }
        }
    }

    /// Waits until there is something to read. A pipe that nobody has opened yet for writing is waited for as well: read at once, it
    /// would seem to be empty.
    fn wait(&self, file: &File) -> Result<(), Failure> {
        loop {
            let mut asked = [PollFd::new(file, PollFlags::IN)];
            match poll(&mut asked, Some(&WAIT)) {
                Ok(0) | Err(Errno::INTR) => self.out.watch.look()?,
                Ok(_) => return Ok(()),
                Err(errno) => return Err(Failure::io(&self.label, &errno.into())),
            }
        }
    }
}
