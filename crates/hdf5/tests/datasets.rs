//! Datasets of every layout and storage: what goes in comes out, and is described as it was given.

mod memory;

use memory::{Memory, noise};
use proptest::prelude::*;
use sharray_hdf5::{Axis, Field, File, Layout, Mode, Monitor, Object, Options, Spec};

fn layout() -> impl Strategy<Value = Layout> {
    let number =
        (0..4usize, any::<bool>()).prop_map(|(power, big)| (1u64 << power, big && power > 0));
    let scalar = prop_oneof![
        number
            .clone()
            .prop_map(|(size, swap)| Layout::Int { size, swap }),
        number.prop_map(|(size, swap)| Layout::Uint { size, swap }),
        (1..4u32, any::<bool>()).prop_map(|(p, swap)| Layout::Float { size: 1 << p, swap }),
        (3..5u32, any::<bool>()).prop_map(|(p, swap)| Layout::Complex { size: 1 << p, swap }),
        Just(Layout::Bool {
            size: 1,
            swap: false
        }),
        (1..20u64).prop_map(|size| Layout::Bytes { size, swap: false }),
        (1..20u64).prop_map(|size| Layout::Void { size, swap: false }),
    ];
    scalar.prop_recursive(2, 8, 4, |inner| {
        let array =
            (inner.clone(), proptest::collection::vec(1..4u64, 1..3)).prop_map(|(base, shape)| {
                match base {
                    Layout::Array { .. } => base,
                    base => Layout::Array {
                        size: base.size() * shape.iter().product::<u64>(),
                        shape,
                        base: Box::new(base),
                    },
                }
            });
        let record = proptest::collection::vec((inner, 0..3u64), 1..4).prop_map(|members| {
            let mut end = 0;
            let mut fields = Vec::new();
            for (i, (layout, gap)) in members.into_iter().enumerate() {
                let size = layout.size();
                fields.push(Field {
                    name: format!("field {i}"),
                    offset: end + gap,
                    layout,
                });
                end += gap + size;
            }
            Layout::Record {
                size: end + 1,
                fields,
            }
        });
        prop_oneof![array, record]
    })
}

fn spec(element: Layout, shape: Vec<u64>, chunks: Option<Vec<u64>>, gzip: Option<u32>) -> Spec {
    let shuffle = gzip.is_some();
    Spec {
        element,
        shape,
        maxshape: None,
        chunks,
        gzip,
        shuffle,
        fletcher32: false,
    }
}

