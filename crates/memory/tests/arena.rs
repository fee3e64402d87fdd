//! The arena: what is kept of released blocks, who gets it, and what becomes of it.

use std::fs;
use std::os::fd::OwnedFd;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rustix::fs::fstat;
use sharray_memory::arena::{give_back, kept_bytes, limit};
use sharray_memory::named::PublishOptions;
use sharray_memory::{Attachment, Error, Reserve, mappings, release, settle};

const MIB: u64 = 1 << 20;
const PAGE: u64 = 4096;

/// The arena is one for the process: each test has it to itself, empty, with a limit that no machine is too small for.
fn alone() -> MutexGuard<'static, ()> {
    static LOCK: Mutex<()> = Mutex::new(());
    let guard = LOCK.lock().unwrap_or_else(PoisonError::into_inner);
    limit::set(Some(256 * MIB));
    give_back();
    guard
}

fn block(size: u64) -> Attachment {
    Attachment::create(size, Reserve::All).unwrap()
}

fn inode(block: &Attachment) -> u64 {
    block.handle().ino
}

fn held(block: &Attachment) -> u64 {
    fstat(block.fd()).unwrap().st_blocks as u64 * 512
}

fn fill(block: &Attachment, byte: u8) {
    let (to, length) = (block.as_ptr().unwrap(), block.data_len() as usize);
    // SAFETY: the whole block is mapped, and nobody else uses it in these tests.
    unsafe { to.write_bytes(byte, length) };
}

/// Whether every byte of the block is this one, through the mapping and through the file.
fn all(block: &Attachment, byte: u8) -> bool {
    let (from, length) = (block.as_ptr().unwrap(), block.data_len() as usize);
    // SAFETY: as above.
    let mapped = unsafe { std::slice::from_raw_parts(from, length) };
    let mut read = vec![!byte; length];
    block.pread_at(&mut read, 0).unwrap();
    mapped.iter().chain(&read).all(|one| *one == byte)
}

fn close(block: Attachment) {
    release(Arc::new(block));
}

fn gone(result: Result<Attachment, Error>) -> bool {
    match result {
        Err(error) => error.code() == "BLOCK_GONE",
        Ok(_) => false,
    }
}

#[test]
fn a_released_block_is_used_again_with_its_pages_and_shows_zeros() {
    let _alone = alone();
    for round in 0..3 {
        let first = block(20 * MIB);
        fill(&first, 7);
        let (ino, handle) = (inode(&first), first.handle());
        close(first);
        assert!(kept_bytes() >= 20 * MIB, "round {round}");
        assert_eq!(mappings(), 0);
        assert!(gone(Attachment::attach(&handle, false)), "while it is kept");

        let second = block(20 * MIB);
        assert_eq!(inode(&second), ino, "the same memory");
        assert_eq!(kept_bytes(), 0);
        assert!(all(&second, 0));
        assert_ne!(second.handle().nonce, handle.nonce);
        assert!(
            gone(Attachment::attach(&handle, false)),
            "after it was used again"
        );
        let sent = second.fd().try_clone_to_owned().unwrap();
        assert!(gone(Attachment::attach_fd(sent, &handle, false)));
        let again = Attachment::attach(&second.handle(), false).unwrap();
        fill(&again, 9);
        assert!(all(&second, 9));
        close(again);
        close(second);
    }
}

#[test]
fn a_handle_that_was_changed_is_a_mismatch_also_in_memory_that_was_used_before() {
    let _alone = alone();
    close(block(9 * MIB));
    let block = block(9 * MIB);
    let mut handle = block.handle();
    handle.nonce = sharray_memory::Nonce::draw().unwrap();
    let error = Attachment::attach(&handle, false).unwrap_err();
    assert_eq!(error.code(), "HANDLE_MISMATCH");
}

#[test]
fn buffers_that_outlive_a_block_never_show_the_next_one() {
    let _alone = alone();
    let first = block(16 * MIB);
    fill(&first, 7);
    let (base, hold) = (first.as_ptr().unwrap(), first.hold().unwrap());
    let ino = inode(&first);
    close(first);
    let second = block(16 * MIB);
    assert_eq!(inode(&second), ino, "its pages are kept nevertheless");
    assert_ne!(second.as_ptr().unwrap(), base);
    fill(&second, 9);
    // SAFETY: `hold` keeps the addresses.
    let (first_byte, middle) = unsafe { (base.read_volatile(), base.add(8 << 20)) };
    assert_eq!(first_byte, 0);
    // SAFETY: as above.
    unsafe { middle.write_volatile(1) };
    assert!(all(&second, 9));
    drop(hold);
    assert!(all(&second, 9));
}

