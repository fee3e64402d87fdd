//! The arena against a model, and against attachers that come at any moment, in this process and in others.

use std::env;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use proptest::prelude::*;
use sharray_memory::arena::{give_back, kept_bytes, limit};
use sharray_memory::{Attachment, Error, Handle, Nonce, Reserve, release};

const MIB: u64 = 1 << 20;

fn alone() -> MutexGuard<'static, ()> {
    static LOCK: Mutex<()> = Mutex::new(());
    let guard = LOCK.lock().unwrap_or_else(PoisonError::into_inner);
    limit::set(Some(64 * MIB));
    give_back();
    guard
}

fn fill(block: &Attachment, byte: u8) {
    let (to, length) = (block.as_ptr().unwrap(), block.data_len() as usize);
    // SAFETY: the whole block is mapped, and nobody else uses it meanwhile in these tests.
    unsafe { to.write_bytes(byte, length) };
}

fn content(block: &Attachment) -> Vec<u8> {
    let mut bytes = vec![1; block.data_len() as usize];
    block.pread_at(&mut bytes, 0).unwrap();
    let from = block.as_ptr().unwrap();
    // SAFETY: as above.
    let mapped = unsafe { std::slice::from_raw_parts(from, bytes.len()) };
    assert!(mapped == bytes, "the mapping shows the file");
    bytes
}

#[derive(Clone, Debug)]
enum Step {
    Create(u64),
    /// The largest size that was possible, and what part of it (of 8) was filled.
    Load(u64, u64),
    /// A load that is closed before it is cut.
    Abandon(u64),
    Write(prop::sample::Index, u8),
    Close(prop::sample::Index),
    /// Close while another attachment stays, which then has the array.
    HandOver(prop::sample::Index),
    /// A buffer of the array outlives it.
    CloseHeld(prop::sample::Index),
    Revive(prop::sample::Index),
    Limit(u64),
}

fn size() -> impl Strategy<Value = u64> {
    prop_oneof![
        6 => (0..8u64, -2i64..3).prop_map(|(half, more)| (MIB + half * MIB / 2).saturating_add_signed(more)),
        1 => 0..3 * MIB,
    ]
}

