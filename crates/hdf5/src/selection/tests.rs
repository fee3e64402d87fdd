use proptest::prelude::*;

use super::*;

fn axis(length: u64) -> impl Strategy<Value = Axis> {
    (0..=length, 1..4u64, 0..=length).prop_map(move |(start, step, count)| {
        let room = (length - start).div_ceil(step);
        Axis {
            start,
            step,
            count: count.min(room),
        }
    })
}

fn case() -> impl Strategy<Value = (Vec<u64>, Vec<Axis>, Vec<u64>, u64)> {
    proptest::collection::vec(1..7u64, 1..4).prop_flat_map(|shape| {
        let axes: Vec<_> = shape.iter().map(|&n| axis(n)).collect();
        let chunks: Vec<_> = shape.iter().map(|&n| 1..=n).collect();
        (Just(shape), axes, chunks, 1..60u64)
    })
}

proptest! {
    #[test]
    fn parts_cover_a_selection_once_and_their_runs_an_array_once((_, axes, chunks, most) in case()) {
        let shape: Vec<u64> = axes.iter().map(|a| a.count).collect();
        let total: u64 = shape.iter().product();
        let mut seen = vec![0u32; total as usize];
        let chunk: u64 = chunks.iter().product();
        for part in parts(&axes, &chunks, most) {
            prop_assert!(part.elements() <= most.max(chunk));
            let runs = runs(&shape, &part);
            prop_assert_eq!(runs.iter().map(|r| r.1).sum::<u64>(), part.elements());
            for (from, length) in runs {
                for element in from..from + length {
                    seen[element as usize] += 1;
                }
            }
        }
        prop_assert!(seen.iter().all(|&n| n == 1), "{:?}", seen);
    }

    #[test]
    fn a_selection_within_its_shape_is_accepted((shape, axes, _, _) in case()) {
        prop_assert!(check(&axes, &shape).is_ok());
    }
}

#[test]
fn parts_of_rows_end_at_borders_of_chunks() {
    let axes = [
        Axis {
            start: 5,
            step: 1,
            count: 40,
        },
        Axis::all(3),
    ];
    let found: Vec<_> = parts(&axes, &[10, 3], 65)
        .map(|p| (p.start[0], p.count[0]))
        .collect();
    assert_eq!(found, [(0, 15), (15, 20), (35, 5)]);
}

#[test]
fn what_reaches_past_the_shape_is_refused() {
    for axis in [
        Axis {
            start: 0,
            step: 1,
            count: 11,
        },
        Axis {
            start: 10,
            step: 1,
            count: 1,
        },
        Axis {
            start: 1,
            step: 3,
            count: 4,
        },
        Axis {
            start: 0,
            step: 0,
            count: 1,
        },
        Axis {
            start: 1,
            step: u64::MAX,
            count: 3,
        },
    ] {
        assert_eq!(check(&[axis], &[10]).unwrap_err().code, "OUT_OF_BOUNDS");
    }
    assert_eq!(
        check(&[Axis::all(3)], &[3, 3]).unwrap_err().code,
        "BAD_SHAPE"
    );
}
