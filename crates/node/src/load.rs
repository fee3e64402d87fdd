//! Glue for the `load` crate: loads that threads of this process or several processes work on.

use std::cell::RefCell;
use std::sync::Arc;

use napi::bindgen_prelude::{ClassInstance, Object};
use napi::{Env, Result};
use napi_derive::napi;
use sharray_load::{Control, Job, Notebook, Packing, Rows, Setting, Streams};

use crate::load_memory::{destination, destinations, file_of, opened, own_setting, shared_control};
use crate::load_threads::{Soon, Work, bug, here_or_on_thread, on_thread, read, run_all, spelt};
use crate::memory::NativeBlock;
use crate::plan::NativePlan;
use crate::spool::{NativeSpool, spools_of};

/// How many threads can run at once: the scheduler's affinity and the quota of the control group counted in.
#[napi]
pub fn granted_threads() -> u32 {
    std::thread::available_parallelism().map_or(1, |count| count.get() as u32)
}

/// Bytes of the control block of a load with so many ranges.
#[napi]
pub fn load_control_size(ranges: u32) -> i64 {
    Control::size(ranges) as i64
}

/// How far a load has come.
#[napi(object)]
pub struct LoadProgress {
    pub bytes: f64,
    pub rows: f64,
}

/// A range that was taken back from a dead worker, and where it lies.
#[napi(object)]
pub struct ReopenedRange {
    pub range: u32,
    pub deaths: u32,
    pub file: String,
    pub start: f64,
    pub end: f64,
}

/// Bytes of text that are parsed in some microseconds.
const SMALL: u64 = 64 << 10;

/// A planned load with its control block and its destinations, until it is closed.
#[napi]
pub struct NativeLoad {
    shared: RefCell<Option<Arc<Setting>>>,
}

impl NativeLoad {
    fn over(setting: Setting) -> NativeLoad {
        NativeLoad {
            shared: RefCell::new(Some(Arc::new(setting))),
        }
    }

    /// Whether the whole load takes less time than starting a thread for it.
    fn is_small(&self) -> bool {
        let shared = self.shared.borrow();
        let is_small =
            |setting: &Arc<Setting>| setting.job.total_bytes <= SMALL && setting.job.ranges <= 1;
        shared.as_ref().is_some_and(is_small)
    }

    pub(crate) fn shared(&self) -> Result<Arc<Setting>> {
        self.shared
            .borrow()
            .clone()
            .ok_or_else(|| bug("a load is used after its end"))
    }
}

#[napi]
impl NativeLoad {
    /// A load that several processes work on, which have its plan as JSON. `control` is the block that they share; `fresh`: it is all
    /// zeros and is set up now. Table `i` goes to `blocks[places[i]]`, its first row to byte `offsets[i]` of it; there is place for
    /// `windows[i]` rows at a time (0: for all; -1: they go to the output, a file that is reached by a path and has a name for messages). `notes`: a sparse block for what is told beside rows; `spools` as the load was planned with
    /// them.
    #[allow(clippy::too_many_arguments)]
    #[napi(constructor)]
    pub fn new(
        job: String,
        control: ClassInstance<'_, NativeBlock>,
        fresh: bool,
        blocks: Vec<ClassInstance<'_, NativeBlock>>,
        places: Vec<u32>,
        offsets: Vec<i64>,
        windows: Vec<i64>,
        output: Option<Vec<String>>,
        notes: ClassInstance<'_, NativeBlock>,
        spools: Vec<ClassInstance<'_, NativeSpool>>,
    ) -> Result<NativeLoad> {
        let job: Job = read(&job, "plan")?;
        let tables = job.dests.len();
        if [places.len(), offsets.len(), windows.len()] != [tables; 3] {
            return Err(bug("a load has not as many destinations as tables"));
        }
        let control = shared_control(&control, job.ranges, fresh)?;
        let output = output.as_deref().map(opened).transpose()?;
        let file = output.as_ref().map(|(file, _)| file);
        let destinations = destinations(&blocks, &places, &offsets, &windows, file, fresh)?;
        let setting = Setting {
            streams: Streams::of(&job),
            job: Arc::new(job),
            control,
            dests: destinations,
            output: output.map(|(_, output)| output),
            spools: spools_of(&spools),
            notes: Notebook::shared(file_of(&notes)?.0),
        };
        Ok(NativeLoad::over(setting))
    }

