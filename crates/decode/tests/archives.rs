//! Compressed data, good, damaged, cut off and with something behind it, held against what Python's modules make of it.

mod hex;

use std::io::{Read, Write};

use hex::unhex;
use proptest::prelude::*;
use sharray_decode::{Decoder, Encoding, Fault, Format};

const ARCHIVES: &str = include_str!("fixtures/archives.tsv");

type Outcome = (Vec<u8>, Result<(), Fault<()>>);

/// Pushes data in pieces that end at these places.
fn decode(data: &[u8], cuts: &[usize]) -> Outcome {
    let mut decoder = Decoder::new(Encoding::Latin1);
    let (mut out, mut from) = (Vec::new(), 0);
    let mut sink = |text: &[u8]| {
        out.extend_from_slice(text);
        Ok(())
    };
    for &to in cuts.iter().chain([&data.len()]) {
        if let Err(fault) = decoder.push(&data[from..to], &mut sink) {
            return (out, Err(fault));
        }
        from = to;
    }
    let ended = decoder.end(&mut sink);
    (out, ended)
}

fn zstd(text: &[u8]) -> Vec<u8> {
    let mut encoder = zstd::Encoder::new(Vec::new(), 3).expect("an encoder");
    encoder.include_checksum(true).expect("a checksum");
    encoder.write_all(text).expect("memory is there");
    encoder.finish().expect("memory is there")
}

fn xz(text: &[u8]) -> Vec<u8> {
    let mut packed = Vec::new();
    liblzma::read::XzEncoder::new(text, 6)
        .read_to_end(&mut packed)
        .expect("memory is there");
    packed
}

#[test]
fn archives_are_taken_and_refused_as_python_does_it() {
    let mut counts = [[0; 2]; 3];
    for line in ARCHIVES.lines() {
        let [format, data, expected] = line.split('\t').collect::<Vec<_>>()[..] else {
            panic!("three columns: {line:?}");
        };
        let data = unhex(data);
        let (out, ended) = decode(&data, &[]);
        let pieces: Vec<usize> = (1..data.len()).collect();
        let (byte_by_byte, slowly) = decode(&data, &pieces);
        assert_eq!(ended.is_ok(), slowly.is_ok(), "byte by byte: {line}");
        let good = match (expected.strip_prefix("ok "), &ended) {
            (Some(text), Ok(())) => {
                assert_eq!(
                    out,
                    unhex(if text.is_empty() { "-" } else { text }),
                    "{line}"
                );
                assert_eq!(byte_by_byte, out);
                true
            }
            // Python leaves a second bzip2 stream out in silence when its damage shows early: not here.
            (Some(_), Err(_)) if begins_another_bzip2(&data) => continue,
            (None, Err(Fault::Archive(damaged))) => {
                assert_eq!(damaged.format.name(), format);
                assert!(damaged.byte <= data.len() as u64, "{damaged:?}");
                assert!(!damaged.what.is_empty());
                false
            }
            _ => panic!("{ended:?}, Python has it {expected}: {line}"),
        };
        counts[["gzip", "bzip2", "xz"]
            .iter()
            .position(|f| *f == format)
            .expect("a format")][usize::from(good)] += 1;
    }
    let enough = |[bad, good]: [i32; 2]| bad > 30 && good > 5;
    assert!(counts.into_iter().all(enough), "{counts:?}");
}

fn begins_another_bzip2(data: &[u8]) -> bool {
    data.starts_with(b"BZh")
        && data[3..]
            .windows(10)
            .any(|w| w.starts_with(b"BZh") && Format::of(w) == Format::Bzip2)
}

#[test]
fn the_place_of_damage_is_told_by_bytes_of_input_and_of_text() {
    let text: Vec<u8> = (0..200_000u32)
        .flat_map(|i| format!("{i}\n").into_bytes())
        .collect();
    for (format, packed) in [(Format::Xz, xz(&text)), (Format::Zstd, zstd(&text))] {
        let cut = packed.len() / 2;
        let (out, ended) = decode(&packed[..cut], &[]);
        let Err(Fault::Archive(damaged)) = ended else {
            panic!("{format:?}: {ended:?}");
        };
        assert_eq!((damaged.format, damaged.byte), (format, cut as u64));
        assert_eq!(damaged.text, out.len() as u64);
        assert!(!out.is_empty() && text.starts_with(&out));
        assert!(damaged.what.contains("cut off"), "{}", damaged.what);
    }
}

