"""Tests of sharray.py with forked and spawned children, deaths, and limits."""

import errno
import fcntl
import multiprocessing
import os
import resource
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
import sharray  # noqa: E402
from case import Case, fresh, names, python  # noqa: E402


def fill(handle, value):
    with sharray.attach(handle) as a:
        a[...] = value


def make(name, queue, go):
    queue.put(sharray.handle(sharray_array(name)))
    go.wait()


kept = []


def sharray_array(name):
    kept.append(sharray.create(3, "<i4", name=name))
    return kept[-1]


def use_inherited(name, ready, go):
    kept[-1][:] = 5
    sharray.attach(name)[0] = 6
    ready.set()
    go.wait()


class Children(Case):
    def test_children_attach_by_handle_however_they_are_started(self):
        a = sharray.create(10, "<f8")
        for i, method in enumerate(("fork", "spawn", "forkserver")):
            context = multiprocessing.get_context(method)
            child = context.Process(target=fill, args=(sharray.handle(a), i + 1))
            child.start()
            child.join()
            self.assertEqual(child.exitcode, 0)
            self.assertTrue((a == i + 1).all())

    def test_a_child_that_ends_removes_the_names_that_it_holds_alone(self):
        for method in ("fork", "spawn", "forkserver"):
            context = multiprocessing.get_context(method)
            queue, go, name = context.Queue(), context.Event(), fresh(method)
            child = context.Process(target=make, args=(name, queue, go))
            child.start()
            h = queue.get()
            self.assertEqual((h["name"], h["pid"]), (f"sharray.{name}", child.pid))
            self.assertEqual(names(), {h["name"]})
            go.set()
            child.join()
            self.assertEqual(child.exitcode, 0)
            self.assertEqual(names(), set(), method)

    def test_a_forked_child_shares_the_lease(self):
        context = multiprocessing.get_context("fork")
        name = fresh("shared")
        a = sharray_array(name)
        for parent_first in (False, True):
            ready, go = context.Event(), context.Event()
            child = context.Process(target=use_inherited, args=(name, ready, go))
            child.start()
            ready.wait()
            self.assertEqual(a.tolist(), [6, 5, 5])
            if parent_first:
                sharray.close(a)
            self.assertEqual(names(), {f"sharray.{name}"}, "the child holds it")
            go.set()
            child.join()
            self.assertEqual(child.exitcode, 0)
            self.assertEqual(names(), set() if parent_first else {f"sharray.{name}"})
        kept.clear()

    def test_multiprocessing_that_is_imported_last(self):
        name = fresh("later")
        python(
            "import sys, sharray\n"
            "a = sharray.create(3, 'u1', name=sys.argv[1])\n"
            "import multiprocessing\n"
            "context = multiprocessing.get_context('fork')\n"
            "go = context.Event()\n"
            "child = context.Process(target=go.wait)\n"
            "child.start(); sharray.close(a); go.set(); child.join()\n"
            "import os; assert not os.path.exists('/dev/shm/sharray.' + sys.argv[1])",
            name,
        )
        self.assertEqual(names(), set())

    def test_a_bare_fork_removes_nothing(self):
        a = sharray.create(3, "u1", name=fresh("bare"))
        for ending in ("os._exit", "sys.exit"):
            child = os.fork()
            if child == 0:
                try:
                    a[0] = 9
                    if ending == "sys.exit":
                        sharray.close(a)
                finally:
                    os._exit(0)
            os.waitpid(child, 0)
            self.assertEqual(names(), {sharray.handle(a)["name"]})
        self.assertEqual(a[0], 9)
        sharray.close(a)
        self.assertEqual(names(), set())

    def test_the_resource_tracker_is_never_started(self):
        name = fresh("tracker")
        with sharray.create(3, "u1", name=name):
            printed = python(
                "import multiprocessing, sys, sharray\n"
                "from multiprocessing import resource_tracker\n"
                "a = sharray.attach(sys.argv[1]); b = sharray.create(3, 'u1', name=sys.argv[1] + '2')\n"
                "print(resource_tracker._resource_tracker._fd)",
                name,
            )
            self.assertEqual(printed, "None\n")
            self.assertEqual(names(), {f"sharray.{name}"})

    def test_killed_holders(self):
        name = fresh("killed")
        a = sharray.create(3, "u1", name=name)
        with self.assertRaises(AssertionError):
            python(f"import os, sharray; a = sharray.attach({name!r}); a[1] = 4; os.kill(os.getpid(), 9)")
        self.assertEqual(a.tolist(), [0, 4, 0])
        sharray.close(a)
        self.assertEqual(names(), set())

    def test_a_remover_at_work_is_waited_for_and_one_that_stays_is_an_error(self):
        name = fresh("locked")
        a = sharray.create(3, "u1", name=name, persist=True)
        sharray.close(a)
        try:
            fd = os.open(f"/dev/shm/sharray-keep.{name}", os.O_RDONLY)
            fcntl.flock(fd, fcntl.LOCK_EX)
            error = self.refused("IO_ERROR", sharray.attach, name)
            self.assertEqual(error.details["errno"], errno.EAGAIN)
            os.close(fd)
            sharray.close(sharray.attach(name))
        finally:
            sharray.unlink(name)

    def test_memory_that_is_about_to_be_used_again_is_gone(self):
        a = sharray.create(3, "u1")
        h = sharray.handle(a)
        fcntl.flock(h["fd"], fcntl.LOCK_EX)
        self.refused("BLOCK_GONE", sharray.attach, h)


