//! Blocks and attachments.

use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use rustix::fs::{SeekFrom, fstat, ftruncate, seek};
use rustix::io::{Errno, pread, pwrite, retry_on_intr};

use crate::arena;
use crate::control::{Control, Nonce, State, VERSION, file_length};
use crate::error::{Error, Result};
use crate::handle::Handle;
use crate::lease::Lease;
use crate::limits::{check_address_space, check_file_length, kernel_refused};
use crate::mapping::{Hold, Mapping, Range, Stores};
use crate::named::access;
use crate::named::name::meant;
use crate::named::sweep::sweep_once;
use crate::reach::{Kind, open_block, take_lease, verify, with_access};
use crate::reserve::reserve;
use crate::seals::{memory_file, seal_growth, seal_size};

mod mapped;

/// Whether a new block's pages are taken at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reserve {
    /// All of them, after the limits were asked: for blocks that anybody may write to.
    All,
    /// None: the block may be far larger than memory. It is filled by `pwrite_at` and cut to its final size.
    Sparse,
}

/// No file is as long as this; what is shorter can be rounded up to pages without a thought.
pub(crate) const LARGEST: u64 = 1 << 62;

/// One holder's claim on a block. The block lives as long as any process has an attachment (or a descriptor on its way).
///
/// Memory behind an attachment is shared with other processes: it is reached through raw pointers, never references.
#[derive(Debug)]
pub struct Attachment {
    /// Before the descriptor, so that it goes first: who gets the block to himself by its lease must find no mapping here.
    mapping: OnceLock<Arc<Mapping>>,
    /// What was kept mapped of the block, until the mapping is made of it.
    spare: Mutex<Option<Range>>,
    lease: Lease,
    kind: Kind,
    pub(crate) nonce: Nonce,
    pub(crate) size: AtomicU64,
    stores: Stores,
    pub(crate) creator: bool,
}

impl Attachment {
    /// Makes a block of `size` zero bytes.
    pub fn create(size: u64, pages: Reserve) -> Result<Attachment> {
        if size > LARGEST {
            return Err(kernel_refused(size));
        }
        sweep_once();
        if let Some(taken) = arena::take(size, pages) {
            let made = Attachment::made(Lease::over(taken.fd)?, taken.nonce, size);
            *made.spare() = taken.range;
            return Ok(made);
        }
        arena::or_give_back(|| Attachment::create_fresh(size, pages))
    }

    fn create_fresh(size: u64, pages: Reserve) -> Result<Attachment> {
        let length = match pages {
            Reserve::All => file_length(size),
            Reserve::Sparse => arena::roomy_length(size),
        };
        check_file_length(length)?;
        if pages == Reserve::All {
            check_address_space(length)?;
        }
        let lease = Lease::new(memory_file()?)?;
        let fd = lease.fd();
        ftruncate(fd, length)
            .map_err(|errno| Error::system("sizing a memory file (ftruncate)", errno))?;
        if pages == Reserve::All {
            reserve(fd, 0..length)?;
        }
        let nonce = Nonce::draw()?;
        let state = match pages {
            Reserve::All => State::Whole,
            Reserve::Sparse => State::Filling,
        };
        Control::first(nonce, size, state).write(fd, length)?;
        match pages {
            Reserve::All => seal_size(fd)?,
            Reserve::Sparse => seal_growth(fd)?,
        }
        Ok(Attachment::made(lease, nonce, size))
    }

    /// Attaches to the block of a handle. Every field of the handle is checked.
    pub fn attach(handle: &Handle, readonly: bool) -> Result<Attachment> {
        check_form(handle)?;
        if handle.nonce.is_of_opened() {
            return Attachment::attach_opened(handle, readonly);
        }
        sweep_once();
        if let Some(attachment) = arena::or_give_back(|| Attachment::by_name_of(handle, readonly))?
        {
            return Ok(attachment);
        }
        let fd = arena::or_give_back(|| open_block(handle, readonly))?;
        let lease = take_lease(fd, handle)?;
        // After the lease: from here on nobody makes another array of the block.
        let kind = verify(&lease, handle)?;
        if kind == Kind::Named {
            // /proc lets root in everywhere.
            access::check_opened(lease.fd(), handle, readonly)?;
        }
        Ok(Attachment::of(lease, kind, handle, readonly))
    }

