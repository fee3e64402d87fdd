//! Glue for the archives of the `file` crate: as files, each on a thread of its own.

use napi::bindgen_prelude::{Buffer, Object, Uint8Array};
use napi::{Env, Result};
use napi_derive::napi;
use serde_json::json;
use sharray_file::{ArchiveInput, ArchiveOutput};

use crate::file::{Memory, Opened, start};
use crate::memory::NativeBlock;

/// A new archive, written member by member. Forgetting it gives it up.
#[napi]
pub struct NativeArchiveOutput(Opened<ArchiveOutput>);

/// Begins an archive that replaces what is at `path` when it is published. `named`: as for `create_output`.
#[napi(ts_return_type = "Promise<NativeArchiveOutput>")]
pub fn create_archive<'env>(env: &'env Env, path: String, named: bool) -> Result<Object<'env>> {
    let open = move || ArchiveOutput::new(&path, named);
    start(env, open, |strand| NativeArchiveOutput(Opened::new(strand)))
}

#[napi]
impl NativeArchiveOutput {
    /// Begins a member; the one before is complete then.
    #[napi(ts_return_type = "Promise<void>")]
    pub fn member<'env>(
        &self,
        env: &'env Env,
        name: String,
        compressed: bool,
    ) -> Result<Object<'env>> {
        self.0
            .with(env, move |archive| archive.member(&name, compressed))
    }

    /// Appends bytes to the member, which are copied before this returns.
    #[napi(ts_return_type = "Promise<void>")]
    pub fn write<'env>(&self, env: &'env Env, bytes: Uint8Array) -> Result<Object<'env>> {
        let bytes = bytes.to_vec();
        self.0.with(env, move |archive| archive.write(&bytes))
    }

    /// Appends a range of a block to the member.
    #[napi(ts_return_type = "Promise<void>")]
    pub fn write_block<'env>(
        &self,
        env: &'env Env,
        block: &NativeBlock,
        offset: i64,
        length: i64,
    ) -> Result<Object<'env>> {
        let memory = Memory::of(block, offset)?;
        self.0.with(env, move |archive| {
            archive.write_from(memory.region(), length as u64)
        })
    }

    /// Finishes the archive and makes it appear, complete and on the disk.
    #[napi(ts_return_type = "Promise<void>")]
    pub fn publish<'env>(&self, env: &'env Env) -> Result<Object<'env>> {
        self.0.finish(env, ArchiveOutput::publish)
    }

    /// Gives the archive up; nothing of it stays.
    #[napi(ts_return_type = "Promise<void>")]
    pub fn discard<'env>(&self, env: &'env Env) -> Result<Object<'env>> {
        self.0.discard(env)
    }
}

/// An archive that is read. Forgetting it closes it.
#[napi]
pub struct NativeArchiveInput(Opened<ArchiveInput>);

/// Opens an archive and reads its directory.
#[napi(ts_return_type = "Promise<NativeArchiveInput>")]
pub fn open_archive<'env>(env: &'env Env, path: String) -> Result<Object<'env>> {
    let open = move || ArchiveInput::open(&path);
    start(env, open, |strand| NativeArchiveInput(Opened::new(strand)))
}

#[napi]
impl NativeArchiveInput {
    /// The files in the archive as JSON: `[{ name, size }]`.
    #[napi(ts_return_type = "Promise<string>")]
    pub fn members<'env>(&self, env: &'env Env) -> Result<Object<'env>> {
        self.0.with(env, |archive| {
            let list: Vec<_> = archive
                .members()
                .iter()
                .map(|member| json!({ "name": member.name, "size": member.size }))
                .collect();
            Ok(serde_json::Value::from(list).to_string())
        })
    }

    /// Bytes from the beginning of a member on, as many as there are up to `length`.
    #[napi(ts_return_type = "Promise<Uint8Array>")]
    pub fn start<'env>(&self, env: &'env Env, number: u32, length: u32) -> Result<Object<'env>> {
        self.0.with(env, move |archive| {
            archive
                .start(number as usize, length as usize)
                .map(Buffer::from)
        })
    }

    /// Copies a range of a member into a block, and checks all of the member.
    #[napi(ts_return_type = "Promise<void>")]
    pub fn read_block<'env>(
        &self,
        env: &'env Env,
        number: u32,
        offset: i64,
        block: &NativeBlock,
        to: i64,
        length: i64,
    ) -> Result<Object<'env>> {
        let memory = Memory::of(block, to)?;
        self.0.with(env, move |archive| {
            archive.copy_to(
                number as usize,
                offset as u64,
                memory.region(),
                length as u64,
            )
        })
    }

    #[napi]
    pub fn close(&self) {
        self.0.end();
    }
}
