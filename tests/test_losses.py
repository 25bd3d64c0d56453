"""Surfaces: gradients, curvature, minima, batches; losses of one's own, without a gradient too."""

import math
import warnings

import numpy as np
import pytest

from lrteach import (
    SURFACES,
    LinearRegression,
    Loss,
    descend,
    parabola,
    quadratic,
    ravine,
    receipts,
    rosenbrock,
    two_wells,
    valley,
)

LOSSES = {
    **{name: make() for name, make in SURFACES.items()},
    "tilted": two_wells(0.3),
    "ravine of 3": ravine(1, 5, 25),
    "quadratic": quadratic([[2, 1], [1, 3]], [1, -2]),
    "receipts": LinearRegression(*receipts()),
}
PARABOLAS = {"parabola": parabola(), "upside down": parabola(2, -3)}
every_loss = pytest.mark.parametrize("f", LOSSES.values(), ids=LOSSES)
every_loss_and_parabola = pytest.mark.parametrize(
    "f", [*LOSSES.values(), *PARABOLAS.values()], ids=[*LOSSES, *PARABOLAS]
)


def points(f, count=40):
    """Random points inside what a picture of f shows."""
    low, high = np.array(f.bounds).T
    return np.random.default_rng(1).uniform(low, high, (count, *np.shape(low))).T


def central_differences(f, theta, h):
    steps = h * np.eye(len(theta)) if theta.ndim else [h]
    return np.reshape(
        [(f(theta + step) - f(theta - step)) / (2 * h) for step in steps], theta.shape
    )


@every_loss_and_parabola
def test_gradient_is_the_slope(f):
    for theta in points(f).T:
        g = f.grad(theta)
        np.testing.assert_allclose(
            g, central_differences(f, theta, 1e-5), rtol=1e-6, atol=1e-6 * (1 + np.abs(f(theta)))
        )


@every_loss_and_parabola
def test_hessian_is_the_slope_of_the_gradient(f):
    for theta in points(f, 10).T:
        H = [
            (f.grad(theta + e) - f.grad(theta - e)) / 2e-5
            for e in (1e-5 * np.eye(len(theta)) if theta.ndim else [1e-5])
        ]
        np.testing.assert_allclose(
            f.hessian(theta), np.reshape(H, theta.shape * 2), rtol=1e-5, atol=1e-4
        )


@every_loss
def test_minimum_and_start(f):
    low, high = np.array(f.bounds).T
    assert (low < f.start).all() and (f.start < high).all()
    if f.minimum is None:
        assert f.name == "saddle" and np.linalg.eigvalsh(f.hessian(f.start))[0] < 0
        return
    assert (low < f.minimum).all() and (f.minimum < high).all()
    assert np.abs(f.grad(f.minimum)).max() < 1e-10
    assert np.linalg.eigvalsh(f.hessian(f.minimum))[0] > 0
    assert (f(f.minimum) <= f(points(f, 2000))).all() and f(f.minimum) < f(f.start)


def test_named_minima():
    assert parabola().minimum == 5 and parabola()(5.0) == 0 and parabola(5, 3)(7.0) == 6
    np.testing.assert_array_equal(
        [
            f(f.minimum)
            for f in map(LOSSES.get, ("rosenbrock", "beale", "himmelblau", "valley", "plateau"))
        ],
        0,
    )
    all_four = [[3, -2.805118, -3.779310, 3.584428], [2, 3.131312, -3.283186, -1.848126]]
    np.testing.assert_allclose(LOSSES["himmelblau"](all_four), 0, atol=1e-9)
    assert two_wells(0.1).minimum[0] < -1 < two_wells(0.1).minimum[1] == 0
    assert (valley().start == [-7, 2]).all() and valley()([-7, 2]) == 6.45


@pytest.mark.parametrize("f", [f for f in LOSSES.values() if f.dim == 2], ids=repr)
def test_a_grid_is_one_call(f):
    (x_low, x_high), (y_low, y_high) = f.bounds
    X, Y = np.meshgrid(np.linspace(x_low, x_high, 4), np.linspace(y_low, y_high, 3))
    assert f([X, Y]).shape == (3, 4) and f.grad([X, Y]).shape == (2, 3, 4)
    for i, j in np.ndindex(3, 4):
        assert f([X, Y])[i, j] == f([X[i, j], Y[i, j]])
        np.testing.assert_array_equal(f.grad([X, Y])[:, i, j], f.grad([X[i, j], Y[i, j]]))


