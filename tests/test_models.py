"""Linear regression and networks as losses of one flat theta, and batches of their rows."""

import copy
import pickle
import platform
import re
import subprocess
import warnings

import numpy as np
import pytest

from lrteach import (
    MLP,
    LinearRegression,
    Minibatches,
    adam,
    descend,
    digits,
    momentum,
    receipts,
    rmsprop,
    sgd,
    valley,
)

X, y = np.random.default_rng(3).normal(size=(7, 3)), np.random.default_rng(4).normal(size=7)


def test_value_gradient_and_hessian_are_the_textbook_ones():
    f, theta = LinearRegression(X, y), np.array([1.0, -2.0, 0.5])
    r = X @ theta - y
    np.testing.assert_allclose(f(theta), np.mean(r**2), rtol=1e-13)
    np.testing.assert_allclose(f.grad(theta), 2 / 7 * X.T @ r, rtol=1e-12)
    np.testing.assert_allclose(f.hessian(theta), 2 / 7 * X.T @ X, rtol=1e-12)
    loss, g = f.value_and_grad(theta)
    assert loss == f(theta) and (g == f.grad(theta)).all()
    assert f.value_and_grad([1, -2, 0.5])[0] == f([1, -2, 0.5]) == loss


def test_an_overflow_of_a_prediction_or_a_hessian_is_silent():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        f = LinearRegression([[1e200, 1.0]], [1])
        assert f.predict([1e308, 1]) == f.hessian([0, 0])[0, 0] == np.inf
        assert np.isnan(f.predict([np.inf, -np.inf]))


def test_descent_ends_at_the_least_squares_solution():
    f = LinearRegression(X, y)
    np.testing.assert_allclose(f.minimum, np.linalg.lstsq(X, y, rcond=None)[0], rtol=1e-12)
    np.testing.assert_allclose(descend(f, f.start, lr=0.3, steps=2000).final, f.minimum, rtol=1e-10)


@pytest.mark.parametrize(
    "data",
    [
        (X.tolist(), y.tolist()),
        (X.astype(np.float32), y),
        (np.round(X * 9).astype(int), np.arange(7)),
    ],
)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_theta_decides_the_dtype(data, dtype):
    run = descend(LinearRegression(*data), np.zeros(3, dtype), lr=np.array([0.1, 0.2]), steps=3)
    assert run.theta.dtype == run.loss.dtype == run.lr.dtype == dtype


def test_minibatches_of_many_seeds_are_the_runs_of_each_seed():
    f, rates, seeds = LinearRegression(X, y), np.array([0.02, 0.05]), [4, 0, 9]
    many = descend(Minibatches(f, 3, 20, seeds), np.zeros((3, 2, 3)), lr=rates[:, None], steps=20)
    for k, seed in enumerate(seeds):
        one = descend(Minibatches(f, 3, 20, seed), np.zeros(3), lr=rates, steps=20)
        assert (many.theta[..., k] == one.theta).all() and (many.loss[..., k] == one.loss).all()


def test_predict_for_one_theta_a_batch_and_other_rows():
    f, theta = LinearRegression(X, y), np.random.default_rng(5).normal(size=(3, 2, 4))
    np.testing.assert_allclose(f.predict(theta), np.einsum("rc,cjk->rjk", X, theta), rtol=1e-12)
    np.testing.assert_allclose(f.predict([1, 2, 3], [[1, 0, 1], [0, 2, 0]]), [4, 4])


@pytest.mark.parametrize(
    "make, error, words",
    [
        (
            lambda: LinearRegression(X, y[:2]),
            ValueError,
            r"y must have one number for each of the 7 rows of X, but its shape is \(2,\)",
        ),
        (
            lambda: LinearRegression(X, y[:, None]),
            ValueError,
            r"y must have one number .* its shape is \(7, 1\)",
        ),
        (
            lambda: LinearRegression(X[0], y),
            ValueError,
            r"X must have the shape \(rows, columns\), not \(3,\)",
        ),
        (
            lambda: LinearRegression([[1, 2], [3]], [1, 2]),
            ValueError,
            "X must be .* rows differ in length",
        ),
        (lambda: LinearRegression([], []), ValueError, "X is empty"),
        (lambda: LinearRegression(np.zeros((0, 2)), []), ValueError, "X is empty"),
        (
            lambda: LinearRegression(X, "abc"),
            TypeError,
            "y must be a number or an array of numbers, not 'abc'",
        ),
        (lambda: LinearRegression([[1, np.nan]], [1]), ValueError, "X must be finite, not nan"),
        (
            lambda: LinearRegression(X, y)([1, 2]),
            ValueError,
            r"theta has shape \(2,\), but linear regression needs 3 coordinates",
        ),
        (
            lambda: LinearRegression(X, y).predict([1, 2, 3], [[1, 2, 3, 4]]),
            ValueError,
            r"X must have the shape \(rows, 3\), not \(1, 4\)",
        ),
        (
            lambda: LinearRegression(X, y).predict([1, 2, 3], [1, 2, 3]),
            ValueError,
            r"X must have the shape \(rows, 3\), not \(3,\)",
        ),
        (
            lambda: descend(LinearRegression(*receipts()), [0, 0, 0], lr=0.1, steps=1),
            ValueError,
            r"theta has shape \(3,\).* needs 2",
        ),
    ],
)
def test_says_what_is_wrong(make, error, words):
    with pytest.raises(error, match=words):
        make()


