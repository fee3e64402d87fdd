// Makes a call that shows a difference as small as it goes.
import type { DTypeLike, FieldList } from "sharray";
import type { Case } from "./case.ts";

/** Calls tried at most. */
const MOST_TRIES = 600;

function* withoutOptions(call: Case): Generator<Case> {
  for (const name of Object.keys(call.options)) {
    const { [name]: _, ...options } = call.options;
    yield { ...call, options };
    const value = call.options[name];
    if (!Array.isArray(value)) continue;
    for (let i = 0; i < value.length; i++) yield { ...call, options: { ...options, [name]: value.toSpliced(i, 1) } };
  }
  if (call.source !== "path") yield { ...call, source: "path" };
  if (call.align) yield { ...call, align: false };
}

function* smallerDTypes(dtype: DTypeLike): Generator<DTypeLike> {
  if (typeof dtype === "string") {
    const plain = dtype.replace(/^[<>|]/, "");
    if (plain !== dtype) yield plain;
    return;
  }
  const fields = dtype as FieldList;
  for (const [index, field] of fields.entries()) {
    if (fields.length > 1) yield fields.toSpliced(index, 1);
    if (field.length > 2) yield fields.toSpliced(index, 1, [field[0], field[1]]);
    for (const inner of smallerDTypes(field[1] as DTypeLike)) {
      yield fields.toSpliced(index, 1, (field.length > 2 ? [field[0], inner, field[2]] : [field[0], inner]) as never);
    }
  }
  if (fields.length === 1 && fields[0]!.length === 2) yield fields[0]![1] as DTypeLike;
}

function* smallerTexts(text: string): Generator<string> {
  const lines = text.match(/[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+$/g) ?? [];
  for (let size = lines.length >> 1; size >= 1; size >>= 1)
    for (let at = 0; at < lines.length; at += size) yield lines.toSpliced(at, size).join("");
  const characters = [...text];
  for (let size = Math.min(64, characters.length >> 1); size >= 1; size >>= 1)
    for (let at = 0; at < characters.length; at += size) yield characters.toSpliced(at, size).join("");
  yield text.replace(/\r\n?/g, "\n");
  for (const [at, character] of characters.entries())
    if (/[2-9a-zA-Z]/.test(character)) yield characters.toSpliced(at, 1, "1").join("");
}

function* smaller(call: Case): Generator<Case> {
  yield* withoutOptions(call);
  for (const dtype of smallerDTypes(call.dtype)) yield { ...call, dtype };
  for (const text of smallerTexts(call.text)) if (text !== call.text) yield { ...call, text };
}

/** The smallest call found for which `differs` still holds. */
export async function shrink(call: Case, differs: (smaller: Case) => Promise<boolean>): Promise<Case> {
  let best = call;
  let tries = 0;
  for (let again = true; again; ) {
    again = false;
    for (const candidate of smaller(best)) {
      if (++tries > MOST_TRIES) return best;
      if (!(await differs(candidate))) continue;
      best = candidate;
      again = true;
      break;
    }
  }
  return best;
}
