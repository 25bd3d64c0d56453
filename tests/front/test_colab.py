"""The same notebooks with Colab's versions, in a kernel that has lrteach only as Colab gets it: as an installed wheel.

LRTEACH_COLAB_PYTHON names a Python with tests/colab-requirements.txt. The tests add lrteach in environments of their own,
layered over that one.
"""

import functools
import os
import shutil
import subprocess
import sys
import threading
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import nbformat
import pytest
from conftest import copy_of_project
from kernels import (
    NOTEBOOKS,
    ROOT,
    Kernel,
    Session,
    control_problems,
    exercise_problems,
    kernelspec,
    red,
)
from test_tools import SETUP, SLIDER, write

from tools.notebooks import target, version

each_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)


@pytest.fixture(scope="module")
def layer(colab_python, colab_site, tmp_path_factory):
    """Makes an environment that sees all of Colab's packages and keeps what is installed into it to itself."""
    assert not (colab_site / "lrteach").exists() and not list(colab_site.glob("*lrteach*")), (
        f"lrteach must not be in {colab_site}"
    )

    def make():
        folder = tmp_path_factory.mktemp("colab")
        subprocess.run([colab_python, "-m", "venv", "--without-pip", folder], check=True)
        next(folder.glob("lib/python*/site-packages")).joinpath("colab.pth").write_text(
            f"{colab_site}\n"
        )
        return folder / "bin" / "python"

    return make


@pytest.fixture(scope="module")
def colab(layer, wheel, tmp_path_factory):
    """Kernelspecs for Colab's versions with lrteach."""
    python = layer()
    subprocess.run(
        [python, "-m", "pip", "install", "-q", "--no-index", "--no-deps", wheel], check=True
    )
    return kernelspec(tmp_path_factory.mktemp("specs"), python)


@pytest.fixture(scope="module", params=NOTEBOOKS, ids=lambda path: path.stem)
def session(request, colab):
    with Session(request.param, colab) as session:
        yield session


def test_versions_are_those_of_colab(colab, tmp_path):
    pins = [
        line for line in (ROOT / "tests/colab-requirements.txt").read_text().split() if "==" in line
    ]
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
    """Where this machine answers in place of https://github.com: with an archive of this checkout."""
    (place, branch), folder = target(), tmp_path_factory.mktemp("github")
    project = copy_of_project(folder / "lrteach-main")
    (folder / place / "archive" / branch).parent.mkdir(parents=True)
    shutil.make_archive(folder / place / "archive" / branch, "zip", folder, project.name)
    handler = functools.partial(SimpleHTTPRequestHandler, directory=folder)
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


@each_notebook
def test_set_up_cell_installs_the_package(path, layer, address, tmp_path):
    setup = next(
        cell.source for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"
    )
    assert "https://github.com/" in setup
    setup = setup.replace("https://github.com/", address)
    python = layer()
    specs = kernelspec(tmp_path, python)
    with Kernel(specs) as kernel:
        assert red(kernel.execute("import lrteach")) == [
            "ModuleNotFoundError: No module named 'lrteach'"
        ]
        assert red(kernel.execute(setup)) == []
        ((_, content),) = kernel.execute(
            "import lrteach; print(lrteach.__version__, lrteach.__file__)"
        )
    assert content["text"].startswith(f"{version()} {python.parents[1]}")


@each_notebook
def test_stored_outputs_come_out_the_same(path, colab):
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        "-o",
        "addopts=",
        "--nbval",
        "--nbval-kernel-name",
        "lrteach",
        "--nbval-cell-timeout",
        "120",
        path,
    ]
    result = subprocess.run(
        command,
        cwd=ROOT,
        env={**os.environ, "JUPYTER_PATH": str(colab.parent)},
        capture_output=True,
        text=True,
    )
    assert result.returncode == 0, result.stdout[-5000:]


def test_runs_with_the_solutions(session):
    assert session.problems == []


def test_exercises_hint_at_the_stub_and_pass_the_solution(session):
    assert len(session.exercises) >= 1
    assert exercise_problems(session) == []


def test_every_control_moves_something(session):
    assert control_problems(session) == []


def test_a_control_that_fails_is_seen_here_too(colab, tmp_path):
    scenes = (
        f"scene(str, {SLIDER}, widgets.Checkbox())",
        f"scene(lambda values: 1 / values[0], {SLIDER})",
    )
    with Session(write(tmp_path, SETUP, *scenes), colab) as session:
        found = control_problems(session)
    assert found[0].startswith("cell 3, FloatSlider 'rate': at 0.0: ZeroDivisionError: ")
    assert all(problem.startswith("cell 3") for problem in found)
