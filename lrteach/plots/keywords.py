"""The arguments of panels: every window by keyword, and what is no window refused in words."""

import functools
import inspect
import reprlib
from collections.abc import Iterable, Mapping

import numpy as np

from .._internal.arguments import as_floats, as_number, as_whole, nearest
from .._internal.loop import meant

IN_WORDS = {"f": "a loss", "x": "x=(low, high)", "y": "y=(low, high)", "names": "the names"}
SPACES = {0: "a number", 1: "one coordinate", 2: "two coordinates"}  # what a loss takes
SHORT = reprlib.Repr()
SHORT.maxother = SHORT.maxstring = 60
FITTING = {0: "curve(f)", 2: "landscape(f)"}


def checked(make=None, *, log=False, log_x=False, dim=None):
    """A function that makes a panel, with what is given to it checked by name before it is called.

    Checked are f, a loss; x and y, windows (low, high); upright and level, {name: place} or
    {name: places}; and what else `CHECKS` names.
    log, log_x  the axis is always logarithmic, so that its window lies above 0; else log= says so.
    dim         what f takes: 0 a number, 2 two coordinates.
    """
    if make is None:
        return functools.partial(checked, log=log, log_x=log_x, dim=dim)
    name, signature = make.__name__, inspect.signature(make)
    data = [p.name for p in signature.parameters.values() if p.kind is not p.KEYWORD_ONLY]
    options = [option for option in CHECKS if option in signature.parameters
               and not (option in ("x", "y") and option in data)]

    @functools.wraps(make)
    def makes(*args, **by_name):
        given = bind(name, signature, args, by_name)
        axes = {"y": log or given.get("log"), "x": log_x or given.get("log_x")}
        if "f" in given:
            check_loss(f"f of {name}", given["f"])
            check_space(name, given["f"], dim)
        for option in options:
            if given[option] is not None:
                words = f"{option} of {name}"
                given[option] = CHECKS[option](words, given[option], axes.get(option))
        return make(**given)
    makes.makes_a_panel = True
    return makes


def bind(name, signature, args, options):
    """All arguments by name, defaults too; a TypeError where one is missing or unknown."""
    parameters = signature.parameters
    in_order = [p.name for p in parameters.values() if p.kind is not p.KEYWORD_ONLY]
    unknown = [option for option in options if option not in parameters]
    if unknown:
        near = nearest(unknown[0], parameters)
        raise TypeError(f"{name} has no argument {short(unknown[0])}{near} "
                        f"(it takes: {', '.join(parameters)})")
    if len(args) > len(in_order):
        named = ", ".join(f"{option}=" for option in parameters if option not in in_order)
        raise TypeError(f"{name} takes {' and '.join(in_order) or 'nothing'} without a name, so "
                        f"{short(args[len(in_order)])} needs one of these: {named}")
    given = dict(zip(in_order, args, strict=False))
    twice = [option for option in options if option in given]
    if twice:
        raise TypeError(f"{name} was given {twice[0]} twice, "
                        f"{short(given[twice[0]])} and {short(options[twice[0]])}")
    given |= options
    for p in parameters.values():
        if p.name not in given and p.default is p.empty:
            raise TypeError(f"{name} needs {IN_WORDS.get(p.name, p.name)}: {name}{signature}")
        given.setdefault(p.name, p.default)
    return given


def short(value):
    """A value in a message, with its middle left out where it is long."""
    return " ".join(SHORT.repr(value).split())


def as_window(name, value, above_zero=False):
    """`value` as (low, high), two finite numbers, low below high, above 0 on a logarithmic axis."""
    kind = "(low, high), two finite numbers, the lower one first"
    if above_zero:
        kind += ", both above 0, because the axis is logarithmic"
    try:
        low, high = as_floats(name, value, kind).astype(float)
        fits = np.isfinite([low, high]).all() and low < high and (low > 0 or not above_zero)
    except (TypeError, ValueError):
        fits = False
    if not fits:
        raise ValueError(f"{name} must be {kind}, not {short(value)}")
    return float(low), float(high)


def as_marks(name, value, _=None):
    """`value` as {name: places}, where a place that is None or no finite number is left out."""
    if not isinstance(value, Mapping):
        raise TypeError(f"{name} must be {{name: place}}, such as {{'threshold': 2.0}}, "
                        f"not {short(value)}")
    marks = {}
    for label, places in value.items():
        places = [place for place in np.ravel(np.asarray(places, object)) if place is not None]
        try:
            places = np.asarray(as_floats(name, places) if places else [], float)
        except (TypeError, ValueError):
            raise TypeError(f"{name} must be {{name: place}} with numbers for places, "
                            f"but {short(label)} has {short(value[label])}") from None
        marks[str(label)] = places[np.isfinite(places)]
    return {label: places for label, places in marks.items() if len(places)}


def check_loss(name, value):
    """A TypeError that guesses what was meant, where `value` is no loss."""
    if isinstance(value, type) or not (hasattr(value, "value_and_grad") and hasattr(value, "at")):
        raise TypeError(f"{name} must be a loss, not {short(value)}; {meant(value)}")


def check_space(name, f, dim):
    """A ValueError where the loss does not take what the panel draws, see `SPACES`."""
    own = getattr(f, "dim", None)
    if own == dim or own is None and takes(f, dim):
        return
    seen = "other coordinates" if own is None else SPACES.get(own, f"{own} coordinates")
    other = f"; did you mean {FITTING[own]}?" if own in FITTING else ""
    raise ValueError(f"{name} draws a loss of {SPACES[dim]}, but {short(f)} takes {seen}{other}")


def takes(f, dim):
    """Whether a loss takes three numbers (dim 0), or three points of two coordinates (2)."""
    try:
        with np.errstate(all="ignore"):
            return np.shape(f(np.zeros((2, 3) if dim == 2 else 3))) == (3,)
    except (TypeError, ValueError, IndexError):
        return False


def as_names(name, value, _=None):
    """`value` as a list of words; one word is a list of one; {name: place} is kept as it is."""
    if isinstance(value, (str, Mapping)):
        return [value] if isinstance(value, str) else value
    if not isinstance(value, Iterable):
        raise TypeError(f"{name} must be a list of words, such as ['x', 'y'], not {short(value)}")
    return [str(word) for word in value]


def of_run(name, value, _=None):
    """`value` if it can be called; else a TypeError."""
    if not callable(value):
        raise TypeError(f"{name} must be a function of a run, such as lambda run: run.loss, "
                        f"not {short(value)}")
    return value


def of_rates(name, value, _=None):
    """`value` if it can be called; else a TypeError."""
    if not callable(value):
        raise TypeError(f"{name} must be a function (lr, curvature, beta), such as contraction, "
                        f"not {short(value)}")
    return value


def as_share(name, value, _=None):
    """`value` as a float from 0 to 1."""
    return as_number(name, value, "one number from 0 to 1, such as 0.9", lambda x: 0 <= x <= 1)


def as_count(name, value, _=None):
    """`value` as a whole number of at least 1."""
    return as_whole(name, value)


CHECKS = {
    "x": as_window, "y": as_window, "upright": as_marks, "level": as_marks,
    "steps": as_count, "tail": as_count, "layers": as_count, "columns": as_count,
    "names": as_names, "good": as_share, "floor": lambda name, value, _: as_number(name, value),
    "values": of_run, "place": of_run, "factor": of_rates,
}
