import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { SharrayError } from "../errors.ts";
import type { ArrayAddon } from "./array.ts";
import type { FileAddon } from "./file.ts";
import type { Hdf5Addon } from "./hdf5.ts";
import type { LoadAddon } from "./load.ts";
import type { MemoryAddon, NamesAddon } from "./memory.ts";
import type { PortAddon } from "./port.ts";
import type { SavetxtAddon } from "./savetxt.ts";
import type { SpoolAddon } from "./spool.ts";
import type { SurveyAddon } from "./survey.ts";

export type Addon = MemoryAddon &
  NamesAddon &
  PortAddon &
  LoadAddon &
  SpoolAddon &
  FileAddon &
  SavetxtAddon &
  Hdf5Addon &
  SurveyAddon &
  ArrayAddon;

/** Whether this Node runs on glibc: musl (Alpine) has none, and loads no library that needs it. */
function hasGlibc(): boolean {
  const report = process.report?.getReport() as { header?: { glibcVersionRuntime?: string } } | undefined;
  return report?.header?.glibcVersionRuntime !== undefined;
}

function unsupported(message: string, details: Record<string, unknown>, cause?: unknown): SharrayError {
  const { platform, arch } = process;
  return new SharrayError("UNSUPPORTED_PLATFORM", message, { platform, arch, ...details }, { cause });
}

function open(): Addon {
  const here = `${process.platform} ${process.arch}, Node ${process.version}`;
  if (process.platform !== "linux") {
    throw unsupported(
      `sharray works on Linux alone: its memory files, seals and descriptors in messages are Linux's (this is ${here}). ` +
        "Run it in a Linux container or virtual machine; on Windows in WSL 2.",
      {},
    );
  }
  const path = fileURLToPath(new URL("../../native/sharray.node", import.meta.url));
  try {
    return createRequire(import.meta.url)(path) as Addon;
  } catch (cause) {
    const advice = hasGlibc()
      ? "In a checkout, `npm run build` makes it."
      : "It needs glibc, and this system has another C library (musl, as Alpine): use an image of Debian, Ubuntu or Fedora, or " +
        "build sharray from source here with `npm run build`.";
    throw unsupported(`cannot load the native part of sharray from ${path} (${here}). ${advice}`, { path }, cause);
  }
}

/** The Rust core, loaded once. */
export const addon: Addon = open();
