import { fileURLToPath } from "node:url";
import { SharrayError } from "../errors.ts";

const TASK: unique symbol = Symbol.for("sharray.task") as never;

/** Where a task is found again: the module's URL and the name under which it exports the task. */
export interface TaskReference {
  readonly url: string;
  readonly name: string;
}

/** A function that processes can be told to run. Called directly, it runs here. */
export interface Task<A extends unknown[], R> {
  (...args: A): R;
  readonly [TASK]: TaskReference;
}

/** Any task at all. */
export type AnyTask = Task<never[], unknown>;

/**
 * Binds an exported function to its module, so that another process can import the same function.
 *
 *     export const load = task(import.meta.url, "load", (path: string) => loadtxt(path, { dtype }));
 *
 * @param url the module's own `import.meta.url`
 * @param name the name under which the module exports the result
 * @throws {SharrayError} BAD_ARGUMENT
 */
export function task<A extends unknown[], R>(url: string, name: string, fn: (...args: A) => R): Task<A, R> {
  if (typeof url !== "string" || !/^[a-z][a-z0-9+.-]*:/i.test(url))
    throw bad(`task: the first argument is the module's import.meta.url, not ${show(url)}`, { url });
  if (typeof name !== "string" || name === "")
    throw bad(`task: the second argument is the name under which the module exports it, not ${show(name)}`, { name });
  if (typeof fn !== "function")
    throw bad(`task "${name}": the third argument is a function, not ${show(fn)}`, { name });
  const bound = (...args: A): R => fn(...args);
  Object.defineProperty(bound, "name", { value: name });
  return Object.defineProperty(bound, TASK, { value: { url, name } }) as unknown as Task<A, R>;
}

/** What a task is bound to, or null for anything that is not a task. */
export function referenceOf(value: unknown): TaskReference | null {
  return typeof value === "function" ? ((value as Partial<AnyTask>)[TASK] ?? null) : null;
}

/** Where arrays came from that a task returned, as it follows a name in messages. */
export function returnedBy({ url, name }: TaskReference): string {
  return `returned by the task ${name} of ${url.startsWith("file:") ? fileURLToPath(url) : url}`;
}

/** The reference of what a caller passed as a task. */
export function requireTask(value: unknown, where: string): TaskReference {
  const reference = referenceOf(value);
  if (reference) return reference;
  const what = typeof value === "function" ? `the function ${value.name || "(anonymous)"}` : show(value);
  throw bad(
    `${where}: ${what} is not a task. Another process has to find it by name: ` +
      'export const f = task(import.meta.url, "f", (...) => ...).',
    {},
  );
}

const resolved = new Map<string, AnyTask>();

/** A reference in one string, as messages carry it. */
export function written({ url, name }: TaskReference): string {
  return `${name}\n${url}`;
}

/** Imports a task's module and looks the task up. */
export async function importTask(reference: string): Promise<AnyTask> {
  const known = resolved.get(reference);
  if (known) return known;
  const split = reference.lastIndexOf("\n");
  const [name, url] = [reference.slice(0, split), reference.slice(split + 1)];
  const module = (await import(url)) as Record<string, unknown>;
  // A CommonJS module shows what it exports on `default` too, also where the names could not be seen in advance.
  const other = (module.default ?? {}) as Record<string, unknown>;
  const found = module[name] ?? (typeof other === "object" ? other[name] : undefined);
  if (referenceOf(found)?.name === name) {
    resolved.set(reference, found as AnyTask);
    return found as AnyTask;
  }
  throw notExported(url, name, module, found);
}

function notExported(url: string, name: string, module: Record<string, unknown>, found: unknown): SharrayError {
  const exported = Object.keys(module).sort();
  const renamed = exported.find((key) => referenceOf(module[key])?.name === name);
  const list = exported.length > 0 ? `It exports ${exported.join(", ")}.` : "It exports nothing.";
  let next = `Write: export const ${name} = task(import.meta.url, "${name}", ...).`;
  if (renamed) next = `The task named "${name}" is exported as ${renamed}: give task() the name "${renamed}".`;
  else if (referenceOf(found)) next = `Its export ${name} is a task named "${referenceOf(found)!.name}".`;
  else if (found !== undefined) next = `Its export ${name} is not a task. ${next}`;
  return new SharrayError("TASK_NOT_EXPORTED", `${url} does not export the task "${name}". ${list} ${next}`, {
    url,
    name,
    exported,
  });
}

function show(value: unknown): string {
  return typeof value === "string"
    ? JSON.stringify(value)
    : typeof value === "object"
      ? `${value && "an object"}`
      : typeof value;
}

function bad(message: string, details: Record<string, unknown>): SharrayError {
  return new SharrayError("BAD_ARGUMENT", message, details);
}
