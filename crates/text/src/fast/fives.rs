//! Powers of five, 128 bits of each.

/// Powers of ten below this make nothing of 64 bits but zero, and those above [`MOST`] nothing but infinity.
pub(crate) const LEAST: i32 = -342;
pub(crate) const MOST: i32 = 308;

/// The first 128 bits of 5^q from [`LEAST`] to [`MOST`], the upper word first, rounded down; for q from -27 to -1 rounded up,
/// so that a product that is an integer of few bits does not look like a little less.
pub(crate) static FIVES: [[u64; 2]; (MOST - LEAST + 1) as usize] = {
    let mut fives = [[0; 2]; (MOST - LEAST + 1) as usize];
    let mut five = Long::with(0, 1);
    let mut q = 0;
    while q <= MOST {
        fives[(q - LEAST) as usize] = five.first_bits(0);
        five = five.times_five();
        q += 1;
    }
    // 2^1023 / 5 / 5 ..., rounded down each time, is what one division by the power would give.
    let mut five = Long::with(WORDS - 1, 1 << 63);
    let mut q = -1;
    while q >= LEAST {
        five = five.by_five();
        fives[(q - LEAST) as usize] = five.first_bits((q >= -27) as u128);
        q -= 1;
    }
    fives
};

/// Words that hold 2^1023, and more than 5^[`MOST`].
const WORDS: usize = 16;

/// A long integer, its lowest word first.
struct Long([u64; WORDS]);

impl Long {
    const fn with(place: usize, word: u64) -> Long {
        let mut words = [0; WORDS];
        words[place] = word;
        Long(words)
    }

    const fn times_five(mut self) -> Long {
        let mut carry = 0;
        let mut i = 0;
        while i < WORDS {
            let product = self.0[i] as u128 * 5 + carry;
            self.0[i] = product as u64;
            carry = product >> 64;
            i += 1;
        }
        self
    }

    const fn by_five(mut self) -> Long {
        let mut rest = 0;
        let mut i = WORDS;
        while i > 0 {
            i -= 1;
            let whole = rest << 64 | self.0[i] as u128;
            self.0[i] = (whole / 5) as u64;
            rest = whole % 5;
        }
        self
    }

    /// The 128 bits from the first that is set, plus `more`.
    const fn first_bits(&self, more: u128) -> [u64; 2] {
        let mut top = WORDS;
        while self.0[top - 1] == 0 {
            top -= 1;
        }
        let (first, second, third) = (self.below(top, 1), self.below(top, 2), self.below(top, 3));
        let zeros = self.0[top - 1].leading_zeros();
        let bits = (first << 64 | second) << zeros | third << zeros >> 64;
        let bits = bits + more;
        [(bits >> 64) as u64, bits as u64]
    }

    const fn below(&self, top: usize, places: usize) -> u128 {
        if places > top {
            0
        } else {
            self.0[top - places] as u128
        }
    }
}
