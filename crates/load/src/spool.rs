//! Spools: inputs that come but once, as pipes, standard input, and what a program hands over piece by piece. Their bytes are taken as they
//! come, compressed ones as they are, and let go as they are read, or kept where they will be read again. Whoever brings them waits for
//! whoever reads them.

mod failure;
mod pieces;
mod pipe;
mod probe;

use std::fs::File;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde_json::Value;
use sharray_decode::{Encoding, Lines};

use crate::failure::Failure;
pub(crate) use failure::told;
use pieces::Pieces;
pub use probe::{Probe, probe};

/// What comes may be so far ahead of what is read.
const AHEAD: u64 = 4 << 20;
/// Free memory is looked at again at the latest whenever so much more has been kept.
const LOOK_AGAIN: u64 = 64 << 20;
/// Between two looks at whether to go on, while nothing comes.
const WAIT: Duration = Duration::from_millis(50);

/// Asked before more bytes are kept, as [`crate::SpaceCheck`].
pub type Space = Box<dyn Fn(u64) -> Result<(), (String, Value)> + Send + Sync>;

/// Items of a list of lines, one behind the other.
#[derive(Clone, Copy, Debug)]
pub struct Items<'a> {
    /// All their bytes.
    pub bytes: &'a [u8],
    /// Where in `bytes` each of them ends.
    pub ends: &'a [u32],
    /// Whether they are characters, as UTF-8; else they are text of the encoding.
    pub utf8: bool,
}

/// How an input is called, and read.
pub struct About {
    /// For messages.
    pub label: String,
    /// Whether it is read more than once, beside the planning of loads.
    pub keep: bool,
    /// Asked for memory.
    pub space: Space,
}

/// An input that comes but once.
pub struct Spool {
    about: About,
    state: Mutex<State>,
    changed: Condvar,
    aborted: AtomicBool,
}

struct State {
    /// Where the bytes come from; none: they are pushed.
    pipe: Option<Arc<File>>,
    kind: Option<Kind>,
    pieces: Pieces,
    /// How far anybody has read.
    read: u64,
    /// How it ended.
    ended: Option<Result<(), Failure>>,
    /// Called when there is room again.
    waiting: Option<Box<dyn FnOnce() + Send>>,
    /// Bytes for which there was room when it was last asked.
    granted: u64,
}

/// What was pushed first.
enum Kind {
    Bytes,
    Characters,
    Lines(Lines),
}

impl Spool {
    /// One into which bytes, characters or lines are pushed.
    pub fn new(about: About) -> Spool {
        Spool::over(about, None)
    }

    fn over(about: About, pipe: Option<File>) -> Spool {
        Spool {
            about,
            state: Mutex::new(State {
                kind: pipe.is_some().then_some(Kind::Bytes),
                pipe: pipe.map(Arc::new),
                pieces: Pieces::default(),
                read: 0,
                ended: None,
                waiting: None,
                granted: 0,
            }),
            changed: Condvar::new(),
            aborted: AtomicBool::new(false),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes some more bytes.
    pub fn push(&self, bytes: &[u8]) -> Result<(), Failure> {
        let mut state = self.open_state()?;
        match state.kind.get_or_insert(Kind::Bytes) {
            Kind::Bytes => self.store(&mut state, bytes),
            _ => Err(Failure::mixed(&self.about.label)),
        }
    }

    /// Takes some more characters, which are text already.
    pub fn push_characters(&self, text: &str) -> Result<(), Failure> {
        let mut state = self.open_state()?;
        match state.kind.get_or_insert(Kind::Characters) {
            Kind::Characters => self.store(&mut state, text.as_bytes()),
            _ => Err(Failure::mixed(&self.about.label)),
        }
    }

    /// Takes some more items of a list of lines. `encoding`: of those that are bytes. `quoted`: they end softly
    /// (`sharray_decode::SOFT_END`). Both are the same for all.
    pub fn push_items(
        &self,
        items: Items<'_>,
        encoding: Encoding,
        quoted: bool,
    ) -> Result<(), Failure> {
        let mut state = self.open_state()?;
        let kind = &mut state.kind;
        let lines = match kind.get_or_insert_with(|| Kind::Lines(Lines::new(encoding, quoted))) {
            Kind::Lines(lines) => lines,
            _ => return Err(Failure::mixed(&self.about.label)),
        };
        let (mut text, mut from) = (Vec::new(), 0);
        let pushed = items.ends.iter().try_for_each(|&end| {
            let item = items.bytes.get(from..end as usize);
            let item = item.ok_or_else(|| Failure::argument("an item ends before it begins"))?;
            from = end as usize;
            lines
                .push(item, items.utf8, &mut text)
                .map_err(|bad| Failure::item(&self.about.label, bad))
        });
        // Those before a bad one are read first.
        self.store(&mut state, &text).and(pushed)
    }

    /// Ends what is pushed: with all of it, or because of a failure, which whoever comes to it is told.
    pub fn end(&self, how: Result<(), Failure>) {
        self.state().ended.get_or_insert(how);
        self.changed.notify_all();
    }

    /// Ends reading and pushing with ABORTED, also where it is waited for.
    pub fn abort(&self) {
        self.aborted.store(true, Ordering::SeqCst);
        let waiting = self.state().waiting.take();
        self.changed.notify_all();
        if let Some(call) = waiting {
            call();
        }
    }

    /// The same, and gives up memory and descriptors.
    pub fn close(&self) {
        self.abort();
        let mut state = self.state();
        state.pieces.clear();
        state.pipe = None;
    }

    /// Bytes that have come.
    pub fn come(&self) -> u64 {
        self.state().pieces.end()
    }

    /// Whether more can be pushed without waiting, or nothing more is wanted.
    pub fn has_room(&self) -> bool {
        self.is_aborted() || self.state().has_room()
    }

    /// Calls `room` as soon as that is so.
    pub fn when_room(&self, room: impl FnOnce() + Send + 'static) {
        let mut state = self.state();
        // Looked at with the state at hand: whoever aborts takes it after that.
        if !self.is_aborted() && !state.has_room() {
            state.waiting = Some(Box::new(room));
            return;
        }
        drop(state);
        room();
    }

    fn is_aborted(&self) -> bool {
        self.aborted.load(Ordering::SeqCst)
    }

    fn open_state(&self) -> Result<MutexGuard<'_, State>, Failure> {
        if self.is_aborted() {
            return Err(Failure::aborted());
        }
        Ok(self.state())
    }

    fn store(&self, state: &mut State, bytes: &[u8]) -> Result<(), Failure> {
        let held = state.pieces.held() + bytes.len() as u64;
        if held > state.granted.max(AHEAD) {
            let asked = LOOK_AGAIN.max(bytes.len() as u64);
            (self.about.space)(asked)
                .map_err(|(message, details)| Failure::space(message, details))?;
            state.granted = state.pieces.held() + asked;
        }
        state.pieces.append(bytes);
        self.changed.notify_all();
        Ok(())
    }
}

impl State {
    fn has_room(&self) -> bool {
        self.ended.is_some() || self.pieces.end() < self.read + AHEAD
    }
}

/// A spool that is read from its beginning.
pub(crate) struct Reading {
    spool: Arc<Spool>,
    at: u64,
    /// Nobody reads it again.
    last: bool,
}

impl Reading {
    pub(crate) fn new(spool: Arc<Spool>) -> Reading {
        Reading {
            spool,
            at: 0,
            last: false,
        }
    }

