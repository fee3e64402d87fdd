"""compare.py FOLDER: every .npy file of the folder against the Arrow stream beside it: values bit for bit, as pyarrow reads them."""

import pathlib
import sys

import numpy as np
import pyarrow as pa

columns = 0


def compare(column, values, where):
    """An Arrow array against a NumPy one of as many elements."""
    global columns
    columns += 1
    kind = values.dtype.kind
    if values.ndim > 1:
        compare(column.flatten(), values.reshape(-1, *values.shape[2:]), where)
    elif values.dtype.names:
        for name in values.dtype.names:
            compare(column.field(name), values[name], f"{where}.{name}")
    elif kind == "c":
        compare(column.field("re"), values.real, where)
        compare(column.field("im"), values.imag, where)
    elif kind == "b":
        assert column.to_pylist() == values.tolist(), where
    elif kind == "S":
        assert column.to_pylist() == [text.decode("latin1") for text in values.tolist()], where
    elif kind == "U":
        assert column.to_pylist() == values.tolist(), where
    elif kind == "V":
        assert column.to_pylist() == [bytes(item) for item in values], where
    elif kind in "Mm":
        missing = np.isnat(values)
        assert [item.is_valid for item in column] == (~missing).tolist(), where
        unit = np.datetime_data(values.dtype)[0]
        width = pa.int32() if unit == "D" and kind == "M" else pa.int64()
        found = column.view(width).to_pylist()
        scale = 3600 if unit == "h" else 1
        expected = [None if gone else int(item) * scale for item, gone in zip(values.astype("<i8").tolist(), missing)]
        assert found == expected, (where, found, expected)
    else:
        native = values.astype(values.dtype.newbyteorder("="))
        assert np.asarray(column.to_numpy(zero_copy_only=False)).tobytes() == native.tobytes(), where


files = sorted(pathlib.Path(sys.argv[1]).glob("*.npy"))
for path in files:
    array = np.load(path)
    table = pa.ipc.open_stream(path.with_suffix(".arrows").read_bytes()).read_all()
    table.validate(full=True)
    assert table.column_names == list(array.dtype.names), path
    for name in table.column_names:
        compare(table[name].combine_chunks(), array[name], f"{path.name}: {name} {array.dtype[name]}")
print(columns)
