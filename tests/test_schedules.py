"""Schedules by hand-made numbers; against torch in test_torch.py."""

import copy
import functools
import itertools
import json
import pickle
import subprocess
import warnings

import numpy as np
import pytest

from lrteach import (
    SCHEDULES,
    constant,
    cosine,
    descend,
    exp_range,
    exponential_decay,
    exponential_sweep,
    hold_then,
    inverse_sqrt,
    iterate,
    join,
    linear,
    linear_sweep,
    momentum_inside,
    one_cycle,
    one_cycle_beta,
    parabola,
    polynomial,
    reduce_on_plateau,
    step_decay,
    triangular,
    triangular2,
    valley,
    warm_restarts,
    warmup,
)

MADE = {
    "constant": constant(0.1),
    "step_decay": step_decay(0.1, 5),
    "exponential_decay": exponential_decay(0.1, 0.9),
    "linear": linear(0.1, 20),
    "polynomial": polynomial(0.1, 20, 2, 0.01),
    "inverse_sqrt": inverse_sqrt(0.1, 5),
    "cosine": cosine(0.1, 20),
    "hold_then": hold_then(linear(0.1, 20), 10),
    "join": join([warmup(0.1, 5), cosine(0.1, 20)], at=[5]),
    "warmup": warmup(cosine(0.1, 20), 5),
    "warm_restarts": warm_restarts(0.1, 5, 2),
    "triangular": triangular(0.01, 0.1, 5),
    "triangular2": triangular2(0.01, 0.1, 5),
    "exp_range": exp_range(0.01, 0.1, 5, 0.9),
    "one_cycle": one_cycle(0.1, 20),
    "one_cycle_beta": one_cycle_beta(20),
    "exponential_sweep": exponential_sweep(1e-3, 1, 20),
    "linear_sweep": linear_sweep(1e-3, 1, 20),
}
every_schedule = pytest.mark.parametrize("name", MADE)


def test_every_schedule_is_here():
    assert MADE.keys() == SCHEDULES.keys()


@every_schedule
def test_an_array_of_steps_is_a_loop(name):
    lr, t = MADE[name], np.arange(60)
    rates = lr(t)
    assert (
        rates.shape == (60,)
        and rates.dtype == np.float64
        and (rates >= 0).all()
        and np.ptp(rates) > 0
        or name == "constant"
    )
    np.testing.assert_allclose([lr(int(k)) for k in t], rates, rtol=1e-15)
    np.testing.assert_array_equal(lr(t.reshape(5, 12)), rates.reshape(5, 12))
    np.testing.assert_array_equal(lr(list(t)), rates)
    assert np.shape(lr(3)) == np.shape(lr(np.int64(3))) == np.shape(lr(np.array(3))) == ()


@every_schedule
def test_update_t_uses_the_rate_of_t(name):
    run = descend(parabola(0), 1.0, lr=MADE[name], steps=30)
    np.testing.assert_array_equal(run.lr, [MADE[name](t) for t in range(31)])
    expected = run.theta[:-1] * (
        1 - run.lr[:-1]
    )  # zero where the rate is 1, give or take a last bit
    np.testing.assert_allclose(run.theta[1:], expected, rtol=1e-14, atol=1e-14 * run.theta[0])


@every_schedule
def test_float32_stays_float32(name):
    run = descend(valley(), np.float32([1, 2]), momentum_inside, lr=MADE[name], steps=30)
    assert run.lr.dtype == run.theta.dtype == run.loss.dtype == run.state["v"].dtype == np.float32