    /// What is read from now on is let go, unless it is to be kept.
    pub(crate) fn let_go(&mut self) {
        self.last = !self.spool.about.keep;
    }

    /// Whether it is text as it is, neither compressed nor of another encoding; known behind the first bytes.
    pub(crate) fn is_text(&self) -> bool {
        matches!(
            self.spool.state().kind,
            Some(Kind::Characters | Kind::Lines(_))
        )
    }

    /// Takes the next bytes; none at the end. `look`: asked whether to go on, while none come.
    pub(crate) fn read(
        &mut self,
        into: &mut [u8],
        look: &dyn Fn() -> bool,
    ) -> Result<usize, Failure> {
        let spool = &*self.spool;
        loop {
            if spool.is_aborted() {
                return Err(Failure::aborted());
            }
            let mut state = spool.state();
            let taken = state.pieces.read(self.at, into);
            if taken > 0 {
                self.at += taken as u64;
                state.read = state.read.max(self.at);
                if self.last {
                    state.pieces.let_go(self.at);
                }
                let waiting = state.has_room().then(|| state.waiting.take()).flatten();
                drop(state);
                if let Some(call) = waiting {
                    call();
                }
                return Ok(taken);
            }
            let came = match (&state.ended, state.pipe.clone()) {
                (Some(how), _) => return how.clone().map(|()| 0),
                (None, None) => {
                    let waited = spool.changed.wait_timeout(state, WAIT);
                    !waited.unwrap_or_else(PoisonError::into_inner).1.timed_out()
                }
                (None, Some(pipe)) => {
                    drop(state);
                    spool.take(&pipe, WAIT)?
                }
            };
            if !came && !look() {
                return Err(Failure::aborted());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spool(keep: bool) -> Arc<Spool> {
        Arc::new(Spool::new(About {
            label: "input".to_string(),
            keep,
            space: Box::new(|_| Ok(())),
        }))
    }

    #[test]
    fn whoever_pushes_waits_for_whoever_reads_and_what_was_read_is_let_go_unless_it_is_kept() {
        for keep in [false, true] {
            let spool = spool(keep);
            let mut reading = Reading::new(spool.clone());
            reading.let_go();
            let (mut into, mut at) = (vec![0; 300_000], 0);
            for round in 0..200_u64 {
                while spool.has_room() {
                    spool.push(&[round as u8; 100_000]).unwrap();
                }
                let (tell, told) = std::sync::mpsc::channel();
                spool.when_room(move || tell.send(()).unwrap());
                assert!(told.try_recv().is_err());
                while told.try_recv().is_err() {
                    at += reading.read(&mut into, &|| true).unwrap() as u64;
                }
                let held = spool.state().pieces.held();
                let most = if keep { u64::MAX } else { AHEAD + (1 << 20) };
                assert!(held < most && (!keep || held == spool.come()), "{held}");
            }
            assert!(at > 10 << 20);
            if keep {
                assert_eq!(
                    Reading::new(spool).read(&mut into, &|| true).unwrap(),
                    256 << 10
                );
            }
        }
    }

    #[test]
    fn nobody_waits_for_room_any_more_once_it_is_aborted() {
        let spool = spool(false);
        while spool.has_room() {
            spool.push(&[0; 100_000]).unwrap();
        }
        let (tell, told) = std::sync::mpsc::channel();
        spool.when_room(move || tell.send(()).unwrap());
        spool.abort();
        told.recv().unwrap();
        let (tell, told) = std::sync::mpsc::channel();
        spool.when_room(move || tell.send(()).unwrap());
        told.recv().unwrap();
    }
}
