import type { DType } from "../../dtype/dtype.ts";
import { text } from "../spell.ts";
import { runsOf } from "./gaps.ts";
import { misfit, put, scalarWriter, type Write } from "./scalar_writer.ts";

export type { Write } from "./scalar_writer.ts";

/** Stores nested lists, or a typed array, of exactly the shape of a sub-array. */
function listWriter(dtype: DType, field: string, shape: readonly number[]): Write {
  if (shape.length === 0) return writer(dtype, field);
  const [length, ...rest] = shape as [number, ...number[]];
  const inner = listWriter(dtype, field, rest);
  const step = rest.reduce((product, n) => product * n, dtype.itemsize);
  return (view, at, value) => {
    const list = Array.isArray(value) || (ArrayBuffer.isView(value) && !(value instanceof DataView));
    if (!list || (value as ArrayLike<unknown>).length !== length) {
      throw misfit(value, dtype, field, `a list of ${length} is expected (sub-array of shape ${text(shape)})`);
    }
    for (let i = 0; i < length; i++) inner(view, at + i * step, (value as ArrayLike<unknown>)[i]);
  };
}

function recordWriter(dtype: DType, field: string): Write {
  const members = [...dtype.fields!].map(([name, { dtype: type, offset, shape }]) => ({
    name,
    offset,
    write: listWriter(type, field === "" ? name : `${field}.${name}`, shape),
  }));
  const names = [...dtype.fields!.keys()].join(", ");
  return (view, at, value) => {
    if (typeof value !== "object" || value === null || Array.isArray(value) || ArrayBuffer.isView(value)) {
      throw misfit(value, dtype, field, `an object with the members ${names} is expected`);
    }
    for (const { name, offset, write } of members) {
      if (!Object.hasOwn(value, name)) {
        const inherited = name in value ? " (an inherited one does not count)" : "";
        throw misfit(value, dtype, field, `the member ${text(name)} is missing${inherited}`);
      }
      write(view, at + offset, (value as Record<string, unknown>)[name]);
    }
    // Every member was found, so that as many names as members leave no room for another.
    const given = Object.keys(value);
    if (given.length === members.length) return;
    const stranger = given.find((name) => !dtype.fields!.has(name));
    if (stranger !== undefined) {
      throw misfit(value, dtype, field, `there is no field ${text(stranger)}; the fields are ${names}`);
    }
  };
}

function writer(dtype: DType, field: string): Write {
  return dtype.fields === null ? scalarWriter(dtype, field) : recordWriter(dtype, field);
}

const writers = new WeakMap<DType, Write>();
const storers = new WeakMap<DType, Write>();

/** The function that stores elements of a dtype whose values were checked: of a wrong record it stores the first members. */
export function storerOf(dtype: DType): Write {
  let store = storers.get(dtype);
  if (store === undefined) {
    store = writer(dtype, "");
    storers.set(dtype, store);
  }
  return store;
}

/** The function that checks and stores elements of a dtype; it throws BAD_VALUE. */
export function writerOf(dtype: DType): Write {
  let write = writers.get(dtype);
  if (write === undefined) {
    write = storerOf(dtype);
    // A record is made whole in scratch memory, so that a wrong member leaves the old record as it was.
    if (dtype.fields !== null) write = throughScratch(write, dtype);
    writers.set(dtype, write);
  }
  return write;
}

function throughScratch(write: Write, dtype: DType): Write {
  const runs = runsOf(dtype);
  const make = (): Scratch => {
    const memory = new ArrayBuffer(dtype.itemsize);
    const parts = runs.map(({ offset, size }) => ({ offset, bytes: new Uint8Array(memory, offset, size) }));
    return { view: new DataView(memory), parts };
  };
  let spare: Scratch | null = make();
  return (view, at, value) => {
    // A getter of the value may store another such record meanwhile, which is made in memory of its own.
    const scratch = spare ?? make();
    spare = null;
    try {
      write(scratch.view, 0, value);
      for (const { offset, bytes } of scratch.parts) put(view, at + offset, bytes);
    } finally {
      spare = scratch;
    }
  };
}

/** Memory for one record, and the parts of it that are not gaps. */
interface Scratch {
  readonly view: DataView;
  readonly parts: readonly { readonly offset: number; readonly bytes: Uint8Array }[];
}
