"""What the formulas promise, found again in real runs."""

import warnings

import numpy as np
import pytest

from lrteach import (
    MLP,
    REGIMES,
    LinearRegression,
    Loss,
    best_lr,
    contraction,
    critical_lr,
    curvature,
    descend,
    digits,
    momentum,
    parabola,
    quadratic,
    ravine,
    receipts,
    regime,
    rosenbrock,
    saddle,
    sgd,
    sharpness,
    valley,
)


def bowl(dim, seed):
    """A random quadratic with curvatures between 2 and 40, turned and shifted at random."""
    random = np.random.default_rng(seed)
    Q = np.linalg.qr(random.normal(size=(dim, dim)))[0]
    eigenvalues = random.uniform(2, 40, dim)
    H = Q * eigenvalues @ Q.T
    return quadratic((H + H.T) / 2, random.normal(size=dim))


BOWLS = {
    "1-D flat": parabola(),
    "1-D steep": parabola(-2, 30),
    "receipts": LinearRegression(*receipts()),
    "valley": valley(),
    "ravine": ravine(1, 10),
    **{f"{dim}-D": bowl(dim, dim) for dim in (2, 3, 5, 10, 20)},
}
every_bowl = pytest.mark.parametrize("f", BOWLS.values(), ids=BOWLS)


