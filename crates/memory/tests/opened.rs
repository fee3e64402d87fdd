//! Files that are opened by their path.

mod blocks;
mod files;
mod names;

use std::fs::{self, File, OpenOptions};
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::fs::MetadataExt;
use std::os::unix::net::UnixListener;
use std::path::PathBuf;
use std::sync::Arc;

use blocks::{alone, block, dup, mismatch, read, write};
use files::Temporary;
use names::{code, file, fresh};
use rustix::fs::{FlockOperation, fcntl_getfl, flock};
use sharray_memory::named::PublishOptions;
use sharray_memory::{Attachment, Error, Mode, Nonce, mappings, release, settle};

const MODES: [Mode; 3] = [Mode::Read, Mode::Write, Mode::CopyOnWrite];

#[test]
fn stores_reach_the_file_or_stay_where_they_are() {
    let _alone = alone();
    for mode in MODES {
        let file = Temporary::lettered(10_000);
        let opened = file.open(mode);
        assert_eq!(opened.data_len(), 10_000);
        assert_eq!(opened.readonly(), mode == Mode::Read);
        assert_eq!(opened.copy_on_write(), mode == Mode::CopyOnWrite);
        assert!(opened.is_file() && !opened.is_named() && opened.name().is_none());
        assert!(opened.named_place().is_none());
        assert_eq!(read(&opened, 0, 4), b"head");
        write(&opened, 0, b"HEAD");
        assert_eq!(read(&opened, 0, 4), b"HEAD");
        let reaches = mode == Mode::Write;
        assert_eq!(file.start(), if reaches { b"HEAD" } else { b"head" });

        let written = opened.pwrite_at(b"tail", 4);
        let expected = ["READ_ONLY", "OK", "NOT_SUPPORTED"];
        assert_eq!(code(&written), expected[mode as usize]);
        // A read-only attachment reads the file, a copy-on-write one what it shows.
        let mut found = [0; 4];
        opened.pread_at(&mut found, 0).unwrap();
        assert_eq!(&found, if mode == Mode::Read { b"head" } else { b"HEAD" });
    }
}

#[test]
fn readers_share_a_mapping_and_each_copy_has_its_own() {
    let _alone = alone();
    let before = mappings();
    let file = Temporary::lettered(5000);
    let readers = [file.open(Mode::Read), file.open(Mode::Read)];
    let writers = [file.open(Mode::Write), file.open(Mode::Write)];
    assert_eq!(mappings(), before + 2);
    let copies = [file.open(Mode::CopyOnWrite), file.open(Mode::CopyOnWrite)];
    assert_eq!(mappings(), before + 4);
    write(&copies[0], 0, b"1111");
    write(&copies[1], 0, b"2222");
    // A page that was not changed yet follows the file; one that was does not.
    write(&writers[0], 0, b"3333");
    assert_eq!(read(&copies[0], 0, 4), b"1111");
    assert_eq!(read(&copies[1], 0, 4), b"2222");
    for follower in readers.iter().chain(&writers) {
        assert_eq!(read(follower, 0, 4), b"3333");
    }
    drop((readers, writers, copies));
    assert_eq!(mappings(), before);
}

#[test]
fn a_file_is_neither_locked_nor_removed() {
    let _alone = alone();
    let name = fresh();
    let named = names::named(5000, &name, false);
    for mode in MODES {
        let file = Temporary::lettered(5000);
        let other = File::open(&file.0).unwrap();
        flock(&other, FlockOperation::NonBlockingLockExclusive).unwrap();
        let opened = file.open(mode);
        let again = Attachment::attach(&opened.handle(), true).unwrap();
        flock(&other, FlockOperation::Unlock).unwrap();
        flock(&other, FlockOperation::NonBlockingLockExclusive).unwrap();
        drop((opened, again));
        assert!(file.0.exists());
        // The file of a named block is a file too: whoever opens it by its path has no lease.
        let path = format!("/dev/shm/sharray.{name}");
        drop(Attachment::open_file(&path, mode).unwrap());
        assert!(PathBuf::from(&path).exists());
    }
    drop(named);
    assert!(!file(&format!("sharray.{name}")).exists());
}

#[test]
fn what_was_opened_for_reading_is_attached_for_reading() {
    let _alone = alone();
    for mode in [Mode::Read, Mode::Write] {
        let file = Temporary::lettered(5000);
        let opened = file.open(mode);
        let handle = opened.handle();
        assert!(handle.nonce.is_of_opened() && handle.nonce.is_from_here());
        for readonly in [true, false] {
            let attached = [
                Attachment::attach(&handle, readonly).unwrap(),
                Attachment::attach_fd(dup(&opened), &handle, readonly).unwrap(),
            ];
            for other in attached {
                assert!(other.is_file());
                assert_eq!(other.readonly(), readonly || mode == Mode::Read);
                assert_eq!(other.handle().nonce, handle.nonce);
                write(&other, 0, if other.readonly() { b"lost" } else { b"made" });
                assert_ne!(file.start(), b"lost");
                let flags = fcntl_getfl(other.fd()).unwrap();
                assert!(mode == Mode::Write || !flags.contains(rustix::fs::OFlags::RDWR));
                // Nor does the handle of an attachment give more.
                let third = Attachment::attach(&other.handle(), false).unwrap();
                assert!(mode == Mode::Write || third.readonly());
            }
        }
        let now: &[u8] = if mode == Mode::Write {
            b"made"
        } else {
            b"head"
        };
        assert_eq!(file.start(), now);
    }
}

