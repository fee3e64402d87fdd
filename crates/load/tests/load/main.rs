//! Loads of files, against a naive reader.

mod deaths;
mod kept;
mod looks;
mod packed;
#[allow(unsafe_code)]
mod pages;
mod random;
mod ranges;
mod small;
mod spools;
mod tables;
mod windows;
