import type { LeftOut, Reject, Truncated } from "../array/left_out.ts";

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
  /** The coarsest and the finest unit, if all are dates: "generic" where all are NaT. */
  units: readonly [coarsest: string, finest: string] | null;
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

/** Those of a load of one table that has nothing to tell. */
export const NOTHING: LoadNotes = { truncated: [], rejects: [], profiles: [], failures: new Map() };

interface Cut {
  field: string | null;
  count: number;
  file: number;
  line: number;
}

interface Told {
  cuts: Cut[][];
  rejects: { file: number; line: number; byte: number; column: number | null; reason: string; text: string }[];
  profiles: RangeProfile[];
  failures: [number, { code: string; message: string; details: Record<string, unknown> }][];
}

/** The columns of a plain dtype have no names, and are one to those who ask what was cut. */
function byField(cuts: readonly Cut[]): Cut[] {
  const found = new Map<string | null, Cut>();
  for (const cut of cuts) {
    const other = found.get(cut.field) ?? { ...cut, count: 0 };
    const before = cut.file < other.file || (cut.file === other.file && cut.line < other.line);
    found.set(cut.field, { ...(before ? cut : other), count: other.count + cut.count });
  }
  return [...found.values()];
}

/** Reads what the addon's notes say, with the names of the files. */
export function parseNotes(text: string, files: readonly { readonly label: string }[]): LoadNotes {
  const { cuts, rejects, profiles, failures } = JSON.parse(text) as Told;
  const label = (file: number): string => files[file]!.label;
  return {
    truncated: cuts.map((table) =>
      byField(table).map(({ field, count, file, line }) => ({ field, count, file: label(file), line })),
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

/** What the one table of a load has lost; `more` texts were cut that the caller's own functions had made. */
export function lostIn(notes: LoadNotes, more: readonly Truncated[]): LeftOut {
  const truncated = notes.truncated[0] ?? [];
  if (truncated.length === 0 && more.length === 0 && notes.rejects.length === 0) return { rejects: [], truncated };
  const known = truncated.map((cut) => {
    const own = more.find(({ field }) => field === cut.field);
    return own ? { ...cut, count: cut.count + own.count, line: Math.min(cut.line, own.line) } : cut;
  });
  const others = more.filter(({ field }) => !truncated.some((cut) => cut.field === field));
  return { rejects: notes.rejects.map(({ index: _, ...reject }) => reject), truncated: [...known, ...others] };
}
