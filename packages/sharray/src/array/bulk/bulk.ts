import { addon } from "../../native/addon.ts";
import { call, callAsync } from "../../native/call.ts";
import type { NativeBlock } from "../../native/memory.ts";
import type { Storage } from "../storage.ts";
import type { Lane, Line, Op } from "./lanes.ts";

/** From where on Rust is asked: below, the call costs more than the loop in JavaScript (`npm run bench -- bulk`). */
export const crossover: { elements: number; bytes: number } = { elements: 128, bytes: 32768 };

/** What native code works on: a block, or a buffer of JavaScript's own; `offset` is where the storage begins in it. */
export interface Memory {
  readonly block: NativeBlock | null;
  readonly buffer: DataView | null;
  readonly offset: number;
}

/** The memory under a storage. Throws CLOSED. */
export function memoryOf(storage: Storage): Memory {
  storage.check();
  const { place } = storage;
  if (place !== null) return { block: place.block.native, buffer: null, offset: place.offset };
  return { block: null, buffer: storage.window(0, 0).view, offset: 0 };
}

/** An attachment of an operation's own, which goes on when the program closes the array. `release` ends it. */
export interface Held {
  readonly block: NativeBlock;
  readonly offset: number;
  release(): void;
}

/** Holds the block under a storage; null for memory that JavaScript can take away at any time. Throws CLOSED. */
export function hold(storage: Storage): Held | null {
  const { block, offset } = memoryOf(storage);
  if (block === null) return null;
  const own = call(() => block.share());
  return { block: own, offset, release: () => own.close() };
}

/** Lanes of all elements of a shape. With `overlapping`, the source is copied before anything is stored. */
export interface Transfer {
  readonly shape: readonly number[];
  readonly lanes: readonly Lane[];
  readonly overlapping: boolean;
}

function opNumbers(op: Op): readonly number[] {
  if (op.is === "copy") return [0, op.size, op.unit];
  return op.is === "convert" ? [1, op.source, op.target, op.count] : [2, op.size];
}

/** The numbers that crates/node/src/array.rs reads: what follows what, and the places in the whole memory. */
function specOf({ shape, lanes, overlapping }: Transfer, target: number, source: number): Float64Array {
  const numbers: number[] = [overlapping ? 1 : 0, 0, shape.length, lanes.length, ...shape];
  for (const { to, from, op } of lanes) {
    numbers.push(...opNumbers(op), target + to.offset, ...to.strides, source + from.offset, ...from.strides);
  }
  return Float64Array.from(numbers);
}

/** Moves elements in Rust, on as many threads as they are worth, while the caller waits. */
export function transfer(target: Storage, source: Storage, what: Transfer): void {
  const [to, from] = [memoryOf(target), memoryOf(source)];
  const spec = specOf(what, to.offset, from.offset);
  call(() => addon.bulkTransfer(to.block, to.buffer, from.block, from.buffer, spec));
}

/** The number of the first element, in C order, whose value does not fit; -1 when all do. */
export function misfit(source: Storage, what: Transfer): number {
  const { block, buffer, offset } = memoryOf(source);
  return call(() => addon.bulkMisfit(block, buffer, specOf(what, 0, offset)));
}

/** Moves elements to a block off the event loop: from another, or from bytes that are copied at once. */
export async function transferAsync(to: Held, from: Held | Uint8Array, what: Transfer): Promise<void> {
  if (from instanceof Uint8Array) {
    await callAsync(() => addon.bulkTransferAsync(to.block, null, from, specOf(what, to.offset, 0)));
  } else {
    await callAsync(() => addon.bulkTransferAsync(to.block, from.block, null, specOf(what, to.offset, from.offset)));
  }
}

/** `misfit` off the event loop. */
export async function misfitAsync(from: Held, what: Transfer): Promise<number> {
  return await callAsync(() => addon.bulkMisfitAsync(from.block, specOf(what, 0, from.offset)));
}

/** Moves elements from a block to a new buffer of `length` > 0 bytes, off the event loop. */
export async function gatherAsync(length: number, from: Held, what: Transfer): Promise<ArrayBuffer> {
  return await callAsync(() => addon.bulkGatherAsync(length, from.block, specOf(what, 0, from.offset)));
}

/** Numbers of one kind (a code of `numberCode`) that a reduction goes through. */
export interface Numbers extends Line {
  readonly storage: Storage;
  readonly shape: readonly number[];
  readonly code: number;
}

function numbersSpec({ shape, code, offset, strides }: Numbers, start: number): Float64Array {
  return Float64Array.from([0, code, shape.length, ...shape, start + offset, ...strides]);
}

/** Floats as they are, integers as bigints. */
function listOf(found: { floats?: number[]; integers?: string[] }): (number | bigint)[] {
  return found.floats ?? found.integers?.map(BigInt) ?? [];
}

/** The least and the greatest number; an empty list when there is none. */
export function extremes(numbers: Numbers): (number | bigint)[] {
  const { block, buffer, offset } = memoryOf(numbers.storage);
  return listOf(call(() => addon.bulkExtremes(block, buffer, numbersSpec(numbers, offset))));
}

/** The sum of all numbers: exact for integers. */
export function total(numbers: Numbers): number | bigint {
  const { block, buffer, offset } = memoryOf(numbers.storage);
  return listOf(call(() => addon.bulkSum(block, buffer, numbersSpec(numbers, offset))))[0]!;
}

/** How many numbers lie between neighbouring edges. */
export function countBetween(numbers: Numbers, edges: Float64Array): Float64Array {
  const { block, buffer, offset } = memoryOf(numbers.storage);
  return call(() => addon.bulkHistogram(block, buffer, numbersSpec(numbers, offset), edges));
}

/** One part of every element of two arrays; `pair` is how crates/node/src/array_reduce.rs reads it. */
export interface Comparison {
  readonly left: Line;
  readonly right: Line;
  readonly pair: readonly number[];
}

/** Whether all parts of all elements of two arrays of one shape are equal. */
export function alike(left: Storage, right: Storage, shape: readonly number[], parts: readonly Comparison[]): boolean {
  const [one, other] = [memoryOf(left), memoryOf(right)];
  const numbers: number[] = [0, shape.length, parts.length, ...shape];
  for (const { left: a, right: b, pair } of parts) {
    numbers.push(...pair, one.offset + a.offset, ...a.strides, other.offset + b.offset, ...b.strides);
  }
  const spec = Float64Array.from(numbers);
  return call(() => addon.bulkEqual(one.block, one.buffer, other.block, other.buffer, spec));
}
