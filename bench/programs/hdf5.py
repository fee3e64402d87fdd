"""hdf5.py WHAT ...: as hdf5.mjs, by h5py, and what else the benchmark of HDF5 takes from Python. Prints figures as JSON.

write OUT LEVEL ROWS NPY...   arrays in memory to datasets, by gzip and shuffle, until the file is closed: write_s. ROWS `auto`: h5py's own
read FILE                     all its datasets into fresh memory: read_s
arrow OUT TEXT...             text tables to contiguous datasets, read by pyarrow with TEXT_THREADS threads
stored FILE...                bytes of each file's datasets, as they are stored; fails where the files do not hold the same values
"""

import json
import os
import sys
import time

import h5py
import numpy as np

what, *operands = sys.argv[1:]
DTYPE = np.dtype([("chr", "S10"), ("pos", "<i4"), ("pct", "<f4"), ("c", "<i4"), ("t", "<i4")])


def write(out, level, rows, *tables):
    arrays = [np.load(path) for path in tables]
    chunks = True if rows == "auto" else (int(rows),)
    options = dict(chunks=chunks, compression="gzip", compression_opts=int(level), shuffle=True)
    with h5py.File(out, "w") as file:
        started = time.perf_counter()
        for i, array in enumerate(arrays):
            file.create_dataset(f"data{i + 1}", data=array, **options)
    return {"write_s": time.perf_counter() - started}


def read(path):
    with h5py.File(path, "r") as file:
        started = time.perf_counter()
        held = [dataset[()] for dataset in file.values()]
        read_s = time.perf_counter() - started
    return {"read_s": read_s, "rows": sum(len(array) for array in held)}


def arrow(out, *texts):
    import pyarrow as pa
    from pyarrow import csv

    pa.set_cpu_count(int(os.environ["TEXT_THREADS"]))
    types = dict(zip(DTYPE.names, [pa.dictionary(pa.int32(), pa.string()), pa.int32(), pa.float32(), pa.int32(), pa.int32()]))
    options = dict(
        read_options=csv.ReadOptions(column_names=DTYPE.names),
        parse_options=csv.ParseOptions(delimiter="\t"),
        convert_options=csv.ConvertOptions(column_types=types),
    )
    with h5py.File(out, "w") as file:
        for i, text in enumerate(texts):
            table = csv.read_csv(text, **options)
            records = np.empty(len(table), DTYPE)
            start = 0
            for batch in table.to_batches():
                part = records[start : start + len(batch)]
                for name, column in zip(DTYPE.names, batch.columns):
                    if name == "chr":
                        part[name] = np.array(column.dictionary.to_pylist(), "S10")[column.indices.to_numpy()]
                    else:
                        part[name] = column.to_numpy()
                start += len(batch)
            file.create_dataset(f"data{i + 1}", data=records)


def stored(*paths):
    files = [h5py.File(path, "r") for path in paths]
    for name, first in files[0].items():
        expected = first[()].view("u1")
        for file in files[1:]:
            if not np.array_equal(file[name][()].view("u1"), expected):
                sys.exit(f"{file.filename}: {name} is not that of {paths[0]}")
    return [sum(dataset.id.get_storage_size() for dataset in file.values()) for file in files]


work = {"write": write, "read": read, "arrow": arrow, "stored": stored}
print(json.dumps(work[what](*operands)))
