//! The control page, the last one of a block's file: version, state, nonce and size. It is read and written by `pread` and
//! `pwrite`, never mapped.
//!
//! ```text
//! 0  "sharray\0"   8  version u32   12  state u32   16  nonce 16 bytes   32  data size u64   40  former u64   (little endian)
//! 48 the nonces of arrays that lived here before, 16 bytes each: the last 253 of `former`, the n-th in place n mod 253
//! ```
//!
//! The data begins at the file's first byte. The file may be longer than the data and this page need: what lies between is a hole.

use std::fmt;
use std::fs;
use std::os::fd::AsFd;
use std::sync::OnceLock;

use rustix::fs::fstat;
use rustix::io::{Errno, pread, pwrite, retry_on_intr};
use rustix::rand::{GetRandomFlags, getrandom};

use crate::error::{Error, Result};

/// The version of the layout that this crate writes and reads.
pub const VERSION: u32 = 1;
const MAGIC: &[u8; 8] = b"sharray\0";
const LENGTH: usize = 48;
/// In a nonce at the place of a PID namespace's number: a file that was opened by its path. Namespaces count from 0xEFFFFFFC on.
const OPENED: u32 = 1;
/// How many former nonces a page remembers.
const REMEMBERED: u64 = 253;

/// The size of a page, which is also the length of the control page.
pub(crate) fn page() -> u64 {
    rustix::param::page_size() as u64
}

/// Where the control page of a block of `size` data bytes begins: at least one page of data lies before it.
pub(crate) fn control_offset(size: u64) -> u64 {
    size.max(1).next_multiple_of(page())
}

/// The length of the file of a block of `size` data bytes.
pub(crate) fn file_length(size: u64) -> u64 {
    control_offset(size) + page()
}

/// What tells a block from every other one, also from a later one that gets the same inode number.
///
/// 96 random bits, then 32 bits that mix a checksum of these with the number of the PID namespace it was drawn in: so an
/// attacher that finds no such process knows whether it ever could.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Nonce([u8; 16]);

impl Nonce {
    /// A new one.
    pub fn draw() -> Result<Nonce> {
        let mut bytes = [0u8; 16];
        let mut filled = 0;
        while filled < 12 {
            filled += retry_on_intr(|| getrandom(&mut bytes[filled..12], GetRandomFlags::empty()))
                .map_err(|errno| Error::system("drawing random numbers (getrandom)", errno))?;
        }
        let place = checksum(&bytes[..12]) ^ pid_namespace();
        bytes[12..].copy_from_slice(&place.to_le_bytes());
        Ok(Nonce(bytes))
    }

    /// That of a named block, which every process computes alike: a fixed mix of device, inode and time of birth (seconds
    /// and nanoseconds; zeros where it is not known). It names no PID namespace.
    pub(crate) fn of_file(dev: u64, ino: u64, born: (u64, u32)) -> Nonce {
        let mix = |seed: u64| {
            [dev, ino, born.0, born.1.into()]
                .into_iter()
                .fold(seed, |state, word| {
                    // The finalizer of SplitMix64: each bit of the input changes half of the output's.
                    let mut z = (state ^ word).wrapping_add(0x9e37_79b9_7f4a_7c15);
                    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
                    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
                    z ^ (z >> 31)
                })
        };
        let mut bytes = [0u8; 16];
        bytes[..8].copy_from_slice(&mix(1).to_le_bytes());
        bytes[8..12].copy_from_slice(&mix(2).to_le_bytes()[..4]);
        let place = checksum(&bytes[..12]);
        bytes[12..].copy_from_slice(&place.to_le_bytes());
        Nonce(bytes)
    }

    /// That of a file that was opened by its path: as [`Nonce::of_file`], but it says so of itself. Whoever attaches must know it
    /// before he touches the file, for nobody locks a user's own files.
    pub(crate) fn of_opened(dev: u64, ino: u64, born: (u64, u32)) -> Nonce {
        let Nonce(mut bytes) = Nonce::of_file(dev, ino, born);
        let place = checksum(&bytes[..12]) ^ OPENED;
        bytes[12..].copy_from_slice(&place.to_le_bytes());
        Nonce(bytes)
    }

    /// Whether it says that its file was opened by its path.
    pub fn is_of_opened(&self) -> bool {
        self.number() == OPENED
    }

    /// Whether it may have been drawn in the PID namespace of this process: false when it tells of another one.
    pub fn is_from_here(&self) -> bool {
        [0, OPENED, pid_namespace()].contains(&self.number())
    }

    /// What was mixed with the checksum.
    fn number(&self) -> u32 {
        let place = u32::from_le_bytes(self.0[12..].try_into().expect("four bytes"));
        place ^ checksum(&self.0[..12])
    }

    /// Its bytes.
    pub fn bytes(&self) -> [u8; 16] {
        self.0
    }

    /// From its bytes.
    pub fn from_bytes(bytes: [u8; 16]) -> Nonce {
        Nonce(bytes)
    }

    /// From 32 hexadecimal digits.
    pub fn parse(text: &str) -> Option<Nonce> {
        if text.len() != 32 || !text.bytes().all(|b| b.is_ascii_hexdigit()) {
            return None;
        }
        u128::from_str_radix(text, 16)
            .ok()
            .map(|value| Nonce(value.to_be_bytes()))
    }
}

impl fmt::Display for Nonce {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", u128::from_be_bytes(self.0))
    }
}

