"""What notebook 07 asks, and how it answers."""

from types import SimpleNamespace

import numpy as np

from ..data import digits
from ..descent import descend
from ..models import Minibatches
from ..network import MLP
from ..optimizers import momentum
from ..range_test import lr_range_test, smoothed
from ..schedules import exponential_sweep
from .checks import Feedback, check_number, check_schedule, check_values
from .predict import Choice

TEN_EPOCHS = 450  # steps with batches of 32 digits
LOSSES = np.array([2.6, 2.5, 2.4, 2.5, 2.1, 1.7, 1.9, 1.2, 0.9, 1.4])  # for exercise 2
NEAR = 0.98  # of the best accuracy is as good as the best

ask = SimpleNamespace(
    lowest_of_seven=Choice(
        "At which of the seven rates will the loss be lowest?",
        ["0.0001", "0.001", "0.01", "0.1"], "0.01",
        why="At 0.1 it jumps up again. The picture shows four phases, and we shall name them.",
    ),
    follow_up=Choice(
        "One run goes on from epoch to epoch while the rate rises from 0.0001 to 0.001. "
        "At which rate is the loss lowest?",
        ["at 0.0001, the first", "somewhere in the middle", "at 0.001, the last"],
        "at 0.001, the last",
        why="At the last rate the network has been trained for ten epochs, at the first for one. "
            "What does that say about the rate?",
    ),
    at_the_star=Choice(
        "Ten epochs at the rate of the star, from the beginning. What test accuracy do the "
        "networks reach, in the median?",
        ["more than 93 %", "50 to 93 %", "less than 50 %"], "less than 50 %",
        why="The very first step throws the networks far out, and they do not come back. "
            "At a tenth of that rate they get above 93 %.",
    ),
    which_reading=Choice(
        "Which of the four is the most careful, so that ten epochs at its rate are not quite "
        "enough?",
        ["steepest", "valley", "slide", "minimum/10"], "valley",
        why="It takes the middle of the fall, well before the steepest place.",
    ),
    on_a_valley=Choice(
        "A range test of 100 steps, from 0.001 to 10. Where is its lowest loss?",
        ["at about 0.1, half of the critical rate", "at 0.2, the critical rate",
         "at about 0.8, four times the critical rate"],
        "at about 0.8, four times the critical rate",
        why="Above 0.2 the steep direction grows, but it has first to win back all that it lost "
            "below 0.2.",
    ),
)


def in_full(net, rule, min_lr, progress=None):
    """A range test, and ten epochs at each of many rates, the suggested ones among them."""
    X, y, X_test, y_test = digits()
    start = net.init(range(5))
    test = lr_range_test(Minibatches(net, 32, 100, seed=range(5)), start, rule, min_lr=min_lr)
    rates = np.sort([*np.logspace(-3, 1, 9), *test.suggestions().values()])
    run = descend(Minibatches(net, 32, 450, seed=range(5)), start[:, None], rule,
                  lr=rates[:, None], steps=450, measure={"test": net.on(X_test, y_test)},
                  every=450, progress=progress)
    return test, run


def my_sweep(schedule):
    """From 1e-7 to 10 in a hundred steps, each the same multiple of the last."""
    return check_schedule(schedule, exponential_sweep(1e-7, 10, 100), hints=[
        (lambda t: 1e-7, "Your rate never changes. Multiply it by the same factor, t times."),
        (lambda t: 1e-7 * (10 / 1e-7) ** (t / 100),
         "Nearly: your sweep would reach 10 at step 100, but the last of 100 steps is step 99."),
        (lambda t: 1e-7 + (10 - 1e-7) * t / 99,
         "That is a linear sweep: the same amount at each step. It spends 99 of 100 steps above "
         "0.1."),
        (lambda t: 1e-7 + 10 * t / 99,
         "That adds the same amount at each step. Here each rate should be the same multiple of "
         "the last."),
        (lambda t: 1e-7 * 10.0 ** (7 * t / 99),
         "Your sweep ends at 1. From 1e-7 to 10 there are eight powers of ten, not seven."),
        (lambda t: 1e-7 * 10.0 ** t,
         "That multiplies by ten at each step: after 8 steps you are at 10. Here it should take "
         "99."),
        (lambda t: 1e-7 * 10.0 ** (t / 99),
         "Your factor is right for one power of ten. From 1e-7 to 10 there are eight."),
    ])


