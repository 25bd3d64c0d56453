"""An update rule as the loop calls it."""

import ast
import copy
import functools
import inspect
import textwrap

import numpy as np

from .arguments import as_floats, nearest, shown, shown_signature
from .arithmetic import quiet
from .copies import is_ours, snapshot

CLIP = "clip_norm"  # what every rule can be given: see `clipped`
CONTAINERS = np.ndarray, list, dict, set  # what a rule may change in place


class Rule:
    """One update by an optimizer: its memory goes in by name, and what comes out is checked.

    hyper   what is chosen once, by name: numbers, arrays, or schedules of the step.
    caller  the function whose own arguments a misspelt name may have been meant for.
    """

    def __init__(self, optimizer, hyper, caller):
        self.optimizer, self.hyper = optimizer, dict(hyper)
        self.name = name_of(optimizer)
        parameters = parameters_of(optimizer)
        self.ordered = [p for p in parameters if p.kind in (p.POSITIONAL_ONLY,
                                                            p.POSITIONAL_OR_KEYWORD)]
        self.chosen = [p for p in parameters if p.kind is p.KEYWORD_ONLY]
        self.takes_any = any(p.kind is p.VAR_KEYWORD for p in parameters)
        self._check_signature()
        self.by_place = [p.name for p in self.ordered[3:] if p.kind is p.POSITIONAL_ONLY]
        self._check_hyper(caller)
        self.memory = {p.name: p.default for p in self.ordered[3:] if p.name not in hyper}
        self.hyper = copied({**{p.name: p.default for p in self.chosen}, **self.hyper})
        self.now, self.schedules = self.hyper, {}
        self.is_ours = is_ours(optimizer)
        self.clips = CLIP not in {p.name for p in parameters}  # one that clips by itself may
        self.runs = 0  # axes of the batch, when it is known
        self.goes_on_without = False  # from a run whose rule remembered nothing
        self.remembers = None  # whether it returns what it remembers: known after the first step

    def first(self):
        """What the rule remembers before the first step, or what it remembered in a run before."""
        return [copy.deepcopy(value) for value in self.memory.values()]

    def go_on(self, state):
        """Begin with what was remembered, {name: value}, of a run before."""
        self.goes_on_without = not state
        if state and state.keys() != self.memory.keys():
            remembered = shown_list(", ".join(self.memory) or "nothing")
            raise ValueError(f"{self.name} remembers {remembered}, but the run that goes on "
                             f"remembers {shown_list(', '.join(state))}: give its rule again")
        self.memory.update(state)

    def follow(self, schedules):
        """Take these hyperparameters, {name: function of t}, from schedules."""
        self.schedules = schedules

    def at(self, t):
        """The rule at step t: what follows a schedule has its value of t."""
        if self.schedules:
            values = {name: schedule(t) for name, schedule in self.schedules.items()}
            self.now = {**self.hyper, **values}
        return self

    @quiet
    def __call__(self, theta, g, lr, *state):
        """The new theta, then what the rule remembers, floats in the dtype of theta."""
        given = dict(zip(self.memory, state, strict=True))
        if self.is_ours:
            given.update(self.now)
        else:
            given.update(copied(self.now))
            lr = snapshot(lr)
        if self.clips and CLIP in given:
            g = clipped(g, given.pop(CLIP), self.runs)
        by_place = [given.pop(name) for name in self.by_place]
        returned = self.optimizer(theta, g, lr, *by_place, **given)
        if returned is None:
            raise TypeError(f"{self.name} returned nothing (None); "
                            "end it with `return theta - ...`")
        new, *values = returned if isinstance(returned, tuple) and returned else (returned,)
        new = as_floats(f"the theta that {self.name} returns", new)
        if new.shape != theta.shape:
            raise ValueError(f"{self.name} returned a theta of shape {new.shape}, but theta has "
                             f"shape {theta.shape}")
        self._check_count(len(values))
        return [in_dtype(value, theta.dtype) for value in (new, *(values or state))]

    def _check_signature(self):
        if len(self.ordered) < 3 or any(p.default is p.empty for p in self.ordered[3:]):
            signature = shown_signature(inspect.signature(self.optimizer))
            raise TypeError(
                f"{self.name}{signature} must take theta, g and lr, then what it remembers, each "
                f"with its first value: def {self.name}(theta, g, lr, v=0.0)")
        for p in self.chosen:
            if p.default is p.empty and p.name not in self.hyper:
                raise TypeError(f"{self.name} needs {p.name}: give it by name, {p.name}=...")

    def _check_hyper(self, caller):
        remembered = [p.name for p in self.ordered[3:] if p.kind is not p.POSITIONAL_ONLY]
        # without a `*` nobody can tell what is chosen and what is remembered
        allowed = [p.name for p in self.chosen] or remembered
        taken = {p.name for p in self.ordered[:3]}
        first = {CLIP: 1.0, **{p.name: p.default for p in (*self.ordered, *self.chosen)}}
        self.scheduled = []
        for name, value in self.hyper.items():
            if name not in (*allowed, CLIP) and not (self.takes_any and name not in taken):
                near = nearest(name, inspect.signature(caller).parameters, cutoff=0.75)
                raise TypeError(f"{self.name} has no hyperparameter {shown(name)}"
                                f"{near or nearest(name, allowed)} "
                                f"(it takes: {', '.join(allowed) or 'none'})")
            if isinstance(value, (list, tuple)):
                value = self.hyper[name] = as_floats(name, value)
            number = type(first.get(name)) in (int, float)
            if number and callable(value):
                self.scheduled.append(name)
            elif number:
                check_numbers(name, value)
        fixed = [name for name in self.hyper if name in remembered]
        for name in fixed and sorted(returned_names(self.optimizer).intersection(fixed)):
            raise TypeError(
                f"{self.name} returns {name}, so it changes at every step and cannot be chosen as "
                f"{name}={shown(self.hyper[name])}: {self._cure()}")

    def _check_count(self, count):
        takes = ", ".join(self.memory) or "none"
        if count > len(self.memory):
            raise ValueError(
                f"{self.name} returned {count} values to remember, but takes back only "
                f"{len(self.memory)} ({shown_list(takes)}): give each a first value after lr, as "
                f"in def {self.name}(theta, g, lr, v=0.0)")
        if 0 < count < len(self.memory):
            raise ValueError(
                f"{self.name} returned {count} of the {len(self.memory)} values that it takes back "
                f"({shown_list(takes)}): return all of them, or {self._cure()}")
        if count and self.goes_on_without:
            raise ValueError(f"{self.name} remembers {shown_list(takes)}, but the run that goes on "
                             "remembers nothing: give its rule again")
        if self.remembers is not None and self.remembers != bool(count):
            raise ValueError(f"{self.name} returned what it remembers ({shown_list(takes)}) at "
                             "some steps, but not at others: return it at every step, or never")
        self.remembers = count > 0

    def _cure(self):
        return ("put what is chosen once after a *, as in "
                f"def {self.name}(theta, g, lr, v=0.0, *, beta=0.9)")


