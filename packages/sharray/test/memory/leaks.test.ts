import assert from "node:assert/strict";
import { test } from "node:test";
import { assertNoLeaks, SharedArray, SharedMemory } from "sharray";
import { Block } from "../../dist/memory/block.js";
import { run } from "./programs.ts";

interface Leaked {
  code: string;
  message: string;
  details: { blocks: { kind: string; bytes: number; name: string | null; place: string; stack: string | null }[] };
}

function leaked(): Leaked {
  try {
    assertNoLeaks();
  } catch (error) {
    return error as Leaked;
  }
  assert.fail("nothing is open");
}

test("what is open is listed with its size and where it was made", async () => {
  assertNoLeaks();
  const shm = SharedMemory.create(1000);
  const later = await SharedMemory.createAsync(10);
  const a = SharedArray.from([[1, 2, 3]]);
  const b = a.copy();
  const c = SharedArray.attach(a.slice(null, [0, 2]).handle(), { readonly: true });
  const { code, message, details } = leaked();
  assert.equal(code, "LEAKED");
  assert.match(message, /^5 attachments are still open\./);
  assert.deepEqual(
    details.blocks.map(({ kind, bytes }) => [kind, bytes]),
    [
      ["SharedMemory", 1000],
      ["SharedMemory", 10],
      ["SharedArray", 152],
      ["SharedArray", 152],
      ["SharedArray", 152],
    ],
  );
  for (const { place, name, stack } of details.blocks) {
    assert.match(place, /leaks\.test\.ts:\d+:\d+$/);
    assert.equal(name, null);
    assert.equal(stack, null);
    assert.ok(message.includes(place));
  }
  for (const open of [shm, later, a, b]) open.close();
  assert.match(leaked().message, /^1 attachment is still open\./);
  c.close();
  c.close();
  assertNoLeaks();
});

test("what sharray holds for itself is not counted, nor what could not be made", () => {
  const block = Block.create(100);
  assert.throws(() => SharedArray.from([[1], [2, 3]]), { code: "BAD_SHAPE" });
  const a = SharedArray.from([1, 2]);
  assert.throws(() => SharedArray.attach({ ...a.handle(), dtype: "<f4" }), { code: "HANDLE_MISMATCH" });
  a.close();
  assertNoLeaks();
  block.close();
});

test("with SHARRAY_TRACE=1 the stacks come with it", async () => {
  const { stdout, stderr, status } = await run(
    `
    import { assertNoLeaks, SharedArray } from "sharray";
    function made() { return SharedArray.create({ shape: [], dtype: "<f8" }); }
    function outer() { return made(); }
    const a = outer();
    try { assertNoLeaks(); } catch (error) {
      console.log(/at made .*\\n\\s+at outer /.test(error.message), error.details.blocks[0].stack.includes("at outer"));
    }
    `,
    { before: "export SHARRAY_TRACE=1" },
  );
  assert.equal(stderr, "");
  assert.equal(stdout, "true true\n");
  assert.equal(status, 0);
});
