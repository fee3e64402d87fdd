//! Input files: opened once by each worker, and held against what they were when the load was planned.

use std::fs::{File, Metadata, OpenOptions};
use std::io::ErrorKind;
use std::os::unix::fs::{FileExt, FileTypeExt, MetadataExt, OpenOptionsExt};
use std::sync::Arc;

use crate::blocks::{BadBlocks, Blocks};
use crate::failure::Failure;
use crate::job::{FilePlan, Packing};
use crate::spool::{Reading, Spool};

/// Opens a regular file for reading; anything else is refused before a read could wait for somebody.
pub(crate) fn open_regular(path: &str, label: &str) -> Result<(File, Metadata), Failure> {
    // Looked at before it is opened: the mere opening of a FIFO or a device can have effects.
    let found = std::fs::metadata(path).map_err(|error| Failure::io(label, &error))?;
    regular(&found, label)?;
    open_found(path, label)
}

/// The same of a path that was just seen to lead to a regular file.
pub(crate) fn open_found(path: &str, label: &str) -> Result<(File, Metadata), Failure> {
    let file = OpenOptions::new()
        .read(true)
        .custom_flags(libc::O_NONBLOCK | libc::O_NOCTTY)
        .open(path);
    let file = file.map_err(|error| Failure::io(label, &error))?;
    let meta = file
        .metadata()
        .map_err(|error| Failure::io(label, &error))?;
    regular(&meta, label)?;
    Ok((file, meta))
}

fn regular(meta: &Metadata, label: &str) -> Result<(), Failure> {
    let kind = meta.file_type();
    if kind.is_file() {
        return Ok(());
    }
    if kind.is_dir() {
        return Err(Failure::io(
            label,
            &std::io::Error::from_raw_os_error(libc::EISDIR),
        ));
    }
    let what = if kind.is_fifo() {
        "a pipe"
    } else if kind.is_socket() {
        "a socket"
    } else {
        "a device"
    };
    Err(Failure::unsupported(
        label,
        what,
        "only regular files can be read in parallel: write it to a file first",
    ))
}

/// Nanoseconds since 1970 of the last change of content.
pub(crate) fn mtime(meta: &Metadata) -> String {
    (i128::from(meta.mtime()) * 1_000_000_000 + i128::from(meta.mtime_nsec())).to_string()
}

/// All bytes of a short text.
pub(crate) type Bytes = Arc<[u8]>;

/// An open input.
pub(crate) enum Source {
    Plain(File),
    Blocks(File, Box<Blocks>),
    /// What comes but once.
    Spool(Reading),
    /// All text, as it was read when the load was planned.
    Held(Bytes),
}

impl Source {
    /// Opens a file for the first time: how long it is, and what it was then, goes into the plan. Blocks that cannot be read by themselves are
    /// read as a stream. A text of `hold` bytes at most is read at once.
    pub(crate) fn first(
        (file, meta): (File, Metadata),
        plan: &mut FilePlan,
        hold: u64,
    ) -> Result<Source, Failure> {
        plan.dev = meta.dev();
        plan.ino = meta.ino();
        plan.stored = meta.size();
        plan.size = meta.size();
        plan.mtime = mtime(&meta);
        if plan.packing == Packing::Blocks {
            if let Some(blocks) = blocks_of(&file, plan)? {
                plan.size = blocks.size();
                plan.blocks = Some(blocks.places());
                return Ok(Source::Blocks(file, Box::new(blocks)));
            }
            plan.packing = Packing::Stream;
        }
        let mut source = Source::Plain(file);
        if plan.packing == Packing::None && plan.size <= hold {
            let mut text = vec![0; plan.size as usize];
            source.read_exact(plan, &mut text, 0)?;
            source.unchanged(plan)?;
            source = Source::Held(text.into());
        }
        Ok(source)
    }

