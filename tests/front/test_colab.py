"""The same notebooks in a fresh Colab: its versions, no lrteach, and an archive at an address.

LRTEACH_COLAB_PYTHON names a Python with tests/colab-requirements.txt. Each notebook's set-up cell
installs lrteach into an environment of its own, layered over that one.
"""

import os
import shutil
import subprocess

import pytest
from kernels import (
    NOTEBOOKS,
    ROOT,
    Kernel,
    Session,
    changed_outputs,
    control_problems,
    exercise_problems,
    kernelspec,
    red,
)
from not_yet import judge
from project import served
from test_tools import SETUP, SLIDER, write
from ways import with_one_thread

from tools.notebooks import copy_of_project, target, version

# this checkout is not to be found by another way than the one under test
ALONE = {"PYTHONPATH": "", **with_one_thread()}  # two kernels run side by side


@pytest.fixture(scope="module")
def layer(colab_python, colab_site, tmp_path_factory):
    """Makes environments that see all of Colab's packages, and keep what they get to themselves."""
    assert not list(colab_site.glob("*lrteach*")), f"lrteach must not be in {colab_site}"

    def make():
        folder = tmp_path_factory.mktemp("colab")
        subprocess.run([colab_python, "-m", "venv", "--without-pip", folder], check=True)
        site = next(folder.glob("lib/python*/site-packages"))
        (site / "colab.pth").write_text(f"{colab_site}\n", encoding="utf-8")
        return folder / "bin" / "python"

    return make


@pytest.fixture(scope="module")
def colab(layer, wheel, tmp_path_factory):
    """Kernelspecs for Colab's versions with lrteach."""
    python = layer()
    install = [python, "-m", "pip", "install", "-q", "--no-index", "--no-deps", wheel]
    subprocess.run(install, check=True)
    return kernelspec(tmp_path_factory.mktemp("specs"), python, ALONE)


def test_versions_are_those_of_colab(colab, tmp_path):
    text = (ROOT / "tests/colab-requirements.txt").read_text(encoding="utf-8")
    pins = [line for line in text.split() if "==" in line]
    with Kernel(colab, cwd=tmp_path) as kernel:
        outputs = kernel.execute(
            f"from importlib.metadata import version\n"
            f"for pin in {pins}: print(pin, version(pin.split('==')[0]), sep='==')"
        )
    found = [
        line.split("==") for line in "".join(content["text"] for _, content in outputs).split()
    ]
    assert len(found) == len(pins) and all(pinned == installed for _, pinned, installed in found), (
        found
    )


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    """Where this machine answers for https://github.com: with an archive of this checkout."""
    (place, branch), folder = target(), tmp_path_factory.mktemp("github")
    project = copy_of_project(folder / "lrteach-main")
    (folder / place / "archive" / branch).parent.mkdir(parents=True)
    shutil.make_archive(folder / place / "archive" / branch, "zip", folder, project.name)
    with served(folder) as address:
        yield f"{address}/"


@pytest.fixture(scope="module", params=NOTEBOOKS, ids=lambda path: path.stem)
def path(request):
    return request.param


@pytest.fixture(scope="module")
def session(path, layer, address, tmp_path_factory):
    """A notebook run whole, from its set-up cell, in a kernel with all of Colab but lrteach."""
    python = layer()
    command, env = [python, "-c", "import lrteach"], {**os.environ, **ALONE}
    assert subprocess.run(command, env=env, cwd=path.parent, stderr=subprocess.DEVNULL).returncode
    specs = kernelspec(tmp_path_factory.mktemp("specs"), python, ALONE)
    archive = f"https://github.com/{target()[0]}/archive/"
    here = archive.replace("https://github.com/", address)
    with Session(path, specs, edit=lambda source: source.replace(archive, here)) as session:
        session.python = python
        yield session


def test_the_set_up_cell_installs_the_package(session):
    n, cell = session.code()[0]
    assert "%pip install -q https://github.com/" in cell.source
    assert red(session.first[n]) == []
    ((_, content),) = session.execute("print(lrteach.__version__, lrteach.__file__)")
    assert content["text"].startswith(f"{version()} {session.python.parents[1]}")


def test_prints_what_is_stored(path, session):
    setup, _ = session.code()[0]
    judge("stored_outputs", path.stem, changed_outputs(session, skip=[setup]))


def test_exercises_hint_at_the_stub_and_pass_the_solution(path, session):
    assert len(session.exercises) >= 1
    judge("solutions", path.stem, session.problems + exercise_problems(session))


def test_every_control_moves_something(path, session):
    judge("controls", path.stem, control_problems(session))


def test_a_control_that_fails_is_seen_here_too(colab, tmp_path):
    scenes = (
        f"scene(str, {SLIDER}, widgets.Checkbox())",
        f"scene(lambda values: 1 / values[0], {SLIDER})",
    )
    with Session(write(tmp_path, SETUP, *scenes), colab) as session:
        found = control_problems(session)
    assert found[0].startswith("cell 3, FloatSlider 'rate': at 0.0: ZeroDivisionError: ")
    assert all(problem.startswith("cell 3") for problem in found)
