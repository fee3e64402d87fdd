// Joins the compiled modules into few files: opening and linking a hundred modules is most of the time of an import. Each module
// can still be imported by its own path, where a list says which file has its exports. So there is one copy of everything,
// whoever imports what, and tests of internals run the files that programs run.
import { readdirSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

const compiled = fileURLToPath(new URL("../../.cache/modules", import.meta.url));

/** Programs: what they do when they are loaded is not for others, so each has a file of its own. */
const programs = /^(cli\/main|process\/worker)$/;

/** The files, and the modules in them; the first that matches. None imports a file that whoever loads it can do without. */
const files = [
  // What `sharray --help` needs, which runs without the native part.
  ["errors", /^(errors|native\/call)$/],
  ["doctor", /^(cli\/doctor|memory\/doctor.*)$/],
  ["memory", /^(native|memory)\//],
  ["array", /^(dtype|array)\//],
  ["text", /^text\//],
  ["hdf5", /^hdf5\//],
  // What workers of convert need, which start without arrays.
  [
    "tasks",
    /^(process\/(carrier|carried_errors|carried_memory|claims|codec|context|keepalive|leftovers|port|survey|task|wire)|convert\/worker)$/,
  ],
  ["process", /^process\//],
  ["inputs", /^(convert\/(columns|glob|inputs|options)|cli\/(infer|inputs|signals|tables))$/],
  ["job", /^convert\/(attributes|job|runs|sources|tables|write)$/],
  ["convert", /^(convert\/|cli\/(convert|progress)$)/],
  ["blocks", /^cli\/(blocks|gc|info_array|ls|rm)$/],
  ["look", /^cli\/(elements|head|info|subject|target)$/],
  ["command", /^cli\//],
];

function moduleOf(id) {
  return relative(compiled, id).replace(/\.js$/, "");
}

function fileOf(id) {
  const name = moduleOf(id);
  return programs.test(name) ? null : files.find(([, modules]) => modules.test(name))?.[0];
}

/** A module's own URL is the one by which it can be imported. */
const ownUrls = {
  name: "own-urls",
  resolveImportMeta(property, { chunkId, moduleId }) {
    if (property !== "url") return null;
    const path = relative(dirname(chunkId), `${moduleOf(moduleId)}.js`);
    return `new URL(${JSON.stringify(path)}, import.meta.url).href`;
  },
};

/** Node's own modules as they are, without what Node makes of each that is imported: for node:fs it loads all of its streams. */
const builtins = {
  name: "builtins",
  renderChunk(code) {
    return code.replace(/^import (.+) from '(node:[^']+)';$/gm, (_all, names, builtin) => {
      const [named = "", whole] = names.match(/\{.*\}|\w+/g).reverse();
      const taken = `process.getBuiltinModule("${builtin}");`;
      const members = `const ${named.replaceAll(" as ", ": ")} = ${taken}`;
      return whole === undefined ? members : `const ${whole} = ${taken} ${members}`;
    });
  },
};

const modules = readdirSync(compiled, { recursive: true })
  .filter((name) => name.endsWith(".js"))
  .map((name) => join(compiled, name));

export default {
  input: Object.fromEntries(modules.map((path) => [moduleOf(path), path])),
  external: (id) => !/^[./]/.test(id),
  context: "this", // as the compiler's helpers have it
  preserveEntrySignatures: "strict",
  treeshake: { moduleSideEffects: "no-external" },
  plugins: [ownUrls, builtins],
  onLog(_level, log) {
    // Modules of types alone are empty; anything else is a mistake here or in the modules.
    if (log.code !== "EMPTY_BUNDLE") throw new Error(log.message);
  },
  output: {
    dir: fileURLToPath(new URL("dist", import.meta.url)),
    entryFileNames: "[name].js",
    chunkFileNames: "files/[name].js",
    manualChunks: fileOf,
    minifyInternalExports: false,
    hoistTransitiveImports: false,
  },
};
