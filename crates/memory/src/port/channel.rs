//! One end of a connection, or one attachment to a queue: what waits to be sent, how many messages are wanted, and who
//! is told. The hub's thread calls `ready`; everything else is called by the owner.

use std::collections::VecDeque;
use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use rustix::event::epoll::EventFlags;
use rustix::io::Errno;

use super::ends::{Ends, Event, Sent, Sink};
use super::hub::{Hub, Role, lock};
use super::packet::{self, INLINE, MAX_FDS, Packet, Parcel, Received};
use super::thread::Thread;

/// Messages taken from one channel before the others have their turn.
const TURN: usize = 64;

/// Why a message could not be sent at once.
enum Obstacle {
    Credit,
    Socket,
    /// The kernel's bound on descriptors in flight, which no event announces the end of.
    Descriptors,
    Gone,
    Error(Errno),
}

struct State {
    ends: Option<Ends>,
    out: VecDeque<(u64, Parcel)>,
    next: u64,
    /// Messages that may still be taken from the socket; `u64::MAX` is no bound.
    demand: u64,
    /// Whether the epoll reports messages. It still does when none is wanted any more, until one comes, which costs at most one
    /// idle report; the next one is mostly wanted before that.
    watched: bool,
    /// What the epoll was told last of each descriptor.
    told: [EventFlags; 3],
    ended: bool,
    waits_for_socket: bool,
    waits_for_credit: bool,
}

pub(super) struct Shared {
    id: u64,
    hub: Arc<Hub>,
    state: Mutex<State>,
    sink: Arc<dyn Sink>,
    /// When the other end is gone, this process ends after so long, whatever its own code does.
    exit_after: Option<Duration>,
}

/// An open channel. Closed when dropped; what waits to be sent is then lost.
pub struct Channel(Arc<Shared>);

impl Channel {
    /// Opens a channel on these descriptors. `demand`: how many messages to take at first (`None`: all that come).
    pub fn open(
        ends: Ends,
        demand: Option<u64>,
        exit_after: Option<Duration>,
        sink: Arc<dyn Sink>,
    ) -> io::Result<Channel> {
        let hub = Arc::clone(Thread::get()?.hub());
        Channel::insert(hub, ends, demand, exit_after, sink)
    }

    /// Opens a channel that a hub of the owner's watches: the sink is told in the hub's `turn`.
    pub fn open_in(
        hub: &Arc<Hub>,
        ends: Ends,
        demand: Option<u64>,
        sink: Arc<dyn Sink>,
    ) -> io::Result<Channel> {
        Channel::insert(Arc::clone(hub), ends, demand, None, sink)
    }

    fn insert(
        hub: Arc<Hub>,
        ends: Ends,
        demand: Option<u64>,
        exit_after: Option<Duration>,
        sink: Arc<dyn Sink>,
    ) -> io::Result<Channel> {
        let demand = demand.unwrap_or(u64::MAX);
        let state = State {
            ends: Some(ends),
            out: VecDeque::new(),
            next: 1,
            demand,
            watched: demand > 0,
            told: [EventFlags::empty(); 3],
            ended: false,
            waits_for_socket: false,
            waits_for_credit: false,
        };
        let channel = Channel(hub.insert(|id| Shared {
            id,
            hub: Arc::clone(&hub),
            state: Mutex::new(state),
            sink,
            exit_after,
        }));
        // From here on a failure drops the channel, which takes back what was registered.
        let mut state = channel.0.lock();
        let mut told = state.told;
        for (role, fd, flags) in state.interests() {
            hub.watch(fd, channel.0.id, role, flags)?;
            told[role as usize] = flags;
        }
        state.told = told;
        drop(state);
        Ok(channel)
    }

    /// The number under which the sink hears of this channel.
    pub fn id(&self) -> u64 {
        self.0.id
    }