fn info(file: &File, path: &str) -> sharray_hdf5::Info {
    match file.glance().look(path).unwrap() {
        Some(Object::Dataset { info, .. }) => info,
        other => panic!("{other:?}"),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn a_dataset_of_any_layout_reads_back_as_it_was_written(
        element in layout(),
        shape in proptest::collection::vec(0..6u64, 0..4),
        storage in 0..3,
        seed in any::<u64>(),
    ) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.h5").to_str().unwrap().to_owned();
        let chunked = storage > 0 && !shape.is_empty() && !shape.contains(&0);
        let chunks = chunked.then(|| shape.iter().map(|n| n.div_ceil(2)).collect());
        let size = shape.iter().product::<u64>() * element.size();
        // Text that ends in NULs, and padding, are bytes like others to HDF5 here.
        let bytes = noise(size as usize, seed);
        let monitor = Monitor::default();
        let mut file = File::open(&path, Mode::Write, Options::default()).unwrap();
        let wanted = spec(element.clone(), shape.clone(), chunks, (chunked && storage == 2).then_some(4));
        file.create_dataset("/a/b", &wanted, Some(Memory::of(&bytes).region()), &monitor).unwrap();
        file.close().unwrap();
        prop_assert_eq!(monitor.bytes(), size);

        let mut file = File::open(&path, Mode::Read, Options::default()).unwrap();
        prop_assert_eq!(info(&file, "/a/b").element, Some(element));
        let axes: Vec<_> = shape.iter().map(|&n| Axis::all(n)).collect();
        let back = Memory::of(&vec![0; size as usize]);
        file.read("/a/b", &axes, None, back.region(), &Monitor::default()).unwrap();
        prop_assert_eq!(back.bytes(), bytes);
    }

    #[test]
    fn a_selection_is_what_plain_indexing_gives(
        shape in proptest::collection::vec(1..9u64, 1..4),
        cuts in proptest::collection::vec((0..9u64, 1..4u64, 0..9u64), 3),
        chunked in any::<bool>(),
    ) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.h5").to_str().unwrap().to_owned();
        let total: u64 = shape.iter().product();
        let values: Vec<u8> = (0..total).flat_map(|i| (i as u16).to_le_bytes()).collect();
        let chunks = chunked.then(|| shape.iter().map(|n| n.div_ceil(3)).collect());
        let element = Layout::Uint { size: 2, swap: false };
        let mut file = File::open(&path, Mode::Write, Options::default()).unwrap();
        let wanted = spec(element, shape.clone(), chunks, None);
        file.create_dataset("/d", &wanted, Some(Memory::of(&values).region()), &Monitor::default()).unwrap();

        let axes: Vec<Axis> = shape.iter().zip(&cuts).map(|(&n, &(start, step, count))| {
            let start = start.min(n);
            Axis { start, step, count: count.min((n - start).div_ceil(step)) }
        }).collect();
        let mut expected: Vec<u64> = vec![0];
        for (axis, &n) in axes.iter().zip(&shape) {
            expected = expected.iter().flat_map(|&outer| {
                (0..axis.count).map(move |i| outer * n + axis.start + i * axis.step)
            }).collect();
        }
        let expected: Vec<u8> = expected.iter().flat_map(|&i| (i as u16).to_le_bytes()).collect();
        let back = Memory::of(&vec![0xff; expected.len()]);
        file.read("/d", &axes, None, back.region(), &Monitor::default()).unwrap();
        prop_assert_eq!(back.bytes(), expected);
    }
}

#[test]
fn rows_written_one_after_another_make_the_same_dataset() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.h5").to_str().unwrap().to_owned();
    let element = Layout::Float {
        size: 8,
        swap: false,
    };
    let bytes = noise(1000 * 24, 7);
    let memory = Memory::of(&bytes);
    let mut file = File::open(&path, Mode::Write, Options::default()).unwrap();
    for (name, chunks, gzip) in [
        ("/plain", None, None),
        ("/packed", Some(vec![64, 2]), Some(1)),
    ] {
        let wanted = spec(element.clone(), vec![1000, 3], chunks, gzip);
        file.create_dataset(name, &wanted, None, &Monitor::default())
            .unwrap();
        for first in (0..1000).step_by(70) {
            let rows = 70.min(1000 - first);
            let from = sharray_hdf5::Region {
                offset: first * 24,
                ..memory.region()
            };
            file.write_rows(name, first, rows, from, &Monitor::default())
                .unwrap();
        }
    }
    file.close().unwrap();
    let mut file = File::open(&path, Mode::Read, Options::default()).unwrap();
    for name in ["/plain", "/packed"] {
        let back = Memory::of(&vec![0; bytes.len()]);
        file.read(
            name,
            &[Axis::all(1000), Axis::all(3)],
            None,
            back.region(),
            &Monitor::default(),
        )
        .unwrap();
        assert!(back.bytes() == bytes, "{name}");
    }
}

#[test]
fn many_threads_work_on_many_files_at_once() {
    let folder = tempfile::tempdir().unwrap();
    std::thread::scope(|scope| {
        for thread in 0..4u64 {
            let folder = folder.path();
            scope.spawn(move || {
                for round in 0..5 {
                    let path = folder
                        .join(format!("{thread}.h5"))
                        .to_str()
                        .unwrap()
                        .to_owned();
                    let bytes = noise(200_000, 100 * thread + round);
                    let element = Layout::Int {
                        size: 4,
                        swap: false,
                    };
                    let wanted = spec(element, vec![50_000], Some(vec![1000]), Some(1));
                    let mut file = File::open(&path, Mode::Write, Options::default()).unwrap();
                    file.create_dataset(
                        "/d",
                        &wanted,
                        Some(Memory::of(&bytes).region()),
                        &Monitor::default(),
                    )
                    .unwrap();
                    file.close().unwrap();
                    let mut file = File::open(&path, Mode::Read, Options::default()).unwrap();
                    let back = Memory::of(&vec![0; bytes.len()]);
                    file.read(
                        "/d",
                        &[Axis::all(50_000)],
                        None,
                        back.region(),
                        &Monitor::default(),
                    )
                    .unwrap();
                    assert!(back.bytes() == bytes);
                    assert_eq!(file.create_group("/x").unwrap_err().code, "READ_ONLY");
                }
            });
        }
    });
}

