//! What is refused of texts before anything is touched.

use sharray_array::{Memory, Operand, Refusal, Spans, Text, texts_to_utf8, utf8_to_texts};

#[test]
fn elements_outside_of_their_memory_and_halves_of_characters_are_refused() {
    let mut bytes = [0; 40];
    let outside = Operand {
        offset: 0,
        strides: vec![10],
    };
    let whole = Text {
        size: 10,
        wide: false,
        swapped: false,
    };
    let found = texts_to_utf8(Memory::of(&mut bytes), &outside, &[5], whole, 1);
    assert_eq!(found, Err(Refusal::OutOfBounds));
    let halves = Text {
        wide: true,
        ..whole
    };
    let found = texts_to_utf8(Memory::of(&mut bytes), &outside, &[4], halves, 1);
    assert_eq!(found, Err(Refusal::Malformed));
    for (shape, text, refusal) in [
        (5, whole, Refusal::OutOfBounds),
        (4, halves, Refusal::Malformed),
    ] {
        let mut texts = [0; 8];
        let spans = Spans::Views {
            views: Memory::of(&mut texts),
            buffers: &[],
        };
        let target = Memory::of(&mut bytes);
        let found = utf8_to_texts(target, &outside, &[shape], text, &spans, None, false, 1);
        assert_eq!(found, Err(refusal));
    }
}
