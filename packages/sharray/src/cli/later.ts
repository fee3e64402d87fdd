import { type Command, Option } from "commander";
import { SharrayError } from "../errors.ts";

/** Options whose names are settled but which this version does not have, each with what to do instead. */
const options: [flags: string, instead: string][] = [
  ["--header", "skip the header line with --skiprows 1 and name the columns in --dtype"],
  ["--quotechar <q>", "take the quotes out of the text first"],
  ["--na <values>", "write missing values as nan and give their columns a float type"],
  ["--fill <value>", "write missing values as nan and give their columns a float type"],
  ["--rejects <file>", "the first row that cannot be read ends the command and is named; repair it and run again"],
  ["--max-rejects <n>", "the first row that cannot be read ends the command and is named; repair it and run again"],
  ["--strict", "make S<n> and U<n> columns wide enough: longer texts are cut, as NumPy cuts them"],
  ["--attr <attribute>", "set attributes afterwards with attrs.set of sharray/hdf5, or with h5py"],
  ["--dry-run", "run with --max-rows 10 and look at the result with sharray info and sharray head"],
];

const commands: [name: string, args: string, instead: string][] = [
  ["infer", "[args...]", "look at the first lines of the file and write its columns down as --dtype name:type,..."],
];

function refuse(what: string, instead: string): SharrayError {
  return new SharrayError("NOT_SUPPORTED", `${what} is not in this version: ${instead}`, { what });
}

/** Makes `convert` refuse the options that come later, by name and with a way out, instead of calling them unknown. */
export function refuseLaterOptions(convert: Command): void {
  for (const [flags, instead] of options) {
    const name = flags.split(" ")[0]!;
    if (!convert.options.some((option) => option.long === name)) convert.addOption(new Option(flags).hideHelp());
    convert.on(`option:${name.slice(2)}`, () => {
      throw refuse(name, instead);
    });
  }
}

/** The same for subcommands. */
export function refuseLaterCommands(program: Command): void {
  for (const [name, args, instead] of commands) {
    program
      .command(`${name} ${args}`, { hidden: true })
      .allowUnknownOption()
      .action(() => {
        throw refuse(`sharray ${name}`, instead);
      });
  }
}
