//! Whatever bytes a text comes as, made into UTF-8: compressed data decompressed, other encodings transcoded. No I/O.
//!
//! A [`Decoder`] is pushed the bytes as they come, in pieces of any size, and hands on text. What it does is made of an
//! [`Inflater`], chosen by the first bytes ([`Format`]), and of a [`Transcoder`], chosen by the caller ([`Encoding`]).
//! [`Lines`] is for texts that come as a list of lines.
#![forbid(unsafe_code)]

mod decoder;
mod encoding;
mod format;
mod inflate;
mod lines;
mod transcode;

pub use decoder::{Decoder, Fault, Pulled};
pub use encoding::Encoding;
pub use format::Format;
pub use inflate::{Damaged, Inflater, Step};
pub use lines::{BadItem, Lines, SOFT_END};
pub use transcode::{BadText, Transcoder};
