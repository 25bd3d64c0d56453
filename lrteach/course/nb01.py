"""What notebook 01 asks, and how it answers."""

from types import SimpleNamespace

from ..optimizers import sgd
from .checks import check_number, check_optimizer
from .predict import Choice, Number

ask = SimpleNamespace(
    one_step=Number(
        "theta is -5, the gradient there is -10, and lr is 0.1. Where is theta after one step?",
        -4,
        why="theta - lr * g = -5 - 0.1 * (-10) = -4. Minus a minus: where the ground falls to the "
            "right, the step goes to the right.",
        hints=[
            (-6, "That is uphill: you added lr * g. Take it away."),
            (-5.1, "You forgot the gradient: the step is 0.1 times 10."),
            (-4.9, "You forgot the gradient: the step is 0.1 times 10."),
            (5, "You forgot the rate: the step is a tenth of the slope."),
            (1, "That is the step alone. It starts at -5."),
            (-1, "That is lr * g alone. Take it away from -5."),
        ],
    ),
    two_rates=Choice(
        "Two hikers take 50 steps from -5, one with lr = 0.1, one with lr = 1.9. "
        "Which of them ends closer to the bottom?",
        ["the one with 0.1", "the one with 1.9", "both equally close"],
        "both equally close",
        why="Both lose a tenth of the distance at each step. The one with 1.9 changes sides as "
            "well. Section 5 shows the reason.",
        hints=[
            ("the one with 0.1", "Its steps are calm, but calm is not the same as close."),
            ("the one with 1.9", "Its steps are long, but each leaps over the bottom."),
        ],
    ),
    threshold=Number(
        "A valley has curvature 4. Above which learning rate does the hiker diverge there?",
        0.5,
        why="The factor 1 - lr * 4 is -1 at lr = 0.5. Four times as curved, a quarter of the rate.",
        hints=[
            (2, "That is the limit for curvature 1."),
            (8, "The steeper the valley, the smaller the steps must be: divide by 4."),
            (1, "Four times as curved is more than half of the rate: it is a quarter."),
            (0.25, "That rate arrives in one step. The limit is twice as far."),
        ],
    ),
    settle=Choice(
        "With lr = 1 a hiker starts at -0.5, inside the left well. Where does this hiker end up?",
        [
            "in the left well, at its bottom",
            "in the right well: it jumps over",
            "nowhere: it jumps to and fro for ever",
            "nowhere: it diverges",
        ],
        "nowhere: it jumps to and fro for ever",
        why="1 is above the limit at the bottom of the left well, so small jumps grow there. "
            "Towards the hill the well is flatter, and large jumps shrink. The two balance.",
        hints=[
            ("in the left well, at its bottom",
             "The limit at that bottom is 0.875: it cannot come to rest there."),
            ("in the right well: it jumps over",
             "From -1.6 it does. From -0.5 no jump is long enough."),
            ("nowhere: it diverges",
             "It would in a parabola. Here the curvature is smaller a little way off."),
        ],
    ),
)


def my_rule(rule):
    """Gradient descent."""
    return check_optimizer(rule, sgd)


def steps(value):
    """After how many steps an error of -10 times 0.9 at each step is smaller than 0.1."""
    return check_number(value, 44, tolerance=0, hints=[
        (0, "The error is negative here. Take its size, with abs(...)."),
        (43, "After 43 steps its size is still 0.108."),
        (45, "One step earlier it is already below 0.1."),
        (30, "That is the loss, which is below 0.1 earlier. The question is about the error."),
        (22, "You used 0.81, the factor of the loss. The error has 0.9."),
        (21.85, "You used 0.81, the factor of the loss. The error has 0.9."),
        (2, "You used 0.1. The error keeps 0.9 of its size at each step."),
        (99, "A tenth of what is left goes at each step, not a tenth of a unit."),
    ])


def curvature_limit(value):
    """The curvature from which on lr = 0.3 diverges."""
    return check_number(value, 2 / 0.3, hints=[
        (1 / 0.3, "With that curvature, 0.3 arrives in one step. The limit is twice as far."),
        (0.6, "You multiplied 2 by 0.3. The product lr * c is 2 at the limit, so divide."),
        (0.15, "Turn the fraction upside down: the product lr * c is 2 at the limit."),
        (0.3, "That is the rate. Which curvature makes lr * c equal to 2?"),
        (2, "The product lr * c is 2 at the limit. Which c does it, with lr = 0.3?"),
        (1.7 / 0.3, "You set 1 - lr * c to -0.7, the factor of curvature 1. Set it to -1."),
        (7, "Nearly. Keep two decimals."),
        (6, "Nearly. Keep two decimals."),
    ], why="There lr * c is 2, and the factor is -1.")


check = SimpleNamespace(my_rule=my_rule, steps=steps, curvature_limit=curvature_limit)
