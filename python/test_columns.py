"""Arrays in columns, which Node makes: what they are here. With Node they are tested in tests/python_columns.test.ts."""

import json
import os
import pickle
import socket
import sys
import tempfile
import unittest
from pathlib import Path
from unittest import mock

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))
import sharray  # noqa: E402
from case import Case, fresh  # noqa: E402

MARK = ("", "|V0")


class Columnar(Case):
    def made(self, descr, data, shape=()):
        """A file of another program in /dev/shm with that description."""
        text = f"{{'descr': {descr!r}, 'fortran_order': False, 'shape': {shape!r}, }}".encode()
        text += b" " * (64 - (11 + len(text)) % 64) + b"\n"
        name = fresh("columns")
        path = Path("/dev/shm") / name
        self.addCleanup(lambda: path.unlink() if path.exists() else None)
        path.write_bytes(b"\x93NUMPY\1\0" + len(text).to_bytes(2, "little") + text + data)
        return name

    def two(self):
        descr = [MARK, ("pos", "<i4", (3,)), ("", "|V52"), ("xy", "<f8", (3, 2))]
        return self.made(descr, np.arange(3, dtype="<i4").tobytes() + bytes(52) + np.arange(6.0).tobytes())

    def test_a_mapping_of_names_to_arrays(self):
        with sharray.attach(self.two()) as a:
            self.assertEqual((list(a), len(a), a.shape, a.ndim, a.size), (["pos", "xy"], 2, (3,), 1, 3))
            self.assertEqual(a.dtype, np.dtype([("pos", "<i4"), ("xy", "<f8", (2,))]))
            self.assertEqual(a["pos"].tolist(), [0, 1, 2])
            self.assertEqual(a["xy"].tolist(), [[0, 1], [2, 3], [4, 5]])
            self.assertTrue(a["pos"].flags.c_contiguous and a["xy"].flags.aligned)
            self.assertNotIn("chr", a)
            with self.assertRaises(KeyError):
                a["chr"]
            a["pos"] += 5
            a["xy"] = 7
            self.assertEqual((a["pos"].tolist(), a["xy"].max()), ([5, 6, 7], 7))
            records = np.asarray(a)
            self.assertEqual((records.dtype, records["pos"].tolist()), (a.dtype, [5, 6, 7]))
            again = pickle.loads(pickle.dumps(a))
            self.assertEqual((type(again), again["pos"].tolist()), (dict, [5, 6, 7]))
            self.assertIn("(3,)", repr(a))
            held = a["pos"]
        self.assertEqual(held.tolist(), [5, 6, 7])
        self.refused("CLOSED", sharray.handle, a)

    def test_read_only_columns_are_not_written_to(self):
        a = sharray.attach(self.two(), readonly=True)
        with self.assertRaises(ValueError):
            a["pos"] += 1
        with self.assertRaises(ValueError):
            a["pos"] = 1

    def test_handles_of_columns_and_of_their_fields(self):
        a = sharray.attach(self.two())
        h = json.loads(json.dumps(sharray.handle(a)))
        self.assertEqual((h["layout"], h["shape"], h["strides"]), ("columns", [3], [20]))
        b = sharray.attach(h)
        self.assertEqual(b["xy"].tolist(), a["xy"].tolist())
        part = sharray.attach(dict(h, shape=[2], strides=[-40], offset=h["offset"] + 40))
        self.assertEqual(part["pos"].tolist(), [2, 0])
        self.assertEqual(sharray.attach(sharray.handle(part))["xy"].tolist(), [[4, 5], [0, 1]])
        field = sharray.attach(sharray.handle(part["xy"][:, 1]))
        self.assertEqual(field.tolist(), [5, 1])
        self.refused("NOT_SUPPORTED", sharray.handle, a["pos"].view("u1"))
        self.refused("BAD_ARGUMENT", sharray.attach, dict(h, layout="diagonal"))
        self.refused("BAD_ARGUMENT", sharray.attach, dict(h, layout=None))

    def test_arrays_without_axes_and_without_elements(self):
        name = self.made([("a", "<i4"), ("", "|V3"), MARK, ("", "|V57"), ("b", "|S2"), MARK], b"\5" + bytes(63) + b"hi")
        a = sharray.attach(name)
        self.assertEqual((a.shape, a["a"].item(), a["b"].item()), ((), 5, b"hi"))
        self.assertEqual(sharray._spell(a.dtype), [["a", "<i4"], ["", "|V3"], ["b", "|S2"]])
        os.unlink(f"/dev/shm/{name}")
        a = sharray.attach(self.made([MARK, MARK, ("a", "<i4", (0, 3)), ("n", "|S0"), ("x", "<f4", (0, 3))], b""))
        self.assertEqual((a.shape, a["a"].shape, a["n"].shape), ((0, 3), (0, 3), (0, 3)))
        self.assertEqual(sharray.attach(sharray.handle(a)).shape, (0, 3))

    def test_damaged_descriptions_are_refused(self):
        for descr in (
            [MARK],
            [MARK, ("a", "<i4")],
            [MARK, ("a", "<i4", (3,)), ("", "|V52"), ("b", "<i4", (4,))],
            [MARK, ("a", "<i4", (3,)), ("b", "<i4", (3,))],
            [MARK, ("a", "<i4", (3,)), MARK],
            [MARK, ("a", "<i4", (2**60,))],
            [MARK, ("n", "|S0")],
        ):
            with self.subTest(descr=descr):
                name = self.made(descr, bytes(128))
                self.refused("NPY_BAD_HEADER", sharray.attach, name)
                os.unlink(f"/dev/shm/{name}")
        name = self.made([MARK, ("a", "<i4", (64,))], bytes(128))
        self.refused("NPY_BAD_HEADER", sharray.attach, name)


