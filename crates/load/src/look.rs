//! A load that only looks at the rows of a range: what their columns could be.

use std::ops::Range;

use serde_json::{Value, json};
use sharray_text::{BadRow, Profile, Seen, Unit};

use crate::control::Totals;
use crate::failure::Failure;
use crate::notes::Note;
use crate::range::Unread;
use crate::run::{Part, Worker};

/// Rows that are looked at between two looks at the abort flag.
const STEP: u64 = 1024;

/// What the rows of a range are.
#[derive(Default)]
struct Looked {
    /// The fields of the first row.
    texts: Vec<String>,
    first: Profile,
    rest: Profile,
    /// Where it ended before its time.
    bad: Option<Bad>,
}

/// What ends a load that throws.
enum Bad {
    /// This byte of the text is none; its row begins there.
    Byte(usize, usize),
    /// This row, of a piece of the text that begins there.
    Row(BadRow, usize),
}

impl Looked {
    fn rows(&self) -> u64 {
        self.first.rows + self.rest.rows
    }
}

impl Worker<'_> {
    pub(crate) fn look(&mut self, part: Part<'_>) -> Result<(), Unread> {
        let Some(found) = self.find(part)? else {
            return Ok(());
        };
        let text = found.part.clone();
        let mut looked = self.look_at(part, text.clone(), u64::MAX)?;
        // Waited for only now, so that ranges are looked at side by side.
        let base = match self.setting.job.spec.quoted() {
            true => found.base,
            false => self.base(part)?,
        };
        let rows = looked.rows();
        let wanted = part.wanted(base, rows);
        // Behind the last row that is wanted nothing is looked at.
        if let Some(bad) = &looked.bad
            && base.file_rows + rows < part.limit
        {
            return Err(self.blame(part, base, text, bad).into());
        }
        if wanted < rows {
            looked = self.look_at(part, text.clone(), wanted)?;
        }
        let totals = Totals {
            file_rows: base.file_rows + rows,
            file_lines: base.file_lines + self.count(text).lines,
            dest_rows: base.dest_rows + wanted,
            next: found.next,
        };
        self.publish(part, totals)?;
        // The first row of a file is told apart: it may be a header.
        let heads = base.file_rows == 0 && wanted > 0;
        if !heads {
            looked.rest.add(&looked.first);
        }
        // Whether a range without rows is looked at depends on who is faster: it tells nothing.
        let told = heads || looked.rest.rows > 0;
        let note = Note {
            profile: told.then(|| {
                json!({
                    "file": part.file,
                    "texts": heads.then_some(&looked.texts),
                    "first": heads.then(|| spell(&looked.first)),
                    "rest": spell(&looked.rest),
                })
            }),
            ..Note::default()
        };
        Ok(self.finish(part, wanted, note)?)
    }

    /// Looks at the rows of a part, `most` of them. Bad ones are passed over where they are to be kept apart later.
    fn look_at(&self, part: Part<'_>, text: Range<usize>, most: u64) -> Result<Looked, Unread> {
        let throws = self.setting.job.spec.throws();
        let mut looked = Looked::default();
        let mut at = text.start;
        let mut invalid = self.invalid(text.clone());
        while at < text.end && looked.rows() < most {
            if self.setting.control.unwanted(part.range) {
                return Err(Unread::Unwanted);
            }
            let end = invalid.map_or(text.end, |(_, row)| row);
            if let Some((byte, row)) = invalid
                && at == row
            {
                if throws {
                    looked.bad = Some(Bad::Byte(byte, row));
                    break;
                }
                at = self.row_end(row..text.end);
                invalid = self.invalid(at..text.end);
                continue;
            }
            let left = most - looked.rows();
            let is_first = looked.first.rows == 0;
            let (profile, rows) = match is_first {
                true => (&mut looked.first, 1),
                false => (&mut looked.rest, left.min(STEP)),
            };
            match self
                .kernel()
                .profile(self.text.input(at..end), rows, profile)
            {
                Ok(read) => {
                    if looked.first.rows > 0 && is_first {
                        looked.texts = self.texts(at..at + read);
                    }
                    at += read;
                }
                Err(bad) if throws => {
                    looked.bad = Some(Bad::Row(bad, at));
                    break;
                }
                Err(bad) => at += bad.next,
            }
        }
        Ok(looked)
    }

    fn blame(&self, part: Part<'_>, base: Totals, text: Range<usize>, bad: &Bad) -> Failure {
        let line = |row| base.file_lines + self.count(text.start..row).lines + 1;
        match bad {
            Bad::Byte(byte, row) => self.bad_text(part, line(*row) - 1, *row..*byte),
            Bad::Row(bad, at) => {
                let input = self.text.bytes(*at..text.end);
                let spec = &self.setting.job.spec;
                Failure::row(spec, part.plan, line(at + bad.byte), bad, input)
            }
        }
    }

    /// The fields of the row that a part ends with; nothing but blank lines comes before it.
    fn texts(&self, text: Range<usize>) -> Vec<String> {
        let mut at = text.start;
        loop {
            let end = self.row_end(at..text.end);
            let fields = self
                .kernel()
                .fields(self.text.bytes(at..end))
                .unwrap_or_default();
            if !fields.is_empty() || end == text.end {
                let text = |field: &Vec<u8>| String::from_utf8_lossy(field).into_owned();
                return fields.iter().map(text).collect();
            }
            at = end;
        }
    }
}

fn spell(profile: &Profile) -> Value {
    let name = |unit: Unit| unit.name().unwrap_or("generic");
    let seen = |seen: &Seen| {
        json!({
            "values": seen.values, "missing": seen.missing, "characters": seen.characters, "latin1": seen.latin1,
            "int4": seen.int4, "int8": seen.int8, "float": seen.float, "truth": seen.truth,
            "units": seen.units.map(|units| [name(units.coarsest), name(units.finest)]),
        })
    };
    json!({ "rows": profile.rows, "columns": profile.columns.iter().map(seen).collect::<Vec<_>>() })
}
