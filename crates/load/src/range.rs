//! The text of one range: read in steps into a buffer that is used again and again.

use std::ops::Range;

use sharray_text::{Count, Input, Kernel};

use crate::failure::Failure;
use crate::job::FilePlan;
use crate::lines::{Start, last_start, next_start};
use crate::source::Source;
use crate::stream::Stream;

/// Between two looks at the abort flag at most so much is read.
const STEP: u64 = 256 << 10;
/// First step past a range's end: enough for the rest of most lines.
const TAIL: u64 = 4 << 10;
/// Room before the text: one byte to look behind, and what the kernel's wide loads may touch.
const BEFORE: usize = 64;
const AFTER: usize = 64;

/// A reading that ended without text: the load goes on without this range.
pub(crate) enum Unread {
    Unwanted,
    Failed(Failure),
}

impl From<Failure> for Unread {
    fn from(failure: Failure) -> Unread {
        Unread::Failed(failure)
    }
}

/// The beginning of a row of a stream, whose end has not come yet.
#[derive(Default)]
pub(crate) struct Over {
    text: Vec<u8>,
    /// Where it lies in all text.
    at: u64,
}

impl Over {
    /// Whether all rows so far were whole.
    pub(crate) fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// Passes over the first bytes of a stream's text.
    pub(crate) fn pass(
        stream: &mut Stream,
        plan: &FilePlan,
        bytes: u64,
        look: &dyn Fn() -> bool,
    ) -> Result<Over, Unread> {
        let mut over = Over::default();
        while over.at < bytes && !stream.ended() {
            let pulled = stream.pull(plan, &mut over.text, look);
            if !look() {
                return Err(Unread::Unwanted);
            }
            pulled?;
            let passed = (over.text.len() as u64).min(bytes - over.at);
            over.text.drain(..passed as usize);
            over.at += passed;
        }
        Ok(over)
    }
}

/// A reusable buffer with the lines that begin in a range.
#[derive(Default)]
pub(crate) struct Text {
    buf: Vec<u8>,
    /// Byte of the file that lies at `buf[BEFORE]`.
    origin: u64,
    lines: Range<usize>,
}

impl Text {
    /// Reads the lines that begin in `start..end` of a file. `look`: asked at every step whether to go on.
    pub(crate) fn read(
        &mut self,
        source: &mut Source,
        plan: &FilePlan,
        (start, end): (u64, u64),
        look: &dyn Fn() -> bool,
    ) -> Result<(), Unread> {
        self.origin = start;
        self.lines = BEFORE..BEFORE;
        self.reserve(plan, end - start, end - start + STEP)?;
        // The table begins where the skipped lines end: a line's beginning whatever lies before it.
        let first = start == plan.start;
        let mut have = if first { start } else { start - 1 };
        while have < end {
            self.fill(source, plan, &mut have, end, look)?;
        }
        let begin = if first {
            Start::At(BEFORE)
        } else {
            self.start_after(BEFORE - 1, have, plan)
        };
        let begin = match begin {
            Start::At(at) => at,
            // Only a carriage return as the range's last byte leaves it open, and then no line begins inside.
            Start::More => self.index(end),
        };
        if begin >= self.index(end) {
            return Ok(());
        }
        let mut from = self.index(end) - 1;
        let mut step = TAIL;
        let stop = loop {
            match self.start_after(from, have, plan) {
                Start::At(at) => break at,
                Start::More => {
                    // A carriage return at the edge must be seen again, together with the byte behind it.
                    from = self.index(have) - 1;
                    let to = plan.size.min(have + step);
                    self.reserve(plan, to - start, 2 * (to - start))?;
                    self.fill(source, plan, &mut have, to, look)?;
                    step = STEP.min(2 * step);
                }
            }
        };
        self.lines = begin..stop;
        Ok(())
    }

    /// Reads the rows that begin at `from` or behind, and before `end`, where rows may go on over several lines: up to the end of the
    /// last one. Returns their rows and lines, and the byte of the file at which the next row begins.
    pub(crate) fn read_rows(
        &mut self,
        source: &mut Source,
        plan: &FilePlan,
        (from, end): (u64, u64),
        kernel: &Kernel,
        look: &dyn Fn() -> bool,
    ) -> Result<(Count, u64), Unread> {
        self.origin = from;
        self.lines = BEFORE..BEFORE;
        self.reserve(plan, end - from, end - from + STEP)?;
        let mut have = from;
        while have < end {
            self.fill(source, plan, &mut have, end, look)?;
        }
        let mut count = Count::default();
        let mut step = TAIL;
        loop {
            let text = &self.buf[self.lines.end..self.index(have)];
            let limit = self.index(end).saturating_sub(self.lines.end);
            let walk = kernel.walk(text, limit, have == plan.size);
            count.rows += walk.count.rows;
            count.lines += walk.count.lines;
            self.lines.end += walk.next;
            if walk.complete {
                return Ok((count, self.file_byte(self.lines.end)));
            }
            // A row of any length costs twice its length at most.
            let to = plan
                .size
                .min(have + step.max(have - self.file_byte(self.lines.end)));
            self.reserve(plan, to - from, 2 * (to - from))?;
            while have < to {
                self.fill(source, plan, &mut have, to, look)?;
            }
            step = STEP.min(2 * step);
        }
    }

