//! Transfers against a loop that moves one byte after another.

use proptest::prelude::*;
use sharray_array::{Lane, Memory, Op, Operand, Refusal, transfer, transfer_apart};

/// Elements of a case at most; an interpreter takes its time.
const MOST: usize = if cfg!(miri) { 60 } else { 20_000 };

/// Every index of a shape, in C order.
fn indices(shape: &[usize]) -> Vec<Vec<usize>> {
    let mut all = vec![vec![]];
    for &n in shape {
        all = all
            .into_iter()
            .flat_map(|index| (0..n).map(move |i| [index.clone(), vec![i]].concat()))
            .collect();
    }
    all
}

fn at(operand: &Operand, index: &[usize]) -> usize {
    let steps = index.iter().zip(&operand.strides);
    (operand.offset + steps.map(|(i, stride)| *i as i64 * stride).sum::<i64>()) as usize
}

fn naive(target: &mut [u8], source: &[u8], shape: &[usize], lanes: &[Lane]) {
    for index in indices(shape) {
        for lane in lanes {
            let Op::Copy { size, unit } = lane.op else {
                unreachable!("only copies are made here");
            };
            let (to, from) = (at(&lane.to, &index), at(&lane.from, &index));
            for k in 0..size {
                let other = if unit > 1 {
                    k / unit * unit + unit - 1 - k % unit
                } else {
                    k
                };
                target[to + k] = source[from + other];
            }
        }
    }
}

/// Strides of a shape whose axes lie in memory in any order, some backwards, with gaps; and the offset and bytes that they need.
fn layout(
    shape: &[usize],
    size: usize,
    order: &[usize],
    gaps: &[usize],
    flips: &[bool],
) -> (Operand, usize) {
    let mut strides = vec![0_i64; shape.len()];
    let mut reach = size;
    let mut offset = 3;
    for (k, axis) in order
        .iter()
        .copied()
        .filter(|axis| *axis < shape.len())
        .enumerate()
    {
        let step = reach + gaps[k];
        reach = step * shape[axis].max(1);
        strides[axis] = step as i64;
        if flips[axis] {
            offset += (shape[axis].max(1) as i64 - 1) * step as i64;
            strides[axis] = -strides[axis];
        }
    }
    (Operand { offset, strides }, 3 + reach)
}

#[derive(Debug, Clone)]
struct Case {
    shape: Vec<usize>,
    lanes: Vec<Lane>,
    to: usize,
    from: usize,
    threads: usize,
}

fn op() -> impl Strategy<Value = Op> {
    let plain = (1_usize..40).prop_map(|size| Op::Copy { size, unit: 1 });
    let units = prop_oneof![Just(2_usize), Just(4), Just(8), Just(3)];
    let swapped = (units, 1_usize..4).prop_map(|(unit, n)| Op::Copy {
        size: unit * n,
        unit,
    });
    prop_oneof![plain, swapped]
}

fn case() -> impl Strategy<Value = Case> {
    let shape = prop::collection::vec(
        prop_oneof![4 => 1_usize..6, 1 => 30_usize..50, 1 => Just(0)],
        0..5,
    )
    .prop_filter("small", |shape| shape.iter().product::<usize>() <= MOST);
    let order = || Just(vec![0_usize, 1, 2, 3]).prop_shuffle();
    let gaps = || prop::collection::vec(prop_oneof![3 => Just(0_usize), 1 => 1_usize..9], 4);
    let flips = || prop::collection::vec(any::<bool>(), 4);
    let side = move || (order(), gaps(), flips());
    let broadcast = prop::collection::vec(prop::bool::weighted(0.2), 4);
    (
        shape,
        prop::collection::vec(op(), 1..4),
        side(),
        side(),
        broadcast,
        1_usize..5,
    )
        .prop_map(|(shape, ops, to, from, broadcast, threads)| {
            let bytes = |op: &Op| match op {
                Op::Copy { size, .. } => *size,
                _ => unreachable!("only copies are made here"),
            };
            let size: usize = ops.iter().map(bytes).sum();
            let (first, needed) = layout(&shape, size, &to.0, &to.1, &to.2);
            let (mut source, offered) = layout(&shape, size, &from.0, &from.1, &from.2);
            for (axis, stride) in source.strides.iter_mut().enumerate() {
                if broadcast[axis] {
                    if *stride < 0 {
                        source.offset = source
                            .offset
                            .min(source.offset + (shape[axis].max(1) as i64 - 1) * *stride);
                    }
                    *stride = 0;
                }
            }
            let mut inside = 0;
            let lanes = ops
                .iter()
                .map(|op| {
                    let shifted = |operand: &Operand| Operand {
                        offset: operand.offset + inside,
                        strides: operand.strides.clone(),
                    };
                    let lane = Lane {
                        to: shifted(&first),
                        from: shifted(&source),
                        op: *op,
                    };
                    inside += bytes(op) as i64;
                    lane
                })
                .collect();
            Case {
                shape,
                lanes,
                to: needed + size,
                from: offered + size,
                threads,
            }
        })
}

