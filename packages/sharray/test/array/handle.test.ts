import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { test } from "node:test";
import { type ArrayHandle, type DTypeLike, NDArray, SharedArray, SharedMemory } from "sharray";
import { methylation } from "./methylation.ts";
import { refusal } from "./refusal.ts";

test("a handle is plain JSON, and leads to the same bytes", () => {
  using array = SharedArray.create({ shape: 3, dtype: methylation });
  const handle = JSON.parse(JSON.stringify(array.handle())) as ArrayHandle<typeof methylation>;
  assert.deepEqual(Object.keys(handle), [
    "version",
    "pid",
    "fd",
    "dev",
    "ino",
    "nonce",
    "size",
    "offset",
    "shape",
    "strides",
    "dtype",
  ]);
  using other = SharedArray.attach(handle);
  other.set(1, { chr: "chr1", pos: 5, xy: [1, 2], in: { a: 3 } });
  assert.deepEqual(array.get(1), { chr: "chr1", pos: 5, xy: [1, 2], in: { a: 3 } });
  using third = SharedArray.attach(other.handle());
  assert.equal(third.get(1).pos, 5);
});

test("views travel as handles with offset and strides", () => {
  using array = SharedArray.create({ shape: [4, 3], dtype: methylation });
  array.field("pos").assign([
    [0, 1, 2],
    [3, 4, 5],
    [6, 7, 8],
    [9, 10, 11],
  ]);
  array.field("xy").fill(0.5);
  const views = [
    array.slice([null, null, -2]),
    array.at(2),
    array.at(2, 1),
    array.transpose(),
    array.field("pos"),
    array.field("pos").slice([1, 3], [null, null, -1]),
    array.field("xy"),
    array.field("xy").slice(null, null, [null, null, -1]),
    array.field("xy").at(0, 0, 1),
    array.field("in").field("a").reshape([12]),
    array.slice([2, 2]),
    array.field("in"),
  ] as NDArray[];
  for (const view of views) {
    using attached = SharedArray.attach(view.handle());
    assert.deepEqual(
      [attached.shape, attached.strides, attached.dtype.descr],
      [view.shape, view.strides, view.dtype.descr],
    );
    assert.ok(attached.equals(view));
    using again = SharedArray.attach(attached.handle());
    assert.ok(again.equals(view));
  }
});

test("fields without bytes travel as others do, also behind the last byte of a record", () => {
  const nothing = [["x", "U4", [0]]] as const;
  for (const layout of ["rows", "columns"] as const) {
    using array = SharedArray.create({
      shape: [3],
      dtype: [
        ["a", "S0"],
        ["b", "i2"],
        ["c", "U0"],
        ["d", nothing],
        ["e", "f8", [0]],
      ], // prettier-ignore
      layout,
    });
    for (const name of ["a", "b", "c", "d", "e"] as const) {
      for (const view of [array.field(name), array.field(name).slice([null, null, -2])]) {
        using attached = SharedArray.attach(view.handle());
        assert.deepEqual([attached.shape, attached.dtype.descr], [view.shape, view.dtype.descr], `${name}, ${layout}`);
      }
    }
  }
});