def name_of(optimizer):
    """The name of a rule, for what is said about it."""
    return getattr(optimizer, "__name__", "the rule")


def check_numbers(name, value):
    """An error in words where a hyperparameter has no number, or one that is nan; inf may be."""
    numbers = as_floats(name, value)
    if numbers.size == 0:
        raise ValueError(f"{name} is empty ({shown(value)}): give at least one number")
    if np.isnan(numbers).any():
        raise ValueError(f"{name} must be numbers, not nan (in {shown(value)})")


def parameters_of(optimizer):
    """What a rule takes, in order; a TypeError in words where it is no function."""
    if not callable(optimizer):
        raise TypeError(f"optimizer must be a rule such as sgd or adam, not {shown(optimizer)}")
    try:
        return list(inspect.signature(optimizer).parameters.values())
    except (TypeError, ValueError):  # one of C's, which does not tell
        raise TypeError("optimizer must be a rule such as sgd or adam, whose arguments can be "
                        f"read, not {shown(optimizer)}") from None


class Made:
    """A rule that a call has made, such as averaged(sgd): it is copied and pickled as this call."""

    def __init__(self, rule, make, arguments):
        functools.update_wrapper(self, rule)
        self._rule, self._call = rule, (make, arguments)

    def __call__(self, *arguments, **hyper):
        return self._rule(*arguments, **hyper)

    def __repr__(self):
        return f"<rule {self.__name__}>"

    def __reduce__(self):
        return self._call


def wrapped(optimizer, rule, name, call, remembers=None, chosen=None):
    """`rule`, which calls the optimizer, with its signature and what itself takes besides.

    call               (make, arguments), which made it
    remembers, chosen  {name: first value} of what it remembers and of what is chosen once
    """
    old, new = parameters_of(optimizer), dict(remembers or chosen)
    for each in new.keys() & {p.name for p in old}:
        raise ValueError(f"{name} takes {each}, but {name_of(optimizer)} has a {each} of its own")
    kind = inspect.Parameter.POSITIONAL_OR_KEYWORD if remembers else inspect.Parameter.KEYWORD_ONLY
    added = [inspect.Parameter(each, kind, default=value) for each, value in new.items()]
    functools.update_wrapper(rule, optimizer, updated=())  # not what stands in a Made
    rule.__name__ = rule.__qualname__ = name
    rule.__signature__ = inspect.Signature(sorted([*old, *added], key=lambda p: p.kind))
    return Made(rule, *call)


def clipped(g, clip_norm, runs):
    """The gradient of each run, shortened to this norm where it is longer, as PyTorch does it.

    runs  the number of axes of the batch; the coordinates stand before them
    """
    coordinates = tuple(range(np.ndim(g) - runs))
    norm = np.sqrt(np.sum(np.square(g), axis=coordinates))
    return g * np.minimum(1.0, clip_norm / (norm + 1e-6))


def copied(values):
    """The same values by name, with copies of all that can be changed in place."""
    return {name: snapshot(value) if isinstance(value, CONTAINERS) else value
            for name, value in values.items()}


def at_step(value, t):
    """A hyperparameter at step t, or at an array of steps: numbers as they are."""
    return value(t) if callable(value) else value


def shown_list(names):
    """Names with commas between them, at most 60 characters of them."""
    return names if len(names) <= 60 else f"{names[:56]} ..."


def in_dtype(value, dtype):
    """An array of floats, or one of them, in this dtype; anything else as it is."""
    if isinstance(value, (np.ndarray, np.floating)) and value.dtype.kind == "f":
        return value.astype(dtype, copy=False)[()]
    return value


def returned_names(rule):
    """The names among what a rule returns after theta, as far as its source can be read."""
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(getattr(rule, "func", rule))))
    except (OSError, TypeError, SyntaxError):
        return set()
    returned = [node.value for node in ast.walk(tree) if isinstance(node, ast.Return)]
    later = [each for value in returned if isinstance(value, ast.Tuple) for each in value.elts[1:]]
    return {each.id for each in later if isinstance(each, ast.Name)}
