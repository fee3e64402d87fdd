//! The beginning of a file: lines that are passed over, the names of columns, the first row.

use std::ops::Range;

use sharray_text::{Cuts, Kernel};

use crate::failure::Failure;
use crate::job::{FilePlan, Packing, Spec};
use crate::lines::{Start, line_ends, next_item, next_start};
use crate::source::Source;
use crate::stream::Stream;

/// Room for the kernel's wide loads around a line.
const PAD: usize = 64;
/// UTF-8's byte order mark.
pub(crate) const MARK: [u8; 3] = *b"\xef\xbb\xbf";
/// At least so much is read at a time.
const STEP: usize = 64 << 10;

/// What the first line that is not blank holds.
pub(crate) enum First {
    /// There is no such line, or none is wanted.
    None,
    Row(Head),
    /// It is no text. Told when it is this file's turn: the first error in order is the load's.
    Bad(Failure),
}

impl First {
    pub(crate) fn fields(&self) -> Option<usize> {
        match self {
            First::Row(head) => Some(head.fields),
            _ => None,
        }
    }
}

/// A file's first row, padded for the kernel.
pub(crate) struct Head {
    padded: Vec<u8>,
    fields: usize,
    line: u64,
}

impl Head {
    /// Bytes of the row.
    pub(crate) fn bytes(&self) -> u64 {
        (self.padded.len() - 2 * PAD) as u64
    }

    /// Parses the row: what is wrong with a table is mostly wrong in its first row. `kernel`: the last one that was made.
    pub(crate) fn check(
        &self,
        spec: &Spec,
        plan: &FilePlan,
        columns: usize,
        kernel: &mut Option<(usize, Kernel)>,
    ) -> Result<(), Failure> {
        let text = PAD..self.padded.len() - PAD;
        let mut out = vec![0; spec.record_size(columns)];
        let input = sharray_text::Input::new(&self.padded, text.clone());
        let kernel = spec.kernel_in(kernel, columns)?;
        let parsed = kernel.parse(input, &mut out, &mut Cuts::default());
        parsed
            .map(|_| ())
            .map_err(|bad| Failure::row(spec, plan, self.line, &bad, &self.padded[text]))
    }
}

/// What the text comes from.
enum Origin {
    /// Its bytes, so many of them, can be read anywhere.
    Source(Source, u64),
    Stream(Box<Stream>),
}

