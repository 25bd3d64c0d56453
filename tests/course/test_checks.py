"""Exercises: every answer gets feedback, and nothing that a learner writes raises."""

import sys

import numpy as np
import pytest

from lrteach import (
    Feedback,
    adam,
    check_installation,
    check_number,
    check_optimizer,
    check_schedule,
    check_values,
    constant,
    cosine,
    exponential_decay,
    momentum,
    nesterov,
    sgd,
)
from lrteach.course import checks


def said(feedback, *parts):
    """Whether it is right, once its form and its words are as they should be."""
    assert isinstance(feedback, Feedback)
    assert repr(feedback).startswith("✓" if feedback.ok else "✗") and bool(feedback) == feedback.ok
    assert repr(feedback)[2:20] in feedback._repr_html_() or "&" in feedback._repr_html_()
    for part in parts:
        assert part in repr(feedback)
    return feedback.ok


# numbers


class Odd:
    """What a learner could not write by accident."""

    def __float__(self):
        raise RuntimeError("no")

    def __repr__(self):
        raise RuntimeError("no")


@pytest.mark.parametrize(
    "value, part",
    [
        (..., "three dots"),
        (None, "three dots"),
        ("x", "“x” is no number"),
        ("", "Type a number first."),
        ([1, 2], "one number"),
        (True, "one number, but it is True"),
        (np.nan, "nan"),
        (np.inf, "inf"),
        (0.6, "too large"),
        (0.4, "too small"),
        (1.0, "the edge"),
        (-0.5, "Below 0."),
        (np.complex128(0.5 + 3j), "one number"),
        ([10**5000], "something of the type list"),
        (10**400, "number is inf"),
        (-(10**400), "Below 0."),
        (Odd(), "something of the type Odd"),
        ((0, 5), "(0, 5) are two numbers. The decimal sign of Python is a point: 0.5"),
        (abs, "This is a function. Call it"),
        (np.zeros(3), "one number, but it is array([0., 0., 0.])"),
    ],
)
def test_wrong_numbers_get_a_hint(value, part):
    hints = [(1.0, "That is the edge."), (lambda x: x < 0, "Below 0."), (lambda x: 1 / 0, "Never.")]
    assert not said(check_number(value, 0.5, hints=hints[:2]), part)
    assert not said(check_number(value, 0.5, hints=hints))


@pytest.mark.parametrize(
    "value", [0.5, 0.504, np.float32(0.5), np.array(0.5), np.array([0.5]), "0.5", "0,5", "1/2"]
)
def test_right_numbers(value):
    assert said(check_number(value, 0.5, why="A half."), "Right: 0.5", "A half.")


@pytest.mark.parametrize(
    "value, right", [(0, True), (0.0, True), (1e-17, True), (-1e-12, True), (1e-3, False)]
)
def test_an_answer_of_0(value, right):
    assert said(check_number(value, 0)) == right
    assert said(check_number(value, 0, tolerance=0)) == right


@pytest.mark.parametrize(
    "value, words",
    [
        (44, "Right: 44."),
        (44.0, "Right: 44."),
        (43, "✗ 43 is not it. One more."),
        (45, "✗ 45 is too large."),
        (43.7, "43.7 is between two whole numbers, and this must be whole: round up."),
        (44.3, "this must be whole: round down."),
        (30.5, "30.5 is not it: this must be a whole number."),
        (43.4, "round up"),
    ],
)
def test_exact_numbers(value, words):
    assert said(check_number(value, 44, tolerance=0, hints=[(43, "One more.")]), words) == (
        value == 44
    )


def test_the_nearest_hint_is_told():
    hints = [(0, "Zero."), (2e-3, "Two."), (1e-3, "One.")]
    assert not said(check_number(1.1e-3, 0.5, hints=hints), "One.")
    assert not said(check_number(1e-4, 0.5, hints=hints), "Zero.")
    assert not said(check_number(10.04, 31.6, tolerance=0.1, hints=[(10, "Ten.")]), "Ten.")
    assert not said(
        check_number(3.17, 31.6, tolerance=0.001, hints=[(3.1623, "A root.")]), "A root."
    )


def test_an_answer_may_be_infinite():
    assert check_number(np.inf, np.inf) and check_number(-np.inf, -np.inf)
    for wrong in (1.3, 0, 1e308, -np.inf, np.nan):
        assert not check_number(wrong, np.inf), wrong
        assert not check_number(wrong, np.inf, tolerance=1), wrong


