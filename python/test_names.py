"""Named arrays: who may have them, and when a name goes."""

import json
import os
import sys
import unittest
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))
import sharray  # noqa: E402
from case import Case, fresh, names, python  # noqa: E402

HOLDER = """
import json, sharray, sys
a = sharray.create(3, "u1", name=sys.argv[1])
print(json.dumps(sharray.handle(a)))
"""


class Names(Case):
    def test_a_name_goes_with_the_last_holder(self):
        name = fresh("last")
        a = sharray.create((2, 3), "<i4", name=name)
        a[:] = 7
        self.assertEqual(sharray.handle(a)["name"], f"sharray.{name}")
        np.testing.assert_array_equal(np.load(f"/dev/shm/sharray.{name}"), a)
        self.assertEqual(os.stat(f"/dev/shm/sharray.{name}").st_mode & 0o777, 0o600)
        b = sharray.attach(name)
        c = sharray.attach(f"sharray.{name}", readonly=True)
        d = sharray.attach(sharray.handle(b[:, 1:]))
        for x in (a, b, c):
            sharray.close(x)
            self.assertEqual(names(), {f"sharray.{name}"})
        sharray.close(d)
        self.assertEqual(names(), set())
        np.testing.assert_array_equal(a, 7)
        self.refused("NOT_FOUND", sharray.attach, name)
        self.refused("BLOCK_GONE", sharray.attach, dict(json.loads(python(HOLDER, name)), fd=900))

    def test_taken_names_and_persisting_ones(self):
        name = fresh("kept")
        a = sharray.create(3, "u1", name=name, persist=True)
        self.assertEqual(sharray.handle(a)["name"], f"sharray-keep.{name}")
        for again in (name, f"sharray.{name}", f"sharray-keep.{name}"):
            error = self.refused("FILE_EXISTS", sharray.create, 3, "u1", again)
            self.assertEqual(error.details["name"], f"sharray-keep.{name}")
        sharray.close(a)
        self.assertEqual(sharray.attach(name).shape, (3,))
        sharray.unlink(name)
        self.refused("NOT_FOUND", sharray.unlink, name)
        self.assertEqual(names(), set())

    def test_unlink_leaves_holders_alone(self):
        name = fresh("unlinked")
        a = sharray.create(3, "u1", name=name)
        sharray.unlink(f"sharray.{name}")
        b = sharray.create(4, "u1", name=name)
        a[:] = 5
        h = sharray.handle(a)
        self.assertEqual(sharray.attach(h).tolist(), [5, 5, 5], "through /proc, as the name leads elsewhere")
        sharray.close(a)
        self.assertEqual(sharray.attach(name).shape, (4,))
        sharray.close(b)
        self.assertEqual(names(), set())

    def test_fresh_names_and_wrong_ones(self):
        a = sharray.create(3, "u1", name=True)
        self.assertRegex(sharray.handle(a)["name"], r"^sharray\.\d+-[0-9a-f]{16}$")
        for wrong in ("", ".", "..", "a/b", "/a", "a\0", "a~b", "-a", ".a", "ä", "sharray.", "a" * 300, 5, b"a"):
            self.refused("BAD_ARGUMENT", sharray.create, 1, "u1", wrong)
        for wrong in ("", ".", "..", "a/b", "a\0", "sharray.x~lock", "a" * 300):
            self.refused("BAD_ARGUMENT", sharray.attach, wrong)
            self.refused("BAD_ARGUMENT", sharray.unlink, wrong)

    def test_links_pipes_and_folders_are_refused_and_stay(self):
        for tag, make in (
            ("link", lambda path: os.symlink("/etc/passwd", path)),
            ("pipe", os.mkfifo),
            ("folder", os.mkdir),
        ):
            name = fresh(tag)
            path = f"/dev/shm/sharray.{name}"
            make(path)
            try:
                self.refused("NOT_FOUND", sharray.attach, name)
                self.refused("NOT_FOUND", sharray.unlink, name)
                refused = self.refused("FILE_EXISTS", sharray.create, 1, "u1", name)
                self.assertRegex(refused.details["found"], {"link": "symbolic link", "pipe": "pipe", "folder": "directory"}[tag])
                self.assertTrue(os.path.lexists(path))
            finally:
                (os.rmdir if tag == "folder" else os.unlink)(path)

    def test_what_the_dead_left_is_swept(self):
        name = fresh("dead")
        with self.assertRaises(AssertionError):
            python(f"import os, sharray; a = sharray.create(3, 'u1', name={name!r}); os.kill(os.getpid(), 9)")
        # Another program's sweep may be faster.
        self.assertLessEqual(names(), {f"sharray.{name}"})
        sharray.create(3, "u1", name=fresh("other"))
        self.assertEqual(names(), set())

    def test_exits_remove_names(self):
        for end in ("sys.exit(0)", "pass"):
            name = fresh("exit")
            python(f"import sys, sharray; a = sharray.create(3, 'u1', name={name!r}); {end}")
            self.assertEqual(names(), set())
        with self.assertRaisesRegex(AssertionError, "ZeroDivisionError"):
            python(f"import sys, sharray; a = sharray.create(3, 'u1', name={name!r}); 1 / 0")
        self.assertEqual(names(), set())

    def test_damaged_headers(self):
        name = fresh("damaged")
        # Of those that persist, which no sweep takes away.
        path = f"/dev/shm/sharray-keep.{name}"
        a = sharray.create(30, "<i4", name=name, persist=True)
        raw = bytearray(Path(path).read_bytes())
        sharray.close(a)

        def attach(data):
            Path(path).write_bytes(data)
            return sharray.attach(name)

        try:
            for wrong in (
                raw[:6] + b"\x09" + raw[7:],
                raw[:100],
                raw[:8] + b"\xff\xff" + raw[10:],
                raw.replace(b"(30,)", b"(99,)"),
                raw.replace(b"(30,)", b"(-1,)"),
                raw.replace(b"'shape'", b"'shapf'"),
                raw.replace(b"False", b"0    "),
                raw.replace(b"'descr'", b"foo()  "),
                raw[:10] + b"[" * 100 + raw[110:],
            ):
                with self.subTest(data=bytes(wrong[:110])):
                    self.refused("NPY_BAD_HEADER", attach, wrong)
            self.refused("BAD_DTYPE", attach, raw.replace(b"'<i4'", b"'<q4'"))
            self.assertEqual(attach(b"\x93NUM" + bytes(20)).shape, (24,))
            self.assertEqual(attach(b"").shape, (0,))
        finally:
            if os.path.exists(path):
                os.unlink(path)

    def test_other_programs_blocks(self):
        path = Path(f"/dev/shm/foreign-py-{os.getpid()}")
        path.write_bytes(b"abc")
        try:
            a = sharray.attach(path.name)
            a[0] = ord("x")
            self.assertEqual(path.read_bytes(), b"xbc")
            h = sharray.handle(a.view("S3"))
            self.assertEqual(sharray.attach(h).tolist(), [b"xbc"])
            sharray.close(a)
            self.assertTrue(path.exists())
            self.refused("NOT_FOUND", sharray.unlink, path.name)
        finally:
            path.unlink()


if __name__ == "__main__":
    unittest.main()
