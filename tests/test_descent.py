"""The loop: what a run records, batches, rules of one's own, divergence, and what is refused."""

import copy
import functools
import itertools
import pickle
import warnings

import numpy as np
import pytest

from lrteach import (
    MLP,
    OPTIMIZERS,
    SURFACES,
    LinearRegression,
    Loss,
    Minibatches,
    Run,
    adagrad,
    adam,
    adamw,
    constant,
    cosine,
    critical_lr,
    curvature,
    descend,
    exponential_decay,
    hold_then,
    iterate,
    linear,
    lr_range_test,
    momentum,
    momentum_inside,
    nesterov,
    parabola,
    quadratic,
    ravine,
    receipts,
    rmsprop,
    sgd,
    two_wells,
    valley,
)


@pytest.mark.parametrize("lr", [0.0, 0.1, 1.0, 1.5, 2.0, 2.1])
@pytest.mark.parametrize("curvature", [0.5, 1.0, 3.0])
def test_closed_form(lr, curvature):
    run = descend(parabola(5, curvature), -5, lr=lr, steps=40)
    np.testing.assert_allclose(
        run.theta, 5 - 10 * (1 - lr * curvature) ** np.arange(41), rtol=1e-11, atol=1e-13
    )
    np.testing.assert_allclose(run.loss, curvature * (run.theta - 5) ** 2 / 2, rtol=1e-14)


def test_closed_form_in_every_direction():
    rates = np.array([0.01, 0.05, 0.3])
    run = descend(ravine(1, 4, 10), [1, 2, 3], lr=rates, steps=30)
    t = np.arange(31)[:, None]
    for i, eigenvalue in enumerate((1, 4, 10)):
        np.testing.assert_allclose(
            run.theta[i], (i + 1) * (1 - rates * eigenvalue) ** t, rtol=1e-11
        )


def test_entry_t_is_the_state_before_update_t():
    def lr(t):
        return 0.1 / (t + 1)

    run = descend(valley(), [-7, 2], momentum, lr=lr, steps=3, beta=0.5)
    v = np.zeros(2)
    for t in range(3):
        assert run.lr[t] == lr(t) and run.loss[t] == valley()(run.theta[:, t])
        np.testing.assert_allclose(run.state["v"][:, t], v, rtol=1e-12)
        v = 0.5 * v + valley().grad(run.theta[:, t])
        np.testing.assert_allclose(run.theta[:, t + 1], run.theta[:, t] - lr(t) * v, rtol=1e-12)
    assert len(run) == 4 and run.theta.shape == (2, 4) and run.lr.shape == run.loss.shape == (4,)
    np.testing.assert_array_equal(run.final, run.theta[:, -1])


def test_iterate_yields_what_descend_collects():
    run = descend(valley(), [-7, 2], adam, lr=cosine(0.3, 10), steps=10)
    for t, (theta, loss, rate, m, s, count) in enumerate(
        itertools.islice(iterate(valley(), [-7, 2], adam, lr=cosine(0.3, 10)), 11)
    ):
        np.testing.assert_array_equal(theta, run.theta[:, t])
        np.testing.assert_array_equal(
            (loss, rate, count), (run.loss[t], run.lr[t], run.state["t"][t])
        )
        np.testing.assert_array_equal(
            [m + np.zeros(2), s + np.zeros(2)], [run.state["m"][:, t], run.state["s"][:, t]]
        )
    assert t == 10 == count


@pytest.mark.parametrize(
    "start, lr, batch",
    [
        ([-7, 2], 0.1, ()),
        ([-7, 2], [0.1], (1,)),
        ([-7, 2], [0.1, 0.2, 0.3], (3,)),
        ([-7, 2], np.ones((3, 1)), (3, 1)),
        ([-7, 2], np.ones((4, 3)), (4, 3)),
        (np.ones((2, 1)), 0.1, (1,)),
        (np.ones((2, 3)), [0.1, 0.2, 0.3], (3,)),
        (np.ones((2, 3)), np.ones((4, 1)), (4, 3)),
        (np.ones((2, 4, 3)), [0.1], (4, 3)),
        ((-7, 2), np.array(0.1), ()),
        ([-7, 2], range(2), (2,)),
        ([-7, 2], np.float32(0.1), ()),
        ([-7, 2], 1, ()),
    ],
)
def test_shapes(start, lr, batch):
    run = descend(valley(), start, adam, lr=lr, steps=5)
    assert (
        run.theta.shape == (2, 6, *batch) and run.loss.shape == (6, *batch) and run.batch == batch
    )
    assert (
        run.lr.shape in ((6,), (6, *batch))
        and run.state["m"].shape == run.state["s"].shape == run.theta.shape
    )
    assert (
        run.final.shape == (2, *batch)
        and np.shape(run.diverged) == batch
        and run.state["t"].tolist() == [0, 1, 2, 3, 4, 5]
    )
    assert len(run) == (len(list(run)) if batch else 6)
    for k in np.ndindex(*batch):
        if batch:
            one = run[k]
            assert (
                one.theta.shape == (2, 6)
                and one.loss.shape == one.lr.shape == (6,)
                and one.batch == ()
            )
            assert one.f is run.f and len(one) == 6 == run.steps + 1
            np.testing.assert_array_equal(one.theta, run.theta[(..., *k)])
            np.testing.assert_array_equal(
                one.lr, np.broadcast_to(run.lr.T, run.loss.T.shape).T[(..., *k)]
            )
            np.testing.assert_array_equal(one.state["m"], run.state["m"][(..., *k)])


@pytest.mark.parametrize(
    "start, lr, batch",
    [
        (-5, 0.1, ()),
        (np.float32(-5), 0.1, ()),
        (np.array(-5), [0.1, 0.2], (2,)),
        ([-5.0], 0.1, (1,)),
        ([-5, 0, 5], 0.1, (3,)),
        ([[-5], [0]], [0.1, 0.2, 0.3], (2, 3)),
    ],
)
def test_shapes_where_theta_is_a_number(start, lr, batch):
    run = descend(parabola(), start, momentum, lr=lr, steps=4)
    assert (
        run.theta.shape == run.loss.shape == run.state["v"].shape == (5, *batch)
        and run.final.shape == batch
    )
    np.testing.assert_array_equal(run.final, run.theta[-1])
    if batch:
        k = (-1,) * len(batch)
        np.testing.assert_array_equal(run[k].theta, run.theta[(slice(None), *k)])


def test_parts_of_a_batch():
    run = descend(valley(), [-7, 2], momentum, lr=[0.1, 0.2, 2.5], steps=600, beta=0.1)
    assert run.diverged.tolist() == [False, False, True] == [one.diverged for one in run]
    assert run[1:].batch == (2,) and run[1:].diverged.tolist() == [False, True]
    np.testing.assert_array_equal(run[-1].loss, run.loss[:, 2])
    with pytest.raises(IndexError):
        run[3]
    with pytest.raises(TypeError, match="one run, not a batch"):
        run[0][0]
    with pytest.raises(AttributeError):
        run.loss = 0


def test_repr_says_what_it_is():
    assert repr(descend(valley(), [1, 2], lr=0.1, steps=7)) == "<Run: 7 steps on <Loss: valley>>"
    assert (
        repr(descend(valley(), [1, 2], lr=[0.1, 0.2], steps=7))
        == "<Run: batch of (2,), 7 steps on <Loss: valley>>"
    )


@pytest.mark.parametrize("lr, batch", [(0.1, ()), ([0.1, 0.2], (2,)), (np.ones((3, 2)), (3, 2))])
def test_keep_last(lr, batch):
    run = functools.partial(
        descend, valley(), [-7, 2], adam, lr=lr, steps=20, measure={"x": lambda theta: theta[0]}
    )
    path, last = run(keep="path"), run(keep="last")
    assert (
        last.theta.shape == last.state["m"].shape == (2, 1, *batch)
        and last.state["t"].tolist() == [20]
        and last.steps == 20
    )
    for a, b in [
        (last.final, path.final),
        (last.theta[:, 0], path.theta[:, -1]),
        (last.state["m"][:, 0], path.state["m"][:, -1]),
        (last.loss, path.loss),
        (last.diverged, path.diverged),
        (last.measured["x"], path.measured["x"]),
        (last.measured["x"], path.theta[0]),
    ]:
        np.testing.assert_array_equal(a, b)
    assert descend(parabola(), [1, 2], lr=0.1, steps=3, keep="last").theta.shape == (1, 2)


def test_a_loss_may_ask_for_keep_last():
    f = valley()
    f.keep = "last"
    assert descend(f, [1, 2], lr=0.1, steps=5).theta.shape == (2, 1)
    assert descend(f, [1, 2], lr=0.1, steps=5, keep="path").theta.shape == (2, 6)


