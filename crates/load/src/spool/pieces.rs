//! Bytes in pieces: the first ones can be let go while more come.

use std::collections::VecDeque;

/// Bytes of a piece; the last one may have fewer.
pub(super) const PIECE: usize = 256 << 10;

#[derive(Default)]
pub(super) struct Pieces {
    pieces: VecDeque<Vec<u8>>,
    /// Where the first of them begins.
    first: u64,
    end: u64,
}

impl Pieces {
    pub(super) fn end(&self) -> u64 {
        self.end
    }

    pub(super) fn held(&self) -> u64 {
        self.end - self.first
    }

    pub(super) fn append(&mut self, mut bytes: &[u8]) {
        self.end += bytes.len() as u64;
        while !bytes.is_empty() {
            let room = match self.pieces.back() {
                Some(last) if last.len() < PIECE => PIECE - last.len(),
                _ => {
                    self.pieces.push_back(Vec::with_capacity(PIECE));
                    PIECE
                }
            };
            let (now, later) = bytes.split_at(room.min(bytes.len()));
            self.pieces
                .back_mut()
                .expect("pushed above")
                .extend_from_slice(now);
            bytes = later;
        }
    }

    /// Copies what there is from byte `at` on; how much that was.
    pub(super) fn read(&self, at: u64, into: &mut [u8]) -> usize {
        let from = at.checked_sub(self.first).expect("it was not let go") as usize;
        let Some(piece) = self.pieces.get(from / PIECE) else {
            return 0;
        };
        let rest = &piece[from % PIECE..];
        let length = rest.len().min(into.len());
        into[..length].copy_from_slice(&rest[..length]);
        length
    }

    /// Gives up what lies before byte `to`.
    pub(super) fn let_go(&mut self, to: u64) {
        while self.first + PIECE as u64 <= to {
            self.pieces.pop_front();
            self.first += PIECE as u64;
        }
    }

    pub(super) fn clear(&mut self) {
        self.pieces.clear();
        self.first = self.end;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_appended_is_read_and_let_go_piece_by_piece() {
        let bytes: Vec<u8> = (0..3 * PIECE + 5).map(|at| (at / 1000) as u8).collect();
        let mut pieces = Pieces::default();
        for part in bytes.chunks(PIECE - 7) {
            pieces.append(part);
        }
        let (mut at, mut all, mut into) = (0, Vec::new(), vec![0; 100_003]);
        loop {
            let taken = pieces.read(at, &mut into);
            all.extend_from_slice(&into[..taken]);
            at += taken as u64;
            pieces.let_go(at);
            assert_eq!(
                pieces.held(),
                bytes.len() as u64 - at / PIECE as u64 * PIECE as u64
            );
            if taken == 0 {
                break;
            }
        }
        assert!(all == bytes);
        assert_eq!(pieces.end(), at);
    }
}
