//! h5py reads what streams were made of. Without the Python environment of the tests it is told that nothing is done.

mod cases;
#[path = "cases/check.rs"]
mod check;
#[path = "cases/h5py.rs"]
mod h5py;

use std::io::Write;
use std::path::Path;

use cases::{Case, Choices, Seed, case, chunk};
use h5py::Reader;

/// What h5py makes of the streams of all cases.
fn read(python: &Path, cases: impl IntoIterator<Item = Case>) -> Result<u64, String> {
    let mut reader = Reader::start(python).unwrap();
    for (number, case) in (0..).zip(cases) {
        let stream = check::wrong(&case).unwrap();
        if reader.give(number, &case, &stream).is_err() {
            break;
        }
    }
    reader.end()
}

fn python() -> Option<std::path::PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../.cache/python/bin/python");
    if path.exists() {
        return Some(path);
    }
    // Past what the runner keeps to itself of tests that pass.
    let why = b"skipped: there is no Python environment with h5py, which `npm test` makes\n";
    std::io::stderr().write_all(why).unwrap();
    None
}

#[test]
fn h5py_reads_streams_of_elements_of_every_size() {
    let Some(python) = python() else { return };
    let sizes = (1..=64).flat_map(|size| (0..10).map(move |round| (size, round)));
    let cases = sizes.map(|(size, round)| {
        let mut seed = Seed((size * 100 + round) as u64);
        let rows = [1, 2, 255, 1024, 1 + seed.below(4000)][round % 5];
        let level = 1 + seed.below(9) as u8;
        // Without bytes behind the last element, which no chunk of records has.
        let mut case = chunk(level, rows, size, &mut seed);
        case.planes.truncate(rows * case.size);
        case
    });
    assert_eq!(read(&python, cases), Ok(640));
}

#[test]
fn h5py_reads_streams_of_structured_chunks() {
    let Some(python) = python() else { return };
    let cases: Vec<Case> = (1..=60).map(|seed| case(&mut Seed(seed))).collect();
    let filled = cases.iter().filter(|case| !case.planes.is_empty()).count();
    assert_eq!(read(&python, cases), Ok(filled as u64));
}

#[test]
fn what_h5py_reads_otherwise_is_told() {
    let Some(python) = python() else { return };
    let planes: Vec<u8> = (0..=255).collect();
    let case = Case {
        planes,
        size: 4,
        level: 4,
    };
    let stream = check::wrong(&case).unwrap();
    let wrong = |planes: &[u8], stream: &[u8]| {
        let mut reader = Reader::start(&python).unwrap();
        let other = Case {
            planes: planes.to_vec(),
            ..case.clone()
        };
        let given = reader.give(7, &case, &check::wrong(&case).unwrap());
        given.and_then(|()| reader.give(8, &other, stream)).unwrap();
        reader.end().unwrap_err()
    };
    let mut changed = case.planes.clone();
    changed[77] ^= 1;
    let told = wrong(&changed, &stream);
    assert_eq!(
        told,
        "256 bytes, elements of 4: h5py reads something else\nfound with --seed 8"
    );
    assert!(
        wrong(&case.planes, &stream[..100]).contains("filter"),
        "{told}"
    );
}