fn step() -> impl Strategy<Value = Step> {
    let index = any::<prop::sample::Index>;
    prop_oneof![
        4 => size().prop_map(Step::Create),
        2 => (size(), 0..9u64).prop_map(|(size, part)| Step::Load(size, part)),
        1 => size().prop_map(Step::Abandon),
        4 => (index(), 1..=255u8).prop_map(|(at, byte)| Step::Write(at, byte)),
        5 => index().prop_map(Step::Close),
        1 => index().prop_map(Step::HandOver),
        1 => index().prop_map(Step::CloseHeld),
        2 => index().prop_map(Step::Revive),
        1 => (0..4u64).prop_map(Step::Limit),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever was kept before: an array is zeros or its rows, is what was written to it, and its handle leads to it for as
    /// long as it is open and nowhere afterwards.
    #[test]
    fn arrays_are_as_if_each_had_memory_of_its_own(steps in prop::collection::vec(step(), 1..40)) {
        let _alone = alone();
        let mut open: Vec<(Attachment, Vec<u8>)> = Vec::new();
        let mut gone: Vec<Handle> = Vec::new();
        let mut holds = Vec::new();
        for step in steps {
            match step {
                Step::Create(size) => {
                    let block = Attachment::create(size, Reserve::All).unwrap();
                    open.push((block, vec![0; size as usize]));
                }
                Step::Load(bound, part) => {
                    let load = Attachment::create(bound, Reserve::Sparse).unwrap();
                    let rows = vec![part as u8 + 100; (bound * part / 8) as usize];
                    load.pwrite_at(&rows, 0).unwrap();
                    load.cut(rows.len() as u64).unwrap();
                    open.push((load, rows));
                }
                Step::Abandon(bound) => {
                    let load = Attachment::create(bound, Reserve::Sparse).unwrap();
                    load.pwrite_at(&vec![99; bound as usize / 2], bound / 3).unwrap();
                    gone.push(load.handle());
                    release(Arc::new(load));
                }
                Step::Write(at, byte) if !open.is_empty() => {
                    let index = at.index(open.len());
                    let (block, bytes) = &mut open[index];
                    fill(block, byte);
                    bytes.fill(byte);
                }
                Step::Close(at) if !open.is_empty() => {
                    let (block, _) = open.swap_remove(at.index(open.len()));
                    gone.push(block.handle());
                    release(Arc::new(block));
                }
                Step::HandOver(at) if !open.is_empty() => {
                    let (block, bytes) = open.swap_remove(at.index(open.len()));
                    // The handle that it has from now on; the old one may lead to it still, or not.
                    let other = Attachment::attach(&block.handle(), false).unwrap();
                    release(Arc::new(block));
                    open.push((other, bytes));
                }
                Step::CloseHeld(at) if !open.is_empty() => {
                    let (block, _) = open.swap_remove(at.index(open.len()));
                    let (base, length) = (block.as_ptr().unwrap(), block.data_len() as usize);
                    holds.push((base, length, block.hold().unwrap()));
                    gone.push(block.handle());
                    release(Arc::new(block));
                }
                Step::Revive(at) if !gone.is_empty() => {
                    let handle = &gone[at.index(gone.len())];
                    let error = Attachment::attach(handle, false).unwrap_err();
                    prop_assert_eq!(error.code(), "BLOCK_GONE", "{}", error);
                }
                Step::Limit(quarters) => limit::set(Some(quarters * 4 * MIB)),
                _ => {}
            }
            for (block, bytes) in &open {
                prop_assert!(content(block) == *bytes, "{step:?}");
                let again = Attachment::attach(&block.handle(), true).unwrap();
                prop_assert_eq!(again.data_len(), bytes.len() as u64);
            }
            for (base, length, _) in &holds {
                // SAFETY: the hold keeps the addresses.
                let shown = unsafe { std::slice::from_raw_parts(*base, *length) };
                prop_assert!(shown.iter().step_by(4096).all(|byte| *byte == 0));
            }
        }
        limit::set(Some(0));
        drop(holds);
        open.into_iter().for_each(|(block, _)| release(Arc::new(block)));
        give_back();
        prop_assert_eq!(kept_bytes(), 0);
    }
}

fn line(handle: &Handle) -> String {
    let Handle {
        pid,
        fd,
        dev,
        ino,
        nonce,
        size,
        ..
    } = handle;
    format!("{pid} {fd} {dev} {ino} {nonce} {size}\n")
}

fn parse(line: &str, like: &Handle) -> Handle {
    let words: Vec<&str> = line.split_whitespace().collect();
    Handle {
        pid: words[0].parse().unwrap(),
        fd: words[1].parse().unwrap(),
        dev: words[2].parse().unwrap(),
        ino: words[3].parse().unwrap(),
        nonce: Nonce::parse(words[4]).unwrap(),
        size: words[5].parse().unwrap(),
        ..like.clone()
    }
}

/// Attaches, and makes sure that it is the handle's array, for as long as it is attached. False: it was gone.
fn attach_and_check(handle: &Handle) -> bool {
    let block = match Attachment::attach(handle, false) {
        Ok(block) => block,
        Err(error) => {
            // Another thread of the handle's process may still have the array, behind a descriptor of its own.
            let elsewhere = matches!(error, Error::HandleMismatch { field: "fd", .. });
            let here = handle.pid == std::process::id();
            assert!(
                error.code() == "BLOCK_GONE" || (elsewhere && here),
                "{error}"
            );
            return false;
        }
    };
    let wanted = handle.nonce.to_string();
    for _ in 0..3 {
        for at in [0, block.data_len() - 32] {
            let mut found = [0; 32];
            block.pread_at(&mut found, at).unwrap();
            assert_eq!(String::from_utf8_lossy(&found), wanted, "another array");
        }
    }
    true
}

/// A new array that holds its own nonce.
fn stamped(size: u64) -> Attachment {
    let block = Attachment::create(size, Reserve::All).unwrap();
    let nonce = block.handle().nonce.to_string();
    block.pwrite_at(nonce.as_bytes(), 0).unwrap();
    block.pwrite_at(nonce.as_bytes(), size - 32).unwrap();
    block
}

#[test]
fn threads_that_attach_while_the_memory_is_used_again_have_their_array_or_none() {
    let _alone = alone();
    let slot = Mutex::new(None::<Handle>);
    let over = AtomicBool::new(false);
    let (attached, gone) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let mut again = 0;
    std::thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                while !over.load(Ordering::Relaxed) {
                    let handle = slot.lock().unwrap().clone();
                    if let Some(handle) = handle {
                        let count = if attach_and_check(&handle) {
                            &attached
                        } else {
                            &gone
                        };
                        count.fetch_add(1, Ordering::Relaxed);
                    }
                }
            });
        }
        let mut inodes = Vec::new();
        while inodes.len() < 1000
            || attached.load(Ordering::Relaxed) < 100
            || gone.load(Ordering::Relaxed) < 100
        {
            let block = stamped(MIB);
            let handle = block.handle();
            again += usize::from(inodes.contains(&handle.ino));
            inodes.push(handle.ino);
            *slot.lock().unwrap() = Some(handle);
            if inodes.len().is_multiple_of(3) {
                std::thread::yield_now();
            }
            release(Arc::new(block));
        }
        over.store(true, Ordering::Relaxed);
    });
    println!("used again {again} times, attached {attached:?}, gone {gone:?}");
    assert!(again > 0);
}

