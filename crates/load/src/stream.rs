//! Inputs that are read from their beginning to their end: compressed in one piece, not UTF-8, or such as come but once. Whoever takes the next
//! range decompresses it, one after the other, and parses it while another is at the next one.

use std::io::ErrorKind;
use std::os::unix::fs::FileExt;

use sharray_decode::{Decoder, Encoding, Fault};

use crate::failure::Failure;
use crate::job::FilePlan;
use crate::source::Source;
use crate::spool::told;

/// Bytes that are read from the file at a time, and between two looks at the abort flag.
const STEP: usize = 256 << 10;
/// Room for the text of one pull: a step of the decoder, each byte of which can become three.
const ROOM: usize = 3 * STEP;

/// An input, open, and what was taken from it.
pub(crate) struct Stream {
    source: Source,
    /// None before the first bytes have come.
    decoder: Option<Decoder>,
    input: Vec<u8>,
    /// What of `input` waits for the decoder.
    waiting: std::ops::Range<usize>,
    /// There may be more text without more input.
    more: bool,
    read: u64,
    ended: bool,
    /// Why nothing comes any more.
    failure: Option<Failure>,
}

impl Stream {
    pub(crate) fn new(source: Source) -> Stream {
        Stream {
            source,
            decoder: None,
            input: vec![0; STEP],
            waiting: 0..0,
            more: false,
            read: 0,
            ended: false,
            failure: None,
        }
    }

    /// The same, of which nobody reads again what was read.
    pub(crate) fn once(mut source: Source) -> Stream {
        if let Source::Spool(reading) = &mut source {
            reading.let_go();
        }
        Stream::new(source)
    }

    /// Bytes of text that it can have at most, where its format tells.
    pub(crate) fn most(&self, plan: &FilePlan) -> Option<u64> {
        match &self.source {
            Source::Spool(_) => None,
            _ => self.decoder.as_ref()?.most(plan.stored - plan.from),
        }
    }

    /// Whether its bytes are those of a text, which may be compressed or of an encoding; else they are characters.
    pub(crate) fn is_of_bytes(&self) -> bool {
        !matches!(&self.source, Source::Spool(reading) if reading.is_text())
    }

    /// Bytes of the file that were taken.
    pub(crate) fn read(&self) -> u64 {
        self.read - self.waiting.len() as u64
    }

    /// Whether all text has been handed on.
    pub(crate) fn ended(&self) -> bool {
        self.ended
    }

    /// Appends some more text, not much more than a step. What comes before damage is handed on before that is told.
    /// `look`: asked while it is waited for more whether to go on.
    pub(crate) fn pull(
        &mut self,
        plan: &FilePlan,
        text: &mut Vec<u8>,
        look: &dyn Fn() -> bool,
    ) -> Result<(), Failure> {
        if let Some(failure) = self.failure.take() {
            return Err(failure);
        }
        let before = text.len();
        match self.step(plan, text, look) {
            Err(failure) if text.len() > before => self.fail_later(failure),
            outcome => return outcome,
        }
        Ok(())
    }

    /// Lets the next pull fail.
    pub(crate) fn fail_later(&mut self, failure: Failure) {
        self.failure = Some(failure);
    }

    fn step(
        &mut self,
        plan: &FilePlan,
        text: &mut Vec<u8>,
        look: &dyn Fn() -> bool,
    ) -> Result<(), Failure> {
        text.try_reserve(ROOM)
            .map_err(|_| Failure::long_line(plan, 0, (text.len() + ROOM) as u64))?;
        let before = text.len();
        while text.len() == before && !self.ended {
            // Only when all that has come is text: more may be long in coming.
            let rest = self.more || !self.waiting.is_empty() || self.refill(plan, look)?;
            let begun = self.decoder.take();
            let mut decoder = begun.unwrap_or_else(|| self.decoder_of(plan));
            let decoded = match rest {
                true => decoder
                    .pull(&self.input[self.waiting.clone()], text)
                    .map(|pulled| {
                        self.waiting.start += pulled.consumed;
                        self.more = pulled.more;
                    }),
                false => decoder.finish(text),
            };
            self.decoder = Some(decoder);
            decoded.map_err(|fault| self.failed(plan, fault))?;
            if !rest {
                self.source.unchanged(plan)?;
                self.ended = true;
            }
        }
        Ok(())
    }

    fn decoder_of(&self, plan: &FilePlan) -> Decoder {
        if !self.is_of_bytes() {
            return Decoder::of_text();
        }
        // Whether UTF-8 is some is looked at where rows are parsed, as of files that are read in place.
        match plan.encoding.as_deref().and_then(Encoding::named) {
            None | Some(Encoding::Utf8 | Encoding::Utf8Sig) => Decoder::of_bytes(),
            Some(encoding) => Decoder::new(encoding),
        }
    }

    /// A file that was written to meanwhile is not to be called damaged.
    fn failed(&self, plan: &FilePlan, fault: Fault<Failure>) -> Failure {
        let changed = self.source.unchanged(plan).err();
        changed.unwrap_or_else(|| told(&plan.label, fault))
    }

    /// Reads on in the file. False: it has ended.
    fn refill(&mut self, plan: &FilePlan, look: &dyn Fn() -> bool) -> Result<bool, Failure> {
        let length = match &mut self.source {
            Source::Spool(reading) => reading.read(&mut self.input, look)?,
            source => {
                let file = source.file().expect("a stream is read from a file");
                loop {
                    match file.read_at(&mut self.input, plan.from + self.read) {
                        Ok(length) => break length,
                        Err(error) if error.kind() == ErrorKind::Interrupted => {}
                        Err(error) => return Err(Failure::io(&plan.label, &error)),
                    }
                }
            }
        };
        self.waiting = 0..length;
        self.read += length as u64;
        Ok(length > 0)
    }
}
