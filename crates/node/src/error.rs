//! One shape for every error that crosses into JavaScript.

use serde_json::Value;

/// An error whose message is the JSON that `src/native/call.ts` turns into a `SharrayError`.
pub fn fail(code: &str, message: impl Into<String>, details: Value) -> napi::Error {
    let body = serde_json::json!({ "code": code, "message": message.into(), "details": details });
    napi::Error::new(napi::Status::GenericFailure, body.to_string())
}
