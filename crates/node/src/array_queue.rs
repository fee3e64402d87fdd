//! Bulk work that nobody waits for: as many jobs at once as threads are granted, in the order in which they came.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Mutex, MutexGuard, PoisonError};

use napi::bindgen_prelude::{Object, ToNapiValue, TypeName};
use napi::{Env, Result};
use serde_json::json;

use crate::error::fail;
use crate::memory::on_a_thread;

type Job = Box<dyn FnOnce() + Send>;

struct Queue {
    waiting: VecDeque<Job>,
    threads: usize,
}

static QUEUE: Mutex<Queue> = Mutex::new(Queue {
    waiting: VecDeque::new(),
    threads: 0,
});

fn queue() -> MutexGuard<'static, Queue> {
    QUEUE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Works until nothing waits.
fn drain() {
    loop {
        let mut queue = queue();
        let Some(job) = queue.waiting.pop_front() else {
            queue.threads -= 1;
            return;
        };
        drop(queue);
        job();
    }
}

fn submit(job: Job) -> Result<()> {
    let mut queue = queue();
    if queue.threads < sharray_array::granted() {
        match on_a_thread("sharray-bulk", drain) {
            Ok(()) => queue.threads += 1,
            // Those at work come to it.
            Err(_) if queue.threads > 0 => {}
            Err(error) => return Err(error),
        }
    }
    queue.waiting.push_back(job);
    Ok(())
}

/// A promise of what `work` gives.
pub(crate) fn promise<'env, T>(
    env: &'env Env,
    work: impl FnOnce() -> Result<T> + Send + 'static,
) -> Result<Object<'env>>
where
    T: ToNapiValue + TypeName + Send + 'static,
{
    let (deferred, promise) = env.create_deferred()?;
    submit(Box::new(move || {
        // A panic must not leave a promise open for ever.
        let outcome = catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| {
            Err(fail(
                "INTERNAL_ERROR",
                "bulk work failed in a way that it should not; please report it",
                json!({}),
            ))
        });
        match outcome {
            Ok(value) => deferred.resolve(move |_| Ok(value)),
            Err(error) => deferred.reject(error),
        }
    }))?;
    Ok(promise)
}
