"""The loop: what a run records, batches, a learner's own rule, divergence, and what is said about bad arguments."""

import functools
import itertools
import warnings

import numpy as np
import pytest

from lrteach import (OPTIMIZERS, SURFACES, LinearRegression, Loss, Run, adam, constant, cosine, descend, iterate, momentum, parabola,
                     ravine, receipts, sgd, valley)


@pytest.mark.parametrize("lr", [0.0, 0.1, 1.0, 1.5, 2.0, 2.1])
@pytest.mark.parametrize("curvature", [0.5, 1.0, 3.0])
def test_closed_form(lr, curvature):
    run = descend(parabola(5, curvature), -5, lr=lr, steps=40)
    np.testing.assert_allclose(run.theta, 5 - 10 * (1 - lr * curvature) ** np.arange(41), rtol=1e-11, atol=1e-13)
    np.testing.assert_allclose(run.loss, curvature * (run.theta - 5) ** 2 / 2, rtol=1e-14)


def test_closed_form_in_every_direction():
    rates = np.array([0.01, 0.05, 0.3])
    run = descend(ravine(1, 4, 10), [1, 2, 3], lr=rates, steps=30)
    t = np.arange(31)[:, None]
    for i, eigenvalue in enumerate((1, 4, 10)):
        np.testing.assert_allclose(run.theta[i], (i + 1) * (1 - rates * eigenvalue) ** t, rtol=1e-11)


def test_entry_t_is_the_state_before_update_t():
    lr = lambda t: 0.1 / (t + 1)
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
    for t, (theta, loss, rate, m, s, count) in enumerate(itertools.islice(iterate(valley(), [-7, 2], adam, lr=cosine(0.3, 10)), 11)):
        np.testing.assert_array_equal(theta, run.theta[:, t])
        np.testing.assert_array_equal((loss, rate, count), (run.loss[t], run.lr[t], run.state["t"][t]))
        np.testing.assert_array_equal([m + np.zeros(2), s + np.zeros(2)], [run.state["m"][:, t], run.state["s"][:, t]])
    assert t == 10 == count


@pytest.mark.parametrize("start, lr, batch", [
    ([-7, 2], 0.1, ()), ([-7, 2], [0.1], (1,)), ([-7, 2], [0.1, 0.2, 0.3], (3,)), ([-7, 2], np.ones((3, 1)), (3, 1)),
    ([-7, 2], np.ones((4, 3)), (4, 3)),
    (np.ones((2, 1)), 0.1, (1,)), (np.ones((2, 3)), [0.1, 0.2, 0.3], (3,)), (np.ones((2, 3)), np.ones((4, 1)), (4, 3)),
    (np.ones((2, 4, 3)), [0.1], (4, 3)),
    ((-7, 2), np.array(0.1), ()), ([-7, 2], range(2), (2,)), ([-7, 2], np.float32(0.1), ()), ([-7, 2], 1, ()),
])
def test_shapes(start, lr, batch):
    run = descend(valley(), start, adam, lr=lr, steps=5)
    assert run.theta.shape == (2, 6, *batch) and run.loss.shape == (6, *batch) and run.batch == batch
    assert run.lr.shape in ((6,), (6, *batch)) and run.state["m"].shape == run.state["s"].shape == run.theta.shape
    assert run.final.shape == (2, *batch) and np.shape(run.diverged) == batch and run.state["t"].tolist() == [0, 1, 2, 3, 4, 5]
    for k in np.ndindex(*batch):
        if batch:
            one = run[k]
            assert one.theta.shape == (2, 6) and one.loss.shape == one.lr.shape == (6,) and one.batch == ()
            assert one.f is run.f and len(one) == len(run) == 6
            np.testing.assert_array_equal(one.theta, run.theta[(..., *k)])
            np.testing.assert_array_equal(one.lr, np.broadcast_to(run.lr.T, run.loss.T.shape).T[(..., *k)])
            np.testing.assert_array_equal(one.state["m"], run.state["m"][(..., *k)])


@pytest.mark.parametrize("start, lr, batch", [
    (-5, 0.1, ()), (np.float32(-5), 0.1, ()), (np.array(-5), [0.1, 0.2], (2,)), ([-5.0], 0.1, (1,)), ([-5, 0, 5], 0.1, (3,)),
    ([[-5], [0]], [0.1, 0.2, 0.3], (2, 3))])