def uncorrected(losses, beta):
    return smoothed(losses, beta, correct=False)


def beta_swapped(losses, beta):
    return smoothed(losses, 1 - beta)


def divided_at_every_step(losses, beta):
    weights = 1 - beta ** np.arange(1, len(losses) + 1)
    return smoothed(losses, beta) * weights / (1 - beta)


def let_in_whole(losses, beta):
    return smoothed(losses, beta) / (1 - beta)


def beta_of_the_cell(losses, beta):
    return smoothed(losses, 0.98)


def from_the_first_loss(losses, beta):
    return losses[0] + smoothed(losses - losses[0], beta, correct=False)


def one_late(losses, beta):
    weights = beta ** np.arange(len(losses) + 1)
    values = smoothed(losses, beta)[1:] * (1 - weights[2:]) / (1 - weights[1:-1])
    return np.append(np.inf, values)


def corrected_goes_on(losses, beta):
    v, values = 0.0, []
    for t, loss in enumerate(losses):
        v = (beta * v + (1 - beta) * loss) / (1 - beta ** (t + 1))
        values.append(v)
    return np.array(values)


def my_smoothing(function):
    """The running mean with bias correction, written by the learner."""
    return check_values(function, smoothed, LOSSES, 0.9, hints=[
        (lambda losses, beta: losses,
         "Those are the raw losses. Keep a running v, and begin it with 0."),
        (uncorrected, "That is v. Its beginning is drawn down to 0: divide by "
                      "1 - beta ** (t + 1)."),
        (beta_swapped, "You have beta and 1 - beta the wrong way round: keep beta of the old."),
        (divided_at_every_step, "You divide by 1 - beta at every step. The weights add up to "
                                "1 - beta only at the first."),
        (let_in_whole, "You let in the new loss whole. It should be a part 1 - beta of it."),
        (beta_of_the_cell, "The cell above had 0.98. Here beta is whatever the function is "
                           "given."),
        (from_the_first_loss, "You begin with the first loss, and this one batch then weighs more "
                              "than any other for long. Begin with v = 0, and correct."),
        (corrected_goes_on, "You go on with the corrected value. Keep v as it is, and correct "
                            "only what you return."),
        (one_late, "At t = 0 you divide by 1 - beta ** 0, which is 0. After step t, v has taken "
                   "in t + 1 losses."),
    ])


def my_rate(lr):
    """A rate for the tanh network with momentum; trains five networks."""
    fine = isinstance(lr, (int, float, np.number)) and not isinstance(lr, bool)
    if not fine or not 0 < lr < np.inf:
        return check_number(lr, 0.1)
    X, y, X_test, y_test = digits()
    net, seeds = MLP(X, y, hidden=(32,), activation="tanh"), range(5)
    start = np.stack([net.init(seed) for seed in seeds], axis=-1)
    rates = np.array([lr, 0.05, 0.1])[:, None]  # beside two of the best
    run = descend(Minibatches(net, 32, TEN_EPOCHS, seeds), start[:, None], momentum, lr=rates,
                  steps=TEN_EPOCHS)
    reached = np.median(net.accuracy(run.final, X_test, y_test), axis=1)
    share = reached[0] / reached.max()
    if share >= NEAR:
        return Feedback(True, "Right: ten epochs at your rate come within 2 % of the best.")
    ends = [
        (0.05, "There the fall has hardly begun: safe, but slow. Go to the right."),
        (0.8, "That is in the steepest part, often a good place, but too near to the cliff for "
              "momentum. Go to the left."),
        (2, "There the fall is nearly over. Go far to the left, into its middle."),
        (np.inf, "That is the lowest point, or beyond it. Remember section 5: the fall is "
                 "further to the left."),
    ]
    hint = next(words for end, words in ends if lr < end)
    return Feedback(False, f"With it, networks reach less than 98 % of the best. {hint}")


check = SimpleNamespace(my_sweep=my_sweep, my_smoothing=my_smoothing, my_rate=my_rate)
