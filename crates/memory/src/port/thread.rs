//! The one thread of this process that reads and writes the channels without a loop of their own, tries again what no event
//! will announce, and ends a process that is stuck. Started by the first channel.

use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::sync::{Arc, Mutex, Weak};
use std::time::{Duration, Instant};

use rustix::event::epoll::EventFlags;
use rustix::event::{EventfdFlags, Timespec, eventfd};

use super::channel::Shared;
use super::hub::{Hub, NOBODY, Role, lock};
use super::packet::INLINE;

/// How long until a send is tried again that no event will announce.
const RETRY: Duration = Duration::from_millis(2);

pub(super) struct Thread {
    hub: Arc<Hub>,
    wake: OwnedFd,
    retries: Mutex<Vec<Weak<Shared>>>,
    exit_at: Mutex<Option<Instant>>,
}

static THREAD: Mutex<Option<&'static Thread>> = Mutex::new(None);

impl Thread {
    /// The thread, running.
    pub(super) fn get() -> io::Result<&'static Thread> {
        let mut slot = lock(&THREAD);
        if let Some(thread) = *slot {
            return Ok(thread);
        }
        let thread = Thread {
            hub: Hub::new()?,
            wake: eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK)?,
            retries: Mutex::default(),
            exit_at: Mutex::default(),
        };
        let flags = EventFlags::IN | EventFlags::ET; // once for each write: nobody needs to read it
        thread
            .hub
            .watch(thread.wake.as_fd(), NOBODY, Role::Reader, flags)?;
        let thread: &'static Thread = Box::leak(Box::new(thread)); // lives as long as it runs: for ever
        std::thread::Builder::new()
            .name("sharray-io".into())
            .stack_size(256 * 1024)
            .spawn(move || thread.run())?;
        *slot = Some(thread);
        Ok(thread)
    }

    pub(super) fn hub(&self) -> &Arc<Hub> {
        &self.hub
    }

    /// Has the channel try again to send, shortly.
    pub(super) fn retry_soon(&self, channel: Weak<Shared>) {
        lock(&self.retries).push(channel);
        self.interrupt();
    }

    /// Ends this process after a while, unless it ends by itself before.
    pub(super) fn exit_after(&self, delay: Duration) {
        lock(&self.exit_at).get_or_insert_with(|| Instant::now() + delay);
        self.interrupt();
    }

    fn interrupt(&self) {
        let _ = rustix::io::write(&self.wake, &1u64.to_ne_bytes()); // cannot fill: 2^64 interruptions
    }

    fn timeout(&self) -> Option<Timespec> {
        let retry = if lock(&self.retries).is_empty() {
            None
        } else {
            Some(RETRY)
        };
        let exit = lock(&self.exit_at).map(|at| at.saturating_duration_since(Instant::now()));
        let soonest = match (retry, exit) {
            (Some(a), Some(b)) => a.min(b),
            (a, b) => a.or(b)?,
        };
        Timespec::try_from(soonest).ok()
    }

    fn run(&self) {
        let mut buffer = vec![0; INLINE];
        loop {
            let timeout = self.timeout();
            if self.hub.turn(&mut buffer, timeout.as_ref()) == 0 {
                let retries = std::mem::take(&mut *lock(&self.retries));
                for channel in retries.iter().filter_map(Weak::upgrade) {
                    channel.flush();
                }
            }
            self.exit_if_due();
        }
    }

    fn exit_if_due(&self) {
        if lock(&self.exit_at).is_some_and(|at| at <= Instant::now()) {
            // SAFETY: `_exit` has no precondition; it runs nothing of this process any more, which is the point: the
            // thread that should have ended it is stuck.
            unsafe { libc::_exit(1) };
        }
    }
}
