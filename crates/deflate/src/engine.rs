//! Which instructions do the work.

use std::env;
use std::sync::OnceLock;

#[cfg(target_arch = "x86_64")]
use crate::simd;

/// The instructions that shuffle and encode. All give the same bytes; the later ones are faster.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Engine {
    /// Plain Rust, for every processor.
    Portable,
    /// x86-64 with AVX2, BMI and POPCNT.
    Avx2,
    /// The same with AVX-512 BW, VL, VBMI and VBMI2.
    Avx512,
}

impl Engine {
    const ALL: [Engine; 3] = [Engine::Portable, Engine::Avx2, Engine::Avx512];

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
            Engine::Portable => "portable",
            Engine::Avx2 => "avx2",
            Engine::Avx512 => "avx512",
        }
    }

    /// The fastest that this machine runs, and no faster than what `SHARRAY_SIMD` names (`reference` is the portable one here; other
    /// names are the text kernel's to refuse). Found once in a process.
    #[must_use]
    pub fn in_use() -> Engine {
        static FOUND: OnceLock<Engine> = OnceLock::new();
        *FOUND.get_or_init(|| {
            let most = match env::var("SHARRAY_SIMD").as_deref() {
                Ok("reference" | "portable") => Engine::Portable,
                Ok("avx2") => Engine::Avx2,
                _ => Engine::Avx512,
            };
            most.or_slower()
        })
    }

    /// This one if the machine can run it, else the next slower.
    pub(crate) fn or_slower(self) -> Engine {
        let mut slower = Engine::ALL.into_iter().rev();
        slower
            .find(|&engine| engine <= self && engine.runs())
            .unwrap_or(Engine::Portable)
    }

    fn runs(self) -> bool {
        match self {
            Engine::Portable => true,
            #[cfg(target_arch = "x86_64")]
            Engine::Avx2 => simd::avx2_runs(),
            #[cfg(target_arch = "x86_64")]
            Engine::Avx512 => simd::avx512_runs(),
            #[cfg(not(target_arch = "x86_64"))]
            Engine::Avx2 | Engine::Avx512 => false,
        }
    }
}
