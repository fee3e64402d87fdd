import { inspect, types } from "node:util";
import { SharrayError } from "../errors.ts";
import { type Outgoing, register } from "./carrier.ts";

/** What structured cloning would drop of an error: code, details and every other property; and classes of our own. */
interface PackedError {
  base: string;
  name: string;
  message: string;
  stack: string | undefined;
  own: Record<string, unknown>;
  cause?: { value: unknown };
  errors?: unknown[];
}

const BASES: Record<string, new (message: string) => Error> = {
  TypeError,
  RangeError,
  SyntaxError,
  ReferenceError,
  EvalError,
  URIError,
};

function baseOf(error: Error): string {
  if (error.name === "SharrayError" && typeof (error as Partial<SharrayError>).code === "string") return "SharrayError";
  if (error instanceof AggregateError) return "AggregateError";
  return Object.keys(BASES).find((name) => error instanceof BASES[name]!) ?? "Error";
}

/** The value itself, or a description of it where it could not travel. */
function sendable(value: unknown, out: Outgoing): unknown {
  return out.accepts(value) ? value : inspect(value);
}

function text(value: unknown): string {
  return typeof value === "string" ? value : inspect(value);
}

register<Error>({
  tag: "error",

  is(value): value is Error {
    return types.isNativeError(value) || value instanceof Error;
  },

  pack(error, out): PackedError {
    const own: Record<string, unknown> = {};
    for (const key of Object.keys(error)) {
      if (key === "stack" || key === "message" || key === "name" || key === "cause" || key === "errors") continue;
      own[key] = sendable((error as unknown as Record<string, unknown>)[key], out);
    }
    const packed: PackedError = {
      base: baseOf(error),
      name: text(error.name),
      message: text(error.message),
      stack: error.stack,
      own,
    };
    if (Object.hasOwn(error, "cause")) {
      // An error that is (in)directly its own cause would be read before it exists.
      const chain = new Set<unknown>([error]);
      let next = error.cause;
      while (next instanceof Error && !chain.has(next)) {
        chain.add(next);
        next = next.cause;
      }
      const endless = next instanceof Error;
      packed.cause = { value: endless ? text(error.cause) : sendable(error.cause, out) };
    }
    if (error instanceof AggregateError) packed.errors = error.errors.map((inner) => sendable(inner, out));
    return packed;
  },

  unpack(value): Error {
    const { base, name, message, stack, own, cause, errors } = value as PackedError;
    let error: Error;
    if (base === "SharrayError") {
      const { code, details } = own as { code: string; details: Record<string, unknown> };
      error = new SharrayError(code, message, details, cause ? { cause: cause.value } : {});
    } else {
      if (base === "AggregateError") error = new AggregateError(errors ?? [], message);
      else error = new (BASES[base] ?? Error)(message);
      if (cause) Object.defineProperty(error, "cause", hidden(cause.value));
      Object.assign(error, own);
    }
    if (error.name !== name) Object.defineProperty(error, "name", hidden(name));
    if (stack !== undefined) Object.defineProperty(error, "stack", hidden(stack));
    return error;
  },
});

function hidden(value: unknown): PropertyDescriptor {
  return { value, writable: true, configurable: true, enumerable: false };
}
