//! Fields in quotes whose text does not stand in one piece in the table.

use crate::plan::Plan;
use crate::scalar::fields::inside;
use crate::{PAD_AFTER, PAD_BEFORE};

/// One field's text, with room around it as the columns need it.
#[derive(Default)]
pub(crate) struct Unquoted {
    buf: Vec<u8>,
}

impl Unquoted {
    /// Writes out a field, which goes on from behind its opening quote: up to the closing one if that is its last byte, else to
    /// where it ends.
    pub fn read(&mut self, plan: &Plan, field: &[u8]) {
        let quote = plan.marks.quote;
        self.buf.clear();
        self.buf.resize(PAD_BEFORE, 0);
        let mut rest = field;
        while let Some(at) = memchr::memchr(quote, rest) {
            inside(&rest[..at], false, &mut self.buf);
            rest = &rest[at + 1..];
            if rest.first() != Some(&quote) {
                // What follows the closing quote is as it stands.
                self.buf.extend_from_slice(rest);
                rest = &[];
                break;
            }
            self.buf.push(quote);
            rest = &rest[1..];
        }
        inside(rest, false, &mut self.buf);
        self.buf.resize(self.buf.len() + PAD_AFTER, 0);
    }

    pub fn text(&self) -> &[u8] {
        &self.buf[PAD_BEFORE..self.buf.len() - PAD_AFTER]
    }

    /// The text and what is around it.
    pub fn buf(&self) -> &[u8] {
        &self.buf
    }
}
