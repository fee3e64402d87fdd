//! The checksum of zlib streams (RFC 1950).

const BASE: u32 = 65_521;
/// The most bytes whose sums stay below 2^32.
const MOST: usize = 5552;

/// Adler-32 of bytes, behind what has the checksum `adler`; of nothing it is 1.
pub(crate) fn adler(adler: u32, bytes: &[u8]) -> u32 {
    let (mut a, mut b) = (adler & 0xffff, adler >> 16);
    for part in bytes.chunks(MOST) {
        for &byte in part {
            a += u32::from(byte);
            b += a;
        }
        a %= BASE;
        b %= BASE;
    }
    b << 16 | a
}
