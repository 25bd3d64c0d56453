"""Predictions: nothing is committed by accident, and nothing is told before it is asked for."""

import json

import pytest
from tables import answer_to, text_of

from lrteach import predict
from lrteach.course.predict import Choice, Number, Prediction, parse_number

STEPS = Number(
    "How far is it after 3 steps?",
    1.25,
    why="10, then 5, then 2.5, then 1.25.",
    hints=[
        (5, "That is after one step."),
        (lambda x: x < 0, "A distance is not negative."),
        ((1.5, 2.5), "That is between two steps."),
    ],
)
SIDE = Choice(
    "Where does <it> end?",
    ["nearer", "just as far", "farther"],
    "just as far",
    why="It jumps to and fro.",
    hints=[("nearer", "Try it.")],
)

NUMBERS = [
    ("5/4", 1.25),
    ("1,25", 1.25),
    ("1.25", 1.25),
    (" 1e-3 ", 1e-3),
    ("1E-3", 1e-3),
    ("10**-3", 1e-3),
    ("10^-3", 1e-3),
    ("10⁻³", 1e-3),
    ("−2", -2),
    ("–2", -2),
    ("-0,5", -0.5),
    ("+3", 3),
    (".5", 0.5),
    ("3.", 3),
    ("2 * 0.9**3", 2 * 0.9**3),
    ("2 / (1 + 3)", 0.5),
    ("１．２５", 1.25),
    ("½", 0.5),
    ("3 × 4", 12),
    ("1 ÷ 4", 0.25),
    ("1 250", 1250),
    ("1\u202f250", 1250),
    ("1,250,000", 1250000),
    ("1,250.5", 1250.5),
    ("0,125", 0.125),
    ("05", 5),
    ("= 5", 5),
    ("≈ 5", 5),
    ("(-8)**3", -512),
]
NO_NUMBERS = [
    ("", "Type a number first."),
    ("   ", "Type a number first."),
    ("abc", "“abc” is no number."),
    ("inf", "finite"),
    ("-inf", "finite"),
    ("nan", "finite"),
    ("∞", "finite"),
    ("9" * 70, "too long"),
    ("10**400", "too large"),
    ("1e400", "too large"),
    ("9**9**9**9", "too large"),
    ("5/0", "divides by 0"),
    ("0**-1", "divides by 0"),
    ("1j", "no number"),
    ("(-8)**(1/3)", "no number"),
    ("1,250", "Type 1.250 or 1250."),
    ("50 %", "Leave out the %"),
    ("5 yen", "no number"),
    ("1.250,5", "no number"),
    ("1½", "no number"),
    ("1or 2", "no number"),
    ("True", "no number"),
    ("__import__('os')", "no number"),
    ("(" * 55, "no number"),
    ("1" + "+1" * 29 + "+", "no number"),
    ("1;2", "no number"),
    ("\x00", "no number"),
]


def commit(asked, entered):
    asked.entry.value = entered
    asked.button.click()
    return text_of(asked.reply.value)


@pytest.mark.parametrize("text, value", NUMBERS)
def test_numbers_as_people_type_them(text, value):
    assert parse_number(text) == pytest.approx(value, rel=1e-15)


@pytest.mark.parametrize("text, words", NO_NUMBERS)
def test_what_is_no_number_is_said_in_words(text, words):
    with pytest.raises(ValueError) as error:
        parse_number(text)
    assert words in str(error.value) and len(str(error.value)) < 100


@pytest.mark.parametrize("text", ["50 %", "50%", "50", "５０％", "100/2 %"])
def test_a_unit_may_be_typed_or_left_out(text):
    assert parse_number(text, unit="%") == 50


@pytest.mark.parametrize(
    "given, words",
    [
        ("1.25", "✓ You said 1.25. Right: 10, then 5, then 2.5, then 1.25."),
        ("5/4", "✓ You said 1.25. Right: 10"),
        ("1,26", "✓ You said 1.26. Right, to be exact 1.25: 10"),
        ("2.5", "You said 2.5. It is 1.25: 10, then 5, then 2.5, then 1.25."),
        ("5", "You said 5. That is after one step. It is 1.25: 10"),
        ("-2", "You said -2. A distance is not negative. It is 1.25: 10"),
        ("1.9", "You said 1.9. That is between two steps. It is 1.25: 10"),
    ],
)
def test_a_number_is_answered(given, words):
    assert answer_to(STEPS, given).startswith(words)