@pytest.mark.parametrize(
    "lr, at, rates",
    [
        (constant(0.3), [0, 7], [0.3, 0.3]),
        (step_decay(1, 10), [0, 9, 10, 19, 20, 30], [1, 1, 0.1, 0.1, 0.01, 0.001]),
        (exponential_decay(2, 0.5), [0, 1, 2, 10], [2, 1, 0.5, 2 / 1024]),
        (cosine(1, 10), [0, 5, 10, 11, 99], [1, 0.5, 0, 0, 0]),
        (cosine(1, 10, 0.2), [0, 5, 10, 99], [1, 0.6, 0.2, 0.2]),
        (linear(1, 10), [0, 1, 5, 10, 99], [1, 0.9, 0.5, 0, 0]),
        (linear(1, 10, 0.2), [0, 5, 10, 99], [1, 0.6, 0.2, 0.2]),
        (polynomial(1, 10, 2), [0, 5, 9, 10, 99], [1, 0.25, 0.01, 0, 0]),
        (polynomial(1, 4, 0.5, 0.2), [0, 3, 4, 99], [1, 0.6, 0.2, 0.2]),
        (inverse_sqrt(1, 4), [0, 1, 2, 3, 15, 63, 399], [0.25, 0.5, 0.75, 1, 0.5, 0.25, 0.1]),
        (inverse_sqrt(1, 1), [0, 3, 8], [1, 0.5, 1 / 3]),
        (hold_then(linear(1, 10), 5), [0, 4, 5, 6, 10, 15, 99], [1, 1, 1, 0.9, 0.5, 0, 0]),
        (hold_then(0.3, 0), [0, 9], [0.3, 0.3]),
        (join([0.3], at=[]), [0, 9], [0.3, 0.3]),
        (join([0.1, linear(1, 10), 0.2], at=[3, 8]), [0, 2, 3, 4, 7, 8, 99],
         [0.1, 0.1, 1, 0.9, 0.6, 0.2, 0.2]),
        (join([linear(1, 4), linear(1, 4)], at=[2]), [0, 1, 1.5, 2, 2.5],
         [1, 0.75, 0.625, 1, 0.875]),
        (join([0.5, cosine(1, 80)], at=[20]), [0, 19, 20, 60, 100], [0.5, 0.5, 1, 0.5, 0]),
        (warmup(cosine(1, 80), 20), [0, 9, 19, 20, 60, 100], [0.05, 0.5, 1, 1, 0.5, 0]),
        (warmup(1, 4), [0, 1, 2, 3, 4, 50], [0.25, 0.5, 0.75, 1, 1, 1]),
        (warmup(step_decay(1, 2, 0.5), 4), [0, 1, 2, 3, 4, 5, 6, 8],
         [0.25, 0.5, 0.75, 1, 1, 1, 0.5, 0.25]),
        (warm_restarts(1, 10, 2), [0, 5, 10, 20, 30, 50, 70, 150], [1, 0.5, 1, 0.5, 1, 0.5, 1, 1]),
        (
            warm_restarts(1, 10),
            [9, 19, 20],
            [0.024471741852423234] * 2 + [1],
        ),  # the lowest is not 0: FACTS of torch, 0.0245
        (
            triangular(0.001, 0.006, 2000),
            [0, 1000, 2000, 3000, 4000, 6000],
            [0.001, 0.0035, 0.006, 0.0035, 0.001, 0.006],
        ),
        (triangular2(0, 1, 10), [10, 20, 30, 50, 55], [1, 0, 0.5, 0.25, 0.125]),
        (exp_range(0, 1, 10, 0.9), [10, 15, 20], [0.9**10, 0.9**15 / 2, 0]),
        (
            exp_range(0.5, 1, 10, 0.9, "bounds"),
            [10, 15, 20],
            [0.9**10, 0.9**15 * 0.75, 0.9**20 / 2],
        ),
        (one_cycle(1, 100), [0, 29, 99, 150], [0.04, 1, 4e-6, 4e-6]),
        (exponential_sweep(1e-4, 1, 5), [0, 1, 2, 4, 9], [1e-4, 1e-3, 1e-2, 1, 1]),
        (linear_sweep(0.1, 0.5, 5), [0, 1, 2, 4, 9], [0.1, 0.2, 0.3, 0.5, 0.5]),
    ],
)
def test_rates_by_hand(lr, at, rates):
    np.testing.assert_allclose(lr(np.array(at)), rates, rtol=1e-12, atol=1e-17)


@pytest.mark.parametrize(
    "decay, figures",
    [
        ("bounds", ["5.3215e-03", "7.866e-04", "9.07e-05", "4.827e-04"]),
        ("amplitude", ["5.4346e-03", "1.000e-03", "1.000e-03", "1.4023e-03"]),
    ],
)
def test_exp_range_in_both_readings_of_the_paper(decay, figures):
    rates = exp_range(0.001, 0.006, 2000, 0.99994, decay)(np.array([2000, 4000, 40000, 42000]))
    shown = [f"{r:.{len(figure) - 6}e}" for r, figure in zip(rates, figures, strict=True)]
    assert shown == figures


@pytest.mark.parametrize("multiplier", [1, 2, 3, 5, 10])
def test_warm_restarts_begin_anew_exactly(multiplier):
    t = np.arange(80_000)
    restarts = np.cumsum(
        [0] + [7 * multiplier**k for k in range(12_000 if multiplier == 1 else 15)]
    )
    np.testing.assert_array_equal(
        t[warm_restarts(1, 7, multiplier)(t) == 1], restarts[restarts < 80_000]
    )


