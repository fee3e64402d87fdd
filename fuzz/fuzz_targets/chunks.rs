//! Choices -> a chunk with structure -> every engine gives the same stream, and zlib, libdeflate and zlib-rs decode it.
#![no_main]

#[path = "../../crates/deflate/tests/cases/mod.rs"]
mod cases;
#[path = "../../crates/deflate/tests/cases/check.rs"]
mod check;

use cases::{Choices, Seed, case};
use libfuzzer_sys::fuzz_target;

/// The fuzzer's bytes choose as long as there are some, then a seed does.
struct Data<'a> {
    bytes: &'a [u8],
    behind: Seed,
}

impl Choices for Data<'_> {
    fn below(&mut self, bound: usize) -> usize {
        let Some((three, rest)) = self.bytes.split_first_chunk::<3>() else {
            return self.behind.below(bound);
        };
        let number = three.iter().fold(0, |number, &byte| number << 8 | usize::from(byte));
        // Where one byte is enough it chooses alone, so that a changed byte changes one choice.
        if bound <= 256 {
            self.bytes = &self.bytes[1..];
            return usize::from(three[0]) % bound;
        }
        self.bytes = rest;
        number % bound
    }
}

fuzz_target!(|bytes: &[u8]| {
    let behind = Seed(bytes.len() as u64 + 1);
    let case = case(&mut Data { bytes, behind });
    if let Err(wrong) = check::wrong(&case) {
        panic!("{} bytes, elements of {}, level {}: {wrong}", case.planes.len(), case.size, case.level);
    }
});
