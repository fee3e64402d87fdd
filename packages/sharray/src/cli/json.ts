/**
 * JSON text of values read from arrays: bigints with all their digits, numbers that JSON has not (nan, inf) as null, bytes as lists of
 * numbers, everything else as JSON.stringify writes it.
 */
export function jsonText(value: unknown): string {
  if (typeof value === "bigint") return value.toString();
  if (value === null || typeof value !== "object") return JSON.stringify(value) ?? "null";
  if (Array.isArray(value)) return `[${value.map(jsonText).join(",")}]`;
  if (ArrayBuffer.isView(value)) return jsonText([...(value as Uint8Array)]);
  if ("toJSON" in value && typeof value.toJSON === "function") return jsonText(value.toJSON());
  const members = Object.entries(value).filter(([, member]) => member !== undefined);
  return `{${members.map(([name, member]) => `${JSON.stringify(name)}:${jsonText(member)}`).join(",")}}`;
}
