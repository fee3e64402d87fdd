//! How hard to try.

/// zlib's scale: 1 is fastest, 9 tries hardest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Level(u8);

impl Level {
    /// The fastest.
    pub const MIN: Level = Level(1);
    /// 4, as h5py's gzip.
    pub const DEFAULT: Level = Level(4);
    /// The one that tries hardest.
    pub const MAX: Level = Level(9);

    /// None but for 1 to 9.
    #[must_use]
    pub fn new(level: u8) -> Option<Level> {
        (1..=9).contains(&level).then_some(Level(level))
    }

    /// 1 to 9.
    #[must_use]
    pub fn number(self) -> u8 {
        self.0
    }
}

impl Default for Level {
    fn default() -> Level {
        Level::DEFAULT
    }
}
