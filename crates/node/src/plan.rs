//! Plans of loads.

use std::sync::Arc;

use napi::bindgen_prelude::ClassInstance;
use napi::{Env, Result};
use napi_derive::napi;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sharray_load::{Dest, FilePlan, InputFile, Job, Packing, Spec};

use crate::load_threads::{Soon, failed, here_or_on_thread, read, spelt};
use crate::spool::{NativeSpool, spools_of};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Request {
    spec: Spec,
    inputs: Vec<InputFile>,
    workers: u32,
    /// Bytes of a range; by default what suits the inputs.
    #[serde(default)]
    range_bytes: Option<u64>,
}

/// A load whose inputs were opened and cut into ranges.
#[napi]
pub struct NativePlan {
    pub(crate) job: Arc<Job>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Told<'a> {
    tables: &'a [Dest],
    files: Vec<ToldFile<'a>>,
    ranges: u32,
    total_bytes: u64,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ToldFile<'a> {
    label: &'a str,
    size: u64,
    packing: Packing,
    dest: u32,
    ranges: u32,
    row_bytes: u64,
    header: &'a Option<Vec<String>>,
    failure: &'a Option<Value>,
}

impl<'a> ToldFile<'a> {
    fn of(file: &'a FilePlan) -> ToldFile<'a> {
        ToldFile {
            label: &file.label,
            size: file.size,
            packing: file.packing,
            dest: file.dest,
            ranges: file.ranges,
            row_bytes: file.row_bytes,
            header: &file.header,
            failure: &file.failure,
        }
    }
}

#[napi]
impl NativePlan {
    /// What its tables and its files are, as JSON.
    #[napi]
    pub fn told(&self) -> Result<String> {
        spelt(&Told {
            tables: &self.job.dests,
            files: self.job.files.iter().map(ToldFile::of).collect(),
            ranges: self.job.ranges,
            total_bytes: self.job.total_bytes,
        })
    }

    /// All of it, as JSON: what other processes need to work on it.
    #[napi]
    pub fn job(&self) -> Result<String> {
        spelt(&*self.job)
    }
}

/// Opens the inputs of a load and cuts them into ranges. Takes JSON; `spools`: inputs that come but once.
/// `here`: on this thread, as all of them are small.
#[napi(ts_return_type = "NativePlan | Promise<NativePlan>")]
pub fn plan_load<'env>(
    env: &'env Env,
    request: String,
    spools: Vec<ClassInstance<'_, NativeSpool>>,
    here: bool,
) -> Result<Soon<'env, NativePlan>> {
    let request: Request = read(&request, "request")?;
    let spools = spools_of(&spools);
    here_or_on_thread(env, here, "plan", move || {
        let Request {
            spec,
            inputs,
            workers,
            range_bytes,
        } = request;
        let job =
            sharray_load::plan(spec, &inputs, &spools, workers, range_bytes).map_err(failed)?;
        Ok(NativePlan { job: Arc::new(job) })
    })
}
