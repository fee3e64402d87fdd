//! A thread of our own for each open file: its work is done in the order in which it was asked for, and neither the
//! event loop nor libuv's pool ever waits for a disk.

use std::sync::mpsc::{Sender, channel};

use crate::error::Error;

type Job<T> = Box<dyn FnOnce(&mut T) + Send>;

/// A thread that owns a `T` and works on it. Dropping the strand lets it finish what was asked for, then drops the `T`.
pub struct Strand<T> {
    jobs: Sender<Job<T>>,
}

impl<T: 'static> Strand<T> {
    /// Starts the thread and makes the `T` on it; `ready` gets the outcome, on that thread.
    pub fn start<E: From<Error> + 'static>(
        make: impl FnOnce() -> Result<T, E> + Send + 'static,
        ready: impl FnOnce(Result<Strand<T>, E>) + Send + 'static,
    ) {
        let (jobs, queue) = channel::<Job<T>>();
        let strand = Strand { jobs };
        // Shared so that `ready` is called exactly once whether or not there is a thread.
        let ready = std::sync::Arc::new(std::sync::Mutex::new(Some(ready)));
        let on_thread = ready.clone();
        let take = |slot: &std::sync::Mutex<Option<_>>| {
            slot.lock().unwrap_or_else(|e| e.into_inner()).take()
        };
        let run = move || {
            block_file_size_signal();
            let made = make();
            let Some(ready) = take(&on_thread) else {
                return;
            };
            match made {
                Err(error) => ready(Err(error)),
                Ok(mut owned) => {
                    ready(Ok(strand));
                    for job in queue {
                        job(&mut owned);
                    }
                }
            }
        };
        if let Err(error) = std::thread::Builder::new()
            .name("sharray-file".into())
            .spawn(run)
            && let Some(ready) = take(&ready)
        {
            ready(Err(Error::io("cannot start a thread", &error).into()));
        }
    }

    /// Queues work. It is dropped unrun when the thread is gone, which only a panic in earlier work can cause.
    pub fn run(&self, job: impl FnOnce(&mut T) + Send + 'static) {
        // The receiver lives as long as this sender; what a dead thread leaves behind reports itself by being dropped.
        drop(self.jobs.send(Box::new(job)));
    }
}

/// A write past the limit of RLIMIT_FSIZE shall fail with an error that can be told, not kill the process.
#[allow(unsafe_code)]
pub(crate) fn block_file_size_signal() {
    // SAFETY: a local set, initialised before it is used; only this thread's mask changes.
    unsafe {
        let mut set = std::mem::zeroed();
        libc::sigemptyset(&raw mut set);
        libc::sigaddset(&raw mut set, libc::SIGXFSZ);
        libc::pthread_sigmask(libc::SIG_BLOCK, &raw const set, std::ptr::null_mut());
    }
}
