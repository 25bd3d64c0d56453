"""What holds for all tests: their markers, how they are shared out to processes, and --shake."""

import re
import sys
from pathlib import Path

import pytest

FRONT = Path(__file__).parent / "tests" / "front"
# fixtures by which a test starts another Python, and the one by which it opens a browser
STARTS_PYTHON = {"specs", "wheel", "sdist", "another_python", "colab_python"}
OPENS_BROWSER = "browser"
# the files that take longest: where tests run side by side they go first, in pieces
LONG = ["test_browser_colab", "test_browser", "test_colab", "test_ways", "test_notebooks"]
FIRST = [*LONG, "test_scene", "test_panels", "test_pytorch", "test_range_test"]


def pytest_addoption(parser):
    words = "multiply each gradient of lrteach's losses by 1 + 4e-16 * sin(K * gradient)"
    parser.addoption("--shake", metavar="K", type=float, help=words)


def pytest_configure(config):
    if k := config.getoption("--shake"):
        sys.path.insert(0, str(FRONT))
        from shake import shake

        shake(k)


def is_cell(item):
    """Whether it is a notebook's cell, which nbval collects."""
    return item.path.suffix == ".ipynb"


def group(item):
    """What runs in one process: a file's tests, and of a long file those of one notebook."""
    if item.path.stem not in LONG:
        return item.path.stem
    if item.path.stem == "test_ways":
        return re.sub(r"[^\w]+", " ", item.name)
    notebook = re.search(r"\[(?:.*-)?(\d\d_\w+)", item.name)
    return f"{item.path.stem} {notebook[1] if notebook else ''}"


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config, items):
    for item in items:
        names = set(getattr(item, "fixturenames", ()))
        if names & STARTS_PYTHON or is_cell(item):
            item.add_marker("kernel")
        if OPENS_BROWSER in names:
            item.add_marker("browser")
            item.add_marker("kernel")
        item.add_marker(pytest.mark.xdist_group(group(item)))
    if hasattr(config, "workerinput"):
        first = {name: k for k, name in enumerate(FIRST)}
        items.sort(key=lambda item: first.get(item.path.stem, len(FIRST)))
