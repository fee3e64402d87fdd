import { readFileSync } from "node:fs";
import { Command, CommanderError, Option } from "commander";
import { SharrayError } from "../errors.ts";
import { CommandLineError } from "./report.ts";
import * as values from "./values.ts";

/** How tables are read; what was not given is left out. */
export interface TableFlags {
  delimiter?: string | number[];
  comments?: string;
  quotechar?: string;
  skiprows?: number;
  header?: boolean;
  usecols?: (number | string)[];
  maxRows?: number;
  encoding?: string;
  na?: string[];
}

/** The options of `sharray convert`; what was not given is left out. */
export interface ConvertFlags extends TableFlags {
  output: string;
  dtype?: string;
  concat?: string;
  processes?: number;
  fill?: number | string;
  strict?: boolean;
  rejects?: string;
  maxRejects?: number;
  onError?: "stop" | "skip";
  attr?: values.Attribute[];
  dryRun?: boolean;
  compression?: values.Compression;
  shuffle?: boolean;
  overwrite?: boolean;
  sync: boolean;
  json?: boolean;
  quiet?: boolean;
}

/** What a valid command line asks for. */
export type Job =
  | { command: "convert"; files: string[]; flags: ConvertFlags }
  | { command: "infer"; files: string[]; flags: TableFlags & { json?: boolean } }
  | { command: "info"; file: string; flags: { json?: boolean } }
  | { command: "head"; dataset: string; flags: { n?: number; json?: boolean } }
  | { command: "ls" | "gc" | "doctor"; flags: { json?: boolean } }
  | { command: "rm"; names: string[]; flags: { json?: boolean } };

const example = "chr:S10,pos:i4,pct:f4,c:i4,t:i4";

const convertHelp = `
Without --concat each input becomes a dataset named by its file: data1.txt becomes /data1. NAME=FILE names it by hand.

Examples:
  $ sharray convert data1.txt data2.txt -o out.h5 --dtype ${example}
  $ sharray convert *.csv -o all.h5 --concat all --delimiter , --compression gzip
  $ sharray convert big.csv -o big.h5 --delimiter , --quotechar '"' --na NA,- --rejects bad.csv
`;

const mainHelp = `
Exit status: 0 done; 1 the data or the work failed; 2 the command line is wrong; 3 done, with something left out;
130 interrupted; 143 terminated.
`;

function version(): string {
  return JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")).version;
}

/** The options that say how a table is read; `auto`: when a header is looked for. */
function tableOptions(command: Command, auto: string): Command {
  return command
    .option(
      "--delimiter <d>",
      "what separates columns: a character, tab, or widths 11,4,2 (default: white space)",
      values.delimiter,
    )
    .option("--comments <c>", 'what begins a comment (default: "#"; "" for none)', values.comments)
    .option(
      "--quotechar <q>",
      "what encloses texts that hold delimiters or line ends (default: none)",
      values.quotechar,
    )
    .option("--skiprows <n>", "lines to skip at the head of each file", values.rows("--skiprows"))
    .option("--header", `the first line names the columns (default${auto}: if it looks like that)`)
    .option("--no-header", "it does not")
    .option("--usecols <list>", "columns to read, by number from 0 or by name: 1,2,5", values.usecols)
    .option("--max-rows <n>", "rows to read of each file, at most", values.rows("--max-rows"))
    .option("--encoding <e>", "encoding of the text, as Python spells it (default: utf-8)")
    .option("--na <list>", "texts that stand for a missing value: NA,-", values.na);
}

