"""What notebook 11 asks, and how it answers."""

from types import SimpleNamespace

import numpy as np

from .._internal.rule import at_step
from ..descent import descend
from ..models import Minibatches
from .blackbox import BUDGET, PLANS, PROBLEMS
from .checks import Feedback, check_number, check_score
from .predict import Choice

ask = SimpleNamespace(
    blind=Choice(
        "256 blind runs on box A, each of 300 steps. How many end higher than they began?",
        ["hardly any", "about a quarter", "more than a half"],
        "about a quarter",
        why="24 %: their rate was too large. Another 32 % keep more than half of the loss: "
            "theirs was too timid. Blind is no way to choose.",
    ),
    with_the_rest=Choice(
        "No noise, and an edge near 0.04. 201 steps are left, at a rate of 0.036. "
        "Which ends lowest?",
        ["gradient descent, constant rate", "momentum, constant rate", "momentum, cosine"],
        "momentum, constant rate",
        why="A long, smooth valley is what momentum is for. And without noise a rate that shrinks "
            "only gives steps away, to momentum as to gradient descent.",
        hints=[("momentum, cosine",
                "The cosine is for noise. Here it gives steps away.")],
    ),
    schedule_for_noise=Choice(
        "Gradient descent from 0.03 on box B, all 300 steps. Which schedule ends lowest?",
        ["constant", "steps down", "cosine", "all alike"],
        "cosine",
        why="Noise asks for a rate that shrinks. The steps drop it to a tenth after 100 steps, "
            "a little too early; the cosine takes its time.",
    ),
    kind_of_place=Choice(
        "Box C: no noise, hardly a fall, and nothing diverges, even at a rate of 10. "
        "What kind of place is this?",
        ["the bottom: nothing is left to learn",
         "a plateau: the slope is tiny, however far the bottom is",
         "a valley with a very steep wall"],
        "a plateau: the slope is tiny, however far the bottom is",
        why="A slope of 0.0007 times a rate of 10 is a step of 0.007: it hardly moves.",
        hints=[("the bottom: nothing is left to learn",
                "At the bottom the slope would be 0, and nothing would fall at all."),
               ("a valley with a very steep wall",
                "On a steep wall a rate of 10 would diverge.")],
    ),
    lowest_on_a=Choice(
        "Box A again. Which of the 256 blind runs ended lowest? It was a run of ...",
        ["momentum at a constant rate", "momentum in one cycle",
         "Adam at a constant rate", "Adam with a cosine", "Adam in one cycle"],
        "Adam in one cycle",
        why="By far: it ends 500 times lower than the best constant rate of Adam. "
            "The next cells say why it is no luck.",
        hints=[("Adam with a cosine",
                "Near: its rate comes down as it should. What does one cycle do before that?"),
               ("momentum at a constant rate",
                "The best of gradient descent and momentum, but the blind runs have beta = 0.9.")],
    ),
    default_rate=Choice(
        "A small network on the digits, AdamW, five epochs. The range test says 0.005; the default "
        "of PyTorch is 0.001. What does the default cost, in test accuracy?",
        ["nothing: experts chose the default", "about 1 %", "more than 5 %"],
        "more than 5 %",
        why="In five epochs the default gets to 88 %, and 0.005 to 96 %. The default is cautious: "
            "it suits many models that train for long.",
    ),
    first_step=Choice(
        "RMSProp, the same rate and a slope of 1, in PyTorch and in Keras, with their own default "
        "memories (0.99 and 0.9). The first steps are ...",
        ["both equal to the rate", "10 and 3.16 times the rate", "0.1 and 0.316 times the rate"],
        "10 and 3.16 times the rate",
        why="s begins at 0, so after one step it is (1 - beta) * g**2, and the step is "
            "lr / sqrt(1 - beta), whatever the slope.",
        hints=[("0.1 and 0.316 times the rate",
                "s is small after one step, and the step is divided by its root.")],
    ),
)


# exercises 1 to 3: a run on a box


def _on_box(run, letter, at_least, hints):
    """Feedback on a run that should be on this box."""
    other = getattr(getattr(run, "f", None), "letter", letter)
    if other != letter:
        return Feedback(False, f"This run is on box {other}, and the exercise is about "
                               f"box {letter}: begin with black_box({letter!r}).")
    return check_score(run, at_least, hints=hints)


def _shrinks(run):
    return run.lr[-1] < 0.5 * run.lr.max()


