//! What the tests of this folder share: kernels by engine, and text inside a padded buffer.

use sharray_text::{Dialect, Engine, Kernel, PAD_AFTER, PAD_BEFORE, Schema};

/// The text with `fill` around it, which no engine may take for text.
pub fn padded(text: &[u8], fill: u8) -> Vec<u8> {
    let mut buf = vec![fill; PAD_BEFORE];
    buf.extend_from_slice(text);
    buf.resize(buf.len() + PAD_AFTER, fill);
    buf
}

/// A kernel with this engine, or with the plain one where the comments overlap.
pub fn kernel(schema: &Schema, dialect: &Dialect, engine: Engine) -> Kernel {
    Kernel::with_engine(schema.clone(), dialect.clone(), engine).expect("a schema that can be")
}
