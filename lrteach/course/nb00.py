"""What notebook 00 asks, and how it answers."""

from types import SimpleNamespace

from .checks import check_number
from .predict import Choice, Number

ask = SimpleNamespace(
    larger_rate=Choice(
        "With lr = 0.1 the hiker comes down gently. We make lr 21 times larger. "
        "Where is the hiker after 20 steps?",
        ["at the bottom", "on the way down, but slower", "higher up than at the start"],
        "higher up than at the start",
        why="A little larger is faster. This much larger is a disaster: each step leaps over the "
            "bottom and lands higher up on the other side. Find out where it tips over.",
        hints=[
            ("at the bottom", "With a somewhat larger rate, yes."),
            ("on the way down, but slower", "Slower is what a smaller rate does."),
        ],
    ),
    three_steps=Number(
        "The hiker starts 10 away from the bottom. With lr = 0.5 each step halves the distance. "
        "How far away is the hiker after 3 steps?",
        1.25,
        why="10, then 5, then 2.5, then 1.25.",
        hints=[
            (5, "That is after one step."),
            (2.5, "That is after two steps."),
            (0.625, "That is one step too many: 10 is the distance before the first step."),
            (8.5, "That takes away 0.5 at each step. A half of what is left goes at each step."),
            (10 / 3, "That is a third. Halve it three times."),
        ],
    ),
)


def steps(value):
    """After how many steps the distance is below 0.01, with lr = 0.5."""
    return check_number(value, 10, tolerance=0, hints=[
        (7, "There the loss is below 0.01. The question is about the distance."),
        (9, "After 9 steps the hiker is 0.0195 away. One more."),
        (11, "Count from 0: the first number in the list is the start, after 0 steps."),
        (lambda n: 0 < n < 1, "That is a distance. The question is after how many steps."),
        (lambda n: n == int(n),
         "Look in the printed list, and count from 0: the first number is the start."),
    ])


def for_ever(value):
    """The rate of the two-cycle."""
    return check_number(value, 2.0, tolerance=0.005, hints=[
        (0.0, "With 0 the hiker does not move at all."),
        (1.0, "With 1.0 the hiker arrives in a single step, and rests."),
        (lambda lr: 1 < lr < 2, "There each jump is a little shorter than the one before. Go up."),
        (lambda lr: lr > 2, "There each jump is longer than the one before. Go down."),
        (lambda lr: 0 < lr < 1, "There the hiker stays on one side. Go up until it jumps."),
    ], why="Neither better nor worse, for ever.")


check = SimpleNamespace(steps=steps, for_ever=for_ever)
