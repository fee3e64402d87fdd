//! What a load does on threads, and what comes of it.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Mutex, PoisonError};

use napi::bindgen_prelude::{Either, Object, ToNapiValue};
use napi::{Env, Result};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sharray_load::{Failure, RunError, Setting, SpaceCheck};

use crate::error::fail;

pub(crate) fn failed(failure: Failure) -> napi::Error {
    fail(failure.code, failure.message, failure.details)
}

pub(crate) fn bug(what: &str) -> napi::Error {
    fail(
        "INTERNAL_ERROR",
        format!("{what}; this is a bug in sharray"),
        json!({}),
    )
}

fn panicked(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("a panic")
        .to_string()
}

pub(crate) fn read<'a, T: Deserialize<'a>>(text: &'a str, what: &str) -> Result<T> {
    serde_json::from_str(text)
        .map_err(|error| bug(&format!("the {what} of a load cannot be read: {error}")))
}

/// Runs something that may take long, or wait, on a thread of its own.
pub(crate) fn on_thread(name: &str, work: impl FnOnce() + Send + 'static) -> Result<()> {
    let spawned = std::thread::Builder::new()
        .name(format!("sharray-{name}"))
        .spawn(work);
    spawned.map(|_| ()).map_err(|error| {
        fail(
            "NO_SPACE",
            format!("cannot start a thread: {error}"),
            json!({}),
        )
    })
}

pub(crate) fn spelt(value: &impl Serialize) -> Result<String> {
    serde_json::to_string(value).map_err(|error| bug(&format!("a plan cannot be spelt: {error}")))
}

/// What `work` makes; of a panic an error.
pub(crate) fn caught<T>(work: impl FnOnce() -> Result<T>) -> Result<T> {
    let made = catch_unwind(AssertUnwindSafe(work));
    made.unwrap_or_else(|panic| Err(bug(&panicked(&*panic))))
}

/// A value at once, or a promise of it.
pub(crate) type Soon<'env, T> = Either<T, Object<'env>>;

/// What `work` makes: at once, on this thread, where that takes less time than starting another one, `here`; else a promise of it.
pub(crate) fn here_or_on_thread<'env, T: ToNapiValue + Send + 'static>(
    env: &'env Env,
    here: bool,
    name: &str,
    work: impl FnOnce() -> Result<T> + Send + 'static,
) -> Result<Soon<'env, T>> {
    if here {
        return caught(work).map(Either::A);
    }
    let (deferred, promise) = env.create_deferred()?;
    on_thread(name, move || match caught(work) {
        Ok(value) => deferred.resolve(move |_| Ok(value)),
        Err(error) => deferred.reject(error),
    })?;
    Ok(Either::B(promise))
}

fn space(bytes: u64) -> std::result::Result<(), (String, Value)> {
    sharray_memory::check_space_for(bytes, "the rows of a table").map_err(|error| {
        let details = crate::memory::error_details(&error);
        (error.to_string(), details)
    })
}

/// Takes ranges until none is left.
pub(crate) type Work = fn(&Setting, u32, SpaceCheck<'_>) -> std::result::Result<(), RunError>;

pub(crate) fn run_all(shared: &Setting, owner: u32, threads: u32, work: Work) -> Option<Value> {
    let errors = Mutex::new(Vec::new());
    let one = &|owner: u32| {
        let run = || work(shared, owner, &space);
        let error = match catch_unwind(AssertUnwindSafe(run)) {
            Ok(Ok(())) => return,
            Ok(Err(RunError {
                range,
                failure:
                    Failure {
                        code,
                        message,
                        details,
                    },
            })) => {
                json!({ "range": range, "code": code, "message": message, "details": details })
            }
            Err(panic) => {
                shared.control.abort();
                let message = format!("{}; this is a bug in sharray", panicked(&*panic));
                json!({ "range": 0, "code": "INTERNAL_ERROR", "message": message, "details": {} })
            }
        };
        errors
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(error);
    };
    std::thread::scope(|scope| {
        for index in 1..threads {
            // Where no further thread can be started, those that run do its part.
            let name = format!("sharray-load-{index}");
            let _ = std::thread::Builder::new()
                .name(name)
                .spawn_scoped(scope, move || one(owner + index));
        }
        one(owner);
    });
    let errors = errors.into_inner().unwrap_or_else(PoisonError::into_inner);
    errors
        .into_iter()
        .min_by_key(|error| error["range"].as_u64())
}