test("every field of a handle is checked", () => {
  using array = SharedArray.create({ shape: [4], dtype: methylation });
  const handle = array.handle();
  const { offset } = handle;
  const cases: [Partial<Record<keyof ArrayHandle, unknown>>, string, string | undefined][] = [
    [{ offset: -1 }, "BAD_ARGUMENT", "offset"],
    [{ offset: "0" }, "BAD_ARGUMENT", "offset"],
    [{ offset: undefined }, "BAD_ARGUMENT", "offset"],
    [{ shape: 4 }, "BAD_ARGUMENT", "shape"],
    [{ shape: [4.5] }, "BAD_ARGUMENT", "shape"],
    [{ strides: [1, 2] }, "BAD_ARGUMENT", "strides"],
    [{ strides: null }, "BAD_ARGUMENT", "strides"],
    [{ dtype: "x9" }, "BAD_ARGUMENT", "dtype"],
    [{ dtype: 5 }, "BAD_ARGUMENT", "dtype"],
    [{ nonce: "abc" }, "BAD_ARGUMENT", "nonce"],
    [{ shape: [5] }, "HANDLE_MISMATCH", "shape"],
    [{ offset: offset - 24 }, "HANDLE_MISMATCH", "offset"],
    [{ offset: offset + 1, shape: [1] }, "HANDLE_MISMATCH", "offset"],
    [{ strides: [23] }, "HANDLE_MISMATCH", "strides"],
    [{ strides: [-24] }, "HANDLE_MISMATCH", undefined],
    [{ strides: [2 ** 52] }, "HANDLE_MISMATCH", "shape"],
    [{ dtype: "<f8" }, "HANDLE_MISMATCH", "dtype"],
    [{ dtype: "<i4" }, "HANDLE_MISMATCH", "offset"],
    [{ dtype: "<u4", offset: offset + 10 }, "HANDLE_MISMATCH", "dtype"],
    [{ dtype: "<f4", offset: offset + 14, shape: [4, 3], strides: [24, 4] }, "HANDLE_MISMATCH", undefined],
    [{ dtype: `sha256:${"0".repeat(64)}` }, "HANDLE_MISMATCH", "dtype"],
    [{ nonce: "0".repeat(32) }, "HANDLE_MISMATCH", undefined],
    [{ size: handle.size + 1 }, "HANDLE_MISMATCH", undefined],
  ];
  for (const [change, code, field] of cases) {
    const error = refusal(() => SharedArray.attach({ ...handle, ...change } as ArrayHandle));
    assert.equal(error.code, code, `${JSON.stringify(change)}: ${error.message}`);
    if (field !== undefined) assert.equal(error.details.field, field, `${JSON.stringify(change)}: ${error.message}`);
  }
  for (const nothing of [null, undefined, 5, []]) {
    assert.equal(refusal(() => SharedArray.attach(nothing as never)).code, "BAD_ARGUMENT");
  }
  assert.equal(refusal(() => SharedArray.attach(handle, { readOnly: true } as never)).code, "BAD_ARGUMENT");
});

test("a long dtype stays in the header: the handle carries its hash", () => {
  const wide = Array.from({ length: 300 }, (_, i) => [`column ${i}`, "<f4"] as const);
  const dtype: DTypeLike = [
    ["id", "i4"],
    ["all", wide],
    ["again", wide, [2]],
  ];
  using array = SharedArray.create({ shape: 2, dtype });
  array
    .field("all" as never)
    .field("column 299" as never)
    .fill(7 as never);
  for (const view of [array, array.field("all" as never), array.field("again" as never).at(1, 1)] as NDArray[]) {
    const handle = view.handle();
    assert.match(String(handle.dtype), /^sha256:[0-9a-f]{64}$/);
    assert.ok(JSON.stringify(handle).length < 600);
    using attached = SharedArray.attach(handle);
    assert.ok(attached.dtype.equals(view.dtype) && attached.equals(view));
  }
  // Raw memory has no header: there the whole description travels.
  using shm = SharedMemory.create(1200);
  using raw = SharedArray.attach(new NDArray([1], wide, shm.buf).handle());
  assert.equal(raw.dtype.names?.length, 300);
});

test("another process attaches to a handle and sees and changes the same bytes", async () => {
  using array = SharedArray.from(new Int32Array([1, 2, 3]));
  const program = `
    import { SharedArray } from "sharray";
    const array = SharedArray.attach(JSON.parse(process.argv[1]));
    array.set(1, array.get(0) + array.get(2) + 100);
    array.close();
  `;
  const child = spawn(process.execPath, ["--input-type=module", "-e", program, JSON.stringify(array.handle())], {
    cwd: new URL(".", import.meta.url),
    stdio: "inherit",
  });
  const [code] = await once(child, "exit");
  assert.equal(code, 0);
  assert.deepEqual(array.toArray(), [1, 104, 3]);
});
