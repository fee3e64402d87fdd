//! Glue for what the `array` crate does with texts: to UTF-8 with offsets, and from there, as Arrow tables have them.

use napi::bindgen_prelude::{ClassInstance, Unknown};
use napi::{Env, Result};
use napi_derive::napi;
use sharray_array::{Memory, Operand, Spans, Text, measure, texts_to_utf8, utf8_to_texts};

use crate::array::{Fresh, Place, Spelt, refused};
use crate::memory::NativeBlock;

/// Texts as Arrow's Utf8 keeps them; nothing where there are no bytes.
#[napi(object, object_from_js = false)]
pub struct NativeUtf8 {
    #[napi(ts_type = "ArrayBuffer")]
    pub offsets: Fresh,
    #[napi(ts_type = "ArrayBuffer")]
    pub data: Option<Fresh>,
}

/// An array of texts, as `src/array/bulk/texts.ts` writes it.
struct Spec {
    threads: usize,
    text: Text,
    shape: Vec<usize>,
    at: Operand,
}

impl Spec {
    fn read(spelt: &mut Spelt<'_>) -> Result<Spec> {
        let threads = spelt.threads()?;
        let text = Text {
            size: spelt.size()?,
            wide: spelt.next()? != 0,
            swapped: spelt.next()? != 0,
        };
        let axes = spelt.size()?;
        Ok(Spec {
            threads,
            text,
            shape: spelt.shape(axes)?,
            at: spelt.operand(axes)?,
        })
    }
}

/// What texts of any length lie in, for the time of a call.
struct Sources {
    /// Offsets of 0 (views instead), 4 or 8 bytes.
    width: i64,
    /// The bytes and the offsets, or the views and their buffers.
    places: Vec<Place>,
    nulls: Option<Place>,
}

impl Sources {
    fn of(
        env: &Env,
        width: i64,
        buffers: Vec<Unknown<'_>>,
        nulls: Option<Unknown<'_>>,
    ) -> Result<Sources> {
        let place = |view| Place::of(env, None, Some(view));
        Ok(Sources {
            width,
            places: buffers.into_iter().map(place).collect::<Result<_>>()?,
            nulls: nulls.map(place).transpose()?,
        })
    }

    fn with<T>(&self, work: impl FnOnce(&Spans<'_>, Option<Memory<'_>>) -> Result<T>) -> Result<T> {
        let memories = self.places.iter().map(Place::memory);
        let memories = memories.collect::<Result<Vec<_>>>()?;
        let nulls = self.nulls.as_ref().map(Place::memory).transpose()?;
        let spans = match (self.width, &memories[..]) {
            (0, [views, buffers @ ..]) => Spans::Views {
                views: *views,
                buffers,
            },
            (width, [bytes, offsets]) => Spans::Offsets {
                bytes: *bytes,
                offsets: *offsets,
                large: width == 8,
            },
            _ => {
                return Err(crate::array::bug(
                    "texts have not as many buffers as they need",
                ));
            }
        };
        work(&spans, nulls)
    }
}

/// The texts of an array in UTF-8.
#[napi]
pub fn bulk_texts_to_utf8(
    env: &Env,
    block: Option<ClassInstance<'_, NativeBlock>>,
    buffer: Option<Unknown<'_>>,
    spec: &[f64],
) -> Result<NativeUtf8> {
    let place = Place::of(env, block, buffer)?;
    let spec = Spec::read(&mut Spelt(spec.iter()))?;
    let memory = place.memory()?;
    let utf8 = texts_to_utf8(memory, &spec.at, &spec.shape, spec.text, spec.threads);
    let utf8 = utf8.map_err(refused)?;
    let data = (!utf8.data.is_empty()).then_some(Fresh(utf8.data));
    Ok(NativeUtf8 {
        offsets: Fresh(utf8.offsets),
        data,
    })
}

/// The longest and the shortest of some texts (below 0, and beyond every length, where there is none), and 1 where all characters fit one byte.
#[napi]
pub fn bulk_measure_texts(
    env: &Env,
    buffers: Vec<Unknown<'_>>,
    nulls: Option<Unknown<'_>>,
    spec: &[f64],
) -> Result<Vec<f64>> {
    let mut spelt = Spelt(spec.iter());
    let threads = spelt.threads()?;
    let (width, count, binary) = (spelt.next()?, spelt.size()?, spelt.next()? != 0);
    Sources::of(env, width, buffers, nulls)?.with(|spans, nulls| {
        let found = measure(spans, nulls, count, binary, threads);
        Ok(vec![
            found.longest as f64,
            found.shortest as f64,
            f64::from(u8::from(found.latin1)),
        ])
    })
}

/// Writes texts into an array. Gives nothing, or which is the first that does not fit, and its first character above U+00FF: -1 for a text
/// that is too long.
#[napi]
pub fn bulk_utf8_to_texts(
    env: &Env,
    block: Option<ClassInstance<'_, NativeBlock>>,
    buffer: Option<Unknown<'_>>,
    buffers: Vec<Unknown<'_>>,
    nulls: Option<Unknown<'_>>,
    spec: &[f64],
) -> Result<Vec<f64>> {
    let place = Place::of(env, block, buffer)?.writable()?;
    let mut spelt = Spelt(spec.iter());
    let (width, plain) = (spelt.next()?, spelt.next()? != 0);
    let spec = Spec::read(&mut spelt)?;
    Sources::of(env, width, buffers, nulls)?.with(|spans, nulls| {
        let memory = place.memory()?;
        let (text, threads) = (spec.text, spec.threads);
        let misfit = utf8_to_texts(
            memory,
            &spec.at,
            &spec.shape,
            text,
            spans,
            nulls,
            plain,
            threads,
        );
        let misfit = misfit.map_err(refused)?;
        Ok(misfit.map_or_else(Vec::new, |misfit| {
            vec![misfit.index as f64, misfit.code.map_or(-1.0, f64::from)]
        }))
    })
}
