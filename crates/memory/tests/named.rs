//! Named blocks in one process: names, forms, leases, publishing.

mod names;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::sync::Arc;

use names::{code, file, fresh, named};
use sharray_memory::named::{self, PublishOptions};
use sharray_memory::{Attachment, Error, NamedOptions, Reserve, release, settle};

#[test]
fn a_block_appears_when_it_is_linked_and_goes_with_its_last_lease() {
    let name = fresh();
    let block = Attachment::create_named(5000, &NamedOptions::default()).unwrap();
    assert_eq!(block.name(), None);
    block.pwrite_at(b"done", 4996).unwrap();
    assert!(!file(&format!("sharray.{name}")).exists());
    let full = block.link(Some(&name), false).unwrap();
    assert_eq!(full, format!("sharray.{name}"));
    assert_eq!(fs::read(file(&full)).unwrap()[4996..], *b"done");
    let mode = fs::metadata(file(&full)).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);

    let other = Attachment::attach_name(&name, false).unwrap();
    assert_eq!(
        other.as_ptr().unwrap(),
        block.as_ptr().unwrap(),
        "one mapping"
    );
    drop(block);
    assert!(!named::sweep().contains(&full), "it is held");
    assert!(file(&full).exists());
    drop(other);
    assert!(!file(&full).exists());
    assert_eq!(code(&Attachment::attach_name(&name, false)), "NOT_FOUND");
}

#[test]
fn a_block_that_is_never_linked_has_no_name_to_leave() {
    let block = Attachment::create_named(5000, &NamedOptions::default()).unwrap();
    let found = rustix::fs::fstat(block.fd()).unwrap();
    assert_eq!((found.st_nlink, found.st_size), (0, 5000));
    assert!(block.named_place().is_none());
}

#[test]
fn a_large_block_loses_its_name_at_once_and_its_pages_aside() {
    let name = fresh();
    let block = Arc::new(named(32 << 20, &name, false));
    block.as_ptr().unwrap();
    let hold = block.hold().unwrap();
    release(block);
    assert_eq!(code(&Attachment::attach_name(&name, false)), "NOT_FOUND");
    settle();
    drop(hold);
}

#[test]
fn persistent_blocks_stay_until_they_are_unlinked() {
    let name = fresh();
    let block = named(10, &name, true);
    let (full, place) = (block.name().unwrap(), block.named_place().unwrap());
    assert_eq!(&*full, format!("sharray-keep.{name}"));
    drop(block);
    assert!(!named::sweep().contains(&full.to_string()));
    assert_eq!(Attachment::attach_name(&name, true).unwrap().data_len(), 10);
    place.unlink().unwrap();
    place.unlink().unwrap();
    assert_eq!(code(&named::unlink(&name)), "NOT_FOUND");
}

#[test]
fn a_name_is_taken_in_both_forms() {
    let name = fresh();
    for (first, second) in [(false, true), (true, false), (false, false), (true, true)] {
        let block = named(10, &name, first);
        let other = Attachment::create_named(10, &NamedOptions::default()).unwrap();
        match other.link(Some(&name), second) {
            Err(Error::FileExists { name, .. }) => {
                assert_eq!(Some(&*name), block.name().as_deref())
            }
            other => panic!("{other:?}"),
        }
        assert_eq!(
            code(&other.publish(&name, &PublishOptions::default())),
            "FILE_EXISTS"
        );
        named::unlink(&name).unwrap();
        other.link(Some(&name), second).unwrap();
        assert_eq!(code(&other.link(Some(&fresh()), false)), "NOT_SUPPORTED");
        other.named_place().unwrap().unlink().unwrap();
    }
}

