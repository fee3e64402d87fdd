//! What every engine makes of a case, against the reference.

use std::cell::RefCell;
use std::fmt;
use std::panic::{self, AssertUnwindSafe};

use sharray_text::{BadRow, Count, Cut, Cuts, Engine, Input, Kernel, PAD_BEFORE, Parsed, Walk};

use crate::case::Case;

/// What the cases were.
#[derive(Default)]
pub struct Tally {
    bytes: u64,
    rows: u64,
    refused: u64,
    /// Cases that only the exact path reads.
    exact: u64,
    /// Cases of more than a batch.
    long: u64,
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mib = self.bytes >> 20;
        write!(
            f,
            "{} rows in {mib} MiB, {} refused, {} of the exact path alone, {} of more than a batch",
            self.rows, self.refused, self.exact, self.long
        )
    }
}

thread_local! {
    static COMPLAINT: RefCell<String> = const { RefCell::new(String::new()) };
}

/// Keeps what panics say instead of printing it.
pub fn catch_panics() {
    panic::set_hook(Box::new(|info| {
        COMPLAINT.with_borrow_mut(|complaint| *complaint = info.to_string());
    }));
}

/// What differs, if anything does; an engine that panics differs.
pub fn difference(case: &Case, tally: &mut Tally) -> Option<String> {
    let compared = panic::catch_unwind(AssertUnwindSafe(|| compare(case, tally)));
    compared.unwrap_or_else(|_| Some(COMPLAINT.with_borrow(String::clone)))
}

#[derive(PartialEq)]
struct Outcome {
    records: Vec<u8>,
    cuts: Vec<(usize, Cut)>,
    end: Result<Parsed, BadRow>,
    /// Whether bytes behind the last record were left alone.
    clean: bool,
}

impl fmt::Debug for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let records = &self.records[..self.records.len().min(400)];
        write!(f, "{:?}, cuts {:?}, ", self.end, self.cuts)?;
        let behind = if self.clean {
            ""
        } else {
            ", and more is written"
        };
        write!(f, "records {records:02x?}{behind}")
    }
}

struct Reader<'a> {
    case: &'a Case,
    kernel: Kernel,
    buf: &'a [u8],
}

/// A byte that no record ends in by chance alone.
const UNTOUCHED: u8 = 0xEE;

impl<'a> Reader<'a> {
    fn new(case: &'a Case, engine: Engine, buf: &'a [u8]) -> Reader<'a> {
        let (schema, dialect) = (case.schema.clone(), case.dialect.clone());
        let kernel = Kernel::with_engine(schema, dialect, engine).expect("a case that can be");
        Reader { case, kernel, buf }
    }

    fn input(&self) -> Input<'a> {
        Input::new(self.buf, PAD_BEFORE..PAD_BEFORE + self.case.text.len())
    }

    fn count(&self) -> Count {
        self.kernel.count(self.input())
    }

    fn walk(&self, limit: usize, last: bool) -> Walk {
        self.kernel.walk(&self.case.text, limit, last)
    }

    fn parse(&self, input: Input<'_>, room: usize) -> Outcome {
        let itemsize = self.case.schema.itemsize;
        let mut records = vec![UNTOUCHED; room * itemsize];
        let mut cuts = Cuts::default();
        let end = self.kernel.parse(input, &mut records, &mut cuts);
        let rows = end
            .as_ref()
            .map_or_else(|bad| bad.rows, |parsed| parsed.rows);
        // The record of a bad row may hold anything.
        let behind = (rows + usize::from(end.is_err())).min(room);
        let clean = end.is_err() || records[behind * itemsize..].iter().all(|&b| b == UNTOUCHED);
        records.truncate(rows * itemsize);
        let cuts = cuts.found().collect();
        Outcome {
            records,
            cuts,
            end,
            clean,
        }
    }

    /// The text in two pieces, the second from `cut` on, as if it were one.
    fn parse_cut(&self, cut: usize, all: usize, expected: &Outcome) -> Outcome {
        let (head, tail) = self.case.text.split_at(cut);
        let (first, second) = (self.case.padded(head), self.case.padded(tail));
        let first = Input::new(&first, PAD_BEFORE..PAD_BEFORE + head.len());
        let second = Input::new(&second, PAD_BEFORE..PAD_BEFORE + tail.len());
        let Count { rows, lines } = self.kernel.count(first);
        // More than all there are is wrong, and shows.
        let before = (rows as usize).min(all);
        let mut whole = self.parse(first, before);
        let Ok(Parsed { rows, .. }) = whole.end else {
            return whole;
        };
        let more = self.parse(second, all - before);
        whole.records.extend(more.records);
        whole.clean &= more.clean;
        for (column, found) in more.cuts {
            let moved = Cut {
                first: found.first + cut,
                ..found
            };
            match whole.cuts.iter_mut().find(|(known, _)| *known == column) {
                Some((_, known)) => known.count += found.count,
                None => whole.cuts.push((column, moved)),
            }
        }
        whole.cuts.sort_by_key(|(column, _)| *column);
        whole.end = match more.end {
            // How much of what follows the last row is done with, a cut may change.
            Ok(parsed) => Ok(Parsed {
                rows: rows + parsed.rows,
                consumed: expected.end.as_ref().map_or(0, |parsed| parsed.consumed),
            }),
            Err(bad) => Err(BadRow {
                rows: rows + bad.rows,
                line: lines + bad.line,
                byte: cut + bad.byte,
                next: cut + bad.next,
                text: cut + bad.text.start..cut + bad.text.end,
                ..bad
            }),
        };
        whole
    }
}

