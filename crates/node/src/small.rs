//! A load of a small file in one call: the same steps, one behind the other, without a promise between them.

use std::sync::Arc;

use napi::Result;
use napi_derive::napi;
use serde_json::Value;
use sharray_load::Spec;

use crate::error::fail;
use crate::load_memory::{destination, own_setting};
use crate::load_threads::{bug, caught, failed, read, run_all, spelt};
use crate::memory::NativeBlock;

/// No block is larger.
const LARGEST: u64 = 1 << 52;

/// A small file that was loaded.
#[napi(object, object_from_js = false)]
pub struct SmallLoad {
    /// Cut to its rows; their heading is still to be written.
    pub block: NativeBlock,
    /// Where the first row lies in it.
    pub heading: u32,
    pub rows: f64,
    pub columns: u32,
    /// What was told beside rows, as JSON; none: nothing.
    pub notes: Option<String>,
}

/// How tables are read, ready for use.
#[napi]
pub struct NativeSpec {
    spec: Spec,
}

#[napi]
impl NativeSpec {
    /// From JSON.
    #[napi(constructor)]
    pub fn new(spec: String) -> Result<NativeSpec> {
        let spec = read(&spec, "specification")?;
        Ok(NativeSpec { spec })
    }
}

/// Loads a regular file of plain text that is short enough for one range; null for any other one. `headings`: bytes before the first row,
/// by how many digits the number of columns has; one figure where it does not matter.
#[napi]
pub fn load_small(
    spec: &NativeSpec,
    path: String,
    headings: Vec<u32>,
) -> Result<Option<SmallLoad>> {
    caught(|| load(spec.spec.clone(), &path, &headings))
}

fn load(spec: Spec, path: &str, headings: &[u32]) -> Result<Option<SmallLoad>> {
    let Some(job) = sharray_load::plan_small(spec, path, path).map_err(failed)? else {
        return Ok(None);
    };
    let table = &job.dests[0];
    let (columns, row_size) = (table.columns, table.row_size);
    let digits = columns.max(1).ilog10() as usize;
    let heading = match headings {
        [only] => Some(only),
        several => several.get(digits),
    };
    let Some(&heading) = heading else {
        return Ok(None);
    };
    let offset = u64::from(heading);
    let most = table.bound.saturating_mul(row_size).min(LARGEST);
    let block = NativeBlock::create((offset + most) as i64, false)?;
    let setting = own_setting(
        Arc::new(job),
        Some(destination(&block, offset)?),
        Vec::new(),
    );
    if let Some(error) = run_all(&setting, 0, 1, sharray_load::run) {
        return Err(thrown(&error));
    }
    let rows = match setting.job.ranges {
        0 => 0,
        ranges => {
            let totals = setting.control.totals(ranges - 1);
            totals
                .ok_or_else(|| bug("a table is not complete"))?
                .dest_rows
        }
    };
    let notes = sharray_load::notes(&setting.job, &setting.control, &setting.notes)
        .map_err(|error| bug(&format!("notes cannot be read: {error}")))?;
    block.cut((offset + rows * row_size) as i64)?;
    Ok(Some(SmallLoad {
        block,
        heading,
        rows: rows as f64,
        columns: columns as u32,
        notes: (!notes.is_empty()).then(|| spelt(&notes)).transpose()?,
    }))
}

/// The failure of a range, as an error of its own.
fn thrown(error: &Value) -> napi::Error {
    let text = |key: &str| error[key].as_str().unwrap_or_default();
    fail(text("code"), text("message"), error["details"].clone())
}
