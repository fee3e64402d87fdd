//! Mappings of blocks, and what is left of them afterwards.

mod blocks;

use std::fs;
use std::sync::Arc;

use blocks::{alone, block, dup, read, write};
use rustix::fs::fstat;
use sharray_memory::{Attachment, Reserve, mappings, release, settle};

#[test]
fn attachments_share_the_bytes_and_one_mapping() {
    let _alone = alone();
    let before = mappings();
    let first = block(4096);
    let second = Attachment::attach(&first.handle(), false).unwrap();
    let third = Attachment::attach_fd(dup(&first), &first.handle(), false).unwrap();
    assert_eq!(mappings(), before, "nothing is mapped before it is touched");
    write(&first, 100, b"hello");
    assert_eq!(read(&second, 100, 5), b"hello");
    assert_eq!(first.as_ptr().unwrap(), third.as_ptr().unwrap());
    assert_eq!(mappings(), before + 1);
    drop((first, second));
    assert_eq!(read(&third, 100, 5), b"hello");
    drop(third);
    assert_eq!(mappings(), before);
}

#[test]
fn the_maker_may_map_before_it_cuts() {
    let _alone = alone();
    let block = Attachment::create(1 << 24, Reserve::Sparse).unwrap();
    write(&block, 0, b"head");
    write(&block, (1 << 24) - 4, b"tail");
    let base = block.as_ptr().unwrap();
    block.cut(4).unwrap();
    assert_eq!(read(&block, 0, 4), b"head");
    // SAFETY: the addresses stay mapped for as long as the block is attached; what was cut shows zeros instead of a fault.
    let tail = unsafe { base.add((1 << 24) - 4).read_volatile() };
    assert_eq!(tail, 0);
    assert_eq!(
        fstat(block.fd()).unwrap().st_size as usize,
        2 * rustix::param::page_size()
    );
}

#[test]
fn a_hold_outlives_the_block_and_shows_zeros() {
    let _alone = alone();
    let block = block(8192);
    write(&block, 0, b"data");
    let (base, hold) = (block.as_ptr().unwrap(), block.hold().unwrap());
    let inode = format!(" {} ", block.handle().ino);
    drop(block);
    // SAFETY: `hold` keeps the addresses.
    assert_eq!(unsafe { base.read_volatile() }, 0);
    let maps = fs::read_to_string("/proc/self/maps").unwrap();
    assert!(
        !maps
            .lines()
            .any(|line| line.contains("memfd:sharray") && line.contains(&inode)),
        "the block itself is let go"
    );
    drop(hold);
}

#[test]
fn nothing_is_left_after_many_blocks() {
    let _alone = alone();
    let count = || {
        let maps = fs::read_to_string("/proc/self/maps").unwrap();
        let blocks = maps
            .lines()
            .filter(|line| line.contains("memfd:sharray"))
            .count();
        (
            fs::read_dir("/proc/self/fd").unwrap().count(),
            blocks,
            mappings(),
        )
    };
    let before = count();
    for round in 0..500 {
        let block = block(1 + round * 10);
        let other = Attachment::attach(&block.handle(), round % 2 == 0).unwrap();
        block.as_ptr().unwrap();
        other.as_ptr().unwrap();
    }
    assert_eq!(count(), before);
}

#[test]
fn a_large_block_is_released_aside_and_its_handle_leads_nowhere_at_once() {
    let _alone = alone();
    for touched in [true, false] {
        let block = Arc::new(block(64 << 20));
        if touched {
            write(&block, 1 << 20, b"data");
        }
        let handle = block.handle();
        release(block);
        assert_eq!(
            Attachment::attach(&handle, false).unwrap_err().code(),
            "BLOCK_GONE"
        );
        settle();
        assert_eq!(mappings(), 0);
    }
}

#[test]
fn native_work_keeps_a_released_block() {
    let _alone = alone();
    let block = Arc::new(block(64 << 20));
    let work = Arc::clone(&block);
    write(&work, 0, b"data");
    release(block);
    assert_eq!(read(&work, 0, 4), b"data");
    let other = Attachment::attach(&work.handle(), false).unwrap();
    release(work);
    assert_eq!(read(&other, 0, 4), b"data");
    drop(other);
    settle();
}

#[test]
fn what_was_just_released_can_be_taken_again() {
    let _alone = alone();
    let meminfo = fs::read_to_string("/proc/meminfo").unwrap();
    let line = meminfo
        .lines()
        .find(|line| line.starts_with("MemAvailable:"))
        .unwrap();
    let available: u64 = line
        .split_whitespace()
        .nth(1)
        .unwrap()
        .parse::<u64>()
        .unwrap()
        * 1024;
    // A quarter of what is free, or a part of a GiB where there is much: taken and let go several times at once.
    let size = (available / 4).min(256 << 20);
    for _ in 0..8 {
        release(Arc::new(block(size)));
    }
    settle();
    assert_eq!(mappings(), 0);
}

#[test]
fn threads_that_attach_and_release_at_once_never_lose_the_mapping() {
    let _alone = alone();
    let block = block(64);
    block.pwrite_at(&[7; 64], 0).unwrap();
    let handle = block.handle();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..500 {
                    let attached = Attachment::attach(&handle, false).unwrap();
                    let hold = attached.hold().unwrap();
                    assert_eq!(read(&attached, 63, 1), [7]);
                    drop(attached);
                    drop(hold);
                }
            });
        }
    });
    drop(block);
}

#[test]
fn an_attachment_may_be_used_from_any_thread() {
    fn check<T: Send + Sync>() {}
    check::<Attachment>();
    check::<sharray_memory::Hold>();
}
