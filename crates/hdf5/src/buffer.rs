//! Memory for chunks, used again and again.

use std::ops::{Deref, DerefMut};

/// Bytes that change their number without being cleared: what is new holds what was there, or zeros.
#[derive(Default)]
pub(crate) struct Buffer {
    bytes: Vec<u8>,
    len: usize,
}

impl Buffer {
    pub(crate) fn resize(&mut self, len: usize) {
        if self.bytes.len() < len {
            self.bytes.resize(len, 0);
        }
        self.len = len;
    }

    /// Makes it these bytes.
    pub(crate) fn set(&mut self, bytes: &[u8]) {
        self.resize(bytes.len());
        self.copy_from_slice(bytes);
    }

    /// Adds bytes at the end.
    pub(crate) fn push(&mut self, bytes: &[u8]) {
        let before = self.len;
        self.resize(before + bytes.len());
        self[before..].copy_from_slice(bytes);
    }
}

impl Deref for Buffer {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.bytes[..self.len]
    }
}

impl DerefMut for Buffer {
    fn deref_mut(&mut self) -> &mut [u8] {
        &mut self.bytes[..self.len]
    }
}
