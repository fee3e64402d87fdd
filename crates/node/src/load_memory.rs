//! Where a load's rows and its totals lie: blocks, and the file that is made.

use std::fs::File;
use std::sync::Arc;

use napi::Result;
use napi::bindgen_prelude::ClassInstance;
use serde_json::json;
use sharray_load::{
    Control, Destination, Job, Mapped, Notebook, Output, Rows, Setting, Spool, Streams,
};
use sharray_memory::{Attachment, HugePages};

use crate::error::fail;
use crate::load_threads::bug;
use crate::memory::NativeBlock;

/// Where the tables of a load go that several processes work on: table `i` to `blocks[places[i]]`, as [`crate::load::NativeLoad::new`] says it.
pub(crate) fn destinations(
    blocks: &[ClassInstance<'_, NativeBlock>],
    places: &[u32],
    offsets: &[i64],
    windows: &[i64],
    output: Option<&Arc<File>>,
    fresh: bool,
) -> Result<Vec<Destination>> {
    let files = blocks
        .iter()
        .map(|block| file_of(block))
        .collect::<Result<Vec<_>>>()?;
    let destination = |((place, offset), window): ((&u32, &i64), &i64)| {
        let rows = match *window {
            0 => Rows::All,
            1.. => Rows::Window(*window as u64),
            _ => Rows::Output,
        };
        if rows == Rows::Output {
            let Some(file) = output else {
                return Err(bug("a load lacks its output"));
            };
            return Ok(Destination {
                file: file.clone(),
                offset: 0,
                rows,
                present: 0,
                mapped: None,
                page: 1,
            });
        }
        let place = *place as usize;
        let (Some((file, present)), Some(block)) = (files.get(place), blocks.get(place)) else {
            return Err(bug("a load lacks a block"));
        };
        // A window is written again and again. Others than its maker may not map a block that is not reserved.
        let mapped = match rows {
            Rows::Window(_) if fresh => {
                let attachment = block.attachment()?;
                let bytes = attachment.data_len();
                Some(map(attachment, bytes)?)
            }
            _ => None,
        };
        Ok(Destination {
            file: file.clone(),
            offset: *offset as u64,
            rows,
            present: *present,
            mapped,
            page: HugePages::offered().by_descriptor(),
        })
    };
    places
        .iter()
        .zip(offsets)
        .zip(windows)
        .map(destination)
        .collect()
}

/// The file that is made of the rows, by its path and its name for messages.
pub(crate) fn opened(path_and_label: &[String]) -> Result<(Arc<File>, Output)> {
    let [path, label] = path_and_label else {
        return Err(bug("an output has a path and a name"));
    };
    let file = File::options().write(true).open(path).map_err(|error| {
        let message = format!("{label}: a worker cannot open it: {error}");
        fail("IO_ERROR", message, json!({ "file": label }))
    })?;
    let output = Output {
        label: label.clone(),
        limit: file_size_limit(),
    };
    Ok((Arc::new(file), output))
}

/// Bytes that a file of this process may have.
fn file_size_limit() -> u64 {
    let limit = rustix::process::getrlimit(rustix::process::Resource::Fsize);
    limit.current.unwrap_or(u64::MAX)
}

/// A block's descriptor, good beyond its closing, and how many bytes from its start on have their pages already.
pub(crate) fn file_of(block: &NativeBlock) -> Result<(Arc<File>, u64)> {
    let attachment = block.attachment()?;
    let present = attachment.present().map_err(crate::memory::memory_error)?;
    let fd = attachment.fd().try_clone_to_owned().map_err(|error| {
        let message = format!("cannot open one more table: {error}; raise the limit (ulimit -n).");
        fail(
            "TOO_MANY_FILES",
            message,
            json!({ "errno": error.raw_os_error() }),
        )
    })?;
    Ok((Arc::new(File::from(fd)), present))
}

/// A load for threads of this process only.
pub(crate) fn own_setting(
    job: Arc<Job>,
    dest: Option<Destination>,
    spools: Vec<Arc<Spool>>,
) -> Setting {
    Setting {
        streams: Streams::of(&job),
        control: Control::heap(job.ranges),
        dests: dest.into_iter().collect(),
        output: None,
        spools,
        notes: Notebook::own(),
        job,
    }
}

/// A block as where the rows of such a load go.
pub(crate) fn destination(block: &NativeBlock, offset: u64) -> Result<Destination> {
    let (file, present) = file_of(block)?;
    let attachment = block.attachment()?;
    let (data, rest) = (attachment.data_len(), attachment.data_len() - present);
    let huge = match rest >= WORTH_MAPPING {
        true => HugePages::offered(),
        false => HugePages::Never,
    };
    let (mapped, page) = match huge {
        HugePages::OnRequest(size) if rest >= WORTH_ASKING && attachment.ask_for_huge_pages() => {
            (data, size)
        }
        _ if present >= WORTH_MAPPING => (present, huge.by_descriptor()),
        _ => (0, huge.by_descriptor()),
    };
    Ok(Destination {
        file,
        offset,
        rows: Rows::All,
        present,
        mapped: (mapped > 0).then(|| map(attachment, mapped)).transpose()?,
        page,
    })
}

/// Pages that are there are written in place from so many bytes on.
const WORTH_MAPPING: u64 = 1 << 20;
/// Huge pages are asked for where so many bytes may be needed: of fewer, most rows would lie on the last one, which is cut.
const WORTH_ASKING: u64 = 8 << 20;

fn map(attachment: Arc<Attachment>, bytes: u64) -> Result<Mapped> {
    let at = attachment
        .range(0, bytes)
        .map_err(crate::memory::memory_error)?;
    // SAFETY: `range` checked that the bytes are inside the mapping, which the attachment keeps; a block that a load fills is its
    // maker's alone until the load has ended.
    Ok(unsafe { Mapped::new(at, bytes, Box::new(attachment)) })
}

pub(crate) fn shared_control(block: &NativeBlock, ranges: u32, fresh: bool) -> Result<Control> {
    let attachment = block.attachment()?;
    let at = attachment
        .range(0, Control::size(ranges) as u64)
        .map_err(crate::memory::memory_error)?;
    // SAFETY: `range` checked that the bytes are inside the mapping, which begins at a page; the attachment that keeps it
    // moves into the control; only control blocks are made and passed on as such.
    unsafe { Control::shared(at, ranges, fresh, Box::new(attachment)) }
        .ok_or_else(|| bug("a block is no control block of this load"))
}
