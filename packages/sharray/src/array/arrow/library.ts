import { readFileSync } from "node:fs";
import Module, { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { types } from "node:util";
import { SharrayError } from "../../errors.ts";

/** What `apache-arrow` exports. */
export type ArrowLibrary = typeof import("apache-arrow");

const NAME = "apache-arrow";
const USED = ["Data", "Field", "RecordBatch", "Schema", "Struct", "Table"] as const;

let found: ArrowLibrary | null = null;

/**
 * The copy of apache-arrow that tables are made of: the given one, else the one that `import "apache-arrow"` gives here.
 *
 * apache-arrow is there twice in each installation, as an ES module and as CommonJS, and neither's functions take the other's tables.
 * Its import is asynchronous and `toArrow` is not: the ES module is therefore required, which gives the very module that an import
 * gives.
 *
 * Throws BAD_ARGUMENT for something else than the library, NOT_SUPPORTED where it is not installed or this Node cannot require it.
 */
export function arrowLibrary(given?: unknown): ArrowLibrary {
  if (given !== undefined) return checked(given);
  found ??= locate();
  return found;
}

function checked(given: unknown): ArrowLibrary {
  const library = given as Partial<ArrowLibrary> | null;
  if (typeof library === "object" && library !== null && USED.every((name) => typeof library[name] === "function")) {
    return library as ArrowLibrary;
  }
  throw new SharrayError(
    "BAD_ARGUMENT",
    `toArrow: arrow is not the module apache-arrow; write import * as arrow from "${NAME}" and give { arrow }.`,
    { argument: "arrow" },
  );
}

function locate(): ArrowLibrary {
  const require = createRequire(import.meta.url);
  // Where sharray itself was made CommonJS (by a bundler, by a loader), the program's own import of the library was too.
  if (typeof import.meta.resolve !== "function") return orMissing(() => require(NAME) as ArrowLibrary);
  const path = orMissing(() => fileURLToPath(import.meta.resolve(NAME)));
  const common = orMissing(() => require.resolve(NAME));
  const isCommon = require.main !== undefined && require.cache[common] !== undefined;
  if (isCommon) return require(common) as ArrowLibrary;
  const library = process.features.require_module ? required(require, path) : null;
  if (library !== null) return library;
  throw new SharrayError(
    "NOT_SUPPORTED",
    `toArrow: Node ${process.version} cannot load ${NAME} at once (Node 20.19, 22.12 and later can): ` +
      `write import * as arrow from "${NAME}" and toArrow({ arrow }).`,
    { node: process.version },
  );
}

function orMissing<T>(look: () => T): T {
  try {
    return look();
  } catch (cause) {
    const { code } = cause as { code?: unknown };
    if (code !== "ERR_MODULE_NOT_FOUND" && code !== "MODULE_NOT_FOUND") throw cause;
    throw new SharrayError(
      "NOT_SUPPORTED",
      `toArrow: the package ${NAME} is not installed beside sharray: npm install ${NAME}.`,
      { package: NAME },
      { cause },
    );
  }
}

/** The ES module at a path, the same as by import; null where this Node has no way to it. */
function required(require: NodeJS.Require, path: string): ArrowLibrary | null {
  if (givesWhatImportGives(require)) return require(path) as ArrowLibrary;
  // Loaders such as tsx replace `require` by one that compiles a copy. This is the step of Node's own that lies beneath.
  const module = new Module(path) as Module & { _compile(content: string, path: string, format: string): unknown };
  module.filename = path;
  try {
    module._compile(readFileSync(path, "utf8"), path, "module");
  } catch {
    return null;
  }
  return types.isModuleNamespaceObject(module.exports) ? (module.exports as ArrowLibrary) : null;
}

/** Whether `require` gives the modules that import has given already, as told by a small one. */
function givesWhatImportGives(require: NodeJS.Require): boolean {
  const own = import.meta.url.endsWith(".ts") ? "../../errors.ts" : "../../errors.js";
  try {
    const errors = require(fileURLToPath(new URL(own, import.meta.url))) as { SharrayError?: unknown };
    return errors.SharrayError === SharrayError;
  } catch {
    return false;
  }
}
