"""The loop. `iterate` yields one state after the other; `descend` collects them into a `Run`."""

import contextlib
import copy
import inspect
import itertools
from dataclasses import dataclass, field

import numpy as np

from ._internal.arguments import as_choice, as_finite, as_floats, as_rate, as_whole, check_place, nearest
from .optimizers import sgd
from .schedules import as_schedule


@dataclass(frozen=True, eq=False, repr=False)
class Run:
    """What one call of `descend` saw, for one run or a whole batch of them. Entry t is the state before update t.

    theta  (dim, steps + 1, *batch), without the first axis where theta is a number; (dim, 1, *batch) with keep="last"
    loss   (steps + 1, *batch)        lr  (steps + 1,) or (steps + 1, *batch), the rate that update t uses
    state  what the rule remembers, by name, in the shape of theta; a counter has the shape (steps + 1,)
    measured  by name, (steps // every + 1, *batch)        f  the loss that was descended
    hyper  what was chosen once for the rule, by name, defaults too: numbers, or arrays that broadcast to the batch
    """

    theta: np.ndarray
    loss: np.ndarray
    lr: np.ndarray
    f: object
    state: dict = field(default_factory=dict)
    measured: dict = field(default_factory=dict)
    hyper: dict = field(default_factory=dict)

    def __len__(self):
        return len(self.loss)

    def __repr__(self):
        return f"<Run: {f'batch of {self.batch}, ' if self.batch else ''}{len(self) - 1} steps on {self.f!r}>"

    @property
    def batch(self):
        """Shape of the batch: () for one run."""
        return self.loss.shape[1:]

    @property
    def final(self):
        """The last theta, (dim, *batch)."""
        return np.moveaxis(self.theta, self.theta.ndim - 1 - len(self.batch), 0)[-1]

    @property
    def diverged(self):
        """True where the last loss or theta is no longer a finite number. A loss that only grows is not there yet."""
        finite = np.isfinite(self.final)
        return ~(np.isfinite(self.loss[-1]) & finite.all(axis=tuple(range(finite.ndim - len(self.batch)))))

    def __getitem__(self, k):
        """One run of a batch, `run[k]` or `run[j, k]`."""
        if not self.batch:
            raise TypeError("this is one run, not a batch of runs, so there is no run[k]; its losses are run.loss")
        check_place(k, self.batch)

        def pick(a):
            first = a.ndim - len(self.batch)
            return a[(slice(None),) * first + (k if isinstance(k, tuple) else (k,))] if first > 0 else a
        return Run(pick(self.theta), pick(self.loss), pick(self.lr), self.f,
                   {name: pick(a) for name, a in self.state.items()}, {name: pick(a) for name, a in self.measured.items()},
                   {name: np.broadcast_to(h, self.batch)[k] if np.ndim(h) else h for name, h in self.hyper.items()})


def iterate(f, theta, optimizer=sgd, *, lr, **hyper):
    """Yield (theta, loss, lr, *state) for t = 0, 1, 2, ..., each as it is before update t. It never ends by itself.

    theta  the start: (dim,), or a batch of starts (dim, *batch), or a number.
    lr     a number, an array with a rate for each run, or a schedule lr(t).
    hyper  the rule's keyword arguments, numbers or arrays. The batches of theta, lr and hyper are broadcast together.
    Raises TypeError or ValueError for bad arguments. An overflow is no error: it gives inf or nan.
    """
    if isinstance(f, type) or not (hasattr(f, "value_and_grad") and hasattr(f, "at")):
        raise TypeError(f"f must be a Loss, not {f!r}; wrap your own function as Loss(f)")
    schedule = as_schedule("lr", lr)
    names = remembered(optimizer, hyper, iterate)
    hyper = {name: as_floats(name, h) if isinstance(h, (list, tuple)) else h for name, h in hyper.items()}
    return _states(f, _start(f, theta, schedule, hyper), optimizer, schedule, hyper, names, steady=not callable(lr))


def _states(f, theta, optimizer, schedule, hyper, names, steady):
    dtype, state = theta.dtype, [copy.copy(value) for value in names.values()]
    for t in itertools.count():
        with np.errstate(all="ignore"):
            if t > 0:
                theta, *state = _checked(optimizer, optimizer(theta, g, rate, *state, **hyper), theta, names)
            loss, g = f.at(t).value_and_grad(theta)
        if t == 0 or not (steady and rate.ndim == 0):  # one number for all steps is looked at once
            rate = _rate(schedule, t, dtype)
        shape = shape if t else rate.shape
        if rate.shape != shape:
            raise ValueError(f"the schedule returned rates of shape {rate.shape} at t = {t}, but of shape {shape} at t = 0")
        yield theta, loss, rate, *state


