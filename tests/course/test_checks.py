"""Predictions and exercises: every answer gets feedback, and nothing that a learner writes raises."""

import numpy as np
import pytest

from lrteach import (check_installation, check_number, check_optimizer, check_schedule, check_values, constant, cosine, exponential_decay,
                     momentum, nesterov, predict, sgd)
from lrteach.course import checks


def said(feedback, *parts):
    assert repr(feedback).startswith("✓" if feedback.ok else "✗") and bool(feedback) == feedback.ok
    assert repr(feedback)[2:20] in feedback._repr_html_() or "&" in feedback._repr_html_()
    for part in parts:
        assert part in repr(feedback)
    return feedback.ok


@pytest.mark.parametrize("value, part", [
    (..., "three dots"), (None, "three dots"), ("x", "one number"), ([1, 2], "one number"), (np.nan, "nan"), (np.inf, "inf"),
    (0.6, "too large"), (0.4, "too small"), (1.0, "the edge"), (-0.5, "too small"), (np.complex128(0.5 + 3j), "one number"), ([10 ** 5000], "something of the type list"), (10 ** 400, "number is inf"), (-10 ** 400, "number is -inf"),
])
def test_wrong_numbers_get_a_hint(value, part):
    assert not said(check_number(value, 0.5, mistakes={1.0: "That is the edge."}), part)


@pytest.mark.parametrize("value", [0.5, 0.504, np.float32(0.5), np.array(0.5), "0.5"])
def test_right_numbers(value):
    assert said(check_number(value, 0.5))


def test_exact_numbers():
    assert said(check_number(44, 44, tolerance=0)) and not said(check_number(43, 44, tolerance=0))


@pytest.mark.parametrize("rule, part", [
    (..., "Not written yet"), (None, "Not written yet"), (3, "TypeError"), (lambda theta, g: theta, "TypeError"),
    (lambda theta, g, lr: None, "returned nothing"), (lambda theta, g, lr: theta[0], "shape"),
    (lambda theta, g, lr: 1 / 0, "ZeroDivisionError"), (lambda theta, g, lr: theta, "where it is"), (lambda theta, g, lr: theta + lr * g, "uphill"), (lambda theta, g, lr: theta - g, "forgets lr"),
    (lambda theta, g, lr: theta - lr * np.sign(g), "Step 1 ends at"), (lambda theta, g, lr: theta - 2 * lr * g, "twice"),
])
def test_wrong_rules_get_a_hint(rule, part):
    assert not said(check_optimizer(rule, sgd, mistakes={(lambda theta, g, lr: theta - 2 * lr * g): "That is twice the step."}), part)


def test_right_rules():
    def mine(theta, g, lr, v=0.0):
        v = 0.9 * v + g
        return theta - lr * v, v

    def in_place(theta, g, lr):
        theta -= lr * g
        return theta

    assert said(check_optimizer(in_place, sgd), "sgd") and not said(check_optimizer(in_place, momentum), "what your rule remembers")
    assert said(check_optimizer(lambda theta, g, lr: theta - lr * g, sgd), "sgd") and said(check_optimizer(mine, momentum), "momentum")
    assert not said(check_optimizer(mine, momentum, beta=0.5), "what your rule remembers")
    assert not said(check_optimizer(sgd, momentum), "what your rule remembers") and not said(check_optimizer(mine, nesterov), "Step 1")


@pytest.mark.parametrize("schedule, part", [
    (..., "Not written yet"), (0.1, "function of the step"), (lambda: 0.1, "TypeError"), (lambda t: None, "returns nothing"),
    (lambda t: [0.1, 0.2], "one number"), (lambda t: "0.1", "it is '0.1'"), (lambda t: np.complex128(0.1 + 3j), "one number"), (lambda t: 0.1 if t < 9 else "?", "at t = 9 it is '?'"),
    (lambda t: 1 / (t - 3), "at t = 3 with ZeroDivisionError"), (lambda t: 1e6 ** t / 99, "At t = 52 your rate is too large"),
    (lambda t: 10 ** (40 * t), "At t = 0 your rate is 1,"), (lambda t: 0.1 * 0.9 ** (t + 1), "one step ahead"),
    (lambda t: 0.1 * 0.9 ** max(t - 1, 0), "one step behind"), (lambda t: 0.2 * 0.9 ** t, "At t = 0"),
    (lambda t: 0.1 * 0.9 ** t if t < 50 else 0.0, "At t = 50"), (constant(0.1), "never shrinks"),
])
def test_wrong_schedules_get_a_hint(schedule, part):
    assert not said(check_schedule(schedule, exponential_decay(0.1, 0.9), mistakes={constant(0.1): "It never shrinks."}), part)


