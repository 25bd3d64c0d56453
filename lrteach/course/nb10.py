"""What notebook 10 asks, and how it answers."""

from types import SimpleNamespace

import numpy as np

from ..optimizers import sgd
from .checks import check_number, check_optimizer
from .predict import Choice

ask = SimpleNamespace(
    sixteen=Choice(
        "With mini-batches of 64 in place of 4, sixteen times as large, Adam's best rate is ...",
        ["about the same",
         "four to eight times as large",
         "about sixteen times as large"],
        "four to eight times as large",
        why="sixteen times fewer steps must each be sixteen times as long. But the noise is four "
            "times smaller, and Adam divides by it, so a factor of four comes on its own. The rate "
            "needs the other four. Here it was eight, on a grid with factors of 1.4 and a curve "
            "that is flat there.",
        hints=[
            ("about the same",
             "Adam divides by the size of the gradients, but a larger batch has less noise in it."),
            ("about sixteen times as large",
             "That is the rule for SGD. Adam's steps do not grow with the gradient."),
        ]),
    spoilt=Choice(
        "Clean examples bear rates up to 1. One example in a hundred is now fifty times too "
        "bright. Up to which of these rates does SGD still end above 90 %?",
        ["1, as before: it is one in a hundred",
         "0.6",
         "0.1",
         "none of them"],
        "0.1",
        why="more than a quarter of the mini-batches hold a spoilt example, and some of their "
            "gradients are many times as long as usual. The longest steps decide which rate is "
            "too large.",
        hints=[
            ("1, as before: it is one in a hundred",
             "More than a quarter of the mini-batches of 32 hold one, and one long step is "
             "enough."),
            ("none of them",
             "With a rate that is small enough, even its long steps do no harm."),
        ]),
    bowl=Choice(
        "A bowl with the limit 0.2, the rate 0.21, and every gradient clipped to the length 1. "
        "What happens?",
        ["it arrives, a little more slowly",
         "it diverges, a little more slowly",
         "it neither diverges nor arrives"],
        "it neither diverges nor arrives",
        why="far out each step is at most 0.21 long, so nothing runs away. Near the minimum "
            "nothing is clipped any more, and there the rate is too large: it is thrown out "
            "again.",
        hints=[
            ("it arrives, a little more slowly",
             "Near the minimum the gradients are shorter than 1, so nothing is clipped there."),
            ("it diverges, a little more slowly",
             "With clipped gradients no step is longer than 0.21."),
        ]),
    sharpening=Choice(
        "The largest curvature of the network is 24 at the start. We train it with lr = 0.12, "
        "whose limit is 2 / 0.12 = 16.7. Where is the largest curvature after 4000 steps?",
        ["still near 24: the run diverges",
         "far below 16.7, where it is safe",
         "very near to 16.7"],
        "very near to 16.7",
        why="the first steps jump to where the network curves less. Then training makes it curve "
            "more and more, until the limit of the rate stops that.",
        hints=[
            ("still near 24: the run diverges",
             "It begins to. But a network is no bowl: elsewhere it curves less, and there the run "
             "is caught."),
            ("far below 16.7, where it is safe",
             "So it would be in a bowl whose curvature is what it is. In a network it changes on "
             "the way."),
        ]),
    lowered=Choice(
        "A run at 0.16 has just reached its limit, 12.5. At step 400 the rate is lowered to 0.12, "
        "whose limit is 16.7. The largest curvature then ...",
        ["stays where it is", "falls: smaller steps find flatter places", "climbs again"],
        "climbs again",
        why="it was the rate that held it down. With a smaller one it climbs on, towards the new "
            "limit.",
        hints=[
            ("falls: smaller steps find flatter places",
             "It is the other way round: what keeps a run away from steep places is a large "
             "rate."),
        ]),
    silent=Choice(
        "A weight of 1 has no gradient at all: its pixel is black in every image. Adam with "
        "lr = 0.01 and an L2 penalty of 0.01. After 50 steps the weight is ...",
        ["1: without a gradient nothing moves",
         "0.995: it has lost 0.01 * 0.01 of itself at each step",
         "about 0.5"],
        "about 0.5",
        why="the penalty is its whole gradient, and Adam divides a gradient by its own size. So it "
            "moves by lr at each step, however small the penalty is.",
        hints=[
            ("1: without a gradient nothing moves",
             "The penalty adds 0.01 times the weight to the gradient."),
            ("0.995: it has lost 0.01 * 0.01 of itself at each step",
             "So it is with AdamW, and with SGD. But what does Adam do to a small gradient?"),
        ]),
)


def my_rate(lr):
    """The root rule: Adam at 0.001 for 32 examples, and now 512."""
    return check_number(lr, 0.004, hints=[
        (0.001, "The batch is 16 times as large. Does Adam's rate not change at all?"),
        (0.016, "That is in proportion, the rule for SGD. For Adam take the square root."),
        (0.00025, "You divided by 4. A larger batch has less noise, and bears a larger rate."),
        (0.0000625, "You divided by 16. A larger batch has less noise, and bears a larger rate."),
        (0.0226, "You multiplied by the root of 512. How many times larger is the batch?"),
        (0.008, "512 / 32 is 16. Its square root is 4."),
        (4.0, "That is the factor. What is the rate?"),
        (16.0, "That is how many times larger the batch is. Which rate follows?"),
    ])


def clipped(theta, g, lr):
    """SGD whose gradient is shortened to the length 1 where it is longer."""
    norm = np.sqrt(np.sum(g**2))
    if norm > 1:
        g = g / norm
    return theta - lr * g


def always_one(theta, g, lr):
    """Every gradient brought to the length 1, the short ones too."""
    return theta - lr * g / np.sqrt(np.sum(g**2))


def by_coordinate(theta, g, lr):
    """Each coordinate cut by itself."""
    return theta - lr * np.clip(g, -1, 1)


def step_of_one(theta, g, lr):
    """The step in place of the gradient shortened to the length 1."""
    step = lr * g
    return theta - step / max(1.0, np.sqrt(np.sum(step**2)))


def squared_norm(theta, g, lr):
    """Divided by the sum of the squares, without its root."""
    return theta - lr * g / max(1.0, np.sum(g**2))


def by_the_sum(theta, g, lr):
    """Divided by the sum of the sizes."""
    return theta - lr * g / max(1.0, np.sum(np.abs(g)))


def lost_rate(theta, g, lr):
    """Clipped, but lr is forgotten."""
    return theta - g / max(1.0, np.sqrt(np.sum(g**2)))


def my_clip(rule):
    """SGD with clipped gradients, written by the learner, until some of them are short."""
    return check_optimizer(rule, clipped, lr=0.15, steps=80, hints=[
        (sgd, "That is SGD as it is. Where the norm of g is above 1, divide g by it."),
        (always_one, "You shorten and lengthen: every step has the length lr now. A gradient that "
                     "is shorter than 1 should stay as it is."),
        (by_coordinate, "You cut each coordinate by itself, which turns the gradient. Shorten it "
                        "as a whole: divide by its norm."),
        (step_of_one, "You clip the step. Clip the gradient, then multiply by lr."),
        (squared_norm, "The norm is the square root of the sum of squares."),
        (by_the_sum, "That is the sum of the sizes. The norm is the root of the sum of squares."),
        (lost_rate, "Your step forgets lr."),
    ])


check = SimpleNamespace(my_rate=my_rate, my_clip=my_clip)
