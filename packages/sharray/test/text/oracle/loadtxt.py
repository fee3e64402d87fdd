"""Reads calls of loadtxt, one JSON object a line, and answers each with what NumPy makes of it, one JSON object a line."""

import json
import os
import re
import sys
import warnings

import numpy as np
from numpy.lib import format as npformat

OPTIONS = {"maxRows": "max_rows"}
CONVERTERS = {"upper": str.upper, "doubled": lambda text: text + text, "length": len}

# What NumPy says about the place: rows are counted from 0 for values and from 1 for columns.
PLACES = (
    ("value", 0, re.compile(r" at row (?P<row>\d+), column (?P<column>\d+)\.$")),
    ("columns", 1, re.compile(r"changed from (?P<expected>\d+) to (?P<found>\d+) at row (?P<row>\d+);")),
    ("columns", 1, re.compile(r"requires (?P<expected>\d+) columns but (?P<found>\d+) were found at row (?P<row>\d+);")),
    ("index", 1, re.compile(r"invalid column index (?P<index>-?\d+) at row (?P<row>\d+) with (?P<found>\d+) columns")),
)


def build(described, align):
    """np.dtype of a description as JSON has it."""
    if isinstance(described, str):
        return np.dtype(described)
    fields = [(f[0], build(f[1], align), *(tuple(shape) for shape in f[2:])) for f in described]
    if any(field[0] == "" for field in fields):
        return npformat.descr_to_dtype(fields_without_dtypes(described))
    return np.dtype(fields, align=align)


def fields_without_dtypes(described):
    if isinstance(described, str):
        return described
    return [(f[0], fields_without_dtypes(f[1]), *(tuple(shape) for shape in f[2:])) for f in described]


def converter(value):
    if isinstance(value, dict):
        keys = ((int(key) if key.lstrip("-").isdigit() else key, name) for key, name in value.items())
        return {key: CONVERTERS.get(name, 0) for key, name in keys}
    return CONVERTERS.get(value, 0)


def arguments(options):
    given = {OPTIONS.get(name, name): value for name, value in options.items()}
    if "converters" in given:
        given["converters"] = converter(given["converters"])
    return given


def covered(dtype):
    """Which bytes of an element belong to a field; what lies between fields is left as it was by NumPy."""
    if dtype.subdtype is not None:
        base, shape = dtype.subdtype
        return np.tile(covered(base), int(np.prod(shape)))
    if dtype.names is None:
        return np.ones(dtype.itemsize, bool)
    mask = np.zeros(dtype.itemsize, bool)
    for field, offset, *_ in dtype.fields.values():
        mask[offset : offset + field.itemsize] |= covered(field)
    return mask


def answer_array(array):
    data = np.frombuffer(array.tobytes(), np.uint8)
    if array.dtype.names is not None and array.dtype.itemsize > 0:
        data = np.where(covered(array.dtype), data.reshape(-1, array.dtype.itemsize), 0).astype(np.uint8)
    descr = array.dtype.str if array.dtype.names is None else array.dtype.descr
    return {"shape": array.shape, "descr": descr, "bytes": data.tobytes().hex()}


def place(error, path):
    """Where NumPy says that it went wrong. Of bytes that cannot be decoded it is told where they lie in what was read at once."""
    if isinstance(error, UnicodeDecodeError):
        whole = len(error.object) == os.path.getsize(path)
        return {"what": "encoding", "byte": error.start} if whole else None
    message = str(error)
    for what, first, pattern in PLACES:
        if found := pattern.search(message):
            figures = {name: int(value) for name, value in found.groupdict().items()}
            figures["row"] -= first
            return {"what": what, **figures}
    return None


def answer(call):
    try:
        dtype = build(call["dtype"], call["align"])
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            source = call.get("lines", call["path"])
            result = np.loadtxt(source, dtype=dtype, **arguments(call["options"]))
        several = isinstance(result, list)
        return {
            "arrays": [answer_array(array) for array in (result if several else [result])],
            "several": several,
            "empty": any("input contained no data" in str(w.message) for w in caught),
        }
    except Exception as error:  # every refusal is an answer
        return {"refused": type(error).__name__, "message": str(error), "place": place(error, call["path"])}


for line in sys.stdin:
    print(json.dumps(answer(json.loads(line))), flush=True)
