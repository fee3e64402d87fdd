//! An open file: in place, or new and not yet under its name.

mod placed;

use std::collections::HashMap;
use std::os::fd::{AsFd, OwnedFd};
use std::sync::Arc;

use sharray_file::{Existing, Monitor, Region, Temporary};

use crate::attribute::{self, Value};
use crate::chunks::Rows;
use crate::dataset::{Dataset, Disk, Info, Spec};
use crate::ending;
use crate::error::{Error, Result};
use crate::h5::object::{self, Kind};
use crate::h5::{self, Id};
use crate::layout::Layout;
use crate::mode::{Mode, Options};
use crate::selection::Axis;
use crate::tree::{self, Glance, Object};

/// Datasets that stay open between operations, so that small appends share a chunk in the cache.
const KEPT_OPEN: usize = 64;

/// An open HDF5 file. Dropping it closes it; a new one that was not closed by `close` never appears.
pub struct File {
    // In the order in which they must be given up.
    datasets: HashMap<String, Dataset>,
    id: Arc<Id>,
    fd: OwnedFd,
    new: Option<Temporary>,
    shown: String,
    writable: bool,
    sync: bool,
    /// The first failure in the middle of data: what follows cannot be trusted.
    broken: Option<Error>,
}

impl File {
    /// Opens or creates a file.
    pub fn open(path: &str, mode: Mode, options: Options) -> Result<File> {
        let existing = match mode {
            Mode::Read => return File::in_place(path, false, options),
            Mode::ReadWrite => return File::in_place(path, true, options),
            Mode::Append if std::fs::metadata(path).is_ok() => {
                return File::in_place(path, true, options);
            }
            Mode::Write => Existing::Replace,
            Mode::Append | Mode::Exclusive => Existing::Keep,
        };
        let new = Temporary::new(path, existing, options.named)?;
        let round = options.placed.then_some(placed::ROUND);
        let id = h5::file::create(&new.path(), round).map_err(|e| e.of(path))?;
        let fd = h5::file::descriptor(&id)?;
        Ok(File::of(id, fd, Some(new), path, true, options))
    }

    fn in_place(path: &str, writable: bool, options: Options) -> Result<File> {
        // First as any file: what the system says about it is clearer than what libhdf5 makes of it.
        let plain = std::fs::OpenOptions::new()
            .read(true)
            .write(writable)
            .open(path);
        let plain = plain.map_err(|e| Error::opening(&e, writable).of(path))?;
        if plain.metadata().is_ok_and(|m| m.is_dir()) {
            return Err(Error::new("IS_DIRECTORY", "is a directory, not a file").of(path));
        }
        if !h5::file::is_hdf5(path).map_err(|e| e.of(path))? {
            return Err(Error::new("HDF5_ERROR", "is not an HDF5 file").of(path));
        }
        let id = h5::file::open(path, writable).map_err(|mut error| {
            if error.trace.iter().any(|line| line.contains("lock")) {
                error.message =
                    "is open elsewhere in a way that excludes this; close it there first"
                        .to_owned();
            }
            error.of(path)
        })?;
        let fd = h5::file::descriptor(&id)?;
        let file = File::of(id, fd, None, path, writable, options);
        if writable {
            ending::changing(&file.id);
        }
        Ok(file)
    }

    fn of(
        id: Id,
        fd: OwnedFd,
        new: Option<Temporary>,
        path: &str,
        writable: bool,
        options: Options,
    ) -> File {
        File {
            datasets: HashMap::new(),
            id: Arc::new(id),
            fd,
            new,
            shown: path.to_owned(),
            writable,
            sync: options.sync,
            broken: None,
        }
    }

    /// Whether it appears under its name only when it is closed.
    pub fn is_new(&self) -> bool {
        self.new.is_some()
    }

    /// Closes it; a new file appears under its name now. One in which a write failed does not appear.
    pub fn close(self) -> Result<()> {
        if self.broken.is_some() {
            self.give_up();
        }
        let File {
            datasets,
            id,
            fd,
            new,
            shown,
            writable,
            sync,
            broken,
        } = self;
        drop(datasets);
        ending::alone(id)
            .close("close the file")
            .map_err(|e| e.of(&shown))?;
        match new {
            Some(_) if broken.is_some() => {
                let mut error = broken.unwrap_or_else(|| Error::new("IO_ERROR", "a write failed"));
                error.message = format!(
                    "the file was not written, because a write failed: {}",
                    error.message
                );
                Err(error.of(&shown))
            }
            Some(new) => Ok(new.publish(sync)?),
            None if writable && sync => rustix::fs::fsync(&fd)
                .map_err(|e| Error::io("cannot bring the file to the disk", &e.into()).of(&shown)),
            None => Ok(()),
        }
    }

    /// Closes it; a new one never appears.
    pub fn discard(self) {
        self.give_up();
    }

