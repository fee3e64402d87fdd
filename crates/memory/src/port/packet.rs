//! One message on a SOCK_SEQPACKET socket: a header, bytes, and descriptors by SCM_RIGHTS. What is too large for a
//! packet lies in a memfd of its own, whose descriptor goes first.

use std::fs::File;
use std::io::{self, IoSlice, IoSliceMut, Read, Seek, Write};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use rustix::fs::{MemfdFlags, memfd_create};
use rustix::io::Errno;
use rustix::net::{
    AddressFamily, RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, ReturnFlags,
    SendAncillaryBuffer, SendAncillaryMessage, SendFlags, SocketFlags, SocketType, recvmsg,
    sendmsg, socketpair,
};

/// Payloads above this many bytes travel in a memfd. Well below the smallest default of `net.core.wmem_default`,
/// which is the limit for one packet.
pub const INLINE: usize = 64 * 1024;

/// Descriptors that one message can carry: the kernel's SCM_MAX_FD less the one that a large payload needs.
pub const MAX_FDS: usize = 252;

const HEADER: usize = 16;
const SCM_MAX_FD: usize = 253;
const MAGIC: u32 = 0x5348_5031;
const SPILLED: u32 = 1;

/// A message as it arrived.
#[derive(Debug)]
pub struct Message {
    /// The payload.
    pub bytes: Vec<u8>,
    /// The descriptors that came along, close-on-exec.
    pub fds: Vec<OwnedFd>,
    /// Whether this process had no room for all descriptors (RLIMIT_NOFILE); then `fds` is empty and `bytes` may be.
    pub truncated: bool,
}

/// Both ends of a connection: close-on-exec, never blocking.
pub fn pair() -> io::Result<(OwnedFd, OwnedFd)> {
    let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
    Ok(socketpair(
        AddressFamily::UNIX,
        SocketType::SEQPACKET,
        flags,
        None,
    )?)
}

/// A payload in the form in which it travels: made once, sent as often as the socket has to be tried.
pub(super) struct Parcel {
    header: [u8; HEADER],
    bytes: Vec<u8>,
    fds: Vec<OwnedFd>,
}

fn header(kind: u32, length: usize) -> [u8; HEADER] {
    let mut header = [0; HEADER];
    header[..4].copy_from_slice(&MAGIC.to_ne_bytes());
    header[4..8].copy_from_slice(&kind.to_ne_bytes());
    header[8..].copy_from_slice(&(length as u64).to_ne_bytes());
    header
}

fn spill(bytes: &[u8]) -> io::Result<OwnedFd> {
    let mut file = File::from(memfd_create("sharray-message", MemfdFlags::CLOEXEC)?);
    file.write_all(bytes)?;
    Ok(file.into())
}

fn transmit(
    socket: BorrowedFd,
    header: &[u8],
    bytes: &[u8],
    fds: &[BorrowedFd],
) -> Result<(), Errno> {
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(SCM_MAX_FD))];
    let mut control = SendAncillaryBuffer::new(&mut space);
    if !fds.is_empty() && !control.push(SendAncillaryMessage::ScmRights(fds)) {
        return Err(Errno::INVAL);
    }
    let parts = [IoSlice::new(header), IoSlice::new(bytes)];
    loop {
        match sendmsg(
            socket,
            &parts,
            &mut control,
            SendFlags::DONTWAIT | SendFlags::NOSIGNAL,
        ) {
            Err(Errno::INTR) => {}
            other => return other.map(drop),
        }
    }
}

/// Sends what fits a packet without copying it first. `Err(AGAIN)` when the socket is full.
pub(super) fn send_inline(
    socket: BorrowedFd,
    bytes: &[u8],
    fds: &[BorrowedFd],
) -> Result<(), Errno> {
    transmit(socket, &header(0, bytes.len()), bytes, fds)
}

