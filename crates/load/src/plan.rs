//! Planning: every input is opened, its first row parsed, and all of them are cut into ranges, before any work is done.

use std::fs::File;
use std::ops::Range;
use std::os::unix::fs::{FileExt, MetadataExt};
use std::sync::Arc;

use serde::Deserialize;
use sharray_text::{Cuts, Kernel};

use crate::failure::Failure;
use crate::job::{Dest, FilePlan, Job, Spec};
use crate::lines::{Start, next_start};
use crate::source::{mtime, open_regular};

/// Bounds of a range's size in bytes. Small ones let all workers share a small input; large ones do not leave the caches.
const LEAST_RANGE: u64 = 64 << 10;
const LARGEST_RANGE: u64 = 4 << 20;
/// So many ranges for each worker let all of them end at about the same time.
const RANGES_EACH: u64 = 8;
/// Room for the kernel's wide loads around a line.
const PAD: usize = 64;
const STEP: usize = 64 << 10;

/// An input as the caller names it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct InputFile {
    /// Where it is opened; none: its text lies in a block, `spool`.
    pub path: Option<String>,
    /// The number of that block.
    pub spool: Option<u32>,
    /// Bytes of text in it.
    pub size: u64,
    /// For messages.
    pub label: String,
    /// Bytes to pass over first: a byte-order mark.
    pub skip: u64,
    /// Whether its first line names the columns; none: as the specification says.
    pub header: Option<bool>,
}

/// Looks at every input and cuts them into ranges for so many workers. `range_bytes` overrides the size of a range (for tests).
pub fn plan(
    spec: Spec,
    inputs: &[InputFile],
    spools: &[Arc<File>],
    workers: u32,
    range_bytes: Option<u64>,
) -> Result<Job, Failure> {
    let counter = spec.counter()?;
    let mut files = Vec::with_capacity(inputs.len());
    let mut heads = Vec::with_capacity(inputs.len());
    for input in inputs {
        let dest = if spec.concat { 0 } else { files.len() as u32 };
        let mut plan = FilePlan {
            path: input.path.clone(),
            spool: input.spool,
            label: input.label.clone(),
            header: None,
            failure: None,
            dev: 0,
            ino: 0,
            size: 0,
            mtime: String::new(),
            start: 0,
            lines_before: 0,
            row_bytes: 0,
            first_range: 0,
            ranges: 0,
            dest,
        };
        match look(&spec, input, spools, &counter, &mut plan) {
            Ok(first) => {
                if let First::Row(head) = &first {
                    plan.row_bytes = (head.padded.len() - 2 * PAD) as u64;
                }
                heads.push(first);
            }
            Err(failure) if spec.skip_files => {
                plan.failure = Some(failure.to_json());
                heads.push(First::None);
            }
            Err(failure) => return Err(failure),
        }
        files.push(plan);
    }
    let mut job = cut(spec, files, heads.as_slice(), workers, range_bytes);
    for (index, first) in heads.into_iter().enumerate() {
        let plan = &job.files[index];
        let checked = match first {
            First::None => Ok(()),
            First::Row(_) if !job.spec.throws() || job.spec.profile => Ok(()),
            First::Row(head) => head.check(&job.spec, plan, job.dests[plan.dest as usize].columns),
            First::Bad(_) if !job.spec.throws() => Ok(()),
            First::Bad(failure) => Err(failure),
        };
        match checked {
            Ok(()) => {}
            Err(failure) if job.spec.skip_files => {
                job.files[index].failure = Some(failure.to_json());
            }
            Err(failure) => return Err(failure),
        }
    }
    Ok(job)
}

/// Opens one input, and finds its first row.
fn look(
    spec: &Spec,
    input: &InputFile,
    spools: &[Arc<File>],
    counter: &Kernel,
    plan: &mut FilePlan,
) -> Result<First, Failure> {
    let file = match (&input.path, input.spool) {
        (Some(path), _) => {
            let (file, meta) = open_regular(path, &input.label)?;
            plan.dev = meta.dev();
            plan.ino = meta.ino();
            plan.size = meta.size();
            plan.mtime = mtime(&meta);
            Arc::new(file)
        }
        (None, spool) => {
            plan.size = input.size;
            let file = spool.and_then(|spool| spools.get(spool as usize));
            file.cloned()
                .ok_or_else(|| Failure::argument("an input has neither a path nor a block"))?
        }
    };
    let mut reader = Reader {
        file,
        size: plan.size,
        at: input.skip.min(plan.size),
        line: 0,
        quoted: spec.quoted(),
        items: spec.items,
        buf: Vec::new(),
        from: 0,
    };
    reader.skip(plan, spec.skiprows)?;
    if input.header.unwrap_or(spec.header) {
        plan.header = reader.header(plan, spec, counter)?;
    }
    (plan.start, plan.lines_before) = (reader.at, reader.line);
    if spec.max_rows == Some(0) {
        return Ok(First::None);
    }
    reader.first_row(plan, counter)
}

