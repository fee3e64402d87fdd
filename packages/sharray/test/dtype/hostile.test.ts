import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { DType, type DTypeLike, dtypeOf, SharrayError } from "sharray";
import { parseSpec } from "../../dist/dtype/spec.js";
import { dtypes, scalars } from "./arbitrary.ts";

/** Whether a reader takes something; anything but a DType and BAD_DTYPE fails the test. */
function takes(read: () => unknown): boolean {
  try {
    assert.ok(read() instanceof DType);
    return true;
  } catch (error) {
    assert.ok(error instanceof SharrayError && error.code === "BAD_DTYPE", String(error));
    assert.ok(error.message.length < 1000, `a message of ${error.message.length} characters`);
    return false;
  }
}

const of = (dtype: unknown): boolean => takes(() => dtypeOf(dtype as DTypeLike));

test("whatever is thrown at dtypeOf is a dtype or BAD_DTYPE", (t) => {
  let [taken, all] = [0, 0];
  const value = fc.oneof(
    fc.anything({ withBigInt: true, withDate: true, withSparseArray: true, withNullPrototype: true, maxDepth: 4 }),
    fc.array(fc.oneof(fc.tuple(fc.string(), fc.anything()), fc.tuple(fc.string(), scalars(), fc.anything()))),
    fc.array(fc.tuple(fc.string({ unit: "binary" }), dtypes({ depth: 1 }))),
    fc.string(),
  );
  fc.assert(
    fc.property(value, (dtype) => {
      all++;
      if (of(dtype)) taken++;
    }),
    { numRuns: 3000 },
  );
  assert.ok(taken > 100);
  t.diagnostic(`${all} values, ${taken} of them dtypes`);
});

test("whatever is thrown at parseSpec is a dtype or BAD_DTYPE", (t) => {
  let [taken, all] = [0, 0];
  const put = fc.constantFrom(..."[](){}\"',:\\u<>i48fSUVM0 \t\n\0", "\\x", "\\ud800", "None", "1e400", "😀");
  const texts = fc
    .tuple(dtypes(), fc.nat(60), fc.nat(3), put)
    .map(([dtype, at, cut, middle]) => [JSON.stringify(dtype), at, cut, middle] as const)
    .map(([text, at, cut, middle]) => text.slice(0, at) + middle + text.slice(at + cut));
  const other = [fc.string(), fc.string({ unit: "binary" }), fc.anything()].map((arbitrary) => ({
    arbitrary,
    weight: 1,
  }));
  fc.assert(
    fc.property(fc.oneof({ arbitrary: texts, weight: 3 }, ...other), (text) => {
      all++;
      if (takes(() => parseSpec(text as string))) taken++;
    }),
    { numRuns: 3000 },
  );
  assert.ok(taken > 100);
  t.diagnostic(`${all} texts, ${taken} of them dtypes`);
});

test("a message stays short however many characters of a text must be escaped", () => {
  const dots = (count: number): string => "\u0001".repeat(count);
  for (const text of [
    dots(80),
    `${dots(70)}:\u0002`,
    `a:${dots(78)}`,
    `${dots(200)}:x${dots(200)}`,
    `[['${dots(90)}','${dots(90)}']]`,
    `[['${dots(60)}','i4'],['${dots(60)}','i4']]`,
  ]) {
    assert.equal(
      takes(() => parseSpec(text)),
      false,
    );
  }
});

test("values that throw when they are looked at are refused", () => {
  const revoked = Proxy.revocable([], {});
  revoked.revoke();
  const thrower = (): never => {
    throw new TypeError("no");
  };
  const wild = new Proxy([], { get: thrower, getPrototypeOf: thrower, ownKeys: thrower });
  const getter = Object.defineProperty([], 0, { get: thrower });
  const printed = { toString: thrower, toJSON: thrower, [Symbol.for("nodejs.util.inspect.custom")]: thrower };
  for (const value of [revoked.proxy, wild, getter, printed, Symbol("x"), () => 1, new Date(Number.NaN)]) {
    for (const dtype of [
      value,
      [value],
      [[value, "i4"]],
      [["a", value]],
      [["a", "i4", value]],
      [["a", "i4", [value]]],
    ]) {
      assert.equal(of(dtype), false);
    }
  }
  // A null that is thrown instead of an error.
  const nothing = new Proxy([], {
    get: () => {
      throw null;
    },
  });
  assert.equal(of(nothing), false);
});

