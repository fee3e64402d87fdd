//! Plain bytes from one file to another, in parallel: between shared memory and a file.

use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use rustix::io::{pread, pwrite};

use crate::error::{Error, Result};

/// Bytes of a file: where they begin. A block of shared memory is a file too, so nothing here maps anything.
#[derive(Clone, Copy)]
pub struct Region<'a> {
    /// The file.
    pub fd: BorrowedFd<'a>,
    /// The first byte.
    pub offset: u64,
}

impl Region<'_> {
    /// Fills the buffer from its first bytes. It is an error if there are fewer.
    pub fn read(&self, buffer: &mut [u8]) -> Result<()> {
        read_at(self.fd, buffer, self.offset, Short::Fails)
    }
}

/// How far a long operation has come, and the wish to end it.
#[derive(Debug, Default)]
pub struct Monitor {
    bytes: AtomicU64,
    aborted: AtomicBool,
}

impl Monitor {
    /// Bytes of data done so far.
    pub fn bytes(&self) -> u64 {
        self.bytes.load(Ordering::Relaxed)
    }

    /// Ends the operation at its next step with `ABORTED`.
    pub fn abort(&self) {
        self.aborted.store(true, Ordering::Relaxed);
    }

    /// Counts data that was done.
    pub fn add(&self, bytes: u64) {
        self.bytes.fetch_add(bytes, Ordering::Relaxed);
    }

    /// Fails with `ABORTED` once that was asked for.
    pub fn check(&self) -> Result<()> {
        if self.aborted.load(Ordering::Relaxed) {
            return Err(Error::new("ABORTED", "ended as asked for"));
        }
        Ok(())
    }
}

/// What a thread takes at a time; the write-back of each step is started as soon as it is there.
pub const STEP: u64 = 16 << 20;
/// A scratch that stays in the cache of a core.
const SCRATCH: usize = 256 << 10;
/// Below this a second thread costs more than it brings.
const PARALLEL_FROM: u64 = 4 << 20;

/// What it means when the source ends early.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Short {
    /// The rest is zeros: a hole that was allocated and nobody has written.
    Zeros,
    /// Somebody has taken bytes away.
    Fails,
}

/// Copies `length` bytes. `write_back` starts writing them to the disk as they come.
pub fn copy(
    from: Region<'_>,
    to: Region<'_>,
    length: u64,
    short: Short,
    write_back: bool,
    monitor: &Monitor,
) -> Result<()> {
    let next = AtomicU64::new(0);
    let failed: Mutex<Option<Error>> = Mutex::new(None);
    let work = || {
        let mut scratch = vec![0u8; SCRATCH.min(length as usize)];
        loop {
            let start = next.fetch_add(STEP, Ordering::Relaxed);
            if start >= length {
                return;
            }
            let step = STEP.min(length - start);
            let done = copy_step(from, to, start, step, short, &mut scratch, monitor);
            if let Err(error) = done {
                // The others stop at their next step.
                next.store(u64::MAX / 2, Ordering::Relaxed);
                failed
                    .lock()
                    .unwrap_or_else(|e| e.into_inner())
                    .get_or_insert(error);
                return;
            }
            if write_back {
                start_write_back(to.fd, to.offset + start, step);
            }
        }
    };
    let threads = if length < PARALLEL_FROM {
        1
    } else {
        granted().min(length.div_ceil(STEP) as usize)
    };
    std::thread::scope(|scope| {
        let helpers: Vec<_> = (1..threads)
            .map_while(|_| {
                std::thread::Builder::new()
                    .name("sharray-write".into())
                    .spawn_scoped(scope, || {
                        crate::strand::block_file_size_signal();
                        work();
                    })
                    .ok()
            })
            .collect();
        work();
        drop(helpers);
    });
    match failed.into_inner().unwrap_or_else(|e| e.into_inner()) {
        Some(error) => Err(error),
        None => Ok(()),
    }
}

/// The processors that this process may use, at most four: beyond that the file's own lock is what one waits for.
fn granted() -> usize {
    std::thread::available_parallelism()
        .map_or(1, |n| n.get())
        .min(4)
}

fn copy_step(
    from: Region<'_>,
    to: Region<'_>,
    start: u64,
    length: u64,
    short: Short,
    scratch: &mut [u8],
    monitor: &Monitor,
) -> Result<()> {
    let mut done = 0;
    while done < length {
        monitor.check()?;
        let n = (length - done).min(scratch.len() as u64) as usize;
        read_at(
            from.fd,
            &mut scratch[..n],
            from.offset + start + done,
            short,
        )?;
        write_at(to.fd, &scratch[..n], to.offset + start + done)?;
        done += n as u64;
        monitor.add(n as u64);
    }
    Ok(())
}

/// Fills the buffer from this place of the file on.
pub fn read_at(fd: BorrowedFd<'_>, buffer: &mut [u8], offset: u64, short: Short) -> Result<()> {
    let mut done = 0;
    while done < buffer.len() {
        match pread(fd, &mut buffer[done..], offset + done as u64) {
            Ok(0) if short == Short::Zeros => {
                buffer[done..].fill(0);
                return Ok(());
            }
            Ok(0) => {
                return Err(Error::new(
                    "IO_ERROR",
                    "it is shorter than it was: somebody has taken bytes away",
                ));
            }
            Ok(n) => done += n,
            Err(rustix::io::Errno::INTR) => {}
            Err(errno) => return Err(Error::io("cannot read", &io::Error::from(errno))),
        }
    }
    Ok(())
}

/// Writes the whole buffer to this place of the file.
pub fn write_at(fd: BorrowedFd<'_>, buffer: &[u8], offset: u64) -> Result<()> {
    let mut done = 0;
    while done < buffer.len() {
        match pwrite(fd, &buffer[done..], offset + done as u64) {
            Ok(0) => return Err(Error::new("IO_ERROR", "cannot write: nothing was taken")),
            Ok(n) => done += n,
            Err(rustix::io::Errno::INTR) => {}
            Err(errno) => return Err(Error::io("cannot write", &io::Error::from(errno))),
        }
    }
    Ok(())
}

/// Asks the kernel to begin writing this range to the disk, without waiting. A hint: its failure changes nothing.
#[allow(unsafe_code)]
pub fn start_write_back(fd: BorrowedFd<'_>, offset: u64, length: u64) {
    // SAFETY: takes a live descriptor and numbers.
    unsafe {
        libc::sync_file_range(
            fd.as_fd().as_raw_fd(),
            offset as i64,
            length as i64,
            libc::SYNC_FILE_RANGE_WRITE,
        );
    }
}

/// Refuses what this process may not write at all, before the kernel would answer with a signal.
pub fn check_file_size(end: u64) -> Result<()> {
    let limit = rustix::process::getrlimit(rustix::process::Resource::Fsize).current;
    match limit {
        Some(limit) if end > limit => Err(Error::new(
            "NO_SPACE",
            format!(
                "the file would have {end} bytes, and this process may write files of at most {limit} bytes (ulimit -f)"
            ),
        )),
        _ => Ok(()),
    }
}
