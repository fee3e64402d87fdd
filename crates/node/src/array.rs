//! Glue for the `array` crate: which memory, which lanes, and whether the caller waits.
//!
//! While the caller waits, operands may lie in buffers of JavaScript's own. What runs on beside JavaScript works on blocks only, which it
//! holds attached, and on memory that it made itself: a buffer of JavaScript's can be transferred, resized or freed at any time.
#![allow(unsafe_code)]

use std::sync::Arc;

use napi::bindgen_prelude::{ClassInstance, JsValue, Object, ToNapiValue, TypeName, Unknown};
use napi::{Env, Result, ValueType};
use napi_derive::napi;
use serde_json::json;
use sharray_array::{
    Kind, Lane, Memory, Number, Op, Operand, Refusal, apart_bytes, check, transfer, transfer_apart,
};
use sharray_memory::Attachment;

use crate::array_queue;
use crate::error::fail;
use crate::external;
use crate::memory::{NativeBlock, memory_error};

pub(crate) fn bug(what: &str) -> napi::Error {
    fail(
        "INTERNAL_ERROR",
        format!("{what}; this is a bug in sharray"),
        json!({}),
    )
}

pub(crate) fn refused(refusal: Refusal) -> napi::Error {
    match refusal {
        Refusal::OutOfBounds => bug("an array reaches outside of its memory"),
        Refusal::Malformed => bug("an operation on arrays is malformed"),
        Refusal::NoSpace(bytes) => fail(
            "NO_SPACE",
            format!(
                "{bytes} bytes for a copy of values are not free. Take smaller parts, or close other arrays first"
            ),
            json!({ "requested": bytes }),
        ),
    }
}

/// What an operand lies in, while its call runs or for as long as it holds a block.
pub(crate) enum Place {
    Block(Arc<Attachment>),
    Buffer(*mut u8, usize),
}

// SAFETY: a block's attachment may be used on any thread; buffers are only looked at by the threads of a call that waits for them.
unsafe impl Send for Place {}

impl Place {
    pub(crate) fn of(
        env: &Env,
        block: Option<ClassInstance<'_, NativeBlock>>,
        buffer: Option<Unknown<'_>>,
    ) -> Result<Place> {
        match (block, buffer) {
            (Some(block), _) => Ok(Place::Block(block.attachment()?)),
            (None, Some(buffer)) => {
                let (data, length) = external::data_view(env, buffer.raw())?;
                Ok(Place::Buffer(data, length))
            }
            (None, None) => Err(bug("an operand has no memory")),
        }
    }

    pub(crate) fn held(block: &NativeBlock) -> Result<Place> {
        Ok(Place::Block(block.attachment()?))
    }

    /// Throws for an attachment that must not be written through.
    pub(crate) fn writable(self) -> Result<Place> {
        match &self {
            Place::Block(attachment) if attachment.readonly() => Err(fail(
                "READ_ONLY",
                "the block is attached read-only",
                json!({}),
            )),
            _ => Ok(self),
        }
    }

    pub(crate) fn memory(&self) -> Result<Memory<'_>> {
        let (data, length) = match self {
            Place::Block(attachment) => {
                let length = attachment.data_len();
                let data = attachment.range(0, length).map_err(memory_error)?;
                (data, length as usize)
            }
            Place::Buffer(data, length) => (*data, *length),
        };
        // SAFETY: a block is mapped for as long as its attachment lives, which the place holds; a buffer's bytes stay where they are while
        // the call runs that looked them up, and only such calls have buffers.
        Ok(unsafe { Memory::new(data, length) })
    }
}

/// The shape and the lanes of a transfer, as `src/array/bulk/bulk.ts` writes them: numbers, one after another.
pub(crate) struct Spec {
    /// The source may overlap the target.
    overlapping: bool,
    pub(crate) threads: usize,
    pub(crate) shape: Vec<usize>,
    pub(crate) lanes: Vec<Lane>,
}

pub(crate) struct Spelt<'a>(pub(crate) std::slice::Iter<'a, f64>);

impl Spelt<'_> {
    pub(crate) fn next(&mut self) -> Result<i64> {
        let number = self.0.next();
        number
            .map(|number| *number as i64)
            .ok_or_else(|| bug("the description of an operation ends early"))
    }

    pub(crate) fn size(&mut self) -> Result<usize> {
        usize::try_from(self.next()?).map_err(|_| bug("an operation has a negative size"))
    }

    /// 0: as many as are granted.
    pub(crate) fn threads(&mut self) -> Result<usize> {
        Ok(match self.size()? {
            0 => sharray_array::granted(),
            threads => threads,
        })
    }

    pub(crate) fn shape(&mut self, axes: usize) -> Result<Vec<usize>> {
        (0..axes).map(|_| self.size()).collect()
    }

    /// A kind by its place in `Kind::ALL`; 16 more when its bytes are reversed.
    pub(crate) fn number(&mut self) -> Result<Number> {
        let code = self.size()?;
        let kind = Kind::ALL.get(code & 15).copied();
        let kind = kind.ok_or_else(|| bug("an operation has numbers of no known kind"))?;
        Ok(Number {
            kind,
            swapped: code & 16 != 0,
        })
    }

    fn op(&mut self) -> Result<Op> {
        Ok(match self.next()? {
            0 => Op::Copy {
                size: self.size()?,
                unit: self.size()?,
            },
            1 => Op::Convert {
                from: self.number()?,
                to: self.number()?,
                count: self.size()?,
            },
            2 => Op::Zero { size: self.size()? },
            _ => return Err(bug("an operation moves bytes in no known way")),
        })
    }

    pub(crate) fn operand(&mut self, axes: usize) -> Result<Operand> {
        let offset = self.next()?;
        let strides = (0..axes).map(|_| self.next()).collect::<Result<_>>()?;
        Ok(Operand { offset, strides })
    }
}