@pytest.mark.parametrize(
    "steps, every, at",
    [
        (10, 1, range(11)),
        (10, 3, [0, 3, 6, 9]),
        (10, 10, [0, 10]),
        (10, 99, [0]),
        (10.0, 5.0, [0, 5, 10]),
    ],
)
def test_measure(steps, every, at):
    measure = {"x": lambda theta: theta[0], "both": lambda theta: theta, "one": lambda theta: 1}
    run = descend(valley(), [-7, 2], lr=[0.1, 0.2], steps=steps, measure=measure, every=every)
    assert {name: m.shape for name, m in run.measured.items()} == {
        "x": (len(at), 2),
        "both": (len(at), 2, 2),
        "one": (len(at),),
    }
    np.testing.assert_array_equal(run.measured["x"], run.theta[0, list(at)])
    np.testing.assert_array_equal(run[1].measured["x"], run.theta[0, list(at), 1])
    assert descend(valley(), [1, 2], lr=0.1, steps=1).measured == {}


def own(theta, g, lr):
    return theta - lr * g


def own_momentum(theta, g, lr, v=0.0, *, beta=0.9):
    v = beta * v + g
    return theta - lr * v, v


def in_place(theta, g, lr):
    theta -= lr * g
    return theta


def momentum_in_place(theta, g, lr, v=0.0):
    v = v + np.zeros_like(theta)
    v *= 0.9
    v += g
    theta -= lr * v
    return theta, v


def default_changed_in_place(theta, g, lr, v=np.zeros(2)):  # noqa: B008
    v *= 0.9
    v += g
    return theta - lr * v, v


class Rule:
    def __call__(self, theta, g, lr):
        return theta - lr * g

    def step(self, theta, g, lr, v=None):
        v = g if v is None else 0.9 * v + g
        return theta - lr * v, v


def with_kwargs(theta, g, lr, **hyper):
    return theta - lr * g * hyper.get("scale", 1)


def no_star(theta, g, lr, v=0.0, beta=0.9):
    return own_momentum(theta, g, lr, v, beta=beta)


@pytest.mark.parametrize(
    "rule, hyper, same",
    [
        (own, {}, sgd),
        (lambda theta, g, lr: theta - lr * g, {}, sgd),
        (in_place, {}, sgd),
        (Rule(), {}, sgd),
        (with_kwargs, {}, sgd),
        (with_kwargs, {"scale": 1}, sgd),
        (lambda theta, g, lr: [t - lr * slope for t, slope in zip(theta, g, strict=True)], {}, sgd),
        (lambda theta, g, lr: (theta - lr * g,), {}, sgd),
        (own_momentum, {}, momentum),
        (own_momentum, {"beta": 0.9}, momentum),
        (momentum_in_place, {}, momentum),
        (Rule().step, {}, momentum),
        (no_star, {"beta": 0.9}, momentum),
        (functools.partial(own_momentum, beta=0.9), {}, momentum),
        (functools.partial(own_momentum, beta=0.1), {"beta": 0.9}, momentum),
    ],
)
@pytest.mark.parametrize(
    "lr", [0.1, [0.1, 0.2], cosine(0.1, 20)], ids=["rate", "rates", "schedule"]
)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_own_rule_does_what_the_built_in_one_does(rule, hyper, same, lr, dtype):
    start = np.array([-7, 2], dtype)
    ours, theirs = (
        descend(valley(), start, optimizer, lr=lr, steps=20, **h)
        for optimizer, h in ((rule, hyper), (same, {}))
    )
    np.testing.assert_allclose(
        ours.theta, theirs.theta, rtol=3e-6 if dtype == np.float32 else 1e-14
    )
    assert ours.theta.dtype == dtype and start.tolist() == [-7, 2]


def test_a_rule_that_names_no_module_is_a_rule():
    names = {"__builtins__": {}}
    exec("def nameless(theta, g, lr): return theta - lr * g", names)
    names["nameless"].__module__ = None
    run = descend(valley(), [-7, 2], names["nameless"], lr=0.1, steps=5)
    np.testing.assert_array_equal(run.theta, descend(valley(), [-7, 2], lr=0.1, steps=5).theta)


def test_a_first_value_changed_in_place_does_not_leak_into_the_next_run():
    first, second = (
        descend(valley(), [-7, 2], default_changed_in_place, lr=0.1, steps=20) for _ in range(2)
    )
    np.testing.assert_array_equal(first.theta, second.theta)
    np.testing.assert_allclose(
        first.theta, descend(valley(), [-7, 2], momentum, lr=0.1, steps=20).theta, rtol=1e-14
    )
    assert (first.state["v"][:, 0] == 0).all() and (np.diff(first.state["v"]) != 0).any()


def test_in_place_rules_leave_the_history_alone():
    run = descend(parabola(0), np.array([1.0, 2.0]), momentum_in_place, lr=0.1, steps=5)
    assert len(np.unique(run.theta[:, 0])) == 6 and len(np.unique(run.state["v"][:, 0])) == 6


@pytest.mark.parametrize(
    "rule", [own, own_momentum, Rule(), lambda theta, g, lr: theta - lr * np.sign(g)]
)
def test_own_rule_own_loss_own_schedule(rule):
    run = descend(
        Loss(lambda theta: np.cosh(theta - 2)),
        [0, 5],
        rule,
        lr=lambda t: 0.3 / (t + 1) ** 0.5,
        steps=300,
    )
    np.testing.assert_allclose(run.final, 2, atol=0.06)


def test_a_counter_and_one_number_for_each_run():
    def rule(theta, g, lr, n=0, size=0.0):
        return theta - lr * g / (n + 1), n + 1, np.sqrt((g**2).sum(axis=0))

    run = descend(valley(), [-7, 2], rule, lr=[0.1, 0.2, 0.3], steps=4)
    assert (
        run.state["n"].tolist() == [0, 1, 2, 3, 4]
        and run.state["size"].shape == (5, 3)
        and run[2].state["size"].shape == (5,)
    )


def test_a_limit_of_infinity_is_a_hyperparameter():
    def clip(theta, g, lr, *, limit=1.0):
        return theta - lr * g * np.minimum(1, limit / np.sqrt((g**2).sum(axis=0)))

    run = descend(valley(), [-7, 2], clip, lr=0.1, steps=5, limit=[0.5, np.inf])
    np.testing.assert_allclose(
        run[1].theta, descend(valley(), [-7, 2], lr=0.1, steps=5).theta, rtol=1e-14
    )
    assert (np.linalg.norm(np.diff(run[0].theta), axis=0) < 0.0500001).all()


def test_run_says_what_was_chosen_for_the_rule():
    assert descend(valley(), [1, 2], lr=0.1, steps=1).hyper == {}
    assert descend(valley(), [1, 2], momentum, lr=0.1, steps=1).hyper == {"beta": 0.9}
    assert descend(
        valley(), [1, 2], functools.partial(adam, beta1=0.5), lr=0.1, steps=1, eps=1.0
    ).hyper == {"beta1": 0.5, "beta2": 0.999, "eps": 1.0}
    run = descend(
        valley(), [1, 2], momentum, lr=np.array([[0.1], [0.2]]), beta=[0.5, 0.6, 0.7], steps=1
    )
    assert run.hyper["beta"].tolist() == [0.5, 0.6, 0.7] and run[1, 2].hyper == {"beta": 0.7}
    assert run[1].hyper["beta"].tolist() == [0.5, 0.6, 0.7]


def test_hyperparameters_as_a_list():
    run = descend(valley(), [-7, 2], momentum, lr=0.1, steps=9, beta=[0, 0.5, 0.9])
    np.testing.assert_array_equal(
        run[1].theta, descend(valley(), [-7, 2], momentum, lr=0.1, steps=9, beta=0.5).theta
    )


# memory by name


def heavy(theta, g, lr, beta=0.9, v=0.0):
    v = beta * v + g
    return theta - lr * v, v


def heavy_by_place(theta, g, lr, v=0.0, /, beta=0.9):
    v = beta * v + g
    return theta - lr * v, v


def all_by_place(theta, g, lr, beta=0.9, v=0.0, /):
    v = beta * v + g
    return theta - lr * v, v, beta


def both(theta, g, lr, beta=0.9, v=0.0):
    v = beta * v + g
    return theta - lr * v, beta, v


def two_of_three(theta, g, lr, m=0.0, s=0.0, t=0):
    return theta - lr * g, m + g, s + g**2


def one_of_three(theta, g, lr, m=0.0, s=0.0, t=0):
    return theta - lr * g, t + 1


