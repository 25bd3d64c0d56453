"""What can be minimised: a loss, its gradient, and what a picture needs to know about it.

A point is `theta`: a number (`parabola`), or an array with its coordinates on the first axis.
Every further axis is a batch, so `f([X, Y])` is a whole contour grid in one call.
"""

import numpy as np

from ._internal.arguments import as_finite, as_floats, as_whole, shown
from ._internal.arithmetic import differences, is_symmetric, quiet
from ._internal.copies import MadeByRecipe
from ._internal.objective import Objective


class Loss(MadeByRecipe, Objective):
    """A function to minimise: `f(theta)`, its gradient, and what a picture needs to know about it.

    f        theta -> loss: (dim, *batch) gives (*batch); where theta is a number, a number.
    grad     theta -> gradient, in the shape of theta. Without it: differences, good to nine digits.
    hessian  theta -> (dim, dim) matrix of second derivatives. Without it: central differences.
    minimum  where the loss is lowest, or None.        start  a good place to begin, or None.
    bounds   what a picture shows: (low, high), or ((x_low, x_high), (y_low, y_high)).
    dim      number of coordinates; 0 if theta is a plain number; None if not known.
    Raises TypeError or ValueError for a theta, a loss or a gradient of the wrong kind or shape.

    >>> bowl = Loss(lambda theta: theta[0] ** 2 + 10 * theta[1] ** 2, name="bowl")
    >>> float(bowl([1.0, 2.0])), bowl.grad([1.0, 2.0]).round(6)
    (41.0, array([ 2., 40.]))
    """

    def __init__(self, f, grad=None, *, hessian=None, minimum=None, bounds=None, start=None,
                 dim=None, name=None):
        for argument, value in {"f": f, "grad": grad, "hessian": hessian}.items():
            if not callable(value) and (argument == "f" or value is not None):
                raise TypeError(f"{argument} must be a function of theta, not {shown(value)}")
        self._f, self._grad, self._hessian = f, grad, hessian
        if not isinstance(name, str | None):
            raise TypeError(f"name must be text, not {shown(name)}")
        name = name or getattr(f, "__name__", "loss").replace("<lambda>", "the loss")
        dim = None if dim is None else as_whole("dim", dim, least=0)
        for argument, point in {"minimum": minimum, "start": start}.items():
            check_point(argument, point, dim)
        check_bounds(bounds)
        super().__init__(minimum=minimum, bounds=bounds, start=start, dim=dim, name=name)

    @quiet
    def __call__(self, theta):
        theta = self._check(theta)
        loss = as_floats(f"the loss that {self.name} returns", self._f(theta.copy()))
        like_number = loss.shape == theta.shape and not self.dim
        like_point = loss.shape == theta.shape[1:] and self.dim != 0
        if not (like_number or like_point):
            raise ValueError(
                f"{self.name} gave a loss of shape {loss.shape} for a theta of shape "
                f"{theta.shape}: it must be one number for each run, so combine the coordinates "
                "theta[0], theta[1], ... only")
        return loss.astype(theta.dtype)[()]

    @quiet
    def grad(self, theta):
        """Gradient at theta, in the shape and the dtype of theta."""
        theta = self._check(theta)
        if self._grad is None:
            g = differences(self, theta, h=6e-6, alone=self._is_number(theta))
            return g.astype(theta.dtype)[()]
        g = self._grad(theta.copy())
        if isinstance(g, (list, tuple)) and len(g):
            g = np.stack(np.broadcast_arrays(*g))
        g = as_floats(f"the gradient of {self.name}", g)
        if g.shape != theta.shape:
            raise ValueError(f"the gradient of {self.name} has shape {g.shape}, but theta has "
                             f"shape {theta.shape}: it has one entry for each entry of theta")
        return g.astype(theta.dtype)[()]

    def value_and_grad(self, theta):
        """The pair (loss, gradient) at theta."""
        return self(theta), self.grad(theta)

    @quiet
    def hessian(self, theta):
        """Matrix of second derivatives at one theta: (dim, dim), or a number for a number."""
        if self._hessian is None:
            return self._second_differences(theta, h=1e-5 if self._grad else 1e-3)
        theta = self._check_point(theta)
        H = as_floats(f"the hessian of {self.name}", self._hessian(theta.copy()))
        if H.shape != 2 * theta.shape:
            raise ValueError(f"the hessian of {self.name} has shape {H.shape}, but theta has "
                             f"shape {theta.shape}: it must have shape {2 * theta.shape}")
        if not is_symmetric(H):
            raise ValueError(f"the hessian of {self.name} must be symmetric, not {shown(H)}")
        return H.astype(float)


def check_point(name, point, dim):
    """An error in words unless this is None, or one point with so many coordinates."""
    if point is None:
        return
    shape = as_finite(name, point).shape
    due = "a number" if dim == 0 else f"{dim or 'dim'} coordinates"
    if len(shape) > 1 or dim is not None and shape != ((dim,) if dim else ()):
        raise ValueError(f"{name} must be one point, {due}, but its shape is {shape}")


def check_bounds(bounds):
    """An error in words unless this is None, (low, high), or such a pair for each coordinate."""
    if bounds is None:
        return
    pairs = as_finite("bounds", bounds)
    if pairs.ndim not in (1, 2) or pairs.shape[-1] != 2 or (pairs[..., 0] > pairs[..., 1]).any():
        raise ValueError("bounds must be (low, high), or such a pair for each coordinate, "
                         f"not {shown(bounds)}")
