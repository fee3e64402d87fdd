//! Glue for the printer of the `text` crate: a new text file, printed and written on a thread of its own.

use napi::bindgen_prelude::{Object, Uint8Array};
use napi::{Env, Result};
use napi_derive::napi;
use serde::Deserialize;
use serde_json::{Value, json};
use sharray_file::{GzipOutput, Output};
use sharray_text::print::{Because, Encoder, Encoding, Field, Kind, Press, Printer, Refusal};

use crate::error::fail;
use crate::file::{Opened, start};

/// The most bytes of text that are in memory at once, but for a longer line: far fewer of them where numbers are short.
const PIECE: usize = 16 << 20;

/// What `src/text/savetxt.ts` asks for.
#[derive(Deserialize)]
struct Spec {
    encoding: String,
    gzip: bool,
    /// Nothing for an array without rows, whose format is not looked at.
    rows: Option<Rows>,
}

/// How records become lines: see `src/native/savetxt.ts`.
#[derive(Deserialize)]
struct Rows {
    format: String,
    delimiter: String,
    newline: String,
    complex: bool,
    fields: Vec<(char, usize, usize, bool, String)>,
    repeat: usize,
    step: usize,
    across: usize,
    threads: usize,
}

fn press(rows: &Rows) -> std::result::Result<Press, Refusal> {
    let mut fields = Vec::with_capacity(rows.fields.len() * rows.repeat);
    for column in 0..rows.repeat {
        for (letter, size, offset, swapped, unit) in &rows.fields {
            let kind = Kind::of(*letter, *size, unit).ok_or_else(|| Refusal {
                because: Because::Unsupported,
                message: format!("elements of kind {letter}{size} are not printed"),
                column: Some(column),
            })?;
            fields.push(Field {
                kind,
                offset: column * rows.step + offset,
                swapped: *swapped,
            });
        }
    }
    let Rows {
        format,
        delimiter,
        newline,
        complex,
        ..
    } = rows;
    let printer = Printer::new(format, delimiter, newline, &fields, *complex)?;
    let record = rows.repeat * rows.step;
    Ok(Press::new(printer, record, rows.across, rows.threads))
}

enum Target {
    Plain(Output),
    Gzip(Box<GzipOutput>),
}

/// A text file that is being written.
struct Sheet {
    target: Target,
    encoding: String,
    encoder: Encoder,
    /// As Python does, the format is refused with the first row.
    press: Option<std::result::Result<Press, Refusal>>,
    /// Records that were printed before.
    done: usize,
}

impl Sheet {
    /// Appends a text; or gives the failure as JSON.
    fn write(&mut self, text: &str) -> sharray_file::Result<Option<Value>> {
        let mut bytes = Vec::with_capacity(text.len());
        if let Err(character) = self.encoder.encode(text, &mut bytes) {
            let code = format!("U+{:04X}", u32::from(character));
            return Ok(Some(json!({
                "code": "BAD_VALUE",
                "message": format!("the text has the character {character:?} ({code}), which {} has not; encoding: \"utf-8\" has all", self.encoding),
                "details": { "option": "encoding", "encoding": self.encoding, "character": character.to_string() },
            })));
        }
        match &mut self.target {
            Target::Plain(output) => output.write(&bytes)?,
            Target::Gzip(output) => output.write(&bytes)?,
        }
        Ok(None)
    }

    /// Prints and appends records.
    fn print(&mut self, bytes: &[u8], count: usize) -> sharray_file::Result<Option<Value>> {
        let press = match self.press.take() {
            Some(Ok(press)) => press,
            Some(Err(refusal)) => return Ok(Some(failure(&refusal, None))),
            None => return Ok(None),
        };
        let most = (PIECE / press.size()).max(1);
        for from in (0..count).step_by(most) {
            let to = (from + most).min(count);
            for text in press.print(bytes, self.done, from..to) {
                let failure = match text {
                    Ok(text) => self.write(&text)?,
                    Err(refused) => Some(failure(&refused.refusal, Some(refused.row))),
                };
                if failure.is_some() {
                    return Ok(failure);
                }
            }
        }
        self.done += count;
        self.press = Some(Ok(press));
        Ok(None)
    }
}

fn failure(refusal: &Refusal, row: Option<usize>) -> Value {
    let code = match refusal.because {
        Because::Format => "BAD_ARGUMENT",
        Because::Value => "BAD_VALUE",
        Because::Unsupported => "NOT_SUPPORTED",
    };
    let place = row.map_or(String::new(), |row| format!("row {row}, "));
    json!({
        "code": code,
        "message": format!("fmt: {place}{refusal}"),
        "details": { "option": "fmt", "row": row, "column": refusal.column },
    })
}

/// A new text file. Forgetting it gives it up.
#[napi]
pub struct NativeTextOutput(Opened<Sheet>);

/// Begins a text file that replaces what is at `path` when it is published; `spec` is `Spec` as JSON.
#[napi(ts_return_type = "Promise<NativeTextOutput>")]
pub fn create_text_output<'env>(
    env: &'env Env,
    path: String,
    spec: String,
) -> Result<Object<'env>> {
    let spec: Spec =
        serde_json::from_str(&spec).map_err(|e| fail("BAD_ARGUMENT", e.to_string(), json!({})))?;
    let encoding = Encoding::named(&spec.encoding).ok_or_else(|| {
        let message = format!(
            "encoding: {:?} is not written; latin1, ascii, utf-8, utf-8-sig, utf-16 and utf-32 are",
            spec.encoding
        );
        fail("NOT_SUPPORTED", message, json!({ "option": "encoding" }))
    })?;
    let open = move || {
        let output = Output::new(&path, false)?;
        let target = match spec.gzip {
            true => Target::Gzip(Box::new(GzipOutput::new(output))),
            false => Target::Plain(output),
        };
        Ok(Sheet {
            target,
            encoding: spec.encoding,
            encoder: Encoder::new(encoding),
            press: spec.rows.as_ref().map(press),
            done: 0,
        })
    };
    start(env, open, |strand| NativeTextOutput(Opened::new(strand)))
}

#[napi]
impl NativeTextOutput {
    /// Appends a text as it is. Gives nothing, or its failure as JSON.
    #[napi(ts_return_type = "Promise<string | null>")]
    pub fn write<'env>(&self, env: &'env Env, text: String) -> Result<Object<'env>> {
        self.0.with(env, move |sheet| {
            Ok(sheet.write(&text)?.map(|failure| failure.to_string()))
        })
    }

    /// Appends the lines of so many records, whose bytes are copied before this returns. Gives nothing, or the first failure as JSON.
    #[napi(ts_return_type = "Promise<string | null>")]
    pub fn print<'env>(
        &self,
        env: &'env Env,
        bytes: Uint8Array,
        count: u32,
    ) -> Result<Object<'env>> {
        let bytes = bytes.to_vec();
        self.0.with(env, move |sheet| {
            let failure = sheet.print(&bytes, count as usize)?;
            Ok(failure.map(|failure| failure.to_string()))
        })
    }

    /// Makes the file appear, complete and on the disk.
    #[napi(ts_return_type = "Promise<void>")]
    pub fn publish<'env>(&self, env: &'env Env) -> Result<Object<'env>> {
        self.0.finish(env, |sheet| match sheet.target {
            Target::Plain(output) => output.publish(),
            Target::Gzip(output) => output.publish(),
        })
    }

    /// Gives the file up; nothing of it stays.
    #[napi(ts_return_type = "Promise<void>")]
    pub fn discard<'env>(&self, env: &'env Env) -> Result<Object<'env>> {
        self.0.discard(env)
    }
}
