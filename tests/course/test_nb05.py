"""What notebook 05 answers to what a learner gives."""

import numpy as np
from tables import tests_of

from lrteach import adam, rmsprop, sgd
from lrteach.course import nb05


def stub(theta, g, lr, s=0.0):
    ...


def stub_of_adam(theta, g, lr, m=0.0, s=0.0, t=0, *, beta1=0.9, beta2=0.999, eps=1e-8):
    return theta, m, s, t


def solution(theta, g, lr, s=0.0):
    s = 0.99 * s + 0.01 * g ** 2
    return theta - lr * g / (np.sqrt(s) + 1e-8), s


def late_t(theta, g, lr, m=0.0, s=0.0, t=0):
    m = 0.9 * m + 0.1 * g
    s = 0.999 * s + 0.001 * g ** 2
    m_hat, s_hat = m / (1 - 0.9 ** t), s / (1 - 0.999 ** t)
    return theta - lr * m_hat / (np.sqrt(s_hat) + 1e-8), m, s, t + 1


def wrong_order(theta, g, lr, m=0.0, s=0.0, t=0):
    new, m, s, t = adam(theta, g, lr, m, s, t)
    return new, s, m, t


RATES = {"gradient descent": 0.025, "momentum": 0.003, "AdaGrad": 2.0, "RMSProp": 0.15,
         "Adam": 0.3}
PREDICTIONS = [
    ("loud", "it takes the same path", "✓ You said"),
    ("loud", "it diverges", "So gradient descent does"),
    ("loud", "it is 1000 times slower", "The factor cancels"),
    ("gentle", "it stays the same", "✓ You said"),
    ("gentle", "it grows with the flatness", "The curvature cancels"),
    ("saddle", "AdaGrad", "✓ You said"),
    ("saddle", "gradient descent", "43 steps, against 117"),
    ("first_step", "1", "✓ You said"),
    ("first_step", "1.0", "✓ You said"),
    ("first_step", "0.1", "That is lr, the step of AdaGrad"),
    ("first_step", "10", "The root of 0.01 is 0.1"),
    ("first_step", "0.01", "The step divides by its root"),
    ("one_rate", "a different one each time", "✓ You said"),
    ("one_rate", "Adam, each time", "RMSProp at 0.01"),
]
CHECKS = [
    ("my_rmsprop", stub, "✗ Not written yet"),
    ("my_rmsprop", solution, "✓ Right"),
    ("my_rmsprop", rmsprop, "✓ Right"),
    ("my_rmsprop", nb05.adagrad_still, "AdaGrad still"),
    ("my_rmsprop", nb05.as_in_keras, "as in Keras"),
    ("my_rmsprop", nb05.parts_swapped, "the other way round"),
    ("my_rmsprop", nb05.square_whole, "only the part 1 - beta"),
    ("my_rmsprop", nb05.no_root, "Where is the root?"),
    ("my_rmsprop", nb05.forgets_s, "Give the new s back"),
    ("my_rmsprop", nb05.eps_in_the_root, "not inside"),
    ("my_rmsprop", nb05.no_brackets, "both need brackets"),
    ("my_rmsprop", nb05.eps_of_adagrad, "eps is 1e-8 here"),
    ("my_adam", stub_of_adam, "✗"),
    ("my_adam", adam, "✓ Right"),
    ("my_adam", sgd, "✗"),
    ("my_adam", late_t, "t"),
    ("my_adam", wrong_order, "another order"),
    ("my_adam", nb05.no_correction, "Adam without its correction"),
    ("my_adam", nb05.only_m, "You correct m, and not s"),
    ("my_adam", nb05.only_s, "You correct s, and not m"),
    ("my_adam", nb05.old_t, "It is always the first step"),
    ("my_adam", nb05.no_adam_root, "Where is the root? The step"),
    ("my_adam", nb05.betas_swapped, "beta1 belongs to m"),
    ("my_adam", nb05.is_rmsprop, "That is RMSProp"),
    ("my_adam", nb05.along_g, "You go along g"),
    ("my_adam", nb05.gives_corrected, "You give back the corrected means"),
    ("my_adam", nb05.begins_at_two, "counts as t = 2"),
    ("my_adam", nb05.without_eps, "Very near: look at eps"),
    ("eps_inside", ..., "✗ Not answered yet"),
    ("eps_inside", (2 * 1e-6) ** 2 - 1e-6 ** 2, "✓ Right"),
    ("eps_inside", 1e-6, "right for eps after the root"),
    ("eps_inside", 1e-12, "lr / sqrt(2)"),
    ("eps_inside", 4e-12, "is there already"),
    ("eps_inside", 3e-6, "slopes come in squared"),
    ("eps_inside", 2e-12, "lr / sqrt(3)"),
    ("my_rates", dict.fromkeys(RATES, 0.1), "Too small: AdaGrad, Adam. Too large: gradient"),
    ("my_rates", RATES, "✓ Right: all five end below"),
    ("my_rates", {"Adam": 0.3}, "One of the rates is missing, or is no rate. KeyError"),
    ("my_rates", {**RATES, "Adam": -1}, "lr must be 0 or above"),
]
test_answers, test_all_is_tested, test_notebook = tests_of("nb05", PREDICTIONS, CHECKS)
