"""Arrays in shared memory: `python -m unittest discover -s python`. With Node they are tested in tests/python*.test.ts."""

import json
import os
import pickle
import re
import sys
import unittest
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from unittest import mock

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))
import sharray  # noqa: E402
from case import HERE, Case  # noqa: E402

RECORDS = [("chr", "S10"), ("pos", "<i4"), ("xyz", "<f4", (3,)), ("in", [("a", "<i2"), ("b", ">f8")])]


class _Without:
    """A C library that lacks some functions."""

    def __init__(self, libc, *names):
        self._libc, self._names = libc, names

    def __getattr__(self, name):
        if name in self._names:
            raise AttributeError(name)
        return getattr(self._libc, name)


class Arrays(Case):
    def test_version_is_that_of_the_npm_package(self):
        package = json.loads((HERE.parent / "packages" / "sharray" / "package.json").read_text())
        self.assertEqual(sharray.__version__, package["version"])

    def test_create_makes_zeros_that_are_a_genuine_ndarray(self):
        a = sharray.create((3, 4), "<f8")
        self.assertIsInstance(a, np.ndarray)
        self.assertEqual((a.shape, a.dtype.str, a.strides), ((3, 4), "<f8", (32, 8)))
        self.assertTrue((a == 0).all() and a.flags.writeable and a.flags.c_contiguous and a.flags.aligned)
        self.assertEqual(sharray.create(5, "i4").shape, (5,))
        self.assertEqual(sharray.create((), "i4").shape, ())
        self.assertEqual(sharray.create(np.int64(2), "(3,)f4").shape, (2, 3))

    def test_share_copies_and_attach_sees_the_same_bytes(self):
        for array in (
            np.arange(12).reshape(3, 4),
            np.asfortranarray(np.arange(12.0).reshape(3, 4)),
            np.zeros(3, RECORDS),
            np.array(7, ">u2"),
            np.zeros((0, 3), "f4"),
            np.array(["é", "€uro"]),
            np.array([b"a", b"bcd"]),
            np.array(["2026-01-02", "NaT"], "M8[us]"),
            np.array([True, False]),
            np.array([1 + 2j]),
            np.arange(5, dtype="f2")[::-2],
            np.zeros(2, "V7"),
        ):
            with self.subTest(dtype=array.dtype):
                a = sharray.share(array)
                b = sharray.attach(json.loads(json.dumps(sharray.handle(a))))
                self.assertEqual((b.dtype, b.shape), (array.dtype, array.shape))
                self.assertEqual(b.tobytes(), array.tobytes())
                if b.size:
                    b[...] = b.flat[-1]
                    self.assertEqual(a.tobytes(), b.tobytes())

    def test_views_travel_by_offset_and_strides(self):
        a = sharray.share(np.arange(60, dtype="<i4").reshape(3, 4, 5))
        for view in (a[1], a[:, ::-2, 1:], a.T, a[2, 3, 4:], a[..., 0], a[0:0], a[::-1, None], np.asarray(a)[1:, 1]):
            b = sharray.attach(sharray.handle(view))
            self.assertEqual((b.strides, b.shape), (view.strides, view.shape))
            np.testing.assert_array_equal(b, view)
        r = sharray.create(4, RECORDS)
        for view in (r["pos"], r["xyz"][:, 1:], r["in"]["b"][::-1], r[1:3], r["in"]):
            b = sharray.attach(sharray.handle(view))
            b[...] = np.ones((), b.dtype)
            np.testing.assert_array_equal(view, b)

    def test_a_view_of_other_elements_has_no_handle(self):
        a = sharray.create(4, "<f8")
        error = self.refused("NOT_SUPPORTED", sharray.handle, a.view("<i8"))
        self.assertEqual(error.__cause__.code, "HANDLE_MISMATCH")

    def test_views_keep_the_memory(self):
        a = sharray.share(np.arange(1000))
        view = memoryview(np.asarray(a)[500:])
        del a
        self.assertEqual(view[0], 500)

    def test_readonly_is_not_writeable(self):
        a = sharray.share(np.arange(4))
        b = sharray.attach(sharray.handle(a), readonly=True)
        self.assertFalse(b.flags.writeable)
        with self.assertRaises(ValueError):
            b[0] = 1
        with self.assertRaises(ValueError):
            b.flags.writeable = True
        a[0] = 9
        self.assertEqual(b[0], 9)
        self.assertEqual(sharray.attach(sharray.handle(b))[0], 9)

    def test_with_closes(self):
        a = sharray.share(np.arange(4))
        with sharray.attach(sharray.handle(a)) as b:
            self.assertEqual(b.sum(), 6)
        self.refused("CLOSED", sharray.handle, b)
        self.assertEqual(b[3], 3, "what is left of it stays readable")
        sharray.close(b)

    def test_results_are_ordinary(self):
        a = sharray.share(np.arange(4.0))
        self.assertIs(type(a + 1), np.ndarray)
        self.assertIs(type(a.mean()), np.float64)
        self.assertIs(type(np.sqrt(a)), np.ndarray)
        self.assertIs(np.add(a, 1, out=a), a)
        self.refused("BAD_ARGUMENT", sharray.handle, a + 1)
        for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
            copy = pickle.loads(pickle.dumps(a[::2], protocol))
            self.assertIs(type(copy), np.ndarray)
            np.testing.assert_array_equal(copy, a[::2])

    def test_a_long_dtype_stays_in_the_block(self):
        a = sharray.share(np.arange(200).astype([(f"field_{i}_é", "<f4") for i in range(300)]))
        h = sharray.handle(a)
        self.assertTrue(re.fullmatch("sha256:[0-9a-f]{64}", h["dtype"]), h["dtype"])
        self.assertLess(len(json.dumps(h)), 600)
        self.assertEqual(sharray.attach(h).dtype, a.dtype)
        self.refused("HANDLE_MISMATCH", sharray.attach, dict(h, dtype="sha256:" + "0" * 64))

    def test_errors_can_be_pickled(self):
        error = self.refused("BAD_SHAPE", sharray.create, -1, "f8")
        copy = pickle.loads(pickle.dumps(error))
        self.assertEqual((copy.code, copy.message, copy.details), (error.code, error.message, error.details))

    def test_other_systems_are_told(self):
        with mock.patch.object(sharray, "_the_kernel", None), mock.patch.object(sys, "platform", "darwin"):
            for call, args in (
                (sharray.create, (1, "f8")),
                (sharray.create, (1, "f8", "x")),
                (sharray.share, ([1],)),
                (sharray.attach, ("x",)),
                (sharray.unlink, ("x",)),
            ):
                self.refused("UNSUPPORTED_PLATFORM", call, *args)

    def test_systems_without_the_newer_calls(self):
        kernel = sharray._Kernel()
        fd = os.open("/dev/shm", os.O_TMPFILE | os.O_RDWR)
        nonce = sharray._nonce_of_file(fd)
        kernel.libc = _Without(kernel.libc, "statx", "memfd_create")
        with mock.patch.object(sharray, "_the_kernel", kernel), mock.patch.object(os, "memfd_create", None):
            self.assertEqual(sharray._nonce_of_file(fd), nonce, "by number")
            a = sharray.create(3, "u1")
            self.assertEqual(sharray.attach(sharray.handle(a)).tolist(), [0, 0, 0])
            kernel.statx_number = None
            self.assertNotEqual(sharray._nonce_of_file(fd), nonce, "not known")
        os.close(fd)

    def test_threads(self):
        def work(number):
            for _ in range(50):
                with sharray.create(number, "u1", name=True) as a, sharray.attach(sharray.handle(a)) as b:
                    b[:] = number
                    if a.tolist() != [number] * number:
                        raise AssertionError(a)

        with ThreadPoolExecutor(4) as pool:
            list(pool.map(work, range(1, 9)))

    def test_wrong_arguments(self):
        for code, call, args in (
            ("BAD_DTYPE", sharray.create, (3, "O")),
            ("BAD_DTYPE", sharray.create, (3, "nonsense")),
            ("BAD_DTYPE", sharray.share, ([object()],)),
            ("BAD_SHAPE", sharray.create, (-1, "f8")),
            ("BAD_SHAPE", sharray.create, ("x", "f8")),
            ("BAD_SHAPE", sharray.create, ((1,) * 65, "f8")),
            ("BAD_SHAPE", sharray.create, ((2**40, 2**40), "f8")),
            ("NO_SPACE", sharray.create, (2**50, "u1")),
            ("BAD_ARGUMENT", sharray.create, (1, "f8", None, True)),
            ("BAD_ARGUMENT", sharray.create, (1, "f8", 5)),
            ("BAD_ARGUMENT", sharray.create, (1, "f8", "x", 1)),
            ("BAD_ARGUMENT", sharray.attach, (5,)),
            ("BAD_ARGUMENT", sharray.attach, ({}, True)),
            ("BAD_ARGUMENT", sharray.attach, ({}, "yes")),
            ("BAD_ARGUMENT", sharray.handle, (np.zeros(3),)),
            ("BAD_ARGUMENT", sharray.handle, ("x",)),
            ("BAD_ARGUMENT", sharray.close, (np.zeros(3),)),
            ("BAD_ARGUMENT", sharray.unlink, (None,)),
        ):
            with self.subTest(call=call.__name__, args=args):
                self.refused(code, call, *args)


if __name__ == "__main__":
    unittest.main()
