"""The rules for lessons see what they look for: each is shown cells that keep it, and break it."""

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_output

from tools.rules import RULES

FOLDED = {"jupyter": {"outputs_hidden": True}}


def stub(source):
    return new_code_cell(source, metadata={"tags": ["exercise"]})


def solution(source):
    return new_markdown_cell(
        f"<details><summary>Solution</summary>\n\n```python\n{source}\n```\n\n</details>"
    )


def printing(text, source="print(1)"):
    return new_code_cell(source, outputs=[new_output("stream", text=text)])


def result(text, source="one"):
    output = new_output("execute_result", {"text/plain": text}, execution_count=1)
    return new_code_cell(source, outputs=[output])


PICTURE = new_output("display_data", {"text/plain": "a long sentence " * 20, "image/png": "AA=="})
NEED = "- **You need:** 01. 15 minutes, and 5 for the optional section.\n\n"
SECTIONS = (
    "## 1. One\n\n*15 minutes, core*\n\n"
    "## 2. Two\n\n*5 minutes, optional*\n\nText.\n\n## Read further"
)
EXERCISE = [stub("rows = ...\n\ncheck.rows(rows)"), solution("rows = 9\n\ncheck.rows(rows)")]
OWN = (
    "## On your own\n\nWhy?\n\n"
    "<details><summary>What you should find</summary>\n\nThat.\n\n</details>\n\n"
)

KEPT = [
    ("code_width", [new_code_cell("x = '" + 82 * "a" + "'"), new_markdown_cell("word " * 30)]),
    ("code_lines", [new_code_cell("\n".join(["x = 1"] * 20))]),
    ("print_width", [printing(96 * "a" + "\n"), new_code_cell("scene", outputs=[PICTURE])]),
    ("print_width", [result("Predict. " + 200 * "a", "ask.one()")]),
    ("printed_lines", [printing("a\n" * 12)]),
    ("printed_lines", [printing("a\n" * 40, "print(inspect.getsource(adam))")]),
    ("no_booleans", [printing("Truely 1.5\n", "x = True"), result("Falsehood")]),
    ("no_booleans", [printing("return True\n", "print(inspect.getsource(adam))")]),
    ("predictions", [new_code_cell("ask.one()"), new_code_cell("1", metadata=FOLDED)]),
    (
        "predictions",
        [
            new_code_cell("ask.one()"),
            new_markdown_cell("Now."),
            new_code_cell("ask.two()"),
            new_code_cell("1", metadata=FOLDED),
            new_code_cell("2"),
        ],
    ),
    (
        "no_answers",
        [
            new_code_cell("checked = 1\nanswers = 2"),
            *EXERCISE,
            new_code_cell("a = t + 1"),
            stub("a = ..."),
            solution("a = t + 1"),
        ],
    ),
    ("exercises", EXERCISE * 2),
    (
        "names_once",
        [
            new_code_cell("a = [k for k in range(3)]\nfor b in a:\n    c = b"),
            new_code_cell("d = [k for k in a]\nfor b in d:\n    a[0] = c.x = k = b\n    c = k"),
            new_code_cell("def e(k):\n    a = k\n    return a\ne.a = 2"),
        ],
    ),
    (
        "words",
        [
            new_markdown_cell("A hiker explodes. The plane is planned. `plan` $plan$\n\n> simply"),
            new_code_cell("plan = walk  # a run\nprint('gradient descent')"),
        ],
    ),
    ("sections", [new_markdown_cell(NEED + SECTIONS)]),
    (
        "short_sections",
        [
            new_markdown_cell("a " * 130 + "`b` $c$\n\n# Two\n\n" + "e " * 129),
            new_markdown_cell("## Read further\n\n" + "a " * 200),
        ],
    ),
    ("on_your_own", [new_markdown_cell(OWN + "## Read further\n\n")]),
    (
        "formulas",
        [
            new_markdown_cell(
                r"$a_1 + b_2 = \text{lr}$, `$a\,b$`, $$x_{t+1} = \frac{a}{2} \quad y^*$$"
            )
        ],
    ),
]

