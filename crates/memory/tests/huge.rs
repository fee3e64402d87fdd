//! Blocks with huge pages, where the system offers them on request: `echo advise > /sys/kernel/mm/transparent_hugepage/shmem_enabled`.
#![allow(unsafe_code)]

mod blocks;

use std::fs;
use std::sync::Arc;

use rustix::fs::fstat;
use rustix::mm::{Advice, madvise};
use sharray_memory::{Attachment, HugePages, Reserve, release};

use blocks::{alone, read, write};

const SIZE: u64 = 16 << 20;

/// KiB that a mapping has of huge pages.
fn huge(at: *mut u8) -> u64 {
    let smaps = fs::read_to_string("/proc/self/smaps").unwrap();
    let mut inside = false;
    for line in smaps.lines() {
        let first = line.split(' ').next().unwrap();
        if let Some((from, to)) = first.split_once('-') {
            let [from, to] = [from, to].map(|text| usize::from_str_radix(text, 16).unwrap());
            inside = (from..to).contains(&(at as usize));
        }
        if let Some(figure) = line.strip_prefix("ShmemPmdMapped:").filter(|_| inside) {
            return figure.trim().trim_end_matches(" kB").parse().unwrap();
        }
    }
    panic!("the mapping is not in /proc/self/smaps");
}

fn held(attachment: &Attachment) -> u64 {
    fstat(attachment.fd()).unwrap().st_blocks as u64 * 512
}

#[test]
fn what_is_cut_off_in_a_huge_page_is_given_back() {
    let _alone = alone();
    let HugePages::OnRequest(page) = HugePages::offered() else {
        eprintln!(
            "skipped: {:?} is offered, not huge pages on request",
            HugePages::offered()
        );
        return;
    };
    let block = Attachment::create(SIZE, Reserve::Sparse).unwrap();
    assert!(block.ask_for_huge_pages());
    let base = block.range(0, SIZE).unwrap();
    // SAFETY: the whole block is mapped.
    unsafe { madvise(base.cast(), SIZE as usize, Advice::LinuxPopulateWrite) }.unwrap();
    // All but the first, a page of which was there before.
    assert!(huge(base) * 1024 >= SIZE - 2 * page, "{} KiB", huge(base));
    let rows = 3 * page + 5000;
    write(&block, rows - 3, b"end");
    block.cut(rows).unwrap();
    assert!(
        held(&block) <= rows + (16 << 10),
        "{} bytes are held",
        held(&block)
    );
    assert_eq!(read(&block, rows - 4, 4), b"\0end");
    release(Arc::new(block));
}

#[test]
fn asking_is_answered_on_any_system() {
    let _alone = alone();
    let block = Attachment::create(SIZE, Reserve::Sparse).unwrap();
    if block.ask_for_huge_pages() {
        let base = block.range(0, SIZE).unwrap();
        // SAFETY: the whole block is mapped.
        unsafe { madvise(base.cast(), 1 << 20, Advice::LinuxPopulateWrite) }.unwrap();
        assert!(held(&block) >= 1 << 20);
    }
    write(&block, 0, b"rows");
    block.cut(4).unwrap();
    assert_eq!(read(&block, 0, 4), b"rows");
    release(Arc::new(block));
}
