//! Transpositions of 16 rows by 16 bytes, four at a time.

use std::arch::x86_64::*;

use crate::simd::transpose::{ROWS, Step, WIDTH};

/// The step of rows of 16 bytes and more.
pub(crate) fn wide<const BACK: bool>() -> Step {
    if BACK { to_rows } else { to_planes }
}

/// # Safety
/// As of a [`Step`].
#[target_feature(
    enable = "avx512f,avx512bw,avx512vl,avx512vbmi,avx512vbmi2,avx2,bmi1,bmi2,lzcnt,popcnt"
)]
unsafe fn to_planes(elements: *mut u8, size: usize, planes: *mut u8, apart: usize) {
    let mut lines = [_mm512_setzero_si512(); WIDTH];
    for (i, line) in lines.iter_mut().enumerate() {
        // SAFETY: all rows are there, and 16 bytes of each.
        let row = |part: usize| unsafe {
            _mm_loadu_si128(elements.add((WIDTH * part + i) * size).cast())
        };
        let all = _mm512_castsi128_si512(row(0));
        let all = _mm512_inserti32x4(all, row(1), 1);
        let all = _mm512_inserti32x4(all, row(2), 2);
        *line = _mm512_inserti32x4(all, row(3), 3);
    }
    for (column, &line) in transposed(lines).iter().enumerate() {
        // SAFETY: each plane has 64 bytes from here on.
        unsafe { _mm512_storeu_si512(planes.add(column * apart).cast(), line) };
    }
}

/// # Safety
/// As of a [`Step`].
#[target_feature(
    enable = "avx512f,avx512bw,avx512vl,avx512vbmi,avx512vbmi2,avx2,bmi1,bmi2,lzcnt,popcnt"
)]
unsafe fn to_rows(elements: *mut u8, size: usize, planes: *mut u8, apart: usize) {
    const { assert!(ROWS == 4 * WIDTH) };
    let mut lines = [_mm512_setzero_si512(); WIDTH];
    for (column, line) in lines.iter_mut().enumerate() {
        // SAFETY: each plane has 64 bytes from here on.
        *line = unsafe { _mm512_loadu_si512(planes.add(column * apart).cast()) };
    }
    for (i, &line) in transposed(lines).iter().enumerate() {
        let parts = [
            _mm512_castsi512_si128(line),
            _mm512_extracti32x4_epi32(line, 1),
            _mm512_extracti32x4_epi32(line, 2),
            _mm512_extracti32x4_epi32(line, 3),
        ];
        for (part, bytes) in parts.into_iter().enumerate() {
            // SAFETY: all rows are there, and 16 bytes of each.
            unsafe { _mm_storeu_si128(elements.add((WIDTH * part + i) * size).cast(), bytes) };
        }
    }
}

/// Transposes the 16 lines in each part by itself: dealing the upper lines between the lower ones brings each byte half the way, one binary digit of its place at
/// a time.
#[inline]
#[target_feature(
    enable = "avx512f,avx512bw,avx512vl,avx512vbmi,avx512vbmi2,avx2,bmi1,bmi2,lzcnt,popcnt"
)]
fn transposed(mut lines: [__m512i; WIDTH]) -> [__m512i; WIDTH] {
    for _ in 0..WIDTH.ilog2() {
        let mut next = lines;
        for i in 0..WIDTH / 2 {
            let (a, b) = (lines[i], lines[i + WIDTH / 2]);
            next[2 * i] = _mm512_unpacklo_epi8(a, b);
            next[2 * i + 1] = _mm512_unpackhi_epi8(a, b);
        }
        lines = next;
    }
    lines
}
