import assert from "node:assert/strict";
import { test } from "node:test";
import { type DType, dtypeOf, NDArray, SharrayError } from "sharray";
import { numbers, others, REFUSED, stored, texts } from "./value_rules.ts";

const DTYPES = (
  "? i1 <i2 >i2 <i4 >i4 <i8 >i8 u1 <u2 >u2 <u4 >u4 <u8 >u8 <f2 >f2 <f4 >f4 <f8 >f8 <c8 >c16 " +
  "S0 S1 S3 S40 U0 <U1 >U1 <U3 V0 V3 M8[s] >M8[25us] M8 m8[D] >m8"
).split(" ");

const VALUES: unknown[] = [...numbers, ...texts, ...others];

interface Place {
  /** The array in which the value has a place, and the memory under it. */
  readonly memory: Uint8Array;
  store(value: unknown): void;
  read(): unknown;
}

type Places = (dtype: string) => Place;

function memoryFor(itemsize: number): Uint8Array {
  return Uint8Array.from({ length: 12 * Math.max(1, itemsize) + 64 }, (_, i) =>
    i % 4 === 1 ? 65 : i % 4 === 0 ? 1 : 0,
  );
}

/** Ways for a value to come into an array: each leaves every byte as it was when the value is refused. */
const PLACES: Record<string, Places> = {
  "set of an element": (dtype) => {
    const memory = memoryFor((dtypeOf(dtype) as DType).itemsize);
    const array = new NDArray([3], dtype, memory, { offset: 1 });
    return { memory, store: (value) => array.set(-2, value as never), read: () => array.get(1) };
  },
  "set through a strided view": (dtype) => {
    const memory = memoryFor((dtypeOf(dtype) as DType).itemsize);
    const array = new NDArray([3, 4], dtype, memory, { offset: 3 });
    const view = array.transpose().slice([null, null, -2], [1, null]);
    return { memory, store: (value) => view.set([1, -1], value as never), read: () => array.get(2, 1) };
  },
  "set of a record, in its last member": (dtype) => {
    const whole = [["n", "u1"], ["", "V2"], ["in", [["z", ">f8"], ["x", dtype]]]] as const; // biome-ignore format: a list
    const memory = memoryFor((dtypeOf(dtype) as DType).itemsize + 9);
    const array = new NDArray([4], whole, memory, { offset: 1 });
    return {
      memory,
      store: (value) => array.set(2, { n: 200, in: { z: 0.5, x: value } } as never),
      read: () => (array.get(2) as { in: { x: unknown } }).in.x,
    };
  },
  "set of a sub-array, in its last item": (dtype) => {
    const { itemsize } = dtypeOf(dtype) as DType;
    // NumPy, and so the dtype, has no sub-array of elements without bytes.
    const shape = itemsize === 0 ? [] : [1, 2];
    const memory = memoryFor(2 * itemsize);
    const array = new NDArray([2], [["a", "u1"], ["x", dtype, shape]] as const, memory); // biome-ignore format: a list
    const first = array.field("x").at(...(shape.length === 0 ? [1] : [1, 0, 0])).get(); // biome-ignore format: a line
    return {
      memory,
      store: (value) => array.set(1, { a: 9, x: shape.length === 0 ? value : [[first, value]] } as never),
      read: () => array.field("x").at(...(shape.length === 0 ? [1] : [1, 0, 1])).get(), // biome-ignore format: a line
    };
  },
  fill: (dtype) => {
    const memory = memoryFor((dtypeOf(dtype) as DType).itemsize);
    const array = new NDArray([4, 3], dtype, memory, { offset: 5 });
    const view = array.slice([null, null, 3], null);
    return { memory, store: (value) => view.fill(value as never), read: () => array.get(3, 2) };
  },
  "assign of one value": (dtype) => {
    const memory = memoryFor((dtypeOf(dtype) as DType).itemsize);
    const array = new NDArray([2, 3], dtype, memory);
    return { memory, store: (value) => array.assign(value as never), read: () => array.get(1, 1) };
  },
  "assign of nested lists, in the last place": (dtype) => {
    const memory = memoryFor((dtypeOf(dtype) as DType).itemsize);
    const array = new NDArray([2, 2], dtype, memory);
    const good = array.get(0, 1);
    const lists = (value: unknown): unknown => [[good, good], [good, value]]; // biome-ignore format: a list
    return { memory, store: (value) => array.transpose().assign(lists(value) as never), read: () => array.get(1, 1) };
  },
};

for (const [name, make] of Object.entries(PLACES)) {
  test(`${name}: every kind of value is stored as what it is, or BAD_VALUE and no byte changes`, (t) => {
    let kept = 0;
    let refused = 0;
    for (const dtype of DTYPES) {
      const place = make(dtype);
      const before = Buffer.from(place.memory);
      for (const [i, value] of VALUES.entries()) {
        const where = `${dtype}, value ${i}`;
        const list = Array.isArray(value) || ArrayBuffer.isView(value) || value instanceof NDArray;
        // Lists and arrays are not elements for assign: what becomes of them is tested where shapes are.
        if (list && name.startsWith("assign")) continue;
        const expected = stored(dtypeOf(dtype) as DType, value);
        try {
          place.store(value);
          assert.notEqual(expected, REFUSED, `${where} was stored as ${String(place.read())}`);
          assert.deepEqual(place.read(), expected, where);
          kept++;
        } catch (error) {
          if (!(error instanceof SharrayError)) throw error;
          assert.equal(error.code, "BAD_VALUE", `${where}: ${error.message}`);
          assert.equal(expected, REFUSED, `${where}: ${error.message}`);
          assert.deepEqual(error.details.dtype, (dtypeOf(dtype) as DType).descr, where);
          assert.ok(error.message.length < 400, where);
          assert.ok(Buffer.compare(place.memory, before) === 0, `${where}: bytes have changed`);
          refused++;
        }
        place.memory.set(before);
      }
    }
    t.diagnostic(`${kept} values stored, ${refused} refused`);
    assert.ok(kept > 300 && refused > 1000);
  });
}
