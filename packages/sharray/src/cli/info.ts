import { entriesOf } from "../hdf5/file.ts";
import { type Dataset, File, type Group } from "../hdf5/index.ts";
import { dtypeText, printable, shapeText, table } from "./format.ts";
import { jsonText } from "./json.ts";
import { print } from "./streams.ts";
import { subject } from "./subject.ts";

type Attributes = Record<string, unknown>;

/** One dataset as `info --json` shows it; `attrs` is there only where there are some. */
interface DatasetInfo {
  path: string;
  /** null where it holds nothing at all. */
  shape: number[] | null;
  /** null for types that NumPy has no dtype for, or that this version cannot read. */
  dtype: unknown;
  layout: string;
  compression: string | null;
  attrs?: Attributes;
}

/** What an object is called beside its attributes, and the dataset's type in words where there is no dtype. */
interface Listing {
  datasets: DatasetInfo[];
  words: Map<string, string>;
  groups: Map<string, Attributes>;
}

async function attributesOf({ attrs }: Group | Dataset): Promise<Attributes> {
  const entries: [string, unknown][] = [];
  for (const name of await attrs.keys()) entries.push([name, await attrs.get(name)]);
  return Object.fromEntries(entries);
}

async function list(file: File): Promise<Listing> {
  const listing: Listing = { datasets: [], words: new Map(), groups: new Map() };
  for (const entry of entriesOf(file)) {
    if (entry.kind === "other") continue;
    const object = file.get(entry.path);
    const attrs = await attributesOf(object);
    if (entry.kind === "group") {
      listing.groups.set(entry.path, attrs);
      continue;
    }
    const { shape, layout, compression, unsupported } = entry.info;
    const dtype = unsupported === null ? (object as Dataset).dtype.descr : null;
    listing.words.set(entry.path, unsupported?.split(";")[0] ?? dtypeText(dtype));
    listing.datasets.push({
      path: entry.path,
      shape,
      dtype,
      layout,
      compression,
      ...(Object.keys(attrs).length > 0 && { attrs }),
    });
  }
  return listing;
}

function attributeLines(where: string, attrs: Attributes = {}): string {
  return Object.entries(attrs)
    .map(([name, value]) => `${printable(where)}  ${printable(name)} = ${printable(jsonText(value))}\n`)
    .join("");
}

function text({ datasets, words, groups }: Listing): string {
  const rows = datasets.map((one) => [
    printable(one.path),
    one.shape === null ? "empty" : shapeText(one.shape),
    printable(words.get(one.path)!),
    one.layout,
    one.compression ?? "none",
  ]);
  const attributes = [
    ...[...groups].map(([path, attrs]) => attributeLines(path, attrs)),
    ...datasets.map((one) => attributeLines(one.path, one.attrs)),
  ].join("");
  return (
    table(["dataset", "shape", "dtype", "layout", "compression"], rows) +
    (attributes === "" ? "" : `\nattributes\n${attributes}`)
  );
}

/** `sharray info`. */
export async function infoCommand(path: string, flags: { json?: boolean }): Promise<void> {
  const found = await subject(path);
  if (found.kind === "hdf5") return infoHdf5(path, flags);
  const { infoBlock, infoNpy } = await import("./info_array.ts");
  using file = found.file;
  await (found.kind === "block" ? infoBlock(found.block, flags) : infoNpy(file!, flags));
}

async function infoHdf5(path: string, flags: { json?: boolean }): Promise<void> {
  await using file = await File.open(path, "r");
  const listing = await list(file);
  await print(
    flags.json ? `${jsonText({ datasets: listing.datasets, attrs: listing.groups.get("/") ?? {} })}\n` : text(listing),
  );
}
