//! Streams decode to what they were made of, whoever decodes them.

use sharray_deflate::{Encoder, Level, bound};

fn zlib(stream: &[u8], len: usize) -> Vec<u8> {
    let mut out = vec![0; len.max(1)];
    let mut size = out.len() as libz_sys::uLongf;
    // SAFETY: both pointers go with their lengths.
    let code = unsafe {
        libz_sys::uncompress(
            out.as_mut_ptr(),
            &mut size,
            stream.as_ptr(),
            stream.len() as libz_sys::uLong,
        )
    };
    assert_eq!((code, size as usize), (libz_sys::Z_OK, len));
    out.truncate(len);
    out
}

fn check(planes: &[u8], size: usize) {
    let mut out = vec![0; bound(planes.len())];
    let len = Encoder::new(Level::DEFAULT).encode(planes, size, &mut out);
    assert!(zlib(&out[..len], planes.len()) == planes);
}

#[test]
fn decode() {
    check(&[], 1);
    check(&[1], 1);
    check(&vec![7; 100_000], 4);
    let text: Vec<u8> = (0..200_000u32)
        .map(|i| (i.wrapping_mul(i) >> 9) as u8 & 31)
        .collect();
    check(&text, 1);
    let noise: Vec<u8> = (0..200_000u32)
        .map(|i| (i.wrapping_mul(0x9e37_79b1) >> 11) as u8)
        .collect();
    check(&noise, 3);
}
