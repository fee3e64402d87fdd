import { Block } from "../memory/block.ts";
import { copyInto } from "./bulk/offloop.ts";
import { type ArrayLayout, layoutOfView, type Placement } from "./columns.ts";
import { planOf } from "./plan.ts";
import { BlockStorage } from "./storage.ts";
import type { View } from "./view.ts";

/**
 * A copy of an array of shared memory in a layout, its own by default, in a block of its own, made and filled off the event loop. It goes on with the data when the
 * program closes the array meanwhile. Throws CLOSED, NO_SPACE, TOO_MANY_FILES.
 */
export async function copyShared(
  view: View,
  block: Block,
  layout: ArrayLayout = layoutOfView(view),
): Promise<{ block: Block; at: Placement }> {
  view.storage.check();
  const { dtype, shape } = view;
  const own = block.share();
  try {
    const { header, size, at } = planOf(dtype, [...shape], layout);
    const made = await Block.createAsync(size);
    try {
      made.native.write(header, 0);
      const storage = new BlockStorage(made);
      await copyInto({ ...at, storage, dtype }, { ...view, storage: new BlockStorage(own) });
    } catch (error) {
      made.close();
      throw error;
    }
    return { block: made, at };
  } finally {
    own.close();
  }
}
