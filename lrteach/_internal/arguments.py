"""Say what is wrong with an argument: its name, its value, what is allowed."""

import difflib

import numpy as np


def as_floats(name, value, kind="a number or an array of numbers"):
    """`value` as an array of floats: float32 stays float32, whole numbers become float64. `kind` says what is allowed."""
    try:
        array = np.asarray(value)
    except ValueError:
        raise ValueError(f"{name} must be {kind}, not {value!r}: its rows differ in length") from None
    if array.dtype.kind in "iu":
        array = array.astype(float)
    if array.dtype.kind != "f":
        raise TypeError(f"{name} must be {kind}, not {value!r}")
    return array


def as_finite(name, value):
    """`as_floats`, not empty and without inf or nan."""
    array = as_floats(name, value)
    if array.size == 0:
        raise ValueError(f"{name} is empty ({value!r}): give at least one number")
    if not np.isfinite(array).all():
        raise ValueError(f"{name} must be finite, not {array[~np.isfinite(array)].flat[0]} (in {value!r})")
    return array


def as_rate(name, lr):
    """`lr` as a float or an array of floats, each 0 or above and finite. Zero is allowed: nothing moves."""
    rate = np.asarray(as_floats(name, lr), float)
    if rate.size == 0:
        raise ValueError(f"{name} is empty ({lr!r}): give at least one rate")
    allowed = (rate >= 0) & (rate < np.inf)  # nan fails both
    if not allowed.all():
        raise ValueError(f"{name} must be 0 or above and finite, not {rate[~allowed].flat[0]}")
    return rate[()]


def as_number(name, value, kind="one finite number", allowed=np.isfinite):
    """`value` as one float for which `allowed` is true; `kind` says in words what that is."""
    number = as_floats(name, value, kind)
    if number.ndim or not allowed(number):
        raise ValueError(f"{name} must be {kind}, not {value!r}")
    return float(number)


def as_positive(name, value):
    """`value` as one float above 0."""
    return as_number(name, value, "one number above 0", lambda number: 0 < number < np.inf)


def as_whole(name, value, least=1):
    """`value` as an int of at least `least`; 100.0 counts as whole."""
    return int(as_number(name, value, f"a whole number of at least {least}", lambda n: least <= n < np.inf and n == np.floor(n)))


def as_choice(name, value, allowed):
    """`value` if it is one of the allowed names; else a ValueError with the nearest of them."""
    if value not in allowed:
        raise ValueError(f"{name} must be one of {', '.join(map(repr, allowed))}, not {value!r}{nearest(value, allowed)}")
    return value


def check_place(k, batch):
    """An IndexError in words where [k] is not in a batch of this shape; loops over a batch end with it."""
    try:
        np.empty(batch)[k]
    except IndexError:
        raise IndexError(f"[k] must be a place in a batch of shape {batch}, not {k!r}") from None


def nearest(name, names, cutoff=0.4):
    """The words "; did you mean ...?" with the most similar of `names`, or nothing. Names less similar than `cutoff` do not count."""
    near = difflib.get_close_matches(str(name), names, n=1, cutoff=cutoff)
    return f"; did you mean {near[0]!r}?" if near else ""
