"""An animation of 50 steps: what `play` stores against matplotlib's `FuncAnimation.to_jshtml`.

For the same content, size and resolution. Prints one JSON line: seconds (the median of a few runs)
and bytes of both, their ratios (the aim is 10 and 10), and whether all runs gave the same bytes.
"""

import json
import statistics
import time

import matplotlib.pyplot as plt
from common import arguments
from main_scene import STEPS, plain, scene, walk
from matplotlib.animation import FuncAnimation

from lrteach.plots.film import animation

plt.switch_backend("agg")


def ours():
    return animation(scene(), walk(), frames=STEPS)


def theirs():
    figure, move = plain(walk(), 0)
    html = FuncAnimation(figure, move, frames=STEPS + 1, interval=100, blit=True).to_jshtml()
    plt.close(figure)
    return html.encode()


def measure(work, times):
    """(median seconds, what it returned each time)."""
    seconds, results = [], []
    for _ in range(times):
        start = time.perf_counter()
        results.append(work())
        seconds.append(time.perf_counter() - start)
    return statistics.median(seconds), results


if __name__ == "__main__":
    short = arguments("An animation of 50 steps, against to_jshtml.").parse_args().short
    measure(ours, 1)  # fonts are loaded once
    fast, pngs = measure(ours, 1 if short else 5)
    slow, htmls = measure(theirs, 1 if short else 2)
    quicker, smaller = slow / fast, len(htmls[0]) / len(pngs[0])
    same = len(set(pngs)) == 1
    print(json.dumps({
        "benchmark": "player",
        "apng_s": round(fast, 3),
        "jshtml_s": round(slow, 2),
        "times_faster": round(quicker, 1),
        "apng_bytes": len(pngs[0]),
        "jshtml_bytes": len(htmls[0]),
        "times_smaller": round(smaller, 1),
        "same_bytes": same,
        "holds": quicker >= 10 and smaller >= 10 and same,
    }))
