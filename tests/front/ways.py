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


def with_shaken_gradients(folder, k):
    """The environment in which a kernel shakes all gradients: a start-up file of IPython."""
    startup = Path(folder) / "profile_default" / "startup" / "00-shake.py"
    startup.parent.mkdir(parents=True)
    front = str(Path(__file__).parent)
    lines = ["import sys", f"sys.path.append({front!r})", "import shake", f"shake.shake({k})"]
    lines += ["sys.path.remove(sys.path[-1])", "del shake, sys"]
    startup.write_text("\n".join(lines), encoding="utf-8")
    return {"IPYTHONDIR": str(folder)}


WAYS = {
    "without vector units": lambda folder: without_features(),
    "with one thread": lambda folder: with_one_thread(),
    **{f"shaken {k}": lambda folder, k=k: with_shaken_gradients(folder, k) for k in SHAKEN},
}