test("a getter is asked once, so that nothing changes between the check and the use", () => {
  let asked = 0;
  const shape = Object.defineProperty([], 0, { get: () => (asked++ === 0 ? 2 : -1), enumerable: true });
  const dtype = dtypeOf([["a", "i4", shape as unknown as number[]]]);
  assert.equal(dtype.itemsize, 8);
  const list = [["a", "i4"]] as [string, string][];
  const made = dtypeOf(list as unknown as DTypeLike);
  list.push(["b", "i4"]);
  assert.deepEqual(made.names, ["a"]);
});

test("endless, huge and holey lists are refused soon", () => {
  const endless = new Proxy([] as unknown[], {
    get: (target, key) => {
      if (key === "length") return 2 ** 32 - 1;
      return typeof key === "string" && /^\d+$/.test(key) ? ["", "V0"] : Reflect.get(target, key);
    },
  });
  assert.equal(of(endless), false);
  assert.equal(of(Array(4e9)), false);
  assert.equal(of([["a", "i4", Array(4e9)]]), false);
  assert.equal(of([["a", "i4", Array(1e6).fill(1)]]), false);
  assert.equal(of("S".padEnd(1e6, "9")), false);
  assert.equal(of("x".repeat(1e6)), false);
  assert.equal(of([["n".repeat(1e6), "x"]]), false);
  assert.equal(
    takes(() => parseSpec("[".repeat(1e6))),
    false,
  );
  assert.equal(
    takes(() => parseSpec(`[["a", "${"i".repeat(1e6)}"]]`)),
    false,
  );
  assert.equal(
    takes(() => parseSpec(`${"a:i4,".repeat(1e5)}b:x`)),
    false,
  );
  assert.equal(of([["n".repeat(1e6), "i4"]]), true);
});

test("a small description of an immense record is refused, one that is only large is not", () => {
  let [wide, empty]: [unknown, unknown] = ["i1", "V0"];
  for (let i = 0; i < 60; i++) {
    wide = [
      ["a", wide],
      ["b", wide],
    ];
    empty = [
      ["a", empty],
      ["b", empty],
    ];
  }
  assert.equal(of(wide), false);
  assert.equal(of(empty), false);
  // The same out of ready dtypes, of which each is small as a description.
  let ready: unknown = "V0";
  const grow = (): void => {
    for (let i = 0; i < 60; i++)
      ready = dtypeOf([
        ["a", ready as DTypeLike],
        ["b", ready as DTypeLike],
      ] as DTypeLike);
  };
  assert.throws(grow, { code: "BAD_DTYPE" });
  let deep: unknown = "i1";
  const sink = (): void => {
    for (let i = 0; i < 100; i++) deep = dtypeOf([["a", deep as DTypeLike]] as DTypeLike);
  };
  assert.throws(sink, { code: "BAD_DTYPE" });
  let pair: unknown = "i1";
  for (let i = 0; i < 1e5; i++) pair = [pair, []];
  assert.equal(of([["a", pair]]), false);

  const many = Array.from({ length: 20000 }, (_, i) => [`f${i}`, "i4"] as const);
  assert.equal(dtypeOf(many).itemsize, 80000);
  assert.equal(of(Array.from({ length: 65537 }, (_, i) => [`f${i}`, "V0"])), false);
});

test("what is made cannot be changed", () => {
  const dtype = dtypeOf([
    ["a", "i4", [2]],
    ["", "V3"],
    ["in", [["b", "i2"]]],
  ] as const);
  const descr = dtype.descr as unknown as unknown[][];
  assert.throws(() => descr.push([]), TypeError);
  assert.throws(() => descr[0]!.push(1), TypeError);
  assert.throws(() => (descr[0]![2] as number[]).push(1), TypeError);
  assert.throws(() => (descr[1]![1] = "x"), TypeError);
  assert.throws(() => ((dtype.fields!.get("a") as { offset: number }).offset = 9), TypeError);
  assert.equal(dtype.descr, dtype.descr);
  const fields = dtype.fields as Map<string, unknown>;
  assert.throws(() => fields.set("b", 1), TypeError);
  assert.throws(() => fields.delete("a"), TypeError);
  assert.throws(() => fields.clear(), TypeError);
  assert.deepEqual(dtype.names, ["a", "in"]);
});

test("the options are checked", () => {
  for (const options of [null, 1, "align", { align: 1 }, { align: null }, { aligned: true }]) {
    assert.throws(() => dtypeOf("i4", options as object), { code: "BAD_ARGUMENT" });
  }
  assert.equal(dtypeOf("i4", {}).itemsize, 4);
});
