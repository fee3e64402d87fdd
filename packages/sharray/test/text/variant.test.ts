import assert from "node:assert/strict";
import { test } from "node:test";
import { variant } from "../../../../scripts/variants.mjs";
import { addon } from "../../dist/native/addon.js";

const asked = process.env.SHARRAY_SIMD ?? "";
const lacking = asked !== "" && variant(asked) !== asked ? `this machine has no ${asked}` : false;

test("text is read by the variant that SHARRAY_SIMD asks for, or by the fastest", { skip: lacking }, () => {
  assert.equal(addon.survey().simd, asked === "" ? variant("avx512") : asked);
});
