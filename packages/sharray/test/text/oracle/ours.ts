// A child process of the comparison: reads calls, one JSON object a line, and answers each with what loadtxt makes of it in the first
// way that it is asked for, and with what came out otherwise in the others.
import { createReadStream, readFileSync, statSync } from "node:fs";
import { createInterface } from "node:readline";
import { loadtxt, type NDArray, SharrayError } from "sharray";
import { packedStrides } from "../../../dist/array/geometry.js";
import { dtypeArgument, jsonLine } from "./case.ts";
import { convertersArgument } from "./converters.ts";
import type { OurAnswer, OurRefusal, Ours, Way } from "./outcome.ts";
import type { Question } from "./sides.ts";

/** The calls of this program differ from one another; loadtxt's own types are for calls that are right. */
type AnyLoadtxt = (source: unknown, options: Record<string, unknown>) => Promise<NDArray | NDArray[]>;

let empty = false;
process.emitWarning = ((_: unknown, given?: { code?: string }) => {
  if (given?.code === "TEXT_EMPTY") empty = true;
}) as typeof process.emitWarning;

function sourceOf({ call, path, lines }: Question): unknown {
  if (call.source === "bytes") return readFileSync(path);
  // A large text in pieces of some bytes would take most of the time of all texts together.
  if (call.source === "stream") return createReadStream(path, { highWaterMark: Math.max(7, statSync(path).size >> 9) });
  return call.source === "lines" ? lines : path;
}

function refusal(error: unknown): OurRefusal {
  const known = error instanceof SharrayError;
  const { line, column, byte, found } = (known ? error.details : {}) as Record<string, number | undefined>;
  return {
    code: known ? error.code : null,
    message: known ? error.message : String(error),
    line: line ?? null,
    column: column ?? null,
    byte: byte ?? null,
    found: found ?? null,
  };
}

/** The elements in C order, as hexadecimal digits. */
function bytesOf(array: NDArray): string {
  const ordered = packedStrides(array.shape, array.dtype.itemsize).every(
    (stride, axis) => stride === array.strides[axis],
  );
  if (ordered) return Buffer.from(array.bytes).toString("hex");
  const packed = array.copy();
  const digits = Buffer.from(packed.bytes).toString("hex");
  (packed as { close?: () => void }).close?.();
  return digits;
}

async function read(question: Question, { threads, range }: Way): Promise<Ours> {
  const { call } = question;
  empty = false;
  // No load is under way, so nothing reads the environment meanwhile.
  if (range !== undefined) process.env.SHARRAY_RANGE_BYTES = String(range);
  try {
    const options: Record<string, unknown> = { ...call.options, dtype: dtypeArgument(call), threads };
    if ("converters" in options) options.converters = convertersArgument(call.options.converters!);
    const result = await (loadtxt as unknown as AnyLoadtxt)(sourceOf(question), options);
    const several = Array.isArray(result);
    const arrays = (several ? result : [result]).map((array) => ({
      shape: [...array.shape],
      descr: array.dtype.descr,
      bytes: bytesOf(array),
    }));
    for (const array of several ? result : [result]) (array as { close?: () => void }).close?.();
    return { arrays, several, empty };
  } catch (error) {
    return refusal(error);
  } finally {
    delete process.env.SHARRAY_RANGE_BYTES;
  }
}

async function answer(question: Question): Promise<OurAnswer> {
  const [first, ...ways] = question.ways;
  const outcome = await read(question, first);
  const others: OurAnswer["others"] = [];
  for (const way of ways) {
    const other = await read(question, way);
    if (JSON.stringify(other) !== JSON.stringify(outcome)) others.push({ way, outcome: other });
  }
  return { outcome, others };
}

for await (const line of createInterface({ input: process.stdin })) {
  process.stdout.write(jsonLine(await answer(JSON.parse(line) as Question)));
}
