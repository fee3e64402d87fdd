//! Taking a block's pages beforehand, so that a later store can neither fault nor meet the OOM killer.

use std::ops::Range;
use std::os::fd::AsFd;

use rustix::fs::{FallocateFlags, fallocate};
use rustix::io::{Errno, retry_on_intr};

use crate::error::{Error, Result};
use crate::limits::{check_mount, check_space, kernel_refused, mount_refused};
use crate::named::sweep;

/// One call's share. A signal makes the kernel give back all that the interrupted call took: small shares lose little.
const STEP: u64 = 16 << 20;
/// How often the limits are looked at again: others take memory meanwhile.
const ASK_AGAIN: u64 = 64 << 20;

/// Takes all pages of this part of a memory file, after the limits were asked.
pub(crate) fn reserve(fd: impl AsFd, part: Range<u64>) -> Result<()> {
    take(fd, part, check_space, kernel_refused)
}

/// Takes all pages of a file on the shared-memory mount, which has a size of its own. Before it is refused, what the dead left
/// there is swept.
pub(crate) fn reserve_named(fd: impl AsFd, length: u64) -> Result<()> {
    let attempt = || {
        take(
            &fd,
            0..length,
            |rest| check_mount(rest, length).and_then(|()| check_space(rest)),
            |asked| mount_refused(asked, None),
        )
    };
    match attempt() {
        Err(Error::NoSpace { .. }) if !sweep().is_empty() => attempt(),
        answer => answer,
    }
}

/// Takes the pages that a file on the mount still lacks, `missing` bytes of `length`.
pub(crate) fn reserve_missing(fd: impl AsFd, length: u64, missing: u64) -> Result<()> {
    // Asked once: the parts that are there take nothing, and which they are is not known.
    check_mount(missing, length).and_then(|()| check_space(missing))?;
    take(
        fd,
        0..length,
        |_| Ok(()),
        |asked| mount_refused(asked, None),
    )
}

pub(crate) fn take(
    fd: impl AsFd,
    part: Range<u64>,
    ask: impl Fn(u64) -> Result<()>,
    refused: impl Fn(u64) -> Error,
) -> Result<()> {
    let (length, mut done) = (part.end.saturating_sub(part.start), 0);
    while done < length {
        if done.is_multiple_of(ASK_AGAIN) {
            ask(length - done)?;
        }
        let step = STEP.min(length - done);
        match fallocate(&fd, FallocateFlags::empty(), part.start + done, step) {
            Ok(()) => done += step,
            Err(Errno::INTR) => {}
            Err(Errno::NOMEM | Errno::NOSPC | Errno::DQUOT) => return Err(refused(length)),
            Err(errno) => return Err(Error::system("reserving shared memory (fallocate)", errno)),
        }
    }
    Ok(())
}

/// Gives back the pages of a file between two places, both at whole pages. They read as zeros from then on.
pub(crate) fn punch(fd: impl AsFd, from: u64, to: u64) -> Result<()> {
    if from >= to {
        return Ok(());
    }
    let flags = FallocateFlags::PUNCH_HOLE | FallocateFlags::KEEP_SIZE;
    retry_on_intr(|| fallocate(&fd, flags, from, to - from))
        .map_err(|errno| Error::system("giving back pages of a block (fallocate)", errno))
}
