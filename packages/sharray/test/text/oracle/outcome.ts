// What reading a text came to, on either side.

export interface Read {
  /** One, or with `unpack` one for each field of a record. */
  arrays: { shape: number[]; descr: unknown; bytes: string }[];
  several: boolean;
  /** Whether there was the warning that the input holds no rows. */
  empty: boolean;
}

/** A refusal of NumPy's. */
export interface NumpyRefusal {
  /** The class of the exception. */
  refused: string;
  message: string;
  /** What NumPy says about the place: the row counted from 0, the column from 1; or the byte of the file, from 0. */
  place:
    | { what: "value" | "columns" | "index"; row: number; column?: number; found?: number; expected?: number }
    | { what: "encoding"; byte: number }
    | null;
}

/** A refusal of ours. `code` is null where something else than a SharrayError was thrown. */
export interface OurRefusal {
  code: string | null;
  message: string;
  line: number | null;
  column: number | null;
  /** Where in the file, from 0, the bytes lie that are not of the encoding. */
  byte: number | null;
  /** Columns that the line has, where that is what is wrong. */
  found: number | null;
}

export type Theirs = Read | NumpyRefusal;
export type Ours = Read | OurRefusal;

/** In which way a text is read: the same must come out of all. */
export interface Way {
  engine: string;
  threads: number;
  /** Bytes of a range; ours to choose where there is none. */
  range?: number;
}

/** What our side answers: the outcome of the first way, and those that came out otherwise. */
export interface OurAnswer {
  outcome: Ours;
  others: { way: Way; outcome: Ours }[];
}
