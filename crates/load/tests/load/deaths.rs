//! Ranges that are given back after the death of their worker.

use sharray_load::{Control, Notebook, Spec, Totals, plan};

use crate::random::numbered;
use crate::tables::expected::{expected, or_first_error};
use crate::tables::{Files, load_all, results, run, setting, spec};

#[test]
fn a_range_of_a_dead_worker_is_done_again() {
    let contents = [numbered(500)];
    let files = Files::new(&contents);
    for published in [false, true] {
        let job = plan(spec(false), &files.inputs, &[], 2, Some(64)).unwrap();
        let setting = setting(job);
        // A worker takes the first range and dies: before, or after, it has told how many rows are in it.
        assert_eq!(setting.control.claim(77), Some(0));
        if published {
            let rows = contents[0][..64].iter().filter(|&&b| b == b'\n').count() as u64 + 1;
            let totals = Totals {
                file_rows: rows,
                file_lines: rows,
                dest_rows: rows,
                next: 0,
            };
            assert!(setting.control.publish(0, totals));
        }
        std::thread::scope(|scope| {
            let others = scope.spawn(|| run(&setting, 1));
            // The other one comes to the end, or waits for the total of the dead worker's range.
            let back = setting.control.reopen(77).unwrap();
            assert_eq!((back.range, back.deaths), (0, 1));
            assert!(setting.control.reopen(77).is_none());
            run(&setting, 2).unwrap();
            others.join().unwrap().unwrap();
        });
        let (tables, _) = results(&setting);
        assert_eq!(setting.control.progress(0, setting.job.ranges).rows, 500);
        assert_eq!(
            tables,
            or_first_error(&contents, &setting.job.spec).unwrap()
        );
    }
}

#[test]
fn deaths_of_a_range_are_counted() {
    let control = Control::heap(2);
    for death in 1..4 {
        assert_eq!(control.claim(death), Some(0));
        assert_eq!(control.reopen(death).unwrap().deaths, death);
    }
}

/// Runs of a load in which workers die: all of them do so in the ranges that `dies` names, right after everything about the range is
/// told, and before it is finished.
fn after_deaths(spec: &Spec, contents: &[Vec<u8>], dies: impl Fn(u32) -> bool) {
    let files = Files::new(contents);
    let job = || plan(spec.clone(), &files.inputs, &[], 2, Some(64)).unwrap();
    let (tables, notes) = load_all(job(), 1).unwrap();
    // What the ranges publish, from a load that nothing happened to.
    let whole = setting(job());
    run(&whole, 1).unwrap();
    let again = setting(job());
    let last = (0..again.job.ranges).rev().find(|&range| dies(range));
    for range in 0..again.job.ranges {
        assert_eq!(again.control.claim(100 + range), Some(range));
        if last.is_some_and(|last| range <= last) {
            // Its totals are there, its end is not; those of the ranges before it were there first.
            again
                .control
                .publish(range, whole.control.totals(range).unwrap());
        }
    }
    for range in 0..again.job.ranges {
        assert_eq!(again.control.reopen(100 + range).unwrap().range, range);
    }
    std::thread::scope(|scope| {
        for owner in 1..3 {
            let again = &again;
            scope.spawn(move || run(again, owner).unwrap());
        }
    });
    let (again_tables, again_notes) = results(&again);
    assert_eq!(again_tables, tables);
    let text = |notes: &_| serde_json::to_string(notes).unwrap();
    assert_eq!(text(&again_notes), text(&notes));
}

/// Good rows and bad ones, texts that are cut, rows in quotes.
fn mixed() -> Vec<Vec<u8>> {
    let row = |i: i32| match i % 7 {
        3 => format!("abcd {i}\n"),
        5 => "a b\n".to_string(),
        6 => format!("\"a\nb\" {i}\n"),
        _ => format!("a {i}\n"),
    };
    let rows = |count: i32| (0..count).map(row).collect::<String>().into_bytes();
    vec![rows(90), numbered(60), rows(40)]
}

#[test]
fn a_range_is_done_again_in_every_mode() {
    let rejects = |spec: Spec| Spec {
        rejects: Some(1000),
        ..spec
    };
    let quoted = |spec: Spec| Spec {
        quote: Some('"'),
        ..spec
    };
    for concat in [false, true] {
        for max_rows in [None, Some(50)] {
            let plain = Spec {
                max_rows,
                ..spec(concat)
            };
            let modes = [
                rejects(plain.clone()),
                quoted(rejects(plain.clone())),
                Spec {
                    profile: true,
                    ..rejects(plain.clone())
                },
            ];
            for mode in &modes {
                after_deaths(mode, &mixed(), |_| true);
                after_deaths(mode, &mixed(), |range| range % 3 == 0);
            }
            if !concat {
                after_deaths(
                    &Spec {
                        skip_files: true,
                        ..plain
                    },
                    &mixed(),
                    |range| range % 3 == 0,
                );
            }
        }
    }
}

#[test]
fn rejects_of_a_range_that_is_done_again_count_once() {
    let contents = mixed();
    let files = Files::new(&contents[..1]);
    let most = expected(&contents[..1], &spec(true)).rejects.len() as u64;
    let wanted = Spec {
        rejects: Some(most),
        ..spec(true)
    };
    let mut setting = setting(plan(wanted, &files.inputs, &[], 1, None).unwrap());
    // Nobody can write there: the worker counts its rejects, and does not get further.
    let null = std::fs::File::open("/dev/null").unwrap();
    let notes = std::mem::replace(&mut setting.notes, Notebook::shared(null.into()));
    assert_eq!(run(&setting, 1).unwrap_err().failure.code, "IO_ERROR");
    setting.notes = notes;
    assert_eq!(setting.control.reopen(1).unwrap().range, 0);
    run(&setting, 2).unwrap();
    assert_eq!(results(&setting).1.rejects.len() as u64, most);
}
