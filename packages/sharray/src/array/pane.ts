import type { Storage } from "./storage.ts";

/** The DataView through which the elements of arrays are read one by one; a new one when its buffer was taken away. */
export interface Pane {
  view: DataView;
}

/** A storage up to this many bytes is wrapped whole, once for all arrays over it; in a larger one arrays have panes of their own. */
export const WHOLE: number = 2 ** 30;

const NOTHING = new DataView(new ArrayBuffer(0));
const panes = new WeakMap<Storage, Pane>();

/** The pane over all of a storage, if some array was read through it before. */
export function openPane(storage: Storage): Pane | undefined {
  return panes.get(storage);
}

/** A pane that shows nothing yet. */
export function emptyPane(): Pane {
  return { view: NOTHING };
}

/** The pane over all of a storage, which is wrapped for it. */
export function paneOf(storage: Storage): Pane {
  let pane = panes.get(storage);
  if (pane === undefined) {
    pane = emptyPane();
    panes.set(storage, pane);
  }
  if (pane.view.buffer.byteLength === 0) pane.view = wrap(storage, 0, storage.size);
  return pane;
}

/** A DataView over that range. */
export function wrap(storage: Storage, offset: number, length: number): DataView {
  const bytes = storage.bytes(offset, length);
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
