"""What `import lrteach` costs beyond NumPy, and that it loads neither matplotlib nor ipywidgets.

Prints one JSON line: the median of `import numpy, lrteach` minus that of `import numpy`, in ms (the aim is at most 60), each
measured inside a fresh Python, by turns.
"""

import json
import statistics
import subprocess
import sys

TIMES = 15
CODE = """
import sys, time
start = time.perf_counter()
import {modules}
print(1000 * (time.perf_counter() - start), *[name for name in ("matplotlib", "ipywidgets") if name in sys.modules])
"""


def run(modules):
    """(milliseconds, what was loaded that should not be) of an import in a fresh Python."""
    out = subprocess.run([sys.executable, "-c", CODE.format(modules=modules)], check=True, capture_output=True, text=True).stdout.split()
    return float(out[0]), out[1:]


if __name__ == "__main__":
    run("numpy, lrteach")  # so that the byte code of all is there
    numpy, both = zip(*[(run("numpy"), run("numpy, lrteach")) for _ in range(TIMES)])
    ms = statistics.median(ms for ms, _ in both) - statistics.median(ms for ms, _ in numpy)
    loaded = sorted({name for _, names in both for name in names})
    print(json.dumps({"benchmark": "startup", "lrteach_ms": round(ms, 1), "loaded_too": loaded, "holds": ms <= 60 and not loaded}))
