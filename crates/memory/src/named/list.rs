//! Which named blocks there are, and who holds them: told without a lock, which would disturb holders.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::time::Duration;

use rustix::fs::{AtFlags, CWD, FileType, StatxFlags, lstat, makedev, stat, statx};

use super::name::{AUXILIARY, MOUNT, is_ours, is_swept, meant, path};
use crate::error::Result;

/// A named block of sharray's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// The full name.
    pub name: String,
    /// Bytes.
    pub size: u64,
    /// Whether it stays when nobody holds it.
    pub persist: bool,
    /// Permission bits.
    pub mode: u32,
    /// The user who owns it.
    pub uid: u32,
    /// When it was made, since 1970.
    pub created: Duration,
    /// Whether somebody holds it, as far as this process can see: processes of other PID namespaces it cannot.
    pub held: bool,
    /// Those that can be looked into: other users' processes only by root.
    pub holders: Vec<Holder>,
}

/// A process that has a block open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holder {
    /// Its number.
    pub pid: u32,
    /// Its command line, arguments separated by blanks.
    pub command: String,
}

type Place = (u64, u64);

/// All named blocks of sharray's, by name.
pub fn list() -> Vec<Listed> {
    let Ok(entries) = fs::read_dir(MOUNT) else {
        return vec![];
    };
    told(
        entries
            .flatten()
            .filter_map(|entry| entry.file_name().into_string().ok())
            .filter(|full| is_ours(full) && !full.contains(AUXILIARY)),
    )
}

/// The block that a name means, in short or in full, also another program's; `None` when there is none.
pub fn find(text: &str) -> Result<Option<Listed>> {
    let found = meant(text, true)?
        .into_iter()
        .find(|full| look(full).is_some());
    Ok(told(found.into_iter()).pop())
}

/// Files of the mount with their holders, by name.
fn told(names: impl Iterator<Item = String>) -> Vec<Listed> {
    let mut found: Vec<(Place, Listed)> = names.filter_map(|full| look(&full)).collect();
    if found.is_empty() {
        return vec![];
    }
    let places = found.iter().map(|(place, _)| *place).collect();
    let (locked, mut holders) = (locked(), holders(&places));
    for (place, block) in &mut found {
        block.holders = holders.remove(place).unwrap_or_default();
        block.held = !block.holders.is_empty() || locked.contains(place);
    }
    let mut blocks: Vec<Listed> = found.into_iter().map(|(_, block)| block).collect();
    blocks.sort_by(|one, other| one.name.cmp(&other.name));
    blocks
}

fn look(full: &str) -> Option<(Place, Listed)> {
    let found = lstat(path(full)).ok()?;
    if FileType::from_raw_mode(found.st_mode) != FileType::RegularFile {
        return None;
    }
    let more = statx(
        CWD,
        path(full),
        AtFlags::SYMLINK_NOFOLLOW,
        StatxFlags::BTIME,
    )
    .ok();
    let born = more.filter(|more| more.stx_mask & StatxFlags::BTIME.bits() != 0);
    let (seconds, nanoseconds) = match born {
        Some(more) => (more.stx_btime.tv_sec, more.stx_btime.tv_nsec),
        // Without a time of birth: when name or mode were last changed.
        None => (found.st_ctime, found.st_ctime_nsec as u32),
    };
    let block = Listed {
        name: full.into(),
        size: found.st_size as u64,
        persist: !is_swept(full),
        mode: found.st_mode & 0o777,
        uid: found.st_uid,
        created: Duration::new(seconds.max(0) as u64, nanoseconds),
        held: false,
        holders: vec![],
    };
    Some(((found.st_dev, found.st_ino), block))
}

/// The files on which somebody holds a file lock, as `/proc/locks` shows them.
fn locked() -> BTreeSet<Place> {
    let text = fs::read_to_string("/proc/locks").unwrap_or_default();
    text.lines()
        .filter(|line| line.contains(" FLOCK "))
        .filter_map(|line| {
            // "1: FLOCK  ADVISORY  READ 4711 00:1a:42 0 EOF"
            let mut parts = line.split_whitespace().nth(5)?.split(':');
            let number = |text: Option<&str>| u32::from_str_radix(text?, 16).ok();
            let (high, low) = (number(parts.next())?, number(parts.next())?);
            let ino = parts.next()?.parse().ok()?;
            Some((makedev(high, low), ino))
        })
        .collect()
}

/// The processes that have these files open, by file.
fn holders(places: &BTreeSet<Place>) -> BTreeMap<Place, Vec<Holder>> {
    let mut found: BTreeMap<Place, Vec<Holder>> = BTreeMap::new();
    let pids = fs::read_dir("/proc").into_iter().flatten().flatten();
    let mut pids: Vec<u32> = pids
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
        .collect();
    pids.sort_unstable();
    for pid in pids {
        let opened = fs::read_dir(format!("/proc/{pid}/fd"));
        let held: BTreeSet<Place> = opened
            .into_iter()
            .flatten()
            .flatten()
            .filter_map(|entry| stat(entry.path()).ok())
            .map(|found| (found.st_dev, found.st_ino))
            .filter(|place| places.contains(place))
            .collect();
        for place in held {
            let command = command(pid);
            found
                .entry(place)
                .or_default()
                .push(Holder { pid, command });
        }
    }
    found
}

fn command(pid: u32) -> String {
    let line = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
    let line = String::from_utf8_lossy(&line).replace('\0', " ");
    match line.trim() {
        "" => fs::read_to_string(format!("/proc/{pid}/comm"))
            .unwrap_or_default()
            .trim()
            .into(),
        line => line.into(),
    }
}
