//! The checksum of zlib streams (RFC 1950).

const BASE: u32 = 65_521;
/// The most bytes whose sums stay below 2^32.
const MOST: usize = 5552;

/// Adler-32 of bytes, behind what has the checksum `adler`; of nothing it is 1.
pub(crate) fn adler(adler: u32, bytes: &[u8]) -> u32 {
    let (mut a, mut b) = (adler & 0xffff, adler >> 16);
    for part in bytes.chunks(MOST) {
        // Sixteen at a time, which compilers do side by side.
        let (blocks, rest) = part.as_chunks::<16>();
        for block in blocks {
            let (mut sum, mut weighted) = (0, 0);
            for (&byte, weight) in block.iter().zip((1..=16).rev()) {
                sum += u32::from(byte);
                weighted += u32::from(byte) * weight;
            }
            b += 16 * a + weighted;
            a += sum;
        }
        for &byte in rest {
            a += u32::from(byte);
            b += a;
        }
        a %= BASE;
        b %= BASE;
    }
    b << 16 | a
}
