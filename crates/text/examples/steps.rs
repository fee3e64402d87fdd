//! Instructions a row of one engine, step by step: for engines whose instructions valgrind does not know. Linux on x86-64.
//!
//!     cargo run --release -p sharray-text --example steps -- TABLE ENGINE count|parse
//!
//! A child is stopped before its pass and behind it, and the parent counts its steps in between.

#[path = "tables/plain.rs"]
mod plain;
mod tables;

use plain::Plain;
use tables::{Table, tables};

/// Small, for a step takes microseconds.
const BYTES: usize = 100_000;

fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [name, engine, what] = &words[..] else {
        panic!("three arguments: TABLE ENGINE count|parse");
    };
    let table = tables(name, BYTES).next().expect("a table");
    let (count, parse) = (what == "count", what == "parse");
    let mut out = table.room();
    let mut plain = Plain::new(&table);
    let mut pass: Box<dyn FnMut()> = if engine == "plain" {
        Box::new(|| plain.pass(&mut out, count, parse))
    } else {
        let kernel = table.kernel(engine);
        let (table, out) = (&table, &mut out);
        Box::new(move || table.pass(&kernel, out, count, parse))
    };
    // The first time lists are allocated.
    pass();
    let steps = steps(&mut *pass);
    let Table {
        name, bytes, rows, ..
    } = table;
    println!(r#"{{"table":"{name}","bytes":{bytes},"rows":{rows},"instructions":{steps}}}"#);
}

/// What a child of this process executes in `work`.
fn steps(work: &mut dyn FnMut()) -> u64 {
    // SAFETY: the process has one thread. The child traces itself, stops, works, and leaves without a return.
    let child = unsafe { libc::fork() };
    assert!(child >= 0, "fork: {}", std::io::Error::last_os_error());
    if child == 0 {
        // SAFETY: as above.
        unsafe {
            libc::ptrace(libc::PTRACE_TRACEME, 0, 0, 0);
            libc::raise(libc::SIGSTOP);
        }
        work();
        // SAFETY: as above.
        unsafe {
            libc::raise(libc::SIGSTOP);
            libc::_exit(0);
        }
    }
    let stopped_by = || {
        let mut status = 0;
        // SAFETY: our child, and room for its status.
        assert_eq!(unsafe { libc::waitpid(child, &raw mut status, 0) }, child);
        assert!(libc::WIFSTOPPED(status), "the pass ended early: {status:x}");
        libc::WSTOPSIG(status)
    };
    assert_eq!(stopped_by(), libc::SIGSTOP);
    let mut steps = 0;
    loop {
        // SAFETY: the child is stopped.
        let stepped = unsafe { libc::ptrace(libc::PTRACE_SINGLESTEP, child, 0, 0) };
        assert_eq!(stepped, 0, "ptrace: {}", std::io::Error::last_os_error());
        if stopped_by() != libc::SIGTRAP {
            break;
        }
        steps += 1;
    }
    // SAFETY: our child, which is ended and taken leave of.
    unsafe {
        libc::kill(child, libc::SIGKILL);
        libc::waitpid(child, std::ptr::null_mut(), 0);
    }
    steps
}
