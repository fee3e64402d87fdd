//! Rows in quotes, rows that are left out, texts that are cut, files that are left out: any cut into ranges gives what one piece
//! gives.

use proptest::prelude::*;
use std::sync::Arc;

use sharray_decode::Encoding;
use sharray_load::{
    About, Delimiter, InputFile, Items, Notes, Packing, Spec, Spool, TextRows, plan,
};

use crate::packed::gzip;
use crate::random::{file, quoted_file};
use crate::tables::expected::{Expected, expected, or_first_error};
use crate::tables::{Files, load, load_all, setting, spec};

fn any_limits() -> impl Strategy<Value = (u64, Option<u64>)> {
    let skiprows = prop_oneof![3 => Just(0u64), 1 => 1u64..4];
    (skiprows, prop::option::weighted(0.3, 0u64..8))
}

/// Files with quotes or without, and how they are read.
fn any_case() -> impl Strategy<Value = (Spec, Vec<Vec<u8>>)> {
    let delimiter = prop_oneof![Just(None), Just(Some(','))];
    (any::<bool>(), delimiter, any::<bool>(), any_limits()).prop_flat_map(
        |(quoted, delimiter, concat, (skiprows, max_rows))| {
            let spec = Spec {
                quote: quoted.then_some('"'),
                delimiter: delimiter
                    .filter(|_| quoted)
                    .map_or(Delimiter::White(()), Delimiter::Char),
                skiprows,
                max_rows,
                ..spec(concat)
            };
            let file = if quoted {
                quoted_file(delimiter)
            } else {
                file(0.8).boxed()
            };
            (Just(spec), prop::collection::vec(file, 1..4))
        },
    )
}

fn compare_cuts(notes: &Notes, wanted: &Expected) -> Result<(), TestCaseError> {
    let cuts: Vec<_> = notes
        .cuts
        .iter()
        .map(|cuts| cuts.first().map(|cut| (cut.count, cut.file, cut.line)))
        .collect();
    prop_assert_eq!(&cuts, &wanted.cuts);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: ProptestConfig::default().cases * 3 / 2, ..ProptestConfig::default() })]

    #[test]
    fn rows_in_quotes((mut spec, contents) in any_case(), range_bytes in 1u64..60, threads in 1u32..4) {
        spec.quote = Some('"');
        let files = Files::new(&contents);
        let wanted = or_first_error(&contents, &spec);
        let got = plan(spec, &files.inputs, &[], threads, Some(range_bytes)).and_then(|job| load(job, threads));
        match (got, wanted) {
            (Ok(got), Ok(wanted)) => prop_assert_eq!(got, wanted),
            (Err(got), Err((file, line))) => {
                prop_assert_eq!(&got.details["file"], &format!("file{file}"), "{}", got.message);
                prop_assert_eq!(&got.details["line"], line, "{}", got.message);
            }
            (got, wanted) => prop_assert!(false, "got {got:?}, expected {wanted:?}"),
        }
    }

    #[test]
    fn rows_that_are_left_out((mut spec, contents) in any_case(), range_bytes in 1u64..60, threads in 1u32..4) {
        spec.rejects = Some(u64::MAX);
        let files = Files::new(&contents);
        let wanted = expected(&contents, &spec);
        let job = plan(spec, &files.inputs, &[], threads, Some(range_bytes)).unwrap();
        let (tables, notes) = load_all(job, threads).unwrap();
        prop_assert_eq!(&tables, &wanted.tables);
        compare_cuts(&notes, &wanted)?;
        prop_assert_eq!(notes.rejects.len(), wanted.rejects.len());
        for (found, (file, row)) in notes.rejects.iter().zip(&wanted.rejects) {
            prop_assert_eq!((found.file, found.line, found.byte), (*file, row.line, row.byte));
            prop_assert_eq!(&found.text, &row.text);
        }
    }

    #[test]
    fn more_rows_left_out_than_allowed((mut spec, contents) in any_case(), range_bytes in 1u64..60, threads in 1u32..4, skip_files in any::<bool>()) {
        spec.rejects = Some(u64::MAX);
        spec.skip_files = skip_files && !spec.concat;
        let files = Files::new(&contents);
        let count = expected(&contents, &spec).rejects.len() as u64;
        for (most, enough) in [(count, true), (count.wrapping_sub(1), count == 0)] {
            spec.rejects = Some(most);
            let job = plan(spec.clone(), &files.inputs, &[], threads, Some(range_bytes)).unwrap();
            let code = load(job, threads).map_err(|failure| failure.code);
            prop_assert_eq!(code.as_ref().err(), (!enough).then_some(&"TEXT_TOO_MANY_REJECTS"));
        }
    }

    #[test]
    fn files_that_are_left_out((mut spec, contents) in any_case(), range_bytes in 1u64..60, threads in 1u32..4) {
        spec.concat = false;
        spec.skip_files = true;
        let files = Files::new(&contents);
        let wanted = expected(&contents, &spec);
        let job = plan(spec, &files.inputs, &[], threads, Some(range_bytes)).unwrap();
        let (tables, notes) = load_all(job, threads).unwrap();
        let failures: Vec<_> = notes.failures.iter().map(|(file, failure)| (*file as usize, failure["details"]["line"].as_u64().unwrap())).collect();
        prop_assert_eq!(&failures, &wanted.bad);
        for (file, table) in tables.iter().enumerate() {
            if wanted.bad.iter().all(|(bad, _)| *bad != file) {
                prop_assert_eq!(table, &wanted.tables[file]);
                let cut = notes.cuts[file].first().map(|cut| (cut.count, cut.file, cut.line));
                prop_assert_eq!(cut, wanted.cuts[file]);
            }
        }
    }

    #[test]
    fn texts_of_rows_for_others((mut spec, contents) in any_case(), range_bytes in 1u64..60, most in 1usize..9) {
        spec.concat = false;
        let files = Files::new(&contents[..1]);
        // Only what is no text at all is an error here: rejects keep the plan from looking at values.
        spec.rejects = Some(0);
        let wanted = expected(&contents[..1], &spec);
        let is_text = |row: &str| !row.contains('\u{fffd}');
        prop_assume!(wanted.rejects.iter().all(|(_, row)| is_text(&row.text)));
        let mut packed = Files::new(&[gzip(&contents[0])]);
        packed.inputs[0].packing = Packing::Stream;
        let all = |files: &Files, range_bytes| {
            let job = plan(spec.clone(), &files.inputs, &[], 1, range_bytes).unwrap();
            let mut rows = TextRows::new(job, &[]).unwrap();
            let mut all = Vec::new();
            loop {
                let next = rows.read(most).unwrap();
                if next.is_empty() {
                    return all;
                }
                all.extend(next);
            }
        };
        let rows = all(&files, Some(range_bytes));
        prop_assert_eq!(&rows, &all(&files, None));
        prop_assert_eq!(&rows, &all(&packed, Some(range_bytes)));
        if spec.max_rows.is_none() {
            let good = wanted.tables[0].len() / 7;
            prop_assert_eq!(rows.len(), good + wanted.rejects.len());
        }
    }
}

