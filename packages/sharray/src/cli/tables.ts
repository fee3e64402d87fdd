import type { TableOptions } from "../text/table.ts";
import type { TableFlags } from "./program.ts";

/** How tables are read, as the flags say it; what was not given is left out. */
export function tableFrom(flags: TableFlags): Omit<TableOptions, "fill" | "strict"> {
  return {
    ...(flags.delimiter !== undefined && { delimiter: flags.delimiter }),
    ...(flags.comments !== undefined && { comments: flags.comments === "" ? null : flags.comments }),
    ...(flags.quotechar !== undefined && { quotechar: flags.quotechar }),
    ...(flags.skiprows !== undefined && { skiprows: flags.skiprows }),
    ...(flags.header !== undefined && { header: flags.header }),
    ...(flags.usecols !== undefined && { usecols: flags.usecols }),
    ...(flags.maxRows !== undefined && { maxRows: flags.maxRows }),
    ...(flags.na !== undefined && { na: flags.na }),
  };
}
