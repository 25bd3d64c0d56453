import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from kernels import ROOT, kernelspec


def copy_of_project(folder):
    """What a distribution is made from, copied, so that building it leaves nothing behind in the project."""
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copytree(
        ROOT / "lrteach", folder / "lrteach", ignore=shutil.ignore_patterns("__pycache__")
    )
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, folder)
    return folder


@pytest.fixture(scope="session")
def specs(tmp_path_factory):
    """Kernelspecs for the environment that the tests run in."""
    return kernelspec(tmp_path_factory.mktemp("specs"), sys.executable)


@pytest.fixture(scope="session")
def wheel(tmp_path_factory):
    """lrteach as a wheel, as a registry would hand it out."""
    folder = tmp_path_factory.mktemp("wheel")
    project = copy_of_project(tmp_path_factory.mktemp("project"))
    subprocess.run(
        [
            sys.executable,
            "-m",
            "pip",
            "wheel",
            "-q",
            "--no-deps",
            "--no-build-isolation",
            "-w",
            folder,
            project,
        ],
        check=True,
    )
    return next(folder.glob("lrteach-*.whl"))


@pytest.fixture(scope="session")
def colab_python():
    """A Python with Colab's versions (tests/colab-requirements.txt) and without lrteach."""
    python = os.environ.get("LRTEACH_COLAB_PYTHON")
    if not python:
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(
            "LRTEACH_COLAB_PYTHON names no Python with Colab's versions"
        )
    return python


@pytest.fixture(scope="session")
def colab_site(colab_python):
    """Where that Python's packages are."""
    code = "import sysconfig; print(sysconfig.get_path('purelib'))"
    return Path(
        subprocess.run(
            [colab_python, "-c", code], check=True, capture_output=True, text=True
        ).stdout.strip()
    )
