//! What holds of every stream.

use std::cell::RefCell;

use sharray_deflate::{Encoder, Engine, Level, bound, shuffle_with, unshuffle_with};

use super::cases::Case;

thread_local! {
    /// Encoders are used again, as a program does; the streams must not depend on what went before.
    static ENCODERS: RefCell<Vec<Encoder>> = const { RefCell::new(Vec::new()) };
}

/// What is wrong with a case's stream, if anything; else the stream.
pub fn wrong(case: &Case) -> Result<Vec<u8>, String> {
    let Case {
        planes,
        size,
        level,
    } = case;
    let engines = Engine::available();
    let first = stream(engines[0], *level, planes, *size);
    for &engine in &engines[1..] {
        if stream(engine, *level, planes, *size) != first {
            return Err(format!(
                "{} differs from {}",
                engine.name(),
                engines[0].name()
            ));
        }
    }
    for (name, decode) in DECODERS {
        match decode(&first, planes.len()) {
            Ok(decoded) if decoded == *planes => {}
            Ok(_) => return Err(format!("{name} decodes something else")),
            Err(error) => return Err(format!("{name}: {error}")),
        }
    }
    shuffled(planes, *size)?;
    Ok(first)
}

fn stream(engine: Engine, level: u8, planes: &[u8], size: usize) -> Vec<u8> {
    ENCODERS.with_borrow_mut(|encoders| {
        if encoders.is_empty() {
            let levels = (1..=9).map(|level| Level::new(level).expect("a level"));
            encoders.extend(levels.flat_map(|level| {
                let engines = Engine::available().into_iter();
                engines.map(move |engine| Encoder::with_engine(level, engine))
            }));
        }
        let engines = Engine::available();
        let at = engines
            .iter()
            .position(|&one| one == engine)
            .expect("an engine");
        let encoder = &mut encoders[(usize::from(level) - 1) * engines.len() + at];
        // Not a byte more than the bound: a sanitizer sees what is written behind it.
        let mut out = vec![0xa5; bound(planes.len())].into_boxed_slice();
        let length = encoder.encode(planes, size, &mut out);
        out[..length].to_vec()
    })
}

type Decode = fn(&[u8], usize) -> Result<Vec<u8>, String>;

const DECODERS: [(&str, Decode); 3] = [
    ("zlib", zlib),
    ("libdeflate", libdeflate),
    ("zlib-rs", zlib_rs),
];

fn zlib(stream: &[u8], len: usize) -> Result<Vec<u8>, String> {
    let mut out = vec![0; len + 1];
    let mut size = out.len() as libz_sys::uLongf;
    // SAFETY: both pointers go with their lengths.
    let code = unsafe {
        let (to, from) = (out.as_mut_ptr(), stream.as_ptr());
        libz_sys::uncompress(to, &mut size, from, stream.len() as libz_sys::uLong)
    };
    out.truncate(size as usize);
    if code == libz_sys::Z_OK {
        Ok(out)
    } else {
        Err(format!("code {code}"))
    }
}

fn libdeflate(stream: &[u8], len: usize) -> Result<Vec<u8>, String> {
    let mut out = vec![0; len + 1];
    let size = libdeflater::Decompressor::new().zlib_decompress(stream, &mut out);
    out.truncate(size.map_err(|error| error.to_string())?);
    Ok(out)
}

fn zlib_rs(stream: &[u8], len: usize) -> Result<Vec<u8>, String> {
    let mut out = Vec::with_capacity(len + 64);
    let mut inflate = flate2::Decompress::new(true);
    let status = inflate.decompress_vec(stream, &mut out, flate2::FlushDecompress::Finish);
    match status {
        Ok(flate2::Status::StreamEnd) if inflate.total_in() == stream.len() as u64 => Ok(out),
        other => Err(format!("{other:?}")),
    }
}

/// Shuffling and its inverse, as HDF5's documents say and with every engine.
fn shuffled(bytes: &[u8], size: usize) -> Result<(), String> {
    let rows = bytes.len() / size;
    let plain: Vec<u8> = (0..size)
        .flat_map(|k| (0..rows).map(move |row| bytes[row * size + k]))
        .chain(bytes[rows * size..].iter().copied())
        .collect();
    for engine in Engine::available() {
        let mut out = vec![0xa5; bytes.len()].into_boxed_slice();
        shuffle_with(engine, bytes, size, &mut out);
        if *out != *plain {
            return Err(format!(
                "{} shuffles elements of {size} bytes otherwise",
                engine.name()
            ));
        }
        unshuffle_with(engine, &plain, size, &mut out);
        if *out != *bytes {
            return Err(format!(
                "{} does not undo the shuffling of {size} bytes",
                engine.name()
            ));
        }
    }
    Ok(())
}