#[test]
fn texts_that_are_none_are_not_handed_on() {
    let files = Files::new(&[b"a 1\nb 2\n\nc\xff 3\nd 4\n".to_vec()]);
    for quote in [None, Some('"')] {
        let wanted = Spec {
            quote,
            ..spec(false)
        };
        let job = plan(wanted, &files.inputs, &[], 1, None).unwrap();
        let mut rows = TextRows::new(job, &[]).unwrap();
        assert_eq!(rows.read(9).unwrap().len(), 2);
        let failure = rows.read(9).unwrap_err();
        assert_eq!(failure.code, "TEXT_BAD_ENCODING");
        assert_eq!(
            failure.details,
            serde_json::json!({ "file": "file0", "line": 4, "byte": 10 })
        );
    }
}

/// A load of items, each of which ends with 0xFF.
fn items(text: &[&[u8]]) -> (Spec, InputFile, Vec<Arc<Spool>>) {
    let spool = Spool::new(About {
        label: "items".to_string(),
        keep: true,
        space: Box::new(|_| Ok(())),
    });
    for item in text {
        let (bytes, ends) = (*item, &[item.len() as u32][..]);
        let items = Items {
            bytes,
            ends,
            utf8: true,
        };
        spool.push_items(items, Encoding::Latin1, true).unwrap();
    }
    spool.end(Ok(()));
    let input = InputFile {
        spool: Some(0),
        label: "items".to_string(),
        ..InputFile::default()
    };
    (
        Spec {
            quote: Some('"'),
            items: true,
            ..spec(false)
        },
        input,
        vec![Arc::new(spool)],
    )
}

