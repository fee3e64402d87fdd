//! The filters of a chunk, applied and undone past libhdf5: shuffle, gzip, fletcher32.

use hdf5_metno_sys::h5z::{H5Z_FILTER_DEFLATE, H5Z_FILTER_FLETCHER32, H5Z_FILTER_SHUFFLE};
use libdeflater::{CompressionLvl, Compressor, Decompressor};
use sharray_deflate::Level;

use super::choice::{Turn, Way};
use crate::buffer::Buffer;
use crate::h5::dataset::Filter as Stored;

/// Bytes of the checksum behind a chunk.
const SUM: usize = 4;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    Shuffle { size: usize },
    Gzip { level: u32 },
    Fletcher32,
}

/// What is done to the chunks of a dataset on their way into the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Filters(Vec<Step>);

impl Filters {
    /// Those of a dataset; none where there are none, or one that only libhdf5 knows.
    pub(crate) fn of(stored: &[Stored]) -> Option<Filters> {
        let step = |filter: &Stored| match (filter.id, filter.value) {
            (H5Z_FILTER_SHUFFLE, Some(size)) if size > 0 => Some(Step::Shuffle {
                size: size as usize,
            }),
            (H5Z_FILTER_DEFLATE, Some(level)) => Some(Step::Gzip { level }),
            (H5Z_FILTER_FLETCHER32, _) => Some(Step::Fletcher32),
            _ => None,
        };
        let steps: Option<Vec<Step>> = stored.iter().map(step).collect();
        steps.filter(|steps| !steps.is_empty()).map(Filters)
    }

    fn level(&self) -> u32 {
        let level = |step: &Step| match step {
            Step::Gzip { level } => Some(*level),
            _ => None,
        };
        self.0.iter().find_map(level).unwrap_or(0)
    }
}

/// Applies filters, with memory that is kept from one chunk to the next.
pub(crate) struct Encoder<'a> {
    filters: &'a Filters,
    gzip: Gzip,
    spare: Buffer,
}

impl<'a> Encoder<'a> {
    pub(crate) fn new(filters: &'a Filters) -> Encoder<'a> {
        Encoder {
            filters,
            gzip: Gzip::new(filters.level()),
            spare: Buffer::default(),
        }
    }

    /// Turns a chunk into what is stored, in `to`. Returns the mask of the filters that were left out: as in libhdf5, gzip where it gains nothing.
    pub(crate) fn encode(&mut self, chunk: &[u8], to: &mut Buffer, turn: Turn<'_>) -> u32 {
        let mut mask = 0;
        let mut turn = Some(turn);
        let mut element = 1;
        // What the first step that changes something takes; later ones take what that made.
        let mut first = Some(chunk);
        for (index, step) in self.filters.0.iter().enumerate() {
            let now = first.unwrap_or(to);
            match *step {
                Step::Shuffle { size } => {
                    element = size;
                    self.spare.resize(now.len());
                    sharray_deflate::shuffle(now, size, &mut self.spare);
                }
                Step::Gzip { .. } => {
                    // A second gzip, which nobody has, is not worth trials.
                    let turn = turn.take().unwrap_or(Turn::By(Way::Planes));
                    let length = self.gzip.encode(now, element, turn, &mut self.spare);
                    if length >= now.len() {
                        mask |= 1 << index;
                        continue;
                    }
                    self.spare.resize(length);
                }
                Step::Fletcher32 => {
                    let sum = fletcher32(now);
                    if let Some(chunk) = first.take() {
                        to.set(chunk);
                    }
                    to.push(&sum.to_le_bytes());
                    continue;
                }
            }
            std::mem::swap(to, &mut self.spare);
            first = None;
        }
        if let Some(unchanged) = first {
            to.set(unchanged);
        }
        mask
    }
}

/// Makes gzip's streams in one way or another.
struct Gzip {
    level: Level,
    planes: sharray_deflate::Encoder,
    /// Made when it is needed first.
    library: Option<Compressor>,
    other: Buffer,
}

/// libdeflate's levels that come near to zlib's 1 to 9 in size.
const NEAR: [i32; 9] = [1, 2, 3, 3, 4, 5, 6, 7, 8];

impl Gzip {
    fn new(level: u32) -> Gzip {
        let level = u8::try_from(level).ok().and_then(Level::new);
        let level = level.unwrap_or_default();
        Gzip {
            level,
            planes: sharray_deflate::Encoder::new(level),
            library: None,
            other: Buffer::default(),
        }
    }

