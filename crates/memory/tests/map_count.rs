//! A process that has used up its mappings. Alone in its program: nothing else could map anything meanwhile.

use std::ptr;

use rustix::mm::{MapFlags, MprotectFlags, ProtFlags, mmap_anonymous, mprotect, munmap};
use sharray_memory::{Attachment, Reserve};

const PAGE: usize = 4096;

#[test]
fn no_mapping_left_is_no_space_and_says_so() {
    let most = std::fs::read_to_string("/proc/sys/vm/max_map_count").unwrap();
    let most: usize = most.trim().parse().unwrap();
    if most > 1 << 20 {
        println!("skipped: vm.max_map_count is {most}, too many to use up");
        return;
    }
    let block = Attachment::create(100, Reserve::All).unwrap();
    let length = (most + 10) * PAGE;
    let flags = MapFlags::PRIVATE | MapFlags::NORESERVE;
    // SAFETY: a new mapping, of a place that the kernel chooses; only this test knows of it.
    let base =
        unsafe { mmap_anonymous(ptr::null_mut(), length, ProtFlags::empty(), flags) }.unwrap();
    // Every second page is made another mapping, until there is none left.
    let cut = (0..most + 10).step_by(2).take_while(|page| {
        // SAFETY: the page lies inside the mapping above, which nobody reads.
        unsafe {
            mprotect(
                base.cast::<u8>().add(page * PAGE).cast(),
                PAGE,
                MprotectFlags::READ,
            )
        }
        .is_ok()
    });
    let cut = cut.count();
    // Cutting one in two ends a little earlier than making a new one does. Each is of another kind than the one before, so that
    // the kernel does not join them.
    let kinds = [ProtFlags::READ, ProtFlags::empty()];
    let more: Vec<_> = (0..100)
        // SAFETY: as for the first mapping.
        .map_while(|i| unsafe { mmap_anonymous(ptr::null_mut(), PAGE, kinds[i % 2], flags) }.ok())
        .collect();
    let refused = block.as_ptr().map(|_| ());
    for (at, length) in more
        .into_iter()
        .map(|at| (at, PAGE))
        .chain([(base, length)])
    {
        // SAFETY: a mapping of above, whole; nothing refers to it.
        unsafe { munmap(at, length) }.unwrap();
    }

    assert!(cut > most / 4, "{cut} of {most}");
    let error = refused.unwrap_err();
    assert_eq!(error.code(), "NO_SPACE");
    let text = error.to_string();
    assert!(
        text.contains("vm.max_map_count") && text.contains(&most.to_string()),
        "{text}"
    );
    block.as_ptr().unwrap();
}
