import assert from "node:assert/strict";
import { python } from "./oracle.ts";

/** A dataset and what np.loadtxt makes of the same text with the same options. */
export interface Expected {
  dataset: string;
  /** One file, or several whose rows follow one another. */
  files: string[];
  options?: {
    dtype?: string | [string, string][];
    delimiter?: string;
    comments?: string | null;
    skiprows?: number;
    usecols?: number[];
    max_rows?: number;
    ndmin?: number;
  };
}

const compare = `
import json, sys, warnings
import h5py, numpy as np
warnings.simplefilter("ignore")
out, wanted = sys.argv[1], json.loads(sys.argv[2])
with h5py.File(out) as f:
    for w in wanted:
        o = dict(w.get("options") or {})
        if isinstance(o.get("dtype"), list):
            o["dtype"] = [tuple(x) for x in o["dtype"]]
        want = np.concatenate([np.atleast_1d(np.loadtxt(path, **o)) for path in w["files"]])
        got = f[w["dataset"]][...]
        assert got.dtype == want.dtype, f"{w['dataset']}: dtype {got.dtype}, not {want.dtype}"
        assert got.shape == want.shape, f"{w['dataset']}: shape {got.shape}, not {want.shape}"
        if got.tobytes() != want.tobytes():
            at = next(i for i in range(len(want)) if got[i].tobytes() != want[i].tobytes())
            raise AssertionError(f"{w['dataset']}: row {at} is {got[at]!r}, not {want[at]!r}")
print("equal")
`;

/** Asserts that h5py reads from the file, bit for bit, what np.loadtxt reads from the text. */
export async function assertEqualsLoadtxt(output: string, expected: Expected[]): Promise<void> {
  assert.equal(await python(compare, [output, JSON.stringify(expected)]), "equal\n");
}
