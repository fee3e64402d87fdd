//! Files that are read from their beginning to their end: compressed in one piece, or not UTF-8. Whoever takes the next range decompresses it,
//! one after the other, and parses it while another is at the next one.

use std::fs::File;
use std::io::{ErrorKind, Read};

use sharray_decode::{Decoder, Encoding, Fault};

use crate::failure::Failure;
use crate::job::FilePlan;
use crate::source::Source;
use crate::spool::told;

/// Bytes that are read from the file at a time, and between two looks at the abort flag.
const STEP: usize = 256 << 10;
/// Room for the text of one pull: a step of the decoder, each byte of which can become three.
const ROOM: usize = 3 * STEP;

/// The file of a stream, open, and what was taken from it.
pub(crate) struct Stream {
    source: Source,
    decoder: Decoder,
    input: Vec<u8>,
    /// What of `input` waits for the decoder.
    waiting: std::ops::Range<usize>,
    read: u64,
    ended: bool,
    /// Why nothing comes any more.
    failure: Option<Failure>,
}

impl Stream {
    pub(crate) fn new(source: Source, plan: &FilePlan) -> Stream {
        // Whether UTF-8 is some is looked at where rows are parsed, as of files that are read in place.
        let decoder = match plan.encoding.as_deref().and_then(Encoding::named) {
            None | Some(Encoding::Utf8 | Encoding::Utf8Sig) => Decoder::of_bytes(),
            Some(encoding) => Decoder::new(encoding),
        };
        Stream {
            source,
            decoder,
            input: vec![0; STEP],
            waiting: 0..0,
            read: 0,
            ended: false,
            failure: None,
        }
    }

    /// Bytes of text that it can have at most, where its format tells.
    pub(crate) fn most(&self, plan: &FilePlan) -> Option<u64> {
        self.decoder.most(plan.stored)
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
    pub(crate) fn pull(&mut self, plan: &FilePlan, text: &mut Vec<u8>) -> Result<(), Failure> {
        if let Some(failure) = self.failure.take() {
            return Err(failure);
        }
        let before = text.len();
        match self.step(plan, text) {
            Err(failure) if text.len() > before => self.fail_later(failure),
            outcome => return outcome,
        }
        Ok(())
    }

    /// Lets the next pull fail.
    pub(crate) fn fail_later(&mut self, failure: Failure) {
        self.failure = Some(failure);
    }

    fn step(&mut self, plan: &FilePlan, text: &mut Vec<u8>) -> Result<(), Failure> {
        text.try_reserve(ROOM)
            .map_err(|_| Failure::long_line(plan, 0, (text.len() + ROOM) as u64))?;
        let before = text.len();
        while text.len() == before && !self.ended {
            let input = &self.input[self.waiting.clone()];
            let pulled = self.decoder.pull(input, text);
            let pulled = pulled.map_err(|fault| self.failed(plan, fault))?;
            self.waiting.start += pulled.consumed;
            if !pulled.more && self.waiting.is_empty() && !self.refill(plan)? {
                let finished = self.decoder.finish(text);
                finished.map_err(|fault| self.failed(plan, fault))?;
                self.source.unchanged(plan)?;
                self.ended = true;
            }
        }
        Ok(())
    }

    /// A file that was written to meanwhile is not to be called damaged.
    fn failed(&self, plan: &FilePlan, fault: Fault<Failure>) -> Failure {
        let changed = self.source.unchanged(plan).err();
        changed.unwrap_or_else(|| told(&plan.label, fault))
    }

    /// Reads on in the file. False: it has ended.
    fn refill(&mut self, plan: &FilePlan) -> Result<bool, Failure> {
        let file = self.source.file();
        let mut file: &File = file.expect("a stream is read from a file");
        loop {
            match file.read(&mut self.input) {
                Ok(length) => {
                    self.waiting = 0..length;
                    self.read += length as u64;
                    return Ok(length > 0);
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(Failure::io(&plan.label, &error)),
            }
        }
    }
}