@pytest.mark.parametrize(
    "given, words",
    [
        ("just as far", "✓ You said “just as far”. Right: It jumps to and fro."),
        ("farther", "You said “farther”. It is “just as far”: It jumps"),
        ("nearer", "You said “nearer”. Try it. It is “just as far”: It jumps"),
    ],
)
def test_a_choice_is_answered(given, words):
    assert answer_to(SIDE, given).startswith(words)


@pytest.mark.parametrize(
    "question, words", [(STEPS, "Type a number first."), (SIDE, "Choose one first.")]
)
def test_nothing_is_committed_by_accident(question, words):
    asked = question()
    asked.button.click()
    assert text_of(asked.reply.value) == words
    assert asked.said is None and asked.tell.disabled and not asked.button.disabled
    asked.tell.click()
    assert text_of(asked.reply.value) == "Commit to a prediction first."


@pytest.mark.parametrize("entered", ["abc", "1,250", "inf", "50 %"])
def test_what_is_no_number_is_not_committed(entered):
    asked = STEPS()
    said = commit(asked, entered)
    assert asked.said is None and asked.tell.disabled and "You said" not in said
    assert commit(asked, "2.5") == "You said 2.5. Now run the next cell and compare."


def test_what_was_committed_is_kept():
    asked = STEPS()
    commit(asked, "2.5")
    assert (
        asked.said == 2.5
        and asked.entry.disabled
        and asked.button.disabled
        and not asked.tell.disabled
    )
    asked.entry.value = "1.25"  # a front end that does not know of `disabled`
    asked.commit()
    asked.tell.click()
    assert asked.said == 2.5 and text_of(asked.reply.value).startswith("You said 2.5. It is 1.25")
    assert STEPS().said is None


def test_what_is_typed_is_read_back_and_not_committed():
    asked = STEPS()
    asked.entry.value = "5/4"
    assert text_of(asked.reply.value) == "This is 1.25. Press Commit to keep it."
    asked.entry.value = "x"
    assert text_of(asked.reply.value).startswith("“x” is no number.")
    assert asked.said is None and not asked.entry.continuous_update


@pytest.mark.parametrize(
    "given, words",
    [
        ("0", "✓ You said 0. Right"),
        ("1e-17", "✓ You said 1e-17. Right"),
        ("0.1", "You said 0.1. It is 0"),
    ],
)
def test_an_answer_of_0(given, words):
    assert answer_to(Number("How far?", 0, why="It rests."), given).startswith(words)


@pytest.mark.parametrize(
    "answer, given, words",
    [
        (190000, "190000", "✓ You said 190,000."),
        (44, "44", "✓ You said 44."),
        (0.0334, "1/30", "Right, to be exact 0.0334"),
        (50, "50 %", "✓ You said 50 %. Right"),
        (1e30, "1e30", "✓ You said 1e+30."),
    ],
)
def test_numbers_are_said_as_they_are_read(answer, given, words):
    unit = "%" if "%" in given else ""
    assert words in answer_to(Number("How many?", answer, why="So it is.", unit=unit), given)


def test_an_exact_answer():
    exact = Number("How many?", 44, why="Counted.", tolerance=0)
    assert answer_to(exact, "44").startswith("✓") and answer_to(exact, "44.1").startswith(
        "You said 44.1. It is 44"
    )


def everything_sent(widget):
    """The state of a widget and of all that stands in it, as the front end gets it."""
    parts = [widget, *getattr(widget, "children", [])]
    inner = [everything_sent(child) for child in parts[1:]]
    return json.dumps([widget.get_state(), inner], default=str)


@pytest.mark.parametrize(
    "question, secrets, wrong",
    [
        (
            Number("How much?", 12.3125, why="A secret reason.", hints=[(3, "A secret hint.")]),
            ["12.31", "secret"],
            "3",
        ),
        (
            Choice(
                "Which?", ["a", "b"], "b", why="A secret reason.", hints=[("a", "A secret hint.")]
            ),
            ["secret"],
            "a",
        ),
    ],
)
def test_nothing_of_the_answer_is_sent_before_it_is_asked_for(question, secrets, wrong):
    asked = question()
    bundle = json.dumps(asked._repr_mimebundle_())
    commit(asked, wrong)
    for secret in secrets:
        assert secret not in everything_sent(asked.box) + bundle + repr(asked) + repr(
            question
        ) + str(question)
    asked.tell.click()
    assert "secret reason" in everything_sent(asked.box) and "secret hint" in everything_sent(
        asked.box
    )


