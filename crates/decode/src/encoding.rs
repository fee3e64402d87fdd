//! Names of encodings, as Python spells them.

/// Encodings that are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// UTF-8. A byte order mark at the beginning is taken off: unlike Python, which leaves U+FEFF in the first value for `utf-8`.
    Utf8,
    /// UTF-8 with a byte order mark, or without.
    Utf8Sig,
    /// ISO 8859-1: byte for character.
    Latin1,
    /// ASCII; bytes from 0x80 on are errors.
    Ascii,
    /// UTF-16, its byte order told by a byte order mark; little-endian without.
    Utf16,
    /// UTF-16, little-endian. A byte order mark is a character like any other.
    Utf16Le,
    /// UTF-16, big-endian.
    Utf16Be,
    /// UTF-32, its byte order told by a byte order mark; little-endian without.
    Utf32,
    /// UTF-32, little-endian.
    Utf32Le,
    /// UTF-32, big-endian.
    Utf32Be,
}

/// What `encodings.aliases` of Python 3.11 leads to these encodings by, normalised.
const NAMES: &[(Encoding, &str, &[&str])] = &[
    (
        Encoding::Utf8,
        "utf-8",
        &[
            "utf_8",
            "u8",
            "utf",
            "utf8",
            "utf8_ucs2",
            "utf8_ucs4",
            "cp65001",
        ],
    ),
    (Encoding::Utf8Sig, "utf-8-sig", &["utf_8_sig"]),
    (
        Encoding::Latin1,
        "latin1",
        &[
            "latin_1",
            "8859",
            "cp819",
            "csisolatin1",
            "ibm819",
            "iso8859",
            "iso8859_1",
            "iso_8859_1",
            "iso_8859_1_1987",
            "iso_ir_100",
            "l1",
            "latin",
            "latin1",
        ],
    ),
    (
        Encoding::Ascii,
        "ascii",
        &[
            "ascii",
            "646",
            "ansi_x3_4_1968",
            "ansi_x3.4_1968",
            "ansi_x3_4_1986",
            "ansi_x3.4_1986",
            "cp367",
            "csascii",
            "ibm367",
            "iso646_us",
            "iso_646.irv_1991",
            "iso_646_irv_1991",
            "iso_ir_6",
            "us",
            "us_ascii",
        ],
    ),
    (Encoding::Utf16, "utf-16", &["utf_16", "u16", "utf16"]),
    (
        Encoding::Utf16Le,
        "utf-16-le",
        &["utf_16_le", "unicodelittleunmarked", "utf_16le"],
    ),
    (
        Encoding::Utf16Be,
        "utf-16-be",
        &["utf_16_be", "unicodebigunmarked", "utf_16be"],
    ),
    (Encoding::Utf32, "utf-32", &["utf_32", "u32", "utf32"]),
    (Encoding::Utf32Le, "utf-32-le", &["utf_32_le", "utf_32le"]),
    (Encoding::Utf32Be, "utf-32-be", &["utf_32_be", "utf_32be"]),
];

impl Encoding {
    /// The encoding of a name. Case does not matter, nor which signs stand between its words; `utf-16-le` also without the last
    /// hyphen, and so on: what Python knows by that name.
    pub fn named(name: &str) -> Option<Encoding> {
        let wanted = normal(name);
        let mut names = NAMES.iter();
        names
            .find(|(_, _, aliases)| aliases.contains(&wanted.as_str()))
            .map(|(encoding, ..)| *encoding)
    }

    /// As messages call it.
    pub fn name(self) -> &'static str {
        let mut names = NAMES.iter();
        names
            .find(|(encoding, ..)| *encoding == self)
            .map_or("", |(_, name, _)| name)
    }
}

/// Lower case, and one underscore for whatever stands between letters, digits and dots.
fn normal(name: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '.';
    let words: Vec<&str> = name
        .split(|c| !plain(c))
        .filter(|word| !word.is_empty())
        .collect();
    words.join("_").to_ascii_lowercase()
}