/// Reads a file from its beginning, row by row.
pub(crate) struct Reader<'a> {
    origin: Origin,
    /// Where the next line begins in the file, and how many lines lie before it.
    at: u64,
    line: u64,
    /// Rows may go on over several lines.
    quoted: bool,
    /// Lines are items of a list.
    items: bool,
    /// Bytes of the file from `at` on are `buf[from..]`, as far as they were read.
    buf: Vec<u8>,
    from: usize,
    /// Asked while it is waited for bytes whether to go on.
    look: &'a dyn Fn() -> bool,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(
        source: Source,
        plan: &FilePlan,
        skip: u64,
        spec: &Spec,
        look: &'a dyn Fn() -> bool,
    ) -> Result<Reader<'a>, Failure> {
        let mut reader = Reader {
            origin: match plan.packing {
                Packing::Stream => Origin::Stream(Box::new(Stream::new(source))),
                _ => Origin::Source(source, plan.size),
            },
            at: skip.min(plan.size),
            line: 0,
            quoted: spec.quoted(),
            items: spec.items,
            buf: Vec::new(),
            from: 0,
            look,
        };
        if plan.packing != Packing::None {
            reader.pass_mark(plan)?;
        }
        Ok(reader)
    }

    /// Passes over a byte order mark: in front of compressed text nobody could see it before.
    fn pass_mark(&mut self, plan: &FilePlan) -> Result<(), Failure> {
        while self.buf.len() < MARK.len() && !self.is_last() {
            self.read_on(plan)?;
        }
        let is_of_bytes = match &self.origin {
            Origin::Stream(stream) => stream.is_of_bytes(),
            Origin::Source(..) => true,
        };
        if is_of_bytes && self.buf.starts_with(&MARK) {
            self.take(MARK.len(), 0);
        }
        Ok(())
    }

    /// Where the next line begins in the file, and how many lines lie before it.
    pub(crate) fn place(&self) -> (u64, u64) {
        (self.at, self.line)
    }

    fn is_last(&self) -> bool {
        match &self.origin {
            Origin::Source(_, size) => self.at + (self.buf.len() - self.from) as u64 == *size,
            Origin::Stream(stream) => stream.ended(),
        }
    }

    fn take(&mut self, bytes: usize, lines: u64) -> Range<usize> {
        let taken = self.from..self.from + bytes;
        self.from += bytes;
        self.at += bytes as u64;
        self.line += lines;
        taken
    }

    /// The next line with its end; none at the end of the file.
    fn next_line(&mut self, plan: &FilePlan) -> Result<Option<Range<usize>>, Failure> {
        let mut looked = 0;
        loop {
            let (rest, last) = (self.buf.len() - self.from, self.is_last());
            if last && rest == 0 {
                return Ok(None);
            }
            if rest > looked {
                let bytes = &self.buf[self.from..];
                let next = match self.items {
                    true => next_item(bytes, looked, last),
                    false => next_start(bytes, looked, last),
                };
                match next {
                    Start::At(len) => return Ok(Some(self.take(len, 1))),
                    // The last byte may be a carriage return that waits for the byte behind it.
                    Start::More => looked = rest - 1,
                }
            }
            self.read_on(plan)?;
        }
    }

    /// The next line, or all lines that a row with quotes takes up.
    fn next_row(
        &mut self,
        plan: &FilePlan,
        counter: &Kernel,
    ) -> Result<Option<Range<usize>>, Failure> {
        if !self.quoted {
            return self.next_line(plan);
        }
        loop {
            let last = self.is_last();
            let rest = &self.buf[self.from..];
            if rest.is_empty() && last {
                return Ok(None);
            }
            let walk = counter.walk(rest, 1, last);
            if walk.complete && !rest.is_empty() {
                return Ok(Some(self.take(walk.next, walk.count.lines)));
            }
            self.read_on(plan)?;
        }
    }

    fn read_on(&mut self, plan: &FilePlan) -> Result<(), Failure> {
        self.buf.drain(..self.from);
        self.from = 0;
        let have = self.buf.len();
        match &mut self.origin {
            Origin::Stream(stream) => {
                while self.buf.len() <= 2 * have && !stream.ended() {
                    stream.pull(plan, &mut self.buf, self.look)?;
                }
                Ok(())
            }
            Origin::Source(source, size) => {
                let next = (*size - self.at - have as u64).min(STEP.max(have) as u64) as usize;
                self.buf.resize(have + next, 0);
                source.read_exact(plan, &mut self.buf[have..], self.at + have as u64)
            }
        }
    }

    /// Reads on where a stream may be so short that its end comes soon: then it is known how much text there is.
    /// `whole`: however far it is.
    pub(crate) fn look_on(&mut self, plan: &FilePlan, whole: bool) {
        let Origin::Stream(stream) = &mut self.origin else {
            return;
        };
        while !stream.ended() && (whole || self.buf.len() - self.from < STEP) {
            if whole {
                self.at += (self.buf.len() - self.from) as u64;
                self.buf.clear();
                self.from = 0;
            }
            // Told by whoever reads the rows before it.
            if stream.pull(plan, &mut self.buf, self.look).is_err() {
                break;
            }
        }
    }

    /// Bytes of all text, as far as those that were read tell: of a stream, which is not read to its end here.
    pub(crate) fn estimate(&self, plan: &FilePlan) -> u64 {
        let text = self.at + (self.buf.len() - self.from) as u64;
        match &self.origin {
            Origin::Source(_, size) => *size,
            Origin::Stream(stream) if stream.ended() || plan.path.is_none() => text,
            Origin::Stream(stream) => {
                let all = u128::from(plan.stored - plan.from) * u128::from(text)
                    / u128::from(stream.read().max(1));
                u64::try_from(all).unwrap_or(u64::MAX)
            }
        }
    }

    /// Bytes that the text cannot exceed.
    pub(crate) fn most(&self, plan: &FilePlan) -> u64 {
        match &self.origin {
            Origin::Source(_, size) => *size,
            Origin::Stream(stream) if stream.ended() => {
                self.at + (self.buf.len() - self.from) as u64
            }
            Origin::Stream(stream) => stream.most(plan).unwrap_or(u64::MAX),
        }
    }

    /// Passes over lines. What they hold does not matter, not even whether it is text.
    pub(crate) fn skip(&mut self, plan: &FilePlan, lines: u64) -> Result<(), Failure> {
        for _ in 0..lines {
            if self.next_line(plan)?.is_none() {
                break;
            }
        }
        Ok(())
    }

    /// The next row's text; none at the end of the file, the failure where it is no text.
    fn text(
        &mut self,
        plan: &FilePlan,
        counter: &Kernel,
    ) -> Result<Option<Result<Range<usize>, Failure>>, Failure> {
        let (begin, line) = (self.at, self.line + 1);
        let Some(row) = self.next_row(plan, counter)? else {
            return Ok(None);
        };
        let checked = match std::str::from_utf8(&self.buf[row.clone()]) {
            Err(error) if !self.items => {
                let bad = error.valid_up_to();
                let found = self.buf[row.start + bad];
                let byte = begin + bad as u64;
                let line = line + line_ends(&self.buf[row.start..row.start + bad]);
                Err(Failure::encoding(&plan.label, line, byte, found))
            }
            _ => Ok(row),
        };
        Ok(Some(checked))
    }

    /// The names that the next row with fields has, a comment's mark before them left out; none where there is no such row.
    pub(crate) fn header(
        &mut self,
        plan: &FilePlan,
        spec: &Spec,
        counter: &Kernel,
    ) -> Result<Option<Vec<String>>, Failure> {
        while let Some(row) = self.text(plan, counter)? {
            let row = row?;
            let line = String::from_utf8_lossy(&self.buf[row]).into_owned();
            let mut names = line.as_str();
            for comment in &spec.comments {
                names = names
                    .trim_start()
                    .strip_prefix(comment.as_str())
                    .unwrap_or(names);
            }
            let fields = counter.fields(names.as_bytes()).unwrap_or_default();
            if !fields.is_empty() {
                let name = |field: &Vec<u8>| String::from_utf8_lossy(field).trim().to_string();
                return Ok(Some(fields.iter().map(name).collect()));
            }
        }
        Ok(None)
    }

    /// The first line that is a row. `throws`: one that is no text ends the search, because it will end the load.
    pub(crate) fn first_row(
        &mut self,
        plan: &FilePlan,
        counter: &Kernel,
        throws: bool,
    ) -> Result<First, Failure> {
        let mut bad = None;
        loop {
            let line = self.line;
            let row = match self.text(plan, counter)? {
                None => return Ok(bad.map_or(First::None, First::Bad)),
                Some(Err(failure)) if throws => return Ok(First::Bad(failure)),
                Some(Err(failure)) => {
                    bad.get_or_insert(failure);
                    continue;
                }
                Some(Ok(row)) => row,
            };
            let fields = counter.fields(&self.buf[row.clone()]);
            // A row that is refused as a whole is one, too.
            let fields = fields.map_or(1, |fields| fields.len());
            if fields > 0 {
                let mut padded = vec![0; PAD];
                padded.extend_from_slice(&self.buf[row]);
                padded.resize(padded.len() + PAD, 0);
                let line = line + 1;
                return Ok(First::Row(Head {
                    padded,
                    fields,
                    line,
                }));
            }
        }
    }
}
