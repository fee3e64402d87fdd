//! Files, loads of them, and a naive reader to compare with.

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use sharray_load::{Column, Control, Destination, Failure, InputFile, Job, Kind, RunError, Spec};

/// The bytes of a table's records: a text of 3 bytes and an i4.
pub type Table = Vec<u8>;

/// Input files that go when this is dropped.
pub struct Files {
    folder: std::path::PathBuf,
    pub inputs: Vec<InputFile>,
}

impl Files {
    pub fn new(contents: &[Vec<u8>]) -> Files {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let unique = format!(
            "sharray-load-{}-{}",
            std::process::id(),
            NEXT.fetch_add(1, Ordering::Relaxed)
        );
        let folder = std::env::temp_dir().join(unique);
        std::fs::create_dir_all(&folder).unwrap();
        let input = |(index, bytes): (usize, &Vec<u8>)| {
            let path = folder.join(format!("file{index}"));
            std::fs::write(&path, bytes).unwrap();
            InputFile {
                path: path.to_str().unwrap().to_string(),
                label: format!("file{index}"),
            }
        };
        Files {
            inputs: contents.iter().enumerate().map(input).collect(),
            folder,
        }
    }
}

impl Drop for Files {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

pub fn spec(concat: bool) -> Spec {
    let column = |name: &str, kind, size, offset| Column {
        name: Some(name.to_string()),
        kind,
        size,
        offset,
        swap: false,
    };
    Spec {
        columns: vec![
            column("text", Kind::Bytes, 3, 0),
            column("number", Kind::Int, 4, 3),
        ],
        record: true,
        itemsize: 7,
        usecols: None,
        delimiter: None,
        comments: vec!["#".to_string()],
        skiprows: 0,
        max_rows: None,
        concat,
    }
}

pub fn destinations(job: &Job) -> Vec<Destination> {
    let flags = rustix::fs::MemfdFlags::CLOEXEC;
    let memory = || {
        Arc::new(File::from(
            rustix::fs::memfd_create("table", flags).unwrap(),
        ))
    };
    job.dests
        .iter()
        .map(|_| Destination {
            file: memory(),
            offset: 64,
            present: 0,
        })
        .collect()
}

pub fn run(
    job: &Job,
    control: &Control,
    dests: &[Destination],
    owner: u32,
) -> Result<(), RunError> {
    sharray_load::run(job, control, dests, owner, &|_| Ok(()))
}

/// Loads with threads; the failure of the lowest range is the load's.
pub fn load(job: &Job, threads: u32) -> Result<Vec<Table>, Failure> {
    let control = Control::heap(job.ranges);
    let dests = destinations(job);
    let errors: Vec<RunError> = std::thread::scope(|scope| {
        let runs: Vec<_> = (0..threads)
            .map(|owner| {
                scope.spawn({
                    let (control, dests) = (&control, &dests);
                    move || run(job, control, dests, owner)
                })
            })
            .collect();
        runs.into_iter()
            .filter_map(|run| run.join().unwrap().err())
            .collect()
    });
    if let Some(error) = errors.into_iter().min_by_key(|error| error.range) {
        return Err(error.failure);
    }
    assert!(control.wait_done(job.ranges));
    assert_eq!(control.progress(0, job.ranges).bytes, job.total_bytes);
    Ok(tables(job, &control, &dests))
}

/// What lies in the destinations.
pub fn tables(job: &Job, control: &Control, dests: &[Destination]) -> Vec<Table> {
    let table = |(index, dest): (usize, &Destination)| {
        let plan = &job.dests[index];
        let rows = match plan.ranges {
            0 => 0,
            ranges => {
                control
                    .totals(plan.first_range + ranges - 1)
                    .unwrap()
                    .dest_rows
            }
        };
        assert!(
            rows <= plan.bound,
            "{rows} rows, at most {} were thought possible",
            plan.bound
        );
        let size = rows * plan.row_size;
        assert!(dest.file.metadata().unwrap().len() <= dest.offset + size);
        let mut bytes = vec![0; size as usize];
        dest.file.read_exact_at(&mut bytes, dest.offset).unwrap();
        bytes
    };
    dests.iter().enumerate().map(table).collect()
}

/// The lines of a file, without their ends.
fn lines(bytes: &[u8]) -> Vec<&[u8]> {
    let mut lines = Vec::new();
    let mut from = 0;
    let mut at = 0;
    while at < bytes.len() {
        let end = match bytes[at] {
            b'\r' if bytes.get(at + 1) == Some(&b'\n') => 2,
            b'\r' | b'\n' => 1,
            _ => 0,
        };
        if end > 0 {
            lines.push(&bytes[from..at]);
            from = at + end;
        }
        at += end.max(1);
    }
    if from < bytes.len() {
        lines.push(&bytes[from..]);
    }
    lines
}

enum Line {
    Nothing,
    Row([u8; 7]),
    Bad,
}

fn read(line: &[u8]) -> Line {
    let Ok(text) = std::str::from_utf8(line) else {
        return Line::Bad;
    };
    let fields: Vec<&str> = text.split('#').next().unwrap().split_whitespace().collect();
    match fields[..] {
        [] => Line::Nothing,
        [text, number] if number.parse::<i32>().is_ok() => {
            let mut row = [0; 7];
            for (to, char) in row[..3].iter_mut().zip(text.chars()) {
                *to = u8::try_from(char as u32).unwrap();
            }
            row[3..].copy_from_slice(&number.parse::<i32>().unwrap().to_le_bytes());
            Line::Row(row)
        }
        _ => Line::Bad,
    }
}

/// The tables, or file and line of the error: first rows of all files are looked at before anything else is.
pub fn expected(contents: &[Vec<u8>], spec: &Spec) -> Result<Vec<Table>, (usize, u64)> {
    let limit = spec.max_rows.unwrap_or(u64::MAX) as usize;
    let mut tables = vec![Vec::new(); if spec.concat { 1 } else { contents.len() }];
    for only_first in [true, false] {
        for (file, bytes) in contents.iter().enumerate() {
            let mut rows = 0;
            for (index, line) in lines(bytes)
                .into_iter()
                .enumerate()
                .skip(spec.skiprows as usize)
            {
                if rows == limit || (only_first && rows == 1) {
                    break;
                }
                match read(line) {
                    Line::Nothing => {}
                    Line::Bad => return Err((file, index as u64 + 1)),
                    Line::Row(row) => {
                        rows += 1;
                        if !only_first {
                            tables[if spec.concat { 0 } else { file }].extend(row);
                        }
                    }
                }
            }
        }
    }
    Ok(tables)
}
