//! Messages in brief form: a text, and the handles of the blocks whose descriptors come with it. What most messages are, and
//! cheaper than a general serialization on both sides.
//!
//! ```text
//! 0  mark   1  number of blocks   2  zeros   8  the handles   then the text, UTF-8
//! a handle: 0 version  4 pid  8 fd  12 readonly (0, 1)  16 dev  24 ino  32 nonce  48 size   (native byte order, u32 and u64)
//! ```

use crate::control::Nonce;
use crate::handle::Handle;

/// The first byte; no other message begins so.
const MARK: u8 = 0x7e;
const HEAD: usize = 8;
const HANDLE: usize = 56;

/// A block of a message in brief form. One without a name: names are texts, and go the general way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sent {
    /// What the block must turn out to be.
    pub handle: Handle,
    /// Whether it was a read-only attachment that was sent.
    pub readonly: bool,
}

/// Writes a message. At most 255 blocks.
pub fn write(text: &str, blocks: &[Sent]) -> Vec<u8> {
    let count = u8::try_from(blocks.len())
        .expect("the caller sends no more blocks than a message can carry");
    let mut bytes = Vec::with_capacity(HEAD + HANDLE * blocks.len() + text.len());
    bytes.extend([MARK, count, 0, 0, 0, 0, 0, 0]);
    for Sent { handle, readonly } in blocks {
        bytes.extend(handle.version.to_ne_bytes());
        bytes.extend(handle.pid.to_ne_bytes());
        bytes.extend(handle.fd.to_ne_bytes());
        bytes.extend(u32::from(*readonly).to_ne_bytes());
        bytes.extend(handle.dev.to_ne_bytes());
        bytes.extend(handle.ino.to_ne_bytes());
        bytes.extend(handle.nonce.bytes());
        bytes.extend(handle.size.to_ne_bytes());
    }
    bytes.extend(text.as_bytes());
    bytes
}

/// Whether a message is in this form.
pub fn is(bytes: &[u8]) -> bool {
    bytes.first() == Some(&MARK)
}

/// Reads a message: its text and its blocks. `None` when it is none of this form, or damaged.
pub fn read(bytes: &[u8]) -> Option<(&str, Vec<Sent>)> {
    let (head, rest) = bytes.split_at_checked(HEAD)?;
    if head[0] != MARK || head[2..] != [0; 6] {
        return None;
    }
    let (handles, text) = rest.split_at_checked(HANDLE * usize::from(head[1]))?;
    let blocks = handles
        .chunks_exact(HANDLE)
        .map(block)
        .collect::<Option<_>>()?;
    Some((std::str::from_utf8(text).ok()?, blocks))
}

fn block(bytes: &[u8]) -> Option<Sent> {
    let u32_at = |at: usize| Some(u32::from_ne_bytes(bytes.get(at..at + 4)?.try_into().ok()?));
    let u64_at = |at: usize| Some(u64::from_ne_bytes(bytes.get(at..at + 8)?.try_into().ok()?));
    let readonly = match u32_at(12)? {
        0 => false,
        1 => true,
        _ => return None,
    };
    let handle = Handle {
        version: u32_at(0)?,
        pid: u32_at(4)?,
        fd: u32_at(8)?.cast_signed(),
        dev: u64_at(16)?,
        ino: u64_at(24)?,
        name: None,
        nonce: Nonce::from_bytes(bytes.get(32..48)?.try_into().ok()?),
        size: u64_at(48)?,
    };
    Some(Sent { handle, readonly })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(fd: i32, readonly: bool) -> Sent {
        let nonce = Nonce::from_bytes([7; 16]);
        let (version, pid, dev, ino, size) = (1, 4711, 1 << 40, 99, (1 << 33) + 5);
        Sent {
            handle: Handle {
                version,
                pid,
                fd,
                dev,
                ino,
                name: None,
                nonce,
                size,
            },
            readonly,
        }
    }

    #[test]
    fn what_was_written_is_read() {
        for blocks in [
            vec![],
            vec![sent(3, false)],
            vec![sent(3, true), sent(-1, false)],
        ] {
            for text in ["", "{\"a\":[1,2]}", "é\u{1F600}"] {
                let bytes = write(text, &blocks);
                assert!(is(&bytes));
                assert_eq!(read(&bytes), Some((text, blocks.clone())));
            }
        }
    }

    #[test]
    fn damaged_messages_are_refused() {
        let good = write("[1]", &[sent(3, true)]);
        for length in 0..HEAD + HANDLE {
            assert_eq!(read(&good[..length]), None, "{length}");
        }
        for (at, byte) in [
            (0, 0x7f),
            (1, 2),
            (7, 1),
            (HEAD + 12, 9),
            (good.len() - 1, 0xff),
        ] {
            let mut bad = good.clone();
            bad[at] = byte;
            assert_eq!(read(&bad), None, "byte {at}");
        }
    }
}
