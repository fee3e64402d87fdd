//! The shuffle filter as transpositions of 16 rows by 16 bytes, two at a time, one in each half of the registers.

use std::arch::x86_64::*;

/// Rows of a step.
const ROWS: usize = 64;
/// Rows whose columns are taken in turn: few enough to stay near, many enough to fill lines of the planes.
const BATCH: usize = 256;
/// What a load or a store takes of a row, or of some short rows.
const WIDTH: usize = 16;

/// Shuffles as many rows as can be done so, a multiple of 64; how many. `rows` is how many there are.
pub(crate) fn shuffle(from: &[u8], size: usize, rows: usize, to: &mut [u8]) -> usize {
    // SAFETY: the processor has the features, or this machine would not have been chosen.
    unsafe {
        each::<false>(
            from.as_ptr(),
            to.as_mut_ptr(),
            size,
            rows,
            whole(from.len(), size, rows),
        )
    }
}

/// The inverse of [`shuffle`].
pub(crate) fn unshuffle(from: &[u8], size: usize, rows: usize, to: &mut [u8]) -> usize {
    // SAFETY: as above.
    unsafe {
        each::<true>(
            to.as_mut_ptr(),
            from.as_ptr().cast_mut(),
            size,
            rows,
            whole(to.len(), size, rows),
        )
    }
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
/// The processor has AVX2. `elements` are `rows` of `size` bytes, 2 at least, and `planes` as many bytes; the one that is written may be written. `done` is what
/// [`whole`] gives.
#[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
unsafe fn each<const BACK: bool>(
    elements: *const u8,
    planes: *mut u8,
    size: usize,
    rows: usize,
    done: usize,
) -> usize {
    let elements = elements.cast_mut();
    for first in (0..done).step_by(BATCH) {
        let behind = (first + BATCH).min(done);
        let mut column = 0;
        loop {
            // The last columns of a long row are taken with some before them.
            let column_now = if size < WIDTH {
                0
            } else {
                column.min(size - WIDTH)
            };
            for row in (first..behind).step_by(ROWS) {
                // SAFETY: the rows `row` to `row + 63` are there, and of each the columns from this one on, 16 or all; short rows have 16 more bytes behind.
                unsafe {
                    let row_at = elements.add(row * size + column_now);
                    let plane_at = planes.add(column_now * rows + row);
                    match size {
                        2 => step::<2, 8, BACK>(row_at, size, plane_at, rows),
                        3..=4 => step::<4, 4, BACK>(row_at, size, plane_at, rows),
                        5..=8 => step::<8, 2, BACK>(row_at, size, plane_at, rows),
                        _ => step::<16, 1, BACK>(row_at, size, plane_at, rows),
                    }
                }
            }
            column += WIDTH;
            if column >= size {
                break;
            }
        }
    }
    done
}

/// 64 rows at `elements` of up to 16 columns, `N` at most, to the planes from `planes` on, or back. A load takes `SHORT` rows: 16 / `N`.
///
/// # Safety
/// As of [`each`].
#[inline]
#[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
unsafe fn step<const N: usize, const SHORT: usize, const BACK: bool>(
    elements: *mut u8,
    size: usize,
    planes: *mut u8,
    rows: usize,
) {
    let columns = size.min(N);
    let order = order(columns, SHORT, BACK);
    let mut lines = [_mm256_setzero_si256(); N];
    if BACK {
        for first in [0, ROWS / 2] {
            for (column, line) in lines.iter_mut().enumerate().take(columns) {
                // SAFETY: each plane has 64 bytes from here on.
                *line = unsafe { _mm256_loadu_si256(planes.add(column * rows + first).cast()) };
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
        }
    } else {
        // Two halves of a line of each plane, written one after the other: the planes of a chunk of 2^n rows share one set of the cache.
        let mut both = [lines; 2];
        for (half, lines) in both.iter_mut().enumerate() {
            let first = half * ROWS / 2;
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
            *lines = transposed(*lines);
        }
        let [first, second] = both;
        for (column, (first, second)) in first.into_iter().zip(second).enumerate().take(columns) {
            // SAFETY: as above.
            unsafe {
                let at = planes.add(column * rows);
                _mm256_storeu_si256(at.cast(), first);
                _mm256_storeu_si256(at.add(32).cast(), second);
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
