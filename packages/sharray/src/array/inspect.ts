import { type InspectOptionsStylized, inspect } from "node:util";
import { SharrayError } from "../errors.ts";
import { fieldView } from "./columns.ts";
import { type Corner, cornersOf, isCut, shownOf } from "./corners.ts";
import { type Cell, cellsOf, type Style, weightOf } from "./element/cell.ts";
import { sizeOf } from "./geometry.ts";
import type { View } from "./view.ts";

/** Fields shown of a record, of one within it, and so on; deeper ones are not shown. */
const MOST_FIELDS = [12, 4, 2];
/** Elements shown of a sub-array before only its corners are, and then at most. */
const SUBARRAY = 16;
const SUBARRAY_CORNERS = 12;
const LONGEST_NAME = 40;
const LONGEST_DTYPE = 400;
/** NumPy's linewidth. */
const LINE = 75;
const INDENT = "  ";

const plain: Style = (text) => text;

/** The first fields of records as views of their own: of a record in columns the parts lie apart. */
function membersOf(view: View, most: number): { name: string; view: View }[] {
  const members = [...view.dtype.fields!].slice(0, most);
  return members.map(([name, field], index) => ({ name, view: fieldView(view, index, field) }));
}

/** What one element counts of the thousand that are shown. */
function weight(view: View, level: number): number {
  if (view.dtype.fields === null) return weightOf(view.dtype);
  let sum = 1;
  for (const { view: member } of membersOf(view, MOST_FIELDS[level] ?? 0)) {
    const items = sizeOf(member.shape.slice(view.shape.length));
    sum += Math.min(items, SUBARRAY) * weight(member, level + 1);
  }
  return sum;
}

function spellName(name: string): string {
  if (/^[A-Za-z_$][\w$]*$/.test(name) && name.length <= LONGEST_NAME) return name;
  return name.length > LONGEST_NAME ? `${inspect(name.slice(0, LONGEST_NAME))}...` : inspect(name);
}

function pad({ text, width, side }: Cell, to: number, after = ""): string {
  const blanks = " ".repeat(to - width);
  return side === "right" ? blanks + text + after : text + after + blanks;
}

function widest(cells: readonly Cell[]): number {
  return cells.reduce((width, cell) => Math.max(width, cell.width), 0);
}

/** One level more of indices: each path is followed by each of the indices that are shown. */
function along(paths: readonly number[][], corner: Corner): number[][] {
  const shown = shownOf(corner);
  return paths.flatMap((path) => shown.map((i) => [...path, i]));
}

/** Records, whose members stand below each other. */
function recordCells(view: View, paths: readonly number[][], style: Style, level: number): Cell[] {
  const { size } = view.dtype.fields!;
  const most = MOST_FIELDS[level] ?? 0;
  const parts = membersOf(view, most).map(({ name, view: member }) => {
    const cells = cellsAt(member, paths, style, level + 1);
    return { name: spellName(name), cells, width: widest(cells) };
  });
  const rest = size > most ? `... ${size - most} more fields` : "";
  return paths.map((_, i) => {
    let [text, width] = ["", 0];
    for (const [k, { name, cells, width: column }] of parts.entries()) {
      const last = k === parts.length - 1 && rest === "";
      text += `${name}: ${pad(cells[i]!, column, last ? "" : ",")} `;
      width += name.length + column + (last ? 3 : 4);
    }
    const none = size === 0 ? "{}" : `{ ${text}${rest}${rest === "" ? "" : " "}}`;
    return { text: none, width: size === 0 ? 2 : 3 + width + (rest === "" ? 0 : rest.length + 1), side: "left" };
  });
}

function listOf(items: Cell[], corner: Corner): Cell {
  if (isCut(corner)) items.splice(corner.head, 0, { text: "...", width: 3, side: "left" });
  const text = `[${items.map((cell) => cell.text).join(", ")}]`;
  const width = items.reduce((sum, cell) => sum + cell.width + 2, 0);
  return { text, width: Math.max(2, width), side: "left" };
}

/** Sub-arrays on one line each. */
function listCells(view: View, paths: readonly number[][], style: Style, level: number): Cell[] {
  const depth = paths[0]?.length ?? 0;
  const corners = cornersOf(view.shape.slice(depth), weight(view, level), SUBARRAY, SUBARRAY_CORNERS);
  let cells = cellsAt(view, corners.reduce(along, paths as number[][]), style, level);
  const width = widest(cells);
  cells = cells.map((cell) => ({ ...cell, text: pad(cell, width), width }));
  for (let axis = corners.length - 1; axis >= 0; axis--) {
    const corner = corners[axis]!;
    const items = corner.head + corner.tail;
    const lists = corners.slice(0, axis).reduce((count, { head, tail }) => count * (head + tail), paths.length);
    const inner = cells;
    cells = Array.from({ length: lists }, (_, i) => listOf(inner.slice(i * items, (i + 1) * items), corner));
  }
  return cells;
}

