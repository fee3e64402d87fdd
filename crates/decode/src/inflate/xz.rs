//! xz: streams behind one another, and the padding between them (zeros, a multiple of four bytes), as xz itself takes them.
//! Anything else behind a stream is an error.

use liblzma::stream::{Action, CONCATENATED, Error, Status, Stream};

use super::{Halt, Step};

/// Decompresses xz.
pub(super) struct Xz(Stream);

impl Xz {
    pub(super) fn new() -> Result<Xz, String> {
        Stream::new_stream_decoder(u64::MAX, CONCATENATED)
            .map(Xz)
            .map_err(told)
    }

    pub(super) fn step(&mut self, input: &[u8], out: &mut [u8]) -> Result<Step, Halt> {
        let before = (self.0.total_in(), self.0.total_out());
        let status = self.0.process(input, out, Action::Run);
        let step = Step {
            consumed: (self.0.total_in() - before.0) as usize,
            produced: (self.0.total_out() - before.1) as usize,
        };
        match status {
            Ok(_) => Ok(step),
            Err(error) => Err(Halt {
                step,
                what: told(error),
            }),
        }
    }

    pub(super) fn whole(&mut self) -> bool {
        matches!(
            self.0.process(&[], &mut [], Action::Finish),
            Ok(Status::StreamEnd)
        )
    }
}

fn told(error: Error) -> String {
    match error {
        Error::Mem | Error::MemLimit => "there is no memory to decompress it",
        Error::Format => "what follows is neither padding nor another xz stream",
        Error::Options => "it uses a filter or an option that is not known",
        _ => "the compressed data is damaged",
    }
    .to_string()
}
