// The dtypes of the generated calls, each with what its columns are.
import type { DTypeLike, FieldLike } from "sharray";
import type { Dice } from "../../../../../fuzz/rounds.ts";
import { chance, weighted } from "./case.ts";

export interface MadeDType {
  dtype: DTypeLike;
  align: boolean;
  record: boolean;
  /** The scalar dtype of each column; of a plain dtype the one that all columns have. */
  columns: string[];
}

const INTEGERS = ["i1", "u1", "i2", "u2", "i4", "u4", "i8", "u8"];
const UNITS = ["Y", "M", "W", "D", "h", "m", "s", "ms", "us", "ns", "ps", "fs", "as", "25s", "7D", "10us"];

/** A description without a length or unit is one that the data decide. */
export const OPEN: readonly string[] = ["S", "U", "M8", "m8"];

function scalar(dice: Dice): string {
  const order = weighted(dice, [
    [8, ""],
    [2, "<"],
    [3, ">"],
  ]);
  const kind = weighted(dice, [
    [34, "integer"],
    [24, "float"],
    [16, "S"],
    [13, "U"],
    [4, "bool"],
    [3, "f2"],
    [5, "complex"],
    [5, "M8"],
    [3, "m8"],
  ]);
  if (kind === "integer") return order + dice.pick(INTEGERS);
  if (kind === "float") return order + dice.pick(["f8", "f8", "f4"]);
  if (kind === "f2") return `${order}f2`;
  if (kind === "S") return `S${dice.pick([1, 2, 3, 4, 7, 8, 12, 30])}`;
  if (kind === "U") return `${order}U${dice.pick([1, 2, 3, 4, 7, 12])}`;
  if (kind === "bool") return dice.pick(["?", "b1"]);
  if (kind === "complex") return order + dice.pick(["c8", "c16"]);
  return `${order}${kind}[${dice.pick(UNITS)}]`;
}

function shapeOf(dice: Dice): number[] {
  return weighted(dice, [
    [4, [2]],
    [3, [3]],
    [2, [1]],
    [2, [2, 2]],
    [1, [1, 3]],
    [1, [2, 1, 2]],
    [1, [0]],
  ]);
}

function record(dice: Dice, depth: number): { fields: FieldLike[]; columns: string[] } {
  const fields: FieldLike[] = [];
  const columns: string[] = [];
  for (let index = 0, count = 1 + dice.roll(depth === 0 ? 5 : 3); index < count; index++) {
    const name = dice.pick(["f", "x", "pos", "é", "a b"]) + index;
    const inner = depth < 2 && chance(dice, 7) ? record(dice, depth + 1) : null;
    const plain = inner === null ? scalar(dice) : "";
    const described: DTypeLike = inner?.fields ?? plain;
    const shape = chance(dice, 7) ? shapeOf(dice) : null;
    fields.push(shape === null ? [name, described] : [name, described, shape]);
    for (let n = shape?.reduce((product, length) => product * length, 1) ?? 1; n > 0; n--)
      columns.push(...(inner?.columns ?? [plain]));
    if (chance(dice, 2)) fields.push(["", `V${1 + dice.roll(8)}`]);
  }
  return { fields, columns };
}

/** A dtype; `open` ones are plain, as NumPy sizes no field by the data. */
export function makeDType(dice: Dice): MadeDType {
  if (chance(dice, 50)) {
    const open = chance(dice, 6) ? dice.pick(OPEN) : null;
    const plain = open ?? (chance(dice, 1) ? "V4" : scalar(dice));
    return { dtype: plain, align: false, record: false, columns: [plain] };
  }
  if (chance(dice, 1)) return { dtype: [], align: false, record: true, columns: [] };
  const { fields, columns } = record(dice, 0);
  // Gaps within records too: NumPy takes them for fields when it aligns.
  const padded = JSON.stringify(fields).includes('["",');
  return { dtype: fields, align: !padded && chance(dice, 15), record: true, columns };
}