/** What stands at indices of a view; where they are fewer than its axes, the sub-array there. */
function cellsAt(view: View, paths: readonly number[][], style: Style, level: number): Cell[] {
  if (paths.length === 0) return [];
  if (view.shape.length > paths[0]!.length) return listCells(view, paths, style, level);
  if (view.dtype.fields !== null) return recordCells(view, paths, style, level);
  const places = paths.map((path) => path.reduce((at, i, axis) => at + i * view.strides[axis]!, view.offset));
  return cellsOf(view, places, style);
}

/** Items of the innermost axis, in as many lines as they need. */
function row(cells: readonly Cell[], corner: Corner, indent: string, most: number, width: number): string {
  const lines: string[] = [];
  let line = "";
  let length = 0;
  const put = (text: string, size: number): void => {
    if (length > 0 && indent.length + length + size > most) {
      lines.push(line.trimEnd());
      [line, length] = ["", 0];
    }
    line += text;
    length += size;
  };
  for (const [i, cell] of cells.entries()) {
    if (isCut(corner) && i === corner.head) put("..., ", 3);
    if (isCut(corner) && i === corner.head) length += 2;
    put(pad(cell, Math.max(width, cell.width)), Math.max(width, cell.width));
    const last = i === cells.length - 1 && !(isCut(corner) && corner.tail === 0);
    if (!last) {
      line += ", ";
      length += 2;
    }
  }
  if (isCut(corner) && corner.tail === 0) put("...", 3);
  return `[${[...lines, line].join(`\n${indent}`)}]`;
}

interface Layout {
  /** Rows below each other, with a blank line between blocks, or all on one line. */
  readonly lines: boolean;
  /** The width of every cell, 0 where each keeps its own. */
  readonly width: number;
  /** Records stand on lines of their own. */
  readonly records: boolean;
}

function rows(
  cells: readonly Cell[],
  corners: readonly Corner[],
  layout: Layout,
  indent: string,
  most: number,
): string {
  const [corner, ...inner] = corners;
  if (corner === undefined) return cells[0]!.text;
  if (inner.length === 0 && !(layout.records && layout.lines)) {
    return row(cells, corner, indent, layout.lines ? most - 1 : Infinity, layout.width);
  }
  const step = cells.length / (corner.head + corner.tail);
  const items = Array.from({ length: corner.head + corner.tail }, (_, i) =>
    rows(cells.slice(i * step, (i + 1) * step), inner, layout, `${indent} `, most - 1),
  );
  if (isCut(corner)) items.splice(corner.head, 0, "...");
  const gap = layout.lines ? `,${"\n".repeat(Math.min(Math.max(1, inner.length), 2))}${indent}` : ", ";
  return `[${items.join(gap)}]`;
}

function body(view: View, style: Style, lines: boolean): string {
  const corners = cornersOf(view.shape, weight(view, 0));
  const cells = cellsAt(view, corners.reduce(along, [[]]), style, 0);
  const records = view.dtype.fields !== null;
  const width = widest(cells);
  const inOneLine = cells.reduce((sum, cell) => sum + cell.width + 2, 8) <= LINE;
  // Texts keep their width, as in NumPy; and one row of numbers that fits into a line needs no columns.
  const apart = records || cells[0]!.side === "left" || !lines || (corners.length < 2 && inOneLine);
  return rows(cells, corners, { lines, width: apart ? 0 : width, records }, `${INDENT} `, LINE);
}

/**
 * How an array looks in `console.log`: its name, shape and dtype, and its elements as NumPy's repr shows them: all up to a
 * thousand, of more the three at each end of each axis. Only what is shown is read. Never throws.
 */
export function draw(name: string, view: View, depth = 0, options: Partial<InspectOptionsStylized> = {}): string {
  const style = options.stylize ?? plain;
  if (depth < 0) return style(`[${name}]`, "special");
  const dtype = JSON.stringify(view.dtype.descr);
  const shape = `[${view.shape.join(", ")}]`;
  const spelt = dtype.length > LONGEST_DTYPE ? `${dtype.slice(0, LONGEST_DTYPE - 3)}...` : dtype;
  const head = `${name}(shape ${shape}, dtype ${spelt}${view.columns === null ? "" : ", columns"}`;
  if (view.storage.closed) return `${head}, closed)`;
  if (sizeOf(view.shape) === 0) return `${head}, empty)`;
  const lines = options.compact === false || options.breakLength !== Infinity;
  try {
    return `${head},${lines ? `\n${INDENT}` : " "}${body(view, style, lines)})`;
  } catch (error) {
    // The block may be closed, or its file be gone, just now: what is printed for a message must not throw another.
    if (!(error instanceof SharrayError)) throw error;
    return `${head}, unreadable: ${error.code})`;
  }
}
