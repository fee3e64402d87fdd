//! The loop of a worker: one code for the threads of a process and the processes of a pool.

use std::ops::Range;
use std::sync::{MutexGuard, PoisonError};

use sharray_text::{Count, Kernel};

use crate::control::Totals;
use crate::failure::Failure;
use crate::job::{Dest, FilePlan, Ready};
use crate::lines::line_ends;
use crate::notes::Note;
use crate::range::{Text, Unread};
use crate::setting::{Setting, SpaceCheck};
use crate::source::Source;

/// The failure of a range.
#[derive(Clone, Debug, PartialEq)]
pub struct RunError {
    /// The range; of several failures the one of the lowest range is the load's.
    pub range: u32,
    /// What went wrong.
    pub failure: Failure,
}

/// Takes ranges until none is left, but for those of streams. `owner` must be unique among all runs of a load: by it a dead
/// worker's range is found.
pub fn run(setting: &Setting, owner: u32, space: SpaceCheck<'_>) -> Result<(), RunError> {
    let Setting { job, control, .. } = setting;
    let mut worker = Worker::new(setting, space);
    while let Some(range) = control.claim_but(owner, |range| job.stream_at(range)) {
        let outcome = worker.load(range);
        if !worker.goes_on(range, outcome)? {
            return Ok(());
        }
    }
    Ok(())
}

/// A range and what it belongs to.
#[derive(Clone, Copy)]
pub(crate) struct Part<'a> {
    pub range: u32,
    pub plan: &'a FilePlan,
    pub file: usize,
    pub dest: &'a Dest,
    /// The bytes of its text; of a stream those of the file.
    pub bytes: (u64, u64),
    /// Rows of the file that are wanted.
    pub limit: u64,
}

impl Part<'_> {
    pub(crate) fn is_first(&self) -> bool {
        self.range == self.plan.first_range
    }

    fn length(&self) -> u64 {
        self.bytes.1 - self.bytes.0
    }

    /// How many of its bytes it is when so many of `all` bytes of text are done.
    pub(crate) fn read(&self, text: usize, all: usize) -> u64 {
        match self.plan.is_stream() {
            true => (u128::from(self.length()) * text as u128 / all.max(1) as u128) as u64,
            false => text as u64,
        }
    }

    /// How many of so many rows are wanted, behind those of the ranges before.
    pub(crate) fn wanted(&self, base: Totals, rows: u64) -> u64 {
        rows.min(self.limit.saturating_sub(base.file_rows))
    }
}

impl Setting {
    /// The totals of a range that need not be read: its file is left out, or all rows that are wanted have come before it.
    pub(crate) fn needless(&self, part: Part<'_>) -> Option<Totals> {
        let control = &self.control;
        if control.spoiled_below(part.plan.first_range, part.range) {
            return Some(Totals::default());
        }
        if part.is_first() {
            return None;
        }
        let before = control.totals(part.range - 1)?;
        (before.file_rows >= part.limit).then_some(before)
    }
}

pub(crate) struct Worker<'a> {
    pub setting: &'a Setting,
    pub space: SpaceCheck<'a>,
    source: Option<(usize, Source)>,
    pub kernel: Option<(usize, Kernel)>,
    pub text: Text,
    pub scratch: Vec<u8>,
    /// The rows of a stream that are in `text` already.
    pub unpacked: Option<Count>,
    /// The bytes of the file that they were made of.
    pub taken: (u64, u64),
}

/// The rows of a range, found and not yet parsed.
#[derive(Clone)]
pub(crate) struct Found {
    /// Where they lie in the text.
    pub part: Range<usize>,
    pub count: Count,
    /// The totals before the range.
    pub base: Totals,
    /// The byte at which the next row begins, where that is told.
    pub next: u64,
}