def clipped(theta, g, lr, limit=1.0):
    return theta - lr * np.clip(g, -limit, limit)


def forgetful(theta, g, lr, v=0.0):
    return (theta - lr * g, v) if theta[0] < -6.5 else theta - lr * g


class Method:
    def heavy(self, theta, g, lr, beta=0.9, v=0.0):
        return heavy(theta, g, lr, beta, v)


@pytest.mark.parametrize(
    "rule, hyper",
    [
        (heavy, {"beta": 0.9}),
        (heavy_by_place, {"beta": 0.9}),
        (both, {}),
        (no_star, {"beta": 0.9}),
        (functools.partial(no_star, beta=0.9), {}),
        (Method().heavy, {"beta": 0.9}),
        (functools.partial(heavy, beta=0.5), {"beta": 0.9, "v": 0.0}),
    ],
)
def test_what_is_remembered_goes_by_its_name_in_any_order(rule, hyper):
    if isinstance(rule, functools.partial) and "v" in hyper:  # partial makes v keyword-only
        with pytest.raises(ValueError, match="takes back only 0"):
            descend(valley(), [-7, 2], rule, lr=0.1, steps=20, **hyper)
        return
    ours = descend(valley(), [-7, 2], rule, lr=[0.1, 0.2], steps=20, **hyper)
    theirs = descend(valley(), [-7, 2], momentum, lr=[0.1, 0.2], steps=20)
    np.testing.assert_array_equal(ours.theta, theirs.theta)
    np.testing.assert_array_equal(ours.state["v"], theirs.state["v"])


@pytest.mark.parametrize(
    "rule, hyper, words",
    [
        (
            heavy,
            {},
            r"heavy returned 1 of the 2 values that it takes back \(beta, v\): return all of "
            r"them, or put what is chosen once after a \*, as in def heavy\(",
        ),
        (no_star, {}, r"no_star returned 1 of the 2 values that it takes back \(v, beta\)"),
        (heavy_by_place, {}, r"1 of the 2 values that it takes back \(v, beta\)"),
        (Method().heavy, {}, r"1 of the 2 values that it takes back \(beta, v\)"),
        (two_of_three, {}, r"returned 2 of the 3 values that it takes back \(m, s, t\)"),
        (one_of_three, {}, r"returned 1 of the 3 values that it takes back \(m, s, t\)"),
        (lambda theta, g, lr, m=0.0, s=0.0: (theta - lr * g, m), {}, r"1 of the 2 .* \(m, s\)"),
        (
            heavy,
            {"v": 0.0},
            r"heavy returns v, so it changes at every step and cannot be chosen as v=0",
        ),
        (no_star, {"v": 0.0, "beta": 0.9}, "returned 1 values to remember, but takes back only 0"),
        (all_by_place, {"beta": 0.9}, "all_by_place has no hyperparameter 'beta'"),
        (
            forgetful,
            {},
            r"forgetful returned what it remembers \(v\) at some steps, but not at others",
        ),
        (momentum, {"g": 1.0}, "momentum has no hyperparameter 'g'"),
        (with_kwargs, {"g": 1.0}, "with_kwargs has no hyperparameter 'g'"),
        (lambda theta, g, lr, *, scale: theta - lr * scale * g, {}, "needs scale: give it by name"),
        (iter, {}, "optimizer must be a rule such as sgd or adam|must take theta, g and lr"),
    ],
)
def test_a_rule_that_gives_back_some_of_its_memory_is_refused_in_words(rule, hyper, words):
    for start in (functools.partial(descend, steps=20), functools.partial(lr_range_test, steps=20)):
        rate = {} if start.func is lr_range_test else {"lr": 0.1}
        with pytest.raises((TypeError, ValueError), match=words) as error:
            start(valley(), [-7, 2], rule, **rate, **hyper)
        assert len(str(error.value)) < 300


def test_a_rule_that_gives_back_nothing_keeps_its_meaning():
    run = descend(valley(), [-7, 2], clipped, lr=0.1, steps=9)
    theta = np.array([-7.0, 2.0])
    for t in range(10):
        np.testing.assert_array_equal(run.theta[:, t], theta)
        theta = theta - 0.1 * np.clip(valley().grad(theta), -1, 1)
    assert run.state == {}
    half = descend(valley(), [-7, 2], clipped, lr=0.1, steps=9, limit=0.5)
    assert np.abs(np.diff(half.theta)).max() == pytest.approx(0.05) and half.hyper == {"limit": 0.5}
    assert [
        len(state) for state in itertools.islice(iterate(valley(), [-7, 2], clipped, lr=0.1), 3)
    ] == [4, 4, 4]


# what anybody does to his arrays changes nothing else


def remembers_a_dict(theta, g, lr, memory={"v": np.zeros(2)}):  # noqa: B006, B008
    memory["v"] *= 0.9
    memory["v"] += g
    return theta - lr * memory["v"], memory


def remembers_a_list(theta, g, lr, memory=[np.zeros(2), 0]):  # noqa: B006, B008
    memory[0] *= 0.9
    memory[0] += g
    memory[1] += 1
    return theta - lr * memory[0], memory


def tells_nobody(theta, g, lr, memory={"v": np.zeros(2)}):  # noqa: B006, B008
    memory["v"] *= 0.9
    memory["v"] += g
    return theta - lr * memory["v"]


def tells_nobody_of_an_array(theta, g, lr, v=np.zeros(2)):  # noqa: B008
    v *= 0.9
    v += g
    return theta - lr * v


@pytest.mark.parametrize(
    "rule",
    [
        remembers_a_dict,
        remembers_a_list,
        default_changed_in_place,
        tells_nobody,
        tells_nobody_of_an_array,
    ],
)
def test_a_first_memory_never_leaks_into_the_next_run(rule):
    right = descend(valley(), [-7, 2], momentum, lr=0.1, steps=20)
    for _ in range(3):
        run = descend(valley(), [-7, 2], rule, lr=0.1, steps=20)
        np.testing.assert_allclose(run.theta, right.theta, rtol=1e-14)
        states = iterate(valley(), [-7, 2], rule, lr=0.1)
        walked = [theta for theta, *_ in itertools.islice(states, 21)]
        np.testing.assert_array_equal(np.transpose(walked), run.theta)


def test_each_entry_of_a_memory_is_what_it_was_then():
    run = descend(valley(), [-7, 2], remembers_a_dict, lr=0.1, steps=5)
    right = descend(valley(), [-7, 2], momentum, lr=0.1, steps=5).state["v"]
    np.testing.assert_array_equal(np.transpose([m["v"] for m in run.state["memory"]]), right)
    listed = descend(valley(), [-7, 2], remembers_a_list, lr=0.1, steps=5).state["memory"]
    assert [count for _, count in listed] == list(range(6))
    kept = [
        state[3]
        for state in itertools.islice(iterate(valley(), [-7, 2], remembers_a_dict, lr=0.1), 6)
    ]
    np.testing.assert_array_equal(np.transpose([m["v"] for m in kept]), right)


def ruins(*arrays):
    """Change in place whatever can be changed."""
    for array in arrays:
        if isinstance(array, np.ndarray):
            array *= 0
            array += 77


def ruins_all(theta, g, lr, v=0.0, *, beta=np.array([0.5, 0.9]), scale=np.ones(2)):  # noqa: B008
    new = theta - lr * (g + 0 * scale)
    v = beta * v + g
    ruins(theta, g, lr, beta, scale)
    return new, v


SQUARES = {
    "loss": (lambda t: (t[0] ** 2 + t[1] ** 2, ruins(t))[0], lambda t: 2 * t),
    "gradient": (lambda t: t[0] ** 2 + t[1] ** 2, lambda t: (2 * t, ruins(t))[0]),
    "loss without a gradient": (lambda t: (t[0] ** 2 + t[1] ** 2, ruins(t))[0], None),
}


class Reckless:
    """A loss of somebody's own, which reuses its arrays and changes what it is given."""

    keep, dim = "path", 2

    def __init__(self):
        self.g, self.loss_now = np.zeros((2, 2)), np.zeros(2)

    def at(self, t):
        return self

    def __call__(self, theta):
        return (theta**2).sum(axis=0)

    def value_and_grad(self, theta):
        self.loss_now[...] = (theta**2).sum(axis=0)
        self.g[...] = 2 * theta
        ruins(theta)
        return self.loss_now, self.g


