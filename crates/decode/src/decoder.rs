//! Bytes of any format and encoding to UTF-8 text, in pieces.

use crate::encoding::Encoding;
use crate::format::Format;
use crate::inflate::{Damaged, Inflater};
use crate::transcode::{BadText, Transcoder};

/// Text is made and handed on in pieces of about this size, however well the input is compressed.
const STEP: usize = 256 << 10;

/// Deflate makes no more bytes of one.
const DEFLATE: u64 = 1032;
/// No encoding has characters of fewer bytes than half of those that UTF-8 takes.
const ENCODED: u64 = 2;

/// Why decoding ended.
#[derive(Debug, PartialEq)]
pub enum Fault<E> {
    /// The compressed data is damaged.
    Archive(Damaged),
    /// The text is not of the encoding.
    Text(BadText),
    /// Whoever takes the text refused it.
    Sink(E),
}

/// How far a pull came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pulled {
    /// Bytes of the input that were taken.
    pub consumed: usize,
    /// There may be more text without more input.
    pub more: bool,
}

/// Decompresses what is compressed, by its first bytes, and makes UTF-8 of it, or leaves it as it is.
pub struct Decoder {
    /// The first bytes, until the format is known and they are taken.
    head: Vec<u8>,
    inflater: Option<Inflater>,
    transcoder: Option<Transcoder>,
    inflated: Vec<u8>,
    text: Vec<u8>,
}

impl Decoder {
    /// For a text of this encoding, once decompressed.
    pub fn new(encoding: Encoding) -> Decoder {
        Decoder::with(Some(Transcoder::new(encoding)))
    }

    /// Decompresses only: whoever takes the bytes looks whether they are text.
    pub fn of_bytes() -> Decoder {
        Decoder::with(None)
    }

    /// For what is text already, whatever it begins with.
    pub fn of_text() -> Decoder {
        let plain = Inflater::new(Format::Plain).expect("plain data needs no memory");
        Decoder {
            inflater: Some(plain),
            ..Decoder::of_bytes()
        }
    }

    fn with(transcoder: Option<Transcoder>) -> Decoder {
        Decoder {
            head: Vec::with_capacity(Format::HEAD),
            inflater: None,
            transcoder,
            inflated: Vec::new(),
            text: Vec::new(),
        }
    }

    /// Bytes of text that so many bytes of this format and encoding can give at most; none while the format is not known, or where it
    /// sets no bound.
    pub fn most(&self, bytes: u64) -> Option<u64> {
        let plain = match self.inflater.as_ref()?.format() {
            Format::Plain => 1,
            Format::Gzip => DEFLATE,
            Format::Bzip2 | Format::Xz | Format::Zstd => return None,
        };
        Some(bytes.saturating_mul(plain * ENCODED))
    }

    /// Takes some more bytes and hands on the text that they give. After an error it takes nothing more.
    pub fn push<E>(
        &mut self,
        mut input: &[u8],
        sink: &mut dyn FnMut(&[u8]) -> Result<(), E>,
    ) -> Result<(), Fault<E>> {
        let mut more = true;
        while !input.is_empty() || more {
            let mut text = std::mem::take(&mut self.text);
            text.clear();
            let pulled = self.pull(input, &mut text);
            hand_on(&text, sink)?;
            self.text = text;
            let pulled = pulled?;
            input = &input[pulled.consumed..];
            more = pulled.more;
        }
        Ok(())
    }

    /// Hands on what is left, and checks that data and text may end here.
    pub fn end<E>(&mut self, sink: &mut dyn FnMut(&[u8]) -> Result<(), E>) -> Result<(), Fault<E>> {
        let mut text = Vec::new();
        let ended = self.finish(&mut text);
        hand_on(&text, sink)?;
        ended
    }

    /// Takes some of the input and appends what it gives to `text`, not much more than a step. Also of what it appends before an
    /// error.
    pub fn pull<E>(&mut self, input: &[u8], text: &mut Vec<u8>) -> Result<Pulled, Fault<E>> {
        if self.inflater.is_none() {
            let taken = input.len().min(Format::HEAD - self.head.len());
            self.head.extend_from_slice(&input[..taken]);
            if self.head.len() == Format::HEAD {
                self.begin()?;
            }
            return Ok(Pulled {
                consumed: taken,
                more: self.inflater.is_some(),
            });
        }
        if self.head.is_empty() {
            return self.step(input, text);
        }
        let head = std::mem::take(&mut self.head);
        let step = self.step(&head, text)?;
        self.head.extend_from_slice(&head[step.consumed..]);
        Ok(Pulled {
            consumed: 0,
            more: true,
        })
    }

    /// The same when nothing follows: checks that data and text may end here.
    pub fn finish<E>(&mut self, text: &mut Vec<u8>) -> Result<(), Fault<E>> {
        if self.inflater.is_none() {
            self.begin()?;
        }
        while !self.head.is_empty() {
            self.pull(&[], text)?;
        }
        if let Some(inflater) = &mut self.inflater {
            inflater.end().map_err(Fault::Archive)?;
        }
        match &mut self.transcoder {
            Some(transcoder) => transcoder.end(text).map_err(Fault::Text),
            None => Ok(()),
        }
    }

    fn begin<E>(&mut self) -> Result<(), Fault<E>> {
        self.inflater = Some(Inflater::new(Format::of(&self.head)).map_err(Fault::Archive)?);
        Ok(())
    }

    fn step<E>(&mut self, input: &[u8], text: &mut Vec<u8>) -> Result<Pulled, Fault<E>> {
        let inflater = self.inflater.as_mut().expect("begun before");
        let Some(transcoder) = &mut self.transcoder else {
            let before = text.len();
            text.resize(before + STEP, 0);
            let step = inflater.step(input, &mut text[before..]);
            text.truncate(before + step.as_ref().map_or(0, |step| step.produced));
            let step = step.map_err(Fault::Archive)?;
            return Ok(Pulled {
                consumed: step.consumed,
                more: step.produced == STEP,
            });
        };
        self.inflated.resize(STEP, 0);
        let step = inflater
            .step(input, &mut self.inflated)
            .map_err(Fault::Archive)?;
        let produced = &self.inflated[..step.produced];
        transcoder.push(produced, text).map_err(Fault::Text)?;
        Ok(Pulled {
            consumed: step.consumed,
            more: step.produced == STEP,
        })
    }
}

fn hand_on<E>(text: &[u8], sink: &mut dyn FnMut(&[u8]) -> Result<(), E>) -> Result<(), Fault<E>> {
    if text.is_empty() {
        return Ok(());
    }
    sink(text).map_err(Fault::Sink)
}
