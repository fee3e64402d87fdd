//! Bytes of any format and encoding to UTF-8 text, in pieces.

use crate::encoding::Encoding;
use crate::format::Format;
use crate::inflate::{Damaged, Inflater};
use crate::transcode::{BadText, Transcoder};

/// Text is made and handed on in pieces of about this size, however well the input is compressed.
const STEP: usize = 256 << 10;

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

/// Decompresses what is compressed, by its first bytes, and makes UTF-8 of it.
pub struct Decoder {
    /// The first bytes, until the format is known.
    head: Vec<u8>,
    inflater: Option<Inflater>,
    transcoder: Transcoder,
    inflated: Vec<u8>,
    text: Vec<u8>,
}

impl Decoder {
    /// For a text of this encoding, once decompressed.
    pub fn new(encoding: Encoding) -> Decoder {
        Decoder {
            head: Vec::with_capacity(Format::HEAD),
            inflater: None,
            transcoder: Transcoder::new(encoding),
            inflated: Vec::new(),
            text: Vec::new(),
        }
    }

    /// Takes some more bytes and hands on the text that they give. After an error it takes nothing more.
    pub fn push<E>(
        &mut self,
        mut input: &[u8],
        sink: &mut dyn FnMut(&[u8]) -> Result<(), E>,
    ) -> Result<(), Fault<E>> {
        if self.inflater.is_none() {
            let taken = input.len().min(Format::HEAD - self.head.len());
            self.head.extend_from_slice(&input[..taken]);
            input = &input[taken..];
            if self.head.len() < Format::HEAD {
                return Ok(());
            }
            self.begin(sink)?;
        }
        self.inflate(input, sink)
    }

    /// Hands on what is left, and checks that data and text may end here.
    pub fn end<E>(&mut self, sink: &mut dyn FnMut(&[u8]) -> Result<(), E>) -> Result<(), Fault<E>> {
        if self.inflater.is_none() {
            self.begin(sink)?;
        }
        if let Some(inflater) = &mut self.inflater {
            inflater.end().map_err(Fault::Archive)?;
        }
        self.text.clear();
        let ended = self.transcoder.end(&mut self.text);
        hand_on(&self.text, sink)?;
        ended.map_err(Fault::Text)
    }

    fn begin<E>(&mut self, sink: &mut dyn FnMut(&[u8]) -> Result<(), E>) -> Result<(), Fault<E>> {
        let head = std::mem::take(&mut self.head);
        self.inflater = Some(Inflater::new(Format::of(&head)).map_err(Fault::Archive)?);
        self.inflated.resize(STEP, 0);
        self.inflate(&head, sink)
    }

    fn inflate<E>(
        &mut self,
        mut input: &[u8],
        sink: &mut dyn FnMut(&[u8]) -> Result<(), E>,
    ) -> Result<(), Fault<E>> {
        let Some(inflater) = &mut self.inflater else {
            return Ok(());
        };
        loop {
            let step = inflater
                .step(input, &mut self.inflated)
                .map_err(Fault::Archive)?;
            input = &input[step.consumed..];
            self.text.clear();
            let decoded = self
                .transcoder
                .push(&self.inflated[..step.produced], &mut self.text);
            hand_on(&self.text, sink)?;
            decoded.map_err(Fault::Text)?;
            if input.is_empty() && step.produced < self.inflated.len() {
                return Ok(());
            }
        }
    }
}

fn hand_on<E>(text: &[u8], sink: &mut dyn FnMut(&[u8]) -> Result<(), E>) -> Result<(), Fault<E>> {
    if text.is_empty() {
        return Ok(());
    }
    sink(text).map_err(Fault::Sink)
}
