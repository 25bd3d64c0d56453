"""Update rules by hand-made numbers; against torch in test_torch.py."""

import inspect
import itertools

import numpy as np
import pytest

from lrteach import (
    OPTIMIZERS,
    adagrad,
    adam,
    adamw,
    constant,
    descend,
    iterate,
    momentum,
    momentum_inside,
    nesterov,
    rmsprop,
    sgd,
    step_decay,
    valley,
)

every_rule = pytest.mark.parametrize("rule", OPTIMIZERS.values(), ids=OPTIMIZERS)


def final(rule, gradients, rates, **hyper):
    """Where theta ends after these gradients and rates, from 0."""
    theta, state = 0.0, []
    for g, lr in zip(gradients, rates, strict=True):
        new = rule(theta, g, lr, *state, **hyper)
        theta, *state = new if isinstance(new, tuple) else (new,)
    return theta


@pytest.mark.parametrize(
    "rule, hyper, g, expected",
    [  # two steps of rate 0.5 along these gradients, worked out by hand
        (sgd, {}, [1, 2], -1.5),
        (momentum, {"beta": 0.5}, [1, 2], -0.5 * (1 + 2.5)),
        (momentum_inside, {"beta": 0.5}, [1, 2], -0.5 * (1 + 2.5)),
        (nesterov, {"beta": 0.5}, [1, 2], -0.5 * (1.5 + 3.25)),
        (adagrad, {"eps": 1.0}, [3, 4], -0.5 * (3 / 4 + 4 / 6)),
        (rmsprop, {"beta": 0.75, "eps": 1.0}, [2, 0], -0.5 * 2 / 2),
        (adam, {"beta1": 0.5, "beta2": 0.75, "eps": 1.0}, [2, 2], -0.5 * (2 / 3 + 2 / 3)),
        (
            adamw,
            {"beta1": 0.5, "beta2": 0.75, "eps": 1.0, "weight_decay": 0.2},
            [2, 2],
            -(1 / 3) * 0.9 - 1 / 3,
        ),
    ],
)
def test_two_steps_by_hand(rule, hyper, g, expected):
    assert final(rule, g, [0.5, 0.5], **hyper) == pytest.approx(expected, rel=1e-14)


def test_the_signature_is_the_contract():
    signatures = {name: str(inspect.signature(rule)) for name, rule in OPTIMIZERS.items()}
    assert signatures == {
        "sgd": "(theta, g, lr)",
        "momentum": "(theta, g, lr, v=0.0, *, beta=0.9)",
        "momentum_inside": "(theta, g, lr, v=0.0, *, beta=0.9)",
        "nesterov": "(theta, g, lr, v=0.0, *, beta=0.9)",
        "adagrad": "(theta, g, lr, s=0.0, *, eps=1e-10)",
        "rmsprop": "(theta, g, lr, s=0.0, *, beta=0.99, eps=1e-08)",
        "adam": "(theta, g, lr, m=0.0, s=0.0, t=0, *, beta1=0.9, beta2=0.999, eps=1e-08)",
        "adamw": "(theta, g, lr, m=0.0, s=0.0, t=0, *, "
        "beta1=0.9, beta2=0.999, eps=1e-08, weight_decay=0.01)",
    }


@every_rule
def test_rules_are_pure(rule):
    theta, g = np.array([1.0, 2.0]), np.array([3.0, -4.0])
    first, second = rule(theta, g, 0.1), rule(theta, g, 0.1)
    np.testing.assert_equal(first, second)
    new, *state = first if isinstance(first, tuple) else (first,)
    kept = [np.copy(s) for s in state]
    rule(new, g, 0.1, *state)
    np.testing.assert_equal(state, kept)
    assert theta.tolist() == [1, 2] and g.tolist() == [3, -4]


def test_the_two_momentum_forms_differ_as_soon_as_the_rate_changes():
    rates = [0.1] * 3 + [0.01] * 3
    assert (
        f"{final(momentum_inside, [1] * 6, rates):.3f}" == "-1.278"
        and f"{final(momentum, [1] * 6, rates):.3f}" == "-0.683"
    )
    assert final(momentum_inside, [1] * 6, [0.1] * 6) == pytest.approx(
        final(momentum, [1] * 6, [0.1] * 6), rel=1e-14
    )
    run = [
        descend(valley(), valley().start, rule, lr=step_decay(0.1, 10), steps=20).final
        for rule in (momentum, momentum_inside)
    ]
    assert np.abs(run[0] - run[1]).max() > 0.1


def test_where_eps_stands():
    assert (
        f"{final(adam, [1e-6] * 5, [0.1] * 5):.3f}" == "-0.495"
    )  # inside the root, or before the bias: -0.170
    assert final(rmsprop, [1.0], [0.1]) == pytest.approx(
        -1.0, rel=1e-6
    )  # the first step is lr / sqrt(1 - beta), ten times lr
    assert final(adagrad, [0.01], [0.1]) == pytest.approx(
        -0.1, rel=1e-6
    )  # and here just lr, as the sum begins at 0
    assert final(adam, [1e-30], [0.1], eps=0.0) == pytest.approx(-0.1, rel=1e-6)


def test_adam_does_not_see_the_size_of_the_gradient():
    g = np.random.default_rng(0).normal(size=50)
    assert final(adam, 1000 * g, [0.1] * 50, eps=0.0) == pytest.approx(
        final(adam, g, [0.1] * 50, eps=0.0), rel=1e-12
    )
    assert final(sgd, 1000 * g, [0.1] * 50) == pytest.approx(
        1000 * final(sgd, g, [0.1] * 50), rel=1e-12
    )


