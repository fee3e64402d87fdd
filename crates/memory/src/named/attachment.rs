//! What attachments to named blocks can do, beyond what all attachments can.

use std::sync::Arc;

use super::file::{self, Purpose, nonce, open_leased};
use super::name::{AUXILIARY, Name, is_ours, is_swept, meant};
use super::sweep::{name_of, remove, remove_if_dead, sweep, sweep_once};
use crate::arena;
use crate::block::{Attachment, LARGEST};
use crate::error::{Error, Result};
use crate::handle::Handle;
use crate::lease::Lease;
use crate::limits::{check_address_space, kernel_refused};
use crate::reach::{Kind, verify};

/// How a named block is made.
#[derive(Debug, Clone, Copy)]
pub struct NamedOptions {
    /// Permission bits of its file.
    pub mode: u32,
}

impl Default for NamedOptions {
    /// For this user only.
    fn default() -> NamedOptions {
        NamedOptions { mode: 0o600 }
    }
}

impl Attachment {
    /// Makes a named block of `size` zero bytes, all of them taken. It has no name until it is [linked](Attachment::link): the
    /// time to fill it.
    pub fn create_named(size: u64, options: &NamedOptions) -> Result<Attachment> {
        if size > LARGEST {
            return Err(kernel_refused(size));
        }
        check_address_space(size)?;
        sweep();
        let lease = arena::or_give_back(|| file::make(size, options.mode))?;
        let nonce = nonce(lease.fd())?;
        Ok(Attachment::over(lease, Kind::Named, nonce, size, false))
    }

    /// Makes a named block appear, complete, under `name` (short or full) or under a fresh one. FILE_EXISTS when somebody
    /// holds a block of that name, or one persists.
    pub fn link(&self, name: Option<&str>, persist: bool) -> Result<String> {
        if !self.is_named() || self.lease().name().is_some() {
            return Err(Error::NotSupported(
                "only a block that was made to get a name, and has none yet, can be linked".into(),
            ));
        }
        let chosen = name.map(|text| Name::chosen(text, persist)).transpose()?;
        Ok(file::link(self.lease(), chosen.as_ref(), persist)?.full())
    }

    /// Attaches to the block of a name: `sharray.<name>`, else `sharray-keep.<name>`, else the file that is called just so,
    /// which another program made.
    pub fn attach_name(name: &str, readonly: bool) -> Result<Attachment> {
        let names = meant(name, true)?;
        sweep_once();
        let purpose = if readonly {
            Purpose::Read
        } else {
            Purpose::Write
        };
        for full in &names {
            // What a killed process left may be half written, and counts as gone whether or not a sweep came by.
            if is_swept(full) {
                remove_if_dead(full, None);
            }
            let opened = arena::or_give_back(|| open_leased(full, purpose, None))?;
            if let Some(lease) = opened {
                return Attachment::on_file(lease, readonly);
            }
        }
        Err(Error::NoBlock {
            name: name.into(),
            found: None,
        })
    }

    /// The way of a handle with a name; `None` when that name does not lead to the handle's block. Every field is checked.
    pub(crate) fn by_name_of(handle: &Handle, readonly: bool) -> Result<Option<Attachment>> {
        let Some(full) = &handle.name else {
            return Ok(None);
        };
        if meant(full, true)?.last() != Some(full) {
            return Ok(None);
        }
        let purpose = if readonly {
            Purpose::Read
        } else {
            Purpose::Write
        };
        let place = (handle.dev, handle.ino);
        if is_swept(full) {
            remove_if_dead(full, Some(place));
        }
        match open_leased(full, purpose, Some(place))? {
            Some(lease) => {
                verify(&lease, handle)?;
                Attachment::on_file(lease, readonly).map(Some)
            }
            None => Ok(None),
        }
    }

    fn on_file(lease: Lease, readonly: bool) -> Result<Attachment> {
        let size = rustix::fs::fstat(lease.fd())
            .map_err(file::looking)?
            .st_size;
        let nonce = nonce(lease.fd())?;
        Ok(Attachment::over(
            lease,
            Kind::Named,
            nonce,
            size as u64,
            readonly,
        ))
    }

    /// The full name; `None` for a block that has none, or only one that is an aid in publishing it.
    pub fn name(&self) -> Option<Arc<str>> {
        self.lease()
            .name()
            .filter(|full| !is_ours(full) || !full.contains(AUXILIARY))
    }

    /// The name with the file that it is the name of; `None` for a block without a name.
    pub fn named_place(&self) -> Option<NamedPlace> {
        let (full, place) = (self.name()?, self.lease().place());
        Some(NamedPlace { full, place })
    }
}

/// A name and the block that it led to: what can still be unlinked when the block itself was closed.
#[derive(Debug, Clone)]
pub struct NamedPlace {
    full: Arc<str>,
    place: (u64, u64),
}

impl NamedPlace {
    /// Removes the name for everybody; those who hold the block keep it. Nothing happens when it leads to another block by now.
    /// Another program's file is not removed: NOT_SUPPORTED.
    pub fn unlink(&self) -> Result<()> {
        if !is_ours(&self.full) {
            return Err(Error::NotSupported(format!(
                "{:?} was made by another program, which has to remove it",
                self.full
            )));
        }
        if remove(&self.full, Some(self.place))? {
            return Ok(());
        }
        // Somebody else who holds it may have renamed it.
        name_of(self.place).map_or(Ok(()), |full| remove(&full, Some(self.place)).map(|_| ()))
    }
}
