// A call as programs that anyone can run, in both languages.
import { type Case, encoded, type Json, linesOf, numpyOptions } from "./case.ts";

/** JSON with escapes for all that could not be seen or not be copied. */
function javascript(value: unknown): string {
  const escaped = (unit: string): string => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;
  return JSON.stringify(value).replace(/[^\x20-\x7e]/g, escaped);
}

function pythonText(text: string): string {
  return JSON.stringify(text).replace(/[^\x20-\x7e]/gu, (c) => {
    const code = c.codePointAt(0)!;
    return code > 0xffff ? `\\U${code.toString(16).padStart(8, "0")}` : `\\u${code.toString(16).padStart(4, "0")}`;
  });
}

function pythonBytes(bytes: Uint8Array): string {
  const plain = (byte: number): boolean => byte >= 0x20 && byte < 0x7f && byte !== 0x22 && byte !== 0x5c;
  const spelled = { 10: "\\n", 13: "\\r", 9: "\\t", 34: '\\"', 92: "\\\\" } as Record<number, string>;
  const one = (byte: number): string =>
    plain(byte) ? String.fromCharCode(byte) : (spelled[byte] ?? `\\x${byte.toString(16).padStart(2, "0")}`);
  return `b"${Array.from(bytes, one).join("")}"`;
}

function pythonValue(value: Json): string {
  if (value === null) return "None";
  if (typeof value === "boolean") return value ? "True" : "False";
  if (typeof value === "string") return pythonText(value);
  if (typeof value === "number") return String(value);
  if (Array.isArray(value)) return `[${value.map(pythonValue).join(", ")}]`;
  return `{${Object.entries(value).map(([key, item]) => `${key}: ${pythonValue(item)}`)}}`;
}

function pythonDType(dtype: unknown): string {
  if (typeof dtype === "string") return `"${dtype}"`;
  const fields = (dtype as [string, unknown, number[]?][]).map(([name, inner, shape]) => {
    const third = shape === undefined ? "" : `, (${shape.join(",")},)`;
    return `(${pythonText(name)}, ${pythonDType(inner)}${third})`;
  });
  return `[${fields.join(", ")}]`;
}

const NAMES: Record<string, string> = { maxRows: "max_rows" };

/** One line for Node, one for Python. */
export function spell(call: Case): string {
  const { dtype, align, source, options, text } = call;
  const bytes = encoded(call);
  const isText = Buffer.from(text, "utf8").equals(bytes);
  const content = isText ? javascript(text) : `Buffer.from("${Buffer.from(bytes).toString("hex")}", "hex")`;
  const sources = {
    path: '"t.txt"',
    bytes: 'readFileSync("t.txt")',
    stream: 'createReadStream("t.txt")',
    lines: javascript(linesOf(text)),
  };
  const described = align ? `dtypeOf(${javascript(dtype)}, { align: true })` : javascript(dtype);
  const given = Object.entries(options).map(([name, value]) => `, ${name}: ${javascript(value)}`);
  const python = Object.entries(numpyOptions(call)).map(
    ([name, value]) => `, ${NAMES[name] ?? name}=${pythonValue(value)}`,
  );
  const isLines = source === "lines";
  return [
    `${isLines ? "" : `writeFileSync("t.txt", ${content}); `}await loadtxt(${sources[source]}, { dtype: ${described}${given.join("")} });`,
    `${isLines ? "" : `open("t.txt", "wb").write(${pythonBytes(bytes)}); `}np.loadtxt(${isLines ? pythonValue(linesOf(text)) : '"t.txt"'}, ` +
      `dtype=${align ? `np.dtype(${pythonDType(dtype)}, align=True)` : pythonDType(dtype)}${python.join("")})`,
  ].join("\n");
}