impl Spec {
    fn read(spec: &[f64]) -> Result<Spec> {
        let mut numbers = Spelt(spec.iter());
        let overlapping = numbers.next()? != 0;
        let threads = numbers.threads()?;
        let (axes, lanes) = (numbers.size()?, numbers.size()?);
        let shape = numbers.shape(axes)?;
        let lane = |_| {
            let op = numbers.op()?;
            let (to, from) = (numbers.operand(axes)?, numbers.operand(axes)?);
            Ok(Lane { to, from, op })
        };
        let lanes = (0..lanes).map(lane).collect::<Result<_>>()?;
        Ok(Spec {
            overlapping,
            threads,
            shape,
            lanes,
        })
    }

    fn run(&self, target: Memory<'_>, source: Memory<'_>) -> Result<()> {
        let Spec {
            threads,
            shape,
            lanes,
            ..
        } = self;
        let done = if self.overlapping {
            let bytes = apart_bytes(shape, lanes) as u64;
            sharray_memory::check_space_for(bytes, "a copy of values that overlap their target")
                .map_err(memory_error)?;
            transfer_apart(target, source, shape, lanes, *threads)
        } else {
            transfer(target, source, shape, lanes, *threads)
        };
        done.map_err(refused)
    }
}

/// The number of the first element, in C order, whose value does not fit; -1 when all do.
fn misfit(spec: &Spec, source: Memory<'_>) -> Result<i64> {
    let found = check(source, &spec.shape, &spec.lanes, spec.threads).map_err(refused)?;
    Ok(found.map_or(-1, |place| place as i64))
}

/// Looks for an element whose value does not fit, while the caller waits.
#[napi]
pub fn bulk_misfit(
    env: &Env,
    block: Option<ClassInstance<'_, NativeBlock>>,
    buffer: Option<Unknown<'_>>,
    spec: &[f64],
) -> Result<i64> {
    misfit(&Spec::read(spec)?, Place::of(env, block, buffer)?.memory()?)
}

/// Looks for an element whose value does not fit, on threads of sharray's own.
#[napi(ts_return_type = "Promise<number>")]
pub fn bulk_misfit_async<'env>(
    env: &'env Env,
    block: ClassInstance<'_, NativeBlock>,
    spec: &[f64],
) -> Result<Object<'env>> {
    let (place, spec) = (Place::held(&block)?, Spec::read(spec)?);
    array_queue::promise(env, move || misfit(&spec, place.memory()?))
}

/// Moves elements while the caller waits.
#[napi]
pub fn bulk_transfer(
    env: &Env,
    to_block: Option<ClassInstance<'_, NativeBlock>>,
    to_buffer: Option<Unknown<'_>>,
    from_block: Option<ClassInstance<'_, NativeBlock>>,
    from_buffer: Option<Unknown<'_>>,
    spec: &[f64],
) -> Result<()> {
    let to = Place::of(env, to_block, to_buffer)?.writable()?;
    let from = Place::of(env, from_block, from_buffer)?;
    Spec::read(spec)?.run(to.memory()?, from.memory()?)
}

/// Moves elements to a block on threads of sharray's own: from another block, or from bytes, which are copied at once.
#[napi(ts_return_type = "Promise<void>")]
pub fn bulk_transfer_async<'env>(
    env: &'env Env,
    to: ClassInstance<'_, NativeBlock>,
    from: Option<ClassInstance<'_, NativeBlock>>,
    from_bytes: Option<&[u8]>,
    spec: &[f64],
) -> Result<Object<'env>> {
    let (to, spec) = (Place::held(&to)?.writable()?, Spec::read(spec)?);
    let from = from.map(|block| Place::held(&block)).transpose()?;
    let mut bytes = from_bytes.unwrap_or_default().to_vec();
    array_queue::promise(env, move || match from {
        Some(from) => spec.run(to.memory()?, from.memory()?),
        None => spec.run(to.memory()?, Memory::of(&mut bytes)),
    })
}

/// Bytes that become an ArrayBuffer once they arrive on JavaScript's thread.
pub struct Fresh(pub(crate) Box<[u8]>);

impl TypeName for Fresh {
    fn type_name() -> &'static str {
        "ArrayBuffer"
    }

    fn value_type() -> ValueType {
        ValueType::Object
    }
}

impl ToNapiValue for Fresh {
    unsafe fn to_napi_value(env: napi_sys::napi_env, fresh: Fresh) -> Result<napi_sys::napi_value> {
        external::owned_buffer(&Env::from_raw(env), fresh.0)
    }
}

/// Moves elements from a block to `length` > 0 fresh bytes, on threads of sharray's own.
#[napi(ts_return_type = "Promise<ArrayBuffer>")]
pub fn bulk_gather_async<'env>(
    env: &'env Env,
    length: i64,
    from: ClassInstance<'_, NativeBlock>,
    spec: &[f64],
) -> Result<Object<'env>> {
    let from = Place::held(&from)?;
    let spec = Spec::read(spec)?;
    sharray_memory::check_space_for(length as u64, "a copy of an array").map_err(memory_error)?;
    array_queue::promise(env, move || {
        let length = length as usize;
        let mut bytes = sharray_array::zeroed(length).ok_or_else(|| {
            fail(
                "NO_SPACE",
                format!("{length} bytes for a copy of an array are not free"),
                json!({ "requested": length }),
            )
        })?;
        spec.run(Memory::of(&mut bytes), from.memory()?)?;
        Ok(Fresh(bytes))
    })
}