#[test]
fn every_field_of_a_handle_is_checked() {
    let _alone = alone();
    let file = Temporary::lettered(5000);
    let opened = file.open(Mode::Read);
    let good = opened.handle();
    let (memory, other) = (block(5000), Temporary::lettered(5000));
    let other = other.open(Mode::Read);
    let attach = |handle: &sharray_memory::Handle| Attachment::attach(handle, false);
    let with = |change: &dyn Fn(&mut sharray_memory::Handle)| {
        let mut changed = good.clone();
        change(&mut changed);
        changed
    };
    assert_eq!(mismatch(attach(&with(&|h| h.dev += 1))), "dev");
    assert_eq!(mismatch(attach(&with(&|h| h.ino += 1))), "ino");
    assert_eq!(mismatch(attach(&with(&|h| h.size += 1))), "size");
    assert_eq!(
        mismatch(attach(&with(&|h| h.name = Some("x".into())))),
        "name"
    );
    assert_eq!(
        mismatch(attach(&with(&|h| h.fd = other.fd().as_raw_fd()))),
        "fd"
    );
    assert_eq!(
        code(&attach(&with(&|h| h.nonce = Nonce::from_bytes([7; 16])))),
        "HANDLE_MISMATCH"
    );
    assert_eq!(
        mismatch(attach(&with(&|h| h.nonce = other.handle().nonce))),
        "nonce"
    );
    assert_eq!(
        code(&attach(&with(&|h| h.version += 1))),
        "VERSION_MISMATCH"
    );
    assert_eq!(code(&attach(&with(&|h| h.pid = 1 << 30))), "BLOCK_GONE");

    // By a descriptor that was sent.
    let sent = |from: &Attachment| Attachment::attach_fd(dup(from), &good, false);
    assert!(sent(&opened).is_ok());
    assert_eq!(mismatch(sent(&other)), "ino");
    let of_memory = sharray_memory::Handle {
        dev: memory.handle().dev,
        ino: memory.handle().ino,
        ..good.clone()
    };
    let refused = Attachment::attach_fd(dup(&memory), &of_memory, false);
    assert_eq!(mismatch(refused), "ino");

    drop(opened);
    assert_eq!(code(&attach(&good)), "BLOCK_GONE");
}

#[test]
fn only_regular_files_are_opened_and_none_is_waited_for() {
    let _alone = alone();
    let folder = std::env::temp_dir().join(format!("sharray-{}", fresh()));
    fs::create_dir(&folder).unwrap();
    let at = |name: &str| folder.join(name).to_str().unwrap().to_string();
    let pipe = std::ffi::CString::new(at("pipe")).unwrap();
    // SAFETY: a path that ends in NUL.
    assert_eq!(unsafe { libc::mkfifo(pipe.as_ptr(), 0o600) }, 0);
    let _socket = UnixListener::bind(at("socket")).unwrap();
    std::os::unix::fs::symlink(at("pipe"), at("link")).unwrap();
    let memory = block(100);
    let without_name = format!("/proc/self/fd/{}", memory.fd().as_raw_fd());
    for mode in MODES {
        for (path, expected) in [
            (at(""), "IS_DIRECTORY"),
            (at("pipe"), "NOT_SUPPORTED"),
            (at("link"), "NOT_SUPPORTED"),
            (at("socket"), "NOT_SUPPORTED"),
            (at("nothing"), "FILE_NOT_FOUND"),
            (at("pipe/x"), "FILE_NOT_FOUND"),
            ("/dev/null".into(), "NOT_SUPPORTED"),
            (without_name.clone(), "NOT_SUPPORTED"),
            (at(&"x".repeat(300)), "IO_ERROR"),
        ] {
            let opened = Attachment::open_file(&path, mode);
            assert_eq!(code(&opened), expected, "{path} {mode:?}");
            let told = opened.unwrap_err().details();
            assert!(!told.is_empty());
        }
    }
    let made_up = Attachment::open_file("/proc/self/maps", Mode::Read).unwrap_err();
    assert!(made_up.to_string().contains("a file of /proc"), "{made_up}");
    fs::remove_dir_all(folder).unwrap();
}

