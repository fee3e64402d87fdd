//! Compressed files give what their text gives: the same tables, notes and failures, in whatever ranges they are read.

use std::io::Write;

use flate2::write::{DeflateEncoder, GzEncoder};
use flate2::{Compression, Crc};
use proptest::prelude::*;
use serde_json::{Value, json};
use sharray_load::{Failure, Notes, Packing, Spec, plan};

use crate::random::{file, numbered, quoted_file};
use crate::tables::{Files, Table, load_all, spec};

pub fn gzip(text: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(text).unwrap();
    encoder.finish().unwrap()
}

/// One block of BGZF.
pub fn block(text: &[u8]) -> Vec<u8> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(text).unwrap();
    let body = encoder.finish().unwrap();
    let mut crc = Crc::new();
    crc.update(text);
    let mut block = b"\x1f\x8b\x08\x04\0\0\0\0\0\xff\x06\0BC\x02\0".to_vec();
    block.extend((body.len() as u16 + 25).to_le_bytes());
    block.extend(body);
    block.extend(crc.sum().to_le_bytes());
    block.extend((text.len() as u32).to_le_bytes());
    block
}

/// BGZF of blocks of so many bytes, some of them empty.
fn bgzip(text: &[u8], size: usize) -> Vec<u8> {
    let mut packed = Vec::new();
    for (index, piece) in text.chunks(size).enumerate() {
        if index % 5 == 3 {
            packed.extend(block(b""));
        }
        packed.extend(block(piece));
    }
    packed.extend(block(b""));
    packed
}

type Outcome = Result<(Vec<Table>, Value), Failure>;

/// The notes, but of what rows could be only how many there were: which range tells of which row is not the same for all.
fn told(notes: &Notes) -> Value {
    let mut told = json!(notes);
    let rows = |profile: &Value| {
        profile["first"]["rows"].as_u64().unwrap_or(0)
            + profile["rest"]["rows"].as_u64().unwrap_or(0)
    };
    told["profiles"] = json!(notes.profiles.iter().map(rows).sum::<u64>());
    told
}

fn outcome(
    spec: &Spec,
    contents: &[Vec<u8>],
    packing: Packing,
    (range, threads): (u64, u32),
) -> Outcome {
    let mut files = Files::new(contents);
    for input in &mut files.inputs {
        input.packing = packing;
    }
    let job = plan(spec.clone(), &files.inputs, &[], threads, Some(range))?;
    load_all(job, threads).map(|(tables, notes)| (tables, told(&notes)))
}

