"""What `iterate` and `descend` check before the loop, and stack after it."""

import ast
import contextlib
import copy
import inspect
import textwrap

import numpy as np

from .arguments import (
    as_finite,
    as_floats,
    as_rate,
    check_of_step,
    nearest,
    shown,
    shown_signature,
)
from .arithmetic import quiet
from .copies import is_ours, snapshot

CONTAINERS = np.ndarray, list, dict, set  # what a rule may change in place


def prepared(f, theta, optimizer, lr, hyper, caller):
    """The start, the rates and the rule of a run, checked: (theta, `Rates`, `Rule`).

    caller  the function whose own arguments a misspelt hyperparameter may have been meant for.
    """
    check_loss(f)
    rule = Rule(optimizer, hyper, caller)
    theta = as_finite("theta", theta)
    rates = Rates(lr, theta.dtype)
    shapes = {name: np.shape(rule.hyper[name]) for name in hyper}
    return started(f, theta, {"lr": rates.first.shape, **shapes}), rates, rule


# the loss


def check_loss(f):
    """A TypeError in words where f is nothing that can be minimised."""
    if isinstance(f, type) or not (hasattr(f, "value_and_grad") and hasattr(f, "at")):
        raise TypeError(f"f must be a Loss, not {shown(f)}; {meant(f)}")


def meant(f):
    """What somebody meant who gave f in place of a loss."""
    name = getattr(f, "__name__", "")
    if name.isidentifier():
        if isinstance(f, type) or hasattr(f, "makes_a_loss") and needs(f):
            return f"did you mean {name}(...)?"
        if callable(f) and not needs(f):
            return f"did you mean {name}()?"
    return "wrap your own function as Loss(f)"


def needs(function):
    """True where a function has arguments that must be given."""
    try:
        inspect.signature(function).bind()
    except (TypeError, ValueError):
        return True
    return False


def guarded(f):
    """f; or, where somebody else wrote its methods, one that gives them copies to change."""
    ours = is_ours(type(f)) and is_ours(type(getattr(f, "loss", f)))
    return f if ours else Guarded(f)


class Guarded:
    """A loss that sees copies, and whose answers are copied."""

    def __init__(self, f):
        self.f = f

    def at(self, t):
        return Guarded(self.f.at(t))

    @quiet
    def value_and_grad(self, theta):
        loss, g = self.f.value_and_grad(snapshot(theta))
        return snapshot(loss), snapshot(g)


def ahead(f, steps):
    """f as one run of so many steps sees it: a black box refuses now what it cannot pay for."""
    check_loss(f)
    return f.walk(steps) if is_ours(type(f)) and hasattr(f, "walk") else f


def of_runs(f, batch, k):
    """The loss that the runs [k] of a batch have seen: that of their seeds."""
    places = np.broadcast_to(np.arange(batch[-1]), batch)[k]
    if not hasattr(f, "of_runs") or places.size == 0:
        return f
    last = places[(0,) * (places.ndim - 1)] if places.ndim > 1 else places
    return f.of_runs(last) if (places == last).all() else f


# the start


def started(f, theta, batches):
    """The start as an array (dim, *batch), with the batch that all batches broadcast to.

    batches  {name: shape} of the rates and of what is chosen for the rule.
    """
    own = shape_of_loss(f, theta)  # batch of the start alone: a loss is one number for each run
    dim = () if own == theta.shape else theta.shape[:1]
    batches = {"theta": own, **batches}
    try:
        batch = np.broadcast_shapes(*batches.values())
    except ValueError:
        said = ", ".join(f"{name} has {shape}" for name, shape in batches.items() if shape)
        raise ValueError(f"the batches do not fit together: {said}") from None
    room = (1,) * (len(batch) - len(own))
    theta = np.broadcast_to(theta.reshape((*dim, *room, *own)), dim + batch)
    theta = theta.copy() if getattr(f, "keep", "path") == "path" else in_one_piece(theta)
    if batch != own and shape_of_loss(f, theta) != batch:
        raise ValueError(f"{shown(f)} gave a loss of shape {shape_of_loss(f, theta)} for a batch "
                         f"of shape {batch}: it must be one number for each run")
    return theta[()]


