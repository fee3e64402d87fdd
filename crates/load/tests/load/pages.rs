//! Rows go straight to fresh pages where these are mapped, and all of the pages is asked for before.

use std::fs::File;
use std::sync::{Arc, Mutex};

use proptest::prelude::*;
use rustix::mm::{MapFlags, ProtFlags, mmap, munmap};
use sharray_load::{Destination, Job, Mapped, plan, run};

use crate::random::{file, numbered};
use crate::tables::{Files, load, results, setting, spec};

const HUGE: u64 = 2 << 20;

/// A file, mapped.
struct Whole(*mut std::ffi::c_void, usize);

// SAFETY: an address and a length.
unsafe impl Send for Whole {}
// SAFETY: as above.
unsafe impl Sync for Whole {}

impl Drop for Whole {
    fn drop(&mut self) {
        // SAFETY: mapped by `mapped`, and nobody else has it.
        unsafe { munmap(self.0, self.1) }.unwrap();
    }
}

/// The first bytes of a file, none of which has a page yet.
fn mapped(file: &Arc<File>, length: u64) -> Mapped {
    file.set_len(length).unwrap();
    let access = ProtFlags::READ | ProtFlags::WRITE;
    // SAFETY: a new mapping touches nothing that exists; it lasts as long as what is kept.
    unsafe {
        let at = mmap(
            std::ptr::null_mut(),
            length as usize,
            access,
            MapFlags::SHARED,
            file,
            0,
        )
        .unwrap();
        Mapped::new(at.cast(), length, Box::new(Whole(at, length as usize)))
    }
}

fn largest(job: &Job, table: usize) -> u64 {
    job.dests[table].bound * job.dests[table].row_size
}

proptest! {
    #[test]
    fn rows_in_place_are_those_that_are_written(
        contents in prop::collection::vec(file(0.8), 1..4),
        (concat, left_out) in any::<(bool, bool)>(),
        range_bytes in 1u64..60,
        // Of what could be needed: the rest is written.
        part in 0u64..=4,
    ) {
        let files = Files::new(&contents);
        let mut spec = spec(concat);
        spec.rejects = left_out.then_some(u64::MAX);
        let planned = || plan(spec.clone(), &files.inputs, &[], 1, Some(range_bytes));
        let wanted = planned().and_then(|job| load(job, 1));
        let got = planned().and_then(|job| {
            let mut setting = setting(job);
            for (table, dest) in setting.dests.iter_mut().enumerate() {
                let length = dest.offset + largest(&setting.job, table) * part / 4;
                dest.mapped = Some(mapped(&dest.file, length));
                dest.page = HUGE;
            }
            run(&setting, 0, &|_| Ok(())).map_err(|error| error.failure)?;
            Ok(results(&setting).0)
        });
        match (got, wanted) {
            (Ok(got), Ok(wanted)) => prop_assert_eq!(got, wanted),
            (Err(got), Err(wanted)) => prop_assert_eq!(got.message, wanted.message),
            (got, wanted) => prop_assert!(false, "got {got:?}, expected {wanted:?}"),
        }
    }
}

/// What is asked for while a table is loaded to pages of so many bytes.
fn asked(page: u64, in_place: bool) -> Vec<u64> {
    let files = Files::new(&[numbered(20_000)]);
    let job = plan(spec(true), &files.inputs, &[], 1, Some(50_000)).unwrap();
    let mut setting = setting(job);
    let length = largest(&setting.job, 0);
    let dest: &mut Destination = &mut setting.dests[0];
    dest.page = page;
    dest.mapped = in_place.then(|| mapped(&dest.file, dest.offset + length));
    let asked = Mutex::new(Vec::new());
    run(&setting, 0, &|bytes| {
        asked.lock().unwrap().push(bytes);
        Ok(())
    })
    .unwrap();
    let (ranges, rows) = (setting.job.ranges, results(&setting).0[0].len() as u64);
    assert!(
        ranges > 3 && rows > 100_000,
        "{ranges} ranges, {rows} bytes of rows"
    );
    asked.into_inner().unwrap()
}

#[test]
fn pages_are_asked_for_as_a_whole_once() {
    for in_place in [false, true] {
        let [small, huge] = [1, HUGE].map(|page| asked(page, in_place));
        let ([small], [huge]) = (&small[..], &huge[..]) else {
            panic!("asked for {small:?} and {huge:?}");
        };
        // The page of the table's end, and one that each range may begin with.
        assert!(*huge >= small + 4 * (HUGE - 1), "{small} and {huge} bytes");
    }
}

#[test]
fn without_room_nothing_is_stored_in_place() {
    let files = Files::new(&[numbered(1000)]);
    let job = plan(spec(true), &files.inputs, &[], 1, None).unwrap();
    let mut setting = setting(job);
    let length = largest(&setting.job, 0);
    let dest = &mut setting.dests[0];
    (dest.page, dest.mapped) = (HUGE, Some(mapped(&dest.file, dest.offset + length)));
    let refused = run(&setting, 0, &|_| {
        Err(("no room".into(), serde_json::json!({})))
    });
    assert_eq!(refused.unwrap_err().failure.code, "NO_SPACE");
    use std::os::linux::fs::MetadataExt;
    assert_eq!(setting.dests[0].file.metadata().unwrap().st_blocks(), 0);
}
