//! BGZF: gzip members of at most 64 KiB of text each, whose sizes stand at their ends, so that a text can be read anywhere.

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::sync::Arc;

use libdeflater::{Crc, Decompressor};
use sharray_decode::{Damaged, Format};

/// What a member begins with: magic, deflate, an extra field that holds nothing but the member's size.
const HEAD: [u8; 16] = *b"\x1f\x8b\x08\x04\0\0\0\0\0\xff\x06\0BC\x02\0";
/// Bytes of `HEAD` that tell nothing: the time, hints to compression, the system.
const FREE: std::ops::Range<usize> = 4..10;
const HEAD_BYTES: usize = HEAD.len() + 2;
/// Checksum and length of the text.
const TAIL_BYTES: usize = 8;
/// A member holds no more text than this, and takes no more bytes.
const MOST: usize = 1 << 16;

/// Bytes of the member that begins like this; none: it is no such member.
fn member_size(head: &[u8]) -> Option<u64> {
    let (magic, size) = head.split_at_checked(HEAD.len())?;
    let alike = |(at, byte): (usize, &u8)| FREE.contains(&at) || *byte == HEAD[at];
    let size = u64::from(u16::from_le_bytes(*size.first_chunk()?)) + 1;
    let least = (HEAD_BYTES + TAIL_BYTES) as u64;
    (magic.iter().enumerate().all(alike) && size > least).then_some(size)
}

/// Whether data that begins like this is made of such blocks.
pub(crate) fn begins_blocks(head: &[u8]) -> bool {
    member_size(head).is_some()
}

/// Bytes of a file that decide it; more than it takes to know any other format.
pub(crate) const BEGINNING: usize = HEAD_BYTES;
const _: () = assert!(BEGINNING >= Format::HEAD);

/// Where a block begins, in the file and in the text.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Block {
    byte: u64,
    text: u64,
}

/// The blocks of a file that hold text, and where the one behind the last would begin.
pub(crate) type Places = Arc<[Block]>;

/// A file of blocks, and the text of the one that was read last.
pub(crate) struct Blocks {
    blocks: Places,
    decompressor: Decompressor,
    packed: Vec<u8>,
    /// The text of the block of this number.
    text: Vec<u8>,
    held: Option<usize>,
}

impl Blocks {
    /// Finds all blocks of a file of so many bytes by their sizes. None: it is made of something else as well, or cut off.
    pub(crate) fn find(file: &File, size: u64) -> std::io::Result<Option<Blocks>> {
        let mut blocks = Vec::new();
        let mut at = Block { byte: 0, text: 0 };
        // The end of one block and the beginning of the next.
        let mut seam = [0; TAIL_BYTES + HEAD_BYTES];
        let mut next = read_up_to(file, &mut seam[TAIL_BYTES..], 0)?;
        while at.byte < size {
            let head = &seam[TAIL_BYTES..TAIL_BYTES + next];
            let Some(bytes) = member_size(head).filter(|bytes| at.byte + bytes <= size) else {
                return Ok(None);
            };
            let end = at.byte + bytes;
            let have = read_up_to(file, &mut seam, end - TAIL_BYTES as u64)?;
            let Some(length) = seam[..have]
                .get(4..TAIL_BYTES)
                .and_then(|length| length.first_chunk())
            else {
                return Ok(None);
            };
            let length = u64::from(u32::from_le_bytes(*length));
            if length > MOST as u64 {
                return Ok(None);
            }
            if length > 0 {
                blocks.push(at);
            }
            at = Block {
                byte: end,
                text: at.text + length,
            };
            next = have - TAIL_BYTES;
        }
        blocks.push(at);
        Ok(Some(Blocks::at(blocks.into())))
    }

    /// Blocks that were found before.
    pub(crate) fn at(blocks: Places) -> Blocks {
        Blocks {
            blocks,
            decompressor: Decompressor::new(),
            packed: Vec::new(),
            text: Vec::new(),
            held: None,
        }
    }

    /// Where they are.
    pub(crate) fn places(&self) -> Places {
        self.blocks.clone()
    }

    /// Bytes of text.
    pub(crate) fn size(&self) -> u64 {
        self.blocks.last().map_or(0, |end| end.text)
    }

    /// Fills `into` with the text from `at` on.
    pub(crate) fn read_exact(
        &mut self,
        file: &File,
        into: &mut [u8],
        at: u64,
    ) -> Result<(), BadBlocks> {
        let mut number = self.blocks.partition_point(|block| block.text <= at) - 1;
        let mut done = 0;
        while done < into.len() {
            if number + 1 == self.blocks.len() {
                return Err(BadBlocks::Io(std::io::ErrorKind::UnexpectedEof.into()));
            }
            let from = (at + done as u64 - self.blocks[number].text) as usize;
            let size = (self.blocks[number + 1].text - self.blocks[number].text) as usize;
            let rest = &mut into[done..];
            if from == 0 && size <= rest.len() && self.held != Some(number) {
                self.decompress(file, number, &mut rest[..size])?;
                done += size;
            } else {
                self.hold(file, number, size)?;
                let text = &self.text[from..];
                let length = text.len().min(rest.len());
                rest[..length].copy_from_slice(&text[..length]);
                done += length;
            }
            number += 1;
        }
        Ok(())
    }

    /// Decompresses a block of so much text, unless it is the last one that was held.
    fn hold(&mut self, file: &File, number: usize, size: usize) -> Result<(), BadBlocks> {
        if self.held == Some(number) {
            return Ok(());
        }
        self.held = None;
        let mut text = std::mem::take(&mut self.text);
        text.resize(size, 0);
        let outcome = self.decompress(file, number, &mut text);
        self.text = text;
        outcome?;
        self.held = Some(number);
        Ok(())
    }

    /// The text of a block.
    fn decompress(&mut self, file: &File, number: usize, text: &mut [u8]) -> Result<(), BadBlocks> {
        let (block, next) = (self.blocks[number], self.blocks[number + 1]);
        let bad = |what: &str| {
            BadBlocks::Damaged(Damaged {
                format: Format::Gzip,
                byte: block.byte,
                text: block.text,
                what: what.to_string(),
            })
        };
        // Blocks without text may stand between two that have some.
        let most = (next.byte - block.byte).min(MOST as u64);
        self.packed.resize(most as usize, 0);
        file.read_exact_at(&mut self.packed, block.byte)
            .map_err(BadBlocks::Io)?;
        let size = member_size(&self.packed).map(|size| size as usize);
        let member = size.and_then(|size| self.packed.get(HEAD_BYTES..size));
        let member = member.ok_or_else(|| bad("a block begins otherwise than before"))?;
        let (body, tail) = member.split_at(member.len() - TAIL_BYTES);
        let made = self
            .decompressor
            .deflate_decompress(body, text)
            .map_err(|_| bad("the compressed data of a block is damaged"))?;
        if made != text.len() {
            return Err(bad("a block holds another number of bytes than it says"));
        }
        let mut crc = Crc::new();
        crc.update(text);
        if tail[..4] != crc.sum().to_le_bytes() {
            return Err(bad("the checksum of a block is wrong"));
        }
        Ok(())
    }
}

/// Why blocks cannot be read.
pub(crate) enum BadBlocks {
    Io(std::io::Error),
    Damaged(Damaged),
}

fn read_up_to(file: &File, into: &mut [u8], at: u64) -> std::io::Result<usize> {
    let mut have = 0;
    while have < into.len() {
        match file.read_at(&mut into[have..], at + have as u64) {
            Ok(0) => break,
            Ok(n) => have += n,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(have)
}
