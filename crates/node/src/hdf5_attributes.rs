//! Glue for the attributes of the `hdf5` crate.

use napi::bindgen_prelude::{Object, Uint8Array};
use napi::{Env, Result};
use napi_derive::napi;
use sharray_hdf5::{Layout, Value};

use crate::hdf5::{NativeFile, parse, text};

/// A value of an attribute on its way to JavaScript: what it is as JSON, and its bytes unless it is text.
#[napi(object)]
pub struct NativeAttribute {
    pub value: String,
    pub bytes: Option<Uint8Array>,
}

#[napi]
impl NativeFile {
    #[napi(ts_return_type = "Promise<void>")]
    pub fn set_texts<'env>(
        &self,
        env: &'env Env,
        path: String,
        name: String,
        shape: Vec<u32>,
        texts: Vec<String>,
    ) -> Result<Object<'env>> {
        let value = Value::Texts {
            shape: shape.into_iter().map(u64::from).collect(),
            texts,
        };
        self.queue(env, move |file| file.set_attribute(&path, &name, &value))
    }

    #[napi(ts_return_type = "Promise<void>")]
    pub fn set_bytes<'env>(
        &self,
        env: &'env Env,
        path: String,
        name: String,
        shape: Vec<u32>,
        element: String,
        bytes: &[u8],
    ) -> Result<Object<'env>> {
        let element: Layout = parse(&element, "the attribute's type")?;
        let value = Value::Bytes {
            shape: shape.into_iter().map(u64::from).collect(),
            element,
            bytes: bytes.to_vec(),
        };
        self.queue(env, move |file| file.set_attribute(&path, &name, &value))
    }

    /// The value, or null when there is none of this name.
    #[napi(ts_return_type = "Promise<NativeAttribute | null>")]
    pub fn attribute<'env>(
        &self,
        env: &'env Env,
        path: String,
        name: String,
    ) -> Result<Object<'env>> {
        self.queue(env, move |file| {
            let Some(value) = file.attribute(&path, &name)? else {
                return Ok(None);
            };
            let json = text(&value)?;
            let bytes = match value {
                Value::Bytes { bytes, .. } => Some(bytes.into()),
                _ => None,
            };
            Ok(Some(NativeAttribute { value: json, bytes }))
        })
    }

    #[napi(ts_return_type = "Promise<boolean>")]
    pub fn delete_attribute<'env>(
        &self,
        env: &'env Env,
        path: String,
        name: String,
    ) -> Result<Object<'env>> {
        self.queue(env, move |file| file.delete_attribute(&path, &name))
    }

    #[napi(ts_return_type = "Promise<Array<string>>")]
    pub fn attributes<'env>(&self, env: &'env Env, path: String) -> Result<Object<'env>> {
        self.queue(env, move |file| file.attributes(&path))
    }
}
