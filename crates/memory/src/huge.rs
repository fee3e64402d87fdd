//! Huge pages: what the system offers for shared memory, and blocks that ask for them.
//!
//! A load that fills fresh memory spends more time on its pages than on its text, and 512 small ones cost ten times what a huge one
//! does. By itself the kernel uses huge pages where `shmem_enabled` says `always`, `within_size` or `force`, also for `pwrite`. With
//! `advise` it uses them for mappings that ask, and only for pages that are taken through the mapping.

use std::fs;

use rustix::mm::{Advice, madvise};

use crate::block::Attachment;

const FOLDER: &str = "/sys/kernel/mm/transparent_hugepage";
/// Larger ones (512 MiB, where small pages are of 64 KiB) would take far more memory than a table needs.
const LARGEST: u64 = 2 << 20;

/// What the system offers for shared memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HugePages {
    /// None.
    Never,
    /// Pages of so many bytes, for mappings that ask for them.
    OnRequest(u64),
    /// Pages of so many bytes, for all that is written.
    ByItself(u64),
}

impl HugePages {
    /// What the system offers now: it may be changed while it runs.
    #[must_use]
    pub fn offered() -> HugePages {
        let text = |name: &str| fs::read_to_string(format!("{FOLDER}/{name}")).ok();
        HugePages::told(text("shmem_enabled"), text("hpage_pmd_size"))
    }

    /// Bytes that are taken where one of them is written by descriptor; 1 for small pages, which are not worth counting.
    #[must_use]
    pub fn by_descriptor(self) -> u64 {
        match self {
            HugePages::ByItself(size) => size,
            HugePages::Never | HugePages::OnRequest(_) => 1,
        }
    }

    fn told(enabled: Option<String>, size: Option<String>) -> HugePages {
        let size = size.and_then(|size| size.trim().parse().ok());
        let (Some(enabled), Some(size)) = (enabled, size.filter(|size| *size <= LARGEST)) else {
            return HugePages::Never;
        };
        let chosen = enabled
            .split_once('[')
            .and_then(|(_, rest)| rest.split_once(']'));
        match chosen.map(|(word, _)| word) {
            Some("advise") => HugePages::OnRequest(size),
            Some("always" | "within_size" | "force") => HugePages::ByItself(size),
            _ => HugePages::Never,
        }
    }
}

impl Attachment {
    /// Asks for huge pages where this block is mapped. False where they cannot be had, or where the kernel cannot take pages
    /// without the risk of a signal (`MADV_POPULATE_WRITE`, Linux 5.14).
    pub fn ask_for_huge_pages(&self) -> bool {
        let length = self.data_len();
        let Ok(base) = self.range(0, length) else {
            return false;
        };
        // SAFETY: `range` checked that the bytes are mapped, and advice of these kinds changes no byte of them.
        unsafe {
            madvise(base.cast(), length as usize, Advice::LinuxHugepage).is_ok()
                && madvise(base.cast(), 1, Advice::LinuxPopulateWrite).is_ok()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::HugePages::{self, ByItself, Never, OnRequest};

    #[test]
    fn what_is_offered_is_the_word_in_brackets() {
        for (enabled, offered) in [
            ("always within_size advise [never] deny force\n", Never),
            ("always within_size advise never [deny] force\n", Never),
            (
                "always within_size [advise] never deny force\n",
                OnRequest(2 << 20),
            ),
            (
                "always [within_size] advise never deny force\n",
                ByItself(2 << 20),
            ),
            (
                "[always] within_size advise never deny force\n",
                ByItself(2 << 20),
            ),
            (
                "always within_size advise never deny [force]\n",
                ByItself(2 << 20),
            ),
            ("something else\n", Never),
        ] {
            let told = HugePages::told(Some(enabled.into()), Some("2097152\n".into()));
            assert_eq!(told, offered, "{enabled}");
        }
    }

    #[test]
    fn pages_that_are_not_known_or_too_large_are_none() {
        let advise = || Some("always within_size [advise] never deny force\n".into());
        assert_eq!(HugePages::told(None, Some("2097152\n".into())), Never);
        assert_eq!(HugePages::told(advise(), None), Never);
        assert_eq!(HugePages::told(advise(), Some("536870912\n".into())), Never);
    }
}
