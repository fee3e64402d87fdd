//! Spooling: whatever is no plain UTF-8 file is made into UTF-8 in a file of its own (a block of memory), which loads then read
//! in parallel as any other.

mod failure;
mod input;
mod probe;

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use sharray_decode::{Decoder, Encoding, Fault, Lines};

use crate::failure::Failure;
use crate::setting::SpaceCheck;
pub use probe::{Probe, probe};

/// Input is taken in steps of so many bytes; whoever waits for an abort waits for no more.
const STEP: usize = 256 << 10;
/// Free memory is looked at again at the latest whenever so much more has been written.
const LOOK_AGAIN: u64 = 64 << 20;
/// What is asked for first: a small text shall not need the room of a large one.
const FIRST_LOOK: u64 = 1 << 20;

/// What others see of a spool at work, and how they end it.
#[derive(Debug, Default)]
pub struct Watch {
    ended: AtomicBool,
    read: AtomicU64,
}

impl Watch {
    /// Ends the work within a step.
    pub fn abort(&self) {
        self.ended.store(true, Ordering::Relaxed);
    }

    /// Bytes of input that were taken, compressed ones as they are.
    pub fn read(&self) -> u64 {
        self.read.load(Ordering::Relaxed)
    }

    fn look(&self) -> Result<(), Failure> {
        if self.ended.load(Ordering::Relaxed) {
            return Err(Failure::aborted());
        }
        Ok(())
    }
}

/// Items of a list of lines, one behind the other.
#[derive(Clone, Copy, Debug)]
pub struct Items<'a> {
    /// All their bytes.
    pub bytes: &'a [u8],
    /// Where in `bytes` each of them ends.
    pub ends: &'a [u32],
    /// Whether they are characters, as UTF-8; else they are text of the spool's encoding.
    pub utf8: bool,
}

/// Makes UTF-8 of one input. It writes from the beginning of its file on; after an error it is of no more use.
pub struct Spool {
    label: String,
    encoding: Encoding,
    kind: Option<Kind>,
    out: Out,
}

/// How the input comes, by what was pushed first.
enum Kind {
    Bytes(Box<Decoder>),
    Lines(Lines),
    Characters,
}

impl Spool {
    /// The text goes to `to`, of which it may take the first `room` bytes. `label` names the input in messages.
    pub fn new(
        to: Arc<File>,
        room: u64,
        encoding: Encoding,
        label: String,
        watch: Arc<Watch>,
    ) -> Spool {
        Spool {
            label,
            encoding,
            kind: None,
            out: Out {
                to,
                room,
                written: 0,
                granted: 0,
                watch,
            },
        }
    }

    /// Takes some more bytes.
    pub fn push(&mut self, bytes: &[u8], space: SpaceCheck<'_>) -> Result<(), Failure> {
        let encoding = self.encoding;
        let kind = self
            .kind
            .get_or_insert_with(|| Kind::Bytes(Box::new(Decoder::new(encoding))));
        let Kind::Bytes(decoder) = kind else {
            return Err(Failure::mixed(&self.label));
        };
        for step in bytes.chunks(STEP) {
            self.out.watch.look()?;
            decoder
                .push(step, &mut |text| self.out.store(text, space))
                .map_err(|fault| told(&self.label, fault))?;
            self.out.count(step.len());
        }
        Ok(())
    }

    /// Takes some more characters, which are text already.
    pub fn push_characters(&mut self, text: &str, space: SpaceCheck<'_>) -> Result<(), Failure> {
        let Kind::Characters = self.kind.get_or_insert(Kind::Characters) else {
            return Err(Failure::mixed(&self.label));
        };
        for step in text.as_bytes().chunks(STEP) {
            self.out.store(step, space)?;
            self.out.count(step.len());
        }
        Ok(())
    }

    /// Takes some more items of a list of lines. `quoted`: they end softly (`sharray_decode::SOFT_END`), the same for all.
    pub fn push_items(
        &mut self,
        items: Items<'_>,
        quoted: bool,
        space: SpaceCheck<'_>,
    ) -> Result<(), Failure> {
        let encoding = self.encoding;
        let kind = self
            .kind
            .get_or_insert_with(|| Kind::Lines(Lines::new(encoding, quoted)));
        let Kind::Lines(lines) = kind else {
            return Err(Failure::mixed(&self.label));
        };
        let (mut text, mut from) = (Vec::new(), 0);
        for (index, &end) in items.ends.iter().enumerate() {
            let item = items.bytes.get(from..end as usize);
            let item = item.ok_or_else(|| Failure::argument("an item ends before it begins"))?;
            lines
                .push(item, items.utf8, &mut text)
                .map_err(|bad| Failure::item(&self.label, bad))?;
            from = end as usize;
            if text.len() >= STEP || index + 1 == items.ends.len() {
                self.out.watch.look()?;
                self.out.store(&text, space)?;
                text.clear();
            }
        }
        self.out.count(from);
        Ok(())
    }

    /// Ends the input, and tells how many bytes of text there are.
    pub fn end(&mut self, space: SpaceCheck<'_>) -> Result<u64, Failure> {
        self.out.watch.look()?;
        if let Some(Kind::Bytes(decoder)) = &mut self.kind {
            decoder
                .end(&mut |text| self.out.store(text, space))
                .map_err(|fault| told(&self.label, fault))?;
        }
        Ok(self.out.written)
    }
}

/// Why an input is no text, in words.
pub(crate) fn told(label: &str, fault: Fault<Failure>) -> Failure {
    match fault {
        Fault::Archive(damaged) => Failure::archive(label, &damaged),
        Fault::Text(bad) => Failure::text(label, &bad),
        Fault::Sink(failure) => failure,
    }
}

/// Where the text goes.
struct Out {
    to: Arc<File>,
    room: u64,
    written: u64,
    /// Bytes for which there was room when it was last asked.
    granted: u64,
    watch: Arc<Watch>,
}

impl Out {
    fn store(&mut self, text: &[u8], space: SpaceCheck<'_>) -> Result<(), Failure> {
        self.watch.look()?;
        let after = self.written + text.len() as u64;
        if after > self.room {
            let full = std::io::Error::from_raw_os_error(libc::EFBIG);
            return Err(Failure::text_store(&full, text.len()));
        }
        if after > self.granted {
            let asked = self
                .written
                .clamp(FIRST_LOOK, LOOK_AGAIN)
                .max(text.len() as u64);
            space(asked).map_err(|(message, details)| Failure::space(message, details))?;
            self.granted = self.written + asked;
        }
        self.to
            .write_all_at(text, self.written)
            .map_err(|error| Failure::text_store(&error, text.len()))?;
        self.written = after;
        Ok(())
    }

    fn count(&self, bytes: usize) {
        self.watch.read.fetch_add(bytes as u64, Ordering::Relaxed);
    }
}
