import { list } from "../memory/names.ts";
import { ageCell, type BlockInfo, describe, dtypeCell, holdersCell, holdersShow, shapeCell } from "./blocks.ts";
import { size, table } from "./format.ts";
import { jsonText } from "./json.ts";
import { print } from "./streams.ts";

function text(blocks: BlockInfo[]): string {
  if (blocks.length === 0) return "there are no named blocks\n";
  const rows = blocks.map((block) => [
    block.name,
    size(block.size),
    dtypeCell(block),
    shapeCell(block),
    ageCell(block),
    holdersCell(block),
  ]);
  const dead = holdersShow() ? blocks.filter(({ held, persist }) => !held && !persist).length : 0;
  const note =
    dead === 0
      ? ""
      : `\n${dead} of ${blocks.length} ${dead === 1 ? "is" : "are"} dead: no process here holds ${dead === 1 ? "it" : "them"}; sharray gc removes what nobody holds\n`;
  return table(["name", "size", "dtype", "shape", "age", "holders"], rows, new Set([1])) + note;
}

/** `sharray ls`. Looking removes nothing. */
export async function lsCommand(flags: { json?: boolean }): Promise<void> {
  const now = Date.now();
  const blocks = list().map((block) => describe(block, now));
  await print(flags.json ? `${jsonText({ blocks })}\n` : text(blocks));
}
