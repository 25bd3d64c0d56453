"""What `import lrteach` costs beyond NumPy, and that it loads neither matplotlib nor ipywidgets.

Prints one JSON line: the median of `import numpy, lrteach` minus that of `import numpy`, in ms (the
aim is at most 60), each measured inside a fresh Python, by turns.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile

from common import arguments

TIMES = 15
CODE = """
import sys, time
start = time.perf_counter()
import {modules}
heavy = [name for name in ("matplotlib", "ipywidgets") if name in sys.modules]
print(1000 * (time.perf_counter() - start), *heavy)
"""


def run(modules, environment):
    """(milliseconds, what was loaded that should not be) of an import in a fresh Python."""
    out = subprocess.run(
        [sys.executable, "-c", CODE.format(modules=modules)],
        check=True,
        capture_output=True,
        text=True,
        env=environment,
    ).stdout
    ms, *loaded = out.split()
    return float(ms), loaded


if __name__ == "__main__":
    times = 2 if arguments("What `import lrteach` costs.").parse_args().short else TIMES
    with tempfile.TemporaryDirectory() as cache:  # of byte code, whatever the settings say of it
        kept = {
            name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"
        } | {"PYTHONPYCACHEPREFIX": cache}
        run("numpy, lrteach", kept)  # so that the byte code of all is there
        numpy, both = zip(
            *[(run("numpy", kept), run("numpy, lrteach", kept)) for _ in range(times)],
            strict=True,
        )
    ms = statistics.median(ms for ms, _ in both) - statistics.median(ms for ms, _ in numpy)
    loaded = sorted({name for _, names in both for name in names})
    print(
        json.dumps(
            {
                "benchmark": "startup",
                "lrteach_ms": round(ms, 1),
                "loaded_too": loaded,
                "holds": ms <= 60 and not loaded,
            }
        )
    )
