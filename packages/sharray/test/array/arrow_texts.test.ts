import assert from "node:assert/strict";
import { test } from "node:test";
import * as arrow from "apache-arrow";
import { NDArray, SharedArray } from "sharray";
import { Dice } from "./random_views.ts";
import { refusal } from "./refusal.ts";

/** A character: mostly ASCII, also NUL, halves of surrogate pairs, and what is beyond Unicode. */
function code(dice: Dice): number {
  const [low, high] = dice.pick([
    [1, 0x7f],
    [1, 0x7f],
    [1, 0x7f],
    [0, 0],
    [0x80, 0xff],
    [0x100, 0xffff],
    [0xd800, 0xdfff],
    [0x10000, 0x10ffff],
    [0x110000, 0xffffffff],
  ] as const);
  return dice.int(low, high);
}

interface Texts {
  readonly array: NDArray;
  /** The characters of each element, in C order, without the NULs at their ends. */
  readonly codes: number[][];
}

/** Random texts of S<n>, <U<n> or >U<n> at places with gaps, in any direction. */
function texts(dice: Dice): Texts {
  const kind = dice.pick(["S", "<U", ">U"]);
  const most = dice.chance(8) ? dice.int(17, 70) : dice.int(0, 16);
  const size = kind === "S" ? most : 4 * most;
  const rows = dice.chance(8) ? 0 : dice.int(1, 40);
  const step = size + (dice.chance(2) ? dice.int(0, 5) : 0);
  const back = dice.chance(2);
  const ascii = dice.chance(3);
  const shared = dice.chance(4);
  const Buffers = shared ? SharedArrayBuffer : ArrayBuffer;
  const bytes = new Uint8Array(new Buffers(3 + rows * step)).fill(0xee);
  const view = new DataView(bytes.buffer);
  const codes: number[][] = [];
  const offset = back && rows > 0 ? 3 + (rows - 1) * step : 3;
  for (let i = 0; i < rows; i++) {
    const at = offset + (back ? -i : i) * step;
    const length = dice.int(0, most);
    const own: number[] = [];
    for (let j = 0; j < most; j++) {
      const any = j < length ? (ascii ? dice.int(1, 0x7f) : code(dice)) : 0;
      const one = kind === "S" ? any & 0xff : any;
      if (kind === "S") bytes[at + j] = one;
      else view.setUint32(at + 4 * j, one, kind === "<U");
      own.push(one);
    }
    while (own.at(-1) === 0) own.pop();
    codes.push(own);
  }
  const array = new NDArray([rows], `${kind}${most}`, bytes, { offset, strides: [back ? -step : step] });
  return { array, codes };
}

/** What Arrow can have of a character: U+FFFD stands for what is none. */
function character(one: number): string {
  return one > 0x10ffff || (one >= 0xd800 && one <= 0xdfff) ? "\ufffd" : String.fromCodePoint(one);
}

test("texts are in Arrow the UTF-8 of their characters, and come back", () => {
  const dice = new Dice(20);
  let count = 0;
  for (let round = 0; round < 600; round++) {
    const { array, codes } = texts(dice);
    const expected = codes.map((own) => Buffer.from(own.map(character).join(""), "utf8"));
    const { data } = array.toArrow().getChild("value")!;
    assert.equal(data.length, 1);
    const [{ valueOffsets, values }] = data as unknown as [{ valueOffsets: Int32Array; values: Uint8Array }];
    assert.ok(Buffer.concat(expected).equals(values), `round ${round}`);
    let end = 0;
    const ends = expected.map((text) => {
      end += text.length;
      return end;
    });
    assert.deepEqual([...valueOffsets], [0, ...ends], `round ${round}`);
    using back = SharedArray.fromArrow(array.toArrow(), { dtype: [["value", array.dtype.descr as "S1"]] as const });
    const lists = back.field("value").toArray() as unknown as string[];
    assert.deepEqual(
      lists,
      codes.map((own) => own.map(character).join("")),
      `round ${round}`,
    );
    count += codes.length;
  }
  assert.ok(count > 9000, String(count));
});