def test_right_schedule():
    assert said(check_schedule(lambda t: 0.1 * 0.9 ** t, exponential_decay(0.1, 0.9)), "0 to 99")


def test_prediction_of_a_number():
    asked = predict("How many?", 4, why="Two and two.")
    assert asked._repr_mimebundle_()["text/plain"] == "Predict. How many?"
    asked.entry.value = 5
    assert "You think: 5" in asked.reply.value
    asked.button.click()
    assert "Not quite: 4. Two and two." in asked.reply.value
    asked.entry.value = 4.03
    asked.button.click()
    assert "Yes: 4." in asked.reply.value


def test_prediction_of_a_choice():
    asked = predict("Which <one>?", "b", options=["a", "b"], why="So it is.")
    assert asked._repr_mimebundle_()["text/plain"] == "Predict. Which <one>? (a / b)"
    asked.button.click()
    assert "Choose one first" in asked.reply.value
    asked.entry.value = "a"
    asked.button.click()
    assert "Not quite: b. So it is." in asked.reply.value
    asked.entry.value = "b"
    asked.button.click()
    assert "Yes: b." in asked.reply.value


def test_answer_must_be_an_option():
    with pytest.raises(ValueError, match="must be one of the options"):
        predict("Which?", "c", options=["a", "b"])


def test_installation_says_what_is_wrong(monkeypatch):
    assert not said(check_installation(), "No Jupyter kernel")
    monkeypatch.setattr(checks.metadata, "version", {"numpy": "1.26.4", "matplotlib": "3.9.0", "ipywidgets": "7.6.9"}.get)
    assert not said(check_installation(), "numpy is 1.26.4, but 2.0", "ipywidgets is 7.6.9, but 7.7.1")
    assert "matplotlib" not in repr(check_installation())


@pytest.mark.parametrize("function, words", [
    (np.cumsum, "Right: 3 numbers"), (None, "Not written yet"), (..., "Not written yet"), (lambda x: None, "returns nothing"), (lambda x: ..., "returns nothing"),
    (lambda x: "abc", "should return numbers, but it returns 'abc'"), (lambda x: [10 ** 5000] * 3, "too large"), (lambda x: np.cumsum(x) + 0j, "real numbers"),
    (lambda x: x[:2], "should return 3 numbers, but it returns 2"),
    (lambda x: x, "You add nothing."), (lambda x: [1, 2, 0], "Number 1 (counted from 0) is 2, but should be 3."),
    (lambda x: np.cumsum(x)[None], "should have the shape (3,), but it has (1, 3)"),
    (np.ones(3), "its name without brackets, not array([1., 1., 1.])"),
    (lambda x: x / 0 + nothing, "stops with NameError"), (lambda: 0, "stops with TypeError"),
])
def test_values_of_a_function(function, words):
    with np.errstate(all="ignore"):
        answer = check_values(function, np.cumsum, np.array([1.0, 2.0, 4.0]), mistakes={(lambda x: x): "You add nothing."})
    assert bool(answer) == words.startswith("Right") and words in answer.message


def test_a_difference_is_told_with_enough_digits_to_be_seen():
    def nearly(theta, g, lr):
        return theta - lr * (1 + 1e-8) * g

    assert not said(check_optimizer(nearly, sgd), "Step 1 ends at [2.85, -0.99999999], but should end at [2.85, -1].")
    assert check_values(lambda x: 1 + 1e-8, lambda x: 1.0, 0).message == "✗ Number 0 (counted from 0) is 1.00000001, but should be 1."


def test_small_rates_are_compared_as_closely_as_large_ones():
    assert check_values(lambda x: 1e-9, lambda x: 1e-12, 0.0).message == "✗ Number 0 (counted from 0) is 1e-09, but should be 1e-12."
    assert check_values(lambda x: 1e-12 * x, lambda x: 1e-12 * x, 3.0).message == "✓ Right."
    assert check_schedule(constant(2e-9), constant(1e-9)).message == "✗ At t = 0 your rate is 2e-09, but should be 1e-09."
    assert check_schedule(lambda t: cosine(1e-9, 99)(t) + 1e-25, cosine(1e-9, 99))  # a rounded zero is a zero