/// How a table is read.
fn specs() -> impl Strategy<Value = Spec> {
    // With fewer, which row is one too many depends on the ranges.
    let rejects = prop::option::weighted(0.4, Just(1000u64));
    let rows = prop::option::weighted(0.3, 0u64..12);
    (any::<[bool; 5]>(), rejects, rows, 0u64..3).prop_map(
        |([concat, quoted, profile, header, skip], rejects, max_rows, skiprows)| Spec {
            quote: quoted.then_some('"'),
            rejects,
            max_rows,
            skiprows,
            header,
            profile,
            skip_files: skip && !concat,
            ..spec(concat)
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn compressed_files_are_their_text(
        spec in specs(),
        contents in prop::collection::vec(prop_oneof![file(0.4), quoted_file(None)], 1..4),
        size in 1usize..60,
        range in 1u64..90,
        threads in 1u32..4,
    ) {
        let plain = outcome(&spec, &contents, Packing::None, (range, threads));
        let pack = |how: &dyn Fn(&[u8]) -> Vec<u8>| -> Vec<Vec<u8>> { contents.iter().map(|text| how(text)).collect() };
        let streams = outcome(&spec, &pack(&gzip), Packing::Stream, (range, threads));
        prop_assert_eq!(&streams, &plain);
        let blocks = outcome(&spec, &pack(&|text| bgzip(text, size)), Packing::Blocks, (range, threads));
        prop_assert_eq!(&blocks, &plain);
        // What only begins like blocks is read as the stream that it is.
        let both = |text: &[u8]| [bgzip(&text[..text.len() / 2], size), gzip(&text[text.len() / 2..])].concat();
        let mixed = outcome(&spec, &pack(&both), Packing::Blocks, (range, threads));
        prop_assert_eq!(&mixed, &plain);
    }
}

#[test]
fn a_byte_order_mark_is_no_part_of_a_compressed_text() {
    let text = b"\xef\xbb\xbfabc 1\nd 2\n".to_vec();
    let plain = outcome(&spec(false), &[text[3..].to_vec()], Packing::None, (8, 2));
    for (packed, packing) in [
        (gzip(&text), Packing::Stream),
        (bgzip(&text, 2), Packing::Blocks),
    ] {
        assert_eq!(outcome(&spec(false), &[packed], packing, (8, 2)), plain);
    }
}

/// The failure that a damaged file ends with, whatever its ranges.
fn failure(packed: Vec<u8>, packing: Packing) -> Failure {
    let all = [7, 500, 1 << 30].map(|range| {
        outcome(
            &spec(false),
            std::slice::from_ref(&packed),
            packing,
            (range, 2),
        )
        .unwrap_err()
    });
    let [first, second, third] = &all;
    assert!(first == second && first == third, "{all:?}");
    first.clone()
}

#[test]
fn bytes_that_are_no_text_are_told_behind_the_rows_before_them_in_one_range_too() {
    let wide = |text: &str| -> Vec<u8> { text.encode_utf16().flat_map(u16::to_le_bytes).collect() };
    for (text, code) in [
        ("a 1\nb 2", "TEXT_BAD_ENCODING"),
        ("a x\nb 2", "TEXT_BAD_VALUE"),
    ] {
        let mut files = Files::new(&[[wide(text), vec![7]].concat()]);
        files.inputs[0].packing = Packing::Stream;
        files.inputs[0].encoding = Some("utf-16-le".to_string());
        for range in [3, 1 << 30] {
            let planned = plan(spec(false), &files.inputs, &[], 2, Some(range));
            let failure = planned.and_then(|job| load_all(job, 2)).unwrap_err();
            assert_eq!(failure.code, code, "{}", failure.message);
        }
    }
}

#[test]
fn damage_is_told_behind_the_first_bad_row_and_not_before_it() {
    let good = numbered(5000);
    let bad = [&good[..], b"a b\n", &good[..]].concat();
    for (text, code) in [(&good, "TEXT_BAD_ARCHIVE"), (&bad, "TEXT_BAD_VALUE")] {
        for (packed, packing) in [
            (gzip(text), Packing::Stream),
            (bgzip(text, 999), Packing::Blocks),
        ] {
            let cut = packed[..packed.len() - 70].to_vec();
            let failure = failure(cut, packing);
            assert_eq!(failure.code, code, "{}", failure.message);
        }
    }
}

#[test]
fn damage_behind_the_last_row_that_is_wanted_does_no_harm() {
    let wide = |text: &str| -> Vec<u8> { text.encode_utf16().flat_map(u16::to_le_bytes).collect() };
    let mut files = Files::new(&[[wide("a 1\nb 2\nc 3"), vec![7]].concat()]);
    files.inputs[0].packing = Packing::Stream;
    files.inputs[0].encoding = Some("utf-16-le".to_string());
    let limited = Spec {
        max_rows: Some(2),
        ..spec(false)
    };
    for _ in 0..200 {
        let job = plan(limited.clone(), &files.inputs, &[], 3, Some(2)).unwrap();
        let (tables, _) = load_all(job, 3).unwrap();
        assert_eq!(tables[0].len(), 14);
    }
}

#[test]
fn a_block_that_is_damaged_is_told_with_its_byte() {
    let first = block(b"a 1\n");
    for (place, what) in [
        (first.len() + 18, "damaged"),
        (first.len() + block(b"bcd 2345\n").len() - 8, "checksum"),
    ] {
        let mut packed = [first.clone(), block(b"bcd 2345\n"), block(b"")].concat();
        packed[place] ^= 0x55;
        let failure = failure(packed, Packing::Blocks);
        assert_eq!(failure.code, "TEXT_BAD_ARCHIVE");
        assert_eq!(failure.details["byte"], first.len());
        assert_eq!(failure.details["text"], 4);
        let reason = failure.details["reason"].as_str().unwrap();
        assert!(reason.contains(what), "{reason}");
    }
}