impl Parcel {
    /// Keeps a message for later: the bytes are copied, or put into a memfd, and the descriptors duplicated, so that
    /// the sender may close its own.
    pub(super) fn new(bytes: &[u8], fds: &[BorrowedFd]) -> io::Result<Parcel> {
        let mut own = Vec::with_capacity(fds.len() + 1);
        let spilled = bytes.len() > INLINE;
        if spilled {
            own.push(spill(bytes)?);
        }
        for fd in fds {
            own.push(fd.try_clone_to_owned()?);
        }
        Ok(Parcel {
            header: header(if spilled { SPILLED } else { 0 }, bytes.len()),
            bytes: if spilled { Vec::new() } else { bytes.to_vec() },
            fds: own,
        })
    }

    pub(super) fn send(&self, socket: BorrowedFd) -> Result<(), Errno> {
        let fds: Vec<BorrowedFd> = self.fds.iter().map(AsFd::as_fd).collect();
        transmit(socket, &self.header, &self.bytes, &fds)
    }
}

/// What a read gave: a packet whose payload may still lie in a memfd, or the end.
pub(super) enum Received {
    Packet(Packet),
    Empty,
    End,
}

/// A packet as it came off the socket. `open` reads a payload that travelled in a memfd, and may take its time.
pub(super) struct Packet {
    header: [u8; HEADER],
    bytes: Vec<u8>,
    fds: Vec<OwnedFd>,
    truncated: bool,
}

/// Takes one packet. `buffer` has `INLINE` bytes and is only scratch.
pub(super) fn receive(socket: BorrowedFd, buffer: &mut [u8]) -> Result<Received, Errno> {
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(SCM_MAX_FD))];
    let mut head = [0; HEADER];
    loop {
        let mut control = RecvAncillaryBuffer::new(&mut space);
        let mut parts = [IoSliceMut::new(&mut head), IoSliceMut::new(buffer)];
        let flags = RecvFlags::DONTWAIT | RecvFlags::CMSG_CLOEXEC;
        let message = match recvmsg(socket, &mut parts, &mut control, flags) {
            // A peer that died with unread messages of ours is reported once; what it had sent is still there.
            Err(Errno::INTR | Errno::CONNRESET) => continue,
            Err(Errno::AGAIN) => return Ok(Received::Empty),
            Err(error) => return Err(error),
            Ok(message) => message,
        };
        let mut fds = Vec::new();
        for part in control.drain() {
            if let RecvAncillaryMessage::ScmRights(rights) = part {
                fds.extend(rights);
            }
        }
        if message.bytes == 0 {
            return Ok(Received::End);
        }
        let truncated = message.flags.contains(ReturnFlags::CTRUNC);
        let length = message.bytes.saturating_sub(HEADER);
        let own = head[..4] == MAGIC.to_ne_bytes() && message.bytes >= HEADER;
        if !own || message.flags.contains(ReturnFlags::TRUNC) {
            continue; // not from us: dropped, with its descriptors
        }
        return Ok(Received::Packet(Packet {
            header: head,
            bytes: buffer[..length].to_vec(),
            fds,
            truncated,
        }));
    }
}

impl Packet {
    pub(super) fn open(mut self) -> Message {
        let lost = |bytes| Message {
            bytes,
            fds: Vec::new(),
            truncated: true,
        };
        let spilled = self.header[4..8] == SPILLED.to_ne_bytes();
        if self.truncated || (spilled && self.fds.is_empty()) {
            return lost(self.bytes);
        }
        if spilled {
            let length = u64::from_ne_bytes(self.header[8..].try_into().unwrap_or_default());
            let mut file = File::from(self.fds.remove(0));
            // The offset is shared with the sender's descriptor and stands behind what it wrote.
            let read = file.rewind().and_then(|()| {
                let mut bytes = Vec::with_capacity(usize::try_from(length).unwrap_or(0));
                file.take(length).read_to_end(&mut bytes).map(|_| bytes)
            });
            match read {
                Ok(bytes) => self.bytes = bytes,
                Err(_) => return lost(Vec::new()),
            }
        }
        Message {
            bytes: self.bytes,
            fds: self.fds,
            truncated: false,
        }
    }
}