@quiet
def shape_of_loss(f, theta):
    """Shape of the loss at theta."""
    try:
        return np.shape(f.at(0)(theta.copy()))
    except IndexError as error:
        raise ValueError(f"theta has shape {np.shape(theta)}, and {shown(f)} cannot take it: "
                         f"{error}") from error


def in_one_piece(theta):
    """A copy of theta with each run in one piece of memory.

    What is computed from it keeps this order, and matrix products need it.
    """
    keep_freed_memory()
    return np.moveaxis(np.moveaxis(theta, 0, -1).copy(), -1, 0)


def keep_freed_memory():
    """Let the C library keep freed memory up to this size, and not fetch it anew at each step.

    Without it 16 networks of 784-40-20-10 took 1.7 to 3 times as long a step.
    """
    np.empty(16_000_000, np.uint8)  # freed at once: glibc raises its limit to what was freed


# the rates


class Rates:
    """The rate of each step t, asked for once, checked, in the dtype of theta.

    lr  a number, an array with a rate for each run, or a schedule lr(t).
    """

    def __init__(self, lr, dtype):
        if callable(lr):
            check_of_step("lr", lr)
        self.lr, self.dtype = lr, dtype
        self.first = self._ask(0)

    def __call__(self, t):
        if t == 0 or not callable(self.lr):
            return self.first
        rate = self._ask(t)
        if rate.shape != self.first.shape:
            raise ValueError(f"the schedule returned rates of shape {rate.shape} at t = {t}, "
                             f"but of shape {self.first.shape} at t = 0")
        return rate

    @quiet
    def _ask(self, t):
        if not callable(self.lr):
            return as_rate("lr", self.lr).astype(self.dtype)
        try:
            rate = self.lr(t)
        except StopIteration:
            raise ValueError(f"the schedule has no rate for t = {t}: it is asked once for each "
                             "step from t = 0, and once more after the last") from None
        if rate is None:
            raise TypeError(f"the schedule returned nothing (None) at t = {t}; "
                            "end it with `return` and the rate")
        return as_rate(f"lr at t = {t}", rate).astype(self.dtype)


# the rule


class Rule:
    """One update by an optimizer: what it remembers goes in by name, and what it returns is checked.

    hyper   what is chosen once, by name.
    caller  the function whose own arguments a misspelt name may have been meant for.
    """

    def __init__(self, optimizer, hyper, caller):
        self.optimizer, self.hyper = optimizer, dict(hyper)
        self.name = getattr(optimizer, "__name__", "the rule")
        parameters = self._parameters()
        self.ordered = [p for p in parameters if p.kind in (p.POSITIONAL_ONLY,
                                                            p.POSITIONAL_OR_KEYWORD)]
        self.chosen = [p for p in parameters if p.kind is p.KEYWORD_ONLY]
        self.takes_any = any(p.kind is p.VAR_KEYWORD for p in parameters)
        self._check_signature()
        self.by_place = [p.name for p in self.ordered[3:] if p.kind is p.POSITIONAL_ONLY]
        self._check_hyper(caller)
        self.memory = {p.name: p.default for p in self.ordered[3:] if p.name not in hyper}
        self.hyper = copied({**{p.name: p.default for p in self.chosen}, **self.hyper})
        self.is_ours = is_ours(optimizer)
        self.remembers = None  # whether it returns what it remembers: known after the first step

    def first(self):
        """What the rule remembers before the first step."""
        return [copy.deepcopy(value) for value in self.memory.values()]

    @quiet
    def __call__(self, theta, g, lr, *state):
        """The new theta, then what the rule remembers, floats in the dtype of theta."""
        given = dict(zip(self.memory, state))
        if self.is_ours:
            given.update(self.hyper)
        else:
            given.update(copied(self.hyper))
            lr = snapshot(lr)
        by_place = [given.pop(name) for name in self.by_place]
        returned = self.optimizer(theta, g, lr, *by_place, **given)
        if returned is None:
            raise TypeError(f"{self.name} returned nothing (None); end it with `return theta - ...`")
        new, *values = returned if isinstance(returned, tuple) and returned else (returned,)
        new = as_floats(f"the theta that {self.name} returns", new)
        if new.shape != theta.shape:
            raise ValueError(f"{self.name} returned a theta of shape {new.shape}, but theta has "
                             f"shape {theta.shape}")
        self._check_count(len(values))
        return [in_dtype(value, theta.dtype) for value in (new, *(values or state))]

    def _parameters(self):
        if not callable(self.optimizer):
            raise TypeError("optimizer must be a rule such as sgd or adam, "
                            f"not {shown(self.optimizer)}")
        try:
            return list(inspect.signature(self.optimizer).parameters.values())
        except (TypeError, ValueError):  # one of C's, which does not tell
            raise TypeError("optimizer must be a rule such as sgd or adam, whose arguments can be "
                            f"read, not {shown(self.optimizer)}") from None

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
        first = {p.name: p.default for p in (*self.ordered, *self.chosen)}
        for name, value in self.hyper.items():
            if name not in allowed and not (self.takes_any and name not in taken):
                near = nearest(name, inspect.signature(caller).parameters, cutoff=0.75)
                raise TypeError(f"{self.name} has no hyperparameter {shown(name)}"
                                f"{near or nearest(name, allowed)} "
                                f"(it takes: {', '.join(allowed) or 'none'})")
            if isinstance(value, (list, tuple)):
                value = self.hyper[name] = as_floats(name, value)
            if type(first.get(name)) in (int, float) and as_floats(name, value).size == 0:
                raise ValueError(f"{name} is empty ({shown(value)}): give at least one number")
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
        if self.remembers is not None and self.remembers != bool(count):
            raise ValueError(f"{self.name} returned what it remembers ({shown_list(takes)}) at "
                             "some steps, but not at others: return it at every step, or never")
        self.remembers = count > 0

    def _cure(self):
        return ("put what is chosen once after a *, as in "
                f"def {self.name}(theta, g, lr, v=0.0, *, beta=0.9)")


