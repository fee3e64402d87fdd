"""Arrays in memory that Node.js and Python processes share, without a copy: the Python side of the npm package `sharray`.

    import sharray

    with sharray.attach(handle) as a:     # a handle that Node's `array.handle()` made, or the name of a named array
        a["pct"] *= 2                     # a genuine ndarray over the same bytes

    b = sharray.create((1000, 3), "<f8")  # zeros, in memory without a name: nothing can be left behind
    send(json.dumps(sharray.handle(b)))   # there: `SharedArray.attach(handle)`

Needs Linux, Python 3.8 or later, and NumPy. `docs/python.md` of the project is the guide.
"""

import ast
import atexit
import collections
import collections.abc
import ctypes
import errno
import hashlib
import json
import operator
import os
import platform
import re
import stat
import sys
import threading
import time
import weakref

import numpy as np

try:
    import fcntl
    import resource
except ImportError:  # Not a Unix: the functions below say so when they are called.
    fcntl = resource = None

__version__ = "0.1.0"
__all__ = ["Columns", "SharrayError", "attach", "close", "create", "handle", "share", "unlink"]

# The version of the layout: of the control page at the end of a block without a name, and of handles.
_VERSION = 1
_MAGIC = b"sharray\0"
_MOUNT = "/dev/shm"
_PREFIX, _PREFIX_KEPT, _AUXILIARY = "sharray.", "sharray-keep.", "~"
_LONGEST_NAME = 255 - 40
_MOST = 2**53 - 1
_MAX_DIMENSIONS = 64
_LONGEST_DESCR = 1024
_NPY = b"\x93NUMPY"
# In a nonce, where others have the number of a PID namespace: a file that was opened by its path.
_OPENED = 1
# States of a block without a name: an array; one that a load of Node's still fills; memory kept for another array.
_WHOLE, _FILLING, _KEPT = range(3)
_F_ADD_SEALS, _F_GET_SEALS = 1033, 1034
_SEAL_SEAL, _SEAL_SHRINK, _SEAL_GROW = 1, 2, 4


class SharrayError(Exception):
    """The one error. `code` is stable, and the same as in Node; `details` holds the figures and names of `message`."""

    def __init__(self, code, message, details=None):
        super().__init__(code, message, details or {})
        self.code = code
        self.message = message
        self.details = details or {}

    def __str__(self):
        return f"{self.code}: {self.message}"


def _system_error(what, error):
    """The error of a failed system call: descriptors that ran out are told apart, the rest is an I/O error."""
    if error.errno == errno.EMFILE:
        limit = f"{resource.getrlimit(resource.RLIMIT_NOFILE)[0]} for this process (RLIMIT_NOFILE, `ulimit -n`)"
    elif error.errno == errno.ENFILE:
        limit = f"{(_text('/proc/sys/fs/file-max') or 'unknown').strip()} for the whole system (fs.file-max)"
    else:
        details = {"operation": what, "errno": error.errno}
        return SharrayError("IO_ERROR", f"{what} failed: {os.strerror(error.errno)}", details)
    return SharrayError(
        "TOO_MANY_FILES",
        f"no descriptor is left for a block of shared memory: the limit is {limit}. Each open array holds one: close arrays "
        "that are no longer needed, or raise the limit",
        {"limit": limit},
    )


def _bad(argument, expected, found):
    return SharrayError(
        "BAD_ARGUMENT", f"{argument}: expected {expected}, found {found!r:.200}", {"argument": argument, "expected": expected}
    )


def _text(path):
    try:
        with open(path, encoding="latin-1") as file:
            return file.read()
    except OSError:
        return None


def _amount(count):
    """A number of bytes as people read it: "312 bytes", "1.5 MiB"."""
    if count < 1024:
        return f"{count} bytes"
    power = min((count.bit_length() - 1) // 10, 6)
    return f"{count / 1024**power:.1f} {' KMGTPE'[power]}iB"


# --- the system calls that Python has no function for -----------------------------------------------------------------


class _Kernel:
    """Mapping by hand: `mmap` of the standard library keeps a duplicate of the descriptor, and with it every lock on it."""

    def __init__(self):
        self.libc = ctypes.CDLL(None, use_errno=True)
        self._mmap, self._munmap = self.libc.mmap, self.libc.munmap
        self._mmap.restype = ctypes.c_void_p
        self._mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t] + [ctypes.c_int] * 3 + [ctypes.c_long]
        self._munmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t]
        # Older systems' libraries lack these two, and so do some builds of Python: then they are called by number.
        machine = platform.machine()
        self.memfd_number = {"x86_64": 319, "aarch64": 279, "riscv64": 279}.get(machine)
        self.statx_number = {"x86_64": 332, "aarch64": 291, "riscv64": 291}.get(machine)

    def map(self, fd, length, private):
        """Read and write: a store to a private mapping reaches nobody, and never faults. MAP_NORESERVE for these."""
        flags = 0x4002 if private else 1
        if fd < 0:
            flags = 0x22
        address = self._mmap(None, length, 3, flags, fd, 0)
        if address in (None, ctypes.c_void_p(-1).value):
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number))
        return address

    def unmap(self, address, length):
        self._munmap(address, length)

    def _call(self, name, number, *args):
        function = getattr(self.libc, name, None)
        if function is None:
            if number is None:
                raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS))
            function, args = self.libc.syscall, (ctypes.c_long(number),) + args
        result = function(*args)
        if result < 0:
            raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
        return result

    def memory_file(self):
        """A new memory file: closed on exec, sealable, never executable where the kernel knows how (6.3 and later)."""
        for flags in (1 | 2 | 8, 1 | 2):
            try:
                create = getattr(os, "memfd_create", None)
                if create is not None:
                    return create("sharray", flags)
                return self._call("memfd_create", self.memfd_number, ctypes.c_char_p(b"sharray"), ctypes.c_uint(flags))
            except OSError as error:
                if error.errno != errno.EINVAL or not flags & 8:
                    raise _system_error("making a memory file (memfd_create)", error) from error

    def born(self, fd):
        """A file's time of birth, seconds and nanoseconds; zeros where it is not known."""
        found = (ctypes.c_char * 256)()
        try:
            self._call("statx", self.statx_number, fd, ctypes.c_char_p(b""), 0x1000, ctypes.c_uint(0xFFF), found)
        except OSError:
            return 0, 0
        if not int.from_bytes(found[0:4], sys.byteorder) & 0x800:
            return 0, 0
        return int.from_bytes(found[80:88], sys.byteorder), int.from_bytes(found[88:92], sys.byteorder)


_the_kernel = None
_lock = threading.RLock()


def _kernel():
    global _the_kernel
    if _the_kernel is None:
        if fcntl is None or not sys.platform.startswith("linux"):
            raise SharrayError(
                "UNSUPPORTED_PLATFORM", f"sharray's shared memory needs Linux; this is {sys.platform}", {"platform": sys.platform}
            )
        _the_kernel = _Kernel()
    return _the_kernel


def _product(shape):
    """The elements in an array of that shape."""
    product = 1
    for n in shape:
        product *= int(n)
    return product


def _page():
    return os.sysconf("SC_PAGESIZE")


# --- limits: asked before a page is touched, since past some of them the kernel does not refuse, but kills -------------

_KEPT_FREE = 16 << 20
_STEP, _ASK_AGAIN = 16 << 20, 64 << 20
# What may be taken without asking anew: bytes, and until when. Asking reads half a dozen files of /proc and /sys.
_allowance = [0, 0.0]


def _no_space(what, asked, limit, free, advice):
    details = {"asked": asked, "limit": limit, "what": what}
    if free is not None:
        details["free"] = free
    why = f"refused by {limit}" if free is None else f"{_amount(free)} are free by {limit}"
    return SharrayError("NO_SPACE", f"cannot take {_amount(asked)} for {what}: {why}. {advice}", details)


def _kernel_refused(asked):
    limit = "the kernel (no memory left, or vm.overcommit_memory=2)"
    advice = "Close arrays that are no longer needed, end other programs, or work on less at a time"
    return _no_space("shared memory", asked, limit, None, advice)


