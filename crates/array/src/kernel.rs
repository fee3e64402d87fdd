//! The innermost loops: `n` items from one run of memory to another.

use std::ptr;

/// One end of a run: the address of its first item, and bytes to the next one.
#[derive(Clone, Copy)]
pub(crate) struct Run {
    pub(crate) at: *mut u8,
    pub(crate) step: isize,
}

impl Run {
    pub(crate) fn item(self, i: usize) -> *mut u8 {
        self.at.wrapping_offset(self.step * i as isize)
    }
}

/// Copies `n` items of `size` bytes, the bytes of each `unit` in reverse order where `unit` is above 1.
///
/// # Safety
/// Every item of both runs lies in valid memory. Where the runs overlap, which bytes arrive is not told.
pub(crate) unsafe fn copy(to: Run, from: Run, n: usize, size: usize, unit: usize) {
    // SAFETY: all of these ask for what this function asks for.
    unsafe {
        match (unit, size) {
            (0 | 1, _) => plain(to, from, n, size),
            (2, 2) => each(to, from, n, u16::swap_bytes),
            (4, 4) => each(to, from, n, u32::swap_bytes),
            (8, 8) => each(to, from, n, u64::swap_bytes),
            (2, _) => units(to, from, n, size, u16::swap_bytes),
            (4, _) => units(to, from, n, size, u32::swap_bytes),
            (8, _) => units(to, from, n, size, u64::swap_bytes),
            _ => reversed(to, from, n, size, unit),
        }
    }
}

/// # Safety
/// As `copy`.
unsafe fn plain(to: Run, from: Run, n: usize, size: usize) {
    let width = size as isize;
    if to.step == width && from.step == width {
        // SAFETY: `n` items without gaps are `n * size` valid bytes at both ends.
        unsafe { ptr::copy(from.at, to.at, n * size) };
        return;
    }
    // SAFETY: all of these ask for what this function asks for; two pieces that overlap within an item write the same bytes.
    unsafe {
        match size {
            0 => {}
            1 if to.step == 1 && from.step == 0 => ptr::write_bytes(to.at, from.at.read(), n),
            1 => each(to, from, n, |x: u8| x),
            2 => each(to, from, n, |x: u16| x),
            4 => each(to, from, n, |x: u32| x),
            8 => each(to, from, n, |x: u64| x),
            16 => each(to, from, n, |x: u128| x),
            3 => ends::<u16>(to, from, n, size),
            5..=7 => ends::<u32>(to, from, n, size),
            9..=15 => ends::<u64>(to, from, n, size),
            17..=31 => ends::<u128>(to, from, n, size),
            _ => {
                for i in 0..n {
                    ptr::copy(from.item(i), to.item(i), size);
                }
            }
        }
    }
}

/// Items that are one machine word.
///
/// # Safety
/// As `copy`, for items of the size of `T`.
unsafe fn each<T: Copy>(to: Run, from: Run, n: usize, change: impl Fn(T) -> T) {
    let width = size_of::<T>() as isize;
    // SAFETY: every item is inside valid memory by the contract; alignment is not assumed. The first loops only tell the compiler
    // the steps that it can vectorise.
    unsafe {
        if from.step == 0 {
            let value = change(from.at.cast::<T>().read_unaligned());
            if to.step == width {
                let first = to.at.cast::<T>();
                for i in 0..n {
                    first.add(i).write_unaligned(value);
                }
            } else {
                for i in 0..n {
                    to.item(i).cast::<T>().write_unaligned(value);
                }
            }
        } else if to.step == width && from.step == width {
            let (first, source) = (to.at.cast::<T>(), from.at.cast::<T>());
            for i in 0..n {
                first
                    .add(i)
                    .write_unaligned(change(source.add(i).read_unaligned()));
            }
        } else {
            for i in 0..n {
                let value = from.item(i).cast::<T>().read_unaligned();
                to.item(i).cast::<T>().write_unaligned(change(value));
            }
        }
    }
}

/// Items of one to two words, as the word at each end.
///
/// # Safety
/// As `copy`, with `size` from that of `T` to twice that.
unsafe fn ends<T: Copy>(to: Run, from: Run, n: usize, size: usize) {
    let rest = size - size_of::<T>();
    for i in 0..n {
        let (target, source) = (to.item(i), from.item(i));
        // SAFETY: both words lie inside the item, which lies in valid memory.
        unsafe {
            let head = source.cast::<T>().read_unaligned();
            let tail = source.add(rest).cast::<T>().read_unaligned();
            target.cast::<T>().write_unaligned(head);
            target.add(rest).cast::<T>().write_unaligned(tail);
        }
    }
}

/// Items of several units.
///
/// # Safety
/// As `copy`, with `size` a multiple of the size of `T`.
unsafe fn units<T: Copy>(to: Run, from: Run, n: usize, size: usize, change: impl Fn(T) -> T) {
    for i in 0..n {
        let inside = |run: Run| Run {
            at: run.item(i),
            step: size_of::<T>() as isize,
        };
        // SAFETY: the units of an item lie inside it.
        unsafe { each(inside(to), inside(from), size / size_of::<T>(), &change) };
    }
}

/// Units of any size, byte by byte.
///
/// # Safety
/// As `copy`.
unsafe fn reversed(to: Run, from: Run, n: usize, size: usize, unit: usize) {
    for i in 0..n {
        for at in (0..size).step_by(unit) {
            for k in 0..unit {
                // SAFETY: both bytes lie inside the item.
                unsafe { *to.item(i).add(at + k) = *from.item(i).add(at + unit - 1 - k) };
            }
        }
    }
}

/// Sets `n` items of `size` bytes to zero.
///
/// # Safety
/// Every item lies in valid memory.
pub(crate) unsafe fn zero(to: Run, n: usize, size: usize) {
    for i in 0..n {
        // SAFETY: the item lies in valid memory.
        unsafe { ptr::write_bytes(to.item(i), 0, size) };
    }
}