def test_what_a_cell_displays():
    asked = SIDE()
    assert (
        asked._repr_mimebundle_()["text/plain"]
        == "Predict. Where does <it> end? (nearer / just as far / farther)"
    )
    assert STEPS()._repr_mimebundle_()["text/plain"] == "Predict. How far is it after 3 steps?"
    assert (
        asked._repr_mimebundle_()["application/vnd.jupyter.widget-view+json"]["model_id"]
        == asked.box.model_id
    )
    assert "lrteach-prediction" in asked.box._dom_classes
    title = asked.box.children[0].value
    assert "&lt;it&gt;" in title and "line-height" in title
    assert asked.entry.value is None and STEPS().entry.value == ""


def test_what_is_said_is_text_and_no_html():
    question = Choice("Which?", ["<b>", "b"], "b", why="Because 1 < 2.")
    asked = question()
    commit(asked, "<b>")
    asked.tell.click()
    assert (
        "<b>" not in asked.reply.value
        and "&lt;b&gt;" in asked.reply.value
        and "1 &lt; 2" in asked.reply.value
    )


def test_questions_of_your_own():
    asked = predict("How many?", 4, why="Two and two.", hints=[(5, "One less.")])
    assert isinstance(asked, Prediction)
    commit(asked, "5")
    asked.tell.click()
    assert text_of(asked.reply.value) == "You said 5. One less. It is 4: Two and two."
    asked = predict("Which?", "b", options=["a", "b"])
    commit(asked, "b")
    asked.tell.click()
    assert text_of(asked.reply.value) == "✓ You said “b”. Right."


@pytest.mark.parametrize(
    "make, words",
    [
        (lambda: predict("Which?", "c", options=["a", "b"]), "must be one of the options"),
        (
            lambda: Choice("Which?", ["a", "b"], "b", hints=[("c", "No.")]),
            "a hint must be for a wrong option",
        ),
        (
            lambda: Choice("Which?", ["a", "b"], "b", hints=[("b", "No.")]),
            "a hint must be for a wrong option",
        ),
        (lambda: Choice("Which?", ["a", "a", "b"], "b"), "options must differ"),
        (lambda: Number("How many?", float("nan")), "answer must be a finite number, not nan"),
        (lambda: Number("How many?", "4"), "answer must be a finite number, not '4'"),
        (lambda: Number("How many?", 4, tolerance=-1), "tolerance must be 0 or above, not -1"),
        (lambda: predict("How many?", 4, "1"), "tolerance must be 0 or above, not '1'"),
        (lambda: predict("How many?", None), "answer must be a finite number, not None"),
        (lambda: predict("How many?", 1j), "answer must be a finite number, not 1j"),
        (lambda: predict("How many?", [4]), r"answer must be a finite number, not \[4\]"),
        (lambda: predict("How many?", 10**400), "answer must be a finite number, not 1000"),
        (lambda: predict(5, 4), "question must be text, not 5"),
        (lambda: predict("How many?", 4, why=3), "why must be text, not 3"),
        (lambda: predict("How many?", 4, unit=3), "unit must be text, not 3"),
        (lambda: predict("How many?", 4, hints="no"), "hints must be pairs .*, not 'no'"),
        (lambda: predict("How many?", 4, hints=[2]), r"hints must be pairs .*, not \[2\]"),
        (lambda: predict("How many?", 4, hints=3), "hints must be pairs .*, not 3"),
        (
            lambda: predict("How many?", 4, hints=[("2", "No.")]),
            "a hint must be for a number, a span or a predicate, not for '2'",
        ),
        (lambda: predict("Which?", "a", options="ab"), "options must be a list of texts, not 'ab'"),
        (lambda: predict("Which?", "a", options=3), "options must be a list of texts, not 3"),
        (lambda: predict("Which?", "a", options=["a", ["b"]]), "options must be texts or numbers"),
        (lambda: predict("Which?", "a", options=["a", "b"], hints=["b"]), "hints must be pairs"),
        (lambda: predict("Which?", "a", 1, options=["a", "b"]), "tolerance and unit are for a"),
        (lambda: predict("Which?", "a", options=["a", *["c" * 99] * 9]), "options must differ"),
    ],
)
def test_errors_say_what_is_allowed(make, words):
    with pytest.raises((TypeError, ValueError), match=words) as error:
        make()
    assert len(str(error.value)) < 300


def test_hints_and_options_may_come_in_other_forms():
    for hints in ({2: "Twice."}, [(2, "Twice.")], iter([(2, "Twice.")])):
        asked = predict("How many?", 1, hints=hints)
        assert asked.verdict(2) == asked.verdict(2) == "You said 2. Twice. It is 1."
    asked = predict("Which?", "a", options=(text for text in "ab"), hints={"b": "No."})
    assert asked.verdict("b") == "You said “b”. No. It is “a”."
