//! A look at what a path leads to, before it is decided how it is read.

use std::os::unix::fs::FileExt;

use sharray_decode::Format;

use super::pipe::waits;
use crate::blocks::{BEGINNING, begins_blocks};
use crate::failure::Failure;
use crate::source::open_regular;

/// What a path leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Probe {
    /// Whether it is a regular file; else it is a pipe or a device, of which nothing was read.
    pub regular: bool,
    /// Its format, by its first bytes.
    pub format: Format,
    /// Whether it is compressed in blocks that can be read by themselves, as far as its first bytes tell.
    pub blocks: bool,
    /// Whether it begins with UTF-8's byte order mark.
    pub mark: bool,
    /// Bytes; 0 for what is no regular file.
    pub size: u64,
}

/// Looks at what a path leads to. Fails where it cannot be opened, and for what cannot be read from beginning to end.
pub fn probe(path: &str, label: &str) -> Result<Probe, Failure> {
    let mut found = Probe {
        regular: false,
        format: Format::Plain,
        blocks: false,
        mark: false,
        size: 0,
    };
    // A pipe is not opened for a look: its writer would take that for its reader, and lose it at once.
    if waits(path, label)? {
        return Ok(found);
    }
    let (file, meta) = open_regular(path, label)?;
    let mut head = [0; BEGINNING];
    let mut have = 0;
    while have < head.len() {
        match file.read_at(&mut head[have..], have as u64) {
            Ok(0) => break,
            Ok(n) => have += n,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => return Err(Failure::io(label, &error)),
        }
    }
    found.regular = true;
    found.size = meta.len();
    found.format = Format::of(&head[..have]);
    found.blocks = begins_blocks(&head[..have]);
    found.mark = head[..have].starts_with(b"\xef\xbb\xbf");
    Ok(found)
}
