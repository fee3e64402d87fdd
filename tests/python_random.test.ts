import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { type ArrayHandle, type DTypeLike, type NDArray, SharedArray, type Slice } from "sharray";
import { withoutPython } from "./oracle.ts";
import { Python } from "./python.ts";

const CASES = 400;

/** Makes arrays of random dtypes and shapes, and random views of them; tells what NumPy sees there. */
const program = `
import random

def scalar(r):
    kind = r.choice(["?", "i1", "u1", "i2", "u2", "i4", "u4", "i8", "u8", "f2", "f4", "f8", "c8", "c16", "S", "U", "V", "M8", "m8"])
    order = r.choice("<>")
    if kind in "SUV":
        kind += str(r.randint(1, 5))
    if kind in ("M8", "m8"):
        # Without a unit NumPy itself swaps the bytes of big-endian ones when it copies them.
        kind += r.choice(["[s]", "[25ms]", "[D]"] + ["" for _ in order if order == "<"])
    return np.dtype(order + kind)

def dtype(r, depth=0):
    if depth == 3 or r.random() < 0.55:
        return scalar(r)
    fields = []
    for i in range(r.randint(1, 4)):
        shape = tuple(r.randint(1, 3) for _ in range(r.choice([0, 0, 0, 1, 2])))
        name = r.choice(["a", "é", "x y", "'", '"', "€", "b\\\\", "n\\n"]) + str(i)
        fields.append((name, dtype(r, depth + 1)) + ((shape,) if shape else ()))
    return np.dtype(fields, align=r.random() < 0.3)

def fill(r, a):
    if a.dtype.names is not None:
        for name in a.dtype.names:
            fill(r, a[name])
    elif a.dtype.kind in "SU":
        a[...] = np.array(["".join(r.choices("abcdéñ" if a.dtype.kind == "U" else "abcd", k=r.randint(0, 5)))
                           for _ in range(a.size)] or [""], a.dtype)[: a.size].reshape(a.shape)
    elif a.dtype.kind == "V":
        a[...] = np.frombuffer(r.randbytes(a.dtype.itemsize * a.size), a.dtype).reshape(a.shape)
    else:
        a[...] = np.array([r.randint(0, 100) for _ in range(a.size)], "i8").reshape(a.shape).astype(a.dtype)

def view(r, a):
    for _ in range(r.randint(0, 4)):
        choice = r.randint(0, 4)
        if choice == 0:
            a = a.transpose(r.sample(range(a.ndim), a.ndim))
        elif choice == 1 and a.dtype.names is not None:
            a = a[r.choice(a.dtype.names)]
        elif choice == 2 and a.ndim > 0 and a.shape[0] > 0:
            a = a[r.randrange(-a.shape[0], a.shape[0]), ...]
        elif choice == 3:
            a = a[None]
        else:
            bound = lambda: r.choice([None, r.randint(-6, 6)])
            a = a[tuple(slice(bound(), bound(), r.choice([None, 1, 2, -1, -2, 3])) for _ in range(r.randint(0, a.ndim))) + (...,)]
    return a

def data(a):
    # A copy that NumPy makes by itself has whatever was there in the gaps of records.
    copy = np.zeros(a.shape, a.dtype)
    copy[...] = a
    return copy.tobytes().hex()

def seen(a):
    return {"shape": a.shape, "strides": a.strides, "dtype": sharray._spell(a.dtype), "bytes": data(a)}

while True:
    message = hear()
    r = random.Random(message["seed"])
    kind = dtype(r)
    a = sharray.create([r.randint(0, 5) if r.random() < 0.1 else r.randint(1, 4) for _ in range(r.randint(0, 4))], kind)
    fill(r, a)
    v = view(r, a)
    say({"handle": sharray.handle(v), "whole": sharray.handle(a), **seen(v)})
    message = hear()
    b = sharray.attach(message["handle"])
    say(seen(b))
    b[...] = np.zeros((), b.dtype)
    say(data(a))
`;

/** A small generator of its own: the same cases everywhere. */
class Random {
  #state: number;
  constructor(seed: number) {
    this.#state = seed * 2654435761 + 1;
  }
  /** An integer from 0 to below n. */
  below(n: number): number {
    this.#state = (Math.imul(this.#state, 1664525) + 1013904223) >>> 0;
    return Math.floor((this.#state / 2 ** 32) * n);
  }
  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)]!;
  }
}

function randomView(random: Random, array: NDArray): NDArray {
  let view = array;
  for (let steps = random.below(4); steps > 0; steps--) {
    const names = view.dtype.names;
    const choice = random.below(4);
    if (choice === 0) view = view.transpose();
    else if (choice === 1 && names !== null) view = view.field(random.pick(names)) as NDArray;
    else if (choice === 2 && (view.shape[0] ?? 0) > 0) view = view.at(random.below(view.shape[0]!));
    else {
      const bound = () => random.pick([null, null, random.below(9) - 4]);
      const specs = view.shape.map((): Slice => [bound(), bound(), random.pick([null, 1, 2, -1, -2])]);
      view = view.slice(...specs.slice(0, random.below(specs.length + 1)));
    }
  }
  return view;
}

interface Seen {
  shape: number[];
  strides: number[];
  dtype: DTypeLike;
  bytes: string;
}

/** The elements in C order; through a view, since the copy of a shared array is a shared array, which somebody has to close. */
function bytesOf(array: NDArray): string {
  return Buffer.from(array.slice().copy().bytes).toString("hex");
}

function seen(view: NDArray): Seen {
  return {
    shape: view.shape,
    strides: view.strides,
    dtype: view.dtype.descr,
    bytes: bytesOf(view),
  };
}

suite("random arrays between Python and Node", { skip: withoutPython }, () => {
  test(`${CASES} dtypes, shapes and views are the same on both sides`, async () => {
    await using python = new Python(program);
    for (let seed = 0; seed < CASES; seed++) {
      python.say({ seed });
      const { handle, whole, ...there } = await python.hear<Seen & { handle: ArrayHandle; whole: ArrayHandle }>();
      using a = SharedArray.attach(handle);
      assert.deepEqual(seen(a), there, `seed ${seed}: ${JSON.stringify(handle)}`);
      assert.deepEqual({ ...a.handle(), pid: handle.pid, fd: handle.fd }, handle, `seed ${seed}`);

      using all = SharedArray.attach(whole);
      const view = randomView(new Random(seed), all);
      // Before Python writes to it.
      const here = seen(view);
      python.say({ handle: view.handle() });
      assert.deepEqual(await python.hear(), here, `seed ${seed}: ${JSON.stringify(view.handle())}`);
      assert.equal(await python.hear(), bytesOf(all), `seed ${seed}`);
    }
  });
});
