//! Where lines begin. LF, CR LF and a lone CR end a line; a CR LF that a cut divides is still one line end.

/// What a search for a line's beginning found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Start {
    /// The position of a line's first byte, which may be the end of the bytes.
    At(usize),
    /// No line end, or one whose last byte is not certain without the byte behind.
    More,
}

/// The first position above `before` at which a line begins, given that `bytes[before]` is not itself decided yet.
/// `last`: nothing follows these bytes.
pub(crate) fn next_start(bytes: &[u8], before: usize, last: bool) -> Start {
    match memchr::memchr2(b'\n', b'\r', &bytes[before..]) {
        None if last => Start::At(bytes.len()),
        None => Start::More,
        Some(i) => {
            let end = before + i;
            match (bytes[end], bytes.get(end + 1)) {
                (b'\r', Some(b'\n')) => Start::At(end + 2),
                (b'\r', None) if !last => Start::More,
                _ => Start::At(end + 1),
            }
        }
    }
}

/// The last position at which a line begins for certain, whatever follows these bytes, the first of which begins one.
pub(crate) fn last_start(bytes: &[u8]) -> usize {
    // A carriage return at the end may be half of a line end.
    let certain = bytes.strip_suffix(b"\r").unwrap_or(bytes);
    memchr::memrchr2(b'\n', b'\r', certain).map_or(0, |end| end + 1)
}

/// The same for items of a list.
pub(crate) fn next_item(bytes: &[u8], before: usize, last: bool) -> Start {
    match memchr::memchr(sharray_text::ITEM_END, &bytes[before..]) {
        Some(i) => Start::At(before + i + 1),
        None if last => Start::At(bytes.len()),
        None => Start::More,
    }
}

/// Line ends of a text: a row with quotes may hold some.
pub(crate) fn line_ends(bytes: &[u8]) -> u64 {
    let ends = memchr::memchr2_iter(b'\n', b'\r', bytes);
    let single = ends.filter(|&at| bytes[at] == b'\n' || bytes.get(at + 1) != Some(&b'\n'));
    single.count() as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_begins_behind_each_kind_of_line_end() {
        assert_eq!(next_start(b"ab\ncd", 0, false), Start::At(3));
        assert_eq!(next_start(b"ab\r\ncd", 0, false), Start::At(4));
        assert_eq!(next_start(b"ab\rcd", 0, false), Start::At(3));
        assert_eq!(next_start(b"ab", 0, true), Start::At(2));
        assert_eq!(next_start(b"ab", 0, false), Start::More);
    }

    #[test]
    fn the_last_line_begins_behind_the_last_line_end_that_is_certain() {
        assert_eq!(last_start(b"ab\ncd"), 3);
        assert_eq!(last_start(b"ab\r\ncd\r"), 4);
        assert_eq!(last_start(b"ab\rcd"), 3);
        assert_eq!(last_start(b"ab\r"), 0);
        assert_eq!(last_start(b"a\r\r"), 2);
        assert_eq!(last_start(b"ab\n"), 3);
        assert_eq!(last_start(b"ab"), 0);
    }

    #[test]
    fn a_carriage_return_at_the_edge_is_decided_by_the_byte_behind() {
        assert_eq!(next_start(b"ab\r", 0, false), Start::More);
        assert_eq!(next_start(b"ab\r", 0, true), Start::At(3));
        assert_eq!(next_start(b"\r\nb", 0, false), Start::At(2));
        assert_eq!(next_start(b"\n\nb", 0, false), Start::At(1));
    }
}
