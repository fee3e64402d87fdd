//! Ordinary files for tests, and attachments to them.
#![allow(dead_code, reason = "each test program uses a part")]

use std::fs::{self, File, OpenOptions};
use std::os::unix::fs::FileExt;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

use sharray_memory::{Attachment, Mode};

/// A file in the folder of temporary files, removed at the end.
pub struct Temporary(pub PathBuf);

impl Temporary {
    pub fn new(bytes: &[u8]) -> Temporary {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("sharray-file-{}-{count}", std::process::id());
        let path = std::env::temp_dir().join(name);
        fs::write(&path, bytes).unwrap();
        Temporary(path)
    }

    /// One of this many bytes, with letters at the beginning.
    pub fn lettered(size: usize) -> Temporary {
        let mut bytes = vec![b'.'; size];
        bytes[..4].copy_from_slice(b"head");
        Temporary::new(&bytes)
    }

    pub fn path(&self) -> &str {
        self.0.to_str().unwrap()
    }

    pub fn open(&self, mode: Mode) -> Attachment {
        let opened = Attachment::open_file(self.path(), mode).unwrap();
        opened.narrow(opened.data_len()).unwrap();
        opened
    }

    pub fn cut(&self, length: u64) {
        let file = OpenOptions::new().write(true).open(&self.0).unwrap();
        file.set_len(length).unwrap();
    }

    pub fn start(&self) -> Vec<u8> {
        let mut bytes = vec![0; 4];
        File::open(&self.0)
            .unwrap()
            .read_exact_at(&mut bytes, 0)
            .unwrap();
        bytes
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}