    /// Attaches through a descriptor that another process sent. Every field is checked but the place (`pid`, `fd`). The
    /// descriptor is taken over, and closed when it is refused.
    pub fn attach_fd(fd: OwnedFd, handle: &Handle, readonly: bool) -> Result<Attachment> {
        check_form(handle)?;
        if handle.nonce.is_of_opened() {
            return Attachment::attach_opened_fd(fd, handle, readonly);
        }
        let lease = take_lease(fd, handle)?;
        let kind = verify(&lease, handle)?;
        let lease = with_access(lease, handle, readonly)?;
        Ok(Attachment::of(lease, kind, handle, readonly))
    }

    /// Of a handle that was verified.
    fn of(lease: Lease, kind: Kind, handle: &Handle, readonly: bool) -> Attachment {
        if let (Kind::Named, Some(name)) = (kind, &handle.name) {
            lease.set_name(name.clone());
        }
        Attachment::over(lease, kind, handle.nonce, handle.size, readonly)
    }

    /// Of a memory file that this attachment makes a block of.
    fn made(lease: Lease, nonce: Nonce, size: u64) -> Attachment {
        let mut made = Attachment::over(lease, Kind::Memory, nonce, size, false);
        made.creator = true;
        made
    }

    pub(crate) fn over(
        lease: Lease,
        kind: Kind,
        nonce: Nonce,
        size: u64,
        readonly: bool,
    ) -> Attachment {
        if kind == Kind::Named {
            lease.set_nameable();
        }
        Attachment {
            mapping: OnceLock::new(),
            spare: Mutex::new(None),
            lease,
            kind,
            nonce,
            size: AtomicU64::new(size),
            stores: if readonly {
                Stores::Refused
            } else {
                Stores::Shared
            },
            creator: false,
        }
    }

    /// Has all stores stay in this attachment.
    pub(crate) fn set_apart(&mut self, number: u64) {
        self.stores = Stores::Apart(number);
    }

    fn spare(&self) -> MutexGuard<'_, Option<Range>> {
        self.spare.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether this attachment's end may be the block's, and its memory then serve this process's next arrays.
    pub(crate) fn may_be_kept(&self) -> bool {
        self.creator && self.data_len() >= arena::LEAST && arena::limit::on()
    }

    /// The handle by which other processes attach, as long as this attachment is open.
    pub fn handle(&self) -> Handle {
        let (dev, ino) = self.lease.place();
        Handle {
            version: VERSION,
            pid: own_pid(),
            fd: self.fd().as_raw_fd(),
            dev,
            ino,
            name: self.name().map(|name| name.to_string()),
            nonce: self.nonce,
            size: self.data_len(),
        }
    }

