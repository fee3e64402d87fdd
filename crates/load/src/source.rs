//! Input files: opened once by each worker, and held against what they were when the load was planned.

use std::fs::{File, Metadata, OpenOptions};
use std::os::unix::fs::{FileExt, FileTypeExt, MetadataExt, OpenOptionsExt};
use std::sync::Arc;

use crate::failure::Failure;
use crate::job::FilePlan;

/// Opens a regular file for reading; anything else is refused before a read could wait for somebody.
pub(crate) fn open_regular(path: &str, label: &str) -> Result<(File, Metadata), Failure> {
    // Looked at before it is opened: the mere opening of a FIFO or a device can have effects.
    let found = std::fs::metadata(path).map_err(|error| Failure::io(label, &error))?;
    regular(&found, label)?;
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

/// An open input.
pub(crate) struct Source {
    file: Arc<File>,
    /// The text of a block that nobody writes to any more.
    spooled: bool,
}

impl Source {
    pub(crate) fn open(plan: &FilePlan, spools: &[Arc<File>]) -> Result<Source, Failure> {
        let Some(path) = &plan.path else {
            let file = plan.spool.and_then(|spool| spools.get(spool as usize));
            return Ok(Source {
                file: file
                    .expect("a load has the blocks that it was planned for")
                    .clone(),
                spooled: true,
            });
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
        let source = Source {
            file: Arc::new(file),
            spooled: false,
        };
        source.unchanged(plan)?;
        Ok(source)
    }

    /// Checks that the file still is as planned.
    pub(crate) fn unchanged(&self, plan: &FilePlan) -> Result<(), Failure> {
        if self.spooled {
            return Ok(());
        }
        let meta = self
            .file
            .metadata()
            .map_err(|error| Failure::io(&plan.label, &error))?;
        let how = match meta.size().cmp(&plan.size) {
            std::cmp::Ordering::Less => format!(
                "it shrank from {} to {} bytes while it was read",
                plan.size,
                meta.size()
            ),
            std::cmp::Ordering::Greater => format!(
                "it grew from {} to {} bytes while it was read",
                plan.size,
                meta.size()
            ),
            _ if mtime(&meta) != plan.mtime => "it was written to while it was read".to_string(),
            _ => return Ok(()),
        };
        Err(Failure::changed(&plan.label, how))
    }

    /// Fills `into` from a place of the file.
    pub(crate) fn read_exact(
        &self,
        plan: &FilePlan,
        into: &mut [u8],
        at: u64,
    ) -> Result<(), Failure> {
        self.file
            .read_exact_at(into, at)
            .map_err(|error| match error.kind() {
                std::io::ErrorKind::UnexpectedEof => match self.unchanged(plan) {
                    Err(changed) => changed,
                    Ok(()) => {
                        Failure::changed(&plan.label, format!("it ends before byte {}", plan.size))
                    }
                },
                _ => Failure::io(&plan.label, &error),
            })
    }
}