test("texts of every form of Arrow are as long as their longest, in characters", () => {
  const dice = new Dice(21);
  for (let round = 0; round < 300; round++) {
    const latin1 = dice.chance(2);
    const rows = dice.int(1, 30);
    const most = dice.pick([4, 11, 16, 40]);
    const strings = Array.from({ length: rows }, () => {
      const own = Array.from({ length: dice.int(0, most) }, () => {
        const one = code(dice);
        return character(latin1 ? one & 0xff : one);
      });
      return own.join("").replace(/\0+$/, "");
    });
    const valid = strings.map(() => !dice.chance(5));
    const vector = vectorOf(dice.pick(["Utf8", "LargeUtf8", "Utf8View", "Dictionary"]), strings, valid);
    using array = SharedArray.fromArrow(new arrow.Table({ a: vector }), { fill: { a: "-" } });
    const kept = vector.type instanceof arrow.Dictionary ? strings : strings.filter((_, i) => valid[i]);
    const longest = Math.max(1, ...kept.map((text) => [...text].length));
    const one = kept.every((text) => [...text].every((character) => character <= "\u00ff"));
    assert.deepEqual(array.dtype.descr, [["a", one ? `|S${longest}` : `<U${longest}`]], `round ${round}`);
    assert.deepEqual(
      array.field("a").toArray(),
      strings.map((text, i) => (valid[i] ? text : "-")),
      `round ${round}`,
    );
  }
});

function vectorOf(form: string, strings: readonly string[], valid: readonly boolean[]): arrow.Vector {
  const encoded = strings.map((text) => Buffer.from(text, "utf8"));
  const bytes = new Uint8Array(Buffer.concat(encoded));
  const ends = encoded.map((_, i) => encoded.slice(0, i + 1).reduce((sum, text) => sum + text.length, 0));
  const nullBitmap = new Uint8Array(Math.ceil(strings.length / 8));
  for (const [i, is] of valid.entries()) if (is) nullBitmap[i >> 3]! |= 1 << (i & 7);
  const common = { length: strings.length, nullCount: valid.filter((is) => !is).length, nullBitmap };
  const offsets = Int32Array.of(0, ...ends);
  if (form === "Utf8") {
    return new arrow.Vector([
      arrow.makeData({ type: new arrow.Utf8(), ...common, valueOffsets: offsets, data: bytes }),
    ]);
  }
  if (form === "LargeUtf8") {
    const valueOffsets = BigInt64Array.from(offsets, BigInt);
    return new arrow.Vector([arrow.makeData({ type: new arrow.LargeUtf8(), ...common, valueOffsets, data: bytes })]);
  }
  if (form === "Dictionary") {
    const dictionary = new arrow.Vector([
      arrow.makeData({ type: new arrow.Utf8(), length: strings.length, valueOffsets: offsets, data: bytes }),
    ]);
    const type = new arrow.Dictionary(new arrow.Utf8(), new arrow.Int32());
    const data = Int32Array.from(strings, (_, i) => i);
    return new arrow.Vector([arrow.makeData({ type, ...common, data, dictionary })]);
  }
  const views = new Uint8Array(16 * strings.length);
  const view = new DataView(views.buffer);
  for (const [i, text] of encoded.entries()) {
    view.setInt32(16 * i, text.length, true);
    views.set(text.subarray(0, text.length <= 12 ? 12 : 4), 16 * i + 4);
    if (text.length > 12) view.setInt32(16 * i + 12, offsets[i]!, true);
  }
  return new arrow.Vector([arrow.makeData({ type: new arrow.Utf8View(), ...common, views, variadicBuffers: [bytes] })]);
}

test("the first of many texts that does not fit is named, whichever thread comes to it", () => {
  const rows = 400_000;
  const strings: string[] = Array.from({ length: rows }, (_, i) => (i % 100_000 === 77_777 ? "chr1€" : "chr1"));
  strings[300_001] = "chr10_random";
  const table = new arrow.Table({ a: arrow.vectorFromArray(strings, new arrow.Utf8()) });
  const first = refusal(() => SharedArray.fromArrow(table, { dtype: [["a", "S8"]] as const }));
  assert.deepEqual([first.code, first.details.row], ["BAD_VALUE", 77_777]);
  assert.match(first.message, /"€" is above U\+00FF/);
  const second = refusal(() => SharedArray.fromArrow(table, { dtype: [["a", "<U8"]] as const }));
  assert.deepEqual([second.code, second.details.row], ["BAD_VALUE", 300_001]);
  assert.match(second.message, /longer than the 8 of/);
});
