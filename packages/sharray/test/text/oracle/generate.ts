// A call of loadtxt from a seed: the same seed, the same call.
import { Dice } from "../../../../../fuzz/rounds.ts";
import { type Case, chance, type Json, weighted } from "./case.ts";
import { makeDialect } from "./dialects.ts";
import { type MadeDType, makeDType } from "./dtypes.ts";
import { makeText } from "./tables.ts";

/** Converters have names, by which both sides know them: see converters.ts. */
function convertersOf(dice: Dice, { columns }: MadeDType): Json {
  if (chance(dice, 5))
    return dice.pick<Json>([{ "0": "not a function" }, { a: "length" }, { "99": "length" }, "not a function"]);
  const texts = columns.every((column) => /^[<>|]?[SU]/.test(column));
  const name = texts ? dice.pick(["upper", "doubled"]) : "length";
  return chance(dice, 50) ? name : { [String(dice.roll(columns.length + 1) - 1)]: name };
}

/** The call that belongs to a number, and to no other. */
export function makeCase(seed: number): Case {
  const dice = new Dice(Math.imul(seed, 0x9e3779b1));
  const made = makeDType(dice);
  const dialect = makeDialect(dice, made);
  let text = makeText(dice, made, dialect);
  const { options } = dialect;
  const source = weighted(dice, [
    [88, "path"],
    [4, "bytes"],
    [3, "stream"],
    [5, "lines"],
  ] as const);
  if (chance(dice, 1.5)) options.converters = convertersOf(dice, made);
  if (chance(dice, 0.3)) text = text.repeat(1 + Math.floor(dice.pick([60_000, 300_000, 600_000]) / (text.length + 1)));
  const lossy = /latin|8859/.test(String(options.encoding)) ? /[^\0-\xff\udc80-\udcff]/gu : /[^\0-\x7f\udc80-\udcff]/gu;
  if (/latin|8859|ascii/.test(String(options.encoding))) text = text.replace(lossy, "?");
  if (source !== "lines") return { text, dtype: made.dtype, align: made.align, source, options };
  delete options.encoding; // lines are characters already
  return { text: text.replace(/[\udc80-\udcff]/g, "?"), dtype: made.dtype, align: made.align, source, options };
}
