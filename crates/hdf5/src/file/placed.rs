//! Contiguous data that others have written into a new file before its dataset is made: how long it is was not known before.

use std::os::fd::{AsFd, AsRawFd};

use sharray_file::Region;

use super::File;
use crate::dataset::{Dataset, Info, Spec};
use crate::error::Result;
use crate::h5;

/// Data of at least so many bytes begins at a multiple of them.
pub(super) const ROUND: u64 = 64 << 10;
/// What libhdf5 notes about a dataset takes less.
const NOTED: u64 = 8 << 10;
/// What is moved goes piece by piece.
const PIECE: u64 = 1 << 20;

impl File {
    /// Where the data of the next contiguous dataset will begin, if it has [`ROUND`] bytes or more, nothing else is made before it, and the file
    /// was opened with `placed`.
    pub fn next_place(&self) -> Result<u64> {
        let found = || {
            let end = h5::file::end(&self.id)?;
            let place = end.next_multiple_of(ROUND);
            if place - end >= NOTED {
                return Ok(place);
            }
            // Too near: whether the notes fit before it is not known, so that they come behind it.
            h5::file::lengthen(&self.id, place - end + 8)?;
            Ok(place + ROUND)
        };
        found().map_err(|e: crate::Error| e.of(&self.shown))
    }

    /// A path to the file, for processes of the same user, for as long as it is open; none where they may not look into this one, or the system
    /// does not open files again in this way.
    pub fn reach(&self) -> Option<String> {
        use rustix::process::{DumpableBehavior, dumpable_behavior};
        let seen = dumpable_behavior().is_ok_and(|how| how == DumpableBehavior::Dumpable);
        let path = format!("/proc/{}/fd/{}", std::process::id(), self.fd.as_raw_fd());
        let opened = std::fs::OpenOptions::new().write(true).open(&path);
        (seen && opened.is_ok()).then_some(path)
    }

    /// Makes a dataset whose data lies at a place of the file, as [`File::next_place`] has told it.
    pub fn create_placed(&mut self, path: &str, spec: &Spec, at: u64) -> Result<Info> {
        self.check_new(path)?;
        let on = |e: crate::Error| e.of(&self.shown).on(path);
        let made = Dataset::create(&self.id, path, spec).map_err(on)?;
        if let Some((place, bytes)) = made.place()
            && place != at
        {
            self.move_bytes(at, place, bytes).map_err(on)?;
        }
        let info = made.info();
        self.keep(path, made);
        Ok(info)
    }

    /// Moves bytes to where they may overlap with what they were.
    fn move_bytes(&self, from: u64, to: u64, length: u64) -> Result<()> {
        let fd = self.fd.as_fd();
        let mut buffer = vec![0; PIECE as usize];
        let pieces = length.div_ceil(PIECE);
        for piece in 0..pieces {
            // From the end that the bytes move towards.
            let piece = if to > from { pieces - 1 - piece } else { piece };
            let start = piece * PIECE;
            let part = &mut buffer[..PIECE.min(length - start) as usize];
            let offset = from + start;
            Region { fd, offset }.read(part)?;
            sharray_file::write_at(fd, part, to + start)?;
        }
        Ok(())
    }

    /// Starts the way of bytes to the disk, if the file is to be there when it is closed.
    pub fn start_write_back(&self, from: u64, bytes: u64) {
        if self.sync {
            sharray_file::start_write_back(self.fd.as_fd(), from, bytes);
        }
    }
}
