"""Arithmetic that losses and models share."""

import numpy as np

quiet = np.errstate(all="ignore")  # as a decorator: an overflow gives inf or nan, and no warning

NEAR = 0.1  # nearer to 0 than this, a function may change at the scale of theta itself
SOUND = 1e-3  # a slope is sound where it is unsure by less than this share of it


def is_symmetric(H):
    """Whether a matrix, or a number, equals its transpose, but for rounding."""
    largest = np.max(np.abs(H), initial=0.0, where=np.isfinite(H))
    return np.allclose(H, H.T, atol=1e-8 * largest, equal_nan=True)


def matvec(A, v):
    """A @ v, where v has the batch on its further axes.

    A  (rows, columns), or (rows, *runs, columns): one matrix for each run of the last axes of v.
    It is summed left to right, so that the last bit never depends on the machine.
    """
    A = np.asarray(A, v.dtype)
    A = A.reshape(len(A), *(1,) * (v.ndim + 1 - A.ndim), *A.shape[1:])
    total = A[..., 0] * v[0]
    for j in range(1, len(v)):
        total = total + A[..., j] * v[j]
    return total


def differences(f, theta, h, alone):
    """Central differences (f(theta + h) - f(theta - h)) / 2h in float64, one coordinate at a time.

    h      the step as a share of the larger of 1 and abs(theta). Near 0 a step of the same share of
           abs(theta) is tried too: of the two, that counts which changes less when it is halved.
    alone  True where theta is a number, or an array of numbers that are points of their own.
    """
    x = theta.astype(float)
    if alone:
        return _difference(f, x, 1.0, np.abs(x), h)
    directions = np.eye(len(x)).reshape(len(x), len(x), *(1,) * (x.ndim - 1))
    return np.stack([_difference(f, x, e, np.abs(x[i]), h) for i, e in enumerate(directions)])


def _difference(f, x, e, size, h):
    """The central difference along e, where the coordinate in question has this size."""
    def slope(step):
        return (f(x + e * step) - f(x - e * step)) / (2 * step)

    def doubt(slope_there, step):
        """How far the slope is from that of half the step, and what rounding alone may do."""
        change = np.abs(slope_there - slope(step / 2)) + np.finfo(float).eps * np.abs(f(x)) / step
        return np.where(np.isfinite(change), change, np.inf)

    near = (size > 0) & (size < NEAR)
    wide = h * np.maximum(1.0, size)
    if not near.any():
        return slope(wide)
    fitting = np.where(near, h * size, wide)
    closer = slope(fitting)
    try:
        there = slope(wide)
        unsure, unsure_there = doubt(closer, fitting), doubt(there, wide)
        sound = unsure < SOUND * np.abs(closer)  # and less unsure for its size: as at a pole
        better = sound & (unsure * np.abs(there) < unsure_there * np.abs(closer))
        return np.where(near & ((unsure < unsure_there) | better), closer, there)
    except (ValueError, ArithmeticError):  # such as math.log beyond 0, where that of NumPy is nan
        return closer