class Elsewhere(Case):
    def test_a_descriptor_that_leads_elsewhere_for_a_moment(self):
        """Between the look and the opening, the descriptor's number is that of something which cannot be opened as a file."""
        a = sharray.create(3, "u1")
        h = sharray.handle(a)
        genuine = os.open
        with tempfile.TemporaryDirectory() as folder, socket.socket(socket.AF_UNIX) as one:
            path = os.path.join(folder, "socket")
            one.bind(path)
            for other in (folder, path):
                tries = []

                def once(name, flags, *rest, **named):
                    if name == f"/proc/{h['pid']}/fd/{h['fd']}" and not tries:
                        tries.append(name)
                        name = other
                    return genuine(name, flags, *rest, **named)

                with mock.patch.object(os, "open", once):
                    self.assertEqual(sharray.attach(h).shape, (3,))
                self.assertEqual(len(tries), 1)
        # A pipe without a writer would let its opener wait for ever.
        with tempfile.TemporaryDirectory() as folder:
            pipe = os.path.join(folder, "pipe")
            os.mkfifo(pipe)

            def always(name, flags, *rest, **named):
                elsewhere = name == f"/proc/{h['pid']}/fd/{h['fd']}"
                return genuine(pipe if elsewhere else name, flags, *rest, **named)

            with mock.patch.object(os, "open", always):
                self.refused("BLOCK_GONE", sharray.attach, h, readonly=True)

    def test_what_the_system_keeps_refusing_is_told(self):
        h = sharray.handle(sharray.create(3, "u1"))
        self.refused("BLOCK_GONE", sharray.attach, h)
        a = sharray.create(3, "u1")
        h = sharray.handle(a)
        genuine = os.open

        def refusing(name, *rest, **named):
            if name == f"/proc/{h['pid']}/fd/{h['fd']}":
                raise OSError(21, os.strerror(21))
            return genuine(name, *rest, **named)

        with mock.patch.object(os, "open", refusing):
            self.refused("IO_ERROR", sharray.attach, h)


if __name__ == "__main__":
    unittest.main()