    /// Frees what a new file occupies that will not appear. On a full disk libhdf5 could otherwise not write what it still
    /// holds back, and would keep the file open for ever.
    fn give_up(&self) {
        if self.new.is_some() {
            let _ = rustix::fs::ftruncate(&self.fd, 0);
        }
    }

    /// Writes libhdf5's own tables out, so that what is in the file so far can be read.
    pub fn flush(&self) -> Result<()> {
        h5::file::flush(&self.id).map_err(|e| e.of(&self.shown))
    }

    /// What is in the file: groups before their members, at most about `most` objects. A group whose members are not among
    /// them has no member list.
    pub fn tree(&self, most: usize) -> Result<Vec<Object>> {
        tree::all(&self.id, most).map_err(|e| e.of(&self.shown))
    }

    /// A way for other threads to look into the file while it works.
    pub fn glance(&self) -> Glance {
        Glance {
            id: Arc::downgrade(&self.id),
            shown: self.shown.clone(),
        }
    }

    /// Makes a group, and the groups on the way to it.
    pub fn create_group(&mut self, path: &str) -> Result<()> {
        self.check_new(path)?;
        object::create_group(&self.id, path)
            .map(drop)
            .map_err(|e| e.of(&self.shown).on(path))
    }

    /// Makes a dataset and, with `data`, writes all of it. A dataset whose data did not get in is taken out again.
    pub fn create_dataset(
        &mut self,
        path: &str,
        spec: &Spec,
        data: Option<Region<'_>>,
        monitor: &Monitor,
    ) -> Result<Info> {
        self.check_new(path)?;
        let on = |e: Error, shown: &str| e.of(shown).on(path);
        let made = Dataset::create(&self.id, path, spec).map_err(|e| on(e, &self.shown))?;
        if let Some(from) = data {
            let rows = spec.shape.first().copied().unwrap_or(1);
            let axes = made.rows(0, rows);
            if let Err(error) = made.write(self.disk(), &axes, from, monitor) {
                drop(made);
                let error = on(error, &self.shown);
                self.broken.get_or_insert_with(|| error.clone());
                object::remove_link(&self.id, path)?;
                return Err(error);
            }
        }
        let info = made.info();
        self.keep(path, made);
        Ok(info)
    }

    /// Makes a dataset, without rows as yet, of rows that come one after the other. It is taken out again if they do not all come.
    pub fn fill(&mut self, path: &str, spec: &Spec, rows: &dyn Rows) -> Result<Info> {
        self.check_new(path)?;
        let on = |e: Error, shown: &str| e.of(shown).on(path);
        let mut made = Dataset::create(&self.id, path, spec).map_err(|e| on(e, &self.shown))?;
        if let Err(error) = made.fill(self.disk(), rows) {
            drop(made);
            object::remove_link(&self.id, path)?;
            return Err(self.broke(on(error, &self.shown)));
        }
        let info = made.info();
        self.keep(path, made);
        Ok(info)
    }

    /// Writes rows of a dataset, from memory in C order.
    pub fn write_rows(
        &mut self,
        path: &str,
        first: u64,
        rows: u64,
        from: Region<'_>,
        monitor: &Monitor,
    ) -> Result<()> {
        self.check_writable()?;
        let axes = self.open_dataset(path)?.rows(first, rows);
        self.write_box(path, &axes, from, monitor)
    }

    /// Writes a box of a dataset, without steps, from memory in C order. Of a contiguous dataset it must be one run of bytes.
    pub fn write_box(
        &mut self,
        path: &str,
        axes: &[Axis],
        from: Region<'_>,
        monitor: &Monitor,
    ) -> Result<()> {
        self.check_writable()?;
        self.open_dataset(path)?;
        let written = self.datasets[path].write(self.disk(), axes, from, monitor);
        written.map_err(|e| self.broke(e.of(&self.shown).on(path)))
    }

    /// Takes a dataset out again whose data did not get in.
    pub fn take_out(&mut self, path: &str) -> Result<()> {
        self.check_writable()?;
        self.datasets.remove(path);
        object::remove_link(&self.id, path).map_err(|e| e.of(&self.shown).on(path))
    }

    /// Makes the first axis of a dataset longer by so many rows, which are written later; shorter by a negative number.
    pub fn lengthen(&mut self, path: &str, rows: i64) -> Result<Info> {
        self.check_writable()?;
        let shown = self.shown.clone();
        self.open_dataset(path)?;
        let Some(dataset) = self.datasets.get_mut(path) else {
            return Err(self.not_found(path));
        };
        let before = dataset.length();
        let after = before.checked_add_signed(rows).ok_or_else(|| {
            let message = format!("{before} rows cannot become {rows} more");
            Error::new("BAD_SHAPE", message).of(&shown).on(path)
        })?;
        dataset.resize(after).map_err(|e| e.of(&shown).on(path))?;
        Ok(dataset.info())
    }

