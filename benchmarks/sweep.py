"""A sweep over two processes, against the same trainings one after the other.

Prints one JSON line: the seconds of both, and their ratio (the aim is at most 0.65 for eight
trainings of a second). The start of the processes is part of the time.
"""

import json
import time
from concurrent.futures import ProcessPoolExecutor

from common import arguments

import lrteach


def train(lr, seed, seconds=1.0):
    """Descend in a valley, again and again, for about so many seconds."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        run = lrteach.descend(lrteach.valley(), (-7.0, 2.0), lr=lr, steps=100)
    return run.loss[-1]


def short_train(lr, seed):
    return train(lr, seed, 0.05)


def seconds_of(work, executor):
    """How long the sweep takes."""
    start = time.monotonic()
    lrteach.sweep(work, lr=[0.01, 0.03, 0.1, 0.3], seed=[0, 1], executor=executor)
    return time.monotonic() - start


if __name__ == "__main__":
    short = arguments("A sweep over two processes.").parse_args().short
    work = short_train if short else train
    serial = seconds_of(work, None)
    with ProcessPoolExecutor(2) as pool:
        parallel = seconds_of(work, pool)
    print(json.dumps({
        "benchmark": "sweep",
        "serial_s": round(serial, 2),
        "two_processes_s": round(parallel, 2),
        "ratio": round(parallel / serial, 2),
        "holds": parallel <= 0.65 * serial,
    }))