@every_loss_and_parabola
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_dtype_is_kept(f, dtype):
    for theta in (np.asarray(f.start, dtype), points(f).astype(dtype)):
        loss, g = f.value_and_grad(theta)
        assert loss.dtype == g.dtype == f(theta).dtype == f.grad(theta).dtype == dtype
        assert np.shape(g) == np.shape(theta)


def test_float32_data_with_64_bit_numbers_in_the_loss():
    shift = np.array([1.0, 2.0])
    own = Loss(
        lambda theta: ((theta.T - shift) ** 2).T.sum(axis=0), lambda theta: 2 * (theta.T - shift).T
    )
    loss, g = own.value_and_grad(np.zeros(2, np.float32))
    assert loss.dtype == g.dtype == np.float32 and loss == 5


@every_loss_and_parabola
def test_without_a_gradient_it_is_nine_digits_good(f):
    blind, theta = Loss(f, dim=f.dim), points(f)
    g = f.grad(theta)
    np.testing.assert_allclose(blind.grad(theta), g, rtol=1e-8, atol=1e-9 * np.abs(g).max())
    np.testing.assert_allclose(
        blind.hessian(theta.T[0]), f.hessian(theta.T[0]), rtol=1e-5, atol=1e-6 * np.abs(g).max()
    )
    assert blind.grad(theta.astype(np.float32)).dtype == np.float32


SHARP = {  # what changes at the scale of theta: f, its slope
    "log": (np.log, lambda x: 1 / x),
    "math.log": (math.log, lambda x: 1 / x),
    "root": (np.sqrt, lambda x: 0.5 / x**0.5),
    "math.sqrt": (math.sqrt, lambda x: 0.5 / x**0.5),
    "inverse": (lambda x: 1 / x, lambda x: -1 / x**2),
    "x log x": (lambda x: x * np.log(x), lambda x: np.log(x) + 1),
    "kink": (np.abs, np.sign),
}
SMOOTH = {  # what does not
    "square": (lambda x: x**2, lambda x: 2 * x),
    "wave": (np.sin, np.cos),
    "far square": (lambda x: (x - 3) ** 2, lambda x: 2 * (x - 3)),
    "high": (lambda x: 1000 + 5 * x, lambda x: 5.0),
    "line": (lambda x: 2 * x, lambda x: 2.0),
}


@pytest.mark.parametrize("x", [1e-12, 1e-9, 1e-6, 1e-5, 1e-4, 1e-3, 0.03, 0.5, 3.0])
@pytest.mark.parametrize("name", [*SHARP, *SMOOTH])
def test_the_step_of_differences_fits_theta(name, x):
    own, slope = {**SHARP, **SMOOTH}[name]
    step = 6e-6 * (max(x, 1) if name in SMOOTH else x)
    rounding = 20 * np.finfo(float).eps * abs(own(x)) / step
    right = pytest.approx(slope(x), rel=3e-9, abs=rounding)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert Loss(lambda t: own(t[0])).grad([x])[0] == right
        assert Loss(lambda t: own(t[()]), dim=0).grad(x) == right
        assert np.isfinite(Loss(lambda t: own(t[0]) + t[1]).grad([x, 1.0])).all()


def test_differences_near_zero_for_a_batch_and_for_second_derivatives():
    f = Loss(lambda t: np.log(t[0]) + t[0] * t[1])
    theta = np.array([[1e-9, 1e-3, 2.0], [1.0, 1e-9, 5.0]])
    np.testing.assert_allclose(
        f.grad(theta), [1 / theta[0] + theta[1], theta[0]], rtol=1e-7, atol=1e-9
    )
    exact = Loss(lambda t: np.log(t[0]) + t[1] ** 2, lambda t: (1 / t[0], 2 * t[1]))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for x in (1e-9, 1e-4, 0.05, 2.0):
            np.testing.assert_allclose(exact.hessian([x, 1.0]), [[-(x**-2), 0], [0, 2]], rtol=1e-6)
            np.testing.assert_allclose(f.hessian([x, 1.0])[0, 0], -(x**-2), rtol=1e-3)


def test_an_overflow_is_silent_also_where_a_loss_is_called_by_hand():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for f in (*LOSSES.values(), *PARABOLAS.values(), Loss(lambda t: np.exp(t).sum(axis=0))):
            theta = np.full(f.dim or 2, 1e300) if f.dim != 0 else 1e300
            for values in (f(theta), f.grad(theta), *f.value_and_grad(theta), f.hessian(theta)):
                assert np.shape(values) is not None
            assert f(np.float32(np.full_like(theta, 1e30))).dtype == np.float32


