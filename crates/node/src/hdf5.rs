//! Glue for the `hdf5` crate: every operation is queued on the file's own thread and settles a promise.

use std::cell::RefCell;
use std::sync::{Arc, Mutex};

use napi::bindgen_prelude::{Object, ToNapiValue, TypeName};
use napi::{Env, Result};
use napi_derive::napi;
use serde::{Deserialize, Serialize};
use serde_json::json;
use sharray_hdf5::{Axis, Error, File, Glance, Mode, Monitor, Options, Region, Spec, Strand};
use sharray_memory::Attachment;

use crate::error::fail;
use crate::memory::NativeBlock;
use crate::outcome::{Failure, Make, guarded, settle};

impl Failure for Error {
    fn new(code: &'static str, message: &str) -> Error {
        Error::new(code, message)
    }

    fn thrown(self) -> napi::Error {
        let message = self.to_string();
        let mut details = serde_json::Map::new();
        if let Some(file) = self.file {
            details.insert("file".into(), file.into());
        }
        if let Some(object) = self.object {
            details.insert("object".into(), object.into());
        }
        if !self.trace.is_empty() {
            details.insert("trace".into(), self.trace.into());
        }
        fail(self.code, message, details.into())
    }
}

pub(crate) fn parse<'a, T: Deserialize<'a>>(json: &'a str, what: &str) -> Result<T> {
    serde_json::from_str(json)
        .map_err(|error| fail("BAD_ARGUMENT", format!("{what}: {error}"), json!({})))
}

pub(crate) fn text<T: Serialize>(value: &T) -> sharray_hdf5::Result<String> {
    serde_json::to_string(value).map_err(|error| Error::new("IO_ERROR", error.to_string()))
}

/// The version of libhdf5, as `"1.14.6"`.
#[napi]
pub fn hdf5_version() -> String {
    let (a, b, c) = sharray_hdf5::version();
    format!("{a}.{b}.{c}")
}

/// For the end of the process: files changed in place can be read, hidden names are gone.
#[napi]
pub fn hdf5_exit() {
    sharray_hdf5::leave();
}

/// How far a long operation has come, and the way to end it.
#[napi]
#[derive(Default)]
pub struct NativeMonitor {
    monitor: Arc<Monitor>,
}

#[napi]
impl NativeMonitor {
    #[napi(constructor)]
    pub fn new() -> NativeMonitor {
        NativeMonitor::default()
    }

    pub(crate) fn monitor(&self) -> Arc<Monitor> {
        self.monitor.clone()
    }

    /// Bytes of data done so far.
    #[napi(getter)]
    pub fn bytes(&self) -> f64 {
        self.monitor.bytes() as f64
    }

    #[napi]
    pub fn abort(&self) {
        self.monitor.abort();
    }
}

/// Memory that an operation works on; it stays attached until the operation ends.
struct Memory {
    attachment: Arc<Attachment>,
    offset: u64,
}

impl Memory {
    fn of(block: &NativeBlock, offset: i64) -> Result<Memory> {
        Ok(Memory {
            attachment: block.attachment()?,
            offset: offset as u64,
        })
    }

    fn region(&self) -> Region<'_> {
        Region {
            fd: self.attachment.fd(),
            offset: self.offset,
        }
    }
}

/// An open file. Forgetting it closes it; a new one then never appears.
#[napi]
pub struct NativeFile {
    strand: RefCell<Option<Strand<Option<File>>>>,
    glance: Glance,
    is_new: bool,
    reach: Option<String>,
}

