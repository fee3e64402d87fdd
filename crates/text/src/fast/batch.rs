//! The index of one batch: where its rows and fields are, from the batch's first byte.

/// Bytes that a batch takes up at most, so that its places fit 16 bits, with one to spare as an end mark.
pub(crate) const MOST: usize = (1 << 16) - 2 * super::block::BLOCK;
/// Bytes that a batch takes up unless its rows are long: index, text and records stay in the first-level cache.
pub(crate) const USUAL: usize = 12 << 10;
/// Stands behind the last place of a list.
pub(crate) const END: u16 = u16::MAX;

/// Room for the lists of one batch.
pub(crate) struct Scratch {
    /// With white space: where each field starts, where it ends, and so on. With a delimiter, or quotes: where each ends.
    pub bounds: Box<[u16]>,
    /// With quotes: where each field starts.
    pub starts: Box<[u16]>,
    /// With quotes: the hard fields (see [`super::quoted`]). While the index is made, their numbers, counted from the batch's first;
    /// then their marks, in order.
    pub hard: Vec<u32>,
    /// Where the first field of each row starts; not with white space, where that is one of the bounds.
    pub rows: Box<[u16]>,
    /// While the index is made, its blocks.
    pub words: Box<[Word]>,
}

/// One block of an index: bit i stands for its byte i.
#[derive(Clone, Copy, Default)]
pub(crate) struct Word {
    /// Where a bound is.
    pub edges: u64,
    /// Where a row starts.
    pub starts: u64,
}

impl Scratch {
    pub fn new() -> Scratch {
        let room = MOST + 2 * super::block::SPILL;
        Scratch {
            bounds: vec![0; room].into(),
            starts: vec![0; room].into(),
            hard: Vec::new(),
            rows: vec![0; room / 2 + super::block::SPILL].into(),
            words: vec![Word::default(); MOST / super::block::BLOCK].into(),
        }
    }

    /// Where a row of the list of rows starts.
    pub fn row(&self, row: usize) -> usize {
        usize::from(self.rows[row])
    }
}

/// What an index found.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Batch {
    /// Rows, all with the same number of fields.
    pub rows: usize,
    /// Fields of each row.
    pub fields: usize,
    /// Bounds of each row, of whose first it starts; zero where rows have a list of their own.
    pub stride: usize,
    /// Bytes of the text that these rows and the blank lines between take up.
    pub length: usize,
    /// The index goes on behind `length` without trouble; else the row that starts there is one for the exact path.
    pub whole: bool,
}

impl Batch {
    /// Where a row starts; for the row behind the last, where that one would.
    pub fn row(&self, row: usize, scratch: &Scratch) -> usize {
        match self.stride {
            _ if row == self.rows => self.length,
            0 => scratch.row(row),
            stride => usize::from(scratch.bounds[row * stride]),
        }
    }
}
