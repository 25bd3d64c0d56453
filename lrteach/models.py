"""Models as losses of one flat theta, and the few rows of them that a step sees."""

import copy

import numpy as np

from ._internal.arguments import as_finite, as_seed, as_whole, shown
from ._internal.arithmetic import matvec, quiet
from ._internal.objective import Objective

MOST_CLASSES = 10 ** 6


class Model(Objective):
    """A loss that is a mean over the rows of X (rows, columns) and y (rows,), its own copies."""

    runs = ()  # of rows drawn with several seeds: (their number,)
    rows_axis = 0  # where the rows stand in X and y beside the runs
    _part_of = None  # of some rows only: (the model of all rows, which rows of it)

    @property
    def whole(self):
        """The same model on all rows."""
        return self if self._part_of is None else self._part_of[0].whole

    def on_rows(self, rows):
        """The same model on some of its rows, (k,).

        rows  (k, runs) gives other rows to each run along the last axis of the batch.
        """
        some, rows = copy.copy(self), np.asarray(rows)
        placed = np.moveaxis(rows, 0, self.rows_axis)
        some.X, some.y = self.X[placed], self.y[placed]
        some.runs, some._part_of = rows.shape[1:], (self, rows)
        return some

    def of_runs(self, places):
        """The model that runs see which stand at these places on the last axis of a batch."""
        if not self.runs:
            return self
        model, rows = self._part_of
        return model.on_rows(rows[:, places])

    def _check(self, theta):
        theta = super()._check(theta)
        if self.runs and theta.shape[1:][-len(self.runs):] != self.runs:
            seeds = self.runs[-1]
            raise ValueError(
                f"theta has shape {theta.shape}, but the rows were drawn with {seeds} seeds: give "
                "one start for each of them on the last axis, such as "
                f"np.stack([theta] * {seeds}, axis=-1)")
        return theta


def as_table(X, columns=None):
    """X as finite floats (rows, columns), or a ValueError."""
    X = as_finite("X", X)
    if X.ndim != 2 or columns not in (None, X.shape[1]):
        columns = "columns" if columns is None else columns
        raise ValueError(f"X must have the shape (rows, {columns}), not {X.shape}")
    return X


def as_targets(X, y):
    """y as finite floats (rows,), one for each row of X, or a ValueError."""
    y = as_finite("y", y)
    if y.shape != X.shape[:1]:
        raise ValueError(f"y must have one number for each of the {len(X)} rows of X, "
                         f"but its shape is {y.shape}")
    return y


def as_labels(X, y):
    """y as whole numbers from 0 (rows,), one for each row of X, or a ValueError."""
    y = as_targets(X, y)
    odd = (y < 0) | (y != np.floor(y))
    if odd.any():
        raise ValueError(f"y must be whole numbers from 0, the classes, not {y[odd][0]}")
    if y.max() >= MOST_CLASSES:
        raise ValueError(f"y must be below {MOST_CLASSES:,}, as there are at most so many classes, "
                         f"not {y.max()}")
    return y.astype(int)


