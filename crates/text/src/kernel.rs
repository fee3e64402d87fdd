//! The kernel: one schema and one dialect, ready to count and parse.

use crate::fast::portable::Portable;
use crate::fast::{self, Machine};
use crate::plan::Plan;
use crate::scalar::{self, line};
#[cfg(target_arch = "x86_64")]
use crate::simd::{avx2::Avx2, avx512::Avx512};
use crate::{BadRow, Dialect, Engine, Input, Schema, SchemaError};

/// How much a piece of text holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Count {
    /// Lines that are neither blank nor only a comment. With a delimiter a line of blanks is a row, as in NumPy.
    pub rows: u64,
    /// Line ends (LF, CRLF, a lone CR), and one more for a last line without one.
    pub lines: u64,
}

/// What a call of [`Kernel::parse`] did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Parsed {
    /// Records written.
    pub rows: usize,
    /// Bytes of the text that are done with: all, or up to and with the line of the last record.
    pub consumed: usize,
}

/// The parser for one kind of table. It holds no state of a text: one kernel serves any number of threads.
#[derive(Clone, Debug)]
pub struct Kernel {
    plan: Plan,
    engine: Engine,
}

impl Kernel {
    /// Checks the schema and the dialect, and takes the fastest engine of this machine, or the one that the
    /// environment variable `SHARRAY_SIMD` names (`reference`, `portable`, `avx2`, `avx512`; one
    /// that the machine lacks gives the next slower).
    pub fn new(schema: Schema, dialect: Dialect) -> Result<Kernel, SchemaError> {
        let engine = Engine::chosen()?;
        Kernel::with_engine(schema, dialect, engine)
    }

    /// The same with an engine of choice; one that the machine lacks gives the next slower.
    pub fn with_engine(
        schema: Schema,
        dialect: Dialect,
        engine: Engine,
    ) -> Result<Kernel, SchemaError> {
        let plan = Plan::new(schema, dialect)?;
        // Where comments overlap, only the plain path cuts them one after another, as NumPy does.
        let engine = if plan.leftmost {
            engine.or_slower()
        } else {
            Engine::Reference
        };
        Ok(Kernel { plan, engine })
    }

    /// The engine in use.
    #[must_use]
    pub fn engine(&self) -> Engine {
        self.engine
    }

    /// Counts rows and lines, whether or not the rows can be parsed.
    #[must_use]
    pub fn count(&self, input: Input<'_>) -> Count {
        match self.engine {
            Engine::Reference => scalar::count(&self.plan, input.text()),
            #[cfg(target_arch = "x86_64")]
            Engine::Avx2 => Avx2::count(&self.plan, input),
            #[cfg(target_arch = "x86_64")]
            Engine::Avx512 => Avx512::count(&self.plan, input),
            _ => Portable::count(&self.plan, input),
        }
    }

    /// Parses rows into records of `itemsize` bytes, from the start of `out`, until the text is used up or
    /// `out` holds no further record. Where a row is bad, those before it are written.
    pub fn parse(&self, input: Input<'_>, out: &mut [u8]) -> Result<Parsed, BadRow> {
        match self.engine {
            Engine::Reference => scalar::parse(&self.plan, input.text(), out),
            #[cfg(target_arch = "x86_64")]
            Engine::Avx2 => fast::parse::<Avx2>(&self.plan, input, out),
            #[cfg(target_arch = "x86_64")]
            Engine::Avx512 => fast::parse::<Avx512>(&self.plan, input, out),
            _ => fast::parse::<Portable>(&self.plan, input, out),
        }
    }

    /// Number of fields of one line, with or without its line end; 0 for one that is blank or only a comment.
    #[must_use]
    pub fn fields(&self, line: &[u8]) -> usize {
        let (text, _) = line::next_line(line, 0);
        let text = line::cut_comment(&self.plan.dialect, &line[text]);
        let mut spans = Vec::new();
        line::split(&self.plan.dialect, text, &mut spans);
        spans.len()
    }
}
