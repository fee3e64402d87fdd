//! A new zip archive, written member by member.

use std::fs::File;
use std::io::{self, Seek, SeekFrom, Write};
use std::os::fd::AsFd;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use zip::result::ZipError;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use crate::error::{Error, Result};
use crate::strand::block_file_size_signal;
use crate::temporary::{Existing, Temporary};
use crate::transfer::{Region, STEP, Short, read_at, start_write_back};

/// What goes through the archive's own code at a time.
const PIECE: usize = 1 << 20;

/// The new file as the archive writes to it. Once it is given up, nothing is written any more: a `ZipWriter` that is dropped
/// would otherwise finish its archive, and print a message where it cannot.
struct Target {
    file: File,
    given_up: Arc<AtomicBool>,
    /// Bytes since the disk was last asked to begin, and where they start.
    since: u64,
    begun: u64,
}

impl Write for Target {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.given_up.load(Ordering::Relaxed) {
            return Ok(bytes.len());
        }
        let count = self.file.write(bytes)?;
        self.since += count as u64;
        if self.since >= STEP {
            start_write_back(self.file.as_fd(), self.begun, self.since);
            self.begun += self.since;
            self.since = 0;
        }
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Seek for Target {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.file.seek(to)
    }
}

/// A zip archive that appears under its name when it is published. Dropping it leaves nothing.
pub struct ArchiveOutput {
    zip: Option<ZipWriter<Target>>,
    given_up: Arc<AtomicBool>,
    temporary: Option<Temporary>,
    shown: String,
}

impl ArchiveOutput {
    /// Begins the archive that will replace what is at `path`. `named`: see [`Temporary::new`]. To be used on one thread.
    pub fn new(path: &str, named: bool) -> Result<ArchiveOutput> {
        block_file_size_signal();
        let temporary = Temporary::new(path, Existing::Replace, named)?;
        let fd = temporary
            .fd()
            .try_clone_to_owned()
            .map_err(|e| Error::io("cannot duplicate its descriptor", &e).of(path))?;
        let given_up = Arc::new(AtomicBool::new(false));
        let target = Target {
            file: File::from(fd),
            given_up: given_up.clone(),
            since: 0,
            begun: 0,
        };
        Ok(ArchiveOutput {
            zip: Some(ZipWriter::new(target)),
            given_up,
            temporary: Some(temporary),
            shown: path.to_owned(),
        })
    }

    fn zip(&mut self) -> Result<&mut ZipWriter<Target>> {
        self.zip
            .as_mut()
            .ok_or_else(|| Error::new("CLOSED", "the archive is finished"))
    }

    /// Begins a member; the one before is complete then. Sizes have 64 bits in every member, as NumPy writes them.
    pub fn member(&mut self, name: &str, compressed: bool) -> Result<()> {
        let method = if compressed {
            CompressionMethod::Deflated
        } else {
            CompressionMethod::Stored
        };
        let options = SimpleFileOptions::default()
            .compression_method(method)
            .large_file(true)
            .unix_permissions(0o600);
        let started = self.zip()?.start_file(name, options);
        started.map_err(|error| self.failed(error))
    }

    /// Appends bytes to the member.
    pub fn write(&mut self, bytes: &[u8]) -> Result<()> {
        let written = self.zip()?.write_all(bytes);
        written.map_err(|error| self.failed(ZipError::Io(error)))
    }

    /// Appends bytes of another file, such as a block of shared memory.
    pub fn write_from(&mut self, from: Region<'_>, length: u64) -> Result<()> {
        let mut piece = vec![0; PIECE.min(length as usize)];
        let mut done = 0;
        while done < length {
            let count = piece.len().min((length - done) as usize);
            read_at(
                from.fd,
                &mut piece[..count],
                from.offset + done,
                Short::Fails,
            )
            .map_err(|e| e.of(&self.shown))?;
            self.write(&piece[..count])?;
            done += count as u64;
        }
        Ok(())
    }

    /// Finishes the archive and makes it appear under its name, with its bytes on the disk.
    pub fn publish(mut self) -> Result<()> {
        if let Some(zip) = self.zip.take() {
            zip.finish().map(drop).map_err(|error| self.failed(error))?;
        }
        match self.temporary.take() {
            Some(temporary) => temporary.publish(true),
            None => Ok(()),
        }
    }

    /// The error; nothing is written after it.
    fn failed(&self, error: ZipError) -> Error {
        self.given_up.store(true, Ordering::Relaxed);
        let error = match error {
            ZipError::Io(error) if error.raw_os_error().is_some() => {
                Error::io("cannot write", &error)
            }
            other => Error::new("BAD_ARGUMENT", format!("cannot write the archive: {other}")),
        };
        error.of(&self.shown)
    }
}

impl Drop for ArchiveOutput {
    fn drop(&mut self) {
        self.given_up.store(true, Ordering::Relaxed);
    }
}
