"""Other machines, imitated on this one: what must print and pass the same there.

NumPy chooses its code by what the processor has, BLAS by the number of its cores, and they do not
agree on the last bits. So a number is right if it survives all of these.
"""

import os
from pathlib import Path

THREADS = ["OPENBLAS", "OMP", "MKL", "VECLIB", "BLIS"]
SHAKEN = ["1e6", "3e6"]


def dispatched():
    """The features of this processor for which NumPy has code of their own."""
    from numpy._core._multiarray_umath import __cpu_dispatch__, __cpu_features__

    return [name for name in __cpu_dispatch__ if __cpu_features__[name]]


def without_features():
    """The environment in which NumPy does without them."""
    off = os.environ.get("NPY_DISABLE_CPU_FEATURES", "").split()
    return {"NPY_DISABLE_CPU_FEATURES": " ".join([*off, *dispatched()])}


def with_one_thread():
    """The environment in which BLAS has one thread."""
    return {f"{name}_NUM_THREADS": "1" for name in THREADS}


def starting_with(folder, *lines):
    """The environment in which a kernel starts with these lines: a start-up file of IPython."""
    startup = Path(folder) / "profile_default" / "startup" / "00-way.py"
    startup.parent.mkdir(parents=True)
    front = str(Path(__file__).parent)
    around = ["import sys", f"sys.path.append({front!r})", "import shake", *lines]
    around += [f"sys.path.remove({front!r})", "del shake, sys"]
    startup.write_text("\n".join(around), encoding="utf-8")
    return {"IPYTHONDIR": str(folder)}


def kernel_environment(way, folder):
    """The environment of a kernel that is another machine in this way."""
    environment, *lines = WAYS[way]
    return {**environment(), **starting_with(folder, "shake.without_pictures()", *lines)}


# All at once: a digit that one of them changes, all together change as well. The second shake runs
# where LRTEACH_WAY names it: in CI, with the oldest versions.
WAYS = {
    f"shaken {SHAKEN[0]}, one thread, no vector units":
        (lambda: {**without_features(), **with_one_thread()}, f"shake.shake({SHAKEN[0]})"),
    f"shaken {SHAKEN[1]}": (dict, f"shake.shake({SHAKEN[1]})"),
}
