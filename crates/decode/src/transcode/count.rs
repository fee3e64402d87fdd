//! Line ends in text that comes in pieces: LF, CR LF, and a lone CR.

use memchr::memchr_iter;

#[derive(Default)]
pub(super) struct LineEnds {
    count: u64,
    /// Whether the text so far ends with a CR, which an LF may follow.
    after_cr: bool,
}

impl LineEnds {
    pub(super) fn add(&mut self, text: &[u8]) {
        let Some(last) = text.last() else {
            return;
        };
        let lf = memchr_iter(b'\n', text).count();
        let lone = |at: &usize| text.get(at + 1) != Some(&b'\n');
        let cr = memchr_iter(b'\r', text).filter(lone).count();
        self.count += (lf + cr) as u64;
        if self.after_cr && text[0] == b'\n' {
            self.count -= 1; // the CR was counted
        }
        self.after_cr = *last == b'\r';
    }

    pub(super) fn count(&self) -> u64 {
        self.count
    }
}
