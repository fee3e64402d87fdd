import { SharrayError } from "../errors.ts";
import type { File } from "../hdf5/file.ts";
import type { ConvertAttribute } from "./options.ts";

/** Sets attributes when all datasets are there. @throws {SharrayError} NOT_FOUND there is no such dataset or group */
export async function setAttributes(file: File, attrs: readonly ConvertAttribute[]): Promise<void> {
  for (const { path, key, value } of attrs) {
    const name = path.replace(/^\/+|\/+$/g, "");
    let object: Pick<File, "attrs">;
    try {
      object = name === "" ? file : (file.get(name) as Pick<File, "attrs">);
    } catch (cause) {
      throw new SharrayError(
        "NOT_FOUND",
        `convert: attribute ${key}: there is no /${name} in the file that is made; name a dataset or group of it, or "/" for the file.`,
        { path, key },
        { cause },
      );
    }
    await object.attrs.set(key, value);
  }
}
