//! Which bytes of a block stand in quotes.
//!
//! NumPy's reader is in one of five states: at a field's first byte (B), in a field or a part of one without quotes (U), inside
//! quotes (I), behind a quote that closes unless another follows (E), in a comment (C). A quote takes B to I, I to E and E to I;
//! in U and C it is a byte like others. Any other byte takes B and E to U, or, as a separator or line end, to B.
//!
//! Parity takes *every* quote for a turn: a byte is inside where the quotes up to it are odd in number. Suppose that
//! it is right about all bytes before byte i: it is inside in I, and outside else. Then what lies before i also tells B (a
//! separator or line end outside stands there, or nothing) and E (a quote that parity took for a closing one). So
//! parity goes wrong with byte i only if
//! - it is a quote in U: then parity says that it opens, with neither B nor E before it; or
//! - it is a quote in C: then a comment has begun before, with a byte outside that may begin one.
//!
//! Both are looked for in every block ([`Quotes::block`]), with masks that are right up to the first such byte, so none is
//! missed; if there is none, parity is right about the whole block. A block with one is read again byte for byte as the reader does it
//! ([`Quotes::untangle`]), and the quotes that mean nothing are dropped: parity of the others is right by construction.
//! The next block starts from the state that is right, so that nothing but this block pays for it.

use super::block::{self, BLOCK, Blocks, Masks};
use crate::plan::Plan;

/// A block of a text with quotes. Nothing is set behind the text's end unless it says so.
#[derive(Clone, Copy)]
pub(crate) struct Shape {
    /// As the block stands; but bytes beyond ASCII only where white space could be among them, outside of quotes and comments.
    pub masks: Masks,
    /// As in [`super::block::Shape`], outside of quotes.
    pub separators: u64,
    pub ends: u64,
    /// Line ends that end a row.
    pub lines: u64,
    /// Comments, and what lies behind the text.
    pub nothing: u64,
    /// Quotes that open a field or close it; of two in its midst the first closes and the second opens.
    pub quotes: u64,
    /// Bytes inside quotes, the opening one with them, the closing one not.
    pub inside: u64,
    /// Bytes behind a closing quote.
    pub closed: u64,
}

impl Shape {
    /// What it has in common with the shape of a block without quotes.
    #[inline(always)]
    pub fn outer(&self) -> block::Shape {
        block::Shape {
            separators: self.separators,
            ends: self.ends,
        }
    }
}

/// The state between two blocks.
pub(crate) struct Quotes<'a> {
    plan: &'a Plan,
    /// All ones inside quotes.
    inside: u64,
    /// One behind a closing quote.
    closed: u64,
    /// One where a field begins, or, with white space, could.
    begins: u64,
    in_comment: bool,
}

impl<'a> Quotes<'a> {
    /// As where a row begins.
    pub fn new(plan: &'a Plan) -> Self {
        Quotes {
            plan,
            inside: 0,
            closed: 0,
            begins: 1,
            in_comment: false,
        }
    }

    /// Whether the last block ends inside quotes.
    pub fn are_open(&self) -> bool {
        self.inside != 0
    }

    /// The next block; `text` goes from its first byte to the text's end.
    #[inline(always)]
    pub fn block<B: Blocks, const WHITE: bool>(
        &mut self,
        block: &[u8; BLOCK],
        text: &[u8],
    ) -> Shape {
        let mut masks = B::masks::<WHITE, true>(block, &self.plan.marks);
        let beyond = match text.len() {
            left @ ..BLOCK => u64::MAX << left,
            _ => 0,
        };
        masks.separators &= !beyond;
        masks.lf &= !beyond;
        masks.cr &= !beyond;
        masks.comments &= self.plan.marks.commented & !beyond;
        let mut quotes = masks.quotes & !beyond;
        let mut inside = B::parity(quotes) ^ self.inside;
        let ends = masks.lf | masks.cr;
        let stops = masks.separators | ends;
        let mut nothing = beyond;
        let begins = (stops & !inside) << 1 | self.begins;
        let behind = (quotes & !inside) << 1 | self.closed;
        let odd = (quotes & inside & !begins & !behind) | (masks.comments & !inside);
        if odd != 0 || self.in_comment {
            let comment;
            (quotes, comment) = self.untangle(&masks, beyond, text);
            inside = B::parity(quotes) ^ self.inside;
            nothing |= comment;
        }
        let closed = (quotes & !inside) << 1 | self.closed;
        let live = !(inside | nothing);
        self.inside = ((inside as i64) >> 63) as u64;
        self.closed = (quotes & !inside) >> 63;
        self.begins = (stops & live) >> 63;
        masks.high &= live;
        Shape {
            masks,
            separators: if WHITE {
                masks.separators & live | nothing
            } else {
                masks.separators & live
            },
            ends: if WHITE {
                ends & live | beyond
            } else {
                ends & live | nothing
            },
            lines: ends & live,
            nothing,
            quotes,
            inside,
            closed,
        }
    }

    /// The quotes that mean something, and the bytes of comments.
    #[cold]
    #[inline(never)]
    fn untangle(&mut self, masks: &Masks, beyond: u64, text: &[u8]) -> (u64, u64) {
        enum State {
            /// Outside of quotes. One as byte `turn` goes inside: it opens the field, or is the second of two.
            Field {
                turn: u32,
            },
            Quoted,
            Comment {
                from: u32,
            },
        }
        let mut state = match () {
            () if self.in_comment => State::Comment { from: 0 },
            () if self.inside != 0 => State::Quoted,
            () if self.begins | self.closed != 0 => State::Field { turn: 0 },
            () => State::Field { turn: u32::MAX },
        };
        let all = masks.quotes & !beyond;
        let ends = masks.lf | masks.cr | beyond;
        let stops = masks.separators | ends;
        let (mut quotes, mut comments) = (0, 0);
        let mut events = all | stops | masks.comments;
        while events != 0 {
            let at = events.trailing_zeros();
            let bit = 1 << at;
            events &= events - 1;
            match state {
                State::Field { turn } if all & bit != 0 => {
                    if at == turn {
                        quotes |= bit;
                        state = State::Quoted;
                    }
                }
                State::Field { .. } if stops & bit != 0 => state = State::Field { turn: at + 1 },
                State::Field { .. } => {
                    let rest = &text[at as usize..];
                    let mut known = self.plan.dialect.comments.iter();
                    if known.any(|comment| rest.starts_with(comment)) {
                        state = State::Comment { from: at };
                    }
                }
                State::Quoted if all & bit != 0 => {
                    quotes |= bit;
                    state = State::Field { turn: at + 1 };
                }
                State::Comment { from } if ends & bit != 0 => {
                    comments |= bit - (1 << from);
                    state = State::Field { turn: at + 1 };
                }
                State::Quoted | State::Comment { .. } => {}
            }
        }
        self.in_comment = false;
        if let State::Comment { from } = state {
            comments |= u64::MAX << from;
            self.in_comment = true;
        }
        (quotes, comments)
    }
}
