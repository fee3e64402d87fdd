//! The shuffle filter as transpositions of 16 rows by 16 bytes, some at a time, one in each part of the registers.

use std::arch::x86_64::*;

/// Rows of a step.
pub(in crate::simd) const ROWS: usize = 64;
/// Rows whose columns are taken in turn: few enough to stay near.
const BATCH: usize = 512;
/// What a load or a store takes of a row, or of some short rows.
pub(in crate::simd) const WIDTH: usize = 16;
/// Planes that are so far from one another, or some times so far, share their places in the nearest cache.
const APART: usize = 2048;
/// How far the planes of a batch are from one another where they are kept meanwhile.
const ASIDE: usize = BATCH + 64;

/// 64 rows of up to 16 columns to planes that are `apart` bytes from one another, or back.
///
/// # Safety
/// The processor has what its engine needs. From `elements` on there are 64 rows of `size` bytes, of short ones 16 bytes more, of others the columns from there on
/// 16; each plane has 64 bytes from `planes` on. What is written may be written.
pub(in crate::simd) type Step =
    unsafe fn(elements: *mut u8, size: usize, planes: *mut u8, apart: usize);

/// Shuffles as many rows as can be done so, a multiple of 64; how many. `rows` is how many there are; `wide` does rows of 16 bytes and more.
pub(crate) fn shuffle(from: &[u8], size: usize, rows: usize, to: &mut [u8], wide: Step) -> usize {
    let done = whole(from.len(), size, rows);
    let (elements, planes) = (from.as_ptr().cast_mut(), to.as_mut_ptr());
    // SAFETY: the processor has the features, or this machine would not have been chosen.
    unsafe {
        each::<false>(
            elements,
            planes,
            size,
            rows,
            done,
            step::<false>(size, wide),
        )
    };
    done
}

/// The inverse of [`shuffle`].
pub(crate) fn unshuffle(from: &[u8], size: usize, rows: usize, to: &mut [u8], wide: Step) -> usize {
    let done = whole(to.len(), size, rows);
    let (elements, planes) = (to.as_mut_ptr(), from.as_ptr().cast_mut());
    // SAFETY: as above.
    unsafe { each::<true>(elements, planes, size, rows, done, step::<true>(size, wide)) };
    done
}

fn step<const BACK: bool>(size: usize, wide: Step) -> Step {
    match size {
        2 => some_rows::<2, 8, BACK>,
        3..=4 => some_rows::<4, 4, BACK>,
        5..=8 => some_rows::<8, 2, BACK>,
        9..=15 => some_rows::<16, 1, BACK>,
        _ => wide,
    }
}

/// The step of rows of 16 bytes and more.
pub(crate) fn wide<const BACK: bool>() -> Step {
    some_rows::<16, 1, BACK>
}

/// How many rows can be done: short rows are loaded and stored with what stands behind them, so that must be there.
fn whole(len: usize, size: usize, rows: usize) -> usize {
    let safe = if size < WIDTH {
        len.saturating_sub(WIDTH) / size
    } else {
        rows
    };
    safe.min(rows) / ROWS * ROWS
}

/// Goes through all steps.
///
/// # Safety
/// As of a [`Step`], for `done` rows: what [`whole`] gives. `elements` are `rows` of `size` bytes, 2 at least, and `planes` as many bytes.
unsafe fn each<const BACK: bool>(
    elements: *mut u8,
    planes: *mut u8,
    size: usize,
    rows: usize,
    done: usize,
    step: Step,
) {
    let mut aside = [0u8; WIDTH * ASIDE];
    let is_aside = rows.is_multiple_of(APART);
    for first in (0..done).step_by(BATCH) {
        let count = BATCH.min(done - first);
        let mut column = 0;
        while column < size {
            // The last columns of a long row are taken with some before them.
            let (from, columns) = if size < WIDTH {
                (0, size)
            } else {
                (column.min(size - WIDTH), WIDTH)
            };
            // SAFETY: the rows `first` to `first + count` are there, and of each the columns from this one on, 16 or all; short rows have 16 more bytes behind.
            // What is put aside are at most 16 planes of a batch.
            unsafe {
                let there = planes.add(from * rows + first);
                let (near, apart) = if is_aside {
                    (aside.as_mut_ptr(), ASIDE)
                } else {
                    (there, rows)
                };
                if BACK && is_aside {
                    for plane in 0..columns {
                        there
                            .add(plane * rows)
                            .copy_to_nonoverlapping(near.add(plane * ASIDE), count);
                    }
                }
                for row in (0..count).step_by(ROWS) {
                    let at = elements.add((first + row) * size + from);
                    step(at, size, near.add(row), apart);
                }
                if !BACK && is_aside {
                    for plane in 0..columns {
                        near.add(plane * ASIDE)
                            .copy_to_nonoverlapping(there.add(plane * rows), count);
                    }
                }
            }
            column += WIDTH;
        }
    }
}

