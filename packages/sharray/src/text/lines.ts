import { inspect } from "node:util";
import { SharrayError } from "../errors.ts";
import { bytesOf } from "./bytes.ts";
import type { LineKind, Spool } from "./spool.ts";

/** A batch goes on its way when it has so many bytes, or so many lines. */
const BYTES = 1 << 18;
const LINES = 1 << 14;
/** Where an item ends is a number of 32 bits. */
const LONGEST = 2 ** 32 - 1 - BYTES;

/** Lines of a list, on their way into a spool. Strings are characters; bytes are text of the spool's encoding. */
export class LineBatch {
  readonly #of: string;
  readonly #spool: Spool;
  readonly #kind: Omit<LineKind, "utf8">;
  readonly #encoder = new TextEncoder();
  #bytes = new Uint8Array(BYTES);
  readonly #ends = new Uint32Array(LINES);
  #used = 0;
  #lines = 0;
  #utf8 = true;
  #index = 0;

  constructor(of: string, spool: Spool, kind: Omit<LineKind, "utf8">) {
    this.#of = of;
    this.#spool = spool;
    this.#kind = kind;
  }

  /** Adds an item. What it returns, if anything, is to be waited for before the next one. @throws BAD_ARGUMENT */
  add(item: unknown): Promise<void> | undefined {
    const text = typeof item === "string";
    const bytes = text ? null : bytesOf(item);
    if (!text && bytes === null) throw this.#refused(`expected a line (a string, or bytes), found ${inspect(item)}`);
    if (this.#lines > 0 && (text !== this.#utf8 || this.#full(text ? 3 * item.length : bytes!.length))) {
      return this.flush().then(() => this.#put(item));
    }
    this.#put(item);
    return undefined;
  }

  /** Hands on what there is. */
  async flush(): Promise<void> {
    if (this.#lines === 0) return;
    const bytes = this.#bytes.subarray(0, this.#used);
    const ends = this.#ends.subarray(0, this.#lines);
    this.#used = 0;
    this.#lines = 0;
    await this.#spool.pushLines(bytes, ends, { ...this.#kind, utf8: this.#utf8 });
  }

  #full(more: number): boolean {
    return this.#lines === LINES || this.#used + more > BYTES;
  }

  #put(item: unknown): void {
    const text = typeof item === "string";
    this.#utf8 = text;
    if (text) {
      // A half of a pair would become U+FFFD in silence.
      if (/\p{Surrogate}/u.test(item)) throw this.#refused("it holds half of a surrogate pair, which is no character");
      this.#reserve(3 * item.length);
      this.#used += this.#encoder.encodeInto(item, this.#bytes.subarray(this.#used)).written;
    } else {
      const bytes = bytesOf(item)!;
      this.#reserve(bytes.length);
      this.#bytes.set(bytes, this.#used);
      this.#used += bytes.length;
    }
    this.#ends[this.#lines] = this.#used;
    this.#lines += 1;
    this.#index += 1;
  }

  #reserve(more: number): void {
    if (more > LONGEST) throw this.#refused("a line of more than 4 GiB cannot be passed as an item; pass a stream");
    if (this.#used + more <= this.#bytes.length) return;
    const larger = new Uint8Array(this.#used + more);
    larger.set(this.#bytes.subarray(0, this.#used));
    this.#bytes = larger;
  }

  #refused(what: string): SharrayError {
    return new SharrayError("BAD_ARGUMENT", `${this.#of}: item ${this.#index} of the lines: ${what}.`, {
      item: this.#index,
    });
  }
}
