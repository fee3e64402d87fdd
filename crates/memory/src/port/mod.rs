//! Sockets between processes of one machine: messages of bytes and descriptors, read and written by one thread of our own, or
//! by an event loop that watches the descriptor of a [`Hub`]. Nothing that waits occupies a thread of somebody else's.

pub mod brief;
mod channel;
mod ends;
mod hub;
mod packet;
#[cfg(test)]
mod tests;
mod thread;

pub use channel::Channel;
pub use ends::{Ends, Event, Sent, Sink};
pub use hub::Hub;
pub use packet::{INLINE, MAX_FDS, Message, pair};