#[test]
fn xz_takes_padding_and_nothing_else_behind_a_stream() {
    let (one, two) = (xz(b"1 2\n"), xz(b"3 4\n"));
    let joined = |middle: &[u8], last: &[u8]| [&one[..], middle, &two, last].concat();
    for good in [
        joined(b"", b""),
        joined(&[0; 8], b""),
        joined(&[0; 4], &[0; 12]),
    ] {
        assert_eq!(decode(&good, &[]), (b"1 2\n3 4\n".to_vec(), Ok(())));
    }
    for bad in [
        joined(&[0; 3], b""),
        joined(b"", &[0; 5]),
        joined(b"", b"garbage"),
        joined(b"", b"x"),
    ] {
        assert!(matches!(decode(&bad, &[]).1, Err(Fault::Archive(_))));
    }
}

#[test]
fn zstd_takes_many_frames_and_skippable_ones_among_them() {
    let skippable = b"\x53\x2a\x4d\x18\x05\0\0\0hello";
    let (one, two) = (zstd(b"1 2\n"), zstd(b"3 4\n"));
    for good in [
        [&one[..], &two].concat(),
        [&one[..], skippable, &two].concat(),
        [&skippable[..], &one, &two, skippable].concat(),
    ] {
        let pieces: Vec<usize> = (1..good.len()).collect();
        for cuts in [&[][..], &pieces] {
            assert_eq!(decode(&good, cuts), (b"1 2\n3 4\n".to_vec(), Ok(())));
        }
    }
    assert_eq!(decode(skippable, &[]), (Vec::new(), Ok(())));
    for behind in [
        &b"x"[..],
        b"garbage behind it",
        &skippable[..9],
        &two[..two.len() - 1],
    ] {
        let bad = [&one[..], behind].concat();
        assert!(
            matches!(decode(&bad, &[]).1, Err(Fault::Archive(_))),
            "{behind:?}"
        );
    }
}

#[test]
fn zstd_cut_or_damaged_at_any_byte_is_never_another_text() {
    let text = b"1 2 3\n4 5 6\nhello hello hello hello\n";
    let packed = zstd(text);
    for at in 4..packed.len() {
        let (out, ended) = decode(&packed[..at], &[]);
        assert!(matches!(ended, Err(Fault::Archive(_))), "cut at {at}");
        assert!(text.starts_with(&out));
        for bit in 0..8 {
            let mut damaged = packed.clone();
            damaged[at] ^= 1 << bit;
            let (out, ended) = decode(&damaged, &[]);
            assert!(ended.is_err() || out == text, "byte {at}, bit {bit}");
        }
    }
}

#[test]
fn what_is_not_compressed_goes_through_also_when_it_is_short() {
    for text in [&b""[..], b"1", b"BZh", b"1 2 3 4 5 6 7 8 9\n"] {
        assert_eq!(decode(text, &[]), (text.to_vec(), Ok(())));
    }
    assert!(matches!(decode(b"\x1f\x8b", &[]).1, Err(Fault::Archive(_))));
}

#[test]
fn whoever_takes_the_text_can_end_it_within_a_step_however_well_it_is_compressed() {
    let packed = zstd(&vec![b'1'; 50 << 20]);
    let (mut pieces, mut largest) = (0, 0);
    let mut sink = |text: &[u8]| {
        pieces += 1;
        largest = largest.max(text.len());
        if pieces == 3 { Err("enough") } else { Ok(()) }
    };
    let fault = Decoder::new(Encoding::Utf8).push(&packed, &mut sink);
    assert_eq!(fault, Err(Fault::Sink("enough")));
    assert!(largest <= 256 << 10, "{largest}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn any_split_of_an_archive_gives_its_text(
        text in prop::collection::vec(prop::sample::select(&b"0123456789 \n"[..]), 0..3000),
        first in 0usize..3000,
        at in prop::collection::vec(any::<prop::sample::Index>(), 0..6),
    ) {
        let (one, two) = text.split_at(first.min(text.len()));
        for pack in [zstd as fn(&[u8]) -> Vec<u8>, xz, gzip, bzip2] {
            let data = [pack(one), pack(two)].concat();
            let mut cuts: Vec<usize> = at.iter().map(|index| index.index(data.len())).collect();
            cuts.sort_unstable();
            prop_assert_eq!(decode(&data, &cuts), (text.clone(), Ok(())));
        }
    }
}

fn gzip(text: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(text).expect("memory is there");
    encoder.finish().expect("memory is there")
}

fn bzip2(text: &[u8]) -> Vec<u8> {
    let mut encoder = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
    encoder.write_all(text).expect("memory is there");
    encoder.finish().expect("memory is there")
}
