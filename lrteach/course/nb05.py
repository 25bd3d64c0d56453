"""What notebook 05 asks, and how it answers."""

from types import SimpleNamespace

import numpy as np

from ..descent import descend
from ..optimizers import adagrad, adam, momentum, rmsprop, sgd
from ..surfaces import beale
from .checks import Feedback, check_number, check_optimizer
from .predict import Choice, Number

RULES = {"gradient descent": sgd, "momentum": momentum, "AdaGrad": adagrad, "RMSProp": rmsprop,
         "Adam": adam}
LOW_ENOUGH = 0.05  # the loss on Beale's function that exercise 4 asks for

ask = SimpleNamespace(
    loud=Choice(
        "Somebody adds up the loss over 1000 examples where we took the mean. Every slope is "
        "1000 times larger. What does AdaGrad do, with the same lr?",
        ["it diverges", "it takes the same path", "it is 1000 times slower"],
        "it takes the same path",
        why="The slope is 1000 times larger, and so is the root of s. The factor cancels.",
        hints=[("it diverges", "So gradient descent does. AdaGrad divides by the root of s.")],
    ),
    gentle=Choice(
        "The floor of the valley becomes 50 times flatter, then 5000 times. AdaGrad, lr = 2, "
        "100 steps: what becomes of the distance along x that is left?",
        ["it grows with the flatness", "it stays the same", "it shrinks"],
        "it stays the same",
        why="On a flatter slope g is smaller, and so is the root of s. The curvature cancels.",
    ),
    saddle=Choice(
        "All with lr = 0.1. We count steps until the loss is below -1. Which leaves the saddle "
        "first, in the median?",
        ["gradient descent", "AdaGrad", "both at about the same time"],
        "AdaGrad",
        why="43 steps, against 117. Gradient descent waits for a tiny slope to grow. "
            "AdaGrad divides the tiny slope by its own size.",
    ),
    first_step=Number(
        "RMSProp, lr = 0.1, beta = 0.99, on a slope of 1. How long is its very first step?",
        1.0, tolerance=0.02,
        why="s starts at 0, and the first square comes in with the part 0.01. "
            "Its root is 0.1, and 0.1 / 0.1 = 1: ten times lr.",
        hints=[(0.1, "That is lr, the step of AdaGrad. But s is not 1 yet."),
               (10.0, "The root of 0.01 is 0.1, not 0.01."),
               (0.01, "That is the part of the square that comes in. The step divides by its "
                      "root.")],
    ),
    one_rate=Choice(
        "Rosenbrock's valley, 100 steps, and lr = 0.001 for all. Which optimizer ends lowest?",
        ["gradient descent", "momentum", "AdaGrad", "RMSProp", "Adam"],
        "momentum",
        why="with beta = 0.9 its effective rate is ten times lr, and the slopes of this valley are "
            "large. For AdaGrad and Adam a step is at most about 0.001 long, however large the "
            "slope: a hundred of them lead hardly anywhere.",
        hints=[
            ("Adam", "A step of Adam is about 0.001 long here, so a hundred of them are 0.1."),
            ("AdaGrad", "Its first step is 0.001 long, and all others are shorter."),
            ("RMSProp", "Its first step is ten times lr, but after fifty they are about 0.001 "
                        "long, too."),
            ("gradient descent", "It comes second. Who has the same slopes, and a memory?"),
        ]),
)


def adagrad_still(theta, g, lr, s=0.0):
    return adagrad(theta, g, lr, s, eps=1e-8)


def as_in_keras(theta, g, lr, s=0.0):
    return rmsprop(theta, g, lr, s, beta=0.9)


def parts_swapped(theta, g, lr, s=0.0):
    return rmsprop(theta, g, lr, s, beta=0.01)


def square_whole(theta, g, lr, s=0.0):
    s = 0.99 * s + g ** 2
    return theta - lr * g / (np.sqrt(s) + 1e-8), s


def no_root(theta, g, lr, s=0.0):
    s = 0.99 * s + 0.01 * g ** 2
    return theta - lr * g / (s + 1e-8), s


def forgets_s(theta, g, lr, s=0.0):
    return rmsprop(theta, g, lr, 0.0)


def eps_in_the_root(theta, g, lr, s=0.0):
    s = 0.99 * s + 0.01 * g ** 2
    return theta - lr * g / np.sqrt(s + 1e-8), s


def eps_of_adagrad(theta, g, lr, s=0.0):
    return rmsprop(theta, g, lr, s, eps=1e-10)


def no_brackets(theta, g, lr, s=0.0):
    s = 0.99 * s + 0.01 * g ** 2
    return theta - (lr * g / np.sqrt(s) + 1e-8), s


def my_rmsprop(rule):
    """RMSProp with beta = 0.99, written by the learner."""
    return check_optimizer(rule, rmsprop, hints=[
        (adagrad_still, "That is AdaGrad still. Change the line that renews s."),
        (as_in_keras, "That is RMSProp with beta = 0.9, as in Keras. Here it is 0.99."),
        (parts_swapped, "You keep a hundredth and let in the rest. It is the other way round."),
        (square_whole, "Of the new square only the part 1 - beta comes in."),
        (no_root, "Where is the root?"),
        (forgets_s, "Give the new s back, too: without it each step begins with s = 0."),
        (eps_in_the_root, "Very near: eps comes after the root, not inside."),
        (no_brackets, "Very near: eps is added to the root, so both need brackets: "
                      "g / (root + eps)."),
        (eps_of_adagrad, "Very near: eps is 1e-8 here."),
    ])


