//! The geometry of chunks against plain indexing.

use proptest::prelude::*;

use super::choice::Choice;
use super::filters::{Decoder, Encoder, Filters};
use super::{Grid, around};
use crate::buffer::Buffer;
use crate::h5::dataset::Filter;
use crate::selection::Axis;

/// An array's shape, a chunk's shape, and a box in the array.
fn boxes() -> impl Strategy<Value = (Vec<u64>, Vec<u64>, Vec<Axis>)> {
    let axis = (1..12u64, 1..6u64, any::<u64>(), any::<u64>()).prop_map(|(all, side, a, b)| {
        let start = a % all;
        let count = 1 + b % (all - start);
        (all, side, Axis::part(start, count))
    });
    proptest::collection::vec(axis, 1..4).prop_map(|axes| {
        let shape = axes.iter().map(|axis| axis.0).collect();
        let chunk = axes.iter().map(|axis| axis.1).collect();
        (shape, chunk, axes.into_iter().map(|axis| axis.2).collect())
    })
}

/// All indices of a box.
fn indices(axes: &[Axis]) -> Vec<Vec<u64>> {
    axes.iter().fold(vec![Vec::new()], |before, axis| {
        let with = |index: &Vec<u64>| {
            let index = index.clone();
            (axis.start..axis.start + axis.count).map(move |i| [index.clone(), vec![i]].concat())
        };
        before.iter().flat_map(with).collect()
    })
}

fn place(index: &[u64], start: &[u64], shape: &[u64]) -> u64 {
    let steps = index.iter().zip(start).zip(shape);
    steps.fold(0, |place, ((i, start), side)| place * side + i - start)
}

/// Where every element of a grid's chunks lies: chunk, place in it, place in the array of `whole`.
fn elements(grid: &Grid, whole: &[Axis]) -> Vec<(u64, u64, u64)> {
    let mut found = Vec::new();
    for index in 0..grid.chunks() {
        for run in grid.runs(index, whole) {
            found.extend((0..run.length).map(|k| (index, run.chunk + k, run.array + k)));
        }
    }
    found.sort_unstable();
    found
}

/// The same by looking at each element of a box.
fn expected(grid: &Grid, chunk: &[u64], of: &[Axis], whole: &[Axis]) -> Vec<(u64, u64, u64)> {
    let start: Vec<u64> = whole.iter().map(|axis| axis.start).collect();
    let counts: Vec<u64> = whole.iter().map(|axis| axis.count).collect();
    let mut found: Vec<_> = indices(of)
        .iter()
        .map(|index| {
            let corner: Vec<u64> = index
                .iter()
                .zip(chunk)
                .map(|(i, side)| i - i % side)
                .collect();
            let number = (0..grid.chunks())
                .find(|&number| grid.corner(number) == corner)
                .expect("each element has its chunk in the grid");
            (
                number,
                place(index, &corner, chunk),
                place(index, &start, &counts),
            )
        })
        .collect();
    found.sort_unstable();
    found
}

proptest! {
    #[test]
    fn all_elements_of_a_box_are_in_the_chunks_that_it_touches((_, chunk, axes) in boxes()) {
        let grid = Grid::touched(&axes, &chunk).unwrap();
        prop_assert_eq!(elements(&grid, &axes), expected(&grid, &chunk, &axes, &axes));
        for number in 0..grid.chunks() {
            let part = grid.part(number);
            let inside = indices(&part).len();
            let of_chunk = elements(&grid, &axes).iter().filter(|found| found.0 == number).count();
            prop_assert_eq!(inside, of_chunk);
        }
    }

    #[test]
    fn covered_chunks_and_what_is_around_them_are_the_whole_box((shape, chunk, axes) in boxes()) {
        let inside = |index: &[u64]| {
            let corner = index.iter().zip(&chunk).map(|(i, side)| i - i % side);
            corner.zip(&chunk).zip(&axes).zip(&shape).all(|(((at, side), axis), &all)| {
                at >= axis.start && (at + side).min(all) <= axis.start + axis.count
            })
        };
        let (whole, rest): (Vec<_>, Vec<_>) = indices(&axes).into_iter().partition(|index| inside(index));
        let Some(grid) = Grid::covered(&axes, &chunk, &shape) else {
            prop_assert!(whole.is_empty());
            return Ok(());
        };
        let inner = grid.axes();
        prop_assert_eq!(indices(&inner), whole);
        prop_assert_eq!(elements(&grid, &axes), expected(&grid, &chunk, &inner, &axes));
        let mut sides: Vec<_> = around(&axes, &inner).iter().flat_map(|side| indices(side)).collect();
        sides.sort();
        prop_assert_eq!(sides, rest);
    }

    #[test]
    fn rows_are_complete_when_their_chunks_are((shape, chunk, axes) in boxes(), cut in any::<u64>()) {
        let Some(mut grid) = Grid::covered(&axes, &chunk, &shape) else { return Ok(()) };
        if cut % 2 == 0 {
            grid.cut(1 + cut % grid.rows());
        }
        let first = grid.axes()[0].start;
        for number in 0..grid.chunks() {
            let last = grid.corner(number)[0] + chunk[0] - first;
            prop_assert_eq!(grid.rows_needed(number), last.min(grid.rows()));
            prop_assert_eq!(grid.rows_before(number), (last - chunk[0]).min(grid.rows()));
        }
        prop_assert_eq!(grid.rows_before(grid.chunks()), grid.rows());
    }

    #[test]
    fn chunks_are_what_they_were_behind_any_filters(
        ids in proptest::collection::vec((1..4i32, 0..10u32, 1..9u32), 1..4),
        bytes in proptest::collection::vec(0..4u8, 1..3000),
        noise in any::<bool>(),
    ) {
        let stored: Vec<Filter> = ids
            .iter()
            .map(|&(id, level, size)| Filter { id, value: Some(if id == 2 { size } else { level }), known: true })
            .collect();
        let filters = Filters::of(&stored).unwrap();
        let mut state = 1u32;
        let mut chunk = bytes;
        if noise {
            for byte in &mut chunk {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                *byte = (state >> 24) as u8;
            }
        }
        // What was there before is of no account.
        let mut buffer = Buffer::default();
        buffer.set(&[1, 2, 3]);
        let mask = Encoder::new(&filters).encode(&chunk, &mut buffer, Choice::new().turn(0));
        Decoder::new(&filters).decode(&mut buffer, mask, chunk.len()).unwrap();
        prop_assert_eq!(&buffer[..], &chunk[..]);
    }
}

#[test]
fn filters_that_are_not_known_are_left_to_libhdf5() {
    let of = |ids: &[i32]| {
        let filter = |&id: &i32| Filter {
            id,
            value: Some(4),
            known: true,
        };
        Filters::of(&ids.iter().map(filter).collect::<Vec<_>>())
    };
    assert!(of(&[2, 1, 3]).is_some());
    assert!(of(&[]).is_none());
    assert!(of(&[2, 32001]).is_none());
}
