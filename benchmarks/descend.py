"""100 learning rates of 500 Adam steps in two dimensions: one call against a loop over the rates.

Prints one JSON line: seconds of both (the best of a few runs), their ratio (the aim is at least
30), and the largest difference between the two results.
"""

import json
import time

import numpy as np
from common import arguments

from lrteach import adam, descend, rosenbrock

F, START, RATES, STEPS = rosenbrock(), np.array([-1.0, 1.0]), np.geomspace(1e-4, 1e-1, 100), 500


def together():
    return descend(F, START, adam, lr=RATES, steps=STEPS).theta


def one_by_one():
    return np.stack([descend(F, START, adam, lr=lr, steps=STEPS).theta for lr in RATES], axis=-1)


def best(work, times):
    """(the shortest time in seconds, the result)."""
    seconds = []
    for _ in range(times):
        start = time.perf_counter()
        result = work()
        seconds.append(time.perf_counter() - start)
    return min(seconds), result


if __name__ == "__main__":
    short = arguments("A hundred rates in one call, against a loop.").parse_args().short
    (batch, a), (loop, b) = best(together, 1 if short else 7), best(one_by_one, 1 if short else 2)
    print(
        json.dumps(
            {
                "benchmark": "descend",
                "together_s": round(batch, 4),
                "loop_s": round(loop, 3),
                "ratio": round(loop / batch, 1),
                "largest_difference": float(np.abs(a - b).max()),
                "holds": loop / batch >= 30,
            }
        )
    )