    /// The length of the stream, which is in `to` then.
    fn encode(&mut self, chunk: &[u8], element: usize, turn: Turn<'_>, to: &mut Buffer) -> usize {
        match turn {
            Turn::By(Way::Planes) => self.planes(chunk, element, to),
            Turn::By(Way::Library) => self.library(chunk, to),
            Turn::Both(trial) => {
                let planes = self.planes(chunk, element, to);
                let mut other = std::mem::take(&mut self.other);
                let library = self.library(chunk, &mut other);
                let way = Way::better(planes, library, element);
                trial.decide(way);
                if way == Way::Library {
                    std::mem::swap(to, &mut other);
                }
                self.other = other;
                if way == Way::Library { library } else { planes }
            }
        }
    }

    fn planes(&mut self, chunk: &[u8], element: usize, to: &mut Buffer) -> usize {
        to.resize(sharray_deflate::bound(chunk.len()));
        self.planes.encode(chunk, element, to)
    }

    fn library(&mut self, chunk: &[u8], to: &mut Buffer) -> usize {
        let near = NEAR[usize::from(self.level.number()) - 1];
        let level = CompressionLvl::new(near).unwrap_or_default();
        let library = self.library.get_or_insert_with(|| Compressor::new(level));
        to.resize(library.zlib_compress_bound(chunk.len()));
        // It fails only where the bound is too small.
        library.zlib_compress(chunk, to).unwrap_or(usize::MAX)
    }
}

/// Undoes filters.
pub(crate) struct Decoder<'a> {
    filters: &'a Filters,
    decompressor: Decompressor,
    spare: Buffer,
}

/// What is stored is not what its filters make.
#[derive(Debug)]
pub(crate) struct Damaged;

impl<'a> Decoder<'a> {
    pub(crate) fn new(filters: &'a Filters) -> Decoder<'a> {
        Decoder {
            filters,
            decompressor: Decompressor::new(),
            spare: Buffer::default(),
        }
    }

    /// Turns what is stored into the chunk of `size` bytes that it was.
    pub(crate) fn decode(
        &mut self,
        stored: &mut Buffer,
        mask: u32,
        size: usize,
    ) -> Result<(), Damaged> {
        for (index, step) in self.filters.0.iter().enumerate().rev() {
            if mask >> index & 1 == 1 {
                continue;
            }
            match *step {
                Step::Shuffle { size } => {
                    self.spare.resize(stored.len());
                    sharray_deflate::unshuffle(stored, size, &mut self.spare);
                    std::mem::swap(stored, &mut self.spare);
                }
                Step::Gzip { .. } => {
                    // What was compressed is the chunk, and the checksums of filters before this one.
                    let sums = self.filters.0[..index]
                        .iter()
                        .filter(|step| **step == Step::Fletcher32)
                        .count();
                    self.spare.resize(size + sums * SUM);
                    let length = self
                        .decompressor
                        .zlib_decompress(stored, &mut self.spare)
                        .map_err(|_| Damaged)?;
                    self.spare.resize(length);
                    std::mem::swap(stored, &mut self.spare);
                }
                Step::Fletcher32 => {
                    let data = stored.len().checked_sub(SUM).ok_or(Damaged)?;
                    let sum: [u8; SUM] = stored[data..].try_into().map_err(|_| Damaged)?;
                    if !agrees(&stored[..data], u32::from_le_bytes(sum)) {
                        return Err(Damaged);
                    }
                    stored.resize(data);
                }
            }
        }
        (stored.len() == size).then_some(()).ok_or(Damaged)
    }
}

/// HDF5's checksum: Fletcher's over big-endian words of two bytes, the last odd byte as the high one of a word.
fn fletcher32(bytes: &[u8]) -> u32 {
    let (mut low, mut high) = (0u32, 0u32);
    let mut words = bytes.chunks_exact(2);
    let fold = |sum: u32| (sum & 0xffff) + (sum >> 16);
    // So many words can be added before 32 bits run over.
    let mut left = 360;
    for word in &mut words {
        low += u32::from(u16::from_be_bytes([word[0], word[1]]));
        high += low;
        left -= 1;
        if left == 0 {
            (low, high, left) = (fold(low), fold(high), 360);
        }
    }
    (low, high) = (fold(low), fold(high));
    if let [odd] = words.remainder() {
        low += u32::from(*odd) << 8;
        high += low;
    }
    fold(fold(high)) << 16 | fold(fold(low))
}

/// Whether a chunk has this checksum. Versions of HDF5 before 1.6.3 swapped the bytes of each half on little-endian machines.
fn agrees(bytes: &[u8], sum: u32) -> bool {
    let ours = fletcher32(bytes);
    let [a, b, c, d] = ours.to_be_bytes();
    sum == ours || sum == u32::from_be_bytes([b, a, d, c])
}