#[test]
fn items_are_lines_whatever_they_hold() {
    let (mut spec, input, spools) =
        items(&[b"#\nx", b"\"a\nb\" 1\n", b"c d\ne 2", b"\"f", b"g\" 3"]);
    for range_bytes in 1..40 {
        for skiprows in [0, 1] {
            spec.skiprows = skiprows;
            spec.rejects = Some(9);
            let job = plan(
                spec.clone(),
                std::slice::from_ref(&input),
                &spools,
                1,
                Some(range_bytes),
            )
            .unwrap();
            assert_eq!(job.files[0].lines_before, skiprows);
            let mut setting = setting(job);
            setting.spools.clone_from(&spools);
            let (tables, notes) = crate::tables::load_setting(&setting, 1).unwrap();
            assert_eq!(tables, [b"a\nb\x01\0\0\0fg\0\x03\0\0\0"]);
            let [reject] = &notes.rejects[..] else {
                panic!("{:?}", notes.rejects)
            };
            assert_eq!(
                (reject.line, reject.byte, reject.text.as_str()),
                (3, 13, "c d\ne 2")
            );
            assert!(
                reject.reason.contains("in the midst of an item"),
                "{}",
                reject.reason
            );
        }
    }
    spec.rejects = None;
    spec.skiprows = 2;
    let job = plan(
        Spec {
            profile: true,
            ..spec
        },
        &[input],
        &spools,
        1,
        Some(5),
    )
    .unwrap();
    let failure = TextRows::new(job, &spools).unwrap().read(9).unwrap_err();
    assert_eq!(
        (failure.code, &failure.details["line"]),
        ("TEXT_BAD_VALUE", &3.into())
    );
}

#[test]
fn the_first_good_row_tells_the_columns_where_bad_ones_are_left_out() {
    let files = Files::new(&[b"1 \xff 3\n1 2\n3 4\n".to_vec()]);
    let mut wanted = spec(false);
    wanted.columns.remove(0);
    wanted.columns[0].offset = 0;
    let wanted = Spec {
        record: false,
        itemsize: 4,
        rejects: Some(1),
        ..wanted
    };
    let job = plan(wanted.clone(), &files.inputs, &[], 1, None).unwrap();
    assert_eq!(job.dests[0].columns, 2);
    let (tables, notes) = load_all(job, 1).unwrap();
    assert_eq!(tables[0], [1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 4, 0, 0, 0]);
    assert_eq!((notes.rejects.len(), notes.rejects[0].line), (1, 1));
    // Without a good row there are no columns, and all rows are left out.
    let files = Files::new(&[b"1 \xff\n".to_vec()]);
    let (tables, notes) = load_all(plan(wanted, &files.inputs, &[], 1, None).unwrap(), 1).unwrap();
    assert_eq!((tables[0].len(), notes.rejects.len()), (0, 1));
}

#[test]
fn rows_without_bytes_are_refused_and_left_out_as_others_are() {
    let files = Files::new(&[b"1 2\n3\n4 5\n\n6 7 8\n9 10\n".to_vec()]);
    let mut wanted = spec(false);
    for column in &mut wanted.columns {
        (column.kind, column.size, column.offset) = (sharray_load::Kind::Bytes, 0, 0);
    }
    wanted.itemsize = 0;
    for range_bytes in 1..20 {
        let plan = |wanted: &Spec| plan(wanted.clone(), &files.inputs, &[], 2, Some(range_bytes));
        let failure = load_all(plan(&wanted).unwrap(), 2).unwrap_err();
        assert_eq!(
            (failure.code, &failure.details["line"]),
            ("TEXT_BAD_COLUMNS", &2.into())
        );
        let keeping = Spec {
            rejects: Some(9),
            ..wanted.clone()
        };
        let (tables, notes) = load_all(plan(&keeping).unwrap(), 2).unwrap();
        let lines: Vec<u64> = notes.rejects.iter().map(|reject| reject.line).collect();
        assert_eq!((tables[0].len(), lines), (0, vec![2, 5]));
        // No column is wanted: any row will do.
        let none = Spec {
            usecols: Some(vec![]),
            record: false,
            ..wanted.clone()
        };
        load_all(plan(&none).unwrap(), 2).unwrap();
    }
}

#[test]
fn a_bad_byte_in_a_first_row_of_several_lines_is_told_with_its_own_line() {
    let files = Files::new(&[b"#\n\"a\nb\xff\" 1\n".to_vec()]);
    let wanted = Spec {
        quote: Some('"'),
        ..spec(false)
    };
    let failure = plan(wanted, &files.inputs, &[], 1, None).unwrap_err();
    assert_eq!(
        failure.details,
        serde_json::json!({ "file": "file0", "line": 3, "byte": 6 })
    );
}