@pytest.mark.parametrize(
    "own, start",
    [
        (lambda theta: np.cosh(theta - 1), 3.0),
        (lambda theta: np.cosh(theta - 1), [3.0, -1.0]),  # numbers, one and two
        (lambda theta: theta[0] ** 2 + 3 * theta[1] ** 2, [1.0, 2.0]),
        (lambda theta: (theta**2).sum(axis=0), [1.0, 2.0, 3.0]),
        (lambda theta: (theta**2).sum(), [1.0, 2.0]),
        (lambda theta: theta @ theta, [1.0, 2.0]),  # one run only
        (lambda theta: sum(theta**2), [1.0]),
        (lambda theta: float(theta[0] ** 2 + theta[1] ** 4), [1, 2]),
    ],
)
def test_own_loss_without_a_gradient_descends(own, start):
    run = descend(Loss(own), start, lr=0.01, steps=500)
    assert np.shape(run.final) == np.shape(start) and (run.loss[-1] < 0.3 * run.loss[0]).all()
    assert (np.diff(run.loss, axis=0) <= 1e-12).all()


@pytest.mark.parametrize(
    "grad",
    [
        lambda theta: (2 * theta[0], 20 * theta[1]),
        lambda theta: [2 * theta[0], 20 * theta[1]],
        lambda theta: np.array([2 * theta[0], 20 * theta[1]]),
        None,
    ],
)
def test_a_gradient_may_come_as_tuple_list_or_array(grad):
    f = Loss(lambda theta: theta[0] ** 2 + 10 * theta[1] ** 2, grad)
    np.testing.assert_allclose(f.grad(np.ones((2, 3))), [[2] * 3, [20] * 3], rtol=1e-9)
    np.testing.assert_allclose(
        Loss(lambda t: t[0] ** 2 + t[1], lambda t: (2 * t[0], 1)).grad(np.ones((2, 3))),
        [[2] * 3, [1] * 3],
    )


def test_a_subclass():
    class Bowl(Loss):
        def __init__(self, depth):
            super().__init__(lambda theta: (theta**2).sum(axis=0) - depth, name="my bowl")

    assert repr(Bowl(3)) == "<Loss: my bowl>"
    np.testing.assert_allclose(descend(Bowl(3), [1, 2], lr=0.5, steps=1).final, 0, atol=1e-9)


def curved(hessian):
    """A loss with this function as its Hessian."""
    return Loss(lambda theta: (theta**2).sum(axis=0), hessian=hessian, name="my loss")


def test_a_hessian_is_not_changed_by_what_its_function_does_to_theta():
    def hessian(theta):
        theta += 1
        return np.diag(theta)
    theta = np.ones(2)
    np.testing.assert_array_equal(curved(hessian).hessian(theta), 2 * np.eye(2))
    assert (theta == 1).all()


