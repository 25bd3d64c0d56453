"""What notebook 06 asks, and how it answers."""

from types import SimpleNamespace

import numpy as np

from ..data import digits
from ..descent import descend
from ..models import Minibatches
from ..network import MLP
from .checks import Feedback, check_number
from .predict import Choice, Number

GOOD = 90  # percent of the test set that exercise 3 asks for
TURN = 0.5  # a rate in the middle of those that do

ask = SimpleNamespace(
    guessing=Number(
        "With weights near zero, the network gives each of the ten digits the same probability. "
        "What is its loss?",
        2.303, tolerance=0.05,
        why="-log(0.1) = log(10) = 2.303. Remember it: a loss of 2.3 on ten classes means that "
            "the network only guesses.",
        hints=[(0.1, "That is the probability. The loss is minus its logarithm."),
               (-2.303, "A logarithm of 0.1 is negative, and the loss has a minus before it."),
               (1.0, "That is the logarithm with base 10. Here it is the natural one.")],
    ),
    sgd_at_001=Choice(
        "SGD at the same rate, 0.01, for 1000 steps. How much of the test set does it read?",
        ["about 97 %, like Adam", "about 80 %: slower, but on its way",
         "about 10 %, no better than guessing"],
        "about 10 %, no better than guessing",
        why="It has not begun to learn. Section 4 finds out why.",
    ),
    smallest_slope=Choice(
        "For which layer is the slope of the loss smallest at this start?",
        ["the first, next to the pixels", "the middle one", "the last, next to the answer"],
        "the first, next to the pixels",
        why="Going back, the slopes shrink at each layer, by the small weights and by the slope "
            "of the sigmoid, which is at most a quarter.",
    ),
    single_change=Choice(
        "SGD at 0.01. Which single change brings the largest gain within 1000 steps?",
        ["other weights at the start", "relu in place of the sigmoid"],
        "other weights at the start",
        why="25 % with Glorot's weights, and still 9 % with relu: the small weights alone make "
            "a plateau, whatever the activation.",
    ),
    good_rates=Choice(
        "For the sigmoid network, at how many of the sixteen rates is RMSProp good, and at how "
        "many momentum?",
        ["RMSProp at many more", "about the same number", "momentum at many more"],
        "about the same number",
        why="4 and 4. RMSProp's advantage lies elsewhere: read on.",
    ),
    normalised=Choice(
        "And with batch normalisation: at how many rates is SGD good on the sigmoid network, "
        "where it was good at 3?",
        ["fewer", "3 again", "more"],
        "more",
        why="At 8 of the sixteen: from 0.05 to 10, which is the largest tried. The normalisation "
            "makes the size of the weights, and with it the rate, count for less.",
        hints=[("fewer", "One would fear so: one more thing that can go wrong. Look at the span.")],
    ),
)


def count(value):
    """How many parameters the network has."""
    return check_number(value, 3630, tolerance=0.5, hints=[
        (3560, "Those are the weights. Each unit of a layer has a bias, too."),
        (70, "Those are the biases. Now the weights between the layers."),
        (3600, "Nearly: how many biases has the first layer, the second, the third?"),
        (2600, "That is the first layer, weights and biases. Two more layers follow."),
        (512000, "Layers follow each other: add what they have, do not multiply it."),
        (134, "Those are the units. How many weights lead from 64 units to 40?"),
        (3694, "The pixels are given, they have no biases."),
    ])


def slope(value):
    """The slope for the bias of the three."""
    return check_number(value, -0.04, tolerance=0.001, hints=[
        (0.04, "Take away what is true from what was said, not the other way round."),
        (-4, "That is the sum over the examples. The loss is their average."),
        (-12.6, "Those are the 14 threes, added up. The other 86 examples say 0.1 as well, and "
                "the loss is an average."),
        (-0.126, "Those are the 14 threes. The other 86 examples say 0.1 as well, and there "
                 "nothing is taken away."),
        (-0.9, "That is one example with a three. Take the average over all 100."),
        (0.1, "That is what was said. Take away what is true."),
        (0.086, "Those are the examples without a three. The 14 threes count, too."),
        (-0.14, "That is what is true, with a minus. What was said is missing."),
    ])


def lr(value):
    """A rate that gets relu with small weights off the plateau; trains five networks."""
    fine = isinstance(value, (int, float, np.number)) and not isinstance(value, bool)
    if not fine or not 0 <= value < np.inf:
        return check_number(value, TURN)
    X, y, X_test, y_test = digits()
    net, seeds = MLP(X, y, activation="relu"), range(5)
    starts = [net.init(seed, std=0.01) for seed in seeds]
    start = np.stack(starts, axis=-1).astype(np.float32)
    run = descend(Minibatches(net, 100, 1000, seeds), start, lr=value, steps=1000)
    accuracy = 100 * np.median(net.accuracy(run.final, X_test, y_test))
    if accuracy >= GOOD:
        return Feedback(True, f"Right: the median of five networks is {accuracy:.0f} %.")
    hint = ("This rate is too large: the training is thrown about." if value > TURN else
            "Still on the plateau, or not far enough from it: a larger rate.")
    return Feedback(False, f"The median of five networks is {accuracy:.0f} %. {hint}")


def glorot_std(value):
    """Glorot's standard deviation for the middle layer."""
    return check_number(value, (2 / 60) ** 0.5, tolerance=0.001, hints=[
        (2 / 60, "That is the variance. The standard deviation is its square root."),
        ((2 / 40) ** 0.5, "That is the formula for relu, with 2 / in."),
        ((1 / 60) ** 0.5, "2 stands above, not 1."),
        ((2 / 800) ** 0.5, "In and out are added, not multiplied."),
        ((2 / 20) ** 0.5, "Those are the units on one side. Glorot adds both sides."),
        (0.01, "That is the start of section 3, where everything stands still."),
        ((2 / 104) ** 0.5, "Those are the units of the first layer, 64 and 40."),
        ((2 / 30) ** 0.5, "Those are the units of the last layer, 20 and 10."),
    ])


check = SimpleNamespace(count=count, slope=slope, lr=lr, glorot_std=glorot_std)
