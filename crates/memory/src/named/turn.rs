//! Taking turns in changing names by order: see the module above.

use std::os::fd::OwnedFd;
use std::thread;
use std::time::{Duration, Instant};

use rustix::fs::{FlockOperation, Mode, OFlags, flock, open};
use rustix::io::Errno;

use super::name::MOUNT;

/// How long somebody else's lock is waited for: they are held for microseconds, unless their holder was stopped.
pub(crate) const PATIENCE: Duration = Duration::from_secs(1);

/// Held for as long as this value lives.
pub(crate) struct Turn(#[allow(dead_code, reason = "held for its Drop")] Option<OwnedFd>);

impl Turn {
    /// Waits for the turn; where it cannot be had in time, goes on without it.
    pub(crate) fn take() -> Turn {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let Ok(fd) = open(MOUNT, flags, Mode::empty()) else {
            return Turn(None);
        };
        let locked = patiently(
            || match flock(&fd, FlockOperation::NonBlockingLockExclusive) {
                Err(Errno::AGAIN) => None,
                other => Some(other.is_ok()),
            },
        );
        Turn((locked == Some(true)).then_some(fd))
    }
}

/// Asks again and again, for a second at most, until there is an answer.
pub(crate) fn patiently<T>(mut ask: impl FnMut() -> Option<T>) -> Option<T> {
    let mut pause = Duration::from_micros(20);
    let mut until = None;
    loop {
        if let Some(answer) = ask() {
            return Some(answer);
        }
        let now = Instant::now();
        if now > *until.get_or_insert(now + PATIENCE) {
            return None;
        }
        thread::sleep(pause);
        pause = (2 * pause).min(Duration::from_millis(5));
    }
}
