"""Models as losses of one flat theta."""

import numpy as np

from .arguments import as_finite
from .losses import Loss, matvec


class LinearRegression(Loss):
    """Mean squared error of the prediction X @ theta, with exact gradient: mean((X @ theta - y)**2).

    X  (rows, columns), y  (rows,); theta  (columns, *batch), in its own dtype throughout.
    There is no hidden constant: for an intercept, give X a column of ones.
    """

    def __init__(self, X, y):
        self.X, self.y = as_finite("X", X), as_finite("y", y)
        if self.X.ndim != 2:
            raise ValueError(f"X must have the shape (rows, columns), not {self.X.shape}")
        if self.y.shape != self.X.shape[:1]:
            raise ValueError(f"y must have one number for each of the {len(self.X)} rows of X, but its shape is {self.y.shape}")
        self.H = 2 / len(self.y) * self.X.T.astype(float) @ self.X.astype(float)
        minimum = np.linalg.lstsq(self.X.astype(float), self.y.astype(float), rcond=None)[0]
        reach = 1.5 * np.abs(minimum).max() or 1.0
        super().__init__(lambda theta: self.value_and_grad(theta)[0], lambda theta: self.value_and_grad(theta)[1],
                         hessian=lambda theta: self.H, minimum=minimum, start=np.zeros(len(minimum)),
                         bounds=tuple((c - reach, c + reach) for c in minimum), dim=len(minimum), name="linear regression")

    def predict(self, theta, X=None):
        """X @ theta, (rows, *batch), for the model's own rows or for others."""
        X = self.X if X is None else as_finite("X", X)
        if X.ndim != 2 or X.shape[1] != self.dim:
            raise ValueError(f"X must have the shape (rows, {self.dim}), not {X.shape}")
        return matvec(X, self._check(theta))

    def value_and_grad(self, theta):
        """The pair (loss, gradient) from one pass over the rows."""
        theta = self._check(theta)
        X, y, share = self._rows(theta)  # share is 1 / number of rows
        r = matvec(X, theta) - y
        return (r ** 2).sum(axis=0) / len(y), matvec(X.T, 2 * r * share)

    def _rows(self, theta):
        """X, y and 1 / rows in the dtype of theta, y with room for the batch. (2 * r / rows would round differently.)"""
        dtype = theta.dtype
        return self.X.astype(dtype), self.y.astype(dtype).reshape(-1, *(1,) * (theta.ndim - 1)), dtype.type(1 / len(self.y))
