"""What makes a function of a schedule's numbers a schedule, and the checks of those numbers."""

import copy
import functools

import numpy as np

from .arguments import as_floats, as_positive, as_whole, shown
from .arithmetic import quiet

MANY = 2 ** 53  # steps, up to which a float counts them


class Schedule:
    """lr(t) with the call that made it, so that it can be shown, pickled and made again."""

    __slots__ = "_lr", "__dict__"  # what PyTorch's LambdaLR saves of it is __dict__

    def __init__(self, make, arguments, keywords):
        self.make, self.arguments, self.keywords = make, arguments, keywords
        self._lr = make.__wrapped__(*arguments, **keywords)

    @quiet
    def __call__(self, t):
        if type(t) is int and 0 <= t < MANY:  # one step of a run, without further checks
            return self._lr(np.int64(t))
        steps = as_floats("t", t, "a step or an array of steps")
        if not ((steps >= 0) & (steps < np.inf)).all():
            raise ValueError(f"t must be 0 or above and finite, not {shown(t)}")
        whole = np.asarray(t).dtype.kind in "iu"
        try:
            return self._lr(steps.astype(int) if whole else steps.astype(float))
        except ValueError as error:
            if "broadcast" not in str(error):
                raise
            raise ValueError(f"t of shape {steps.shape} does not fit the rates of {shown(self)}: "
                             "give t one axis more, t[:, None]") from error

    def __repr__(self):
        named = [f"{name}={shown(value)}" for name, value in self.keywords.items()]
        return f"{self.make.__name__}({', '.join([*map(shown, self.arguments), *named])})"

    def __reduce__(self):
        return _made, (self.make, self.arguments, self.keywords)


def _made(make, arguments, keywords):
    """What a pickle calls."""
    return make(*arguments, **keywords)


def factory(function):
    """Let a function of a schedule's numbers, which returns a function of t, make a `Schedule`."""
    @functools.wraps(function)
    def make(*arguments, **keywords):
        kept = {name: _kept(value) for name, value in keywords.items()}
        return Schedule(make, tuple(map(_kept, arguments)), kept)

    make.makes_a_schedule = True
    return make


def _kept(value):
    """A value that nobody can change later: a copy, where it is an array, a list or a tuple."""
    return copy.deepcopy(value) if isinstance(value, np.ndarray | list | tuple) else value


def as_divisor(name, value):
    """A number from 1 on: what is divided by it gets no larger."""
    if as_positive(name, value) < 1:
        raise ValueError(f"{name} must be 1 or above, as a rate is divided by it, "
                         f"not {shown(value)}")
    return float(value)


def as_sweep(min_lr, max_lr, steps):
    """The two ends of a sweep, and the number of its last step."""
    min_lr, max_lr = as_positive("min_lr", min_lr), as_positive("max_lr", max_lr)
    if not min_lr < max_lr:
        raise ValueError(
            f"min_lr must be below max_lr, but min_lr is {min_lr} and max_lr is {max_lr}")
    return min_lr, max_lr, as_whole("steps", steps, least=2) - 1


def as_multiplier(multiplier):
    """A whole number from 1 on."""
    number = as_positive("multiplier", multiplier)
    if number < 1:
        raise ValueError(f"multiplier must be 1 or above, not {shown(multiplier)}")
    if number != np.floor(number):
        raise ValueError("multiplier must be a whole number, so that each period begins at a step, "
                         f"not {shown(multiplier)}")
    return int(number)


def as_parts(schedules, at):
    """The numbered schedules of a join, whose steps `at` rise and are one fewer."""
    for name, value in ("schedules", schedules), ("at", at):
        if not isinstance(value, list | tuple):
            raise TypeError(f"{name} must be a list, not {shown(value)}")
    if not schedules or len(at) != len(schedules) - 1:
        raise ValueError("at must hold the first step of each schedule but the first: for "
                         f"{len(schedules)} schedules it has {len(at)} steps")
    starts = [0, *(as_whole(f"at[{k}]", start) for k, start in enumerate(at))]
    if starts != sorted(set(starts)):
        raise ValueError(f"at must rise from step to step, not {shown(at)}")
    return enumerate(schedules)
