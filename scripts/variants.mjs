// The variants of the text kernel, as SHARRAY_SIMD names them, and which of them this machine has.
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { root } from "./setup.mjs";

/** The fastest first; without the reference, to which all are compared. */
export const VARIANTS = ["avx512", "avx2", "portable"];

/** The variant that reads text where SHARRAY_SIMD is `asked`: a slower one where the processor lacks it. */
export function variant(asked) {
  const addon = pathToFileURL(join(root, "packages", "sharray", "dist", "native", "addon.js"));
  const program = `import { addon } from "${addon}"; process.stdout.write(String(addon.survey().simd));`;
  const { stdout } = spawnSync(process.execPath, ["--input-type=module", "-e", program], {
    env: { ...process.env, SHARRAY_SIMD: asked },
    encoding: "utf8",
  });
  return stdout;
}
