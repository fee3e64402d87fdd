const KINDS = ["<f4", "<i4", "<i8", "S10", "?", "U4", "M8[ms]", "c8"];

/** The source of a record of fifty fields, `<name>0` to `<name>49`: scalars, and a sub-array and a nested record of every ten. */
function wideRecord(name: string): string {
  const fields = Array.from({ length: 50 }, (_, i) => {
    if (i % 10 === 8) return `["${name}${i}", "<f4", [3]]`;
    if (i % 10 === 9) return `["${name}${i}", [["x", "<f4"], ["y", "<i8"]]]`;
    return `["${name}${i}", "${KINDS[i % 10]}"]`;
  });
  return `const ${name} = [\n  ${fields.join(",\n  ")},\n] as const;\n`;
}

/** What a program does with arrays of such a record. */
function use(name: string): string {
  return `
export function use_${name}(): void {
  using made = SharedArray.create({ shape: [5], dtype: ${name} });
  const first = made.get(0);
  made.set(1, first);
  made.set(1, { ...first, ${name}0: 5, ${name}2: 7 });
  const numbers: number[] = [first.${name}0, first.${name}1, made.field("${name}1").get(0)];
  made.field("${name}9").field("x").set(0, numbers[0]!);
  using copied = SharedArray.from([first, made.get(1)], { dtype: ${name} });
  using attached = SharedArray.attach(copied.handle());
  for (const row of attached) numbers.push(row.${name}1);
  attached.assign(made).assign([first]);
  attached.fill(first);
  const any: NDArray = attached;
  numbers.push(any.size, made.slice([0, 2]).at(0).get().${name}1);
}
`;
}

const HEAD = 'import { dtypeOf, loadtxt, NDArray, SharedArray, type ElementOf } from "sharray";\n';
const TAIL = "export const taken: unknown[] = [dtypeOf, loadtxt, NDArray, SharedArray, 0 as ElementOf<'<i4'>];\n";

/** A program over several records of fifty fields, and one record that holds them all. */
export function wideProgram(records: number): string {
  const names = Array.from({ length: records }, (_, i) => `r${String.fromCharCode(97 + i)}_`);
  const [one] = names;
  const outer = `
const outer = [["id", "<i8"], ${names.map((name) => `["${name}", ${name}]`).join(", ")}] as const;
export async function nested(): Promise<number> {
  using all = SharedArray.create({ shape: 2, dtype: outer });
  const element: ElementOf<typeof outer> = all.get(0);
  all.set(0, element);
  using table = await loadtxt("x", { dtype: outer });
  return element.${one}.${one}1 + all.field("${one}").field("${one}1").get(0) + table.get(0).${one}.${one}9.x;
}
`;
  return `${HEAD}${names.map((name) => wideRecord(name) + use(name)).join("")}${records > 0 ? outer : ""}${TAIL}`;
}

/** A program with one line after the record of fifty fields and an array of it. */
export function faultyProgram(line: string): string {
  return `${HEAD}${wideRecord("f")}export const a = SharedArray.create({ shape: 5, dtype: f });\n${line}\n${TAIL}`;
}

/** What a library that builds on sharray may export without saying its types. */
export const declaringProgram: string = `
import { dtypeOf, loadtxt, Pool, Process, Queue, SharedArray, SharedMemory, task, type DTypeLike, type NDArray } from "sharray";
import { File } from "sharray/hdf5";

const dtype = [["chr", "S10"], ["pos", "<i4"], ["xyz", "<f4", [3]], ["in", [["a", "<i8"]]]] as const;
const array = SharedArray.create({ shape: 1, dtype });
export const first = array.get(0);
export const inner = array.field("in").field("a");
export const lists = array.toArray();
export const unknown = (array: NDArray) => ({
  data: array.data,
  element: array.get(0),
  lists: array.toArray(),
  field: array.field("a"),
});
export const generic = <D extends DTypeLike>(array: NDArray<D>) => ({
  data: array.data,
  element: array.get(0),
  lists: array.toArray(),
  numbers: array.toArray({ bigint: "number" }),
  field: array.field,
  set: array.set,
  assign: array.assign,
  handle: array.handle(),
  dtype: array.dtype,
});
export const made = dtypeOf([["a", "i4"]]);
export const { descr, fields } = array.dtype;
export const data = array.field("pos").data;
export const ways = { create: SharedArray.create, from: SharedArray.from, attach: SharedArray.attach };
export const names = SharedMemory.list();
export const memory = SharedMemory.create(1).handle();
export const load = task(import.meta.url, "load", (path: string) => loadtxt(path, { dtype }));
export const pooled = () => new Pool(1).imapUnordered(load, ["x"]);
export const process = new Process(load, "x").result;
export const item = new Queue<number>().get();
export const stored = async () => {
  const file = await File.open("x");
  const dataset = await file.createDataset("d", array);
  return { file, dataset, entry: file.get("x"), attrs: file.attrs, read: await dataset.read({ fields: ["pos"] }) };
};
`;
