import type { NDArray } from "../array/ndarray.ts";
import { arrayOn } from "../array/shared.ts";
import { type File, writeDataset, writeTable } from "../hdf5/file.ts";
import type { CreateDatasetOptions } from "../hdf5/options.ts";
import type { Watch } from "../hdf5/watch.ts";
import type { NativeLoad } from "../native/load.ts";
import { errorOf } from "../text/failure.ts";
import { type LoadNotes, parseNotes } from "../text/notes.ts";
import { rejectsOf, writeRejects } from "../text/rejects.ts";
import { setAttributes } from "./attributes.ts";
import type { Job, Made } from "./job.ts";
import type { ConvertedDataset } from "./options.ts";
import { checkSomeLeft } from "./outcome.ts";
import { type SourceRows, sourcesTable } from "./sources.ts";
import { isContiguous, storageOf, type Tables } from "./tables.ts";

/** The writing half of a conversion: small tables go to the HDF5 file when all their rows are there, others as they come. */
export class Output {
  readonly #job: Job;
  readonly #file: File;
  readonly #load: NativeLoad;
  readonly #tables: Tables;
  readonly #storage: CreateDatasetOptions;
  readonly #stop = new AbortController();
  readonly #datasets: ConvertedDataset[] = [];
  /** The table of each dataset. */
  readonly #tablesMade: number[] = [];
  readonly #freed: Promise<void>[] = [];
  /** Bytes of rows in the tables that are complete, and how many of them are written. */
  #complete = 0;
  #written = 0;
  #now = 0;

  constructor(job: Job, file: File, load: NativeLoad, tables: Tables) {
    this.#job = job;
    this.#file = file;
    this.#load = load;
    this.#tables = tables;
    this.#storage = storageOf(job.options);
  }

