import fc from "fast-check";
import type { DTypeLike } from "sharray";

type Entry = [string, DTypeLike, number[]?];
type List = Entry[];

/** Another unit, order, size or kind that is as large or nearly so. */
function otherScalar(text: string, choice: number): string {
  const swapped = text.startsWith(">") ? text.replace(">", "<") : `>${text.replace(/^[<=|]/, "")}`;
  const unit = text.replace(/\[.*$/, "");
  const others = [swapped, text, text.replace(/^[<>=|]/, ""), "<u4", "<f4", "|V4", "|S4", "<U1", "|i1", "?", "u1"];
  if (/[Mm]8/.test(text)) others.push(unit, `${unit}[s]`, `${unit}[ms]`, `${unit}[25s]`, text.replace(/[Mm]8/, "i8"));
  return others[choice % others.length]!;
}

function changed(list: List, at: number, choice: number): List {
  const entry = list[at]!;
  const [name, dtype, shape] = entry;
  const put = (...entries: Entry[]): List => [...list.slice(0, at), ...entries, ...list.slice(at + 1)];
  const rest: [number[]?] = shape === undefined ? [] : [shape];
  switch (choice % 9) {
    case 0:
      return [...list].reverse();
    case 1:
      return name === "" ? list : put([`${name}x`, dtype, ...rest]);
    case 2:
      return put(["", "|V1"], entry);
    case 3:
      return [...list, ["", "|V2"]];
    case 4:
      return name === "" ? list : put([name, near(dtype, at, choice >> 3), ...rest] as Entry);
    case 5:
      return shape === undefined ? put([name, dtype, [1]]) : put([name, dtype]);
    case 6:
      return shape === undefined ? list : put([name, dtype, [...shape].reverse()]);
    case 7:
      return list.filter((_, i) => i !== at);
    default:
      return structuredClone(list);
  }
}

/** A description that differs from another in one place, or in none that counts. */
function near(dtype: DTypeLike, at: number, choice: number): DTypeLike {
  if (typeof dtype === "string") return otherScalar(dtype, choice);
  const list = dtype as unknown as List;
  return list.length === 0 ? dtype : (changed(list, at % list.length, choice) as unknown as DTypeLike);
}

/** Pairs of a dtype and one that is nearly, or quite, the same: another order, name, offset, unit, padding, shape. */
export function nearPairs(dtypes: fc.Arbitrary<DTypeLike>): fc.Arbitrary<[DTypeLike, DTypeLike]> {
  return fc
    .tuple(dtypes, fc.nat(50), fc.nat(1000))
    .map(([dtype, at, choice]): [DTypeLike, DTypeLike] => [dtype, near(dtype, at, choice)]);
}
