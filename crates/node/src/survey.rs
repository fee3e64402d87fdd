//! What `sharray doctor` asks of the machine where only native code knows.

use std::os::fd::IntoRawFd;
use std::path::Path;

use napi::Result;
use napi_derive::napi;
use sharray_memory::{Limit, takes_unnamed_files};
use sharray_text::Engine;

use crate::memory::memory_error;

/// A limit of this process, null for none.
#[napi(object, use_nullable = true)]
pub struct NativeLimit {
    pub soft: Option<i64>,
    pub hard: Option<i64>,
}

/// The tightest memory control group.
#[napi(object, use_nullable = true)]
pub struct NativeGroup {
    pub file: String,
    pub free: i64,
}

#[napi(object, use_nullable = true)]
pub struct NativeSurvey {
    pub available: Option<i64>,
    pub group: Option<NativeGroup>,
    pub descriptors: NativeLimit,
    pub address_space: NativeLimit,
    pub file_size: NativeLimit,
    pub data: NativeLimit,
    /// The engine of the text kernel; null when SHARRAY_SIMD asks for one that does not exist.
    pub simd: Option<String>,
}

fn figure(bytes: u64) -> i64 {
    i64::try_from(bytes).unwrap_or(i64::MAX)
}

fn limit(limit: Limit) -> NativeLimit {
    NativeLimit {
        soft: limit.soft.map(figure),
        hard: limit.hard.map(figure),
    }
}

/// Figures and limits of the machine and this process.
#[napi]
pub fn survey() -> NativeSurvey {
    let survey = sharray_memory::survey();
    NativeSurvey {
        available: survey.available.map(figure),
        group: survey.group.map(|(file, free)| NativeGroup {
            file: file.to_string_lossy().into_owned(),
            free: figure(free),
        }),
        descriptors: limit(survey.descriptors),
        address_space: limit(survey.address_space),
        file_size: limit(survey.file_size),
        data: limit(survey.data),
        simd: Engine::in_use().ok().map(|engine| engine.name().into()),
    }
}

/// Whether files without a name can be made in a folder: 0, or the system's error number.
#[napi]
pub fn unnamed_file_errno(folder: String) -> i32 {
    takes_unnamed_files(Path::new(&folder)).err().unwrap_or(0)
}

/// Makes a page of anonymous memory. The descriptor is the caller's to close.
#[napi]
pub fn try_memory() -> Result<i32> {
    sharray_memory::try_memory()
        .map(IntoRawFd::into_raw_fd)
        .map_err(memory_error)
}
