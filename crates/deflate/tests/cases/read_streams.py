"""Reads chunks and their streams, puts each stream into an HDF5 file as the one chunk of a dataset, and compares what h5py reads with the chunk.

A record is four numbers (its seed, the bytes of an element, of the chunk and of the stream), the chunk behind the shuffle filter, and the stream.
"""

import struct
import sys

import h5py
import numpy as np

HEAD = struct.Struct("<QIII")


def wrong(size, planes, stream):
    """What is wrong with a stream, or None."""
    # Bytes behind the last whole element are in no chunk of HDF5: such a chunk is one of bytes, which are not shuffled.
    if len(planes) % size:
        size = 1
    rows = len(planes) // size
    with h5py.File("chunk", "w", driver="core", backing_store=False) as file:
        made = file.create_dataset("x", (rows,), f"V{size}", chunks=(rows,), compression="gzip", shuffle=True)
        made.id.write_direct_chunk((0,), stream)
        try:
            found = made[...]
        except OSError as error:
            return str(error)
    bytes_of_rows = np.frombuffer(found.tobytes(), np.uint8).reshape(rows, size)
    return None if bytes_of_rows.T.tobytes() == planes else "h5py reads something else"


done = 0
while head := sys.stdin.buffer.read(HEAD.size):
    seed, size, length, packed = HEAD.unpack(head)
    planes, stream = sys.stdin.buffer.read(length), sys.stdin.buffer.read(packed)
    reason = wrong(size, planes, stream)
    if reason is not None:
        sys.exit(f"{length} bytes, elements of {size}: {reason}\nfound with --seed {seed}")
    done += 1
print(done)