def copied(values):
    """The same values by name, with copies of all that can be changed in place."""
    return {name: snapshot(value) if isinstance(value, CONTAINERS) else value
            for name, value in values.items()}


def of_batch(value, batch, k):
    """The part of a hyperparameter that the runs [k] of a batch have used."""
    try:
        return np.broadcast_to(value, batch)[k] if np.ndim(value) else value
    except ValueError:  # an array that has no number for each run
        return value


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


# what is recorded


def check_measure(measure):
    """The functions of theta by name, {} for None; a TypeError for anything else."""
    measure = {} if measure is None else measure
    if not isinstance(measure, dict) or not all(map(callable, measure.values())):
        raise TypeError(f"measure must be {{name: function of theta}}, not {shown(measure)}")
    return dict(measure)


@quiet
def measured(function, theta):
    """What a measure says of a copy of theta."""
    return np.array(function(snapshot(theta)))


@contextlib.contextmanager
def times_shown(times, progress):
    """The steps, through `progress`. Its bar ends with the loop, also where that is stopped."""
    if progress is not None and not callable(progress):
        raise TypeError("progress must be a function that goes through the steps, such as "
                        f"progress_bar, not {shown(progress)}")
    steps = times if progress is None else progress(times)
    if not np.iterable(steps):
        raise TypeError("progress must yield the steps one after the other, "
                        f"but it returned {shown(steps)}")
    try:
        yield steps
    finally:
        getattr(steps, "close", lambda: None)()


def spread(rates, batch):
    """The rates of all steps: (steps + 1,), or (steps + 1, *batch)."""
    rates = np.stack(rates)
    if rates.ndim == 1:
        return rates
    room = (1,) * (len(batch) + 1 - rates.ndim)
    return np.broadcast_to(rates.reshape(len(rates), *room, *rates.shape[1:]), (len(rates), *batch))


def history(values, shape, axis):
    """One remembered value over the steps, along this axis where it has the shape of theta.

    The first may be a plain number. What is neither numbers nor an array is kept as it is.
    """
    last = values[-1]
    if not isinstance(last, (np.ndarray, np.generic, int, float)):
        kept = np.empty(len(values), object)
        kept[:] = values
        return kept
    last = np.asarray(last)
    first = np.broadcast_to(np.asarray(values[0]).astype(last.dtype), last.shape)
    return np.stack([first, *values[1:]], axis=axis if last.ndim == len(shape) else 0)
