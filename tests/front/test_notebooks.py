"""Every notebook has what the course promises; its exercises answer, its controls do something."""

import ast
import itertools
import re

import nbformat
import pytest
from kernels import (
    NOTEBOOKS,
    Kernel,
    Session,
    changed_outputs,
    control_problems,
    exercise_problems,
    order_problems,
)
from not_yet import judge

from tools.notebooks import problems, target
from tools.rules import ENDING, RULES, python, tags

NAMES = [path.stem for path in NOTEBOOKS]


@pytest.fixture(scope="module", params=NOTEBOOKS, ids=NAMES)
def path(request):
    return request.param


@pytest.fixture(scope="module")
def cells(path):
    return nbformat.read(path, as_version=4).cells


@pytest.fixture(scope="module")
def code(cells):
    return [cell for cell in cells if cell.cell_type == "code"]


@pytest.fixture(scope="module")
def intro(cells):
    """All that stands above the set-up."""
    first = next(n for n, cell in enumerate(cells) if cell.cell_type == "code")
    return "\n\n".join(cell.source for cell in cells[:first])


@pytest.fixture(scope="module")
def session(path, specs):
    with Session(path, specs) as session:
        yield session


def calls(cells, name):
    return [
        node
        for cell in cells
        for node in ast.walk(python(cell.source))
        if isinstance(node, ast.Call)
        and getattr(node.func, "id", getattr(node.func, "attr", None)) == name
    ]


def headings(cells):
    """(level, title), outside of code blocks, in order."""
    text = "\n\n".join(
        re.sub(r"```.*?```", "", cell.source, flags=re.DOTALL)
        for cell in cells
        if cell.cell_type == "markdown"
    )
    return [
        (len(marks), title.strip())
        for marks, title in re.findall(r"^(#+) (.+)$", text, re.MULTILINE)
    ]


def test_stored_as_the_tool_stores_it(path):
    assert problems(path) == []


def test_begins_with_title_question_and_three_bullets(cells, intro):
    assert re.match(r"# \S+ \S+", cells[0].source), (
        "the first cell begins with the title, a verb and its object"
    )
    assert "?" in intro, "the question that the notebook answers"
    for bullet in ("You will do", "You will learn", "You need"):
        assert re.search(rf"^[-*] \*\*{bullet}", intro, re.MULTILINE), bullet
    assert re.search(r"\d+ minutes", intro)


def test_badge_opens_this_notebook_of_this_repository(path, intro):
    assert (
        f"https://colab.research.google.com/github/{'/blob/'.join(target())}/notebooks/{path.name}"
        in intro
    )


def test_links_lead_somewhere(path, cells, intro):
    here = NAMES.index(path.stem)
    for neighbour in NAMES[max(0, here - 1) : here] + NAMES[here + 1 : here + 2]:
        assert f"]({neighbour}.ipynb)" in intro
    for link in re.findall(
        r"\]\(([^)\s]+)\)", "\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
    ):
        assert link.startswith(("https://", "#")) or (path.parent / link).exists(), link


def test_first_code_cell_is_the_whole_set_up(code):
    setup, *rest = code
    place, branch = target()
    assert setup.source.startswith(f"""\
try:
    import lrteach
except ImportError:
    %pip install -q https://github.com/{place}/archive/{branch}.zip
    import lrteach
%matplotlib inline
""")
    guard = next(node for node in python(setup.source).body if isinstance(node, ast.Try))
    assert (
        ast.unparse(guard)
        == "try:\n    import lrteach\nexcept ImportError:\n    pass\n    import lrteach"
    )
    for cell in rest:
        imports = [
            ast.unparse(node)
            for node in ast.walk(python(cell.source))
            if isinstance(node, ast.Import | ast.ImportFrom)
        ]
        assert not imports or "import-is-the-lesson" in tags(cell)


@pytest.mark.parametrize("rule", RULES)
def test_keeps_the_rule(path, cells, rule):
    judge(rule, path.stem, RULES[rule](path.stem, cells))


def test_shows_its_sources_and_its_scenes(code):
    assert calls(code, "getsource")
    assert 1 <= len(calls(code, "explore")) <= 4
    assert len(calls(code, "play")) <= 2


def test_headings_in_order(cells):
    found = headings(cells)
    assert [level for level, _ in found].count(1) == 1 and found[0][0] == 1
    for (above, _), (level, title) in itertools.pairwise(found):
        assert level <= above + 1, f"{title!r} skips a level"


def test_ends_with_what_was_learnt(cells):
    assert [title for _, title in headings(cells)[-3:]] == ENDING
    end = "\n\n".join(cell.source for cell in cells if cell.cell_type == "markdown").split(
        f"# {ENDING[0]}"
    )[1]
    say, own, read = re.split(rf"^#+ (?:{ENDING[1]}|{ENDING[2]})$", end, flags=re.MULTILINE)
    assert (
        3 <= len(re.findall(r"^[-*] ", say, re.MULTILINE) or re.findall(r"[.!](?=\s|$)", say)) <= 5
    )
    assert "?" in own
    assert re.search(r"\b(18|19|20)\d\d\b", read), "papers with their year"


def test_prints_what_is_stored(path, session):
    judge("stored_outputs", path.stem, changed_outputs(session))


def test_prints_the_same_once_more_last_to_first(path, session):
    judge("any_order", path.stem, order_problems(session))


def test_exercises_hint_at_the_stub_and_pass_the_solution(path, session):
    assert len(session.exercises) >= 1
    judge("solutions", path.stem, session.problems + exercise_problems(session))


def test_every_control_moves_something(path, session):
    judge("controls", path.stem, control_problems(session))


def test_a_print_in_pieces_is_one_output(specs):
    with Kernel(specs) as kernel:
        ((_, content),) = kernel.execute(
            "import time; print('now', flush=True); time.sleep(0.5); print('then')"
        )
    assert content["text"] == "now\nthen\n"
