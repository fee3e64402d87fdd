import { resolve } from "node:path";
import type { NDArray } from "../array/ndarray.ts";
import { arrayOn } from "../array/shared.ts";
import { type File, openFile, writeDataset } from "../hdf5/file.ts";
import type { CreateDatasetOptions } from "../hdf5/options.ts";
import type { NativeLoad } from "../native/load.ts";
import type { Job } from "./job.ts";
import type { ConvertedDataset } from "./options.ts";
import { type SourceRows, sourcesTable } from "./sources.ts";
import type { Tables } from "./tables.ts";

/** The writing half of a conversion: each table goes to the HDF5 file as soon as all its rows are there. */
export class Output {
  readonly #job: Job;
  readonly #load: NativeLoad;
  readonly #tables: Tables;
  readonly #stop = new AbortController();
  readonly #datasets: ConvertedDataset[] = [];
  readonly #freed: Promise<void>[] = [];
  #file: File | null = null;
  /** Bytes of rows in the tables that are complete, and how many of them are written. */
  #complete = 0;
  #written = 0;
  #now = 0;

  constructor(job: Job, load: NativeLoad, tables: Tables) {
    this.#job = job;
    this.#load = load;
    this.#tables = tables;
  }

  /** Bytes of rows that are written, and that will be, as far as that is known. */
  progress(): { bytes: number; totalBytes: number } {
    return { bytes: this.#written + this.#now, totalBytes: this.#complete };
  }

  /** Ends a write that is under way. */
  abort(): void {
    this.#stop.abort();
  }

  /** Writes all tables, in order. False: the load ended early, and so did the writing. */
  async write(): Promise<boolean> {
    const { options, plan } = this.#job;
    this.#file = await openFile(resolve(options.output), options.overwrite ? "w" : "x", { sync: options.sync ?? true });
    for (const { from, to, block } of this.#tables.blocks) {
      for (let table = from; table < to; table++) {
        const { firstRange, ranges } = plan.tables[table]!;
        if (!(await this.#load.done(firstRange + ranges))) return false;
        const shape = this.#shape(table, this.#load.rows(table));
        const array = arrayOn(block, { offset: this.#tables.offsets[table]!, shape, dtype: options.dtype });
        await this.#dataset(table, array as unknown as NDArray);
        // Not waited for: the last one goes while the file is synced.
        this.#freed.push(this.#load.free(table));
      }
    }
    if (options.concat !== undefined) await this.#sources(this.#job.names[0]!);
    return true;
  }

  /** Completes the file: it appears now. */
  async close(): Promise<ConvertedDataset[]> {
    await this.#file!.close();
    await Promise.all(this.#freed);
    return this.#datasets;
  }

  /** Leaves nothing of the file. */
  async discard(): Promise<void> {
    await this.#file?.discard();
    await Promise.all(this.#freed);
  }

  #shape(table: number, rows: number): number[] {
    const { spec, plan } = this.#job;
    const columns = plan.tables[table]!.columns;
    // One column is an axis less, as in loadtxt; but one row stays a table of one row.
    return spec.record || columns <= 1 ? [rows] : [rows, columns];
  }

  async #dataset(table: number, array: NDArray): Promise<void> {
    const { names, options, hooks } = this.#job;
    const name = names[table]!;
    const inputs = options.inputs.map(({ path }) => path);
    const source = options.concat === undefined ? inputs[table]! : inputs;
    const shape = [...array.shape];
    if (shape[0] === 0) {
      const what = typeof source === "string" ? source : inputs.join(", ");
      hooks.onWarning?.(
        `${what}: no rows; /${name} has the shape (${shape.join(", ")}${shape.length === 1 ? "," : ""})`,
      );
    }
    const bytes = array.nbytes;
    this.#complete += bytes;
    await writeDataset(this.#file!, name, array, this.#storage(), {
      signal: this.#stop.signal,
      onProgress: (done) => {
        this.#now = done;
      },
    });
    this.#now = 0;
    this.#written += bytes;
    const rows = shape[0]!;
    this.#datasets.push({ path: `/${name}`, shape, dtype: options.dtype.descr, rows, rejected: 0, source });
  }

  #storage(): CreateDatasetOptions {
    const { compression, shuffle } = this.#job.options;
    const gzip = compression ? { compression: compression.kind, level: compression.level } : {};
    return shuffle === undefined ? gzip : { ...gzip, shuffle };
  }

  async #sources(name: string): Promise<void> {
    const sources: SourceRows[] = [];
    let start = 0;
    for (const [index, { path }] of this.#job.options.inputs.entries()) {
      const stop = start + this.#load.fileRows(index);
      sources.push({ file: path, start, stop });
      start = stop;
    }
    await writeDataset(this.#file!, `${name}.sources`, sourcesTable(sources), {}, {});
  }
}
