//! How an attachment comes by its mapping.

use std::os::fd::{AsFd, OwnedFd};
use std::sync::atomic::Ordering;
use std::sync::{Arc, OnceLock};

use rustix::fs::fstat;

use super::Attachment;
use crate::arena;
use crate::control::{Control, State, control_offset};
use crate::error::{Error, Result};
use crate::lease;
use crate::limits::check_mount;
use crate::mapping::{Key, Mapping, Range, cache};
use crate::named::file::unlocked;
use crate::reach::Kind;
use crate::reserve::reserve_missing;
use crate::seals::{Sealed, sealed};

impl Attachment {
    /// What a mapping is made through that may outlive this attachment's lease: a mapping keeps the open file that it was made
    /// through, and with that its lease.
    fn unleased(&self) -> Result<Option<OwnedFd>> {
        if self.kind == Kind::Named {
            return unlocked(&self.lease, self.readonly());
        }
        let wanted = self.may_be_kept();
        Ok(wanted.then(|| lease::second(self.fd())).flatten())
    }

    pub(crate) fn take_mapping(&mut self) -> Option<Arc<Mapping>> {
        self.mapping.take()
    }

    pub(crate) fn put_mapping(&mut self, mapping: Arc<Mapping>) {
        self.mapping = OnceLock::from(mapping);
    }

    /// Lays this block over the addresses of another one's mapping. False where that fails: then they show zeros.
    pub(crate) fn take_over(&self, mapping: Mapping) -> bool {
        let Ok(unleased) = self.unleased() else {
            return false;
        };
        let fd = unleased.as_ref().map_or(self.fd(), AsFd::as_fd);
        let moved = mapping.lead_to(self.key(), fd, control_offset(self.data_len()));
        moved.is_some_and(|moved| self.mapping.set(moved).is_ok())
    }

    pub(crate) fn take_spare(&self) -> Option<Range> {
        self.spare().take()
    }

    pub(crate) fn key(&self) -> Key {
        let (dev, ino) = self.lease.place();
        Key {
            dev,
            ino,
            nonce: self.nonce,
            size: match self.kind {
                Kind::Named | Kind::File => self.data_len(),
                Kind::Memory => 0,
            },
            stores: self.stores,
        }
    }

    pub(crate) fn mapping(&self) -> Result<&Arc<Mapping>> {
        if let Some(mapping) = self.mapping.get() {
            return Ok(mapping);
        }
        match self.kind {
            Kind::Memory => {}
            Kind::Named => self.check_pages()?,
            Kind::File => self.check_file()?,
        }
        let mut cache = cache();
        if self.kind == Kind::Memory {
            self.check_state()?;
        }
        let (key, length) = (self.key(), control_offset(self.data_len()));
        let spare = self.spare().take();
        let mapping = match spare.and_then(|range| range.cover(length)) {
            Some(range) => Mapping::adopt(&mut cache, key, range),
            None => {
                let unleased = arena::or_give_back(|| self.unleased())?;
                let fd = unleased.as_ref().map_or(self.fd(), AsFd::as_fd);
                let mut map = || Mapping::of(&mut cache, key, fd, length);
                match map() {
                    Err(Error::NoSpace { .. }) if arena::give_back() => map()?,
                    mapped => mapped?,
                }
            }
        };
        drop(cache);
        Ok(self.mapping.get_or_init(|| mapping))
    }

    /// Refuses to map what is not final, and looks up what is.
    fn check_state(&self) -> Result<()> {
        let state = Control::read(self.fd())?;
        match (state, sealed(self.fd())) {
            // It may have been cut since this attachment was made.
            (Some(control), Sealed::Size) if self.creator || control.state == State::Whole => {
                self.size.store(control.size, Ordering::Release);
                Ok(())
            }
            // Safe in the process that cuts, which gives up what goes before it goes; nowhere else.
            (Some(_), Sealed::Growth) if self.creator => Ok(()),
            _ => Err(Error::NotSupported(
                "this block is still being filled: until it has its final size, others than its maker write to it without \
                 mapping it"
                    .into(),
            )),
        }
    }

    /// Makes sure that no page of a named block's file is a fault. Our own are complete; another program may have made its file
    /// shorter, or have taken no pages for it yet: then they are taken, or at least their room is looked for.
    fn check_pages(&self) -> Result<()> {
        let found = fstat(self.fd()).map_err(|errno| Error::system("looking at a block", errno))?;
        let (size, now) = (self.data_len(), found.st_size as u64);
        if now < size {
            return Err(Error::OutOfBounds {
                offset: 0,
                length: size,
                size: now,
            });
        }
        let missing = size.saturating_sub(found.st_blocks as u64 * 512);
        match (missing, self.readonly()) {
            (0, _) => Ok(()),
            (missing, true) => check_mount(missing, size),
            (missing, false) => arena::or_give_back(|| reserve_missing(self.fd(), size, missing)),
        }
    }
}
