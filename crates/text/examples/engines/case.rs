//! One case: what is read, and how.

use std::fmt;

use sharray_text::{Dialect, Engine, Kernel, PAD_AFTER, PAD_BEFORE, Schema};

use crate::random::Random;
use crate::{dialect, rows, schema};

#[derive(Clone, PartialEq)]
pub struct Case {
    pub schema: Schema,
    pub dialect: Dialect,
    pub text: Vec<u8>,
    /// Records that there is room for in a second reading.
    pub room: usize,
    /// Where a walk ends, and where the text is cut in two; no further than the text.
    pub limit: usize,
    /// What stands around the text, where it means nothing.
    pub fill: u8,
}

impl Case {
    pub fn new(seed: u64) -> Case {
        let random = &mut Random::new(seed);
        let (schema, dialect) = loop {
            let (schema, dialect) = (schema::schema(random), dialect::dialect(random));
            // Most are such as can be.
            if possible(&schema, &dialect) {
                break (schema, dialect);
            }
        };
        let text = rows::text(random, &schema, &dialect);
        Case {
            room: random.below(if text.len() > 5000 { 5000 } else { 40 }),
            limit: random.below(text.len() + 1),
            fill: random.one(b"1\n\" ,#-\xff"),
            schema,
            dialect,
            text,
        }
    }

    /// Whether its schema and its dialect are such as can be.
    pub fn is_possible(&self) -> bool {
        possible(&self.schema, &self.dialect)
    }

    /// The same with another text.
    pub fn with_text(&self, text: Vec<u8>) -> Case {
        Case {
            limit: self.limit.min(text.len()),
            text,
            ..self.clone()
        }
    }

    /// A text with something around it.
    pub fn padded(&self, text: &[u8]) -> Vec<u8> {
        let mut buf = Vec::with_capacity(PAD_BEFORE + text.len() + PAD_AFTER);
        buf.resize(PAD_BEFORE, self.fill);
        buf.extend_from_slice(text);
        buf.resize(buf.len() + PAD_AFTER, self.fill);
        buf
    }
}

fn possible(schema: &Schema, dialect: &Dialect) -> bool {
    Kernel::with_engine(schema.clone(), dialect.clone(), Engine::Reference).is_ok()
}

impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{:#?}\n{:?}", self.schema, self.dialect)?;
        let (room, limit, fill) = (self.room, self.limit, self.fill);
        writeln!(
            f,
            "room for {room}, limit {limit}, {fill:#04x} around it, text of {} bytes:",
            self.text.len()
        )?;
        const SHOWN: usize = 4000;
        let shown = &self.text[..self.text.len().min(SHOWN)];
        write!(f, "b\"{}\"", shown.escape_ascii())?;
        if self.text.len() > SHOWN {
            write!(f, " and so on")
        } else {
            Ok(())
        }
    }
}