/// A step of up to `N` columns. A load takes `SHORT` rows: 16 / `N`.
///
/// # Safety
/// As of a [`Step`].
#[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
unsafe fn some_rows<const N: usize, const SHORT: usize, const BACK: bool>(
    elements: *mut u8,
    size: usize,
    planes: *mut u8,
    apart: usize,
) {
    let columns = size.min(N);
    let order = order(columns, SHORT, BACK);
    let mut lines = [_mm256_setzero_si256(); N];
    for first in [0, ROWS / 2] {
        if BACK {
            for (column, line) in lines.iter_mut().enumerate() {
                if column < columns {
                    // SAFETY: each plane has 64 bytes from here on.
                    *line =
                        unsafe { _mm256_loadu_si256(planes.add(column * apart + first).cast()) };
                }
            }
            let lines = transposed(lines);
            // Upwards, for what is written behind short rows is theirs that follow.
            for half in 0..2 {
                for (i, &line) in lines.iter().enumerate() {
                    let line = if SHORT > 1 {
                        _mm256_shuffle_epi8(line, order)
                    } else {
                        line
                    };
                    let part = if half == 0 {
                        _mm256_castsi256_si128(line)
                    } else {
                        _mm256_extracti128_si256::<1>(line)
                    };
                    let row = first + 16 * half + i * SHORT;
                    // SAFETY: the rows are there, and 16 bytes from the start of each.
                    unsafe { _mm_storeu_si128(elements.add(row * size).cast(), part) };
                }
            }
        } else {
            for (i, line) in lines.iter_mut().enumerate() {
                // SAFETY: as above.
                let (low, high) = unsafe {
                    (
                        _mm_loadu_si128(elements.add((first + i * SHORT) * size).cast()),
                        _mm_loadu_si128(elements.add((first + 16 + i * SHORT) * size).cast()),
                    )
                };
                let both = _mm256_inserti128_si256::<1>(_mm256_castsi128_si256(low), high);
                *line = if SHORT > 1 {
                    _mm256_shuffle_epi8(both, order)
                } else {
                    both
                };
            }
            for (column, &line) in transposed(lines).iter().enumerate() {
                if column < columns {
                    // SAFETY: as above.
                    unsafe { _mm256_storeu_si256(planes.add(column * apart + first).cast(), line) };
                }
            }
        }
    }
}

/// The order of bytes of `short` rows of so many columns, column by column, or back.
#[inline]
#[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
fn order(columns: usize, short: usize, back: bool) -> __m256i {
    let mut order = [0x80u8; 16];
    for row in 0..short {
        for column in 0..columns {
            let (apart, together) = (column * short + row, row * columns + column);
            if back {
                order[together] = apart as u8;
            } else {
                order[apart] = together as u8;
            }
        }
    }
    // SAFETY: there are 16 bytes.
    _mm256_broadcastsi128_si256(unsafe { _mm_loadu_si128(order.as_ptr().cast()) })
}

/// Transposes `N` lines of `N` parts, in each half by itself: dealing the upper lines between the lower ones brings each part half the way, one binary digit
/// of its place at a time.
#[inline]
#[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
fn transposed<const N: usize>(mut lines: [__m256i; N]) -> [__m256i; N] {
    for _ in 0..N.ilog2() {
        let mut next = lines;
        for i in 0..N / 2 {
            let (a, b) = (lines[i], lines[i + N / 2]);
            (next[2 * i], next[2 * i + 1]) = match N {
                2 => (_mm256_unpacklo_epi64(a, b), _mm256_unpackhi_epi64(a, b)),
                4 => (_mm256_unpacklo_epi32(a, b), _mm256_unpackhi_epi32(a, b)),
                8 => (_mm256_unpacklo_epi16(a, b), _mm256_unpackhi_epi16(a, b)),
                _ => (_mm256_unpacklo_epi8(a, b), _mm256_unpackhi_epi8(a, b)),
            };
        }
        lines = next;
    }
    lines
}