@pytest.mark.parametrize("period, multiplier", [(1, 2), (3, 2), (7, 3), (10, 10), (1000, 7)])
def test_warm_restarts_are_right_at_each_of_their_ends(period, multiplier):
    """Whatever a processor makes of a logarithm: the last rate of a period, then the first."""
    starts = [0]
    while starts[-1] < 1e13:
        starts.append(starts[-1] + period * multiplier ** (len(starts) - 1))
    lr = warm_restarts(1, period, multiplier)
    np.testing.assert_array_equal(lr(np.array(starts)), 1)
    for k, start in enumerate(starts[1:]):
        length = period * multiplier**k
        assert lr(start - 1) == pytest.approx((1 + np.cos(np.pi * (1 - 1 / length))) / 2, rel=1e-6)


def test_one_cycle_has_one_top():
    rates = one_cycle(0.5, 200, warmup_fraction=0.25)(np.arange(200))
    assert np.argmax(rates) == 49 and rates[49] == 0.5
    assert (np.diff(rates[:50]) > 0).all() and (np.diff(rates[49:]) < 0).all()


def test_an_array_of_rates_makes_a_batch():
    run = descend(valley(), [1, 2], lr=cosine(np.array([0.1, 0.2]), 20), steps=20)
    assert run.lr.shape == (21, 2) and run.theta.shape == (2, 21, 2)
    np.testing.assert_allclose(
        run.theta[..., 1], descend(valley(), [1, 2], lr=cosine(0.2, 20), steps=20).theta, rtol=1e-12
    )


class Halving:
    def __call__(self, t):
        return 0.5**t


@pytest.mark.parametrize(
    "own, third",
    [
        (lambda t: 0.1, 0.1),
        (lambda t: 1 if t < 2 else 0, 0),
        (lambda t: np.array(0.1 / (t + 1)), 0.1 / 3),
        (lambda t: [0.1, 0.2], [0.1, 0.2]),
        (Halving(), 0.25),
        (functools.partial(lambda k, t: k * t, 0.1), 0.2),
        ([1, 0.5, 0.25].__getitem__, 0.25),
        (np.ones(3, np.float32).__getitem__, 1),  # a recorded list: steps + 1 rates
    ],
)
def test_own_schedule(own, third):
    *_, (theta, loss, rate) = itertools.islice(iterate(valley(), [1, 2], lr=own), 3)
    np.testing.assert_allclose(rate, third, rtol=1e-15)
    run = descend(valley(), [1, 2], lr=own, steps=2)
    np.testing.assert_array_equal(run.lr[2], rate)
    np.testing.assert_allclose(warmup(own, 2)(4), third, rtol=1e-15)


def test_joined_schedules_are_asked_only_for_their_own_steps():
    """A list of recorded rates has no rate before its first step or after its last."""
    own = [0.5, 0.4, 0.3].__getitem__
    lr = join([own, own], at=[3])
    np.testing.assert_array_equal([lr(t) for t in range(6)], [0.5, 0.4, 0.3] * 2)
    np.testing.assert_array_equal([hold_then(own, 2)(t) for t in range(5)],
                                  [0.5, 0.5, 0.5, 0.4, 0.3])


def test_a_joined_function_is_asked_for_whole_steps():
    rates = [0.1, 0.2, 0.3]
    lr = join([lambda t: rates[t], lambda t: rates[t]], at=[2.0])
    assert [float(lr(t)) for t in range(5)] == [0.1, 0.2, 0.1, 0.2, 0.3]


def test_an_array_in_a_tuple_changes_no_copy_later():
    rates = np.array([0.1, 0.2])
    lr = join((rates, 0.3), (5,))
    rates[:] = 7
    assert pickle.loads(pickle.dumps(lr))(0).tolist() == copy.copy(lr)(0).tolist() == [0.1, 0.2]


def test_a_list_that_made_a_join_changes_nothing_later():
    schedules, at = [0.1, 0.2], [5]
    lr = join(schedules, at=at)
    schedules[1], at[0] = 0.9, 2
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(lr))([3, 7]), lr([3, 7]))
    np.testing.assert_array_equal(lr([3, 7]), [0.1, 0.2])


class Huge:
    def __repr__(self):
        return "so much\n" * 10_000


