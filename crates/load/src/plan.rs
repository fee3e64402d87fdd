//! Planning: every input is opened, its first row parsed, and all of them are cut into ranges, before any work is done.

use std::sync::{Arc, Mutex};

use serde::Deserialize;
use sharray_decode::Format;
use sharray_text::Kernel;

use crate::blocks::BEGINNING;
use crate::failure::Failure;
use crate::first::{First, MARK, Reader};
use crate::job::{Dest, FilePlan, Job, MOST_RANGES, Packing, Ready, Spec};
use crate::source::{Bytes, Source, open_found, open_regular};
use crate::spool::Spool;

/// Bounds of a range's size in bytes. Small ones let all workers share a small input; large ones do not leave the caches.
const LEAST_RANGE: u64 = 64 << 10;
const LARGEST_RANGE: u64 = 1 << 20;
/// So many ranges for each worker let all of them end at about the same time.
const RANGES_EACH: u64 = 8;

/// Of an input that comes but once nobody knows how long it is: mostly long enough for the largest ranges.
const USUAL: u64 = 1 << 30;

/// Bytes of this machine's memory.
fn memory() -> u64 {
    let info = rustix::system::sysinfo();
    info.totalram as u64 * u64::from(info.mem_unit)
}

/// An input as the caller names it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct InputFile {
    /// Where it is opened; none: it comes but once, by a spool.
    pub path: Option<String>,
    /// The number of that spool.
    pub spool: Option<u32>,
    /// The byte of the file at which a stream begins.
    pub from: u64,
    /// For messages.
    pub label: String,
    /// How its text lies in the file, as far as is known: blocks may turn out to be a stream.
    pub packing: Packing,
    /// The encoding of a stream; none: UTF-8.
    pub encoding: Option<String>,
    /// Bytes to pass over first: a byte-order mark.
    pub skip: u64,
    /// Whether all of what comes but once is read to know how long its text is; it is kept.
    pub whole: bool,
    /// Whether its first line names the columns; none: as the specification says.
    pub header: Option<bool>,
}

/// Looks at every input and cuts them into ranges for so many workers. `range_bytes` overrides the size of a range (for tests).
pub fn plan(
    spec: Spec,
    inputs: &[InputFile],
    spools: &[Arc<Spool>],
    workers: u32,
    range_bytes: Option<u64>,
) -> Result<Job, Failure> {
    // Whoever writes several pipes may end each of them before he begins the next.
    let wait = |own: Option<u32>| {
        let before = &spools[..own.map_or(0, |own| own as usize).min(spools.len())];
        before.iter().for_each(|spool| spool.relieve());
        true
    };
    let open = |input: &InputFile, plan: &mut FilePlan| match &input.path {
        Some(path) => {
            let opened = open_regular(path, &input.label)?;
            Ok((Source::first(opened, plan, LEAST_RANGE)?, input.skip))
        }
        None => {
            plan.packing = Packing::Stream;
            Ok((Source::open(plan, spools)?, 0))
        }
    };
    planned(spec, inputs, workers, range_bytes, (&open, &wait))
}

/// Plans the load of one file, called `label`, if it is a regular one of plain text that is short enough for one range; else none.
pub fn plan_small(spec: Spec, path: &str, label: &str) -> Result<Option<Job>, Failure> {
    let is_small = |found: std::fs::Metadata| found.is_file() && found.len() <= LEAST_RANGE;
    // What is wrong with the path is told by those who try again.
    if !std::fs::metadata(path).is_ok_and(is_small) {
        return Ok(None);
    }
    let input = InputFile {
        path: Some(path.to_string()),
        label: label.to_string(),
        ..InputFile::default()
    };
    let mut first = file_plan(&input, 0);
    let source = Source::first(open_found(path, label)?, &mut first, LEAST_RANGE)?;
    let Source::Held(text) = source else {
        return Ok(None);
    };
    let head = &text[..text.len().min(BEGINNING)];
    if Format::of(head) != Format::Plain {
        return Ok(None);
    }
    let skip = if head.starts_with(&MARK) {
        MARK.len()
    } else {
        0
    };
    let open = |_: &InputFile, plan: &mut FilePlan| {
        plan.clone_from(&first);
        Ok((Source::Held(text.clone()), skip as u64))
    };
    planned(spec, &[input], 1, None, (&open, &|_| true)).map(Some)
}

fn file_plan(input: &InputFile, dest: u32) -> FilePlan {
    FilePlan {
        path: input.path.clone(),
        spool: input.spool,
        from: input.from,
        label: input.label.clone(),
        header: None,
        failure: None,
        packing: input.packing,
        encoding: input.encoding.clone(),
        dev: 0,
        ino: 0,
        stored: 0,
        size: 0,
        most: 0,
        mtime: String::new(),
        start: 0,
        lines_before: 0,
        row_bytes: 0,
        first_range: 0,
        ranges: 0,
        dest,
        blocks: None,
    }
}