def _rate(schedule, t, dtype):
    with np.errstate(all="ignore"):
        rate = schedule(t)
        if rate is None:
            raise TypeError(f"the schedule returned nothing (None) at t = {t}; end it with `return` and the rate")
        return as_rate(f"lr at t = {t}", rate).astype(dtype)


def _start(f, theta, schedule, hyper):
    """The start as an array (dim, *batch), where batch is what the start, the rates and the hyperparameters broadcast to."""
    theta = as_finite("theta", theta)
    own = _shape(f, theta)  # batch of the start alone: a loss is one number for each run
    dim = () if own == theta.shape else theta.shape[:1]
    shapes = {"theta": own, "lr": np.shape(_rate(schedule, 0, theta.dtype)), **{name: np.shape(h) for name, h in hyper.items()}}
    try:
        batch = np.broadcast_shapes(*shapes.values())
    except ValueError:
        raise ValueError(f"the batches do not fit together: {', '.join(f'{name} has {s}' for name, s in shapes.items() if s)}") from None
    theta = np.broadcast_to(theta.reshape((*dim, *(1,) * (len(batch) - len(own)), *own)), dim + batch)
    theta = theta.copy() if getattr(f, "keep", "path") == "path" else _laid_out(theta)
    if _shape(f, theta) != batch:
        raise ValueError(f"{f!r} gave a loss of shape {_shape(f, theta)} for a batch of shape {batch}: it must be one number for each run")
    return theta[()]


def _laid_out(theta):
    """A copy of theta with each run in one piece of memory: what is computed from it keeps this order, and matrix products need it."""
    np.empty(16_000_000, np.uint8)  # freed at once: from now on the C library keeps freed memory of this size, and need not fetch it anew
    return np.moveaxis(np.moveaxis(theta, 0, -1).copy(), -1, 0)


def _shape(f, theta):
    """Shape of the loss at theta."""
    try:
        with np.errstate(all="ignore"):
            return np.shape(f.at(0)(theta))
    except IndexError as error:
        raise ValueError(f"theta has shape {np.shape(theta)}, and {f!r} cannot take it: {error}") from error