function program(found: (job: Job) => void): Command {
  const sharray = new Command("sharray")
    .description("Large text tables to HDF5, at the speed of the machine.")
    .version(version(), "-V, --version", "print the version")
    .helpOption("-h, --help", "print this help")
    .helpCommand("help [command]", "print the help of a command")
    .configureHelp({ helpWidth: 110 })
    .configureOutput({ outputError: () => {} }) // report() prints errors, in one line
    .exitOverride()
    .addHelpText("after", mainHelp);

  const convert = sharray
    .command("convert")
    .summary("read text tables into one HDF5 file")
    .description("Reads text tables with all processors and writes them into one HDF5 file.")
    .argument("<file...>", "text tables: FILE or NAME=FILE; FILE may be a pattern, or - for standard input")
    .requiredOption("-o, --output <file>", "the HDF5 file to make")
    .addOption(
      new Option("--dtype <spec>", `columns as ${example}, a .json file with a NumPy dtype, or auto (default)`),
    )
    .option("--concat <name>", "put all rows into one dataset, in the order given")
    .option("--processes <n>", "worker processes (default: the processors granted to this process)", values.processes);
  tableOptions(convert, " with auto")
    .option("--fill <value>", "what a missing value becomes (default: nan; integers have none)", values.fill)
    .option("--rejects <file>", "leave out rows that cannot be read, and write them to this CSV file")
    .option("--max-rejects <n>", "how many rows may be left out (default: no limit)", values.rows("--max-rejects"))
    .option("--strict", "a text longer than its column is an error, instead of being cut")
    .option("--on-error <what>", "stop (default) at a file that cannot be read, or skip it", values.onError)
    .option("--attr <attribute>", "set an attribute, [PATH:]KEY=VALUE; may be repeated", values.attribute)
    .option("--dry-run", "open all inputs, parse their first rows, print what would be made, and stop")
    .option("--compression <c>", "gzip, gzip:1 to gzip:9, or none (default)", values.compression)
    .option("--shuffle", "shuffle bytes before compression (default with gzip)")
    .option("--no-shuffle", "do not")
    .option("--overwrite", "replace the output file if it exists")
    .option("--no-sync", "do not wait until the file is safe on the disk")
    .option("--json", "print the result as one JSON object")
    .option("--quiet", "print neither progress nor result")
    .addHelpText("after", convertHelp)
    .action((files: string[], flags: ConvertFlags) => {
      found({ command: "convert", files, flags });
    });

  const infer = sharray
    .command("infer")
    .summary("find the columns of text tables")
    .description(
      "Finds names and types of the columns of text tables, over all their rows, and prints them for --dtype.",
    )
    .argument("<file...>", "text tables of one kind, patterns, or - for standard input");
  tableOptions(infer, "")
    .option("--json", "print one JSON object")
    .action((files: string[], flags: TableFlags & { json?: boolean }) => {
      found({ command: "infer", files, flags });
    });

  sharray
    .command("info")
    .summary("show what is in an HDF5 file, a named block or a .npy file")
    .description(
      "Shows the datasets of an HDF5 file (shape, dtype, layout, compression, attributes), who holds a named block and the array in it, or the array in a .npy file.",
    )
    .argument("<file>", "an HDF5 file, the name of a block, or a .npy file")
    .option("--json", "print one JSON object")
    .action((file: string, flags: { json?: boolean }) => {
      found({ command: "info", file, flags });
    });

  sharray
    .command("head")
    .summary("show the first records of a dataset or array")
    .description("Shows the first records of a dataset or array as a table.")
    .argument("<dataset>", "the file and the dataset in it, out.h5:/data1; or the name of a block, or a .npy file")
    .option("-n <count>", "how many records (default: 10)", values.rows("-n"))
    .option("--json", "print one JSON object")
    .action((dataset: string, flags: { n?: number; json?: boolean }) => {
      found({ command: "head", dataset, flags });
    });

  sharray
    .command("ls")
    .summary("list named blocks of shared memory")
    .description("Lists the named blocks of shared memory, and who holds them. Nothing is removed by looking.")
    .option("--json", "print one JSON object")
    .action((flags: { json?: boolean }) => {
      found({ command: "ls", flags });
    });

  sharray
    .command("rm")
    .summary("remove names of shared memory")
    .description("Removes names of shared memory. Processes that hold the memory keep it until they close it.")
    .argument("<name...>", "names, in short or in full: x or sharray.x")
    .option("--json", "print one JSON object")
    .action((names: string[], flags: { json?: boolean }) => {
      found({ command: "rm", names, flags });
    });

  sharray
    .command("gc")
    .summary("remove named blocks that nobody holds")
    .description("Removes named blocks that nobody holds, which killed processes left. Persistent ones stay.")
    .option("--json", "print one JSON object")
    .action((flags: { json?: boolean }) => {
      found({ command: "gc", flags });
    });

  sharray
    .command("doctor")
    .summary("say what of this machine hinders shared memory, and what to do")
    .description(
      "Looks at what decides whether shared memory works here and how much there is: each thing OK, or what to do.",
    )
    .option("--json", "print one JSON object")
    .addHelpText("after", "\nExit status: 0 when nothing fails (warnings are allowed), else 1.")
    .action((flags: { json?: boolean }) => {
      found({ command: "doctor", flags });
    });

  return sharray;
}

/**
 * Reads the command line (without node and the script); nothing runs yet. Throws CommanderError when it is wrong or
 * when help or version were asked for and have been printed, and CommandLineError when a value is wrong.
 */
export function parse(args: string[]): Job {
  let job: Job | undefined;
  try {
    program((found) => {
      job = found;
    }).parse(args, { from: "user" });
  } catch (error) {
    throw error instanceof CommanderError ? error : new CommandLineError(error);
  }
  if (!job) throw new CommandLineError(new SharrayError("USAGE", "no command is given; see sharray --help"));
  return job;
}
