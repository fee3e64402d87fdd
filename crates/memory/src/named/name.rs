//! Names: which are allowed, their two forms, and where they lie.

use std::path::PathBuf;

use rustix::fs::lstat;
use rustix::io::retry_on_intr;
use rustix::rand::{GetRandomFlags, getrandom};

use crate::error::{Error, Result};

/// The shared-memory mount: glibc's place, which `shm_open`, and so Python, also use.
pub(crate) const MOUNT: &str = "/dev/shm";
const PREFIX: &str = "sharray.";
const PREFIX_KEPT: &str = "sharray-keep.";
/// Between a name and what makes an auxiliary name of it (`sharray.x~lock`).
pub(crate) const AUXILIARY: char = '~';
/// The longest full name: a file name has 255 bytes, of which auxiliary names need some.
const LONGEST: usize = 255 - 40;

/// A full name of sharray's, such as `sharray.x` or `sharray-keep.x`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Name {
    base: String,
    kept: bool,
}

impl Name {
    /// The name that a maker asked for, in short or in full. The full form of a persistent name makes it persistent.
    pub(crate) fn chosen(text: &str, persist: bool) -> Result<Name> {
        let (base, kept) = match (text.strip_prefix(PREFIX_KEPT), text.strip_prefix(PREFIX)) {
            (Some(base), _) => (base, true),
            (_, Some(base)) => (base, persist),
            _ => (text, persist),
        };
        let first = base.bytes().next();
        let good = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
        if !first.is_some_and(good) || !base.bytes().all(|byte| good(byte) || b".-".contains(&byte))
        {
            return Err(bad(
                text,
                "a name begins with a letter, a digit or `_` and goes on with these, `.` and `-`",
            ));
        }
        if PREFIX_KEPT.len() + base.len() > LONGEST {
            return Err(bad(text, "it is longer than 202 bytes"));
        }
        Ok(Name {
            base: base.into(),
            kept,
        })
    }

    /// A name that nobody else has: the process's number, for people who look at a list, and 64 random bits.
    pub(crate) fn fresh(persist: bool) -> Result<Name> {
        let base = format!("{}-{}", std::process::id(), random()?);
        Ok(Name {
            base,
            kept: persist,
        })
    }

    /// As files are called.
    pub(crate) fn full(&self) -> String {
        let prefix = if self.kept { PREFIX_KEPT } else { PREFIX };
        format!("{prefix}{}", self.base)
    }

    /// The same name in its other form.
    pub(crate) fn other_form(&self) -> Name {
        Name {
            base: self.base.clone(),
            kept: !self.kept,
        }
    }

    /// The form in which the name persists, if it does; itself otherwise.
    pub(crate) fn as_it_is(&self) -> Name {
        let kept = Name {
            base: self.base.clone(),
            kept: true,
        };
        if lstat(path(&kept.full())).is_ok() {
            kept
        } else {
            self.clone()
        }
    }

    /// An auxiliary name beside it. Those of both forms are the same.
    pub(crate) fn beside(&self, what: &str) -> String {
        format!("{PREFIX}{}{AUXILIARY}{what}", self.base)
    }
}

/// 64 random bits as 16 hexadecimal digits.
pub(crate) fn random() -> Result<String> {
    let mut bytes = [0; 8];
    // The kernel fills so few bytes at once.
    retry_on_intr(|| getrandom(&mut bytes, GetRandomFlags::empty()))
        .map_err(|errno| Error::system("drawing random numbers (getrandom)", errno))?;
    Ok(format!("{:016x}", u64::from_be_bytes(bytes)))
}

/// Where the file of a full name lies.
pub(crate) fn path(full: &str) -> PathBuf {
    PathBuf::from(format!("{MOUNT}/{full}"))
}

/// The full names that somebody may mean who asks for `text`, in the order in which they are looked for.
pub(crate) fn meant(text: &str, foreign: bool) -> Result<Vec<String>> {
    if text.is_empty() || text == "." || text == ".." || text.contains(['/', '\0']) {
        return Err(bad(
            text,
            "a name is that of one file in /dev/shm: not empty, without `/` and NUL",
        ));
    }
    if text.len() > 255 {
        return Err(bad(text, "it is longer than 255 bytes"));
    }
    if is_ours(text) {
        if text.contains(AUXILIARY) {
            return Err(bad(text, "names with `~` are sharray's own"));
        }
        return Ok(vec![text.into()]);
    }
    let mut names = vec![];
    if let Ok(name) = Name::chosen(text, false) {
        names.extend([name.full(), name.other_form().full()]);
    }
    if foreign {
        names.push(text.into());
    }
    Ok(names)
}

/// Whether a full name is one of sharray's, in either form.
pub fn is_ours(full: &str) -> bool {
    is_swept(full) || is_kept(full)
}

/// Whether a full name is one that persists.
pub(crate) fn is_kept(full: &str) -> bool {
    full.starts_with(PREFIX_KEPT)
}

/// Whether a full name is one that goes with its last holder.
pub(crate) fn is_swept(full: &str) -> bool {
    full.starts_with(PREFIX)
}

fn bad(name: &str, why: &str) -> Error {
    Error::BadName {
        name: name.into(),
        why: why.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_and_full_forms_are_one_name() {
        for (text, persist, full) in [
            ("x", false, "sharray.x"),
            ("x", true, "sharray-keep.x"),
            ("sharray.x", false, "sharray.x"),
            ("sharray.x", true, "sharray-keep.x"),
            ("sharray-keep.x", false, "sharray-keep.x"),
            ("_a.B-9", false, "sharray._a.B-9"),
            ("0", false, "sharray.0"),
        ] {
            assert_eq!(Name::chosen(text, persist).unwrap().full(), full);
        }
    }

    #[test]
    fn wrong_names_are_refused() {
        let long = "a".repeat(203);
        for text in [
            "",
            ".",
            "..",
            ".x",
            "-x",
            "a/b",
            "a b",
            "a~b",
            "a\0",
            "ä",
            "sharray.",
            "sharray-keep.",
            "sharray..x",
            &long,
        ] {
            assert_eq!(
                Name::chosen(text, false).unwrap_err().code(),
                "BAD_ARGUMENT",
                "{text:?}"
            );
        }
        assert!(Name::chosen(&long[1..], true).unwrap().full().len() <= 215);
        for text in [
            "",
            ".",
            "..",
            "a/b",
            "/x",
            "a\0",
            "sharray.x~lock",
            &"a".repeat(256),
        ] {
            assert_eq!(
                meant(text, true).unwrap_err().code(),
                "BAD_ARGUMENT",
                "{text:?}"
            );
        }
    }

    #[test]
    fn a_short_name_is_looked_for_in_both_forms_and_then_as_another_programs() {
        assert_eq!(
            meant("x", true).unwrap(),
            ["sharray.x", "sharray-keep.x", "x"]
        );
        assert_eq!(meant("x", false).unwrap(), ["sharray.x", "sharray-keep.x"]);
        assert_eq!(meant("sharray-keep.x", true).unwrap(), ["sharray-keep.x"]);
        assert_eq!(meant("wnsm ~1", true).unwrap(), ["wnsm ~1"]);
    }

    #[test]
    fn fresh_names_differ() {
        let (one, other) = (Name::fresh(false).unwrap(), Name::fresh(false).unwrap());
        assert_ne!(one, other);
        assert_eq!(Name::chosen(&one.full(), false).unwrap(), one);
    }
}