#[test]
fn what_somebody_still_has_is_not_kept() {
    let _alone = alone();
    let first = block(10 * MIB);
    fill(&first, 7);
    let other = Attachment::attach(&first.handle(), true).unwrap();
    close(first);
    assert_eq!(kept_bytes(), 0, "another attachment");
    drop(other);

    let first = block(10 * MIB);
    let under_way: OwnedFd = first.fd().try_clone_to_owned().unwrap();
    let handle = first.handle();
    fill(&first, 7);
    close(first);
    assert_eq!(kept_bytes(), 0, "a descriptor on its way");
    let received = Attachment::attach_fd(under_way, &handle, false).unwrap();
    assert!(all(&received, 7));
    close(received);
    assert_eq!(kept_bytes(), 0, "who did not make it does not keep it");
}

#[test]
fn sizes_that_suit_are_used_and_others_are_not() {
    let _alone = alone();
    close(block(64 * MIB));
    assert_eq!(kept_bytes() / MIB, 64);
    let small = block(10 * MIB);
    assert_eq!(kept_bytes() / MIB, 64, "not 64 MiB for 10");
    let larger = block(65 * MIB);
    assert_eq!(kept_bytes() / MIB, 64, "not for more than the file has");
    let fits = block(40 * MIB + 5);
    assert_eq!(kept_bytes(), 0);
    assert!(held(&fits) <= 40 * MIB + 2 * PAGE, "the rest went back");
    assert_eq!(fits.data_len(), 40 * MIB + 5);
    fill(&fits, 3);
    let handle = fits.handle();
    let other = Attachment::attach(&handle, false).unwrap();
    assert!(all(&other, 3));
    assert_eq!(
        other.range(40 * MIB, 6).unwrap_err().code(),
        "OUT_OF_BOUNDS"
    );
    assert_eq!(fits.cut(1).unwrap_err().code(), "NOT_SUPPORTED");
    drop(other);
    close(fits);
    // It has its full length still.
    let all_of_it = block(64 * MIB);
    assert_eq!(inode(&all_of_it), handle.ino);
    assert!(all(&all_of_it, 0));
    assert!(held(&all_of_it) >= 64 * MIB, "reserved as a whole");
    drop((small, larger));
}

#[test]
fn the_smallest_that_suits_is_taken() {
    let _alone = alone();
    let blocks = [30, 20, 25].map(|size| block(size * MIB));
    let inodes = blocks.each_ref().map(inode);
    for one in blocks {
        close(one);
    }
    let taken = [20, 20, 20].map(|size| block(size * MIB));
    assert_eq!(
        taken.each_ref().map(inode),
        [inodes[1], inodes[2], inodes[0]]
    );
}

#[test]
fn small_blocks_are_not_kept() {
    let _alone = alone();
    for size in [1, 4096, MIB - 1] {
        close(block(size));
        assert_eq!(kept_bytes(), 0);
    }
}

#[test]
fn a_load_uses_the_memory_of_the_load_before() {
    let _alone = alone();
    let mut ino = None;
    for (round, rows) in [30 * MIB + 3, 28 * MIB, 33 * MIB + 1, 9 * MIB]
        .into_iter()
        .enumerate()
    {
        let bound = 2 * rows;
        let load = Attachment::create(bound, Reserve::Sparse).unwrap();
        if let Some(ino) = ino {
            assert_eq!(inode(&load), ino, "round {round}");
        }
        ino = Some(inode(&load));
        let other = Attachment::attach(&load.handle(), false).unwrap();
        assert_eq!(
            other.as_ptr().unwrap_err().code(),
            "NOT_SUPPORTED",
            "it is being filled"
        );
        let bytes = vec![round as u8 + 1; MIB as usize];
        for at in (0..rows).step_by(MIB as usize) {
            let length = (rows - at).min(MIB) as usize;
            load.pwrite_at(&bytes[..length], at).unwrap();
        }
        drop(other);
        load.cut(rows).unwrap();
        assert_eq!(load.data_len(), rows);
        assert!(
            held(&load) <= rows.next_multiple_of(PAGE) + PAGE,
            "no page behind the rows"
        );
        assert_eq!(load.cut(rows).unwrap_err().code(), "NOT_SUPPORTED");
        let other = Attachment::attach(&load.handle(), false).unwrap();
        assert!(all(&other, round as u8 + 1));
        let rest = rows.next_multiple_of(PAGE) - rows;
        // SAFETY: whole pages are mapped.
        let behind = unsafe {
            std::slice::from_raw_parts(other.as_ptr().unwrap().add(rows as usize), rest as usize)
        };
        assert!(
            behind.iter().all(|byte| *byte == 0),
            "nothing of another array behind the rows"
        );
        drop(other);
        close(load);
    }
    // And an array with a reservation can follow, in zeros.
    let array = block(17 * MIB);
    assert_eq!(Some(inode(&array)), ino);
    assert!(all(&array, 0));
}