#[test]
fn whoever_closes_removes_only_his_own_block() {
    let name = fresh();
    let old = named(10, &name, false);
    let options = PublishOptions {
        replace: true,
        mode: Some(0o640),
    };
    let new = named(20, &fresh(), false);
    new.publish(&name, &options).unwrap();
    drop(old);
    let full = new.name().unwrap();
    let mode = fs::metadata(file(&full)).unwrap().permissions().mode();
    assert_eq!((file(&full).exists(), mode & 0o777), (true, 0o640));
    // The name of one that was unlinked may be taken by another, too.
    let place = new.named_place().unwrap();
    place.unlink().unwrap();
    let third = named(30, &name, false);
    place.unlink().unwrap();
    drop(new);
    assert!(file(&third.name().unwrap()).exists());
}

#[test]
fn a_handle_leads_by_name_and_then_through_proc() {
    let block = named(100, &fresh(), false);
    let handle = block.handle();
    let by_name = Attachment::attach(&handle, false).unwrap();
    assert_eq!(by_name.name(), block.name());
    let mut elsewhere = handle.clone();
    elsewhere.pid = i32::MAX as u32;
    assert!(Attachment::attach(&elsewhere, false).is_ok());
    elsewhere.size += 1;
    match Attachment::attach(&elsewhere, false) {
        Err(Error::HandleMismatch { field, .. }) => assert_eq!(field, "size"),
        other => panic!("{other:?}"),
    }
    let mut forged = handle.clone();
    forged.name = Some("../etc/passwd".into());
    assert_eq!(code(&Attachment::attach(&forged, false)), "BAD_ARGUMENT");
    block.named_place().unwrap().unlink().unwrap();
    let through_proc = Attachment::attach(&handle, false).unwrap();
    through_proc.pwrite_at(b"x", 99).unwrap();
    drop((block, by_name, through_proc));
    let gone = Attachment::attach(&handle, false).unwrap_err();
    assert_eq!(gone.code(), "BLOCK_GONE");
    let message = gone.to_string();
    assert!(message.contains("does not lead to it"), "{message}");
}

#[test]
fn a_handle_of_a_name_that_another_block_has_by_now_leads_to_its_own_block() {
    let name = fresh();
    let old = named(10, &name, false);
    let handle = old.handle();
    let new = named(10, &fresh(), false);
    new.publish(
        &name,
        &PublishOptions {
            replace: true,
            mode: None,
        },
    )
    .unwrap();
    let attached = Attachment::attach(&handle, false).unwrap();
    assert_eq!(attached.handle().ino, handle.ino);
}

#[test]
fn a_copy_is_published_over_the_same_addresses() {
    let block = Arc::new(Attachment::create(3 << 20, Reserve::All).unwrap());
    block.pwrite_at(b"head", 0).unwrap();
    block.pwrite_at(b"tail", (3 << 20) - 4).unwrap();
    let (at, hold) = (block.as_ptr().unwrap(), block.hold().unwrap());
    let name = fresh();
    let copy = block
        .publish(&name, &PublishOptions::default())
        .unwrap()
        .unwrap();
    let new = copy.succeed(block).unwrap();
    assert_eq!(new.as_ptr().unwrap(), at);
    let full = new.name().unwrap();
    // SAFETY: `new` and `hold` keep the addresses, and nobody else writes.
    unsafe { at.write_volatile(b'H') };
    let bytes = fs::read(file(&full)).unwrap();
    assert_eq!(
        (&bytes[..4], &bytes[(3 << 20) - 4..]),
        (&b"Head"[..], &b"tail"[..])
    );
    drop(new);
    assert!(!file(&full).exists());
    // SAFETY: `hold` keeps the addresses.
    assert_eq!(unsafe { at.read_volatile() }, 0);
    drop(hold);
}