/// Opens a file on a thread of its own. `mode`: r, r+, w, x, a.
#[napi(ts_return_type = "Promise<NativeFile>")]
pub fn open_hdf5<'env>(
    env: &'env Env,
    path: String,
    mode: String,
    sync: bool,
    named: bool,
    placed: bool,
) -> Result<Object<'env>> {
    let mode = match mode.as_str() {
        "r+" => Mode::ReadWrite,
        "w" => Mode::Write,
        "x" => Mode::Exclusive,
        "a" => Mode::Append,
        _ => Mode::Read,
    };
    let (deferred, promise) = env.create_deferred::<NativeFile, Make<NativeFile>>()?;
    let about = Arc::new(Mutex::new(None));
    let tell = about.clone();
    let make = move || {
        guarded(|| -> sharray_hdf5::Result<_> {
            let options = Options {
                sync,
                named,
                placed,
            };
            let file = File::open(&path, mode, options)?;
            let found = (file.glance(), file.is_new(), file.reach());
            *tell.lock().unwrap_or_else(|e| e.into_inner()) = Some(found);
            Ok(Some(file))
        })
    };
    Strand::start(make, move |made| {
        let outcome = made.and_then(|strand| {
            let about = about.lock().unwrap_or_else(|e| e.into_inner()).take();
            let (glance, is_new, reach) = about.ok_or_else(closed)?;
            Ok(NativeFile {
                strand: RefCell::new(Some(strand)),
                glance,
                is_new,
                reach,
            })
        });
        settle(deferred, outcome);
    });
    Ok(promise)
}

impl NativeFile {
    /// Queues work on the file; its outcome settles the promise.
    pub(crate) fn queue<'env, T: ToNapiValue + TypeName + Send + 'static>(
        &self,
        env: &'env Env,
        work: impl FnOnce(&mut File) -> sharray_hdf5::Result<T> + Send + 'static,
    ) -> Result<Object<'env>> {
        self.queue_on(env, |slot| match slot {
            Some(file) => work(file),
            None => Err(closed()),
        })
    }

    fn queue_on<'env, T: ToNapiValue + TypeName + Send + 'static>(
        &self,
        env: &'env Env,
        work: impl FnOnce(&mut Option<File>) -> sharray_hdf5::Result<T> + Send + 'static,
    ) -> Result<Object<'env>> {
        let strand = self.strand.borrow();
        let strand = strand.as_ref().ok_or_else(|| closed().thrown())?;
        let (deferred, promise) = env.create_deferred::<T, Make<T>>()?;
        strand.run(move |slot| {
            let outcome = guarded(|| work(slot));
            settle(deferred, outcome);
        });
        Ok(promise)
    }
}

fn closed() -> Error {
    Error::new("CLOSED", "the file is closed")
}

