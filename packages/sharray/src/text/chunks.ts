import { SharrayError } from "../errors.ts";
import { bytesOf } from "./bytes.ts";
import type { Spool } from "./spool.ts";

/** The chunks of a stream, on their way into a spool: bytes, or strings, which are characters. */
export class Chunks {
  readonly #of: string;
  readonly #spool: Spool;
  /** Half of a surrogate pair, whose other half is in the next string. */
  #half = "";
  #begun = false;

  constructor(of: string, spool: Spool) {
    this.#of = of;
    this.#spool = spool;
  }

  /** @throws BAD_ARGUMENT for a chunk that is neither, or where bytes follow strings */
  async add(chunk: unknown): Promise<void> {
    if (typeof chunk === "string") return this.#add(chunk);
    const bytes = bytesOf(chunk);
    if (bytes === null) {
      const found = chunk === null ? "null" : typeof chunk;
      throw new SharrayError(
        "BAD_ARGUMENT",
        `${this.#of}: expected a stream of bytes or strings, found one of ${found}.`,
      );
    }
    return this.#spool.push(bytes);
  }

  /** @throws BAD_ARGUMENT when half of a character is left */
  async end(): Promise<void> {
    if (this.#half !== "") throw this.#lone();
  }

  async #add(chunk: string): Promise<void> {
    let text = this.#half + chunk;
    // As at the beginning of a file: Node's decoder leaves it there.
    if (!this.#begun && text.startsWith("\ufeff")) text = text.slice(1);
    this.#begun ||= chunk !== "";
    this.#half = /[\ud800-\udbff]$/.exec(text)?.[0] ?? "";
    text = text.slice(0, text.length - this.#half.length);
    if (/\p{Surrogate}/u.test(text)) throw this.#lone();
    await this.#spool.pushCharacters(text);
  }

  #lone(): SharrayError {
    return new SharrayError(
      "BAD_ARGUMENT",
      `${this.#of}: the stream holds half of a surrogate pair, which is no character.`,
    );
  }
}
