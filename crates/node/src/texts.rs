//! Fields of a text as texts, for values that JavaScript makes of them.

use std::sync::{Arc, Mutex, PoisonError};

use napi::bindgen_prelude::{ClassInstance, Object, Uint8Array};
use napi::{Env, Result};
use napi_derive::napi;
use serde_json::json;
use sharray_load::TextRows;

use crate::error::fail;
use crate::load::{failed, files_of, on_thread, read};
use crate::memory::NativeBlock;

/// The rows of one planned input, in order.
#[napi]
pub struct NativeTextRows {
    rows: Arc<Mutex<TextRows>>,
}

#[napi]
impl NativeTextRows {
    /// `job` and `spools` as `planLoad` has given and taken them.
    #[napi(constructor)]
    pub fn new(job: String, spools: Vec<ClassInstance<'_, NativeBlock>>) -> Result<NativeTextRows> {
        let rows = TextRows::new(read(&job, "plan")?, &files_of(&spools)?).map_err(failed)?;
        Ok(NativeTextRows {
            rows: Arc::new(Mutex::new(rows)),
        })
    }

    /// The next rows, so many at most, as JSON: `[[line, [field, ...]], ...]`; none at the end.
    #[napi(ts_return_type = "Promise<string>")]
    pub fn read<'env>(&self, env: &'env Env, most: u32) -> Result<Object<'env>> {
        let (deferred, promise) = env.create_deferred()?;
        let rows = self.rows.clone();
        on_thread("texts", move || {
            let read = rows
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .read(most as usize);
            drop(rows);
            match read {
                Ok(rows) => {
                    let rows: Vec<_> = rows
                        .iter()
                        .map(|row| json!([row.line, row.fields]))
                        .collect();
                    let text = json!(rows).to_string();
                    deferred.resolve(move |_| Ok(text));
                }
                Err(failure) => deferred.reject(failed(failure)),
            }
        })?;
        Ok(promise)
    }
}

/// A text as the item of a column (as JSON), as a table with just this field would be read.
#[napi]
pub fn parse_field(column: String, text: String) -> Result<Uint8Array> {
    match sharray_load::parse_field(&read(&column, "column")?, &text) {
        Ok(item) => Ok(item.into()),
        Err(expected) => Err(fail(
            "TEXT_BAD_VALUE",
            format!("{text:?} is not {expected}"),
            json!({ "expected": expected }),
        )),
    }
}
