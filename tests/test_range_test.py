"""The range test: what it records, where it stops, and what is read off its curve.

The latter against fastai's formulas, and against odd curves.
"""

import copy
import dataclasses
import pickle
import re
import warnings

import numpy as np
import pytest

from lrteach import (
    MLP,
    OPTIMIZERS,
    LinearRegression,
    Loss,
    Minibatches,
    adam,
    descend,
    digits,
    exponential_decay,
    exponential_sweep,
    linear_sweep,
    lr_range_test,
    momentum,
    parabola,
    ravine,
    receipts,
    recorded,
    sgd,
    smoothed,
    step_decay,
    suggest,
    triangular,
)
from lrteach.range_test import RangeTest
from lrteach.suggestions import RULES, Bounds

RATES = np.logspace(-7, 1, 100)
STEPS = np.arange(100)


@pytest.fixture(autouse=True)
def no_warning():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


@pytest.fixture(scope="module")
def network():
    X, y, X_test, y_test = digits()
    return MLP(X, y, hidden=(32,), activation="relu"), X_test, y_test


def curve(n=100, middle=0.6, width=0.05, low=0.4, rise=0.85, start=2.3):
    """Flat, falling, flattening, rising: like the picture of the post."""
    x = np.linspace(0, 1, n)
    return (
        low
        + (start - low) / (1 + np.exp((x - middle) / width))
        + 0.02 * np.exp(np.minimum((x - rise) * 60, 50))
    )


def replayed(loss, smoothing=0.0, **how):
    """A range test that saw these losses: a loss that is what `loss` says, wherever theta is."""

    class Replay(Loss):
        def at(self, t):
            return Loss(lambda theta: loss[t] + 0.0 * theta[0], lambda theta: 0.0 * theta, dim=1)

    start = np.zeros((1, *np.shape(loss)[1:]))
    return lr_range_test(
        Replay(lambda theta: 0.0 * theta[0], dim=1),
        start,
        steps=len(loss),
        smoothing=smoothing,
        **how,
    )


# fastai's formulas, written from its documentation and source (schedule.py), on lists of numbers


def fastai_valley(lrs, losses):
    n, max_start, max_end = len(losses), 0, 0
    lds = [1] * n
    for i in range(1, n):
        for j in range(0, i):
            if losses[i] < losses[j] and lds[i] < lds[j] + 1:
                lds[i] = lds[j] + 1
            if lds[max_end] < lds[i]:
                max_end = i
                max_start = max_end - lds[max_end]
    sections = (max_end - max_start) / 3
    return lrs[max_start + int(sections) + int(sections / 2)]


def fastai_slide(lrs, losses, lr_diff=15, thresh=0.005):
    grad = np.gradient(losses)
    right, left = -1, -1 - lr_diff
    found = lrs[left]
    while left >= -len(losses) and abs(grad[right] - grad[left]) > thresh:
        found = lrs[left]
        right, left = right - 1, left - 1
    return found


def fastai_minimum(lrs, losses):
    return lrs[int(np.argmin(losses))] / 10


def fastai_steep(lrs, losses):
    grads = [
        (losses[i + 1] - losses[i]) / (np.log(lrs[i + 1]) - np.log(lrs[i]))
        for i in range(len(lrs) - 1)
    ]
    return lrs[int(np.argmin(grads))]


def fastai(lrs, losses):
    return {
        "steepest": fastai_steep(lrs, losses),
        "valley": fastai_valley(lrs, losses),
        "slide": fastai_slide(lrs, losses),
        "minimum/10": fastai_minimum(lrs, losses),
    }


def smoothed_by_hand(losses, beta):
    value, smooth = 0.0, []
    for count, loss in enumerate(losses, 1):
        value = beta * value + (1 - beta) * loss
        smooth.append(value / (1 - beta**count))
    return smooth


# smoothing


@pytest.mark.parametrize("beta", [0.0, 0.5, 0.9, 0.98, 0.999])
def test_smoothing_is_the_corrected_running_mean(beta):
    loss = np.random.default_rng(0).normal(2, 1, 60)
    np.testing.assert_allclose(smoothed(loss, beta), smoothed_by_hand(loss, beta), rtol=1e-13)
    weights = 1 - beta ** np.arange(1, 61)
    np.testing.assert_allclose(
        smoothed(loss, beta, correct=False), smoothed_by_hand(loss, beta) * weights, rtol=1e-12
    )
    np.testing.assert_allclose(smoothed(np.full(60, 2.3), beta), 2.3)
    both = smoothed(np.stack([loss, -loss], axis=1), beta)
    np.testing.assert_array_equal(
        both, np.stack([smoothed(loss, beta), -smoothed(loss, beta)], axis=1)
    )


def test_without_smoothing_the_raw_losses_and_without_correction_a_start_at_zero():
    loss = np.array([3.0, 1.0, 2.0])
    np.testing.assert_array_equal(smoothed(loss, 0), loss)
    np.testing.assert_allclose(smoothed(loss, 0.5, correct=False), [1.5, 1.25, 1.625])
    np.testing.assert_allclose(smoothed(loss, 0.5), [3, 5 / 3, 13 / 7])
    assert smoothed([], 0.5).shape == (0,)
    with pytest.raises(ValueError, match="loss must be one number for each step, .*, not 3.0"):
        smoothed(3.0)


# the sweep


@pytest.mark.parametrize(
    "sweep, schedule", [("exponential", exponential_sweep), ("linear", linear_sweep)]
)
@pytest.mark.parametrize("rule", OPTIMIZERS.values(), ids=OPTIMIZERS)
def test_a_test_is_a_descent_with_a_sweep(rule, sweep, schedule):
    f, start = ravine(1, 4), [3.0, -2.0]
    test = lr_range_test(f, start, rule, min_lr=1e-3, max_lr=0.1, steps=40, sweep=sweep)
    run = descend(f, start, rule, lr=schedule(1e-3, 0.1, 40), steps=39)
    np.testing.assert_array_equal(test.loss, run.loss)
    np.testing.assert_array_equal(test.lr, run.lr)
    assert (
        len(test) == 40 and test.lr[0] == pytest.approx(1e-3) and test.lr[-1] == pytest.approx(0.1)
    )
    np.testing.assert_array_equal(test.smooth, smoothed(test.loss, 0.98))


