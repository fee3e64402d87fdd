import type { Reject, Truncated } from "../array/left_out.ts";
import type { Plan } from "./plan.ts";

/** What all texts of a column are. */
export interface Seen {
  values: number;
  missing: number;
  /** Characters of the longest. */
  characters: number;
  latin1: boolean;
  int4: boolean;
  int8: boolean;
  float: boolean;
  truth: boolean;
  /** The finest unit, if all are dates: "generic" where all are NaT. */
  unit: string | null;
}

/** What the rows of one range of a file are: of its first range the first row apart. */
export interface RangeProfile {
  file: number;
  texts: string[] | null;
  first: { rows: number; columns: Seen[] } | null;
  rest: { rows: number; columns: Seen[] };
}

/** What a load has told beside its rows. */
export interface LoadNotes {
  /** For each table. */
  truncated: Truncated[][];
  /** In the order of the input; the number of the file, too. */
  rejects: (Reject & { readonly index: number })[];
  profiles: RangeProfile[];
  /** Files that were left out, by their numbers. */
  failures: Map<number, { code: string; message: string; details: Record<string, unknown> }>;
}

interface Told {
  cuts: { field: string | null; count: number; file: number; line: number }[][];
  rejects: { file: number; line: number; byte: number; column: number | null; reason: string; text: string }[];
  profiles: RangeProfile[];
  failures: [number, { code: string; message: string; details: Record<string, unknown> }][];
}

/** Reads what the addon's notes say, with the names of the files. */
export function parseNotes(text: string, plan: Plan): LoadNotes {
  const { cuts, rejects, profiles, failures } = JSON.parse(text) as Told;
  const label = (file: number): string => plan.files[file]!.label;
  return {
    truncated: cuts.map((table) =>
      table.map(({ field, count, file, line }) => ({ field, count, file: label(file), line })),
    ),
    rejects: rejects.map(({ file, line, byte, column, reason, text: row }) => ({
      index: file,
      file: label(file),
      line,
      byte,
      column,
      reason,
      text: row,
    })),
    profiles,
    failures: new Map(failures),
  };
}

/** What the one table of a load has lost. */
export function lostIn(notes: LoadNotes): { rejects: Reject[]; truncated: Truncated[] } {
  return { rejects: notes.rejects.map(({ index: _, ...reject }) => reject), truncated: notes.truncated[0] ?? [] };
}