def test_shapes_where_theta_is_a_number(start, lr, batch):
    run = descend(parabola(), start, momentum, lr=lr, steps=4)
    assert run.theta.shape == run.loss.shape == run.state["v"].shape == (5, *batch) and run.final.shape == batch
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
    assert repr(descend(valley(), [1, 2], lr=[0.1, 0.2], steps=7)) == "<Run: batch of (2,), 7 steps on <Loss: valley>>"


@pytest.mark.parametrize("lr, batch", [(0.1, ()), ([0.1, 0.2], (2,)), (np.ones((3, 2)), (3, 2))])
def test_keep_last(lr, batch):
    run = functools.partial(descend, valley(), [-7, 2], adam, lr=lr, steps=20, measure={"x": lambda theta: theta[0]})
    path, last = run(keep="path"), run(keep="last")
    assert last.theta.shape == last.state["m"].shape == (2, 1, *batch) and last.state["t"].tolist() == [20] and len(last) == 21
    for a, b in [(last.final, path.final), (last.theta[:, 0], path.theta[:, -1]), (last.state["m"][:, 0], path.state["m"][:, -1]),
                 (last.loss, path.loss), (last.diverged, path.diverged), (last.measured["x"], path.measured["x"]),
                 (last.measured["x"], path.theta[0])]:
        np.testing.assert_array_equal(a, b)
    assert descend(parabola(), [1, 2], lr=0.1, steps=3, keep="last").theta.shape == (1, 2)


def test_a_loss_may_ask_for_keep_last():
    f = valley()
    f.keep = "last"
    assert descend(f, [1, 2], lr=0.1, steps=5).theta.shape == (2, 1)
    assert descend(f, [1, 2], lr=0.1, steps=5, keep="path").theta.shape == (2, 6)


@pytest.mark.parametrize("steps, every, at", [
    (10, 1, range(11)), (10, 3, [0, 3, 6, 9]), (10, 10, [0, 10]), (10, 99, [0]), (10.0, 5.0, [0, 5, 10])])
def test_measure(steps, every, at):
    measure = {"x": lambda theta: theta[0], "both": lambda theta: theta, "one": lambda theta: 1}
    run = descend(valley(), [-7, 2], lr=[0.1, 0.2], steps=steps, measure=measure, every=every)
    assert {name: m.shape for name, m in run.measured.items()} == {"x": (len(at), 2), "both": (len(at), 2, 2), "one": (len(at),)}
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


def default_changed_in_place(theta, g, lr, v=np.zeros(2)):
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


@pytest.mark.parametrize("rule, hyper, same", [
    (own, {}, sgd), (lambda theta, g, lr: theta - lr * g, {}, sgd), (in_place, {}, sgd), (Rule(), {}, sgd), (with_kwargs, {}, sgd),
    (with_kwargs, {"scale": 1}, sgd), (lambda theta, g, lr: [t - lr * slope for t, slope in zip(theta, g)], {}, sgd),
    (lambda theta, g, lr: (theta - lr * g,), {}, sgd), (own_momentum, {}, momentum), (own_momentum, {"beta": 0.9}, momentum),
    (momentum_in_place, {}, momentum),
    (Rule().step, {}, momentum), (no_star, {}, momentum), (no_star, {"beta": 0.9}, momentum),
    (functools.partial(own_momentum, beta=0.9), {}, momentum),
    (functools.partial(own_momentum, beta=0.1), {"beta": 0.9}, momentum),
])
@pytest.mark.parametrize("lr", [0.1, [0.1, 0.2], cosine(0.1, 20)], ids=["rate", "rates", "schedule"])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_own_rule_does_what_the_built_in_one_does(rule, hyper, same, lr, dtype):
    start = np.array([-7, 2], dtype)
    ours, theirs = (descend(valley(), start, optimizer, lr=lr, steps=20, **h) for optimizer, h in ((rule, hyper), (same, {})))
    np.testing.assert_allclose(ours.theta, theirs.theta, rtol=3e-6 if dtype == np.float32 else 1e-14)
    assert ours.theta.dtype == dtype and start.tolist() == [-7, 2]


def test_a_first_value_changed_in_place_does_not_leak_into_the_next_run():
    first, second = (descend(valley(), [-7, 2], default_changed_in_place, lr=0.1, steps=20) for _ in range(2))
    np.testing.assert_array_equal(first.theta, second.theta)
    np.testing.assert_allclose(first.theta, descend(valley(), [-7, 2], momentum, lr=0.1, steps=20).theta, rtol=1e-14)
    assert (first.state["v"][:, 0] == 0).all() and (np.diff(first.state["v"]) != 0).any()


