import "../convert/no_arena.ts";
import assert from "node:assert/strict";
import { createInterface } from "node:readline";
import { Readable } from "node:stream";
import { test } from "node:test";
import fc from "fast-check";
import { loadtxt, type SharrayError } from "sharray";
import { withoutPython } from "../../../../tests/oracle.ts";
import { blocks } from "../convert/scene.ts";
import { numpy } from "../dtype/numpy.ts";
import { textOf } from "./texts.ts";

test("the items of any iterable are a line each, with a line end or without", async () => {
  const text = "1 2\n3 é\n\n€\n";
  const items = ["1 2", "3 é\r\n", "", "€\r"];
  assert.equal(await textOf(items), text);
  assert.equal(await textOf(new Set(items)), text);
  assert.equal(await textOf(items.values()), text);
  assert.equal(
    await textOf(
      (async function* () {
        yield* items;
      })(),
    ),
    text,
  );
  assert.equal(await textOf(createInterface({ input: Readable.from(["1 2\n3 é\r\n\n€"]) })), text);
  assert.equal(await textOf([]), "");
});

test("items that are bytes are latin1 as in NumPy, or of the encoding; strings are characters all the same", async () => {
  assert.equal(await textOf([Buffer.from("é", "latin1"), "é", Buffer.from("é")]), "é\né\nÃ©\n");
  assert.equal(await textOf([Buffer.from("é"), "é"], { encoding: "utf-8" }), "é\né\n");
  const utf16 = [Buffer.from("\ufeff1\r\n", "utf16le"), Buffer.from("\ufeff2", "utf16le"), "\ufeff3"];
  assert.equal(await textOf(utf16, { encoding: "utf-16" }), "1\n2\n\ufeff3\n");
  await assert.rejects(textOf(["1", Buffer.from("é", "latin1")], { encoding: "utf-8" }), {
    code: "TEXT_BAD_ENCODING",
    details: { file: "the lines", line: 2, byte: 0, bytes: ["0xe9"], encoding: "utf-8" },
  });
});

test("an item that is no line is refused by its number, and the iterator is told that it is over", async () => {
  const before = blocks();
  for (const item of ["a\nb", "a\n\n", "\n\r", "a\rb\n", Buffer.from("a\nb")]) {
    await assert.rejects(textOf(["0", item]), {
      code: "BAD_ARGUMENT",
      message: /^the lines, item 1: /,
      details: { file: "the lines", item: 1 },
    });
  }
  for (const item of [1, null, undefined, ["1"], new Float64Array(1)]) {
    await assert.rejects(textOf(["0", "1", item]), {
      code: "BAD_ARGUMENT",
      message: /item 2 of the lines: expected a line/,
    });
  }
  await assert.rejects(textOf(["\ud83d"]), { code: "BAD_ARGUMENT", message: /surrogate/ });
  let ended = 0;
  const lines = (function* () {
    try {
      for (;;) yield 1;
    } finally {
      ended += 1;
    }
  })();
  await assert.rejects(textOf(lines), { code: "BAD_ARGUMENT" });
  assert.equal(ended, 1);
  assert.equal(blocks(), before);
});

test("an endless iterable ends with its signal", async () => {
  const lines = (function* () {
    for (;;) yield "1 2 3";
  })();
  const controller = new AbortController();
  setTimeout(() => controller.abort(), 1);
  await assert.rejects(textOf(lines, { signal: controller.signal }), { code: "ABORTED" });
  assert.deepEqual(lines.next(), { done: true, value: undefined });
});

test("any list of lines, of strings and bytes, short and long, is their text", async () => {
  const line = fc.oneof(
    { weight: 8, arbitrary: fc.string({ unit: "binary", maxLength: 20 }).map((text) => text.replace(/[\r\n]/g, "")) },
    { weight: 1, arbitrary: fc.integer({ min: 0, max: 300_000 }).map((length) => "é".repeat(length)) },
  );
  const item = fc.tuple(line, fc.boolean(), fc.constantFrom("", "\n", "\r\n", "\r"));
  await fc.assert(
    fc.asyncProperty(fc.array(item, { maxLength: 12 }), async (items) => {
      const given = items.map(([text, bytes, end]) => (bytes ? Buffer.from(text + end) : text + end));
      const bare = (text: string, bytes: boolean): string => (bytes ? text.replace(/^\ufeff/, "") : text);
      const expected = items.map(([text, bytes]) => `${bare(text, bytes)}\n`).join("");
      const found = await textOf(given, { encoding: "utf-8" });
      // Blank lines behind all others are no rows.
      assert.equal(found, expected.replace(/\n+$/, "\n").replace(/^\n$/, ""));
    }),
    { numRuns: 60 },
  );
});

const program = `
for items in cases:
    items = [bytes.fromhex(item["hex"]) if isinstance(item, dict) else item for item in items]
    try:
        np.loadtxt(items, dtype="U20", delimiter=",", comments=None, ndmin=1)
        emit("taken")
    except ValueError as error:
        emit("refused" if "embedded newline" in str(error) else "ragged")
`;

test("line ends in the midst of items are refused as NumPy refuses them", { skip: withoutPython }, async () => {
  const piece = fc.constantFrom("a", "b,c", "\n", "\r", "\r\n", "é", " ", "\v", "\u0085");
  const text = fc.array(piece, { maxLength: 4 }).map((parts) => parts.join(""));
  const lists = fc.sample(fc.array(fc.tuple(text, fc.boolean()), { minLength: 1, maxLength: 4 }), {
    numRuns: 1500,
    seed: 6,
  });
  const theirs = await numpy<"taken" | "refused" | "ragged">(
    program,
    lists.map((list) =>
      list.map(([text, bytes]) => (bytes ? { hex: Buffer.from(text, "latin1").toString("hex") } : text)),
    ),
  );
  const count = { taken: 0, refused: 0, ragged: 0 };
  for (const [index, list] of lists.entries()) {
    const expected = theirs[index]!;
    count[expected] += 1;
    // Whether the item that ends it there is before the rows that differ is not for here to see.
    if (expected === "ragged") continue;
    const items = list.map(([text, bytes]) => (bytes ? Buffer.from(text, "latin1") : text));
    const code = await textOf(items).then(
      () => undefined,
      (error: SharrayError) => error.code,
    );
    assert.equal(code, expected === "taken" ? undefined : "BAD_ARGUMENT", JSON.stringify(list));
  }
  assert.ok(count.taken > 200 && count.refused > 200, JSON.stringify(count));
});

test("one column by a delimiter may come from a source whose end is far, or that fails", async () => {
  const digits = async function* (count: number): AsyncGenerator<string> {
    for (let i = 0; i < count; i++) yield String(i % 10);
  };
  using found = await loadtxt(digits(300_000), { dtype: "i1", delimiter: "," });
  assert.deepEqual(found.shape, [300_000]);
  assert.equal(found.get(299_998), 8);
  await assert.rejects(loadtxt(["1", "2", "\r3"], { dtype: "i1", delimiter: "," }), { code: "BAD_ARGUMENT" });
});
