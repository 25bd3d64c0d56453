"""The tables of questions and checks see what they look for, and every module has one."""

import importlib
import json
import re
import sys
from pathlib import Path

import pytest
import tables

import lrteach.course

MODULES = sorted(path.stem for path in Path(lrteach.course.__file__).parent.glob("nb*.py"))
HERE = Path(__file__).parent
SOURCE = '''"""What notebook 99 asks, and how it answers."""
from types import SimpleNamespace
from lrteach.course.checks import check_number
from lrteach.course.predict import Choice, Number

ask = SimpleNamespace(
    many=Number("How many in all?", 4, why="Two and two are four.",
                hints=[(5, "That is one too many.")]),
    side=Choice("On which side is it?", ["on the left", "on the right"], "on the left",
                why="The left is where it was."),
)
HINTS = [(2, "One more is right.")]
check = SimpleNamespace(rows=lambda value: check_number(value, 3, hints=HINTS))
'''
PREDICTIONS = [
    ("many", "4", "✓ You said 4. Right: Two and two are four."),
    ("many", "5", "That is one too many."),
    ("side", "on the left", "✓"),
    ("side", "on the right", "You said “on the right”."),
]
CHECKS = [("rows", ..., "✗ Not answered"), ("rows", 3, "✓"), ("rows", 2, "One more is right.")]
CODE = ["ask.many()", "ask.side()", "rows = ...\n\ncheck.rows(rows)"]


@pytest.fixture
def made(tmp_path, monkeypatch):
    """The tests of a module and a notebook made here, from its code, its prose and a table."""
    (tmp_path / "nb99.py").write_text(SOURCE, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(tables, "NOTEBOOKS", tmp_path)
    monkeypatch.setitem(sys.modules, "lrteach.course.nb99", importlib.import_module("nb99"))
    monkeypatch.delitem(sys.modules, "nb99")

    def make(predictions=PREDICTIONS, checks=CHECKS, code=CODE, prose=""):
        cells = [{"cell_type": "code", "source": source, "metadata": {}} for source in code]
        cells.append({"cell_type": "markdown", "source": prose, "metadata": {}})
        (tmp_path / "99_x.ipynb").write_text(json.dumps({"cells": cells}), encoding="utf-8")
        return tables.tests_of("nb99", predictions, checks)

    return make


def test_a_whole_table_passes(made):
    test_answers, test_all_is_tested, test_notebook = made()
    for kind, rows in (("ask", PREDICTIONS), ("check", CHECKS)):
        for row in rows:
            test_answers(kind, *row)
    test_all_is_tested()
    test_notebook()


@pytest.mark.parametrize("k", range(len(PREDICTIONS)))
def test_every_prediction_needs_its_rows(made, k):
    with pytest.raises(AssertionError):
        made(predictions=[*PREDICTIONS[:k], *PREDICTIONS[k + 1 :]])[1]()


@pytest.mark.parametrize("k", [1, 2])
def test_every_check_needs_its_rows(made, k):
    with pytest.raises(AssertionError):
        made(checks=[*CHECKS[:k], *CHECKS[k + 1 :]])[1]()


def test_a_wrong_row_fails(made):
    with pytest.raises(AssertionError):
        made()[0]("ask", "many", "5", "Two too many.")


@pytest.mark.parametrize("prose, told", [
    ("Two and two\nare four.", True), ("That is one too many.", True), ("One more is right.", True),
    ("How many in all? On the left?", False),
    ("<details><summary>Solution</summary>Two and two are four.</details>", False),
])  # fmt: skip
def test_a_notebook_must_not_tell(made, prose, told):
    test_notebook = made(prose=prose)[2]
    if told:
        with pytest.raises(AssertionError, match="99_x.ipynb shows"):
            test_notebook()
    else:
        test_notebook()


@pytest.mark.parametrize("code", [CODE[1:], [*CODE, "ask.many()"], [*CODE[:2], "rows = 3"]])
def test_a_notebook_asks_each_once(made, code):
    with pytest.raises(AssertionError):
        made(code=code)[2]()


@pytest.mark.parametrize("name", MODULES)
def test_every_module_has_its_table(name):
    source = (HERE / f"test_{name}.py").read_text(encoding="utf-8")
    three = r"test_answers, test_all_is_tested, test_notebook = (tables\.)?tests_of\(\s*"
    assert re.search(rf'^{three}"{name}"', source, re.MULTILINE)
