//! The kernel: one schema and one dialect, ready to count and parse.

use crate::fast::{self, Machine};
use crate::plan::Plan;
use crate::portable::Portable;
use crate::profile::{self, Profile};
use crate::scalar::{self, fields::Fields};
#[cfg(target_arch = "x86_64")]
use crate::simd::{avx2::Avx2, avx512::Avx512};
use crate::{BadRow, Column, Dialect, Engine, Input, Reason, Schema, SchemaError};

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

/// Texts of one column that were longer than its item.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cut {
    /// How many.
    pub count: u64,
    /// Where the first one's row begins in the text.
    pub first: usize,
}

/// What a call of [`Kernel::parse`] has cut, by column.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cuts {
    columns: Vec<Cut>,
}

impl Cuts {
    /// Columns with texts that were cut, by their index in the schema.
    pub fn found(&self) -> impl Iterator<Item = (usize, Cut)> + '_ {
        let columns = self.columns.iter().copied().enumerate();
        columns.filter(|(_, cut)| cut.count > 0)
    }

    /// Forgets all of it.
    pub fn clear(&mut self) {
        self.columns.clear();
    }

    pub(crate) fn add(&mut self, column: usize, row: usize) {
        self.add_with(column, || row);
    }

    pub(crate) fn add_with(&mut self, column: usize, row: impl FnOnce() -> usize) {
        if self.columns.len() <= column {
            self.columns.resize(column + 1, Cut::default());
        }
        let cut = &mut self.columns[column];
        if cut.count == 0 {
            cut.first = row();
        }
        cut.count += 1;
    }
}

/// What a walk over the rows of a text has met.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Walk {
    /// Rows and lines up to `next`.
    pub count: Count,
    /// Where the first row begins that was not counted.
    pub next: usize,
    /// Every row that begins before the limit was; else the one at `next` does not end within the text.
    pub complete: bool,
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
        let engine = if plan.exact {
            Engine::Reference
        } else {
            engine.or_slower()
        };
        Ok(Kernel { plan, engine })
    }

    /// The engine in use.
    #[must_use]
    pub fn engine(&self) -> Engine {
        self.engine
    }

    /// Whether the text is a list of items.
    #[must_use]
    pub fn is_of_items(&self) -> bool {
        self.plan.dialect.items
    }

    /// Counts rows and lines, whether or not the rows can be parsed.
    #[must_use]
    pub fn count(&self, input: Input<'_>) -> Count {
        if self.plan.quoted {
            let text = input.text();
            return self.walk(text, text.len(), true).count;
        }
        match self.engine {
            Engine::Reference => scalar::count(&self.plan, input.text()),
            #[cfg(target_arch = "x86_64")]
            Engine::Avx2 => Avx2::count(&self.plan, input),
            #[cfg(target_arch = "x86_64")]
            Engine::Avx512 => Avx512::count(&self.plan, input),
            _ => Portable::count(&self.plan, input),
        }
    }

    /// Counts rows that may stand in quotes, and so on several lines: those that begin before `limit`. `last`: nothing follows the
    /// text. The text begins where a row does.
    #[must_use]
    pub fn walk(&self, text: &[u8], limit: usize, last: bool) -> Walk {
        match self.engine {
            _ if !self.plan.quoted => scalar::walk(&self.plan, text, limit, last),
            Engine::Reference => scalar::walk(&self.plan, text, limit, last),
            #[cfg(target_arch = "x86_64")]
            Engine::Avx2 => Avx2::walk(&self.plan, text, limit, last),
            #[cfg(target_arch = "x86_64")]
            Engine::Avx512 => Avx512::walk(&self.plan, text, limit, last),
            _ => Portable::walk(&self.plan, text, limit, last),
        }
    }

    /// Parses rows into records of `itemsize` bytes, from the start of `out`, until the text is used up or
    /// `out` holds no further record. Where a row is bad, those before it are written. `cuts` is added to.
    ///
    /// # Panics
    /// When records have no bytes.
    pub fn parse(
        &self,
        input: Input<'_>,
        out: &mut [u8],
        cuts: &mut Cuts,
    ) -> Result<Parsed, BadRow> {
        match self.engine {
            Engine::Reference => scalar::parse(&self.plan, input.text(), out, cuts),
            #[cfg(target_arch = "x86_64")]
            Engine::Avx2 => fast::parse::<Avx2>(&self.plan, input, out, cuts),
            #[cfg(target_arch = "x86_64")]
            Engine::Avx512 => fast::parse::<Avx512>(&self.plan, input, out, cuts),
            _ => fast::parse::<Portable>(&self.plan, input, out, cuts),
        }
    }

    /// Looks at the rows of a text, `most` of them: what their columns could be. The bytes up to and with the last one. Stops
    /// where a row has not the columns that it should.
    pub fn profile(
        &self,
        input: Input<'_>,
        most: u64,
        profile: &mut Profile,
    ) -> Result<usize, BadRow> {
        profile::look(&self.plan, input.text(), most, profile)
    }

    /// The fields of the first row of a text; none where that line is blank or only a comment.
    ///
    /// # Errors
    /// Why such a row is refused as a whole.
    pub fn fields(&self, text: &[u8]) -> Result<Vec<Vec<u8>>, Reason> {
        let mut fields = Fields::default();
        match fields.read(&self.plan.dialect, text, 0) {
            Ok(_) => Ok((0..fields.len())
                .map(|i| fields.text(text, i).to_vec())
                .collect()),
            Err((_, reason)) => Err(reason),
        }
    }
}

/// One text as the item of a column, wherever that lies in its record.
///
/// # Errors
/// What a row with this field would be refused for; a column that cannot be is [`Reason::NoText`].
pub fn parse_field(column: Column, text: &[u8]) -> Result<Vec<u8>, Reason> {
    let schema = Schema {
        columns: vec![Column {
            offset: 0,
            ..column
        }],
        itemsize: column.size,
        usecols: None,
        fills: Vec::new(),
    };
    let plan = Plan::new(schema, Dialect::default()).map_err(|_| Reason::NoText)?;
    let mut item = vec![0; column.size];
    scalar::row::convert(&plan, 0, text, &mut item)?;
    Ok(item)
}
