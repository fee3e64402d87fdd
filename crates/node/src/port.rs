//! Glue for `sharray_memory::port`: one open channel, and the descriptors that it is made of.

use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, IntoRawFd, OwnedFd, RawFd};

use napi::bindgen_prelude::{ClassInstance, Result};
use napi_derive::napi;
use serde_json::json;
use sharray_memory::port::brief::{self, Sent as SentBlock};
use sharray_memory::port::{self, Channel, Ends, Sent};

use crate::error::fail;
use crate::memory::NativeBlock;

pub(crate) fn refused(doing: &str, error: &std::io::Error) -> napi::Error {
    let details = json!({ "errno": error.raw_os_error() });
    match error.raw_os_error() {
        Some(libc::EMFILE | libc::ENFILE) => fail(
            "TOO_MANY_FILES",
            format!(
                "cannot {doing}: this process or the system has no descriptor left. Close arrays that are no longer needed, or raise the limit (ulimit -n)."
            ),
            details,
        ),
        Some(libc::E2BIG) => fail(
            "TOO_MANY_FILES",
            format!(
                "cannot {doing}: it holds more than {} shared blocks, which is what one message can carry. Send it in parts.",
                port::MAX_FDS
            ),
            details,
        ),
        Some(libc::ENOSPC | libc::ENOMEM) => fail(
            "NO_SPACE",
            format!("cannot {doing}: there is no memory left for it ({error})."),
            details,
        ),
        _ => fail("IO_ERROR", format!("cannot {doing}: {error}."), details),
    }
}

/// Takes over a descriptor that JavaScript hands in.
pub(crate) fn own(fd: RawFd) -> Result<OwnedFd> {
    if fd < 0 {
        return Err(fail(
            "BAD_ARGUMENT",
            format!("{fd} is no descriptor"),
            json!({ "fd": fd }),
        ));
    }
    // SAFETY: the callers in src/process own the number that they pass and forget it with this call.
    Ok(unsafe { OwnedFd::from_raw_fd(fd) })
}

/// Uses descriptors that stay JavaScript's.
fn borrow(fds: &[RawFd]) -> Result<Vec<BorrowedFd<'_>>> {
    if let Some(fd) = fds.iter().find(|fd| **fd < 0) {
        return Err(fail(
            "BAD_ARGUMENT",
            format!("{fd} is no descriptor"),
            json!({ "fd": fd }),
        ));
    }
    // SAFETY: not -1, and the callers in src/process keep the descriptors open during the call.
    Ok(fds
        .iter()
        .map(|fd| unsafe { BorrowedFd::borrow_raw(*fd) })
        .collect())
}

fn sent(how: std::io::Result<Sent>) -> Result<f64> {
    match how {
        Ok(Sent::Now) => Ok(0.0),
        Ok(Sent::Gone) => Ok(-1.0),
        Ok(Sent::Later(number)) => Ok(number as f64),
        Err(error) => Err(refused("send a message", &error)),
    }
}

/// One open channel. Closed when collected.
#[napi]
pub struct NativePort {
    channel: Channel,
}

impl NativePort {
    pub(crate) fn on(channel: Channel) -> NativePort {
        NativePort { channel }
    }
}

#[napi]
impl NativePort {
    #[napi(getter)]
    pub fn id(&self) -> f64 {
        self.channel.id() as f64
    }

    /// Sends bytes and descriptors (which stay the caller's). 0: sent; -1: the other end is gone; else the number
    /// under which the message is kept until it can be sent.
    #[napi]
    pub fn send(&self, bytes: &[u8], fds: Vec<i32>) -> Result<f64> {
        sent(self.channel.send(bytes, &borrow(&fds)?))
    }

    /// `send` in brief form: a text, and blocks whose descriptors go along.
    #[napi]
    pub fn send_brief(
        &self,
        text: String,
        blocks: Vec<ClassInstance<'_, NativeBlock>>,
    ) -> Result<f64> {
        let held = blocks
            .iter()
            .map(|block| block.attachment())
            .collect::<Result<Vec<_>>>()?;
        let named: Vec<SentBlock> = held
            .iter()
            .map(|attachment| SentBlock {
                handle: attachment.handle(),
                readonly: attachment.readonly(),
            })
            .collect();
        let fds: Vec<BorrowedFd<'_>> = held.iter().map(|attachment| attachment.fd()).collect();
        sent(self.channel.send(&brief::write(&text, &named), &fds))
    }

    /// Takes back a message that is kept. False: it has left.
    #[napi]
    pub fn cancel(&self, number: f64) -> bool {
        self.channel.cancel(number as u64)
    }

    /// Allows one more message to be taken.
    #[napi]
    pub fn want(&self) -> Result<()> {
        self.channel
            .want(1)
            .map_err(|error| refused("receive", &error))
    }

    /// Allows one message less. False: those allowed are on their way to the inbox.
    #[napi]
    pub fn withdraw(&self) -> bool {
        self.channel.withdraw()
    }

    /// The descriptors, for sending them along while the port is open; empty when closed.
    #[napi]
    pub fn fds(&self) -> Vec<i32> {
        let list = |ends: &Ends| {
            let all = [
                Some(&ends.reader),
                ends.writer.as_ref(),
                ends.credits.as_ref(),
            ];
            all.into_iter()
                .flatten()
                .map(|fd| fd.as_fd().as_raw_fd())
                .collect()
        };
        self.channel.with_ends(list).unwrap_or_default()
    }

    #[napi]
    pub fn close(&self) {
        self.channel.close();
    }
}

/// Both ends of a connection, as descriptors that are now the caller's.
#[napi]
pub fn port_pair() -> Result<Vec<i32>> {
    let (a, b) = port::pair().map_err(|error| refused("make a pair of sockets", &error))?;
    Ok(vec![a.into_raw_fd(), b.into_raw_fd()])
}

/// An eventfd that counts places: as many as can be taken.
#[napi]
pub fn port_credits(places: u32) -> Result<i32> {
    use rustix::event::{EventfdFlags, eventfd};
    let flags = EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK | EventfdFlags::SEMAPHORE;
    let fd = eventfd(places, flags).map_err(|error| refused("make a counter", &error.into()))?;
    Ok(fd.into_raw_fd())
}

/// Closes a descriptor that nobody took over.
#[napi]
pub fn port_close(fd: i32) -> Result<()> {
    own(fd).map(drop)
}

/// A second descriptor for the same thing, the caller's.
#[napi]
pub fn port_duplicate(fd: i32) -> Result<i32> {
    let list = [fd];
    let copy = borrow(&list)?[0]
        .try_clone_to_owned()
        .map_err(|error| refused("duplicate a descriptor", &error))?;
    Ok(copy.into_raw_fd())
}