# networks

Z, labels = np.random.default_rng(6).normal(size=(12, 5)), np.arange(12) % 3


def differences(f, theta, h=1e-5):
    """The gradient by central differences, one coordinate after the other."""
    return np.array([(f(theta + h * e) - f(theta - h * e)) / (2 * h) for e in np.eye(len(theta))])


@pytest.mark.parametrize("hidden", [(), (4,), (4, 3), (4, 3, 2)])
@pytest.mark.parametrize("activation", ["sigmoid", "tanh", "relu"])
def test_network_gradient_is_the_slope_of_its_loss(activation, hidden):
    f = MLP(Z, labels, hidden, activation)
    theta = np.random.default_rng(7).normal(size=f.dim)
    np.testing.assert_allclose(f.grad(theta), differences(f, theta), rtol=1e-6, atol=1e-9)


def test_network_loss_is_the_textbook_one():
    f = MLP(Z, labels, hidden=(4,))
    theta = f.init(seed=1)
    (W, b), (V, c) = f.unpack(theta)
    p = np.exp(1 / (1 + np.exp(-(Z @ W + b))) @ V + c)
    p /= p.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(f(theta), -np.log(p[np.arange(12), labels]).mean(), rtol=1e-13)
    np.testing.assert_array_equal(f.predict(theta), p.argmax(axis=1))
    assert f.accuracy(theta) == (p.argmax(axis=1) == labels).mean()


@pytest.mark.parametrize("batch", [(3,), (2, 3), (1,), (2, 1)])
@pytest.mark.parametrize("activation", ["sigmoid", "tanh", "relu"])
def test_network_over_a_batch_equals_the_single_runs(activation, batch):
    f = MLP(Z, labels, (4, 3), activation)
    theta = np.random.default_rng(8).normal(size=(f.dim, *batch))
    other = np.random.default_rng(9).normal(size=(4, 5))
    loss, g = f.value_and_grad(theta)
    assert loss.shape == batch == f.accuracy(theta).shape and g.shape == theta.shape
    for k in np.ndindex(*batch):
        one = theta[(..., *k)]
        np.testing.assert_allclose(loss[k], f(one), rtol=1e-13)
        np.testing.assert_allclose(g[(..., *k)], f.grad(one), rtol=1e-11, atol=1e-15)
        np.testing.assert_array_equal(f.predict(theta)[(..., *k)], f.predict(one))
        np.testing.assert_array_equal(f.predict(theta, other)[(..., *k)], f.predict(one, other))
        assert f.accuracy(theta)[k] == f.accuracy(one)


