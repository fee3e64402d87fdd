//! A small file that is opened and read once gives what any other load gives.

use crate::random::{file, numbered, quoted_file};
use crate::tables::expected::{expected, or_first_error};
use crate::tables::{Files, load, load_all, spec};
use proptest::prelude::*;
use sharray_load::{Failure, InputFile, Job, Spec, plan_small};

fn small(spec: Spec, input: &InputFile) -> Result<Job, Failure> {
    let path = input.path.as_deref().unwrap();
    plan_small(spec, path, &input.label).map(|job| job.expect("it is small"))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: ProptestConfig::default().cases * 3 / 2, ..ProptestConfig::default() })]

    #[test]
    fn rows_and_the_first_error_are_the_same(
        content in file(0.3),
        skiprows in prop_oneof![3 => Just(0u64), 1 => 1u64..4],
        max_rows in prop::option::weighted(0.3, 0u64..8),
    ) {
        let contents = [content];
        let files = Files::new(&contents);
        let spec = Spec { skiprows, max_rows, ..spec(false) };
        let wanted = or_first_error(&contents, &spec);
        let got = small(spec, &files.inputs[0]).and_then(|job| load(job, 1));
        match (got, wanted) {
            (Ok(got), Ok(wanted)) => prop_assert_eq!(got, wanted),
            (Err(got), Err((_, line))) => {
                prop_assert_eq!(&got.details["file"], "file0", "{}", got.message);
                prop_assert_eq!(&got.details["line"], line, "{}", got.message);
            }
            (got, wanted) => prop_assert!(false, "got {got:?}, expected {wanted:?}"),
        }
    }

    #[test]
    fn rows_that_are_left_out_are_the_same(content in quoted_file(None)) {
        let contents = [content];
        let files = Files::new(&contents);
        let spec = Spec { quote: Some('"'), rejects: Some(u64::MAX), ..spec(false) };
        let wanted = expected(&contents, &spec);
        let (tables, notes) = load_all(small(spec, &files.inputs[0]).unwrap(), 1).unwrap();
        prop_assert_eq!(tables, wanted.tables);
        prop_assert_eq!(notes.rejects.len(), wanted.rejects.len());
        let nothing = wanted.rejects.is_empty() && wanted.cuts.iter().all(Option::is_none);
        prop_assert_eq!(notes.is_empty(), nothing);
    }
}

#[test]
fn a_byte_order_mark_is_passed_over() {
    let files = Files::new(&[b"\xef\xbb\xbfa 1\n".to_vec(), b"a 1\n".to_vec()]);
    let [marked, plain] = [0, 1].map(|file| {
        let job = small(spec(false), &files.inputs[file]).unwrap();
        load(job, 1).unwrap()
    });
    assert_eq!(marked, plain);
}

#[test]
fn what_is_long_compressed_or_no_file_is_none() {
    let gzip = [&b"\x1f\x8b\x08\0"[..], &[0; 20]].concat();
    let files = Files::new(&[numbered(20_000), gzip]);
    let paths = files
        .inputs
        .iter()
        .map(|input| input.path.as_deref().unwrap());
    for path in paths.chain(["/dev/null", "/", "/nowhere"]) {
        assert!(
            plan_small(spec(false), path, "x").unwrap().is_none(),
            "{path}"
        );
    }
}

#[test]
fn what_is_written_after_the_look_is_not_read() {
    let files = Files::new(&[b"a 1\n".to_vec()]);
    let job = small(spec(false), &files.inputs[0]).unwrap();
    std::fs::write(files.inputs[0].path.as_deref().unwrap(), "b 2\nc 3\n").unwrap();
    assert_eq!(load(job, 1).unwrap(), [b"a\0\0\x01\0\0\0".to_vec()]);
}