def test_nothing_that_a_function_does_to_its_arguments_changes_a_run():
    start, rates, beta = np.array([[1.0, 2], [3, 4]]), np.array([0.1, 0.2]), np.array([0.5, 0.9])
    pure = Loss(lambda t: t[0] ** 2 + t[1] ** 2, lambda t: 2 * t)
    right = descend(pure, start, lr=rates, steps=9)
    losses = [Loss(*functions, dim=dim) for functions in SQUARES.values() for dim in (2, None)]
    for f in (pure, *losses, Reckless()):
        for rule, hyper in [(sgd, {}), (ruins_all, {"beta": beta}), (ruins_all, {})]:
            for keep in ("path", "last"):
                run = descend(
                    f,
                    start,
                    rule,
                    lr=rates,
                    steps=9,
                    keep=keep,
                    **hyper,
                    measure={"ruined": lambda theta: ruins(theta) or 1},
                )
                np.testing.assert_allclose(run.final, right.final, rtol=1e-8)
                np.testing.assert_allclose(run.loss, right.loss, rtol=1e-8)
                np.testing.assert_array_equal(run.lr, [rates] * 10)
                np.testing.assert_array_equal(run.hyper.get("beta", beta), beta)
    assert start.tolist() == [[1, 2], [3, 4]] and rates.tolist() == [0.1, 0.2]
    assert beta.tolist() == [0.5, 0.9]


@pytest.mark.parametrize("rule", [sgd, momentum, adam, own_momentum, momentum_in_place])
def test_what_iterate_yields_may_be_changed(rule):
    right = descend(valley(), np.ones((2, 3)), rule, lr=[0.1, 0.2, 0.3], steps=9)
    states = iterate(valley(), np.ones((2, 3)), rule, lr=[0.1, 0.2, 0.3])
    for t, (theta, loss, lr, *state) in enumerate(itertools.islice(states, 10)):
        np.testing.assert_array_equal(theta, right.theta[:, t])
        np.testing.assert_array_equal(loss, right.loss[t])
        ruins(theta, loss, lr, *state)


def test_what_is_done_to_arrays_later_changes_no_run_no_model_and_no_other_call():
    start, rates, beta = np.array([-7.0, 2.0]), np.array([0.1, 0.2]), np.array([0.5, 0.9])
    right = descend(valley(), start, momentum, lr=rates, steps=9, beta=beta)
    run = descend(valley(), start, momentum, lr=rates, steps=9, beta=beta)
    states = iterate(valley(), start, momentum, lr=rates, beta=beta)
    next(states)
    schedule = exponential_decay(rates, 0.5)
    slowed = schedule(2)
    ruins(start, rates, beta)
    np.testing.assert_array_equal(run.lr, [[0.1, 0.2]] * 10)
    assert run.hyper["beta"].tolist() == [0.5, 0.9] and slowed.tolist() == schedule(2).tolist()
    for t in range(1, 10):
        np.testing.assert_array_equal(next(states)[0], right.theta[:, t])
    theta = run.final
    theta -= 5
    np.testing.assert_array_equal(run.final, right.final)

    X, y = np.ones((4, 2)) + np.arange(4)[:, None], np.array([0.0, 1, 2, 1])
    H, m = np.diag([1.0, 4.0]), np.ones(2)
    models = [LinearRegression(X, y), MLP(X, y, (3,)), quadratic(H, m)]
    at = [np.ones(f.dim) / 2 for f in models]
    before = [f.value_and_grad(theta) for f, theta in zip(models, at, strict=True)]
    measure = models[1].on(X, y)
    share = measure(at[1])
    ruins(X, y, H, m)
    for f, theta, (loss, g) in zip(models, at, before, strict=True):
        np.testing.assert_array_equal(f.value_and_grad(theta)[1], g)
        assert f(theta) == loss
    assert measure(at[1]) == share


@pytest.mark.parametrize(
    "f",
    [make() for make in SURFACES.values()]
    + [quadratic([[2, 1], [1, 3]], [1, 2]), LinearRegression(*receipts())],
    ids=repr,
)
def test_what_a_loss_hands_out_may_be_changed(f):
    theta = f.start
    loss, g, start, H = f(theta), f.grad(theta), f.start.tolist(), f.hessian(theta)
    for handed in (f.start, f.minimum, f.grad(f.start), f.hessian(f.start)):
        ruins(handed)
    assert f(theta) == loss and (f.grad(theta) == g).all() and f.start.tolist() == start
    np.testing.assert_array_equal(f.hessian(theta), H)
    if f.minimum is not None:
        assert np.abs(f.grad(f.minimum)).max() < 1e-9


# a schedule is asked once for each step


@pytest.mark.parametrize("steps", [1, 2, 20])
@pytest.mark.parametrize("start", [[-7, 2], np.ones((2, 3))])
def test_a_schedule_is_asked_once_for_each_step_in_order(steps, start):
    asked = []

    def lr(t):
        asked.append(t)
        return 0.1 / (1 + t)

    run = descend(valley(), start, momentum, lr=lr, steps=steps, measure={"x": np.sum})
    assert asked == list(range(steps + 1)) and all(type(t) is int for t in asked)
    np.testing.assert_array_equal(run.lr, [0.1 / (1 + t) for t in range(steps + 1)])
    asked.clear()
    states = iterate(valley(), start, lr=lr)
    for _ in range(steps):
        next(states)
    assert asked == list(range(steps))


def test_a_schedule_may_be_an_iterator_that_has_a_rate_for_each_entry_of_the_run():
    rates = [0.5, 0.4, 0.3, 0.2]
    queue = iter(rates)
    assert descend(parabola(), 1.0, lr=lambda t: next(queue), steps=3).lr.tolist() == rates
    assert next(queue, "empty") == "empty"
    queue = iter(rates)
    with pytest.raises(ValueError, match="the schedule has no rate for t = 4: it is asked once"):
        descend(parabola(), 1.0, lr=lambda t: next(queue), steps=4)


def test_a_batch_of_rates_from_one_array_that_the_schedule_changes():
    rates = np.array([0.1, 0.2])

    def halved(t):
        rates[:] = rates / 2
        return rates

    run = descend(parabola(0), 1.0, lr=halved, steps=3)
    np.testing.assert_array_equal(run.lr, np.outer(0.5 ** np.arange(1, 5), [0.1, 0.2]))


# one run of a batch, with the loss that it saw


@pytest.mark.parametrize(
    "model",
    [
        LinearRegression(np.random.default_rng(0).normal(size=(9, 3)), np.arange(9.0)),
        MLP(np.random.default_rng(0).normal(size=(9, 3)), np.arange(9) % 3, (4,)),
    ],
    ids=repr,
)
def test_one_run_over_seeds_has_the_loss_of_its_seed(model):
    seeds, steps = [4, 0, 9], 6
    many = Minibatches(model, 2, steps, seeds)
    start = np.random.default_rng(1).normal(size=(model.dim, 2, 3))
    batch = descend(many, start, lr=[[0.01], [0.02]], steps=steps, keep="path")
    assert batch.f is many

    def same(one, j, k):
        assert one.f.rows.shape == (steps + 1, 2)
        np.testing.assert_array_equal(one.f.rows, Minibatches(model, 2, steps, seeds[k]).rows)
        for t in range(steps + 1):
            theta = batch.theta[:, t, j, k]
            np.testing.assert_allclose(one.f.at(t)(theta), batch.loss[t, j, k], rtol=1e-12)

    for j, k in np.ndindex(2, 3):
        same(batch[j, k], j, k)
        same(batch[j][k], j, k)
        same(batch[:, k][j], j, k)
        same(batch[[j], [k]][0], j, k)
        same(batch[..., k : k + 1][j, 0], j, k)
        assert batch[j, k].f.whole is model
    np.testing.assert_array_equal(batch[0].f.rows, many.rows)
    np.testing.assert_array_equal(batch[:, ::-1].f.rows, many.rows[..., ::-1])
    mask = np.array([[True, False, True], [False, True, False]])
    assert [one.f.rows.tolist() for one in batch[mask]] == [
        many.rows[..., k].tolist() for k in (0, 2, 1)
    ]
    part = descend(model.on_rows(many.rows[0]), start, lr=0.01, steps=2)
    assert part[1, 2].f(part[1, 2].final) == pytest.approx(part.loss[-1, 1, 2], rel=1e-12)


def test_a_gradient_cloud_and_arrows_show_the_seed_of_the_run():
    from lrteach import Scene, gradient_cloud, landscape

    f = Minibatches(LinearRegression(*receipts()), 1, 20, seed=range(3))
    run = descend(f, np.zeros((2, 3)), lr=0.01, steps=20)
    for k in range(3):
        Scene(gradient_cloud(x=(-9e3, 9e3), y=(-9e3, 9e3))).show(run[k], 3)
        Scene(landscape(f.loss, arrows=True)).show(run[k], 3)


