"""What notebook 02 asks, and how it answers."""

from types import SimpleNamespace

from ..models import LinearRegression
from ..schedules import constant, exponential_decay
from ..stability import best_lr, critical_lr, curvature
from .checks import check_number, check_schedule
from .predict import Choice, Number

FIRST = LinearRegression([[1, 3], [3, 1], [5, 7]], [190, 330, 660])
SHOP = LinearRegression([[2, 1], [1, 3], [4, 2]], [0, 0, 0])
SHALLOW, STEEP = curvature(SHOP)[0]
NEAR = 0.0003  # how far off a rate may be that is found in the head

ask = SimpleNamespace(
    hundred_steps=Choice(
        "At prices 0 and 0 the loss is about 190,000. How large is it after 100 steps with 0.04?",
        [
            "about twice as large",
            "about a million times as large",
            "a number with more than 30 digits",
        ],
        "a number with more than 30 digits",
        why="Every step multiplies the loss by nearly 2. A hundred doublings of 190,000 have more "
            "than 30 digits.",
        hints=[
            ("about twice as large", "That is after one step."),
            ("about a million times as large", "A million is twenty doublings, not a hundred."),
        ],
    ),
    threshold=Number(
        "The curvatures are 2.853 and 59.81. Above which learning rate does the run diverge?",
        critical_lr(FIRST),
        tolerance=NEAR,
        why="2 / 59.81: the steep direction allows the least. One direction that grows is enough.",
        hints=[
            (2 / 2.853, "That is the limit of the shallow direction. Which one gives up first?"),
            (1 / 59.81, "That rate brings the steep direction home in one step. "
                        "The limit is twice as far."),
            (2 / (59.81 + 2.853), "You added the curvatures. Each direction has its own limit."),
            (2 / (59.81 - 2.853), "Each direction has its own limit: no difference is needed."),
            (119.62, "Divide 2 by the curvature."),
            (0.035, "Nearly: 0.035 diverges, but it is not the first that does."),
            (0.032, "Nearly: 0.032 still arrives."),
        ],
    ),
    best_rate=Choice(
        "Which constant rate has the lowest loss after 100 steps?",
        [
            "half the limit, about 0.017",
            "a little below the limit, about 0.031",
            "the largest that does not diverge, about 0.033",
        ],
        "a little below the limit, about 0.031",
        why="Near the limit the steep direction hardly shrinks, at half of it the shallow one is "
            "slow. The best place is between, and it depends on the number of steps.",
        hints=[
            ("half the limit, about 0.017", "There the steep direction is gone in a step or two, "
                                            "but the shallow one still creeps."),
            ("the largest that does not diverge, about 0.033",
             "There the steep direction hardly shrinks."),
        ],
    ),
    shrink=Choice(
        "The constant rate 0.04 diverges. And 0.04 that is multiplied by 0.9 at each step?",
        [
            "it diverges all the same",
            "it arrives, faster than 0.03",
            "it does not diverge, but it stops before it arrives",
        ],
        "it does not diverge, but it stops before it arrives",
        why="Only the first two rates are above the limit, then it calms down. But its rates "
            "shrink so fast that all its steps together do not reach the minimum.",
        hints=[
            ("it diverges all the same", "After two steps the rate is below the limit."),
            ("it arrives, faster than 0.03", "It calms down, but look at what its rates sum to."),
        ],
    ),
    dozens=Choice(
        "With apples in dozens, the condition number, 21 before, becomes",
        ["12 times smaller, about 1.7", "the same: it is the same shop", "more than 1000"],
        "more than 1000",
        why="The apple column is 12 times smaller, so the loss hardly feels the price: the shallow "
            "curvature falls from 2.85 to 0.03, the steep one only to 39.5.",
        hints=[
            ("12 times smaller, about 1.7", "The wrong way: the loss feels apples less, not more."),
            ("the same: it is the same shop", "The shop is the same, the landscape is not."),
        ],
    ),
)


def largest(value):
    """The largest rate of the second shop."""
    return check_number(value, critical_lr(SHOP), hints=[
        (best_lr(SHOP), "That is the best rate in the long run. The question is the limit."),
        (critical_lr(FIRST), "That is the first shop. This one has its own curvatures."),
        (STEEP, "That is the curvature itself. The limit is 2 divided by it."),
        (2 / (1.5 * STEEP),
         "You used X.T @ X alone. Our loss is a mean of squares: H has 2/3 in front."),
        (2 / SHALLOW, "That is the limit of the shallow direction. Which one grows first?"),
        (1 / STEEP, "That rate brings the steep direction home in one step. "
                    "The limit is twice as far."),
        (2 / (STEEP - SHALLOW), "Each direction has its own limit: no difference is needed."),
    ])


def best_for_50(value):
    """The best rate after 50 steps, of those in the notebook."""
    return check_number(value, 0.0310, tolerance=0.00005, hints=[
        (best_lr(FIRST), "That is the best rate in the long run. Fifty steps are not so long."),
        (0.0314, "That is the best rate for 100 steps."),
        (0.0297, "That is the best rate for 20 steps."),
        (0.0316, "That is the best rate for 150 steps."),
        (308, "That is the place in the list. Ask all_rates which rate stands there."),
        (138.9, "That is the lowest loss. The question is about its rate."),
    ])


def shrinking(schedule):
    """0.04, times 0.9 at each step."""
    return check_schedule(schedule, exponential_decay(0.04, 0.9), hints=[
        (constant(0.04), "This rate never shrinks. Multiply by 0.9 once for each step before t."),
        (constant(0.036), "You multiplied once, for all steps alike. Use t."),
        (lambda t: 0.036 ** t, "Only 0.9 is raised to the power t, not 0.04."),
        (lambda t: 0.04 * 0.9 * t,
         "0.9 * t grows with t. Multiplying by 0.9 again and again is a power."),
        (lambda t: 0.04 - 0.9 * t, "That takes something away at each step. Multiply."),
        (lambda t: 0.04 * (1 - 0.1 * t),
         "That takes away the same amount each time. Multiplying takes away less and less."),
        (lambda t: 0.04 / (1 + 0.1 * t),
         "That divides by a sum. Multiplying by 0.9 again and again is a power."),
    ])


check = SimpleNamespace(largest=largest, best_for_50=best_for_50, shrinking=shrinking)