    /// Sends a message, at once when nothing is in the way. The descriptors stay the caller's.
    pub fn send(&self, bytes: &[u8], fds: &[BorrowedFd]) -> io::Result<Sent> {
        if fds.len() > MAX_FDS {
            return Err(Errno::TOOBIG.into());
        }
        let mut state = self.0.lock();
        if state.ends.is_none() || state.ended {
            return Ok(Sent::Gone);
        }
        let spilled = if bytes.len() > INLINE {
            Some(Parcel::new(bytes, fds)?)
        } else {
            None
        };
        if state.out.is_empty() {
            let tried = match &spilled {
                Some(parcel) => state.try_send(|socket| parcel.send(socket)),
                None => state.try_send(|socket| packet::send_inline(socket, bytes, fds)),
            };
            match tried {
                Ok(()) => return Ok(Sent::Now),
                Err(Obstacle::Gone) => return Ok(Sent::Gone),
                Err(Obstacle::Error(error)) => return Err(error.into()),
                Err(obstacle) => self.0.wait_for(&mut state, &obstacle)?,
            }
        }
        let parcel = match spilled {
            Some(parcel) => parcel,
            None => Parcel::new(bytes, fds)?,
        };
        let number = state.next;
        state.next += 1;
        state.out.push_back((number, parcel));
        Ok(Sent::Later(number))
    }

    /// Takes back a message that waits to be sent. False: it has left.
    pub fn cancel(&self, number: u64) -> bool {
        let mut state = self.0.lock();
        let before = state.out.len();
        state.out.retain(|(kept, _)| *kept != number);
        state.out.len() < before
    }

    /// Allows so many more messages to be taken.
    pub fn want(&self, messages: u64) -> io::Result<()> {
        let mut state = self.0.lock();
        state.demand = state.demand.saturating_add(messages);
        if state.watched {
            return Ok(());
        }
        self.0.rewatch(&mut state)
    }

    /// Allows one message less. False: a message is on its way to the sink for each that is allowed; so it is also when
    /// one lay in the socket, which is then taken now.
    pub fn withdraw(&self) -> bool {
        let mut state = self.0.lock();
        if state.demand == 0 || state.demand == u64::MAX {
            return false;
        }
        let mut buffer = vec![0; INLINE];
        match self.0.take_one(&mut state, &mut buffer) {
            Some(Ok(packet)) => {
                // Under the lock, lest the hub hand over the message behind it first.
                self.0.sink.event(self.0.id, Event::Message(packet.open()));
                false
            }
            _ => {
                state.demand -= 1;
                true
            }
        }
    }

    /// Runs `look` on the descriptors, for passing them on. None when closed.
    pub fn with_ends<T>(&self, look: impl FnOnce(&Ends) -> T) -> Option<T> {
        self.0.lock().ends.as_ref().map(look)
    }

    /// Closes the descriptors. Messages not taken yet stay in the socket.
    pub fn close(&self) {
        let mut state = self.0.lock();
        if !state.ended {
            for (_, fd, _) in state.interests() {
                self.0.hub.forget(fd); // before closing: another process may keep the same description open
            }
        }
        self.0.hub.remove(self.0.id);
        state.ends = None;
        state.out.clear();
    }
}

impl Drop for Channel {
    fn drop(&mut self) {
        self.close();
    }
}

impl State {
    /// Which descriptor is watched for what.
    fn interests(&self) -> impl Iterator<Item = (Role, BorrowedFd<'_>, EventFlags)> {
        let when =
            |condition: bool, flag: EventFlags| if condition { flag } else { EventFlags::empty() };
        let input = when(self.watched, EventFlags::IN);
        let output = when(self.waits_for_socket, EventFlags::OUT);
        self.ends.iter().flat_map(move |ends| {
            let (reader, writer) = match &ends.writer {
                Some(writer) => (input, Some((Role::Writer, writer.as_fd(), output))),
                None => (input | output, None),
            };
            let places = when(self.waits_for_credit, EventFlags::IN);
            let credits = ends.credits.as_ref();
            let credits = credits.map(|fd| (Role::Credits, fd.as_fd(), places));
            let reader = Some((Role::Reader, ends.reader.as_fd(), reader));
            [reader, writer, credits].into_iter().flatten()
        })
    }

    /// Takes a place and sends, back to back: a process that dies between the two loses the place.
    fn try_send(&self, send: impl FnOnce(BorrowedFd) -> Result<(), Errno>) -> Result<(), Obstacle> {
        let Some(ends) = &self.ends else {
            return Err(Obstacle::Gone);
        };
        if let Some(credits) = &ends.credits {
            match rustix::io::read(credits, &mut [0; 8]) {
                Ok(_) => {}
                Err(Errno::AGAIN | Errno::INTR) => return Err(Obstacle::Credit),
                Err(error) => return Err(Obstacle::Error(error)),
            }
        }
        let obstacle = match send(ends.writer.as_ref().unwrap_or(&ends.reader).as_fd()) {
            Ok(()) => return Ok(()),
            Err(Errno::AGAIN | Errno::NOBUFS) => Obstacle::Socket,
            Err(Errno::TOOMANYREFS) => Obstacle::Descriptors,
            Err(Errno::PIPE | Errno::CONNRESET | Errno::NOTCONN) => Obstacle::Gone,
            Err(error) => Obstacle::Error(error),
        };
        ends.give_credit();
        Err(obstacle)
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }

    fn rewatch(&self, state: &mut State) -> io::Result<()> {
        if state.ended {
            return Ok(());
        }
        state.watched = state.demand > 0;
        let mut told = state.told;
        for (role, fd, flags) in state.interests() {
            if told[role as usize] != flags {
                self.hub.rewatch(fd, self.id, role, flags)?;
                told[role as usize] = flags;
            }
        }
        state.told = told;
        Ok(())
    }

    fn wait_for(self: &Arc<Self>, state: &mut State, obstacle: &Obstacle) -> io::Result<()> {
        match obstacle {
            Obstacle::Credit => state.waits_for_credit = true,
            Obstacle::Descriptors | Obstacle::Error(_) => {
                Thread::get()?.retry_soon(Arc::downgrade(self));
                return Ok(());
            }
            _ => state.waits_for_socket = true,
        }
        self.rewatch(state)
    }

    /// Called by the hub when a descriptor of this channel became ready.
    pub(super) fn ready(self: &Arc<Self>, role: Role, flags: EventFlags, buffer: &mut [u8]) {
        if role != Role::Reader || flags.contains(EventFlags::OUT) {
            self.flush();
        }
        if role == Role::Reader && flags != EventFlags::OUT {
            self.take(buffer);
        }
    }

    pub(super) fn flush(self: &Arc<Self>) {
        let mut sent = Vec::new();
        let mut state = self.lock();
        state.waits_for_socket = false;
        state.waits_for_credit = false;
        while let Some((number, parcel)) = state.out.front() {
            match state.try_send(|socket| parcel.send(socket)) {
                Ok(()) => {
                    sent.push(*number);
                    state.out.pop_front();
                }
                Err(Obstacle::Gone) => state.out.clear(), // `Closed` follows, or came before
                Err(obstacle) => {
                    let _ = self.wait_for(&mut state, &obstacle);
                    break;
                }
            }
        }
        if state.out.is_empty() {
            let _ = self.rewatch(&mut state);
        }
        drop(state);
        for number in sent {
            self.sink.event(self.id, Event::Sent(number));
        }
    }

    fn take(&self, buffer: &mut [u8]) {
        for _ in 0..TURN {
            let mut state = self.lock();
            if state.demand == 0 && state.watched {
                // Failing to stop watching costs a wake-up, no message.
                let _ = self.rewatch(&mut state);
                return;
            }
            let taken = self.take_one(&mut state, buffer);
            let done = state.demand == 0;
            // `withdraw` takes messages too, where they are counted: theirs must not overtake this one. Where they are
            // not, reading a large payload must not hold up a `send`.
            let counted = state.demand < u64::MAX;
            let lock = counted.then_some(state);
            match taken {
                Some(Ok(packet)) => self.sink.event(self.id, Event::Message(packet.open())),
                Some(Err(())) => {
                    drop(lock);
                    self.sink.event(self.id, Event::Closed);
                    if let (Some(delay), Ok(thread)) = (self.exit_after, Thread::get()) {
                        thread.exit_after(delay);
                    }
                    return;
                }
                None => return,
            }
            if done {
                return;
            }
        }
    }

    /// One packet, or `Some(Err)` at the end, or None when there is nothing to take.
    fn take_one(&self, state: &mut State, buffer: &mut [u8]) -> Option<Result<Packet, ()>> {
        if state.ended || state.demand == 0 {
            return None;
        }
        let ends = state.ends.as_ref()?;
        match packet::receive(ends.reader.as_fd(), buffer) {
            Ok(Received::Packet(packet)) => {
                ends.give_credit();
                if state.demand < u64::MAX {
                    state.demand -= 1;
                }
                Some(Ok(packet))
            }
            Ok(Received::Empty) => None,
            Ok(Received::End) | Err(_) => {
                for (_, fd, _) in state.interests() {
                    self.hub.forget(fd);
                }
                state.ended = true;
                state.out.clear();
                Some(Err(()))
            }
        }
    }
}