class LinearRegression(Model):
    """Mean squared error of the prediction X @ theta: mean((X @ theta - y)**2), exact gradient.

    X  (rows, columns), y  (rows,); theta  (columns, *batch), in its own dtype throughout.
    There is no hidden constant: for an intercept, give X a column of ones.
    """

    def __init__(self, X, y):
        self.X = as_table(X).copy()
        self.y = as_targets(self.X, y).copy()
        minimum = np.linalg.lstsq(self.X.astype(float), self.y.astype(float), rcond=None)[0]
        reach = 1.5 * np.abs(minimum).max() or 1.0
        super().__init__(minimum=minimum, start=np.zeros(len(minimum)), dim=len(minimum),
                         bounds=tuple((c - reach, c + reach) for c in minimum),
                         name="linear regression")

    @quiet
    def value_and_grad(self, theta):
        """The pair (loss, gradient) from one pass over the rows."""
        theta = self._check(theta)
        X, y, share = self._rows(theta)  # share is 1 / number of rows
        r = matvec(X, theta) - y
        return (r ** 2).sum(axis=0) / len(y), matvec(X.T, 2 * r * share)

    @quiet
    def hessian(self, theta):
        """2 / rows * X.T @ X, the same everywhere."""
        self._check(theta)
        X = self.X.astype(float)
        return 2 / len(X) * X.T @ X

    @quiet
    def predict(self, theta, X=None):
        """X @ theta, (rows, *batch), for the model's own rows or for others."""
        return matvec(self.X if X is None else as_table(X, self.dim), self._check(theta))

    def _rows(self, theta):
        """X, y and 1 / rows in the dtype of theta, y with room for the batch.

        (2 * r / rows would round differently.)
        """
        dtype = theta.dtype
        y = self.y.astype(dtype)
        room = (1,) * (theta.ndim - y.ndim)
        return self.X.astype(dtype), y.reshape(len(y), *room, *y.shape[1:]), dtype.type(1 / len(y))


class Minibatches(Objective):
    """A model's loss on a few of its rows, other ones at each step.

    `at(t)` is the mean over the rows that step t sees; called itself, it is the loss over all rows.
    The rows are drawn once, at random from the seed, each batch without repeats: every run, rate
    and rule sees the same noise.

    loss  a model with rows, such as LinearRegression or MLP        batch_size  rows of a step
    seed  a whole number; or a list of them: the last axis of the batch then has one run for each.
    Raises ValueError for a step beyond `steps`.

    >>> from lrteach import LinearRegression, receipts
    >>> f = Minibatches(LinearRegression(*receipts()), batch_size=1, steps=4, seed=0)
    >>> f.rows.ravel()
    array([2, 1, 1, 0, 0])
    """

    called = "loss of the batch"

    def __init__(self, loss, batch_size, steps, seed):
        if isinstance(loss, type) or not hasattr(loss, "on_rows"):
            raise TypeError("loss must be a model with rows, such as LinearRegression or MLP, "
                            f"not {shown(loss)}")
        size, rows = as_whole("batch_size", batch_size), len(loss.y)
        if size > rows:
            raise ValueError("batch_size must be at most the number of rows, "
                             f"{rows}, not {batch_size!r}")
        if np.size(seed) == 0:
            raise ValueError(f"seed is empty ({shown(seed)}): give at least one whole number")
        count = as_whole("steps", steps) + 1  # a run looks once more after its last step

        def draw(seed):
            rng = np.random.default_rng(as_seed("seed", seed))
            batches = [rng.choice(rows, size, replace=False, shuffle=False) for _ in range(count)]
            return np.stack(batches)

        if np.ndim(seed) == 0:
            self.rows = draw(seed)  # (steps + 1, size)
        else:
            self.rows = np.stack([draw(one) for one in seed], axis=-1)  # (steps + 1, size, runs)
        self.loss, self.keep = loss, loss.keep
        super().__init__(minimum=loss.minimum, start=loss.start, bounds=loss.bounds, dim=loss.dim,
                         name=f"{loss.name}, {size} rows at a time")

    def at(self, t):
        """The loss over the rows that step t sees."""
        if not 0 <= t < len(self.rows):
            raise ValueError(f"these Minibatches were drawn for the steps 0 to "
                             f"{len(self.rows) - 1}, not for step {t}: give a larger `steps`")
        return self.loss.on_rows(self.rows[t])

    @property
    def whole(self):
        """The loss over all rows."""
        return self.loss

    def value_and_grad(self, theta):
        """The pair (loss, gradient) over all rows."""
        return self.loss.value_and_grad(theta)

    def hessian(self, theta):
        """Matrix of second derivatives over all rows."""
        return self.loss.hessian(theta)

    def of_runs(self, places):
        """The minibatches that runs see which stand at these places on the last axis of a batch."""
        if self.rows.ndim == 2:
            return self
        some = copy.copy(self)
        some.rows = self.rows[..., places]
        return some
