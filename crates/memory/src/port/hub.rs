//! Channels that are watched together, by one epoll: that of this crate's thread, or one that its owner drives.

use std::collections::HashMap;
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rustix::buffer::spare_capacity;
use rustix::event::Timespec;
use rustix::event::epoll::{self, CreateFlags, Event, EventData, EventFlags};

use super::channel::Shared;

/// Which descriptor of a channel became ready.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    Reader = 0,
    Writer = 1,
    Credits = 2,
}

/// The number of no channel: whatever else its owner has in the hub's epoll.
pub(super) const NOBODY: u64 = 0;

/// Channels and the epoll that watches them. Its descriptor is readable when one of them has something to do: `turn`
/// then does it.
pub struct Hub {
    epoll: OwnedFd,
    channels: Mutex<HashMap<u64, Arc<Shared>>>,
}

pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn token(id: u64, role: Role) -> EventData {
    EventData::new_u64(id << 2 | role as u64)
}

impl Hub {
    /// A hub that its owner drives.
    pub fn new() -> io::Result<Arc<Hub>> {
        Ok(Arc::new(Hub {
            epoll: epoll::create(CreateFlags::CLOEXEC)?,
            channels: Mutex::default(),
        }))
    }

    /// Does what there is to do, and waits for it so long (`None`: for ever). `buffer` has `INLINE` bytes and is scratch.
    /// Returns how many descriptors had something.
    pub fn turn(&self, buffer: &mut [u8], timeout: Option<&Timespec>) -> usize {
        let mut events: Vec<Event> = Vec::with_capacity(64);
        if epoll::wait(&self.epoll, spare_capacity(&mut events), timeout).is_err() {
            return 0; // interrupted by a signal
        }
        for event in &events {
            let (data, flags) = (event.data.u64(), event.flags);
            let role = match data & 3 {
                1 => Role::Writer,
                2 => Role::Credits,
                _ => Role::Reader,
            };
            if let Some(channel) = self.channel(data >> 2) {
                channel.ready(role, flags, buffer);
            }
        }
        events.len()
    }

    pub(super) fn insert(&self, make: impl FnOnce(u64) -> Shared) -> Arc<Shared> {
        static NEXT: AtomicU64 = AtomicU64::new(NOBODY + 1);
        let id = NEXT.fetch_add(1, Ordering::Relaxed);
        let shared = Arc::new(make(id));
        lock(&self.channels).insert(id, Arc::clone(&shared));
        shared
    }

    pub(super) fn remove(&self, id: u64) {
        lock(&self.channels).remove(&id);
    }

    pub(super) fn watch(
        &self,
        fd: BorrowedFd,
        id: u64,
        role: Role,
        flags: EventFlags,
    ) -> io::Result<()> {
        Ok(epoll::add(&self.epoll, fd, token(id, role), flags)?)
    }

    pub(super) fn rewatch(
        &self,
        fd: BorrowedFd,
        id: u64,
        role: Role,
        flags: EventFlags,
    ) -> io::Result<()> {
        Ok(epoll::modify(&self.epoll, fd, token(id, role), flags)?)
    }

    pub(super) fn forget(&self, fd: BorrowedFd) {
        let _ = epoll::delete(&self.epoll, fd); // not watched (any more): nothing to forget
    }

    fn channel(&self, id: u64) -> Option<Arc<Shared>> {
        lock(&self.channels).get(&id).cloned()
    }
}

impl AsFd for Hub {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.epoll.as_fd()
    }
}
