"""One process per table, two queues: the original of examples/tutorial-queues.ts, in Python with NumPy and h5py.

    python tutorial_queues.py OUT.h5 TABLE...

A child reads its table with NumPy, puts it into a block of shared memory, and sends name, shape and dtype over the first queue.
The parent attaches to the block, so that both see the same bytes, writes them to HDF5, and says "done" over the second queue;
then the child releases its block and ends.
"""

import os
import sys
from multiprocessing import Process, Queue
from multiprocessing.resource_tracker import ensure_running
from multiprocessing.shared_memory import SharedMemory

import h5py
import numpy as np

dtype = [("chr", "S10"), ("pos", "<i4"), ("pct", "<f4"), ("c", "<i4"), ("t", "<i4")]


def load(path, ready, done):
    table = np.loadtxt(path, dtype=dtype)
    block = SharedMemory(create=True, size=max(1, table.nbytes))
    shared = np.ndarray(table.shape, table.dtype, buffer=block.buf)
    shared[:] = table
    ready.put({"path": path, "name": block.name, "shape": table.shape, "dtype": table.dtype.descr})
    del shared  # a view that is alive would make close() fail
    # The block must live until the parent has attached to it and is through with it. Each child has a `done` of its own: on one
    # queue for all of them, this child could take the message that was meant for another, and that other would be left
    # waiting, while this block would be gone before the parent has attached to it.
    done.get()
    block.close()
    block.unlink()


def main():
    out, paths = sys.argv[1], sys.argv[2:]
    # Python keeps a list of blocks to remove at the end. One list for all: with one each, a child's would remove blocks that the
    # parent still needs, and complain about those that it finds gone.
    ensure_running()
    ready = Queue()
    dones = {path: Queue() for path in paths}
    children = [Process(target=load, args=(path, ready, dones[path])) for path in paths]
    for child in children:
        child.start()
    with h5py.File(out, "w") as file:
        for _ in children:
            message = ready.get()
            block = SharedMemory(name=message["name"])
            table = np.ndarray(message["shape"], np.dtype(message["dtype"]), buffer=block.buf)
            name = os.path.splitext(os.path.basename(message["path"]))[0]
            file.create_dataset(name, data=table)
            print(f"{name}: shape {table.shape}, dtype {table.dtype.descr}")
            print(table[:3])
            print(f"mean of pct: {table['pct'].mean(dtype='f8'):.4f}")
            del table
            block.close()
            dones[message["path"]].put("done")
    for child in children:
        child.join()


if __name__ == "__main__":
    main()
