//! Any cut into ranges, on any number of threads, gives what one piece gives: rows, their places, and the first error.

use crate::random::{file, numbered};
use crate::tables::expected::or_first_error;
use crate::tables::{Files, Table, load, run, setting, spec};
use proptest::prelude::*;
use sharray_load::{Failure, InputFile, plan};

proptest! {
    #![proptest_config(ProptestConfig { cases: 2 * ProptestConfig::default().cases, ..ProptestConfig::default() })]

    #[test]
    fn any_cut_equals_one_piece(
        contents in prop::collection::vec(file(0.2), 1..4),
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
        let wanted = or_first_error(&contents, &spec);
        let got = plan(spec, &files.inputs, &[], threads, Some(range_bytes)).and_then(|job| load(job, threads));
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

#[test]
fn an_abort_wakes_who_waits_and_ends_who_works() {
    let files = Files::new(&[numbered(100)]);
    let setting = setting(plan(spec(false), &files.inputs, &[], 1, Some(64)).unwrap());
    let control = &setting.control;
    assert_eq!(control.claim(9), Some(0));
    std::thread::scope(|scope| {
        let worker = scope.spawn(|| run(&setting, 1));
        let watcher = scope.spawn(|| control.wait_done(control.ranges()));
        control.abort();
        worker.join().unwrap().unwrap();
        assert!(!watcher.join().unwrap());
    });
    assert_eq!(control.claim(1), None);
    assert_eq!(control.progress(0, control.ranges()).rows, 0);
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
    let job = plan(spec(false), &files.inputs, &[], 3, Some(1000)).unwrap();
    let wanted = or_first_error(&[long], &job.spec).unwrap();
    assert_eq!(load(job, 3).unwrap(), wanted);
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
        let job = plan(spec(false), &files.inputs, &[], 2, Some(64)).unwrap();
        change(files.inputs[0].path.as_ref().unwrap());
        assert_eq!(load(job, 2).unwrap_err().code, "INPUT_CHANGED");
    }
}

#[test]
fn what_cannot_be_read_is_told_before_any_work() {
    let files = Files::new(&[numbered(1)]);
    let code = |path: Option<&str>| {
        let input = InputFile {
            path: path.map(str::to_string),
            label: "input".to_string(),
            ..InputFile::default()
        };
        plan(spec(false), &[input], &[], 1, None).unwrap_err().code
    };
    let path = files.inputs[0].path.as_ref().unwrap();
    let missing = path.replace("file0", "none");
    assert_eq!(code(Some(&missing)), "FILE_NOT_FOUND");
    assert_eq!(code(Some("/")), "IS_DIRECTORY");
    assert_eq!(code(Some("/dev/null")), "NOT_SUPPORTED");
    assert_eq!(code(None), "BAD_ARGUMENT");
}

#[test]
fn too_little_space_ends_the_load() {
    let files = Files::new(&[numbered(100)]);
    let setting = setting(plan(spec(false), &files.inputs, &[], 1, Some(64)).unwrap());
    let full = |_: u64| Err(("no space".to_string(), serde_json::json!({})));
    let error = sharray_load::run(&setting, 1, &full).unwrap_err();
    assert_eq!((error.range, error.failure.code), (0, "NO_SPACE"));
    assert!(setting.control.aborted());
}

#[test]
fn no_space_is_asked_for_where_pages_are_present() {
    let files = Files::new(&[numbered(100)]);
    let full = |_: u64| Err(("no space".to_string(), serde_json::json!({})));
    for (missing, enough) in [(0, true), (1, false)] {
        let mut setting = setting(plan(spec(false), &files.inputs, &[], 1, Some(64)).unwrap());
        let present = 64 + 100 * setting.job.dests[0].row_size - missing;
        setting.dests[0].present = present;
        let ended = sharray_load::run(&setting, 1, &full);
        assert_eq!(ended.is_ok(), enough, "{missing} bytes are missing");
    }
}