    /// Adds rows at the end of a dataset that may grow. When that fails its length is what it was.
    pub fn append(
        &mut self,
        path: &str,
        rows: u64,
        from: Region<'_>,
        monitor: &Monitor,
    ) -> Result<Info> {
        let by = rows as i64;
        self.lengthen(path, by)?;
        let before = self.open_dataset(path)?.length() - rows;
        if let Err(error) = self.write_rows(path, before, rows, from, monitor) {
            self.lengthen(path, -by)?;
            return Err(error);
        }
        Ok(self.open_dataset(path)?.info())
    }

    /// The layout of the elements that `read` gives with these fields.
    pub fn element(&mut self, path: &str, fields: Option<&[String]>) -> Result<Layout> {
        let shown = self.shown.clone();
        self.open_dataset(path)?
            .layout_of(fields)
            .map_err(|e| e.of(&shown).on(path))
    }

    /// Reads a selection of a dataset into memory, in C order.
    pub fn read(
        &mut self,
        path: &str,
        axes: &[Axis],
        fields: Option<&[String]>,
        to: Region<'_>,
        monitor: &Monitor,
    ) -> Result<()> {
        self.open_dataset(path)?;
        self.datasets[path]
            .read(self.fd.as_fd(), axes, fields, to, monitor)
            .map_err(|e| e.of(&self.shown).on(path))
    }

    /// Sets an attribute of an object.
    pub fn set_attribute(&self, path: &str, name: &str, value: &Value) -> Result<()> {
        self.check_writable()?;
        attribute::set(&self.object(path)?, name, value).map_err(|e| e.of(&self.shown).on(path))
    }

    /// An attribute's value, or `None` when the object has none of this name.
    pub fn attribute(&self, path: &str, name: &str) -> Result<Option<Value>> {
        attribute::get(&self.object(path)?, name).map_err(|e| e.of(&self.shown).on(path))
    }

    /// Takes an attribute away; false when there was none.
    pub fn delete_attribute(&self, path: &str, name: &str) -> Result<bool> {
        self.check_writable()?;
        let object = self.object(path)?;
        if !h5::attribute::exists(&object, name)? {
            return Ok(false);
        }
        h5::attribute::remove(&object, name)
            .map(|()| true)
            .map_err(|e| e.of(&self.shown).on(path))
    }

    /// The names of an object's attributes, sorted.
    pub fn attributes(&self, path: &str) -> Result<Vec<String>> {
        h5::attribute::names(&self.object(path)?).map_err(|e| e.of(&self.shown).on(path))
    }

    fn disk(&self) -> Disk<'_> {
        Disk {
            file: self.fd.as_fd(),
            write_back: self.sync,
        }
    }

    fn object(&self, path: &str) -> Result<Id> {
        match self.kind(path)? {
            Some(_) => object::open(&self.id, path).map_err(|e| e.of(&self.shown).on(path)),
            None => Err(self.not_found(path)),
        }
    }

    fn open_dataset(&mut self, path: &str) -> Result<&Dataset> {
        if !self.datasets.contains_key(path) {
            match self.kind(path)? {
                Some(Kind::Dataset) => {}
                Some(_) => {
                    return Err(Error::new("BAD_ARGUMENT", "is not a dataset")
                        .of(&self.shown)
                        .on(path));
                }
                None => return Err(self.not_found(path)),
            }
            let opened = Dataset::open(&self.id, path).map_err(|e| e.of(&self.shown).on(path))?;
            self.keep(path, opened);
        }
        Ok(&self.datasets[path])
    }

    fn keep(&mut self, path: &str, dataset: Dataset) {
        if self.datasets.len() >= KEPT_OPEN {
            self.datasets.clear();
        }
        self.datasets.insert(path.to_owned(), dataset);
    }

    fn kind(&self, path: &str) -> Result<Option<Kind>> {
        tree::kind(&self.id, path).map_err(|e| e.of(&self.shown).on(path))
    }

    fn check_new(&self, path: &str) -> Result<()> {
        self.check_writable()?;
        tree::check_new(&self.id, path).map_err(|e| e.of(&self.shown).on(path))
    }

    fn check_writable(&self) -> Result<()> {
        if self.writable {
            return Ok(());
        }
        Err(Error::new(
            "READ_ONLY",
            "is open for reading; open it with \"r+\" to change it",
        )
        .of(&self.shown))
    }

    fn not_found(&self, path: &str) -> Error {
        Error::new("NOT_FOUND", "there is no such object in the file")
            .of(&self.shown)
            .on(path)
    }

    /// Remembers a failure that may have left data half written.
    fn broke(&mut self, error: Error) -> Error {
        if matches!(
            error.code,
            "NO_SPACE" | "IO_ERROR" | "HDF5_ERROR" | "ABORTED"
        ) {
            self.broken.get_or_insert_with(|| error.clone());
        }
        error
    }
}
