//! A handle from another process, and the file that its descriptor leads to, both wrong in any way: attaching refuses, or what it
//! gives can be read to its last byte.
#![no_main]

use std::os::fd::{AsFd, AsRawFd};

use libfuzzer_sys::fuzz_target;
use rustix::fs::{MemfdFlags, SealFlags, fcntl_add_seals, fstat, ftruncate, memfd_create};
use rustix::io::pwrite;
use sharray_memory::{Attachment, Handle, Reserve};

fn bytes<const N: usize>(data: &mut &[u8]) -> [u8; N] {
    let mut taken = [0; N];
    let count = N.min(data.len());
    taken[..count].copy_from_slice(&data[..count]);
    *data = &data[count..];
    taken
}

fuzz_target!(|data: &[u8]| {
    let mut data = data;
    let [kind, changed, seals, readonly] = bytes(&mut data);
    let size = u64::from(u16::from_le_bytes(bytes(&mut data)));
    // A true block is the pattern: what is random from the first byte on never gets past the mark.
    let Ok(block) = Attachment::create(size, Reserve::All) else { return };
    let mut handle = block.handle();
    let length = fstat(block.fd()).expect("an open file").st_size as u64;
    let mut page = vec![0; 4096];
    rustix::io::pread(block.fd(), &mut page, length - 4096).expect("an open file");

    let file = memfd_create("sharray", MemfdFlags::ALLOW_SEALING | MemfdFlags::CLOEXEC).expect("a memory file");
    let length = match kind % 4 {
        0 | 1 => length,
        2 => u64::from(u16::from_le_bytes(bytes(&mut data))),
        _ => 4096 * u64::from(kind),
    };
    ftruncate(&file, length).expect("a short file");
    for _ in 0..changed % 8 {
        let [at, value] = bytes::<2>(&mut data);
        page[usize::from(at)] ^= value;
    }
    let _ = pwrite(&file, &page, length.saturating_sub(4096));
    let _ = match seals % 4 {
        0 => Ok(()),
        1 => fcntl_add_seals(&file, SealFlags::GROW),
        _ => fcntl_add_seals(&file, SealFlags::GROW | SealFlags::SHRINK | SealFlags::SEAL),
    };
    let found = fstat(&file).expect("an open file");
    (handle.dev, handle.ino, handle.fd) = (found.st_dev, found.st_ino, file.as_raw_fd());
    if changed & 8 != 0 {
        handle = Handle {
            version: u32::from_le_bytes(bytes(&mut data)),
            dev: u64::from_le_bytes(bytes(&mut data)),
            size: u64::from_le_bytes(bytes(&mut data)),
            ..handle
        };
    }
    if changed & 16 != 0 {
        handle.size = handle.size.wrapping_add_signed(i64::from(i8::from_le_bytes(bytes(&mut data))));
    }

    let sent = file.as_fd().try_clone_to_owned().expect("a descriptor");
    let Ok(attached) = Attachment::attach_fd(sent, &handle, readonly & 1 == 1) else { return };
    let held = attached.data_len();
    assert_eq!(held, handle.size);
    assert!(attached.range(0, held + 1).is_err());
    if let Ok(first) = attached.range(0, held)
        && held > 0
    {
        // SAFETY: `range` says that these bytes are inside the mapping; a fault here is what is looked for.
        let (a, b) = unsafe { (first.read_volatile(), first.add(held as usize - 1).read_volatile()) };
        std::hint::black_box((a, b));
    }
});
