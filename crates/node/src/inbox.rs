//! What arrives for one JavaScript thread, and the callback that hands it over, however much it is. Queues are read by the
//! thread's own event loop, where it can watch a descriptor of ours; everything else, and queues elsewhere, by the port module's
//! thread.

use std::cell::RefCell;
use std::os::fd::{AsFd, AsRawFd, IntoRawFd, OwnedFd, RawFd};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use napi::bindgen_prelude::{
    Array, Buffer, BufferSlice, Env, Function, JsValue, Null, Result, ToNapiValue,
};
use napi::threadsafe_function::{ThreadsafeFunction, ThreadsafeFunctionCallMode};
use napi_derive::napi;
use napi_sys::{napi_env, napi_value};
use rustix::event::Timespec;
use serde_json::json;
use sharray_memory::Attachment;
use sharray_memory::port::brief::{self, Sent as SentBlock};
use sharray_memory::port::{self, Channel, Ends, Event, Hub, Message, Sink};

use crate::error::fail;
use crate::memory::{NativeBlock, memory_error};
use crate::port::{NativePort, own, refused};
use crate::uv_poll::{self, Callback};

/// Payloads of at least this size are handed to JavaScript without a copy; below it the copy is cheaper.
const EXTERNAL: usize = 32 * 1024;

type Ring = ThreadsafeFunction<(), (), (), napi::Status, false, true>;

#[derive(Default)]
struct Waiting {
    events: Vec<(u64, Event)>,
    /// Whether JavaScript has been told, or will be without a call of ours, and has not come yet.
    rung: bool,
}

struct Inbox {
    waiting: Mutex<Waiting>,
    ring: Ring,
}

impl Sink for Inbox {
    fn event(&self, channel: u64, event: Event) {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.events.push((channel, event));
        if !std::mem::replace(&mut waiting.rung, true) {
            drop(waiting);
            // When JavaScript is ending nobody listens; what lies here is closed with the inbox.
            self.ring.call((), ThreadsafeFunctionCallMode::NonBlocking);
        }
    }
}

impl Inbox {
    fn take(&self) -> Vec<(u64, Event)> {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.rung = false;
        std::mem::take(&mut waiting.events)
    }

    /// What the hub has to do, done by the thread whose inbox this is.
    fn turn(&self, hub: &Hub, buffer: &mut [u8]) -> Vec<(u64, Event)> {
        self.waiting
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .rung = true;
        hub.turn(buffer, Some(&Timespec::default()));
        self.take()
    }
}

/// What arrives for one JavaScript thread. Does not keep its event loop alive.
#[napi]
pub struct PortInbox {
    inbox: Arc<Inbox>,
    /// What this thread's event loop watches, where it can.
    hub: Option<Arc<Hub>>,
}

/// Has this thread's event loop drive a hub whose events are handed to `deliver`.
fn drive(env: &Env, inbox: &Arc<Inbox>, deliver: &Function<(), ()>) -> Option<Arc<Hub>> {
    let hub = Hub::new().ok()?;
    // SAFETY: both belong to the call that makes the inbox.
    let callback = unsafe { Callback::new(env.raw(), deliver.raw()) }?;
    let fd = hub.as_fd().as_raw_fd();
    let (inbox, watched) = (Arc::clone(inbox), Arc::clone(&hub));
    let buffer = RefCell::new(vec![0; port::INLINE]);
    let ready = move || {
        let mut events = inbox.turn(&watched, &mut buffer.borrow_mut());
        match events.len() {
            0 => {}
            1 => callback.call(|env| {
                let (channel, event) = events.remove(0);
                Ok(Vec::from(triple(env, channel, event)?))
            }),
            _ => callback.call(|env| Ok(vec![flat(env, events)?.raw()])),
        }
    };
    // SAFETY: the environment is that of the running call; `ready` holds the hub, and with it the descriptor.
    unsafe { uv_poll::watch(env.raw(), fd, Box::new(ready)) }.then_some(hub)
}

/// An event as a triple: channel, body, descriptors. Body: a Buffer (a message), a text (a message in brief form), a number (the
/// message kept under it has been sent), or null (the other end is gone). Descriptors: numbers that are now the caller's, null for
/// none, false when this process had no room for them; of a message in brief form, the attachments to its blocks, or why there are
/// none, as an error's text.
fn triple(env: &Env, channel: u64, event: Event) -> Result<[napi_value; 3]> {
    let (body, rest) = match event {
        Event::Message(message) => message_values(env, message)?,
        Event::Sent(number) => (value(env, number as f64)?, value(env, Null)?),
        Event::Closed => (value(env, Null)?, value(env, Null)?),
    };
    Ok([value(env, channel as f64)?, body, rest])
}

/// Triples in one flat array.
fn flat<'env>(env: &'env Env, events: Vec<(u64, Event)>) -> Result<Array<'env>> {
    let mut flat = env.create_array(0)?;
    for (channel, event) in events {
        for value in triple(env, channel, event)? {
            flat.insert(Made(value))?;
        }
    }
    Ok(flat)
}

/// A value of the call that is running.
struct Made(napi_value);

