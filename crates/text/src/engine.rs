//! Which code does the work.

use std::env;

use crate::SchemaError;
#[cfg(target_arch = "x86_64")]
use crate::simd;

/// The code that counts and parses. All give the same results; the later ones are faster.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Engine {
    /// Field by field, plainly; the measure of the others.
    Reference,
    /// Eight bytes at a time in a machine word.
    Portable,
    /// x86-64 with AVX2, BMI, POPCNT and PCLMULQDQ.
    Avx2,
    /// The same with AVX-512 BW, VL and VBMI2.
    Avx512,
}

impl Engine {
    const ALL: [Engine; 4] = [
        Engine::Reference,
        Engine::Portable,
        Engine::Avx2,
        Engine::Avx512,
    ];

    /// Those that this machine can run, the slowest first.
    #[must_use]
    pub fn available() -> Vec<Engine> {
        Engine::ALL
            .into_iter()
            .filter(|engine| engine.runs())
            .collect()
    }

    /// The name by which `SHARRAY_SIMD` asks for it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Engine::Reference => "reference",
            Engine::Portable => "portable",
            Engine::Avx2 => "avx2",
            Engine::Avx512 => "avx512",
        }
    }

    /// The one that kernels of this process work with. An unknown name in `SHARRAY_SIMD` is an error.
    pub fn in_use() -> Result<Engine, SchemaError> {
        Engine::chosen().map(Engine::or_slower)
    }

    /// The fastest one, or what the environment variable `SHARRAY_SIMD` asks for.
    pub(crate) fn chosen() -> Result<Engine, SchemaError> {
        match env::var("SHARRAY_SIMD") {
            Ok(name) if !name.is_empty() => Engine::ALL
                .into_iter()
                .find(|engine| engine.name() == name)
                .ok_or(SchemaError::Engine(name)),
            _ => Ok(Engine::Avx512),
        }
    }

    /// This one if the machine can run it, else the next slower.
    pub(crate) fn or_slower(self) -> Engine {
        Engine::available()
            .into_iter()
            .filter(|&e| e <= self)
            .max()
            .unwrap_or(Engine::Reference)
    }

    fn runs(self) -> bool {
        match self {
            Engine::Reference | Engine::Portable => true,
            #[cfg(target_arch = "x86_64")]
            Engine::Avx2 => simd::avx2_runs(),
            #[cfg(target_arch = "x86_64")]
            Engine::Avx512 => simd::avx512_runs(),
            #[cfg(not(target_arch = "x86_64"))]
            Engine::Avx2 | Engine::Avx512 => false,
        }
    }
}
