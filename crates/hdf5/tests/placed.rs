//! Contiguous data that is written before its dataset is made.

mod memory;

use std::os::unix::fs::FileExt;

use memory::{Memory, bytes_spec, noise};
use sharray_hdf5::{Axis, File, Mode, Monitor, Options};

#[test]
fn what_lies_at_the_place_that_was_told_is_the_datasets_data() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.h5").to_str().unwrap().to_owned();
    let options = Options {
        placed: true,
        ..Options::default()
    };
    // Short ones lie elsewhere, and are moved over themselves; groups between them make the notes longer.
    let lengths = [200_000, 70, 65_536, 65_535, 3_000_000, 1, 1_100_000];
    let data: Vec<Vec<u8>> = (1..)
        .zip(lengths)
        .map(|(seed, length)| noise(length, seed))
        .collect();
    let mut file = File::open(&path, Mode::Write, options).unwrap();
    let reach = file.reach().expect("this process may be looked into");
    let other = std::fs::File::options().write(true).open(reach).unwrap();
    for (i, bytes) in data.iter().enumerate() {
        let at = file.next_place().unwrap();
        other.write_all_at(bytes, at).unwrap();
        let name = format!("/{}/d{i}", "g".repeat(1 + i * 100));
        file.create_placed(&name, &bytes_spec(bytes.len() as u64), at)
            .unwrap();
    }
    file.close().unwrap();

    let mut file = File::open(&path, Mode::Read, Options::default()).unwrap();
    for (i, bytes) in data.iter().enumerate() {
        let name = format!("/{}/d{i}", "g".repeat(1 + i * 100));
        let back = Memory::of(&vec![0; bytes.len()]);
        let all = [Axis::all(bytes.len() as u64)];
        file.read(&name, &all, None, back.region(), &Monitor::default())
            .unwrap();
        assert!(back.bytes() == *bytes, "{name} differs");
    }
}
