"""Handles of arrays: what they lead to, and every way in which one can be wrong."""

import gc
import json
import os
import sys
import unittest
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))
import sharray  # noqa: E402
from case import Case, fresh, names, python  # noqa: E402


class Handles(Case):
    def test_every_field_is_checked(self):
        a = sharray.share(np.arange(6, dtype="<i4"))
        good = sharray.handle(a)
        for field in ("version", "pid", "fd", "dev", "ino", "nonce", "size", "offset", "shape", "strides", "dtype"):
            for wrong in (None, "x", -1, 1.5, True, [None], {}):
                self.refused("BAD_ARGUMENT", sharray.attach, dict(good, **{field: wrong}))
        self.refused("BAD_ARGUMENT", sharray.attach, dict(good, name=5))
        self.refused("BAD_ARGUMENT", sharray.attach, dict(good, name="../etc/passwd"))
        self.refused("VERSION_MISMATCH", sharray.attach, dict(good, version=2))
        for field, wrong in (
            ("dev", good["dev"] + 1),
            ("ino", good["ino"] + 1),
            ("fd", good["fd"] + 1000),
            ("nonce", good["nonce"][2:] + good["nonce"][:2]),
            ("size", good["size"] + 1),
            ("offset", 0),
            ("offset", good["size"] + 1),
            ("offset", good["offset"] + 1),
            ("shape", [7]),
            ("strides", [8]),
            ("strides", [2]),
            ("dtype", "<f4"),
            ("dtype", [["a", "<i4"]]),
            ("dtype", "sha256:" + "0" * 64),
        ):
            with self.subTest(field=field, wrong=wrong):
                error = self.refused("HANDLE_MISMATCH", sharray.attach, dict(good, **{field: wrong}))
                # Whatever leads beyond the block is said of the shape.
                self.assertIn(error.details["field"], (field, "shape"))

    def test_fields_without_bytes_are_attached_behind_the_last_byte_too(self):
        dtype = np.dtype([("a", "S0"), ("b", "<i2"), ("c", "S0"), ("d", [("x", "<U4", (0,))])])
        for shape in ((), (3,)):
            a = sharray.create(shape, dtype)
            for name in dtype.names:
                with self.subTest(shape=shape, name=name):
                    b = sharray.attach(sharray.handle(a[name]))
                    self.assertEqual((b.dtype, b.shape), (dtype[name], shape))

    def test_a_handle_without_an_array_gives_bytes(self):
        a = sharray.share(np.arange(6, dtype="<i4"))
        raw = {k: v for k, v in sharray.handle(a).items() if k not in ("offset", "shape", "strides", "dtype")}
        b = sharray.attach(raw)
        self.assertEqual((b.dtype, b.shape), (np.dtype("u1"), (raw["size"],)))
        self.assertEqual(bytes(b[:6]), b"\x93NUMPY")

    def test_a_closed_array_is_gone(self):
        a = sharray.create(5, "u1")
        h = sharray.handle(a)
        sharray.close(a)
        self.assertEqual(a[0], 0)
        self.refused("BLOCK_GONE", sharray.attach, h)

    def test_the_block_of_a_process_that_ended_is_gone(self):
        printed = python("import json, sharray; print(json.dumps(sharray.handle(sharray.create(5, 'u1'))))")
        self.refused("BLOCK_GONE", sharray.attach, json.loads(printed))

    def test_another_pid_namespace_is_not_reachable(self):
        a = sharray.create(5, "u1")
        h = dict(sharray.handle(a), pid=2**22 + 5)
        self.refused("BLOCK_GONE", sharray.attach, h)
        data = bytes.fromhex(h["nonce"])
        self.refused("NOT_REACHABLE", sharray.attach, dict(h, nonce=(data[:15] + bytes([data[15] ^ 1])).hex()))

    def test_memory_is_leased_for_as_long_as_it_can_be_seen(self):
        import fcntl

        a = sharray.create(5, "u1")
        fd = os.open(f"/proc/self/fd/{sharray.handle(a)['fd']}", os.O_RDWR)
        try:
            for step in ("open", "closed, with a view alive"):
                with self.assertRaises(BlockingIOError, msg=step):
                    fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
                sharray.close(a)
            del a
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        finally:
            os.close(fd)

    def test_nothing_is_left_of_many(self):
        gc.collect()
        before = os.listdir("/proc/self/fd"), Path("/proc/self/maps").read_text().count("memfd:sharray")
        for i in range(300):
            a = sharray.create(100, "f4", name=fresh("many") if i % 3 == 0 else None)
            b = sharray.attach(sharray.handle(a[10:]))
            if i % 2:
                sharray.close(a)
            del a, b
        after = os.listdir("/proc/self/fd"), Path("/proc/self/maps").read_text().count("memfd:sharray")
        self.assertEqual((len(before[0]), before[1]), (len(after[0]), after[1]))
        self.assertEqual(names(), set())


if __name__ == "__main__":
    unittest.main()
