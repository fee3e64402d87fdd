//! Random numbers and dates, at the edges of what types hold and of what fast paths take.

use std::io::Write;

use sharray_text::{Kind, Unit};

use crate::fields::Style;
use crate::random::Random;

/// What is a float only just, or just not.
const BARELY: [&str; 12] = [
    ".", "-.", "5.", "-.5", ".5e1", "5.e-1", "e5", "1e", "1e+", "+inf", "-nan", "Infinity",
];

impl Style {
    fn sign(&self, random: &mut Random, out: &mut Vec<u8>) {
        if random.once_in(self.signs) {
            out.push(random.one(b"--+"));
        }
    }

    pub fn integer(&self, random: &mut Random, out: &mut Vec<u8>) {
        let unsigned = self.kind == Kind::Uint;
        let width = 8 * self.size.clamp(1, 8) as u32 - u32::from(!unsigned);
        let most = u64::MAX >> (64 - width);
        let value = match self.form {
            // So many digits at most.
            0..3 => {
                let digits = self.length(random, self.before.min(20)) as u32;
                let limit = 10u64.checked_pow(digits).unwrap_or(u64::MAX);
                (random.bits() % limit) & most
            }
            3 => random.bits() & most,
            4 => random.bits() & most >> random.below(width as usize),
            _ => most - random.below(4) as u64,
        };
        let negative = !unsigned && random.once_in(self.signs);
        match random.below(40) {
            // Just what the type does not hold, where the value is as large as it may be.
            0 => return print(out, format_args!("{}", i128::from(value) + 4)),
            1 => return print(out, format_args!("{}", -i128::from(value) - 2)),
            2 => out.push(b'+'),
            _ if negative => out.push(b'-'),
            _ => {}
        }
        if self.form == 2 {
            out.resize(out.len() + self.behind, b'0');
        }
        print(out, format_args!("{value}"));
    }

    pub fn float(&self, random: &mut Random, out: &mut Vec<u8>) {
        if self.odd > 0 && random.once_in(60) {
            return out.extend_from_slice(random.pick(&BARELY).as_bytes());
        }
        match self.form {
            0..3 => {
                self.sign(random, out);
                let before = self.length(random, self.before.min(20));
                digits(random, before, out);
                self.fraction(random, out);
            }
            3 | 4 => {
                self.sign(random, out);
                digits(random, 1, out);
                self.fraction(random, out);
                exponent(random, if self.form == 3 { 1 } else { 30 }, out);
            }
            5 => {
                // Like %g.
                self.sign(random, out);
                digits(random, 1, out);
                if random.once_in(2) {
                    self.fraction(random, out);
                }
                if random.once_in(3) {
                    exponent(random, 8, out);
                }
            }
            6 => print(out, format_args!("{:?}", f64::from_bits(random.bits()))),
            _ => print(
                out,
                format_args!("{}", f32::from_bits(random.bits() as u32 & 0xBFFF_FFFF)),
            ),
        }
    }

    fn fraction(&self, random: &mut Random, out: &mut Vec<u8>) {
        if self.behind > 0 || self.full {
            out.push(b'.');
            let length = self.length(random, self.behind);
            digits(random, length, out);
        }
    }

    pub fn complex(&self, random: &mut Random, out: &mut Vec<u8>) {
        let bracket = self.form & 1 == 1;
        if bracket {
            out.push(b'(');
        }
        digits(random, 2, out);
        self.fraction(random, out);
        if self.form & 2 == 2 {
            out.push(random.one(b"+-"));
            digits(random, 1, out);
            out.push(b'j');
        }
        if bracket {
            out.push(b')');
        }
    }

    pub fn date(&self, random: &mut Random, out: &mut Vec<u8>) {
        if matches!(self.kind, Kind::Datetime(Unit::Generic, _)) {
            return out.extend_from_slice(b"NaT");
        }
        let (year, month, day) = (
            random.range(1, 3000),
            random.range(1, 12),
            random.range(1, 31),
        );
        print(out, format_args!("{year:04}-{month:02}-{day:02}"));
        if self.form & 1 == 1 {
            let (hour, minute) = (random.below(24), random.below(60));
            print(out, format_args!("T{hour:02}:{minute:02}"));
        }
        if self.form & 3 == 3 {
            print(out, format_args!(":{:02}", random.below(60)));
            self.fraction(random, out);
        }
    }
}

fn digits(random: &mut Random, length: usize, out: &mut Vec<u8>) {
    let mut bits = random.bits();
    for i in 0..length {
        if i % 16 == 15 {
            bits = random.bits();
        }
        // Nines and zeros at the edges of what numbers hold are seldom by chance.
        let digit = (bits & 15) as u8;
        out.push(
            b'0' + if digit < 10 {
                digit
            } else {
                [0, 0, 9, 9, 4, 5][digit as usize - 10]
            },
        );
        bits >>= 4;
    }
}

/// With two digits mostly; with more in one of `times`, and with what else there can be.
fn exponent(random: &mut Random, times: usize, out: &mut Vec<u8>) {
    out.push(random.one(b"eeeeeeeE"));
    match random.below(8) {
        0 if times > 1 => {}
        0..4 => out.push(b'+'),
        _ => out.push(b'-'),
    }
    let length = if times > 1 && random.once_in(times) {
        // None at all is refused.
        if random.once_in(9) {
            0
        } else {
            random.range(1, 4)
        }
    } else {
        2
    };
    digits(random, length, out);
}

fn print(out: &mut Vec<u8>, arguments: std::fmt::Arguments<'_>) {
    out.write_fmt(arguments).expect("room in memory");
}
