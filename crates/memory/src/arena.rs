//! The arena: large blocks that this process made and let go are kept for its next arrays, with their pages and their page
//! table. Taking fresh pages is what large arrays cost; writing to pages that are there is ten times as fast.
//!
//! # What is kept
//! Blocks without a name, of 1 MiB or more, that this process made: at most 64, up to [`limit`], for five seconds after they
//! were last used. All of it is given back as soon as this process is refused memory, addresses or descriptors.
//!
//! # Nobody sees what is not his
//! A block is kept when it is nobody's, and only this process uses it again:
//! 1. `release` holds the last attachment of its thread, and moves the mapping away from addresses that ArrayBuffers may still
//!    have, over which it lays fresh pages. Only then it closes the attachment's descriptor, and with it the lease.
//! 2. Through a second descriptor, which stands for an open file without a lease, the whole block is claimed (`LOCK_EX`).
//!    Each attachment, in whichever process, and each descriptor on its way to one, holds `LOCK_SH`: while one is left, the claim
//!    fails and the block is not kept. All that map a block hold its lease for longer than the mapping. (A mapping keeps the open
//!    file that it was made through, lease and all; so those that may be kept are made through one without a lease.)
//! 3. The claim stands while the block is kept, and the control page says that it is nobody's.
//!
//! # An old handle never leads to a new array
//! Whoever attaches takes the lease first and reads the control page then. So an attacher that has already opened the file, by
//! whatever way, is in one of these places:
//! - its lease came before the claim: then there is no claim, and the block stays the old array's;
//! - it asks while the claim stands: it is refused, `BLOCK_GONE`;
//! - its lease came after the claim: that ended in [`take`], which wrote the new nonce before. Turning the claim into a lease is not
//!   one step for the kernel, so somebody's lease may come in between; the page has the new nonce by then. The old one is
//!   not found, and the page remembers it: `BLOCK_GONE`.
//!
//! Nonces are drawn anew for each array, so none of them comes back.
//!
//! # Zeros
//! A block with a reservation is cleared when it is taken. One that a load fills is not: nobody but its maker maps it before it
//! is cut, every byte up to there is written, and what lies behind is punched out then.

mod idle;
pub mod limit;

use std::os::fd::{AsFd, OwnedFd};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use rustix::fs::{SeekFrom, fstat, seek};
use rustix::io::Errno;

use crate::block::Reserve;
use crate::control::{Control, Nonce, State, control_offset, file_length, page};
use crate::error::{Error, Result};
use crate::lease;
use crate::limits::check_file_length;
use crate::mapping::Range;
use crate::release::{Remains, let_go, settle};
use crate::reserve::{punch, reserve};
use crate::seals::{Sealed, seal_size, sealed};

/// Smaller blocks are not kept: they are cheap, and many.
pub(crate) const LEAST: u64 = 1 << 20;

/// A block that is nobody's. The range goes before the claim.
struct Kept {
    range: Option<Range>,
    claim: OwnedFd,
    control: Control,
    /// Bytes of the file, holes included.
    length: u64,
    /// Bytes of its pages.
    held: u64,
    since: Instant,
}

impl Kept {
    fn remains(self) -> Remains {
        Remains {
            range: self.range,
            file: Some(self.claim),
        }
    }
}

/// The oldest first.
static KEPT: Mutex<Vec<Kept>> = Mutex::new(Vec::new());

fn kept() -> MutexGuard<'static, Vec<Kept>> {
    KEPT.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Bytes of the pages that this process keeps for its next arrays.
pub fn kept_bytes() -> u64 {
    kept().iter().map(|one| one.held).sum()
}

/// Gives all that is kept back to the system, and waits for what is on its way there; false when there was nothing.
pub fn give_back() -> bool {
    let all = std::mem::take(&mut *kept());
    let any = !all.is_empty();
    drop(all);
    settle() || any
}

/// Makes the attempt, and once more with all memory given back when it failed for lack of memory, addresses or descriptors.
pub(crate) fn or_give_back<T>(attempt: impl Fn() -> Result<T>) -> Result<T> {
    match attempt() {
        Err(Error::NoSpace { .. } | Error::TooManyFiles { .. }) if give_back() => attempt(),
        answer => answer,
    }
}

/// The length of the file of a block that a load fills: so much longer than its data can be that the block suits most other
/// loads too. Holes cost nothing.
pub(crate) fn roomy_length(size: u64) -> u64 {
    const SHORTEST: u64 = 4 << 30;
    const LONGEST: u64 = 1 << 50;
    let exact = file_length(size);
    if !(LEAST..=LONGEST).contains(&size) || !limit::on() {
        return exact;
    }
    let roomy = file_length((4 * size).next_power_of_two().max(SHORTEST));
    if check_file_length(roomy).is_ok() {
        roomy
    } else {
        exact
    }
}

/// Keeps a claimed block, or lets it go. Its handles lead nowhere from here on.
pub(crate) fn keep(claim: OwnedFd, range: Option<Range>) {
    let retired = retire(&claim);
    let held = retired.as_ref().map_or(0, |(_, _, held)| *held);
    let allowed = limit::allowed(kept_bytes() + held);
    let mut kept = kept();
    match retired {
        Ok((control, length, held)) if held >= LEAST && held <= allowed && idle::started() => {
            kept.push(Kept {
                range,
                claim,
                control,
                length,
                held,
                since: Instant::now(),
            });
            evict(&mut kept, allowed);
            idle::look();
        }
        _ => let_go(Remains {
            range,
            file: Some(claim),
        }),
    }
}

