//! NumPy's dates and durations, whose numbers wrap around where they do not fit 64 bits, as NumPy's do.

use std::fmt::Write;

/// What one step of a date is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Unit {
    /// None at all.
    Generic,
    /// `Y`
    Year,
    /// `M`
    Month,
    /// `W`
    Week,
    /// `D`
    Day,
    /// `h`
    Hour,
    /// `m`
    Minute,
    /// `s`, and with so many digits behind its point `ms` to `as`.
    Fraction(u32),
}

/// A number of units: the `25s` of `M8[25s]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    count: i64,
    unit: Unit,
}

const UNITS: [(&str, Unit, &str); 14] = [
    ("", Unit::Generic, "generic time units"),
    ("Y", Unit::Year, "years"),
    ("M", Unit::Month, "months"),
    ("W", Unit::Week, "weeks"),
    ("D", Unit::Day, "days"),
    ("h", Unit::Hour, "hours"),
    ("m", Unit::Minute, "minutes"),
    ("s", Unit::Fraction(0), "seconds"),
    ("ms", Unit::Fraction(3), "milliseconds"),
    ("us", Unit::Fraction(6), "microseconds"),
    ("ns", Unit::Fraction(9), "nanoseconds"),
    ("ps", Unit::Fraction(12), "picoseconds"),
    ("fs", Unit::Fraction(15), "femtoseconds"),
    ("as", Unit::Fraction(18), "attoseconds"),
];

const NAT: i64 = i64::MIN;

impl Span {
    /// Reads `ms`, `25s`, and nothing for no unit.
    pub(super) fn of(text: &str) -> Option<Span> {
        let word = text.trim_start_matches(|c: char| c.is_ascii_digit());
        let digits = &text[..text.len() - word.len()];
        let count = if digits.is_empty() {
            1
        } else {
            digits.parse().ok()?
        };
        let (_, unit, _) = UNITS.iter().find(|(spelt, ..)| *spelt == word)?;
        Some(Span { count, unit: *unit })
    }

    fn words(self) -> (&'static str, &'static str) {
        let found = UNITS.iter().find(|(_, unit, _)| *unit == self.unit);
        found.map_or(("", ""), |(short, _, long)| (short, long))
    }

    /// `'25s'`.
    fn quoted(self) -> String {
        let (word, _) = self.words();
        let count = if self.count == 1 {
            String::new()
        } else {
            self.count.to_string()
        };
        format!("'{count}{word}'")
    }
}

fn write(out: &mut String, arguments: std::fmt::Arguments<'_>) {
    out.write_fmt(arguments).expect("a String takes all text");
}

/// C's `%04d`, where a sign is one of the four.
fn year(out: &mut String, year: i64) {
    write(out, format_args!("{year:04}"));
}

/// Year, month and day of the Gregorian calendar, so many days after 1970-01-01.
fn calendar(days: i64) -> (i64, i64, i64) {
    // NumPy counts from 2000-01-01, and what wraps around in that wraps around here. Then from 0000-03-01, so that the leap day is
    // the last of its year; 400 years have 146097 days.
    let days = i128::from(days.wrapping_sub(10957)) + 730_425;
    let (era, day) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let in_era = (day - day / 1460 + day / 36524 - day / 146_096) / 365;
    let of_year = day - (365 * in_era + in_era / 4 - in_era / 100);
    let month = (5 * of_year + 2) / 153;
    let of_month = of_year - (153 * month + 2) / 5 + 1;
    let (over, month) = if month < 10 {
        (0, month + 3)
    } else {
        (1, month - 9)
    };
    (
        (era * 400 + in_era + over) as i64,
        month as i64,
        of_month as i64,
    )
}

/// Days since 1970-01-01 and what is left, in the unit, of units that are parts of days.
fn days(ticks: i64, unit: Unit) -> (i64, i64) {
    let split = |by: i64| (ticks.div_euclid(by), ticks.rem_euclid(by));
    match unit {
        Unit::Week => (ticks.wrapping_mul(7), 0),
        Unit::Hour => split(24),
        Unit::Minute => split(1440),
        // A day has more attoseconds than 64 bits count.
        Unit::Fraction(digits) if digits < 15 => split(86400 * 10i64.pow(digits)),
        Unit::Fraction(_) => (if ticks < 0 { -1 } else { 0 }, ticks),
        _ => (ticks, 0),
    }
}

