//! The shapes: records made here, and files that a machine has.

use std::fs;

use sharray_deflate::shuffle;

use super::made::{self, Random};
use super::table::records;

/// Chunks behind HDF5's shuffle filter.
pub struct Shape {
    pub name: &'static str,
    pub size: usize,
    pub chunks: Vec<Vec<u8>>,
}

impl Shape {
    pub fn bytes(&self) -> usize {
        self.chunks.iter().map(Vec::len).sum()
    }
}

/// Where bytes come from.
enum Source {
    /// Elements of a size.
    Made(usize, fn(&mut Random) -> Vec<u8>),
    /// A table of vega-datasets.
    Table(&'static str),
    /// The first of some files that there is, as bytes.
    File(&'static [&'static str]),
}

use Source::{File, Made, Table};

const DATA: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../../node_modules/vega-datasets/data/"
);

/// Names, sources, and elements of a chunk.
const SHAPES: [(&str, Source, usize); 22] = [
    ("methylation 16384", Made(26, made::methylation), 16_384),
    ("methylation 65536", Made(26, made::methylation), 65_536),
    ("methylation 1024", Made(26, made::methylation), 1024),
    ("climate walks f8", Made(8, made::walks), 16_384),
    ("times and f4", Made(12, made::times), 16_384),
    ("vocabulary S12", Made(12, made::vocabulary), 16_384),
    ("repeated rows", Made(24, made::repeated), 16_384),
    ("sorted i8", Made(8, made::sorted), 16_384),
    ("sorted rows", Made(20, made::sorted_rows), 16_384),
    ("counts i2", Made(2, made::counts), 65_536),
    ("noise f8", Made(8, made::noise), 16_384),
    ("bool", Made(1, made::flags), 131_072),
    ("image u1", Made(1, made::image), 262_144),
    ("birdstrikes", Table("birdstrikes"), 16_384),
    ("species", Table("species"), 16_384),
    ("zipcodes", Table("zipcodes"), 16_384),
    ("airports", Table("airports"), 16_384),
    ("sp500", Table("sp500-2000"), 16_384),
    (
        "hourly normals",
        Table("seattle-weather-hourly-normals"),
        16_384,
    ),
    (
        "text",
        File(&[
            concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/design.md"),
            concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/api.md"),
        ]),
        262_144,
    ),
    (
        "json",
        File(&[concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../../node_modules/vega-datasets/data/movies.json"
        )]),
        262_144,
    ),
    (
        "machine code",
        File(&[
            "/lib/x86_64-linux-gnu/libc.so.6",
            "/lib/aarch64-linux-gnu/libc.so.6",
        ]),
        262_144,
    ),
];

/// Those whose name begins so.
pub fn shapes(name: &str) -> impl Iterator<Item = Shape> {
    let wanted = SHAPES.iter().filter(move |shape| shape.0.starts_with(name));
    wanted.filter_map(|(name, source, elements)| {
        let (bytes, size) = match source {
            Made(size, make) => (make(&mut Random::new()), *size),
            Table(file) => records(&fs::read_to_string(format!("{DATA}{file}.csv")).ok()?),
            File(paths) => (paths.iter().find_map(|path| fs::read(path).ok())?, 1),
        };
        let chunks = bytes.chunks(elements * size).map(|chunk| {
            let mut planes = vec![0; chunk.len()];
            shuffle(chunk, size, &mut planes);
            planes
        });
        Some(Shape {
            name,
            size,
            chunks: chunks.collect(),
        })
    })
}
