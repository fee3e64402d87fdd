//! A new file that is written from its beginning to its end.

use crate::error::{Error, Result};
use crate::temporary::{Existing, Temporary};
use crate::transfer::{
    Monitor, Region, STEP, Short, check_file_size, copy, start_write_back, write_at,
};

/// A new file, which appears under its name when it is published. Dropping it leaves nothing.
#[derive(Debug)]
pub struct Output {
    temporary: Temporary,
    shown: String,
    at: u64,
    /// Up to here the disk was asked to begin.
    begun: u64,
}

impl Output {
    /// Begins the file that will replace what is at `path`. `named`: see [`Temporary::new`].
    pub fn new(path: &str, named: bool) -> Result<Output> {
        Ok(Output {
            temporary: Temporary::new(path, Existing::Replace, named)?,
            shown: path.to_owned(),
            at: 0,
            begun: 0,
        })
    }

    /// Appends bytes.
    pub fn write(&mut self, bytes: &[u8]) -> Result<()> {
        self.room(bytes.len() as u64)?;
        write_at(self.temporary.fd(), bytes, self.at).map_err(|e| e.of(&self.shown))?;
        self.at += bytes.len() as u64;
        if self.at - self.begun >= STEP {
            start_write_back(self.temporary.fd(), self.begun, self.at - self.begun);
            self.begun = self.at;
        }
        Ok(())
    }

    /// Appends bytes of another file, such as a block of shared memory; large ones on several threads.
    pub fn write_from(&mut self, from: Region<'_>, length: u64, monitor: &Monitor) -> Result<()> {
        self.room(length)?;
        let to = Region {
            fd: self.temporary.fd(),
            offset: self.at,
        };
        copy(from, to, length, Short::Fails, true, monitor).map_err(|e| e.of(&self.shown))?;
        self.at += length;
        self.begun = self.at;
        Ok(())
    }

    /// Makes it appear under its name, with its bytes on the disk.
    pub fn publish(self) -> Result<()> {
        self.temporary.publish(true)
    }

    fn room(&self, length: u64) -> Result<()> {
        let end = self
            .at
            .checked_add(length)
            .ok_or_else(|| Error::new("NO_SPACE", "no file can be that long").of(&self.shown))?;
        check_file_size(end).map_err(|e| e.of(&self.shown))
    }
}