def _uncorrected(theta, g, lr, m, s, t, correct_m, correct_s):
    """Adam with one of its two corrections, or none."""
    _, m, s, t = adam(theta, g, lr, m, s, t)
    m_hat = m / (1 - 0.9 ** t) if correct_m else m
    s_hat = s / (1 - 0.999 ** t) if correct_s else s
    return theta - lr * m_hat / (np.sqrt(s_hat) + 1e-8), m, s, t


def no_correction(theta, g, lr, m=0.0, s=0.0, t=0):
    return _uncorrected(theta, g, lr, m, s, t, correct_m=False, correct_s=False)


def only_m(theta, g, lr, m=0.0, s=0.0, t=0):
    return _uncorrected(theta, g, lr, m, s, t, correct_m=True, correct_s=False)


def only_s(theta, g, lr, m=0.0, s=0.0, t=0):
    return _uncorrected(theta, g, lr, m, s, t, correct_m=False, correct_s=True)


def old_t(theta, g, lr, m=0.0, s=0.0, t=0):
    return (*adam(theta, g, lr, m, s, 0)[:3], 0)


def no_adam_root(theta, g, lr, m=0.0, s=0.0, t=0):
    _, m, s, t = adam(theta, g, lr, m, s, t)
    return theta - lr * m / (1 - 0.9 ** t) / (s / (1 - 0.999 ** t) + 1e-8), m, s, t


def betas_swapped(theta, g, lr, m=0.0, s=0.0, t=0):
    return adam(theta, g, lr, m, s, t, beta1=0.999, beta2=0.9)


def along_g(theta, g, lr, m=0.0, s=0.0, t=0):
    return adam(theta, g, lr, m, s, t, beta1=0.0)


def gives_corrected(theta, g, lr, m=0.0, s=0.0, t=0):
    new, m, s, t = adam(theta, g, lr, m, s, t)
    return new, m / (1 - 0.9 ** t), s / (1 - 0.999 ** t), t


def begins_at_two(theta, g, lr, m=0.0, s=0.0, t=1):
    return adam(theta, g, lr, m, s, t)


def without_eps(theta, g, lr, m=0.0, s=0.0, t=0):
    return adam(theta, g, lr, m, s, t, eps=0.0)


def is_rmsprop(theta, g, lr, m=0.0, s=0.0, t=0):
    return rmsprop(theta, g, lr, s)[0], m, rmsprop(theta, g, lr, s)[1], t


def my_adam(rule):
    """Adam, written by the learner."""
    return check_optimizer(rule, adam, hints=[
        (no_correction, "That is Adam without its correction. Divide m by 1 - beta1**t, "
                        "and s by 1 - beta2**t."),
        (only_m, "You correct m, and not s. Divide s by 1 - beta2**t."),
        (only_s, "You correct s, and not m. Divide m by 1 - beta1**t."),
        (old_t, "It is always the first step: add 1 to t, and give the new t back."),
        (no_adam_root, "Where is the root? The step divides by the root of the corrected s."),
        (betas_swapped, "beta1 belongs to m, and beta2 to s."),
        (is_rmsprop, "That is RMSProp. The step goes along the mean of the gradients."),
        (along_g, "You go along g. Go along the corrected m."),
        (gives_corrected, "You give back the corrected means. The next step needs m and s as they "
                          "were before the correction."),
        (begins_at_two, "Your first step counts as t = 2. It should be 1."),
        (without_eps, "Very near: look at eps. It is added to the root of the corrected s."),
    ])


def eps_inside(eps):
    """The eps that halves Adam's steps where all slopes are 1e-6."""
    return check_number(eps, 3e-12, hints=[
        (1e-6, "That is right for eps after the root. Inside, it is weighed against the square "
               "of g."),
        (1e-12, "Then the step is lr / sqrt(2). The root of g**2 + eps should be twice g."),
        (4e-12, "The sum g**2 + eps should be 4 * g**2, and g**2 is there already."),
        (3e-6, "Near, but slopes come in squared."),
        (2e-12, "Then the step is lr / sqrt(3). The root of g**2 + eps should be twice g."),
    ])


def my_rates(rates):
    """A rate for each optimizer, so that each ends low on Beale's function."""
    f, tried = beale(), np.logspace(-4, 1, 51)
    try:
        own = {name: float(rates[name]) for name in RULES}
        ends = {name: descend(f, f.start, rule, lr=own[name], steps=100).loss[-1]
                for name, rule in RULES.items()}
    except Exception as error:
        return Feedback(False, "One of the rates is missing, or is no rate. "
                               f"{type(error).__name__}: {error}")
    low, high = [], []
    for name, rule in RULES.items():
        if not ends[name] < LOW_ENOUGH:
            losses = descend(f, f.start, rule, lr=tried, steps=100).loss[-1]
            (low if own[name] < tried[np.nanargmin(losses)] else high).append(name)
    said = [f"{words}: {', '.join(names)}."
            for words, names in [("Too small", low), ("Too large", high)] if names]
    return Feedback(not said, " ".join(said) or f"Right: all five end below {LOW_ENOUGH}.")


check = SimpleNamespace(my_rmsprop=my_rmsprop, my_adam=my_adam, eps_inside=eps_inside,
                        my_rates=my_rates)
