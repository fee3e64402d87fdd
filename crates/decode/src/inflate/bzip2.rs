//! bzip2: streams behind one another. What follows the last of them and begins no stream is passed over, as Python's bz2
//! module and bzip2 itself do it; a stream that begins and is damaged is an error (Python leaves it out in silence when that
//! shows in its first bytes).

use bzip2::{Decompress, Status};

use super::{Halt, Step};
use crate::format::{Format, begins_bzip2};

/// Decompresses bzip2.
#[derive(Default)]
pub(super) struct Bzip2 {
    /// The first bytes of a stream, until it is clear whether it is one.
    head: Vec<u8>,
    body: Option<Decompress>,
    streams: u64,
    /// Whether something else follows.
    over: bool,
}

impl Bzip2 {
    pub(super) fn step(&mut self, input: &[u8], out: &mut [u8]) -> Result<Step, Halt> {
        if self.over {
            return Ok(Step {
                consumed: input.len(),
                produced: 0,
            });
        }
        if self.body.is_some() {
            return self.inflate(input, out);
        }
        let taken = input.len().min(Format::HEAD - self.head.len());
        self.head.extend_from_slice(&input[..taken]);
        if !begins_bzip2(&self.head) {
            self.over = true;
        } else if self.head.len() == Format::HEAD {
            self.body = Some(Decompress::new(false));
            let head = std::mem::take(&mut self.head);
            // Ten bytes are taken whole, and are too few for text to come of them.
            self.inflate(&head, &mut [0; 1])?;
        }
        Ok(Step {
            consumed: taken,
            produced: 0,
        })
    }

    pub(super) fn whole(&self) -> bool {
        self.over || (self.body.is_none() && self.head.is_empty() && self.streams > 0)
    }

    fn inflate(&mut self, input: &[u8], out: &mut [u8]) -> Result<Step, Halt> {
        let Some(body) = &mut self.body else {
            return Ok(Step::default());
        };
        let before = (body.total_in(), body.total_out());
        let status = body.decompress(input, out);
        let step = Step {
            consumed: (body.total_in() - before.0) as usize,
            produced: (body.total_out() - before.1) as usize,
        };
        let what = match status {
            Ok(Status::MemNeeded) => "there is no memory to decompress it",
            Ok(Status::StreamEnd) => {
                self.body = None;
                self.streams += 1;
                return Ok(step);
            }
            Ok(_) => return Ok(step),
            Err(_) => "the compressed data is damaged",
        };
        Err(Halt {
            step,
            what: what.to_string(),
        })
    }
}
