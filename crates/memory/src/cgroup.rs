//! Memory control groups, version 1 and 2: how much every group around this process still allows.
//!
//! Past such a limit the kernel does not refuse, it kills; so it has to be known beforehand.

use std::fs;
use std::path::{Path, PathBuf};

/// What one group leaves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Group {
    /// The file that holds the limit.
    pub(crate) limit_file: PathBuf,
    /// Bytes that may still be taken.
    pub(crate) free: u64,
}

/// The two versions keep the same figures under different names.
struct Names {
    limit: &'static str,
    usage: &'static str,
    inactive_file: &'static str,
    active_file: &'static str,
}

const V1: Names = Names {
    limit: "memory.limit_in_bytes",
    usage: "memory.usage_in_bytes",
    inactive_file: "total_inactive_file",
    active_file: "total_active_file",
};
const V2: Names = Names {
    limit: "memory.max",
    usage: "memory.current",
    inactive_file: "inactive_file",
    active_file: "active_file",
};

/// Limits from here on mean "none" (version 1 writes a number just below 2^63).
const UNLIMITED: u64 = 1 << 60;

/// The tightest memory group around this process, if any limits it.
pub(crate) fn tightest() -> Option<Group> {
    let membership = fs::read_to_string("/proc/self/cgroup").ok()?;
    let mounts = fs::read_to_string("/proc/self/mountinfo").ok()?;
    tightest_in(Path::new("/"), &membership, &mounts)
}

/// The same for given texts of `/proc/self/cgroup` and `/proc/self/mountinfo`, with all mount points below `root`.
pub(crate) fn tightest_in(root: &Path, membership: &str, mounts: &str) -> Option<Group> {
    let mut tightest: Option<Group> = None;
    for mount in mounts.lines().filter_map(Mount::parse) {
        let Some(path) = membership
            .lines()
            .find_map(|line| path_of(line, mount.version2))
        else {
            continue;
        };
        let names = if mount.version2 { &V2 } else { &V1 };
        let top = root.join(mount.point.trim_start_matches('/'));
        for folder in folders(&top, mount.root, path) {
            if let Some(group) = room(&folder, names)
                && tightest
                    .as_ref()
                    .is_none_or(|other| group.free < other.free)
            {
                tightest = Some(group);
            }
        }
    }
    tightest
}

/// One mounted hierarchy that can hold memory limits.
struct Mount<'a> {
    root: &'a str,
    point: &'a str,
    version2: bool,
}

impl<'a> Mount<'a> {
    /// A line of mountinfo: `id parent dev root point options [tags] - type source super-options`.
    fn parse(line: &'a str) -> Option<Mount<'a>> {
        let (place, kind) = line.split_once(" - ")?;
        let mut place = place.split(' ').skip(3);
        let (root, point) = (place.next()?, place.next()?);
        let mut kind = kind.split(' ');
        match (kind.next()?, kind.nth(1)) {
            ("cgroup2", _) => Some(Mount {
                root,
                point,
                version2: true,
            }),
            ("cgroup", Some(options)) if options.split(',').any(|option| option == "memory") => {
                Some(Mount {
                    root,
                    point,
                    version2: false,
                })
            }
            _ => None,
        }
    }
}

/// The group of a line of `/proc/self/cgroup` (`id:controllers:path`), if it is the memory hierarchy of this version.
fn path_of(line: &str, version2: bool) -> Option<&str> {
    let mut parts = line.splitn(3, ':');
    let (id, controllers, path) = (parts.next()?, parts.next()?, parts.next()?);
    let wanted = if version2 {
        id == "0"
    } else {
        controllers.split(',').any(|name| name == "memory")
    };
    wanted.then_some(path)
}

/// The group's folder and all above it up to the mount point. In a container only a part of the hierarchy is mounted, and
/// the path may be told from outside: what cannot be found below the mount point means the mount point itself.
fn folders(top: &Path, mounted: &str, path: &str) -> Vec<PathBuf> {
    let inside = if mounted == "/" {
        Some(path)
    } else {
        path.strip_prefix(mounted)
    };
    let parts: Vec<&str> = inside
        .unwrap_or("")
        .split('/')
        .filter(|part| !part.is_empty())
        .collect();
    if parts.contains(&"..") {
        return vec![top.to_path_buf()];
    }
    (0..=parts.len())
        .rev()
        .map(|count| {
            parts[..count]
                .iter()
                .fold(top.to_path_buf(), |at, part| at.join(part))
        })
        .collect()
}

/// What one folder's group leaves: the limit less what is in use, not counting file pages that the kernel gives up on demand.
fn room(folder: &Path, names: &Names) -> Option<Group> {
    let limit_file = folder.join(names.limit);
    let limit: u64 = fs::read_to_string(&limit_file).ok()?.trim().parse().ok()?;
    if limit >= UNLIMITED {
        return None;
    }
    let usage: u64 = fs::read_to_string(folder.join(names.usage))
        .ok()?
        .trim()
        .parse()
        .ok()?;
    let stat = fs::read_to_string(folder.join("memory.stat")).unwrap_or_default();
    // Files in active use are given up last, and half of them is what the kernel itself counts as available.
    let cache = figure(&stat, names.inactive_file) + figure(&stat, names.active_file) / 2;
    Some(Group {
        limit_file,
        free: limit.saturating_sub(usage.saturating_sub(cache)),
    })
}

/// The value of a line `name value`.
fn figure(text: &str, name: &str) -> u64 {
    let value = text
        .lines()
        .find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    value
        .and_then(|value| value.trim().parse().ok())
        .unwrap_or(0)
}

#[cfg(test)]
mod tests;
