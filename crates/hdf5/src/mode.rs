//! How files are opened.

/// How a file is opened, in h5py's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// `r`
    Read,
    /// `r+`
    ReadWrite,
    /// `w`
    Write,
    /// `x`
    Exclusive,
    /// `a`
    Append,
}

/// What else opening can be told.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// Whether closing waits until everything is on the disk.
    pub sync: bool,
    /// Whether a new file gets a hidden name even where it could go without.
    pub named: bool,
    /// Whether large data of a new file begins at round places, so that it is known beforehand where: see [`crate::File::next_place`].
    pub placed: bool,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            sync: true,
            named: false,
            placed: false,
        }
    }
}
