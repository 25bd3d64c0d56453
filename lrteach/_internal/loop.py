"""What `iterate` and `descend` check before the loop, and stack after it."""

import contextlib
import inspect

import numpy as np

from .arguments import as_finite, as_floats, as_rate, check_of_step, shown
from .arithmetic import quiet
from .copies import is_ours, snapshot
from .rule import Rule


def prepared(f, theta, optimizer, lr, clip_norm, hyper, caller, start=0):
    """The start, the rates and the rule of a run, checked: (theta, `Rates`, `Rule`).

    caller  the function whose own arguments a misspelt hyperparameter may have been meant for.
    start   the step at which the run begins.
    """
    check_loss(f)
    hyper = hyper if clip_norm is None else {**hyper, "clip_norm": as_rate("clip_norm", clip_norm)}
    rule = Rule(optimizer, hyper, caller)
    theta = as_floats("theta", theta) if start else as_finite("theta", theta)
    rates = Rates("lr", lr, theta.dtype, start)  # a run that goes on may have diverged already
    rule.follow({name: Rates(name, hyper[name], theta.dtype, start) for name in rule.scheduled})
    shapes = {name: np.shape(rule.at(start).now[name]) for name in hyper}
    theta = started(f, theta, {"lr": rates.first.shape, **shapes})
    if "clip_norm" in hyper:
        rule.runs = len(shape_of_loss(f, theta))
    return theta, rates, rule


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