impl<'a> Worker<'a> {
    pub(crate) fn new(setting: &'a Setting, space: SpaceCheck<'a>) -> Worker<'a> {
        let Setting { job, dests, .. } = setting;
        assert!(job.spec.profile || job.dests.len() == dests.len());
        Worker {
            setting,
            space,
            source: None,
            kernel: None,
            text: Text::default(),
            scratch: Vec::new(),
            unpacked: None,
            taken: (0, 0),
        }
    }

    /// What follows of how a range ended: whether to go on with others.
    pub(crate) fn goes_on(
        &mut self,
        range: u32,
        outcome: Result<(), Unread>,
    ) -> Result<bool, RunError> {
        let failure = match outcome {
            Ok(()) => None,
            Err(Unread::Unwanted) => return Ok(false),
            Err(Unread::Failed(failure)) => self.leave_out(range, failure),
        };
        if let Some(failure) = failure {
            let control = &self.setting.control;
            control.fail(range);
            if failure.code == "NO_SPACE" {
                // Ranges below would only ask for more.
                control.abort();
            }
            return Err(RunError { range, failure });
        }
        self.text.shrink(self.setting.job.range_bytes);
        Ok(true)
    }

    pub(crate) fn part(&self, range: u32) -> Part<'a> {
        let job = &self.setting.job;
        let (file, start, end) = job.locate(range);
        let plan = &job.files[file];
        Part {
            range,
            plan,
            file,
            dest: &job.dests[plan.dest as usize],
            bytes: (start, end),
            limit: job.spec.max_rows.unwrap_or(u64::MAX),
        }
    }

    fn load(&mut self, range: u32) -> Result<(), Unread> {
        let part = self.part(range);
        if let Some(totals) = self.setting.needless(part) {
            self.settle(part, totals);
            return Ok(());
        }
        self.open(part)?;
        self.prepare(part.dest)?;
        self.take_in(part)
    }

    /// Does with the rows of a range what the load is for.
    pub(crate) fn take_in(&mut self, part: Part<'_>) -> Result<(), Unread> {
        let spec = &self.setting.job.spec;
        if spec.profile {
            return self.look(part);
        }
        if !spec.throws() {
            return self.gather(part);
        }
        self.parse(part)
    }

    /// Ends a range that adds nothing.
    pub(crate) fn settle(&self, part: Part<'_>, totals: Totals) {
        self.setting.control.publish(part.range, totals);
        self.setting.control.finish(part.range, part.length(), 0);
    }

    /// Leaves the file of a range out, if the load is to go on without it; else the failure is the load's.
    fn leave_out(&self, range: u32, failure: Failure) -> Option<Failure> {
        let Setting {
            job,
            control,
            notes,
            ..
        } = self.setting;
        let of_the_load = matches!(
            failure.code,
            "NO_SPACE" | "TOO_MANY_FILES" | "TEXT_TOO_MANY_REJECTS" | "ABORTED"
        );
        if !job.spec.skip_files || of_the_load {
            return Some(failure);
        }
        let mut part = self.part(range);
        if part.plan.is_stream() {
            part.bytes = self.taken;
        }
        let note = Note {
            failure: Some(failure.to_json()),
            ..Note::default()
        };
        if let Err(failure) = note.keep(range, control, notes) {
            return Some(failure);
        }
        // Before the totals, so that whoever waits for them knows it then.
        control.spoil(part.plan.first_range, range);
        self.settle(part, Totals::default());
        None
    }

    /// Publishes the totals after a range.
    pub(crate) fn publish(&self, part: Part<'_>, totals: Totals) -> Result<(), Failure> {
        if self.setting.control.publish(part.range, totals) {
            return Ok(());
        }
        let how = "it was written to while it was read".to_string();
        Err(Failure::changed(&part.plan.label, how))
    }

    pub(crate) fn finish(&self, part: Part<'_>, rows: u64, note: Note) -> Result<(), Failure> {
        let Setting { control, notes, .. } = self.setting;
        note.keep(part.range, control, notes)?;
        control.finish(part.range, part.length(), rows);
        Ok(())
    }

    /// The totals before a range: those of the range before it, as far as both belong together.
    pub(crate) fn base(&self, part: Part<'_>) -> Result<Totals, Unread> {
        let before = if part.range == part.dest.first_range {
            Totals::default()
        } else {
            let control = &self.setting.control;
            control.wait_before(part.range).ok_or(Unread::Unwanted)?
        };
        if part.is_first() {
            return Ok(Totals {
                file_rows: 0,
                file_lines: part.plan.lines_before,
                dest_rows: before.dest_rows,
                next: part.plan.start,
            });
        }
        Ok(before)
    }

    /// Reads the rows of a range and counts them. None: there are none, and the range is settled.
    pub(crate) fn find(&mut self, part: Part<'_>) -> Result<Option<Found>, Unread> {
        let quoted = self.setting.job.spec.quoted();
        if let Some(count) = self.unpacked.take() {
            let base = match quoted {
                true => self.base(part)?,
                false => Totals::default(),
            };
            return Ok(Some(Found {
                part: self.text.lines(),
                count,
                base,
                next: self.text.file_byte(self.text.lines().end),
            }));
        }
        let control = &self.setting.control;
        let look = || !control.unwanted(part.range);
        let base = match quoted {
            true => self.base(part)?,
            false => Totals::default(),
        };
        let source = &mut self.source.as_mut().expect("opened before").1;
        let kernel = &self.kernel.as_ref().expect("prepared before").1;
        if quoted {
            let spoiled = control.spoiled_below(part.plan.first_range, part.range);
            if spoiled || base.next >= part.bytes.1 || base.file_rows >= part.limit {
                self.settle(part, base);
                return Ok(None);
            }
            let from = base.next.max(part.bytes.0);
            let bytes = (from, part.bytes.1);
            let (count, next) = self
                .text
                .read_rows(source, part.plan, bytes, kernel, &look)?;
            source.unchanged(part.plan)?;
            return Ok(Some(Found {
                part: self.text.lines(),
                count,
                base,
                next,
            }));
        }
        self.text.read(source, part.plan, part.bytes, &look)?;
        source.unchanged(part.plan)?;
        Ok(Some(Found {
            part: self.text.lines(),
            count: Count::default(),
            base,
            next: 0,
        }))
    }

    pub(crate) fn kernel(&self) -> &Kernel {
        &self.kernel.as_ref().expect("prepared before").1
    }

    /// Rows and lines of a part of the text.
    pub(crate) fn count(&self, part: Range<usize>) -> Count {
        match part.is_empty() {
            true => Count::default(),
            false => self.kernel().count(self.text.input(part)),
        }
    }

    /// The first byte of a part that is no text, and where its row begins.
    pub(crate) fn invalid(&self, part: Range<usize>) -> Option<(usize, usize)> {
        if self.kernel().is_of_items() {
            return None;
        }
        let (byte, line) = self.text.invalid(part.clone())?;
        if !self.setting.job.spec.quoted() {
            return Some((byte, line));
        }
        let mut row = part.start;
        loop {
            let next = self.row_end(row..part.end);
            if next > byte {
                return Some((byte, row));
            }
            row = next;
        }
    }

    /// The failure of a byte that is no text, `row.end`, in the row that begins at `row.start` behind so many lines.
    pub(crate) fn bad_text(&self, part: Part<'_>, before: u64, row: Range<usize>) -> Failure {
        let byte = row.end;
        let found = self.text.bytes(byte..byte + 1)[0];
        let line = before + 1 + line_ends(self.text.bytes(row));
        Failure::encoding(&part.plan.label, line, self.text.file_byte(byte), found)
    }

    /// Where the row that a part begins with ends.
    pub(crate) fn row_end(&self, part: Range<usize>) -> usize {
        let walk = self.kernel().walk(self.text.bytes(part.clone()), 1, true);
        part.start + walk.next
    }

    /// What planning has left: the text is that of the only input.
    fn ready(&self) -> MutexGuard<'_, Ready> {
        let ready = &self.setting.job.ready;
        ready.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn open(&mut self, part: Part<'_>) -> Result<(), Failure> {
        if self
            .source
            .as_ref()
            .is_none_or(|(open, _)| *open != part.file)
        {
            let source = match self.ready().text.take() {
                Some(text) => Source::Held(text),
                None => Source::open(part.plan, &self.setting.spools)?,
            };
            self.source = Some((part.file, source));
        }
        Ok(())
    }

    pub(crate) fn prepare(&mut self, dest: &Dest) -> Result<(), Failure> {
        if self.kernel.is_none() {
            let kernel = self.ready().kernel.take();
            self.kernel = kernel;
        }
        let spec = &self.setting.job.spec;
        spec.kernel_in(&mut self.kernel, dest.columns).map(|_| ())
    }
}
