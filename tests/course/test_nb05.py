"""What notebook 05 answers to what a learner gives."""

import numpy as np
import pytest
from tables import names_of, tests_of

from lrteach import (
    Loss,
    adagrad,
    adam,
    descend,
    momentum,
    parabola,
    ravine,
    rmsprop,
    rosenbrock,
    saddle,
    sgd,
    two_wells,
    valley,
)
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
    ("one_rate", "momentum", "✓ You said “momentum”. Right: with beta = 0.9"),
    ("one_rate", "Adam", "A step of Adam is about 0.001 long here"),
    ("one_rate", "AdaGrad", "Its first step is 0.001 long"),
    ("one_rate", "RMSProp", "Its first step is ten times lr"),
    ("one_rate", "gradient descent", "It comes second."),
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


# the numbers of the text, from the notebook's own cells


@pytest.fixture(scope="module")
def notebook():
    return names_of("nb05")


@pytest.mark.kernel
def test_the_place_of_eps_alone_makes_another_optimizer(notebook):
    gentle = Loss(lambda x: 1e-6 * x, lambda x: 1e-6 + 0 * x)
    before = notebook["adam_before"]
    run = descend(gentle, 0.0, before, lr=0.1, eps=1e-8, steps=5)
    assert run.theta[-1] == pytest.approx(-0.416, abs=0.0005)
    flat = notebook["flat"]
    assert abs(flat.grad([-5.0, 3.0]))[0] == pytest.approx(2e-7, rel=0.1)
    far = descend(flat, [-5.0, 3.0], adam, lr=0.1, eps=50 * 2.1e-7, steps=100)
    way = abs(far.theta - far.theta[:, :1])[0] / 0.1
    assert way[1] == pytest.approx(1 / 50, rel=0.1)
    assert way[100] == pytest.approx(6, abs=1), "100 steps go some six steps' way"


@pytest.mark.kernel
def test_both_means_are_too_small_for_a_while(notebook):
    run = notebook["uncorrected"]
    lengths = -np.diff(run.theta) / 0.1
    assert lengths.max() == pytest.approx(6.6, abs=0.05)
    assert 1 - 0.9 ** 30 > 0.95 and 1 - 0.999 ** 3000 > 0.95
    assert 1 - 0.95 ** 60 > 0.95, "with so little memory the bias is gone"
    without = descend(parabola(), -5.0, notebook["no_correction"], lr=0.5, steps=60).theta
    assert without[1] + 5 == pytest.approx(1.6, abs=0.05) and without.max() > 10


@pytest.mark.kernel
def test_what_a_race_at_one_rate_tells(notebook):
    f, rules = rosenbrock(), notebook["RULES"]
    ends = {lr: {name: np.nan_to_num(descend(f, f.start, rule, lr=lr, steps=100).loss[-1],
                                     nan=np.inf)
                 for name, rule in rules.items()} for lr in (0.001, 0.01, 0.1)}
    assert [min(losses, key=losses.get) for losses in ends.values()] == [
        "momentum", "RMSProp", "Adam"]
    assert sorted(ends[0.001], key=ends[0.001].get)[1] == "gradient descent", "it comes second"
    best = notebook["tuned"]["rosenbrock"]
    assert best["momentum"] / best["Adam"] == pytest.approx(0.001, rel=0.1)
    for rule in (adam, adagrad):
        steps = np.diff(descend(f, f.start, rule, lr=0.001, steps=100).theta)
        assert abs(steps).max() < 0.0011
    steps = abs(np.diff(descend(f, f.start, rmsprop, lr=0.001, steps=100).theta))
    assert steps[:, 0] == pytest.approx(0.01, rel=0.01)
    assert steps[:, 50] == pytest.approx(0.001, rel=0.15)