#[test]
fn an_aborted_write_takes_its_dataset_out_and_keeps_the_file_from_appearing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.h5").to_str().unwrap().to_owned();
    let mut file = File::open(&path, Mode::Write, Options::default()).unwrap();
    let monitor = Monitor::default();
    monitor.abort();
    let memory = Memory::of(&noise(1 << 20, 1));
    let wanted = spec(
        Layout::Uint {
            size: 1,
            swap: false,
        },
        vec![1 << 20],
        None,
        None,
    );
    let error = file
        .create_dataset("/d", &wanted, Some(memory.region()), &monitor)
        .unwrap_err();
    assert_eq!(error.code, "ABORTED");
    assert!(file.glance().look("/d").unwrap().is_none());
    let error = file.close().unwrap_err();
    assert_eq!(
        (error.code, error.file.as_deref()),
        ("ABORTED", Some(path.as_str()))
    );
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn memory_that_is_too_short_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.h5").to_str().unwrap().to_owned();
    let mut file = File::open(&path, Mode::Write, Options::default()).unwrap();
    let memory = Memory::of(&[0; 10]);
    for chunks in [None, Some(vec![5])] {
        let wanted = spec(
            Layout::Uint {
                size: 1,
                swap: false,
            },
            vec![11],
            chunks,
            None,
        );
        let error = file
            .create_dataset("/d", &wanted, Some(memory.region()), &Monitor::default())
            .unwrap_err();
        assert_eq!(error.code, "IO_ERROR");
    }
}

#[test]
fn boxes_written_one_after_another_make_the_same_dataset() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.h5").to_str().unwrap().to_owned();
    let element = Layout::Uint {
        size: 1,
        swap: false,
    };
    let values = noise(7 * 10, 3);
    let none = Monitor::default();
    let mut file = File::open(&path, Mode::Write, Options::default()).unwrap();
    // Runs of bytes where it is contiguous; of chunks any boxes.
    for (name, chunks, tall, wide) in [("/c", None, 1, 4), ("/d", Some(vec![2, 3]), 3, 5)] {
        let wanted = spec(element.clone(), vec![7, 10], chunks, None);
        file.create_dataset(name, &wanted, None, &none).unwrap();
        for row in (0..7u64).step_by(tall) {
            for column in (0..10u64).step_by(wide) {
                let rows = (tall as u64).min(7 - row);
                let columns = (wide as u64).min(10 - column);
                let at = |i: u64| ((row + i) * 10 + column) as usize;
                let bytes: Vec<u8> = (0..rows)
                    .flat_map(|i| values[at(i)..at(i) + columns as usize].to_vec())
                    .collect();
                let axes = [Axis::part(row, rows), Axis::part(column, columns)];
                file.write_box(name, &axes, Memory::of(&bytes).region(), &none)
                    .unwrap();
            }
        }
        let back = Memory::of(&[0; 70]);
        file.read(
            name,
            &[Axis::all(7), Axis::all(10)],
            None,
            back.region(),
            &none,
        )
        .unwrap();
        assert_eq!(back.bytes(), values);
    }
    let scattered = [Axis::part(0, 2), Axis::part(0, 4)];
    let refused = file.write_box("/c", &scattered, Memory::of(&[0; 8]).region(), &none);
    assert_eq!(refused.unwrap_err().code, "BAD_ARGUMENT");
    let outside = [Axis::part(6, 2), Axis::part(0, 10)];
    let refused = file.write_box("/d", &outside, Memory::of(&[0; 20]).region(), &none);
    assert_eq!(refused.unwrap_err().code, "OUT_OF_BOUNDS");
}

