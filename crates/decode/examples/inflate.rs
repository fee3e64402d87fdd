//! Decompresses gzip files one after another with the streaming library alone, in pieces of the size that a load takes and makes. What a
//! load of the same file can at best be like, but for the blocks of BGZF, which it may do side by side.
//!
//!     cargo run --release -p sharray-decode --example inflate -- FILE...

use std::fs::File;
use std::hint::black_box;
use std::io::{BufReader, Read};
use std::time::Instant;

use flate2::bufread::MultiGzDecoder;

const PIECE: usize = 256 << 10;

fn main() -> std::io::Result<()> {
    let started = Instant::now();
    let mut piece = vec![0; PIECE];
    let mut bytes = 0;
    for path in std::env::args().skip(1) {
        let mut text = MultiGzDecoder::new(BufReader::with_capacity(PIECE, File::open(path)?));
        loop {
            let read = text.read(&mut piece)?;
            if read == 0 {
                break;
            }
            bytes += black_box(&piece[..read]).len();
        }
    }
    let seconds = started.elapsed().as_secs_f64();
    println!(r#"{{"load_s":{seconds},"bytes":{bytes}}}"#);
    Ok(())
}