    /// The block's descriptor.
    pub fn fd(&self) -> BorrowedFd<'_> {
        self.lease.fd()
    }

    pub(crate) fn lease(&self) -> &Lease {
        &self.lease
    }

    /// Whether it lies on the shared-memory mount, where blocks have names.
    pub fn is_named(&self) -> bool {
        self.kind == Kind::Named
    }

    /// Data bytes of the block, without the control page.
    pub fn data_len(&self) -> u64 {
        self.size.load(Ordering::Acquire)
    }

    /// Whether it is a file that was opened by its path.
    pub fn is_file(&self) -> bool {
        self.kind == Kind::File
    }

    /// Whether it is there to be read only.
    pub fn readonly(&self) -> bool {
        self.stores == Stores::Refused
    }

    /// Whether what is stored stays in this attachment: then the block's descriptor does not show it.
    pub fn copy_on_write(&self) -> bool {
        matches!(self.stores, Stores::Apart(_))
    }

    /// The address of the block's first byte; maps it when that did not happen yet.
    pub fn as_ptr(&self) -> Result<*mut u8> {
        Ok(self.mapping()?.base().as_ptr())
    }

    /// The address of `length` bytes from `offset` on; maps the block when that did not happen yet. It is valid as long
    /// as this attachment lives.
    pub fn range(&self, offset: u64, length: u64) -> Result<*mut u8> {
        let mapping = self.mapping()?;
        self.check(offset, length)?;
        if self.kind == Kind::File {
            self.check_length()?;
        }
        // In bounds, and the whole block is mapped: the sum stays inside one mapping.
        Ok(mapping.base().as_ptr().wrapping_add(offset as usize))
    }

    /// What keeps addresses of this block valid beyond the attachment (they show zeros then).
    pub fn hold(&self) -> Result<Hold> {
        Ok(self.mapping()?.hold())
    }

    /// Writes all bytes to `offset`, without mapping.
    pub fn pwrite_at(&self, bytes: &[u8], offset: u64) -> Result<()> {
        match self.stores {
            Stores::Shared => {}
            Stores::Refused => return Err(Error::ReadOnly),
            Stores::Apart(_) => {
                return Err(Error::NotSupported(
                    "what is stored to a copy-on-write mapping stays there: it is not written by descriptor".into(),
                ));
            }
        }
        self.check(offset, bytes.len() as u64)?;
        arena::or_give_back(|| write_at(self.fd(), bytes, offset))
    }

    /// Reads `bytes.len()` bytes from `offset` on, without mapping. A read-only attachment reads the block, not its own
    /// changed pages; a copy-on-write one reads what it shows, through its mapping.
    pub fn pread_at(&self, bytes: &mut [u8], offset: u64) -> Result<()> {
        self.check(offset, bytes.len() as u64)?;
        if self.copy_on_write() {
            let mapping = self.mapping()?;
            self.check_length()?;
            mapping.read(bytes, offset);
            return Ok(());
        }
        let mut done = 0;
        while done < bytes.len() {
            match retry_on_intr(|| pread(self.fd(), &mut bytes[done..], offset + done as u64)) {
                Ok(0) if self.kind == Kind::File => return self.check_length(),
                Ok(0) => return self.check(u64::MAX, 1),
                Ok(count) => done += count,
                Err(errno) => return Err(Error::system("reading from a block (pread)", errno)),
            }
        }
        Ok(())
    }

    /// Bytes from the start on that have their pages: those of a block that was used before.
    pub fn present(&self) -> Result<u64> {
        let hole = seek(self.fd(), SeekFrom::Hole(0))
            .map_err(|errno| Error::system("looking for a block's pages (lseek)", errno))?;
        Ok(hole.min(self.data_len()))
    }

    pub(crate) fn file_length(&self) -> Result<u64> {
        let found = fstat(self.fd()).map_err(|errno| Error::system("looking at a block", errno))?;
        Ok(found.st_size as u64)
    }

    fn check(&self, offset: u64, length: u64) -> Result<()> {
        let size = self.data_len();
        match offset.checked_add(length) {
            Some(end) if end <= size => Ok(()),
            _ => Err(Error::OutOfBounds {
                offset,
                length,
                size,
            }),
        }
    }
}

pub(crate) fn write_at(fd: impl AsFd, bytes: &[u8], offset: u64) -> Result<()> {
    let mut done = 0;
    while done < bytes.len() {
        match retry_on_intr(|| pwrite(&fd, &bytes[done..], offset + done as u64)) {
            Ok(0) | Err(Errno::NOSPC | Errno::NOMEM) => {
                return Err(kernel_refused(bytes.len() as u64));
            }
            Ok(count) => done += count,
            Err(errno) => return Err(Error::system("writing to a block (pwrite)", errno)),
        }
    }
    Ok(())
}

/// This process's number, asked for once: every array that is sent says it, and nothing here lives on in a forked process.
fn own_pid() -> u32 {
    static PID: OnceLock<u32> = OnceLock::new();
    *PID.get_or_init(std::process::id)
}

/// Checks what a handle says of itself.
fn check_form(handle: &Handle) -> Result<()> {
    if let Some(name) = &handle.name {
        meant(name, true)?;
    }
    if handle.version == VERSION {
        return Ok(());
    }
    Err(Error::VersionMismatch {
        found: handle.version,
        place: "handle",
    })
}
