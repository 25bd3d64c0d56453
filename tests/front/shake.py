"""Another processor, imitated: each gradient is off in its last bits, by what depends on it alone.

Two processors, or two builds of BLAS, do not agree on the last bits of a gradient. Here every
float64 gradient that a loss of lrteach gives to the loop is multiplied by 1 + 4e-16 * sin(k * g).
What is printed or asserted must survive it, for more than one k.
"""

import functools
import importlib
import inspect
import pkgutil
import sys

SIZE = 4e-16  # less than two units in the last place


def shaken(method, k):
    """`value_and_grad` with its gradient shaken."""
    import numpy as np

    @functools.wraps(method)
    def value_and_grad(self, *args, **kwargs):
        loss, g = method(self, *args, **kwargs)
        g = np.asarray(g)
        if g.dtype == np.float64:
            with np.errstate(all="ignore"):
                g = g * (1 + SIZE * np.nan_to_num(np.sin(k * g)))
        return loss, g[()]

    return value_and_grad


def shake(k):
    """Shake the gradients of all losses of lrteach, and of those that a learner makes from them."""
    import lrteach

    for module in pkgutil.walk_packages(lrteach.__path__, "lrteach."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    seen = set()
    for name in [name for name in sys.modules if name.split(".")[0] == "lrteach"]:
        for cls in vars(sys.modules[name]).values():
            if inspect.isclass(cls) and "value_and_grad" in vars(cls) and cls not in seen:
                seen.add(cls)
                cls.value_and_grad = shaken(vars(cls)["value_and_grad"], k)
    return seen


def without_pictures():
    """Leave out the pictures and films that scenes leave in a file: they are not compared."""
    import lrteach.plots.scene
    import lrteach.widgets.live

    lrteach.plots.scene.Scene.png = lambda self: b""
    lrteach.widgets.live.animation = lambda *args, **kwargs: b""
