import { Block } from "../memory/block.ts";
import { addon } from "../native/addon.ts";
import { callAsync } from "../native/call.ts";
import type { NativePlan } from "../native/load.ts";
import { type Packing, SMALL } from "./source.ts";
import type { Spool } from "./spool.ts";
import { type Spec, spelledSpec } from "./table.ts";

/** A table that a load makes. */
export interface Table {
  firstRange: number;
  ranges: number;
  /** Items in a row: 1 for records, else the number of columns (0 where no row told it). */
  columns: number;
  rowSize: number;
  /** More rows are impossible. */
  bound: number;
}

/** No block is larger, whatever a bound says: offsets stay exact numbers. */
const LARGEST = 2 ** 52;

/** Bytes that the rows of a table can take at most. */
export function mostBytes(table: Table): number {
  return Math.min(LARGEST, table.bound * table.rowSize);
}

/** Where an input comes from: a file, or a spool. */
export interface Input {
  /** For messages. */
  label: string;
  /** The file, where every process finds it; null: it comes but once, by `spool`. */
  path: string | null;
  spool: Spool | null;
  /** Bytes of the file as it was found. */
  size: number;
  /** Bytes to pass over first: a byte-order mark. */
  skip: number;
  /** The byte of the file at which a stream begins. */
  from: number;
  /** How the text lies in the file, and the encoding of a stream. */
  packing: Packing;
  encoding: string | null;
  /** Whether its first line names the columns; null: as the options say. */
  header: boolean | null;
  /** Whether all of what comes but once, and is kept, is read to know how long its text is. */
  whole: boolean;
}

/** A file that is read in place, of so many bytes. */
export function fileInput(path: string, size: number): Input {
  const how = { skip: 0, from: 0, packing: "none", encoding: null, header: null, whole: false } as const;
  return { label: path, path, spool: null, size, ...how };
}

/** An input as it was found when the load was planned. */
export interface PlannedFile {
  readonly label: string;
  /** Bytes of text; of a stream about so many. */
  readonly size: number;
  readonly packing: Packing;
  readonly dest: number;
  readonly ranges: number;
  /** Bytes of its first row; 0: it has none. */
  readonly rowBytes: number;
  /** The names in its first line, where one was looked for. */
  readonly header: string[] | null;
  /** Why it is left out. */
  readonly failure: { code: string; message: string; details: Record<string, unknown> } | null;
}

/** A load whose inputs were opened, their first rows parsed, and cut into ranges. */
export interface Plan {
  /** All of it, for native code. */
  readonly native: NativePlan;
  readonly tables: readonly Table[];
  readonly files: readonly PlannedFile[];
  /** The inputs that come but once. */
  readonly spools: readonly Spool[];
  readonly ranges: number;
  readonly totalBytes: number;
}

/** Bytes of a range, set by tests that want many of them from small inputs. */
export function rangeBytes(): number | null {
  const bytes = Number(process.env.SHARRAY_RANGE_BYTES ?? "");
  return Number.isSafeInteger(bytes) && bytes > 0 ? bytes : null;
}

/**
 * Opens every input, parses its first row, and cuts all of them into ranges for so many workers.
 *
 * @throws {SharrayError} FILE_NOT_FOUND, IS_DIRECTORY, PERMISSION_DENIED, NOT_SUPPORTED (no regular file), BAD_ARGUMENT (a dialect that
 * cannot be), and what a first row can be refused for
 */
export async function planLoad(spec: Spec, inputs: readonly Input[], workers: number): Promise<Plan> {
  const spools: Spool[] = [];
  const places = inputs.map(({ spool, ...input }) => {
    if (spool === null) return input;
    spools.push(spool);
    return { ...input, spool: spools.length - 1 };
  });
  const rest = JSON.stringify({ inputs: places, workers, rangeBytes: rangeBytes() });
  const request = `{"spec":${spelledSpec(spec)},${rest.slice(1)}`;
  const natives = spools.map((spool) => spool.native);
  const here =
    inputs.reduce((sum, { size }) => sum + size, 0) <= SMALL && inputs.every(({ packing }) => packing === "none");
  const native = await callAsync(() => addon.planLoad(request, natives, here));
  const told = JSON.parse(native.told()) as Pick<Plan, "tables" | "files" | "ranges" | "totalBytes">;
  return { native, spools, ...told };
}

/** Whether a file can only be read from beginning to end. */
export function isStream({ packing, ranges }: PlannedFile): boolean {
  return packing === "stream" && ranges > 0;
}

/** Whether some of the files can. */
export function hasStreams(files: Plan["files"]): boolean {
  return files.some(isStream);
}

/** Bytes of all inputs; of those that come but once, as far as they have come. */
export function knownBytes({ totalBytes, spools }: Plan): number {
  return spools.reduce((sum, { native }) => sum + native.come(), totalBytes);
}

/** Bytes of notes for each byte of input at most: a short row that is left out, and everything about it. */
const NOTED = 512;
/** Bytes of notes of a range, and of each of its columns whose texts were cut. */
const NOTE = 256;

/** Room for what a load tells beside its rows: no page of it is taken before something is told. */
export function notesBlock(spec: Spec, { files, ranges, totalBytes }: Plan): Block {
  const texts = spec.columns.filter(({ kind }) => kind === "S" || kind === "U").length;
  const bytes = hasStreams(files) ? LARGEST : totalBytes;
  const told = spec.profile || spec.rejects !== null || spec.skipFiles ? NOTED * bytes + 16 * NOTE * ranges : 0;
  return Block.create(Math.min(2 ** 40, ranges * NOTE * (texts + 1) + told + NOTE), { reserve: false });
}
