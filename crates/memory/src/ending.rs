//! What becomes of the names of blocks when a process ends without closing them.
//!
//! A process that exits, by whatever way, runs a handler that leaves its named blocks: the own lease goes, and whoever was
//! the last takes the name along. The same is done for SIGTERM, SIGINT and SIGHUP where nobody handles them: they end the
//! process, and by then it is too late. What ends a process without notice leaves its names to the next sweep.
//!
//! A signal may come at any instruction, so what runs then allocates nothing and waits for no lock: the blocks stand in
//! slots that are never freed, in fields that are read and written one by one. A slot that is just being changed may be
//! read half old and half new; its file then is not the one that the name leads to, and stays.
#![allow(unsafe_code)]

use std::ffi::{CStr, c_int, c_void};
use std::os::fd::{AsRawFd, RawFd};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::ptr;
use std::sync::atomic::{AtomicBool, AtomicI32, AtomicPtr, AtomicU8, AtomicU64, Ordering};
use std::sync::{Mutex, Once, OnceLock, PoisonError};

use rustix::fs::{FlockOperation, Mode, OFlags, flock, fstat, lstat, open, unlink};

/// Longer than any path of a named block, with its closing zero.
const PATH: usize = 288;
const SLOTS: usize = 32;

/// One lease on a named block.
#[derive(Debug)]
struct Slot {
    live: AtomicBool,
    fd: AtomicI32,
    dev: AtomicU64,
    ino: AtomicU64,
    path: [AtomicU8; PATH],
}

impl Slot {
    const fn new() -> Slot {
        Slot {
            live: AtomicBool::new(false),
            fd: AtomicI32::new(-1),
            dev: AtomicU64::new(0),
            ino: AtomicU64::new(0),
            path: [const { AtomicU8::new(0) }; PATH],
        }
    }

    fn is_of(&self, place: (u64, u64)) -> bool {
        let own = (
            self.dev.load(Ordering::Relaxed),
            self.ino.load(Ordering::Relaxed),
        );
        self.live.load(Ordering::Acquire) && own == place
    }
}

struct Chunk {
    slots: [Slot; SLOTS],
    next: AtomicPtr<Chunk>,
}

impl Chunk {
    const fn new() -> Chunk {
        Chunk {
            slots: [const { Slot::new() }; SLOTS],
            next: AtomicPtr::new(ptr::null_mut()),
        }
    }
}

static FIRST: Chunk = Chunk::new();
/// Slots that nobody has. Its lock is held while a slot is taken or given up.
static SPARE: Mutex<Vec<&'static Slot>> = Mutex::new(Vec::new());

/// All slots there are.
fn slots() -> impl Iterator<Item = &'static Slot> {
    let mut chunk: Option<&'static Chunk> = Some(&FIRST);
    std::iter::from_fn(move || {
        let this = chunk?;
        let next = this.next.load(Ordering::Acquire);
        // SAFETY: chunks after the first are leaked boxes, published by the store that this load saw; none is ever freed.
        chunk = unsafe { next.as_ref() };
        Some(this.slots.iter())
    })
    .flatten()
}

/// One more lease on a named block that this process is to leave when it ends; forgotten when this value goes.
#[derive(Debug)]
pub(crate) struct Leaving(&'static Slot);

impl Leaving {
    /// `path`: where its name is; `place`: device and inode of its file. The descriptor stays the caller's, who drops this
    /// value before it closes it.
    pub(crate) fn note(path: &Path, fd: RawFd, place: (u64, u64)) -> Option<Leaving> {
        let path = path.as_os_str().as_bytes();
        if path.len() >= PATH {
            return None;
        }
        prepare();
        let mut spare = SPARE.lock().unwrap_or_else(PoisonError::into_inner);
        if spare.is_empty() {
            spare.extend(more());
        }
        let slot = spare.pop()?;
        slot.fd.store(fd, Ordering::Relaxed);
        slot.dev.store(place.0, Ordering::Relaxed);
        slot.ino.store(place.1, Ordering::Relaxed);
        for (to, from) in slot.path.iter().zip(path.iter().chain([&0])) {
            to.store(*from, Ordering::Relaxed);
        }
        slot.live.store(true, Ordering::Release);
        Some(Leaving(slot))
    }
}

impl Drop for Leaving {
    fn drop(&mut self) {
        let mut spare = SPARE.lock().unwrap_or_else(PoisonError::into_inner);
        self.0.live.store(false, Ordering::Release);
        spare.push(self.0);
    }
}

/// The slots of the first chunk when nobody had them yet, else those of a new one.
fn more() -> impl Iterator<Item = &'static Slot> {
    static BEGUN: AtomicBool = AtomicBool::new(false);
    let chunk: &'static Chunk = if BEGUN.swap(true, Ordering::Relaxed) {
        let new: &'static mut Chunk = Box::leak(Box::new(Chunk::new()));
        *new.next.get_mut() = FIRST.next.load(Ordering::Acquire);
        let new = ptr::from_mut(new);
        FIRST.next.store(new, Ordering::Release);
        // SAFETY: the box was leaked above, and from here on it is only shared.
        unsafe { &*new }
    } else {
        &FIRST
    };
    chunk.slots.iter()
}