def test_loss_i_is_seen_by_the_step_that_uses_rate_i():
    test, theta = (
        lr_range_test(parabola(), -5.0, min_lr=0.01, max_lr=1, steps=20, stop_factor=np.inf),
        -5.0,
    )
    for lr, loss in zip(np.logspace(-2, 0, 20), test.loss, strict=True):
        assert loss == pytest.approx((theta - 5) ** 2 / 2, rel=1e-9)
        theta -= lr * (theta - 5)


def test_hyperparameters_reach_the_rule():
    f = ravine(1, 4)
    for beta in (0.0, 0.5):
        run = descend(
            f, [3.0, -2.0], momentum, lr=exponential_sweep(1e-3, 0.1, 30), steps=29, beta=beta
        )
        np.testing.assert_array_equal(
            lr_range_test(
                f, [3.0, -2.0], momentum, min_lr=1e-3, max_lr=0.1, steps=30, beta=beta
            ).loss,
            run.loss,
        )


def test_the_recipes_of_the_frameworks_are_the_same_sweep():
    seven = exponential_sweep(1e-7, 1e-1, 7)  # the post: seven rates, each ten times the last
    t = np.arange(7)
    np.testing.assert_allclose(seven(t), 1e-7 * 10.0**t, rtol=1e-12)
    np.testing.assert_allclose(
        step_decay(1e-7, 1, gamma=10)(t), seven(t), rtol=1e-12
    )  # StepLR(step_size=1, gamma=10)
    np.testing.assert_allclose(
        exponential_decay(1e-7, 10)(t), seven(t), rtol=1e-12
    )  # exponential_decay(decay_steps=1)
    hundred, gamma = exponential_sweep(1e-7, 10, 100), (10 / 1e-7) ** (1 / 99)
    np.testing.assert_allclose(step_decay(1e-7, 1, gamma=gamma)(STEPS), hundred(STEPS), rtol=1e-12)
    np.testing.assert_allclose(
        linear_sweep(1e-4, 1e-3, 10)(np.arange(10)), 1e-4 * np.arange(1, 11), rtol=1e-12
    )


def test_a_network_in_float32_with_its_accuracy(network):
    net, X_test, y_test = network
    start = net.init(0).astype(np.float32)
    test = lr_range_test(
        Minibatches(net, 32, 100, seed=0),
        start,
        momentum,
        max_lr=1,
        measure={"test": lambda theta: net.accuracy(theta, X_test, y_test)},
        every=10,
    )
    assert test.loss.dtype == test.lr.dtype == np.float32 and test.measured["test"].shape == (
        (len(test) - 1) // 10 + 1,
    )
    assert (
        test.measured["test"][0] == net.accuracy(start, X_test, y_test)
        and test.measured["test"].max() > 0.6
    )
    rates = [rate for rate in test.suggestions().values() if rate is not None]
    assert rates and all(isinstance(rate, float) for rate in rates)


# where it stops


def test_completed_diverged_and_not_finite():
    assert lr_range_test(parabola(), -5.0, max_lr=1).stop_reason == "completed"
    test = lr_range_test(parabola(), -5.0, max_lr=1000, smoothing=0.5)
    assert (
        test.stop_reason == "diverged"
        and len(test) < 100
        and len(test) == len(test.lr) == len(test.smooth)
    )
    limit = 4 * np.minimum.accumulate(test.smooth)
    above = np.minimum.reduce([test.smooth, test.loss, np.roll(test.loss, 1)]) > limit
    assert above[1:].tolist() == [False] * (len(test) - 2) + [True]
    test = replayed(np.append(np.full(60, 2.3), [np.inf, 2.3, np.nan]))
    assert (
        test.stop_reason == "not finite"
        and len(test) == 61
        and test.loss[-1] == np.inf
        and np.isfinite(test.loss[:-1]).all()
    )
    assert (
        lr_range_test(parabola(), -5.0, max_lr=1e6, stop_factor=np.inf).stop_reason == "completed"
    )


def test_nan_from_the_first_step():
    test = replayed(np.full(100, np.nan))
    assert test.stop_reason == "not finite" and len(test) == 1 and "1 of 100 steps" in repr(test)
    assert (
        list(test.suggestions().values()) == [None] * 4
        and "0 finite losses" in test.suggestions().reasons["valley"]
    )
    assert not test.bounds() and test.bounds() == (None, None)


@pytest.mark.parametrize("size", [10, 100, 1e6])
@pytest.mark.parametrize("place", [0, 1, 3, 9, 20])
def test_one_odd_batch_is_no_divergence_and_moves_no_suggestion(size, place):
    calm = curve() + 0.02 * np.random.default_rng(0).standard_normal(100)
    loss = calm.copy()
    loss[place] = size
    for smoothing in (0.9, 0.98):
        test, plain = replayed(loss, smoothing), replayed(calm, smoothing)
        assert len(test) > 90 and plain.stop_reason == "diverged"
        ratio = [
            test.suggestions()[rule] / plain.suggestions()[rule]
            for rule in RULES
            if rule != "slide"
        ]
        assert np.abs(np.log(ratio)).max() < np.log(1.7), (test.suggestions(), plain.suggestions())


def test_a_loss_below_zero_diverges_only_when_it_rises():
    assert replayed(-3 + curve()).stop_reason == "diverged"
    falling = replayed(2 - np.linspace(0, 5, 100))
    assert falling.stop_reason == "completed" and len(falling) == 100
    assert replayed(np.zeros(100)).stop_reason == "completed"


def test_overflow_is_no_error():
    test = lr_range_test(
        ravine(1, 1e9), [1e200, 1e200], min_lr=1, max_lr=1e300, steps=30, smoothing=0
    )
    assert (
        test.stop_reason in ("diverged", "not finite")
        and len(test) < 5
        and test.suggestions().reasons
        and repr(test.bounds())
    )


