"""What the tests of sharray.py have in common."""

import os
import subprocess
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
import sharray  # noqa: E402

HERE = Path(__file__).parent


def fresh(tag):
    return f"py-{os.getpid()}-{tag}"


def names():
    return {name for name in os.listdir("/dev/shm") if name.startswith("sharray") and f"py-{os.getpid()}-" in name}


def python(program, *args, **options):
    """Runs a program in another Python, which finds sharray; what it printed."""
    command = [sys.executable, "-c", program, *args]
    environment = dict(os.environ, PYTHONPATH=str(HERE))
    ended = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment, **options)
    if ended.returncode != 0:
        raise AssertionError(ended.stderr.decode())
    return ended.stdout.decode()


class Case(unittest.TestCase):
    def refused(self, code, call, *args, **kwargs):
        with self.assertRaises(sharray.SharrayError) as caught:
            call(*args, **kwargs)
        self.assertEqual(caught.exception.code, code, str(caught.exception))
        self.assertTrue(str(caught.exception).startswith(code + ": "))
        return caught.exception
