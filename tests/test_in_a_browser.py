"""The package where Python runs in a browser: no processes, no threads, no errors of arithmetic.

`test_lite.py` has the real thing, for three lessons. Here the same is forbidden to a Python of this
machine: what Pyodide lacks may not be imported or started, singular matrices give nan, and warnings
of floating-point arithmetic do not come.
"""

import subprocess
import textwrap

import pytest
from kernels import ROOT

RESTRICTED = """
import subprocess, sys, threading
for name in ("_multiprocessing", "_ssl", "fcntl", "termios", "resource"):
    sys.modules[name] = None  # an import of it fails

class NoProcess:
    def __init__(self, *given, **options):
        raise OSError("emscripten does not support processes")
subprocess.Popen = NoProcess

def start(self):
    if not isinstance(self, threading.Timer):  # with which matplotlib says that it takes long
        raise RuntimeError("can't start new thread")
threading.Thread.start = start

import numpy as np
np.seterr(all="ignore")
np.seterr = lambda **given: {}
class Silent:
    def __init__(self, **given): pass
    def __enter__(self): return self
    def __exit__(self, *error): return False
    def __call__(self, function): return function
np.errstate = Silent
for name in ("inv", "solve", "cholesky"):
    def silent(*given, exact=getattr(np.linalg, name), **options):
        try:
            return exact(*given, **options)
        except np.linalg.LinAlgError:
            return np.full(np.shape(given[-1]), np.nan)
    setattr(np.linalg, name, silent)
import lrteach as lt
"""
WORK = {
    "all names": "for name in lt.__all__: getattr(lt, name)",
    "every rule": """
        for rule in (lt.sgd, lt.momentum, lt.nesterov, lt.adagrad, lt.rmsprop, lt.adam, lt.adamw):
            run = lt.descend(lt.valley(), (-7, 2), rule, lr=0.05, steps=30)
            assert np.isfinite(run.loss).all() and run.loss[-1] < run.loss[0]""",
    "a run that diverges": """
        run = lt.descend(lt.parabola(), -5.0, lr=np.array([0.1, 2.5]), steps=2000)
        assert run.diverged.tolist() == [False, True]""",
    "every surface": """
        for name, f in lt.SURFACES.items():
            f = f() if isinstance(f, type) or not hasattr(f, "start") else f
            assert np.isfinite(f.grad(f.start)).all()
            lt.critical_lr(f, f.start)""",
    "a network": """
        X, y, X_test, y_test = lt.digits()
        net = lt.MLP(X, y, hidden=(8,), activation="relu")
        run = lt.descend(lt.Minibatches(net, 32, 40, 0), net.init(0), lr=0.3, steps=40,
                         progress=lt.progress_bar)
        assert net(run.final) < net(net.init(0)) and lt.sharpness(net, run.final) > 0""",
    "a range test": """
        test = lt.lr_range_test(lt.valley(), (-7.0, 2.0), min_lr=1e-3, steps=60)
        assert str(test.suggestions())""",
    "a sweep": """
        table = lt.sweep(lambda lr, seed: lr + seed, lr=[0.1, 0.2], seed=[0, 1])
        assert table.mean.shape == (2,)""",
    "a singular loss": """
        f = lt.quadratic([[1.0, 0.0], [0.0, 0.0]])
        assert np.isfinite(lt.descend(f, [1.0, 1.0], lr=0.1, steps=5).loss).all()""",
    "a live scene": """
        live = lt.explore(lt.Scene(lt.curve(lt.parabola()), lt.loss_curve(steps=20)),
                          lambda lr: lt.descend(lt.parabola(), -5.0, lr=lr, steps=20),
                          lr=lt.slider(0.0, 2.5, 0.1))
        before = live.scene.overlay()
        live.controls[0].value = 1.0
        assert live.scene.overlay() != before and not live.message.value
        assert "image/png" in live._repr_mimebundle_()[0]""",
    "a film": """
        run = lt.descend(lt.parabola(), -5.0, lr=0.1, steps=20)
        film = lt.play(lt.Scene(lt.curve(lt.parabola())), run, 5)
        assert "image/png" in film._repr_mimebundle_()[0]""",
    "data that is not to be had": """
        try:
            lt.mnist()
        except ConnectionError as error:
            assert "digits() needs no network" in str(error)
        else:
            raise SystemExit("it came from somewhere")""",
}


@pytest.fixture(scope="module")
def empty_home(tmp_path_factory):
    return str(tmp_path_factory.mktemp("home"))


@pytest.mark.parametrize("work", WORK)
def test_it_works_where_there_are_no_processes_and_no_threads(work, another_python, empty_home):
    code = f"{RESTRICTED}\n{textwrap.dedent(WORK[work])}"
    away = {"HOME": empty_home, "XDG_CACHE_HOME": empty_home, "PYTHONPATH": str(ROOT),
            "http_proxy": "http://127.0.0.1:9", "https_proxy": "http://127.0.0.1:9"}
    made = subprocess.run([another_python, "-c", code], env=away, capture_output=True, text=True)
    assert made.returncode == 0, made.stderr[-2000:]
