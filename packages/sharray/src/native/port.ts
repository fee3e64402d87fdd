import type { NativeBlock } from "./memory.ts";

/** What crates/node/src/port.rs exports. */
export interface PortAddon {
  /** Calls with the three parts of the one event that came, with several in an array, or without any when they are to be drained. */
  PortInbox: new (
    deliver: (first?: PortEvents | number, body?: PortEvent, rest?: PortEvent) => void,
  ) => PortInbox;
  portPair(): [number, number];
  portCredits(places: number): number;
  portClose(fd: number): void;
  portDuplicate(fd: number): number;
}

/**
 * Triples in one flat array: channel; body (Buffer, text of a message in brief form, number of a sent message, null: closed);
 * descriptors (false: no room for them), or the blocks of a brief message, or the text of the error that attaching to them gave.
 */
export type PortEvents = PortEvent[];

export type PortEvent = number | Uint8Array | string | null | number[] | NativeBlock[] | false;

/** What arrives for this thread. */
export interface PortInbox {
  drain(): PortEvents;
  /** Takes over `[reader, writer?, credits?]`; -1 is "all" for `demand` and "never" for `exitAfter` (ms). */
  open(fds: number[], demand: number, exitAfter: number): NativePort;
}

/** One open channel. */
export interface NativePort {
  readonly id: number;
  /** 0: sent; -1: the other end is gone; else the number under which the message waits. */
  send(bytes: Uint8Array, fds: readonly number[]): number;
  sendBrief(text: string, blocks: readonly NativeBlock[]): number;
  cancel(number: number): boolean;
  want(): void;
  withdraw(): boolean;
  fds(): number[];
  close(): void;
}