    /// Opens an input that is as it was planned.
    pub(crate) fn open(plan: &FilePlan, spools: &[Arc<Spool>]) -> Result<Source, Failure> {
        let Some(path) = &plan.path else {
            let spool = plan.spool.and_then(|spool| spools.get(spool as usize));
            let spool = spool
                .ok_or_else(|| Failure::argument("an input has neither a path nor a spool"))?;
            return Ok(Source::Spool(Reading::new(spool.clone())));
        };
        let opened = open_regular(path, &plan.label);
        let (file, meta) = opened.map_err(|failure| match failure.code {
            "TOO_MANY_FILES" | "IO_ERROR" => failure,
            // It was there, and readable, when the load was planned.
            _ => Failure::changed(
                &plan.label,
                "it was removed or replaced while it was read".to_string(),
            ),
        })?;
        if (meta.dev(), meta.ino()) != (plan.dev, plan.ino) {
            return Err(Failure::changed(
                &plan.label,
                "it was replaced while it was read".to_string(),
            ));
        }
        unchanged(&file, plan)?;
        if let Some(places) = &plan.blocks {
            return Ok(Source::Blocks(file, Box::new(Blocks::at(places.clone()))));
        }
        if plan.packing == Packing::Blocks {
            let blocks = blocks_of(&file, plan)?;
            let how = || "its blocks are no longer what they were".to_string();
            let blocks = blocks.ok_or_else(|| Failure::changed(&plan.label, how()))?;
            return Ok(Source::Blocks(file, Box::new(blocks)));
        }
        Ok(Source::Plain(file))
    }

    /// The file itself, as it lies on the disk; none: it is no file.
    pub(crate) fn file(&self) -> Option<&File> {
        match self {
            Source::Plain(file) | Source::Blocks(file, _) => Some(file),
            Source::Spool(_) | Source::Held(_) => None,
        }
    }

    /// Checks that the file still is as planned.
    pub(crate) fn unchanged(&self, plan: &FilePlan) -> Result<(), Failure> {
        self.file().map_or(Ok(()), |file| unchanged(file, plan))
    }

    /// Fills `into` from a place of the text.
    pub(crate) fn read_exact(
        &mut self,
        plan: &FilePlan,
        into: &mut [u8],
        at: u64,
    ) -> Result<(), Failure> {
        let read = match self {
            Source::Blocks(file, blocks) => blocks.read_exact(file, into, at),
            Source::Plain(file) => file.read_exact_at(into, at).map_err(BadBlocks::Io),
            Source::Spool(_) => unreachable!("it is read as a stream"),
            Source::Held(text) => {
                let at = at as usize;
                into.copy_from_slice(&text[at..at + into.len()]);
                Ok(())
            }
        };
        read.map_err(|bad| match (self.unchanged(plan), bad) {
            (Err(changed), _) => changed,
            (Ok(()), BadBlocks::Damaged(damaged)) => Failure::archive(&plan.label, &damaged),
            (Ok(()), BadBlocks::Io(error)) if error.kind() == ErrorKind::UnexpectedEof => {
                Failure::changed(&plan.label, format!("it ends before byte {}", plan.size))
            }
            (Ok(()), BadBlocks::Io(error)) => Failure::io(&plan.label, &error),
        })
    }
}

fn unchanged(file: &File, plan: &FilePlan) -> Result<(), Failure> {
    let meta = file
        .metadata()
        .map_err(|error| Failure::io(&plan.label, &error))?;
    let how = match meta.size().cmp(&plan.stored) {
        std::cmp::Ordering::Less => format!(
            "it shrank from {} to {} bytes while it was read",
            plan.stored,
            meta.size()
        ),
        std::cmp::Ordering::Greater => format!(
            "it grew from {} to {} bytes while it was read",
            plan.stored,
            meta.size()
        ),
        _ if mtime(&meta) != plan.mtime => "it was written to while it was read".to_string(),
        _ => return Ok(()),
    };
    Err(Failure::changed(&plan.label, how))
}

fn blocks_of(file: &File, plan: &FilePlan) -> Result<Option<Blocks>, Failure> {
    Blocks::find(file, plan.stored).map_err(|error| Failure::io(&plan.label, &error))
}
