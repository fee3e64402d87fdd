//! One row of each kind of table.

use super::Random;

/// Like Bismark's coverage files: chromosome, position, per cent, two small counts.
pub fn methylation(random: &mut Random) -> String {
    let depth = 1 + random.below(16) + random.below(4) * random.below(16) / 2;
    let count = match random.below(10) {
        0..4 => 0,
        4..6 => depth,
        _ => random.below(depth + 1),
    };
    let percent = (count * 200_000_000 / depth).div_ceil(2) as f64 / 1e6;
    let (chromosome, position) = (1 + random.below(22), random.below(248_956_422));
    format!(
        "chr{chromosome}\t{position}\t{percent}\t{count}\t{}\n",
        depth - count
    )
}

pub fn comma(random: &mut Random) -> String {
    methylation(random).replace('\t', ",")
}

pub fn crlf(random: &mut Random) -> String {
    methylation(random).replace('\n', "\r\n")
}

fn thousands(random: &mut Random) -> f64 {
    random.below(2_000_000_000) as f64 / 1e6 - 1000.0
}

pub fn decimals(random: &mut Random) -> String {
    let mut value = || thousands(random);
    format!("{:.6} {:.6} {:.6}\n", value(), value(), value())
}

/// As NumPy's savetxt writes without a format, but for the exponent, which it writes with two digits.
pub fn savetxt(random: &mut Random) -> String {
    let mut value = || scientific(&format!("{:.18e}", thousands(random)));
    format!("{} {} {}\n", value(), value(), value())
}

/// `%g` of values of very different sizes.
pub fn general(random: &mut Random) -> String {
    let mut value = || {
        let size = 10f64.powi(random.below(18) as i32 - 8);
        shortest(thousands(random) / 1000.0 * size)
    };
    format!("{} {} {}\n", value(), value(), value())
}

/// C's `%g`: six digits, no zeros behind them, an exponent below -4 and from 6 on.
fn shortest(value: f64) -> String {
    let text = format!("{value:.5e}");
    let (digits, exponent) = text.split_once('e').expect("an exponent");
    let exponent: i32 = exponent.parse().expect("a number");
    let bare = |text: &str| {
        let text = text.trim_end_matches('0');
        text.trim_end_matches('.').to_string()
    };
    match exponent {
        -4..=-1 | 1..6 => {
            let text = format!("{value:.0$}", (5 - exponent) as usize);
            if text.contains('.') {
                bare(&text)
            } else {
                text
            }
        }
        0 => bare(digits),
        _ => scientific(&format!("{}e{exponent}", bare(digits))),
    }
}

/// Rust's exponent as C writes it.
fn scientific(text: &str) -> String {
    let (digits, exponent) = text.split_once('e').expect("an exponent");
    let exponent: i32 = exponent.parse().expect("a number");
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{digits}e{sign}{:02}", exponent.abs())
}

/// Texts in quotes, some with the delimiter or a quote inside; numbers without.
pub fn quoted(random: &mut Random) -> String {
    let (id, value) = (random.below(1_000_000_000), thousands(random));
    let (code, group) = (random.below(100_000), random.below(100));
    let name = match random.below(16) {
        0 => format!("gene {code}, \"\"b\"\" form"),
        1..4 => format!("gene {code}, partial"),
        _ => format!("gene {code} whole"),
    };
    format!("{id},\"S{code:05}\",{value:.3},\"{name}\",{group}\n")
}

/// Nanoseconds of a time, an identifier, and whatever 64 bits hold.
pub fn integers(random: &mut Random) -> String {
    let time = 1_700_000_000_000_000_000 + random.below(10_000_000_000_000_000);
    let (id, any) = (random.below(1_000_000_000_000), random.next() as i64);
    format!("{time} {id} {any}\n")
}

/// A barcode, a name, and a longer text; some are shorter than their columns by far.
pub fn strings(random: &mut Random) -> String {
    let mut word = |least: u64, most: u64| -> String {
        let length = least + random.below(most - least + 1);
        (0..length)
            .map(|_| char::from(b"ACGTacgtNn._-019"[random.below(16) as usize]))
            .collect()
    };
    format!("{}\t{}\t{}\n", word(8, 8), word(4, 15), word(6, 30))
}

pub fn digits(random: &mut Random) -> String {
    flags(random, ["0", "1"])
}

pub fn words(random: &mut Random) -> String {
    flags(random, ["False", "True"])
}

fn flags(random: &mut Random, names: [&str; 2]) -> String {
    let flags: Vec<&str> = (0..6).map(|_| names[random.below(2) as usize]).collect();
    flags.join("\t") + "\n"
}

pub fn wide(random: &mut Random) -> String {
    let fields: Vec<String> = (0..300).map(|_| random.below(1000).to_string()).collect();
    fields.join("\t") + "\n"
}
