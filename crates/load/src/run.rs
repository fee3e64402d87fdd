//! The loop of a worker: one code for the threads of a process and the processes of a pool.

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::sync::Arc;

use rustix::fs::{FallocateFlags, fallocate};
use sharray_text::Kernel;

use crate::control::{Control, Totals};
use crate::failure::Failure;
use crate::job::Job;
use crate::range::{Text, Unread};
use crate::source::Source;

/// Records are made here before they are written: small enough to stay in the second level cache.
const SCRATCH: usize = 256 << 10;
/// Free memory is looked at again whenever so much has been written.
const LOOK_AGAIN: u64 = 64 << 20;

/// Where the rows of a table go.
pub struct Destination {
    /// The file (or memfd); several tables may share one.
    pub file: Arc<File>,
    /// Where its first row lies.
    pub offset: u64,
    /// Bytes from the file's start on that have their pages already: writing there takes no memory.
    pub present: u64,
}

impl Destination {
    /// Gives the pages of the first `bytes` bytes of rows back to the system. They read as zeros from then on.
    pub fn free(&self, bytes: u64) -> std::io::Result<()> {
        let flags = FallocateFlags::PUNCH_HOLE | FallocateFlags::KEEP_SIZE;
        Ok(fallocate(&*self.file, flags, self.offset, bytes.max(1))?)
    }
}

/// Asked before more bytes are written: an error (a message and its figures) ends the load with `NO_SPACE`.
pub type SpaceCheck<'a> = &'a (dyn Fn(u64) -> Result<(), (String, serde_json::Value)> + Sync);

/// The failure of a range.
#[derive(Clone, Debug, PartialEq)]
pub struct RunError {
    /// The range; of several failures the one of the lowest range is the load's.
    pub range: u32,
    /// What went wrong.
    pub failure: Failure,
}

/// Takes ranges until none is left. `owner` must be unique among all runs of a load: by it a dead worker's range is found.
pub fn run(
    job: &Job,
    control: &Control,
    dests: &[Destination],
    owner: u32,
    space: SpaceCheck<'_>,
) -> Result<(), RunError> {
    assert_eq!(job.dests.len(), dests.len());
    let mut worker = Worker {
        job,
        control,
        dests,
        space,
        source: None,
        kernel: None,
        text: Text::default(),
        scratch: Vec::new(),
    };
    while let Some(range) = control.claim(owner) {
        match worker.load(range) {
            Ok(()) => worker.text.shrink(job.range_bytes),
            Err(Unread::Unwanted) => return Ok(()),
            Err(Unread::Failed(failure)) => {
                control.fail(range);
                if failure.code == "NO_SPACE" {
                    // Ranges below would only ask for more.
                    control.abort();
                }
                return Err(RunError { range, failure });
            }
        }
    }
    Ok(())
}

struct Worker<'a> {
    job: &'a Job,
    control: &'a Control,
    dests: &'a [Destination],
    space: SpaceCheck<'a>,
    source: Option<(usize, Source)>,
    kernel: Option<(usize, Kernel)>,
    text: Text,
    scratch: Vec<u8>,
}

