// Says how standard input is read, and what it holds.
import { closeInputs, openInput } from "../../../dist/text/inputs.js";
import { textOf } from "../texts.ts";

const { input } = await openInput("loadtxt", "-", {
  encoding: null,
  quoted: false,
  once: true,
  stdin: true,
  signal: null,
});
const how = input.spool === null ? input.packing : "spool";
// A pipe that nobody has read from gives all of it to the next one who asks.
closeInputs([input], null);
process.stdout.write(JSON.stringify([how, await textOf("-", { stdin: true })]));
