//! Glue between a load and a file: the rows of a table become a dataset as they come.

use std::os::fd::AsFd;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};

use napi::bindgen_prelude::Object;
use napi::{Env, Result};
use napi_derive::napi;
use sharray_hdf5::{Error, File, Info, Monitor, Region, Spec};
use sharray_load::{Rows, Setting};

use crate::hdf5::{NativeFile, NativeMonitor, parse, text};
use crate::load::NativeLoad;
use crate::load_threads::bug;

/// The way of so many bytes to the disk is begun at once.
const STEP: u64 = 16 << 20;

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

impl sharray_hdf5::Rows for Table {
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
        let size = self.size();
        let (mut row, mut skip, mut done) = (at / size, at % size, 0);
        while done < bytes.len() {
            let neighbours = self.setting.neighbours(self.index, row);
            let most = neighbours.saturating_mul(size) - skip;
            let length = (bytes.len() - done).min(usize::try_from(most).unwrap_or(usize::MAX));
            let from = Region {
                fd: self.setting.dests[self.index].file.as_fd(),
                offset: self.setting.place(self.index, row) + skip,
            };
            from.read(&mut bytes[done..done + length])?;
            done += length;
            row += (skip + length as u64) / size;
            skip = (skip + length as u64) % size;
        }
        Ok(())
    }

    fn view(&self, at: u64, bytes: usize) -> Option<&[u8]> {
        let size = self.size();
        let (row, skip) = (at / size, at % size);
        let neighbours = self.setting.neighbours(self.index, row);
        if skip + bytes as u64 > neighbours.saturating_mul(size) {
            return None;
        }
        let mapped = self.setting.dests[self.index].mapped.as_ref()?;
        // SAFETY: rows are asked for when they are there, and looked at before they are released.
        unsafe { mapped.view(self.setting.place(self.index, row) + skip, bytes) }
    }

    fn release(&self, rows: u64) {
        let before = self.released.swap(rows, Relaxed);
        self.monitor.add((rows - before) * self.size());
        self.setting.control.release(self.ranges().0, rows);
    }
}

impl Table {
    /// Lets the rows go straight to the file, and makes a dataset of them when all are there. None: the table is left out.
    fn placed(
        &self,
        file: &mut File,
        path: &str,
        mut spec: Spec,
    ) -> sharray_hdf5::Result<Option<Info>> {
        let (first, end) = self.ranges();
        let (mut there, mut at) = (0, 0);
        if first < end {
            at = file.next_place()?;
            self.setting.control.turn_to(first, Some(at));
            let step = (STEP / self.size()).max(1);
            loop {
                let before = there;
                there = sharray_hdf5::Rows::wait(self, before + step)?;
                if self.left_out() {
                    // Who is still on the way writes where the next table will lie.
                    self.setting.control.wait_done(end);
                    return Ok(None);
                }
                let bytes = (there - before) * self.size();
                self.monitor.add(bytes);
                file.start_write_back(at + before * self.size(), bytes);
                if there < before + step {
                    break;
                }
            }
        }
        spec.shape[0] = there;
        file.create_placed(path, &spec, at).map(Some)
    }

    /// The same past a window of memory, for a dataset whose chunks are compressed.
    fn filled(
        &self,
        file: &mut File,
        path: &str,
        spec: &Spec,
    ) -> sharray_hdf5::Result<Option<Info>> {
        let (first, end) = self.ranges();
        if first < end {
            self.setting.control.turn_to(first, None);
        }
        let info = file.fill(path, spec, self)?;
        if self.left_out() {
            return file.take_out(path).map(|()| None);
        }
        Ok(Some(info))
    }
}

#[napi]
impl NativeFile {
    /// Makes a dataset of the rows of a load's table, which go to it as they come, by a window of memory or straight to their place. What the
    /// dataset is, as JSON; null: the load has ended before the table, or has left it out.
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
        let Some(dest) = table.setting.dests.get(table.index) else {
            return Err(bug("there is no such table"));
        };
        let rows = dest.rows;
        self.queue(env, move |file| {
            let made = match rows {
                Rows::Output => table.placed(file, &path, spec),
                _ => table.filled(file, &path, &spec),
            };
            match made {
                Err(_) if table.ended.load(Relaxed) => Ok(None),
                made => made?.map(|info| text(&info)).transpose(),
            }
        })
    }
}