def test_in_place_rules_leave_the_history_alone():
    run = descend(parabola(0), np.array([1.0, 2.0]), momentum_in_place, lr=0.1, steps=5)
    assert len(np.unique(run.theta[:, 0])) == 6 and len(np.unique(run.state["v"][:, 0])) == 6


@pytest.mark.parametrize("rule", [own, own_momentum, Rule(), lambda theta, g, lr: theta - lr * np.sign(g)])
def test_own_rule_own_loss_own_schedule(rule):
    run = descend(Loss(lambda theta: np.cosh(theta - 2)), [0, 5], rule, lr=lambda t: 0.3 / (t + 1) ** 0.5, steps=300)
    np.testing.assert_allclose(run.final, 2, atol=0.06)


def test_a_counter_and_one_number_for_each_run():
    def rule(theta, g, lr, n=0, size=0.0):
        return theta - lr * g / (n + 1), n + 1, np.sqrt((g ** 2).sum(axis=0))
    run = descend(valley(), [-7, 2], rule, lr=[0.1, 0.2, 0.3], steps=4)
    assert run.state["n"].tolist() == [0, 1, 2, 3, 4] and run.state["size"].shape == (5, 3) and run[2].state["size"].shape == (5,)


def test_a_limit_of_infinity_is_a_hyperparameter():
    def clip(theta, g, lr, *, limit=1.0):
        return theta - lr * g * np.minimum(1, limit / np.sqrt((g ** 2).sum(axis=0)))
    run = descend(valley(), [-7, 2], clip, lr=0.1, steps=5, limit=[0.5, np.inf])
    np.testing.assert_allclose(run[1].theta, descend(valley(), [-7, 2], lr=0.1, steps=5).theta, rtol=1e-14)
    assert (np.linalg.norm(np.diff(run[0].theta), axis=0) < 0.0500001).all()


def test_run_says_what_was_chosen_for_the_rule():
    assert descend(valley(), [1, 2], lr=0.1, steps=1).hyper == {}
    assert descend(valley(), [1, 2], momentum, lr=0.1, steps=1).hyper == {"beta": 0.9}
    assert descend(valley(), [1, 2], functools.partial(adam, beta1=0.5), lr=0.1, steps=1, eps=1.0).hyper == {
        "beta1": 0.5, "beta2": 0.999, "eps": 1.0}
    run = descend(valley(), [1, 2], momentum, lr=np.array([[0.1], [0.2]]), beta=[0.5, 0.6, 0.7], steps=1)
    assert run.hyper["beta"].tolist() == [0.5, 0.6, 0.7] and run[1, 2].hyper == {"beta": 0.7}
    assert run[1].hyper["beta"].tolist() == [0.5, 0.6, 0.7]


def test_hyperparameters_as_a_list():
    run = descend(valley(), [-7, 2], momentum, lr=0.1, steps=9, beta=[0, 0.5, 0.9])
    np.testing.assert_array_equal(run[1].theta, descend(valley(), [-7, 2], momentum, lr=0.1, steps=9, beta=0.5).theta)


DIVERGING = [(f(), f().start, rule) for f in SURFACES.values() for rule in OPTIMIZERS.values()] + [
    (parabola(), -5, sgd), (parabola(), np.float32(-5), momentum), (LinearRegression(*receipts()), np.zeros(2, np.float32), sgd),
    (Loss(lambda theta: np.exp(theta)), -1, sgd), (Loss(lambda theta: theta[0] ** 4 / theta[1]), [1, 0], sgd),
    (Loss(np.log, np.reciprocal), 0.0, sgd),
    (parabola(), 1e200, sgd), (parabola(), np.float32(1e30), adam), (valley(), np.float16([300, 300]), own)]


@pytest.mark.parametrize("lr", [0.5, 1e3, [1e-3, 50, 1e300], lambda t: 10.0 ** t], ids=["0.5", "1e3", "rates", "schedule"])
def test_an_overflow_raises_nothing_and_warns_nothing(lr):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        diverged = 0
        for f, start, rule in DIVERGING:
            if np.asarray(start).dtype.itemsize < 8 and lr != 0.5:
                continue  # the rate itself must fit into the dtype
            run = descend(f, start, rule, lr=lr, steps=60, measure={"square": lambda theta: (theta ** 2).sum(axis=0)})
            finite = np.isfinite(run.loss[-1]) & np.isfinite(run.final).all(axis=0 if run.theta.ndim > run.loss.ndim else ())
            np.testing.assert_array_equal(run.diverged, ~finite)
            diverged += np.any(run.diverged)
        assert diverged >= 5


