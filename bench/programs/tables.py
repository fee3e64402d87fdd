"""tables.py TOOL SPEC TIMES FILE...: as tables.mjs, with a tool of Python's: numpy, pandas, polars, pyarrow. TEXT_THREADS: threads."""

import json
import os
import statistics
import sys
import time

tool, spec, times, *files = sys.argv[1:]
threads = int(os.environ["TEXT_THREADS"])
same, _, count = spec.partition("*")
dtypes = [same] * int(count) if count else spec.split(" ")
names = [f"c{i}" for i in range(len(dtypes))]


def by_name(types):
    return {name: types.get(dtype, types.get(dtype[0])) for name, dtype in zip(names, dtypes)}


def numpy():
    import numpy as np

    dtype = np.dtype(same if count else list(zip(names, dtypes)))
    return lambda file: np.loadtxt(file, dtype=dtype)


def pandas():
    import pandas as pd

    dtype = by_name({"S": "category", "i4": "i4", "i8": "i8", "f4": "f4", "f8": "f8"})
    options = dict(sep="\t", header=None, names=names, dtype=dtype, engine="c", na_filter=False)
    return lambda file: pd.read_csv(file, **options)


def polars():
    os.environ["POLARS_MAX_THREADS"] = str(threads)
    import polars as pl

    schema = by_name({"S": pl.String, "i4": pl.Int32, "i8": pl.Int64, "f4": pl.Float32, "f8": pl.Float64})
    return lambda file: pl.read_csv(file, separator="\t", has_header=False, schema=schema)


def pyarrow():
    import pyarrow as pa
    from pyarrow import csv

    pa.set_cpu_count(threads)
    text = pa.dictionary(pa.int32(), pa.string())
    types = by_name({"S": text, "i4": pa.int32(), "i8": pa.int64(), "f4": pa.float32(), "f8": pa.float64()})
    options = dict(
        read_options=csv.ReadOptions(column_names=names),
        parse_options=csv.ParseOptions(delimiter="\t"),
        convert_options=csv.ConvertOptions(column_types=types),
    )
    return lambda file: csv.read_csv(file, **options)


def timed(work):
    started = time.perf_counter()
    result = work()
    return time.perf_counter() - started, result


load = {"numpy": numpy, "pandas": pandas, "polars": polars, "pyarrow": pyarrow}[tool]()
load_s, held = timed(lambda: [load(file) for file in files])
rows = sum(len(table) for table in held)
again = [timed(lambda: load(files[-1]))[0] for _ in range(int(times))]
print(json.dumps({"load_s": load_s, "again_s": statistics.median(again) if again else None, "rows": rows}))
