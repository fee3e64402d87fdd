//! Real sockets, real descriptors, and the hub's thread.

use std::fs::File;
use std::io::{Read, Seek, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard};

use rustix::event::{EventfdFlags, eventfd};

use super::{Channel, Ends, Event, Hub, INLINE, MAX_FDS, Message, Sent, Sink, pair};
use rustix::event::Timespec;

struct Ear(Sender<(u64, Event)>);

impl Sink for Ear {
    fn event(&self, channel: u64, event: Event) {
        let _ = self.0.send((channel, event));
    }
}

type Events = Receiver<(u64, Event)>;

/// One test at a time: they count the descriptors of the process.
static ALONE: Mutex<()> = Mutex::new(());

fn alone() -> MutexGuard<'static, ()> {
    ALONE
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner)
}

fn open(ends: Ends, demand: Option<u64>) -> (Channel, Events) {
    let (sender, receiver) = channel();
    (
        Channel::open(ends, demand, None, Arc::new(Ear(sender))).unwrap(),
        receiver,
    )
}

fn simple(reader: OwnedFd) -> Ends {
    Ends {
        reader,
        writer: None,
        credits: None,
    }
}

fn connected() -> ((Channel, Events), (Channel, Events)) {
    let (a, b) = pair().unwrap();
    (open(simple(a), None), open(simple(b), None))
}

fn message(events: &Events) -> Message {
    match events.recv().unwrap().1 {
        Event::Message(message) => message,
        other => panic!("not a message: {other:?}"),
    }
}

fn descriptors() -> usize {
    std::fs::read_dir("/proc/self/fd").unwrap().count()
}

fn file(text: &str) -> File {
    let fd = rustix::fs::memfd_create("test", rustix::fs::MemfdFlags::CLOEXEC).unwrap();
    let mut file = File::from(fd);
    file.write_all(text.as_bytes()).unwrap();
    file
}

fn text_of(fd: OwnedFd) -> String {
    let mut file = File::from(fd);
    let mut text = String::new();
    file.rewind().unwrap();
    file.read_to_string(&mut text).unwrap();
    text
}

#[test]
fn bytes_and_descriptors_arrive_in_order() {
    let _alone = alone();
    let ((a, _a_events), (_b, events)) = connected();
    let (one, two) = (file("one"), file("two"));
    assert_eq!(
        a.send(b"first", &[one.as_fd(), two.as_fd()]).unwrap(),
        Sent::Now
    );
    assert_eq!(a.send(b"", &[]).unwrap(), Sent::Now);
    let first = message(&events);
    assert_eq!(first.bytes, b"first");
    let texts: Vec<String> = first.fds.into_iter().map(text_of).collect();
    assert_eq!(texts, ["one", "two"]);
    assert!(message(&events).bytes.is_empty());
}

#[test]
fn received_descriptors_are_close_on_exec() {
    let _alone = alone();
    let ((a, _a_events), (_b, events)) = connected();
    a.send(b"x", &[file("x").as_fd()]).unwrap();
    let received = message(&events);
    assert!(
        rustix::io::fcntl_getfd(&received.fds[0])
            .unwrap()
            .contains(rustix::io::FdFlags::CLOEXEC)
    );
}

#[test]
fn large_payloads_take_their_own_way_with_the_largest_number_of_descriptors() {
    let _alone = alone();
    let ((a, _a_events), (_b, events)) = connected();
    let files: Vec<File> = (0..MAX_FDS).map(|i| file(&i.to_string())).collect();
    let fds: Vec<_> = files.iter().map(AsFd::as_fd).collect();
    for length in [INLINE, INLINE + 1, 5 << 20] {
        let payload: Vec<u8> = (0..length).map(|i| (i % 251) as u8).collect();
        assert_eq!(a.send(&payload, &fds).unwrap(), Sent::Now);
        let received = message(&events);
        assert!(received.bytes == payload);
        assert_eq!(received.fds.len(), MAX_FDS);
        assert_eq!(
            text_of(received.fds.into_iter().next_back().unwrap()),
            (MAX_FDS - 1).to_string()
        );
    }
    let one_more: Vec<_> = fds.iter().copied().chain([fds[0]]).collect();
    assert_eq!(
        a.send(b"", &one_more).unwrap_err().raw_os_error(),
        Some(libc::E2BIG)
    );
}

