//! Letting go of large blocks. The kernel gives back a third of a second's worth of pages for each GiB: on the event loop
//! that would be felt, so a thread of its own does it. Whoever is short of memory meanwhile waits for it.

use std::os::fd::{AsFd, OwnedFd};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Condvar, Mutex, OnceLock, PoisonError};
use std::thread;

use crate::arena;
use crate::block::Attachment;
use crate::lease;
use crate::mapping::{Mapping, Range};

/// What is left of a block that this process does not use any more, to be let go in this order.
pub(crate) struct Remains {
    pub(crate) range: Option<Range>,
    pub(crate) file: Option<OwnedFd>,
}

/// Smaller blocks are let go in place: it takes less than waking a thread would disturb.
const LARGE: u64 = 8 << 20;

/// What is still to be let go.
static PENDING: Mutex<usize> = Mutex::new(0);
static SETTLED: Condvar = Condvar::new();

/// Ends an attachment. Its descriptor is closed on return, so that its handles lead nowhere from then on; the pages of a
/// large block follow, or are kept for the next one. While native work holds the attachment too, all of it ends with that work.
pub fn release(attachment: Arc<Attachment>) {
    let Some(mut attachment) = Arc::into_inner(attachment) else {
        return;
    };
    let large = attachment.data_len() >= LARGE;
    let second = attachment
        .may_be_kept()
        .then(|| lease::second(attachment.fd()))
        .flatten();
    if second.is_none() {
        if !large {
            return;
        }
        // The mapping keeps the file while the descriptor is closed. Where there can be none, everything ends here. What was never
        // mapped of a file of somebody's own does not go with it.
        if !attachment.is_file() {
            let _ = attachment.mapping();
        }
    }
    let mapping = attachment.take_mapping().and_then(Arc::into_inner);
    let range = match mapping.map_or(Ok(None), Mapping::vacate) {
        Ok(range) => range.or_else(|| attachment.take_spare()),
        // The block must not be used again; with its descriptor and its last buffer it goes.
        Err(_) => return,
    };
    drop(attachment);
    match second {
        Some(second) if lease::claim(second.as_fd()) => arena::keep(second, range),
        _ if large => let_go(Remains { range, file: None }),
        _ => {}
    }
}

/// Waits until everything handed over was let go; false when there was nothing to wait for.
pub fn settle() -> bool {
    let mut pending = PENDING.lock().unwrap_or_else(PoisonError::into_inner);
    let waited = *pending > 0;
    while *pending > 0 {
        pending = SETTLED
            .wait(pending)
            .unwrap_or_else(PoisonError::into_inner);
    }
    waited
}

/// Hands over what is left of a block to the thread that lets go of it.
pub(crate) fn let_go(remains: Remains) {
    static QUEUE: OnceLock<Option<Mutex<Sender<Remains>>>> = OnceLock::new();
    let queue = QUEUE.get_or_init(|| {
        let (sender, receiver) = channel::<Remains>();
        let work = move || {
            for remains in receiver {
                if let Some(range) = &remains.range {
                    range.forget_pages();
                }
                drop(remains.range);
                drop(remains.file);
                count(-1);
            }
        };
        let started = thread::Builder::new()
            .name("sharray-release".into())
            .spawn(work);
        started.is_ok().then(|| Mutex::new(sender))
    });
    // Without a thread all is let go here, when this function ends.
    let Some(queue) = queue else { return };
    count(1);
    if queue
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .send(remains)
        .is_err()
    {
        count(-1);
    }
}

fn count(change: isize) {
    let mut pending = PENDING.lock().unwrap_or_else(PoisonError::into_inner);
    *pending = pending.saturating_add_signed(change);
    if *pending == 0 {
        SETTLED.notify_all();
    }
}