    /// A load for threads of this process only. Its one table goes to `block`, its first row to byte `offset` of it; without a block
    /// rows are only looked at.
    #[napi(factory)]
    pub fn own(
        plan: &NativePlan,
        block: Option<ClassInstance<'_, NativeBlock>>,
        offset: i64,
        spools: Vec<ClassInstance<'_, NativeSpool>>,
    ) -> Result<NativeLoad> {
        let dest = block.map(|block| destination(&block, offset as u64));
        let setting = own_setting(plan.job.clone(), dest.transpose()?, spools_of(&spools));
        Ok(NativeLoad::over(setting))
    }

    /// Takes ranges on so many threads until none is left, but for those of streams. Gives null, or the failure of the lowest range as
    /// JSON. Owners `owner` to `owner + threads - 1` must be this run's alone.
    #[napi(ts_return_type = "string | null | Promise<string | null>")]
    pub fn run<'env>(
        &self,
        env: &'env Env,
        owner: u32,
        threads: u32,
    ) -> Result<Soon<'env, Option<String>>> {
        self.work(env, owner, threads, sharray_load::run)
    }

    /// The same for the ranges of streams; all of them are taken by this process.
    #[napi(ts_return_type = "string | null | Promise<string | null>")]
    pub fn unpack<'env>(
        &self,
        env: &'env Env,
        owner: u32,
        threads: u32,
    ) -> Result<Soon<'env, Option<String>>> {
        self.work(env, owner, threads, sharray_load::unpack)
    }

    fn work<'env>(
        &self,
        env: &'env Env,
        owner: u32,
        threads: u32,
        work: Work,
    ) -> Result<Soon<'env, Option<String>>> {
        let shared = self.shared()?;
        let here = self.is_small() && threads == 1;
        here_or_on_thread(env, here, "load", move || {
            // `shared` goes before it is told: whoever closes the load then has given up all of it.
            Ok(run_all(&shared, owner, threads, work).map(|error| error.to_string()))
        })
    }

    /// Ends the load: whoever works stops within 256 KiB of input, whoever waits wakes up.
    #[napi]
    pub fn abort(&self) {
        if let Ok(shared) = self.shared() {
            shared.control.abort();
        }
    }

    /// Gives up blocks and descriptors; work under way keeps its own.
    #[napi]
    pub fn close(&self) {
        self.shared.borrow_mut().take();
    }

    /// How far the ranges from `from` to before `to` are.
    #[napi]
    pub fn progress(&self, from: u32, to: u32) -> Result<LoadProgress> {
        let progress = self.shared()?.control.progress(from, to);
        Ok(LoadProgress {
            bytes: progress.bytes as f64,
            rows: progress.rows as f64,
        })
    }

    /// Resolves when all ranges before `end` are done (true), or the load failed or was aborted (false).
    #[napi(ts_return_type = "Promise<boolean>")]
    pub fn done<'env>(&self, env: &'env Env, end: u32) -> Result<Object<'env>> {
        let (deferred, promise) = env.create_deferred()?;
        let shared = self.shared()?;
        on_thread("watch", move || {
            let done = shared.control.wait_done(end);
            drop(shared);
            deferred.resolve(move |_| Ok(done));
        })?;
        Ok(promise)
    }

    /// Gives the memory of a table back, also while workers hold its block. Nobody may need its rows any more.
    #[napi(ts_return_type = "Promise<void>")]
    pub fn free<'env>(&self, env: &'env Env, table: u32) -> Result<Object<'env>> {
        let (deferred, promise) = env.create_deferred()?;
        let shared = self.shared()?;
        on_thread("free", move || {
            if let (Some(plan), Some(place)) = (
                shared.job.dests.get(table as usize),
                shared.dests.get(table as usize),
            ) {
                // What cannot be freed now is freed with the block.
                let rows = match place.rows {
                    Rows::All => plan.bound,
                    Rows::Window(rows) => rows.min(plan.bound),
                    Rows::Output => 0,
                };
                if rows > 0 {
                    let _ = place.free(rows.saturating_mul(plan.row_size));
                }
            }
            drop(shared);
            deferred.resolve(|_| Ok(()));
        })?;
        Ok(promise)
    }

    /// Rows of a table, once all its ranges are done.
    #[napi]
    pub fn rows(&self, table: u32) -> Result<f64> {
        let shared = self.shared()?;
        let Some(dest) = shared.job.dests.get(table as usize) else {
            return Err(bug("there is no such table"));
        };
        if dest.ranges == 0 {
            return Ok(0.0);
        }
        let last = dest.first_range + dest.ranges - 1;
        shared
            .control
            .totals(last)
            .map(|totals| totals.dest_rows as f64)
            .ok_or_else(|| bug("a table is not complete yet"))
    }

    /// Rows that a file gave, once all its ranges are done.
    #[napi]
    pub fn file_rows(&self, file: u32) -> Result<f64> {
        let shared = self.shared()?;
        let Some(plan) = shared.job.files.get(file as usize) else {
            return Err(bug("there is no such file"));
        };
        if plan.ranges == 0 {
            return Ok(0.0);
        }
        let totals = shared.control.totals(plan.first_range + plan.ranges - 1);
        let rows = totals
            .ok_or_else(|| bug("a file is not complete yet"))?
            .file_rows;
        Ok(shared.job.spec.max_rows.map_or(rows, |most| rows.min(most)) as f64)
    }

    /// Bytes of text that a file held, once all its ranges are done; of a stream those that were read.
    #[napi]
    pub fn text_bytes(&self, file: u32) -> Result<f64> {
        let shared = self.shared()?;
        let Some(plan) = shared.job.files.get(file as usize) else {
            return Err(bug("there is no such file"));
        };
        if plan.packing != Packing::Stream || plan.ranges == 0 {
            return Ok(plan.size as f64);
        }
        let totals = shared.control.totals(plan.first_range + plan.ranges - 1);
        let totals = totals.ok_or_else(|| bug("a file is not complete yet"))?;
        Ok(totals.next as f64)
    }

    /// Whether a file is left out, because it cannot be read to its end.
    #[napi]
    pub fn left_out(&self, file: u32) -> Result<bool> {
        let shared = self.shared()?;
        let plan = shared.job.files.get(file as usize);
        let plan = plan.ok_or_else(|| bug("there is no such file"))?;
        Ok(plan.failure.is_some() || plan.ranges > 0 && shared.control.spoiled(plan.first_range))
    }

    /// What was told beside rows, once all ranges are done, as JSON: texts that were cut by table and column, rows that were left
    /// out, what the columns could be, files that were left out.
    #[napi(ts_return_type = "string | Promise<string>")]
    pub fn notes<'env>(&self, env: &'env Env) -> Result<Soon<'env, String>> {
        let shared = self.shared()?;
        here_or_on_thread(env, self.is_small(), "notes", move || {
            let notes = sharray_load::notes(&shared.job, &shared.control, &shared.notes);
            let notes = notes.map_err(|error| bug(&format!("notes cannot be read: {error}")))?;
            spelt(&notes)
        })
    }

    /// Gives back the range that a dead worker had not finished.
    #[napi]
    pub fn reopen(&self, owner: u32) -> Result<Option<ReopenedRange>> {
        let shared = self.shared()?;
        let Some(back) = shared.control.reopen(owner) else {
            return Ok(None);
        };
        let (file, start, end) = shared.job.locate(back.range);
        let file = shared.job.files[file].label.clone();
        Ok(Some(ReopenedRange {
            range: back.range,
            deaths: back.deaths,
            file,
            start: start as f64,
            end: end as f64,
        }))
    }
}
