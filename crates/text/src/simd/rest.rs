//! The rows at a batch's end, as eight.

use crate::portable::cells::Raw;

/// Fewer rows than this are sooner done one by one than as eight.
const FEW: usize = 3;

/// Up to seven rows as eight that are paired: the last one again and again, into items beside the records.
pub(crate) struct Rest {
    places: [[u16; 2]; 8],
    items: [[u8; 16]; 8],
    rows: usize,
}

impl Rest {
    /// None: they are too few.
    ///
    /// # Safety
    /// There are so many rows in `raw`, which are fewer than eight.
    pub unsafe fn new(raw: Raw, row: usize, rows: usize) -> Option<Rest> {
        if rows < FEW {
            return None;
        }
        let mut rest = Rest {
            places: [[0; 2]; 8],
            items: [[0; 16]; 8],
            rows,
        };
        for (i, places) in rest.places.iter_mut().enumerate() {
            let row = row + i.min(rows - 1);
            // SAFETY: the caller's.
            unsafe {
                *places = [
                    *raw.starts.add(row * raw.start_step),
                    *raw.ends.add(row * raw.end_step),
                ];
            }
        }
        Some(rest)
    }

    /// The eight rows.
    pub fn raw(&mut self, raw: Raw) -> Raw {
        let places = self.places.as_flattened();
        Raw {
            starts: places.as_ptr(),
            start_step: 2,
            ends: places[1..].as_ptr(),
            end_step: 2,
            out: self.items.as_flattened_mut().as_mut_ptr(),
            itemsize: 16,
            ..raw
        }
    }

    /// Stores the items, of `size` bytes, to their records.
    ///
    /// # Safety
    /// The rows are in `raw`, and have items of this size, of up to sixteen bytes.
    pub unsafe fn put(&self, raw: Raw, row: usize, size: usize) {
        for (i, item) in self.items[..self.rows].iter().enumerate() {
            // SAFETY: the caller's.
            unsafe { std::ptr::copy_nonoverlapping(item.as_ptr(), raw.item(row + i), size) };
        }
    }
}

/// Takes rows with `groups`, which stops where fewer than eight are left, and then those as eight; the first row not done.
///
/// # Safety
/// They are rows of the cells of `raw`, whose items have this size, of up to sixteen bytes.
pub(crate) unsafe fn with_rest(
    raw: Raw,
    row: usize,
    rows: usize,
    size: usize,
    groups: impl Fn(Raw, usize, usize) -> usize,
) -> usize {
    let done = groups(raw, row, rows);
    let left = rows - done;
    // SAFETY: the caller's.
    unsafe {
        if left < 8
            && let Some(mut rest) = Rest::new(raw, done, left)
            && groups(rest.raw(raw), 0, 8) == 8
        {
            rest.put(raw, done, size);
            return rows;
        }
    }
    done
}
