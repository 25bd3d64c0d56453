import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest
from kernels import kernelspec
from lab import CHROMIUM, chromium
from project import missing

from tools.notebooks import copy_of_project

DRAWING = {"plots", "widgets"}  # the folders of tests that draw much, and look at few pixels


@pytest.fixture(autouse=True)
def few_pixels(request, monkeypatch):
    """Pictures have the pixels of the screen in place of four times as many, which takes longer."""
    if request.path.parent.name in DRAWING:
        from lrteach.plots import drawing

        monkeypatch.setattr(drawing, "FINE", 1)


@pytest.fixture(scope="session")
def specs(tmp_path_factory):
    """Kernelspecs for the environment that the tests run in."""
    return kernelspec(tmp_path_factory.mktemp("specs"), sys.executable)


@pytest.fixture(scope="session")
def another_python():
    """The Python that runs the tests, for tests that start it once more."""
    return sys.executable


@pytest.fixture(scope="session")
def wheel(tmp_path_factory):
    """lrteach as a wheel, as a registry would hand it out."""
    folder = tmp_path_factory.mktemp("wheel")
    project = copy_of_project(tmp_path_factory.mktemp("project"))
    pip = [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "--no-build-isolation"]
    subprocess.run([*pip, "-w", folder, project], check=True)
    return next(folder.glob("lrteach-*.whl"))


@pytest.fixture(scope="session")
def colab_python():
    """A Python with Colab's versions (tests/colab-requirements.txt) and without lrteach."""
    return os.environ.get("LRTEACH_COLAB_PYTHON") or missing(
        "LRTEACH_COLAB_PYTHON names no Python with Colab's versions"
    )


@pytest.fixture(scope="session")
def colab_site(colab_python):
    """Where that Python's packages are."""
    code = "import sysconfig; print(sysconfig.get_path('purelib'))"
    made = subprocess.run([colab_python, "-c", code], check=True, capture_output=True, text=True)
    return Path(made.stdout.strip())


@pytest.fixture(scope="module")
def browser():
    """A Chromium without a window."""
    if not CHROMIUM or not importlib.util.find_spec("playwright"):
        missing("there is no Chromium, or no playwright")
    with chromium() as browser:
        yield browser
