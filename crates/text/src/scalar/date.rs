//! Dates and spans of time as NumPy 2.4 reads them from texts: ISO 8601 with its liberties, and counts.

use crate::{Reason, Unit};

/// Not a time.
const NAT: i64 = i64::MIN;

/// A moment of UTC.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Moment {
    year: i64,
    month: i64,
    day: i64,
    hour: i64,
    minute: i64,
    second: i64,
    micro: i64,
    pico: i64,
    atto: i64,
}

fn is_nat(text: &[u8]) -> bool {
    text.is_empty() || text.eq_ignore_ascii_case(b"nat")
}

/// A text as so many of a unit since 1970. What is finer than the unit is left out; what is beyond 64 bits wraps around, as in NumPy.
pub(crate) fn datetime(text: &[u8], unit: Unit, count: u32) -> Result<i64, Reason> {
    if is_nat(text) {
        return Ok(NAT);
    }
    if unit == Unit::Generic {
        return Err(Reason::NotADate);
    }
    let (moment, _) = parse(text).ok_or(Reason::NotADate)?;
    // Also by way of digits that wrap around.
    if moment.year == NAT {
        return Ok(NAT);
    }
    let value = moment.since_1970(unit);
    Ok(value.div_euclid(i64::from(count.max(1))))
}

/// The unit that a text is of: of none for NaT.
pub(crate) fn unit_of(text: &[u8]) -> Result<Unit, Reason> {
    if is_nat(text) {
        return Ok(Unit::Generic);
    }
    parse(text).map(|(_, unit)| unit).ok_or(Reason::NotADate)
}

/// A count: an integer, with blanks before it if any; what 64 bits do not hold is the largest or the least that they do.
pub(crate) fn timedelta(text: &[u8]) -> Result<i64, Reason> {
    if is_nat(text) {
        return Ok(NAT);
    }
    let start = text.iter().take_while(|b| is_blank(**b)).count();
    let (negative, digits) = match &text[start..] {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        rest => (false, rest),
    };
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return Err(Reason::NotANumber);
    }
    Ok(digits.iter().fold(0i64, |value, digit| {
        let digit = i64::from(digit - b'0');
        let digit = if negative { -digit } else { digit };
        value.saturating_mul(10).saturating_add(digit)
    }))
}

/// C's white space.
fn is_blank(byte: u8) -> bool {
    matches!(byte, 9..=13 | b' ')
}

/// What is left of a text.
struct Rest<'a>(&'a [u8]);

impl Rest<'_> {
    fn takes(&mut self, byte: u8) -> bool {
        let found = self.0.first() == Some(&byte);
        if found {
            self.0 = &self.0[1..];
        }
        found
    }

    /// Two digits, in a range.
    fn two(&mut self, least: i64, most: i64) -> Option<i64> {
        let [tens @ b'0'..=b'9', ones @ b'0'..=b'9', rest @ ..] = self.0 else {
            return None;
        };
        self.0 = rest;
        let value = i64::from(tens - b'0') * 10 + i64::from(ones - b'0');
        (least..=most).contains(&value).then_some(value)
    }

    /// Up to six digits of a fraction, as if there were six; and how many there were.
    fn six(&mut self) -> (i64, usize) {
        let count = self
            .0
            .iter()
            .take(6)
            .take_while(|b| b.is_ascii_digit())
            .count();
        let (digits, rest) = self.0.split_at(count);
        self.0 = rest;
        let value = digits
            .iter()
            .fold(0, |value, digit| value * 10 + i64::from(digit - b'0'));
        (value * 10i64.pow(6 - count as u32), count)
    }

    fn more_digits(&self) -> bool {
        self.0.first().is_some_and(u8::is_ascii_digit)
    }
}

fn parse(text: &[u8]) -> Option<(Moment, Unit)> {
    let blanks = text.iter().take_while(|b| is_blank(**b)).count();
    let mut rest = Rest(&text[blanks..]);
    let _ = rest.takes(b'-') || rest.takes(b'+');
    if rest.0.is_empty() {
        return None;
    }
    let mut moment = Moment {
        month: 1,
        day: 1,
        ..Moment::default()
    };
    while let [digit @ b'0'..=b'9', more @ ..] = rest.0 {
        let digit = i64::from(digit - b'0');
        moment.year = moment.year.wrapping_mul(10).wrapping_add(digit);
        rest.0 = more;
    }
    // Only a minus at the very beginning counts.
    if text[0] == b'-' {
        moment.year = moment.year.wrapping_neg();
    }
    if rest.0.is_empty() {
        return Some((moment, Unit::Year));
    }
    if !rest.takes(b'-') {
        return None;
    }
    moment.month = rest.two(1, 12)?;
    if rest.0.is_empty() {
        return Some((moment, Unit::Month));
    }
    if !rest.takes(b'-') {
        return None;
    }
    moment.day = rest.two(1, days_of(moment.year, moment.month))?;
    if rest.0.is_empty() {
        return Some((moment, Unit::Day));
    }
    if !rest.takes(b'T') && !rest.takes(b' ') {
        return None;
    }
    let unit = time(&mut rest, &mut moment)?;
    zone(&mut rest, &mut moment)?;
    Some((moment, unit))
}