class Limits(Case):
    def limited(self, limits, program, *args):
        def apply():
            for which, value in limits:
                resource.setrlimit(which, (value, value))

        return python(program, *args, preexec_fn=apply)

    def test_limits_of_the_process(self):
        program = (
            "import sharray, sys\n"
            "try: sharray.create(1 << 30, 'u1')\n"
            "except sharray.SharrayError as e: print(e)\n"
            "sharray.create(1 << 20, 'u1')"
        )
        printed = self.limited([(resource.RLIMIT_FSIZE, 100 << 20)], program)
        self.assertRegex(printed, r"^NO_SPACE: cannot take 1\.0 GiB .*: 100\.0 MiB are free by .*RLIMIT_FSIZE")
        printed = self.limited([(resource.RLIMIT_AS, 3 << 30)], program.replace("1 << 30", "3 << 30"))
        self.assertRegex(printed, r"^NO_SPACE: cannot take 3\.0 GiB .*RLIMIT_AS")

    def test_descriptors(self):
        program = (
            "import os, sharray\n"
            "arrays, before = [], len(os.listdir('/proc/self/fd'))\n"
            "for make in (lambda: sharray.create(3, 'u1'), lambda: sharray.create(3, 'u1', name=True),\n"
            "             lambda: sharray.attach(sharray.handle(arrays[0]))):\n"
            "    try:\n"
            "        while True: arrays.append(make())\n"
            "    except sharray.SharrayError as e: print(e)\n"
            "    del arrays[1:]\n"
            "print(len(os.listdir('/proc/self/fd')) - before)"
        )
        printed = self.limited([(resource.RLIMIT_NOFILE, 64)], program).splitlines()
        for line in printed[:3]:
            self.assertRegex(line, "^TOO_MANY_FILES: .* 64 for this process")
        self.assertEqual(printed[3:], ["1"])

    def test_this_machines_memory(self):
        found = int(Path("/proc/meminfo").read_text().split("MemAvailable:")[1].split()[0]) * 1024
        error = self.refused("NO_SPACE", sharray.create, 2 * found, "u1")
        self.assertEqual(error.details["what"], "shared memory")
        self.assertGreaterEqual(error.details["asked"], 2 * found)
        self.assertLess(error.details["free"], 2 * found)

    def test_control_groups(self):
        with tempfile.TemporaryDirectory() as root:
            def group(folder, **files):
                os.makedirs(os.path.join(root, folder), exist_ok=True)
                for name, text in files.items():
                    Path(root, folder, name.replace("__", ".")).write_text(text)

            group("cg/a", memory__max="1000\n", memory__current="900\n", memory__stat="anon 5\ninactive_file 100\nactive_file 50\n")
            group("cg/a/b", memory__max="max\n", memory__current="9\n")
            group("cg", memory__max="5000\n", memory__current="0\n")
            mounts = "30 1 0:1 / /cg rw shared:1 - cgroup2 cgroup2 rw\nnonsense\n"
            find = sharray._tightest_group
            self.assertEqual(find(root, "0::/a/b\n", mounts), (225, f"{root}/cg/a/memory.max"))
            self.assertEqual(find(root, "0::/../x\n", mounts), (5000, f"{root}/cg/memory.max"))
            self.assertEqual(find(root, "0::/pod/a\n", mounts.replace(" / ", " /pod ")), (225, f"{root}/cg/a/memory.max"))
            self.assertIsNone(find(root, "0::/a\n", ""))
            self.assertIsNone(find(root, None, None))
            group("v1/x", memory__limit_in_bytes="700\n", memory__usage_in_bytes="800\n", memory__stat="total_inactive_file 10\n")
            group("v1", memory__limit_in_bytes=f"{2**63 - 4096}\n", memory__usage_in_bytes="800\n")
            old = "31 1 0:2 / /v1 rw - cgroup cgroup rw,memory\n32 1 0:2 / /v2 rw - cgroup cgroup rw,cpu\n"
            self.assertEqual(find(root, "4:cpu,memory:/x\n0::/\n", old), (0, f"{root}/v1/x/memory.limit_in_bytes"))

    def test_a_small_mount(self):
        unshare = ["unshare", "--mount", "--propagation", "private", "sh", "-c"]
        mount = "mount -t tmpfs -o size=4m tmpfs /dev/shm"
        if subprocess.run(unshare + [mount], stderr=subprocess.DEVNULL).returncode != 0:
            self.skipTest("mount namespaces cannot be made here (needs root)")
        program = """
import os, sharray
from pathlib import Path
def fails(call, *args, **kwargs):
    try: call(*args, **kwargs)
    except sharray.SharrayError as e: print(e)
fails(sharray.create, 5 << 20, "u1", name="x")
assert os.listdir("/dev/shm") == []
a = sharray.create(3 << 20, "u1", name="x")
fails(sharray.create, 2 << 20, "u1", name="y")
sharray.create(8 << 20, "u1")
del a
Path("/dev/shm/sharray.dead").write_bytes(bytes(3 << 20))
b = sharray.create(2 << 20, "u1", name="y")
sparse = open("/dev/shm/sparse", "wb"); sparse.truncate(8 << 20)
fails(sharray.attach, "sparse")
sparse.truncate(1 << 20)
sharray.attach("sparse")[:] = 7
print(os.stat("/dev/shm/sparse").st_blocks * 512)
sparse.truncate(8 << 20)
fails(sharray.attach, "sparse", readonly=True)
os.system("mount -o remount,nr_inodes=10 /dev/shm")
arrays = []
fails(lambda: [arrays.append(sharray.create(3, "u1", name=True)) for _ in range(10)])
"""
        shell = f'{mount} && exec "$0" -c "$1"'
        environment = dict(os.environ, PYTHONPATH=str(Path(__file__).parent))
        ended = subprocess.run(unshare + [shell, sys.executable, program], stdout=subprocess.PIPE, env=environment, check=True)
        lines = ended.stdout.decode().splitlines()
        self.assertRegex(lines[0], r"^NO_SPACE: cannot take 5\.0 MiB for a named block: 4\.0 MiB are free by the size of /dev/shm of 4")
        self.assertRegex(lines[1], r"^NO_SPACE: cannot take 2\.0 MiB for a named block: 1020\.0 KiB")
        self.assertRegex(lines[2], r"^NO_SPACE: cannot take 8\.0 MiB for a named block")
        self.assertEqual(lines[3], str(1 << 20))
        self.assertRegex(lines[4], r"^NO_SPACE: cannot take 8\.0 MiB for a named block")
        self.assertRegex(lines[5], r"^NO_SPACE: .* by the number of files on /dev/shm")

    def test_another_user(self):
        if os.geteuid() != 0:
            self.skipTest("needs root")
        name = fresh("user")
        a = sharray.create(3, "u1", name=name)
        path = f"/dev/shm/sharray.{name}"
        for mode, readonly, code in ((0o600, True, "PERMISSION_DENIED"), (0o644, False, "PERMISSION_DENIED"), (0o644, True, None)):
            os.chmod(path, mode)
            os.chown(path, 65534, 65534)
            if code:
                h = sharray.handle(a)
                for where, full in ((name, h["name"]), (h, h["name"]), (dict(h, name="another"), "another")):
                    error = self.refused(code, sharray.attach, where, readonly)
                    self.assertEqual(error.details, {"name": full, "uid": 65534, "mode": mode})
            else:
                sharray.close(sharray.attach(name, readonly))
        os.chown(path, 0, 0)
        for mode, wanted in ((0o600, "open"), (0o644, "remove")):
            os.chmod(path, mode)
            reading, writing = os.pipe()
            child = os.fork()
            if child == 0:
                try:
                    os.setresuid(65534, 65534, 65534)
                    sharray.unlink(name)
                except sharray.SharrayError as error:
                    os.write(writing, str(error).encode())
                finally:
                    os._exit(0)
            os.close(writing)
            with os.fdopen(reading) as said:
                self.assertRegex(said.read(), f"^PERMISSION_DENIED: user 65534 may not {wanted} .* belongs to user 0")
            os.waitpid(child, 0)
        sharray.close(a)

    def test_no_proc(self):
        unshare = ["unshare", "--mount", "--propagation", "private", "sh", "-c"]
        hide = "mount -t tmpfs tmpfs /proc"
        if subprocess.run(unshare + [hide], stderr=subprocess.DEVNULL).returncode != 0:
            self.skipTest("mount namespaces cannot be made here (needs root)")
        program = """
import sharray
def fails(call, *args, **kwargs):
    try: call(*args, **kwargs)
    except sharray.SharrayError as e: print(e.code, "/proc" in e.message)
a = sharray.create(3, "u1")
fails(sharray.attach, sharray.handle(a))
fails(sharray.create, 3, "u1", name="x")
"""
        shell = f'{hide} && exec "$0" -c "$1"'
        environment = dict(os.environ, PYTHONPATH=str(Path(__file__).parent))
        ended = subprocess.run(unshare + [shell, sys.executable, program], stdout=subprocess.PIPE, env=environment, check=True)
        self.assertEqual(ended.stdout.decode(), "NOT_REACHABLE True\nNOT_SUPPORTED True\n")


if __name__ == "__main__":
    unittest.main()
