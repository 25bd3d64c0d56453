"""What all losses, models and networks have in common."""

import numpy as np

from .arguments import as_floats
from .arithmetic import differences, quiet
from .copies import Copied

LONGEST = 80  # characters of a name, so that what is said of it can be read


class Objective:
    """What `descend` takes: `f(theta)`, its gradient `f.grad(theta)`, and both in one pass.

    Each kind of objective has its own value_and_grad. See `Loss` for the arguments.
    """

    keep = "path"  # what a run keeps of theta: its whole path, or only the "last"
    called = "loss"  # the name of its value in a picture
    minimum, start = Copied(), Copied()

    def __init__(self, *, minimum=None, bounds=None, start=None, dim=None, name="loss"):
        self.minimum, self.start = minimum, start
        self.bounds, self.dim = bounds, dim
        self.name = name if len(name) <= LONGEST else f"{name[:LONGEST - 4]} ..."

    def __repr__(self):
        return f"<Loss: {self.name}>"

    def __call__(self, theta):
        return self.value_and_grad(theta)[0]

    def grad(self, theta):
        """Gradient at theta, in the shape and the dtype of theta."""
        return self.value_and_grad(theta)[1]

    def at(self, t):
        """The loss that step t sees: here the same at every step."""
        return self

    @property
    def whole(self):
        """The loss over all rows, where a step sees some of them; else the loss itself."""
        return self

    def of_runs(self, places):
        """The loss that runs see which stand at these places on the last axis of a batch."""
        return self

    @quiet
    def hessian(self, theta):
        """Matrix of second derivatives at one theta: (dim, dim), or a number for a number."""
        return self._second_differences(theta, h=1e-5)

    def _second_differences(self, theta, h):
        theta = self._check_point(theta)
        H = differences(self.grad, theta, h, alone=self._is_number(theta))
        return (H + H.T) / 2

    def _check_point(self, theta):
        theta = self._check(theta).astype(float)
        if theta.ndim > (0 if self._is_number(theta) else 1):
            raise ValueError(f"theta must be one point, not a batch of shape {theta.shape}")
        return theta

    def _is_number(self, theta):
        """True where theta is a number, or an array of numbers that are runs of their own."""
        if self.dim is not None:
            return self.dim == 0
        return np.shape(self(theta)) == theta.shape

    def _check(self, theta):
        theta = as_floats("theta", theta)
        if self.dim and theta.shape[:1] != (self.dim,):
            coordinates = "1 coordinate" if self.dim == 1 else f"{self.dim} coordinates"
            raise ValueError(f"theta has shape {theta.shape}, but {self.name} needs "
                             f"{coordinates} on the first axis")
        return theta