#[test]
fn a_load_that_failed_leaves_nothing_to_the_next_one() {
    let _alone = alone();
    let load = Attachment::create(40 * MIB, Reserve::Sparse).unwrap();
    load.pwrite_at(&vec![7; 12 << 20], 5 * MIB).unwrap();
    close(load);
    assert_eq!(kept_bytes() / MIB, 12);
    let array = block(20 * MIB);
    assert_eq!(kept_bytes(), 0);
    assert!(all(&array, 0));
    assert!(held(&array) >= 20 * MIB);
}

#[test]
fn a_block_that_is_filled_can_be_mapped_by_its_maker_before_it_is_cut() {
    let _alone = alone();
    for _ in 0..2 {
        let load = Attachment::create(20 * MIB, Reserve::Sparse).unwrap();
        fill(&load, 5);
        let base = load.as_ptr().unwrap();
        load.cut(10 * MIB).unwrap();
        assert!(all(&load, 5));
        // SAFETY: the addresses stay mapped for as long as the block is attached.
        assert_eq!(unsafe { base.add(19 << 20).read_volatile() }, 0);
        close(load);
        assert!(kept_bytes() > 0);
    }
}

#[test]
fn no_more_is_kept_than_the_limit_and_the_oldest_goes_first() {
    let _alone = alone();
    limit::set(Some(50 * MIB));
    let blocks = [20, 21, 22].map(|size| block(size * MIB));
    let inodes = blocks.each_ref().map(inode);
    for one in blocks {
        close(one);
        assert!(kept_bytes() <= 50 * MIB);
    }
    assert_eq!(kept_bytes() / MIB, 43);
    let taken = block(21 * MIB);
    assert_eq!(inode(&taken), inodes[1]);
    close(block(60 * MIB));
    assert_eq!(
        kept_bytes() / MIB,
        22,
        "what is larger than the limit goes at once"
    );
    limit::set(Some(0));
    close(taken);
    assert_eq!(kept_bytes() / MIB, 22);
    give_back();
    close(block(20 * MIB));
    assert_eq!(kept_bytes(), 0, "0 turns it off");
    settle();
}

#[test]
fn few_descriptors_are_held() {
    let _alone = alone();
    let count = || fs::read_dir("/proc/self/fd").unwrap().count();
    let before = count();
    let blocks: Vec<_> = (0..70)
        .map(|_| {
            let load = Attachment::create(16 * MIB, Reserve::Sparse).unwrap();
            load.pwrite_at(&vec![1; LARGE], 0).unwrap();
            load
        })
        .collect();
    limit::set(Some(1 << 40));
    for one in blocks {
        close(one);
    }
    settle();
    assert!(count() - before <= 64);
    give_back();
    assert_eq!(count(), before);
}
const LARGE: usize = 8 << 20;

#[test]
fn what_is_kept_is_given_back_when_it_is_wanted() {
    let _alone = alone();
    close(block(64 * MIB));
    assert!(kept_bytes() > 0);
    let error = Attachment::create(1 << 50, Reserve::All).unwrap_err();
    assert_eq!(error.code(), "NO_SPACE");
    assert_eq!(kept_bytes(), 0);
    assert!(!give_back());
}

#[test]
fn what_nobody_takes_goes_back_after_a_while() {
    let _alone = alone();
    let first = block(32 * MIB);
    fill(&first, 1);
    let ino = format!(" {} ", inode(&first));
    close(first);
    let mapped = || {
        let maps = fs::read_to_string("/proc/self/maps").unwrap();
        maps.lines().any(|line| line.contains(&ino))
    };
    assert!(mapped(), "with its mapping");
    while kept_bytes() > 0 || mapped() {
        std::thread::yield_now();
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
}

#[test]
fn an_array_in_kept_memory_that_is_published_leaves_nothing_of_it_mapped() {
    let _alone = alone();
    let first = block(12 * MIB);
    fill(&first, 1);
    close(first);
    let second = block(8 * MIB);
    fill(&second, 2);
    let (base, ino) = (second.as_ptr().unwrap(), inode(&second));
    let name = format!("arena-{}", std::process::id());
    let published = second.publish(&name, &PublishOptions::default()).unwrap();
    let published = published.unwrap().succeed(Arc::new(second)).unwrap();
    assert_eq!(published.as_ptr().unwrap(), base);
    assert!(all(&published, 2));
    give_back();
    let maps = fs::read_to_string("/proc/self/maps").unwrap();
    let old = format!(" {ino} ");
    assert!(
        !maps
            .lines()
            .any(|line| line.contains("memfd:sharray") && line.contains(&old))
    );
    close(published);
    assert_eq!(kept_bytes(), 0, "named blocks are not kept");
}
