//! Files, and loads of them.

pub mod expected;

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use sharray_load::{
    Column, Control, Delimiter, Destination, Failure, InputFile, Job, Kind, Notebook, Notes, Rows,
    RunError, Setting, Spec, Streams,
};

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
                path: Some(path.to_str().unwrap().to_string()),
                label: format!("file{index}"),
                ..InputFile::default()
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
        unit: None,
        fill: None,
    };
    Spec {
        columns: vec![
            column("text", Kind::Bytes, 3, 0),
            column("number", Kind::Int, 4, 3),
        ],
        record: true,
        itemsize: 7,
        usecols: None,
        delimiter: Delimiter::White(()),
        comments: vec!["#".to_string()],
        quote: None,
        items: false,
        na: Vec::new(),
        words: false,
        strict: false,
        skiprows: 0,
        header: false,
        max_rows: None,
        concat,
        rejects: None,
        skip_files: false,
        profile: false,
    }
}

pub fn memory() -> Arc<File> {
    let flags = rustix::fs::MemfdFlags::CLOEXEC;
    Arc::new(File::from(
        rustix::fs::memfd_create("table", flags).unwrap(),
    ))
}

/// A load that may begin.
pub fn setting(job: Job) -> Setting {
    let place = |_| Destination {
        file: memory(),
        offset: 64,
        present: 0,
        rows: Rows::All,
        mapped: None,
        page: 1,
    };
    Setting {
        control: Control::heap(job.ranges),
        dests: job.dests.iter().map(place).collect(),
        output: None,
        spools: Vec::new(),
        // Loads of the one and of the other tell the same.
        notes: match job.ranges % 2 {
            0 => Notebook::shared(memory()),
            _ => Notebook::own(),
        },
        streams: Streams::of(&job),
        job: Arc::new(job),
    }
}

pub fn run(setting: &Setting, owner: u32) -> Result<(), RunError> {
    sharray_load::run(setting, owner, &|_| Ok(()))
}

fn unpack(setting: &Setting, owner: u32) -> Result<(), RunError> {
    sharray_load::unpack(setting, owner, &|_| Ok(()))
}

/// Loads with threads; the failure of the lowest range is the load's.
pub fn load_all(job: Job, threads: u32) -> Result<(Vec<Table>, Notes), Failure> {
    load_setting(&setting(job), threads)
}

/// The same of one that may begin.
pub fn load_setting(setting: &Setting, threads: u32) -> Result<(Vec<Table>, Notes), Failure> {
    let errors: Vec<RunError> = std::thread::scope(|scope| {
        let runs: Vec<_> = (0..threads)
            .flat_map(|owner| {
                let unpacked = scope.spawn(move || unpack(setting, threads + owner));
                [scope.spawn(move || run(setting, owner)), unpacked]
            })
            .collect();
        runs.into_iter()
            .filter_map(|run| run.join().unwrap().err())
            .collect()
    });
    if let Some(error) = errors.into_iter().min_by_key(|error| error.range) {
        return Err(error.failure);
    }
    Ok(results(setting))
}

/// The tables of a load that has been run.
pub fn load(job: Job, threads: u32) -> Result<Vec<Table>, Failure> {
    load_all(job, threads).map(|(tables, _)| tables)
}

/// What a load has made, once it is done.
pub fn results(setting: &Setting) -> (Vec<Table>, Notes) {
    let Setting { job, control, .. } = setting;
    assert!(control.wait_done(job.ranges));
    let come: u64 = setting.spools.iter().map(|spool| spool.come()).sum();
    assert_eq!(
        control.progress(0, job.ranges).bytes,
        job.total_bytes + come
    );
    let notes = sharray_load::notes(job, control, &setting.notes).unwrap();
    (tables(setting), notes)
}

/// What lies in the destinations.
fn tables(setting: &Setting) -> Vec<Table> {
    let Setting { job, control, .. } = setting;
    let table = |(index, dest): (usize, &Destination)| {
        let plan = &job.dests[index];
        let left_out = !job.spec.concat && plan.ranges > 0 && control.spoiled(plan.first_range);
        if left_out || job.spec.profile {
            return Vec::new();
        }
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
        let length = dest.file.metadata().unwrap().len();
        assert!(dest.mapped.is_some() || length <= dest.offset + size);
        let mut bytes = vec![0; size as usize];
        dest.file.read_exact_at(&mut bytes, dest.offset).unwrap();
        bytes
    };
    setting.dests.iter().enumerate().map(table).collect()
}
