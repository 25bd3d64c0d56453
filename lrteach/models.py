"""Models as losses of one flat theta."""

import copy

import numpy as np

from ._internal.arguments import as_finite, as_whole
from .losses import Loss, matvec


class Model(Loss):
    """A loss that is a mean over the rows of X (rows, columns) and y (rows,): what all models share."""
    runs = ()  # of rows drawn with several seeds: (their number,)

    def __call__(self, theta):
        return self.value_and_grad(theta)[0]

    def grad(self, theta):
        """Gradient at theta, in the shape and the dtype of theta."""
        return self.value_and_grad(theta)[1]

    def _check(self, theta):
        theta = super()._check(theta)
        if self.runs and theta.shape[1:][-1:] != self.runs:
            raise ValueError(f"theta has shape {theta.shape}, but the rows were drawn with {self.runs[0]} seeds: give one start for each "
                             f"of them on the last axis, such as np.stack([theta] * {self.runs[0]}, axis=-1)")
        return theta


def as_table(X, columns=None):
    """X as finite floats (rows, columns), or a ValueError."""
    X = as_finite("X", X)
    if X.ndim != 2 or columns not in (None, X.shape[1]):
        raise ValueError(f"X must have the shape (rows, {'columns' if columns is None else columns}), not {X.shape}")
    return X


def as_targets(X, y):
    """y as finite floats (rows,), one for each row of X, or a ValueError."""
    y = as_finite("y", y)
    if y.shape != X.shape[:1]:
        raise ValueError(f"y must have one number for each of the {len(X)} rows of X, but its shape is {y.shape}")
    return y


def as_labels(X, y):
    """y as whole numbers from 0 (rows,), one for each row of X, or a ValueError."""
    y = as_targets(X, y)
    if (y < 0).any() or (y != np.floor(y)).any():
        raise ValueError(f"y must be whole numbers from 0, the classes, not {y[(y < 0) | (y != np.floor(y))][0]}")
    return y.astype(int)


class LinearRegression(Model):
    """Mean squared error of the prediction X @ theta, with exact gradient: mean((X @ theta - y)**2).

    X  (rows, columns), y  (rows,); theta  (columns, *batch), in its own dtype throughout.
    There is no hidden constant: for an intercept, give X a column of ones.
    """

    def __init__(self, X, y):
        self.X = as_table(X)
        self.y = as_targets(self.X, y)
        minimum = np.linalg.lstsq(self.X.astype(float), self.y.astype(float), rcond=None)[0]
        reach = 1.5 * np.abs(minimum).max() or 1.0
        super().__init__(self, minimum=minimum, start=np.zeros(len(minimum)),
                         bounds=tuple((c - reach, c + reach) for c in minimum), dim=len(minimum), name="linear regression")

    def on_rows(self, rows):
        """The same model on some of its rows, (k,), or on other rows for each run along the last axis of the batch, (k, runs)."""
        some = copy.copy(self)
        some.X, some.y, some.runs = self.X[rows], self.y[rows], np.shape(rows)[1:]  # X (k[, runs], columns)
        return some

    def hessian(self, theta):
        """2 / rows * X.T @ X, the same everywhere."""
        self._check(theta)
        X = self.X.astype(float)
        return 2 / len(X) * X.T @ X

    def predict(self, theta, X=None):
        """X @ theta, (rows, *batch), for the model's own rows or for others."""
        return matvec(self.X if X is None else as_table(X, self.dim), self._check(theta))

    def value_and_grad(self, theta):
        """The pair (loss, gradient) from one pass over the rows."""
        theta = self._check(theta)
        X, y, share = self._rows(theta)  # share is 1 / number of rows
        r = matvec(X, theta) - y
        return (r ** 2).sum(axis=0) / len(y), matvec(X.T, 2 * r * share)

    def _rows(self, theta):
        """X, y and 1 / rows in the dtype of theta, y with room for the batch. (2 * r / rows would round differently.)"""
        dtype = theta.dtype
        y = self.y.astype(dtype)
        return self.X.astype(dtype), y.reshape(len(y), *(1,) * (theta.ndim - y.ndim), *y.shape[1:]), dtype.type(1 / len(y))


class Minibatches(Loss):
    """A model's loss on a few of its rows, other ones at each step: `at(t)` is the mean over the rows that step t sees.

    The rows are drawn once, at random from the seed, each batch without repeats: every run, rate and rule sees the same noise.
    seed  a whole number; or a list of them: the last axis of the batch then has one run for each seed.
    Called itself, it is the loss over all rows. Raises ValueError for a step beyond `steps`.
    """

    called = "loss of the batch"

    def __init__(self, loss, batch_size, steps, seed):
        if not hasattr(loss, "on_rows"):
            raise TypeError(f"loss must be a model with rows, such as LinearRegression or MLP, not {loss!r}")
        size, rows = as_whole("batch_size", batch_size), len(loss.y)
        if size > rows:
            raise ValueError(f"batch_size must be at most the number of rows, {rows}, not {batch_size!r}")
        self.loss, self.keep, count = loss, loss.keep, as_whole("steps", steps) + 1

        def draw(seed):
            rng = np.random.default_rng(as_whole("seed", seed, least=0))
            return np.stack([rng.choice(rows, size, replace=False, shuffle=False) for _ in range(count)])
        if np.size(seed) == 0:
            raise ValueError(f"seed is empty ({seed!r}): give at least one whole number")
        self.rows = draw(seed) if np.ndim(seed) == 0 else np.stack([draw(one) for one in seed], axis=-1)  # (steps + 1, size[, runs])
        super().__init__(loss, loss.grad, hessian=loss.hessian, minimum=loss.minimum, start=loss.start, bounds=loss.bounds, dim=loss.dim,
                         name=f"{loss.name}, {size} rows at a time")

    def at(self, t):
        """The loss over the rows that step t sees."""
        if not 0 <= t < len(self.rows):
            raise ValueError(f"these Minibatches were drawn for the steps 0 to {len(self.rows) - 1}, not for step {t}: give a larger `steps`")
        return self.loss.on_rows(self.rows[t])
