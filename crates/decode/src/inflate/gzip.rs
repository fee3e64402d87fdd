//! gzip: members behind one another, zeros behind each of them. What Python's gzip module (3.11) takes is taken, what it
//! refuses is refused: it neither looks at a header's own checksum nor at flags that it does not know.

use flate2::{Crc, Decompress, FlushDecompress, Status};

use super::{Halt, Step};

const EXTRA: u8 = 4;
const NAME: u8 = 8;
const COMMENT: u8 = 16;
const CHECKSUM: u8 = 2;

/// The part of a member that comes next.
enum Part {
    /// The ten bytes that each header begins with, as far as they are there.
    Head,
    /// The length of the extra field.
    ExtraLength,
    /// So many bytes that are passed over.
    Extra(u16),
    /// A name or a comment, up to its NUL.
    Name,
    Comment,
    /// The header's checksum.
    Checksum,
    Body,
    /// Checksum and length of the text.
    Trailer,
    /// Zeros, or the next member.
    Behind,
}

/// Decompresses gzip.
pub(super) struct Gzip {
    part: Part,
    /// Flags of this member's header that are still to be seen to.
    flags: u8,
    /// Bytes of a part of fixed length, as far as they are there.
    held: Vec<u8>,
    body: Decompress,
    crc: Crc,
}

impl Default for Gzip {
    fn default() -> Gzip {
        Gzip {
            part: Part::Head,
            flags: 0,
            held: Vec::with_capacity(10),
            body: Decompress::new(false),
            crc: Crc::new(),
        }
    }
}

impl Gzip {
    pub(super) fn step(&mut self, input: &[u8], out: &mut [u8]) -> Result<Step, Halt> {
        if matches!(self.part, Part::Body) {
            return self.inflate(input, out);
        }
        let mut at = 0;
        while at < input.len() && !matches!(self.part, Part::Body) {
            let (taken, done) = self.frame(&input[at..]);
            at += taken;
            done.map_err(|what| halt(at, 0, what))?;
        }
        Ok(Step {
            consumed: at,
            produced: 0,
        })
    }

    pub(super) fn whole(&self) -> bool {
        matches!(self.part, Part::Behind)
    }

    fn inflate(&mut self, input: &[u8], out: &mut [u8]) -> Result<Step, Halt> {
        let before = (self.body.total_in(), self.body.total_out());
        let status = self.body.decompress(input, out, FlushDecompress::None);
        let step = Step {
            consumed: (self.body.total_in() - before.0) as usize,
            produced: (self.body.total_out() - before.1) as usize,
        };
        self.crc.update(&out[..step.produced]);
        match status {
            Ok(Status::StreamEnd) => self.part = Part::Trailer,
            Ok(_) => {}
            Err(error) => {
                let what = error.message().unwrap_or("the compressed data is damaged");
                return Err(halt(step.consumed, step.produced, what.to_string()));
            }
        }
        Ok(step)
    }

    /// Takes some of what lies around the bodies.
    fn frame(&mut self, input: &[u8]) -> (usize, Result<(), String>) {
        match self.part {
            Part::Head => {
                let taken = self.hold(input, 10);
                (taken, self.head())
            }
            Part::ExtraLength => {
                let taken = self.hold(input, 2);
                if let [low, high] = self.held[..] {
                    self.part = Part::Extra(u16::from_le_bytes([low, high]));
                    self.held.clear();
                    self.pass(0);
                }
                (taken, Ok(()))
            }
            Part::Extra(left) => {
                let taken = input.len().min(usize::from(left));
                self.pass(taken as u16);
                (taken, Ok(()))
            }
            Part::Name | Part::Comment => match memchr::memchr(0, input) {
                None => (input.len(), Ok(())),
                Some(nul) => {
                    self.next_field();
                    (nul + 1, Ok(()))
                }
            },
            Part::Checksum => {
                let taken = self.hold(input, 2);
                if self.held.len() == 2 {
                    self.next_field();
                }
                (taken, Ok(()))
            }
            Part::Trailer => {
                let taken = self.hold(input, 8);
                (taken, self.trailer())
            }
            Part::Behind => {
                let zeros = input.iter().take_while(|byte| **byte == 0).count();
                if zeros < input.len() {
                    self.part = Part::Head;
                }
                (zeros, Ok(()))
            }
            Part::Body => (0, Ok(())),
        }
    }

    /// Holds bytes until there are so many.
    fn hold(&mut self, input: &[u8], wanted: usize) -> usize {
        let taken = input.len().min(wanted - self.held.len());
        self.held.extend_from_slice(&input[..taken]);
        taken
    }

    fn head(&mut self) -> Result<(), String> {
        if !b"\x1f\x8b".starts_with(&self.held[..self.held.len().min(2)]) {
            return Err("what follows is neither zeros nor another gzip member".to_string());
        }
        if self.held.len() < 10 {
            return Ok(());
        }
        if self.held[2] != 8 {
            return Err(format!(
                "its method of compression ({}) is not known",
                self.held[2]
            ));
        }
        self.flags = self.held[3];
        self.next_field();
        Ok(())
    }

    /// Goes on to the next field that the flags tell of, or to the body.
    fn next_field(&mut self) {
        self.held.clear();
        for (flag, part) in [
            (EXTRA, Part::ExtraLength),
            (NAME, Part::Name),
            (COMMENT, Part::Comment),
            (CHECKSUM, Part::Checksum),
        ] {
            if self.flags & flag != 0 {
                self.flags &= !flag;
                self.part = part;
                return;
            }
        }
        self.body.reset(false);
        self.crc.reset();
        self.part = Part::Body;
    }

    fn pass(&mut self, taken: u16) {
        if let Part::Extra(left) = &mut self.part {
            *left -= taken;
            if *left == 0 {
                self.next_field();
            }
        }
    }

    fn trailer(&mut self) -> Result<(), String> {
        let &[a, b, c, d, e, f, g, h] = &self.held[..] else {
            return Ok(());
        };
        if u32::from_le_bytes([a, b, c, d]) != self.crc.sum() {
            return Err("the text has another checksum than it should have".to_string());
        }
        if u32::from_le_bytes([e, f, g, h]) != self.crc.amount() {
            return Err("the text has another length than it should have".to_string());
        }
        self.held.clear();
        self.part = Part::Behind;
        Ok(())
    }
}

fn halt(consumed: usize, produced: usize, what: String) -> Halt {
    Halt {
        step: Step { consumed, produced },
        what,
    }
}