@pytest.mark.parametrize("make, words", [
    (lambda: check_number(1, None), "answer must be a number, not None"),
    (lambda: check_number(1, "1.25"), "answer must be a number, not '1.25'"),
    (lambda: check_number(1, np.nan), "answer must be a number, not nan"),
    (lambda: check_number(1, 2, tolerance="a"), "tolerance must be 0 or above, not 'a'"),
    (lambda: check_number(1, 2, tolerance=-1), "tolerance must be 0 or above, not -1"),
    (lambda: check_number(1, 2, hints=5), "hints must be pairs .*, not 5"),
    (lambda: check_number(1, 2, hints=[5]), r"hints must be pairs .*, not \[5\]"),
    (lambda: check_optimizer(sgd, sgd, steps=0), "steps must be a whole number of at least 1"),
    (lambda: check_schedule(abs, abs, steps=0), "steps must be a whole number of at least 1"),
])
def test_what_a_teacher_gives_is_named_where_it_is_wrong(make, words):
    with pytest.raises((TypeError, ValueError), match=words) as error:
        make()
    assert len(str(error.value)) < 300


def test_hints_may_be_a_dictionary():
    assert not said(check_number(1, 0.5, hints={1.0: "That is the edge."}), "the edge")


# update rules


def heavy(theta, g, lr, v=0.0):
    v = 0.9 * v + g
    return theta - lr * v, v


def changes_all(theta, g, lr, v=np.zeros(2)):  # noqa: B008 (learners do)
    v *= 0.9
    v += g
    theta -= lr * v
    g *= 0
    return theta, v


def borrowing(theta, g, lr, v=0.0):
    v = their_beta * v + g
    return theta - lr * v, v


their_beta = 0.5


def my_adam(theta, g, lr, m=0.0, s=0.0, t=0):
    t = t + 1
    m = 0.9 * m + 0.1 * g
    s = 0.999 * s + 0.001 * g**2
    return theta - lr * m / (1 - 0.9**t) / (np.sqrt(s / (1 - 0.999**t)) + 1e-8), m, s, t


def late_adam(theta, g, lr, m=0.0, s=0.0, t=0):
    m = 0.9 * m + 0.1 * g
    s = 0.999 * s + 0.001 * g**2
    theta = theta - lr * m / (1 - 0.9**t) / (np.sqrt(s / (1 - 0.999**t)) + 1e-8)
    return theta, m, s, t + 1


def swapped_adam(theta, g, lr, m=0.0, s=0.0, t=0):
    theta, m, s, t = my_adam(theta, g, lr, m, s, t)
    return theta, s, m, t


def memory_first(theta, g, lr, v=0.0):
    theta, v = heavy(theta, g, lr, v)
    return v, theta


def other_names(theta, g, lr, squares=0.0, mean=0.0, k=0):
    theta, mean, squares, k = my_adam(theta, g, lr, mean, squares, k)
    return theta, squares, mean, k


@pytest.mark.parametrize(
    "rule, part",
    [
        (..., "Not written yet"),
        (None, "Not written yet"),
        (3, "A rule is a function of theta, g and lr, not 3."),
        (lambda theta, g: theta, "TypeError"),
        (lambda theta, g, lr: None, "returned nothing"),
        (lambda theta, g, lr: theta[0], "shape"),
        (lambda theta, g, lr: 1 / 0, "divided by 0"),
        (lambda theta, g, lr: sys.exit(), "SystemExit"),
        (lambda theta, g, lr: "x", "TypeError"),
        (lambda theta, g, lr: theta, "where it is"),
        (lambda theta, g, lr: theta + lr * g, "uphill"),
        (lambda theta, g, lr: theta - g, "forgets lr"),
        (lambda theta, g, lr: theta - lr, "forgets g"),
        (lambda theta, g, lr: theta - lr * abs(g), "the size of the gradient"),
        (lambda theta, g, lr: theta - lr * np.sign(g), "only the sign"),
        (lambda theta, g, lr: -lr * g, "the step alone"),
        (lambda theta, g, lr: lr * g, "Where does it start"),
        (lambda theta, g, lr: theta - 2 * lr * g, "twice"),
        (lambda theta, g, lr: theta - lr * beta * g, "uses `beta`, which has no value there"),  # noqa: F821
        (lambda theta, g, lr: theta - lr ^ g, "a power is written **"),
        (
            lambda theta, g, lr: theta - lr * g / np.zeros(2),
            "Step 1 ends at [-inf, inf]: this is no number",
        ),
    ],
)
def test_wrong_rules_get_a_hint(rule, part):
    hints = [
        (lambda theta, g, lr: theta - 2 * lr * g, "That is twice the step."),
        (lambda theta: theta, "Never."),
        (None, "Never."),
    ]
    assert not said(check_optimizer(rule, sgd, hints=hints), part)