#[test]
fn a_full_socket_keeps_messages_and_their_order() {
    let _alone = alone();
    let (a, b) = pair().unwrap();
    let (sender, sent) = open(simple(a), None);
    let mut waiting = 0;
    for i in 0..2000u32 {
        match sender.send(&i.to_ne_bytes(), &[]).unwrap() {
            Sent::Now => assert_eq!(waiting, 0),
            Sent::Later(_) => waiting += 1,
            Sent::Gone => panic!("the other end is open"),
        }
    }
    assert!(waiting > 0);
    let (_receiver, events) = open(simple(b), None);
    for i in 0..2000u32 {
        assert_eq!(message(&events).bytes, i.to_ne_bytes());
    }
    for _ in 0..waiting {
        assert!(matches!(sent.recv().unwrap().1, Event::Sent(_)));
    }
}

#[test]
fn a_message_that_waits_can_be_taken_back() {
    let _alone = alone();
    let (a, b) = pair().unwrap();
    let (sender, _sent) = open(simple(a), None);
    let mut kept = Vec::new();
    while kept.len() < 3 {
        if let Sent::Later(number) = sender.send(&[kept.len() as u8; 1000], &[]).unwrap() {
            kept.push(number);
        }
    }
    assert!(sender.cancel(kept[1]));
    assert!(!sender.cancel(kept[1]));
    let (_receiver, events) = open(simple(b), None);
    let mut last = Vec::new();
    while last.first() != Some(&2) {
        last = message(&events).bytes;
        assert_ne!(last[0], 1);
    }
}

#[test]
fn the_end_comes_after_everything_that_was_sent() {
    let _alone = alone();
    let ((a, _a_events), (b, events)) = connected();
    // Unread messages of the one that stays make the kernel report a reset first.
    b.send(b"never read", &[]).unwrap();
    for i in 0..100u8 {
        a.send(&[i], &[]).unwrap();
    }
    drop(a);
    for i in 0..100u8 {
        assert_eq!(message(&events).bytes, [i]);
    }
    assert!(matches!(events.recv().unwrap().1, Event::Closed));
    assert_eq!(b.send(b"x", &[]).unwrap(), Sent::Gone);
}

#[test]
fn only_wanted_messages_are_taken() {
    let _alone = alone();
    let (reader, writer) = pair().unwrap();
    let other = Ends {
        reader: reader.try_clone().unwrap(),
        writer: Some(writer.try_clone().unwrap()),
        credits: None,
    };
    let (one, one_events) = open(
        Ends {
            reader,
            writer: Some(writer),
            credits: None,
        },
        Some(0),
    );
    let (two, two_events) = open(other, Some(0));
    for i in 0..3u8 {
        one.send(&[i], &[]).unwrap();
    }
    two.want(1).unwrap();
    assert_eq!(message(&two_events).bytes, [0]);
    one.want(1).unwrap();
    assert_eq!(message(&one_events).bytes, [1]);
    two.want(2).unwrap();
    assert_eq!(message(&two_events).bytes, [2]);
    assert!(two.withdraw());
    assert!(!two.withdraw());
    one.send(&[3], &[]).unwrap();
    one.want(1).unwrap();
    assert_eq!(message(&one_events).bytes, [3]);
    assert!(two_events.try_recv().is_err());
}