def test_steps_and_times_of_a_run():
    run = descend(valley(), [1, 2], lr=[0.1, 0.2], steps=10, every=4, measure={"x": np.sum})
    assert run.steps == 10 == run[0].steps
    assert run.times.tolist() == [0, 4, 8] == run[1].times.tolist()
    assert len(run.times) == len(run.measured["x"])
    assert descend(valley(), [1, 2], lr=0.1, steps=3).times.tolist() == [0, 1, 2, 3]


def grows(theta, g, lr, seen=()):
    return theta - lr * g, (*seen, float(g[0]))


def widens(theta, g, lr, seen=np.zeros(0)):  # noqa: B008
    return theta - lr * g, np.append(seen, g[0])


@pytest.mark.parametrize("rule", [grows, widens])
def test_a_memory_that_changes_its_shape_is_kept_as_it_was(rule):
    run = descend(valley(), [-7, 2], rule, lr=0.1, steps=4)
    assert [len(seen) for seen in run.state["seen"]] == [0, 1, 2, 3, 4]


def test_a_measure_may_have_another_shape_at_each_step_but_no_ragged_one():
    sizes = iter(range(1, 9))
    run = descend(
        valley(), [1, 2], lr=0.1, steps=3, measure={"x": lambda theta: np.ones(next(sizes))}
    )
    assert [len(x) for x in run.measured["x"]] == [1, 2, 3, 4]
    with pytest.raises(
        ValueError, match=r"the measure 'x' must return a number .* its rows differ"
    ):
        descend(valley(), [1, 2], lr=0.1, steps=3, measure={"x": lambda theta: [[1], [2, 3]]})


@pytest.mark.parametrize(
    "progress, words",
    [
        (lambda steps: "x" * 99, "each of the 4 steps once, but it yielded 99"),
        (lambda steps: [None] * 3, "each of the 4 steps once, but it yielded 3"),
        (lambda steps: 3, "must yield the steps one after the other, but it returned 3"),
    ],
)
def test_a_progress_that_does_not_yield_each_step_is_refused(progress, words):
    with pytest.raises((TypeError, ValueError), match=words):
        descend(valley(), [1, 2], lr=0.1, steps=3, progress=progress)


# a run can be sent to another process


@pytest.mark.parametrize(
    "f, start",
    [
        *((make(), make().start) for make in SURFACES.values()),
        (parabola(2, 3), 0.5),
        (quadratic([[2, 1], [1, 3]], [1, 2]), [4, 4]),
        (ravine(1, 2, 3), [1, 1, 1]),
        (two_wells(0.3), [1, 1]),
        (LinearRegression(*receipts()), [0, 0]),
        (Minibatches(LinearRegression(*receipts()), 2, 9, seed=1), [0, 0]),
        (Minibatches(LinearRegression(*receipts()), 2, 9, seed=[1, 2]), np.zeros((2, 2))),
        (Minibatches(LinearRegression(*receipts()), 2, 9, seed=[1, 2]).at(3), np.zeros((2, 2))),
        (MLP(np.eye(3), [0, 1, 2], (4,)), None),
        (MLP(np.eye(3), [0, 1, 2], (4,)).on_rows([0, 2]), None),
        (Minibatches(MLP(np.eye(3), [0, 1, 2], (4,)), 2, 9, seed=1), None),
    ],
    ids=repr,
)
@pytest.mark.parametrize(
    "copied",
    [
        lambda thing: pickle.loads(pickle.dumps(thing)),
        copy.deepcopy,
        copy.copy,
        *(
            functools.partial(
                lambda protocol, thing: pickle.loads(pickle.dumps(thing, protocol)), p
            )
            for p in (2, pickle.HIGHEST_PROTOCOL)
        ),
    ],
    ids=["pickle", "deepcopy", "copy", "2", "highest"],
)
def test_losses_and_runs_can_be_pickled_and_copied(f, start, copied):
    start = f.whole.init(0) if start is None else start
    again = copied(f)
    one = descend(f, start, adam, lr=cosine(0.1, 9), steps=9, measure={"x": np.sum})
    two = descend(again, start, adam, lr=cosine(0.1, 9), steps=9, measure={"x": np.sum})
    three = copied(one)
    for run in (two, three):
        for name in ("theta", "loss", "lr"):
            np.testing.assert_array_equal(getattr(run, name), getattr(one, name))
        np.testing.assert_array_equal(run.state["m"], one.state["m"])
        np.testing.assert_array_equal(run.measured["x"], one.measured["x"])
        assert run.hyper == one.hyper and repr(run) == repr(one) and run.steps == one.steps
    np.testing.assert_array_equal(three.f(one.final), f(one.final))
    np.testing.assert_array_equal(three.f.grad(one.final), f.grad(one.final))
    for name in ("name", "dim", "keep", "bounds", "called"):
        assert getattr(again, name) == getattr(f, name)
    np.testing.assert_array_equal(again.minimum, f.minimum)


def test_what_was_set_on_a_loss_is_pickled_with_it():
    f = valley()
    f.keep, f.start, f.name = "last", [1.0, 1.0], "my valley"
    again = pickle.loads(pickle.dumps(f))
    assert again.keep == "last" and again.start == [1, 1] and repr(again) == "<Loss: my valley>"
    own = pickle.loads(pickle.dumps(Loss(np.sum, np.ones_like)))
    assert own([1, 2]) == 3 and own.grad([1, 2]).tolist() == [1, 1]


# every refusal can be read

HUGE = {
    "a string": "x" * 10_000,
    "a list": list("x" * 10_000),
    "an array": np.full((100, 100), np.nan),
    "a dict": {str(k): k for k in range(9999)},
    "a number": 10**5000,
    "a set": set(range(9999)),
    "an object": type("X" * 5000, (), {})(),
    "text": np.array(["x" * 5000] * 3),
    "a function": lambda theta, g, lr, *, a=list(range(9999)): None,
}


@pytest.mark.parametrize("value", HUGE.values(), ids=HUGE)
@pytest.mark.parametrize(
    "argument",
    ["f", "theta", "optimizer", "lr", "steps", "keep", "measure", "every", "progress", "beta"],
)
def test_every_refusal_is_short_however_large_the_value(argument, value):
    if argument == "beta" and isinstance(value, np.ndarray) and value.dtype == float:
        value = value.astype(bool)  # any array of numbers is allowed
    arguments = {
        "f": valley(),
        "theta": [1, 2],
        "optimizer": momentum,
        "lr": 0.1,
        "steps": 3,
        argument: value,
    }
    with pytest.raises((TypeError, ValueError)) as error:
        descend(**arguments)
    assert 10 < len(str(error.value)) < 300 and "\n" not in str(error.value)


@pytest.mark.parametrize(
    "call",
    [
        lambda f: descend(f, [1, 2], lr=0.1, steps=3),
        lambda f: iterate(f, [1, 2], lr=0.1),
        lambda f: lr_range_test(f, [1, 2]),
        critical_lr,
        curvature,
    ],
    ids=range(5),
)
def test_a_loss_without_its_brackets_is_understood(call):
    def my_own():
        return valley()

    def my_square(theta):
        return theta**2

    for f, words in [
        (valley, r"not the function valley; did you mean valley\(\)\?"),
        (parabola, r"did you mean parabola\(\)\?"),
        (ravine, r"did you mean ravine\(\)\?"),
        (quadratic, r"did you mean quadratic\(\.\.\.\)\?"),
        (my_own, r"did you mean my_own\(\)\?"),
        (MLP, r"did you mean MLP\(\.\.\.\)\?"),
        (my_square, r"wrap your own function as Loss\(f\)"),
        (abs, r"as Loss\(f\)"),
        (lambda theta: 0, r"as Loss\(f\)"),
        (3, r"as Loss\(f\)"),
        ("valley", r"as Loss\(f\)"),
    ]:
        with pytest.raises(TypeError, match=f"^f must be a Loss, .*{words}$"):
            call(f)


DIVERGING = [(f(), f().start, rule) for f in SURFACES.values() for rule in OPTIMIZERS.values()] + [
    (parabola(), -5, sgd),
    (parabola(), np.float32(-5), momentum),
    (LinearRegression(*receipts()), np.zeros(2, np.float32), sgd),
    (Loss(lambda theta: np.exp(theta)), -1, sgd),
    (Loss(lambda theta: theta[0] ** 4 / theta[1]), [1, 0], sgd),
    (Loss(np.log, np.reciprocal), 0.0, sgd),
    (parabola(), 1e200, sgd),
    (parabola(), np.float32(1e30), adam),
    (valley(), np.float16([300, 300]), own),
]


