//! Numbers from memory into a tile, and from a tile into memory.

use crate::kernel::Run;
use crate::number::{Class, Kind, Number, Tile, from_half, to_half};

/// Reads `n` numbers into the part of the tile that is of their class.
///
/// # Safety
/// Every number of the run lies in valid memory.
pub(crate) unsafe fn load(number: Number, from: Run, n: usize, tile: &mut Tile) {
    let Number { kind, swapped } = number;
    let (ints, uints, floats) = (
        &mut tile.ints[..n],
        &mut tile.uints[..n],
        &mut tile.floats[..n],
    );
    // SAFETY: all of these ask for what this function asks for.
    unsafe {
        match kind {
            Kind::Bool => read(from, ints, |x: u8| i64::from(x != 0)),
            Kind::I8 => read(from, ints, |x: i8| i64::from(x)),
            Kind::U8 => read(from, ints, |x: u8| i64::from(x)),
            Kind::I16 if swapped => read(from, ints, |x: i16| x.swap_bytes().into()),
            Kind::I16 => read(from, ints, |x: i16| x.into()),
            Kind::U16 if swapped => read(from, ints, |x: u16| x.swap_bytes().into()),
            Kind::U16 => read(from, ints, |x: u16| x.into()),
            Kind::I32 if swapped => read(from, ints, |x: i32| x.swap_bytes().into()),
            Kind::I32 => read(from, ints, |x: i32| x.into()),
            Kind::U32 if swapped => read(from, ints, |x: u32| x.swap_bytes().into()),
            Kind::U32 => read(from, ints, |x: u32| x.into()),
            Kind::I64 if swapped => read(from, ints, i64::swap_bytes),
            Kind::I64 => read(from, ints, |x: i64| x),
            Kind::U64 if swapped => read(from, uints, u64::swap_bytes),
            Kind::U64 => read(from, uints, |x: u64| x),
            Kind::F16 if swapped => read(from, floats, |x: u16| from_half(x.swap_bytes())),
            Kind::F16 => read(from, floats, from_half),
            Kind::F32 if swapped => {
                read(from, floats, |x: u32| f32::from_bits(x.swap_bytes()).into())
            }
            Kind::F32 => read(from, floats, |x: f32| x.into()),
            Kind::F64 if swapped => read(from, floats, |x: u64| f64::from_bits(x.swap_bytes())),
            Kind::F64 => read(from, floats, |x: f64| x),
        }
    }
}

/// # Safety
/// As `load`.
unsafe fn read<S: Copy, T>(from: Run, into: &mut [T], change: impl Fn(S) -> T) {
    if from.step == size_of::<S>() as isize {
        let first = from.at.cast::<S>();
        for (i, value) in into.iter_mut().enumerate() {
            // SAFETY: item `i` of the run, which has no gaps.
            *value = change(unsafe { first.add(i).read_unaligned() });
        }
    } else {
        for (i, value) in into.iter_mut().enumerate() {
            // SAFETY: item `i` of the run.
            *value = change(unsafe { from.item(i).cast::<S>().read_unaligned() });
        }
    }
}

/// Makes the numbers of a tile those of another class, which hold them: that was checked, or values are cut off.
pub(crate) fn change_class(tile: &mut Tile, n: usize, from: Class, to: Class) {
    let (ints, uints, floats) = (
        &mut tile.ints[..n],
        &mut tile.uints[..n],
        &mut tile.floats[..n],
    );
    match (from, to) {
        (Class::Int, Class::Uint) => all(ints, uints, |x| x as u64),
        (Class::Int, Class::Float) => all(ints, floats, |x| x as f64),
        (Class::Uint, Class::Int) => all(uints, ints, |x| x as i64),
        (Class::Uint, Class::Float) => all(uints, floats, |x| x as f64),
        (Class::Float, Class::Int) => all(floats, ints, |x| x as i64),
        (Class::Float, Class::Uint) => all(floats, uints, |x| x as u64),
        _ => {}
    }
}

