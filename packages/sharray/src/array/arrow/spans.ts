import { dataViewOf, lengthsOf, type Spans } from "../bulk/texts.ts";
import { type Chunk, TYPE } from "./source.ts";

const BINARY: readonly number[] = [TYPE.Binary, TYPE.LargeBinary, TYPE.BinaryView];
const VIEWS: readonly number[] = [TYPE.BinaryView, TYPE.Utf8View];

/** Whether a type is of bytes without an encoding. */
export function isBinary(typeId: number): boolean {
  return BINARY.includes(typeId);
}

/** Whether a type is of texts or bytes of any length. */
export function isVariable(typeId: number): boolean {
  return isBinary(typeId) || typeId === TYPE.Utf8 || typeId === TYPE.LargeUtf8 || typeId === TYPE.Utf8View;
}

/** The texts of a chunk; null ones may have any length. */
export function spansOf({ type, values, valueOffsets, variadicBuffers = [] }: Chunk): Spans {
  const bytes = dataViewOf(values ?? new Uint8Array(0));
  if (VIEWS.includes(type.typeId)) return { width: 0, buffers: [bytes, ...variadicBuffers.map(dataViewOf)] };
  // An empty column may come without its one offset.
  const offsets = valueOffsets ?? new Int32Array(0);
  return { width: offsets instanceof BigInt64Array ? 8 : 4, buffers: [bytes, dataViewOf(offsets)] };
}

/** How many characters the longest text has, in bytes the longest and shortest, and whether all characters fit one byte. */
export interface Measure {
  longest: number;
  shortest: number;
  latin1: boolean;
}

/** Takes the texts of a chunk into a measure; null ones do not count. */
export function measure(spans: Spans, count: number, nulls: Uint8Array | null, binary: boolean, into: Measure): void {
  const { longest, shortest, latin1 } = lengthsOf(spans, count, nulls, binary);
  into.longest = Math.max(into.longest, longest);
  into.shortest = Math.min(into.shortest, shortest);
  into.latin1 &&= latin1;
}
