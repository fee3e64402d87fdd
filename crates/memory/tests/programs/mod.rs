//! Processes for tests: this test program once more, which then plays the part that it is told.
#![allow(dead_code, reason = "each test program uses a part")]

use std::env;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::process::CommandExt;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

const PART: &str = "SHARRAY_TEST_PART";

/// What this process was told to play, if it was: in the test `part` of each test program.
pub fn told() -> Option<Vec<String>> {
    let told = env::var(PART).ok()?;
    Some(told.split(' ').map(String::from).collect())
}

/// Says a line to the process that started this one.
pub fn say(line: &str) {
    // The test runner writes to standard output as well: what is said bears a mark.
    println!("\n> {line}");
    std::io::stdout().flush().unwrap();
}

/// Waits for a line of the process that started this one.
pub fn hear() -> String {
    let mut line = String::new();
    std::io::stdin().read_line(&mut line).unwrap();
    line.trim().into()
}

/// A process that plays a part. It is killed at the end.
pub struct Player {
    child: Child,
    to: ChildStdin,
    from: BufReader<ChildStdout>,
}

impl Player {
    pub fn start(part: &str) -> Player {
        Player::as_user(part, None)
    }

    pub fn as_user(part: &str, uid: Option<u32>) -> Player {
        let mut command = Command::new(env::current_exe().unwrap());
        command
            .args(["part", "--exact", "--nocapture", "--test-threads=1"])
            .env(PART, part)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped());
        if let Some(uid) = uid {
            command.uid(uid).gid(uid);
        }
        let mut child = command.spawn().unwrap();
        let to = child.stdin.take().unwrap();
        let from = BufReader::new(child.stdout.take().unwrap());
        Player { child, to, from }
    }

    /// The next line that it says.
    pub fn hear(&mut self) -> String {
        let mut line = String::new();
        loop {
            line.clear();
            let count = self.from.read_line(&mut line).unwrap();
            assert!(count > 0, "the process ended without a word");
            if let Some(said) = line.strip_prefix("> ") {
                return said.trim().into();
            }
        }
    }

    pub fn say(&mut self, line: &str) {
        writeln!(self.to, "{line}").unwrap();
    }

    /// SIGKILL; returns when it is gone.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Waits until it ended by itself, well.
    pub fn end(mut self) {
        assert!(self.child.wait().unwrap().success());
    }
}

impl Drop for Player {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
