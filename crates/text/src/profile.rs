//! What the columns of a table could be: the types that take all their texts, and how long those are.

use crate::plan::Plan;
use crate::scalar::fields::Fields;
use crate::scalar::row::{Refusal, resolve};
use crate::scalar::space::trim;
use crate::scalar::{date, float, integer, string};
use crate::{BadRow, Kind, Reason, Unit};

/// What was seen in one column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seen {
    /// Texts that stand for a value.
    pub values: u64,
    /// Texts that stand for a missing one.
    pub missing: u64,
    /// Characters of the longest.
    pub characters: usize,
    /// All characters are of latin1.
    pub latin1: bool,
    /// All are integers of 4 bytes.
    pub int4: bool,
    /// All are integers of 8 bytes.
    pub int8: bool,
    /// All are numbers.
    pub float: bool,
    /// All are `true` or `false`, whatever their case.
    pub truth: bool,
    /// The units of all that have one, if all are dates.
    pub units: Option<Units>,
}

/// The coarsest and the finest of several units; [`Unit::Generic`] twice where there is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Units {
    /// Years before months, and so on.
    pub coarsest: Unit,
    /// The one that holds all.
    pub finest: Unit,
}

impl Units {
    /// Of one date; NaT alone has none.
    fn of(unit: Unit) -> Units {
        Units {
            coarsest: unit,
            finest: unit,
        }
    }

    fn and(self, other: Units) -> Units {
        let coarsest = match (self.coarsest, other.coarsest) {
            (Unit::Generic, unit) | (unit, Unit::Generic) => unit,
            (a, b) => a.min(b),
        };
        Units {
            coarsest,
            finest: self.finest.max(other.finest),
        }
    }
}

impl Default for Seen {
    fn default() -> Seen {
        Seen {
            values: 0,
            missing: 0,
            characters: 0,
            latin1: true,
            int4: true,
            int8: true,
            float: true,
            truth: true,
            units: Some(Units::of(Unit::Generic)),
        }
    }
}

impl Seen {
    /// What was seen in both.
    #[must_use]
    pub fn and(self, other: Seen) -> Seen {
        Seen {
            values: self.values + other.values,
            missing: self.missing + other.missing,
            characters: self.characters.max(other.characters),
            latin1: self.latin1 && other.latin1,
            int4: self.int4 && other.int4,
            int8: self.int8 && other.int8,
            float: self.float && other.float,
            truth: self.truth && other.truth,
            units: self.units.zip(other.units).map(|(a, b)| a.and(b)),
        }
    }

    fn look(&mut self, plan: &Plan, text: &[u8]) {
        let trimmed = trim(text);
        if plan.dialect.na.iter().any(|na| na == trimmed) {
            self.missing += 1;
            return;
        }
        self.values += 1;
        self.characters = self.characters.max(string::characters(text));
        self.latin1 &= text.iter().all(|&byte| byte < 0xC4);
        self.int4 = self.int4 && integer::parse(text, Kind::Int, 4).is_ok();
        self.int8 = self.int8 && (self.int4 || integer::parse(text, Kind::Int, 8).is_ok());
        self.float = self.float && (self.int8 || float::parse(text).is_ok());
        self.truth = self.truth
            && (trimmed.eq_ignore_ascii_case(b"true") || trimmed.eq_ignore_ascii_case(b"false"));
        self.units = self
            .units
            .and_then(|units| Some(units.and(Units::of(date::unit_of(text).ok()?))));
    }
}

/// What was seen in a table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Profile {
    /// Rows.
    pub rows: u64,
    /// By column.
    pub columns: Vec<Seen>,
}

impl Profile {
    /// Adds what was seen elsewhere in the same table.
    pub fn add(&mut self, other: &Profile) {
        self.rows += other.rows;
        let count = self.columns.len().max(other.columns.len());
        self.columns.resize(count, Seen::default());
        for (mine, theirs) in self.columns.iter_mut().zip(&other.columns) {
            *mine = mine.and(*theirs);
        }
    }
}

pub(crate) fn look(
    plan: &Plan,
    text: &[u8],
    most: u64,
    profile: &mut Profile,
) -> Result<usize, BadRow> {
    let expected = plan.schema.columns.len();
    profile.columns.resize(expected, Seen::default());
    let mut fields = Fields::default();
    let mut pos = 0;
    let mut rows = 0;
    while pos < text.len() && rows < most {
        let start = pos;
        let refused = |refusal: Refusal| refusal.at(plan, text, rows as usize, start);
        let end = match fields.read(&plan.dialect, text, start) {
            Ok(end) => end,
            Err((end, reason)) => return Err(refused(Refusal::row(start, end, 0, reason))),
        };
        pos = end.next;
        let found = fields.len();
        if found == 0 {
            continue;
        }
        if plan.schema.usecols.is_none() && found != expected {
            let reason = Reason::ColumnsDiffer { found, expected };
            return Err(refused(Refusal::row(
                start,
                end,
                found.min(expected),
                reason,
            )));
        }
        for (field, seen) in profile.columns.iter_mut().enumerate() {
            let source = match &plan.schema.usecols {
                None => field,
                Some(cols) => match resolve(cols[field], found) {
                    Ok(source) => source,
                    Err(expected) => {
                        let reason = Reason::TooFewColumns { found, expected };
                        return Err(refused(Refusal::row(start, end, found, reason)));
                    }
                },
            };
            seen.look(plan, fields.text(text, source));
        }
        profile.rows += 1;
        rows += 1;
    }
    Ok(pos)
}