class Broken:
    def __repr__(self):
        raise RuntimeError("no words")


HUGE = [
    (Huge(), "so much so much .* so much"),
    (Broken(), "not <Broken>"),
    ("x" * 10_000, "xxx"),
    ({k: k for k in range(10_000)}, "0: 0, 1: 1"),
    (lambda t: t, "not the function"),
    (10**5000, "not <int>"),
    (np.full(10_000, "a"), "array"),
    ([["a"] * 999] * 999, "'a', "),
]
BAD_RATES = [
    (-1, "must be 0 or above and finite, not -1"),
    (np.nan, "not nan"),
    (np.inf, "not inf"),
    ([], "is empty"),
    ([0.1, -2], "not -2"),
    ("0.1", "must be a number or an array of numbers, not '0.1'"),
    (None, "not None"),
    (True, "not True"),
    ([[1, 2], [3]], "rows differ in length"),
    *HUGE,
]
BAD_POSITIVE = [
    (0, "must be one number above 0, not 0"),
    (-2, "not -2"),
    (np.nan, "not nan"),
    (np.inf, "not inf"),
    ([1, 2], r"not \[1, 2\]"),
    ("x", "not 'x'"),
    *HUGE,
]
BAD_WHOLE = [
    (0, r"must be a whole number of at least \d, not 0"),
    (2.5, "not 2.5"),
    (np.inf, "not inf"),
    ("9", "not '9'"),
    (None, "not None"),
    ([9], r"not \[9\]"),
    *HUGE,
]
ARGUMENTS = [  # factory, good arguments, and what kind each is
    (constant, {"lr": 0.1}, [BAD_RATES]),
    (
        step_decay,
        {"lr": 0.1, "step_size": 5, "gamma": 0.5},
        [BAD_RATES, BAD_POSITIVE, BAD_POSITIVE],
    ),
    (exponential_decay, {"lr": 0.1, "gamma": 0.5}, [BAD_RATES, BAD_POSITIVE]),
    (cosine, {"max_lr": 0.1, "steps": 9, "min_lr": 0.01}, [BAD_RATES, BAD_WHOLE, BAD_RATES]),
    (
        warm_restarts,
        {"max_lr": 0.1, "period": 9, "multiplier": 2, "min_lr": 0},
        [BAD_RATES, BAD_WHOLE, BAD_POSITIVE, BAD_RATES],
    ),
    (
        triangular,
        {"base_lr": 0.1, "max_lr": 0.2, "step_size": 9},
        [BAD_RATES, BAD_RATES, BAD_POSITIVE],
    ),
    (
        triangular2,
        {"base_lr": 0.1, "max_lr": 0.2, "step_size": 9},
        [BAD_RATES, BAD_RATES, BAD_POSITIVE],
    ),
    (
        exp_range,
        {"base_lr": 0.1, "max_lr": 0.2, "step_size": 9, "gamma": 0.9},
        [BAD_RATES, BAD_RATES, BAD_POSITIVE, BAD_POSITIVE],
    ),
    (
        one_cycle,
        {"max_lr": 0.1, "steps": 20, "warmup_fraction": 0.3, "div": 10, "final_div": 10},
        [BAD_RATES, BAD_WHOLE, BAD_POSITIVE, BAD_POSITIVE, BAD_POSITIVE],
    ),
    (
        exponential_sweep,
        {"min_lr": 0.1, "max_lr": 1, "steps": 9},
        [BAD_POSITIVE, BAD_POSITIVE, BAD_WHOLE],
    ),
    (
        linear_sweep,
        {"min_lr": 0.1, "max_lr": 1, "steps": 9},
        [BAD_POSITIVE, BAD_POSITIVE, BAD_WHOLE],
    ),
    (functools.partial(warmup, 0.1), {"steps": 5}, [BAD_WHOLE]),
]


@pytest.mark.parametrize(
    "factory, good, kinds",
    ARGUMENTS,
    ids=[getattr(row[0], "__name__", "warmup") for row in ARGUMENTS],
)
def test_bad_arguments_are_named(factory, good, kinds):
    """Each of them, by its name, in words that can be read whole."""
    assert len(good) == len(kinds) and factory(**good)(0) >= 0
    for name, bad in zip(good, kinds, strict=True):
        for value, words in bad:
            with pytest.raises((ValueError, TypeError), match=f"^{name} .*{words}") as caught:
                factory(**{**good, name: value})
            assert len(str(caught.value)) < 300


