import { covers, type Storage, type Window } from "../storage.ts";
import type { View } from "../view.ts";
import { define, listReader, type Read, readerOf } from "./reader.ts";
import type { Write } from "./writer.ts";

/** One field of records in columns: its run, and the window in which its last element was found. */
interface Column {
  readonly name: string;
  readonly start: number;
  readonly size: number;
  /** Where the field lies in a record that is whole. */
  readonly offset: number;
  readonly read: Read;
  window: Window;
}

const NOTHING: Window = { view: new DataView(new ArrayBuffer(0)), start: -1 };

function columnsOf({ columns, dtype }: View): Column[] {
  return Array.from(dtype.fields!, ([name, field], index) => ({
    name,
    start: columns![index]!,
    size: field.size,
    offset: field.offset,
    read: listReader(readerOf(field.dtype), field.shape, field.dtype.itemsize),
    window: NOTHING,
  }));
}

/** The byte of a column's element within its window, which is moved there. */
function reach(column: Column, storage: Storage, place: number): number {
  const { size } = column;
  // A field without bytes may stand at the end of the storage, where there is no window.
  if (size === 0) return 0;
  const at = column.start + place * size;
  if (!covers(column.window, at, size)) column.window = storage.window(at, size);
  return at - column.window.start;
}

/** Reads records in columns by their place. */
export function recordReader(view: View): (place: number) => unknown {
  const { storage } = view;
  const columns = columnsOf(view);
  return (place) => {
    const record: Record<string, unknown> = {};
    for (const column of columns) {
      const at = reach(column, storage, place);
      define(record, column.name, column.read(column.window.view, at));
    }
    return record;
  };
}

/** Stores records in columns by their place; `write` makes them whole in scratch memory, and throws before anything is stored. */
export function recordStorer(view: View, write: Write): (place: number, value: unknown) => void {
  const { storage, dtype } = view;
  const columns = columnsOf(view);
  const scratch = new DataView(new ArrayBuffer(dtype.itemsize));
  return (place, value) => {
    write(scratch, 0, value);
    for (const column of columns) {
      const at = reach(column, storage, place);
      move(column.window.view, at, scratch, column.offset, column.size);
    }
  };
}

/** Copies a few bytes; a copy between typed arrays costs more than small fields are worth. */
function move(to: DataView, at: number, from: DataView, start: number, size: number): void {
  if (size > 64) {
    const bytes = new Uint8Array(from.buffer, from.byteOffset + start, size);
    new Uint8Array(to.buffer, to.byteOffset + at, size).set(bytes);
    return;
  }
  let i = 0;
  for (; i + 4 <= size; i += 4) to.setUint32(at + i, from.getUint32(start + i));
  for (; i < size; i++) to.setUint8(at + i, from.getUint8(start + i));
}