def remembered(optimizer, hyper, caller):
    """The names of what a rule remembers, each with its first value; errors for a bad rule or an unknown hyperparameter.

    caller  the function whose own arguments a misspelt name may have been meant for.
    """
    if not callable(optimizer):
        raise TypeError(f"optimizer must be a rule such as sgd or adam, not {optimizer!r}")
    parameters = inspect.signature(optimizer).parameters
    ordered = [p for p in parameters.values() if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    chosen = [p.name for p in parameters.values() if p.kind is p.KEYWORD_ONLY]
    rule = getattr(optimizer, "__name__", "the rule")
    if len(ordered) < 3 or any(p.default is p.empty for p in ordered[3:]):
        raise TypeError(f"{rule}{inspect.signature(optimizer)} must take theta, g and lr, then what it remembers, "
                        f"each with its first value: def {rule}(theta, g, lr, v=0.0)")
    allowed = chosen or [p.name for p in ordered[3:]]  # without a `*` nobody can tell what is chosen and what is remembered
    for name, value in hyper.items():
        if name not in allowed and not any(p.kind is p.VAR_KEYWORD for p in parameters.values()):
            near = nearest(name, inspect.signature(caller).parameters, cutoff=0.75) or nearest(name, allowed)
            raise TypeError(f"{rule} has no hyperparameter {name!r}{near} (it takes: {', '.join(allowed) or 'none'})")
        if name in parameters and type(parameters[name].default) in (int, float) and as_floats(name, value).size == 0:
            raise ValueError(f"{name} is empty ({value!r}): give at least one number")
    return {p.name: p.default for p in ordered[3:] if p.name not in hyper}


def _chosen(optimizer):
    """The keyword-only arguments of a rule, with their defaults."""
    parameters = inspect.signature(optimizer).parameters.values()
    return {p.name: p.default for p in parameters if p.kind is p.KEYWORD_ONLY and p.default is not p.empty}


def _checked(optimizer, returned, theta, names):
    """What a rule returned, as [theta, *state], floats in the dtype of theta; errors for a rule that returned something else."""
    rule = getattr(optimizer, "__name__", "the rule")
    if returned is None:
        raise TypeError(f"{rule} returned nothing (None); end it with `return theta - ...`")
    new, *state = returned if isinstance(returned, tuple) and returned else (returned,)
    new = as_floats(f"the theta that {rule} returns", new)
    if new.shape != theta.shape:
        raise ValueError(f"{rule} returned a theta of shape {new.shape}, but theta has shape {theta.shape}")
    if len(state) > len(names):
        raise ValueError(f"{rule} returned {len(state)} values to remember, but takes back only {len(names)} "
                         f"({', '.join(names) or 'none'}): give each a first value after lr, as in def {rule}(theta, g, lr, v=0.0)")
    return [value.astype(theta.dtype, copy=False)[()] if isinstance(value, (np.ndarray, np.floating)) and value.dtype.kind == "f" else value
            for value in (new, *state)]


def descend(f, theta, optimizer=sgd, *, lr, steps, keep=None, measure=None, every=1, progress=None, **hyper):
    """Take `steps` steps on the loss f from the start theta, and return the `Run`.

    theta, lr, hyper  as in `iterate`: an array of rates makes a batch of runs, one for each.
    keep     "path" keeps every theta, "last" only the last; by default what suits the loss.
    measure  {name: function of theta}, called at t = 0, every, 2 * every, ...; the results are in run.measured.
    progress what shows how far a long run is, such as `progress_bar` or tqdm: it takes the steps and yields one after the other.
    Raises TypeError or ValueError for bad arguments. An overflow is no error: it gives inf or nan, and run.diverged says so.
    """
    steps, every = as_whole("steps", steps), as_whole("every", every)
    keep = as_choice("keep", getattr(f, "keep", "path") if keep is None else keep, ["path", "last"])
    names = remembered(optimizer, hyper, descend)
    measure = measure or {}
    if not isinstance(measure, dict) or not all(map(callable, measure.values())):
        raise TypeError(f"measure must be {{name: function of theta}}, not {measure!r}")
    if progress is not None and not callable(progress):
        raise TypeError(f"progress must be a function that goes through the steps, such as progress_bar, not {progress!r}")
    path, losses, rates, measured = [], [], [], {name: [] for name in measure}
    with _shown(range(steps + 1), progress) as times:
        for t, (theta, loss, rate, *state) in zip(times, iterate(_ahead(f, steps), theta, optimizer, lr=lr, **hyper)):
            losses.append(loss)
            rates.append(rate)
            if keep == "path" or t == steps:
                path.append([np.array(theta), *map(np.array, state)])  # copies: a rule may change its arguments in place
            if measured and t % every == 0:
                with np.errstate(all="ignore"):
                    for name, values in measured.items():
                        values.append(np.array(measure[name](theta)))
    if len(losses) != steps + 1:
        raise ValueError(f"progress must yield each of the {steps + 1} steps once, but it yielded {len(losses)}")
    batch, dim = np.shape(loss), np.ndim(theta) - np.ndim(loss)
    theta, *state = zip(*path)
    rates = np.stack(rates)
    if rates.ndim > 1:
        rates = np.broadcast_to(rates.reshape(steps + 1, *(1,) * (len(batch) + 1 - rates.ndim), *rates.shape[1:]), (steps + 1, *batch))
    return Run(np.stack(theta, axis=dim), np.stack(losses), rates, f,
               {name: _stack(values, np.ndim(theta[0]), dim) for name, values in zip(names, state)},
               {name: np.stack(values) for name, values in measured.items()},
               {**_chosen(optimizer), **{name: np.array(h) if isinstance(h, (list, tuple)) else h for name, h in hyper.items()}})


def _ahead(f, steps):
    """f as one run of so many steps sees it: a black box refuses now what it cannot pay for."""
    walk = None if isinstance(f, type) else getattr(f, "walk", None)
    return f if walk is None else walk(steps)


@contextlib.contextmanager
def _shown(times, progress):
    """The steps, through `progress`. Its bar ends with the loop, also where an error or a learner stops it."""
    times = times if progress is None else progress(times)
    if not np.iterable(times):
        raise TypeError(f"progress must yield the steps one after the other, but it returned {times!r}")
    try:
        yield times
    finally:
        getattr(times, "close", lambda: None)()


def _stack(values, ndim, dim):
    """History of one remembered value, whose first entry may be a plain number."""
    last = values[-1]
    first = np.broadcast_to(values[0].astype(last.dtype), last.shape)
    return np.stack([first, *values[1:]], axis=dim if last.ndim == ndim else 0)
