//! The handle: what another process needs to find a block and to be sure that it is the right one.

use crate::control::Nonce;

/// Where a block is, and what it must turn out to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Handle {
    /// Version of the layout.
    pub version: u32,
    /// The process that made the handle.
    pub pid: u32,
    /// The block's descriptor in that process.
    pub fd: i32,
    /// Device of the block's file.
    pub dev: u64,
    /// Inode of the block's file.
    pub ino: u64,
    /// The full name of a named block: the way that is tried first.
    pub name: Option<String>,
    /// The block's nonce.
    pub nonce: Nonce,
    /// Data bytes, without the control page.
    pub size: u64,
}
