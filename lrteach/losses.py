"""Functions to minimise with exact gradients.

A point is `theta`: a number (`parabola`), or an array with its coordinates on the first axis.
Every further axis is a batch, so `f([X, Y])` is a whole contour grid in one call.
"""

import numpy as np

from ._internal.arguments import as_floats


class Loss:
    """A function to minimise: `f(theta)`, its gradient, and what a picture needs to know about it.

    f        theta -> loss: (dim, *batch) gives (*batch); or, where theta is a number, a number gives a number.
    grad     theta -> gradient, in the shape of theta. Without it: central differences, good to about nine digits.
    hessian  theta -> (dim, dim) matrix of second derivatives. Without it: central differences.
    minimum  where the loss is lowest, or None.    start  a good place to begin, or None.
    bounds   what a picture shows: (low, high), or ((x_low, x_high), (y_low, y_high)).
    dim      number of coordinates; 0 if theta is a plain number; None if not known.
    Raises TypeError or ValueError for a theta, a loss or a gradient of the wrong kind or shape.
    """

    keep = "path"  # what a run keeps of theta: its whole path, or only the "last"
    called = "loss"  # the name of its value in a picture

    def __init__(self, f, grad=None, *, hessian=None, minimum=None, bounds=None, start=None, dim=None, name=None):
        for argument, value in {"f": f, "grad": grad, "hessian": hessian}.items():
            if not callable(value) and (argument == "f" or value is not None):
                raise TypeError(f"{argument} must be a function of theta, not {value!r}")
        self._f, self._grad, self._hessian = f, grad, hessian
        self.minimum, self.bounds, self.start, self.dim = minimum, bounds, start, dim
        self.name = name or getattr(f, "__name__", "loss").replace("<lambda>", "the loss")

    def __repr__(self):
        return f"<Loss: {self.name}>"

    def __call__(self, theta):
        theta = self._check(theta)
        loss = as_floats(f"the loss that {self.name} returns", self._f(theta)).astype(theta.dtype, copy=False)
        if not (loss.shape == theta.shape and not self.dim or loss.shape == theta.shape[1:] and self.dim != 0):
            raise ValueError(f"{self.name} gave a loss of shape {loss.shape} for a theta of shape {theta.shape}: "
                             "it must be one number for each run, so combine the coordinates theta[0], theta[1], ... only")
        return loss[()]

    def grad(self, theta):
        """Gradient at theta, in the shape and the dtype of theta."""
        theta = self._check(theta)
        if self._grad is None:
            return self._difference(self, theta, h=6e-6)
        g = self._grad(theta)
        if isinstance(g, (list, tuple)) and len(g):
            g = np.stack(np.broadcast_arrays(*g))
        g = as_floats(f"the gradient of {self.name}", g)
        if g.shape != theta.shape:
            raise ValueError(f"the gradient of {self.name} has shape {g.shape}, but theta has shape {theta.shape}: "
                             "a gradient has one entry for each entry of theta")
        return g.astype(theta.dtype)[()]

    def value_and_grad(self, theta):
        """The pair (loss, gradient) at theta."""
        return self(theta), self.grad(theta)

    def at(self, t):
        """The loss that step t sees: here the same at every step."""
        return self

    def hessian(self, theta):
        """Matrix of second derivatives at one theta: (dim, dim), or a number where theta is a number."""
        theta = self._check(theta).astype(float)
        if self._hessian is not None:
            return np.asarray(self._hessian(theta), float)
        H = self._difference(self.grad, theta, h=1e-5 if self._grad else 1e-3)
        return (H + H.T) / 2

    def _difference(self, f, theta, h):
        """Central differences (f(theta + h) - f(theta - h)) / 2h, one coordinate after the other, in float64."""
        x, h = theta.astype(float), h * np.maximum(1.0, np.abs(theta))
        if self.dim == 0 or np.shape(self(theta)) == theta.shape:
            return ((f(x + h) - f(x - h)) / (2 * h)).astype(theta.dtype)[()]
        rows = np.eye(len(x)).reshape(len(x), len(x), *(1,) * (x.ndim - 1))
        return np.stack([(f(x + e * h) - f(x - e * h)) / (2 * h[i]) for i, e in enumerate(rows)]).astype(theta.dtype)

    def _check(self, theta):
        theta = as_floats("theta", theta)
        if self.dim and theta.shape[:1] != (self.dim,):
            raise ValueError(f"theta has shape {theta.shape}, but {self.name} needs "
                             f"{self.dim} coordinate{'s'[:self.dim > 1]} on the first axis")
        return theta


def matvec(A, v):
    """A @ v, where v has the batch on its further axes: summed left to right, so the last bit never depends on the machine.

    A  (rows, columns), or (rows, runs, columns): one matrix for each run along the last axis of the batch.
    """
    A = np.asarray(A, v.dtype)
    A = A.reshape(len(A), *(1,) * (v.ndim + 1 - A.ndim), *A.shape[1:])
    total = A[..., 0] * v[0]
    for j in range(1, len(v)):
        total = total + A[..., j] * v[j]
    return total