@pytest.mark.parametrize(
    "make, words",
    [
        (
            lambda: triangular(0.2, 0.1, 5),
            "base_lr must not be above max_lr, but base_lr is 0.2 and max_lr is 0.1",
        ),
        (lambda: triangular2(0.2, 0.1, 5), "base_lr must not be above max_lr"),
        (lambda: exp_range(0.2, 0.1, 5, 0.9), "base_lr must not be above max_lr"),
        (
            lambda: exp_range(0.1, 0.2, 5, 1.01),
            "gamma must be at most 1, so that the wave shrinks, not 1.01",
        ),
        (
            lambda: cosine(0.001, 10, min_lr=0.01),
            "min_lr must not be above max_lr, but min_lr is 0.01 and max_lr is 0.001",
        ),
        (
            lambda: cosine([0.1, 0.001], 10, min_lr=0.01),
            r"min_lr must not be above max_lr, but .* max_lr is array\(\[0.1 , 0.001\]\)",
        ),
        (
            lambda: cosine([0.1, 0.2], 10, [0, 0, 0]),
            r"min_lr and max_lr must fit together, but their shapes are \(3,\) and \(2,\)",
        ),
        (
            lambda: warm_restarts(0.001, 10, min_lr=0.01),
            "min_lr must not be above max_lr, but min_lr is 0.01 and max_lr is 0.001",
        ),
        (
            lambda: warm_restarts(0.1, 10, 1 + 1e-9),
            "multiplier must be a whole number, .* not 1.000000001",
        ),
        (lambda: warm_restarts(0.1, 10, 1.5), "multiplier must be a whole number, .* not 1.5"),
        (
            lambda: one_cycle(0.1, 20, div=0.5),
            "div must be 1 or above, as a rate is divided by it, not 0.5",
        ),
        (
            lambda: one_cycle(0.1, 20, final_div=0.5),
            "final_div must be 1 or above, as a rate is divided by it, not 0.5",
        ),
        (lambda: linear_sweep(1, 0.1, 5), "min_lr must be below max_lr"),
        (lambda: exponential_sweep(1, 0.1, 5), "min_lr must be below max_lr"),
        (
            lambda: warmup(cosine, 5),
            r"schedule must be a number or a function of the step t alone, but cosine takes .*: "
            r"call it, schedule=cosine\(...\)",
        ),
        (
            lambda: exp_range(0.1, 0.2, 5, 0.9, "bound"),
            "decay must be one of 'amplitude', 'bounds', not 'bound'; did you mean 'bounds'",
        ),
        (lambda: warm_restarts(0.1, 5, 0.5), "multiplier must be 1 or above, not 0.5"),
        (
            lambda: one_cycle(0.1, 10, 1.0),
            "warmup_fraction must put the top between the first and the last of 10 steps, not at 9",
        ),
        (lambda: one_cycle(0.1, 10, 0.1), "warmup_fraction must put the top .* not at 0"),
        (
            lambda: linear_sweep(1, 1, 5),
            "min_lr must be below max_lr, but min_lr is 1.0 and max_lr is 1.0",
        ),
        (
            lambda: linear(0.001, 10, min_lr=0.01),
            "min_lr must not be above lr, but min_lr is 0.01 and lr is 0.001",
        ),
        (lambda: linear(0.1, 0), "steps must be a whole number of at least 1, not 0"),
        (lambda: polynomial(0.1, 10, power=0), "power must be .* not 0"),
        (lambda: polynomial(0.1, 10, power="2"), "power must be .* not '2'"),
        (lambda: inverse_sqrt(0.1, 0), "warmup_steps must be a whole number of at least 1, not 0"),
        (lambda: inverse_sqrt(-0.1, 5), "lr must be 0 or above and finite, not -0.1"),
        (lambda: hold_then(linear, 5), r"schedule must be .*: call it, schedule=linear\(...\)"),
        (lambda: hold_then(0.1, -1), "hold must be a whole number of at least 0, not -1"),
        (lambda: join([], at=[]), "for 0 schedules it has 0 steps"),
        (lambda: join([0.1, 0.2], at=[]), "at must hold the first step of each schedule but the "
                                          "first: for 2 schedules it has 0 steps"),
        (lambda: join([0.1], at=[3]), "for 1 schedules it has 1 steps"),
        (lambda: join([0.1, 0.2, 0.3], at=[5, 5]), r"at must rise from step to step, not \[5, 5\]"),
        (lambda: join([0.1, 0.2, 0.3], at=[5, 3]), r"at must rise from step to step, not \[5, 3\]"),
        (lambda: join([0.1, 0.2], at=[0]), r"at\[0\] must be a whole number of at least 1, not 0"),
        (lambda: join([0.1, 0.2], at=[2.5]), r"at\[0\] must be a whole number .* not 2.5"),
        (lambda: join([0.1, 0.2], at=5), "at must be a list, not 5"),
        (lambda: join(cosine(0.1, 5), at=[5]), "schedules must be a list, not cosine"),
        (lambda: join([0.1, cosine], at=[5]), r"schedules\[1\] must be .*: call it, schedules"),
        (lambda: join([0.1, -0.2], at=[5]), r"schedules\[1\] must be 0 or above .* not -0.2"),
        (
            lambda: join([0.1, lambda t: None], at=[5])(7),
            r"schedule\(t\) must be a number or an array of numbers, not None",
        ),
        (
            lambda: warmup(lambda t: None, 5)(0),
            r"schedule\(t\) must be a number or an array of numbers, not None",
        ),
    ],
)
def test_says_what_is_wrong(make, words):
    with pytest.raises((ValueError, TypeError), match=words):
        make()