@pytest.mark.parametrize(
    "lr", [0.5, 1e3, [1e-3, 50, 1e300], lambda t: 10.0**t], ids=["0.5", "1e3", "rates", "schedule"]
)
def test_an_overflow_raises_nothing_and_warns_nothing(lr):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        diverged = 0
        for f, start, rule in DIVERGING:
            if np.asarray(start).dtype.itemsize < 8 and lr != 0.5:
                continue  # the rate itself must fit into the dtype
            run = descend(
                f,
                start,
                rule,
                lr=lr,
                steps=60,
                measure={"square": lambda theta: (theta**2).sum(axis=0)},
            )
            finite = np.isfinite(run.loss[-1]) & np.isfinite(run.final).all(
                axis=0 if run.theta.ndim > run.loss.ndim else ()
            )
            np.testing.assert_array_equal(run.diverged, ~finite)
            diverged += np.any(run.diverged)
        assert diverged >= 5


@pytest.mark.parametrize("lr, diverged", [(0.1, False), (1.99, False), (2.0, False), (3.0, True)])
def test_diverged(lr, diverged):
    run = descend(parabola(), -5, lr=lr, steps=2000)
    assert run.diverged == diverged == (not np.isfinite(run.loss[-1]))
    assert descend(parabola(), [-5, 5.0], lr=lr, steps=2000).diverged.tolist() == [
        diverged,
        False,
    ]  # the second starts at the minimum


def start(theta, f=valley()):  # noqa: B008
    return lambda: descend(f, theta, lr=0.1, steps=2)


def rate(lr):
    return lambda: descend(valley(), [1, 2], lr=lr, steps=3)


def rule(optimizer, **hyper):
    return lambda: descend(valley(), [1, 2], optimizer, lr=0.1, steps=3, **hyper)


def call(**arguments):
    return lambda: descend(**{"f": valley(), "theta": [1, 2], "lr": 0.1, "steps": 3, **arguments})


def returns_nothing(theta, g, lr):
    theta = theta - lr * g


def forgets_a_first_value(theta, g, lr):
    return theta - lr * g, g


RATE = "must be 0 or above and finite, not "
NUMBERS = "must be a number or an array of numbers, not "
WHOLE = "must be a whole number of at least 1, not "


@pytest.mark.parametrize(
    "make, error, words",
    [
        (rate(-0.1), ValueError, f"^lr {RATE}-0.1"),
        (rate(np.nan), ValueError, f"^lr {RATE}nan"),
        (rate(np.inf), ValueError, f"^lr {RATE}inf"),
        (rate([0.1, -1]), ValueError, f"^lr {RATE}-1"),
        (rate(np.array([0.1, np.nan])), ValueError, f"^lr {RATE}nan"),
        (rate([]), ValueError, "^lr is empty"),
        (rate(None), TypeError, f"^lr {NUMBERS}None"),
        (rate("0.1"), TypeError, f"^lr {NUMBERS}'0.1'"),
        (rate(True), TypeError, f"^lr {NUMBERS}True"),
        (rate([None]), TypeError, f"^lr {NUMBERS}"),
        (rate(1j), TypeError, f"^lr {NUMBERS}1j"),
        (rate([[1, 2], [3]]), ValueError, "^lr must be .* rows differ"),
        (rate(lambda t: None), TypeError, r"schedule returned nothing \(None\) at t = 0"),
        (rate(lambda t: "x"), TypeError, f"^lr at t = 0 {NUMBERS}'x'"),
        (rate(lambda t: 1 - t), ValueError, f"^lr at t = 2 {RATE}-1"),
        (rate(lambda t: []), ValueError, "^lr at t = 0 is empty"),
        (
            rate(lambda t: 0.1 if t < 2 else None),
            TypeError,
            r"schedule returned nothing \(None\) at t = 2",
        ),
        (rate(constant), TypeError, r"^lr must be .* but constant takes \(lr\): call it, lr="),
        (
            rate(lambda t: np.full(t + 1, 0.1)),
            ValueError,
            r"schedule returned rates of shape \(2,\) at t = 1, but of shape \(1,\) at t = 0",
        ),
        (
            rate(lambda t: [0.1] if t == 0 else 0.1),
            ValueError,
            r"rates of shape \(\) at t = 1, but of shape \(1,\) at t = 0",
        ),
        *(
            (call(**{name: value}), error, f"^{name} {WHOLE}{words}")
            for name in ("steps", "every")
            for value, error, words in [
                (0, ValueError, "0"),
                (-3, ValueError, "-3"),
                (1.5, ValueError, "1.5"),
                (np.nan, ValueError, "nan"),
                (np.inf, ValueError, "inf"),
                ([3], ValueError, r"\[3\]"),
                ("3", TypeError, "'3'"),
                (None, TypeError, "None"),
                (True, TypeError, "True"),
            ]
        ),
        (
            start([1, 2, 3]),
            ValueError,
            r"theta has shape \(3,\), but valley needs 2 coordinates on the first axis",
        ),
        (start(1), ValueError, r"theta has shape \(\), but valley needs 2"),
        (start([]), ValueError, "theta is empty"),
        (
            start(np.ma.array([1.0, 2.0], mask=[0, 1])),
            ValueError,
            "theta must be a number or an array of numbers, not .*: some of it is masked",
        ),
        (rate(np.ma.masked), ValueError, "lr must be .*: some of it is masked"),
        (start(np.zeros((2, 0))), ValueError, "theta is empty"),
        (start([np.nan, 0]), ValueError, "theta must be finite, not nan"),
        (start(None, parabola()), TypeError, f"^theta {NUMBERS}None"),
        (start("7", parabola()), TypeError, f"^theta {NUMBERS}'7'"),
        (start([[1, 2], [3]]), ValueError, "theta must be .* rows differ in length"),
        (start([1, 2], abs), TypeError, r"f must be a Loss, not .* Loss\(f\)"),
        (
            start([1, 2], valley),
            TypeError,
            r"f must be a Loss, not the function valley; did you mean valley\(\)\?",
        ),
        (start([1, 2], Loss), TypeError, "f must be a Loss, not <class"),
        (
            rule(momentum, bete=0.9),
            TypeError,
            r"momentum has no hyperparameter 'bete'; did you mean 'beta'\? \(it takes: beta\)",
        ),
        (
            rule(adam, beta_1=0.9),
            TypeError,
            r"adam has no hyperparameter 'beta_1'; did you mean 'beta1'\? \(it takes: beta1",
        ),
        (rule(sgd, beta=0.9), TypeError, r"sgd has no hyperparameter 'beta' \(it takes: none\)"),
        (
            rule(sgd, momentum=0.9),
            TypeError,
            r"sgd has no hyperparameter 'momentum' \(it takes: none\)",
        ),
        (
            rule(sgd, mesure={}),
            TypeError,
            r"sgd has no hyperparameter 'mesure'; did you mean 'measure'\? \(it takes: none\)",
        ),
        (rule(adam, kep="last"), TypeError, "did you mean 'keep'"),
        (rule(momentum, measur={}), TypeError, "did you mean 'measure'"),
        (rule(lambda theta, g, lr: ()), ValueError, r"returned a theta of shape \(0,\)"),
        (
            start(3.0, Loss(lambda theta: theta[0] + theta[1])),
            ValueError,
            r"theta has shape \(\), and <Loss: the loss> cannot take it",
        ),
        (rule(momentum, v=1), TypeError, r"momentum has no hyperparameter 'v' \(it takes: beta\)"),
        (
            rule(functools.partial(adam, beta1=0.5), bata2=1),
            TypeError,
            "the rule has no hyperparameter 'bata2'; did you mean 'beta2'",
        ),
        (rule(momentum, beta="0.9"), TypeError, f"^beta {NUMBERS}'0.9'"),
        (rule(momentum, beta=None), TypeError, f"^beta {NUMBERS}None"),
        (rule(momentum, beta=[]), ValueError, "^beta is empty"),
        (rule(momentum, beta=np.nan), ValueError, "^beta must be numbers, not nan"),
        (rule(momentum, beta=[0.9, np.nan]), ValueError, "^beta must be numbers, not nan"),
        (
            call(optimizer=momentum, beta=[0.1, 0.2], lr=[1, 2, 3]),
            ValueError,
            r"batches do not fit together: lr has \(3,\), beta has \(2,\)",
        ),
        (
            call(theta=np.ones((2, 4)), lr=[1, 2, 3]),
            ValueError,
            r"batches do not fit together: theta has \(4,\), lr has \(3,\)",
        ),
        (rule("adam"), TypeError, "optimizer must be a rule such as sgd or adam, not 'adam'"),
        (rule(None), TypeError, "optimizer must be a rule .* not None"),
        (rule(lambda theta, g: theta), TypeError, "must take theta, g and lr"),
        (rule(lambda theta, g, lr, v: (theta, v)), TypeError, "each with its first value"),
        (
            rule(returns_nothing),
            TypeError,
            r"returns_nothing returned nothing \(None\); end it with `return theta",
        ),
        (
            rule(lambda theta, g, lr: theta[0]),
            ValueError,
            r"returned a theta of shape \(\), but theta has shape \(2,\)",
        ),
        (
            rule(lambda theta, g, lr: [theta, theta]),
            ValueError,
            r"returned a theta of shape \(2, 2\), but theta has shape \(2,\)",
        ),
        (
            rule(lambda theta, g, lr: [theta, 0.0]),
            ValueError,
            "the theta that <lambda> returns must be .* rows differ in length",
        ),
        (
            rule(lambda theta, g, lr: "theta"),
            TypeError,
            "the theta that <lambda> returns must be .* not 'theta'",
        ),
        (
            rule(lambda theta, g, lr: theta * 1j),
            TypeError,
            "the theta that <lambda> returns must be",
        ),
        (
            rule(forgets_a_first_value),
            ValueError,
            r"returned 1 values to remember, but takes back only 0 \(none\): give each a first",
        ),
        (
            call(f=Loss(lambda t: (t**2).sum(axis=0), lambda t: t[0])),
            ValueError,
            r"gradient of the loss has shape \(\), but theta has",
        ),
        (
            call(f=Loss(lambda t: (t**2).sum(axis=0), lambda t: None)),
            TypeError,
            "the gradient of the loss must be .* not None",
        ),
        (
            call(f=Loss(lambda t: (t**2).sum()), lr=[0.1, 0.2]),
            ValueError,
            r"loss of shape \(\) for a theta of shape \(2, 2\)",
        ),
        (
            call(f=Loss(lambda t: t.sum()), theta=1, lr=[0.1, 0.2]),
            ValueError,
            r"loss of shape \(\) for a batch of shape \(2,\)",
        ),
        (
            call(f=Loss(lambda t: None)),
            TypeError,
            "the loss that the loss returns must be .* not None",
        ),
        (call(keep="all"), ValueError, "keep must be one of 'path', 'last', not 'all'"),
        (call(keep=False), ValueError, "keep must be one of .* not False"),
        (
            call(measure=len),
            TypeError,
            "measure must be {name: function of theta}, not the function len",
        ),
        (
            call(measure={"x": 3}),
            TypeError,
            "measure must be {name: function of theta}, not {'x': 3}",
        ),
    ],
)
def test_says_what_is_wrong(make, error, words):
    with pytest.raises(error, match=words):
        make()


