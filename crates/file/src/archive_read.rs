//! A zip archive whose members are read one by one, in bounded memory.

use std::fs::File;
use std::io::{self, BufReader, Read};

use zip::result::ZipError;
use zip::{CompressionMethod, ZipArchive};

use crate::error::{Error, Result};
use crate::input::Input;
use crate::transfer::{Region, write_at};

/// What is taken out of a member at a time.
const PIECE: usize = 1 << 20;
/// The most bytes that deflate makes of one.
const LARGEST_RATIO: u64 = 1032;

/// A member, as the archive's directory tells of it.
#[derive(Debug, Clone)]
pub struct Member {
    index: usize,
    /// Its name, with the folders before it.
    pub name: String,
    /// Bytes that it has when it is taken out.
    pub size: u64,
}

/// A zip archive that is open for reading.
pub struct ArchiveInput {
    zip: ZipArchive<BufReader<File>>,
    members: Vec<Member>,
    shown: String,
}

impl ArchiveInput {
    /// Opens an archive and reads its directory. What could not be taken out, or cannot be as long as it says, is an error.
    pub fn open(path: &str) -> Result<ArchiveInput> {
        let input = Input::open(path)?;
        let length = input.size();
        let mut zip =
            ZipArchive::new(BufReader::new(input.into_file())).map_err(|error| match error {
                ZipError::Io(error) if error.raw_os_error().is_some() => {
                    Error::io("cannot read", &error).of(path)
                }
                error => Error::new(
                    "NPZ_BAD_ARCHIVE",
                    format!(
                        "it is not a zip archive, or was cut off or damaged ({error}). Write it again"
                    ),
                )
                .of(path),
            })?;
        Ok(ArchiveInput {
            members: directory(&mut zip, path, length)?,
            zip,
            shown: path.to_owned(),
        })
    }

    /// The files in the archive; they are read by their number in this list.
    pub fn members(&self) -> &[Member] {
        &self.members
    }

    /// Bytes from the beginning of a member on: `length`, or as many as there are.
    pub fn start(&mut self, number: usize, length: usize) -> Result<Vec<u8>> {
        let member = member(&self.members, number)?;
        let shown = &self.shown;
        let file = self
            .zip
            .by_index(member.index)
            .map_err(|e| damaged(shown, &member.name, e))?;
        let mut bytes = Vec::with_capacity(length.min(member.size as usize));
        file.take(length as u64)
            .read_to_end(&mut bytes)
            .map_err(|e| damaged(shown, &member.name, ZipError::Io(e)))?;
        Ok(bytes)
    }

    /// Takes `length` bytes out of a member, those from `offset` on, into another file, and reads the member to its end: its
    /// checksum is that of all of it.
    pub fn copy_to(
        &mut self,
        number: usize,
        offset: u64,
        to: Region<'_>,
        length: u64,
    ) -> Result<()> {
        let member = member(&self.members, number)?;
        let shown = &self.shown;
        let broken = |e: io::Error| damaged(shown, &member.name, ZipError::Io(e));
        let mut file = self
            .zip
            .by_index(member.index)
            .map_err(|e| damaged(shown, &member.name, e))?;
        let mut piece = vec![0; PIECE];
        let mut at = 0;
        let end = offset + length;
        loop {
            // The first piece ends where the data begins, so that what follows lies in the piece as it will in the block.
            let most = if at < offset {
                (offset - at).min(PIECE as u64) as usize
            } else {
                PIECE
            };
            let count = match file.read(&mut piece[..most]) {
                Ok(0) => break,
                Ok(count) => count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(broken(error)),
            };
            if at >= offset && at < end {
                let wanted = count.min((end - at) as usize);
                write_at(to.fd, &piece[..wanted], to.offset + at - offset)
                    .map_err(|e| e.of(shown))?;
            }
            at += count as u64;
        }
        if at < end {
            return Err(broken(io::Error::new(
                io::ErrorKind::UnexpectedEof,
                format!("it ends after {at} of {end} bytes"),
            )));
        }
        Ok(())
    }
}

/// The members of an archive, but for folders.
fn directory(
    zip: &mut ZipArchive<BufReader<File>>,
    shown: &str,
    length: u64,
) -> Result<Vec<Member>> {
    let mut members = Vec::with_capacity(zip.len());
    for index in 0..zip.len() {
        let file = zip
            .by_index_raw(index)
            .map_err(|e| damaged(shown, &format!("member {index}"), e))?;
        let name = file
            .name()
            .map_err(|e| damaged(shown, &format!("member {index}"), e))?
            .into_owned();
        if file.is_dir() {
            continue;
        }
        let refuse = |code: &'static str, why: String| {
            Error::new(code, format!("member {name:?} {why}")).of(shown)
        };
        if file.encrypted() {
            let why = "is encrypted. Write the archive without a password";
            return Err(refuse("NOT_SUPPORTED", why.into()));
        }
        let (size, packed) = (file.size(), file.compressed_size());
        let most = match file.compression() {
            CompressionMethod::Stored => packed,
            CompressionMethod::Deflated => packed.saturating_mul(LARGEST_RATIO),
            other => {
                return Err(refuse(
                    "NOT_SUPPORTED",
                    format!(
                        "is compressed in a way that is not read ({other}); NumPy stores or deflates"
                    ),
                ));
            }
        };
        if packed > length || size > most {
            return Err(refuse(
                "NPZ_BAD_ARCHIVE",
                format!(
                    "cannot have the {size} bytes that the directory tells of: {packed} are stored of it, \
                         and the file has {}. It is damaged or was cut off",
                    length
                ),
            ));
        }
        members.push(Member { index, name, size });
    }
    Ok(members)
}

fn member(members: &[Member], number: usize) -> Result<&Member> {
    members
        .get(number)
        .ok_or_else(|| Error::new("BAD_ARGUMENT", format!("there is no member {number}")))
}

fn damaged(shown: &str, member: &str, error: ZipError) -> Error {
    match error {
        ZipError::Io(error) if error.raw_os_error().is_some() => Error::io("cannot read", &error),
        ZipError::UnsupportedArchive(why) => {
            Error::new("NOT_SUPPORTED", format!("member {member:?}: {why}"))
        }
        error => Error::new(
            "NPZ_BAD_ARCHIVE",
            format!("member {member:?} is damaged: {error}. Write the archive again"),
        ),
    }
    .of(shown)
}
