//! Glue for what the `array` crate tells of numbers: the least, the greatest, the sum, a histogram, and whether arrays are equal.

use napi::bindgen_prelude::{ClassInstance, Float64Array, Unknown};
use napi::{Env, Result};
use napi_derive::napi;
use sharray_array::{
    Extremes, Number, Numbers, Operand, Pair, Part, Sum, Text, equal, extremes, histogram, sum,
};

use crate::array::{Place, Spelt, bug, refused};
use crate::memory::NativeBlock;

/// Results as JavaScript takes them: floats as they are, integers in decimal.
#[napi(object)]
pub struct NativeNumbers {
    pub floats: Option<Vec<f64>>,
    pub integers: Option<Vec<String>>,
}

impl NativeNumbers {
    fn floats(floats: Vec<f64>) -> NativeNumbers {
        NativeNumbers {
            floats: Some(floats),
            integers: None,
        }
    }

    fn integers<T: ToString>(integers: &[T]) -> NativeNumbers {
        NativeNumbers {
            floats: None,
            integers: Some(integers.iter().map(T::to_string).collect()),
        }
    }
}

/// The numbers that a reduction goes through, as `src/array/bulk/bulk.ts` writes them.
struct Spec {
    threads: usize,
    number: Number,
    shape: Vec<usize>,
    at: Operand,
}

impl Spec {
    fn read(spec: &[f64]) -> Result<Spec> {
        let mut spelt = Spelt(spec.iter());
        let (threads, number, axes) = (spelt.threads()?, spelt.number()?, spelt.size()?);
        Ok(Spec {
            threads,
            number,
            shape: spelt.shape(axes)?,
            at: spelt.operand(axes)?,
        })
    }

    fn numbers<'a>(&'a self, place: &'a Place) -> Result<Numbers<'a>> {
        Ok(Numbers {
            memory: place.memory()?,
            at: &self.at,
            shape: &self.shape,
            number: self.number,
        })
    }
}

/// The least and the greatest number; neither list when there is none.
#[napi]
pub fn bulk_extremes(
    env: &Env,
    block: Option<ClassInstance<'_, NativeBlock>>,
    buffer: Option<Unknown<'_>>,
    spec: &[f64],
) -> Result<NativeNumbers> {
    let (place, spec) = (Place::of(env, block, buffer)?, Spec::read(spec)?);
    Ok(
        match extremes(&spec.numbers(&place)?, spec.threads).map_err(refused)? {
            Extremes::None => NativeNumbers {
                floats: None,
                integers: None,
            },
            Extremes::Ints(low, high) => NativeNumbers::integers(&[low, high]),
            Extremes::Uints(low, high) => NativeNumbers::integers(&[low, high]),
            Extremes::Floats(low, high) => NativeNumbers::floats(vec![low, high]),
        },
    )
}

/// The sum: of integers exactly, of floats as near as a double comes.
#[napi]
pub fn bulk_sum(
    env: &Env,
    block: Option<ClassInstance<'_, NativeBlock>>,
    buffer: Option<Unknown<'_>>,
    spec: &[f64],
) -> Result<NativeNumbers> {
    let (place, spec) = (Place::of(env, block, buffer)?, Spec::read(spec)?);
    Ok(
        match sum(&spec.numbers(&place)?, spec.threads).map_err(refused)? {
            Sum::Exact(sum) => NativeNumbers::integers(&[sum]),
            Sum::Rounded(sum) => NativeNumbers::floats(vec![sum]),
        },
    )
}

/// How many numbers lie between neighbouring edges.
#[napi]
pub fn bulk_histogram(
    env: &Env,
    block: Option<ClassInstance<'_, NativeBlock>>,
    buffer: Option<Unknown<'_>>,
    spec: &[f64],
    edges: &[f64],
) -> Result<Float64Array> {
    let (place, spec) = (Place::of(env, block, buffer)?, Spec::read(spec)?);
    let counts = histogram(&spec.numbers(&place)?, edges, spec.threads).map_err(refused)?;
    let counts: Vec<f64> = counts.into_iter().map(|count| count as f64).collect();
    Ok(counts.into())
}

fn text(spelt: &mut Spelt<'_>) -> Result<Text> {
    let code = spelt.size()?;
    Ok(Text {
        size: code >> 2,
        wide: code & 2 != 0,
        swapped: code & 1 != 0,
    })
}

fn pair(spelt: &mut Spelt<'_>) -> Result<Pair> {
    Ok(match spelt.next()? {
        0 => Pair::Bytes {
            size: spelt.size()?,
        },
        times @ (1 | 2) => Pair::Numbers {
            left: spelt.number()?,
            right: spelt.number()?,
            count: spelt.size()?,
            times: times == 2,
        },
        3 => Pair::Texts {
            left: text(spelt)?,
            right: text(spelt)?,
            count: spelt.size()?,
        },
        _ => return Err(bug("a comparison of no known kind")),
    })
}

/// Whether all elements of two arrays are equal.
#[napi]
pub fn bulk_equal(
    env: &Env,
    block: Option<ClassInstance<'_, NativeBlock>>,
    buffer: Option<Unknown<'_>>,
    other_block: Option<ClassInstance<'_, NativeBlock>>,
    other_buffer: Option<Unknown<'_>>,
    spec: &[f64],
) -> Result<bool> {
    let left = Place::of(env, block, buffer)?;
    let right = Place::of(env, other_block, other_buffer)?;
    let mut spelt = Spelt(spec.iter());
    let (threads, axes, parts) = (spelt.threads()?, spelt.size()?, spelt.size()?);
    let shape = spelt.shape(axes)?;
    let part = |_| {
        let pair = pair(&mut spelt)?;
        let (left, right) = (spelt.operand(axes)?, spelt.operand(axes)?);
        Ok(Part { left, right, pair })
    };
    let parts = (0..parts).map(part).collect::<Result<Vec<_>>>()?;
    equal(left.memory()?, right.memory()?, &shape, &parts, threads).map_err(refused)
}
