"""What notebook 00 asks: every answer that a learner is likely to give."""

import pytest
from tables import tests_of

from lrteach.course.glimpses import GLIMPSES, glimpse

PREDICTIONS = [
    ("larger_rate", "higher up than at the start", "✓ You said “higher up than at the start”."),
    ("larger_rate", "at the bottom", "With a somewhat larger rate, yes."),
    ("larger_rate", "on the way down, but slower", "Slower is what a smaller rate does."),
    ("three_steps", "5/4", "✓ You said 1.25. Right: 10, then 5, then 2.5, then 1.25."),
    ("three_steps", "5", "That is after one step."),
    ("three_steps", "2,5", "That is after two steps."),
    ("three_steps", "0.625", "That is one step too many"),
    ("three_steps", "8.5", "A half of what is left goes"),
    ("three_steps", "10/3", "Halve it three times."),
    ("three_steps", "7", "You said 7. It is 1.25"),
]
CHECKS = [
    ("steps", ..., "✗ Not answered yet"),
    ("steps", 10, "✓ Right: 10."),
    ("steps", 7, "The question is about the distance."),
    ("steps", 9, "One more."),
    ("steps", 11, "the first number in the list is the start, after 0 steps"),
    ("steps", 8, "Look in the printed list, and count from 0"),
    ("steps", 3, "Look in the printed list"),
    ("steps", 20, "Look in the printed list"),
    ("steps", 0.00977, "That is a distance."),
    ("steps", 9.97, "round up"),
    ("steps", "ten", "“ten” is no number."),
    ("for_ever", ..., "✗ Not answered yet"),
    ("for_ever", 2.0, "✓ Right: 2. Neither better nor worse"),
    ("for_ever", 2, "✓ Right: 2."),
    ("for_ever", 0, "does not move at all"),
    ("for_ever", 1.0, "arrives in a single step, and rests"),
    ("for_ever", 1.99, "a little shorter than the one before"),
    ("for_ever", 1.5, "Go up."),
    ("for_ever", 2.01, "Go down."),
    ("for_ever", 0.5, "stays on one side"),
    ("for_ever", (2, 0), "The decimal sign of Python is a point: 2.0"),
    ("for_ever", -2, "-2 is too small."),
]
test_answers, test_all_is_tested, test_notebook = tests_of("nb00", PREDICTIONS, CHECKS)


@pytest.mark.parametrize("number", GLIMPSES)
def test_there_is_a_glimpse_of_every_notebook(number):
    scene = glimpse(number)
    assert scene.title.startswith(f"{number}  ") and scene.png().startswith(b"\x89PNG")