impl Worker<'_> {
    fn load(&mut self, range: u32) -> Result<(), Unread> {
        let (job, control) = (self.job, self.control);
        let (index, start, end) = job.locate(range);
        let plan = &job.files[index];
        let dest = &job.dests[plan.dest as usize];
        let limit = job.spec.max_rows.unwrap_or(u64::MAX);
        let first = range == plan.first_range;

        if !first
            && let Some(before) = control.totals(range - 1)
            && before.file_rows >= limit
        {
            return self.settle(range, before, end - start, 0);
        }
        self.open(index)?;
        self.prepare(dest.columns)?;
        let source = &self.source.as_ref().expect("opened above").1;
        self.text
            .read(source, plan, (start, end), &|| !control.unwanted(range))?;
        source.unchanged(plan)?;

        let bad = self.text.invalid();
        let lines = self.text.lines();
        let good = lines.start..bad.map_or(lines.end, |(_, line)| line);
        let kernel = &self.kernel.as_ref().expect("prepared above").1;
        let count = if good.is_empty() {
            sharray_text::Count { rows: 0, lines: 0 }
        } else {
            kernel.count(self.text.input(good.clone()))
        };

        let base = self.base(range, index)?;
        let wanted = count.rows.min(limit.saturating_sub(base.file_rows));
        if let Some((byte, _)) = bad
            && base.file_rows + count.rows < limit
        {
            // Rows before the line are parsed first: one of them may hold the first error.
            self.parse(range, base, good, wanted)?;
            let found = self.text.bytes(byte..byte + 1)[0];
            let line = base.file_lines + count.lines + 1;
            return Err(
                Failure::encoding(&plan.label, line, self.text.file_byte(byte), found).into(),
            );
        }
        let totals = Totals {
            file_rows: base.file_rows + count.rows,
            file_lines: base.file_lines + count.lines,
            dest_rows: base.dest_rows + wanted,
        };
        if !control.publish(range, totals) {
            return Err(Failure::changed(
                &plan.label,
                "it was written to while it was read".to_string(),
            )
            .into());
        }
        self.parse(range, base, good, wanted)?;
        control.finish(range, end - start, wanted);
        Ok(())
    }

    /// Ends a range that adds nothing.
    fn settle(&self, range: u32, totals: Totals, bytes: u64, rows: u64) -> Result<(), Unread> {
        self.control.publish(range, totals);
        self.control.finish(range, bytes, rows);
        Ok(())
    }

    /// The totals before a range: those of the range before it, as far as both belong together.
    fn base(&self, range: u32, index: usize) -> Result<Totals, Unread> {
        let plan = &self.job.files[index];
        let dest = &self.job.dests[plan.dest as usize];
        let before = if range == dest.first_range {
            Totals::default()
        } else {
            self.control.wait_before(range).ok_or(Unread::Unwanted)?
        };
        if range == plan.first_range {
            return Ok(Totals {
                file_rows: 0,
                file_lines: plan.lines_before,
                dest_rows: before.dest_rows,
            });
        }
        Ok(before)
    }

    fn open(&mut self, index: usize) -> Result<(), Failure> {
        if self.source.as_ref().is_none_or(|(open, _)| *open != index) {
            self.source = Some((index, Source::open(&self.job.files[index])?));
        }
        Ok(())
    }

    fn prepare(&mut self, columns: usize) -> Result<(), Failure> {
        if self
            .kernel
            .as_ref()
            .is_none_or(|(made, _)| *made != columns)
        {
            self.kernel = Some((columns, self.job.spec.kernel(columns)?));
        }
        Ok(())
    }

    /// Parses `rows` rows of the text and writes them to their place.
    fn parse(
        &mut self,
        range: u32,
        base: Totals,
        part: std::ops::Range<usize>,
        rows: u64,
    ) -> Result<(), Unread> {
        let (index, ..) = self.job.locate(range);
        let plan = &self.job.files[index];
        let size = self.job.dests[plan.dest as usize].row_size;
        let dest = &self.dests[plan.dest as usize];
        let kernel = &self.kernel.as_ref().expect("prepared by the caller").1;
        let batch = (SCRATCH as u64 / size.max(1)).max(1);
        let room = (batch.min(rows) * size) as usize;
        if self.scratch.len() < room {
            self.scratch.resize(room, 0);
        }
        let (mut at, mut done) = (part.start, 0);
        while done < rows {
            if self.control.unwanted(range) {
                return Err(Unread::Unwanted);
            }
            let out = &mut self.scratch[..(batch.min(rows - done) * size) as usize];
            let parsed = kernel
                .parse(self.text.input(at..part.end), out)
                .map_err(|bad| {
                    let line = at + bad.byte;
                    let before = if line > part.start {
                        kernel.count(self.text.input(part.start..line)).lines
                    } else {
                        0
                    };
                    let input = self.text.bytes(at..part.end);
                    Failure::row(
                        &self.job.spec,
                        plan,
                        base.file_lines + before + 1,
                        &bad,
                        input,
                    )
                })?;
            assert!(
                parsed.rows > 0,
                "the kernel parses as many rows as it counts"
            );
            let bytes = parsed.rows as u64 * size;
            let place = dest.offset + (base.dest_rows + done) * size;
            self.look_at_space((place + bytes).saturating_sub(place.max(dest.present)))?;
            dest.file
                .write_all_at(&self.scratch[..bytes as usize], place)
                .map_err(|error| Failure::store(&error, bytes))?;
            done += parsed.rows as u64;
            at += parsed.consumed;
            self.control.advance(range, (at - part.start) as u64, done);
        }
        Ok(())
    }

    fn look_at_space(&self, bytes: u64) -> Result<(), Failure> {
        if bytes == 0 {
            return Ok(());
        }
        let before = self.control.count_written(bytes);
        if before == 0 || before / LOOK_AGAIN != (before + bytes) / LOOK_AGAIN {
            // Until the next look everybody together writes no more than this.
            let possible = self.job.largest().saturating_sub(before);
            (self.space)(LOOK_AGAIN.min(possible))
                .map_err(|(message, details)| Failure::space(message, details))?;
        }
        Ok(())
    }
}