#[test]
fn a_dataset_is_made_longer_and_shorter_and_taken_out() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.h5").to_str().unwrap().to_owned();
    let element = Layout::Uint {
        size: 1,
        swap: false,
    };
    let none = Monitor::default();
    let mut file = File::open(&path, Mode::Write, Options::default()).unwrap();
    let mut wanted = spec(element, vec![4], Some(vec![3]), None);
    wanted.maxshape = Some(vec![None]);
    let data = Memory::of(&[1, 2, 3, 4]);
    file.create_dataset("/a/d", &wanted, Some(data.region()), &none)
        .unwrap();
    assert_eq!(file.lengthen("/a/d", 5).unwrap().shape, Some(vec![9]));
    assert_eq!(file.lengthen("/a/d", -6).unwrap().shape, Some(vec![3]));
    let back = Memory::of(&[0; 3]);
    file.read("/a/d", &[Axis::all(3)], None, back.region(), &none)
        .unwrap();
    assert_eq!(back.bytes(), [1, 2, 3]);
    assert_eq!(file.lengthen("/a/d", -4).unwrap_err().code, "BAD_SHAPE");
    file.take_out("/a/d").unwrap();
    assert!(file.glance().look("/a/d").unwrap().is_none());
    assert_eq!(file.lengthen("/a/d", 1).unwrap_err().code, "NOT_FOUND");
    assert_eq!(file.take_out("/a/d").unwrap_err().code, "HDF5_ERROR");
    file.close().unwrap();
    let mut file = File::open(&path, Mode::Read, Options::default()).unwrap();
    assert_eq!(file.take_out("/a").unwrap_err().code, "READ_ONLY");
}

/// Rows of 16 bytes: numbers that grow, then a text that comes again and again at odd distances, which planes do not show.
fn two_kinds(rows: usize) -> Vec<u8> {
    let noise = noise(1021, 7);
    let mut bytes = Vec::new();
    for row in 0..rows as u64 / 2 {
        bytes.extend((row * 3).to_le_bytes());
        bytes.extend((row / 100).to_le_bytes());
    }
    while bytes.len() < rows * 16 {
        bytes.extend(&noise);
    }
    bytes.truncate(rows * 16);
    bytes
}

#[test]
fn a_compressed_file_is_the_same_for_any_number_of_threads() {
    let bytes = two_kinds(60_000);
    let element = Layout::Record {
        size: 16,
        fields: vec![Field {
            name: "x".to_owned(),
            offset: 0,
            layout: Layout::Void {
                size: 16,
                swap: false,
            },
        }],
    };
    let folder = tempfile::tempdir().unwrap();
    let make = |name: &str| {
        let path = folder.path().join(name).to_str().unwrap().to_owned();
        let mut file = File::open(&path, Mode::Write, Options::default()).unwrap();
        let wanted = spec(element.clone(), vec![60_000], Some(vec![1000]), Some(4));
        let memory = Memory::of(&bytes);
        file.create_dataset("/x", &wanted, Some(memory.region()), &Monitor::default())
            .unwrap();
        file.close().unwrap();
        std::fs::read(path).unwrap()
    };
    let many = make("many.h5");
    let one = std::thread::scope(|scope| {
        let alone = scope.spawn(|| {
            // Threads that are started from here are as many as this one may use processors.
            let mut processor = rustix::thread::CpuSet::new();
            let allowed = rustix::thread::sched_getaffinity(None).unwrap();
            let first = (0..1024).find(|&i| allowed.is_set(i)).unwrap();
            processor.set(first);
            rustix::thread::sched_setaffinity(None, &processor).unwrap();
            make("one.h5")
        });
        alone.join().unwrap()
    });
    assert!(many == one, "the files differ");
    assert!(
        many.len() < bytes.len() / 8,
        "{} bytes: both kinds of rows are small",
        many.len()
    );
}
