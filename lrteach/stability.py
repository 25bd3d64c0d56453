"""How large a learning rate may be, how fast the error shrinks, and names for what happens."""

import numpy as np

from ._internal.arguments import as_finite, as_rate, as_whole, check_fit, shown
from ._internal.arithmetic import quiet
from ._internal.loop import check_loss

REGIMES = ("too slow", "monotone", "one step", "oscillating", "two-cycle", "divergent")
NEAR = 1e-5  # how far apart gradients are compared, for a theta of size 1
SLOW = 0.02  # "too slow": a step takes away less than 2 % of the error, half of it in 34 steps


def curvature(f, theta=None):
    """Eigenvalues (dim,), smallest first, and eigenvectors (dim, dim), in columns, of the Hessian.

    theta  one point; by default the minimum of f.
    """
    check_loss(f)
    if theta is None and f.minimum is None:
        raise ValueError(f"theta is missing, and {shown(f)} names no minimum to take instead")
    theta = as_finite("theta", f.minimum if theta is None else theta)
    if np.ndim(f(theta)):
        raise ValueError(f"theta must be one point, not a batch of shape {theta.shape}")
    H = np.atleast_2d(f.hessian(theta))
    if not np.isfinite(H).all():
        raise ValueError(f"the second derivatives of {shown(f)} must be finite at theta = "
                         f"{shown(theta)}, not {H[~np.isfinite(H)][0]}")
    return np.linalg.eigh(H)


@quiet
def sharpness(f, theta, steps=100):
    """The largest curvature of f at theta, (*batch): `curvature`'s last, without a whole Hessian.

    Power iteration (Mises, Pollaczek-Geiringer, 1929): v = H v / norm(H v), `steps` times; then
    v @ H v is the eigenvalue of largest size. H v costs two gradients, so networks are no trouble.
    It comes from below, and slowly where two curvatures are nearly equal.

    theta  one point (dim,), or a batch of points (dim, *batch), such as run.theta; or a number
    >>> from lrteach import ravine
    >>> print(f"{sharpness(ravine(1, 10), [3.0, 3.0]):.6f}")
    10.000000
    """
    check_loss(f)
    theta, steps = as_finite("theta", theta).astype(float), as_whole("steps", steps)
    if theta.shape == np.shape(f(theta)):  # each point is a number
        return times_hessian(f, theta, np.ones_like(theta), NEAR * (1 + abs(theta)))[()]
    v = np.random.default_rng(0).normal(size=theta.shape)
    apart = NEAR * (1 + np.sqrt(np.mean(theta ** 2, axis=0)))
    largest = dominant(lambda v: times_hessian(f, theta, v, apart), v, steps)
    if (largest < 0).any():  # the steepest way bends down: look for what lies farthest from it
        others = dominant(lambda v: times_hessian(f, theta, v, apart) - largest * v, v, steps)
        largest = np.maximum(largest, largest + others)
    return largest


def times_hessian(f, theta, v, apart):
    """H v, from the gradients on both sides of theta."""
    ahead, behind = (f.value_and_grad(theta + way * apart * v)[1] for way in (1, -1))
    return (ahead - behind) / (2 * apart)


def dominant(times, v, steps):
    """The eigenvalue of largest size of the matrix by which `times` multiplies, from a start v."""
    for _ in range(steps):
        v = np.ldexp(v, -np.frexp(np.max(np.abs(v), axis=0))[1])  # so that no square overflows
        v = v / np.sqrt(np.sum(v ** 2, axis=0))
        product = times(v)
        eigenvalue = np.sum(v * product, axis=0)
        v = np.where(product.any(axis=0), product, v)  # where nothing curves, v stays
    return eigenvalue


def critical_lr(f, theta=None):
    """The rate above which gradient descent explodes on a bowl curved as f is at theta.

    2 / largest eigenvalue (Polyak, 1964), and inf where nothing curves up.
    >>> from lrteach import ravine
    >>> critical_lr(ravine(1, 10))
    np.float64(0.2)
    """
    largest = curvature(f, theta)[0][-1]
    return 2 / largest if largest > 0 else np.inf


def best_lr(f, theta=None):
    """The rate whose slowest direction is fastest: 2 / (smallest + largest eigenvalue) (Polyak).

    Raises ValueError where f does not curve up in every direction: there no rate is best.
    """
    eigenvalues = curvature(f, theta)[0]
    if eigenvalues[0] <= 0:
        raise ValueError(f"{shown(f)} does not curve up in every direction there (its smallest "
                         f"curvature is {eigenvalues[0]:.3g}), so no rate is best")
    return 2 / (eigenvalues[0] + eigenvalues[-1])


@quiet
def contraction(lr, eigenvalue, beta=0.0):
    """Factor by which a step shrinks the error along an eigen-direction, in the long run.

    Plain descent: abs(1 - lr * eigenvalue). With momentum the largest root, in absolute value, of
    z**2 - (1 + beta - lr * eigenvalue) * z + beta = 0 (Polyak, 1964). Arrays broadcast.
    """
    lr, beta = as_rate("lr", lr), as_finite("beta", beta)
    eigenvalue = as_finite("eigenvalue", eigenvalue)
    check_fit(lr=lr, eigenvalue=eigenvalue, beta=beta)
    trace = 1 + beta - lr * eigenvalue
    root = np.sqrt(trace ** 2 - 4 * beta + 0j)
    return np.fmax(abs(trace + root), abs(trace - root))[()] / 2


@quiet
def regime(lr, curvature):
    """Name of what plain descent does on a bowl of this curvature, from x = lr * curvature.

    x < 0.02 "too slow", x < 1 "monotone", x = 1 "one step", x < 2 "oscillating", x = 2
    "two-cycle", x > 2 and x < 0 (an upside-down bowl) "divergent". Arrays give arrays of names.
    """
    lr, curvature = as_rate("lr", lr), as_finite("curvature", curvature)
    check_fit(lr=lr, curvature=curvature)
    x = lr * curvature
    names = np.select(
        [x < 0, x < SLOW, np.isclose(x, 1, rtol=1e-12), x < 1, np.isclose(x, 2, rtol=1e-12), x < 2],
        ["divergent", "too slow", "one step", "monotone", "two-cycle", "oscillating"], "divergent")
    return names if names.ndim else str(names)
