//! Days as ISO 8601 has them: `2024-02-29`.

use super::cell::{Item, Quick};
use super::source::Source;
use super::words::{eight, fill, not_digits};

/// Days since 1970, of four digits, two and two.
pub(crate) struct Day;

/// Days of each month, in years that are not leap years.
const DAYS: [u64; 12] = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

impl Quick for Day {
    #[inline(always)]
    fn convert(source: Source<'_>, item: &mut Item<'_>) -> bool {
        let (year, rest) = (source.word(0), source.word(2));
        let dashes = fill(b'-') & 0x0000_FF00_00FF_0000;
        if source.length() != 10 || rest & 0x0000_FF00_00FF_0000 != dashes {
            return false;
        }
        let month = rest >> 24 & 0xFFFF;
        let digits = (year & 0xFFFF_FFFF | month << 32 | rest >> 48 << 48) ^ fill(b'0');
        if not_digits(digits) != 0 {
            return false;
        }
        let date = eight(digits);
        let (year, month, day) = (date / 10_000, date / 100 % 100, date % 100);
        let Some(&days) = DAYS.get(month.wrapping_sub(1) as usize) else {
            return false;
        };
        let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
        let days = days + u64::from(leap && month == 2);
        if day == 0 || day > days {
            return false;
        }
        // Years that begin in March, so that a leap day is a year's last; five of their months have 153 days.
        let (years, months) = match month {
            ..=2 => (year + 399, month + 9),
            _ => (year + 400, month - 3),
        };
        let leaps = years / 4 - years / 100 + years / 400;
        let days = 365 * years + leaps + (153 * months + 2) / 5 + day - 1;
        item.put(days.wrapping_sub(UNTIL_1970));
        true
    }
}

/// Days from March of 400 years before the year 0 to 1970.
const UNTIL_1970: u64 = 719_468 + 146_097;
