//! A message in brief form, from a process that lost its mind: refused, or exactly what writing it again gives.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sharray_memory::port::brief;

fuzz_target!(|data: &[u8]| {
    let Some((text, blocks)) = brief::read(data) else { return };
    assert!(brief::is(data));
    assert_eq!(brief::write(text, &blocks), data);
});
