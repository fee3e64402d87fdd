//! How work on threads of sharray's own ends: with a value or an error, of which each settles a promise; never with a panic.

use std::panic::{AssertUnwindSafe, catch_unwind};

use napi::bindgen_prelude::ToNapiValue;
use napi::{Env, JsDeferred, Result};

/// What a promise is resolved by.
pub(crate) type Make<T> = Box<dyn FnOnce(Env) -> Result<T> + Send>;

/// An error of one of the crates beneath.
pub(crate) trait Failure {
    /// One of that code.
    fn new(code: &'static str, message: &str) -> Self;
    /// What JavaScript is thrown.
    fn thrown(self) -> napi::Error;
}

/// Ends whatever `work` does as a result: a panic must not leave a promise open for ever.
pub(crate) fn guarded<T, E: Failure>(
    work: impl FnOnce() -> std::result::Result<T, E>,
) -> std::result::Result<T, E> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| {
        Err(E::new(
            "INTERNAL_ERROR",
            "the native part of sharray failed in a way that it should not; please report it",
        ))
    })
}

/// Settles a promise.
pub(crate) fn settle<T: ToNapiValue + Send + 'static, E: Failure>(
    deferred: JsDeferred<T, Make<T>>,
    outcome: std::result::Result<T, E>,
) {
    match outcome {
        Ok(value) => deferred.resolve(Box::new(move |_| Ok(value))),
        Err(error) => deferred.reject(error.thrown()),
    }
}
