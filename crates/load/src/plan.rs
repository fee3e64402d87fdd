//! Planning: every input is opened, its first row parsed, and all of them are cut into ranges, before any work is done.

use std::fs::File;
use std::os::unix::fs::{FileExt, MetadataExt};

use serde::Deserialize;
use sharray_text::Kernel;

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
#[derive(Clone, Debug, Deserialize)]
pub struct InputFile {
    /// Where it is opened.
    pub path: String,
    /// For messages.
    pub label: String,
}

/// Looks at every input and cuts them into ranges for so many workers. `range_bytes` overrides the size of a range (for tests).
pub fn plan(
    spec: Spec,
    inputs: &[InputFile],
    workers: u32,
    range_bytes: Option<u64>,
) -> Result<Job, Failure> {
    let counter = spec.counter()?;
    let mut files = Vec::with_capacity(inputs.len());
    let mut heads = Vec::with_capacity(inputs.len());
    for input in inputs {
        let (file, meta) = open_regular(&input.path, &input.label)?;
        refuse_compressed(&file, &input.label)?;
        let mut plan = FilePlan {
            path: input.path.clone(),
            label: input.label.clone(),
            dev: meta.dev(),
            ino: meta.ino(),
            size: meta.size(),
            mtime: mtime(&meta),
            start: 0,
            lines_before: 0,
            first_range: 0,
            ranges: 0,
            dest: if spec.concat { 0 } else { files.len() as u32 },
        };
        let mut reader = Reader {
            file,
            size: meta.size(),
            at: 0,
            line: 0,
            buf: Vec::new(),
            from: 0,
        };
        reader.skip(&plan, spec.skiprows)?;
        (plan.start, plan.lines_before) = (reader.at, reader.line);
        heads.push(if spec.max_rows == Some(0) {
            First::None
        } else {
            reader.first_row(&plan, &counter)?
        });
        files.push(plan);
    }
    let job = cut(spec, files, &heads, workers, range_bytes);
    for (plan, first) in job.files.iter().zip(heads) {
        match first {
            First::None => {}
            First::Row(head) => {
                head.check(&job.spec, plan, job.dests[plan.dest as usize].columns)?
            }
            First::Bad(failure) => return Err(failure),
        }
    }
    Ok(job)
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
        let row_size = (spec.itemsize * columns) as u64;
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

fn refuse_compressed(file: &File, label: &str) -> Result<(), Failure> {
    let mut head = [0; 10];
    let mut have = 0;
    while have < head.len() {
        match file.read_at(&mut head[have..], have as u64) {
            Ok(0) => break,
            Ok(n) => have += n,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => return Err(Failure::io(label, &error)),
        }
    }
    let head = &head[..have];
    let (what, tool) = if head.starts_with(b"\x1f\x8b") {
        ("compressed with gzip", "gzip -dk")
    } else if head.starts_with(b"BZh")
        && (head[4..].starts_with(b"1AY&SY") || head[4..].starts_with(b"\x17\x72\x45\x38\x50\x90"))
    {
        ("compressed with bzip2", "bzip2 -dk")
    } else if head.starts_with(b"\xfd7zXZ\0") {
        ("compressed with xz", "xz -dk")
    } else if head.starts_with(b"\x28\xb5\x2f\xfd") {
        ("compressed with zstd", "zstd -dk")
    } else {
        return Ok(());
    };
    Err(Failure::unsupported(
        label,
        what,
        &format!("decompress it first ({tool} {label})"),
    ))
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
        let mut out = vec![
            0;
            if spec.record {
                spec.itemsize
            } else {
                spec.itemsize * columns
            }
        ];
        if out.is_empty() {
            return Ok(());
        }
        let parsed = spec.kernel(columns)?.parse(
            sharray_text::Input::new(&self.padded, text.clone()),
            &mut out,
        );
        parsed
            .map(|_| ())
            .map_err(|bad| Failure::row(spec, plan, self.line, &bad, &self.padded[text]))
    }
}

/// Reads a file from its beginning, line by line.
struct Reader {
    file: File,
    size: u64,
    /// Where the next line begins in the file, and how many lines lie before it.
    at: u64,
    line: u64,
    /// Bytes of the file from `at` on are `buf[from..]`, as far as they were read.
    buf: Vec<u8>,
    from: usize,
}

impl Reader {
    /// The next line with its end; none at the end of the file.
    fn next_line(&mut self, plan: &FilePlan) -> Result<Option<std::ops::Range<usize>>, Failure> {
        let mut looked = 0;
        loop {
            let rest = self.buf.len() - self.from;
            let last = self.at + rest as u64 == self.size;
            if last && rest == 0 {
                return Ok(None);
            }
            if rest > looked {
                match next_start(&self.buf[self.from..], looked, last) {
                    Start::At(len) => {
                        let line = self.from..self.from + len;
                        self.from += len;
                        self.at += len as u64;
                        self.line += 1;
                        return Ok(Some(line));
                    }
                    // The last byte may be a carriage return that waits for the byte behind it.
                    Start::More => looked = rest - 1,
                }
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
        while self.line < lines && self.next_line(plan)?.is_some() {}
        Ok(())
    }

    /// The first line that is a row.
    fn first_row(&mut self, plan: &FilePlan, counter: &Kernel) -> Result<First, Failure> {
        let mut padded = Vec::new();
        loop {
            let begin = self.at;
            let Some(line) = self.next_line(plan)? else {
                return Ok(First::None);
            };
            padded.clear();
            padded.resize(PAD, 0);
            padded.extend_from_slice(&self.buf[line]);
            let text = PAD..padded.len();
            padded.resize(text.end + PAD, 0);
            if let Err(error) = std::str::from_utf8(&padded[text.clone()]) {
                let bad = error.valid_up_to();
                return Ok(First::Bad(Failure::encoding(
                    &plan.label,
                    self.line,
                    begin + bad as u64,
                    padded[text.start + bad],
                )));
            }
            if counter
                .count(sharray_text::Input::new(&padded, text.clone()))
                .rows
                > 0
            {
                let fields = counter.fields(&padded[text]);
                return Ok(First::Row(Head {
                    padded,
                    fields,
                    line: self.line,
                }));
            }
        }
    }
}