#[napi]
impl NativeFile {
    /// Closes the file after what is queued; a new one appears under its name.
    #[napi(ts_return_type = "Promise<void>")]
    pub fn close<'env>(&self, env: &'env Env) -> Result<Object<'env>> {
        let promise = self.queue_on(env, |slot| slot.take().map_or(Ok(()), File::close));
        self.strand.borrow_mut().take();
        promise
    }

    /// Closes the file after what is queued; a new one never appears.
    #[napi(ts_return_type = "Promise<void>")]
    pub fn discard<'env>(&self, env: &'env Env) -> Result<Object<'env>> {
        let promise = self.queue_on(env, |slot| {
            if let Some(file) = slot.take() {
                file.discard();
            }
            Ok(())
        });
        self.strand.borrow_mut().take();
        promise
    }

    #[napi(ts_return_type = "Promise<string>")]
    pub fn tree<'env>(&self, env: &'env Env, most: u32) -> Result<Object<'env>> {
        self.queue(env, move |file| text(&file.tree(most as usize)?))
    }

    /// Whether the file appears under its name only when it is closed.
    #[napi(getter)]
    pub fn is_new(&self) -> bool {
        self.is_new
    }

    /// A path by which other processes of the same user can open the file; null: there is none.
    #[napi(getter)]
    pub fn reach(&self) -> Option<String> {
        self.reach.clone()
    }

    /// One object, at once: waits for no more than the piece of data that libhdf5 is just given.
    #[napi]
    pub fn look(&self, path: String) -> Result<String> {
        guarded(|| text(&self.glance.look(&path)?)).map_err(Failure::thrown)
    }

    #[napi(ts_return_type = "Promise<void>")]
    pub fn flush<'env>(&self, env: &'env Env) -> Result<Object<'env>> {
        self.queue(env, |file| file.flush())
    }

    #[napi(ts_return_type = "Promise<void>")]
    pub fn create_group<'env>(&self, env: &'env Env, path: String) -> Result<Object<'env>> {
        self.queue(env, move |file| file.create_group(&path))
    }

    #[napi(ts_return_type = "Promise<string>")]
    pub fn create_dataset<'env>(
        &self,
        env: &'env Env,
        path: String,
        spec: String,
        block: Option<&NativeBlock>,
        offset: i64,
        monitor: &NativeMonitor,
    ) -> Result<Object<'env>> {
        let spec: Spec = parse(&spec, "the description of the dataset")?;
        let memory = block.map(|block| Memory::of(block, offset)).transpose()?;
        let monitor = monitor.monitor.clone();
        self.queue(env, move |file| {
            let data = memory.as_ref().map(Memory::region);
            text(&file.create_dataset(&path, &spec, data, &monitor)?)
        })
    }

    #[napi(ts_return_type = "Promise<void>")]
    #[allow(clippy::too_many_arguments)]
    pub fn write_rows<'env>(
        &self,
        env: &'env Env,
        path: String,
        first: i64,
        rows: i64,
        block: &NativeBlock,
        offset: i64,
        monitor: &NativeMonitor,
    ) -> Result<Object<'env>> {
        let memory = Memory::of(block, offset)?;
        let monitor = monitor.monitor.clone();
        self.queue(env, move |file| {
            file.write_rows(&path, first as u64, rows as u64, memory.region(), &monitor)
        })
    }

    /// Writes a box: where it begins on each axis, and how far it goes.
    #[napi(ts_return_type = "Promise<void>")]
    #[allow(clippy::too_many_arguments)]
    pub fn write_box<'env>(
        &self,
        env: &'env Env,
        path: String,
        start: Vec<i64>,
        count: Vec<i64>,
        block: &NativeBlock,
        offset: i64,
        monitor: &NativeMonitor,
    ) -> Result<Object<'env>> {
        let axes: Vec<Axis> = start
            .iter()
            .zip(&count)
            .map(|(&start, &count)| Axis::part(start as u64, count as u64))
            .collect();
        let memory = Memory::of(block, offset)?;
        let monitor = monitor.monitor.clone();
        self.queue(env, move |file| {
            file.write_box(&path, &axes, memory.region(), &monitor)
        })
    }

    /// Takes a dataset out again whose data did not get in.
    #[napi(ts_return_type = "Promise<void>")]
    pub fn take_out<'env>(&self, env: &'env Env, path: String) -> Result<Object<'env>> {
        self.queue(env, move |file| file.take_out(&path))
    }

    /// Makes the first axis longer by so many rows, shorter by a negative number.
    #[napi(ts_return_type = "Promise<string>")]
    pub fn lengthen<'env>(&self, env: &'env Env, path: String, rows: i64) -> Result<Object<'env>> {
        self.queue(env, move |file| text(&file.lengthen(&path, rows)?))
    }

    #[napi(ts_return_type = "Promise<string>")]
    pub fn append<'env>(
        &self,
        env: &'env Env,
        path: String,
        rows: i64,
        block: &NativeBlock,
        offset: i64,
        monitor: &NativeMonitor,
    ) -> Result<Object<'env>> {
        let memory = Memory::of(block, offset)?;
        let monitor = monitor.monitor.clone();
        self.queue(env, move |file| {
            text(&file.append(&path, rows as u64, memory.region(), &monitor)?)
        })
    }

    /// The layout of what `read` with these fields gives.
    #[napi(ts_return_type = "Promise<string>")]
    pub fn element<'env>(
        &self,
        env: &'env Env,
        path: String,
        fields: Option<Vec<String>>,
    ) -> Result<Object<'env>> {
        self.queue(env, move |file| {
            text(&file.element(&path, fields.as_deref())?)
        })
    }

    #[napi(ts_return_type = "Promise<void>")]
    #[allow(clippy::too_many_arguments)]
    pub fn read<'env>(
        &self,
        env: &'env Env,
        path: String,
        axes: String,
        fields: Option<Vec<String>>,
        block: &NativeBlock,
        offset: i64,
        monitor: &NativeMonitor,
    ) -> Result<Object<'env>> {
        let axes: Vec<Axis> = parse(&axes, "the selection")?;
        let memory = Memory::of(block, offset)?;
        let monitor = monitor.monitor.clone();
        self.queue(env, move |file| {
            file.read(&path, &axes, fields.as_deref(), memory.region(), &monitor)
        })
    }
}
