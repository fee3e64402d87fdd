//! What a channel is made of, and what it reports.

use std::os::fd::OwnedFd;

use super::packet::Message;

/// What a channel reports.
#[derive(Debug)]
pub enum Event {
    /// A message arrived.
    Message(Message),
    /// The message that was kept under this number has been sent.
    Sent(u64),
    /// The other end is gone; everything it had sent has been reported before. What waited to be sent is lost.
    Closed,
}

/// Who is told, mostly on the hub's thread. Must not block, nor call the channel.
pub trait Sink: Send + Sync {
    /// Takes an event of the channel with this number.
    fn event(&self, channel: u64, event: Event);
}

/// The descriptors of a channel.
#[derive(Debug)]
pub struct Ends {
    /// The socket that is read, and also written when there is no `writer`.
    pub reader: OwnedFd,
    /// The socket that is written, where that is another one (a queue: all its processes share both).
    pub writer: Option<OwnedFd>,
    /// An eventfd (semaphore) of places left: each message sent takes one, each message received gives one back.
    pub credits: Option<OwnedFd>,
}

/// How a message left.
#[derive(Debug, PartialEq, Eq)]
pub enum Sent {
    /// The kernel has it.
    Now,
    /// It is kept under this number, until the socket or a place is free.
    Later(u64),
    /// There is no other end any more.
    Gone,
}

impl Ends {
    pub(super) fn give_credit(&self) {
        if let Some(credits) = &self.credits {
            // Cannot fail: the counter never exceeds the number it started with.
            let _ = rustix::io::write(credits, &1u64.to_ne_bytes());
        }
    }
}