fn months(ticks: i64) -> (i64, i64) {
    (
        ticks.div_euclid(12).wrapping_add(1970),
        ticks.rem_euclid(12) + 1,
    )
}

/// Appends a date as far as its unit tells: `2026-01-02T03:04:05.678`.
pub(super) fn date(out: &mut String, value: i64, Span { count, unit }: Span) {
    if value == NAT {
        return out.push_str("NaT");
    }
    let ticks = value.wrapping_mul(count);
    match unit {
        Unit::Year => return year(out, ticks.wrapping_add(1970)),
        Unit::Month => {
            let (years, month) = months(ticks);
            year(out, years);
            return write(out, format_args!("-{month:02}"));
        }
        _ => {}
    }
    let (days, rest) = days(ticks, unit);
    let (years, month, day) = calendar(days);
    year(out, years);
    write(out, format_args!("-{month:02}-{day:02}"));
    match unit {
        Unit::Hour => write(out, format_args!("T{rest:02}")),
        Unit::Minute => write(out, format_args!("T{:02}:{:02}", rest / 60, rest % 60)),
        Unit::Fraction(digits) => {
            let scale = 10i128.pow(digits);
            let all = i128::from(rest).rem_euclid(86400 * scale);
            let (seconds, fraction) = (all / scale, all % scale);
            let (hours, minutes) = (seconds / 3600, seconds / 60 % 60);
            write(
                out,
                format_args!("T{hours:02}:{minutes:02}:{:02}", seconds % 60),
            );
            if digits > 0 {
                write(
                    out,
                    format_args!(".{fraction:0width$}", width = digits as usize),
                );
            }
        }
        _ => {}
    }
}

/// Appends what NumPy's `repr` of a date has between its brackets.
pub(super) fn date_repr(out: &mut String, value: i64, span: Span) {
    out.push('\'');
    date(out, value, span);
    out.push('\'');
    if value == NAT && span.unit == Unit::Generic {
        out.push_str(",'generic'");
    } else if value == NAT || span.count != 1 || span.unit == Unit::Hour {
        write(out, format_args!(",{}", span.quoted()));
    }
}

/// Appends a duration: `125 seconds`.
pub(super) fn duration(out: &mut String, value: i64, span: Span) {
    if value == NAT {
        return out.push_str("NaT");
    }
    let ticks = value.wrapping_mul(span.count);
    write(out, format_args!("{ticks} {}", span.words().1));
}

/// Appends what NumPy's `repr` of a duration has between its brackets.
pub(super) fn duration_repr(out: &mut String, value: i64, span: Span) {
    match value {
        NAT => out.push_str("'NaT'"),
        _ => write(out, format_args!("{value}")),
    }
    if span.unit != Unit::Generic {
        write(out, format_args!(",{}", span.quoted()));
    }
}

/// Whether Python has a class for times of a unit: it has microseconds, and nothing finer.
fn has_class(unit: Unit) -> bool {
    !matches!(unit, Unit::Generic | Unit::Fraction(7..))
}

/// The number that Python sees in a date; nothing where it sees one of its own dates, or None.
pub(super) fn date_number(value: i64, Span { count, unit }: Span) -> Option<i64> {
    if value == NAT || unit == Unit::Generic {
        return None;
    }
    if !has_class(unit) {
        return Some(value);
    }
    let ticks = value.wrapping_mul(count);
    let years = match unit {
        Unit::Year => ticks.wrapping_add(1970),
        Unit::Month => months(ticks).0,
        unit => calendar(days(ticks, unit).0).0,
    };
    (!(1..=9999).contains(&years)).then_some(value)
}

/// The same of a duration, of which Python has those of up to 999999999 days.
pub(super) fn duration_number(value: i64, Span { count, unit }: Span) -> Option<i64> {
    if value == NAT {
        return None;
    }
    if !has_class(unit) || matches!(unit, Unit::Year | Unit::Month) {
        return Some(value);
    }
    let (days, _) = days(value.wrapping_mul(count), unit);
    (!(-999_999_999..=999_999_999).contains(&days)).then_some(value)
}
