"""Say what is wrong with an argument: its name, its value, what is allowed."""

import difflib
import inspect
import reprlib
from numbers import Integral

import numpy as np

LARGEST = int(np.finfo(float).max)
MOST = 80  # characters of a value in a message, so that the whole of it can be read


class _Short(reprlib.Repr):
    """The `repr` of a value: of a long one its two ends, of a broken one its type."""

    def __init__(self, most):
        super().__init__()
        self.maxstring = self.maxlong = self.maxother = most

    def repr1(self, x, level):
        try:
            return super().repr1(x, level)
        except Exception:  # such as a whole number of many thousand digits
            return f"<{type(x).__name__}>"

    def repr_instance(self, x, level):
        text = repr(x)
        half = self.maxother // 3
        return text if len(text) <= self.maxother else f"{text[:2 * half]} ... {text[-half:]}"


def shown(value, most=MOST):
    """`value` as it is written in code, in one line of at most `most` characters."""
    if isinstance(value, np.number):
        return str(value)
    if callable(value) and not isinstance(value, type) and hasattr(value, "__qualname__"):
        return f"the function {value.__qualname__.replace('<lambda>', 'lambda')}"[:MOST]
    text = " ".join(_Short(most).repr(value).split())
    return text if len(text) <= most else f"{text[:most - 4]} ..."


def as_floats(name, value, kind="a number or an array of numbers"):
    """`value` as an array of floats: float32 stays float32, whole numbers become float64.

    kind  says in words what is allowed.
    """
    try:
        array = np.asarray(value)
    except ValueError:
        raise ValueError(
            f"{name} must be {kind}, not {shown(value)}: its rows differ in length") from None
    except Exception as error:  # such as PyTorch's, of a tensor that requires its gradient
        raise TypeError(
            f"{name} must be {kind}, not {shown(value)}: {str(error)[:70]}") from error
    if isinstance(value, np.ma.MaskedArray) and np.ma.is_masked(value):
        raise ValueError(f"{name} must be {kind}, not {shown(value)}: some of it is masked")
    if array.dtype.kind in "iu" or type(value) is int and abs(value) < LARGEST:
        array = array.astype(float)  # also of a whole number of more than 64 bits
    if array.dtype.kind != "f":
        raise TypeError(f"{name} must be {kind}, not {shown(value)}")
    return array


def as_finite(name, value):
    """`as_floats`, not empty and without inf or nan."""
    array = as_floats(name, value)
    if array.size == 0:
        raise ValueError(f"{name} is empty ({shown(value)}): give at least one number")
    if not np.isfinite(array).all():
        odd = array[~np.isfinite(array)].flat[0]
        raise ValueError(f"{name} must be finite, not {odd} (in {shown(value)})")
    return array


def as_rate(name, lr):
    """`lr` as a float or a new array of floats, each 0 or above and finite.

    Zero is allowed: nothing moves.
    """
    rate = np.array(as_floats(name, lr), float)
    if rate.size == 0:
        raise ValueError(f"{name} is empty ({shown(lr)}): give at least one rate")
    allowed = (rate >= 0) & (rate < np.inf)  # nan fails both
    if not allowed.all():
        raise ValueError(f"{name} must be 0 or above and finite, not {rate[~allowed].flat[0]}")
    return rate[()]


def as_rates(lower, low, upper, high):
    """Two rates or arrays of them, each as in `as_rate`, of which `low` must not be above `high`.

    lower, upper  the names of the two.
    """
    low, high = as_rate(lower, low), as_rate(upper, high)
    try:
        above = np.any(low > high)
    except ValueError:
        raise ValueError(f"{lower} and {upper} must fit together, but their shapes are "
                         f"{np.shape(low)} and {np.shape(high)}") from None
    if above:
        raise ValueError(f"{lower} must not be above {upper}, but {lower} is {shown(low)} "
                         f"and {upper} is {shown(high)}")
    return low, high


def check_fit(**arrays):
    """A ValueError where these arrays, given by name, do not broadcast together."""
    try:
        np.broadcast_shapes(*map(np.shape, arrays.values()))
    except ValueError:
        shapes = ", ".join(f"{name} has {np.shape(array)}" for name, array in arrays.items())
        raise ValueError(f"the shapes do not fit together: {shapes}") from None


def as_number(name, value, kind="one finite number", allowed=np.isfinite):
    """`value` as one float for which `allowed` is true; `kind` says in words what that is."""
    number = as_floats(name, value, kind)
    if number.ndim or not allowed(number):
        raise ValueError(f"{name} must be {kind}, not {shown(value)}")
    return float(number)


def as_positive(name, value):
    """`value` as one float above 0."""
    return as_number(name, value, "one number above 0", lambda number: 0 < number < np.inf)


def as_whole(name, value, least=1):
    """`value` as an int of at least `least`; 100.0 counts as whole."""
    def whole(number):
        return least <= number < np.inf and number == np.floor(number)
    return int(as_number(name, value, f"a whole number of at least {least}", whole))


def as_seed(name, value):
    """`value` as an int of at least 0, exact however large it is."""
    if isinstance(value, Integral) and not isinstance(value, bool) and value >= 0:
        return int(value)
    return as_whole(name, value, least=0)


def as_choice(name, value, allowed):
    """`value` if it is one of the allowed names; else a ValueError with the nearest of them."""
    if not isinstance(value, str) or value not in allowed:
        names = ", ".join(map(repr, allowed))
        raise ValueError(
            f"{name} must be one of {names}, not {shown(value)}{nearest(value, allowed)}")
    return value


def check_place(k, batch):
    """An IndexError in words where [k] is not in a batch; loops over a batch end with it."""
    try:
        np.empty(batch)[k]
    except IndexError:
        raise IndexError(
            f"[k] must be a place in a batch of shape {batch}, not {shown(k)}") from None


def check_of_step(name, function):
    """A TypeError where a function cannot be called with the step alone, as with lr=cosine."""
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):  # one of C's, which does not tell
        return
    try:
        signature.bind(0)
        fits = not hasattr(function, "makes_a_schedule")  # of one number, which is not the step
    except TypeError:
        fits = False
    if not fits:
        own = getattr(function, "__name__", "it")
        raise TypeError(
            f"{name} must be a number or a function of the step t alone, but {own} takes "
            f"{shown_signature(signature)}: call it, {name}={own}(...)")


def shown_signature(signature):
    """The arguments of a function, in one line of at most 80 characters."""
    text = str(signature)
    return text if len(text) <= MOST else f"{text[:MOST - 4]} ..."


def nearest(name, names, cutoff=0.4):
    """The words "; did you mean ...?" with the most similar of `names`, or nothing.

    Names less similar than `cutoff` do not count.
    """
    text = name if isinstance(name, str) else shown(name)
    near = difflib.get_close_matches(text[:MOST], names, n=1, cutoff=cutoff)
    return f"; did you mean {near[0]!r}?" if near else ""