  /** Bytes of rows that are written, and that will be, as far as that is known. */
  progress(): { bytes: number; totalBytes: number } {
    const bytes = this.#written + this.#now;
    return { bytes, totalBytes: Math.max(bytes, this.#complete) };
  }

  /** Ends a write that is under way. */
  abort(): void {
    this.#stop.abort();
  }

  /** Writes all tables, in order. False: the load ended early, and so did the writing. */
  async write(): Promise<boolean> {
    const { options, prepared } = this.#job;
    const { plan } = prepared;
    for (const { from, to, block } of this.#tables.blocks) {
      for (let table = from; table < to; table++) {
        const { firstRange, ranges } = plan.tables[table]!;
        if (this.#tables.windows[table] !== 0) {
          if (!(await this.#filled(table))) {
            if (this.#isLeftOut(table)) continue;
            return false;
          }
        } else {
          if (!(await this.#load.done(firstRange + ranges))) return false;
          if (this.#isLeftOut(table)) continue;
          const shape = this.#shape(table, this.#load.rows(table));
          const array = arrayOn(block, { offset: this.#tables.offsets[table]!, shape, dtype: options.dtype });
          await this.#whole(table, array as unknown as NDArray);
        }
        // Not waited for: the last one goes while the file is synced.
        this.#freed.push(this.#load.free(table));
      }
    }
    if (options.concat !== undefined) await this.#sources(this.#job.names[0]!);
    await setAttributes(this.#file, options.attrs ?? []);
    return true;
  }

  /** Completes the file: it appears now, and before it the table of what was left out. */
  async close(): Promise<Made> {
    const { options, prepared } = this.#job;
    const notes = parseNotes(await this.#load.notes(), prepared.plan.files);
    const failed = [...notes.failures].map(([file, failure]) => ({
      file: prepared.plan.files[file]!.label,
      error: errorOf({ range: 0, ...failure }),
    }));
    const skipped = [...prepared.skipped, ...failed];
    checkSomeLeft(options, skipped);
    for (const [table, rejected] of this.#rejected(notes)) this.#datasets[table]!.rejected = rejected;
    const rejects = notes.rejects.map(({ index: _, ...reject }) => reject);
    const to = rejectsOf("convert", options.rejects)?.to ?? null;
    if (to !== null) await writeRejects(to, rejects);
    await this.#file.close();
    await Promise.all(this.#freed);
    const bytes = prepared.plan.files.reduce((sum, _, file) => sum + this.#load.textBytes(file), 0);
    return { datasets: this.#datasets, bytes, rejects, truncated: notes.truncated.flat(), skipped };
  }

  /** Rows left out, by the dataset that they are missing in. */
  #rejected(notes: LoadNotes): Map<number, number> {
    const { concat } = this.#job.options;
    const counts = new Map<number, number>();
    for (const { index } of notes.rejects) {
      const dataset = concat === undefined ? this.#tablesMade.indexOf(index) : 0;
      counts.set(dataset, (counts.get(dataset) ?? 0) + 1);
    }
    return counts;
  }

  /** Leaves nothing of the file. */
  async discard(): Promise<void> {
    await this.#file.discard();
    await Promise.all(this.#freed);
  }

  #shape(table: number, rows: number): number[] {
    const { spec, plan } = this.#job.prepared;
    const columns = plan.tables[table]!.columns;
    // One column is an axis less, as in loadtxt; but one row stays a table of one row.
    return spec.record || columns <= 1 ? [rows] : [rows, columns];
  }

  /** Whether the one file of a table, where each is a table of its own, is left out. */
  #isLeftOut(table: number): boolean {
    return this.#job.options.concat === undefined && this.#load.leftOut(table);
  }

  /** Writes a table whose rows are all there. */
  async #whole(table: number, array: NDArray): Promise<void> {
    this.#complete += array.nbytes;
    await writeDataset(this.#file, this.#name(table), array, {}, this.#watch());
    this.#made(table, [...array.shape], array.nbytes);
  }

  /** Writes a table as its rows come. False: they do not, or it is left out. */
  async #filled(table: number): Promise<boolean> {
    const { dtype } = this.#job.options;
    const shape = this.#shape(table, 0);
    const grows = { maxshape: shape.map((n, axis) => (axis === 0 ? null : n)) };
    const options = isContiguous(this.#storage) ? {} : { ...this.#storage, ...grows };
    const from = { load: this.#load, table };
    if (!(await writeTable(this.#file, this.#name(table), { shape, dtype }, from, options, this.#watch())))
      return false;
    const rows = this.#load.rows(table);
    const bytes = rows * this.#job.prepared.plan.tables[table]!.rowSize;
    this.#complete += bytes;
    this.#made(table, this.#shape(table, rows), bytes);
    return true;
  }

  #watch(): Watch {
    return {
      signal: this.#stop.signal,
      onProgress: (done) => {
        this.#now = done;
      },
    };
  }

  #name(table: number): string {
    const { names, options, prepared } = this.#job;
    return options.concat === undefined ? names[prepared.numbers[table]!]! : names[0]!;
  }

  /** Notes a dataset that was made. */
  #made(table: number, shape: number[], bytes: number): void {
    const { options, hooks, prepared } = this.#job;
    const inputs = prepared.numbers.map((number) => options.inputs[number]!.path);
    const name = this.#name(table);
    const source = options.concat === undefined ? inputs[table]! : inputs;
    const rows = shape[0]!;
    if (rows === 0) {
      const what = typeof source === "string" ? source : inputs.join(", ");
      hooks.onWarning?.(
        `${what}: no rows; /${name} has the shape (${shape.join(", ")}${shape.length === 1 ? "," : ""})`,
      );
    }
    this.#now = 0;
    this.#written += bytes;
    this.#tablesMade.push(table);
    this.#datasets.push({ path: `/${name}`, shape, dtype: options.dtype.descr, rows, rejected: 0, source });
  }

  async #sources(name: string): Promise<void> {
    const sources: SourceRows[] = [];
    let start = 0;
    const { options, prepared } = this.#job;
    for (const [index, number] of prepared.numbers.entries()) {
      const stop = start + this.#load.fileRows(index);
      sources.push({ file: options.inputs[number]!.path, start, stop });
      start = stop;
    }
    await writeDataset(this.#file, `${name}.sources`, sourcesTable(sources), {}, {});
  }
}