@pytest.mark.kernel
def test_none_of_them_looks_for_the_deepest_well(notebook):
    def left(rule, lr, steps=300, **hyper):
        run = descend(two_wells(), notebook["well_starts"], rule, lr=lr, steps=steps, **hyper)
        return (run.final[0] < 0).sum()

    at_first = left(sgd, 0.01, 3000)
    assert at_first == 210
    assert left(adam, 0.2, beta1=0, beta2=0.99) - at_first == pytest.approx(22, abs=3)
    assert left(rmsprop, 0.2) - at_first == pytest.approx(49, abs=3)
    assert left(rmsprop, 0.5) == at_first
    assert at_first - left(sgd, 1.0) == pytest.approx(18, abs=3)
    first = descend(two_wells(), notebook["well_starts"], rmsprop, lr=0.2, steps=1).theta
    assert np.median(abs(np.diff(first, axis=1))) == pytest.approx(2, abs=0.01)
    assert left(sgd, 0.5) - at_first == pytest.approx(10, abs=3)
    assert left(momentum, 0.01, 3000) - at_first == pytest.approx(7, abs=1)
    for lr in (0.5, 1.0):
        x = descend(two_wells(), notebook["well_starts"], rmsprop, lr=lr, steps=2).theta[0]
        assert np.median(abs(x[1] - x[0])) == pytest.approx(10 * lr, rel=0.01)
        assert abs(x[2] - x[0]).max() < 0.2, "the second step brings it back"


@pytest.mark.kernel
def test_a_small_rate_makes_adagrad_the_slower_one_on_a_saddle(notebook):
    starts, medians = notebook["along"], []
    for rule in (sgd, adagrad):
        low = descend(saddle(), starts, rule, lr=0.01, steps=4000).loss < -1
        medians.append(np.median(low.argmax(axis=0)))
    assert medians == pytest.approx([1118, 3652], abs=2)
    assert adagrad_leaves(starts, 0.1).tolist() == [43] * 100, "however small its y"


def adagrad_leaves(starts, lr):
    return (descend(saddle(), starts, adagrad, lr=lr, steps=100).loss < -1).argmax(axis=0)


def test_gradient_descent_goes_less_than_a_fifth_of_the_way():
    for condition in (1000, 100_000):
        run = descend(ravine(2 / condition, 2), [-7, 2], sgd, lr=1.0, steps=100)
        assert abs(run.final[0]) > 7 * 4 / 5, "even at the limit, which the wall sets"


def test_the_error_across_grows_once_the_rate_is_over_the_threshold():
    run = descend(valley(), valley().start, rmsprop, lr=0.3, steps=240)
    across = 0.3 / np.sqrt(run.state["s"][1, 1:])
    assert (across > 1).argmax() + 1 == 84
    y = abs(run.theta[1])
    assert 80 <= y[:150].argmin() <= 84 and y[175:185].max() > 0.5, "it bursts out"


@pytest.mark.kernel
def test_one_start_is_luck_too(notebook):
    f, lows = rosenbrock(), {}
    for name, rule in notebook["RULES"].items():
        fine = descend(f, [-1.0, 2.0], rule, lr=np.logspace(-4, 1, 1001), steps=200).loss[-1]
        nearby = np.median(np.lib.stride_tricks.sliding_window_view(fine, 11), axis=1)
        lows[name] = np.nanmin(nearby)
    assert [lows[name] for name in ("AdaGrad", "RMSProp")] == pytest.approx([4, 4], abs=0.5)
    assert max(lows[name] for name in ("gradient descent", "momentum", "Adam")) < 0.006


@pytest.mark.kernel
def test_adagrad_s_rate_falls_on_the_way_in(notebook):
    start = notebook["turn"] @ [-2, 1e-3]
    slopes = np.abs(notebook["turned"].grad(descend(notebook["turned"], start, adagrad, lr=0.1,
                                                    steps=300).theta))
    effective = 0.1 / np.sqrt(np.cumsum(slopes ** 2, axis=1))
    assert effective[0, 60:].max() < 0.02 < effective[0, 20]
