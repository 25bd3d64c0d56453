"""Linear regression as a loss of one flat theta."""

import numpy as np
import pytest

from lrteach import LinearRegression, descend, receipts

X, y = np.random.default_rng(3).normal(size=(7, 3)), np.random.default_rng(4).normal(size=7)


def test_value_gradient_and_hessian_are_the_textbook_ones():
    f, theta = LinearRegression(X, y), np.array([1.0, -2.0, 0.5])
    r = X @ theta - y
    np.testing.assert_allclose(f(theta), np.mean(r ** 2), rtol=1e-13)
    np.testing.assert_allclose(f.grad(theta), 2 / 7 * X.T @ r, rtol=1e-12)
    np.testing.assert_allclose(f.hessian(theta), 2 / 7 * X.T @ X, rtol=1e-12)
    loss, g = f.value_and_grad(theta)
    assert loss == f(theta) and (g == f.grad(theta)).all()
    assert f.value_and_grad([1, -2, 0.5])[0] == f([1, -2, 0.5]) == loss


def test_descent_ends_at_the_least_squares_solution():
    f = LinearRegression(X, y)
    np.testing.assert_allclose(f.minimum, np.linalg.lstsq(X, y, rcond=None)[0], rtol=1e-12)
    np.testing.assert_allclose(descend(f, f.start, lr=0.3, steps=2000).final, f.minimum, rtol=1e-10)


@pytest.mark.parametrize("data", [(X.tolist(), y.tolist()), (X.astype(np.float32), y), (np.round(X * 9).astype(int), np.arange(7))])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_theta_decides_the_dtype(data, dtype):
    run = descend(LinearRegression(*data), np.zeros(3, dtype), lr=np.array([0.1, 0.2]), steps=3)
    assert run.theta.dtype == run.loss.dtype == run.lr.dtype == dtype


def test_predict_for_one_theta_a_batch_and_other_rows():
    f, theta = LinearRegression(X, y), np.random.default_rng(5).normal(size=(3, 2, 4))
    np.testing.assert_allclose(f.predict(theta), np.einsum("rc,cjk->rjk", X, theta), rtol=1e-12)
    np.testing.assert_allclose(f.predict([1, 2, 3], [[1, 0, 1], [0, 2, 0]]), [4, 4])


@pytest.mark.parametrize("make, error, words", [
    (lambda: LinearRegression(X, y[:2]), ValueError, r"y must have one number for each of the 7 rows of X, but its shape is \(2,\)"),
    (lambda: LinearRegression(X, y[:, None]), ValueError, r"y must have one number .* its shape is \(7, 1\)"),
    (lambda: LinearRegression(X[0], y), ValueError, r"X must have the shape \(rows, columns\), not \(3,\)"),
    (lambda: LinearRegression([[1, 2], [3]], [1, 2]), ValueError, "X must be .* rows differ in length"),
    (lambda: LinearRegression([], []), ValueError, "X is empty"),
    (lambda: LinearRegression(np.zeros((0, 2)), []), ValueError, "X is empty"),
    (lambda: LinearRegression(X, "abc"), TypeError, "y must be a number or an array of numbers, not 'abc'"),
    (lambda: LinearRegression([[1, np.nan]], [1]), ValueError, "X must be finite, not nan"),
    (lambda: LinearRegression(X, y)([1, 2]), ValueError, r"theta has shape \(2,\), but linear regression needs 3 coordinates"),
    (lambda: LinearRegression(X, y).predict([1, 2, 3], [[1, 2, 3, 4]]), ValueError, r"X must have the shape \(rows, 3\), not \(1, 4\)"),
    (lambda: LinearRegression(X, y).predict([1, 2, 3], [1, 2, 3]), ValueError, r"X must have the shape \(rows, 3\), not \(3,\)"),
    (lambda: descend(LinearRegression(*receipts()), [0, 0, 0], lr=0.1, steps=1), ValueError, r"theta has shape \(3,\).* needs 2"),
])
def test_says_what_is_wrong(make, error, words):
    with pytest.raises(error, match=words):
        make()