/// Lets the oldest go until what is left is allowed. They are counted as on their way back before the lock ends: whoever is
/// refused memory finds them in one place or the other.
fn evict(kept: &mut Vec<Kept>, allowed: u64) {
    let mut held: u64 = kept.iter().map(|one| one.held).sum();
    while held > allowed || kept.len() > limit::blocks() {
        let oldest = kept.remove(0);
        held -= oldest.held;
        let_go(oldest.remains());
    }
}

/// Writes the control page of a block that is nobody's. Returns it, the file's length, and the bytes of its pages.
fn retire(claim: &OwnedFd) -> Result<(Control, u64, u64)> {
    let (length, held) = measure(claim)?;
    check_file_length(length)?;
    let control = Control::read(claim)?.ok_or(Error::Io {
        what: "reading a block's control page",
        errno: Errno::INVAL.raw_os_error(),
    })?;
    // A load that came to no end left its block as one that can be cut.
    if sealed(claim) != Sealed::Size {
        seal_size(claim)?;
    }
    Ok((control.retire(claim, length)?, length, held))
}

fn measure(fd: impl AsFd) -> Result<(u64, u64)> {
    let found = fstat(fd).map_err(|errno| Error::system("looking at a block", errno))?;
    Ok((found.st_size as u64, found.st_blocks as u64 * 512))
}

/// A block that was kept, with its lease and its control page, for an array of its own. What is mapped of it already comes along.
pub(crate) struct Taken {
    pub(crate) fd: OwnedFd,
    pub(crate) nonce: Nonce,
    pub(crate) range: Option<Range>,
}

/// A kept block for an array of so many bytes, if one suits.
pub(crate) fn take(size: u64, pages: Reserve) -> Option<Taken> {
    if size < LEAST {
        return None;
    }
    let found = {
        let mut kept = kept();
        let index = choose(&kept, size, pages)?;
        kept.remove(index)
    };
    // Where anything fails the block goes back to the system, and a fresh one tells why, if it fails as well.
    found.prepare(size, pages).ok().flatten()
}

/// The block that suits best: the smallest that has all pages which are wanted, or else the largest; never one of twice the size
/// that is asked for.
fn choose(kept: &[Kept], size: u64, pages: Reserve) -> Option<usize> {
    let length = file_length(size);
    // A load asks for what it could need at most.
    let wanted = match pages {
        Reserve::All => length,
        Reserve::Sparse => length / 2,
    };
    let suits = |one: &&(usize, &Kept)| one.1.length >= length && one.1.held / 2 <= length;
    let all: Vec<_> = kept.iter().enumerate().collect();
    let fitting = || all.iter().filter(suits);
    let enough = fitting().filter(|one| one.1.held >= wanted);
    enough
        .min_by_key(|one| one.1.held)
        .or_else(|| fitting().max_by_key(|one| one.1.held))
        .map(|one| one.0)
}

impl Kept {
    fn prepare(self, size: u64, pages: Reserve) -> Result<Option<Taken>> {
        let Kept {
            mut range,
            claim,
            control,
            length,
            ..
        } = self;
        check_file_length(length)?;
        let end = control_offset(size);
        punch(&claim, end, length - page())?;
        if pages == Reserve::All {
            let covered = range.and_then(|range| range.cover(end));
            let covered = covered.map_or_else(|| map(&claim, end), Ok)?;
            let (written, first_hole) = extents(&claim, end)?;
            reserve(&claim, first_hole..end)?;
            covered.clear(&written);
            range = Some(covered);
        }
        let state = match pages {
            Reserve::All => State::Whole,
            Reserve::Sparse => State::Filling,
        };
        let nonce = Nonce::draw()?;
        let control = Control {
            nonce,
            size,
            state,
            ..control
        };
        control.write(&claim, length)?;
        // From a claim to a lease. Others may find the page now, and know by it that this is not theirs.
        let leased = lease::share(&claim)?;
        Ok(leased.then_some(Taken {
            fd: claim,
            nonce,
            range,
        }))
    }
}

/// Maps a block through an open file without a lease, since a mapping keeps the one that it is made through.
fn map(claim: &OwnedFd, end: u64) -> Result<Range> {
    let unleased = lease::second(claim);
    Range::of(unleased.as_ref().unwrap_or(claim).as_fd(), end)
}

/// The parts (offset, length) of the first `end` bytes of a file that were written to, and the first byte that was not.
fn extents(fd: impl AsFd, end: u64) -> Result<(Vec<(u64, u64)>, u64)> {
    let find = |place| match seek(&fd, place) {
        Ok(at) => Ok(at.min(end)),
        Err(Errno::NXIO) => Ok(end),
        Err(errno) => Err(Error::system("looking for a block's pages (lseek)", errno)),
    };
    let mut parts = Vec::new();
    let mut at = 0;
    while at < end {
        let from = find(SeekFrom::Data(at))?;
        at = find(SeekFrom::Hole(from))?;
        if at > from {
            parts.push((from, at - from));
        }
    }
    let first_hole = match parts.first() {
        Some(&(0, length)) => length,
        _ => 0,
    };
    Ok((parts, first_hole))
}
