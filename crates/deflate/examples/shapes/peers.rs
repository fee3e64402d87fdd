//! Encoders: ours, zlib, libdeflate.

use libdeflater::{CompressionLvl, Compressor};
use sharray_deflate::{Encoder, Engine, Level, bound};

/// A chunk and its elements' size to the stream's length.
type Encode = Box<dyn FnMut(&[u8], usize) -> usize>;

pub struct Peer {
    pub name: String,
    /// Whether two rounds of it are enough.
    pub slow: bool,
    pub encode: Encode,
}

/// All, ours with one engine or with the one in use.
pub fn peers(engine: Option<&str>) -> impl Iterator<Item = Peer> {
    let engine = engine.map_or(Engine::in_use(), |name| {
        let mut engines = Engine::available().into_iter();
        engines
            .find(|engine| engine.name() == name)
            .expect("an engine of this machine")
    });
    let ours = [1, 4, 6, 9]
        .into_iter()
        .map(move |level| ours(level, engine));
    ours.chain([1, 3, 6].into_iter().map(libdeflate))
        .chain([4, 6, 9].into_iter().map(zlib))
}

fn ours(level: u8, engine: Engine) -> Peer {
    let mut encoder = Encoder::with_engine(Level::new(level).expect("a level"), engine);
    let mut out = Vec::new();
    Peer {
        name: format!("ours {level}, {}", engine.name()),
        slow: false,
        encode: Box::new(move |chunk, size| {
            out.resize(out.len().max(bound(chunk.len())), 0);
            encoder.encode(chunk, size, &mut out)
        }),
    }
}

fn libdeflate(level: i32) -> Peer {
    let mut encoder = Compressor::new(CompressionLvl::new(level).expect("a level"));
    let mut out = Vec::new();
    Peer {
        name: format!("libdeflate {level}"),
        slow: false,
        encode: Box::new(move |chunk, _| {
            out.resize(out.len().max(encoder.zlib_compress_bound(chunk.len())), 0);
            encoder
                .zlib_compress(chunk, &mut out)
                .expect("room for the stream")
        }),
    }
}

fn zlib(level: i32) -> Peer {
    let mut out = Vec::new();
    Peer {
        name: format!("zlib {level}"),
        slow: true,
        encode: Box::new(move |chunk, _| {
            out.resize(out.len().max(2 * chunk.len() + 64), 0u8);
            let mut len = out.len() as libz_sys::uLongf;
            // SAFETY: both pointers go with their lengths.
            let code = unsafe {
                let (to, from) = (out.as_mut_ptr(), chunk.as_ptr());
                libz_sys::compress2(to, &mut len, from, chunk.len() as libz_sys::uLong, level)
            };
            assert_eq!(code, libz_sys::Z_OK);
            len as usize
        }),
    }
}
