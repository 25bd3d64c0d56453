"""The gallery: functions to minimise with exact gradients, each with a start and a window."""

import numpy as np

from ._internal.arguments import as_finite, as_number, shown
from ._internal.arithmetic import is_symmetric, matvec
from ._internal.copies import recipe
from .losses import Loss


@recipe
def parabola(minimum=5.0, curvature=1.0):
    """The bowl curvature * (theta - minimum)**2 / 2, where theta is a number."""
    minimum, curvature = as_number("minimum", minimum), as_number("curvature", curvature)
    return Loss(lambda theta: curvature * (theta - minimum) ** 2 / 2,
                lambda theta: curvature * (theta - minimum),
                hessian=lambda theta: curvature, minimum=minimum, start=minimum - 10.0,
                bounds=(minimum - 15.0, minimum + 15.0), dim=0, name="parabola")


@recipe
def quadratic(hessian, minimum=None):
    """The bowl (theta - m)^T H (theta - m) / 2, H (dim, dim) symmetric, m (dim,) or 0."""
    H = as_finite("hessian", hessian).copy()
    if H.ndim != 2 or H.shape[0] != H.shape[1] or not is_symmetric(H):
        raise ValueError(f"hessian must be a symmetric matrix (dim, dim), not an array of shape "
                         f"{H.shape}: {shown(hessian)}")
    m = as_finite("minimum", np.zeros(len(H)) if minimum is None else minimum).copy()
    if m.shape != H.shape[:1]:
        raise ValueError(f"minimum has shape {m.shape}, but a hessian of shape {H.shape} needs "
                         f"{H.shape[:1]}")

    def away(theta):
        return theta - m.astype(theta.dtype).reshape(-1, *(1,) * (theta.ndim - 1))

    return Loss(lambda theta: (away(theta) * matvec(H, away(theta))).sum(axis=0) / 2,
                lambda theta: matvec(H, away(theta)),
                hessian=lambda theta: H, minimum=m, start=m + 4.0,
                bounds=tuple((c - 5.0, c + 5.0) for c in m), dim=len(H), name="quadratic")


def ravine(*eigenvalues):
    """The sum of eigenvalue * x**2 / 2; `ravine(1, 10)` is `ravine()`, ten times steeper in y."""
    eigenvalues = eigenvalues or (1, 10)
    return quadratic(np.diag([as_number("an eigenvalue", e) for e in eigenvalues]))


@recipe
def valley():
    """The valley x**2 / 20 + y**2 of the classic zig-zag picture (Saitoh, 2016)."""
    return Loss(lambda theta: theta[0] ** 2 / 20 + theta[1] ** 2,
                lambda theta: (theta[0] / 10, 2 * theta[1]),
                minimum=np.zeros(2), start=np.array([-7.0, 2.0]), dim=2, name="valley",
                hessian=lambda theta: np.diag([0.1, 2.0]), bounds=((-10.0, 10.0), (-5.0, 5.0)))


@recipe
def rosenbrock():
    """A curved valley with a flat floor: (1 - x)**2 + 100 * (y - x**2)**2 (Rosenbrock, 1960)."""
    def f(theta):
        x, y = theta
        return (1 - x) ** 2 + 100 * (y - x ** 2) ** 2

    def grad(theta):
        x, y = theta
        return -2 * (1 - x) - 400 * x * (y - x ** 2), 200 * (y - x ** 2)

    return Loss(f, grad, minimum=np.ones(2), start=np.array([-1.5, 1.5]),
                bounds=((-2.0, 2.0), (-1.0, 3.0)), dim=2, name="rosenbrock")


@recipe
def beale():
    """Steep walls, a flat floor: (a - x + x * y**n)**2 for three pairs a, n (Beale, 1958)."""
    terms = (1.5, 1), (2.25, 2), (2.625, 3)

    def f(theta):
        x, y = theta
        return sum((a - x + x * y ** n) ** 2 for a, n in terms)

    def grad(theta):
        x, y = theta
        return (sum(2 * (a - x + x * y ** n) * (y ** n - 1) for a, n in terms),
                sum(2 * (a - x + x * y ** n) * n * x * y ** (n - 1) for a, n in terms))

    return Loss(f, grad, minimum=np.array([3.0, 0.5]), start=np.array([1.0, 1.5]),
                bounds=((-4.5, 4.5), (-4.5, 4.5)), dim=2, name="beale")


@recipe
def himmelblau():
    """Four equal minima: (x**2 + y - 11)**2 + (x + y**2 - 7)**2 (Himmelblau, 1972)."""
    def f(theta):
        x, y = theta
        return (x ** 2 + y - 11) ** 2 + (x + y ** 2 - 7) ** 2

    def grad(theta):
        x, y = theta
        return (4 * x * (x ** 2 + y - 11) + 2 * (x + y ** 2 - 7),
                2 * (x ** 2 + y - 11) + 4 * y * (x + y ** 2 - 7))

    return Loss(f, grad, minimum=np.array([3.0, 2.0]), start=np.array([0.0, -1.0]),
                bounds=((-6.0, 6.0), (-6.0, 6.0)), dim=2, name="himmelblau")


@recipe
def saddle():
    """A mountain pass: x**2 / 2 - y**2 / 2, level at (0, 0), downhill for ever along y."""
    return Loss(lambda theta: (theta[0] ** 2 - theta[1] ** 2) / 2,
                lambda theta: (theta[0], -theta[1]),
                hessian=lambda theta: np.diag([1.0, -1.0]), start=np.array([-2.0, 0.01]),
                bounds=((-3.0, 3.0), (-3.0, 3.0)), dim=2, name="saddle")


@recipe
def two_wells(tilt=0.1):
    """Two valleys, the left one deeper: (x**2 - 1)**2 / 4 + tilt * x + y**2 / 2."""
    tilt = as_number("tilt", tilt, "one number from 0 to 0.38 (beyond that the right well is gone)",
                     lambda tilt: 0 <= tilt < 0.38)
    lowest = min(np.roots([1, 0, -1, tilt]).real)
    return Loss(lambda theta: (theta[0] ** 2 - 1) ** 2 / 4 + tilt * theta[0] + theta[1] ** 2 / 2,
                lambda theta: (theta[0] ** 3 - theta[0] + tilt, theta[1]),
                hessian=lambda theta: np.diag([3 * theta[0] ** 2 - 1, 1.0]),
                minimum=np.array([lowest, 0.0]), start=np.array([1.6, 1.0]),
                bounds=((-2.0, 2.0), (-2.0, 2.0)), dim=2, name="two wells")


@recipe
def plateau():
    """A well in a wide flat plain: 1 - exp(-(x**2 + y**2) / 2). Far out the slope is next to 0."""
    def f(theta):
        return 1 - np.exp(-(theta[0] ** 2 + theta[1] ** 2) / 2)

    return Loss(f, lambda theta: theta * (1 - f(theta)), minimum=np.zeros(2), dim=2,
                start=np.array([-2.5, 1.5]), bounds=((-4.0, 4.0), (-4.0, 4.0)), name="plateau")


GALLERY = ravine, valley, rosenbrock, beale, himmelblau, saddle, two_wells, plateau
SURFACES = {surface.__name__: surface for surface in GALLERY}