class Counted(Loss):
    """A loss that counts the steps that have asked for it."""

    def __init__(self):
        self.asked = []
        super().__init__(lambda theta: (theta**2).sum(axis=0), lambda theta: 2 * theta, dim=2)

    def at(self, t):
        self.asked.append(t)
        return self


@pytest.mark.parametrize("every", [1, 7])
@pytest.mark.parametrize("min_lr, max_lr", [(1e-7, 0.1), (1e-3, 1e3), (10, 1e6), (1e200, 1e300)])
def test_nothing_is_asked_once_the_test_has_ended(min_lr, max_lr, every):
    f, called = Counted(), {"rule": 0, "measure": 0}

    def rule(theta, g, lr):
        called["rule"] += 1
        return theta - lr * g

    def norm(theta):
        called["measure"] += 1
        return np.linalg.norm(theta)

    how = {"min_lr": min_lr, "max_lr": max_lr, "smoothing": 0.5}
    test = lr_range_test(f, [3.0, 4.0], rule, measure={"norm": norm}, every=every, **how)
    assert set(f.asked) == set(range(len(test.loss)))
    assert called["rule"] == test.steps
    assert called["measure"] == len(test.measured["norm"]) == len(test.times)
    whole = descend(f, [3.0, 4.0], lr=exponential_sweep(min_lr, max_lr, 100), steps=99)
    np.testing.assert_array_equal(test.loss, whole.loss[: len(test.loss)])
    np.testing.assert_array_equal(test.lr, whole.lr[: len(test.loss)])


def test_a_batch_ends_with_the_last_of_its_runs():
    f, steep = Counted(), np.array([[1.0], [1e4]])
    f._f, f._grad = lambda theta: (steep * theta**2).sum(axis=0), lambda theta: 2 * steep * theta
    starts = np.array([[3.0, 0.0], [0.0, 3.0]])  # one run along each axis
    test = lr_range_test(f, starts, min_lr=1e-6, max_lr=1e3, smoothing=0.5)
    ends = [len(one.loss) for one in test]
    assert len(set(ends)) > 1
    assert max(ends) == len(test.loss) == len(set(f.asked)) < 100


def test_progress_is_shown_as_far_as_the_test_comes():
    seen, closed = [], []

    def progress(steps):
        try:
            for step in steps:
                seen.append(step)
                yield step
        finally:
            closed.append(True)

    test = lr_range_test(parabola(), -5.0, max_lr=1e6, progress=progress)
    assert test.stop_reason == "diverged"
    assert seen == list(range(len(test.loss)))
    assert closed == [True]
    with pytest.raises(ValueError, match="progress must yield each of the 100 steps once, .* 2"):
        lr_range_test(parabola(), -5.0, progress=lambda steps: iter([0, 1]))
    with pytest.raises(TypeError, match="progress must be a function"):
        lr_range_test(parabola(), -5.0, progress=3)


# a batch


def test_a_batch_is_a_loop(network):
    net, X_test, y_test = network
    starts = np.stack([net.init(seed) for seed in range(3)], axis=-1)
    how = {
        "min_lr": 1e-3,
        "max_lr": 100,
        "measure": {"test": lambda theta: net.accuracy(theta, X_test, y_test)},
        "every": 7,
    }
    batch = lr_range_test(Minibatches(net, 32, 100, seed=range(3)), starts, adam, **how)
    assert (
        batch.batch == (3,)
        and batch.loss.shape == batch.smooth.shape == (batch.steps + 1, 3)
        and batch.lr.shape == (batch.steps + 1,)
    )
    for k in range(3):
        one = lr_range_test(Minibatches(net, 32, 100, seed=k), starts[:, k], adam, **how)
        assert batch[k].stop_reason == batch.stop_reason[k] == one.stop_reason and len(
            batch[k]
        ) == len(one)
        np.testing.assert_allclose(batch[k].loss, one.loss, rtol=1e-8)
        np.testing.assert_allclose(batch[k].smooth, one.smooth, rtol=1e-8)
        np.testing.assert_allclose(batch[k].measured["test"], one.measured["test"], atol=0.02)
        assert (
            np.isnan(batch.loss[len(one) :, k]).all()
            and np.isfinite(batch.loss[: len(one), k][:-1]).all()
        )
    assert (
        batch.suggestions() == batch.median().suggestions()
        and batch.bounds() == batch.median().bounds()
    )


def test_the_median_stands_for_a_batch():
    loss = curve()[:, None, None] + 0.05 * np.random.default_rng(1).standard_normal((100, 3, 5))
    loss[30:, :, 0] = np.inf  # three of the fifteen runs stop early: they count as high
    test = replayed(loss)
    assert (
        test.batch == (3, 5)
        and test.stop_reason.shape == (3, 5)
        and (test.stop_reason[:, 0] == "not finite").all()
    )
    assert test[1, 3].batch == () and len(test[1, 0]) == 31 and test[1].batch == (5,)
    middle = test.median()
    assert middle.batch == () and middle.median() is middle
    high = np.where(np.isnan(test.loss), np.inf, test.loss).reshape(test.steps + 1, 15)
    np.testing.assert_array_equal(middle.loss, np.sort(high, axis=1)[: len(middle), 7])
    loss[30:, :2] = np.inf
    loss[30:, 2] = np.inf
    assert replayed(loss).median().stop_reason == "not finite"


@pytest.mark.parametrize("k", [2, -3, (0, 0), "a", 1.0])
def test_a_place_that_is_not_in_the_batch_is_named(k):
    start = np.array([[3.0, 1.0], [-2.0, 1.0]])
    for many in (lr_range_test(ravine(1, 4), start), descend(ravine(1, 4), start, lr=0.1, steps=3)):
        assert len(list(many)) == 2  # a loop over the batch ends by itself
        with pytest.raises(
            IndexError, match=re.escape(f"[k] must be a place in a batch of shape (2,), not {k!r}")
        ):
            many[k]


