"""Tables of questions and checks: what a learner gives, and the words of the answer.

A file tests/course/test_nbXX.py needs two lists and one line:

    PREDICTIONS = [                     # (name in ask, given, words of the answer)
        ("three_steps", "1.25", "✓ You said 1.25. Right"),
        ("three_steps", "5", "That is after one step."),
    ]
    CHECKS = [                          # (name in check, given, words of the answer)
        ("rows", ..., "✗ Not answered yet"),
        ("rows", 64, "✓ Right"),
    ]
    test_answers, test_all_is_tested, test_notebook = tests_of("nb03", PREDICTIONS, CHECKS)

Given to a prediction is what is typed or chosen. Given to a check is what the learner's name holds;
a tuple `Several(a, b)` stands for several arguments, `Later(make, ...)` for what make(...) gives.
"""

import ast
import functools
import importlib
import inspect
import json
import re
from html import unescape
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from lrteach import Feedback
from lrteach.course.predict import Choice, Number, Prediction

NOTEBOOKS = Path(__file__).resolve().parents[2] / "notebooks"
WORDS_OF_A_HINT = 3  # a text of a module with as many words is something that a learner may read
WORDS_OF_AN_ANSWER = 4  # a text with as many words is not met in a notebook by chance


class Later:
    """What a learner gives, made when it is first asked for: a run that takes a while."""

    def __init__(self, make, *args, **kwargs):
        self.made = functools.cache(lambda: make(*args, **kwargs))


class Several(tuple):
    """More than one argument for a check."""

    def __new__(cls, *arguments):
        return super().__new__(cls, arguments)


def answer_to(question, given):
    """What a question says once `given` is committed and the answer asked for."""
    asked = question()
    assert isinstance(asked, Prediction) and asked.reply.value == ""
    asked.entry.value = given
    asked.button.click()
    if asked.said is None:
        return text_of(asked.reply.value)
    assert re.match(r"You said .*\. Now run the next cell", text_of(asked.reply.value))
    asked.tell.click()
    return text_of(asked.reply.value)


def reply_of(check, given):
    """What a check says to what a learner gave, which must be a Feedback."""
    given = given.made() if isinstance(given, Later) else given
    found = check(*given) if isinstance(given, Several) else check(given)
    assert isinstance(found, Feedback)
    assert found.message.startswith("✓" if found.ok else "✗")
    return found.message


def text_of(html):
    """The words of a piece of HTML."""
    plain = re.sub("<[^>]+>", " ", html.replace("<br>", "\n"))
    return unescape(plain).strip()


def notebook_of(name):
    """The path of the notebook that belongs to a module such as "nb03"."""
    return next(NOTEBOOKS.glob(f"{name.removeprefix('nb')}_*.ipynb"))


def told(module):
    """All texts that a learner reads only in an answer: hints, reasons, pieces of f-strings."""
    tree = ast.parse(inspect.getsource(module))
    docstrings = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.FunctionDef | ast.ClassDef)
        and ast.get_docstring(node) is not None
    }
    questions = {
        id(text)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("Number", "Choice")
        for argument in [*node.args, *[k.value for k in node.keywords if k.arg == "unit"]]
        for text in ast.walk(argument)
    }
    options = {
        id(pair.elts[0]) for pair in ast.walk(tree) if isinstance(pair, ast.Tuple) and pair.elts
    }
    skipped = docstrings | questions | options
    return [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and id(node) not in skipped
        and len(node.value.split()) >= WORDS_OF_A_HINT
    ]


def outside_of_solutions(path):
    """All that a notebook's file shows, without folded solutions and without answers to stubs."""
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    shown = []
    for cell in cells:
        source = "".join(cell["source"])
        shown.append(re.sub("<details>.*?</details>", "", source, flags=re.DOTALL))
        if "exercise" in cell["metadata"].get("tags", []):
            continue  # its output is the hint that the stub gets
        for output in cell.get("outputs", []):
            shown.append("".join(output.get("text", "")))
            shown.append("".join(output.get("data", {}).get("text/plain", "")))
    return " ".join(" ".join(shown).split())


