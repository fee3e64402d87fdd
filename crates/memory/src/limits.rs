//! What this machine, its control groups and this process's own limits leave, asked before a page is touched.

use std::fs;
use std::io::Read;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use rustix::fs::statvfs;
use rustix::process::{Resource, getrlimit};

use crate::arena::give_back;
use crate::cgroup;
use crate::error::{Error, Result, amount};
use crate::named::name::MOUNT;

/// Left untouched below every limit: page tables, the heap of the process itself, and what others take meanwhile.
const KEPT_FREE: u64 = 16 << 20;

/// Refuses when the machine or a control group around this process does not leave `bytes` of memory.
///
/// For work that fills a block bit by bit: ask for the first part, and again for each further 64 MiB.
pub fn check_space(bytes: u64) -> Result<()> {
    check_space_for(bytes, "shared memory")
}

/// [`check_space`] with a name for what the memory is for, as it follows "for" in the error's sentence.
pub fn check_space_for(bytes: u64, what: &str) -> Result<()> {
    if Allowance::take(bytes) {
        return Ok(());
    }
    match ask(bytes, what) {
        // Closed blocks may be kept, or still be on their way back.
        Err(_) if give_back() => ask(bytes, what),
        answer => answer,
    }
}

fn ask(bytes: u64, what: &str) -> Result<()> {
    let mut room = u64::MAX;
    let mut refuse = |limit: String, free: u64, advice| {
        let free = free.saturating_sub(KEPT_FREE);
        if bytes <= free {
            room = room.min(free - bytes);
            return Ok(());
        }
        Err(Error::NoSpace {
            what: what.into(),
            asked: bytes,
            limit,
            free: Some(free),
            advice,
        })
    };
    if let Some(free) = available() {
        refuse(
            "this machine's memory (MemAvailable of /proc/meminfo)".into(),
            free,
            "Close arrays that are no longer needed, end other programs, or work on less at a time",
        )?;
    }
    if let Some(group) = cgroup::tightest() {
        refuse(
            format!(
                "the memory limit of this container or control group ({})",
                group.limit_file.display()
            ),
            group.free,
            "Close arrays that are no longer needed, or run it with a higher memory limit",
        )?;
    }
    Allowance::grant(room);
    Ok(())
}

/// Bytes that the machine and the control groups leave this process.
pub(crate) fn room() -> u64 {
    let group = cgroup::tightest().map_or(u64::MAX, |group| group.free);
    let free = available().unwrap_or(u64::MAX).min(group);
    free.saturating_sub(KEPT_FREE)
}

/// What may be taken without asking anew. Asking reads half a dozen files of /proc and /sys, some 100 us: far more than a
/// small block itself costs. An answer is good for a short time and a small part of the room that was found.
struct Allowance {
    bytes: u64,
    until: Instant,
}

static ALLOWANCE: Mutex<Option<Allowance>> = Mutex::new(None);

impl Allowance {
    const MOST: u64 = 16 << 20;
    const LASTS: Duration = Duration::from_millis(50);

    /// Takes a small request out of the allowance, if there is enough.
    fn take(bytes: u64) -> bool {
        let mut allowance = ALLOWANCE.lock().unwrap_or_else(PoisonError::into_inner);
        allowance
            .as_mut()
            .is_some_and(|left| left.covers(bytes, Instant::now()))
    }

    fn grant(room: u64) {
        let allowance = Allowance::of(room, Instant::now());
        *ALLOWANCE.lock().unwrap_or_else(PoisonError::into_inner) = Some(allowance);
    }

    /// A sixty-fourth of the room: as many processes that do the same at one moment stay inside it together.
    fn of(room: u64, now: Instant) -> Allowance {
        Allowance {
            bytes: (room / 64).min(Allowance::MOST),
            until: now + Allowance::LASTS,
        }
    }

    fn covers(&mut self, bytes: u64, now: Instant) -> bool {
        let covered = bytes <= self.bytes && now < self.until;
        if covered {
            self.bytes -= bytes;
        }
        covered
    }
}

/// Refuses a file that is longer than RLIMIT_FSIZE: the kernel would send SIGXFSZ, which ends the process.
pub(crate) fn check_file_length(length: u64) -> Result<()> {
    match getrlimit(Resource::Fsize).current {
        Some(limit) if length > limit => Err(Error::NoSpace {
            what: "a block of shared memory".into(),
            asked: length,
            limit: "the largest file of this process (RLIMIT_FSIZE, `ulimit -f`)".into(),
            free: Some(limit),
            advice: "Raise the limit, or use several smaller arrays",
        }),
        _ => Ok(()),
    }
}

/// Refuses a mapping that RLIMIT_AS does not leave room for.
pub(crate) fn check_address_space(length: u64) -> Result<()> {
    let refused = || address_space_left().filter(|free| length > *free);
    match refused() {
        // As above: addresses of closed blocks.
        Some(_) if give_back() => refused(),
        answer => answer,
    }
    .map_or(Ok(()), |free| Err(address_space_error(length, free)))
}

/// Refuses what the shared-memory mount has no room for: `rest` bytes, of a block of `whole`. A mount without a limit of its
/// own has no figure.
pub(crate) fn check_mount(rest: u64, whole: u64) -> Result<()> {
    match mount_room() {
        Some((free, _)) if rest > free => Err(mount_refused(whole, Some(free + whole - rest))),
        _ => Ok(()),
    }
}