    /// Takes whole rows of a stream: some, about `bytes` of text, behind what was left `over` of the text before, and leaves what is left over
    /// in its turn. Rows and lines are counted where that tells where rows end, with `kernel`.
    pub(crate) fn unpack(
        &mut self,
        stream: &mut Stream,
        plan: &FilePlan,
        over: &mut Over,
        (bytes, kernel): (u64, Option<&Kernel>),
        look: &dyn Fn() -> bool,
    ) -> Result<Count, Unread> {
        self.origin = over.at;
        self.buf.clear();
        self.buf.resize(BEFORE, 0);
        self.buf.append(&mut over.text);
        let mut goal = bytes;
        let (stop, count) = loop {
            let mut failure = None;
            while !stream.ended() && ((self.buf.len() - BEFORE) as u64) < goal && failure.is_none()
            {
                if !look() {
                    return Err(Unread::Unwanted);
                }
                failure = stream.pull(plan, &mut self.buf, look).err();
            }
            // It may have ended because of that.
            if failure.is_some() && !look() {
                return Err(Unread::Unwanted);
            }
            let text = &self.buf[BEFORE..];
            let (stop, count) = match kernel {
                Some(kernel) => {
                    let walk = kernel.walk(text, text.len(), stream.ended());
                    (walk.next, walk.count)
                }
                None if stream.ended() => (text.len(), Count::default()),
                None => (last_start(text), Count::default()),
            };
            if let Some(failure) = failure {
                // The rows before it come first: one of them may be the first bad one.
                if stop == 0 {
                    return Err(failure.into());
                }
                stream.fail_later(failure);
            }
            if stop > 0 || stream.ended() {
                break (BEFORE + stop, count);
            }
            goal = 2 * text.len() as u64;
        };
        over.text.extend_from_slice(&self.buf[stop..]);
        over.at += (stop - BEFORE) as u64;
        self.buf.resize(stop + AFTER, 0);
        self.buf[stop..].fill(0);
        self.lines = BEFORE..stop;
        Ok(count)
    }

    fn start_after(&self, before: usize, have: u64, plan: &FilePlan) -> Start {
        let to = self.index(have);
        match next_start(&self.buf[before..to], 0, have == plan.size) {
            Start::At(at) => Start::At(before + at),
            Start::More => Start::More,
        }
    }

    fn index(&self, at: u64) -> usize {
        BEFORE + (at - self.origin) as usize
    }

    fn fill(
        &mut self,
        source: &mut Source,
        plan: &FilePlan,
        have: &mut u64,
        end: u64,
        look: &dyn Fn() -> bool,
    ) -> Result<(), Unread> {
        if !look() {
            return Err(Unread::Unwanted);
        }
        let to = end.min(*have + STEP);
        // The byte to look behind may lie before the origin.
        let at = (BEFORE as u64 + *have - self.origin) as usize;
        let until = self.index(to);
        source.read_exact(plan, &mut self.buf[at..until], *have)?;
        *have = to;
        Ok(())
    }

    /// Makes room for `bytes` of text; when the buffer must grow, for `ample` bytes at once, or all that is left of a shorter text.
    fn reserve(&mut self, plan: &FilePlan, bytes: u64, ample: u64) -> Result<(), Failure> {
        let ample = ample.min(plan.size.saturating_sub(self.origin));
        let need = BEFORE + bytes as usize + AFTER;
        let have = self.buf.len();
        if have < need {
            let size = need.max(BEFORE + ample as usize + AFTER);
            // A line can be as long as its file: not finding memory for one is an error, not the end of the process.
            let grown = self.buf.try_reserve_exact(size - have);
            grown.map_err(|_| Failure::long_line(plan, self.origin, size as u64))?;
            self.buf.resize(size, 0);
        }
        Ok(())
    }

    /// Gives memory back that only an extraordinary line needed.
    pub(crate) fn shrink(&mut self, usual: u64) {
        let usual = BEFORE + 2 * usual.max(STEP) as usize + AFTER;
        if self.buf.len() > usual {
            self.buf.truncate(usual);
            self.buf.shrink_to_fit();
        }
    }

    /// Where the text lies in the buffer.
    pub(crate) fn lines(&self) -> Range<usize> {
        self.lines.clone()
    }

    pub(crate) fn bytes(&self, part: Range<usize>) -> &[u8] {
        &self.buf[part]
    }

    /// A part of the text as the kernel takes it.
    pub(crate) fn input(&self, part: Range<usize>) -> Input<'_> {
        Input::new(&self.buf, part)
    }

    /// The byte of the file that lies at an index of the buffer.
    pub(crate) fn file_byte(&self, index: usize) -> u64 {
        self.origin + (index - BEFORE) as u64
    }

    /// The first byte of a part that is not UTF-8: its index, and where its line begins.
    pub(crate) fn invalid(&self, part: Range<usize>) -> Option<(usize, usize)> {
        let text = &self.buf[part.clone()];
        if text.is_ascii() {
            return None;
        }
        let valid = std::str::from_utf8(text).err()?.valid_up_to();
        let line = memchr::memrchr2(b'\n', b'\r', &text[..valid]).map_or(0, |end| end + 1);
        Some((part.start + valid, part.start + line))
    }
}
