import type { NpyFile } from "../array/npy/file.ts";
import type { NamedBlock } from "../memory/names.ts";
import { ageCell, describe, holdersCell } from "./blocks.ts";
import { dtypeText, printable, shapeText, size } from "./format.ts";
import { jsonText } from "./json.ts";
import { print } from "./streams.ts";

/** Lines of a name and a value, the values below each other. */
function lines(pairs: readonly (readonly [string, string])[]): string {
  const width = Math.max(...pairs.map(([name]) => name.length));
  return pairs.map(([name, value]) => `${name.padEnd(width)}  ${value}\n`).join("");
}

/** `sharray info` of a .npy file. */
export async function infoNpy(file: NpyFile, flags: { json?: boolean }): Promise<void> {
  const { path, size: bytes } = file;
  const { dtype, shape, fortranOrder, length, columns } = file.header;
  const order = fortranOrder ? "F" : "C";
  const layout = columns === null ? {} : { layout: "columns" };
  if (flags.json) {
    await print(`${jsonText({ path, size: bytes, dtype: dtype.descr, shape, order, offset: length, ...layout })}\n`);
    return;
  }
  await print(
    lines([
      ["file", printable(path)],
      ["size", size(bytes)],
      ["dtype", printable(dtypeText(dtype.descr))],
      ["shape", shapeText(shape)],
      ["order", order],
      ...Object.entries(layout),
    ]),
  );
}

/** `sharray info` of a named block. */
export async function infoBlock(block: NamedBlock, flags: { json?: boolean }): Promise<void> {
  const info = describe(block);
  if (flags.json) {
    await print(`${jsonText(info)}\n`);
    return;
  }
  await print(
    lines([
      ["name", info.name],
      ["size", size(info.size)],
      ["dtype", info.dtype === null ? "none: raw bytes, or not readable" : printable(dtypeText(info.dtype))],
      ["shape", info.shape === null ? "-" : shapeText(info.shape)],
      ...(info.layout === undefined ? [] : [["layout", info.layout] as const]),
      ["age", ageCell(info)],
      ["mode", `${info.mode.toString(8).padStart(4, "0")}, uid ${info.uid}`],
      ["persist", info.persist ? "yes" : "no"],
      ["holders", holdersCell(info)],
    ]),
  );
}