def edge(f, optimizer=sgd, **hyper):
    """The rate at which runs begin to grow, by bisection, without any knowledge of curvature."""
    low, high, steps = 1e-3, 8.0, 700
    while high - low > 2e-7 * high:
        rates = np.linspace(low, high, 41)
        excess = descend(
            f, f.start + 0.1, optimizer, lr=rates, steps=steps, keep="last", **hyper
        ).loss - f(f.minimum)
        shrinks = (excess[-1] < excess[steps // 2]) | (
            excess[-1] < 1e-9 * excess[0]
        )  # nan shrinks in neither way
        assert shrinks[0] and not shrinks[-1]
        k = np.argmin(shrinks)
        low, high = rates[k - 1], rates[k]
    return high


@every_bowl
def test_threshold_in_real_runs(f):
    np.testing.assert_allclose(edge(f), critical_lr(f), rtol=1e-6)


@pytest.mark.parametrize("beta", [0.0, 0.5, 0.9])
@pytest.mark.parametrize("name", ["1-D steep", "receipts", "5-D"])
def test_edge_of_momentum_in_real_runs(name, beta):
    f = BOWLS[name]
    np.testing.assert_allclose(
        edge(f, momentum, beta=beta) * curvature(f)[0][-1], 2 + 2 * beta, rtol=1e-6
    )


@every_bowl
def test_critical_and_best_rate_are_those_of_the_eigenvalues(f):
    eigenvalues, vectors = curvature(f)
    H = np.atleast_2d(f.hessian(f.minimum))
    np.testing.assert_allclose(vectors * eigenvalues @ vectors.T, H, atol=1e-12 * np.abs(H).max())
    assert (np.diff(eigenvalues) >= 0).all()
    np.testing.assert_allclose(critical_lr(f), 2 / np.linalg.norm(H, 2), rtol=1e-12)


@pytest.mark.parametrize("name", ["receipts", "valley", "ravine", "3-D", "10-D"])
def test_no_rate_is_better_than_the_best(name):
    f = BOWLS[name]
    best, eigenvalues = best_lr(f), curvature(f)[0]
    rates = best * np.linspace(0.8, 1.2, 41)
    k = eigenvalues[-1] / eigenvalues[0]
    run = descend(
        f, f.start + 0.1, lr=rates, steps=int(10 * k), keep="last"
    )  # the error falls to about e**-20
    assert np.argmin(np.linalg.norm(run.final.T - f.minimum, axis=1)) in (19, 20, 21)
    np.testing.assert_allclose(
        contraction(best, eigenvalues[[0, -1]]), (k - 1) / (k + 1), rtol=1e-9
    )


def test_best_momentum():
    low, high = np.sqrt([1.0, 25.0])
    lr, beta = (2 / (low + high)) ** 2, ((high - low) / (high + low)) ** 2
    np.testing.assert_allclose(
        contraction(lr, [1.0, 9.0, 25.0], beta), (5 - 1) / (5 + 1), rtol=1e-7
    )


@pytest.mark.parametrize("lr", [0.0, 0.1, 0.5, 1.0, 1.9, 2.0, 3.0])
@pytest.mark.parametrize("eigenvalue", [-1.0, 0.0, 0.5, 1.0, 2.0])
def test_contraction_is_what_the_rule_does_to_the_error(lr, eigenvalue):
    f = parabola(0, eigenvalue)
    assert abs(descend(f, 1.0, lr=lr, steps=1).final) == pytest.approx(
        contraction(lr, eigenvalue), rel=1e-15
    )
    for beta in (
        0.0,
        0.3,
        0.9,
    ):  # momentum maps (theta, v) linearly: the long run is the largest eigenvalue of that map
        columns = [
            momentum(theta, f.grad(theta), lr, v, beta=beta)
            for theta, v in ((1.0, 0.0), (0.0, 1.0))
        ]
        radius = np.abs(np.linalg.eigvals(np.transpose(columns))).max()
        assert contraction(lr, eigenvalue, beta) == pytest.approx(radius, rel=1e-6)


def test_complex_roots_shrink_by_the_root_of_beta():
    np.testing.assert_allclose(contraction([0.1, 1, 2, 3], 1, 0.81), 0.9, rtol=1e-12)
    assert (
        contraction([0.1, 0.2], [[1], [2], [3]]).shape == (3, 2)
        and np.ndim(contraction(0.1, 1)) == 0
    )


@pytest.mark.parametrize("curved", [0.3, 1, 7.0])
@pytest.mark.parametrize(
    "product, name",
    [
        (0, "too slow"),
        (0.0199, "too slow"),
        (0.0201, "monotone"),
        (0.999, "monotone"),
        (1, "one step"),
        (1.001, "oscillating"),
        (1.999, "oscillating"),
        (2, "two-cycle"),
        (2.001, "divergent"),
        (50, "divergent"),
    ],
)
def test_regime_tells_what_a_run_does(product, name, curved):
    assert regime(product / curved, curved) == name
    error = descend(parabola(0, curved), 1.0, lr=product / curved, steps=34).theta
    signs, sizes = np.sign(error), np.abs(error)
    assert {
        "too slow": (signs == 1).all() and 0.5 < error[-1],
        "monotone": (signs == 1).all() and error[-1] < 0.51,
        "one step": sizes[1:].max() < 1e-12,
        "oscillating": (signs[1:] == -signs[:-1]).all() and sizes[-1] < 1,
        "two-cycle": (signs[1:] == -signs[:-1]).all() and np.allclose(sizes, 1, rtol=1e-12),
        "divergent": sizes[-1] > 1,
    }[name]


def test_regime_of_arrays_and_of_an_upside_down_bowl():
    assert list(regime(np.array([0.01, 0.5, 1, 1.5, 2, 3]), 1)) == list(REGIMES)
    assert regime(0.5, [[1], [2], [-1]]).tolist() == [["monotone"], ["one step"], ["divergent"]]
    assert regime(0, -1) == regime(1, 0) == "too slow" and type(regime(0.5, 1)) is str
    assert (
        regime(1 / 3, 3) == regime(0.1, 10) == "one step"
        and regime(2 / 7, 7) == regime(0.2, 10) == "two-cycle"
    )


def test_an_overflow_is_silent_and_diverges():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for lr, curved in ((1e200, 1.0), (1e200, 1e200), (1e200, -1e200), (1.0, 1e308)):
            assert contraction(lr, curved) == contraction(lr, curved, 0.9) == np.inf
            assert regime(lr, curved) == "divergent"


def test_other_points_and_own_losses():
    assert (
        critical_lr(saddle(), [0, 0]) == 2
        and critical_lr(parabola(0, -1)) == critical_lr(parabola(0, 0)) == np.inf
    )
    np.testing.assert_allclose(curvature(rosenbrock())[0], [0.39936077, 1001.60063922], rtol=1e-6)
    np.testing.assert_allclose(critical_lr(Loss(lambda theta: 2 * theta**2), 3), 0.5, rtol=1e-7)
    np.testing.assert_allclose(
        critical_lr(Loss(lambda theta: (theta**2).sum(axis=0), minimum=np.zeros(3))), 1, rtol=1e-6
    )
    quartic = Loss(lambda theta: (theta**4).sum(axis=0), lambda theta: 4 * theta**3)
    np.testing.assert_allclose(critical_lr(quartic, [1, 2]), 2 / 48, rtol=1e-8)


@pytest.mark.parametrize(
    "make, error, words",
    [
        (
            lambda: critical_lr(abs),
            TypeError,
            r"f must be a Loss, not .*; wrap your own function as Loss\(f\)",
        ),
        (
            lambda: curvature(saddle()),
            ValueError,
            "theta is missing, and <Loss: saddle> names no minimum",
        ),
        (
            lambda: best_lr(saddle(), [0, 0]),
            ValueError,
            "<Loss: saddle> does not curve up in every direction",
        ),
        (
            lambda: critical_lr(valley(), np.zeros((2, 3))),
            ValueError,
            r"theta must be one point, not a batch of shape \(2, 3\)",
        ),
        (
            lambda: critical_lr(parabola(), [1, 2]),
            ValueError,
            r"theta must be one point, not a batch of shape \(2,\)",
        ),
        (lambda: critical_lr(valley(), [np.nan, 1]), ValueError, "theta must be finite, not nan"),
        (
            lambda: critical_lr(valley(), [1]),
            ValueError,
            r"theta has shape \(1,\), but valley needs 2",
        ),
        (lambda: contraction(-1, 1), ValueError, "lr must be 0 or above and finite, not -1"),
        (
            lambda: contraction(1, "a"),
            TypeError,
            "eigenvalue must be a number or an array of numbers, not 'a'",
        ),
        (lambda: contraction(1, 1, np.nan), ValueError, "beta must be finite, not nan"),
        (
            lambda: contraction([1, 2], [1, 2, 3]),
            ValueError,
            r"do not fit together: lr has \(2,\), eigenvalue has \(3,\), beta has \(\)",
        ),
        (
            lambda: regime([1, 2], [1, 2, 3]),
            ValueError,
            r"do not fit together: lr has \(2,\), curvature has \(3,\)",
        ),
        (
            lambda: critical_lr(rosenbrock(), [1e200, 1e200]),
            ValueError,
            r"second derivatives of <Loss: rosenbrock> must be finite at theta = array",
        ),
        (lambda: regime(-1, 1), ValueError, "lr must be 0 or above and finite, not -1"),
        (lambda: regime(1, np.inf), ValueError, "curvature must be finite, not inf"),
        (lambda: regime(1, None), TypeError, "curvature must be .* not None"),
    ],
)
def test_says_what_is_wrong(make, error, words):
    with pytest.raises(error, match=words):
        make()


@every_bowl
def test_sharpness_is_the_last_curvature(f):
    assert sharpness(f, f.start) == pytest.approx(curvature(f)[0][-1], rel=3e-3)


@pytest.mark.parametrize("H, largest", [
    (np.diag([-10.0, 1.0, 0.5]), 1.0),  # the steepest way bends down
    (np.diag([-10.0, -2.0, -4.0]), -2.0),
    (np.diag([3.0, 3.0, 3.0]), 3.0),
    (np.zeros((3, 3)), 0.0),
])
def test_sharpness_is_the_largest_not_the_steepest(H, largest):
    assert sharpness(quadratic(H), [1.0, -2.0, 0.5]) == pytest.approx(largest, rel=3e-3, abs=1e-9)


@pytest.mark.parametrize("size", [1e-300, 1e-170, 1e170, 1e290])
def test_sharpness_may_be_tiny_or_huge(size):
    for H in ([1.0, 1e-5], [-1.0, 0.5], [-1.0, -2.0]):
        largest = sharpness(quadratic(size * np.diag(H)), [1.0, 1.0])
        np.testing.assert_allclose(largest, size * max(H), rtol=1e-5)


def test_sharpness_of_many_points_is_that_of_each():
    f = rosenbrock()
    run = descend(f, [-1.0, 1.0], lr=1e-3, steps=30)
    whole = sharpness(f, run.theta)
    assert whole.shape == (31,)
    for k in (0, 7, 30):
        point = run.theta[:, k]
        assert sharpness(f, point) == pytest.approx(whole[k], rel=1e-4)
        assert whole[k] == pytest.approx(np.linalg.eigvalsh(f.hessian(point))[-1], rel=1e-3)


def test_sharpness_where_theta_is_a_number_is_the_second_derivative():
    assert sharpness(parabola(2, 3), 7.0) == pytest.approx(3, rel=1e-6)
    f, theta = Loss(lambda x: x ** 4, grad=lambda x: 4 * x ** 3), np.array([-2.0, 0.5, 1.5])
    np.testing.assert_allclose(sharpness(f, theta), 12 * theta ** 2, rtol=1e-4)


@pytest.mark.parametrize("activation", ["sigmoid", "relu"])
def test_sharpness_of_a_network_is_that_of_its_dense_hessian(activation):
    X, y = digits()[:2]
    net = MLP(X[:60, 20:30], y[:60], hidden=(5,), activation=activation)
    theta = descend(net, net.init(0), lr=0.1, steps=20).final.astype(float)
    rows = [[net.value_and_grad(theta + way * 1e-5 * e)[1] for way in (1, -1)]
            for e in np.eye(len(theta))]
    H = np.array([(ahead - behind) / 2e-5 for ahead, behind in rows])
    assert sharpness(net, theta) == pytest.approx(np.linalg.eigvalsh((H + H.T) / 2)[-1], rel=0.03)


def test_sharpness_says_what_is_wrong():
    with pytest.raises(TypeError, match="f must be a Loss"):
        sharpness(parabola, 1.0)
    with pytest.raises(ValueError, match="theta must be finite|theta .*nan"):
        sharpness(parabola(), np.nan)
    with pytest.raises(ValueError, match="steps must be a whole number of at least 1, not 0"):
        sharpness(ravine(1, 10), [1.0, 1.0], steps=0)
