import type { DType } from "../dtype/dtype.ts";
import type { DTypeLike } from "../dtype/element.ts";
import { SharrayError } from "../errors.ts";
import type { NativeFile } from "../native/hdf5.ts";
import type { NativeLoad } from "../native/load.ts";
import { setAttribute } from "./attributes.ts";
import { Dataset } from "./dataset.ts";
import type { OpenFile } from "./open_file.ts";
import { type CreateDatasetOptions, datasetSpec } from "./options.ts";
import { createInPieces } from "./pieces.ts";
import { kept, sourceOf, type Writable } from "./source.ts";
import { type Watch, watched } from "./watch.ts";

/** Makes a dataset of an array's elements, shape and dtype, and sets its attributes. `path` is absolute. */
export async function createDataset<D extends DTypeLike>(
  file: OpenFile,
  path: string,
  values: Writable<D>,
  options: CreateDatasetOptions,
  watch: Watch = {},
): Promise<Dataset<D>> {
  checkName(path);
  file.check();
  const own = kept(values as Writable);
  const write = file.write(async (native) => {
    const source = await sourceOf(own.values, null);
    try {
      const spec = datasetSpec(source.shape, source.dtype, options);
      const { from } = source;
      const made = await watched(watch, async (monitor) =>
        "native" in from
          ? await native.createDataset(path, spec, from.native, from.offset, monitor)
          : await createInPieces(native, path, spec, from, monitor).finally(() => file.forget(path)),
      );
      return await finish<D>(file, native, path, made, options);
    } finally {
      source.release();
    }
  });
  return await write.finally(own.release);
}

/**
 * Makes a dataset of a load's table, whose rows go to it as they come. `what` is the shape and dtype of a table without rows. False: the load
 * has ended before the table, or has left it out.
 */
export async function fillDataset(
  file: OpenFile,
  path: string,
  what: { shape: readonly number[]; dtype: DType },
  from: { load: NativeLoad; table: number },
  options: CreateDatasetOptions,
  watch: Watch,
): Promise<boolean> {
  checkName(path);
  const spec = datasetSpec(what.shape, what.dtype, options);
  return await file.write(async (native) => {
    const made = await watched(watch, (monitor) => native.fill(path, spec, from.load, from.table, monitor));
    if (made === null) file.forget(path);
    else await finish(file, native, path, made, options);
    return made !== null;
  });
}

/** Notes what was made, and sets its attributes. */
async function finish<D extends DTypeLike>(
  file: OpenFile,
  native: NativeFile,
  path: string,
  made: string,
  options: CreateDatasetOptions,
): Promise<Dataset<D>> {
  file.note({ kind: "dataset", path, info: JSON.parse(made) });
  if (options.dims !== undefined && options.dims.length > 0) {
    await setAttribute(
      native,
      path,
      "DIMENSION_LABELS",
      options.dims.map((dim) => dim ?? ""),
    );
  }
  for (const [name, value] of Object.entries(options.attrs ?? {})) await setAttribute(native, path, name, value);
  return new Dataset<D>(file, path);
}

function checkName(path: string): void {
  if (path === "/") {
    throw new SharrayError("BAD_ARGUMENT", 'createDataset: a name is missing, such as "run/1/data"', { path });
  }
}