def test_bad_arguments_are_refused_before_the_first_step():
    with pytest.raises(ValueError, match="lr must be"):
        iterate(valley(), [1, 2], lr=-1)
    with pytest.raises(TypeError, match="no hyperparameter 'beat'"):
        iterate(valley(), [1, 2], momentum, lr=1, beat=0.9)


def test_too_few_minibatches_are_refused_before_the_first_step():
    f = Minibatches(LinearRegression(*receipts()), 1, steps=4, seed=0)
    asked = []

    def measure(theta):
        asked.append(theta)
        return 0.0
    words = "drawn for the steps 0 to 4, not for step 5"
    with pytest.raises(ValueError, match=words):
        descend(f, f.start, lr=1e-3, steps=5, measure={"x": measure})
    assert not asked
    begun = descend(f, f.start, lr=1e-3, steps=3)
    assert descend(f, lr=1e-3, steps=1, resume=begun).steps == 4
    with pytest.raises(ValueError, match=words):
        descend(f, lr=1e-3, steps=2, resume=begun)


def test_what_cannot_be_an_array_is_named():
    class Tensor:
        """As PyTorch's, which requires its gradient."""

        def __array__(self, dtype=None, copy=None):
            raise RuntimeError("Can't call numpy() on Tensor that requires grad." + 300 * " More.")

        def __repr__(self):
            return "tensor([1., 2.], requires_grad=True)"

    for given, name in (({}, "theta"), ({"theta": [1, 2], "lr": Tensor()}, "lr")):
        words = f"^{name} must be .*, not tensor.*requires grad"
        with pytest.raises(TypeError, match=words) as error:
            descend(valley(), **{"theta": Tensor(), "lr": 0.1, **given}, steps=2)
        assert len(str(error.value)) < 300


def test_a_mean_of_a_path_that_overflows_is_silent():
    run = descend(parabola(0), 1e308, lr=0, steps=4)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert run.average() == np.inf


def test_an_array_without_masked_entries_is_an_array():
    run = descend(valley(), np.ma.array([1.0, 2.0]), lr=np.ma.array([0.1, 0.2]), steps=3)
    plain = descend(valley(), [1, 2], lr=[0.1, 0.2], steps=3)
    np.testing.assert_array_equal(run.theta, plain.theta)


def test_a_run_can_be_made_by_hand():
    run = Run(np.zeros((2, 3, 4)), np.zeros((3, 4)), np.ones(3), None)
    assert (
        len(run) == 4
        and run.steps == 2
        and run.batch == (4,)
        and run[0].theta.shape == (2, 3)
        and run[0].lr.shape == (3,)
        and not run.diverged.any()
    )


# hyperparameters that follow a schedule


@pytest.mark.parametrize("rule, names", [
    (momentum, ["beta"]), (nesterov, ["beta"]), (momentum_inside, ["beta"]), (rmsprop, ["beta"]),
    (adam, ["beta1", "beta2"]), (adamw, ["beta1", "weight_decay"]), (adagrad, ["eps"]),
])
def test_a_hyperparameter_may_follow_a_schedule(rule, names):
    hyper = {name: linear(0.9 - 0.2 * k, 30, 0.1) for k, name in enumerate(names)}
    run = descend(valley(), [1.0, 2.0], rule, lr=0.01, steps=40, **hyper)
    theta, state = np.array([1.0, 2.0]), ()
    for t in range(40):
        values = {name: schedule(t) for name, schedule in hyper.items()}
        theta, *state = rule(theta, valley().value_and_grad(theta)[1], 0.01, *state, **values)
    np.testing.assert_array_equal(run.final, theta)
    assert all(run.hyper[name] is hyper[name] for name in names)


def test_a_constant_schedule_of_beta_is_the_number():
    for make in (lambda: 0.8, lambda: constant(0.8), lambda: lambda t: 0.8):
        run = descend(valley(), [1.0, 2.0], momentum, lr=0.01, steps=30, beta=make())
        again = descend(valley(), [1.0, 2.0], momentum, lr=0.01, steps=30, beta=0.8)
        np.testing.assert_array_equal(run.theta, again.theta)


def test_schedules_of_beta_make_batches_too():
    betas = constant([0.5, 0.8, 0.9])
    run = descend(valley(), [1.0, 2.0], momentum, lr=0.01, steps=30, beta=betas)
    right = descend(valley(), [1.0, 2.0], momentum, lr=0.01, steps=30, beta=[0.5, 0.8, 0.9])
    np.testing.assert_array_equal(run.theta, right.theta)
    assert run.batch == (3,) and run[1].batch == ()


def test_beta_by_schedule_stays_float32():
    run = descend(valley(), np.float32([1, 2]), adam, lr=0.1, steps=9, beta1=linear(0.9, 9))
    assert run.theta.dtype == run.state["m"].dtype == np.float32


def test_an_own_rule_follows_a_schedule_and_keeps_its_functions():
    def own(theta, g, lr, *, c=1.0, shape=np.sign):
        return theta - lr * c * shape(g)
    run = descend(parabola(0), 1.0, own, lr=0.1, steps=3, c=linear(1.0, 2), shape=np.tanh)
    theta = 1.0
    for c in (1.0, 0.5, 0.0):
        theta = theta - 0.1 * c * np.tanh(parabola(0).value_and_grad(theta)[1])
    assert run.final == theta


@pytest.mark.parametrize("beta, words", [
    (linear, r"beta must be a number or a function of the step t alone, .*beta=linear\(...\)"),
    (lambda t: None, r"the schedule beta returned nothing \(None\) at t = 0"),
    (lambda t: -1.0, "beta at t = 0 must be 0 or above and finite, not -1"),
    (lambda t: 0.9 if t < 3 else np.nan, "beta at t = 3 must be 0 or above and finite, not nan"),
    (lambda t: [0.9] * (t + 1), r"the schedule beta returned rates of shape \(2,\) at t = 1"),
    (lambda t: "0.9", "beta at t = 0 must be a number or an array of numbers, not '0.9'"),
])
def test_a_bad_schedule_of_beta_is_named(beta, words):
    with pytest.raises((TypeError, ValueError), match=words) as caught:
        descend(valley(), [1.0, 2.0], momentum, lr=0.01, steps=9, beta=beta)
    assert len(str(caught.value)) < 300


