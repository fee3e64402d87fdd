//! Memory as the crate takes it: bytes in a file without a name.
#![allow(dead_code)]

use std::os::fd::{AsFd, OwnedFd};

use rustix::fs::{MemfdFlags, memfd_create};
use sharray_hdf5::{Layout, Region, Spec};

pub struct Memory(OwnedFd);

impl Memory {
    pub fn of(bytes: &[u8]) -> Memory {
        let fd = memfd_create("test", MemfdFlags::CLOEXEC).unwrap();
        let mut done = 0;
        while done < bytes.len() {
            done += rustix::io::pwrite(&fd, &bytes[done..], done as u64).unwrap();
        }
        Memory(fd)
    }

    pub fn region(&self) -> Region<'_> {
        Region {
            fd: self.0.as_fd(),
            offset: 0,
        }
    }

    pub fn bytes(&self) -> Vec<u8> {
        let size = rustix::fs::fstat(&self.0).unwrap().st_size as usize;
        let mut bytes = vec![0; size];
        let mut done = 0;
        while done < size {
            done += rustix::io::pread(&self.0, &mut bytes[done..], done as u64).unwrap();
        }
        bytes
    }
}

/// Bytes without a pattern that a mistake in offsets could repeat.
pub fn noise(length: usize, seed: u64) -> Vec<u8> {
    let mut state = seed | 1;
    (0..length)
        .map(|_| {
            state = state
                .wrapping_mul(6364136223846793005)
                .wrapping_add(1442695040888963407);
            (state >> 56) as u8
        })
        .collect()
}

/// A contiguous dataset of so many bytes.
pub fn bytes_spec(length: u64) -> Spec {
    Spec {
        element: Layout::Uint {
            size: 1,
            swap: false,
        },
        shape: vec![length],
        maxshape: None,
        chunks: None,
        gzip: None,
        shuffle: false,
        fletcher32: false,
    }
}
