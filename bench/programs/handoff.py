"""handoff.py WAY BYTES COUNT: a child hands one array to its parent by the name of a SharedMemory block, again and again.

Microseconds from just before the send to an ndarray over the attached block at the receiver. WAY: queue or pipe, by which
the name goes. The block is made and filled before. Attached without the resource tracker where Python can do that (3.13).
"""
import json
import sys
import time
from multiprocessing import Pipe, Process, Queue, resource_tracker
from multiprocessing.shared_memory import SharedMemory

import numpy as np

untracked = {"track": False} if sys.version_info >= (3, 13) else {}


def child(way, size, items, turns):
    block = SharedMemory(create=True, size=size)
    np.ndarray((size // 8,), "i8", buffer=block.buf)[:] = 7
    send = items.put if way == "queue" else items.send
    send("ready")
    while turns.recv() == "go":
        send((time.monotonic_ns(), block.name))
    block.close()
    block.unlink()


def main():
    way, size, count = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    resource_tracker.ensure_running()
    here, there = Pipe()
    items, theirs = (Queue(),) * 2 if way == "queue" else Pipe(duplex=False)
    process = Process(target=child, args=(way, size, theirs, there))
    process.start()
    receive = items.get if way == "queue" else items.recv
    receive()
    took = []
    for i in range(-5, count):
        time.sleep(0.002)
        here.send("go")
        sent, name = receive()
        block = SharedMemory(name=name, **untracked)
        array = np.ndarray((size // 8,), "i8", buffer=block.buf)
        got = time.monotonic_ns()
        if i >= 0:
            took.append((got - sent) / 1e3)
        assert array[0] == 7 and array[-1] == 7
        del array
        block.close()
    here.send("end")
    process.join()
    print(json.dumps({"took": took}))


if __name__ == "__main__":
    main()
