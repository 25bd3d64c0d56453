"""The notebooks print, and the tests of the core pass, the same on other processors."""

import os
import subprocess
import sys

import nbformat
import numpy as np
import pytest
from kernels import NOTEBOOKS, ROOT, Kernel, Session, changed_outputs, kernelspec
from nbformat.v4 import new_code_cell, new_notebook, new_output
from not_yet import judge
from shake import SIZE, shaken
from ways import SHAKEN, WAYS, dispatched, kernel_environment, with_one_thread, without_features

import lrteach

ALL, SECOND = WAYS
WAY = SECOND if os.environ.get("LRTEACH_WAY") == "second" else ALL

# what these test is no sum
NO_NUMBERS = ["architecture", "data", "packaging", "readme", "rules", "sweep", "workflows"]
CORE = sorted(
    str(path)
    for path in (ROOT / "tests").glob("test_*.py")
    if path.stem.removeprefix("test_") not in NO_NUMBERS
)


@pytest.fixture(scope="session")
def kernels(specs, tmp_path_factory):
    """Kernelspecs for each way, by its name."""
    made = {}
    for way in WAYS:
        folder = tmp_path_factory.mktemp("way")
        environment = kernel_environment(way, folder / "ipython")
        made[way] = kernelspec(folder / "specs", sys.executable, environment)
    return made


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_prints_what_is_stored(path, kernels):
    with Session(path, kernels[WAY]) as session:
        judge("ways", path.stem, changed_outputs(session))


def core_tests(environment, *options):
    """What the tests of the core say in a process of their own."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--tb=short"]
    command += ["-m", "not kernel and not browser", *options, *CORE]
    # what xdist and coverage tell their workers is not for another pytest
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    made = subprocess.run(
        command,
        cwd=ROOT,
        env={**kept, **environment},
        capture_output=True,
        text=True,
        encoding="utf-8",
    )
    assert " passed" in made.stdout, made.stdout + made.stderr
    return made


@pytest.mark.parametrize(
    "k, environment", [(SHAKEN[0], without_features), (SHAKEN[1], with_one_thread)]
)
def test_the_core_passes_there_too(k, environment, another_python):
    made = core_tests(environment(), "--shake", k)
    assert made.returncode == 0, made.stdout[-5000:]


# That these ways are what they say.

FEATURES = """\
from numpy._core._multiarray_umath import __cpu_dispatch__, __cpu_features__
print([name for name in __cpu_dispatch__ if __cpu_features__[name]])"""
DESCENT = """\
import lrteach
run = lrteach.descend(lrteach.valley(), (-7, 2), lr=0.1, steps=20)"""
OWN_LOSS = """\
from lrteach import Loss, descend
class Mine(Loss):
    pass
bowl = Mine(lambda t: (t ** 2).sum(axis=0), lambda t: 2 * t)
run = descend(bowl, (-7.0, 2.0), lr=0.1, steps=20)"""


def printed(specs, *cells):
    with Kernel(specs) as kernel:
        outputs = [kernel.execute(cell) for cell in cells]
    return "".join(content["text"] for _, content in outputs[-1])


def test_the_features_are_off(specs, kernels):
    assert printed(specs, FEATURES) == f"{dispatched()}\n"
    assert printed(kernels[ALL], FEATURES) == "[]\n"


def test_blas_has_one_thread(kernels):
    code = "import os; print(os.environ['OPENBLAS_NUM_THREADS'])"
    assert printed(kernels[ALL], code) == "1\n"


@pytest.mark.parametrize("run", [DESCENT, OWN_LOSS], ids=["library", "own"])
def test_shaken_runs_differ_in_the_last_digits_alone(run, specs, kernels):
    show = "print(*(x.hex() for x in run.final.tolist()))"
    ways = [specs, *kernels.values()]
    ends = [printed(kernel, run, show) for kernel in ways]
    assert len(set(ends)) == 3, "shaken twice, the run ends at three places"
    still, *moved = [[float.fromhex(x) for x in end.split()] for end in ends]
    for end in moved:
        np.testing.assert_allclose(end, still, rtol=1e-13)


def test_no_picture_is_drawn_that_is_not_compared(specs, kernels):
    code = "import lrteach as lt\nscene = lt.Scene(lt.curve(lt.parabola()))\n"
    code += "scene.show(lt.descend(lt.parabola(), 1.0, lr=0.1, steps=5))\n"
    show = "bundle, _ = scene._repr_mimebundle_()\n"
    show += "print(len(str(bundle)) > 20_000, bundle['text/plain'])"
    drawn, not_drawn = (printed(kernel, code, show) for kernel in (specs, kernels[ALL]))
    assert drawn.startswith("True ") and not_drawn == drawn.replace("True ", "False ")


def test_a_notebook_sees_nothing_of_the_shaking(kernels):
    code = "print(*sorted(name for name in globals() if name in ('shake', 'sys', 'lrteach')))"
    assert printed(kernels[ALL], code) == "\n"


def test_all_losses_are_shaken_and_only_float64():
    theta = np.array([3.0, 4.0])
    bowl = lrteach.ravine(1, 10)
    value_and_grad = shaken(type(bowl).value_and_grad, 1e6)
    loss, g = value_and_grad(bowl, theta)
    assert loss == bowl(theta) and (g != bowl.grad(theta)).any()
    np.testing.assert_allclose(g, bowl.grad(theta), rtol=1.5 * SIZE)
    loss, g = value_and_grad(bowl, theta.astype(np.float32))
    np.testing.assert_array_equal(g, bowl.grad(theta.astype(np.float32)))
    far = np.array([np.inf, np.nan])
    with np.errstate(all="raise"):
        _, g = shaken(lambda self, theta: (0.0, theta), 1e6)(bowl, far)
    np.testing.assert_array_equal(g, far)


FRAGILE = "print(lrteach.descend(lrteach.valley(), (-7, 2), lr=0.1, steps=20).final)"
CHAOS = """\
cubic = lrteach.Loss(lambda t: t ** 3 / 3 - t ** 2 / 2, lambda t: t ** 2 - t)
print(lrteach.descend(cubic, 0.3, lr=2.9, steps=300).final.round(3))"""


@pytest.mark.parametrize(
    "cell, caught", [(FRAGILE, False), (FRAGILE[:-1] + ".tolist())", True), (CHAOS, True)]
)
def test_a_fragile_cell_is_caught(cell, caught, specs, kernels, tmp_path):
    path, cells = (
        tmp_path / "00_small.ipynb",
        [new_code_cell("import lrteach"), new_code_cell(cell)],
    )

    def found(kernel):
        nbformat.write(new_notebook(cells=cells), path)
        with Session(path, kernel) as session:
            return changed_outputs(session), session.first[2][0][1]["text"]

    changed, text = found(specs)
    assert changed == [f"cell 2: stdout was 'nothing', is {text.splitlines()[0]!r}"]
    cells[1].outputs = [new_output("stream", text=text)]
    assert found(specs) == ([], text)
    changed = [words for way in WAYS for words in found(kernels[way])[0]]
    assert bool(changed) == caught
    assert all(words.startswith("cell 2: stdout was ") for words in changed)