HYPER = {  # a few values of everything that can be chosen
    "sgd": {},
    **{name: {"beta": [0.0, 0.5, 0.95]} for name in ("momentum", "momentum_inside", "nesterov")},
    "adagrad": {"eps": [1e-10, 1e-3, 1.0]},
    "rmsprop": {"beta": [0.5, 0.9, 0.99], "eps": [1e-8, 1e-2, 1.0]},
    "adam": {"beta1": [0.0, 0.5, 0.9], "beta2": [0.5, 0.99, 0.999], "eps": [1e-8, 1e-3, 1.0]},
    "adamw": {
        "beta1": [0.0, 0.5, 0.9],
        "beta2": [0.5, 0.99, 0.999],
        "eps": [1e-8, 1e-3, 1.0],
        "weight_decay": [0.0, 0.01, 0.3],
    },
}
BATCHES = {  # what differs from run to run, and all of it at once
    "rates": lambda hyper: ({"lr": np.array([0.0, 0.05, 0.3])}, {}),
    "schedule": lambda hyper: ({"lr": step_decay([0.4, 0.2, 0.1], 10, 0.5)}, {}),
    "hyper": lambda hyper: (
        {"lr": 0.1},
        {name: np.array(values) for name, values in hyper.items()},
    ),
    "starts": lambda hyper: ({"lr": 0.1, "theta": np.array([[1.0, -7, 3], [2, 0.5, -4]])}, {}),
    "all": lambda hyper: (
        {"lr": np.array([0.02, 0.05, 0.3]), "theta": np.array([[1.0, -7, 3], [2, 0.5, -4]])},
        hyper,
    ),
}


def assert_same_path(actual, expected, rtol=1e-12):
    """Equal within a share of how far the path goes, not of a coordinate on its way through 0."""
    np.testing.assert_allclose(actual, expected, rtol=0, atol=rtol * np.abs(expected).max())


def one(lr, k):
    """Run k's part of a rate or a schedule."""
    return (lambda t: one(lr(t), k)) if callable(lr) else lr if np.ndim(lr) == 0 else lr[k]


@pytest.mark.parametrize(
    "name, kind",
    [(name, kind) for name in OPTIMIZERS for kind in BATCHES if HYPER[name] or kind != "hyper"],
)
def test_batch_equals_loop(name, kind):
    rule = OPTIMIZERS[name]
    arguments, hyper = BATCHES[kind](HYPER[name])
    theta, lr = arguments.get("theta", valley().start), arguments["lr"]
    batch = descend(valley(), theta, rule, lr=lr, steps=40, **hyper)
    assert batch.theta.shape == (2, 41, 3) and batch.loss.shape == (41, 3)
    for k in range(3):
        start = theta[:, k] if theta.ndim > 1 else theta
        single = descend(
            valley(),
            start,
            rule,
            lr=one(lr, k),
            steps=40,
            **{name: values[k] for name, values in hyper.items()},
        )
        states = [(batch[k].state[name], single.state[name]) for name in single.state]
        for of_batch, alone in [
            (batch.theta[..., k], single.theta),
            (batch.loss[:, k], single.loss),
            *states,
        ]:
            assert_same_path(of_batch, alone)


@pytest.mark.parametrize(
    "rule, name", [(OPTIMIZERS[rule], name) for rule, hyper in HYPER.items() for name in hyper]
)
def test_batch_of_rates_by_hyperparameters(rule, name):
    values = HYPER[rule.__name__][name]
    rates = np.array([0.01, 0.1])
    batch = descend(valley(), [1, 2], rule, lr=rates, steps=15, **{name: np.array(values)[:, None]})
    assert batch.batch == (3, 2) and batch.lr.shape == (16, 3, 2)
    for j, k in np.ndindex(3, 2):
        single = descend(valley(), [1, 2], rule, lr=rates[k], steps=15, **{name: values[j]})
        assert_same_path(batch[j, k].theta, single.theta)


@every_rule
@pytest.mark.parametrize(
    "wide", [np.float64, np.array, lambda x: np.array([x, x])], ids=["float64", "0-d", "array"]
)
def test_float32_is_kept_whatever_the_rates_and_hyperparameters_are(rule, wide):
    hyper = {name: wide(values[1]) for name, values in HYPER[rule.__name__].items()}
    for lr in (0.1, np.float64(0.1), np.array([0.1, 0.2]), constant(np.array([0.1, 0.2]))):
        run = descend(valley(), np.float32([-7, 2]), rule, lr=lr, steps=5, **hyper)
        states = [s for name, s in run.state.items() if name != "t"]
        assert {a.dtype for a in (run.theta, run.loss, run.lr, *states)} == {np.dtype(np.float32)}
        for theta, loss, rate, *state in itertools.islice(
            iterate(valley(), np.float32([-7, 2]), rule, lr=lr, **hyper), 1, 4
        ):
            assert {a.dtype for a in (theta, loss, rate, *state) if not isinstance(a, int)} == {
                np.dtype(np.float32)
            }


@every_rule
def test_a_zero_rate_moves_nothing(rule):
    run = descend(valley(), [-7, 2], rule, lr=0, steps=5)
    assert (run.theta == [[-7], [2]]).all() and (run.loss == run.loss[0]).all() and not run.diverged
