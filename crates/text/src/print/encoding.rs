//! The text's bytes.

/// How characters are written, as Python's codecs of these names do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// Up to U+007F.
    Ascii,
    /// Up to U+00FF, one byte each.
    Latin1,
    /// With a mark at the beginning or without.
    Utf8 {
        /// Whether the file begins with the byte order mark.
        mark: bool,
    },
    /// In units of two bytes.
    Utf16 {
        /// Big-endian.
        big: bool,
        /// Whether the file begins with the byte order mark.
        mark: bool,
    },
    /// In units of four bytes.
    Utf32 {
        /// Big-endian.
        big: bool,
        /// Whether the file begins with the byte order mark.
        mark: bool,
    },
}

impl Encoding {
    /// The encoding that Python knows by a name, case and `-` or `_` left out; nothing for others.
    pub fn named(name: &str) -> Option<Encoding> {
        let plain = |c: char| (c != '-' && c != '_' && c != ' ').then(|| c.to_ascii_lowercase());
        let word: String = name.chars().filter_map(plain).collect();
        Some(match word.as_str() {
            "ascii" | "usascii" | "646" => Encoding::Ascii,
            "latin1" | "latin" | "l1" | "iso88591" | "8859" | "cp819" => Encoding::Latin1,
            "utf8" | "u8" | "utf" | "cp65001" => Encoding::Utf8 { mark: false },
            "utf8sig" => Encoding::Utf8 { mark: true },
            "utf16" | "u16" => Encoding::Utf16 {
                big: false,
                mark: true,
            },
            "utf16le" => Encoding::Utf16 {
                big: false,
                mark: false,
            },
            "utf16be" => Encoding::Utf16 {
                big: true,
                mark: false,
            },
            "utf32" | "u32" => Encoding::Utf32 {
                big: false,
                mark: true,
            },
            "utf32le" => Encoding::Utf32 {
                big: false,
                mark: false,
            },
            "utf32be" => Encoding::Utf32 {
                big: true,
                mark: false,
            },
            _ => return None,
        })
    }

    fn has_mark(self) -> bool {
        matches!(
            self,
            Encoding::Utf8 { mark: true }
                | Encoding::Utf16 { mark: true, .. }
                | Encoding::Utf32 { mark: true, .. }
        )
    }
}

/// Encodes the pieces of one file.
#[derive(Debug)]
pub struct Encoder {
    encoding: Encoding,
    begun: bool,
}

impl Encoder {
    /// One for a file that has nothing yet.
    pub fn new(encoding: Encoding) -> Encoder {
        Encoder {
            encoding,
            begun: false,
        }
    }

    /// Appends the bytes of a text, the first time behind the mark; or gives the first character that has none.
    pub fn encode(&mut self, text: &str, out: &mut Vec<u8>) -> Result<(), char> {
        if !self.begun && self.encoding.has_mark() {
            self.put('\u{feff}', out)?;
        }
        self.begun = true;
        let narrow = matches!(
            self.encoding,
            Encoding::Utf8 { .. } | Encoding::Latin1 | Encoding::Ascii
        );
        if matches!(self.encoding, Encoding::Utf8 { .. }) || narrow && text.is_ascii() {
            out.extend_from_slice(text.as_bytes());
            return Ok(());
        }
        text.chars()
            .try_for_each(|character| self.put(character, out))
    }

    fn put(&self, character: char, out: &mut Vec<u8>) -> Result<(), char> {
        let code = u32::from(character);
        match self.encoding {
            Encoding::Ascii if code > 0x7f => return Err(character),
            Encoding::Latin1 if code > 0xff => return Err(character),
            Encoding::Ascii | Encoding::Latin1 => out.push(code as u8),
            Encoding::Utf8 { .. } => {
                out.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
            }
            Encoding::Utf16 { big, .. } => {
                for unit in character.encode_utf16(&mut [0; 2]) {
                    out.extend(if big {
                        unit.to_be_bytes()
                    } else {
                        unit.to_le_bytes()
                    });
                }
            }
            Encoding::Utf32 { big, .. } => out.extend(if big {
                code.to_be_bytes()
            } else {
                code.to_le_bytes()
            }),
        }
        Ok(())
    }
}
