"""A pool of two processes: the original of examples/tutorial-pool.ts, in Python with NumPy and h5py.

    python tutorial_pool.py OUT.h5 TABLE...

Each worker reads one table after another into shared memory and returns only name, shape and dtype; the parent attaches,
writes the arrays to HDF5, and removes the blocks.
"""

import os
import sys
from multiprocessing import Pool
from multiprocessing.resource_tracker import ensure_running
from multiprocessing.shared_memory import SharedMemory

import h5py
import numpy as np

dtype = [("chr", "S10"), ("pos", "<i4"), ("pct", "<f4"), ("c", "<i4"), ("t", "<i4")]


def load(path):
    table = np.loadtxt(path, dtype=dtype)
    block = SharedMemory(create=True, size=max(1, table.nbytes))
    shared = np.ndarray(table.shape, table.dtype, buffer=block.buf)
    shared[:] = table
    del shared
    block.close()  # the block itself stays: removing it is the parent's part
    return path, block.name, table.shape, table.dtype.descr


def main():
    out, paths = sys.argv[1], sys.argv[2:]
    # Python keeps a list of blocks to remove at the end. One list for all: with one each, a child's would remove blocks that the
    # parent still needs, and complain about those that it finds gone.
    ensure_running()
    # The parent attaches while the pool is alive: when a worker ends, Python's resource tracker may remove what it made.
    with Pool(processes=2) as pool, h5py.File(out, "w") as file:
        for path, name, shape, descr in pool.map(load, paths):
            block = SharedMemory(name=name)
            table = np.ndarray(shape, np.dtype(descr), buffer=block.buf)
            title = os.path.splitext(os.path.basename(path))[0]
            file.create_dataset(title, data=table)
            print(f"{title}: shape {table.shape}, dtype {table.dtype.descr}")
            print(table[:3])
            print(f"mean of pct: {table['pct'].mean(dtype='f8'):.4f}")
            del table
            block.close()
            block.unlink()


if __name__ == "__main__":
    main()