@pytest.mark.parametrize("lr, diverged", [(0.1, False), (1.99, False), (2.0, False), (3.0, True)])
def test_diverged(lr, diverged):
    run = descend(parabola(), -5, lr=lr, steps=2000)
    assert run.diverged == diverged == (not np.isfinite(run.loss[-1]))
    assert descend(parabola(), [-5, 5.0], lr=lr, steps=2000).diverged.tolist() == [diverged, False]  # the second starts at the minimum


def start(theta, f=valley()):
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


@pytest.mark.parametrize("make, error, words", [
    (rate(-0.1), ValueError, f"^lr {RATE}-0.1"), (rate(np.nan), ValueError, f"^lr {RATE}nan"), (rate(np.inf), ValueError, f"^lr {RATE}inf"),
    (rate([0.1, -1]), ValueError, f"^lr {RATE}-1"), (rate(np.array([0.1, np.nan])), ValueError, f"^lr {RATE}nan"),
    (rate([]), ValueError, "^lr is empty"),
    (rate(None), TypeError, f"^lr {NUMBERS}None"), (rate("0.1"), TypeError, f"^lr {NUMBERS}'0.1'"),
    (rate(True), TypeError, f"^lr {NUMBERS}True"),
    (rate([None]), TypeError, f"^lr {NUMBERS}"), (rate(1j), TypeError, f"^lr {NUMBERS}1j"),
    (rate([[1, 2], [3]]), ValueError, "^lr must be .* rows differ"),
    (rate(lambda t: None), TypeError, r"schedule returned nothing \(None\) at t = 0"),
    (rate(lambda t: "x"), TypeError, f"^lr at t = 0 {NUMBERS}'x'"),
    (rate(lambda t: 1 - t), ValueError, f"^lr at t = 2 {RATE}-1"), (rate(lambda t: []), ValueError, "^lr at t = 0 is empty"),
    (rate(lambda t: 0.1 if t < 2 else None), TypeError, r"schedule returned nothing \(None\) at t = 2"),
    (rate(constant), TypeError, "^lr at t = 0 must be"),
    (rate(lambda t: np.full(t + 1, 0.1)), ValueError, r"schedule returned rates of shape \(2,\) at t = 1, but of shape \(1,\) at t = 0"),
    (rate(lambda t: [0.1] if t == 0 else 0.1), ValueError, r"rates of shape \(\) at t = 1, but of shape \(1,\) at t = 0"),
    *((call(**{name: value}), error, f"^{name} {WHOLE}{words}") for name in ("steps", "every") for value, error, words in [
        (0, ValueError, "0"), (-3, ValueError, "-3"), (1.5, ValueError, "1.5"), (np.nan, ValueError, "nan"), (np.inf, ValueError, "inf"),
        ([3], ValueError, r"\[3\]"), ("3", TypeError, "'3'"), (None, TypeError, "None"), (True, TypeError, "True")]),
    (start([1, 2, 3]), ValueError, r"theta has shape \(3,\), but valley needs 2 coordinates on the first axis"),
    (start(1), ValueError, r"theta has shape \(\), but valley needs 2"), (start([]), ValueError, "theta is empty"),
    (start(np.zeros((2, 0))), ValueError, "theta is empty"), (start([np.nan, 0]), ValueError, "theta must be finite, not nan"),
    (start(None, parabola()), TypeError, f"^theta {NUMBERS}None"), (start("7", parabola()), TypeError, f"^theta {NUMBERS}'7'"),
    (start([[1, 2], [3]]), ValueError, "theta must be .* rows differ in length"),
    (start([1, 2], abs), TypeError, r"f must be a Loss, not .* Loss\(f\)"),
    (start([1, 2], valley), TypeError, "f must be a Loss, not <function valley"),
    (start([1, 2], Loss), TypeError, "f must be a Loss, not <class"),
    (rule(momentum, bete=0.9), TypeError, r"momentum has no hyperparameter 'bete'; did you mean 'beta'\? \(it takes: beta\)"),
    (rule(adam, beta_1=0.9), TypeError, r"adam has no hyperparameter 'beta_1'; did you mean 'beta1'\? \(it takes: beta1, beta2, eps\)"),
    (rule(sgd, beta=0.9), TypeError, r"sgd has no hyperparameter 'beta' \(it takes: none\)"),
    (rule(sgd, momentum=0.9), TypeError, r"sgd has no hyperparameter 'momentum' \(it takes: none\)"),
    (rule(sgd, mesure={}), TypeError, r"sgd has no hyperparameter 'mesure'; did you mean 'measure'\? \(it takes: none\)"),
    (rule(adam, kep="last"), TypeError, "did you mean 'keep'"), (rule(momentum, measur={}), TypeError, "did you mean 'measure'"),
    (rule(lambda theta, g, lr: ()), ValueError, r"returned a theta of shape \(0,\)"),
    (start(3.0, Loss(lambda theta: theta[0] + theta[1])), ValueError, r"theta has shape \(\), and <Loss: the loss> cannot take it"),
    (rule(momentum, v=1), TypeError, r"momentum has no hyperparameter 'v' \(it takes: beta\)"),
    (rule(functools.partial(adam, beta1=0.5), bata2=1), TypeError, "the rule has no hyperparameter 'bata2'; did you mean 'beta2'"),
    (rule(momentum, beta="0.9"), TypeError, f"^beta {NUMBERS}'0.9'"), (rule(momentum, beta=None), TypeError, f"^beta {NUMBERS}None"),
    (rule(momentum, beta=[]), ValueError, "^beta is empty"), (call(optimizer=momentum, beta=[0.1, 0.2], lr=[1, 2, 3]), ValueError,
                                                              r"batches do not fit together: lr has \(3,\), beta has \(2,\)"),
    (call(theta=np.ones((2, 4)), lr=[1, 2, 3]), ValueError, r"batches do not fit together: theta has \(4,\), lr has \(3,\)"),
    (rule("adam"), TypeError, "optimizer must be a rule such as sgd or adam, not 'adam'"),
    (rule(None), TypeError, "optimizer must be a rule .* not None"),
    (rule(lambda theta, g: theta), TypeError, "must take theta, g and lr"),
    (rule(lambda theta, g, lr, v: (theta, v)), TypeError, "each with its first value"),
    (rule(returns_nothing), TypeError, r"returns_nothing returned nothing \(None\); end it with `return theta"),
    (rule(lambda theta, g, lr: theta[0]), ValueError, r"returned a theta of shape \(\), but theta has shape \(2,\)"),
    (rule(lambda theta, g, lr: [theta, theta]), ValueError, r"returned a theta of shape \(2, 2\), but theta has shape \(2,\)"),
    (rule(lambda theta, g, lr: [theta, 0.0]), ValueError, "the theta that <lambda> returns must be .* rows differ in length"),
    (rule(lambda theta, g, lr: "theta"), TypeError, "the theta that <lambda> returns must be .* not 'theta'"),
    (rule(lambda theta, g, lr: theta * 1j), TypeError, "the theta that <lambda> returns must be"),
    (rule(forgets_a_first_value), ValueError, r"returned 1 values to remember, but takes back only 0 \(none\): give each a first value"),
    (call(f=Loss(lambda t: (t ** 2).sum(axis=0), lambda t: t[0])), ValueError, r"gradient of the loss has shape \(\), but theta has"),
    (call(f=Loss(lambda t: (t ** 2).sum(axis=0), lambda t: None)), TypeError, "the gradient of the loss must be .* not None"),
    (call(f=Loss(lambda t: (t ** 2).sum()), lr=[0.1, 0.2]), ValueError, r"loss of shape \(\) for a theta of shape \(2, 2\)"),
    (call(f=Loss(lambda t: t.sum()), theta=1, lr=[0.1, 0.2]), ValueError, r"loss of shape \(\) for a batch of shape \(2,\)"),
    (call(f=Loss(lambda t: None)), TypeError, "the loss that the loss returns must be .* not None"),
    (call(keep="all"), ValueError, "keep must be one of 'path', 'last', not 'all'"),
    (call(keep=False), ValueError, "keep must be one of .* not False"),
    (call(measure=len), TypeError, "measure must be {name: function of theta}, not <built-in function len>"),
    (call(measure={"x": 3}), TypeError, "measure must be {name: function of theta}, not {'x': 3}"),
])
def test_says_what_is_wrong(make, error, words):
    with pytest.raises(error, match=words):
        make()


def test_bad_arguments_are_refused_before_the_first_step():
    with pytest.raises(ValueError, match="lr must be"):
        iterate(valley(), [1, 2], lr=-1)
    with pytest.raises(TypeError, match="no hyperparameter 'beat'"):
        iterate(valley(), [1, 2], momentum, lr=1, beat=0.9)


def test_a_run_can_be_made_by_hand():
    run = Run(np.zeros((2, 3, 4)), np.zeros((3, 4)), np.ones(3), None)
    assert len(run) == 3 and run.batch == (4,) and run[0].theta.shape == (2, 3) and run[0].lr.shape == (3,) and not run.diverged.any()
