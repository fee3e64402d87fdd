//! Any cut into ranges, on any number of threads, gives what one piece gives: rows, their places, and the first error.

mod tables;

use proptest::prelude::*;
use sharray_load::{Control, Failure, Job, plan};
use tables::{Files, Table, expected, load, spec};

/// A line without its end. Mostly good rows of a text and an integer, some lines that are no rows, rarely a bad one.
fn line() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        20 => ("[a-zé]{1,4}", any::<i32>()).prop_map(|(text, number)| format!("{text} {number}").into_bytes()),
        3 => ("[ \t]{0,2}", "[a-z]{1,2}", "[ \t]{1,3}", 0..9).prop_map(|(a, b, c, d)| format!("{a}{b}{c}{d} # {b}").into_bytes()),
        3 => "[ \t]{0,3}".prop_map(String::into_bytes),
        2 => "[ ]?#[a-zé ]{0,6}".prop_map(String::into_bytes),
        1 => (10usize..300).prop_map(|n| [vec![b'x'; n], b" 7".to_vec()].concat()),
    ]
}

fn bad_line() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        Just(b"a b".to_vec()),
        Just(b"a".to_vec()),
        Just(b"a 1 2".to_vec()),
        Just(b"a\xff 1".to_vec()),
        Just(b"# \xc3".to_vec()),
    ]
}

fn file() -> impl Strategy<Value = Vec<u8>> {
    let end = prop_oneof![4 => Just("\n"), 2 => Just("\r\n"), 1 => Just("\r")];
    let lines = prop::collection::vec((line(), end), 0..30);
    let bad = prop::option::weighted(0.2, (any::<prop::sample::Index>(), bad_line()));
    (lines, bad, any::<bool>()).prop_map(|(mut lines, bad, ended)| {
        if let Some((at, bad)) = bad
            && !lines.is_empty()
        {
            let at = at.index(lines.len());
            lines[at].0 = bad;
        }
        let count = lines.len();
        let mut bytes = Vec::new();
        for (index, (line, end)) in lines.into_iter().enumerate() {
            bytes.extend(line);
            if ended || index + 1 < count {
                bytes.extend(end.as_bytes());
            }
        }
        bytes
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, ..ProptestConfig::default() })]

    #[test]
    fn any_cut_equals_one_piece(
        contents in prop::collection::vec(file(), 1..4),
        range_bytes in 1u64..60,
        threads in 1u32..4,
        skiprows in prop_oneof![3 => Just(0u64), 1 => 1u64..4],
        max_rows in prop::option::weighted(0.3, 0u64..8),
        concat in any::<bool>(),
    ) {
        let files = Files::new(&contents);
        let mut spec = spec(concat);
        spec.skiprows = skiprows;
        spec.max_rows = max_rows;
        let wanted = expected(&contents, &spec);
        let got = plan(spec, &files.inputs, threads, Some(range_bytes)).and_then(|job| load(&job, threads));
        compare(got, wanted)?;
    }
}

fn compare(
    got: Result<Vec<Table>, Failure>,
    wanted: Result<Vec<Table>, (usize, u64)>,
) -> Result<(), TestCaseError> {
    match (got, wanted) {
        (Ok(got), Ok(wanted)) => prop_assert_eq!(got, wanted),
        (Err(got), Err((file, line))) => {
            prop_assert_eq!(
                &got.details["file"],
                &format!("file{file}"),
                "{}",
                got.message
            );
            prop_assert_eq!(&got.details["line"], line, "{}", got.message);
        }
        (got, wanted) => prop_assert!(false, "got {got:?}, expected {wanted:?}"),
    }
    Ok(())
}

fn numbered(rows: i32) -> Vec<u8> {
    (0..rows)
        .map(|row| format!("r{} {row}\n", row % 7))
        .collect::<String>()
        .into_bytes()
}

