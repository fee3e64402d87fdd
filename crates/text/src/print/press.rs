//! Many records at once, on several threads.

use std::ops::Range;

use super::printer::Printer;
use super::refusal::Refusal;

/// Fewer records than this are printed before another thread has begun.
const FEW: usize = 64;
/// Room that a thread takes for its text before it has any.
const ROOM: usize = 1 << 20;

/// Why the rest of some records is not printed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefusedRow {
    /// The row, from 0.
    pub row: usize,
    /// Why; its column is that of the row.
    pub refusal: Refusal,
}

/// A printer of records that follow each other in memory.
pub struct Press {
    printer: Printer,
    record: usize,
    across: usize,
    threads: usize,
}

impl Press {
    /// For records of so many bytes, so many of which make a row, with up to so many threads.
    pub fn new(printer: Printer, record: usize, across: usize, threads: usize) -> Press {
        Press {
            printer,
            record,
            across: across.max(1),
            threads: threads.max(1),
        }
    }

    /// The most bytes that a record is printed as, and never 0.
    pub fn size(&self) -> usize {
        self.printer.size().max(1)
    }

    /// Prints some of the records in `bytes`, before the first of which `done` others were printed. The texts follow each other; behind one
    /// that was refused they mean nothing.
    pub fn print(
        &self,
        bytes: &[u8],
        done: usize,
        records: Range<usize>,
    ) -> Vec<Result<String, RefusedRow>> {
        let count = records.len();
        let threads = self.threads.min(count.div_ceil(FEW)).max(1);
        let share = count.div_ceil(threads);
        let cut = |part: usize| (records.start + part * share).min(records.end);
        let print = |part: usize| self.run(bytes, done, cut(part)..cut(part + 1));
        std::thread::scope(|scope| {
            let started: Vec<_> = (1..threads)
                .map(|part| {
                    let thread = std::thread::Builder::new().name("sharray-print".to_owned());
                    (part, thread.spawn_scoped(scope, move || print(part)))
                })
                .collect();
            let mut texts = vec![print(0)];
            for (part, thread) in started {
                // Where no thread can be had, this one does its work; a panic of one becomes this one's.
                texts.push(match thread.map(|thread| thread.join()) {
                    Err(_) => print(part),
                    Ok(Ok(text)) => text,
                    Ok(Err(panic)) => std::panic::resume_unwind(panic),
                });
            }
            texts
        })
    }

    fn run(&self, bytes: &[u8], done: usize, records: Range<usize>) -> Result<String, RefusedRow> {
        let mut text = String::with_capacity((records.len() * self.size()).min(ROOM));
        for index in records {
            let record = &bytes[index * self.record..(index + 1) * self.record];
            let number = done + index;
            let ends_row = (number + 1).is_multiple_of(self.across);
            if let Err(refusal) = self.printer.print(record, ends_row, &mut text) {
                let refusal = match self.across {
                    1 => refusal,
                    across => Refusal {
                        column: Some(number % across),
                        ..refusal
                    },
                };
                return Err(RefusedRow {
                    row: number / self.across,
                    refusal,
                });
            }
        }
        Ok(text)
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Field, Kind};
    use super::*;
    use proptest::prelude::*;

    fn press(across: usize, threads: usize, format: &str) -> Press {
        let field = Field {
            kind: Kind::Float(8),
            offset: 0,
            swapped: false,
        };
        let printer = Printer::new(format, ",", "\n", &[field], false).unwrap();
        Press::new(printer, 8, across, threads)
    }

    fn bytes(count: usize) -> Vec<u8> {
        (0..count).flat_map(|i| (i as f64).to_le_bytes()).collect()
    }

    proptest! {
        #[test]
        fn any_threads_and_any_pieces_give_one_text(
            count in 0usize..1000, across in 1usize..7, threads in 1usize..5, cut in 0usize..1000,
        ) {
            let all = bytes(count);
            let cut = cut.min(count);
            let text = |texts: Vec<Result<String, RefusedRow>>| -> String {
                texts.into_iter().map(Result::unwrap).collect()
            };
            let press_of_many = press(across, threads, "%d");
            let mut found = text(press_of_many.print(&all, 0, 0..cut));
            found += &text(press_of_many.print(&all[8 * cut..], cut, 0..count - cut));
            let plain: String = (0..count)
                .map(|i| format!("{i}{}", if (i + 1) % across == 0 { "\n" } else { "," }))
                .collect();
            prop_assert_eq!(found, plain);
        }

        #[test]
        fn the_first_that_is_refused_is_told_by_row_and_column(
            count in 1usize..1000, across in 1usize..7, threads in 1usize..5, bad in 0usize..1000,
        ) {
            let bad = bad % count;
            let mut all = bytes(count);
            all[8 * bad..8 * bad + 8].copy_from_slice(&f64::NAN.to_le_bytes());
            let texts = press(across, threads, "%d").print(&all, 0, 0..count);
            let first = texts.into_iter().find_map(Result::err).unwrap();
            prop_assert_eq!((first.row, first.refusal.column), (bad / across, Some(bad % across)));
        }
    }
}
