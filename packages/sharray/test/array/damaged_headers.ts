import { type DType, type DTypeLike, dtypeOf } from "sharray";
import type { Dice } from "../../../../fuzz/rounds.ts";
import { npyHeader } from "../../dist/array/npy/format.js";

const seeds: [DTypeLike, number[], boolean?][] = [
  ["<f8", [1000, 3]],
  ["<c16", [4, 5], true],
  ["|S10", []],
  [">M8[us]", [0, 4]],
  ["|b1", [5]],
  ["<U3", [2, 2]],
  [
    [
      ["chr", "S10"],
      ["pos", "<i4"],
      ["pct", "<f4"],
    ],
    [7],
  ],
  [
    [
      ["é\n'\"", "<U3"],
      ["xyz", "<f4", [3, 2]],
      ["in", [["a", "<i2"]]],
    ],
    [1, 2, 3],
  ],
  [
    [
      ["a", "<i4"],
      ["", "|V4"],
      ["b", ">f8", [2]],
    ],
    [4],
  ],
  [[["長さ", "<f4"]], [2]],
];

/** Pieces that headers are made of, what is close to them, and what Python takes elsewhere. */
const pieces: string[] = [
  ..."{}()[],:'\"\\ \t\n\r\f\v#é*\0",
  ..."\\x|\\x41|\\u00e9|\\N{DIGIT ONE}|b'|u'|r'|True|False|None|set()|...".split("|"),
  ..."-1|+1|1e9|1.0|0x10|1_0|1L|10L| L|007|True,|(1,)|()|{}|''|'''".split("|"),
  ..."'descr'|'shape'|'more': 1, |<f8|>i4|V0|<f16|float64|('<f4', (2,))|('t', 'n')|# x\n|\\\n".split("|"),
  "|O",
  "9".repeat(30),
  "(".repeat(300),
  "\u00a0",
];

/** A header with up to three faults in its text or its first bytes; its length is mostly right again. */
export function damagedHeader(dice: Dice): Buffer {
  const [dtype, shape, fortranOrder] = dice.pick(seeds);
  let bytes = Buffer.from(npyHeader(dtypeOf(dtype) as DType, shape, fortranOrder));
  const prefix = bytes[6] === 1 ? 10 : 12;
  const piece = (): Buffer => Buffer.from(dice.pick(pieces), bytes[6] === 3 ? "utf8" : "latin1");
  const replace = (from: number, to: number, by: Uint8Array): void => {
    bytes = Buffer.concat([bytes.subarray(0, from), by, bytes.subarray(to)]);
  };
  for (let n = dice.roll(3); n >= 0; n--) {
    const text = bytes.toString("latin1").trimEnd();
    const at = prefix + dice.roll(Math.max(1, text.length + 2 - prefix));
    switch (dice.roll(8)) {
      case 0:
        replace(at, at + 1, Buffer.from([32 + dice.roll(96)]));
        break;
      case 1:
        replace(at, at + 1, Buffer.from([dice.roll(256)]));
        break;
      case 2:
        replace(at, at + 1 + dice.roll(4), Buffer.alloc(0));
        break;
      case 3:
        replace(at, at, piece());
        break;
      case 4: {
        const from = prefix + dice.roll(Math.max(1, text.length - prefix));
        replace(at, at, bytes.subarray(from, from + dice.roll(40)));
        break;
      }
      case 5:
      case 6: {
        const words = [...text.slice(prefix).matchAll(/\w+|[^\w\s]/g)];
        const word = words.length === 0 ? undefined : dice.pick(words);
        if (word !== undefined) replace(prefix + word.index, prefix + word.index + word[0].length, piece());
        break;
      }
      default:
        if (dice.roll(4) === 0 && bytes.length > 12) bytes[6 + dice.roll(6)] = dice.pick([0, 1, 2, 3, 4, 255]);
        else if (dice.roll(8) === 0) bytes = bytes.subarray(0, dice.roll(bytes.length));
    }
  }
  if (bytes.length >= 12 && dice.roll(10) > 0) {
    if (bytes[6] === 1) bytes.writeUInt16LE(Math.min(bytes.length - 10, 0xffff), 8);
    else bytes.writeUInt32LE(bytes.length - 12, 8);
  }
  return bytes;
}

/** What NumPy reads of each header in `cases` (hexadecimal): shape, order, item size, bytes of the header; or why it does not. */
export const NUMPY_READS = `
import io
from numpy.lib import _format_impl as impl
for c in cases:
    f = io.BytesIO(bytes.fromhex(c))
    try:
        version = impl.read_magic(f)
        impl._check_version(version)
        shape, fortran, dtype = impl._read_array_header(f, version, max_header_size=2**31)
        # What read_array does next: no objects, and a shape that memory can have.
        if dtype.hasobject or dtype.subdtype is not None: raise ValueError("not an array of these elements")
        size = max(1, dtype.itemsize)
        for n in shape:
            if n < 0: raise ValueError("negative")
            size *= max(1, int(n))
        if size >= 2**63 or len(shape) > 64: raise ValueError("too large")
        emit(dict(shape=[int(n) for n in shape], fortran=fortran, itemsize=dtype.itemsize, length=f.tell(), names=list(dtype.names or []),
            dtype=dtype.str))
    except Exception as e:
        emit(str(e)[:200] or type(e).__name__)
`;

/** What NUMPY_READS emits: a text where NumPy refuses. */
export type NumpyReads =
  | string
  | { shape: number[]; fortran: boolean; itemsize: number; length: number; names: string[]; dtype: string };

/** What NumPy takes, never writes, and sharray refuses: by the message. */
export const DELIBERATE: readonly RegExp[] = [
  /"\\\\" is not expected|"\\\\n" is not expected/, // a line that goes on behind a backslash
  /"[bBrRuUfF+]" is not expected/, // raw texts, bytes, a sign
  /"\d" is not expected/, // hexadecimal numbers, underscores
  /"[(),:}\]]" or "[(),:}\]]" is expected|":" is expected|a key is not a text/, // a backslash, a set, `1 L`
  /looked up by their names|three quotes/,
  /'shape' is not a tuple of sizes|shape of field .* is not a tuple of sizes/, // True and False, which Python counts as 1 and 0
  /it has no name; only a gap/,
  /is not a field|a field of 'descr' is not a tuple/, // a text of two characters: a name and a dtype
  /without a size|is not a kind of element|is left over|is not spelt with|is empty|does not exist|a kind is missing|is not a unit of time|a generic unit/, // other names of dtypes
  /more bytes than can be counted/, // 2^53 bytes and more
  /half of a surrogate pair/,
  /is too large|the most that is allowed/,
];

/** The one kind of text that Python refuses and sharray takes: blanks behind a line break behind the dict. */
export const TAKEN: RegExp = /\}[ \t\f]*[\r\n][\s#]*$/;
