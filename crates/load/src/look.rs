//! A load that only looks at the rows of a range: what their columns could be.

use std::ops::Range;

use serde_json::{Value, json};
use sharray_text::{Profile, Seen};

use crate::control::Totals;
use crate::failure::Failure;
use crate::notes::Note;
use crate::range::Unread;
use crate::run::{Found, Part, Worker};

impl Worker<'_> {
    pub(crate) fn look(&mut self, part: Part<'_>) -> Result<(), Unread> {
        let Some(mut found) = self.find(part)? else {
            return Ok(());
        };
        let lines = found.part.clone();
        let bad = self.invalid(lines.clone());
        let good = lines.start..bad.map_or(lines.end, |(_, row)| row);
        found.count = self.count(good.clone());
        if !self.setting.job.spec.quoted() {
            found.base = self.base(part)?;
        }
        let Found { count, base, .. } = found;
        let wanted = part.wanted(base, count.rows);
        let text = match wanted == count.rows {
            true => good,
            false => good.start..self.behind(good, wanted),
        };
        let (first, rest) = match base.file_rows == 0 && wanted > 0 {
            true => {
                let end = self.behind(text.clone(), 1);
                (Some(text.start..end), end..text.end)
            }
            false => (None, text.clone()),
        };
        let texts = first.clone().map(|row| self.texts(row));
        let first = match first {
            Some(row) => Some(self.profile(part, base, text.start, row)?),
            None => None,
        };
        let rest = self.profile(part, base, text.start, rest)?;
        if let Some((byte, row)) = bad
            && base.file_rows + count.rows < part.limit
            && self.setting.job.spec.throws()
        {
            let before = base.file_lines + count.lines;
            return Err(self.bad_text(part, before, row..byte).into());
        }
        let totals = Totals {
            file_rows: base.file_rows + count.rows,
            file_lines: base.file_lines + count.lines,
            dest_rows: base.dest_rows + wanted,
            next: found.next,
        };
        self.publish(part, totals)?;
        let note = Note {
            profile: Some(json!({
                "file": part.file,
                "texts": texts,
                "first": first.map(|first| spell(&first)),
                "rest": spell(&rest),
            })),
            ..Note::default()
        };
        Ok(self.finish(part, wanted, &note)?)
    }

    /// Where so many rows of a part end.
    fn behind(&self, text: Range<usize>, rows: u64) -> usize {
        let (mut at, mut seen) = (text.start, 0);
        while at < text.end && seen < rows {
            let end = self.row_end(at..text.end);
            seen += u64::from(!self.kernel().fields(self.text.bytes(at..end)).is_empty());
            at = end;
        }
        at
    }

    /// The fields of the row that a part ends with.
    fn texts(&self, text: Range<usize>) -> Vec<String> {
        let mut at = text.start;
        loop {
            let end = self.row_end(at..text.end);
            let fields = self.kernel().fields(self.text.bytes(at..end));
            if !fields.is_empty() || end == text.end {
                let text = |field: &Vec<u8>| String::from_utf8_lossy(field).into_owned();
                return fields.iter().map(text).collect();
            }
            at = end;
        }
    }

    /// What the rows of a part could be; bad ones are passed over where they are to be kept apart later.
    fn profile(
        &self,
        part: Part<'_>,
        base: Totals,
        start: usize,
        text: Range<usize>,
    ) -> Result<Profile, Unread> {
        let mut profile = Profile::default();
        let mut at = text.start;
        while at < text.end {
            if self.setting.control.unwanted(part.range) {
                return Err(Unread::Unwanted);
            }
            let Err(bad) = self
                .kernel()
                .profile(self.text.input(at..text.end), &mut profile)
            else {
                break;
            };
            if self.setting.job.spec.throws() {
                let line = base.file_lines + self.count(start..at + bad.byte).lines + 1;
                let input = self.text.bytes(at..text.end);
                let spec = &self.setting.job.spec;
                return Err(Failure::row(spec, part.plan, line, &bad, input).into());
            }
            at += bad.next;
        }
        Ok(profile)
    }
}

fn spell(profile: &Profile) -> Value {
    let seen = |seen: &Seen| {
        json!({
            "values": seen.values, "missing": seen.missing, "characters": seen.characters, "latin1": seen.latin1,
            "int4": seen.int4, "int8": seen.int8, "float": seen.float, "truth": seen.truth,
            "unit": seen.unit.map(|unit| unit.name().unwrap_or("generic")),
        })
    };
    json!({ "rows": profile.rows, "columns": profile.columns.iter().map(seen).collect::<Vec<_>>() })
}
