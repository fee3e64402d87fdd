//! How much is kept: a quarter of the memory that is free or kept, and 4 GiB, at most. The environment variable `SHARRAY_ARENA`
//! says another limit than the 4 GiB, up to half of the memory; `0` keeps nothing.

use std::env;
use std::sync::Mutex;
use std::sync::OnceLock;
use std::sync::PoisonError;
use std::time::{Duration, Instant};

use rustix::process::{Resource, getrlimit};

use crate::limits::room;

/// The environment variable that sets the limit.
pub const VARIABLE: &str = "SHARRAY_ARENA";

const DEFAULT: Setting = Setting {
    most: 4 << 30,
    share: 4,
};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Setting {
    most: u64,
    /// Of the memory that is free or kept, one part in so many.
    share: u64,
}

/// What a program set after the start, instead of the environment.
static CHANGED: Mutex<Option<Setting>> = Mutex::new(None);

fn from_environment() -> &'static Result<Option<u64>, String> {
    static READ: OnceLock<Result<Option<u64>, String>> = OnceLock::new();
    READ.get_or_init(|| match env::var_os(VARIABLE) {
        None => Ok(None),
        Some(text) if text.is_empty() => Ok(None),
        Some(text) => parse(&text.to_string_lossy()).map(Some),
    })
}

/// What is wrong with the environment variable: a sentence. The default holds then.
pub fn complaint() -> Option<&'static str> {
    from_environment().as_ref().err().map(String::as_str)
}

/// Sets the limit of this process; `None`: what the environment says. What is kept beyond it goes at the next release.
pub fn set(bytes: Option<u64>) {
    let setting = bytes.map(explicit);
    *CHANGED.lock().unwrap_or_else(PoisonError::into_inner) = setting;
}

fn explicit(most: u64) -> Setting {
    Setting { most, share: 2 }
}

fn setting() -> Setting {
    let changed = *CHANGED.lock().unwrap_or_else(PoisonError::into_inner);
    changed.unwrap_or_else(|| match from_environment() {
        Ok(Some(most)) => explicit(*most),
        _ => DEFAULT,
    })
}

/// Whether anything is kept at all.
pub(crate) fn on() -> bool {
    setting().most > 0
}

/// Blocks that are kept at most: each has a descriptor, of which a process may have few.
pub(crate) fn blocks() -> usize {
    let descriptors = getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX);
    (descriptors / 16).min(64) as usize
}

/// Bytes that may be kept, when so many are, or are to be.
pub(crate) fn allowed(kept: u64) -> u64 {
    let Setting { most, share } = setting();
    if most == 0 {
        return 0;
    }
    most.min(free().saturating_add(kept) / share)
}

/// Free memory as of a moment ago: asking takes as long as clearing some hundred KiB.
fn free() -> u64 {
    const LASTS: Duration = Duration::from_millis(200);
    static FOUND: Mutex<Option<(Instant, u64)>> = Mutex::new(None);
    let mut found = FOUND.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((when, bytes)) = *found
        && when.elapsed() < LASTS
    {
        return bytes;
    }
    let bytes = room();
    *found = Some((Instant::now(), bytes));
    bytes
}

/// Bytes from a text: a number, and K, M, G or T for powers of 1024.
fn parse(text: &str) -> Result<u64, String> {
    let wrong = || {
        format!(
            "{VARIABLE}: expected a number of bytes, such as 512M or 2G (K, M, G and T are powers of 1024), or 0 to keep \
             nothing; found {text:?}. The default holds: a quarter of the free memory, at most 4 GiB"
        )
    };
    let trimmed = text.trim();
    let digits = trimmed.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let shift = match trimmed[digits.len()..].to_ascii_uppercase().as_str() {
        "" => 0,
        "K" => 10,
        "M" => 20,
        "G" => 30,
        "T" => 40,
        _ => return Err(wrong()),
    };
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(wrong());
    }
    let number: u64 = digits.parse().map_err(|_| wrong())?;
    number.checked_mul(1 << shift).ok_or_else(wrong)
}

#[cfg(test)]
mod tests {
    use super::{VARIABLE, parse};

    #[test]
    fn limits_are_numbers_with_a_suffix() {
        for (text, bytes) in [
            ("0", 0),
            ("4096", 4096),
            ("1k", 1 << 10),
            ("512M", 512 << 20),
            (" 2G ", 2 << 30),
            ("3t", 3 << 40),
        ] {
            assert_eq!(parse(text), Ok(bytes), "{text}");
        }
    }

    #[test]
    fn anything_else_is_refused_with_what_was_found() {
        for text in [
            "",
            "G",
            "-1",
            "1.5G",
            "2GB",
            "2 GiB",
            "off",
            "99999999T",
            "\u{664}",
        ] {
            let refused = parse(text).unwrap_err();
            assert!(refused.starts_with(VARIABLE), "{refused}");
            assert!(refused.contains(&format!("{text:?}")), "{refused}");
        }
    }
}