#[test]
fn a_file_that_was_cut_is_refused_before_it_is_touched() {
    let _alone = alone();
    for mode in MODES {
        let file = Temporary::lettered(20_000);
        let opened = Attachment::open_file(file.path(), mode).unwrap();
        file.cut(10_000);
        assert_eq!(code(&opened.narrow(20_000)), "INPUT_CHANGED");
        opened.narrow(10_000).unwrap();
        file.cut(9_999);
        let refused = opened.range(0, 10_000);
        let Err(Error::FileCut {
            path,
            expected,
            found,
        }) = refused
        else {
            panic!("{refused:?}");
        };
        assert_eq!(
            (path.as_str(), expected, found),
            (file.path(), 10_000, 9_999)
        );
        let mut last = [0; 100];
        assert_eq!(code(&opened.pread_at(&mut last, 9_900)), "INPUT_CHANGED");
        assert_eq!(code(&opened.narrow(10_001)), "OUT_OF_BOUNDS");
        // A file that becomes longer is the same array.
        file.cut(50_000);
        assert_eq!(read(&opened, 0, 4), b"head");
        assert!(mode == Mode::CopyOnWrite || Attachment::attach(&opened.handle(), false).is_ok());
    }
}

#[test]
fn holes_get_their_place_before_they_are_written() {
    let _alone = alone();
    const SIZE: u64 = 3 << 20;
    for mode in MODES {
        let file = Temporary::lettered(5000);
        file.cut(SIZE);
        let taken = || fs::metadata(&file.0).unwrap().blocks() * 512;
        let before = taken();
        let opened = file.open(mode);
        assert_eq!(read(&opened, SIZE - 4, 4), [0; 4]);
        match mode {
            Mode::Write => assert!(taken() >= SIZE, "{} of {SIZE}", taken()),
            // A file system may count what was written late.
            _ => assert!(taken() < before + SIZE / 2),
        }
        assert_eq!(read(&opened, 0, 4), b"head");
    }
}

#[test]
fn a_published_file_goes_on_as_a_named_copy() {
    let _alone = alone();
    let options = PublishOptions::default();
    for mode in MODES {
        let (original, name) = (Temporary::lettered(20_000), fresh());
        let opened = original.open(mode);
        let base = opened.as_ptr().unwrap();
        write(&opened, 0, b"MINE");
        let published = opened.publish(&name, &options);
        if mode == Mode::Read {
            assert_eq!(code(&published), "READ_ONLY");
            continue;
        }
        let copy = published.unwrap().unwrap();
        let copy = copy.succeed(Arc::new(opened)).unwrap();
        assert!(copy.is_named() && !copy.copy_on_write());
        assert_eq!(copy.as_ptr().unwrap(), base, "its addresses stay");
        assert_eq!(read(&copy, 0, 4), b"MINE");
        write(&copy, 0, b"NAME");
        let full = format!("sharray.{name}");
        assert_eq!(fs::read(file(&full)).unwrap()[..4], *b"NAME");
        let kept: &[u8] = if mode == Mode::Write {
            b"MINE"
        } else {
            b"head"
        };
        assert_eq!(original.start(), kept);
    }
}

#[test]
fn a_deleted_file_and_a_replaced_one_stay_mapped() {
    let _alone = alone();
    let file = Temporary::lettered(5000);
    let opened = file.open(Mode::Write);
    fs::rename(&Temporary::new(b"another").0, &file.0).unwrap();
    assert_eq!(read(&opened, 0, 4), b"head");
    let other = Attachment::attach(&opened.handle(), false).unwrap();
    write(&other, 0, b"HEAD");
    assert_eq!(read(&opened, 0, 4), b"HEAD");
    assert_eq!(file.start(), b"anot");
}

#[test]
fn a_large_file_is_let_go_with_its_descriptor() {
    let _alone = alone();
    let before = mappings();
    let file = Temporary::lettered(4);
    file.cut(32 << 20);
    for mode in [Mode::Read, Mode::CopyOnWrite] {
        let opened = Arc::new(file.open(mode));
        let (hold, link) = (
            opened.hold().unwrap(),
            format!("/proc/self/fd/{}", opened.fd().as_raw_fd()),
        );
        let base = opened.as_ptr().unwrap();
        write(&opened, 0, b"kept");
        release(opened);
        settle();
        assert!(fs::read_link(&link).map_or(true, |now| now != file.0));
        // SAFETY: `hold` keeps the addresses, which show zeros.
        assert_eq!(unsafe { base.read_volatile() }, 0);
        drop(hold);
        assert_eq!(mappings(), before);
        // Never mapped: nothing is mapped for the end.
        release(Arc::new(Attachment::open_file(file.path(), mode).unwrap()));
    }
}

#[test]
fn a_descriptor_that_can_only_be_written_is_of_no_use() {
    let _alone = alone();
    let file = Temporary::lettered(5000);
    let handle = file.open(Mode::Write).handle();
    let only = OpenOptions::new().write(true).open(&file.0).unwrap();
    let attached = Attachment::attach_fd(OwnedFd::from(only), &handle, false).unwrap();
    assert!(attached.readonly());
    assert_eq!(code(&attached.as_ptr().map(drop)), "IO_ERROR");
}
