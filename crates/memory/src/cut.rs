//! Cutting a block that was made without a reservation to the size of what it was filled with.

use std::sync::Weak;
use std::sync::atomic::Ordering;

use rustix::fs::ftruncate;

use crate::arena;
use crate::block::{Attachment, write_at};
use crate::control::{Control, State, control_offset, file_length, page};
use crate::error::{Error, Result};
use crate::limits::mapping_refused;
use crate::mapping::cache;
use crate::reserve::punch;
use crate::seals::{Sealed, seal_size, sealed};

impl Attachment {
    /// Cuts a sparse block to `size` data bytes, for ever. Only the attachment that made the block can do it: the process that
    /// holds it is the only one that may have mapped what goes.
    pub fn cut(&self, size: u64) -> Result<()> {
        let now = self.data_len();
        let filling = Control::read(self.fd())?.filter(|found| found.state == State::Filling);
        let Some(control) = filling.filter(|_| self.creator) else {
            return Err(Error::NotSupported(
                "only a block that was made without a reservation can be cut, once, by the one who made it".into(),
            ));
        };
        if size > now {
            return Err(Error::OutOfBounds {
                offset: 0,
                length: size,
                size: now,
            });
        }
        let whole = Control {
            size,
            state: State::Whole,
            ..control
        };
        match sealed(self.fd()) {
            Sealed::Growth if size < arena::LEAST || !arena::limit::on() => self.shorten(whole)?,
            sealed => self.settle(whole, sealed)?,
        }
        self.size.store(size, Ordering::Release);
        Ok(())
    }

    /// Cuts the file itself.
    fn shorten(&self, whole: Control) -> Result<()> {
        // Declared before the lock, so that it goes after it: dropping the last hold on a mapping takes the lock itself.
        let mapped;
        // Held to the end: nobody maps the old length while it goes.
        let cache = cache();
        mapped = cache.get(&self.key()).and_then(Weak::upgrade);
        let length = file_length(whole.size);
        // The old control page stays until the file is cut behind the new one.
        whole.write(self.fd(), length)?;
        let end = control_offset(whole.size);
        if mapped.as_ref().is_some_and(|one| !one.give_up_from(end)) {
            return Err(mapping_refused(length));
        }
        ftruncate(self.fd(), length)
            .map_err(|errno| Error::system("cutting a block (ftruncate)", errno))?;
        seal_size(self.fd())
    }

    /// Leaves the file as long as it is, so that it suits the next load too, and gives back all pages behind the data.
    fn settle(&self, whole: Control, sealed: Sealed) -> Result<()> {
        let length = self.file_length()?;
        let end = control_offset(whole.size);
        punch(self.fd(), end, length - page())?;
        // Whoever maps the block sees the rest of the last page as well.
        let rest = vec![0; (end - whole.size) as usize];
        write_at(self.fd(), &rest, whole.size)?;
        whole.write(self.fd(), length)?;
        if sealed == Sealed::Size {
            return Ok(());
        }
        seal_size(self.fd())
    }
}