# a run that goes on


def same_run(run, right):
    np.testing.assert_array_equal(run.theta, right.theta)
    np.testing.assert_array_equal(run.loss, right.loss)
    np.testing.assert_array_equal(run.lr, right.lr)
    np.testing.assert_array_equal(run.times, right.times)
    assert run.theta.dtype == right.theta.dtype and run.steps == right.steps
    assert run.batch == right.batch and run.every == right.every
    for mine, its in ((run.state, right.state), (run.measured, right.measured)):
        assert mine.keys() == its.keys()
        for name, values in mine.items():
            np.testing.assert_array_equal(values, its[name])
            assert values.dtype == its[name].dtype


RESUMED = {
    "a number": (parabola(5), -5.0, {"lr": 0.1}),
    "float32": (valley(), np.float32([1, 2]), {"lr": 0.02}),
    "a schedule": (valley(), [1.0, 2.0], {"lr": cosine(0.05, 25)}),
    "a batch of rates": (valley(), [1.0, 2.0], {"lr": [0.01, 0.02, 0.03]}),
    "a batch of starts": (valley(), np.ones((2, 4, 3)), {"lr": exponential_decay(0.02, 0.9)}),
    "minibatches": (
        Minibatches(LinearRegression(*receipts()), 3, steps=40, seed=[0, 1]),
        np.zeros((2, 2)), {"lr": linear(0.05, 40)}),
    "diverged": (valley(), [1.0, 2.0], {"lr": 1e100}),
    "one of them diverged": (valley(), [1.0, 2.0], {"lr": [0.02, 1e100]}),
    "the last alone": (valley(), [1.0, 2.0], {"lr": cosine(0.05, 25), "keep": "last"}),
    "measures": (valley(), [1.0, 2.0], {"lr": 0.02, "measure": {"x": lambda theta: theta[0]}}),
    "measures, every 3": (
        valley(), [1.0, 2.0], {"lr": 0.02, "measure": {"x": lambda theta: theta[0]}, "every": 3}),
    "measures, every 7, the last alone": (
        valley(), np.ones((2, 3)),
        {"lr": 0.02, "measure": {"x": lambda theta: theta[0]}, "every": 7, "keep": "last"}),
}


@pytest.mark.parametrize("cut", [1, 12, 29])
@pytest.mark.parametrize("rule", OPTIMIZERS.values(), ids=OPTIMIZERS)
@pytest.mark.parametrize("f, start, given", RESUMED.values(), ids=RESUMED)
def test_a_run_that_goes_on_is_the_uncut_run_to_the_last_bit(f, start, given, rule, cut):
    right = descend(f, start, rule, steps=30, **given)
    begun = descend(f, start, rule, steps=cut, **given)
    same_run(descend(f, optimizer=rule, steps=30 - cut, resume=begun, **given), right)


def test_a_network_goes_on_where_it_stopped():
    random = np.random.default_rng(0)
    net = MLP(random.normal(size=(40, 6)), np.arange(40) % 4, (5,), batch_norm=True)
    f = Minibatches(net, 10, steps=30, seed=0)
    given = {"lr": cosine(0.01, 30), "beta1": linear(0.9, 30, 0.5)}
    right = descend(f, net.init(0), adam, steps=30, **given)
    run = descend(f, net.init(0), adam, steps=10, **given)
    for _ in range(4):
        run = descend(f, optimizer=adam, steps=5, resume=run, **given)
    same_run(run, right)


def test_what_was_chosen_goes_on_unless_something_else_is_chosen():
    given = {"lr": 0.02, "steps": 10}
    begun = descend(valley(), [1.0, 2.0], momentum, beta=0.5, **given)
    on = descend(valley(), optimizer=momentum, resume=begun, **given)
    assert on.hyper == {"beta": 0.5}
    same_run(on, descend(valley(), [1.0, 2.0], momentum, beta=0.5, lr=0.02, steps=20))
    other = descend(valley(), optimizer=momentum, resume=begun, beta=0.9, **given)
    assert other.hyper == {"beta": 0.9} and (other.theta[:, :11] == on.theta[:, :11]).all()
    assert (other.theta[:, 12:] != on.theta[:, 12:]).any()
    assert len(begun) == 11  # a run is not changed by what goes on from it


def test_one_trunk_with_two_ends():
    trunk = descend(parabola(), -5.0, lr=0.1, steps=20)
    short, long = (
        descend(parabola(), lr=hold_then(linear(0.1, n), 20), steps=n, resume=trunk)
        for n in (5, 10)
    )
    assert short.lr[20] == long.lr[20] == 0.1 and short.lr[-1] == long.lr[-1] == 0
    assert (short.steps, long.steps) == (25, 30)


def test_memory_of_any_kind_goes_on():
    def own(theta, g, lr, seen=(), count=0, size=0.0):
        return theta - lr * g, (*seen, count), count + 1, float(size + 0.1)
    for start in (np.ones(2), np.ones(2, np.float32)):
        right = descend(valley(), start, own, lr=0.01, steps=9)
        begun = descend(valley(), start, own, lr=0.01, steps=4)
        on = descend(valley(), optimizer=own, lr=0.01, steps=5, resume=begun)
        np.testing.assert_array_equal(on.theta, right.theta)
        for name in right.state:
            assert list(on.state[name]) == list(right.state[name])


BEGUN = descend(valley(), [1.0, 2.0], adam, lr=0.02, steps=5)
MEASURED = descend(valley(), [1.0, 2.0], lr=0.02, steps=5, measure={"x": np.sum}, every=2)


@pytest.mark.parametrize("given, words", [
    ({"theta": [1.0, 2.0]}, "theta must not be given beside resume"),
    ({"resume": 5}, "resume must be a Run, what descend returned, not 5"),
    ({"f": parabola()}, r"a batch of shape \(\), but what is given makes one of shape \(2,\)"),
    ({"resume": descend(valley(), [1.0, 2.0], lr=0.1, steps=2)},
     "adam remembers m, s, t, but the run that goes on remembers nothing: give its rule again"),
    ({"resume": BEGUN.theta}, "resume must be a Run, what descend returned, not array"),
    ({"optimizer": sgd}, "sgd has no hyperparameter 'beta1'"),
    ({"optimizer": momentum, "resume": descend(valley(), [1.0, 2.0], rmsprop, lr=0.1, steps=2)},
     "momentum has no hyperparameter 'eps'"),
    ({"optimizer": lambda theta, g, lr, v=0, *, beta1=1, beta2=1, eps=1: (theta, v)},
     "remembers v, but the run that goes on remembers m, s, t: give its rule again"),
    ({"keep": "last"}, "keep must be 'path', as in the run that goes on, not 'last'"),
    ({"measure": {"x": np.sum}}, r"measure must have the names of the run .*, \[\], not \['x'\]"),
    ({"resume": MEASURED, "optimizer": sgd}, r"measure must have the names .*\['x'\], not \[\]"),
    ({"resume": MEASURED, "optimizer": sgd, "measure": {"x": np.sum}, "every": 3},
     "every must be 2, as in the run that goes on, not 3"),
    ({"lr": [0.1, 0.2]}, r"the run that goes on has a batch of shape \(\), but .* of shape \(2,\)"),
])
def test_a_run_that_cannot_go_on_says_why(given, words):
    given = {"f": valley(), "optimizer": adam, "lr": 0.02, "steps": 5, "resume": BEGUN, **given}
    with pytest.raises((TypeError, ValueError), match=words) as caught:
        descend(**given)
    assert len(str(caught.value)) < 300


def test_another_batch_is_refused_before_the_first_step():
    asked = []
    with pytest.raises(ValueError, match="the run that goes on has a batch"):
        descend(valley(), lr=lambda t: asked.append(t) or [0.1, 0.2], steps=9, resume=MEASURED,
                measure={"x": np.sum}, every=2)
    assert asked == [5]


def test_a_schedule_that_ends_says_from_which_step_it_was_asked():
    rates = iter([0.1, 0.1])
    with pytest.raises(ValueError, match="no rate for t = 7: .* each step from t = 5, and once"):
        descend(valley(), lr=lambda t: next(rates), steps=9, resume=MEASURED,
                measure={"x": np.sum}, every=2)


def test_without_a_start_it_says_so():
    with pytest.raises((TypeError, ValueError), match="theta must be .*not None"):
        descend(valley(), lr=0.1, steps=5)