#[test]
fn places_are_taken_and_given_back() {
    let _alone = alone();
    let (reader, writer) = pair().unwrap();
    let flags = EventfdFlags::SEMAPHORE | EventfdFlags::NONBLOCK | EventfdFlags::CLOEXEC;
    let (queue, events) = open(
        Ends {
            reader,
            writer: Some(writer),
            credits: Some(eventfd(2, flags).unwrap()),
        },
        Some(0),
    );
    assert_eq!(queue.send(b"a", &[]).unwrap(), Sent::Now);
    assert_eq!(queue.send(b"b", &[]).unwrap(), Sent::Now);
    let Sent::Later(third) = queue.send(b"c", &[]).unwrap() else {
        panic!("there were two places")
    };
    let Sent::Later(fourth) = queue.send(b"d", &[]).unwrap() else {
        panic!("there were two places")
    };
    queue.want(1).unwrap();
    assert_eq!(message(&events).bytes, b"a");
    assert!(matches!(events.recv().unwrap().1, Event::Sent(number) if number == third));
    assert!(queue.cancel(fourth));
    queue.want(2).unwrap();
    assert_eq!(message(&events).bytes, b"b");
    assert_eq!(message(&events).bytes, b"c");
    assert_eq!(queue.send(b"e", &[]).unwrap(), Sent::Now);
    assert_eq!(queue.send(b"f", &[]).unwrap(), Sent::Now);
}

#[test]
fn no_descriptor_is_left_whatever_happened_to_the_messages() {
    let _alone = alone();
    drop(connected()); // the hub's own descriptors
    let before = descriptors();
    for _ in 0..50 {
        let (a, b) = pair().unwrap();
        let ((a, _a_events), (b, events)) = (open(simple(a), None), open(simple(b), Some(0)));
        let big = vec![0; INLINE * 2];
        let carried = file("carried");
        let mut later = 0;
        while later < 5 {
            if let Sent::Later(_) = a.send(&big[..1000], &[carried.as_fd()]).unwrap() {
                later += 1; // kept, and dropped with the channel
            }
            a.send(&big, &[carried.as_fd()]).unwrap();
            // One is taken for two that are sent: the socket fills, whoever of the two threads is the faster one.
            b.want(1).unwrap();
            drop(message(&events)); // received, and dropped
        }
        drop(events); // nobody listens any more
        drop(a);
        drop(b);
    }
    // A channel closes when its last user lets go, which may be the hub at the end of a turn.
    while descriptors() > before {
        std::thread::yield_now();
    }
}

#[test]
fn large_payloads_leave_no_offset_behind() {
    let _alone = alone();
    let ((a, _a_events), (_b, events)) = connected();
    let carried = file("0123456789");
    for length in [1, INLINE * 3] {
        let payload = vec![7; length];
        a.send(&payload, &[carried.as_fd()]).unwrap();
        let received = message(&events);
        assert_eq!(received.bytes, payload);
        assert_eq!(
            text_of(received.fds.into_iter().next().unwrap()),
            "0123456789"
        );
    }
}

#[test]
fn a_hub_of_ones_own_tells_in_its_turn_alone() {
    let _alone = alone();
    let hub = Hub::new().unwrap();
    let (a, b) = pair().unwrap();
    let (sender, told) = channel();
    let receiver = Channel::open_in(&hub, simple(b), Some(0), Arc::new(Ear(sender))).unwrap();
    let (other, _events) = open(simple(a), None);
    let mut buffer = vec![0; INLINE];
    let mut turn = || hub.turn(&mut buffer, Some(&Timespec::default()));
    other.send(b"one", &[]).unwrap();
    other.send(b"two", &[]).unwrap();
    assert_eq!(turn(), 0); // nothing is wanted
    receiver.want(1).unwrap();
    assert_eq!(turn(), 1);
    assert_eq!(message(&told).bytes, b"one");
    turn();
    assert!(told.try_recv().is_err());
    receiver.want(1).unwrap();
    assert!(receiver.withdraw() || told.try_recv().is_ok());
    drop(receiver);
    assert_eq!(turn(), 0);
}
