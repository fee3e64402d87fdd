//! A finished block gets a name, in one step; what had that name before keeps its holders, and loses the name.

use std::sync::Arc;

use rustix::fs::{CWD, RenameFlags, fstat, lstat, renameat_with};
use rustix::io::Errno;

use super::file::{
    self, Purpose, leads_to, link, link_at, linking, looking, nonce, open_leased, set_mode, taken,
    vacate,
};
use super::name::{Name, is_kept, is_ours, path, random};
use super::sweep::{remove_in_turn, sweep};
use super::turn::Turn;
use super::{NamedOptions, access};
use crate::arena;
use crate::block::{Attachment, write_at};
use crate::control::{Control, State};
use crate::error::{Error, Result};
use crate::lease::Lease;
use crate::reach::Kind;
use crate::release::release;

/// How a block is published.
#[derive(Debug, Clone, Copy, Default)]
pub struct PublishOptions {
    /// Whether another block may lose the name.
    pub replace: bool,
    /// Permission bits; `None`: those it has, or for this user only.
    pub mode: Option<u32>,
}

impl Attachment {
    /// Makes the block appear under a name. A named one is renamed, and stays persistent if it was. A memory file has no
    /// place for names: a copy is made, which gets the name and is returned, to go on with (see [`Attachment::succeed`]). A name
    /// that persists goes on persisting when it is replaced.
    pub fn publish(&self, name: &str, options: &PublishOptions) -> Result<Option<Attachment>> {
        if self.readonly() {
            return Err(Error::ReadOnly);
        }
        let current = self.lease().name();
        let kept = current.as_deref().is_some_and(is_kept);
        let name = Name::chosen(name, kept)?;
        if self.is_named() {
            let has_name = match &current {
                // Another program's name is not ours to take away.
                Some(full) => is_ours(full) && leads_to(full, self.fd())?,
                None => false,
            };
            // A file that lost its name cannot get another one; one that never had one can.
            if has_name || current.is_none() {
                if let Some(mode) = options.mode {
                    set_mode(self.fd(), mode).map_err(|error| self.not_ours(error))?;
                }
                put(self.lease(), current.as_deref(), &name, options.replace)?;
                return Ok(None);
            }
        } else if !self.is_file()
            && Control::read(self.fd())?.is_none_or(|control| control.state != State::Whole)
        {
            return Err(Error::NotSupported(
                "this block is still being filled: it can be published when it has its final size"
                    .into(),
            ));
        }
        sweep();
        let copy = arena::or_give_back(|| self.copy(options.mode))?;
        put(copy.lease(), None, &name, options.replace)?;
        Ok(Some(copy))
    }

    /// Only its owner may change a file's mode.
    fn not_ours(&self, error: Error) -> Error {
        match (error, self.name(), fstat(self.fd())) {
            (Error::Io { errno, .. }, Some(full), Ok(found))
                if errno == Errno::PERM.raw_os_error() =>
            {
                access::not_owner(&full, &found)
            }
            (error, ..) => error,
        }
    }

    /// The same bytes in a file that can have a name.
    fn copy(&self, mode: Option<u32>) -> Result<Attachment> {
        const PART: usize = 1 << 20;
        let size = self.data_len();
        let mode = mode.unwrap_or(NamedOptions::default().mode);
        let lease = file::make(size, mode)?;
        let mut buffer = vec![0; PART.min(size as usize)];
        let mut done = 0;
        while done < size {
            let part = &mut buffer[..PART.min((size - done) as usize)];
            self.pread_at(part, done)?;
            write_at(lease.fd(), part, done)?;
            done += part.len() as u64;
        }
        let nonce = nonce(lease.fd())?;
        Ok(Attachment::over(lease, Kind::Named, nonce, size, false))
    }

    /// Takes the place of the attachment that it was copied from, down to the addresses: true when those of the old one lead to
    /// this block from now on. They do not when others in this process use the old mapping too; it stays as it is then.
    pub fn succeed(self, old: Arc<Attachment>) -> std::result::Result<Attachment, Box<Apart>> {
        let mut old = match Arc::try_unwrap(old) {
            Ok(old) => old,
            Err(old) => return Err(Box::new(Apart { new: self, old })),
        };
        let moved = match old.take_mapping().map(Arc::try_unwrap) {
            None => true,
            Some(Ok(mapping)) => self.take_over(mapping),
            Some(Err(mapping)) => {
                old.put_mapping(mapping);
                false
            }
        };
        let old = Arc::new(old);
        if !moved {
            return Err(Box::new(Apart { new: self, old }));
        }
        release(old);
        Ok(self)
    }
}

/// A block and its published copy, which could not get the addresses.
#[derive(Debug)]
pub struct Apart {
    /// The copy.
    pub new: Attachment,
    /// What it was copied from.
    pub old: Arc<Attachment>,
}

/// Makes the file of a lease appear under `name`. `from`: the full name that leads to it now, if any does.
fn put(lease: &Lease, from: Option<&str>, name: &Name, replace: bool) -> Result<()> {
    let from = match from {
        Some(from) => from.to_string(),
        None if !replace => return link(lease, Some(name), false).map(drop),
        None => {
            // Linking never replaces, renaming does.
            let beside = name.beside(&random()?);
            link_at(lease.fd(), &beside).map_err(linking)?;
            // Should something fail from here on, the lease takes it along.
            lease.set_name(beside.clone());
            beside
        }
    };
    loop {
        let turn = Turn::take();
        let name = &if replace {
            name.as_it_is()
        } else {
            name.clone()
        };
        if rename(lease, &from, name, replace)? {
            if replace {
                remove_in_turn(&turn, &name.other_form().full(), None)?;
            }
            return Ok(());
        }
    }
}

/// False when somebody who takes no turns changed the target meanwhile.
fn rename(lease: &Lease, from: &str, name: &Name, replace: bool) -> Result<bool> {
    let to = name.full();
    if from == to {
        return Ok(true);
    }
    if !replace {
        for form in [to.clone(), name.other_form().full()] {
            if form != from && !vacate(&form) {
                return Err(taken(form));
            }
        }
    }
    let mut replaced = None;
    if replace {
        // Whoever would remove the old block under this name needs its lock exclusively.
        replaced = match open_leased(&to, Purpose::Order, None) {
            // No block: it is not ours to replace.
            Err(Error::NoBlock { .. }) => return Err(taken(to)),
            opened => opened?,
        };
    }
    let flags = match &replaced {
        Some(_) => RenameFlags::empty(),
        None => RenameFlags::NOREPLACE,
    };
    match renameat_with(CWD, path(from), CWD, path(&to), flags) {
        Ok(()) => {}
        Err(Errno::EXIST) => return Ok(false),
        Err(Errno::PERM | Errno::ACCESS) => {
            // The sticky directory: neither what is renamed nor what is replaced may be another user's.
            let own = fstat(lease.fd()).map_err(looking)?;
            return Err(match lstat(path(&to)) {
                Ok(found) if found.st_uid != own.st_uid => access::not_owner(&to, &found),
                _ => access::not_owner(from, &own),
            });
        }
        Err(errno) => return Err(Error::system("renaming a named block (rename)", errno)),
    }
    lease.set_name(to);
    Ok(true)
}
