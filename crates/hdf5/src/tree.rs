//! What is in a file: names, groups, and what each dataset is.

use std::collections::VecDeque;
use std::sync::Weak;

use serde::Serialize;

use crate::dataset::{Dataset, Info};
use crate::error::{Error, Result};
use crate::h5::Id;
use crate::h5::object::{self, Kind};

/// What a path leads to.
#[derive(Debug, Clone, Serialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum Object {
    /// A group; its members' names where they were listed.
    Group {
        /// Its path.
        path: String,
        /// The names, sorted.
        members: Option<Vec<String>>,
    },
    /// A dataset.
    Dataset {
        /// Its path.
        path: String,
        /// What it is.
        info: Info,
    },
    /// A link that leads nowhere, something that libhdf5 cannot read, or a kind of object that is of no use here.
    Other {
        /// Its path.
        path: String,
        /// What libhdf5 says against reading it.
        reason: Option<String>,
    },
}

/// A look into an open file from another thread than its own. Each look is short; the file may go on working meanwhile.
#[derive(Clone)]
pub struct Glance {
    pub(crate) id: Weak<Id>,
    pub(crate) shown: String,
}

impl Glance {
    /// What this path leads to, with a group's members; `None` when nothing has that name.
    pub fn look(&self, path: &str) -> Result<Option<Object>> {
        let id = self
            .id
            .upgrade()
            .ok_or_else(|| Error::new("CLOSED", "the file is closed").of(&self.shown))?;
        describe(&id, path).map_err(|e| e.of(&self.shown).on(path))
    }
}

/// All objects, groups before their members, at most about `most` of them. A group whose members are not among them, or
/// that was met before under another name, has no list of members.
pub(crate) fn all(file: &Id, most: usize) -> Result<Vec<Object>> {
    let mut found = Vec::new();
    let mut seen = Vec::new();
    let mut waiting = VecDeque::from(["/".to_owned()]);
    while let Some(path) = waiting.pop_front() {
        let looked_at = |e: Error| e.on(&path);
        if path != "/" && !object::resolves(file, &path).map_err(looked_at)? {
            found.push(Object::Other { path, reason: None });
            continue;
        }
        let (kind, token) = object::kind(file, &path).map_err(looked_at)?;
        if kind != Kind::Group {
            found.push(one(file, path, kind)?);
            continue;
        }
        let mut members = None;
        if !seen.contains(&token) {
            seen.push(token);
            let names = object::names(&object::open_group(file, &path).map_err(looked_at)?)?;
            if found.len() + waiting.len() + names.len() <= most {
                waiting.extend(names.iter().map(|name| join(&path, name)));
                members = Some(names);
            }
        }
        found.push(Object::Group { path, members });
    }
    Ok(found)
}

/// What a path leads to, with a group's members; `None` when nothing has that name.
pub(crate) fn describe(file: &Id, path: &str) -> Result<Option<Object>> {
    if path != "/" && dangles(file, path)? {
        return Ok(Some(Object::Other {
            path: path.to_owned(),
            reason: None,
        }));
    }
    let Some(kind) = kind(file, path)? else {
        return Ok(None);
    };
    if kind == Kind::Group {
        let members = object::names(&object::open_group(file, path)?)?;
        return Ok(Some(Object::Group {
            path: path.to_owned(),
            members: Some(members),
        }));
    }
    one(file, path.to_owned(), kind).map(Some)
}

/// What kind of object has this path; `None` when there is none.
pub(crate) fn kind(file: &Id, path: &str) -> Result<Option<Kind>> {
    if path != "/" {
        // Name by name: libhdf5 asks that everything before the last one is there.
        for end in ends(path) {
            if !object::has_link(file, &path[..end])? || !object::resolves(file, &path[..end])? {
                return Ok(None);
            }
            if end < path.len() && object::kind(file, &path[..end])?.0 != Kind::Group {
                return Ok(None);
            }
        }
    }
    Ok(Some(object::kind(file, path)?.0))
}

/// Refuses a name that is taken, or that would lie within something that is no group.
pub(crate) fn check_new(file: &Id, path: &str) -> Result<()> {
    if path == "/" {
        return Err(Error::new(
            "DUPLICATE_NAME",
            "the root group is always there",
        ));
    }
    for end in ends(path) {
        let part = &path[..end];
        if !object::has_link(file, part)? {
            return Ok(());
        }
        if end == path.len() {
            return Err(Error::new(
                "DUPLICATE_NAME",
                "the name is taken already; choose another one",
            ));
        }
        if kind(file, part)? != Some(Kind::Group) {
            return Err(Error::new(
                "BAD_ARGUMENT",
                format!("cannot be made, because {part} is not a group"),
            ));
        }
    }
    Ok(())
}

/// Whether the last name is a link whose target is not there.
fn dangles(file: &Id, path: &str) -> Result<bool> {
    let (group, _) = path.rsplit_once('/').unwrap_or(("", path));
    let group = if group.is_empty() { "/" } else { group };
    if kind(file, group)? != Some(Kind::Group) {
        return Ok(false);
    }
    Ok(object::has_link(file, path)? && !object::resolves(file, path)?)
}

fn one(file: &Id, path: String, kind: Kind) -> Result<Object> {
    if kind != Kind::Dataset {
        return Ok(Object::Other { path, reason: None });
    }
    // One dataset that cannot be read must not hide all others.
    Ok(match Dataset::open(file, &path) {
        Ok(dataset) => Object::Dataset {
            path,
            info: dataset.info(),
        },
        Err(error) if error.code == "HDF5_ERROR" => Object::Other {
            path,
            reason: Some(error.message),
        },
        Err(error) => return Err(error.on(&path)),
    })
}

/// Where the first, the second, ... name of a path ends.
fn ends(path: &str) -> impl Iterator<Item = usize> + '_ {
    path.match_indices('/')
        .map(|(i, _)| i)
        .skip(1)
        .chain([path.len()])
}

fn join(group: &str, name: &str) -> String {
    if group == "/" {
        format!("/{name}")
    } else {
        format!("{group}/{name}")
    }
}