@pytest.mark.parametrize(
    "make, error, words",
    [
        (lambda: Loss(3), TypeError, "f must be a function of theta, not 3"),
        (lambda: Loss(abs, "2x"), TypeError, "grad must be a function of theta, not '2x'"),
        (lambda: Loss(abs, hessian=1), TypeError, "hessian must be a function of theta, not 1"),
        (lambda: Loss(abs, name=5), TypeError, "name must be text, not 5"),
        (lambda: Loss(abs, dim="2"), TypeError, "dim must be a whole number of at least 0"),
        (lambda: Loss(abs, dim=-1), ValueError, "dim must be a whole number of at least 0"),
        (lambda: Loss(abs, dim=2, minimum="a"), TypeError, "minimum must be a number or an array"),
        *(
            (lambda wrong=wrong: Loss(abs, bounds=wrong), (TypeError, ValueError), "bounds must be")
            for wrong in (5, "ab", (1, 0), (1, 2, 3), [[1, 2], [3]], (0, np.inf))
        ),
        (lambda: Loss(abs, start=[np.nan]), ValueError, "start must be finite, not nan"),
        (
            lambda: Loss(abs, dim=2, minimum=[0, 0, 0]),
            ValueError,
            r"minimum must be one point, 2 coordinates, but its shape is \(3,\)",
        ),
        (
            lambda: Loss(abs, dim=0, start=[1]),
            ValueError,
            r"start must be one point, a number, but its shape is \(1,\)",
        ),
        (
            lambda: Loss(abs, start=np.eye(2)),
            ValueError,
            r"start must be one point, dim coordinates, but its shape is \(2, 2\)",
        ),
        *(
            (
                lambda f=f, shape=shape: f.hessian(np.ones(shape)),
                ValueError,
                "theta must be one point, not a batch of shape",
            )
            for f in (parabola(), valley(), two_wells(), rosenbrock(), curved(None))
            for shape in ((2, 2), (2, 3))
        ),
        (
            lambda: curved(lambda theta: [1, 2]).hessian([1, 1]),
            ValueError,
            r"hessian of my loss has shape \(2,\), but theta has shape \(2,\): it must .*\(2, 2\)",
        ),
        (
            lambda: curved(lambda theta: [[1, 5], [0, 1]]).hessian([1, 1]),
            ValueError,
            "hessian of my loss must be symmetric",
        ),
        (
            lambda: curved(lambda theta: 1j * np.eye(2)).hessian([1, 1]),
            TypeError,
            "hessian of my loss must be a number or an array of numbers",
        ),
        (
            lambda: curved(lambda theta: None).hessian([1, 1]),
            TypeError,
            "hessian of my loss must be a number or an array of numbers, not None",
        ),
        (lambda: quadratic([[1e-9, 1e-9], [0, 1e-9]]), ValueError, "must be a symmetric matrix"),
        (lambda: parabola("a"), TypeError, "minimum must be one finite number, not 'a'"),
        (lambda: parabola(5, None), TypeError, "curvature must be one finite number, not None"),
        (lambda: parabola([1, 2]), ValueError, r"minimum must be one finite number, not \[1, 2\]"),
        (lambda: parabola(np.nan), ValueError, "minimum must be one finite number, not nan"),
        (lambda: ravine(1, "a"), TypeError, "eigenvalue must be one finite number, not 'a'"),
        (
            lambda: ravine([1, 10]),
            ValueError,
            r"eigenvalue must be one finite number, not \[1, 10\]",
        ),
        (
            lambda: quadratic([[1, 2], [3, 4]]),
            ValueError,
            r"hessian must be a symmetric matrix.*\(2, 2\)",
        ),
        (lambda: quadratic(3), ValueError, "hessian must be a symmetric matrix"),
        (lambda: quadratic([[1, 2], [3]]), ValueError, "hessian must be .* rows differ in length"),
        (lambda: quadratic([[np.nan]]), ValueError, "hessian must be finite, not nan"),
        (
            lambda: quadratic(np.eye(2), [1]),
            ValueError,
            r"minimum has shape \(1,\), but a hessian of shape \(2, 2\) needs \(2,\)",
        ),
        (lambda: two_wells(1), ValueError, "tilt must be one number from 0 to 0.38 .*not 1"),
        (lambda: two_wells("a"), TypeError, "tilt must be one number from 0 to 0.38"),
        (
            lambda: rosenbrock()([1, 2, 3]),
            ValueError,
            r"theta has shape \(3,\), but rosenbrock needs 2 coordinates on the first axis",
        ),
        (
            lambda: valley().grad(1),
            ValueError,
            r"theta has shape \(\), but valley needs 2 coordinates",
        ),
        (
            lambda: valley()("ab"),
            TypeError,
            "theta must be a number or an array of numbers, not 'ab'",
        ),
        (
            lambda: Loss(lambda theta: None)(1.0),
            TypeError,
            "the loss that the loss returns must be a number or an array of numbers, not None",
        ),
        (
            lambda: Loss(lambda theta: theta**2, dim=2)([1, 2]),
            ValueError,
            "one number for each run",
        ),
        (
            lambda: Loss(lambda theta: (theta**2).sum())(np.ones((2, 3))),
            ValueError,
            r"loss of shape \(\) for a theta of shape \(2, 3\)",
        ),
        (
            lambda: Loss(np.sum, lambda theta: None).grad(1.0),
            TypeError,
            "the gradient of sum must be .* not None",
        ),
        (
            lambda: Loss(np.sum, lambda theta: theta[0]).grad([1, 2]),
            ValueError,
            r"gradient of sum has shape \(\), but theta has shape \(2,\)",
        ),
        (
            lambda: Loss(np.sum, lambda theta: [1, 2, 3]).grad([1, 2]),
            ValueError,
            r"gradient of sum has shape \(3,\)",
        ),
    ],
)
def test_says_what_is_wrong(make, error, words):
    with pytest.raises(error, match=words):
        make()
