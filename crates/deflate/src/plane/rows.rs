//! Rows that repeat: the long matches of one plane are mostly those of the next planes, too.

use crate::stream::{Sequence, common};

/// Shorter matches are of one plane alone.
const LEAST: usize = 8;

/// A match, its place counted from the start of its plane.
struct Repeat {
    at: usize,
    length: usize,
    distance: usize,
}

/// The matches of one plane.
#[derive(Default)]
pub(crate) struct Rows {
    repeats: Vec<Repeat>,
    plane: usize,
}

impl Rows {
    /// Forgets all.
    pub(crate) fn clear(&mut self) {
        self.repeats.clear();
    }

    /// Keeps the matches that were found in a piece of a plane.
    pub(crate) fn keep(&mut self, plane: usize, start: usize, sequences: &[Sequence]) {
        if self.plane != plane {
            self.clear();
            self.plane = plane;
        }
        let mut at = start - plane;
        for sequence in sequences {
            let (length, distance) = (usize::from(sequence.length), usize::from(sequence.distance));
            at += sequence.literals as usize;
            if length > 0 && distance <= at {
                self.repeats.push(Repeat {
                    at,
                    length,
                    distance,
                });
            }
            at += length;
        }
    }

    /// The sequences of a piece of a later plane by the long ones of the matches kept; none unless these are nearly all, and hold here, too.
    pub(crate) fn sequences(
        &self,
        bytes: &[u8],
        plane: usize,
        start: usize,
        end: usize,
        to: &mut Vec<Sequence>,
    ) -> bool {
        to.clear();
        if self.plane == plane {
            return false;
        }
        let (first, behind) = (start - plane, end - plane);
        let from = self.repeats.partition_point(|repeat| repeat.at < first);
        let (mut done, mut kept, mut held) = (first, 0, 0);
        for repeat in self.repeats[from..]
            .iter()
            .take_while(|repeat| repeat.at < behind)
        {
            let most = repeat.length.min(behind - repeat.at);
            let at = plane + repeat.at;
            let length = common(bytes, at - repeat.distance, at, most);
            kept += most;
            if length >= LEAST {
                held += length;
                to.push(Sequence::new(
                    (repeat.at - done) as u32,
                    length,
                    repeat.distance,
                ));
                done = repeat.at + length;
            }
        }
        to.push(Sequence::new((behind - done) as u32, 0, 0));
        // A quarter of the piece at least, or a search may find more.
        32 * held >= 31 * kept && 4 * held > end - start
    }
}
