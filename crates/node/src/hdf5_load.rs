//! Glue between a load and a file: the rows of a table become a dataset as they come.

use std::os::fd::AsFd;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};

use napi::bindgen_prelude::Object;
use napi::{Env, Result};
use napi_derive::napi;
use sharray_hdf5::{Error, Monitor, Region, Rows, Spec};
use sharray_load::Setting;

use crate::hdf5::{NativeFile, NativeMonitor, parse, text};
use crate::load::{NativeLoad, bug};

/// The rows of a table, while ranges of it are still on their way.
struct Table {
    setting: Arc<Setting>,
    index: usize,
    monitor: Arc<Monitor>,
    /// The load has ended before all rows were there.
    ended: AtomicBool,
    released: AtomicU64,
}

impl Table {
    fn ranges(&self) -> (u32, u32) {
        let dest = &self.setting.job.dests[self.index];
        (dest.first_range, dest.first_range + dest.ranges)
    }

    /// Bytes of a row.
    fn size(&self) -> u64 {
        self.setting.job.dests[self.index].row_size
    }

    /// Whether the one file of the table is left out.
    fn left_out(&self) -> bool {
        let Setting { job, control, .. } = &*self.setting;
        let (first, end) = self.ranges();
        !job.spec.concat && first < end && control.spoiled(first)
    }
}

impl Rows for Table {
    fn wait(&self, rows: u64) -> sharray_hdf5::Result<u64> {
        self.monitor.check()?;
        let (first, end) = self.ranges();
        if first == end {
            return Ok(0);
        }
        let there = self.setting.control.wait_rows(first, end, rows);
        // What a file gave before it turned out to be damaged is taken out again.
        if self.left_out() {
            return Ok(0);
        }
        there.map(|there| there.min(rows)).ok_or_else(|| {
            self.ended.store(true, Relaxed);
            Error::new("ABORTED", "the load has ended before its rows were there")
        })
    }

    fn read(&self, at: u64, bytes: &mut [u8]) -> sharray_hdf5::Result<()> {
        let dest = &self.setting.dests[self.index];
        let size = self.size();
        let (mut row, mut skip, mut done) = (at / size, at % size, 0);
        while done < bytes.len() {
            let neighbours = dest.neighbours(row).saturating_mul(size) - skip;
            let length =
                (bytes.len() - done).min(usize::try_from(neighbours).unwrap_or(usize::MAX));
            let from = Region {
                fd: dest.file.as_fd(),
                offset: dest.place(row, size) + skip,
            };
            from.read(&mut bytes[done..done + length])?;
            done += length;
            row += (skip + length as u64) / size;
            skip = (skip + length as u64) % size;
        }
        Ok(())
    }

    fn release(&self, rows: u64) {
        let before = self.released.swap(rows, Relaxed);
        self.monitor.add((rows - before) * self.size());
        self.setting.control.release(self.ranges().0, rows);
    }
}

#[napi]
impl NativeFile {
    /// Makes a dataset of the rows of a load's table, which are written as they come and leave their places free for others. What the dataset
    /// is, as JSON; null: the load has ended before the table, or has left it out.
    #[napi(ts_return_type = "Promise<string | null>")]
    pub fn fill<'env>(
        &self,
        env: &'env Env,
        path: String,
        spec: String,
        load: &NativeLoad,
        table: u32,
        monitor: &NativeMonitor,
    ) -> Result<Object<'env>> {
        let spec: Spec = parse(&spec, "the description of the dataset")?;
        let table = Table {
            setting: load.shared()?,
            index: table as usize,
            monitor: monitor.monitor(),
            ended: AtomicBool::new(false),
            released: AtomicU64::new(0),
        };
        if table.index >= table.setting.dests.len() {
            return Err(bug("there is no such table"));
        }
        self.queue(env, move |file| {
            table.setting.control.turn_to(table.ranges().0);
            match file.fill(&path, &spec, &table) {
                Err(_) if table.ended.load(Relaxed) => Ok(None),
                Ok(_) if table.left_out() => file.take_out(&path).map(|()| None),
                filled => text(&filled?).map(Some),
            }
        })
    }
}
