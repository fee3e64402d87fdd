//! The filters of a chunk, applied and undone past libhdf5: shuffle, gzip, fletcher32.

use hdf5_metno_sys::h5z::{H5Z_FILTER_DEFLATE, H5Z_FILTER_FLETCHER32, H5Z_FILTER_SHUFFLE};
use libdeflater::{CompressionLvl, Compressor, Decompressor};

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
    compressor: Compressor,
    spare: Vec<u8>,
}

impl<'a> Encoder<'a> {
    pub(crate) fn new(filters: &'a Filters) -> Encoder<'a> {
        // zlib's levels reach to 9, the library's to 12; 0 is "stored" to both.
        let level = filters.level().min(9) as i32;
        Encoder {
            filters,
            compressor: Compressor::new(CompressionLvl::new(level).unwrap_or_default()),
            spare: Vec::new(),
        }
    }

    /// Turns a chunk into what is stored. Returns the mask of the filters that were left out: as in libhdf5, gzip where it gains nothing.
    pub(crate) fn encode(&mut self, chunk: &mut Vec<u8>) -> u32 {
        let mut mask = 0;
        for (index, step) in self.filters.0.iter().enumerate() {
            match *step {
                Step::Shuffle { size } => {
                    self.spare.resize(chunk.len(), 0);
                    shuffle(chunk, size, &mut self.spare);
                    std::mem::swap(chunk, &mut self.spare);
                }
                Step::Gzip { .. } => {
                    // One byte less than the chunk: what does not fit has not become smaller.
                    self.spare.resize(chunk.len().saturating_sub(1), 0);
                    match self.compressor.zlib_compress(chunk, &mut self.spare) {
                        Ok(length) => {
                            self.spare.truncate(length);
                            std::mem::swap(chunk, &mut self.spare);
                        }
                        Err(_) => mask |= 1 << index,
                    }
                }
                Step::Fletcher32 => {
                    let sum = fletcher32(chunk);
                    chunk.extend_from_slice(&sum.to_le_bytes());
                }
            }
        }
        mask
    }
}

/// Undoes filters.
pub(crate) struct Decoder<'a> {
    filters: &'a Filters,
    decompressor: Decompressor,
    spare: Vec<u8>,
}

/// What is stored is not what its filters make.
#[derive(Debug)]
pub(crate) struct Damaged;

impl<'a> Decoder<'a> {
    pub(crate) fn new(filters: &'a Filters) -> Decoder<'a> {
        Decoder {
            filters,
            decompressor: Decompressor::new(),
            spare: Vec::new(),
        }
    }

    /// Turns what is stored into the chunk of `size` bytes that it was.
    pub(crate) fn decode(
        &mut self,
        stored: &mut Vec<u8>,
        mask: u32,
        size: usize,
    ) -> Result<(), Damaged> {
        for (index, step) in self.filters.0.iter().enumerate().rev() {
            if mask >> index & 1 == 1 {
                continue;
            }
            match *step {
                Step::Shuffle { size } => {
                    self.spare.resize(stored.len(), 0);
                    unshuffle(stored, size, &mut self.spare);
                    std::mem::swap(stored, &mut self.spare);
                }
                Step::Gzip { .. } => {
                    // What was compressed is the chunk, and the checksums of filters before this one.
                    let sums = self.filters.0[..index]
                        .iter()
                        .filter(|step| **step == Step::Fletcher32)
                        .count();
                    self.spare.resize(size + sums * SUM, 0);
                    let length = self
                        .decompressor
                        .zlib_decompress(stored, &mut self.spare)
                        .map_err(|_| Damaged)?;
                    self.spare.truncate(length);
                    std::mem::swap(stored, &mut self.spare);
                }
                Step::Fletcher32 => {
                    let data = stored.len().checked_sub(SUM).ok_or(Damaged)?;
                    let sum: [u8; SUM] = stored[data..].try_into().map_err(|_| Damaged)?;
                    if !agrees(&stored[..data], u32::from_le_bytes(sum)) {
                        return Err(Damaged);
                    }
                    stored.truncate(data);
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

fn shuffle(from: &[u8], size: usize, to: &mut [u8]) {
    let count = from.len() / size;
    for (i, element) in from.chunks_exact(size).enumerate() {
        for (k, &byte) in element.iter().enumerate() {
            to[k * count + i] = byte;
        }
    }
    let rest = count * size;
    to[rest..].copy_from_slice(&from[rest..]);
}

fn unshuffle(from: &[u8], size: usize, to: &mut [u8]) {
    let count = from.len() / size;
    for (i, element) in to.chunks_exact_mut(size).enumerate() {
        for (k, byte) in element.iter_mut().enumerate() {
            *byte = from[k * count + i];
        }
    }
    let rest = count * size;
    to[rest..].copy_from_slice(&from[rest..]);
}
