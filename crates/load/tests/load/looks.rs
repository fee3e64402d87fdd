//! Loads that only look at the rows: what is told of the columns does not depend on the ranges.

use proptest::prelude::*;
use serde_json::{Value, json};
use sharray_load::{Spec, plan};

use crate::random::{file, quoted_file};
use crate::tables::expected::expected;
use crate::tables::{Files, load_all, spec};

/// What was seen of a column, by two ranges.
fn and(a: &Value, b: &Value) -> Value {
    let sum = |key: &str| a[key].as_u64().unwrap() + b[key].as_u64().unwrap();
    let most = |key: &str| a[key].as_u64().max(b[key].as_u64());
    let both = |key: &str| a[key] == true && b[key] == true;
    json!({
        "values": sum("values"), "missing": sum("missing"), "characters": most("characters"), "latin1": both("latin1"),
        "int4": both("int4"), "int8": both("int8"), "float": both("float"), "truth": both("truth"),
    })
}

/// The first row's fields, and both profiles, of each file.
fn merged(profiles: &[Value], files: usize) -> Vec<Value> {
    let of = |file: usize| {
        profiles
            .iter()
            .filter(move |profile| profile["file"] == file)
    };
    let nothing = json!({
        "values": 0, "missing": 0, "characters": 0, "latin1": true, "int4": true, "int8": true, "float": true, "truth": true,
    });
    let rest = |file: usize| {
        let mut columns: Vec<Value> = Vec::new();
        for profile in of(file) {
            for (i, column) in profile["rest"]["columns"]
                .as_array()
                .unwrap()
                .iter()
                .enumerate()
            {
                match columns.get_mut(i) {
                    Some(known) => *known = and(known, column),
                    None => columns.push(and(column, &nothing)),
                }
            }
        }
        let rows: u64 = of(file)
            .map(|profile| profile["rest"]["rows"].as_u64().unwrap())
            .sum();
        if rows == 0 {
            json!(0)
        } else {
            json!([rows, columns])
        }
    };
    let first = |file: usize| {
        let first = of(file).find(|profile| !profile["first"].is_null());
        first.map(|profile| json!([profile["texts"], profile["first"]]))
    };
    (0..files)
        .map(|file| json!([first(file), rest(file)]))
        .collect()
}

proptest! {
    #[test]
    fn any_cut_tells_what_one_piece_tells(
        quoted in any::<bool>(),
        contents in any::<bool>().prop_flat_map(|quoted| {
            prop::collection::vec(if quoted { quoted_file(None) } else { file(0.5).boxed() }, 1..4)
        }),
        max_rows in prop::option::weighted(0.3, 0u64..8),
        rejects in any::<bool>(),
        range_bytes in 1u64..60,
        threads in 1u32..4,
    ) {
        let files = Files::new(&contents);
        let wanted = Spec {
            profile: true,
            quote: quoted.then_some('"'),
            max_rows,
            rejects: rejects.then_some(u64::MAX),
            ..spec(false)
        };
        let look = |range_bytes, threads| {
            let job = plan(wanted.clone(), &files.inputs, &[], threads, range_bytes)?;
            load_all(job, threads).map(|(_, notes)| merged(&notes.profiles, contents.len()))
        };
        let whole = look(None, 1).map_err(|failure| (failure.code, failure.details));
        let found = look(Some(range_bytes), threads).map_err(|failure| (failure.code, failure.details));
        prop_assert_eq!(found, whole);
    }
}

#[test]
fn rows_behind_bytes_that_are_no_text_are_looked_at_too() {
    let contents = [b"a 1\nb\xff 2\nccccc 3\n".to_vec()];
    let files = Files::new(&contents);
    let wanted = Spec {
        profile: true,
        rejects: Some(9),
        ..spec(false)
    };
    assert_eq!(expected(&contents, &wanted).rejects.len(), 1);
    let (_, notes) = load_all(plan(wanted, &files.inputs, &[], 1, None).unwrap(), 1).unwrap();
    let [profile] = &notes.profiles[..] else {
        panic!("one range")
    };
    assert_eq!(profile["texts"], json!(["a", "1"]));
    assert_eq!(profile["rest"]["rows"], 1);
    assert_eq!(profile["rest"]["columns"][0]["characters"], 5);
}