/// What follows the day, up to the zone.
fn time(rest: &mut Rest<'_>, moment: &mut Moment) -> Option<Unit> {
    moment.hour = rest.two(0, 23)?;
    if !rest.takes(b':') {
        return Some(Unit::Hour);
    }
    moment.minute = rest.two(0, 59)?;
    if !rest.takes(b':') {
        return Some(Unit::Minute);
    }
    moment.second = rest.two(0, 59)?;
    if !rest.takes(b'.') {
        return Some(Unit::Second);
    }
    let parts = [
        (&mut moment.micro, Unit::Milli, Unit::Micro),
        (&mut moment.pico, Unit::Nano, Unit::Pico),
        (&mut moment.atto, Unit::Femto, Unit::Atto),
    ];
    let mut unit = Unit::Milli;
    for (part, coarse, fine) in parts {
        let (value, digits) = rest.six();
        *part = value;
        unit = if digits > 3 { fine } else { coarse };
        if !rest.more_digits() {
            break;
        }
    }
    Some(unit)
}

/// The zone, and blanks behind it: the moment becomes one of UTC.
fn zone(rest: &mut Rest<'_>, moment: &mut Moment) -> Option<()> {
    if !rest.takes(b'Z') {
        let east = rest.takes(b'+');
        if east || rest.takes(b'-') {
            let hours = rest.two(0, 23)?;
            let mut minutes = 0;
            if !rest.0.is_empty() {
                rest.takes(b':');
                minutes = rest.two(0, 59)?;
            }
            let offset = 60 * hours + minutes;
            moment.shift(if east { -offset } else { offset });
        }
    }
    rest.0.iter().all(|b| is_blank(*b)).then_some(())
}

fn is_leap(year: i64) -> bool {
    year & 3 == 0 && (year % 100 != 0 || year % 400 == 0)
}

fn days_of(year: i64, month: i64) -> i64 {
    match month {
        2 => 28 + i64::from(is_leap(year)),
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

impl Moment {
    /// By less than two days.
    fn shift(&mut self, minutes: i64) {
        let all = 60 * self.hour + self.minute + minutes;
        self.minute = all.rem_euclid(60);
        self.hour = all.div_euclid(60).rem_euclid(24);
        self.day += all.div_euclid(1440);
        if self.day < 1 {
            self.month -= 1;
            if self.month < 1 {
                self.month = 12;
                self.year = self.year.wrapping_sub(1);
            }
            self.day += days_of(self.year, self.month);
        } else if self.day > days_of(self.year, self.month) {
            self.day -= days_of(self.year, self.month);
            self.month += 1;
            if self.month > 12 {
                self.month = 1;
                self.year = self.year.wrapping_add(1);
            }
        }
    }

    /// Days since 1970 in the Gregorian calendar, which is taken to reach back for ever. Of years that 64 bits of days do not hold,
    /// what NumPy's order of operations gives.
    fn days(&self) -> i64 {
        let years = self.year.wrapping_sub(1970);
        let plain = years.wrapping_mul(365);
        // From a leap year before or behind 1970 on, so that every division is of a number without sign.
        let leaps = if plain >= 0 {
            let [fours, hundreds, all] = [1, 69, 369].map(|shift| years.wrapping_add(shift));
            fours / 4 - hundreds / 100 + all / 400
        } else {
            let [fours, hundreds] = [2, 30].map(|shift| years.wrapping_sub(shift));
            fours / 4 - hundreds / 100 + hundreds / 400
        };
        let months: i64 = (1..self.month).map(|month| days_of(self.year, month)).sum();
        plain.wrapping_add(leaps + months + self.day - 1)
    }

    fn since_1970(&self, unit: Unit) -> i64 {
        let on = |value: i64, parts: i64, rest: i64| value.wrapping_mul(parts).wrapping_add(rest);
        let years = self.year.wrapping_sub(1970);
        let days = self.days();
        let seconds = || {
            on(
                on(on(days, 24, self.hour), 60, self.minute),
                60,
                self.second,
            )
        };
        let micros = || on(seconds(), 1_000_000, self.micro);
        let picos = || on(micros(), 1_000_000, self.pico);
        match unit {
            Unit::Generic => NAT,
            Unit::Year => years,
            Unit::Month => on(years, 12, self.month - 1),
            Unit::Week => days.div_euclid(7),
            Unit::Day => days,
            Unit::Hour => on(days, 24, self.hour),
            Unit::Minute => on(on(days, 24, self.hour), 60, self.minute),
            Unit::Second => seconds(),
            Unit::Milli => on(seconds(), 1000, self.micro / 1000),
            Unit::Micro => micros(),
            Unit::Nano => on(micros(), 1000, self.pico / 1000),
            Unit::Pico => picos(),
            Unit::Femto => on(picos(), 1000, self.atto / 1000),
            Unit::Atto => on(picos(), 1_000_000, self.atto),
        }
    }
}
