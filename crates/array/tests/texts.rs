//! Texts to UTF-8 and back against plain loops over their characters.

use proptest::prelude::*;
use sharray_array::{
    Measure, Memory, Misfit, Operand, Spans, Text, measure, texts_to_utf8, utf8_to_texts,
};

/// Miri takes its time.
const CASES: u32 = if cfg!(miri) { 6 } else { 400 };

fn config() -> ProptestConfig {
    ProptestConfig {
        cases: CASES,
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

/// Characters of all widths, NULs, halves of pairs, and what is beyond Unicode.
fn codes() -> impl Strategy<Value = u32> {
    prop_oneof![
        6 => 1_u32..0x80,
        2 => Just(0),
        1 => 0x80_u32..0x100,
        1 => 0x100_u32..0x1_0000,
        1 => 0xd800_u32..0xe000,
        1 => 0x1_0000_u32..0x11_0000,
        1 => 0x11_0000_u32..,
    ]
}

/// Bytes of texts, mostly ASCII, seldom UTF-8 else.
fn bytes() -> impl Strategy<Value = u8> {
    prop_oneof![12 => 1_u8..0x80, 2 => Just(0), 1 => 0x80_u8..]
}

/// Places for items in two axes, with gaps and in any direction, and how many bytes they need.
fn places(shape: [usize; 2], size: usize, gap: usize, back: [bool; 2]) -> (Operand, usize) {
    let inner = (size + gap) as i64;
    let outer = inner * shape[1] as i64 + gap as i64;
    let mut operand = Operand {
        offset: gap as i64,
        strides: vec![outer, inner],
    };
    for (axis, back) in back.into_iter().enumerate() {
        if back && shape[axis] > 0 {
            operand.offset += operand.strides[axis] * (shape[axis] as i64 - 1);
            operand.strides[axis] = -operand.strides[axis];
        }
    }
    let length = gap + outer as usize * shape[0] + size;
    (operand, length)
}

/// The byte of each item, in C order.
fn starts(operand: &Operand, shape: [usize; 2]) -> Vec<usize> {
    let at = |i: usize, j: usize| {
        (operand.offset + operand.strides[0] * i as i64 + operand.strides[1] * j as i64) as usize
    };
    (0..shape[0])
        .flat_map(|i| (0..shape[1]).map(move |j| (i, j)))
        .map(|(i, j)| at(i, j))
        .collect()
}

fn text(count: usize, kind: u8) -> Text {
    let wide = kind > 0;
    Text {
        size: if wide { 4 * count } else { count },
        wide,
        swapped: kind == 2,
    }
}

fn characters(item: &[u8], text: Text) -> Vec<u32> {
    let mut found: Vec<u32> = if text.wide {
        let number = |code: &[u8]| {
            let code = [code[0], code[1], code[2], code[3]];
            if text.swapped {
                u32::from_be_bytes(code)
            } else {
                u32::from_le_bytes(code)
            }
        };
        item.chunks(4).map(number).collect()
    } else {
        item.iter().map(|byte| u32::from(*byte)).collect()
    };
    while found.last() == Some(&0) {
        found.pop();
    }
    found
}

fn check_to_utf8(shape: [usize; 2], text: Text, gap: usize, back: [bool; 2], codes: &[u32]) {
    let (operand, length) = places(shape, text.size, gap, back);
    let mut memory = vec![0xee_u8; length];
    let mut codes = codes.iter().cycle();
    let starts = starts(&operand, shape);
    for start in &starts {
        let item = &mut memory[*start..start + text.size];
        if text.wide {
            for code in item.chunks_mut(4) {
                let next = *codes.next().unwrap();
                code.copy_from_slice(&if text.swapped {
                    next.to_be_bytes()
                } else {
                    next.to_le_bytes()
                });
            }
        } else {
            item.fill_with(|| *codes.next().unwrap() as u8);
        }
    }
    let (mut offsets, mut data) = (vec![0_i32], String::new());
    for start in &starts {
        for code in characters(&memory[*start..start + text.size], text) {
            data.push(char::from_u32(code).unwrap_or('\u{fffd}'));
        }
        offsets.push(data.len() as i32);
    }
    for threads in [1, 3] {
        let found =
            texts_to_utf8(Memory::of(&mut memory), &operand, &shape, text, threads).unwrap();
        let ends: Vec<i32> = found
            .offsets
            .chunks(4)
            .map(|end| i32::from_ne_bytes(end.try_into().unwrap()))
            .collect();
        assert_eq!(ends, offsets);
        assert_eq!(&*found.data, data.as_bytes());
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn texts_become_the_utf8_of_their_characters(
        shape in [0_usize..7, 0_usize..9],
        count in prop_oneof![0_usize..20, 20_usize..60],
        kind in 0_u8..3,
        gap in 0_usize..5,
        back in any::<[bool; 2]>(),
        codes in prop::collection::vec(codes(), 1..200),
    ) {
        check_to_utf8(shape, text(count, kind), gap, back, &codes);
    }

    #[test]
    fn spans_become_texts_or_name_the_first_that_does_not_fit(
        shape in [0_usize..6, 0_usize..8],
        count in prop_oneof![0_usize..20, 20_usize..60],
        kind in 0_u8..3,
        gap in 0_usize..5,
        back in any::<[bool; 2]>(),
        form in 0_u8..3,
        plain in any::<bool>(),
        valid in any::<bool>(),
        texts in prop::collection::vec(prop_oneof![
            4 => "[a-z]{0,20}".prop_map(String::into_bytes),
            2 => "[\u{0}-\u{ff}]{0,20}".prop_map(String::into_bytes),
            1 => "\\PC{0,20}".prop_map(String::into_bytes),
            1 => prop::collection::vec(bytes(), 0..40),
        ], 1..12),
        nulls in prop::option::of(prop::collection::vec(0_u8..2, 48)),
        wrong in prop::option::weighted(0.2, any::<(u8, i64)>()),
    ) {
        let total = shape[0] * shape[1];
        let texts: Vec<&[u8]> = texts.iter().cycle().take(total).map(|text| match valid {
            // What is not UTF-8 stays away from half of the cases.
            true if std::str::from_utf8(text).is_err() => b"".as_slice(),
            _ => text,
        }).collect();
        check_from_utf8(shape, text(count, kind), gap, back, form, plain, &texts, nulls, wrong);
    }
}

/// What a byte is when there may be none.
type Byte<'a> = &'a dyn Fn(i64) -> Option<u8>;

fn decode(byte: Byte<'_>, start: i64, end: i64, plain: bool, most: usize) -> Vec<u32> {
    let (mut at, mut found) = (start, Vec::new());
    while at < end && found.len() <= most {
        let first = byte(at);
        let width = match first {
            _ if plain => 1,
            Some(first) if first < 0xc0 => 1,
            Some(first) if first < 0xe0 => 2,
            Some(first) if first < 0xf0 => 3,
            _ => 4,
        };
        let mut code = u32::from(first.unwrap_or(0));
        if width > 1 {
            code &= 0x7f >> width;
            for i in 1..width {
                code = code << 6 | u32::from(byte(at + i).unwrap_or(0) & 0x3f);
            }
            if code > 0x10_ffff {
                code = 0xfffd;
            }
        }
        found.push(code);
        at += width;
    }
    found
}

#[allow(clippy::too_many_arguments)]
fn check_from_utf8(
    shape: [usize; 2],
    text: Text,
    gap: usize,
    back: [bool; 2],
    form: u8,
    plain: bool,
    texts: &[&[u8]],
    nulls: Option<Vec<u8>>,
    wrong: Option<(u8, i64)>,
) {
    let mut bytes = texts.concat();
    let mut ends = vec![0_i64];
    for text in texts {
        ends.push(ends.last().unwrap() + text.len() as i64);
    }
    if let Some((which, offset)) = wrong {
        let which = usize::from(which) % ends.len();
        ends[which] = if form == 1 {
            offset
        } else {
            i64::from(offset as i32)
        };
    }
    let mut views = Vec::new();
    let mut spans: Vec<(bool, i64, i64)> = ends
        .windows(2)
        .map(|pair| (false, pair[0], pair[1]))
        .collect();
    if form == 2 {
        for (i, (inside, start, end)) in spans.iter_mut().enumerate() {
            let length = end.wrapping_sub(*start) as i32;
            views.extend(length.to_le_bytes());
            if length <= 12 {
                let mut own = [0; 12];
                let text = texts[i];
                let n = text.len().min(12);
                own[..n].copy_from_slice(&text[..n]);
                views.extend(own);
                (*inside, *start) = (true, i as i64 * 16 + 4);
            } else {
                views.extend([1, 2, 3, 4]);
                views.extend(1_i32.to_le_bytes());
                views.extend((*start as i32).to_le_bytes());
                *start = i64::from(*start as i32);
            }
            *end = *start + i64::from(length);
        }
    }
    let mut offsets: Vec<u8> = if form == 1 {
        ends.iter().flat_map(|end| end.to_le_bytes()).collect()
    } else {
        ends.iter()
            .flat_map(|end| (*end as i32).to_le_bytes())
            .collect()
    };
    let (operand, length) = places(shape, text.size, gap, back);
    let starts = starts(&operand, shape);
    let most = if text.wide { text.size / 4 } else { text.size };
    let mut expected = vec![0_u8; length];
    let mut misfit = None;
    let mut measured = Measure {
        longest: i64::MIN,
        shortest: i64::MAX,
        latin1: true,
    };
    for (index, place) in starts.iter().enumerate() {
        if nulls.as_ref().is_some_and(|nulls| nulls[index] == 1) {
            continue;
        }
        let (inside, start, end) = spans[index];
        let memory = if inside { &views } else { &bytes };
        let byte = |at: i64| {
            usize::try_from(at)
                .ok()
                .and_then(|at| memory.get(at).copied())
        };
        let mut count = end.saturating_sub(start);
        if !plain {
            for at in start.max(0)..end.min(memory.len() as i64) {
                let byte = byte(at).unwrap();
                count -= i64::from(byte & 0xc0 == 0x80);
                measured.latin1 &= byte <= 0xc3;
            }
        }
        measured.longest = measured.longest.max(count);
        measured.shortest = measured.shortest.min(count);
        let codes = decode(&byte, start, end, plain, most);
        for (i, code) in codes.into_iter().enumerate() {
            if misfit.is_some() {
                break;
            }
            if i == most {
                misfit = Some(Misfit { index, code: None });
            } else if text.wide {
                let code = if text.swapped {
                    code.to_be_bytes()
                } else {
                    code.to_le_bytes()
                };
                expected[place + 4 * i..][..4].copy_from_slice(&code);
            } else if let Ok(byte) = u8::try_from(code) {
                expected[place + i] = byte;
            } else {
                misfit = Some(Misfit {
                    index,
                    code: Some(code),
                });
            }
        }
    }
    for threads in [1, 3] {
        let mut target = vec![0_u8; length];
        let mut nulls = nulls.clone();
        let nulls = nulls.as_mut().map(|nulls| Memory::of(nulls));
        let buffers = [Memory::of(&mut []), Memory::of(&mut bytes)];
        let source = if form == 2 {
            Spans::Views {
                views: Memory::of(&mut views),
                buffers: &buffers,
            }
        } else {
            Spans::Offsets {
                bytes: buffers[1],
                offsets: Memory::of(&mut offsets),
                large: form == 1,
            }
        };
        assert_eq!(
            measure(&source, nulls, starts.len(), plain, threads),
            measured
        );
        let memory = Memory::of(&mut target);
        let found = utf8_to_texts(
            memory, &operand, &shape, text, &source, nulls, plain, threads,
        )
        .unwrap();
        assert_eq!(found, misfit);
        if found.is_none() {
            assert_eq!(target, expected);
        }
    }
}

#[test]
#[cfg_attr(miri, ignore = "too large for Miri")]
fn many_texts_are_shared_among_threads() {
    let codes: Vec<u32> = (0..1009)
        .map(|i| match i % 97 {
            0 => 0xe9,
            1 => 0x20ac,
            2 | 3 => 0,
            _ => 0x41 + i % 26,
        })
        .collect();
    for (count, kind) in [(10, 0), (16, 0), (21, 0), (5, 1), (5, 2)] {
        check_to_utf8([700, 700], text(count, kind), 0, [false; 2], &codes);
    }
    let texts = ["chr1", "", "chr10_random", "é", "0123456789abcdefg"];
    let texts: Vec<&[u8]> = texts
        .iter()
        .cycle()
        .take(490_000)
        .map(|text| text.as_bytes())
        .collect();
    for form in 0..3 {
        for (count, kind) in [(17, 0), (17, 2), (16, 0)] {
            check_from_utf8(
                [700, 700],
                text(count, kind),
                0,
                [false; 2],
                form,
                false,
                &texts,
                None,
                None,
            );
        }
    }
}