CYCLES = {
    "triangular": triangular,
    "triangular2": triangular2,
    "exp_range, amplitude": lambda *bounds: exp_range(*bounds, 0.97),
    "exp_range, bounds": lambda *bounds: exp_range(*bounds, 0.97, "bounds"),
}
HEIGHT = {
    "triangular": lambda t, cycle: (1, 1),
    "triangular2": lambda t, cycle: (1, 0.5**cycle),
    "exp_range, amplitude": lambda t, cycle: (1, 0.97**t),
    "exp_range, bounds": lambda t, cycle: (0.97**t, 0.97**t),
}


@pytest.mark.parametrize("step_size", [1, 2, 5, 7, 100])
@pytest.mark.parametrize("name", CYCLES)
def test_at_every_boundary_of_a_cycle(name, step_size):
    """The rates around each bottom and each top, as the updates of a run use them, by hand."""
    base, top, s = 0.01, 0.09, step_size
    run = descend(parabola(0), 1.0, lr=CYCLES[name](base, top, s), steps=8 * s + 1)
    used = 1 - run.theta[1:] / run.theta[:-1]  # update t multiplies theta by 1 - lr
    for cycle in range(4):
        for t, up in [
            (2 * s * cycle, 0),
            (2 * s * cycle + s - 1, (s - 1) / s),
            (2 * s * cycle + s, 1),
            (2 * s * cycle + s + 1, (s - 1) / s),
            (2 * s * (cycle + 1) - 1, 1 / s),
        ]:
            whole, amplitude = HEIGHT[name](t, (t // (2 * s)))
            right = whole * base + amplitude * (top - base) * up
            assert run.lr[t] == pytest.approx(right, rel=1e-12) and used[t] == pytest.approx(
                right, rel=1e-9
            )
    assert run.lr[0] == base


@pytest.mark.parametrize(
    "period, multiplier, starts",
    [(5, 1, range(0, 60, 5)), (5, 2, [0, 5, 15, 35]), (3, 3, [0, 3, 12, 39])],
)
def test_at_every_boundary_of_a_restart(period, multiplier, starts):
    run = descend(parabola(0), 1.0, lr=warm_restarts(0.5, period, multiplier, 0.1), steps=60)
    for k, start in enumerate(starts):
        length = period * multiplier**k
        assert run.lr[start] == 0.5
        assert run.theta[start + 1] == pytest.approx(run.theta[start] * (1 - 0.5), rel=1e-14)
        if start + length <= 60:
            assert run.lr[start + length - 1] == pytest.approx(
                0.1 + 0.2 * (1 + np.cos(np.pi * (length - 1) / length)), rel=1e-12
            )


@pytest.mark.parametrize("steps", [20, 100, 333])
def test_at_the_boundaries_of_one_cycle(steps):
    run = descend(parabola(0), 1.0, lr=one_cycle(0.5, steps), steps=steps)
    assert (
        run.lr[0] == pytest.approx(0.02, rel=1e-12)
        and run.lr[steps - 1] == pytest.approx(2e-6, rel=1e-9) == run.lr[steps]
    )
    assert run.lr[:steps].argmax() in (int(0.3 * steps) - 1, int(0.3 * steps))


@every_schedule
@pytest.mark.parametrize(
    "t, words",
    [
        (-1, "0 or above and finite, not -1"),
        (-0.5, "not -0.5"),
        (np.array([3, -2]), r"not array\(\[ 3, -2\]\)"),
        (np.nan, "not nan"),
        ([0, np.inf], r"not \[0, inf\]"),
        (None, "not None"),
        ("3", "a step or an array of steps, not '3'"),
        (True, "not True"),
        (np.arange(-5000, 5000), r"not array\(\[-5000"),
        ([-(10**5000)], "not "),
    ],
)
def test_before_the_first_step_there_is_no_rate(name, t, words):
    with pytest.raises((ValueError, TypeError), match=f"^t must be .*{words}") as caught:
        MADE[name](t)
    assert len(str(caught.value)) < 300


@every_schedule
def test_a_schedule_can_be_pickled_and_copied_and_is_the_same(name):
    lr, t = MADE[name], np.linspace(0, 60, 601)
    for other in (pickle.loads(pickle.dumps(lr)), copy.copy(lr), copy.deepcopy(lr)):
        np.testing.assert_array_equal(other(t), lr(t))
        assert repr(other) == repr(lr)
    assert eval(repr(lr), dict(SCHEDULES))(7) == lr(7)  # it shows itself as the call that makes it


def test_schedules_go_to_another_process(another_python):
    stored = pickle.dumps(MADE).hex()
    code = ("import pickle\n"
            f"for name, lr in pickle.loads(bytes.fromhex({stored!r})).items(): print(name, lr(7))")
    done = subprocess.run([another_python, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout.splitlines() == [f"{name} {lr(7)}" for name, lr in MADE.items()]


@every_schedule
def test_what_a_schedule_is_to_others(name):
    assert json.loads(json.dumps(vars(MADE[name]), default=repr))  # what LambdaLR saves of it
    pickle.dumps(vars(MADE[name]))
    for whole in (np.int8, np.uint8, np.int16, np.uint32):  # no step is too large for its own type
        np.testing.assert_array_equal(
            MADE[name](np.arange(100, dtype=whole)), MADE[name](np.arange(100))
        )


@pytest.mark.parametrize(
    "make",
    [
        lambda lr: constant(lr),
        lambda lr: cosine(lr, 20),
        lambda lr: cosine(1, 20, min_lr=lr),
        lambda lr: warmup(lr, 5),
        lambda lr: linear(lr, 5),
        lambda lr: polynomial(1, 5, min_lr=lr),
        lambda lr: inverse_sqrt(lr, 2),
        lambda lr: hold_then(lr, 5),
        lambda lr: join([lr, 0.5], at=[5]),
        lambda lr: triangular(lr, 1, 5),
        lambda lr: exp_range(0, lr, 5, 0.9, "bounds"),
        lambda lr: one_cycle(max_lr=lr, steps=20),
    ],
)
@pytest.mark.parametrize(
    "array", [lambda: np.array([0.1, 0.2]), lambda: [0.1, 0.2]], ids=["array", "list"]
)
def test_no_array_that_made_a_schedule_changes_it_later(make, array):
    rates = array()
    lr, right = make(rates), make(array())(3)
    rates[0] = 0.9
    np.testing.assert_array_equal(lr(3), right)
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(lr))(3), right)


@pytest.mark.parametrize(
    "lr",
    [
        cosine,
        warm_restarts,
        step_decay,
        triangular,
        one_cycle,
        exponential_sweep,
        lambda: 0.1,
        lambda t, u: 0.1,
    ],
)
def test_a_schedule_without_its_numbers_is_named(lr):
    with pytest.raises(
        TypeError,
        match="^lr must be a number or a function of the step t alone, "
        r"but .* takes \(.*\): call it, lr=",
    ) as caught:
        descend(parabola(), 0.0, lr=lr, steps=3)
    assert len(str(caught.value)) < 300


def test_a_schedule_of_one_number_without_it_is_named():
    for given in ({"lr": constant}, {"lr": 0.1, "beta": one_cycle_beta}):
        with pytest.raises(TypeError, match=r"of the step t alone, but \w+ takes \(.*: call it, "):
            descend(parabola(), 0.0, momentum_inside, steps=3, **given)


@pytest.mark.parametrize("lr, t, rate", [
    (exponential_decay(0.1, 1.5), 10_000, np.inf),
    (step_decay(0.1, 1, gamma=10), 400, np.inf),
    (triangular2(0.1, 1, step_size=1), 3001, 0.1),
    (warm_restarts(0.1, 10, 10 ** 10), 10, 0.1),
])
def test_an_overflow_is_silent_also_where_a_schedule_is_called_by_hand(lr, t, rate):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert lr(t) == lr(np.array([0, t]))[1] == lr(np.float64(t)) == rate


@pytest.mark.parametrize("many", [10 ** 18, 10 ** 20, 10 ** 300, np.float64(1e300)])
def test_a_number_of_steps_may_be_large(many):
    for lr in (linear(0.1, many), cosine(0.1, many), step_decay(0.1, many)):
        assert lr(5) == lr(np.arange(9))[5] == 0.1
    with pytest.raises(TypeError, match="steps must be a whole number of at least 1, not 1000"):
        linear(0.1, 10 ** 400)


@pytest.mark.parametrize("multiplier", [10 ** 7, 4 * 10 ** 9, 10 ** 12, 10 ** 15])
@pytest.mark.parametrize("period", [1, 7, 1000])
def test_a_restart_may_never_come(period, multiplier):
    lr = warm_restarts(1.0, period, multiplier)
    assert lr(period) == 1 and lr(period - 1) == cosine(1.0, period)(period - 1)
    half = period * multiplier // 2
    np.testing.assert_allclose(lr(period + half), 0.5, atol=1e-12)


def test_steps_that_do_not_fit_the_rates_are_named():
    lr = cosine(np.array([0.1, 0.2, 0.3]), 10)
    assert lr(np.arange(5)[:, None]).shape == (5, 3)
    words = r"t of shape \(5,\) does not fit the rates of cosine\(.*10\): give t one axis more"
    with pytest.raises(ValueError, match=words) as caught:
        lr(np.arange(5))
    assert len(str(caught.value)) < 300


# a rate that follows the losses


@pytest.mark.parametrize("losses, rate", [
    ([], 0.1),
    ([5, 4, 3, 2, 1], 0.1),
    ([5, 4, 3, 3, 3], 0.1),  # two in a row: patience
    ([5, 4, 3, 3, 3, 3], 0.01),
    ([5, 4, 3, 3, 3, 3, 3, 3], 0.01),  # the counting has begun anew
    ([5, 4, 3, 3, 3, 3, 3, 3, 3], 0.001),
    ([5, 4, 3, 3.5, 3.5, 2.9, 3, 3], 0.1),
    ([5, 5 - 1e-5, 5 - 2e-5, 5 - 3e-5], 0.01),  # by less than the threshold
    ([np.nan, np.inf, np.nan], 0.01),
    ([-np.inf, 5, 4, 3], 0.1),
])
def test_a_plateau_lowers_the_rate(losses, rate):
    assert reduce_on_plateau(0.1, losses, patience=2) == pytest.approx(rate, rel=1e-12)


def test_a_plateau_ends_at_the_lowest_rate_allowed():
    assert reduce_on_plateau(0.1, np.ones(100), patience=1, min_lr=0.003) == 0.003
    assert reduce_on_plateau(0.1, np.ones(100), patience=1, factor=1) == 0.1
    assert type(reduce_on_plateau(1, [1])) is float


@pytest.mark.parametrize("wrong, words", [
    ({"lr": -1}, "lr must be 0 or above"),
    ({"lr": 0.001, "min_lr": 0.1}, "min_lr"),
    ({"losses": "abc"}, "losses must be"),
    ({"losses": [[1], [2, 3]]}, "losses must be"),
    ({"factor": 2}, "factor must be one number from 0 to 1, not 2"),
    ({"threshold": -0.1}, "threshold must be one number from 0 to 1"),
    ({"patience": 1.5}, "patience must be a whole number of at least 0, not 1.5"),
    ({"lr": [0.1, 0.2]}, "lr must be one rate, 0 or above, not [0.1, 0.2]"),
    ({"min_lr": [0.1]}, "min_lr must be one rate, 0 or above, not [0.1]"),
    ({"losses": [[5, 5], [5, 5]]}, "losses must be one number after the other, not [[5, 5]"),
    ({"losses": 5}, "losses must be one number after the other, not 5"),
])
def test_what_is_wrong_with_a_plateau_is_said(wrong, words):
    with pytest.raises((TypeError, ValueError)) as error:
        reduce_on_plateau(**{"lr": 0.1, "losses": [1.0], **wrong})
    assert words in str(error.value) and len(str(error.value)) < 300
