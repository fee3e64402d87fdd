//! Tables whose rows are taken away while others come.

use std::os::unix::fs::FileExt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering::SeqCst};

use proptest::prelude::*;
use sharray_load::{Rows, Setting, plan};

use crate::random::{file, numbered};
use crate::tables::{Files, load_all, setting, spec};

/// Takes the rows of all tables, `step` at a time. None: the load has failed.
fn take_all(setting: &Setting, step: u64) -> Option<Vec<Vec<u8>>> {
    let Setting {
        job,
        control,
        dests,
        ..
    } = setting;
    let mut tables = Vec::new();
    for (table, (dest, to)) in job.dests.iter().zip(dests).enumerate() {
        let (first, end) = (dest.first_range, dest.first_range + dest.ranges);
        let mut rows: Vec<u8> = Vec::new();
        let mut taken = 0;
        loop {
            if first == end {
                break;
            }
            control.turn_to(first, None);
            let there = control
                .wait_rows(first, end, taken + step)?
                .min(taken + step);
            for row in taken..there {
                let mut bytes = vec![0; dest.row_size as usize];
                to.file
                    .read_exact_at(&mut bytes, setting.place(table, row))
                    .unwrap();
                rows.extend(bytes);
            }
            control.release(first, there);
            if there < taken + step {
                break;
            }
            taken = there;
        }
        tables.push(rows);
    }
    Some(tables)
}

/// Runs a load on threads that die before some of the writes, and are replaced.
fn run_dying(setting: &Setting, owners: &AtomicU32, dies: &(dyn Fn() -> bool + Sync)) {
    loop {
        let owner = owners.fetch_add(1, SeqCst);
        let space = |_: u64| {
            // Not a panic's message for each of them.
            if dies() {
                std::panic::resume_unwind(Box::new("dies"));
            }
            Ok(())
        };
        match catch_unwind(AssertUnwindSafe(|| {
            sharray_load::run(setting, owner, &space)
        })) {
            Ok(_) => return,
            Err(_) => {
                setting.control.reopen(owner).unwrap();
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]
    #[test]
    fn rows_are_the_same_through_a_window(
        contents in prop::collection::vec(file(0.1), 1..5),
        concat in any::<bool>(),
        rejects in any::<bool>(),
        step in 1..40u64,
        more in 0..30u64,
        threads in 1..4u32,
        die in prop::collection::vec(any::<bool>(), 0..12),
    ) {
        let files = Files::new(&contents);
        let mut spec = spec(concat);
        spec.rejects = rejects.then_some(u64::MAX);
        let Ok(job) = plan(spec, &files.inputs, &[], threads, Some(64)) else { return Ok(()) };
        let expected = load_all(job.clone(), 1).map(|(tables, _)| tables);
        let mut setting = setting(job);
        for dest in &mut setting.dests {
            // A range of 64 bytes has at most 33 rows, which a worker writes at once.
            dest.rows = Rows::Window(step + 33 + more);
        }
        let setting = &setting;
        let owners = &AtomicU32::new(1);
        let next = &AtomicU32::new(0);
        let dies = &|| die.get(next.fetch_add(1, SeqCst) as usize).copied().unwrap_or(false);
        let taken = std::thread::scope(|scope| {
            for _ in 0..threads {
                scope.spawn(move || run_dying(setting, owners, dies));
            }
            take_all(setting, step)
        });
        match expected {
            Ok(tables) => prop_assert_eq!(taken, Some(tables)),
            // What came before may have been taken to its end.
            Err(_) => prop_assert!(!setting.control.wait_done(setting.job.ranges)),
        }
    }
}

#[test]
fn a_small_window_holds_a_table_of_any_length() {
    let contents = [numbered(20_000)];
    let files = Files::new(&contents);
    let job = plan(spec(false), &files.inputs, &[], 2, Some(512)).unwrap();
    let (expected, _) = load_all(job.clone(), 1).unwrap();
    let mut setting = setting(job);
    setting.dests[0].rows = Rows::Window(700);
    let setting = &setting;
    let taken = std::thread::scope(|scope| {
        for owner in 0..3 {
            scope.spawn(move || sharray_load::run(setting, owner, &|_| Ok(())).unwrap());
        }
        take_all(setting, 64)
    });
    assert_eq!(taken, Some(expected));
    let dest = &setting.dests[0];
    let length = dest.file.metadata().unwrap().len();
    assert!(length <= dest.offset + 700 * 7, "{length} bytes");
}

#[test]
fn an_abort_wakes_those_who_wait_for_room_and_for_rows() {
    let contents = [numbered(2000)];
    let files = Files::new(&contents);
    let job = plan(spec(false), &files.inputs, &[], 2, Some(512)).unwrap();
    let mut setting = setting(job);
    setting.dests[0].rows = Rows::Window(300);
    let setting = &setting;
    let waits = &AtomicBool::new(false);
    std::thread::scope(|scope| {
        // Nobody takes rows, so that it comes to a wait for room.
        let worker = scope.spawn(move || {
            sharray_load::run(setting, 1, &|_| {
                waits.store(true, SeqCst);
                Ok(())
            })
        });
        let taker = scope.spawn(move || setting.control.wait_rows(0, setting.job.ranges, 2000));
        while !waits.load(SeqCst) {
            std::thread::yield_now();
        }
        setting.control.abort();
        worker.join().unwrap().unwrap();
        assert_eq!(taker.join().unwrap(), None);
    });
}
