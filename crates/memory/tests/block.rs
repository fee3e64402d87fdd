//! Blocks: seals, attaching, cutting, mappings, and what is left afterwards.

use std::fs;
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::sync::atomic::{AtomicBool, Ordering};

use proptest::prelude::*;
use rustix::fs::{FallocateFlags, SealFlags, fallocate, fcntl_get_seals, fstat, ftruncate};
use rustix::io::Errno;
use sharray_memory::{Attachment, Error, Handle, Nonce, Reserve};

mod blocks;
use blocks::*;

#[test]
fn a_block_is_sealed_against_any_change_of_size() {
    let _alone = alone();
    let block = block(10_000);
    let seals = fcntl_get_seals(block.fd()).unwrap();
    assert!(seals.contains(SealFlags::SEAL | SealFlags::SHRINK | SealFlags::GROW));
    assert!(!seals.contains(SealFlags::WRITE));
    assert_eq!(ftruncate(block.fd(), 0), Err(Errno::PERM));
    assert_eq!(ftruncate(block.fd(), 1 << 30), Err(Errno::PERM));
    assert_eq!(
        fallocate(block.fd(), FallocateFlags::empty(), 0, 1 << 20),
        Err(Errno::PERM)
    );
}

#[test]
fn a_new_block_is_reserved_and_zero() {
    let _alone = alone();
    let block = block(1_000_000);
    assert_eq!(block.data_len(), 1_000_000);
    assert!(fstat(block.fd()).unwrap().st_blocks as u64 * 512 >= 1_000_000);
    assert!(read(&block, 0, 1_000_000).iter().all(|byte| *byte == 0));
}

#[test]
fn a_readonly_attachment_keeps_its_stores_to_itself() {
    let _alone = alone();
    let block = block(100);
    block.pwrite_at(b"abc", 0).unwrap();
    let readonly = Attachment::attach(&block.handle(), true).unwrap();
    write(&readonly, 0, b"xyz");
    assert_eq!(read(&block, 0, 3), b"abc");
    assert_eq!(read(&readonly, 0, 3), b"xyz");
    assert_eq!(readonly.pwrite_at(b"no", 0), Err(Error::ReadOnly));
    // Its descriptor, sent on, can still become a writing attachment.
    let writing = Attachment::attach_fd(dup(&readonly), &block.handle(), false).unwrap();
    write(&writing, 0, b"def");
    assert_eq!(read(&block, 0, 3), b"def");
}

#[test]
fn a_descriptor_that_leads_elsewhere_for_moments_is_the_block_or_none() {
    let _alone = alone();
    let block = block(5000);
    let others = ["/", "/dev/null", "/proc/self/stat"].map(|path| {
        rustix::fs::open(path, rustix::fs::OFlags::RDONLY, rustix::fs::Mode::empty()).unwrap()
    });
    let mut slot = dup(&block);
    let mut handle = block.handle();
    handle.fd = slot.as_raw_fd();
    let over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !over.load(Ordering::Relaxed) {
                for other in &others {
                    rustix::io::dup2(other, &mut slot).unwrap();
                    rustix::io::dup2(block.fd(), &mut slot).unwrap();
                }
            }
        });
        let results: Vec<_> = (0..5000)
            .map(|_| Attachment::attach(&handle, false).map(|_| ()))
            .collect();
        over.store(true, Ordering::Relaxed);
        for result in results {
            match result {
                // The other descriptor that leads to the block is named where this one did not.
                Err(Error::HandleMismatch {
                    field: "fd", block, ..
                }) if block != handle.fd.to_string() => {}
                Ok(()) | Err(Error::BlockGone { .. }) => {}
                Err(other) => panic!("{other}"),
            }
        }
    });
}

