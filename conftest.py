"""What holds for all tests: their markers, how they are shared out to processes, and --shake."""

import re
import sys
from pathlib import Path

import pytest

FRONT = Path(__file__).parent / "tests" / "front"
# fixtures by which a test starts another Python, and the one by which it opens a browser
STARTS_PYTHON = {"specs", "wheel", "sdist", "another_python", "colab_python", "page", "site"}
OPENS_BROWSER = "browser"
# the files that take longest: where tests run side by side they go first, in pieces
LONG = ["test_browser_colab", "test_browser", "test_colab", "test_ways", "test_notebooks"]
WHOLE = ["test_site", "test_lite"]  # these take long, too, but share what they make
FIRST = [*WHOLE, *LONG, "test_scene", "test_panels", "test_pytorch", "test_range_test"]


def pytest_addoption(parser):
    words = "multiply each gradient of lrteach's losses by 1 + 4e-16 * sin(K * gradient)"
    parser.addoption("--shake", metavar="K", type=float, help=words)


def pytest_configure(config):
    if k := config.getoption("--shake"):
        sys.path.insert(0, str(FRONT))
        from shake import shake

        shake(k)


def group(test):
    """What runs in one process: a file's tests, and of a long file those of one notebook.

    test  the name of a test: tests/front/test_notebooks.py::test_x[00_start_here]
    """
    path, _, name = test.partition("::")
    stem = Path(path).stem
    if stem == "test_ways":
        return test
    notebook = re.search(r"\[(?:.*-)?(\d\d_\w+)", name) if stem in LONG else None
    return f"{stem} {notebook[1] if notebook else ''}"


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """Share the tests out by `group`. (xdist's own `loadgroup` does nothing with pytest 9.2.)"""
    from xdist.scheduler import LoadScopeScheduling

    class ByGroup(LoadScopeScheduling):
        def _split_scope(self, nodeid):
            return group(nodeid)

    return ByGroup(config, log)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config, items):
    for item in items:
        names = set(getattr(item, "fixturenames", ()))
        if OPENS_BROWSER in names:
            item.add_marker("browser")
        is_cell = item.path.suffix == ".ipynb"  # which nbval collects
        if names & STARTS_PYTHON or OPENS_BROWSER in names or is_cell:
            item.add_marker("kernel")
    if hasattr(config, "workerinput"):
        first = {name: k for k, name in enumerate(FIRST)}
        items.sort(key=lambda item: first.get(item.path.stem, len(FIRST)))