BROKEN = [
    (
        "code_width",
        [new_code_cell("x = '" + 83 * "a" + "'")],
        "cell 1: 89 columns of code, more than 88",
    ),
    ("code_lines", [new_code_cell("\n".join(["x = 1"] * 21))], "cell 1: 21 lines, more than 20"),
    ("print_width", [printing("a\n" + 97 * "a")], "cell 1: prints 97 columns, more than 96"),
    ("print_width", [result(97 * "a")], "cell 1: prints 97 columns"),
    ("printed_lines", [printing("a\n" * 13)], "cell 1: prints 13 lines, more than 12"),
    ("no_booleans", [printing("equal: True\n")], "cell 1: prints True"),
    ("no_booleans", [result("False")], "cell 1: prints False"),
    ("predictions", [new_code_cell("1")], "no prediction"),
    (
        "predictions",
        [new_code_cell("ask.one()"), new_code_cell("1")],
        "cell 2: follows a prediction",
    ),
    (
        "predictions",
        [new_code_cell("ask.one()"), new_code_cell("ask.two()"), new_code_cell("1")],
        "cell 3",
    ),
    ("predictions", [new_code_cell("x = 1\nask.one()")], "cell 1: a prediction is one line"),
    ("predictions", [new_code_cell("ask.one()\nask.two()")], "cell 1: a prediction is one line"),
    (
        "predictions",
        [new_code_cell("#@title x\npredict('How far?', 1)")],
        "cell 1: predict(...) shows",
    ),
    ("no_answers", [new_code_cell("answer = 3")], "cell 1: 'answer' belongs into lrteach/course"),
    ("no_answers", [new_code_cell("check_number(x, mistakes={1: 'no'})")], "cell 1: 'mistakes'"),
    (
        "no_answers",
        [new_code_cell("def check_rows(rows):\n    pass")],
        "cell 1: def check_rows belongs",
    ),
    (
        "no_answers",
        [stub("a = ..."), solution("a = x * (1 - lr)"), new_code_cell("b = x * (1 - lr)")],
        "cell 3: shows 'x * (1 - lr)', the solution of cell 1",
    ),
    ("exercises", EXERCISE, "1 exercises, not 2 to 4"),
    (
        "exercises",
        [*EXERCISE, stub("rows = 1\ncheck.other(rows)"), EXERCISE[1]],
        "cell 3: does not end in",
    ),
    ("exercises", [*EXERCISE, EXERCISE[0]], "cell 3: no solution in the next cell"),
    ("names_once", [new_code_cell("a = 1"), new_code_cell("a = 2")], "2: 'a' is a name of cell 1"),
    ("names_once", [new_code_cell("def a():\n    b = 1"), stub("for k in c:\n    a = k")], "'a'"),
    ("names_once", [new_code_cell("for k in a:\n    b = k"), stub("b = 1")], "1: 'b' is a name of"),
    ("words", [new_markdown_cell("This is Simply so.")], "cell 1: 'Simply': say nothing"),
    (
        "words",
        [new_code_cell("x = 1  # plain descent")],
        "cell 1: 'plain descent': say gradient descent",
    ),
    ("words", [new_code_cell("title = 'three plans'")], "cell 1: 'plans': say schedule"),
    ("words", [new_markdown_cell("The walk ends.")], "cell 1: 'walk': say run"),
    (
        "words",
        [new_markdown_cell("It explodes."), new_markdown_cell("An explosion.")],
        "cell 2: it explodes",
    ),
    (
        "sections",
        [new_markdown_cell(NEED + SECTIONS.replace("15", "16"))],
        "not name the 16 minutes",
    ),
    (
        "sections",
        [new_markdown_cell(NEED + SECTIONS.replace("optional*", "easy*"))],
        "below '## 2. Two'",
    ),
    (
        "sections",
        [new_markdown_cell(NEED + SECTIONS.replace("2. Two", "Two"))],
        "should be '## 2. ...'",
    ),
    ("short_sections", [new_markdown_cell("a " * 131)], "cell 1: 131 words at a stretch"),
    ("on_your_own", [new_markdown_cell(OWN.split("<details>")[0])], "'On your own' has no folded"),
    ("formulas", [new_markdown_cell(r"$a\,b$")], r"Markdown changes '\\,'"),
    ("formulas", [new_markdown_cell(r"$$a \; b$$")], r"Markdown changes '\\;'"),
    (
        "formulas",
        [new_markdown_cell(r"$\text{lr}_{\text{a}} = \lambda_{\min} + 1$")],
        "for emphasis",
    ),
    ("formulas", [new_markdown_cell("$a <b> c$")], "for a tag"),
]


@pytest.mark.parametrize("rule, cells", KEPT, ids=[rule for rule, _ in KEPT])
def test_a_lesson_that_keeps_a_rule(rule, cells):
    assert RULES[rule]("05_small", cells) == []


@pytest.mark.parametrize("rule, cells, words", BROKEN, ids=[rule for rule, *_ in BROKEN])
def test_a_lesson_that_breaks_a_rule(rule, cells, words):
    found = RULES[rule]("05_small", cells)
    assert any(words in one for one in found), found


def test_every_rule_is_shown_both():
    assert {rule for rule, _ in KEPT} == {rule for rule, *_ in BROKEN} == set(RULES)


def test_a_hiker_may_walk_in_the_first_two_lessons():
    cells = [new_markdown_cell("The hiker walks.")]
    assert RULES["words"]("01_small", cells) == [] != RULES["words"]("02_small", cells)
