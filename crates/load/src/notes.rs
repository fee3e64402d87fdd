//! What a range has to tell beside its rows: texts that were cut, rows that were left out, what its columns could be. Each range has its
//! own notes, which are written before it is finished, so that none is lost or told twice when a worker dies.

use std::collections::BTreeMap;
use std::fs::File;
use std::os::unix::fs::FileExt;
use std::sync::{Arc, Mutex, PoisonError};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::control::Control;
use crate::failure::Failure;
use crate::job::Job;

/// Texts of one column that did not fit it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CutTexts {
    /// The field's name; none in a plain dtype.
    pub field: Option<String>,
    /// The column of the schema, from 0.
    pub column: usize,
    /// How many.
    pub count: u64,
    /// The file with the first of them, by its number.
    pub file: u32,
    /// Its line, from 1.
    pub line: u64,
}

/// A row that was left out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reject {
    /// The file, by its number.
    pub file: u32,
    /// The row's line, from 1.
    pub line: u64,
    /// The byte of the file at which it begins.
    pub byte: u64,
    /// The column that is wrong, from 1; none where the row as a whole is.
    pub column: Option<usize>,
    /// The code, and what is wrong.
    pub reason: String,
    /// The row as it stands, without its line end.
    pub text: String,
}

/// Where the notes of all ranges are kept.
pub struct Notebook(Pages);

enum Pages {
    Own(Mutex<BTreeMap<u32, Note>>),
    Shared(Arc<File>),
}

impl Notebook {
    /// One in this process's memory, for a load of its threads alone.
    pub fn own() -> Notebook {
        Notebook(Pages::Own(Mutex::default()))
    }

    /// One in a sparse file, which all processes that work on a load have.
    pub fn shared(file: Arc<File>) -> Notebook {
        Notebook(Pages::Shared(file))
    }

    fn take(&self, range: u32, control: &Control) -> std::io::Result<Option<Note>> {
        let file = match &self.0 {
            Pages::Own(notes) => {
                let mut notes = notes.lock().unwrap_or_else(PoisonError::into_inner);
                return Ok(notes.remove(&range));
            }
            Pages::Shared(file) => file,
        };
        let Some((at, bytes)) = control.note(range) else {
            return Ok(None);
        };
        let mut text = vec![0; bytes as usize];
        file.read_exact_at(&mut text, at)?;
        Ok(Some(serde_json::from_slice(&text)?))
    }
}

/// The notes of a range.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Note {
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cuts: Vec<CutTexts>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rejects: Vec<Reject>,
    /// What the first row of a file is, and what the rows behind it are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub profile: Option<Value>,
    /// Why its file is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<Value>,
}

impl Note {
    fn is_empty(&self) -> bool {
        self.cuts.is_empty()
            && self.rejects.is_empty()
            && self.profile.is_none()
            && self.failure.is_none()
    }

    /// Keeps the notes of a range that is about to be finished.
    pub(crate) fn keep(
        self,
        range: u32,
        control: &Control,
        notebook: &Notebook,
    ) -> Result<(), Failure> {
        if self.is_empty() {
            return Ok(());
        }
        let file = match &notebook.0 {
            Pages::Own(notes) => {
                let mut notes = notes.lock().unwrap_or_else(PoisonError::into_inner);
                notes.insert(range, self);
                return Ok(());
            }
            Pages::Shared(file) => file,
        };
        let text = json!(self).to_string();
        let at = control.reserve_note(text.len() as u64);
        file.write_all_at(text.as_bytes(), at)
            .map_err(|error| Failure::store(&error, text.len() as u64))?;
        control.set_note(range, at, text.len() as u64);
        Ok(())
    }
}

/// The notes of all ranges, in order.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Notes {
    /// By table and column.
    pub cuts: Vec<Vec<CutTexts>>,
    /// In the order of the input.
    pub rejects: Vec<Reject>,
    /// Of each range of a load that only looks.
    pub profiles: Vec<Value>,
    /// Files that were left out, by their numbers, and why.
    pub failures: Vec<(u32, Value)>,
}

impl Notes {
    /// Whether nothing was told.
    pub fn is_empty(&self) -> bool {
        self.cuts.iter().all(Vec::is_empty)
            && self.rejects.is_empty()
            && self.profiles.is_empty()
            && self.failures.is_empty()
    }
}

/// Gathers the notes of a load whose ranges are done, once. Those of files that were left out do not count.
pub fn notes(job: &Job, control: &Control, notebook: &Notebook) -> std::io::Result<Notes> {
    let mut all = Notes {
        cuts: vec![Vec::new(); job.dests.len()],
        ..Notes::default()
    };
    let mut next = 0;
    while next < job.ranges {
        let range = next;
        next = control.next(range);
        let Some(note) = notebook.take(range, control)? else {
            continue;
        };
        let (index, ..) = job.locate(range);
        let plan = &job.files[index];
        if let Some(failure) = note.failure {
            if all
                .failures
                .last()
                .is_none_or(|(last, _)| *last != index as u32)
            {
                all.failures.push((index as u32, failure));
            }
            continue;
        }
        if control.spoiled(plan.first_range) {
            continue;
        }
        all.rejects.extend(note.rejects);
        all.profiles.extend(note.profile);
        let cuts = &mut all.cuts[plan.dest as usize];
        for cut in note.cuts {
            match cuts.iter_mut().find(|known| known.column == cut.column) {
                Some(known) => known.count += cut.count,
                None => cuts.push(cut),
            }
        }
    }
    for cuts in &mut all.cuts {
        cuts.sort_by_key(|cut| cut.column);
    }
    Ok(all)
}
