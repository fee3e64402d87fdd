//! Fields of a text as texts, for values that JavaScript makes of them.

use std::cell::RefCell;
use std::sync::{Arc, Mutex, PoisonError};

use napi::bindgen_prelude::{ClassInstance, Object, Uint8Array};
use napi::{Env, Result};
use napi_derive::napi;
use serde_json::json;
use sharray_load::TextRows;

use crate::error::fail;
use crate::load_threads::{bug, failed, on_thread, read};
use crate::spool::{NativeSpool, spools_of};

/// The rows of one planned input, in order.
#[napi]
pub struct NativeTextRows {
    rows: RefCell<Option<Arc<Mutex<TextRows>>>>,
}

#[napi]
impl NativeTextRows {
    /// `job` and `spools` as `planLoad` has given and taken them.
    #[napi(constructor)]
    pub fn new(job: String, spools: Vec<ClassInstance<'_, NativeSpool>>) -> Result<NativeTextRows> {
        let rows = TextRows::new(read(&job, "plan")?, &spools_of(&spools)).map_err(failed)?;
        Ok(NativeTextRows {
            rows: RefCell::new(Some(Arc::new(Mutex::new(rows)))),
        })
    }

    /// The next rows, so many at most, as JSON: `[[line, [field, ...]], ...]`; none at the end.
    #[napi(ts_return_type = "Promise<string>")]
    pub fn read<'env>(&self, env: &'env Env, most: u32) -> Result<Object<'env>> {
        let (deferred, promise) = env.create_deferred()?;
        let rows = self.rows.borrow().clone();
        let rows = rows.ok_or_else(|| bug("rows are read after their end"))?;
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

    /// Gives up its descriptor and its memory.
    #[napi]
    pub fn close(&self) {
        self.rows.borrow_mut().take();
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