#[test]
fn every_field_of_a_handle_is_checked() {
    let _alone = alone();
    let (block, other) = (block(5000), block(5000));
    let good = block.handle();
    let tampered = |change: fn(&mut Handle)| {
        let mut handle = good.clone();
        change(&mut handle);
        handle
    };
    assert_eq!(
        mismatch(Attachment::attach(&tampered(|h| h.dev += 1), false)),
        "dev"
    );
    assert_eq!(
        mismatch(Attachment::attach(
            &tampered(|h| h.ino += 1_000_000_000),
            false
        )),
        "ino"
    );
    assert_eq!(
        mismatch(Attachment::attach(&tampered(|h| h.size += 1), false)),
        "size"
    );
    assert_eq!(
        mismatch(Attachment::attach(
            &tampered(|h| h.nonce = Nonce::draw().unwrap()),
            false
        )),
        "nonce"
    );
    assert_eq!(
        mismatch(Attachment::attach(
            &Handle {
                fd: other.handle().fd,
                ..good.clone()
            },
            false
        )),
        "fd"
    );
    assert_eq!(
        mismatch(Attachment::attach(&tampered(|h| h.fd = 0), false)),
        "fd"
    );
    assert_eq!(
        mismatch(Attachment::attach(&tampered(|h| h.fd = 99_999), false)),
        "fd"
    );
    let version = Attachment::attach(&tampered(|h| h.version = 2), false).unwrap_err();
    assert_eq!(
        version,
        Error::VersionMismatch {
            found: 2,
            place: "handle"
        }
    );
    let pid = Attachment::attach(&tampered(|h| h.pid = i32::MAX as u32), false).unwrap_err();
    assert_eq!(pid.code(), "BLOCK_GONE");
    assert_eq!(
        mismatch(Attachment::attach_fd(dup(&other), &good, false)),
        "ino"
    );
    assert_eq!(
        mismatch(Attachment::attach_fd(
            dup(&block),
            &tampered(|h| h.size -= 1),
            false
        )),
        "size"
    );
    let file: OwnedFd = fs::File::open("/proc/self/exe").unwrap().into();
    assert!(["dev", "ino"].contains(&mismatch(Attachment::attach_fd(file, &good, false))));
}

#[test]
fn a_closed_block_is_gone_also_when_its_descriptor_means_another_file() {
    let _alone = alone();
    let first = block(100);
    let handle = first.handle();
    drop(first);
    assert_eq!(
        Attachment::attach(&handle, false).unwrap_err().code(),
        "BLOCK_GONE"
    );
    let second = block(100);
    assert_eq!(
        second.handle().fd,
        handle.fd,
        "the lowest free number is used again"
    );
    assert_eq!(
        Attachment::attach(&handle, false).unwrap_err().code(),
        "BLOCK_GONE"
    );
    drop(second);
    let pipe = rustix::pipe::pipe().unwrap();
    assert!([pipe.0.as_raw_fd(), pipe.1.as_raw_fd()].contains(&handle.fd));
    assert_eq!(
        Attachment::attach(&handle, false).unwrap_err().code(),
        "BLOCK_GONE"
    );
}

#[test]
fn a_sparse_block_takes_no_pages_is_filled_by_pwrite_and_cut() {
    let _alone = alone();
    let block = Attachment::create(1 << 44, Reserve::Sparse).unwrap();
    let early = Attachment::attach(&block.handle(), false).unwrap();
    early.pwrite_at(b"0123456789", 4090).unwrap();
    assert!(fstat(block.fd()).unwrap().st_blocks * 512 < 1 << 20);
    assert_eq!(
        early.as_ptr().unwrap_err().code(),
        "NOT_SUPPORTED",
        "others could not survive the cut"
    );
    assert_eq!(early.cut(4100).unwrap_err().code(), "NOT_SUPPORTED");
    assert_eq!(ftruncate(block.fd(), 1 << 45), Err(Errno::PERM));

    let old = block.handle();
    block.cut(4100).unwrap();
    assert_eq!(block.data_len(), 4100);
    assert_eq!(read(&block, 4090, 10), b"0123456789");
    assert_eq!(mismatch(Attachment::attach(&old, false)), "size");
    assert_eq!(
        read(
            &Attachment::attach(&block.handle(), false).unwrap(),
            4099,
            1
        ),
        b"9"
    );
    assert_eq!(ftruncate(block.fd(), 0), Err(Errno::PERM));
    assert_eq!(block.cut(10).unwrap_err().code(), "NOT_SUPPORTED");
    // Who attached before the cut learns the final size with the first touch.
    assert_eq!(read(&early, 4090, 10), b"0123456789");
    assert_eq!(early.data_len(), 4100);
    assert_eq!(early.range(4100, 1).unwrap_err().code(), "OUT_OF_BOUNDS");
}

