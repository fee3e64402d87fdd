//! Records to text: Python's `%` formatting of NumPy's scalars, which is what `np.savetxt` prints rows by.
//!
//! A [`Printer`] is made from a format string and the [`Field`]s of a record, and prints one record at a time; a [`Press`] many
//! of them, on several threads; an [`Encoder`] turns the text into bytes. No I/O. What Python refuses is refused ([`Refusal`]), and so is what is not done here: nothing is guessed.

mod decimal;
mod encoding;
mod float;
mod format;
mod integer;
mod kind;
mod pad;
mod press;
mod printer;
mod quote;
mod refusal;
mod spell;
mod time;

pub use encoding::{Encoder, Encoding};
pub use kind::{Field, Kind};
pub use press::{Press, RefusedRow};
pub use printer::Printer;
pub use refusal::{Because, Refusal};
pub use time::Span;