@pytest.mark.parametrize("optimizer", [adam, momentum])
@pytest.mark.parametrize(
    "rates", [np.geomspace(1e-3, 1, 4), np.geomspace(1e-3, 1, 6).reshape(2, 3), np.array([0.1])]
)
def test_a_network_descends_in_a_batch_as_alone(optimizer, rates):
    f = Minibatches(MLP(Z, labels, (4,)), 5, steps=20, seed=0)
    start = f.loss.init(seed=2)
    run = descend(f, start, optimizer, lr=rates, steps=20)
    assert run.final.shape == (f.dim, *rates.shape) and run.theta.shape == (f.dim, 1, *rates.shape)
    for k in np.ndindex(*rates.shape):
        one = descend(f, start, optimizer, lr=rates[k], steps=20)
        np.testing.assert_allclose(run.loss[(..., *k)], one.loss, rtol=1e-10)
        np.testing.assert_allclose(run[k].final, one.final, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("pixels", [np.float32, np.float64])
def test_the_dtype_of_theta_decides_for_a_network(dtype, pixels):
    f = Minibatches(MLP(Z.astype(pixels), labels, (4,)), 5, steps=3, seed=0)
    run = descend(f, f.loss.init(seed=0).astype(dtype), adam, lr=np.array([0.1, 0.2]), steps=3)
    loss, g = f.loss.value_and_grad(run.final)
    assert (
        run.theta.dtype
        == run.loss.dtype
        == run.lr.dtype
        == run.state["m"].dtype
        == loss.dtype
        == g.dtype
        == dtype
    )


@pytest.mark.parametrize("activation", ["sigmoid", "tanh", "relu"])
@pytest.mark.parametrize("scale", [1e2, 1e4, 1e30, 1e200])
def test_a_network_blows_up_without_a_word(activation, scale):
    f = MLP(Z, labels, (4, 3), activation)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        run = descend(f, scale * f.init(seed=0), lr=[1e-3, 1e3], steps=5)
        huge = descend(f, f.init(seed=0), lr=1e300, steps=5)
    if scale <= 1e4:
        assert np.isfinite(run.loss).all() and not run.diverged.any()
    assert run.loss.shape == (6, 2) and huge.loss.shape == (6,)


def test_a_very_wrong_network_has_a_large_finite_loss():
    f = MLP([[1.0]], [1], hidden=())
    loss, g = f.value_and_grad([5000.0, -5000.0, 0.0, 0.0])  # e**-10000 is 0, and its log is -inf
    assert loss == 10000
    np.testing.assert_allclose(g, [1, -1, 1, -1], rtol=1e-12)


def test_unpack_gives_views():
    f = MLP(Z, labels, hidden=(4, 2))
    for batch in (), (6,), (2, 6):
        theta = np.zeros((f.dim, *batch))
        layers = f.unpack(theta)
        assert [(W.shape, b.shape) for W, b in layers] == [
            ((*batch, n, m), (*batch, m)) for n, m in ((5, 4), (4, 2), (2, 3))
        ]
        for k, (W, b) in enumerate(layers):
            W[...], b[...] = k + 1, -k - 1
        np.testing.assert_array_equal(
            theta.reshape(f.dim, -1).T,
            [[1] * 20 + [-1] * 4 + [2] * 8 + [-2] * 2 + [3] * 6 + [-3] * 3] * int(np.prod(batch)),
        )
    W, b = f.unpack(np.arange(f.dim))[0]
    np.testing.assert_array_equal(W[1], [4, 5, 6, 7])  # from input 1 to the four units


@pytest.mark.parametrize(
    "activation, std, spreads",
    [
        ("relu", None, [(2 / 80) ** 0.5, (2 / 60) ** 0.5]),
        ("sigmoid", None, [(2 / 140) ** 0.5, (2 / 70) ** 0.5]),
        ("tanh", None, [(2 / 140) ** 0.5, (2 / 70) ** 0.5]),
        ("sigmoid", 0.01, [0.01, 0.01]),
        ("relu", 1.0, [1.0, 1.0]),
        ("relu", 0.0, [0.0, 0.0]),
    ],
)
def test_init(activation, std, spreads):
    f = MLP(np.zeros((10, 80)), np.arange(10), (60,), activation)
    for (W, b), spread in zip(f.unpack(f.init(seed=0, std=std)), spreads, strict=True):
        assert (b == 0).all() and abs(W.mean()) <= 0.1 * spread
        np.testing.assert_allclose(W.std(), spread, rtol=0.06)
    assert (f.init(seed=0) == f.init(seed=0)).all() and (f.init(seed=0) != f.init(seed=1)).any()


def test_accuracy_on_other_rows():
    f = MLP([[-1.0], [1.0]], [0, 1], hidden=())
    theta = np.array([-1.0, 1.0, 0.0, 0.0])  # the class is the sign
    assert f.accuracy(theta) == 1.0 and f.accuracy(-theta) == 0.0
    assert f.accuracy(theta, [[3], [-2], [5], [-1]], [1, 0, 0, 1]) == 0.5
    np.testing.assert_array_equal(
        f.predict(np.stack([theta, -theta], axis=-1), [[3], [-2]]), [[1, 0], [0, 1]]
    )


@pytest.mark.parametrize("rates", [[0.1, 0.2], np.full((2, 3), 0.1)])
def test_each_run_of_a_network_is_one_piece_of_memory_at_every_step(rates):
    f, pieces = MLP(Z, labels, (4,)), []
    descend(
        f,
        f.init(seed=0),
        adam,
        lr=rates,
        steps=3,
        measure={
            "runs": lambda theta: pieces.append(np.moveaxis(theta, 0, -1).flags.c_contiguous) or 0
        },
    )
    assert pieces == [True] * 4


def test_accuracy_along_a_run():
    f = Minibatches(MLP(Z, labels, (4,)), 6, steps=20, seed=0)
    measure = {
        "train": f.loss.accuracy,
        "some": lambda theta: f.loss.accuracy(theta, Z[:5], labels[:5]),
    }
    run = descend(
        f, f.loss.init(seed=0), adam, lr=[0.0, 0.1, 0.2], steps=20, measure=measure, every=5
    )
    assert run.measured["train"].shape == run.measured["some"].shape == (5, 3)
    np.testing.assert_array_equal(run.measured["train"][-1], f.loss.accuracy(run.final))
    assert (
        run.measured["some"][:, 0] == run.measured["some"][0, 0]
    ).all()  # nothing moves at rate 0


def test_starts_for_many_seeds_are_the_starts_of_each():
    for f in (MLP(Z, labels, (4, 3)), MLP(Z, labels, (4,), "relu", batch_norm=True)):
        for seeds in ([4, 0, 9], range(3), (1,), np.array([2, 2])):
            many = f.init(seeds)
            assert many.shape == (f.dim, len(seeds))
            for k, seed in enumerate(seeds):
                np.testing.assert_array_equal(many[:, k], f.init(int(seed)))
        np.testing.assert_array_equal(f.init([1, 2], std=0.1)[:, 1], f.init(2, std=0.1))
    for seeds, words in [
        ([], "seed is empty"),
        ([1, "a"], "seed must be a whole number"),
        ([[1, 2]], "seed must be a whole number"),
        ([1, -2], "not -2"),
    ]:
        with pytest.raises((TypeError, ValueError), match=words):
            f.init(seeds)


@pytest.mark.parametrize("batch_norm", [False, True])
def test_a_measure_on_other_rows_is_their_accuracy_and_can_be_pickled(batch_norm):
    f = MLP(Z, labels, (4,), batch_norm=batch_norm)
    X_test, y_test = np.random.default_rng(2).normal(size=(7, 5)), np.arange(7) % 3
    measure = f.on(X_test, y_test)
    again = pickle.loads(pickle.dumps(measure))
    run = descend(
        Minibatches(f, 5, 20, seed=0),
        f.init(range(3)),
        adam,
        lr=0.1,
        steps=20,
        measure={"test": measure},
        every=5,
    )
    assert run.measured["test"].shape == (5, 3)
    for theta in (run.final, run.final[:, 0]):
        right = f.accuracy(theta, X_test, y_test)
        np.testing.assert_array_equal(measure(theta), right)
        np.testing.assert_array_equal(again(theta), right)
    np.testing.assert_array_equal(run.measured["test"][-1], f.accuracy(run.final, X_test, y_test))
    for X_wrong, y_wrong, words in [
        (X_test[:, :4], y_test, "X must have the shape"),
        (X_test, y_test[:3], "y must have one number for each"),
        (X_test, y_test + 0.5, "y must be whole numbers"),
    ]:
        with pytest.raises(ValueError, match=words):
            f.on(X_wrong, y_wrong)


def test_the_whole_of_some_rows_is_the_loss_over_all_of_them():
    model = MLP(Z, labels, (4,))
    f = Minibatches(model, 5, steps=3, seed=[0, 1])
    assert f.whole is model.whole is f.at(2).whole is f.at(2).on_rows([0]).whole is model
    assert valley().whole.name == "valley" and f.of_runs(0).whole is model


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("activation", ["sigmoid", "tanh", "relu"])
@pytest.mark.parametrize("size", [1.0, 100.0, 1e4, 1e20])
def test_a_call_by_hand_is_silent_and_right_however_large_theta_is(dtype, activation, size):
    f = MLP(Z, labels, (4, 3), activation)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        theta = (size * f.init(0)).astype(dtype)
        loss, g = f.value_and_grad(theta)
        assert f(theta).dtype == loss.dtype == g.dtype == f.grad(theta).dtype == dtype
        f.predict(theta), f.accuracy(theta), f.hessian(theta[:, None][:, 0])
        if activation == "sigmoid":
            h = Z.astype(dtype)
            for W, b in f.unpack(theta):
                z = (h @ W + b).astype(float)
                h = (0.5 + 0.5 * np.tanh(z / 2)).astype(dtype)  # which cannot overflow
            p = z - z.max(axis=1, keepdims=True)
            losses = np.log(np.exp(p).sum(axis=1)) - p[np.arange(12), labels]
            assert loss == pytest.approx(losses.mean(), rel=1e-4 if dtype == np.float32 else 1e-9)
            assert np.isfinite(g).all()


# batch normalisation


@pytest.mark.parametrize("hidden", [(), (4,), (4, 3)])
@pytest.mark.parametrize("activation", ["sigmoid", "tanh", "relu"])
def test_normalised_gradient_is_the_slope_of_its_loss(activation, hidden):
    f = MLP(Z, labels, hidden, activation, batch_norm=True)
    theta = np.random.default_rng(7).normal(size=f.dim)
    assert f.dim == MLP(Z, labels, hidden).dim + 2 * sum(hidden)
    np.testing.assert_allclose(f.grad(theta), differences(f, theta), rtol=1e-5, atol=1e-7)


def test_a_normalised_layer_has_mean_0_and_variance_1_whatever_its_biases():
    f = MLP(Z, labels, (4, 3), "tanh", batch_norm=True)
    theta = f.init(0)
    first, second, last = f.unpack(theta)
    assert first._fields == second._fields == ("W", "b", "gamma", "beta")
    assert last._fields == ("W", "b")
    assert (first.gamma == 1).all() and not first.beta.any() and not first.b.any()
    np.testing.assert_array_equal(
        first.W, MLP(Z, labels, (4, 3), "tanh").unpack(MLP(Z, labels, (4, 3), "tanh").init(0))[0].W
    )

    h = Z
    for layer in (first, second):
        z = h @ layer.W + layer.b
        h = np.tanh((z - z.mean(axis=0)) / np.sqrt(z.var(axis=0) + 1e-5))
    z = h @ last.W + last.b
    losses = np.log(np.exp(z).sum(axis=1)) - z[np.arange(12), labels]
    assert f(theta) == pytest.approx(losses.mean(), rel=1e-12)

    moved = theta.copy()
    for layer in f.unpack(moved)[:2]:
        layer.b[...] = 3.0  # taken away again with the mean
    assert f(moved) == pytest.approx(f(theta), rel=1e-12)
    assert all(abs(layer.b).max() < 1e-15 for layer in f.unpack(f.grad(theta))[:2])
    stretched = theta.copy()
    f.unpack(stretched)[0].W[...] *= 100.0
    assert f(stretched) == pytest.approx(f(theta), rel=1e-4)


@pytest.mark.parametrize("batch", [(3,), (2, 3), (1,)])
@pytest.mark.parametrize("activation", ["sigmoid", "relu"])
def test_normalised_over_a_batch_equals_the_single_runs(activation, batch):
    f = MLP(Z, labels, (4, 3), activation, batch_norm=True)
    theta = np.random.default_rng(8).normal(size=(f.dim, *batch))
    other = np.random.default_rng(9).normal(size=(4, 5))
    loss, g = f.value_and_grad(theta)
    assert loss.shape == batch == f.accuracy(theta).shape and g.shape == theta.shape
    for k in np.ndindex(*batch):
        one = theta[(..., *k)]
        np.testing.assert_allclose(loss[k], f(one), rtol=1e-12)
        np.testing.assert_allclose(g[(..., *k)], f.grad(one), rtol=1e-10, atol=1e-14)
        np.testing.assert_array_equal(f.predict(theta)[(..., *k)], f.predict(one))
        np.testing.assert_array_equal(f.predict(theta, other)[(..., *k)], f.predict(one, other))


@pytest.mark.parametrize("optimizer", [adam, momentum])
def test_normalised_runs_over_seeds_equal_the_run_of_each_seed(optimizer):
    f, rates, seeds = MLP(Z, labels, (4,), "relu", batch_norm=True), np.array([0.02, 0.1]), [4, 0]
    starts = f.init(seeds)
    many = descend(
        Minibatches(f, 5, 20, seeds), starts[:, None], optimizer, lr=rates[:, None], steps=20
    )
    for k, seed in enumerate(seeds):
        one = descend(Minibatches(f, 5, 20, seed), starts[:, k], optimizer, lr=rates, steps=20)
        np.testing.assert_allclose(many.loss[..., k], one.loss, rtol=1e-9)
        np.testing.assert_allclose(many.final[..., k], one.final, rtol=1e-8, atol=1e-11)


def test_other_rows_are_normalised_as_the_training_rows_are():
    f = MLP(Z, labels, (4, 3), "relu", batch_norm=True)
    theta = np.random.default_rng(3).normal(size=f.dim)
    other = 5 * np.random.default_rng(4).normal(size=(300, 5)) + 2
    named = f.predict(theta, other)
    np.testing.assert_array_equal(named, [f.predict(theta, row[None])[0] for row in other])
    np.testing.assert_array_equal(f.predict(theta, Z), f.predict(theta))
    np.testing.assert_array_equal(f.predict(theta, other[::-1]), named[::-1])

    h, x = Z, other
    *normalised, last = f.unpack(theta)
    for layer in normalised:
        z, there = h @ layer.W + layer.b, x @ layer.W + layer.b
        mean, spread = z.mean(axis=0), np.sqrt(z.var(axis=0) + 1e-5)
        h = np.maximum(layer.gamma * (z - mean) / spread + layer.beta, 0)
        x = np.maximum(layer.gamma * (there - mean) / spread + layer.beta, 0)
    np.testing.assert_array_equal(named, (x @ last.W + last.b).argmax(axis=1))
    few = f.on_rows([1, 2, 3, 5])
    assert (few.predict(theta, other) != named).any()  # it has other statistics


def test_normalised_in_float32_and_for_one_row_at_a_time():
    f = MLP(Z, labels, (4,), batch_norm=True)
    theta = f.init(0).astype(np.float32)
    loss, g = f.value_and_grad(theta)
    assert loss.dtype == g.dtype == np.float32 and f.predict(theta).shape == (12,)
    one = f.on_rows([3])
    assert np.isfinite(one(theta)) and np.isfinite(one.grad(theta)).all()
    assert repr(f) == "<Loss: 5-4-3 sigmoid network, normalised>"
    for wrong in (1, "yes", None, [True]):
        with pytest.raises(TypeError, match="batch_norm must be True or False, not"):
            MLP(Z, labels, batch_norm=wrong)


# the squared error


@pytest.mark.parametrize("batch_norm", [False, True])
@pytest.mark.parametrize("hidden", [(), (4,), (4, 3)])
def test_gradient_of_the_squares_is_the_slope_of_its_loss(hidden, batch_norm):
    f = MLP(Z, labels, hidden, "tanh", batch_norm, loss="squares")
    theta = np.random.default_rng(7).normal(size=f.dim)
    np.testing.assert_allclose(f.grad(theta), differences(f, theta), rtol=1e-5, atol=1e-7)


def test_the_squares_by_hand_for_all_rows_some_and_many_runs():
    f = MLP(Z, labels, (4,), "relu", loss="squares")
    theta = np.random.default_rng(8).normal(size=(f.dim, 2, 3))
    wanted = np.eye(3)[labels]
    loss, g = f.value_and_grad(theta)
    rows = np.array([[1, 5], [2, 0], [11, 3]])  # of each run its own
    some, some_g = f.on_rows(rows.T).value_and_grad(theta)
    for k in np.ndindex(2, 3):
        one = theta[(..., *k)]
        first, last = f.unpack(one)
        z = np.maximum(Z @ first.W + first.b, 0) @ last.W + last.b
        errors = ((z - wanted) ** 2).sum(axis=1) / 2
        assert loss[k] == pytest.approx(errors.mean(), rel=1e-12)
        assert some[k] == pytest.approx(errors[rows[k[1]]].mean(), rel=1e-12)
        np.testing.assert_allclose(g[(..., *k)], f.grad(one), rtol=1e-10, atol=1e-14)
        few = f.on_rows(rows[k[1]]).grad(one)
        np.testing.assert_allclose(some_g[(..., *k)], few, rtol=1e-10, atol=1e-14)
    np.testing.assert_array_equal(f.predict(one), MLP(Z, labels, (4,), "relu").predict(one))


def test_the_loss_of_a_network_is_named_and_kept():
    f = MLP(Z, labels, (4,), loss="squares")
    assert repr(f) == "<Loss: 5-4-3 sigmoid network, squares>"
    theta = f.init(0)
    for other in (pickle.loads(pickle.dumps(f)), copy.deepcopy(f)):
        assert other(theta) == f(theta) != MLP(Z, labels, (4,))(theta)
    with pytest.raises(ValueError, match="loss must be one of .*, not 'mse'"):
        MLP(Z, labels, loss="mse")


# some rows at a time


@pytest.mark.parametrize("model", [LinearRegression(Z, labels), MLP(Z, labels, (4,))])
def test_all_rows_at_a_time_is_the_model_itself(model):
    f, theta = (
        Minibatches(model, 12, steps=3, seed=0),
        np.random.default_rng(1).normal(size=model.dim),
    )
    for t in range(4):
        np.testing.assert_allclose(
            f.at(t).value_and_grad(theta)[1], model.grad(theta), rtol=1e-11, atol=1e-15
        )
    assert f(theta) == model(theta) and f.dim == model.dim and f.keep == model.keep


def test_the_rows_depend_on_the_seed_alone():
    f, other = (
        Minibatches(MLP(Z, labels), 5, steps=9, seed=0),
        Minibatches(LinearRegression(Z, labels), 5, steps=9, seed=0),
    )
    assert f.rows.shape == (10, 5) and (f.rows == other.rows).all()
    assert (f.rows != Minibatches(MLP(Z, labels), 5, steps=9, seed=1).rows).any()
    assert (
        all(len(set(rows)) == 5 for rows in f.rows.tolist())
        and len({tuple(sorted(rows)) for rows in f.rows.tolist()}) > 5
    )
    np.testing.assert_array_equal(f.at(3).X, Z[f.rows[3]])
    np.testing.assert_array_equal(f.at(3).y, labels[f.rows[3]])


def test_every_rule_and_rate_sees_the_same_rows():
    f = Minibatches(MLP(Z, labels, (4,)), 5, steps=10, seed=0)
    start = f.loss.init(seed=0)
    runs = [
        descend(f, start, rule, lr=[0.0, 0.0], steps=10) for rule in (sgd, adam, momentum)
    ]  # at rate 0 only the rows change the loss
    for run in runs:
        np.testing.assert_array_equal(
            run.loss, np.array([f.at(t)(start) for t in range(11)])[:, None] * [1, 1]
        )
    assert len(np.unique(runs[0].loss[:, 0])) > 5


@pytest.mark.parametrize("activation, hidden", [("relu", (4,)), ("tanh", (4, 3)), ("sigmoid", ())])
def test_a_network_on_minibatches_of_many_seeds_is_the_network_of_each_seed(activation, hidden):
    model, rates, seeds = MLP(Z, labels, hidden, activation), np.array([0.02, 0.1]), [4, 0, 9]
    starts = np.stack([model.init(seed) for seed in seeds], axis=-1)
    many = descend(
        Minibatches(model, 5, 20, seeds), starts[:, None], adam, lr=rates[:, None], steps=20
    )
    assert many.loss.shape == (21, 2, 3) and many.final.shape == (model.dim, 2, 3)
    for k, seed in enumerate(seeds):
        one = descend(Minibatches(model, 5, 20, seed), starts[:, k], adam, lr=rates, steps=20)
        np.testing.assert_allclose(many.loss[..., k], one.loss, rtol=1e-10)
        np.testing.assert_allclose(many.final[..., k], one.final, rtol=1e-9, atol=1e-12)


def test_a_network_on_other_rows_for_each_run_predicts_these():
    model, rows = (
        MLP(Z, labels, (4,)),
        np.array([[0, 3, 7], [5, 3, 1], [2, 8, 11], [9, 9, 0]]),
    )  # four rows for each of three runs
    some, theta = model.on_rows(rows), np.stack([model.init(seed) for seed in range(3)], axis=-1)
    for k in range(3):
        one = model.on_rows(rows[:, k])
        np.testing.assert_array_equal(some.predict(theta)[:, k], one.predict(theta[:, k]))
        assert some.accuracy(theta)[k] == one.accuracy(theta[:, k]) and some(theta)[
            k
        ] == pytest.approx(one(theta[:, k]), rel=1e-12)


def test_predictions_for_many_rows_are_those_of_each_row_and_an_overflow_is_silent():
    X, y, X_test, y_test = digits()
    model = MLP(X, y)
    theta = np.stack([model.init(seed, std=30.0) for seed in range(2)], axis=-1).astype(np.float32)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        named = model.predict(theta, X_test)
        one_by_one = np.concatenate([model.predict(theta, row[None]) for row in X_test])
        assert (
            named.shape == (359, 2) and (named == one_by_one).mean() > 0.99
        )  # other sums round differently
        np.testing.assert_array_equal(
            model.accuracy(theta, X_test, y_test), (named == y_test[:, None]).mean(axis=0)
        )
        assert model.predict(theta).shape == (1438, 2)


def test_the_mean_over_many_batches_is_the_full_gradient():
    model = MLP(Z, labels, (4,))
    f, theta = Minibatches(model, 3, steps=3000, seed=0), model.init(seed=3)
    g = np.stack([f.at(t).grad(theta) for t in range(3001)])
    away = np.abs(g.mean(axis=0) - model.grad(theta))
    assert (away <= 5 * g.std(axis=0) / np.sqrt(3001)).all()  # within five standard errors


@pytest.mark.parametrize(
    "make, error, words",
    [
        (
            lambda: MLP(Z, labels + 0.5),
            ValueError,
            "y must be whole numbers from 0, the classes, not 0.5",
        ),
        (
            lambda: MLP(Z, labels - 1),
            ValueError,
            "y must be whole numbers from 0, the classes, not -1",
        ),
        (
            lambda: MLP(Z[:2], [0, 1e300]),
            ValueError,
            r"y must be below 1,000,000, as there are at most so many classes, not 1e\+300",
        ),
        (
            lambda: MLP(Z[:2], [0, 1], hidden=()).accuracy(np.zeros(12), Z[:2], [0, 1e18]),
            ValueError,
            r"y must be below 1,000,000, as there are at most so many classes, not 1e\+18",
        ),
        (
            lambda: MLP(Z, labels[:4]),
            ValueError,
            r"y must have one number for each of the 12 rows of X, but its shape is \(4,\)",
        ),
        (
            lambda: MLP(Z[0], labels),
            ValueError,
            r"X must have the shape \(rows, columns\), not \(5,\)",
        ),
        (
            lambda: MLP(Z, list("abcabcabcabc")),
            TypeError,
            "y must be a number or an array of numbers, not .*'a'",
        ),
        (
            lambda: MLP(Z, labels, hidden=(4, 0)),
            ValueError,
            "hidden must be a whole number of at least 1, not 0",
        ),
        (
            lambda: MLP(Z, labels, hidden=("x",)),
            TypeError,
            "hidden must be a whole number of at least 1, not 'x'",
        ),
        (
            lambda: MLP(Z, labels, hidden="x"),
            TypeError,
            "hidden must be the units of each hidden layer, such as .*, not 'x'",
        ),
        (
            lambda: MLP(Z, labels, hidden=4),
            TypeError,
            "hidden must be the units of each hidden layer, such as .*, not 4",
        ),
        (
            lambda: MLP(Z, labels, activation="sigmoyd"),
            ValueError,
            "activation must be one of .*'sigmoyd'; did you mean 'sigmoid'",
        ),
        (
            lambda: MLP(Z, labels)(np.zeros(3)),
            ValueError,
            r"theta has shape \(3,\), but 5-40-20-3 sigmoid network needs 1123 coordinates",
        ),
        (
            lambda: MLP(Z, labels, ()).predict(np.zeros(18), Z[:, :3]),
            ValueError,
            r"X must have the shape \(rows, 5\), not \(12, 3\)",
        ),
        (
            lambda: MLP(Z, labels, ()).accuracy(np.zeros(18), Z[:3], labels),
            ValueError,
            "y must have one number for each of the 3 rows of X",
        ),
        (lambda: MLP(Z, labels, ()).accuracy(np.zeros(18), Z), ValueError, "give X and y together"),
        (
            lambda: MLP(Z, labels, ()).accuracy(np.zeros(18), y=labels),
            ValueError,
            "give X and y together",
        ),
        (
            lambda: MLP(Z, labels).init(0, std=-1),
            ValueError,
            "std must be 0 or above and finite, not -1",
        ),
        (
            lambda: MLP(Z, labels).init(0, std="x"),
            TypeError,
            "std must be 0 or above and finite, not 'x'",
        ),
        (
            lambda: Minibatches(MLP(Z, labels), 13, 5, 0),
            ValueError,
            "batch_size must be at most the number of rows, 12, not 13",
        ),
        (
            lambda: Minibatches(MLP(Z, labels), 0, 5, 0),
            ValueError,
            "batch_size must be a whole number of at least 1, not 0",
        ),
        (
            lambda: Minibatches(MLP(Z, labels), 5, 0, 0),
            ValueError,
            "steps must be a whole number of at least 1, not 0",
        ),
        (
            lambda: Minibatches(MLP, 5, 5, 0),
            TypeError,
            "loss must be a model with rows, .*not <class",
        ),
        (
            lambda: Minibatches(valley(), 5, 5, 0),
            TypeError,
            "loss must be a model with rows, such as LinearRegression or MLP, not <Loss: v",
        ),
        (
            lambda: Minibatches(MLP(Z, labels), 5, 5, 0).at(6),
            ValueError,
            "drawn for the steps 0 to 5, not for step 6: give a larger `steps`",
        ),
        (lambda: Minibatches(MLP(Z, labels), 5, 5, 0).at(-1), ValueError, "not for step -1"),
        (
            lambda: descend(
                Minibatches(LinearRegression(Z, labels), 5, 5, 0), np.zeros(5), lr=0.1, steps=6
            ),
            ValueError,
            "drawn for the steps 0 to 5",
        ),
    ],
)
def test_a_network_says_what_is_wrong(make, error, words):
    with pytest.raises(error, match=words):
        make()


@pytest.mark.parametrize(
    "optimizer, low, high", [(adam, 0.95, 1), (rmsprop, 0.95, 1), (sgd, 0, 0.2)]
)
def test_the_network_of_the_post_learns_digits_with_some_rules_only(optimizer, low, high):
    X, y, *test = digits()
    f = Minibatches(MLP(X, y, hidden=(40, 20)), 100, steps=1000, seed=0)
    starts = np.stack([f.loss.init(seed, std=0.01) for seed in range(5)], axis=-1).astype(
        np.float32
    )
    assert (
        low
        <= np.median(
            f.loss.accuracy(descend(f, starts, optimizer, lr=0.01, steps=1000).final, *test)
        )
        <= high
    )


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="counts what glibc does")
def test_a_batch_of_networks_does_not_fetch_its_memory_anew_at_each_step(another_python):
    code = """
import resource, numpy as np, lrteach as lt
f = lt.MLP(np.ones((9, 784)), np.arange(9))
def faults(steps):
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    lt.descend(f, f.init(0), lt.adam, lr=np.full(16, 0.1), steps=steps)
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before
faults(5)
assert faults(205) - faults(5) < 25_000, "pages of memory were fetched anew"
"""  # about 45,000 if freed memory were given back each time
    subprocess.run([another_python, "-c", code], check=True)