impl fmt::Debug for Nonce {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// FNV-1a, 32 bits.
fn checksum(bytes: &[u8]) -> u32 {
    bytes.iter().fold(0x811c_9dc5, |hash, byte| {
        (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193)
    })
}

/// The number of this process's PID namespace; 0 where /proc does not tell.
fn pid_namespace() -> u32 {
    static NUMBER: OnceLock<u32> = OnceLock::new();
    *NUMBER.get_or_init(|| {
        let link = fs::read_link("/proc/self/ns/pid").unwrap_or_default();
        let text = link.to_string_lossy();
        text.trim_start_matches("pid:[")
            .trim_end_matches(']')
            .parse()
            .unwrap_or(0)
    })
}

/// What a block is at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    /// An array, its size final.
    Whole,
    /// A load is filling it: its maker will still cut it.
    Filling,
    /// Nobody's: a process keeps the memory for its next array.
    Kept,
}

/// What a control page says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Control {
    pub(crate) nonce: Nonce,
    pub(crate) size: u64,
    pub(crate) state: State,
    /// How many arrays lived here before.
    pub(crate) former: u64,
}

impl Control {
    /// The page of a block that never held another array.
    pub(crate) fn first(nonce: Nonce, size: u64, state: State) -> Control {
        Control {
            nonce,
            size,
            state,
            former: 0,
        }
    }

    /// Writes the page to the end of a file of `length` bytes.
    pub(crate) fn write(&self, fd: impl AsFd, length: u64) -> Result<()> {
        let mut bytes = [0u8; LENGTH];
        bytes[..8].copy_from_slice(MAGIC);
        bytes[8..12].copy_from_slice(&VERSION.to_le_bytes());
        bytes[12..16].copy_from_slice(&(self.state as u32).to_le_bytes());
        bytes[16..32].copy_from_slice(&self.nonce.0);
        bytes[32..40].copy_from_slice(&self.size.to_le_bytes());
        bytes[40..].copy_from_slice(&self.former.to_le_bytes());
        put(&fd, &bytes, length - page())
    }

    /// The page of the same block without an array: its nonce is remembered as a former one. Returns what was written.
    pub(crate) fn retire(&self, fd: impl AsFd, length: u64) -> Result<Control> {
        let place = LENGTH as u64 + self.former % REMEMBERED * 16;
        put(&fd, &self.nonce.0, length - page() + place)?;
        let kept = Control {
            nonce: Nonce([0; 16]),
            size: 0,
            state: State::Kept,
            former: self.former + 1,
        };
        kept.write(&fd, length)?;
        Ok(kept)
    }

    /// Whether an array of this nonce lived here before.
    pub(crate) fn remembers(&self, fd: impl AsFd, nonce: &Nonce) -> Result<bool> {
        let failed = |errno| Error::system("reading a block's control page", errno);
        let length = fstat(&fd).map_err(failed)?.st_size as u64;
        let mut bytes = vec![0u8; self.former.min(REMEMBERED) as usize * 16];
        let from = length.saturating_sub(page()) + LENGTH as u64;
        let count = retry_on_intr(|| pread(&fd, &mut bytes, from)).map_err(failed)?;
        Ok(bytes[..count].chunks_exact(16).any(|one| one == nonce.0))
    }

    /// Reads the page at the file's end; `None` when this is not a block of sharray's.
    pub(crate) fn read(fd: impl AsFd) -> Result<Option<Control>> {
        let length = length_of(&fd)?;
        Control::read_at(fd, length)
    }

    /// The same of a file that was just found to be of this length.
    pub(crate) fn read_at(fd: impl AsFd, length: u64) -> Result<Option<Control>> {
        let failed = |errno| Error::system("reading a block's control page", errno);
        // The block may be cut between the two calls: then the read meets the end, and the file has its final length.
        for attempt in 0..2 {
            let length = if attempt == 0 {
                length
            } else {
                length_of(&fd)?
            };
            if length < 2 * page() || !length.is_multiple_of(page()) {
                return Ok(None);
            }
            let mut bytes = [0u8; LENGTH];
            let count =
                retry_on_intr(|| pread(&fd, &mut bytes, length - page())).map_err(failed)?;
            if count == LENGTH {
                return Control::parse(&bytes, length);
            }
        }
        Ok(None)
    }

    fn parse(bytes: &[u8; LENGTH], length: u64) -> Result<Option<Control>> {
        let word = |at: usize| u32::from_le_bytes(bytes[at..at + 4].try_into().expect("four"));
        let long = |at: usize| u64::from_le_bytes(bytes[at..at + 8].try_into().expect("eight"));
        if &bytes[..8] != MAGIC {
            return Ok(None);
        }
        let version = word(8);
        if version != VERSION {
            return Err(Error::VersionMismatch {
                found: version,
                place: "block",
            });
        }
        let state = match word(12) {
            0 => State::Whole,
            1 => State::Filling,
            2 => State::Kept,
            _ => return Ok(None),
        };
        let size = long(32);
        if size > length || file_length(size) > length {
            return Ok(None);
        }
        Ok(Some(Control {
            nonce: Nonce(bytes[16..32].try_into().expect("sixteen bytes")),
            size,
            state,
            former: long(40),
        }))
    }
}

fn length_of(fd: impl AsFd) -> Result<u64> {
    let found =
        fstat(fd).map_err(|errno| Error::system("reading a block's control page", errno))?;
    Ok(found.st_size as u64)
}

fn put(fd: impl AsFd, bytes: &[u8], offset: u64) -> Result<()> {
    let written = retry_on_intr(|| pwrite(&fd, bytes, offset))
        .map_err(|errno| Error::system("writing a block's control page", errno))?;
    if written == bytes.len() {
        Ok(())
    } else {
        Err(Error::Io {
            what: "writing a block's control page",
            errno: Errno::NOSPC.raw_os_error(),
        })
    }
}

#[cfg(test)]
mod tests;
