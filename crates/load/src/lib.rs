//! Ranges of text files through the kernel into files or blocks, by running totals.
//!
//! All inputs of a job are cut into byte ranges, which are handed out in order. Whoever takes a range reads it, counts its
//! rows while its bytes are hot, adds them to the running total of the range before it, and so knows the place of its first
//! row and its line number before it parses: one pass over the input, every row written once, exact lines in errors.
//!
//! The totals live in a [`Control`]: plain memory for the threads of one process, a shared block for the processes of a pool.

mod blocks;
mod column;
mod control;
mod failure;
mod first;
mod futex;
mod job;
mod lines;
mod look;
mod notes;
mod plan;
mod range;
mod rows;
mod run;
mod setting;
mod source;
mod spool;
mod stream;
mod texts;
mod unpack;

pub use column::{Column, Kind, parse_field};
pub use control::{Control, Progress, Reopened, Totals};
pub use failure::Failure;
pub use job::{Delimiter, Dest, FilePlan, Job, Packing, Spec};
pub use notes::{CutTexts, Notebook, Notes, Reject, notes};
pub use plan::{InputFile, plan, plan_small};
pub use run::{RunError, run};
pub use setting::{Destination, Mapped, Output, Rows, Setting, SpaceCheck};
pub use spool::{About, Items, Probe, Space, Spool, probe};
pub use texts::{TextRow, TextRows};
pub use unpack::{Streams, unpack};
