//! `S` items of up to sixteen bytes, four rows a step.

use super::cells::{Fours, Raw};
use super::groups;
use crate::fast::columns::Cells;
use crate::fast::words::HIGHS;

/// One column; the rows before the first that is refused.
///
/// # Safety
/// `raw` is made of `cells`, whose items have one to sixteen bytes.
pub(crate) unsafe fn decode(cells: &mut Cells<'_>, raw: Raw) -> usize {
    let (size, room) = (cells.column.size, cells.itemsize - cells.column.offset);
    let rows = cells.rows;
    // SAFETY: the caller's; a wide store stays in its record, whose later items are written later.
    groups::texts(cells, size, 4, |row| unsafe {
        match room >= 16 {
            true => groups::<true>(raw, row, rows, size),
            false => groups::<false>(raw, row, rows, size),
        }
    })
}

/// Sixteen bytes at `FIRST[n]`, of which the first `n` are ones.
static FIRST: [[u64; 2]; 17] = {
    let mut first = [[0; 2]; 17];
    let mut count = 0;
    while count < 17 {
        let mut i = 0;
        while i < count {
            first[count][i / 8] |= 0xFF << (8 * (i % 8));
            i += 1;
        }
        count += 1;
    }
    first
};

/// Steps of four rows, until fewer are left or one is not ASCII; the first row not done, and whether a field was longer than its item.
/// `WIDE`: sixteen bytes may be written.
///
/// # Safety
/// `row` to `rows` are rows of the cells of `raw`, whose items have `size` bytes, one to sixteen.
#[inline(never)]
unsafe fn groups<const WIDE: bool>(
    raw: Raw,
    mut row: usize,
    rows: usize,
    size: usize,
) -> (usize, bool) {
    // As it is; but the compiler does not know.
    let size = size.min(16);
    let mut longer = false;
    // SAFETY: the caller's.
    let mut fours = unsafe { Fours::at(raw, row) };
    while row + 4 <= rows {
        // SAFETY: four rows of the cells'.
        let fields = unsafe { fours.fields() };
        let lengths = fields.map(|field| field.extra.wrapping_add(1));
        let texts: [[u64; 2]; 4] = std::array::from_fn(|i| {
            let [first, second] = FIRST[lengths[i].min(size)];
            // SAFETY: sixteen bytes behind any place of the text are readable.
            let words: [[u8; 8]; 2] =
                unsafe { fields[i].start.cast::<[[u8; 8]; 2]>().read_unaligned() };
            let [low, high] = words.map(u64::from_le_bytes);
            [low & first, high & second]
        });
        let [low, high] = texts
            .into_iter()
            .fold([0, 0], |[low, high], text| [low | text[0], high | text[1]]);
        if (low | high) & HIGHS != 0 {
            break;
        }
        longer |= lengths.into_iter().any(|length| length > size);
        for (i, text) in texts.into_iter().enumerate() {
            // SAFETY: the item of one of the cells' rows.
            unsafe { put::<WIDE>(fours.item(i), text, size) };
        }
        fours.advance();
        row += 4;
    }
    (row, longer)
}

/// Stores the first bytes of sixteen: two words that overlap, which costs less than a copy of any length.
///
/// # Safety
/// `size` bytes may be written, one to sixteen, or with `WIDE` sixteen.
#[inline(always)]
unsafe fn put<const WIDE: bool>(to: *mut u8, text: [u64; 2], size: usize) {
    let all = text.map(u64::to_le_bytes);
    let from = all.as_flattened().as_ptr();
    // SAFETY: the caller's; what is read lies in `all`.
    unsafe {
        let copy = |at: usize, count| to.add(at).copy_from_nonoverlapping(from.add(at), count);
        match size {
            _ if WIDE => copy(0, 16),
            8.. => {
                copy(0, 8);
                copy(size - 8, 8);
            }
            4.. => {
                copy(0, 4);
                copy(size - 4, 4);
            }
            _ => copy(0, size),
        }
    }
}
