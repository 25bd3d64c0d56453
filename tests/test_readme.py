"""The README's commands are those that are tested, and it lists every notebook."""

import re

import pytest
from kernels import NOTEBOOKS, ROOT

from tools.notebooks import badge_branch, read, target
from tools.rules import MINUTES

README = (ROOT / "README.md").read_text(encoding="utf-8")
OPEN = (
    'python3 -m venv .venv && .venv/bin/pip install -e ".[lab]" && '
    ".venv/bin/lrteach open"
)
FAST = '.venv/bin/pytest -n 2 -m "not kernel and not browser"'
TEST = 'python3 -m venv .venv && .venv/bin/pip install -e ".[test]" && .venv/bin/pytest -n 2'


def test_one_command_opens_the_course_and_two_run_the_tests():
    assert {OPEN, TEST, FAST} <= set(README.splitlines())
    assert TEST in (ROOT / ".ci/run").read_text(encoding="utf-8")
    assert FAST in (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8").splitlines()


def test_another_command_does_without_the_repository():
    place, branch = target()
    archive = f"https://github.com/{place}/archive/{branch}.zip"
    assert f'pip install "lrteach[lab] @ {archive}" && lrteach open' in README.splitlines()


def test_table_lists_every_notebook():
    assert [path.stem for path in NOTEBOOKS][:3] == [
        "00_start_here",
        "01_descend_a_parabola",
        "02_find_the_critical_learning_rate",
    ]
    for path in NOTEBOOKS:
        row = next(
            line
            for line in README.splitlines()
            if line.startswith("|") and f"notebooks/{path.name})" in line
        )
        assert f"notebooks/pictures/{path.stem}.png" in row
        assert (
            f"https://colab.research.google.com/github/{target()[0]}/blob/{badge_branch()}"
            f"/notebooks/{path.name}" in row
        )


def minutes(path):
    """The minutes of a notebook's core sections, and of its optional ones."""
    spent = {"core": 0, "optional": 0}
    for cell in read(path).cells:
        for line in cell.source.splitlines() if cell.cell_type == "markdown" else []:
            if found := MINUTES.match(line):
                spent[found["kind"]] += int(found["minutes"])
    return spent["core"], spent["optional"]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_minutes_are_those_of_the_sections(path):
    core, optional = minutes(path)
    assert core > 0
    assert re.search(rf"notebooks/{path.name}\).*\| {core} \+ {optional} \|", README)
    teaching = (ROOT / "TEACHING.md").read_text(encoding="utf-8")
    row = rf"^\| {path.stem[:2]} [^|]+\| {core} \| {optional} \|"
    assert re.search(row, teaching, re.MULTILINE)