fn compare(case: &Case, tally: &mut Tally) -> Option<String> {
    let buf = case.padded(&case.text);
    let reference = Reader::new(case, Engine::Reference, &buf);
    let count = reference.count();
    let all = usize::try_from(count.rows).expect("few rows");
    let walks = |reader: &Reader<'_>| {
        let length = case.text.len();
        [(length, true), (case.limit, true), (case.limit, false)]
            .map(|(limit, last)| reader.walk(limit, last))
    };
    let walked = walks(&reference);
    if walked[0].count != count {
        return Some(format!(
            "the reference counts {count:?} and walks {:?}",
            walked[0]
        ));
    }
    let full = reference.parse(reference.input(), all);
    let part = reference.parse(reference.input(), case.room);
    tally.bytes += case.text.len() as u64;
    tally.rows += count.rows;
    tally.refused += u64::from(full.end.is_err());
    tally.long += u64::from(case.text.len() > 1 << 15);
    // Where a row begins there is a place to cut.
    let cut = walked[1].next;
    let engines = Engine::available();
    let cutting = engines[case.limit % engines.len()];
    for engine in engines {
        let reader = Reader::new(case, engine, &buf);
        if reader.kernel.engine() != engine {
            // The exact path reads it, whatever the engine: once more would be the same.
            tally.exact += 1;
            continue;
        }
        let found = |what: &str, found: &dyn fmt::Debug, expected: &dyn fmt::Debug| {
            Some(format!(
                "{engine:?}, {what}:\n  found    {found:?}\n  expected {expected:?}"
            ))
        };
        if engine == cutting {
            let joined = reader.parse_cut(cut, all, &full);
            if joined != full {
                return found(&format!("cut at {cut}"), &joined, &full);
            }
        }
        if engine == Engine::Reference {
            continue;
        }
        let counted = reader.count();
        if counted != count {
            return found("count", &counted, &count);
        }
        // Without quotes no engine walks in a way of its own.
        let steps = case.dialect.quote.map(|_| walks(&reader));
        if steps.is_some_and(|steps| steps != walked) {
            return found("walk", &steps, &Some(walked));
        }
        for (what, room, expected) in [
            ("parse", all, &full),
            ("parse into less room", case.room, &part),
        ] {
            let outcome = reader.parse(reader.input(), room);
            if outcome != *expected {
                return found(what, &outcome, expected);
            }
        }
    }
    None
}