/// This test program once more, as the process that attaches.
struct Attacher {
    child: Child,
    to: ChildStdin,
    from: BufReader<ChildStdout>,
}

const ROLE: &str = "SHARRAY_TEST_ATTACHER";

impl Attacher {
    fn start() -> Attacher {
        let mut child = Command::new(env::current_exe().unwrap())
            .args(["--exact", "attacher", "--nocapture", "--test-threads=1"])
            .env(ROLE, "1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let to = child.stdin.take().unwrap();
        let from = BufReader::new(child.stdout.take().unwrap());
        Attacher { child, to, from }
    }

    fn say(&mut self, text: &str) {
        self.to.write_all(text.as_bytes()).unwrap();
    }

    /// The next line that begins with a word of ours; the test runner prints lines of its own.
    fn hear(&mut self) -> String {
        loop {
            let mut line = String::new();
            assert_ne!(
                self.from.read_line(&mut line).unwrap(),
                0,
                "the attacher ended"
            );
            if let Some(word) = line.trim_end().strip_prefix("> ") {
                return word.to_string();
            }
        }
    }
}

/// Not a test of its own: what the other process does. Each line of its input is a handle; `keep` before it keeps it attached.
#[test]
fn attacher() {
    if env::var_os(ROLE).is_none() {
        println!("skipped: it runs in a process that another test starts");
        return;
    }
    let like = Attachment::create(1, Reserve::All).unwrap().handle();
    let mut kept = Vec::new();
    for line in std::io::stdin().lines() {
        let line = line.unwrap();
        match line.strip_prefix("keep ") {
            Some(rest) => {
                kept.push(Attachment::attach(&parse(rest, &like), false).unwrap());
                println!("\n> kept");
            }
            None => println!(
                "\n> {}",
                if attach_and_check(&parse(&line, &like)) {
                    "attached"
                } else {
                    "gone"
                }
            ),
        }
    }
}

#[test]
fn a_process_that_attaches_meanwhile_has_its_array_or_none() {
    let _alone = alone();
    let mut other = Attacher::start();
    let (mut attached, mut gone, mut inodes, mut again) = (0, 0, Vec::new(), 0);
    for round in 0..600 {
        let block = stamped(MIB + round % 5 * 4096);
        let handle = block.handle();
        again += usize::from(inodes.contains(&handle.ino));
        inodes.push(handle.ino);
        other.say(&line(&handle));
        // Sometimes long enough for the other to attach first, mostly not.
        if round % 3 == 0 {
            std::thread::yield_now();
        }
        if round % 7 == 0 {
            other.say(&line(&handle));
            let word = other.hear();
            assert_eq!(word, "attached", "it is open");
        } else {
            release(Arc::new(block));
            let next = stamped(MIB);
            again += usize::from(inodes.contains(&next.handle().ino));
            release(Arc::new(next));
        }
        match other.hear().as_str() {
            "attached" => attached += 1,
            _ => gone += 1,
        }
    }
    println!("used again {again} times, attached {attached}, gone {gone}");
    assert!(again > 0);
    drop(other.to);
    assert!(other.child.wait().unwrap().success());
}

#[test]
fn what_a_killed_process_had_attached_is_kept_only_after_its_death() {
    let _alone = alone();
    for killed_first in [false, true] {
        let mut other = Attacher::start();
        let block = stamped(4 * MIB);
        other.say(&format!("keep {}", line(&block.handle())));
        assert_eq!(other.hear(), "kept");
        if killed_first {
            other.child.kill().unwrap();
            other.child.wait().unwrap();
        }
        release(Arc::new(block));
        assert_eq!(kept_bytes() > 0, killed_first);
        if !killed_first {
            other.child.kill().unwrap();
            other.child.wait().unwrap();
        }
        give_back();
    }
}
