//! Archives: written whole or not at all, read back, and refused when they are damaged.

use std::fs::{self, File};
use std::os::fd::AsFd;

use sharray_file::{ArchiveInput, ArchiveOutput, Region};
use tempfile::tempdir;

fn bytes(count: usize) -> Vec<u8> {
    (0..count).map(|i| (i * 7 % 251) as u8).collect()
}

fn written(path: &str, compressed: bool) -> sharray_file::Result<()> {
    let folder = tempdir().unwrap();
    let data = folder.path().join("data");
    fs::write(&data, bytes(3_000_000)).unwrap();
    let data = File::open(data).unwrap();
    let mut archive = ArchiveOutput::new(path, false)?;
    archive.member("a", compressed)?;
    archive.write(&bytes(10))?;
    archive.member("b", compressed)?;
    archive.write(b"head")?;
    let from = Region {
        fd: data.as_fd(),
        offset: 5,
    };
    archive.write_from(from, 2_999_995)?;
    archive.publish()
}

#[test]
fn members_come_back_as_they_were() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("x.zip");
    let path = path.to_str().unwrap();
    for compressed in [false, true] {
        written(path, compressed).unwrap();
        let mut archive = ArchiveInput::open(path).unwrap();
        let sizes: Vec<_> = archive
            .members()
            .iter()
            .map(|m| (m.name.clone(), m.size))
            .collect();
        assert_eq!(sizes, [("a".to_string(), 10), ("b".to_string(), 2_999_999)]);
        assert_eq!(archive.start(0, 100).unwrap(), bytes(10));
        assert_eq!(
            archive.start(1, 6).unwrap(),
            [b"head".as_slice(), &bytes(7)[5..7]].concat()
        );
        let out = folder.path().join("out");
        let to = File::create(&out).unwrap();
        let region = Region {
            fd: to.as_fd(),
            offset: 2,
        };
        archive.copy_to(1, 4, region, 2_999_995).unwrap();
        assert_eq!(fs::read(&out).unwrap()[2..], bytes(3_000_000)[5..]);
        assert_eq!(
            archive.copy_to(0, 4, region, 7).unwrap_err().code,
            "NPZ_BAD_ARCHIVE"
        );
        assert_eq!(archive.start(2, 1).unwrap_err().code, "BAD_ARGUMENT");
    }
}

#[test]
fn what_is_given_up_leaves_the_old_file() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("x.zip");
    fs::write(&path, "old").unwrap();
    let mut archive = ArchiveOutput::new(path.to_str().unwrap(), false).unwrap();
    archive.member("a", true).unwrap();
    archive.write(&bytes(100_000)).unwrap();
    drop(archive);
    assert_eq!(fs::read(&path).unwrap(), b"old");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn a_wrong_checksum_and_a_cut_archive_are_refused() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("x.zip");
    let shown = path.to_str().unwrap();
    written(shown, false).unwrap();
    let whole = fs::read(&path).unwrap();
    let mut changed = whole.clone();
    changed[whole.len() / 2] ^= 1;
    fs::write(&path, &changed).unwrap();
    let to = tempfile::tempfile().unwrap();
    let region = Region {
        fd: to.as_fd(),
        offset: 0,
    };
    let mut archive = ArchiveInput::open(shown).unwrap();
    let error = archive.copy_to(1, 0, region, 2_999_999).unwrap_err();
    assert_eq!(
        (error.code, error.file.as_deref()),
        ("NPZ_BAD_ARCHIVE", Some(shown))
    );
    fs::write(&path, &whole[..whole.len() - 30]).unwrap();
    assert_eq!(
        ArchiveInput::open(shown).err().unwrap().code,
        "NPZ_BAD_ARCHIVE"
    );
}