def test_a_batch_is_as_long_as_its_loop():
    starts = np.array([[3.0, 1.0, 2.0], [-2.0, 1.0, 0.5]])
    test = lr_range_test(ravine(1, 4), starts, steps=30)
    assert len(test) == len(list(test)) == 3
    assert len(test[0]) == test.steps + 1 == 30
    assert len(recorded(RATES, np.zeros((100, 2, 5)))) == 2


def test_only_a_batch_has_runs():
    with pytest.raises(TypeError, match="one test, not a batch"):
        lr_range_test(parabola(), -5.0)[0]


# what the rules say


@pytest.mark.parametrize("seed", range(40))
def test_on_well_behaved_curves_the_four_rules_are_fastais(seed):
    rng = np.random.default_rng(seed)
    n = int(rng.integers(30, 200))
    lr = np.logspace(*np.sort(rng.uniform(-8, 1, 2)) + [0, 1], n)
    loss = curve(
        n,
        rng.uniform(0.3, 0.7),
        rng.uniform(0.03, 0.12),
        rng.uniform(0.1, 1),
        rng.uniform(0.8, 0.95),
        rng.uniform(1.5, 7),
    )
    said, right = suggest(lr, loss), fastai(lr, loss)
    assert said == pytest.approx(right, rel=1e-12) and said.reasons.keys() <= {"slide"}


@pytest.mark.parametrize(
    "shape",
    [
        lambda x: (x - 0.6) ** 2 + 0.1,
        lambda x: np.cosh(4 * (x - 0.7)),
        lambda x: 2 - x + 30 * np.maximum(x - 0.8, 0) ** 2,
        lambda x: np.exp(-3 * x) + np.exp(40 * (x - 1)),
    ],
)
def test_on_curves_that_fall_from_the_first_step_too(shape):
    loss = shape(np.linspace(0, 1, 100))
    assert suggest(RATES, loss) == pytest.approx(fastai(RATES, loss), rel=1e-12)