def _check_space(asked):
    """NO_SPACE when the machine, or a memory control group around this process, does not leave so much."""
    with _lock:
        if asked <= _allowance[0] and time.monotonic() < _allowance[1]:
            _allowance[0] -= asked
            return
    limits = []
    found = re.search(r"^MemAvailable:\s*(\d+) kB", _text("/proc/meminfo") or "", re.M)
    if found:
        advice = "Close arrays that are no longer needed, end other programs, or work on less at a time"
        limits.append((int(found[1]) * 1024, "this machine's memory (MemAvailable of /proc/meminfo)", advice))
    group = _tightest_group("/", _text("/proc/self/cgroup"), _text("/proc/self/mountinfo"))
    if group:
        advice = "Close arrays that are no longer needed, or run it with a higher memory limit"
        limits.append((group[0], f"the memory limit of this container or control group ({group[1]})", advice))
    room = 1 << 62
    for free, limit, advice in limits:
        free = max(0, free - _KEPT_FREE)
        if asked > free:
            raise _no_space("shared memory", asked, limit, free, advice)
        room = min(room, free - asked)
    with _lock:
        # A small part of the room, for a short time: many processes that do the same at one moment stay inside it together.
        _allowance[:] = [min(room // 64, 16 << 20), time.monotonic() + 0.05]


def _tightest_group(root, membership, mounts):
    """Bytes that the tightest memory control group around this process still allows, and the file of its limit; or None."""
    tightest = None
    for line in (mounts or "").splitlines():
        place, _, kind = line.partition(" - ")
        place, kind = place.split(" "), kind.split(" ")
        if len(place) < 5 or len(kind) < 3:
            continue
        second = kind[0] == "cgroup2"
        if not second and (kind[0] != "cgroup" or "memory" not in kind[2].split(",")):
            continue
        for entry in (membership or "").splitlines():
            parts = entry.split(":", 2)
            if len(parts) == 3 and (parts[0] == "0" if second else "memory" in parts[1].split(",")):
                break
        else:
            continue
        # In a container only a part of the hierarchy is mounted, and the path may be told from outside: what cannot be found
        # below the mount point means the mount point itself.
        mounted, path = place[3], parts[2]
        inside = path if mounted == "/" else path[len(mounted) :] if path.startswith(mounted) else ""
        names = [name for name in inside.split("/") if name]
        if ".." in names:
            names = []
        for count in range(len(names), -1, -1):
            group = _group_room(os.path.join(root, place[4].lstrip("/"), *names[:count]), second)
            if group and (tightest is None or group[0] < tightest[0]):
                tightest = group
    return tightest


def _group_room(folder, second):
    """What one group leaves: the limit less what is in use, not counting file pages that the kernel gives up on demand."""
    limit_name, usage_name, total = (
        ("memory.max", "memory.current", "") if second else ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_")
    )
    try:
        limit = int(_text(os.path.join(folder, limit_name)) or "")
        usage = int(_text(os.path.join(folder, usage_name)) or "")
    except ValueError:
        return None
    if limit >= 1 << 60:
        return None
    figures = dict(line.split(" ", 1) for line in (_text(os.path.join(folder, "memory.stat")) or "").splitlines() if " " in line)
    cache = int(figures.get(total + "inactive_file", 0)) + int(figures.get(total + "active_file", 0)) // 2
    return max(0, limit - max(0, usage - cache)), os.path.join(folder, limit_name)


def _address_space_left():
    limit = resource.getrlimit(resource.RLIMIT_AS)[0]
    statm = _text("/proc/self/statm")
    if limit == resource.RLIM_INFINITY or not statm:
        return None
    return max(0, limit - int(statm.split(" ")[0]) * _page())


def _check_limits(length):
    """What this process's own limits refuse: RLIMIT_FSIZE, past which it would be sent a signal, and RLIMIT_AS."""
    largest = resource.getrlimit(resource.RLIMIT_FSIZE)[0]
    if largest != resource.RLIM_INFINITY and length > largest:
        limit = "the largest file of this process (RLIMIT_FSIZE, `ulimit -f`)"
        raise _no_space("a block of shared memory", length, limit, largest, "Raise the limit, or use several smaller arrays")
    left = _address_space_left()
    if left is not None and length > left:
        limit = "the address space of this process (RLIMIT_AS, `ulimit -v`)"
        raise _no_space(
            "a block of shared memory", length, limit, left, "Raise the limit, or close arrays that are no longer needed"
        )


def _mount_room():
    try:
        found = os.statvfs(_MOUNT)
    except OSError:
        return None
    # A mount without a limit of its own has no figure.
    return (found.f_bavail * found.f_frsize, found.f_blocks * found.f_frsize) if found.f_blocks else None


def _mount_refused(asked, free):
    room = _mount_room()
    limit = f"the size of {_MOUNT}" + (f" of {_amount(room[1])}" if room else "")
    advice = (
        "Remove blocks that nobody needs (`sharray ls`, `sharray rm`), make it larger (`mount -o remount,size=...`, "
        "`docker run --shm-size=...`), or use a block without a name, which does not lie there"
    )
    return _no_space("a named block", asked, limit, free if free is not None or not room else room[0], advice)


def _check_mount(rest, whole):
    room = _mount_room()
    if room and rest > room[0]:
        raise _mount_refused(whole, room[0] + whole - rest)


def _check_pages(fd, size, readonly):
    """Makes sure that no page of a named block's file is a fault: other programs leave theirs to be taken by the first use."""
    missing = size - os.fstat(fd).st_blocks * 512
    if missing <= 0:
        return
    _check_mount(missing, size)
    if not readonly:
        _check_space(missing)
        _take(fd, size, True, lambda rest: None)


def _reserve(fd, length, named):
    """Takes all pages of a new file, so that a later store can neither fault nor meet the OOM killer."""

    def ask(rest):
        if named:
            _check_mount(rest, length)
        _check_space(rest)

    _take(fd, length, named, ask)


def _take(fd, length, named, ask):
    done = 0
    while done < length:
        if done % _ASK_AGAIN == 0:
            ask(length - done)
        step = min(_STEP, length - done)
        try:
            os.posix_fallocate(fd, done, step)
        except OSError as error:
            if error.errno in (errno.ENOMEM, errno.ENOSPC):
                raise (_mount_refused(length, None) if named else _kernel_refused(length)) from error
            raise _system_error("reserving shared memory (fallocate)", error) from error
        done += step


# --- nonces -----------------------------------------------------------------------------------------------------------


def _checksum(data):
    value = 0x811C9DC5
    for byte in data:
        value = ((value ^ byte) * 0x01000193) & 0xFFFFFFFF
    return value


def _pid_namespace():
    try:
        return int(os.readlink("/proc/self/ns/pid")[5:-1]) & 0xFFFFFFFF
    except (OSError, ValueError):
        return 0


def _draw_nonce():
    """96 random bits, and 32 that mix a checksum of these with the number of the PID namespace."""
    data = os.urandom(12)
    return data + (_checksum(data) ^ _pid_namespace()).to_bytes(4, "little")


def _nonce_number(nonce):
    """What a nonce says of where it comes from: the number of a PID namespace, 0 (a named block) or _OPENED."""
    data = bytes.fromhex(nonce)
    return int.from_bytes(data[12:], "little") ^ _checksum(data[:12])


def _is_from_here(nonce):
    """Whether a block may have been made in this PID namespace: files tell of none."""
    return _nonce_number(nonce) in (0, _OPENED, _pid_namespace())


def _is_opened(nonce):
    """Whether it is that of a file that Node opened by its path: somebody's own, which is not locked and never removed."""
    return _nonce_number(nonce) == _OPENED


def _nonce_of_file(fd, number=0):
    """That of a named block, or of an opened file, which every process computes alike: a mix of device, inode and time of birth."""
    mask, found = (1 << 64) - 1, os.fstat(fd)

    def mix(state):
        for word in (found.st_dev, found.st_ino, *_kernel().born(fd)):
            z = ((state ^ word) + 0x9E3779B97F4A7C15) & mask
            z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9 & mask
            z = (z ^ (z >> 27)) * 0x94D049BB133111EB & mask
            state = z ^ (z >> 31)
        return state.to_bytes(8, "little")

    data = mix(1) + mix(2)[:4]
    return (data + (_checksum(data) ^ number).to_bytes(4, "little")).hex()


# --- names ------------------------------------------------------------------------------------------------------------


def _path(full):
    return f"{_MOUNT}/{full}"


def _bad_name(name, why):
    return SharrayError(
        "BAD_ARGUMENT",
        f"name: {name!r:.300} cannot be the name of a block: {why}",
        {"argument": "name", "name": name, "reason": why},
    )


def _chosen(name, persist):
    """The part of a name behind the prefix, and whether it persists: for makers. Both forms of a name are taken."""
    if not isinstance(name, str):
        raise _bad("name", "a text, True for a fresh one, or None", name)
    base = name
    if name.startswith(_PREFIX_KEPT):
        base, persist = name[len(_PREFIX_KEPT) :], True
    elif name.startswith(_PREFIX):
        base = name[len(_PREFIX) :]
    if not re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9._-]*", base):
        raise _bad_name(name, "a name begins with a letter, a digit or `_` and goes on with these, `.` and `-`")
    if len(_PREFIX_KEPT) + len(base) > _LONGEST_NAME:
        raise _bad_name(name, "it is longer than 200 bytes")
    return base, persist


def _meant(name, foreign):
    """The full names that somebody may mean who asks for `name`, in the order in which they are looked for."""
    if not isinstance(name, str):
        raise _bad("name", "a text", name)
    if name in ("", ".", "..") or "/" in name or "\0" in name:
        raise _bad_name(name, f"a name is that of one file in {_MOUNT}: not empty, without `/` and NUL")
    if len(os.fsencode(name)) > 255:
        raise _bad_name(name, "it is longer than 255 bytes")
    if name.startswith((_PREFIX, _PREFIX_KEPT)):
        if _AUXILIARY in name:
            raise _bad_name(name, "names with `~` are sharray's own")
        return [name]
    names = []
    try:
        base, _ = _chosen(name, False)
        names = [_PREFIX + base, _PREFIX_KEPT + base]
    except SharrayError:
        pass  # Only other programs' blocks can be called so.
    return names + [name] if foreign else names


def _patiently(ask):
    """Asks again, for a second at most, until there is an answer: others' locks are held for microseconds."""
    pause, until = 0.00002, time.monotonic() + 1
    while True:
        answer = ask()
        if answer is not None or time.monotonic() > until:
            return answer
        time.sleep(pause)
        pause = min(2 * pause, 0.005)


class _Turn:
    """Those who link a name, or remove one by order, take turns: an exclusive lock on the mount's directory."""

    def __enter__(self):
        def ask():
            try:
                fcntl.flock(self.fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return True
            except BlockingIOError:
                return None
            except OSError:
                return False

        try:
            self.fd = os.open(_MOUNT, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        except OSError:
            self.fd = -1
            return
        _patiently(ask)

    def __exit__(self, *_):
        if self.fd >= 0:
            os.close(self.fd)


def _granted(found, wanted):
    """Whether a file's mode lets this user in, decided as for one without capabilities: root is not let in by accident."""
    if found.st_uid == os.geteuid():
        mode = found.st_mode >> 6
    elif found.st_gid == os.getegid() or found.st_gid in os.getgroups():
        mode = found.st_mode >> 3
    else:
        mode = found.st_mode
    return mode & wanted == wanted


def _denied(full, found, wanted="open"):
    mode = found.st_mode & 0o777
    whose = f"user {os.geteuid()} may not {wanted} the named block {full!r}: it belongs to user {found.st_uid}"
    why = f" and has the mode {mode:04o}. Its maker can let others in: `mode: 0o660` or `mode: 0o666` where it is made"
    if wanted != "open":
        why = ", and only its owner can, or root"
    return SharrayError("PERMISSION_DENIED", whose + why, {"name": full, "uid": found.st_uid, "mode": mode})


def _kind(found):
    """What a file is that can be no block; None for a regular one."""
    kinds = {stat.S_IFREG: None, stat.S_IFLNK: "a symbolic link, which is never followed", stat.S_IFDIR: "a directory"}
    kinds.update({stat.S_IFIFO: "a pipe", stat.S_IFSOCK: "a socket"})
    return kinds.get(stat.S_IFMT(found.st_mode), "a device")


def _no_block_there(full):
    try:
        return _kind(os.lstat(_path(full)))
    except OSError:
        return None


def _no_block(name, found=None):
    if found:
        return SharrayError(
            "NOT_FOUND", f"{_path(name)} is {found}, and no block of shared memory", {"name": name, "found": found}
        )
    return SharrayError(
        "NOT_FOUND",
        f"there is no named block {name!r}. A block goes with its last holder unless it was made with `persist`; "
        "`sharray ls` lists those there are",
        {"name": name},
    )


def _leads_to(full, place):
    try:
        found = os.lstat(_path(full))
    except OSError:
        return False
    return (found.st_dev, found.st_ino) == place


def _open_leased(full, readonly, only=None, order=False):
    """Opens a named block and takes its lease; None when there is none. `only`: the device and inode that it must have.

    `order`: to remove it, which the directory's mode decides, not the file's.
    """

    def attempt():
        try:
            before = os.lstat(_path(full))
        except FileNotFoundError:
            return ()
        place = before.st_dev, before.st_ino
        if only is not None and only != place:
            return ()
        # Looked at before it is opened: opening a device can have effects.
        if not stat.S_ISREG(before.st_mode):
            raise _no_block(full, _kind(before))
        if not order and not _granted(before, 4 if readonly else 6):
            raise _denied(full, before)
        access = os.O_RDONLY if readonly or order else os.O_RDWR
        try:
            fd = os.open(_path(full), access | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        except OSError as error:
            if error.errno in (errno.ENOENT, errno.ELOOP, errno.ENXIO):
                return None
            if error.errno in (errno.EACCES, errno.EPERM):
                raise _denied(full, before) from error
            raise _system_error("opening a named block", error) from error
        try:
            fcntl.flock(fd, fcntl.LOCK_SH | fcntl.LOCK_NB)
            locked = True
        except OSError as error:
            locked = False
            if error.errno not in (errno.EAGAIN, errno.EACCES) and _is_ours(full):
                os.close(fd)
                raise _system_error("waiting for the lock of a named block (flock)", error) from error
        opened = os.fstat(fd)
        # Another program's file: what it locks is its own affair. Ours may have been removed between the two looks.
        if (locked or not _is_ours(full)) and _leads_to(full, (opened.st_dev, opened.st_ino)):
            return (fd,)
        os.close(fd)
        return None

    answer = _patiently(attempt)
    if answer is None:
        error = BlockingIOError(errno.EAGAIN, os.strerror(errno.EAGAIN))
        raise _system_error("waiting for the lock of a named block (flock)", error)
    return answer[0] if answer else None


def _remove_if_dead(full, only=None):
    """Removes a name whose block nobody holds; whether it did. Links, pipes and what cannot be opened stay."""
    try:
        before = os.lstat(_path(full))
        place = before.st_dev, before.st_ino
        if not stat.S_ISREG(before.st_mode) or only is not None and only != place:
            return False
        fd = os.open(_path(full), os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        opened = os.fstat(fd)
        if (opened.st_dev, opened.st_ino) != place:
            return False
        # Through a descriptor of its own: a failed upgrade of a lease would lose it.
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if not _leads_to(full, place):
            return False
        os.unlink(_path(full))
        return True
    except OSError:
        return False
    finally:
        os.close(fd)


def _swept_names():
    try:
        return [name for name in os.listdir(_MOUNT) if name.startswith(_PREFIX)]
    except OSError:
        return []


def _is_ours(full):
    """Whether a block of this name is sharray's. One that has none here may have been given one by another holder."""
    return full is None or full.startswith((_PREFIX, _PREFIX_KEPT))


def _let_go(full, place):
    """After a lease of a named block ended: removes its name when that was the last one."""
    if full is not None and _leads_to(full, place):
        if full.startswith(_PREFIX):
            _remove_if_dead(full, place)
        return
    # Another holder may have named or renamed it.
    for name in _swept_names():
        _remove_if_dead(name, place)


def _sweep():
    """Removes every block of sharray's that nobody holds and that does not persist; their names."""
    return [name for name in _swept_names() if _remove_if_dead(name)]


_swept = False


def _sweep_once():
    """What every process does before it makes or attaches its first block."""
    global _swept
    if not _swept:
        _swept = True
        _sweep()


# --- blocks -----------------------------------------------------------------------------------------------------------


class _Memory:
    """One attachment of this process: the descriptor with its lease, and the mapping, which arrays have as their base.

    `close` lets the descriptor go, and with it the name when nobody else holds it. The mapping stays for as long as any array
    lies over it: NumPy knows no arrays without memory. A mapping keeps the locks of the description that it was made through.
    For a block without a name that is wanted: nobody uses this memory for something else while an array can see it. A name
    must go at `close`: a named block is mapped through a description of its own, without a lock.
    """

    def __init__(self, fd, size, nonce, readonly, name=None, named=False):
        self.fd, self.size, self.nonce, self.readonly = fd, size, nonce, readonly
        self.name, self.named = name, named
        self.address = 0
        self._header = ()
        found = os.fstat(fd)
        self.place = found.st_dev, found.st_ino
        self.length = -(-max(size, 1) // _page()) * _page()
        try:
            if named:
                _check_pages(fd, size, readonly)
            self._map()
        except SharrayError:
            self.close()
            raise
        except OSError as error:
            self.close()
            if error.errno != errno.ENOMEM:
                raise _system_error("mapping a block (mmap)", error) from error
            limit = "the kernel (address space, RLIMIT_DATA, vm.max_map_count or vm.overcommit_memory)"
            advice = "Close arrays that are no longer needed, or raise the limit"
            raise _no_space("mapping a block", self.length, limit, _address_space_left(), advice) from error
        _live.add(self)
        _watch_multiprocessing()

    def _map(self):
        if not self.named:
            self.address = _kernel().map(self.fd, self.length, self.readonly)
            return
        if self.size == 0:
            self.address = _kernel().map(-1, self.length, True)
            return
        access = (os.O_RDONLY if self.readonly else os.O_RDWR) | os.O_CLOEXEC
        try:
            unlocked = os.open(f"/proc/self/fd/{self.fd}", access)
        except FileNotFoundError:
            unlocked = os.open(_path(self.name), access | os.O_NOFOLLOW | os.O_NONBLOCK)
        try:
            found = os.fstat(unlocked)
            if (found.st_dev, found.st_ino) != self.place:
                raise OSError(errno.ENOENT, os.strerror(errno.ENOENT))
            self.address = _kernel().map(unlocked, self.length, self.readonly)
        finally:
            os.close(unlocked)

    @property
    def __array_interface__(self):
        return {"version": 3, "shape": (self.size,), "typestr": "|u1", "data": (self.address, self.readonly)}

    @property
    def header(self):
        """What the .npy header at the start tells: dtype, shape, whether in Fortran's order, length; None in raw memory."""
        if self._header == ():
            self._header = _read_header(self.fd, self.size)
        return self._header

    def close(self):
        with _lock:
            fd, self.fd = self.fd, -1
        if fd < 0:
            return
        linked = os.fstat(fd).st_nlink
        os.close(fd)
        # The own lock is gone: the last of several that end at once finds none but its own.
        if self.named and linked and _is_ours(self.name):
            _let_go(self.name, self.place)

    def __del__(self, _close=close):
        _close(self)
        if self.address:
            _the_kernel.unmap(self.address, self.length)
            self.address = 0


_live = weakref.WeakSet()


def _close_all():
    for memory in list(_live):
        memory.close()


atexit.register(_close_all)


def _after_fork():
    """A child holds the same leases as its parent, by the same descriptions: the name goes with the last of them."""
    global _lock, _swept
    _lock = threading.RLock()
    _swept = False
    _allowance[:] = [0, 0.0]


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=lambda: _watch_multiprocessing(), after_in_child=_after_fork)


_watched = None


def _watch_multiprocessing(_=None):
    """Children of `multiprocessing` end without `atexit`, but with its own finalizers."""
    global _watched
    util = sys.modules.get("multiprocessing.util")
    if util is None or _watched == os.getpid():
        return
    if _watched is None:
        util.register_after_fork(_live, _watch_multiprocessing)
    _watched = os.getpid()
    util.Finalize(None, _close_all, exitpriority=-100)


def _make(data_size, head, name=None, persist=False):
    """A new block that begins with `head`, of zeros otherwise."""
    if name is not None:
        return _make_named(data_size, head, name, persist)
    kernel = _kernel()
    size, page = len(head) + data_size, _page()
    start = -(-max(size, 1) // page) * page
    _check_limits(start + page)
    _sweep_once()
    fd = kernel.memory_file()
    try:
        fcntl.flock(fd, fcntl.LOCK_SH | fcntl.LOCK_NB)
        os.ftruncate(fd, start + page)
        _reserve(fd, start + page, False)
        nonce = _draw_nonce()
        _write(fd, head, 0)
        _write(fd, _MAGIC + _VERSION.to_bytes(4, "little") + bytes(4) + nonce + size.to_bytes(8, "little"), start)
        fcntl.fcntl(fd, _F_ADD_SEALS, _SEAL_GROW | _SEAL_SHRINK | _SEAL_SEAL)
    except OSError as error:
        os.close(fd)
        raise _system_error("making a block", error) from error
    except BaseException:
        os.close(fd)
        raise
    return _Memory(fd, size, nonce.hex(), False)


def _write(fd, data, offset):
    data = memoryview(data)
    while data:
        count = os.pwrite(fd, data, offset)
        data, offset = data[count:], offset + count


def _make_named(data_size, head, name, persist):
    fresh = name is True
    chosen = None if fresh else _chosen(name, persist)
    size = len(head) + data_size
    _kernel()
    _check_limits(size)
    _sweep()
    try:
        fd = os.open(_MOUNT, os.O_TMPFILE | os.O_RDWR | os.O_CLOEXEC, 0o600)
    except OSError as error:
        if error.errno == errno.ENOSPC:
            limit = f"the number of files on {_MOUNT}"
            advice = "Remove files that nobody needs (`sharray ls`, `sharray rm`), or allow more (`mount -o remount,nr_inodes=...`)"
            raise _no_space("a named block", 0, limit, os.statvfs(_MOUNT).f_favail, advice) from error
        if error.errno not in (errno.ENOENT, errno.EOPNOTSUPP, errno.EISDIR, errno.EACCES, errno.EROFS):
            raise _system_error("making a file for a named block (O_TMPFILE)", error) from error
        why = f"files cannot be made in {_MOUNT} ({os.strerror(error.errno)})"
        message = f"there are no named blocks here: {why}. Mount a tmpfs there, or use blocks without a name"
        raise SharrayError("NOT_SUPPORTED", message) from error
    try:
        fcntl.flock(fd, fcntl.LOCK_SH | fcntl.LOCK_NB)
        os.ftruncate(fd, size)
        try:
            _reserve(fd, size, True)
        except SharrayError:
            # What the dead left there makes room.
            if not _sweep():
                raise
            _reserve(fd, size, True)
        _write(fd, head, 0)
        os.fchmod(fd, 0o600)
        full = None
        while full is None:
            base, kept = (f"{os.getpid()}-{os.urandom(8).hex()}", persist) if fresh else chosen
            full = _link(fd, base, kept, fresh)
    except OSError as error:
        os.close(fd)
        raise _system_error("making a named block", error) from error
    except BaseException:
        os.close(fd)
        raise
    return _Memory(fd, size, _nonce_of_file(fd), False, full, True)


def _vacate(full):
    """Whether there is nothing under this name; a block that nobody holds makes way."""

    def absent():
        return not os.path.lexists(_path(full))

    return absent() or full.startswith(_PREFIX) and (_remove_if_dead(full) or absent())


def _link(fd, base, kept, fresh):
    """Makes a file appear under its name, in one step; the full name, or None to try again."""
    forms = [_PREFIX + base, _PREFIX_KEPT + base]
    with _Turn():
        for form in forms:
            if _vacate(form):
                continue
            if fresh:
                return None
            found = _no_block_there(form)
            if found:
                raise SharrayError(
                    "FILE_EXISTS",
                    f"{_path(form)} is {found}, and no block of sharray's: it is never removed or replaced. Take another "
                    "name, or remove it yourself",
                    {"name": form, "found": found},
                )
            raise SharrayError(
                "FILE_EXISTS",
                f"there is a named block {form!r} already, which is in use or persists. Attach to it, take another name, or "
                f"remove it first: sharray.unlink({form!r})",
                {"name": form},
            )
        try:
            # The descriptor of a directory makes this `linkat`, which follows the link in /proc; absolute paths ignore it.
            os.link(f"/proc/self/fd/{fd}", _path(forms[kept]), src_dir_fd=fd, follow_symlinks=True)
        except FileExistsError:
            return None
        except FileNotFoundError as error:
            message = "a named block cannot be made here, for there is no /proc: mount it, or use a block without a name"
            raise SharrayError("NOT_SUPPORTED", message) from error
    return forms[kept]


# --- from a handle to a descriptor ------------------------------------------------------------------------------------


def _gone(given, found):
    return SharrayError(
        "BLOCK_GONE",
        f"the block of this handle (process {given['pid']}, descriptor {given['fd']}) is gone: {found}. A handle is good while "
        "the process that made it holds the array open: keep it open there until it is attached here, or give the array a name",
        {"pid": given["pid"], "fd": given["fd"], "reason": found},
    )


def _not_reachable(given, why):
    return SharrayError(
        "NOT_REACHABLE",
        f"the block of this handle (process {given['pid']}, descriptor {given['fd']}) cannot be reached from process "
        f"{os.getpid()}: {why}. Processes that cannot look into each other through /proc share named blocks",
        {"pid": given["pid"], "fd": given["fd"], "reason": why},
    )


def _differs(field, handle, block):
    return SharrayError(
        "HANDLE_MISMATCH",
        f"this handle does not belong to the block it leads to: its {field} is {handle}, the block's is {block}. Nothing was "
        "attached; ask the owner for a fresh handle",
        {"field": field, "handle": str(handle), "block": str(block)},
    )


def _version_mismatch(found, place):
    return SharrayError(
        "VERSION_MISMATCH",
        f"the {place} has version {found} of sharray's memory layout, this sharray reads version {_VERSION}. Use one version "
        "of sharray on both sides",
        {"found": found, "expected": _VERSION, "place": place},
    )


# How often a descriptor is looked at that leads elsewhere, while the search among all of them says that it leads to the block.
_ATTEMPTS = 5


def _open_block(given, readonly):
    """Opens the block of a handle through /proc. What comes back is not checked yet, only the right file."""
    path = f"/proc/{given['pid']}/fd/{given['fd']}"
    for _ in range(_ATTEMPTS):
        try:
            # Held by its path first: that has no effects whatever lies there (a device), and what is looked at is what is opened
            # then, whatever that process puts there meanwhile.
            place = os.open(path, os.O_PATH | os.O_CLOEXEC)
        except OSError as error:
            reason = _unreachable(given, error)
            if reason is not None:
                raise reason from error
            continue
        try:
            found = os.fstat(place)
            if (found.st_dev, found.st_ino) != (given["dev"], given["ino"]):
                reason = _another_file(given, path if stat.S_ISREG(found.st_mode) else None)
                if reason is not None:
                    raise reason
                continue
            access = (os.O_RDONLY if readonly else os.O_RDWR) | os.O_CLOEXEC | os.O_NONBLOCK
            try:
                return os.open(f"/proc/self/fd/{place}", access)
            except OSError as error:
                raise _refused(given, error) from error
        finally:
            os.close(place)
    raise _gone(given, "that process has closed it")


def _other_namespace(given):
    why = "the block was made in another PID namespace (another container), where process numbers mean other processes"
    return _not_reachable(given, why)


def _another_file(given, path):
    """
    The process is there, but the handle's descriptor is not the handle's file (`path`: the regular file found instead). None:
    it is by now.
    """
    if not _is_from_here(given["nonce"]):
        return _other_namespace(given)
    folder = f"/proc/{given['pid']}/fd"
    try:
        for name in os.listdir(folder):
            fd = _holding(f"{folder}/{name}", given["nonce"]) if _is_at(f"{folder}/{name}", given) else None
            if fd is not None:
                os.close(fd)
                return _differs("fd", given["fd"], name) if int(name) != given["fd"] else None
        # The very block, so says its nonce: then it is the device or the inode that the handle has wrong.
        found = os.readlink(path) if path is not None else ""
        ours = found.startswith("/memfd:sharray") or path is not None and _is_opened(given["nonce"])
        fd = _holding(path, given["nonce"]) if ours else None
        if fd is not None:
            try:
                _verify(fd, given)
            finally:
                os.close(fd)
    except SharrayError as error:
        return error
    except OSError:
        pass
    other = "that process closed it, and has another file there now"
    return _gone(given, other if path is not None else "that process has closed it")


def _is_at(path, given):
    try:
        found = os.stat(path)
    except OSError:
        return False
    return (found.st_dev, found.st_ino) == (given["dev"], given["ino"])


def _holding(path, nonce):
    """A descriptor of the file at this path, if it is a block that holds the array of this nonce."""
    try:
        fd = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        if _is_opened(nonce):
            found = _nonce_of_file(fd, _OPENED)
        else:
            found = (_read_control(fd) or [None])[0]
    except SharrayError:
        found = None
    if found == nonce and (_is_opened(nonce) or _is_leased(fd)):
        return fd
    os.close(fd)
    return None


def _is_leased(fd):
    """Whether anybody holds the block: who closes it has another descriptor of it for a moment."""
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return False
    except BlockingIOError:
        pass
    try:
        fcntl.flock(fd, fcntl.LOCK_SH | fcntl.LOCK_NB)
        return True
    except BlockingIOError:
        return False


def _refused(given, error):
    """The system does not open the block."""
    if error.errno in (errno.EACCES, errno.EPERM):
        why = "the system does not let this process look into that one (another user, or a process with special rights)"
        return _not_reachable(given, why)
    return _system_error("opening the block of a handle", error)


def _unreachable(given, error):
    """The descriptor's link in /proc could not be followed. None: it can be by now."""
    if error.errno not in (errno.ENOENT, errno.ESRCH):
        return _refused(given, error)
    if not os.path.exists("/proc/self"):
        return _not_reachable(given, "there is no /proc here, which handles without a name lead through")
    if os.path.exists(f"/proc/{given['pid']}"):
        return _another_file(given, None)
    if not _is_from_here(given["nonce"]):
        return _other_namespace(given)
    try:
        os.kill(given["pid"], 0)
    except PermissionError:
        why = "that process runs, but /proc does not show it (another user's, mount option hidepid)"
        return _not_reachable(given, why)
    except OSError:
        pass
    return _gone(given, "that process has ended")


def _read_control(fd):
    """What the page at a block's end says: nonce, size, state, nonces of arrays that lived here before; or None.

    0  "sharray\\0"   8  version u32   12  state u32   16  nonce   32  size u64   40  former u64   48  former nonces
    """
    length, page = os.fstat(fd).st_size, _page()
    if length < 2 * page or length % page:
        return None
    data = os.pread(fd, page, length - page)
    if len(data) < page or data[:8] != _MAGIC:
        return None

    def number(at, size):
        return int.from_bytes(data[at : at + size], "little")

    if number(8, 4) != _VERSION:
        raise _version_mismatch(number(8, 4), "block")
    state, size, former = number(12, 4), number(32, 8), min(number(40, 8), 253)
    if state > _KEPT or -(-max(size, 1) // page) * page + page > length:
        return None
    return data[16:32].hex(), size, state, {data[48 + 16 * n : 64 + 16 * n].hex() for n in range(former)}


def _seals(fd):
    try:
        return fcntl.fcntl(fd, _F_GET_SEALS)
    except OSError:
        return 0


def _is_named(fd, found):
    """Whether this is a file of a shared-memory mount, and no memory file: those can be sealed."""
    if not stat.S_ISREG(found.st_mode) or _seals(fd) & _SEAL_GROW:
        return False
    try:
        return os.stat(_MOUNT).st_dev == found.st_dev or _seals(fd) == _SEAL_SEAL
    except OSError:
        return _seals(fd) == _SEAL_SEAL


def _verify(fd, given):
    """Checks every field of a handle against the file; whether the block is a named one."""
    found = os.fstat(fd)
    for field, value in (("dev", found.st_dev), ("ino", found.st_ino)):
        if given[field] != value:
            raise _differs(field, given[field], value)
    opened = _is_opened(given["nonce"])
    named = not opened and _is_named(fd, found)
    if opened:
        if given["name"] is not None:
            raise _differs("name", given["name"], "none: it is a file that was opened by its path")
        if not stat.S_ISREG(found.st_mode) or _seals(fd) & _SEAL_GROW:
            raise _differs("ino", given["ino"], "that of something that cannot be opened by a path")
        # It may have become longer since: the array is its beginning.
        nonce, size = _nonce_of_file(fd, _OPENED), min(given["size"], found.st_size)
    elif named:
        nonce, size = _nonce_of_file(fd), found.st_size
    else:
        control = _read_control(fd) if _seals(fd) & _SEAL_GROW else None
        if control is None:
            raise _differs("ino", given["ino"], "that of a file which is no block of sharray's")
        nonce, size, state, former = control
        if state == _KEPT or nonce != given["nonce"] and given["nonce"] in former:
            raise _gone(given, "that process has closed it, and its memory holds another array now")
    if nonce != given["nonce"]:
        raise _differs("nonce", given["nonce"], nonce)
    if size != given["size"]:
        raise _differs("size", given["size"], size)
    if not opened and not named and not (state == _WHOLE and _seals(fd) & _SEAL_SHRINK):
        message = "this block is still being filled: until it has its final size, only its maker can map it"
        raise SharrayError("NOT_SUPPORTED", message)
    return named


def _attach_handle(given, readonly):
    if given["version"] != _VERSION:
        raise _version_mismatch(given["version"], "handle")
    _kernel()
    if _is_opened(given["nonce"]):
        return _attach_opened(given, readonly)
    _sweep_once()
    full = given["name"]
    try:
        if full is not None and _meant(full, True)[-1] == full:
            if full.startswith(_PREFIX):
                _remove_if_dead(full, (given["dev"], given["ino"]))
            fd = _open_leased(full, readonly, (given["dev"], given["ino"]))
            if fd is not None:
                return _checked(fd, given, readonly, full)
        fd = _open_block(given, readonly)
        try:
            fcntl.flock(fd, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError as error:
            os.close(fd)
            raise _gone(given, "its last holder is about to use that memory for another block") from error
        return _checked(fd, given, readonly, full)
    except OSError as error:
        raise _system_error("attaching to a block", error) from error


def _attach_opened(given, readonly):
    """The way of a handle to a file that Node opened by its path. What was opened for reading is there for reading."""
    link = f"/proc/{given['pid']}/fd/{given['fd']}"
    try:
        # The link's own mode is that of the descriptor.
        readonly = readonly or not os.lstat(link).st_mode & 0o200
    except OSError:
        # Opening it says why.
        pass
    try:
        fd = _open_block(given, readonly)
    except SharrayError as error:
        if error.code != "NOT_REACHABLE" or not os.path.exists(link):
            raise
        # The process can be looked into: it is the file's own mode that refuses.
        path = os.readlink(link)
        message = f"{path}: cannot be opened: {os.strerror(errno.EACCES)}"
        raise SharrayError("PERMISSION_DENIED", message, {"path": path, "errno": errno.EACCES}) from error
    try:
        _verify(fd, given)
    except OSError as error:
        os.close(fd)
        raise _system_error("attaching to a file", error) from error
    except BaseException:
        os.close(fd)
        raise
    return _Memory(fd, given["size"], given["nonce"], readonly)


def _checked(fd, given, readonly, full):
    try:
        named = _verify(fd, given)
        found = os.fstat(fd)
        # The way through /proc lets root in everywhere.
        if named and not _granted(found, 4 if readonly else 6):
            raise _denied(full or "without a name yet", found)
    except BaseException:
        place = given["dev"], given["ino"]
        os.close(fd)
        # Its lease may have kept the last one out from removing the name.
        if full is not None and full.startswith(_PREFIX):
            _remove_if_dead(full, place)
        raise
    return _Memory(fd, given["size"], given["nonce"], readonly, full if named else None, named)


def _attach_name(name, readonly):
    names = _meant(name, True)
    _kernel()
    _sweep_once()
    for full in names:
        # What a killed process left may be half written, and counts as gone whether or not a sweep came by.
        if full.startswith(_PREFIX):
            _remove_if_dead(full)
        fd = _open_leased(full, readonly)
        if fd is None:
            continue
        return _Memory(fd, os.fstat(fd).st_size, _nonce_of_file(fd), readonly, full, True)
    raise _no_block(name)


# --- dtypes and .npy headers ------------------------------------------------------------------------------------------


def _unfit(dtype, why):
    return SharrayError("BAD_DTYPE", f"dtype {str(dtype)!r:.200}: {why}", {"dtype": str(dtype)})


def _spell(dtype):
    """NumPy's `dtype.descr` as JSON has it: a text, or a list of fields with gaps as ["", "|V4"]. Checks on the way."""
    if dtype.names is None:
        if dtype.hasobject or dtype.kind not in "biufcSUVMm" or dtype.kind == "V" and dtype.type is not np.void:
            raise _unfit(dtype, "its elements are no plain bytes that two processes can share")
        return dtype.str
    spelt, end = [], 0
    for name in dtype.names:
        entry = dtype.fields[name]
        inner, offset = entry[:2]
        if len(entry) > 2:
            raise _unfit(dtype, f"field {name!r} has a title, which .npy files cannot hold")
        if offset < end:
            raise _unfit(dtype, f"field {name!r} overlaps another, or lies before it: use fields in the order of memory")
        if offset > end:
            spelt.append(["", f"|V{offset - end}"])
        if inner.subdtype is None:
            spelt.append([name, _spell(inner)])
        else:
            spelt.append([name, _spell(inner.subdtype[0]), list(inner.subdtype[1])])
        end = offset + inner.itemsize
    if dtype.itemsize > end:
        spelt.append(["", f"|V{dtype.itemsize - end}"])
    return spelt


_SCALAR = re.compile(
    r"[<>=|]?(\?|b1|i[1248]|u[1248]|f(2|4|8|12|16)|c(8|16|24|32)|[SUV][0-9]{1,10}|[Mm]8(\[[0-9]*[a-zA-Z\u03bc]+\])?)"
)


def _understand(spelt, depth=0):
    """The dtype of a description as `_spell` makes it; ValueError with a reason for anything else."""
    if isinstance(spelt, str):
        if not _SCALAR.fullmatch(spelt):
            raise ValueError(f"{spelt!r:.80} is no dtype")
        return np.dtype(spelt)
    if not isinstance(spelt, (list, tuple)):
        raise ValueError(f"expected a text or a list of fields, found {spelt!r:.80}")
    if depth > 64:
        raise ValueError("records lie more than 64 deep")
    names, formats, offsets, end = [], [], [], 0
    for field in spelt:
        if not isinstance(field, (list, tuple)) or len(field) not in (2, 3) or not isinstance(field[0], str):
            raise ValueError(f"{field!r:.80} is not a field; a field is [name, dtype] or [name, dtype, shape]")
        inner = _understand(field[1], depth + 1)
        if len(field) == 3:
            shape = field[2] if isinstance(field[2], (list, tuple)) else [field[2]]
            if not all(_is_count(n) for n in shape) or len(shape) > _MAX_DIMENSIONS:
                raise ValueError(f"{field[2]!r:.80} is not the shape of a field")
            if shape:
                inner = np.dtype((inner, tuple(shape)))
        if field[0] == "":
            if inner.kind != "V" or inner.names is not None:
                raise ValueError("only a gap, such as ['', '|V4'], has no name")
        else:
            names.append(field[0])
            formats.append(inner)
            offsets.append(end)
        end += inner.itemsize
    return np.dtype({"names": names, "formats": formats, "offsets": offsets, "itemsize": end})


def _is_count(value, most=_MOST):
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= most


def _hash(spelt):
    text = json.dumps(spelt, ensure_ascii=False, separators=(",", ":"))
    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()


def _is_long(spelt):
    if isinstance(spelt, str):
        return False
    # Counted as JavaScript counts: a description of more than 1 KiB stays in the block's header.
    text = json.dumps(spelt, ensure_ascii=False, separators=(",", ":"))
    return len(text.encode("utf-16-le")) // 2 > _LONGEST_DESCR


def _literal(spelt):
    if isinstance(spelt, str):
        return spelt
    return [(field[0], _literal(field[1])) + tuple(tuple(shape) for shape in field[2:]) for field in spelt]


def _npy_header(dtype, shape):
    """The header of a .npy file as NumPy 2 writes it: format 1.0, else 2.0 for a long one, else 3.0 for names beyond latin1."""
    text = f"{{'descr': {_literal(_spell(dtype))!r}, 'fortran_order': False, 'shape': {shape!r}, }}"
    # Room for the first axis to grow.
    text += " " * (max(0, 21 - len(str(shape[0]))) if shape else 0)
    try:
        data, version = text.encode("latin-1"), 1
    except UnicodeEncodeError:
        try:
            data, version = text.encode("utf-8"), 3
        except UnicodeEncodeError as error:
            raise _unfit(dtype, "the name of a field holds half of a surrogate pair") from error
    if version == 1 and -(-(10 + len(data) + 1) // 64) * 64 + 64 - 10 > 0xFFFF:
        version = 2
    prefix, digits = (10, 2) if version == 1 else (12, 4)
    used = prefix + len(data) + 1
    # NumPy pads a header that needs no blanks by 64 of them.
    total = used + 64 - used % 64
    return _NPY + bytes([version, 0]) + (total - prefix).to_bytes(digits, "little") + data + b" " * (total - used) + b"\n"


def _damaged(reason, cause=None):
    error = SharrayError("NPY_BAD_HEADER", f"the .npy header is damaged: {reason}", {"reason": reason})
    error.__cause__ = cause
    return error


# Only what a header consists of is given to the parser of Python: it is at the mercy of whoever made the block.
_TOKENS = re.compile(r"""[\s,:]+|True|False|[0-9]+|'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"|(?P<open>[\[({])|(?P<close>[\])}])""")


def _parse(text):
    at, depth = 0, 0
    while at < len(text):
        token = _TOKENS.match(text, at)
        if not token:
            raise _damaged(f"{text[at : at + 20]!r} at character {at} belongs to no header")
        depth += bool(token["open"]) - bool(token["close"])
        if depth > 90:
            raise _damaged("it is nested too deeply")
        at = token.end()
    try:
        return ast.literal_eval(text.strip())
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError) as error:
        raise _damaged("it is not a dict of 'descr', 'fortran_order' and 'shape'", error) from error


_Header = collections.namedtuple("_Header", "dtype shape fortran length columns end")


def _read_header(fd, size):
    start = os.pread(fd, min(size, 512), 0)
    if len(start) < 12 or start[:6] != _NPY:
        return None
    version = start[6]
    prefix, digits = (10, 2) if version == 1 else (12, 4)
    length = prefix + int.from_bytes(start[8 : 8 + digits], "little")
    if version not in (1, 2, 3) or start[7] != 0:
        raise _damaged(f"format {version}.{start[7]} is not known; known are 1.0, 2.0 and 3.0")
    if length > size:
        raise _damaged(f"it should have {length} bytes, the block has {size}")
    if length > len(start):
        start = os.pread(fd, length, 0)
    try:
        text = start[prefix:length].decode("utf-8" if version == 3 else "latin-1")
    except UnicodeDecodeError as error:
        raise _damaged("it is not UTF-8", error) from error
    found = _parse(text)
    if not isinstance(found, dict) or set(found) != {"descr", "fortran_order", "shape"}:
        raise _damaged("it is not a dict of 'descr', 'fortran_order' and 'shape'")
    shape, fortran = found["shape"], found["fortran_order"]
    if not isinstance(shape, tuple) or len(shape) > _MAX_DIMENSIONS or not all(_is_count(n) for n in shape):
        raise _damaged("'shape' is not a tuple of sizes")
    if not isinstance(fortran, bool):
        raise _damaged("'fortran_order' is not True or False")
    try:
        split = _read_columns(found["descr"]) if shape == () else None
        if split is not None:
            dtype, shape, runs, nbytes = split
            return _Header(dtype, shape, False, length, [length + run for run in runs], length + nbytes)
        dtype = _understand(found["descr"])
    except (ValueError, TypeError) as error:
        raise SharrayError("BAD_DTYPE", f"the .npy header's dtype: {error}") from error
    return _Header(dtype, shape, fortran, length, None, length + _product(shape) * dtype.itemsize)


# --- columns: a header of one record whose fields are whole runs, marked by gaps that NumPy passes over -----------------
#
# A gap of 0 bytes for each axis comes first (for an array without axes, last). A gap followed by one of 0 bytes is a gap of the
# elements' own dtype. Any other gap is what the next run needs to begin at a multiple of 64 bytes.


def _gap(field):
    """The bytes of a gap in a description, or None for a field."""
    if isinstance(field, (tuple, list)) and len(field) == 2 and field[0] == "" and isinstance(field[1], str):
        found = re.fullmatch(r"\|?V([0-9]{1,15})", field[1])
        return int(found[1]) if found else None
    return None


def _read_columns(descr):
    """The dtype, shape, places of the runs and bytes of an array in columns; None for an ordinary description."""
    if not isinstance(descr, (list, tuple)):
        return None
    rest = list(descr)
    axes = 0
    while rest and _gap(rest[0]) == 0:
        axes += 1
        del rest[0]
    if axes == 0 and (not rest or _gap(rest.pop()) != 0):
        return None
    if axes > _MAX_DIMENSIONS:
        raise _damaged(f"its columns have {axes} axes")
    shape = () if axes == 0 else None
    spelt, runs, at = [], [], 0
    while rest:
        field = rest.pop(0)
        gap = _gap(field)
        if gap is not None:
            if gap == 0:
                raise _damaged("a mark of 0 bytes stands alone among its columns")
            at += gap
            if rest and _gap(rest[0]) == 0:
                del rest[0]
                spelt.append(["", f"|V{gap}"])
            continue
        if not isinstance(field, (tuple, list)) or len(field) not in (2, 3) or not isinstance(field[0], str):
            raise _damaged(f"{field!r:.80} is not a column")
        item = _understand(field[1])
        whole = (field[2] if isinstance(field[2], (tuple, list)) else [field[2]]) if len(field) == 3 else ()
        if not all(_is_count(n) for n in whole):
            raise _damaged(f"{field[2]!r:.80} is not the shape of a column")
        inner = ()
        if whole or item.itemsize or item.names is not None:
            lead, inner = tuple(whole[:axes]), tuple(whole[axes:])
            if len(lead) < axes or shape is not None and lead != shape:
                raise _damaged(f"the column {field[0]!r} has another shape than those before it")
            shape = lead
        if at % 64:
            raise _damaged(f"the column {field[0]!r} does not begin at a multiple of 64")
        runs.append(at)
        spelt.append([field[0], field[1], list(inner)] if inner else [field[0], field[1]])
        at += item.itemsize * _product(whole)
        if at > _MOST:
            raise _damaged("its columns have more bytes than can be counted")
    if shape is None or not runs:
        raise _damaged("its columns tell of no shape")
    return _understand(spelt), shape, runs, at


# --- does an array lie in its block, as the header tells? -------------------------------------------------------------


def _mismatch(field, reason, **details):
    details["field"] = field
    message = f"handle.{field}: {reason}. The handle belongs to another array, or was changed on its way"
    return SharrayError("HANDLE_MISMATCH", message, details)


def _extent(offset, shape, strides, itemsize):
    """The lowest byte and the byte after the highest one that an array reaches; equal when it is empty."""
    if 0 in shape:
        return offset, offset
    reach = [(n - 1) * stride for n, stride in zip(shape, strides)]
    return offset + sum(r for r in reach if r < 0), offset + itemsize + sum(r for r in reach if r > 0)


def _tree(dtype):
    """A dtype and those of all its fields, at any depth."""
    yield dtype
    for name in dtype.names or ():
        inner = dtype.fields[name][0]
        yield from _tree(inner.subdtype[0] if inner.subdtype else inner)


def _lies(wanted, dtype, at, steps):
    """Whether elements of `wanted` lie `at` bytes into one of `dtype`, and with them all that the steps in it reach."""
    if at == 0 and not steps and _spell(dtype) == _spell(wanted):
        return True
    for name in dtype.names or ():
        inner, start = dtype.fields[name][:2]
        inside = at - start
        if not 0 <= inside < max(1, inner.itemsize):
            continue
        if inner.subdtype is None:
            if _lies(wanted, inner, inside, steps):
                return True
            continue
        item = inner.subdtype[0]
        # Steps of whole items stay within the sub-array; the others lie within an item.
        outer = [step for step in steps if item.itemsize > 0 and step[1] % item.itemsize == 0]
        low, high = _extent(inside, [n for n, _ in outer], [stride for _, stride in outer], 0)
        if low < 0 or high > inner.itemsize:
            continue
        rest = [step for step in steps if step not in outer]
        if _lies(wanted, item, inside % item.itemsize if item.itemsize else 0, rest):
            return True
    return False


def _match(memory, offset, shape, strides, given):
    """The dtype of a handle, after all that it says of the array was compared with the block; `given` is it, or its hash."""
    if not isinstance(given, str) and list(strides) == _packed(shape, given.itemsize):
        # The common case, the whole array of the block, is decided without parsing.
        head = _npy_header(given, tuple(shape))
        high = _extent(offset, shape, strides, given.itemsize)[1]
        if len(head) == offset and high <= memory.size and os.pread(memory.fd, offset, 0) == head:
            return given
    header = memory.header
    start = 0
    dtype = given
    if header is not None:
        whole, start = header.dtype, header.length
        if isinstance(given, str):
            dtype = next((d for d in _tree(whole) if d.names is not None and _hash(_spell(d)) == given), None)
            if dtype is None:
                raise _mismatch("dtype", "its hash is not that of the array's dtype, nor of a field's")
        elif not any(_spell(d) == _spell(given) for d in _tree(whole)):
            expected, found = _spell(given), _spell(whole)
            reason = f"the array's elements are {found!r:.120}, not {expected!r:.120}"
            raise _mismatch("dtype", reason, expected=expected, found=found)
    elif isinstance(given, str):
        raise _mismatch("dtype", "it is a hash, and the memory holds no description of an array")
    low, high = _extent(offset, shape, strides, dtype.itemsize)
    if low < start or high > memory.size:
        field = "offset" if offset < start or offset > memory.size else "shape"
        reason = f"the array reaches from byte {low} to {high}, the memory's data from {start} to {memory.size}"
        raise _mismatch(field, reason, low=low, high=high, size=memory.size)
    if header is None:
        return dtype
    if header.columns is not None:
        if _spell(dtype) == _spell(whole):
            raise _mismatch("layout", "the memory holds the array in columns")
        if 0 in shape or dtype.itemsize == 0:
            return dtype
        whole, start = _column_at(header, offset, low, high)
    # Those without bytes may lie anywhere: at the end of a record is where the next one begins.
    if 0 in shape or dtype.itemsize == 0:
        return dtype
    inner = [(n, stride) for n, stride in zip(shape, strides) if n > 1 and stride % whole.itemsize]
    if not _lies(dtype, whole, (offset - start) % whole.itemsize, inner):
        reason = f"no elements of dtype {_spell(dtype)!r:.120} lie there in an array of {_spell(whole)!r:.120}"
        raise _mismatch("strides" if inner else "offset", reason, offset=offset, strides=list(strides))
    return dtype


def _column_at(header, offset, low, high):
    """The dtype and the start of the run in which an array begins; all of it has to lie in that run."""
    count = _product(header.shape)
    for name, start in zip(header.dtype.names, header.columns):
        field = header.dtype.fields[name][0]
        end = start + count * field.itemsize
        if not start <= offset < end:
            continue
        if low < start or high > end:
            raise _mismatch("shape", f"the array reaches from byte {low} to {high}, its column from {start} to {end}")
        # As a record of one field: `_lies` goes into sub-arrays of fields only.
        return np.dtype({"names": [name], "formats": [field], "offsets": [0], "itemsize": field.itemsize}), start
    raise _mismatch("offset", f"byte {offset} is in no column", offset=offset)


def _match_columns(memory, offset, shape, strides, given):
    """The records in columns that a handle tells of, whose bytes are those of the same array in rows."""
    header = memory.header
    if header is None or header.columns is None:
        raise _mismatch("layout", "the memory holds no array in columns")
    expected, found = _spell(header.dtype), given if isinstance(given, str) else _spell(given)
    if found not in (expected, _hash(expected)):
        raise _mismatch("dtype", f"the array's elements are {expected!r:.120}, not {found!r:.120}", expected=expected, found=found)
    if header.end > memory.size:
        raise _mismatch("size", f"the array ends at byte {header.end}, the memory at {memory.size}")
    itemsize = header.dtype.itemsize

    def places(field, count):
        if itemsize and count % itemsize:
            raise _mismatch(field, f"{count} bytes are not whole records of {itemsize}", found=count)
        return count // itemsize if itemsize else 0

    place = places("offset", offset - header.columns[0])
    steps = [places("strides", stride) for stride in strides]
    low, high = _extent(place, shape, steps, 1)
    count = _product(header.shape)
    if low < 0 or high > count:
        field = "shape" if 0 <= place <= count else "offset"
        raise _mismatch(field, f"the array reaches from record {low} to {high}, the memory has {count}", low=low, high=high)
    return place, steps


# --- arrays -----------------------------------------------------------------------------------------------------------


class SharedArray(np.ndarray):
    """What `attach`, `create` and `share` return: an ndarray over shared memory that also works with `with`.

    Views of it, of any class, keep the memory alive. Pickling makes an ordinary copy: send `handle(array)` instead.
    """

    def __enter__(self):
        return self

    def __exit__(self, *_):
        close(self)

    def __array_wrap__(self, array, context=None, return_scalar=False):
        # What is computed from shared memory is not itself shared: results are ordinary arrays and scalars, as of np.memmap.
        if array is self or type(self) is not SharedArray:
            return array
        return array[()] if return_scalar or array.shape == () else array.view(np.ndarray)

    def __reduce__(self):
        return self.view(np.ndarray).__reduce__()

    def __reduce_ex__(self, protocol):
        return self.view(np.ndarray).__reduce_ex__(protocol)


def _array(memory, dtype, shape, offset, strides=None, order="C"):
    try:
        return SharedArray(tuple(shape), dtype, np.asarray(memory), offset, strides, order)
    except (ValueError, TypeError) as error:
        memory.close()
        raise SharrayError("BAD_SHAPE", f"NumPy {np.__version__} does not take shape {tuple(shape)}: {error}") from error


class Columns(collections.abc.Mapping):
    """What `attach` returns for an array in columns (Node's `layout: "columns"`): the name of each field, and its ndarray.

        with sharray.attach("sample") as a:
            a["pos"].max()                  # an ordinary ndarray over the same bytes, dense
            a.shape, a.dtype                # of the array of records; `np.asarray(a)` makes that array, as a copy

    The names and arrays do not change, only their elements, unless it was attached with `readonly`: `a["pos"] = 0` is
    `a["pos"][...] = 0`. Pickling makes an ordinary dict of copies: send `handle(columns)` instead.
    """

    def __init__(self, memory, header, place, shape, steps):
        self._memory, self._place, self._steps = memory, place, steps
        self.shape, self.dtype, self.ndim = tuple(shape), header.dtype, len(shape)
        self.size = _product(shape)
        self._start = header.columns[0]
        self._fields = {}
        for name, run in zip(header.dtype.names, header.columns):
            field = header.dtype.fields[name][0]
            # Through a record of one field, which gives a sub-array its axes, and a text its length also where that is 0.
            alone = np.dtype({"names": [name], "formats": [field], "offsets": [0], "itemsize": field.itemsize})
            offset = run + (place * field.itemsize if self.size else 0)
            strides = [step * field.itemsize for step in steps]
            self._fields[name] = _array(memory, alone, shape, offset, strides)[name]

    def __getitem__(self, name):
        return self._fields[name]

    def __setitem__(self, name, values):
        """The elements of a field, as of an array of records; also what `columns["pos"] += 1` ends with."""
        field = self._fields[name]
        if values is not field:
            field[...] = values

    def __iter__(self):
        return iter(self._fields)

    def __len__(self):
        return len(self._fields)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def __repr__(self):
        return f"<sharray.Columns of shape {self.shape}, dtype {self.dtype!s:.200}>"

    def __array__(self, dtype=None, copy=None):
        if copy is False:
            raise ValueError("an array of records is another one than columns: it takes a copy")
        records = np.zeros(self.shape, self.dtype)
        for name, field in self._fields.items():
            records[name] = field
        return records if dtype is None else records.astype(dtype)

    def __reduce__(self):
        return dict, ({name: np.array(field) for name, field in self._fields.items()},)

    def close(self):
        """As `close(columns)`."""
        self._memory.close()


def _columns_handle(columns):
    """What handle() tells of records in columns: offset and strides of the same array in rows."""
    offset = columns._start + (columns._place * columns.dtype.itemsize if columns.size else 0)
    strides = [step * columns.dtype.itemsize for step in columns._steps]
    spelt = _spell(columns.dtype)
    dtype = _hash(spelt) if _is_long(spelt) else spelt
    return {"offset": offset, "shape": list(columns.shape), "strides": strides, "dtype": dtype, "layout": "columns"}


def _memory_of(array, what):
    """The memory under an array, a view of one, or columns."""
    if isinstance(array, Columns):
        return array._memory
    if not isinstance(array, np.ndarray):
        raise _bad(f"{what}: array", "an array that attach, create or share returned, or a view of one", array)
    base = array
    while base is not None and not isinstance(base, _Memory):
        base = base.obj if isinstance(base, memoryview) else getattr(base, "base", None)
    if base is None:
        # Some libraries keep the owner alive in ways of their own: the addresses tell.
        start = array.__array_interface__["data"][0]
        low, high = _extent(start, array.shape, array.strides, array.itemsize)
        inside = [m for m in list(_live) if m.address <= low < high <= m.address + m.size]
        if not inside:
            raise SharrayError(
                "BAD_ARGUMENT",
                f"{what}: this array does not lie in shared memory of sharray's; share(array) makes a copy that does",
                {"argument": "array"},
            )
        base = inside[0]
    return base


def _dtype_of(dtype):
    try:
        try:
            found = np.dtype(dtype)
        except (TypeError, ValueError):
            # As JSON has them: lists of lists.
            if not isinstance(dtype, list):
                raise
            found = _understand(dtype)
        found = np.empty((0,), found).dtype if found.subdtype is None else found
    except (TypeError, ValueError) as error:
        raise SharrayError("BAD_DTYPE", f"dtype {dtype!r:.200}: {error}", {"dtype": repr(dtype)[:200]}) from error
    _spell(found.subdtype[0] if found.subdtype else found)
    return found


def _shape_of(shape):
    try:
        sizes = [shape] if hasattr(shape, "__index__") else list(shape)
        sizes = [operator.index(n) for n in sizes]
    except TypeError:
        sizes = [-1]
    if any(n < 0 for n in sizes) or len(sizes) > _MAX_DIMENSIONS:
        message = f"shape {shape!r:.200} is not a list of at most {_MAX_DIMENSIONS} sizes; write (1000, 3), or () for a single element"
        raise SharrayError("BAD_SHAPE", message, {"shape": repr(shape)[:200]})
    return tuple(sizes)


def _flag(value, name):
    if not isinstance(value, (bool, np.bool_)):
        raise _bad(name, "True or False", value)
    return bool(value)


def create(shape, dtype, name=None, persist=False):
    """A new array of zeros in shared memory, all of it reserved: no later store fails for lack of memory.

    Without a name it is gone with the last process that holds it. With `name="x"` other processes attach to it by that name; it
    is the file /dev/shm/sharray.x, a .npy file, which the last one to close removes. `persist=True` makes it
    sharray-keep.x, which stays until somebody calls `unlink`. `name=True` takes a fresh name (see `handle(array)["name"]`).

    Raises SharrayError: NO_SPACE, TOO_MANY_FILES, BAD_SHAPE, BAD_DTYPE, BAD_ARGUMENT, FILE_EXISTS, NOT_SUPPORTED.
    """
    shape, dtype = _shape_of(shape), _dtype_of(dtype)
    persist = _flag(persist, "persist")
    if name is None and persist:
        raise _bad("persist", "a name for what shall persist", name)
    if dtype.subdtype is not None:
        dtype, shape = dtype.subdtype[0], shape + dtype.subdtype[1]
    count = 1
    for n in shape:
        count *= max(1, n)
    if count * max(1, dtype.itemsize) > _MOST:
        raise SharrayError("BAD_SHAPE", f"shape {shape} has more bytes than can be counted", {"shape": str(shape)})
    size = 0 if 0 in shape else count * dtype.itemsize
    head = _npy_header(dtype, shape)
    return _array(_make(size, head, name, persist), dtype, shape, len(head))


def share(array):
    """A copy of an array (or of what NumPy makes one of) in new shared memory without a name, in C order.

    Raises SharrayError: NO_SPACE, TOO_MANY_FILES, BAD_DTYPE.
    """
    source = np.asarray(array)
    shared = create(source.shape, source.dtype)
    np.copyto(np.asarray(shared), source)
    return shared


def attach(handle_or_name, readonly=False):
    """The array of a handle, or of a named block: a genuine ndarray over the same bytes, or `Columns`. Nothing is copied.

    A handle is what `handle(array)` returned here or in Node, every field of which is checked. A name is that of a named
    array ("x", or in full "sharray.x"), or of another program's file in /dev/shm. Where there is no description of an array, in
    the block or the handle, it is an array of bytes. With `readonly` its `flags.writeable` is False, and whatever writes to it
    nevertheless changes only this process's own copy of the page.

    Raises SharrayError: BLOCK_GONE, NOT_REACHABLE, HANDLE_MISMATCH, VERSION_MISMATCH, NOT_FOUND, PERMISSION_DENIED,
    NPY_BAD_HEADER, TOO_MANY_FILES, BAD_ARGUMENT.
    """
    readonly = _flag(readonly, "readonly")
    if isinstance(handle_or_name, str):
        memory = _attach_name(handle_or_name, readonly)
        try:
            header = memory.header
            if header is None:
                return _array(memory, np.dtype("u1"), (memory.size,), 0)
            if header.end > memory.size:
                raise _damaged(f"its array ends at byte {header.end}, the block at {memory.size}")
            if header.columns is not None:
                return Columns(memory, header, 0, header.shape, _packed(header.shape, 1))
        except BaseException:
            memory.close()
            raise
        return _array(memory, header.dtype, header.shape, header.length, None, "F" if header.fortran else "C")
    given = _check_handle(handle_or_name)
    memory = _attach_handle(given, readonly)
    if given["shape"] is None:
        return _array(memory, np.dtype("u1"), (memory.size,), 0)
    try:
        if given["layout"] == "columns":
            place, steps = _match_columns(memory, given["offset"], given["shape"], given["strides"], given["dtype"])
        else:
            dtype = _match(memory, given["offset"], given["shape"], given["strides"], given["dtype"])
        if _is_opened(memory.nonce):
            _match_file(memory)
        if given["layout"] == "columns":
            return Columns(memory, memory.header, place, given["shape"], steps)
    except BaseException:
        memory.close()
        raise
    return _array(memory, dtype, given["shape"], given["offset"], given["strides"])


def _match_file(memory):
    """Whether the file of a handle is still the array that its header tells of: no more, and no less."""
    if memory.header is None:
        raise _mismatch("size", "the file is no array: it does not begin with the header of one", size=memory.size)
    end = memory.header.end
    if end != memory.size:
        reason = f"the file's header tells of an array that ends at byte {end}, the handle of one that ends at {memory.size}"
        raise _mismatch("size", reason, expected=end, found=memory.size)


def _packed(shape, itemsize):
    strides, step = [], itemsize
    for n in reversed(shape):
        strides.insert(0, step)
        step *= max(1, n)
    return strides


_INTEGERS = {
    "version": (0, 2**32 - 1),
    "pid": (1, 2**31 - 1),
    "fd": (0, 2**31 - 1),
    "dev": (0, _MOST),
    "ino": (0, _MOST),
    "size": (0, _MOST),
}


def _check_handle(given):
    """A handle whose fields have the form that they must have; whether it leads anywhere is the attach's business."""
    if not isinstance(given, dict):
        raise _bad("handle", "the dict that handle() returned, or a name", given)

    def malformed(field, expected):
        error = _bad(f"handle.{field}", expected, given.get(field))
        error.details["field"] = field
        return error

    checked = {}
    for field, (least, most) in _INTEGERS.items():
        value = checked[field] = given.get(field)
        if not _is_count(value, most) or value < least:
            raise malformed(field, f"an integer from {least} to {most}")
    checked["nonce"] = given.get("nonce")
    if not isinstance(checked["nonce"], str) or not re.fullmatch("[0-9a-f]{32}", checked["nonce"]):
        raise malformed("nonce", "a text of 32 hexadecimal digits")
    checked["name"] = given.get("name")
    if checked["name"] is not None:
        if not isinstance(checked["name"], str):
            raise malformed("name", "a text")
        _meant(checked["name"], True)
    checked["layout"] = given.get("layout", "rows")
    if checked["layout"] not in ("rows", "columns"):
        raise malformed("layout", "'rows' or 'columns'")
    fields = ("offset", "shape", "strides", "dtype")
    checked.update((field, given.get(field)) for field in fields)
    if not any(field in given for field in fields):
        return checked
    if not _is_count(checked["offset"]):
        raise malformed("offset", "a number of bytes")
    shape, strides = checked["shape"], checked["strides"]
    if not isinstance(shape, (list, tuple)) or len(shape) > _MAX_DIMENSIONS or not all(_is_count(n) for n in shape):
        raise malformed("shape", f"a list of at most {_MAX_DIMENSIONS} sizes")
    if (
        not isinstance(strides, (list, tuple))
        or len(strides) != len(shape)
        or not all(isinstance(n, int) and not isinstance(n, bool) and abs(n) <= _MOST for n in strides)
    ):
        raise malformed("strides", f"a list of {len(shape)} integers")
    if not isinstance(checked["dtype"], str) or not re.fullmatch("sha256:[0-9a-f]{64}", checked["dtype"]):
        try:
            checked["dtype"] = _understand(checked["dtype"])
        except (ValueError, TypeError) as error:
            raise malformed("dtype", f"NumPy's descr of a dtype, or its hash ({error})") from error
    return checked


def handle(array):
    """The handle by which other processes attach to an array or to a view of one: a dict of a few hundred bytes, plain JSON.

    It is good while this process has the array open. Offset and strides of a view travel; nothing is copied.

    Raises SharrayError: CLOSED, BAD_ARGUMENT for an array that is not in shared memory, NOT_SUPPORTED for a view whose
    elements are neither the array's nor a field's of it.
    """
    memory = _memory_of(array, "handle")
    if memory.fd < 0:
        raise SharrayError("CLOSED", "handle: this array was closed")
    made = {"version": _VERSION, "pid": os.getpid(), "fd": memory.fd, "dev": memory.place[0], "ino": memory.place[1]}
    made.update(nonce=memory.nonce, size=memory.size)
    if memory.name is not None:
        made["name"] = memory.name
    if isinstance(array, Columns):
        made.update(_columns_handle(array))
        return made
    offset = array.__array_interface__["data"][0] - memory.address
    shape, strides = list(array.shape), list(array.strides)
    if array.size == 0:
        # It has no first element, and slicing may leave it anywhere: the end of the block is always within.
        offset = memory.size
    spelt = _spell(array.dtype)
    try:
        _match(memory, offset, shape, strides, array.dtype)
    except SharrayError as error:
        raise SharrayError(
            "NOT_SUPPORTED",
            f"handle: elements of {spelt!r:.120} are neither those of the array nor a field of them, or lie between them. Send "
            "the handle of the array, and make that view of it on the other side",
        ) from error
    dtype = _hash(spelt) if _is_long(spelt) and memory.header is not None else spelt
    made.update(offset=offset, shape=shape, strides=strides, dtype=dtype)
    return made


def close(array):
    """Ends this process's attachment to the array's block; closing twice is no error.

    Others cannot attach by its handles any more, and the name goes with the last holder. Arrays that lie over it stay valid, and
    the memory is freed, when the last of them is gone. Without `close` all of that happens when the last of them is gone.
    """
    _memory_of(array, "close").close()


def unlink(name):
    """Removes the name of a named array for everybody; those who hold it keep it. Takes "x" and the full form.

    Raises SharrayError: NOT_FOUND, PERMISSION_DENIED, BAD_ARGUMENT.
    """
    names = _meant(name, False)
    _kernel()
    with _Turn():
        for full in names:
            fd = _open_leased(full, True, order=True)
            if fd is None:
                continue
            try:
                os.unlink(_path(full))
                return
            except FileNotFoundError:
                continue
            except PermissionError as error:
                raise _denied(full, os.fstat(fd), "remove") from error
            except OSError as error:
                raise _system_error("removing the name of a block (unlink)", error) from error
            finally:
                os.close(fd)
    raise _no_block(name)
