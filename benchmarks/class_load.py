"""A class at one machine: N kernels of notebook 01, and a hand on a slider in each of them.

    python benchmarks/class_load.py --students 30

Each student's kernel is a real one, that has run the whole notebook. Then all students move the
first slider of the main scene at once, ten moves a second each for ten seconds; a move is over when
its picture has been sent. Prints one JSON line: the share of moves within 250 ms (the aim is 0.95),
their median and 95th percentile, and what a student's kernel costs in memory. JupyterHub and the
network are not in it.
"""

import json
import statistics
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from common import ROOT, arguments

sys.path.insert(0, str(ROOT / "tests" / "front"))
from kernels import SLIDERS, Session, kernelspec, kind, positions, scenes  # noqa: E402

NOTEBOOK = ROOT / "notebooks" / "01_descend_a_parabola.ipynb"
SLOW = 0.25  # seconds: from here on a hand feels it
PACE = 0.1  # seconds from one move to the next


def first_slider(session):
    """The first slider of the scene that has most of them."""
    groups = [[one for one in group if kind(session.widgets[one]) in SLIDERS]
              for group in scenes(session)]
    return max(groups, key=len)[0]


def moves(session, seconds):
    """How long each move took, in seconds."""
    slider, taken = first_slider(session), []
    name, values = positions(session.widgets[slider])
    begin = time.monotonic()
    for k in range(round(seconds / PACE)):
        start = time.monotonic()
        session.update(slider, **{name: values[k % len(values)]})
        taken.append(time.monotonic() - start)
        time.sleep(max(0.0, begin + (k + 1) * PACE - time.monotonic()))
    return taken


def megabytes(session):
    """The memory of a kernel; pages that several share count in parts. None where unknown."""
    try:
        rollup = Path(f"/proc/{session.manager.provisioner.pid}/smaps_rollup")
        text = rollup.read_text(encoding="ascii")
    except OSError:
        return None
    return int(text.split("Pss:")[1].split()[0]) / 1024


def class_of(students, seconds):
    """The figures of a class of so many."""
    specs = kernelspec(tempfile.mkdtemp(), sys.executable, {"PYTHONPATH": str(ROOT)})
    with ThreadPoolExecutor(students) as hands:
        start = time.monotonic()
        sessions = list(hands.map(lambda _: Session(NOTEBOOK, specs), range(students)))
        ready = time.monotonic() - start
        try:
            taken = sorted(sum(hands.map(lambda one: moves(one, seconds), sessions), []))
            memory = [mb for mb in map(megabytes, sessions) if mb]
        finally:
            for session in sessions:
                session.__exit__()
    quick = sum(move <= SLOW for move in taken) / len(taken)
    return {
        "benchmark": "class_load",
        "students": students,
        "all_have_run_01_after_s": round(ready, 1),
        "moves": len(taken),
        "within_250_ms": round(quick, 3),
        "median_ms": round(1000 * statistics.median(taken)),
        "p95_ms": round(1000 * taken[int(0.95 * len(taken))]),
        "kernel_mb": round(statistics.mean(memory)) if memory else None,
        "holds": quick >= 0.95,
    }


if __name__ == "__main__":
    parser = arguments("A class at one machine.")
    parser.add_argument("--students", type=int, default=30)
    chosen = parser.parse_args()
    print(json.dumps(class_of(2, 1) if chosen.short else class_of(chosen.students, 10)))
