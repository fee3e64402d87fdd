//! Decompression of data that comes in pieces, several compressed streams behind one another included.

mod bzip2;
mod gzip;
mod xz;
mod zstd;

use crate::format::Format;

/// Compressed data that is damaged, was cut off, or has something else behind it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Damaged {
    /// What it was taken for.
    pub format: Format,
    /// Bytes of compressed data that were good, or seemed so, before it was noticed.
    pub byte: u64,
    /// Bytes of text that they gave.
    pub text: u64,
    /// What is wrong.
    pub what: String,
}

/// How far a step of decompression came.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Step {
    /// Bytes of the input that were taken.
    pub consumed: usize,
    /// Bytes of the output that were filled.
    pub produced: usize,
}

/// A step that ended at damage.
struct Halt {
    step: Step,
    what: String,
}

const CUT: &str = "it ends before its compressed data does: it was cut off";

/// Decompresses data of one format that is pushed to it in pieces of any size.
pub struct Inflater {
    format: Format,
    kind: Kind,
    byte: u64,
    text: u64,
}

enum Kind {
    Plain,
    Gzip(Box<gzip::Gzip>),
    Bzip2(bzip2::Bzip2),
    Xz(xz::Xz),
    Zstd(zstd::Zstd),
}

impl Inflater {
    /// For data of a format (plain data goes through as it is). Fails when there is no memory for it.
    pub fn new(format: Format) -> Result<Inflater, Damaged> {
        let failed = |what: String| Damaged {
            format,
            byte: 0,
            text: 0,
            what,
        };
        let kind = match format {
            Format::Plain => Kind::Plain,
            Format::Gzip => Kind::Gzip(Box::default()),
            Format::Bzip2 => Kind::Bzip2(bzip2::Bzip2::default()),
            Format::Xz => Kind::Xz(xz::Xz::new().map_err(failed)?),
            Format::Zstd => Kind::Zstd(zstd::Zstd::new().map_err(failed)?),
        };
        Ok(Inflater {
            format,
            kind,
            byte: 0,
            text: 0,
        })
    }

    /// Takes some of the input and fills some of the output. Both are used up as far as they go: afterwards either all input
    /// was taken or all output filled. Output that was not filled means that nothing more comes of what was taken.
    pub fn step(&mut self, input: &[u8], out: &mut [u8]) -> Result<Step, Damaged> {
        let mut all = Step::default();
        loop {
            let (from, to) = (&input[all.consumed..], &mut out[all.produced..]);
            let stepped = match &mut self.kind {
                Kind::Plain => Ok(copy(from, to)),
                Kind::Gzip(gzip) => gzip.step(from, to),
                Kind::Bzip2(bzip2) => bzip2.step(from, to),
                Kind::Xz(xz) => xz.step(from, to),
                Kind::Zstd(zstd) => zstd.step(from, to),
            };
            let (step, what) = match stepped {
                Ok(step) => (step, None),
                Err(Halt { step, what }) => (step, Some(what)),
            };
            all.consumed += step.consumed;
            all.produced += step.produced;
            self.byte += step.consumed as u64;
            self.text += step.produced as u64;
            if let Some(what) = what {
                return Err(self.damaged(what));
            }
            let idle = step == Step::default();
            if all.produced == out.len() || (idle && all.consumed == input.len()) {
                return Ok(all);
            }
            if idle {
                return Err(self.damaged("the decompressor takes no more of it".to_string()));
            }
        }
    }

    /// The format of the data.
    pub fn format(&self) -> Format {
        self.format
    }

    /// Checks that the data may end here.
    pub fn end(&mut self) -> Result<(), Damaged> {
        let whole = match &mut self.kind {
            Kind::Plain => true,
            Kind::Gzip(gzip) => gzip.whole(),
            Kind::Bzip2(bzip2) => bzip2.whole(),
            Kind::Xz(xz) => xz.whole(),
            Kind::Zstd(zstd) => zstd.whole(),
        };
        if whole {
            Ok(())
        } else {
            Err(self.damaged(CUT.to_string()))
        }
    }

    fn damaged(&self, what: String) -> Damaged {
        Damaged {
            format: self.format,
            byte: self.byte,
            text: self.text,
            what,
        }
    }
}

fn copy(input: &[u8], out: &mut [u8]) -> Step {
    let n = input.len().min(out.len());
    out[..n].copy_from_slice(&input[..n]);
    Step {
        consumed: n,
        produced: n,
    }
}