/// The error of a named block that does not fit on its mount.
pub(crate) fn mount_refused(asked: u64, free: Option<u64>) -> Error {
    let size = match mount_room() {
        Some((_, size)) => format!(" ({} in all)", amount(size)),
        None => String::new(),
    };
    Error::NoSpace {
        what: "a named block".into(),
        asked,
        limit: format!("the room on {MOUNT}{size}"),
        free: free.or_else(|| mount_room().map(|(free, _)| free)),
        advice: "Remove blocks that nobody needs (`sharray ls`, `sharray rm`), make it larger (`mount -o remount,size=...`, \
                 `docker run --shm-size=...`), or use a block without a name, which does not lie there",
    }
}

/// The error of a named block for whose file, small as it may be, the mount has no place.
pub(crate) fn files_refused(asked: u64) -> Error {
    Error::NoSpace {
        what: "a named block".into(),
        asked,
        limit: format!("the number of files that {MOUNT} may hold"),
        free: None,
        advice: "Remove files that nobody needs (`sharray ls`, `sharray rm`), or allow more (`mount -o remount,nr_inodes=...`)",
    }
}

/// Bytes free on the shared-memory mount, and in all.
fn mount_room() -> Option<(u64, u64)> {
    let found = statvfs(MOUNT).ok()?;
    (found.f_blocks > 0).then(|| {
        (
            found.f_bavail * found.f_frsize,
            found.f_blocks * found.f_frsize,
        )
    })
}

/// The error of a mapping that the kernel had no room for.
pub(crate) fn mapping_refused(length: u64) -> Error {
    if let Some(free) = address_space_left().filter(|free| length > *free) {
        return address_space_error(length, free);
    }
    let (limit, free, advice) = if let Some(most) = every_mapping_in_use() {
        (
            format!("the {most} mappings that a process may have, all in use (vm.max_map_count)"),
            None,
            "Close arrays that are no longer needed, or raise it (sysctl vm.max_map_count)",
        )
    } else if let Some(free) = private_data_left().filter(|free| length > *free) {
        (
            "the private data of this process (RLIMIT_DATA, `ulimit -d`)".into(),
            Some(free),
            "Raise the limit, or attach without `readonly: true` (a file: open it with mode \"r+\"), which takes no private memory",
        )
    } else {
        (
            "the kernel (no address space left, or vm.overcommit_memory=2)".into(),
            None,
            "Close arrays that are no longer needed, or end other programs",
        )
    };
    Error::NoSpace {
        what: "mapping a block".into(),
        asked: length,
        limit,
        free,
        advice,
    }
}

/// How many mappings a process may have, when this one has (nearly) as many.
fn every_mapping_in_use() -> Option<usize> {
    let most = fs::read_to_string("/proc/sys/vm/max_map_count").ok()?;
    let most: usize = most.trim().parse().ok()?;
    let mut maps = fs::File::open("/proc/self/maps").ok()?;
    // By parts, on the stack: the whole text would need a mapping itself.
    let (mut part, mut lines) = ([0; 4096], 0);
    loop {
        match maps.read(&mut part) {
            Ok(0) | Err(_) => break,
            Ok(count) => lines += part[..count].iter().filter(|byte| **byte == b'\n').count(),
        }
    }
    // A mapping in the middle of another takes two more.
    (lines + 2 >= most).then_some(most)
}

/// What RLIMIT_DATA leaves for private mappings, which read-only attachments are; `None` without a limit.
fn private_data_left() -> Option<u64> {
    let limit = getrlimit(Resource::Data).current?;
    let statm = fs::read_to_string("/proc/self/statm").ok()?;
    let pages: u64 = statm.split(' ').nth(5)?.parse().ok()?;
    Some(limit.saturating_sub(pages * crate::control::page()))
}

/// The error of a reservation or write that the kernel itself refused.
pub(crate) fn kernel_refused(bytes: u64) -> Error {
    Error::NoSpace {
        what: "shared memory".into(),
        asked: bytes,
        limit: "the kernel (no memory left, or vm.overcommit_memory=2)".into(),
        free: None,
        advice: "Close arrays that are no longer needed, end other programs, or work on less at a time",
    }
}

fn address_space_error(asked: u64, free: u64) -> Error {
    Error::NoSpace {
        what: "a block of shared memory".into(),
        asked,
        limit: "the address space of this process (RLIMIT_AS, `ulimit -v`)".into(),
        free: Some(free),
        advice: "Raise the limit, or close arrays that are no longer needed",
    }
}

fn address_space_left() -> Option<u64> {
    let limit = getrlimit(Resource::As).current?;
    let statm = fs::read_to_string("/proc/self/statm").ok()?;
    let pages: u64 = statm.split(' ').next()?.parse().ok()?;
    Some(limit.saturating_sub(pages * crate::control::page()))
}

/// MemAvailable, in bytes; `None` where /proc does not tell.
pub(crate) fn available() -> Option<u64> {
    available_in(&fs::read_to_string("/proc/meminfo").ok()?)
}

fn available_in(meminfo: &str) -> Option<u64> {
    let line = meminfo
        .lines()
        .find_map(|line| line.strip_prefix("MemAvailable:"))?;
    let kib: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kib * 1024)
}

#[cfg(test)]
mod tests;