@pytest.mark.parametrize("smoothing", [0.9, 0.98])
@pytest.mark.parametrize("steps", [40, 100, 250])
def test_a_test_trims_its_curve_as_fastai_does(smoothing, steps):
    loss = curve(steps, middle=0.4, rise=0.65) + 0.003 * np.sin(np.arange(steps))
    test = replayed(loss, smoothing, min_lr=1e-6, max_lr=1)
    assert test.stop_reason == "diverged" and len(test) < steps
    cut = slice(steps // 10, -5)
    right = fastai(test.lr[cut], np.array(smoothed_by_hand(loss[: len(test)], smoothing))[cut])
    said = test.suggestions()
    assert said == pytest.approx(
        {rule: right[rule] for rule in said if said[rule] is not None} | said, rel=1e-9
    )
    assert {"steepest", "valley", "minimum/10"} <= {rule for rule in said if said[rule] is not None}


def test_a_real_networks_curve_gives_fastais_numbers(network):
    net, *_ = network
    test = lr_range_test(Minibatches(net, 300, 100, seed=0), net.init(0))
    right = fastai(test.lr[10:-5], np.array(smoothed_by_hand(test.loss, 0.98))[10:-5])
    said = {rule: rate for rule, rate in test.suggestions().items() if rate is not None}
    assert len(said) >= 3 and said == pytest.approx({rule: right[rule] for rule in said}, rel=1e-9)


def test_the_slope_is_taken_against_the_log_of_the_rate_whatever_the_spacing():
    def shape(lr):
        return np.interp(np.log10(lr), np.linspace(-7, 1, 100), curve())

    even = suggest(RATES, shape(RATES))
    uneven = np.unique(
        np.concatenate([np.logspace(-7, -3, 20), np.logspace(-3, -2, 150), np.logspace(-2, 1, 50)])
    )
    said = suggest(uneven, shape(uneven))
    assert said["steepest"] == pytest.approx(even["steepest"], rel=0.25)
    assert said["minimum/10"] == pytest.approx(even["minimum/10"], rel=0.2)
    by_index = uneven[np.argmin(np.diff(shape(uneven)))]
    assert not 0.5 < by_index / even["steepest"] < 2  # what a slope from point to point would say


@pytest.mark.parametrize("seed", range(10))
def test_every_number_lies_before_the_lowest_loss(seed):
    rng = np.random.default_rng(seed)
    loss = smoothed(
        curve(100, rng.uniform(0.2, 0.6)) + rng.uniform(0.01, 0.4) * rng.standard_normal(100),
        rng.choice([0, 0.5, 0.9]),
    )
    lowest = RATES[loss.argmin()]
    said = suggest(RATES, loss)
    assert all(
        "beyond" in said.reasons[rule] if rate is not None and rate > lowest else True
        for rule, rate in said.items()
    )
    assert all(rate is None or rate <= lowest for rule, rate in said.items() if rule != "slide")


@pytest.mark.parametrize("factor, shift", [(1, 0.5), (3, 0), (1, -0.4)])
def test_other_units_of_the_loss_move_only_slide(factor, shift):
    said, other = suggest(RATES, curve()), suggest(RATES, factor * curve() + shift)
    assert {rule: rate for rule, rate in said.items() if rule != "slide"} == {
        rule: rate for rule, rate in other.items() if rule != "slide"
    }


def quadratic_with(offset):
    return Loss(lambda t: (t**2).sum(axis=0) + offset, lambda t: 2 * t)


OFFSETS = -1e6, -1000, -25, -1, 0.5, 1000, 1e6


@pytest.mark.parametrize("offset", OFFSETS)
def test_a_constant_added_to_the_loss_decides_nothing(offset):
    """Neither about a rate nor about the refusal of one."""
    plain, moved = (lr_range_test(quadratic_with(c), (3.0, 4.0)) for c in (0, offset))
    assert None not in plain.suggestions().values()
    assert moved.suggestions() == pytest.approx(plain.suggestions(), rel=1e-12)
    assert moved.bounds() == pytest.approx(plain.bounds(), rel=1e-12)
    np.testing.assert_allclose(
        moved.smooth - offset, plain.smooth, rtol=1e-9, atol=1e-13 * abs(offset) + 1e-13
    )
    for smoothing in (0.0, 0.9):
        plain, moved = (replayed(curve() + c, smoothing, stop_factor=np.inf) for c in (0, offset))
        assert moved.suggestions() == pytest.approx(plain.suggestions(), rel=1e-9)
        assert moved.bounds() == pytest.approx(plain.bounds(), rel=1e-9)


@pytest.mark.parametrize("offset", OFFSETS)
def test_an_odd_curve_stays_odd_with_a_constant_added(offset):
    for name, (loss, _) in ODD.items():
        if name not in ("rounding", "far from zero"):
            assert set(suggest(RATES[: len(loss)], loss + offset).values()) == {None}, name


@pytest.mark.parametrize("offset", OFFSETS)
def test_networks_with_a_constant_added(network, offset):
    class Moved(Minibatches):
        def at(self, t):
            f = super().at(t)
            return Loss(lambda theta: f(theta) + offset, f.grad, dim=f.dim)

    net, *_ = network
    for max_lr in (1, 10):
        how = {"min_lr": 1e-4, "max_lr": max_lr, "stop_factor": np.inf}
        plain, moved = (
            lr_range_test(kind(net, 32, 100, seed=0), net.init(0), momentum, **how)
            for kind in (Minibatches, Moved)
        )
        assert moved.suggestions() == pytest.approx(plain.suggestions(), rel=1e-9)
        assert moved.bounds() == pytest.approx(plain.bounds(), rel=1e-9)


@pytest.mark.parametrize("size", [1e-6, 1e-3, 0.05, 1, 1e6])
def test_the_size_of_a_fall_decides_nothing_where_it_is_no_rounding(size):
    said = suggest(RATES, 2.3 + size * curve())
    assert {rule: said[rule] for rule in ("steepest", "valley", "minimum/10")} == {
        rule: suggest(RATES, curve())[rule] for rule in ("steepest", "valley", "minimum/10")
    }


def test_other_units_of_the_rate_move_all():
    said, other = suggest(RATES, curve()), suggest(1000 * RATES, curve())
    assert other == pytest.approx({rule: 1000 * rate for rule, rate in said.items()})


# odd curves


def noise(seed, size=0.1, n=100):
    return 2.3 + size * np.random.default_rng(seed).standard_normal(n)


ODD = {  # name: (losses, what the reason says)
    "flat": (
        np.full(100, 2.3),
        "flat, the loss stays at 2.3: try larger rates, .* "
        "or the sweep is too fast: fewer decades, more steps",
    ),
    "zero": (np.zeros(100), "flat, the loss stays at 0"),
    "rising": (2.3 + np.linspace(0, 2, 100), "never falls"),
    "rising fast": (2.3 * np.exp(np.linspace(0, 8, 100)), "never falls"),
    "rounding": (2.3 - 1e-14 * np.sin(np.linspace(0, 3, 100)), "flat|scatters|never falls"),
    "far from zero": (np.full(100, -1e6), "flat, the loss stays at -1e.06"),
    "still falling": (2.3 - np.linspace(0, 2, 100), "raise max_lr"),
    "falling faster and faster": (2.3 - np.linspace(0, 1.4, 100) ** 2, "raise max_lr"),
    "five points": (np.array([2.3, 2.0, 1.0, 1.5, 3.0]), "at least"),
    "two points": (np.array([2.3, 1.0]), "at least"),
    "nan from the first": (np.full(100, np.nan), "0 finite losses"),
    "inf from the fourth": (np.append([2.3, 2.0, 1.0], np.full(97, np.inf)), "3 finite losses"),
    "saw-tooth": (np.tile([2.3, 1.3], 50), "scatters|never falls"),
    "falls at once, then rises": (np.append([2.3, 1.0], np.linspace(1, 5, 98)), "never falls"),
    **{f"noise {seed}": (noise(seed, 0.5), "scatters|never falls|flat") for seed in range(20)},
}


@pytest.mark.parametrize("name", ODD)
def test_odd_curves_give_no_number_and_a_reason(name):
    loss, words = ODD[name]
    for said in (
        suggest(RATES[: len(loss)], loss),
        replayed(loss, stop_factor=np.inf).suggestions(),
    ):
        assert said == dict.fromkeys(RULES) and said.reasons.keys() == RULES.keys()
        assert repr(said).startswith("No suggestion, because ")
    assert all(
        re.search(words, reason) for reason in suggest(RATES[: len(loss)], loss).reasons.values()
    )
    bounds = replayed(loss, stop_factor=np.inf).bounds()
    assert (
        not bounds
        and (bounds.base_lr, bounds.max_lr) == bounds == (None, None)
        and repr(bounds).startswith("No bounds, because ")
    )


@pytest.mark.parametrize("smoothing", [0.0, 0.9, 0.98])
@pytest.mark.parametrize("seed", range(20))
def test_pure_noise_gives_no_number_however_it_is_smoothed(seed, smoothing):
    assert set(
        replayed(noise(seed, 0.6), smoothing, stop_factor=np.inf).suggestions().values()
    ) == {None}
    assert set(
        replayed(noise(seed, 0.6, 30), smoothing, stop_factor=np.inf).suggestions().values()
    ) == {None}


def test_nan_late_cuts_the_curve_and_the_rest_is_read():
    loss = curve()
    loss[97:] = np.nan, 3.0, np.nan
    assert (
        suggest(RATES, loss) == suggest(RATES[:97], loss[:97]) and not suggest(RATES, loss).reasons
    )


@pytest.mark.parametrize(
    "size, place",
    [
        (size, place)
        for size in [0.3, 0.8, 5, 1e8]
        for place in [0, 1, 5, 12, 30]
        if place or size > 1
    ],
)
def test_an_early_spike_in_any_curve_moves_no_suggestion(size, place):
    loss = curve()
    loss[place] += size
    said, calm = suggest(RATES, loss), suggest(RATES, curve())
    assert said["steepest"] == calm["steepest"] and said["minimum/10"] == calm["minimum/10"]
    assert abs(np.log(said["valley"] / calm["valley"])) < np.log(2.2)  # four points of the hundred
    if size >= 0.8 and place in (5, 12, 30):
        assert fastai(RATES, loss)["steepest"] == RATES[place]  # the plain rule is fooled


def test_a_curve_cut_by_an_overflow_is_not_told_to_go_on_to_larger_rates():
    loss = curve()[:60]
    assert "raise max_lr" in repr(suggest(RATES[:60], loss))
    assert suggest(RATES, np.append(loss, np.full(40, np.inf)))["steepest"] == fastai_steep(
        RATES[:60], loss
    )


@pytest.mark.parametrize("lowest", [0.15, 0.2, 0.25])
def test_a_fall_that_begins_at_once_is_no_spike(lowest):
    loss = 0.4 + (np.linspace(0, 1, 100) - lowest) ** 2 / lowest**2
    assert suggest(RATES, loss) == pytest.approx(fastai(RATES, loss), rel=1e-12)


def test_slide_says_where_it_found_nothing():
    said = suggest(RATES, 1e9 * curve())
    assert (
        said["slide"] == fastai_slide(RATES, 1e9 * curve()) == RATES[0]
        and "only the first rate" in said.reasons["slide"]
    )


def test_too_short_for_slide_alone():
    x = np.linspace(0, 1, 14)
    said = suggest(np.logspace(-5, 0, 14), (x - 0.7) ** 2 + 0.1)
    assert (
        said["slide"] is None
        and "15 steps apart" in said.reasons["slide"]
        and said["steepest"]
        and said["valley"]
    )
    assert "slide none (it compares" in repr(said) and "valley 0." in repr(said)


def test_slide_says_where_it_lies_beyond_the_lowest_loss():
    loss = np.append(np.linspace(3, 1, 40), np.linspace(1, 3, 60))
    assert fastai_slide(RATES, loss) > RATES[39]
    said = suggest(RATES, loss)
    assert (
        said["slide"] == fastai_slide(RATES, loss)
        and "beyond the lowest" in said.reasons["slide"]
        and "(beyond" in repr(said)
    )
    assert said["valley"] < RATES[39] and said.reasons.keys() == {"slide"}


def test_valley_lies_before_the_lowest_loss_where_fastais_does_not():
    loss = np.concatenate([np.linspace(3, 1, 30), np.linspace(2.9, 1.1, 70)])
    assert fastai_valley(RATES, loss) > RATES[29] > suggest(RATES, loss)["valley"] > RATES[9]


def test_a_short_test_says_how_many_steps_it_needs():
    said = replayed(curve(12)).suggestions()
    assert (
        set(said.values()) == {None}
        and "at least 16 are needed" in said.reasons["valley"]
        and "more steps" in said.reasons["valley"]
    )
    test = lr_range_test(parabola(), -5.0, min_lr=10, max_lr=100)
    assert (
        test.stop_reason == "diverged"
        and "smaller min_lr" in test.suggestions().reasons["steepest"]
    )


def test_suggestions_are_always_the_same_four_and_print_as_a_sentence():
    said = suggest(RATES, curve())
    assert isinstance(said, dict) and list(said) == ["steepest", "valley", "slide", "minimum/10"]
    assert repr(said) == "; ".join(f"{rule} {said[rule]:.2g}" for rule in RULES) + "."


# bounds


def test_bounds_are_where_the_fall_begins_and_nearly_ends():
    test = replayed(curve(middle=0.5), min_lr=1e-6, max_lr=1)
    base_lr, max_lr = test.bounds()
    begin = np.median(test.loss[10:-5][:8])
    done = (begin - test.loss[10:-5]) / (begin - test.loss.min())
    cut = test.lr[10:-5]
    assert base_lr == cut[np.argmax(done >= 0.1)] and max_lr == cut[np.argmax(done >= 0.8)]
    assert base_lr < test.suggestions()["steepest"] < max_lr < 10 * test.suggestions()["minimum/10"]
    assert (
        test.bounds().base_lr == base_lr
        and test.bounds()
        and repr(test.bounds()).startswith("base_lr 0.")
    )
    assert triangular(*test.bounds(), 10)(10) == max_lr


def test_bounds_of_nothing_are_falsy_and_print():
    assert (
        not Bounds(reason="so it is")
        and repr(Bounds(reason="so it is")) == "No bounds, because so it is."
    )


# recorded curves


def test_a_recorded_curve_is_read_as_a_real_one(network):
    net, *_ = network
    real = lr_range_test(Minibatches(net, 32, 100, seed=0), net.init(0), min_lr=1e-4, max_lr=100)
    test = recorded(real.lr, real.loss)
    assert isinstance(test, RangeTest)
    np.testing.assert_array_equal(test.lr, real.lr)
    np.testing.assert_array_equal(test.loss, real.loss)
    np.testing.assert_array_equal(test.smooth, real.smooth)
    assert test.stop_reason == real.stop_reason
    assert (test.steps, test.batch, test.measured, test.f) == (real.steps, (), {}, None)
    assert len(test) == len(real) == test.steps + 1
    if len(real) == 100:
        assert test.suggestions() == real.suggestions()
        assert test.bounds() == real.bounds()


def test_a_recorded_batch_is_a_loop():
    losses = np.stack([curve(middle=middle, rise=0.7) for middle in (0.3, 0.4, 0.5)], axis=1)
    batch = recorded(RATES, losses, smoothing=0.5)
    assert batch.batch == (3,)
    for k in range(3):
        one = recorded(RATES, losses[:, k], smoothing=0.5)
        np.testing.assert_array_equal(batch[k].smooth, one.smooth)
        assert batch[k].suggestions() == one.suggestions()
        assert batch[k].stop_reason == one.stop_reason == batch.stop_reason[k] == "diverged"
    assert batch.median().suggestions() == batch.suggestions() == batch[1].suggestions()
    grid = recorded(RATES, losses[:, None] + np.zeros((1, 2, 1)))
    assert grid.batch == (2, 3) and grid[1, 2].batch == () and grid[1].batch == (3,)


def test_a_recorded_curve_ends_where_it_diverges_or_is_not_finite():
    assert recorded(RATES, curve(rise=0.7)).stop_reason == "diverged"
    assert recorded(RATES, curve(rise=0.7), stop_factor=np.inf).stop_reason == "completed"
    assert len(recorded(RATES, curve(rise=0.7), smoothing=0)) < len(
        recorded(RATES, curve(rise=0.7), smoothing=0, stop_factor=100)
    )
    ended = recorded(list(RATES[:60]), np.append(curve()[:59], np.nan))
    assert ended.stop_reason == "not finite" and len(ended) == 60
    seven = recorded(10.0 ** np.arange(-7, 0), [2.3, 2.3, 2.2, 1.5, 0.5, 4, 9])
    assert set(seven.suggestions().values()) == {None} and "at least 15" in repr(
        seven.suggestions()
    )


def test_nothing_that_is_done_to_a_recorded_array_changes_the_test():
    lr, loss = RATES.copy(), curve()
    test = recorded(lr, loss)
    lr[:], loss[:] = 1, 1
    np.testing.assert_array_equal(test.lr, RATES[: len(test)])
    np.testing.assert_array_equal(test.loss, curve()[: len(test)])


@pytest.mark.parametrize(
    "lr, loss, how, words",
    [
        ([1, 2, 3], [1, 2], {}, r"lr has \(3,\) and loss has \(2,\)"),
        ([[1, 2]], [[1, 2]], {}, r"lr must have the shape \(n,\)"),
        ([2, 1], [1, 2], {}, "lr must be above 0 and rise"),
        ([1, 1], [1, 2], {}, "rise"),
        ([0, 1], [1, 2], {}, "above 0"),
        ([], [], {}, "lr is empty"),
        ([1, np.nan], [1, 2], {}, "lr must be finite"),
        (["a", "b"], [1, 2], {}, "lr must be"),
        ([1, 2], ["a", "b"], {}, "loss must be"),
        ([1, 2], 3, {}, "loss must be one number for each step"),
        ([1, 2], np.zeros((2, 0)), {}, "shape"),
        ([1, 2], [1, 2], {"smoothing": 1}, "smoothing must be one number from 0"),
        ([1, 2], [1, 2], {"stop_factor": 1}, "stop_factor must be"),
        (np.arange(10_000.0, 0, -1), np.zeros(10_000), {}, "rise"),
    ],
)
def test_bad_recorded_curves_are_named(lr, loss, how, words):
    with pytest.raises((TypeError, ValueError), match=words) as caught:
        recorded(lr, loss, **how)
    assert len(str(caught.value)) < 300


@pytest.mark.parametrize("beta", [0, 0.5, 0.98])
@pytest.mark.parametrize("correct", [True, False])
def test_a_test_smoothed_anew(network, beta, correct):
    net, *_ = network
    seeds = Minibatches(net, 32, 100, seed=range(3))
    starts = np.stack([net.init(seed) for seed in range(3)], axis=-1)
    batch = lr_range_test(seeds, starts, min_lr=1e-3, max_lr=100)
    for test in (batch, batch[0], recorded(RATES, curve())):
        other = test.smoothed(beta, correct)
        np.testing.assert_array_equal(other.smooth, smoothed(test.loss, beta, correct=correct))
        np.testing.assert_array_equal(other.loss, test.loss)
        assert (len(other), repr(other)) == (len(test), repr(test))
        np.testing.assert_array_equal(other.smoothed(0.98).smooth, test.smooth)
        assert other.smoothed(0.98).suggestions() == test.suggestions()
        if test.batch:
            np.testing.assert_array_equal(
                other[1].smooth, smoothed(batch[1].loss, beta, correct=correct)[: len(other[1])]
            )
    with pytest.raises(ValueError, match="beta must be one number from 0 to below 1, not 1"):
        batch.smoothed(1)


def test_what_is_read_of_a_test_smoothed_anew_is_its_own_curve():
    loss = curve(middle=0.4) + 0.05 * np.random.default_rng(0).standard_normal(100)
    test, cut = recorded(RATES, loss, stop_factor=np.inf), slice(10, -5)
    for beta, correct in [(0.5, True), (0.9, True), (0.9, False)]:
        v = smoothed(loss, beta, correct=correct)[cut]
        right = fastai(RATES[cut], v)
        said = test.smoothed(beta, correct=correct).suggestions()
        given = [rule for rule in said if said[rule] is not None]
        assert {rule: said[rule] for rule in given} == pytest.approx(
            {rule: right[rule] for rule in given}, rel=1e-9
        )
    assert (
        recorded(RATES, loss, smoothing=0.5).suggestions()
        == recorded(RATES, loss).smoothed(0.5).suggestions()
    )


def test_steps_and_times_are_those_of_a_run(network):
    net, X_test, y_test = network
    measure = {"test": lambda theta: net.accuracy(theta, X_test, y_test)}
    test = lr_range_test(
        Minibatches(net, 32, 100, seed=0), net.init(0), max_lr=1000, measure=measure, every=7
    )
    assert test.steps == len(test.loss) - 1 < 99
    assert test.times.tolist() == list(range(0, test.steps + 1, 7))
    assert len(test.measured["test"]) == len(test.times)


def test_one_of_many_seeds_has_the_loss_that_it_saw(network):
    net, *_ = network
    many = Minibatches(net, 32, 100, seed=range(3))
    starts = np.stack([net.init(seed) for seed in range(3)], axis=-1)
    test = lr_range_test(many, starts, min_lr=1e-3, max_lr=1)
    for seed in range(3):
        alone = Minibatches(net, 32, 100, seed=seed)
        np.testing.assert_array_equal(test[seed].f.rows, alone.rows)


def test_what_was_found_can_be_pickled():
    f = Minibatches(LinearRegression(*receipts()), 2, 100, seed=0)
    tests = [
        recorded(RATES, curve()),
        recorded(RATES, np.stack([curve()] * 2, axis=1)).smoothed(0.5, False),
        recorded(RATES, np.zeros(100)),
        lr_range_test(f, [0.0, 0.0], measure={"norm": np.linalg.norm}, every=9),
    ]
    for test in tests:
        other = pickle.loads(pickle.dumps(test))
        for name in ("lr", "loss", "smooth"):
            np.testing.assert_array_equal(getattr(other, name), getattr(test, name))
        assert repr(other) == repr(test) and other.asked == test.asked
        for found in (test.suggestions(), test.bounds()):
            for again in (
                pickle.loads(pickle.dumps(found)),
                copy.copy(found),
                copy.deepcopy(found),
            ):
                assert type(again) is type(found) and again == found and repr(again) == repr(found)
                assert vars(again) == vars(found)


# bad arguments


@pytest.mark.parametrize(
    "how, words",
    [
        ({"min_lr": 0}, "min_lr must be one number above 0, not 0"),
        ({"max_lr": np.inf}, "max_lr"),
        ({"min_lr": 2, "max_lr": 1}, "min_lr must be below max_lr"),
        ({"steps": 1}, "steps must be a whole number of at least 2"),
        ({"steps": 2.5}, "steps"),
        ({"sweep": "exponentail"}, "did you mean 'exponential'"),
        ({"smoothing": 1}, "smoothing must be one number from 0 to below 1, not 1"),
        ({"smoothing": np.nan}, "smoothing"),
        ({"smoothing": "a"}, "smoothing"),
        ({"stop_factor": 1}, "stop_factor must be one number above 1, not 1"),
        ({"lr": 0.1}, "lr must not be given"),
        ({"every": 0}, "every"),
        ({"bata": 0.9}, "no hyperparameter 'bata'"),
        ({"smoothin": 0.9}, "did you mean 'smoothing'"),
        ({"step": 9}, "did you mean 'steps'"),
        ({"measure": 3}, "measure"),
        (
            {"measure": {"x": lambda theta: np.ones(3 if theta < 0 else 2)}},
            r"the measure 'x' must return arrays of one shape, but gave \(3,\) .*, then \(2,\)",
        ),
        ({"measure": {"x": lambda theta: [1, [2, 3]]}}, "the measure 'x' must return"),
    ],
)
def test_bad_arguments_are_named(how, words):
    with pytest.raises((TypeError, ValueError), match=words):
        lr_range_test(parabola(), -5.0, momentum, **how)


@pytest.mark.parametrize(
    "lr, loss, words",
    [
        ([1, 2, 3], [1, 2], r"\(n,\)"),
        ([[1, 2]], [[1, 2]], r"\(n,\)"),
        ([2, 1], [1, 2], "rise"),
        ([1, 1], [1, 2], "rise"),
        ([0, 1], [1, 2], "above 0"),
        ([], [], "lr is empty"),
        ([1, np.nan], [1, 2], "lr must be finite"),
        (["a", "b"], [1, 2], "lr must be"),
        ([1, 2], ["a", "b"], "loss must be"),
    ],
)
def test_bad_curves_are_named(lr, loss, words):
    with pytest.raises((TypeError, ValueError), match=words):
        suggest(lr, loss)


def test_a_test_can_be_read_with_another_smoothing():
    test = replayed(curve() + 0.05 * np.random.default_rng(0).standard_normal(100), 0.98)
    other = dataclasses.replace(test, asked=test.asked | {"smoothing": 0.5})
    assert (
        isinstance(other, RangeTest)
        and other.suggestions()["minimum/10"] != test.suggestions()["minimum/10"]
    )


# what it finds


def test_on_a_quadratic_blowing_up_takes_time():
    f = ravine(1, 10)  # 2 / 10 is critical
    test = lr_range_test(f, [3.0, -2.0], min_lr=1e-4, max_lr=100, smoothing=0)
    assert 2 * 0.2 < test.lr[test.loss.argmin()] and test.stop_reason == "diverged"


def test_receipts():
    test = lr_range_test(
        LinearRegression(*receipts()), np.zeros(2), sgd, min_lr=1e-5, max_lr=1, smoothing=0.5
    )
    assert test.stop_reason == "diverged" and test.suggestions()["valley"] < 2 / 59.81


@pytest.mark.parametrize("activation", ["relu", "sigmoid"])
def test_trained_in_full_at_the_steepest_rate_a_network_comes_within_two_percent_of_the_best(
    activation,
):
    X, y, X_test, y_test = digits()
    net = MLP(X, y, hidden=(32,), activation=activation)
    starts = np.stack([net.init(seed) for seed in range(5)], axis=-1)
    said = lr_range_test(
        Minibatches(net, 32, 100, seed=range(5)), starts, min_lr=1e-5
    ).suggestions()
    rates = np.append(np.logspace(-3, 1, 13), said["steepest"])
    run = descend(
        Minibatches(net, 32, 450, seed=range(5)),
        starts[:, None].astype(np.float32),
        lr=rates[:, None],
        steps=450,
    )
    reached = np.median(net.accuracy(run.final, X_test, y_test), axis=1)
    assert reached[:-1].max() > 0.94 and reached[-1] >= 0.98 * reached.max()


@pytest.mark.parametrize("seed", range(150))
def test_whatever_the_losses_are_there_is_a_rate_or_a_reason(seed):
    rng = np.random.default_rng(seed)
    n = int(rng.integers(2, 120))
    loss = [
        rng.standard_normal(n),
        np.cumsum(rng.standard_normal(n)),
        rng.choice([-1, 1], n) * 10 ** rng.uniform(-300, 300, n),
        np.full(n, rng.choice([0, -1, 1e308])),
        np.sort(rng.standard_normal(n)),
        rng.choice([0, np.inf, -np.inf, np.nan, 1e308], n),
    ][seed % 6]
    test = replayed(loss, rng.choice([0, 0.5, 0.98]), stop_factor=rng.choice([1.01, 4, np.inf]))
    for said in (suggest(np.logspace(-7, 1, n), loss), test.suggestions()):
        assert list(said) == list(RULES) and repr(said)
        assert all(
            said.reasons[rule] if rate is None else 0 < rate < np.inf for rule, rate in said.items()
        )
    assert (
        bool(test.bounds()) == any(test.suggestions().values())
        and repr(test.bounds())
        and repr(test)
    )
