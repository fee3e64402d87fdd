//! Streams as chunks of HDF5, read by h5py, whose libhdf5 and zlib are none of ours.

use std::io::{self, BufWriter, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};

use super::cases::Case;

/// A Python process that reads what it is given while more is made.
pub struct Reader {
    child: Child,
    input: BufWriter<ChildStdin>,
}

impl Reader {
    pub fn start(python: &Path) -> io::Result<Reader> {
        let program = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases/read_streams.py");
        let mut child = Command::new(python)
            .arg(program)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()?;
        let input = child.stdin.take().expect("a pipe was asked for");
        Ok(Reader {
            child,
            input: BufWriter::new(input),
        })
    }

    /// Gives it a case and its stream; one without bytes is no chunk. An error: it has ended, and [`Reader::end`] says why.
    pub fn give(&mut self, seed: u64, case: &Case, stream: &[u8]) -> io::Result<()> {
        if case.planes.is_empty() {
            return Ok(());
        }
        self.input.write_all(&seed.to_le_bytes())?;
        for number in [case.size, case.planes.len(), stream.len()] {
            self.input.write_all(&(number as u32).to_le_bytes())?;
        }
        self.input.write_all(&case.planes)?;
        self.input.write_all(stream)
    }

    /// How many streams it has read and found to be right, or what is wrong with one.
    pub fn end(mut self) -> Result<u64, String> {
        let unsent = self.input.flush().is_err();
        drop(self.input);
        let ended = self.child.wait_with_output();
        let ended = ended.map_err(|error| error.to_string())?;
        let told = String::from_utf8_lossy(&ended.stdout);
        match told.trim().parse() {
            Ok(count) if ended.status.success() && !unsent => Ok(count),
            _ => Err(String::from_utf8_lossy(&ended.stderr).trim().to_owned()),
        }
    }
}
