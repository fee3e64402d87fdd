//! A case that differs, made smaller as long as it differs.

use crate::case::Case;
use crate::compare::{Tally, difference};

/// Tries before it is good enough.
const MOST: usize = 20_000;

/// A smaller case, and how many were tried.
pub fn shrink(case: Case) -> (Case, usize) {
    let mut shrinker = Shrinker {
        best: case,
        tries: 0,
    };
    loop {
        let before = shrinker.tries;
        let smaller = shrinker.text() | shrinker.columns() | shrinker.dialect() | shrinker.bytes();
        if !smaller || shrinker.tries == before || shrinker.tries >= MOST {
            return (shrinker.best, shrinker.tries);
        }
    }
}

struct Shrinker {
    best: Case,
    tries: usize,
}

impl Shrinker {
    /// Takes a case if it differs too.
    fn takes(&mut self, case: Case) -> bool {
        if self.tries >= MOST {
            return false;
        }
        self.tries += 1;
        let differs = case.is_possible() && difference(&case, &mut Tally::default()).is_some();
        if differs {
            self.best = case;
        }
        differs
    }

    /// Takes a change of the best case if it changes it, and it still differs.
    fn change(&mut self, change: impl Fn(&mut Case)) -> bool {
        let mut case = self.best.clone();
        change(&mut case);
        case != self.best && self.takes(case)
    }

    /// Leaves pieces of the text out, the large ones first.
    fn text(&mut self) -> bool {
        let mut smaller = false;
        let mut size = self.best.text.len().div_ceil(2);
        while size > 0 {
            let mut at = 0;
            while at < self.best.text.len() {
                let end = (at + size).min(self.best.text.len());
                let rest = [&self.best.text[..at], &self.best.text[end..]].concat();
                if self.takes(self.best.with_text(rest)) {
                    smaller = true;
                } else {
                    at += size;
                }
            }
            size /= 2;
        }
        smaller
    }

    /// Leaves columns out, and what is special about those that stay.
    fn columns(&mut self) -> bool {
        let mut smaller = false;
        for i in (0..self.best.schema.columns.len()).rev() {
            smaller |= self.change(|case| {
                let schema = &mut case.schema;
                schema.columns.remove(i);
                if i < schema.fills.len() {
                    schema.fills.remove(i);
                }
                if let Some(cols) = &mut schema.usecols {
                    cols.remove(i);
                }
            });
        }
        for i in 0..self.best.schema.columns.len() {
            smaller |= self.change(|case| case.schema.columns[i].swap = false);
        }
        smaller |= self.change(|case| {
            let mut end = 0;
            for column in &mut case.schema.columns {
                column.offset = end;
                end += column.size;
            }
            case.schema.itemsize = end.max(1);
        });
        smaller |= self.change(|case| case.schema.fills.clear());
        smaller | self.change(|case| case.schema.usecols = None)
    }

    fn dialect(&mut self) -> bool {
        let plain: [fn(&mut Case); 9] = [
            |case| case.dialect.na.clear(),
            |case| case.dialect.words = false,
            |case| case.dialect.strict = false,
            |case| case.dialect.items = false,
            |case| case.dialect.quote = None,
            |case| case.dialect.comments.clear(),
            |case| case.dialect.comments.truncate(1),
            |case| case.fill = b'1',
            |case| case.room = 0,
        ];
        let mut smaller = false;
        for change in plain {
            smaller |= self.change(change);
        }
        smaller | self.change(|case| case.limit = 0)
    }

    /// Puts plain characters where it matters not which.
    fn bytes(&mut self) -> bool {
        let mut smaller = false;
        for at in 0..self.best.text.len() {
            for byte in [b'1', b' '] {
                if self.best.text[at] == byte || (byte == b' ' && self.best.text[at] == b'1') {
                    break;
                }
                smaller |= self.change(|case| case.text[at] = byte);
            }
        }
        smaller
    }
}