@pytest.mark.parametrize(
    "rule, reference, parts",
    [
        (late_adam, adam, ["ends at [nan, nan]", "raise t before you use it"]),
        (swapped_adam, adam, ["another order", "`return theta, m, s, t`"]),
        (memory_first, momentum, ["theta comes first"]),
        (borrowing, momentum, ["takes their_beta = 0.5 from a cell of the notebook"]),
        (sgd, momentum, ["The first step is right, so look at what your rule remembers"]),
        (
            heavy,
            nesterov,
            ["Step 1 ends at", "Try it by hand: from [3, -2], with g = [3, -20] and lr = 0.05."],
        ),
        (lambda theta, g, lr, m=0.0, s=0.0, t=0: my_adam(theta, g, lr, m, s, t)[:3], adam, []),
        (lambda theta, g, lr: theta - lr * g * (4 ^ len(g)) / 8, sgd, ["A power is written **"]),
    ],
)
def test_wrong_memories_get_a_hint(rule, reference, parts):
    assert not said(check_optimizer(rule, reference), *parts)


def test_a_step_can_be_redone_by_hand():
    feedback = check_optimizer(lambda theta, g, lr: theta - 0.1 * lr * g, sgd)
    assert not said(feedback, "Step 1 ends at [2.985, -1.9], but should end at [2.85, -1].")
    start, g = np.array([3.0, -2.0]), np.array([3.0, -20.0])
    assert np.allclose(start - 0.1 * 0.05 * g, [2.985, -1.9]) and np.allclose(
        start - 0.05 * g, [2.85, -1]
    )


def in_place(theta, g, lr):
    theta -= lr * g
    return theta


@pytest.mark.parametrize(
    "rule, reference",
    [
        (in_place, sgd),
        (lambda theta, g, lr: theta - lr * g, sgd),
        (heavy, momentum),
        (changes_all, momentum),
        (my_adam, adam),
        (other_names, adam),
    ],
)
def test_right_rules(rule, reference):
    for _ in range(3):  # what a rule changes in place does not reach the next check
        assert said(check_optimizer(rule, reference), f"`{reference.__name__}`")


def test_the_reference_takes_the_keyword_arguments():
    assert not said(check_optimizer(heavy, momentum, beta=0.5), "what your rule remembers")
    assert said(check_optimizer(borrowing, momentum, beta=0.5))


# schedules


@pytest.mark.parametrize(
    "schedule, part",
    [
        (..., "Not written yet"),
        (0.1, "function of the step"),
        (lambda: 0.1, "TypeError"),
        (lambda t: None, "returns nothing"),
        (lambda t: ..., "returns nothing"),
        (lambda t: [0.1, 0.2], "one number"),
        (lambda t: "0.1", "it is '0.1'"),
        (lambda t: np.complex128(0.1 + 3j), "one number"),
        (lambda t: 0.1 if t < 9 else "?", "at t = 9 it is '?'"),
        (lambda t: 1 / (t - 3), "at t = 3 with ZeroDivisionError"),
        (lambda t: 0.02 / t, "begin with 1 + ..."),
        (lambda t: 1e6**t / 99, "At t = 52 your rate is too large"),
        (lambda t: 10 ** (40 * t), "At t = 0 your rate is 1,"),
        (lambda t: 0.1 * 0.9 ** (t + 1), "one step ahead"),
        (lambda t: 0.1 * 0.9 ** max(t - 1, 0), "one step behind"),
        (
            lambda t: 0.9**t,
            "is 1, but should be 0.1. Yours is 10 times the right rate at every step",
        ),
        (lambda t: 0.2 * 0.9**t, "begin at 0.1."),
        (lambda t: 0.1 * 0.9 ^ t, "a power is written ** in Python"),
        (lambda t: 0.1 * 9 ^ t, "a power is written **"),
        (lambda t: 0.1 * (9 ^ t), "A power is written **"),
        (lambda t: 0.1 * their_beta**t, "takes their_beta = 0.5 from a cell"),
        (lambda t: 0.1 * gamma**t, "uses `gamma`, which has no value there"),  # noqa: F821
        (lambda t: 0.1 * 0.9**t if t < 50 else 0.0, "At t = 50"),
        (constant(0.1), "never shrinks"),
        (lambda t: 0.3, "the same at every step: does it use t?"),
        (lambda t: np.nan, "At t = 0 your rate is nan"),
        (lambda t: np.float64(1) / t, "At t = 0 your rate is inf"),
    ],
)
def test_wrong_schedules_get_a_hint(schedule, part):
    hints = [(constant(0.1), "It never shrinks."), (lambda t: 1 / 0, "Never."), (None, "Never.")]
    assert not said(check_schedule(schedule, exponential_decay(0.1, 0.9), hints=hints), part)


