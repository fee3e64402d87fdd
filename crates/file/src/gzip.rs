//! A new file of gzip, compressed as it is written.

use std::io::{self, Write};

use flate2::Compression;
use flate2::write::GzEncoder;

use crate::error::{Error, Result};
use crate::output::Output;

/// A new gzip file, which appears under its name when it is published. Dropping it leaves nothing.
#[derive(Debug)]
pub struct GzipOutput {
    encoder: GzEncoder<Vec<u8>>,
    output: Output,
}

impl GzipOutput {
    /// Compresses what is written to a file that has nothing yet.
    pub fn new(output: Output) -> GzipOutput {
        GzipOutput {
            encoder: GzEncoder::new(Vec::new(), Compression::default()),
            output,
        }
    }

    /// Appends bytes.
    pub fn write(&mut self, bytes: &[u8]) -> Result<()> {
        self.encoder.write_all(bytes).map_err(|e| failed(&e))?;
        self.output.write(&std::mem::take(self.encoder.get_mut()))
    }

    /// Ends the compressed bytes, and makes the file appear under its name, with its bytes on the disk.
    pub fn publish(mut self) -> Result<()> {
        let rest = self.encoder.finish().map_err(|e| failed(&e))?;
        self.output.write(&rest)?;
        self.output.publish()
    }
}

fn failed(error: &io::Error) -> Error {
    Error::io("cannot compress", error)
}