def _early(run):
    """Whether the rate is small already in the middle of the run."""
    return run.lr[len(run.lr) // 2] < 0.2 * run.lr.max()


def _beta(run):
    """The memory of a velocity, or 0."""
    return float(at_step(run.hyper["beta"], 0)) if set(run.state) == {"v"} else 0.0


RUN_A = [
    (lambda run: run.f.left > 50,
     "You have many steps left. Spend them."),
    (lambda run: not run.state,
     "Gradient descent is slow in a long valley, at any rate that the box bears. "
     "Which notebook has the cure?"),
    (lambda run: run.lr.max() < 0.02,
     "It creeps. Try a larger rate."),
    (lambda run: _beta(run) > 0 and _shrinks(run),
     "There is no noise here, so with momentum a rate that shrinks gives steps away."),
    (lambda run: "m" in run.state and run.lr[0] < 0.2 * run.lr.max(),
     "A gentle start is right for Adam. Its rate is a length: how far is it to the minimum?"),
    (lambda run: "m" in run.state and _shrinks(run),
     "Adam's first full step throws the loss up, and it remembers. "
     "Try a rate that begins small, or one that stays."),
    (lambda run: 0 < _beta(run) <= 0.92,
     "This valley is very long: what does more memory do, in notebook 04?"),
    (lambda run: _beta(run) > 0.98,
     "Too much memory: the run swings, and 300 steps do not calm it."),
]


def run_a(run):
    """A run on box A that beats 96 % of the blind ones."""
    return _on_box(run, "A", 96, RUN_A)


RUN_B = [
    (lambda run: run.f.left > 100,
     "You have many steps left. Spend them."),
    (lambda run: np.ptp(run.lr) == 0,
     "A constant rate ends at a noise floor, or it never arrives. Notebook 03: begin with a rate "
     "that is good early, and then ...?"),
    (lambda run: _beta(run) > 0 and run.lr.max() > 0.01,
     "Momentum's effective rate is lr / (1 - beta): begin that much lower."),
    (lambda run: "s" in run.state and run.lr.max() > 0.5,
     "A rule that divides by the slopes makes strides as long as its rate. No parameter of this "
     "box has far to go: begin lower."),
    (lambda run: "s" in run.state and run.lr.max() < 0.05,
     "The short runs were gradient descent. A rule that divides by the slopes bears a larger "
     "rate."),
    (lambda run: not run.state and run.lr.max() > 0.09,
     "The short runs said it: 0.1 is too much for gradient descent."),
    (_early,
     "Your rate shrinks too early: half of the run goes at a tiny rate."),
    (lambda run: not _shrinks(run),
     "Your rate does not shrink enough: the end of the run is still noisy."),
    (lambda run: run.lr.max() < 0.02,
     "A rate that shrinks may begin larger: the short runs named one."),
]


def run_b(run):
    """A run on box B that beats 94 % of the blind ones."""
    return _on_box(run, "B", 94, RUN_B)


RUN_C = [
    (lambda run: set(run.state) <= {"v"},
     "On a plateau the slope is nearly nothing, and your step is the slope times the rate. "
     "Which rules do not care how large the slope is?"),
    (lambda run: run.f.left > 100,
     "You have many steps left. Spend them."),
    (lambda run: run.loss[-1] > 0.5 > run.loss.min(),
     "Such long strides leap over the well, out onto the plateau again."),
    (lambda run: _early(run) and run.loss[-1] > 0.01,
     "Your rate shrinks before the run has crossed the plateau."),
    (lambda run: run.loss[-1] > 0.5,
     "It goes the right way, but its strides are too short to arrive in time."),
    (lambda run: not _shrinks(run),
     "It arrives, and then its strides are too long to settle. A rate that shrinks?"),
    (_shrinks,
     "It comes near, and then its rate runs out. Try another first rate."),
]


def run_c(run):
    """A run on box C that beats 92 % of the blind ones."""
    return _on_box(run, "C", 92, RUN_C)


def times_longer(value):
    """How many times longer the first step of PyTorch's RMSprop is than that of Keras."""
    return check_number(value, 31.6, tolerance=0.3, hints=[
        (10, "That is the ratio of the two rates. The memories differ, too: 0.99 and 0.9."),
        (3.16, "That is what the memories do: 1 / sqrt(1 - 0.99) against 1 / sqrt(1 - 0.9). "
               "The default rates differ, too."),
        (100, "The first step is lr / sqrt(1 - beta): take the root."),
        (0.0316, "The other way round: PyTorch's first step is the longer one."),
    ])


check = SimpleNamespace(run_a=run_a, run_b=run_b, run_c=run_c, times_longer=times_longer)


# box B with other draws of its noise

DRAWS = 20
RATES_OF_DRAWS = np.array([0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2])


def ends_of_draws(rule, schedule):
    """Where a rule ends on 20 draws of box B's noise: (20,), at its best of eight rates.

    schedule  a name in PLANS. The best rate is that of the lowest mean over the draws.
    """
    noisy, start = PROBLEMS["B"]()
    f = noisy.loss
    draws = Minibatches(f, noisy.rows.shape[-1], BUDGET, seed=range(DRAWS))
    lr = PLANS[schedule](RATES_OF_DRAWS[:, None], BUDGET)
    starts = np.zeros((len(start), len(RATES_OF_DRAWS), DRAWS))
    run = descend(draws, starts, rule, lr=lr, steps=BUDGET, keep="last")
    with np.errstate(all="ignore"):
        above = f(run.final) - f(f.minimum)
    means = np.where(np.isfinite(above), above, np.inf).mean(axis=1)
    return above[means.argmin()]