def ahead(f, steps, first=0):
    """f as one run of so many steps sees it, which may refuse now what it cannot give.

    So a black box what it is not paid for, and minibatches the steps that they were not drawn for.
    """
    check_loss(f)
    if not is_ours(type(f)):
        return f
    f.at(first + steps)
    return f.walk(steps) if hasattr(f, "walk") else f


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

    name  lr, or the hyperparameter that follows a schedule
    lr    a number, an array with a rate for each run, or a schedule lr(t).
    start  the first step that is asked for
    """

    def __init__(self, name, lr, dtype, start=0):
        if callable(lr):
            check_of_step(name, lr)
        self.name, self.lr, self.dtype, self.start = name, lr, dtype, start
        self.schedule = "the schedule" if name == "lr" else f"the schedule {name}"
        self.first = self._ask(start)

    def __call__(self, t):
        if t == self.start or not callable(self.lr):
            return self.first
        rate = self._ask(t)
        if rate.shape != self.first.shape:
            raise ValueError(f"{self.schedule} returned rates of shape {rate.shape} at t = {t}, "
                             f"but of shape {self.first.shape} at t = {self.start}")
        return rate

    @quiet
    def _ask(self, t):
        if not callable(self.lr):
            return as_rate(self.name, self.lr).astype(self.dtype)
        try:
            rate = self.lr(t)
        except StopIteration:
            raise ValueError(f"{self.schedule} has no rate for t = {t}: it is asked once for each "
                             f"step from t = {self.start}, and once more after the last") from None
        if rate is None:
            raise TypeError(f"{self.schedule} returned nothing (None) at t = {t}; "
                            "end it with `return` and the rate")
        return as_rate(f"{self.name} at t = {t}", rate).astype(self.dtype)


# what is recorded


class Record:
    """What a run has seen, step by step.

    keep     "path" or "last", of theta and of what the rule remembers
    measure  {name: function of theta}, called every so many steps
    start    the step at which the run begins
    """

    def __init__(self, steps, keep, measure, every, start=0):
        self.steps, self.keep, self.every, self.start = steps, keep, every, start
        self.measure = check_measure(measure)
        self.path, self.losses, self.rates = [], [], []
        self.measured = {name: [] for name in self.measure}

    def add(self, theta, loss, rate, *state):
        """What is so before the next update."""
        t = len(self.losses)
        self.losses.append(snapshot(loss))
        self.rates.append(rate)
        if self.keep == "path" or t == self.steps:
            self.path.append([snapshot(value) for value in (theta, *state)])
        if (self.start + t) % self.every == 0:
            for name, values in self.measured.items():
                values.append(measured(self.measure[name], theta, name))

    def stacked(self, rule):
        """The fields of a `Run`, by name."""
        if len(self.losses) != self.steps + 1:
            raise ValueError(f"progress must yield each of the {self.steps + 1} steps once, "
                             f"but it yielded {len(self.losses)}")
        thetas, *states = zip(*self.path, strict=True)
        shape, batch = np.shape(thetas[-1]), np.shape(self.losses[-1])
        axis = len(shape) - len(batch)  # where the steps stand: after the coordinates
        remembered = zip(rule.memory, states, strict=True) if rule.remembers else ()
        return {
            "theta": np.stack(thetas, axis=axis),
            "loss": np.stack(self.losses),
            "lr": spread(self.rates, batch),
            "state": {name: history(values, shape, axis) for name, values in remembered},
            "measured": {name: stacked(values) for name, values in self.measured.items()},
            "hyper": rule.hyper,
            "every": self.every,
        }


def check_measure(measure):
    """The functions of theta by name, {} for None; a TypeError for anything else."""
    measure = {} if measure is None else measure
    if not isinstance(measure, dict) or not all(map(callable, measure.values())):
        raise TypeError(f"measure must be {{name: function of theta}}, not {shown(measure)}")
    return dict(measure)


@quiet
def measured(function, theta, name="measure"):
    """What a measure says of a copy of theta."""
    value = function(snapshot(theta))
    try:
        return np.array(value)
    except ValueError:
        raise ValueError(f"the measure {shown(name)} must return a number or an array of numbers, "
                         f"not {shown(value)}: its rows differ in length") from None


def stacked(values):
    """Values of all steps in one array; where they differ in shape, one of them as they are."""
    try:
        return np.stack(values)
    except ValueError:
        return boxed(values)


def boxed(values):
    """An array with each of the values as it is."""
    kept = np.empty(len(values), object)
    for t, value in enumerate(values):
        kept[t] = value
    return kept


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
    numbers = (np.ndarray, np.generic, int, float)
    if not isinstance(last, numbers) or len({np.shape(value) for value in values[1:]}) > 1:
        return boxed(values)
    last = np.asarray(last)
    first = np.broadcast_to(np.asarray(values[0]).astype(last.dtype), last.shape)
    return np.stack([first, *values[1:]], axis=axis if last.ndim == len(shape) else 0)


# a run that goes on


def check_resume(resume, theta, keep, measure, every):
    """An error in words where a finished run cannot go on with these arguments."""
    if not (hasattr(resume, "final") and hasattr(resume, "measured")):
        raise TypeError(f"resume must be a Run, what descend returned, not {shown(resume)}")
    if theta is not None:
        raise ValueError("theta must not be given beside resume: the run goes on where it stopped")
    if keep not in (None, kept_of(resume)):
        raise ValueError(f"keep must be {kept_of(resume)!r}, as in the run that goes on, "
                         f"not {shown(keep)}")
    if resume.measured and every not in (1, resume.every):
        raise ValueError(f"every must be {resume.every}, as in the run that goes on, "
                         f"not {shown(every)}")
    names = check_measure(measure).keys()
    if names != resume.measured.keys():
        raise ValueError(f"measure must have the names of the run that goes on, "
                         f"{shown(list(resume.measured))}, not {shown(list(names))}")


def axis_of(run):
    """The axis of run.theta along which the steps stand: after the coordinates."""
    return run.theta.ndim - 1 - len(run.batch)


def kept_of(run):
    """Which thetas of a run are kept: "path" or "last"."""
    return "path" if run.theta.shape[axis_of(run)] == len(run.loss) else "last"


def go_on(f, rule, start, resume):
    """Let the rule begin with what it remembered when `resume` stopped, at theta = start."""
    batch = shape_of_loss(f, start)
    if batch != resume.batch:
        raise ValueError(f"the run that goes on has a batch of shape {resume.batch}, but what is "
                         f"given makes one of shape {batch}")
    rule.go_on(last_state(resume))


def last_state(run):
    """What the rule remembered after the last step, by name, as the rule returned it."""
    axis = axis_of(run)

    def last(values):
        value = np.moveaxis(values, axis if values.ndim == run.theta.ndim else 0, 0)[-1]
        of_python = isinstance(value, np.generic) and value.dtype != run.theta.dtype
        return value.item() if of_python else snapshot(value)

    return {name: last(values) for name, values in run.state.items()}


def joined(old, new):
    """The fields of two runs in one, by name: the second begins where the first ends."""
    axis, path = axis_of(new), kept_of(old) == "path"

    def after(values, others, axis=0, once=True):
        if not len(others):  # nothing was measured any more
            return values
        if values.ndim != others.ndim or object in (values.dtype, others.dtype):
            values, others, axis = boxed(values), boxed(others), 0
        first = np.moveaxis(values, axis, 0)
        whole = np.concatenate([first[:-1] if once else first, np.moveaxis(others, axis, 0)])
        return np.moveaxis(whole, 0, axis)

    def kept(values, others):
        along = axis if others.ndim == new.theta.ndim else 0
        return after(values, others, along) if path else others

    rates = [run.lr if old.lr.ndim == new.lr.ndim else spread(list(run.lr), run.batch)
             for run in (old, new)]
    once = old.steps % old.every == 0
    return {
        "theta": kept(old.theta, new.theta),
        "loss": after(old.loss, new.loss),
        "lr": after(*rates),
        "state": {name: kept(old.state[name], values) for name, values in new.state.items()},
        "measured": {name: after(old.measured[name], values, once=once)
                     for name, values in new.measured.items()},
    }


# one run of a batch


def picked(run, k):
    """The fields of one run of a batch, or of a smaller batch, by name."""
    k = k if isinstance(k, tuple) else (k,)

    def pick(a):
        axes = (slice(None),) * (a.ndim - len(run.batch))
        return a[(*axes, *k)] if axes else a

    def pick_all(values):
        return {name: pick(a) for name, a in values.items()}

    return {"theta": pick(run.theta), "loss": pick(run.loss), "lr": pick(run.lr),
            "f": of_runs(run.f, run.batch, k), "state": pick_all(run.state),
            "measured": pick_all(run.measured),
            "hyper": {name: chosen_of(h, run.batch, k) for name, h in run.hyper.items()}}


def of_runs(f, batch, k):
    """The loss that the runs [k] of a batch have seen: that of their seeds."""
    places = np.broadcast_to(np.arange(batch[-1]), batch)[k]
    if not hasattr(f, "of_runs") or places.size == 0:
        return f
    last = places[(0,) * (places.ndim - 1)] if places.ndim > 1 else places
    return f.of_runs(last) if (places == last).all() else f


def chosen_of(value, batch, k):
    """The part of a hyperparameter that the runs [k] of a batch have used."""
    try:
        return np.broadcast_to(value, batch)[k] if np.ndim(value) else value
    except ValueError:  # an array that has no number for each run
        return value
