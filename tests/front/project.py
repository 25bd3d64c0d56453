"""The project as it is handed out, and what to do where a test lacks a program."""

import os
import shutil

import pytest
from kernels import NOTEBOOKS, ROOT


def copy_of_project(folder):
    """What a distribution is made from, copied, so that building it leaves nothing behind here."""
    folder.mkdir(parents=True, exist_ok=True)
    ignore = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "lrteach", folder / "lrteach", ignore=ignore)
    (folder / "notebooks").mkdir()
    for path in NOTEBOOKS:
        shutil.copy(path, folder / "notebooks")
    for name in ("pyproject.toml", "setup.py", "README.md", "LICENSE", "MANIFEST.in"):
        shutil.copy(ROOT / name, folder)
    return folder


def missing(words):
    """Skip a test for what is not on this machine; where CI is true, fail."""
    (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(words)
