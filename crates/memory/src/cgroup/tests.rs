//! Against folders that look like the kernel's.

use std::fs;
use std::path::{Path, PathBuf};

use super::*;

/// A folder of its own for each test, removed at its end.
struct Tree(PathBuf);

impl Tree {
    fn new(name: &str) -> Tree {
        let root =
            std::env::temp_dir().join(format!("sharray-cgroup-{}-{name}", std::process::id()));
        let _ = fs::remove_dir_all(&root);
        fs::create_dir_all(&root).unwrap();
        Tree(root)
    }

    fn group(&self, folder: &str, files: &[(&str, &str)]) {
        let folder = self.0.join(folder);
        fs::create_dir_all(&folder).unwrap();
        for (name, text) in files {
            fs::write(folder.join(name), text).unwrap();
        }
    }

    fn tightest(&self, membership: &str, mounts: &str) -> Option<(PathBuf, u64)> {
        let group = tightest_in(&self.0, membership, mounts)?;
        let place = group
            .limit_file
            .strip_prefix(&self.0)
            .unwrap()
            .to_path_buf();
        Some((place, group.free))
    }
}

impl Drop for Tree {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

const V1_MOUNTS: &str = "\
31 23 0:28 / /sys/fs/cgroup rw,relatime - tmpfs tmpfs rw,mode=755
32 31 0:29 / /sys/fs/cgroup/cpu rw,relatime - cgroup cgroup rw,cpu
35 31 0:32 / /sys/fs/cgroup/memory rw,relatime shared:9 - cgroup cgroup rw,memory
41 31 0:38 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw
";
const V2_MOUNTS: &str = "30 23 0:26 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate,memory_recursiveprot\n";
const NONE: &str = "9223372036854771712\n";

#[test]
fn version_1_takes_the_tightest_of_all_enclosing_groups() {
    let tree = Tree::new("v1");
    tree.group(
        "sys/fs/cgroup/memory",
        &[
            ("memory.limit_in_bytes", NONE),
            ("memory.usage_in_bytes", "99\n"),
        ],
    );
    tree.group(
        "sys/fs/cgroup/memory/a",
        &[
            ("memory.limit_in_bytes", "1000\n"),
            ("memory.usage_in_bytes", "900\n"),
        ],
    );
    tree.group(
        "sys/fs/cgroup/memory/a/b",
        &[
            ("memory.limit_in_bytes", "800\n"),
            ("memory.usage_in_bytes", "300\n"),
        ],
    );
    let found = tree.tightest("5:cpu,memory:/a/b\n3:cpuset:/x\n0::/\n", V1_MOUNTS);
    assert_eq!(
        found,
        Some((
            Path::new("sys/fs/cgroup/memory/a/memory.limit_in_bytes").into(),
            100
        ))
    );
}

#[test]
fn version_2_takes_the_tightest_of_all_enclosing_groups() {
    let tree = Tree::new("v2");
    tree.group("sys/fs/cgroup", &[]); // the root has no limit
    tree.group(
        "sys/fs/cgroup/user",
        &[("memory.max", "max\n"), ("memory.current", "5\n")],
    );
    tree.group(
        "sys/fs/cgroup/user/job",
        &[("memory.max", "5000\n"), ("memory.current", "1000\n")],
    );
    let found = tree.tightest("0::/user/job\n", V2_MOUNTS);
    assert_eq!(
        found,
        Some((Path::new("sys/fs/cgroup/user/job/memory.max").into(), 4000))
    );
}

#[test]
fn file_pages_that_the_kernel_gives_up_do_not_count_as_used() {
    let tree = Tree::new("cache");
    let stat = "anon 100\ninactive_file 600\nactive_file 200\ninactive_anon 7\n";
    tree.group(
        "sys/fs/cgroup/j",
        &[
            ("memory.max", "1000"),
            ("memory.current", "900"),
            ("memory.stat", stat),
        ],
    );
    assert_eq!(tree.tightest("0::/j\n", V2_MOUNTS).unwrap().1, 800);

    let stat = "inactive_file 1\ntotal_inactive_file 500\ntotal_active_file 0\n";
    let files = [
        ("memory.limit_in_bytes", "1000"),
        ("memory.usage_in_bytes", "900"),
        ("memory.stat", stat),
    ];
    tree.group("sys/fs/cgroup/memory/j", &files);
    assert_eq!(tree.tightest("4:memory:/j\n", V1_MOUNTS).unwrap().1, 600);
}

#[test]
fn a_group_over_its_limit_leaves_nothing() {
    let tree = Tree::new("over");
    tree.group(
        "sys/fs/cgroup/j",
        &[("memory.max", "1000"), ("memory.current", "1900")],
    );
    assert_eq!(tree.tightest("0::/j\n", V2_MOUNTS).unwrap().1, 0);
}

#[test]
fn inside_a_container_the_mount_shows_only_the_container() {
    let tree = Tree::new("docker");
    let mounts = V1_MOUNTS.replace("0:32 / /sys", "0:32 /docker/abc /sys");
    let files = [
        ("memory.limit_in_bytes", "1000"),
        ("memory.usage_in_bytes", "400"),
    ];
    tree.group("sys/fs/cgroup/memory", &files);
    // The path as seen from outside, equal to the mounted part; from inside a namespace; and from beside it.
    for path in ["/docker/abc", "/", "/../other", "/elsewhere"] {
        let found = tree.tightest(&format!("4:memory:{path}\n"), &mounts);
        assert_eq!(found.map(|(_, free)| free), Some(600), "{path}");
    }
}

#[test]
fn without_memory_groups_nothing_limits() {
    let tree = Tree::new("none");
    assert_eq!(tree.tightest("", ""), None);
    assert_eq!(tree.tightest("0::/\n", V2_MOUNTS), None);
    assert_eq!(tree.tightest("4:memory:/gone\n", V1_MOUNTS), None);
    assert_eq!(
        tree.tightest("nonsense\n::\n", "nonsense\n - \n1 2 3 - cgroup\n"),
        None
    );
}
