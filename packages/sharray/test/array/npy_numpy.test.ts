import assert from "node:assert/strict";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { withoutPython } from "../../../../tests/oracle.ts";
import { compareFiles } from "./npy_cases.ts";

test("files that NumPy writes are loaded bit for bit, and saved as NumPy saves them, views too", {
  skip: withoutPython,
}, async () => {
  // In memory where that is a file system: each save waits for the disk.
  const folder = mkdtempSync(join(existsSync("/dev/shm") ? "/dev/shm" : tmpdir(), "npy-files-"));
  try {
    const { compared, left } = await compareFiles(folder, 1000, 7);
    // NumPy does not write every dtype in every format: names beyond latin1 need 3.0.
    assert.ok(compared > 700 && left < 300, `${compared} compared, ${left} left out`);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
