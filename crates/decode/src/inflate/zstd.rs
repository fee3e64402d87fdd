//! zstd: frames behind one another, skippable ones among them. Anything else behind a frame is an error, as zstd itself has it.

use zstd::stream::raw::{Decoder, InBuffer, Operation, OutBuffer};
use zstd::zstd_safe::DParameter;

use super::{Halt, Step};

/// Windows of so many bits are taken: what `zstd --long=31` writes.
const WINDOW_BITS: u32 = 31;

/// Decompresses zstd.
pub(super) struct Zstd {
    decoder: Decoder<'static>,
    between_frames: bool,
    frames: u64,
}

impl Zstd {
    pub(super) fn new() -> Result<Zstd, String> {
        let mut decoder = Decoder::new().map_err(|error| error.to_string())?;
        decoder
            .set_parameter(DParameter::WindowLogMax(WINDOW_BITS))
            .map_err(|error| error.to_string())?;
        Ok(Zstd {
            decoder,
            between_frames: true,
            frames: 0,
        })
    }

    pub(super) fn step(&mut self, input: &[u8], out: &mut [u8]) -> Result<Step, Halt> {
        // Asked with nothing, the decoder would begin a frame.
        if self.between_frames && input.is_empty() {
            return Ok(Step::default());
        }
        let mut from = InBuffer::around(input);
        let mut to = OutBuffer::around(out);
        let ran = self.decoder.run(&mut from, &mut to);
        let step = Step {
            consumed: from.pos(),
            produced: to.pos(),
        };
        match ran {
            Ok(wanted) => {
                self.between_frames = wanted == 0;
                self.frames += u64::from(self.between_frames);
                Ok(step)
            }
            Err(error) => Err(Halt {
                step,
                what: error.to_string(),
            }),
        }
    }

    pub(super) fn whole(&self) -> bool {
        self.between_frames && self.frames > 0
    }
}