#[test]
fn a_range_of_a_dead_worker_is_done_again() {
    let contents = [numbered(500)];
    let files = Files::new(&contents);
    let job: Job = plan(spec(false), &files.inputs, 2, Some(64)).unwrap();
    for published in [false, true] {
        let control = Control::heap(job.ranges);
        let dests = tables::destinations(&job);
        // A worker takes the first range and dies: before, or after, it has told how many rows are in it.
        assert_eq!(control.claim(77), Some(0));
        if published {
            let first = job.files[0].label.clone();
            assert_eq!(first, "file0");
            let rows = contents[0][..64].iter().filter(|&&b| b == b'\n').count() as u64 + 1;
            control.publish(
                0,
                sharray_load::Totals {
                    file_rows: rows,
                    file_lines: rows,
                    dest_rows: rows,
                },
            );
        }
        std::thread::scope(|scope| {
            let others = scope.spawn(|| tables::run(&job, &control, &dests, 1));
            // The other one comes to the end, or waits for the total of the dead worker's range.
            let back = control.reopen(77).unwrap();
            assert_eq!((back.range, back.deaths), (0, 1));
            assert!(control.reopen(77).is_none());
            tables::run(&job, &control, &dests, 2).unwrap();
            others.join().unwrap().unwrap();
        });
        assert!(control.wait_done(job.ranges));
        assert_eq!(control.progress(0, job.ranges).rows, 500);
        assert_eq!(
            tables::tables(&job, &control, &dests),
            expected(&contents, &job.spec).unwrap()
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

#[test]
fn an_abort_wakes_who_waits_and_ends_who_works() {
    let files = Files::new(&[numbered(100)]);
    let job = plan(spec(false), &files.inputs, 1, Some(64)).unwrap();
    let control = Control::heap(job.ranges);
    let dests = tables::destinations(&job);
    assert_eq!(control.claim(9), Some(0));
    std::thread::scope(|scope| {
        let worker = scope.spawn(|| tables::run(&job, &control, &dests, 1));
        let watcher = scope.spawn(|| control.wait_done(job.ranges));
        control.abort();
        worker.join().unwrap().unwrap();
        assert!(!watcher.join().unwrap());
    });
    assert_eq!(control.claim(1), None);
    assert_eq!(control.progress(0, job.ranges).rows, 0);
}

#[test]
fn a_line_longer_than_many_ranges_is_one_row() {
    let long = [
        b"a 1\n".to_vec(),
        vec![b'y'; 100_000],
        b" 2\nb 3\n".to_vec(),
    ]
    .concat();
    let files = Files::new(std::slice::from_ref(&long));
    let job = plan(spec(false), &files.inputs, 3, Some(1000)).unwrap();
    assert_eq!(
        load(&job, 3).unwrap(),
        expected(&[long], &job.spec).unwrap()
    );
}

#[test]
fn a_file_that_changed_since_the_plan_is_refused() {
    let shorter = |path: &str| {
        std::fs::OpenOptions::new()
            .write(true)
            .open(path)
            .unwrap()
            .set_len(100)
            .unwrap()
    };
    let replaced = |path: &str| {
        std::fs::write(format!("{path}.new"), numbered(100)).unwrap();
        std::fs::rename(format!("{path}.new"), path).unwrap();
    };
    let removed = |path: &str| std::fs::remove_file(path).unwrap();
    for change in [&shorter as &dyn Fn(&str), &replaced, &removed] {
        let files = Files::new(&[numbered(100)]);
        let job = plan(spec(false), &files.inputs, 2, Some(64)).unwrap();
        change(&files.inputs[0].path);
        assert_eq!(load(&job, 2).unwrap_err().code, "INPUT_CHANGED");
    }
}

#[test]
fn what_cannot_be_read_is_told_before_any_work() {
    let files = Files::new(&[
        b"\x1f\x8b\x08\0".to_vec(),
        b"BZh91AY&SYxx".to_vec(),
        b"\xfd7zXZ\0\0".to_vec(),
        b"\x28\xb5\x2f\xfd".to_vec(),
    ]);
    for input in &files.inputs {
        let failure = plan(spec(false), std::slice::from_ref(input), 1, None).unwrap_err();
        assert_eq!(failure.code, "NOT_SUPPORTED");
        assert!(
            failure.message.contains("compressed with"),
            "{}",
            failure.message
        );
    }
    let at = |path: &str| {
        [sharray_load::InputFile {
            path: path.to_string(),
            label: path.to_string(),
        }]
    };
    let code = |path: &str| plan(spec(false), &at(path), 1, None).unwrap_err().code;
    assert_eq!(
        code(&files.inputs[0].path.replace("file0", "none")),
        "FILE_NOT_FOUND"
    );
    assert_eq!(code("/"), "IS_DIRECTORY");
    assert_eq!(code("/dev/null"), "NOT_SUPPORTED");
}

#[test]
fn too_little_space_ends_the_load() {
    let files = Files::new(&[numbered(100)]);
    let job = plan(spec(false), &files.inputs, 1, Some(64)).unwrap();
    let control = Control::heap(job.ranges);
    let dests = tables::destinations(&job);
    let full = |_: u64| Err(("no space".to_string(), serde_json::json!({})));
    let error = sharray_load::run(&job, &control, &dests, 1, &full).unwrap_err();
    assert_eq!((error.range, error.failure.code), (0, "NO_SPACE"));
    assert!(control.aborted());
}

#[test]
fn no_space_is_asked_for_where_pages_are_present() {
    let files = Files::new(&[numbered(100)]);
    let job = plan(spec(false), &files.inputs, 1, Some(64)).unwrap();
    let full = |_: u64| Err(("no space".to_string(), serde_json::json!({})));
    let rows = 64 + 100 * job.dests[0].row_size;
    for (present, enough) in [(rows, true), (rows - 1, false)] {
        let control = Control::heap(job.ranges);
        let mut dests = tables::destinations(&job);
        dests[0].present = present;
        let ended = sharray_load::run(&job, &control, &dests, 1, &full);
        assert_eq!(ended.is_ok(), enough, "{present} of {rows} bytes");
    }
}
