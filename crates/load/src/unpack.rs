//! The ranges of streams. A stream is decompressed by one thread at a time, in order, into that thread's own buffer; while it parses the
//! rows, the next thread decompresses the next ones. How many ranges a stream has is not known before its end: those that are left over then
//! are ended at once.

use std::sync::{Mutex, MutexGuard, PoisonError, TryLockError};

use sharray_text::Count;

use crate::job::{FilePlan, Job};
use crate::range::{Over, Unread};
use crate::run::{Part, RunError, Worker};
use crate::setting::{Setting, SpaceCheck};
use crate::source::Source;
use crate::stream::Stream;

/// The streams of a load: how far each of them is.
pub struct Streams(Vec<Mutex<Turn>>);

/// Whoever holds it takes the next range.
struct Turn {
    /// The next range, and the one behind the last.
    next: u32,
    end: u32,
    open: Option<(Stream, Over)>,
    /// Bytes of the input that its ranges were made of so far.
    taken: u64,
}

impl Streams {
    /// Those of a job.
    pub fn of(job: &Job) -> Streams {
        let streams = job.files.iter().filter(|file| file.is_stream());
        let turn = |file: &FilePlan| {
            let ranges = file.range_numbers();
            Mutex::new(Turn {
                next: ranges.start,
                end: ranges.end,
                open: None,
                taken: 0,
            })
        };
        Streams(streams.map(turn).collect())
    }

    /// The turn of a stream that has ranges left: of one that nobody is at, if there is one. With `in_order` always the first: those
    /// behind it need its totals.
    fn turn(&self, in_order: bool) -> Option<MutexGuard<'_, Turn>> {
        loop {
            let mut busy = None;
            for turn in &self.0 {
                let mine = match turn.try_lock() {
                    Ok(mine) => mine,
                    Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
                    Err(TryLockError::WouldBlock) => {
                        busy.get_or_insert(turn);
                        match in_order {
                            true => break,
                            false => continue,
                        }
                    }
                };
                if mine.next < mine.end {
                    return Some(mine);
                }
            }
            let turn = busy?.lock().unwrap_or_else(PoisonError::into_inner);
            if turn.next < turn.end {
                return Some(turn);
            }
        }
    }
}

/// Takes ranges of streams until none is left. All who do are threads of one process; `owner` as in [`crate::run`].
pub fn unpack(setting: &Setting, owner: u32, space: SpaceCheck<'_>) -> Result<(), RunError> {
    let mut worker = Worker::new(setting, space);
    while let Some(mut turn) = setting.streams.turn(setting.job.spec.concat) {
        let range = turn.next;
        if setting.control.unwanted(range) || !setting.control.take(range, owner) {
            return Ok(());
        }
        let part = worker.part(range);
        let from = turn.taken;
        let unpacked = match setting.needless(part) {
            Some(_) => Err(Unread::Unwanted),
            None => worker.unpack(part, &mut turn),
        };
        // While it was waited for the rows of the range those before it may have become enough.
        if let Some(totals) = setting.needless(part) {
            let left = setting.left(part.plan, from);
            setting.control.finish_empty(range..turn.end, totals, left);
            (turn.next, turn.open) = (turn.end, None);
            continue;
        }
        // Behind damage there is no text, and behind the end none either.
        let last = match &unpacked {
            Ok((_, ended)) => *ended,
            Err(_) => true,
        };
        let rest = range + 1..turn.end;
        let left = setting.left(part.plan, turn.taken);
        turn.next = if last { turn.end } else { range + 1 };
        if last {
            turn.open = None;
        }
        drop(turn);
        let outcome = match unpacked {
            Ok((part, _)) => worker.take_in(part),
            // Behind the last row that is wanted nothing is looked at, whoever comes there first.
            Err(Unread::Failed(failure)) => match worker.base(part) {
                Ok(before) if before.file_rows >= part.limit && !part.is_first() => {
                    let left = setting.left(part.plan, from);
                    setting.control.finish_empty(range..rest.end, before, left);
                    continue;
                }
                Ok(_) => Err(Unread::Failed(failure)),
                Err(unread) => Err(unread),
            },
            Err(unread) => Err(unread),
        };
        let goes_on = worker.goes_on(range, outcome)?;
        if last {
            let totals = setting.control.totals(range).unwrap_or_default();
            setting.control.finish_empty(rest, totals, left);
        }
        if !goes_on {
            return Ok(());
        }
    }
    Ok(())
}

impl Setting {
    /// Bytes of an input behind so many that were taken; of what comes but once, as far as it has come.
    fn left(&self, plan: &FilePlan, taken: u64) -> u64 {
        let spool = plan.spool.and_then(|spool| self.spools.get(spool as usize));
        let all = spool.map_or(plan.stored, |spool| spool.come());
        all.saturating_sub(plan.from + taken)
    }
}

impl Worker<'_> {
    /// Decompresses the rows of a range. The part with the bytes of the file that it took, and whether the stream has ended.
    fn unpack<'p>(&mut self, part: Part<'p>, turn: &mut Turn) -> Result<(Part<'p>, bool), Unread> {
        let unpacked = self.unpack_rows(part, turn);
        let read = turn.open.as_ref().map_or(0, |(stream, _)| stream.read());
        self.taken = (turn.taken, read.max(turn.taken));
        turn.taken = self.taken.1;
        let (count, ended) = unpacked?;
        self.unpacked = Some(count);
        let bytes = self.taken;
        Ok((Part { bytes, ..part }, ended))
    }

    fn unpack_rows(&mut self, part: Part<'_>, turn: &mut Turn) -> Result<(Count, bool), Unread> {
        let setting = self.setting;
        let look = || !setting.control.unwanted(part.range) && setting.needless(part).is_none();
        self.prepare(part.dest)?;
        if turn.open.is_none() {
            let source = Source::open(part.plan, &setting.spools)?;
            let mut stream = Stream::once(source);
            let over = Over::pass(&mut stream, part.plan, part.plan.start, &look)?;
            turn.open = Some((stream, over));
        }
        let (stream, over) = turn.open.as_mut().expect("opened above");
        // What does not fit the ranges that a stream can have goes to the last but one; the last is there for damage behind it.
        let bytes = match part.range + 2 >= turn.end {
            true => u64::MAX,
            false => setting.job.stream_bytes(part.range - part.plan.first_range),
        };
        let kernel = self.kernel.as_ref().map(|(_, kernel)| kernel);
        let counter = kernel.filter(|_| setting.job.spec.quoted());
        let count = self
            .text
            .unpack(stream, part.plan, over, (bytes, counter), &look)?;
        Ok((count, stream.ended()))
    }
}