@pytest.mark.parametrize("model", [LinearRegression(Z, labels), MLP(Z, labels, (4,))])
@pytest.mark.parametrize("runs, lr", [((), 0.1), ((), [0.1, 0.2, 0.3]), ((2,), 0.1), ((3, 1), 0.1)])
def test_several_seeds_need_a_start_for_each(model, runs, lr):
    f, start = Minibatches(model, 5, steps=4, seed=range(3)), np.zeros((model.dim, *runs))
    words = (
        f"theta has shape {start.shape}, but the rows were drawn with 3 seeds: give one start "
        "for each of them on the last axis"
    )
    with pytest.raises(ValueError, match=re.escape(words)):
        descend(f, start, lr=lr, steps=4)
    assert f(start).shape == runs and descend(
        f, np.zeros((model.dim, 2, 3)), lr=0.1, steps=4
    ).batch == (2, 3)


def test_two_seeds_are_never_one_however_large_they_are():
    net = MLP(Z, labels)
    for seed in (2**53, 2**63, 2**64, 2**100):
        first, second = net.init([seed, seed + 1]).T
        assert (first != second).any() and (net.init(seed) == first).all()
        assert (Minibatches(net, 5, 9, seed).rows != Minibatches(net, 5, 9, seed + 1).rows).any()
        assert (digits(seed=seed)[1] != digits(seed=seed + 1)[1]).any()


@pytest.mark.parametrize(
    "seed, words",
    [
        (True, "seed must be a whole number of at least 0, not True"),
        ("a", "seed must be a whole number of at least 0, not 'a'"),
        (-1, "not -1"),
        (1.5, "not 1.5"),
        (None, "not None"),
        (["a"], "not 'a'"),
        ([[1, 2]], r"not \[1, 2\]"),
        ({1, 2}, "seed must be a whole number"),
    ],
)
def test_a_seed_is_a_whole_number(seed, words):
    model = MLP(Z, labels, (4,))
    with pytest.raises((TypeError, ValueError), match=words):
        Minibatches(model, 5, steps=4, seed=seed)
    if not isinstance(seed, list):
        with pytest.raises(
            (TypeError, ValueError), match="seed must be a whole number of at least 0"
        ):
            model.init(seed)


def test_what_is_said_of_a_model_of_many_layers_can_be_read():
    deep = MLP(Z, labels, hidden=[3] * 500)
    assert len(repr(deep)) < 100
    with pytest.raises(ValueError) as error:
        deep(np.zeros(3))
    assert len(str(error.value)) < 300
