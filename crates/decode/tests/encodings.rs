//! Names of encodings and texts in them, held against what Python's codecs make of them.

mod hex;

use hex::unhex;
use proptest::prelude::*;
use sharray_decode::{BadText, Encoding, Transcoder};

const NAMES: &str = include_str!("fixtures/names.tsv");
const TEXTS: &str = include_str!("fixtures/texts.tsv");

/// Pushes a text in pieces that end at these places.
fn transcode(encoding: Encoding, data: &[u8], cuts: &[usize]) -> (Vec<u8>, Result<(), BadText>) {
    let mut transcoder = Transcoder::new(encoding);
    let (mut out, mut from) = (Vec::new(), 0);
    for &to in cuts.iter().chain([&data.len()]) {
        if let Err(bad) = transcoder.push(&data[from..to], &mut out) {
            return (out, Err(bad));
        }
        from = to;
    }
    let ended = transcoder.end(&mut out);
    (out, ended)
}

/// The outcome as the fixture spells it.
fn outcome((out, ended): &(Vec<u8>, Result<(), BadText>)) -> String {
    match ended {
        Ok(()) => {
            let hex: String = out.iter().map(|byte| format!("{byte:02x}")).collect();
            format!("ok {hex}")
        }
        Err(bad) => {
            let end = bad.byte + bad.bytes.len() as u64;
            format!("bad {} {end} {}", bad.byte, bad.line)
        }
    }
}

#[test]
fn names_lead_where_python_has_them_lead() {
    let mut known = 0;
    for line in NAMES.lines() {
        let (name, codec) = line.split_once('\t').expect("two columns");
        let expected = (codec != "-").then(|| Encoding::named(codec).expect("a codec's own name"));
        assert_eq!(Encoding::named(name), expected, "{name:?}");
        known += usize::from(expected.is_some());
    }
    assert!(known > 60, "{known} names are known");
    for name in [
        "utf-8",
        "utf-8-sig",
        "latin1",
        "ascii",
        "utf-16-be",
        "utf-32",
    ] {
        assert_eq!(Encoding::named(name).expect("known").name(), name);
    }
}

#[test]
fn texts_are_what_python_decodes_and_errors_are_where_python_finds_them() {
    let mut cases = 0;
    for line in TEXTS.lines() {
        let [encoding, data, expected] = line.split('\t').collect::<Vec<_>>()[..] else {
            panic!("three columns: {line:?}");
        };
        let (encoding, data) = (Encoding::named(encoding).expect("a name"), unhex(data));
        let whole = transcode(encoding, &data, &[]);
        assert_eq!(outcome(&whole), expected, "{encoding:?} {data:02x?}");
        if let Err(bad) = &whole.1 {
            let from = bad.byte as usize;
            assert_eq!(bad.bytes, data[from..from + bad.bytes.len()]);
        }
        let bytes: Vec<usize> = (1..data.len()).collect();
        assert_eq!(
            transcode(encoding, &data, &bytes),
            whole,
            "byte by byte: {line}"
        );
        cases += 1;
    }
    assert!(cases > 2000, "{cases} cases");
}

#[test]
fn a_long_text_of_latin1_is_what_its_characters_are() {
    let data: Vec<u8> = (0..100_000u64).map(|i| (i * i % 251) as u8).collect();
    let expected: String = data.iter().map(|byte| char::from(*byte)).collect();
    let (out, ended) = transcode(Encoding::Latin1, &data, &[1, 77, 4096, 99_999]);
    assert_eq!((out, ended), (expected.into_bytes(), Ok(())));
}

fn any_encoding() -> impl Strategy<Value = Encoding> {
    const CODECS: &[&str] = &[
        "utf-8",
        "utf-8-sig",
        "latin1",
        "ascii",
        "utf-16",
        "utf-16-le",
        "utf-16-be",
        "utf-32",
        "utf-32-le",
        "utf-32-be",
    ];
    prop::sample::select(CODECS).prop_map(|name| Encoding::named(name).expect("a name"))
}

fn any_data() -> impl Strategy<Value = Vec<u8>> {
    let byte = prop_oneof![
        4 => prop::sample::select(&b"\n\r01a\0\xff\xfe\xd8\xdc\xef\xbb\xbf\xe2\x82\xac\xf0\x9f\x98\x80\xc3"[..]),
        1 => any::<u8>(),
    ];
    prop::collection::vec(byte, 0..120)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4000))]

    #[test]
    fn any_split_gives_what_one_piece_gives(encoding in any_encoding(), data in any_data(), at in prop::collection::vec(0usize..120, 0..8)) {
        let mut cuts: Vec<usize> = at.into_iter().filter(|at| *at <= data.len()).collect();
        cuts.sort_unstable();
        let whole = transcode(encoding, &data, &[]);
        prop_assert!(std::str::from_utf8(&whole.0).is_ok());
        prop_assert_eq!(transcode(encoding, &data, &cuts), whole);
    }
}
