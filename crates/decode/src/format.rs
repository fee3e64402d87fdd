//! How a file is compressed, by its first bytes: names of files are often wrong.

/// Ways of compression that are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Not compressed in any way that is known here.
    Plain,
    /// gzip, bgzip's blocks included.
    Gzip,
    /// bzip2.
    Bzip2,
    /// xz.
    Xz,
    /// zstd.
    Zstd,
}

/// What follows the level in a bzip2 stream: a block, or the end.
const BZIP2_BLOCK: &[u8] = b"1AY&SY";
const BZIP2_END: &[u8] = b"\x17\x72\x45\x38\x50\x90";

impl Format {
    /// So many bytes decide it; fewer do where there are no more.
    pub const HEAD: usize = 10;

    /// The format of data that begins like this.
    pub fn of(head: &[u8]) -> Format {
        if head.starts_with(b"\x1f\x8b") {
            Format::Gzip
        } else if head.len() >= Format::HEAD && begins_bzip2(&head[..Format::HEAD]) {
            Format::Bzip2
        } else if head.starts_with(b"\xfd7zXZ\0") {
            Format::Xz
        } else if head.starts_with(b"\x28\xb5\x2f\xfd")
            || (head.len() >= 4 && head[0] & 0xf0 == 0x50 && head[1..].starts_with(b"\x2a\x4d\x18"))
        {
            // The second is a skippable frame: pzstd, for one, begins its files with one.
            Format::Zstd
        } else {
            Format::Plain
        }
    }

    /// As people call it.
    pub fn name(self) -> &'static str {
        match self {
            Format::Plain => "plain",
            Format::Gzip => "gzip",
            Format::Bzip2 => "bzip2",
            Format::Xz => "xz",
            Format::Zstd => "zstd",
        }
    }
}

/// Whether these bytes (at most ten) are a bzip2 stream's first ones, or the beginning of them.
pub(crate) fn begins_bzip2(head: &[u8]) -> bool {
    let (level, magic) = (head.get(3), head.get(4..).unwrap_or_default());
    b"BZh".starts_with(&head[..head.len().min(3)])
        && level.is_none_or(|level| (b'1'..=b'9').contains(level))
        && (BZIP2_BLOCK.starts_with(magic) || BZIP2_END.starts_with(magic))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_are_told_by_their_first_bytes() {
        for (head, format) in [
            (&b"\x1f\x8b\x08\0\0\0\0\0\0\x03"[..], Format::Gzip),
            (b"\x1f\x8b", Format::Gzip),
            (b"BZh91AY&SY", Format::Bzip2),
            (b"BZh1\x17\x72\x45\x38\x50\x90", Format::Bzip2),
            (b"\xfd7zXZ\0\0\x04\xe6\xd6", Format::Xz),
            (b"\x28\xb5\x2f\xfd\x04\x58", Format::Zstd),
            (b"\x50\x2a\x4d\x18\x04\0\0\0", Format::Zstd),
            (b"\x5f\x2a\x4d\x18\0\0\0\0", Format::Zstd),
        ] {
            assert_eq!(Format::of(head), format, "{head:?}");
        }
    }

    #[test]
    fn text_that_only_begins_a_little_like_it_stays_text() {
        for head in [
            &b""[..],
            b"\x1f",
            b"BZh9",
            b"BZh91AY 2 3",
            b"BZh01AY&SY",
            b"1 2 3\n4 5 6\n",
            b"\xfd7zXZ",
            b"\x60\x2a\x4d\x18",
        ] {
            assert_eq!(Format::of(head), Format::Plain, "{head:?}");
        }
    }
}
