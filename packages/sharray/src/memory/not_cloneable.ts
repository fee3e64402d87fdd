import { SharrayError } from "../errors.ts";

/**
 * One property for all objects of a kind: with getters of their own V8 would give each a slow shape of its own, and it is made for
 * every array.
 */
const properties = new Map<string, PropertyDescriptor>();

function propertyOf(what: string): PropertyDescriptor {
  const known = properties.get(what);
  if (known !== undefined) return known;
  const refuse = (): never => {
    throw new SharrayError(
      "NOT_CLONEABLE",
      `${what}: it cannot be cloned, posted or made JSON of. Send its handle() and attach to it on the other side (memory that ` +
        "is not shared has none: copy() first); a Queue, Process or Pool takes the object itself",
      { what },
    );
  };
  const property = { enumerable: true, get: refuse };
  properties.set(what, property);
  return property;
}

/**
 * Makes `structuredClone`, `postMessage`, `process.send` and `JSON.stringify` of an object throw NOT_CLONEABLE: without it
 * they would quietly make an empty object of it. All of them read own enumerable properties, so one of these throws; the
 * object's own printing must not read it.
 */
export function forbidCloning(object: object, what: string): void {
  Object.defineProperty(object, "(not cloneable)", propertyOf(what));
}
