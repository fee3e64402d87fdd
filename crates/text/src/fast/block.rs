//! Sixty-four bytes at a time: bit i of each mask stands for byte i of the block.

use super::batch::Word;
use crate::plan::Plan;
use crate::{Delimiter, Dialect, Input};

/// Bytes of a block.
pub(crate) const BLOCK: usize = 64;

/// Which bytes of a block are what.
#[derive(Clone, Copy)]
pub(crate) struct Masks {
    /// White space with its line ends, or the delimiter.
    pub separators: u64,
    pub lf: u64,
    pub cr: u64,
    /// Bytes that a comment may start with.
    pub comments: u64,
    /// Bytes beyond ASCII.
    pub high: u64,
    /// Quotes, if they were asked for.
    pub quotes: u64,
}

/// What is asked of a block first.
#[derive(Clone, Copy)]
pub(crate) struct Outline {
    /// As in [`Masks`].
    pub separators: u64,
    pub lf: u64,
    pub cr: u64,
    /// There are bytes that a comment may start with, or with white space bytes beyond ASCII.
    pub rare: bool,
}

impl Outline {
    /// The shape of a block without anything rare.
    #[inline(always)]
    pub fn shape(&self) -> Shape {
        Shape {
            separators: self.separators,
            ends: self.lf | self.cr,
        }
    }
}

/// What [`Blocks::masks`] looks for.
#[derive(Clone, Debug)]
pub(crate) struct Marks {
    /// Not used with white space.
    pub delimiter: u8,
    /// The first comment's first byte; without comments one that no text has, and `commented` is 0.
    pub comment: u8,
    /// First bytes of further comments.
    pub comments: Vec<u8>,
    /// All ones where there are comments.
    pub commented: u64,
    /// Not used without quotes.
    pub quote: u8,
}

impl Marks {
    pub fn new(dialect: &Dialect) -> Marks {
        let mut firsts: Vec<u8> = dialect.comments.iter().map(|c| c[0]).collect();
        firsts.sort_unstable();
        firsts.dedup();
        Marks {
            delimiter: if let Delimiter::Byte(byte) = dialect.delimiter {
                byte
            } else {
                b' '
            },
            comment: firsts.first().copied().unwrap_or(0xFF),
            commented: if firsts.is_empty() { 0 } else { u64::MAX },
            comments: firsts.split_off(firsts.len().min(1)),
            quote: dialect
                .quote
                .and_then(|quote| u8::try_from(quote).ok())
                .unwrap_or(b'"'),
        }
    }
}

/// What a machine does with a block.
pub(crate) trait Blocks {
    /// Classifies the bytes of a block; `WHITE`: white space separates; `QUOTED`: quotes count.
    fn masks<const WHITE: bool, const QUOTED: bool>(block: &[u8; BLOCK], marks: &Marks) -> Masks;
    /// The same, as far as a block without anything rare needs it.
    fn outline<const WHITE: bool>(block: &[u8; BLOCK], delimiter: u8, comment: u8) -> Outline;
    /// Writes `base` plus the place of each set bit to `list[at..]`, and returns where the next one goes.
    /// What lies up to [`SPILL`] places behind may be overwritten.
    fn flatten(mask: u64, base: u16, list: &mut [u16], at: usize) -> usize;
    /// The places of all bounds, from the list's beginning; how many they are.
    #[inline(always)]
    fn flatten_all(words: &[Word], list: &mut [u16]) -> usize {
        let mut bounds = 0;
        for (word, base) in words.iter().zip((0..).step_by(BLOCK)) {
            bounds = Self::flatten(word.edges, base, list, bounds);
        }
        bounds
    }
    /// The same, for a mask with seldom more than a few bits.
    fn flatten_few(mask: u64, base: u16, list: &mut [u16], at: usize) -> usize;
    /// Whether [`deposit`](Blocks::deposit) is there.
    const DEPOSITS: bool = false;
    /// The low bits of `bits`, one after the other, at the places of the bits of `mask`.
    #[inline(always)]
    fn deposit(_bits: u64, _mask: u64) -> u64 {
        0
    }
    /// At each bit, whether the number of bits set up to and with it is odd.
    #[inline(always)]
    fn parity(mut mask: u64) -> u64 {
        for shift in [1, 2, 4, 8, 16, 32] {
            mask ^= mask << shift;
        }
        mask
    }
}

/// Places that [`Blocks::flatten`] needs behind where it writes.
pub(crate) const SPILL: usize = BLOCK + 8;

/// Separators and line ends of a block once comments are taken out and the text's end is put in.
#[derive(Clone, Copy)]
pub(crate) struct Shape {
    pub separators: u64,
    /// Line ends; with a delimiter also every byte of a comment, so that a comment is one long line end.
    pub ends: u64,
}

/// Walks over the blocks of a text and keeps what reaches from one into the next.
pub(crate) struct Walk<'a> {
    plan: &'a Plan,
    buf: &'a [u8],
    text: &'a [u8],
    /// Where `text` starts in `buf`, and where the walk is in `text`.
    start: usize,
    in_comment: bool,
}

impl<'a> Walk<'a> {
    pub fn new(plan: &'a Plan, input: Input<'a>) -> Self {
        Walk {
            plan,
            buf: input.buf(),
            text: input.text(),
            start: input.start(),
            in_comment: false,
        }
    }

    /// Whether a comment goes on in the next block.
    #[inline(always)]
    pub fn in_comment(&self) -> bool {
        self.in_comment
    }

    /// The block at `pos` of the text: as it stands, and its shape.
    #[inline(always)]
    pub fn block<B: Blocks, const WHITE: bool>(&mut self, pos: usize) -> (Masks, Shape) {
        let at = self.start + pos;
        let (block, _) = self.buf[at..]
            .split_first_chunk::<BLOCK>()
            .expect("padding behind the text");
        let mut masks = B::masks::<WHITE, false>(block, &self.plan.marks);
        let left = self.text.len() - pos;
        let beyond = if left < BLOCK { u64::MAX << left } else { 0 };
        masks.comments &= self.plan.marks.commented & !beyond;
        masks.high &= !beyond;
        masks.lf &= !beyond;
        masks.cr &= !beyond;
        let ends = masks.lf | masks.cr | beyond;
        let mut shape = if WHITE {
            Shape {
                separators: masks.separators | beyond,
                ends,
            }
        } else {
            Shape {
                separators: masks.separators & !beyond,
                ends,
            }
        };
        if masks.comments != 0 || self.in_comment {
            let comment = self.comment(pos, masks.comments, ends);
            masks.high &= !comment;
            if WHITE {
                shape.separators |= comment;
                // A line end inside the range is none: the range stops before it.
            } else {
                shape.separators &= !comment;
                shape.ends |= comment;
            }
        }
        (masks, shape)
    }

    /// The bytes of comments, from where they start to the line's end.
    #[cold]
    #[inline(never)]
    fn comment(&mut self, pos: usize, starts: u64, ends: u64) -> u64 {
        let mut range = 0;
        let mut at = 0;
        while at < 64 {
            if self.in_comment {
                let end = at + (ends >> at).trailing_zeros();
                if end >= 64 {
                    return range | (u64::MAX << at);
                }
                range |= (1 << end) - (1 << at);
                self.in_comment = false;
                at = end;
            }
            at += (starts >> at).trailing_zeros();
            if at >= 64 {
                break;
            }
            let rest = &self.text[pos + at as usize..];
            self.in_comment = self
                .plan
                .dialect
                .comments
                .iter()
                .any(|c| rest.starts_with(c));
            at += u32::from(!self.in_comment);
        }
        range
    }
}