fn cut(
    spec: Spec,
    mut files: Vec<FilePlan>,
    heads: &[First],
    workers: u32,
    range_bytes: Option<u64>,
) -> Job {
    for (file, head) in files.iter_mut().zip(heads) {
        // Without a row, or with none wanted, nothing is left to be read.
        if matches!(head, First::None) {
            file.start = file.size;
        }
    }
    let total_bytes: u64 = files.iter().map(|file| file.size - file.start).sum();
    let ample = total_bytes / (u64::from(workers.max(1)) * RANGES_EACH);
    let range_bytes = range_bytes
        .unwrap_or(ample.clamp(LEAST_RANGE, LARGEST_RANGE))
        .max(1);
    let mut ranges = 0;
    for file in &mut files {
        file.first_range = ranges;
        file.ranges = (file.size - file.start).div_ceil(range_bytes) as u32;
        ranges += file.ranges;
    }
    let count = if spec.concat {
        files.len().min(1)
    } else {
        files.len()
    };
    let mut dests = Vec::with_capacity(count);
    for dest in 0..count as u32 {
        let mine = || {
            files
                .iter()
                .enumerate()
                .filter(move |(_, file)| file.dest == dest)
        };
        let columns = match (&spec.usecols, spec.record) {
            (_, true) => 1,
            (Some(usecols), false) => usecols.len(),
            // As in NumPy, the first row decides.
            (None, false) => mine()
                .find_map(|(index, _)| heads[index].fields())
                .unwrap_or(0),
        };
        let least = spec.least_row(columns);
        let limit = spec.max_rows.unwrap_or(u64::MAX);
        // One row more: the last line may lack its end.
        let bound = mine()
            .map(|(_, file)| ((file.size - file.start) / least + 1).min(limit))
            .sum();
        let first = mine().next().map_or(0, |(_, file)| file.first_range);
        let row_size = spec.row_size(columns) as u64;
        dests.push(Dest {
            first_range: first,
            ranges: mine().map(|(_, file)| file.ranges).sum(),
            columns,
            row_size,
            bound,
        });
    }
    Job {
        spec,
        files,
        dests,
        range_bytes,
        ranges,
        total_bytes,
    }
}

/// What the first line that is not blank holds.
enum First {
    /// There is no such line, or none is wanted.
    None,
    Row(Head),
    /// It is no text. Told when it is this file's turn: the first error in order is the load's.
    Bad(Failure),
}

impl First {
    fn fields(&self) -> Option<usize> {
        match self {
            First::Row(head) => Some(head.fields),
            _ => None,
        }
    }
}

/// A file's first row, padded for the kernel.
struct Head {
    padded: Vec<u8>,
    fields: usize,
    line: u64,
}

impl Head {
    /// Parses the row: what is wrong with a table is mostly wrong in its first row.
    fn check(&self, spec: &Spec, plan: &FilePlan, columns: usize) -> Result<(), Failure> {
        let text = PAD..self.padded.len() - PAD;
        let mut out = vec![0; spec.row_size(columns)];
        if out.is_empty() {
            return Ok(());
        }
        let input = sharray_text::Input::new(&self.padded, text.clone());
        let parsed = spec
            .kernel(columns)?
            .parse(input, &mut out, &mut Cuts::default());
        parsed
            .map(|_| ())
            .map_err(|bad| Failure::row(spec, plan, self.line, &bad, &self.padded[text]))
    }
}

/// Reads a file from its beginning, row by row.
struct Reader {
    file: Arc<File>,
    size: u64,
    /// Where the next line begins in the file, and how many lines lie before it.
    at: u64,
    line: u64,
    /// Rows may go on over several lines.
    quoted: bool,
    /// Lines are the items of a list.
    items: bool,
    /// Bytes of the file from `at` on are `buf[from..]`, as far as they were read.
    buf: Vec<u8>,
    from: usize,
}

impl Reader {
    fn is_last(&self) -> bool {
        self.at + (self.buf.len() - self.from) as u64 == self.size
    }

    fn take(&mut self, bytes: usize, lines: u64) -> Range<usize> {
        let taken = self.from..self.from + bytes;
        self.from += bytes;
        self.at += bytes as u64;
        self.line += lines;
        taken
    }

