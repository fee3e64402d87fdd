//! A nonce as text: refused, or what writing it gives, but for the case of its digits.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sharray_memory::Nonce;

fuzz_target!(|text: &str| {
    let Some(nonce) = Nonce::parse(text) else { return };
    assert_eq!(nonce.to_string(), text.to_ascii_lowercase());
    assert_eq!(Nonce::from_bytes(nonce.bytes()), nonce);
    let _ = nonce.is_from_here();
});