#[test]
fn writing_past_a_cut_is_an_error_and_changes_nothing() {
    let _alone = alone();
    let block = Attachment::create(1 << 30, Reserve::Sparse).unwrap();
    let late = Attachment::attach(&block.handle(), false).unwrap();
    block.cut(10).unwrap();
    let error = late.pwrite_at(b"late", 1 << 20).unwrap_err();
    assert!(
        matches!(error, Error::Io { errno, .. } if errno == Errno::PERM.raw_os_error()),
        "{error:?}"
    );
    Attachment::attach(&block.handle(), false).unwrap();
}

#[test]
fn cutting_to_the_same_size_to_nothing_and_to_more() {
    let _alone = alone();
    for size in [0, 1, 4096, 4097, 10_000] {
        let block = Attachment::create(10_000, Reserve::Sparse).unwrap();
        block.cut(size).unwrap();
        assert_eq!(
            Attachment::attach(&block.handle(), false)
                .unwrap()
                .data_len(),
            size
        );
    }
    let block = Attachment::create(10_000, Reserve::Sparse).unwrap();
    assert_eq!(block.cut(10_001).unwrap_err().code(), "OUT_OF_BOUNDS");
}

#[test]
fn sizes_beyond_any_file_are_no_space() {
    for size in [u64::MAX, 1 << 63, (1 << 63) - 1, (1 << 62) + 1] {
        for pages in [Reserve::All, Reserve::Sparse] {
            assert_eq!(
                Attachment::create(size, pages).unwrap_err().code(),
                "NO_SPACE"
            );
        }
    }
}

#[test]
fn nonces_differ_are_text_and_tell_their_namespace() {
    let nonce = Nonce::draw().unwrap();
    assert_ne!(nonce, Nonce::draw().unwrap());
    assert_eq!(Nonce::parse(&nonce.to_string()), Some(nonce));
    assert!(nonce.is_from_here());
    assert!(!Nonce::parse(&"0f".repeat(16)).unwrap().is_from_here());
    assert_eq!(Nonce::parse("123"), None);
    assert_eq!(Nonce::parse(&"+f".repeat(16)), None);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Writes by `pwrite` and through mappings, at any place, are what a plain vector would hold; what is outside is refused.
    #[test]
    fn a_block_is_a_vector_of_bytes(
        size in 0u64..20_000,
        writes in prop::collection::vec((0u64..21_000, prop::collection::vec(any::<u8>(), 0..300), any::<bool>()), 0..20),
    ) {
        let _alone = alone();
        let block = block(size);
        let second = Attachment::attach_fd(block.fd().as_fd().try_clone_to_owned().unwrap(), &block.handle(), false).unwrap();
        let mut model = vec![0u8; size as usize];
        for (offset, bytes, mapped) in writes {
            let inside = offset + bytes.len() as u64 <= size;
            if !inside {
                let refused = block.pwrite_at(&bytes, offset).unwrap_err();
                prop_assert_eq!(refused.code(), "OUT_OF_BOUNDS");
                prop_assert_eq!(second.range(offset, bytes.len() as u64).unwrap_err().code(), "OUT_OF_BOUNDS");
                continue;
            }
            if mapped { write(&second, offset, &bytes) } else { block.pwrite_at(&bytes, offset).unwrap() }
            model[offset as usize..][..bytes.len()].copy_from_slice(&bytes);
        }
        prop_assert_eq!(read(&second, 0, size as usize), model.clone());
        let mut copy = vec![0; size as usize];
        second.pread_at(&mut copy, 0).unwrap();
        prop_assert_eq!(copy, model);
    }
}