fn filled(length: usize, seed: u8) -> Vec<u8> {
    (0..length)
        .map(|i| (i as u8).wrapping_mul(31).wrapping_add(seed))
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(if cfg!(miri) { 30 } else { 1000 }))]

    #[test]
    fn every_layout_is_copied_as_byte_by_byte(case in case()) {
        let mut source = filled(case.from, 7);
        let mut expected = filled(case.to, 100);
        let mut found = expected.clone();
        naive(&mut expected, &source, &case.shape, &case.lanes);
        let memory = Memory::of(&mut source);
        transfer(Memory::of(&mut found), memory, &case.shape, &case.lanes, case.threads).unwrap();
        prop_assert_eq!(found, expected);
    }

    #[test]
    fn a_source_that_overlaps_is_copied_as_it_was(case in case(), shift in 0_usize..64) {
        let length = case.to.max(case.from) + 64;
        let mut lanes = case.lanes.clone();
        for lane in &mut lanes {
            lane.from.offset += shift as i64;
        }
        let mut found = filled(length, 9);
        let mut expected = found.clone();
        let before = found.clone();
        naive(&mut expected, &before, &case.shape, &lanes);
        let memory = Memory::of(&mut found);
        transfer_apart(memory, memory, &case.shape, &lanes, case.threads).unwrap();
        prop_assert_eq!(found, expected);
    }
}

#[test]
fn large_copies_are_the_same_on_any_number_of_threads() {
    let (rows, columns) = if cfg!(miri) { (9, 40) } else { (1500, 1700) };
    let mut source = filled(rows * columns * 4, 1);
    let from = Operand {
        offset: 0,
        strides: vec![4, columns as i64 * 4],
    };
    let to = Operand::packed(0, &[columns, rows], 4);
    let lanes = [Lane {
        to,
        from,
        op: Op::Copy { size: 4, unit: 4 },
    }];
    let mut expected = vec![0; source.len()];
    naive_transpose(&mut expected, &source, rows, columns);
    for threads in 1..5 {
        let mut found = vec![0; source.len()];
        let memory = Memory::of(&mut source);
        transfer(
            Memory::of(&mut found),
            memory,
            &[columns, rows],
            &lanes,
            threads,
        )
        .unwrap();
        assert!(found == expected, "{threads} threads");
    }
}

fn naive_transpose(target: &mut [u8], source: &[u8], rows: usize, columns: usize) {
    for i in 0..rows {
        for j in 0..columns {
            for k in 0..4 {
                target[(j * rows + i) * 4 + k] = source[(i * columns + j) * 4 + 3 - k];
            }
        }
    }
}

#[test]
fn the_last_value_in_c_order_stays_where_elements_of_the_target_lie_over_each_other() {
    let mut source = vec![1, 2, 3, 4];
    let mut target = vec![0; 2];
    let to = Operand {
        offset: 0,
        strides: vec![0, 1],
    };
    let lanes = [Lane {
        to,
        from: Operand::packed(0, &[2, 2], 1),
        op: Op::Copy { size: 1, unit: 1 },
    }];
    transfer(
        Memory::of(&mut target),
        Memory::of(&mut source),
        &[2, 2],
        &lanes,
        4,
    )
    .unwrap();
    assert_eq!(target, [3, 4]);
}

#[test]
fn what_reaches_outside_of_its_memory_is_refused_untouched() {
    let good = Operand::packed(0, &[4], 2);
    let reaches = [
        Operand {
            offset: 1,
            strides: vec![2],
        },
        Operand {
            offset: -1,
            strides: vec![2],
        },
        Operand {
            offset: 0,
            strides: vec![-2],
        },
        Operand {
            offset: 0,
            strides: vec![i64::MAX],
        },
        Operand {
            offset: i64::MAX,
            strides: vec![0],
        },
    ];
    for bad in reaches {
        for (to, from) in [(good.clone(), bad.clone()), (bad, good.clone())] {
            let (mut target, mut source) = (vec![0; 8], vec![1; 8]);
            let lanes = [Lane {
                to,
                from,
                op: Op::Copy { size: 2, unit: 1 },
            }];
            let done = transfer(
                Memory::of(&mut target),
                Memory::of(&mut source),
                &[4],
                &lanes,
                1,
            );
            assert_eq!(done, Err(Refusal::OutOfBounds));
            assert_eq!(target, [0; 8]);
        }
    }
    let (mut target, mut source) = (vec![0; 8], vec![1; 8]);
    let odd = [Lane {
        to: good.clone(),
        from: good.clone(),
        op: Op::Copy { size: 2, unit: 4 },
    }];
    let done = transfer(
        Memory::of(&mut target),
        Memory::of(&mut source),
        &[4],
        &odd,
        1,
    );
    assert_eq!(done, Err(Refusal::Malformed));
    let flat = [Lane {
        to: good.clone(),
        from: good,
        op: Op::Copy { size: 2, unit: 1 },
    }];
    let done = transfer(
        Memory::of(&mut target),
        Memory::of(&mut source),
        &[2, 2],
        &flat,
        1,
    );
    assert_eq!(done, Err(Refusal::Malformed));
}