def test_right_schedule():
    assert said(check_schedule(lambda t: 0.1 * 0.9**t, exponential_decay(0.1, 0.9)), "0 to 99")


# functions of numbers


def doubles_in_place(x):
    x *= 2
    return x


@pytest.mark.parametrize(
    "function, words",
    [
        (np.cumsum, "Right: 3 numbers"),
        (None, "Not written yet"),
        (..., "Not written yet"),
        (lambda x: None, "returns nothing"),
        (lambda x: ..., "returns nothing"),
        (lambda x: "abc", "should return numbers, but it returns 'abc'"),
        (lambda x: Odd(), "something of the type Odd"),
        (lambda x: [10**5000] * 3, "too large"),
        (lambda x: np.cumsum(x) + 0j, "real numbers"),
        (lambda x: x[:2], "should return 3 numbers, but it returns 2"),
        (lambda x: x, "You add nothing."),
        (lambda x: [1, 2, 0], "Number 1 (counted from 0) is 2, but should be 3."),
        (lambda x: -np.cumsum(x), "Every number is -1 times what it should be."),
        (lambda x: np.cumsum(x)[None], "should have the shape (3,), but it has (1, 3)"),
        (np.ones(3), "its name without brackets, not array([1., 1., 1.])"),
        (lambda x: x / 0 + nothing, "uses `nothing`, which has no value there"),  # noqa: F821
        (lambda x: [x[0] ^ 2], "a power is written **"),
        (lambda: 0, "stops with TypeError"),
        (lambda x: int("a"), "stops with ValueError"),
        (lambda x: {}[3], "stops with KeyError: 3"),
        (doubles_in_place, "You double."),
    ],
)
def test_values_of_a_function(function, words):
    x = np.array([1.0, 2.0, 4.0])
    hints = [
        (lambda x: 1 / 0, "Never."),
        (lambda x: x, "You add nothing."),
        (lambda x: 2 * x, "You double."),
    ]
    answer = check_values(function, np.cumsum, x, hints=hints)
    assert said(answer, words) == words.startswith("Right") and x.tolist() == [1, 2, 4]


def test_a_difference_is_told_with_enough_digits_to_be_seen():
    def nearly(theta, g, lr):
        return theta - lr * (1 + 1e-8) * g

    assert not said(
        check_optimizer(nearly, sgd),
        "Step 1 ends at [2.85, -0.99999999], but should end at [2.85, -1].",
    )
    answer = check_values(lambda x: 1 + 1e-8, lambda x: 1.0, 0)
    assert answer.message == "✗ Number 0 (counted from 0) is 1.00000001, but should be 1."


def test_small_rates_are_compared_as_closely_as_large_ones():
    answer = check_values(lambda x: 1e-9, lambda x: 1e-12, 0.0)
    assert answer.message == "✗ Number 0 (counted from 0) is 1e-09, but should be 1e-12."
    assert check_values(lambda x: 1e-12 * x, lambda x: 1e-12 * x, 3.0).message == "✓ Right."
    assert not said(
        check_schedule(constant(2e-9), constant(1e-9)),
        "At t = 0 your rate is 2e-09, but should be 1e-09.",
    )
    assert check_schedule(
        lambda t: cosine(1e-9, 99)(t) + 1e-25, cosine(1e-9, 99)
    )  # a rounded zero is a zero


# the installation


def test_installation_says_what_is_wrong(monkeypatch):
    assert not said(check_installation(), "No Jupyter kernel")
    found = {"numpy": "1.26.4", "matplotlib": "3.9.0", "ipywidgets": "7.6.9"}
    monkeypatch.setattr(checks.metadata, "version", found.get)
    assert not said(
        check_installation(), "numpy is 1.26.4, but 2.0", "ipywidgets is 7.6.9, but 7.7.1"
    )
    assert "matplotlib" not in repr(check_installation())


def test_installation_says_what_is_missing(monkeypatch):
    def version(package):
        raise checks.metadata.PackageNotFoundError(package)

    monkeypatch.setattr(checks.metadata, "version", version)
    assert not said(
        check_installation(), "numpy is missing: run `%pip install numpy`", "ipywidgets is missing"
    )


def test_the_words_of_a_feedback_are_text_and_no_html():
    shown = Feedback(False, "a < b\nnext")._repr_html_()
    assert "a &lt; b<br>next" in shown and Feedback(1, "x").ok is True