def code_of(path):
    """The sources of a notebook's code cells."""
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]


def in_one_line(text):
    return " ".join(str(text).split())


def names_in(module, kind):
    """What `ask` or `check` of a module offers, by name; nothing where it has none."""
    return vars(getattr(module, kind, SimpleNamespace()))


def cases(predictions, checks):
    """All rows, as the arguments of one test each."""
    for kind, rows in (("ask", predictions), ("check", checks)):
        for name, given, words in rows:
            yield pytest.param(kind, name, given, words, id=f"{kind}.{name}-{words[:30]}")


def tests_of(name, predictions, checks):
    """The three tests of a module lrteach.course.nbXX. See above."""
    module = importlib.import_module(f"lrteach.course.{name}")
    answers = {}

    def answer(kind, name, given):
        key = kind, name, id(given)
        if key not in answers:
            found = getattr(getattr(module, kind), name)
            answers[key] = answer_to(found, given) if kind == "ask" else reply_of(found, given)
        return answers[key]

    @pytest.mark.parametrize("kind, name, given, words", list(cases(predictions, checks)))
    def test_answers(kind, name, given, words):
        assert words in answer(kind, name, given)

    def test_all_is_tested():
        asked, checked = names_in(module, "ask"), names_in(module, "check")
        assert {row[0] for row in predictions} == set(asked)
        assert {row[0] for row in checks} == set(checked)
        for each, question in asked.items():
            assert isinstance(question, Number | Choice), each
            assert question.why.strip() and all(words.strip() for _, words in question.hints), each
        said = {
            kind: {
                each: [answer(kind, name, given) for name, given, _ in rows if name == each]
                for each in names
            }
            for kind, rows, names in (("ask", predictions, asked), ("check", checks, checked))
        }
        for each, texts in said["ask"].items():
            assert any(text.startswith("✓") for text in texts), (
                f"ask.{each}: no right answer is given"
            )
            assert any(text.startswith("You said") for text in texts), f"ask.{each}: no wrong one"
        for each, texts in said["check"].items():
            assert any(text.startswith("✓") for text in texts), (
                f"check.{each}: no solution is given"
            )
            assert any(text.startswith("✗") for text in texts), f"check.{each}: no wrong one"
        everything = in_one_line(
            " ".join(text for one in said.values() for texts in one.values() for text in texts)
        )
        never = [text for text in told(module) if in_one_line(text) not in everything]
        assert not never, f"no row of the table is answered with {never}"

    def test_notebook():
        path = notebook_of(name)
        shown = outside_of_solutions(path)
        secrets = [text for text in told(module) if len(text.split()) >= WORDS_OF_AN_ANSWER]
        told_there = [text for text in secrets if in_one_line(text) in shown]
        assert not told_there, f"{path.name} shows {told_there}"
        for kind in ("ask", "check"):
            used = re.findall(rf"(?m)^{kind}\.(\w+)\(", "\n".join(code_of(path)))
            assert sorted(used) == sorted(names_in(module, kind)), kind

    return test_answers, test_all_is_tested, test_notebook


tests_of.__test__ = False  # a maker of tests, and none itself


# the numbers of a notebook's text, from its own cells


@functools.cache
def names_of(name):
    """The names that a notebook's cells define; nothing is drawn, and no bar is shown."""
    names = {}
    for source in code_of(notebook_of(name)):
        lines = [line for line in source.splitlines() if not line.lstrip().startswith("%")]
        tree = ast.parse("\n".join(lines).replace("import lrteach\nexcept", "pass\nexcept"))
        shown = [node for node in tree.body if isinstance(node, ast.Expr)]
        tree.body = [node for node in tree.body if node not in shown]
        exec(compile(tree, name, "exec"), names)
        names["progress_bar"] = None
    return names


def difference(one, other):
    """The mean difference of paired values, and its standard error."""
    apart = np.ravel(one) - np.ravel(other)
    return apart.mean(), apart.std(ddof=1) / np.sqrt(len(apart))