fn all<S: Copy, T>(from: &[S], to: &mut [T], change: impl Fn(S) -> T) {
    for (from, to) in from.iter().zip(to) {
        *to = change(*from);
    }
}

/// Stores the first `n` numbers of the part of the tile that is of their class.
///
/// # Safety
/// Every number of the run lies in valid memory.
pub(crate) unsafe fn store(number: Number, to: Run, n: usize, tile: &Tile) {
    let Number { kind, swapped } = number;
    let (ints, uints, floats) = (&tile.ints[..n], &tile.uints[..n], &tile.floats[..n]);
    // SAFETY: all of these ask for what this function asks for.
    unsafe {
        match kind {
            Kind::Bool => write(to, ints, |x| u8::from(x != 0)),
            Kind::I8 | Kind::U8 => write(to, ints, |x| x as u8),
            Kind::I16 | Kind::U16 if swapped => write(to, ints, |x| (x as u16).swap_bytes()),
            Kind::I16 | Kind::U16 => write(to, ints, |x| x as u16),
            Kind::I32 | Kind::U32 if swapped => write(to, ints, |x| (x as u32).swap_bytes()),
            Kind::I32 | Kind::U32 => write(to, ints, |x| x as u32),
            Kind::I64 if swapped => write(to, ints, i64::swap_bytes),
            Kind::I64 => write(to, ints, |x| x),
            Kind::U64 if swapped => write(to, uints, u64::swap_bytes),
            Kind::U64 => write(to, uints, |x| x),
            Kind::F16 if swapped => write(to, floats, |x| to_half(x).swap_bytes()),
            Kind::F16 => write(to, floats, to_half),
            Kind::F32 if swapped => write(to, floats, |x| (x as f32).to_bits().swap_bytes()),
            Kind::F32 => write(to, floats, |x| x as f32),
            Kind::F64 if swapped => write(to, floats, |x| x.to_bits().swap_bytes()),
            Kind::F64 => write(to, floats, |x| x),
        }
    }
}

/// # Safety
/// As `store`.
unsafe fn write<S: Copy, T>(to: Run, from: &[S], change: impl Fn(S) -> T) {
    if to.step == size_of::<T>() as isize {
        let first = to.at.cast::<T>();
        for (i, value) in from.iter().enumerate() {
            // SAFETY: item `i` of the run, which has no gaps.
            unsafe { first.add(i).write_unaligned(change(*value)) };
        }
    } else {
        for (i, value) in from.iter().enumerate() {
            // SAFETY: item `i` of the run.
            unsafe { to.item(i).cast::<T>().write_unaligned(change(*value)) };
        }
    }
}

/// Whether the bytes of two runs are the same, item by item.
///
/// # Safety
/// Every byte of both runs lies in valid memory.
pub(crate) unsafe fn same_bytes(left: Run, right: Run, n: usize, size: usize) -> bool {
    for i in 0..n {
        let (a, b) = (left.item(i), right.item(i));
        for k in 0..size {
            // SAFETY: both bytes lie inside the item.
            if unsafe { a.add(k).read() != b.add(k).read() } {
                return false;
            }
        }
    }
    true
}

/// Reads a text of `size` bytes as code points of one or four bytes, without the NULs at its end.
///
/// # Safety
/// The text lies in valid memory.
pub(crate) unsafe fn text(
    at: *mut u8,
    size: usize,
    wide: bool,
    swapped: bool,
    into: &mut Vec<u32>,
) {
    into.clear();
    let width = if wide { 4 } else { 1 };
    for k in 0..size / width {
        // SAFETY: character `k` lies inside the text.
        let code = unsafe {
            if wide {
                let code = at.add(4 * k).cast::<u32>().read_unaligned();
                if swapped { code.swap_bytes() } else { code }
            } else {
                u32::from(at.add(k).read())
            }
        };
        into.push(code);
    }
    while into.last() == Some(&0) {
        into.pop();
    }
}