    /// The next line with its end; none at the end of the file.
    fn next_line(&mut self, plan: &FilePlan) -> Result<Option<Range<usize>>, Failure> {
        let mut looked = 0;
        loop {
            let (rest, last) = (self.buf.len() - self.from, self.is_last());
            if last && rest == 0 {
                return Ok(None);
            }
            if rest > looked && self.items {
                let text = &self.buf[self.from + looked..];
                match memchr::memchr(sharray_text::ITEM_END, text) {
                    Some(end) => return Ok(Some(self.take(looked + end + 1, 1))),
                    None if last => return Ok(Some(self.take(rest, 1))),
                    None => looked = rest,
                }
            } else if rest > looked {
                match next_start(&self.buf[self.from..], looked, last) {
                    Start::At(len) => return Ok(Some(self.take(len, 1))),
                    // The last byte may be a carriage return that waits for the byte behind it.
                    Start::More => looked = rest - 1,
                }
            }
            self.read_on(plan)?;
        }
    }

    /// The next line, or all lines that a row with quotes takes up.
    fn next_row(
        &mut self,
        plan: &FilePlan,
        counter: &Kernel,
    ) -> Result<Option<Range<usize>>, Failure> {
        if !self.quoted {
            return self.next_line(plan);
        }
        loop {
            let last = self.is_last();
            let rest = &self.buf[self.from..];
            if rest.is_empty() && last {
                return Ok(None);
            }
            let walk = counter.walk(rest, 1, last);
            if walk.complete && !rest.is_empty() {
                return Ok(Some(self.take(walk.next, walk.count.lines)));
            }
            self.read_on(plan)?;
        }
    }

    fn read_on(&mut self, plan: &FilePlan) -> Result<(), Failure> {
        self.buf.drain(..self.from);
        self.from = 0;
        let have = self.buf.len();
        let next = (self.size - self.at - have as u64).min(STEP.max(have) as u64) as usize;
        self.buf.resize(have + next, 0);
        self.file
            .read_exact_at(&mut self.buf[have..], self.at + have as u64)
            .map_err(|error| match error.kind() {
                std::io::ErrorKind::UnexpectedEof => {
                    Failure::changed(&plan.label, "it shrank while it was read".to_string())
                }
                _ => Failure::io(&plan.label, &error),
            })
    }

    /// Passes over lines. What they hold does not matter, not even whether it is text.
    fn skip(&mut self, plan: &FilePlan, lines: u64) -> Result<(), Failure> {
        for _ in 0..lines {
            if self.next_line(plan)?.is_none() {
                break;
            }
        }
        Ok(())
    }

    /// The next row's text; none at the end of the file, the failure where it is no text.
    fn text(
        &mut self,
        plan: &FilePlan,
        counter: &Kernel,
    ) -> Result<Option<Result<Range<usize>, Failure>>, Failure> {
        let (begin, line) = (self.at, self.line);
        let Some(row) = self.next_row(plan, counter)? else {
            return Ok(None);
        };
        let items = self.items;
        let checked = match std::str::from_utf8(&self.buf[row.clone()]) {
            Err(error) if !items => {
                let bad = error.valid_up_to();
                let found = self.buf[row.start + bad];
                let before = counter.walk(&self.buf[row.start..row.start + bad], bad, true);
                let line = line + before.count.lines.max(1);
                Err(Failure::encoding(
                    &plan.label,
                    line,
                    begin + bad as u64,
                    found,
                ))
            }
            _ => Ok(row),
        };
        Ok(Some(checked))
    }

    /// The names that the next row with fields has, a comment's mark before them left out; none where there is no such row.
    fn header(
        &mut self,
        plan: &FilePlan,
        spec: &Spec,
        counter: &Kernel,
    ) -> Result<Option<Vec<String>>, Failure> {
        while let Some(row) = self.text(plan, counter)? {
            let row = row?;
            let line = String::from_utf8_lossy(&self.buf[row]).into_owned();
            let mut names = line.as_str();
            for comment in &spec.comments {
                names = names
                    .trim_start()
                    .strip_prefix(comment.as_str())
                    .unwrap_or(names);
            }
            let fields = counter.fields(names.as_bytes());
            if !fields.is_empty() {
                let name = |field: &Vec<u8>| String::from_utf8_lossy(field).trim().to_string();
                return Ok(Some(fields.iter().map(name).collect()));
            }
        }
        Ok(None)
    }

    /// The first line that is a row.
    fn first_row(&mut self, plan: &FilePlan, counter: &Kernel) -> Result<First, Failure> {
        loop {
            let line = self.line;
            let row = match self.text(plan, counter)? {
                None => return Ok(First::None),
                Some(Err(failure)) => return Ok(First::Bad(failure)),
                Some(Ok(row)) => row,
            };
            let fields = counter.fields(&self.buf[row.clone()]).len();
            if fields > 0 {
                let mut padded = vec![0; PAD];
                padded.extend_from_slice(&self.buf[row]);
                padded.resize(padded.len() + PAD, 0);
                let line = line + 1;
                return Ok(First::Row(Head {
                    padded,
                    fields,
                    line,
                }));
            }
        }
    }
}
