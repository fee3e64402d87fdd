//! Tables to measure with, the same in every run, and one pass over them as a load makes it.

mod rows;

use std::hint::black_box;

use sharray_text::{
    Column, Cuts, Delimiter, Dialect, Engine, Input, Kernel, Kind, PAD_AFTER, PAD_BEFORE, Schema,
};

/// Text that is parsed at a time, as a load does it.
const PIECE: usize = 256 << 10;

/// A schema, a dialect and a text that suits them.
pub struct Table {
    pub name: &'static str,
    pub schema: Schema,
    pub dialect: Dialect,
    /// Pieces of whole lines, each with padding around it.
    pieces: Vec<Vec<u8>>,
    pub bytes: usize,
    pub rows: usize,
}

impl Table {
    /// The pieces.
    pub fn inputs(&self) -> impl Iterator<Item = Input<'_>> {
        let range = |piece: &Vec<u8>| PAD_BEFORE..piece.len() - PAD_AFTER;
        self.pieces
            .iter()
            .map(move |piece| Input::new(piece, range(piece)))
    }

    /// The kernel of one of this machine's engines, by its name.
    pub fn kernel(&self, engine: &str) -> Kernel {
        let known = Engine::available();
        let named = known.into_iter().find(|known| known.name() == engine);
        let engine = named.expect("an engine of this machine, or plain");
        let kernel = Kernel::with_engine(self.schema.clone(), self.dialect.clone(), engine);
        kernel.expect("a schema")
    }

    /// Counts, parses, or does both piece by piece while the piece is in the cache.
    pub fn pass(&self, kernel: &Kernel, out: &mut [u8], count: bool, parse: bool) {
        let mut cuts = Cuts::default();
        for input in self.inputs() {
            if count && self.dialect.quote.is_some() {
                let text = input.text();
                black_box(kernel.walk(text, text.len(), true));
            } else if count {
                black_box(kernel.count(input));
            }
            if parse {
                black_box(kernel.parse(input, out, &mut cuts).expect("a good table"));
            }
        }
    }

    /// Room for the records of any piece.
    pub fn room(&self) -> Vec<u8> {
        vec![0; PIECE / self.schema.columns.len() * self.schema.itemsize]
    }
}

/// What a table is made of, but for its size.
struct Kit {
    name: &'static str,
    columns: Vec<(Kind, usize)>,
    usecols: Option<Vec<i64>>,
    delimiter: Delimiter,
    quote: Option<char>,
    words: bool,
    row: fn(&mut Random) -> String,
}

impl Kit {
    fn new(name: &'static str, columns: &[(Kind, usize)], row: fn(&mut Random) -> String) -> Kit {
        Kit {
            name,
            columns: columns.to_vec(),
            usecols: None,
            delimiter: Delimiter::Whitespace,
            quote: None,
            words: false,
            row,
        }
    }

    fn delimited(self, delimiter: u8) -> Kit {
        Kit {
            delimiter: Delimiter::Byte(delimiter),
            ..self
        }
    }

    fn make(self, bytes: usize) -> Table {
        let mut random = Random(0x9E37_79B9_7F4A_7C15);
        let (mut text, mut rows) = (String::new(), 0);
        while text.len() < bytes {
            text += &(self.row)(&mut random);
            rows += 1;
        }
        let mut itemsize = 0;
        let column = |&(kind, size): &(Kind, usize)| {
            itemsize += size;
            Column {
                kind,
                size,
                offset: itemsize - size,
                swap: false,
            }
        };
        Table {
            name: self.name,
            schema: Schema {
                columns: self.columns.iter().map(column).collect(),
                itemsize,
                usecols: self.usecols,
                fills: Vec::new(),
            },
            dialect: Dialect {
                delimiter: self.delimiter,
                comments: vec![b"#".to_vec()],
                quote: self.quote,
                words: self.words,
                ..Dialect::default()
            },
            pieces: pieces(text.as_bytes()),
            bytes: text.len(),
            rows,
        }
    }
}

/// The tables whose names begin like this, each of about so many bytes, made as they are asked for.
pub fn tables(name: &str, bytes: usize) -> impl Iterator<Item = Table> {
    use Kind::{Bool, Bytes, Float, Int, Str};
    let methylation = [(Bytes, 10), (Int, 4), (Float, 4), (Int, 4), (Int, 4)];
    let used = [(Int, 4), (Float, 4), (Int, 4)];
    let quoted = [(Int, 8), (Bytes, 12), (Float, 8), (Bytes, 24), (Int, 4)];
    let kits = [
        Kit::new("methylation", &methylation, rows::methylation),
        Kit::new("methylation, comma", &methylation, rows::comma).delimited(b','),
        Kit::new("methylation, CRLF", &methylation, rows::crlf),
        Kit::new("signed decimals", &[(Float, 8); 3], rows::decimals),
        Kit::new("%.18e", &[(Float, 8); 3], rows::savetxt),
        Kit::new("%g", &[(Float, 8); 3], rows::general),
        Kit {
            quote: Some('"'),
            ..Kit::new("CSV with quotes", &quoted, rows::quoted).delimited(b',')
        },
        Kit::new("64-bit integers", &[(Int, 8); 3], rows::integers),
        Kit::new(
            "strings",
            &[(Bytes, 8), (Bytes, 15), (Bytes, 32)],
            rows::strings,
        ),
        Kit::new(
            "strings, U",
            &[(Str, 32), (Str, 60), (Str, 128)],
            rows::strings,
        ),
        Kit::new("booleans", &[(Bool, 1); 6], rows::digits),
        Kit {
            words: true,
            ..Kit::new("booleans, words", &[(Bool, 1); 6], rows::words)
        },
        Kit {
            usecols: Some(vec![2, 150, -1]),
            ..Kit::new("300 columns, 3 used", &used, rows::wide)
        },
    ];
    let wanted = kits
        .into_iter()
        .filter(move |kit| kit.name.starts_with(name));
    wanted.map(move |kit| kit.make(bytes))
}

fn pieces(text: &[u8]) -> Vec<Vec<u8>> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let most = &rest[..rest.len().min(PIECE)];
        let last = most.iter().rposition(|&byte| byte == b'\n');
        let end = last.expect("lines shorter than a piece") + 1;
        let mut piece = vec![0; PAD_BEFORE];
        piece.extend_from_slice(&rest[..end]);
        piece.resize(piece.len() + PAD_AFTER, 0);
        pieces.push(piece);
        rest = &rest[end..];
    }
    pieces
}

/// xorshift64*.
pub struct Random(u64);

impl Random {
    pub fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(2_685_821_657_736_338_717)
    }

    pub fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }
}
