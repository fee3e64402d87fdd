//! What lies in /dev/shm and is not sharray's: read where it is meant, never followed and never removed.

mod names;

use std::fs;
use std::os::unix::fs::symlink;
use std::path::PathBuf;

use names::{code, file, fresh};
use sharray_memory::named::{self, PublishOptions};
use sharray_memory::{Attachment, Error, NamedOptions};

/// A file of another program, removed at the end.
struct Foreign(PathBuf);

impl Foreign {
    fn new(full: &str, bytes: &[u8]) -> Foreign {
        fs::write(file(full), bytes).unwrap();
        Foreign(file(full))
    }
}

impl Drop for Foreign {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

#[test]
fn links_pipes_folders_and_other_programs_files_are_neither_followed_nor_removed() {
    let target = Foreign::new(&fresh(), b"precious");
    let name = fresh();
    let full = format!("sharray.{name}");
    symlink(&target.0, file(&full)).unwrap();
    let link = Foreign(file(&full));
    assert_eq!(code(&Attachment::attach_name(&name, false)), "NOT_FOUND");
    assert_eq!(code(&named::unlink(&name)), "NOT_FOUND");
    let block = Attachment::create_named(10, &NamedOptions::default()).unwrap();
    assert_eq!(code(&block.link(Some(&name), false)), "FILE_EXISTS");
    let replace = PublishOptions {
        replace: true,
        mode: None,
    };
    assert_eq!(code(&block.publish(&name, &replace)), "FILE_EXISTS");
    assert!(!named::sweep().contains(&full));
    assert!(named::list().iter().all(|block| block.name != full));
    assert!(link.0.symlink_metadata().is_ok() && target.0.exists());
    drop(link);

    let folder = format!("sharray.{}", fresh());
    fs::create_dir(file(&folder)).unwrap();
    let pipe = format!("sharray.{}", fresh());
    let path = std::ffi::CString::new(file(&pipe).to_str().unwrap()).unwrap();
    // SAFETY: a path that ends in NUL.
    assert_eq!(unsafe { libc::mkfifo(path.as_ptr(), 0o600) }, 0);
    for (full, what) in [(&folder, "a directory"), (&pipe, "a pipe")] {
        match Attachment::attach_name(full, false) {
            Err(Error::NoBlock { found, .. }) => assert_eq!(found, Some(what)),
            other => panic!("{other:?}"),
        }
        let block = Attachment::create_named(10, &NamedOptions::default()).unwrap();
        let refused = block.link(Some(full), false).unwrap_err();
        assert!(
            matches!(refused, Error::FileExists { found, .. } if found == Some(what)),
            "{refused:?}"
        );
        assert!(refused.to_string().contains(what), "{refused}");
        assert!(!named::sweep().contains(full));
        assert!(file(full).exists());
    }
    fs::remove_dir(file(&folder)).unwrap();
    fs::remove_file(file(&pipe)).unwrap();
}

#[test]
fn another_programs_block_is_attached_with_its_size_and_left_alone() {
    let foreign = Foreign::new(&fresh(), &[7; 10]);
    let full = foreign.0.file_name().unwrap().to_str().unwrap();
    let block = Attachment::attach_name(full, false).unwrap();
    assert_eq!(
        (block.data_len(), block.name().as_deref()),
        (10, Some(full))
    );
    assert_eq!(
        code(&block.named_place().unwrap().unlink()),
        "NOT_SUPPORTED"
    );
    assert_eq!(code(&named::unlink(full)), "NOT_FOUND");
    let by_handle = Attachment::attach(&block.handle(), true).unwrap();
    // Publishing leaves it where it is, and goes on over a copy.
    let copy = block.publish(&fresh(), &PublishOptions::default());
    let copy = copy.unwrap().unwrap();
    assert_ne!(copy.handle().ino, block.handle().ino);
    drop((block, by_handle, copy));
    assert!(foreign.0.exists());
    // Its maker makes it longer, and shorter than somebody mapped it.
    let short = Attachment::attach_name(full, false).unwrap();
    short.as_ptr().unwrap();
    let grow = fs::OpenOptions::new().write(true).open(&foreign.0).unwrap();
    grow.set_len(100_000).unwrap();
    let long = Attachment::attach_name(full, false).unwrap();
    long.pwrite_at(b"end", 99_997).unwrap();
    let end = long.range(99_997, 3).unwrap();
    // SAFETY: `range` checked the bounds, and nobody writes meanwhile.
    assert_eq!(unsafe { std::slice::from_raw_parts(end, 3) }, b"end");
    grow.set_len(5).unwrap();
    drop((short, long));
    let cut = Attachment::attach_name(full, false).unwrap();
    grow.set_len(4).unwrap();
    assert_eq!(code(&cut.as_ptr()), "OUT_OF_BOUNDS");
}

#[test]
fn the_pages_of_another_programs_block_are_taken_before_they_are_mapped() {
    use std::os::unix::fs::MetadataExt;
    let foreign = Foreign::new(&fresh(), b"");
    let grown = fs::OpenOptions::new().write(true).open(&foreign.0).unwrap();
    grown.set_len(1 << 20).unwrap();
    let full = foreign.0.file_name().unwrap().to_str().unwrap();
    let reader = Attachment::attach_name(full, true).unwrap();
    reader.as_ptr().unwrap();
    let block = Attachment::attach_name(full, false).unwrap();
    assert!(foreign.0.metadata().unwrap().blocks() * 512 < 1 << 20);
    block.as_ptr().unwrap();
    assert!(foreign.0.metadata().unwrap().blocks() * 512 >= 1 << 20);
}