impl ToNapiValue for Made {
    unsafe fn to_napi_value(_env: napi_env, value: Made) -> Result<napi_value> {
        Ok(value.0)
    }
}

fn value(env: &Env, value: impl ToNapiValue) -> Result<napi_value> {
    // SAFETY: the environment is that of the running call.
    unsafe { ToNapiValue::to_napi_value(env.raw(), value) }
}

fn message_values(env: &Env, message: Message) -> Result<(napi_value, napi_value)> {
    if brief::is(&message.bytes)
        && let Some((text, blocks)) = brief::read(&message.bytes)
    {
        // Most are ASCII, which needs no decoding.
        let body = if text.is_ascii() {
            env.create_string_latin1(text.as_bytes())?
        } else {
            env.create_string(text)?
        };
        if message.truncated {
            return Ok((body.raw(), value(env, false)?));
        }
        let rest = match attach(blocks, message.fds) {
            Ok(blocks) => value(env, blocks)?,
            Err(error) => value(env, error.reason.clone())?,
        };
        return Ok((body.raw(), rest));
    }
    let body = if message.bytes.len() < EXTERNAL {
        value(env, BufferSlice::copy_from(env, &message.bytes)?)?
    } else {
        value(env, Buffer::from(message.bytes))?
    };
    let rest = if message.truncated {
        value(env, false)?
    } else if message.fds.is_empty() {
        value(env, Null)?
    } else {
        let fds = message.fds.into_iter().map(IntoRawFd::into_raw_fd);
        value(env, fds.collect::<Vec<RawFd>>())?
    };
    Ok((body, rest))
}

/// Attaches to the blocks of a message in brief form: to all of them, or to none.
fn attach(blocks: Vec<SentBlock>, fds: Vec<OwnedFd>) -> Result<Vec<NativeBlock>> {
    if blocks.len() != fds.len() {
        return Err(fail(
            "HANDLE_MISMATCH",
            format!(
                "a message names {} blocks, and came with {} descriptors",
                blocks.len(),
                fds.len()
            ),
            json!({ "field": "fd" }),
        ));
    }
    let attach_one = |(block, fd): (SentBlock, OwnedFd)| {
        Attachment::attach_fd(fd, &block.handle, block.readonly).map(NativeBlock::of)
    };
    blocks
        .into_iter()
        .zip(fds)
        .map(attach_one)
        .collect::<std::result::Result<_, _>>()
        .map_err(memory_error)
}

#[napi]
impl PortInbox {
    /// `deliver` is called with the one event as three arguments, with several in an array (see `drain`), or without any to drain
    /// them itself.
    #[napi(constructor)]
    pub fn new(env: &Env, deliver: Function<(), ()>) -> Result<PortInbox> {
        let ring = deliver
            .build_threadsafe_function::<()>()
            .weak::<true>()
            .build()?;
        let inbox = Arc::new(Inbox {
            waiting: Mutex::default(),
            ring,
        });
        let hub = drive(env, &inbox, &deliver);
        Ok(PortInbox { inbox, hub })
    }

    /// Everything that has arrived: the events' triples in one array.
    #[napi]
    pub fn drain<'env>(&self, env: &'env Env) -> Result<Array<'env>> {
        flat(env, self.inbox.take())
    }

    /// Opens a channel and takes over its descriptors: `[reader]`, `[reader, writer]` or `[reader, writer, credits]`.
    /// `demand`: messages to take at first, -1 for all. `exit_after`: milliseconds after which this process ends when
    /// the other end is gone, -1 for never.
    #[napi]
    pub fn open(&self, fds: Vec<i32>, demand: i32, exit_after: i32) -> Result<NativePort> {
        let mut fds = fds
            .into_iter()
            .map(own)
            .collect::<Result<Vec<_>>>()?
            .into_iter();
        let Some(reader) = fds.next() else {
            return Err(fail("BAD_ARGUMENT", "a port needs a descriptor", json!({})));
        };
        let ends = Ends {
            reader,
            writer: fds.next(),
            credits: fds.next(),
        };
        for fd in [
            Some(&ends.reader),
            ends.writer.as_ref(),
            ends.credits.as_ref(),
        ]
        .into_iter()
        .flatten()
        {
            // One that came through `exec` is inheritable; programs that this one starts must not keep it open.
            rustix::io::fcntl_setfd(fd, rustix::io::FdFlags::CLOEXEC)
                .map_err(|error| refused("open a port", &error.into()))?;
        }
        let demand = u64::try_from(demand).ok();
        let exit_after = u64::try_from(exit_after).ok().map(Duration::from_millis);
        let sink = Arc::clone(&self.inbox) as Arc<dyn Sink>;
        // A queue, which messages are taken from one by one, is left to the loop that wants them. A connection is read at all
        // times, also while JavaScript is busy.
        let channel = match (&self.hub, demand, exit_after) {
            (Some(hub), Some(_), None) => Channel::open_in(hub, ends, demand, sink),
            _ => Channel::open(ends, demand, exit_after, sink),
        };
        let channel = channel.map_err(|error| refused("open a port", &error))?;
        Ok(NativePort::on(channel))
    }
}
