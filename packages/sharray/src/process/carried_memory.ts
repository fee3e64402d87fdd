import { Block, type BlockHandle } from "../memory/block.ts";
import { blockOfMemory, memoryOn, SharedMemory } from "../memory/shared_memory.ts";
import { type Incoming, type Outgoing, register } from "./carrier.ts";

/** A block on its way: what it must be, and which descriptor of the message it is. */
export interface PackedBlock {
  handle: BlockHandle;
  readonly: boolean;
  place: number;
}

/** @throws {SharrayError} CLOSED */
export function packBlock(block: Block, out: Outgoing): PackedBlock {
  out.sends(block);
  return { handle: block.handle(), readonly: block.readonly, place: out.attach(block.fd, block.size) };
}

/** Attaches to a block that arrived. The sender may be gone: the descriptor in the message kept the memory. */
export function unpackBlock({ handle, readonly, place }: PackedBlock, incoming: Incoming): Block {
  const block = Block.attachFd(incoming.take(place, handle.size), handle, { readonly });
  incoming.receives(block);
  incoming.onFailure(() => block.close());
  return block;
}

register<SharedMemory>({
  tag: "memory",
  is: (value): value is SharedMemory => value instanceof SharedMemory,
  pack: (memory, out) => packBlock(blockOfMemory(memory), out),
  unpack: (packed, incoming) => memoryOn(unpackBlock(packed as PackedBlock, incoming), incoming.origin),
});