#[test]
fn a_copy_gets_other_addresses_while_somebody_uses_the_old_ones() {
    let block = Arc::new(Attachment::create(100, Reserve::All).unwrap());
    let other = Attachment::attach(&block.handle(), false).unwrap();
    assert_eq!(block.as_ptr().unwrap(), other.as_ptr().unwrap());
    let copy = block
        .publish(&fresh(), &PublishOptions::default())
        .unwrap()
        .unwrap();
    let apart = copy.succeed(Arc::clone(&block)).unwrap_err();
    let apart = apart.new.succeed(apart.old).unwrap_err();
    drop(block);
    let apart = apart.new.succeed(apart.old).unwrap_err();
    assert_ne!(apart.new.as_ptr().unwrap(), other.as_ptr().unwrap());
    assert_eq!(apart.old.as_ptr().unwrap(), other.as_ptr().unwrap());
}

#[test]
fn a_holder_that_never_knew_the_name_takes_it_along_as_the_last() {
    let block = Attachment::create_named(10, &NamedOptions::default()).unwrap();
    let fd = block.fd().try_clone_to_owned().unwrap();
    let other = Attachment::attach_fd(fd, &block.handle(), false).unwrap();
    let full = block.link(Some(&fresh()), false).unwrap();
    drop(block);
    assert!(file(&full).exists());
    assert_eq!(other.name(), None);
    drop(other);
    assert!(!file(&full).exists());
}

#[test]
fn a_publication_that_was_refused_can_be_tried_again() {
    let name = fresh();
    let folder = file(&format!("sharray.{name}"));
    fs::create_dir(&folder).unwrap();
    let block = Attachment::create_named(10, &NamedOptions::default()).unwrap();
    let replace = PublishOptions {
        replace: true,
        mode: None,
    };
    for _ in 0..2 {
        assert_eq!(code(&block.publish(&name, &replace)), "FILE_EXISTS");
        assert_eq!((block.name(), block.handle().name), (None, None));
    }
    fs::remove_dir(&folder).unwrap();
    assert!(block.publish(&name, &replace).unwrap().is_none());
    let left = fs::read_dir("/dev/shm").unwrap().flatten();
    let left: Vec<_> = left
        .filter(|entry| entry.file_name().to_string_lossy().contains(&name))
        .collect();
    assert_eq!(left.len(), 1, "{left:?}");
}

#[test]
fn what_is_not_done_is_not_published() {
    let sparse = Attachment::create(100, Reserve::Sparse).unwrap();
    let done = PublishOptions::default();
    assert_eq!(code(&sparse.publish(&fresh(), &done)), "NOT_SUPPORTED");
    assert_eq!(code(&sparse.link(Some(&fresh()), false)), "NOT_SUPPORTED");
    let readonly = Attachment::attach(&sparse.handle(), true).unwrap();
    assert_eq!(code(&readonly.publish(&fresh(), &done)), "READ_ONLY");
}

#[test]
fn more_than_the_mount_has_is_no_space_and_says_so() {
    let error = Attachment::create_named(1 << 50, &NamedOptions::default()).unwrap_err();
    assert_eq!(error.code(), "NO_SPACE");
    let message = error.to_string();
    assert!(
        message.contains("/dev/shm") && message.contains("sharray rm"),
        "{message}"
    );
    for size in [u64::MAX, 1 << 63, (1 << 62) + 1] {
        assert_eq!(
            code(&Attachment::create_named(size, &NamedOptions::default())),
            "NO_SPACE"
        );
    }
}

#[test]
fn nothing_is_left_of_many_names() {
    let name = fresh();
    for round in 0..300 {
        let block = named(1 + round, &name, false);
        let other = Attachment::attach_name(&name, round % 2 == 0).unwrap();
        block.as_ptr().unwrap();
        other.as_ptr().unwrap();
    }
    assert!(!file(&format!("sharray.{name}")).exists());
}

#[test]
fn threads_that_attach_and_close_at_once_never_lose_a_block_that_is_held() {
    let name = fresh();
    let block = named(64, &name, false);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..300 {
                    drop(Attachment::attach_name(&name, false).unwrap());
                    named::sweep();
                }
            });
        }
    });
    assert!(file(&block.name().unwrap()).exists());
}