/// Leaves every named block of this process. Nothing here allocates, and nothing waits.
fn leave_all() {
    // Keeps other threads from closing a descriptor that is replaced below; a signal may have interrupted whoever has it.
    let _held = SPARE.try_lock();
    for slot in slots().filter(|slot| slot.live.load(Ordering::Acquire)) {
        let mut bytes = [0u8; PATH];
        for (to, from) in bytes.iter_mut().zip(&slot.path) {
            *to = from.load(Ordering::Relaxed);
        }
        let Ok(path) = CStr::from_bytes_until_nul(&bytes) else {
            continue;
        };
        leave(path);
    }
}

fn leave(path: &CStr) -> Option<()> {
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let fd = open(path, flags, Mode::empty()).ok()?;
    let found = fstat(&fd).ok()?;
    let place = (found.st_dev, found.st_ino);
    for slot in slots().filter(|slot| slot.is_of(place)) {
        let own = slot.fd.load(Ordering::Relaxed);
        // SAFETY: both are descriptors of this process, which ends. The lease goes with what `own` stood for; its number stays
        // taken, so that no thread that still writes to it can reach a file that is opened meanwhile.
        unsafe { libc::dup3(fd.as_raw_fd(), own, libc::O_CLOEXEC) };
    }
    // As the last one out does: see the removal of names.
    flock(&fd, FlockOperation::NonBlockingLockExclusive).ok()?;
    let now = lstat(path).ok()?;
    if (now.st_dev, now.st_ino) == place {
        unlink(path).ok()?;
    }
    Some(())
}

extern "C" fn at_exit() {
    leave_all();
}

/// The signals that end a process which does not handle them, and that are sent to end one.
const SIGNALS: [c_int; 3] = [libc::SIGTERM, libc::SIGINT, libc::SIGHUP];

/// What was done at each of them before.
static BEFORE: [OnceLock<libc::sigaction>; SIGNALS.len()] =
    [const { OnceLock::new() }; SIGNALS.len()];

extern "C" fn on_signal(signal: c_int) {
    leave_all();
    let before = SIGNALS
        .iter()
        .position(|known| *known == signal)
        .and_then(|i| BEFORE[i].get());
    // SAFETY: puts back an action that was in force before, or the system's own, and sends the signal anew: it comes when this
    // function has returned, and ends the process. All three calls are allowed in a signal handler.
    unsafe {
        match before {
            Some(before) => libc::sigaction(signal, before, ptr::null_mut()),
            None => {
                libc::signal(signal, libc::SIG_DFL);
                0
            }
        };
        libc::raise(signal);
    }
}

/// Makes sure that the process leaves its blocks when it ends. Asked at every name: what others do at a signal changes.
fn prepare() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        stay_loaded();
        // SAFETY: the handler is a function of this library, which stays loaded.
        unsafe { libc::atexit(at_exit) };
    });
    // The first process of a container survives these signals unless it handles them itself.
    if std::process::id() == 1 {
        return;
    }
    for (signal, before) in SIGNALS.into_iter().zip(&BEFORE) {
        watch(signal, before);
    }
}

fn watch(signal: c_int, before: &OnceLock<libc::sigaction>) {
    let Some(now) = action(signal) else { return };
    if now.sa_sigaction == handler() || !ends(&now) {
        return;
    }
    let _ = before.set(now);
    // SAFETY: all zeros is an empty action; the fields that matter are set below.
    let mut ours: libc::sigaction = unsafe { std::mem::zeroed() };
    ours.sa_sigaction = handler();
    ours.sa_flags = libc::SA_ONSTACK | libc::SA_RESTART;
    // SAFETY: as above, for what the call fills in.
    let mut replaced: libc::sigaction = unsafe { std::mem::zeroed() };
    // SAFETY: both point to live actions, and the handler does only what a signal handler may do.
    unsafe { libc::sigaction(signal, &ours, &mut replaced) };
    if !ends(&replaced) && replaced.sa_sigaction != handler() {
        // Another thread began to handle the signal between the two calls: it is theirs.
        // SAFETY: puts back what was just replaced.
        unsafe { libc::sigaction(signal, &replaced, ptr::null_mut()) };
    }
}

fn handler() -> libc::sighandler_t {
    on_signal as extern "C" fn(c_int) as *const c_void as libc::sighandler_t
}

/// What is done now at a signal.
fn action(signal: c_int) -> Option<libc::sigaction> {
    // SAFETY: all zeros is an empty action, which the call fills in.
    let mut now: libc::sigaction = unsafe { std::mem::zeroed() };
    // SAFETY: asks only.
    (unsafe { libc::sigaction(signal, ptr::null(), &mut now) } == 0).then_some(now)
}

/// Whether the signal ends the process: nobody handles it, or only Node's own handler does, which puts the terminal in order
/// once and sends the signal anew. What a program listens to is handled more than once.
fn ends(action: &libc::sigaction) -> bool {
    let once = action.sa_flags & libc::SA_RESETHAND != 0;
    action.sa_sigaction == libc::SIG_DFL || once && action.sa_sigaction != libc::SIG_IGN
}

/// Keeps this library in memory: handlers of the process point into it.
fn stay_loaded() {
    // SAFETY: asks which file a function of this library came from; `info` is filled in when the answer is not 0. Opening that
    // file again by a name that the loader gave itself only counts a use of it.
    unsafe {
        let mut info: libc::Dl_info = std::mem::zeroed();
        if libc::dladdr(on_signal as *const c_void, &mut info) != 0 && !info.dli_fname.is_null() {
            libc::dlopen(
                info.dli_fname,
                libc::RTLD_LAZY | libc::RTLD_NOLOAD | libc::RTLD_NODELETE,
            );
        }
    }
}