/// Opens an input, of which the plan learns what it is. The bytes of its text to pass over come with it.
type Open<'a> = &'a dyn Fn(&InputFile, &mut FilePlan) -> Result<(Source, u64), Failure>;

/// Asked while it is waited for that spool whether to go on.
type Wait<'a> = &'a dyn Fn(Option<u32>) -> bool;

fn planned(
    spec: Spec,
    inputs: &[InputFile],
    workers: u32,
    range_bytes: Option<u64>,
    how: (Open<'_>, Wait<'_>),
) -> Result<Job, Failure> {
    let counter = spec.counter()?;
    let mut ready = Ready::default();
    // Of many inputs the texts would take much memory. Where rows are only looked at, mostly no load follows.
    let hold = inputs.len() == 1 && !spec.profile;
    let mut files = Vec::with_capacity(inputs.len());
    let mut heads = Vec::with_capacity(inputs.len());
    for input in inputs {
        let dest = if spec.concat { 0 } else { files.len() as u32 };
        let mut plan = file_plan(input, dest);
        match look(&spec, input, how, &counter, &mut plan) {
            Ok((first, text)) => {
                ready.text = text.filter(|_| hold);
                if let First::Row(head) = &first {
                    plan.row_bytes = head.bytes();
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
    // What is read piece by piece is read anew, and held against what it was.
    ready.text = ready.text.filter(|_| job.ranges == 1);
    for (index, first) in heads.into_iter().enumerate() {
        let plan = &job.files[index];
        let checked = match first {
            First::None => Ok(()),
            First::Row(_) if !job.spec.throws() || job.spec.profile => Ok(()),
            First::Row(head) => {
                let columns = job.dests[plan.dest as usize].columns;
                head.check(&job.spec, plan, columns, &mut ready.kernel)
            }
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
    job.ready = Arc::new(Mutex::new(ready));
    Ok(job)
}

/// Opens one input, and finds its first row. With the text, where it is short enough for one range.
fn look(
    spec: &Spec,
    input: &InputFile,
    (open, wait): (Open<'_>, Wait<'_>),
    counter: &Kernel,
    plan: &mut FilePlan,
) -> Result<(First, Option<Bytes>), Failure> {
    let (source, skip) = open(input, plan)?;
    let wait = || wait(input.spool);
    let text = match &source {
        Source::Held(text) => Some(text.clone()),
        _ => None,
    };
    let mut reader = Reader::new(source, plan, skip, spec, &wait)?;
    reader.skip(plan, spec.skiprows)?;
    if input.header.unwrap_or(spec.header) {
        plan.header = reader.header(plan, spec, counter)?;
    }
    (plan.start, plan.lines_before) = reader.place();
    if spec.max_rows == Some(0) {
        return Ok((First::None, text));
    }
    let first = reader.first_row(plan, counter, spec.throws())?;
    reader.look_on(plan, input.whole);
    plan.size = reader.estimate(plan);
    plan.most = reader.most(plan);
    Ok((first, text))
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
    // Of a stream its own bytes count, whatever they become.
    let left = |(file, head): (&FilePlan, &First)| match (file.is_stream(), head) {
        (_, First::None) => 0,
        (true, _) => file.stored.saturating_sub(file.from),
        (false, _) => file.size - file.start,
    };
    let left: Vec<u64> = files.iter().zip(heads).map(left).collect();
    let total_bytes: u64 = left.iter().sum();
    let guessed: u64 = files
        .iter()
        .filter(|file| file.path.is_none())
        .map(|file| file.most.min(USUAL))
        .sum();
    let ample = (total_bytes + guessed) / (u64::from(workers.max(1)) * RANGES_EACH);
    let range_bytes = range_bytes
        .unwrap_or(ample.clamp(LEAST_RANGE, LARGEST_RANGE))
        .max(1);
    let mut ranges = 0;
    for ((file, head), left) in files.iter_mut().zip(heads).zip(left) {
        file.first_range = ranges;
        file.ranges = match (file.is_stream(), head) {
            (true, First::None) => 0,
            // One more, for damage behind the last whole row.
            (true, _) => file.most.div_ceil(range_bytes).min(MOST_RANGES.into()) as u32 + 1,
            (false, _) => left.div_ceil(range_bytes) as u32,
        };
        ranges += file.ranges;
    }
    let largest = memory();
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
        let row_size = spec.row_size(columns) as u64;
        // Of a stream also that they fit the machine.
        let fit = largest / row_size.max(1);
        let rows = |file: &FilePlan| match file.is_stream() {
            true => fit.min((file.most / least).saturating_add(1)),
            false => (file.size - file.start) / least + 1,
        };
        let bound = mine().map(|(_, file)| rows(file).min(limit)).sum();
        let first = mine().next().map_or(0, |(_, file)| file.first_range);
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
        ready: Arc::default(),
    }
}
