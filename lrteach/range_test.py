"""The learning rate range test: raise the rate at every step, and record the loss (Smith, 2017)."""

import dataclasses
from dataclasses import dataclass

import numpy as np

from ._internal import loop
from ._internal.arguments import (
    as_choice,
    as_finite,
    as_floats,
    as_number,
    as_whole,
    check_place,
    shown,
)
from ._internal.copies import snapshot
from .descent import _states
from .optimizers import sgd
from .schedules import exponential_sweep, linear_sweep
from .suggestions import (
    LEAST,
    by_all_rules,
    check_rising,
    cycle_bounds,
    place_of_first,
    refusal,
    without_spike,
)

SWEEPS = {"exponential": exponential_sweep, "linear": linear_sweep}
SKIPPED = 10  # the rules do not see the first tenth of a test,
CUT_OFF = 5   # nor its last points (as in fastai)


def smoothed(loss, smoothing=0.98, *, correct=True):
    """The running mean of the losses so far, (steps, *batch), older ones weighing less and less.

    v = smoothing * v + (1 - smoothing) * loss, from v = 0; with `correct`
    v / (1 - smoothing**(t + 1)), so that the zero does not draw the beginning down.
    smoothing  0 (the raw losses) or above, and below 1. (Kingma, Ba, 2015)
    """
    loss, smoothing = as_losses(loss), as_smoothing("smoothing", smoothing)
    v, values = 0.0, []
    with np.errstate(all="ignore"):
        for t, now in enumerate(loss):
            v = smoothing * v + (1 - smoothing) * now
            values.append(v / (1 - smoothing ** (t + 1)) if correct else v)
    return np.array(values).reshape(loss.shape)


def as_losses(loss):
    """`loss` as an array of floats, (steps, *batch)."""
    losses = np.asarray(as_floats("loss", loss), float)
    if losses.ndim == 0:
        raise ValueError(
            f"loss must be one number for each step, (steps, *batch), not {shown(loss)}")
    return losses


def as_smoothing(name, value):
    """`value` as a float from 0 to below 1."""
    return as_number(name, value, "one number from 0 to below 1", lambda beta: 0 <= beta < 1)


def as_factor(value):
    """`value` as a float above 1."""
    return as_number("stop_factor", value, "one number above 1", lambda factor: factor > 1)


@dataclass(frozen=True, eq=False, repr=False)
class RangeTest:
    """What one call of `lr_range_test` saw, for one run or a whole batch of them.

    Entry t is the step that uses lr[t]; its loss is taken before that step moves, so what a rate
    does is seen one entry later.
    lr      (entries,), as far as the test came
    loss    (entries, *batch), nan after a run of a batch has stopped
    smooth  (entries, *batch), the losses smoothed
    stop_reason  "completed", "diverged" or "not finite"; of a batch an array of them, (*batch,)
    measured     by name, (entries, *batch), at the steps `test.times` that the test came to
    f       the loss that was descended, None of a recorded curve
    asked   the steps, smoothing, stop_factor and every that were asked for; and `read`, the
            (smoothing, correct) of `test.smoothed`
    """

    lr: np.ndarray
    loss: np.ndarray
    smooth: np.ndarray
    stop_reason: object
    measured: dict
    f: object
    asked: dict

    def __len__(self):
        """Of a batch the number of its tests, as in `for one in test`; of one test its entries."""
        return self.batch[0] if self.batch else len(self.loss)

    def __repr__(self):
        reasons = " or ".join(np.unique(self.stop_reason))
        many = f"batch of {self.batch}, " if self.batch else ""
        return (f"<RangeTest: {many}{len(self.loss)} of {self.asked['steps']} steps, "
                f"lr {self.lr[0]:.3g} to {self.lr[-1]:.3g}, {reasons}>")

    @property
    def batch(self):
        """Shape of the batch: () for one run."""
        return self.loss.shape[1:]

    @property
    def steps(self):
        """The number of updates that the test made: the last rate was reached, but not used."""
        return len(self.loss) - 1

    @property
    def times(self):
        """The steps at which was measured: 0, every, 2 * every, ..."""
        return np.arange(0, len(self.loss), self.asked["every"])

    def __getitem__(self, k):
        """The test of one run of a batch, `test[k]` or `test[j, k]`, as far as that run came."""
        if not self.batch:
            raise TypeError("this is one test, not a batch of tests, so there is no test[k]; "
                            "its losses are test.loss")
        check_place(k, self.batch)
        k = k if isinstance(k, tuple) else (k,)
        measured = {name: values[:, *k] for name, values in self.measured.items()}
        f = loop.of_runs(self.f, self.batch, k)
        return judged(self.lr, self.loss[:, *k], measured, f, self.asked)

    def smoothed(self, beta, correct=True):
        """The same test with its losses smoothed by `smoothed(loss, beta, correct=correct)`.

        It ends where it ended; what is read off it is read off the new curve.
        """
        asked = self.asked | {"read": (as_smoothing("beta", beta), bool(correct))}
        return dataclasses.replace(self, smooth=calmed(self.loss, asked), asked=asked)

    def median(self):
        """One test in place of a batch: its loss is, at each step, the median.

        A run that has stopped counts as infinitely high.
        """
        if not self.batch:
            return self
        runs = tuple(range(1, self.loss.ndim))

        def middle(values):
            high = np.where(np.isnan(values), np.inf, values)
            return np.quantile(high, 0.5, axis=runs, method="lower").astype(values.dtype)
        measured = {name: middle(values) for name, values in self.measured.items()}
        return judged(self.lr, middle(self.loss), measured, self.f, self.asked)

    def suggestions(self):
        """Rates by the four rules of `suggest`, from the smoothed curve.

        Its first tenth and its last 5 points are left out (as in fastai).
        Returns {rule: rate or None}, with `.reasons`. A batch is read from its median curve;
        test[k].suggestions() reads one run.

        >>> from lrteach import MLP, Minibatches, digits
        >>> net = MLP(*digits()[:2], hidden=(32,), activation="relu")
        >>> batches = Minibatches(net, 32, steps=100, seed=0)
        >>> test = lr_range_test(batches, net.init(0), min_lr=1e-4, max_lr=10)
        >>> test.suggestions()
        steepest 0.77; valley 0.053; slide 0.98; minimum/10 0.098.
        """
        return by_all_rules(*self._curve())

    def bounds(self):
        """(base_lr, max_lr) for a cycle (Smith, 2017).

        Where the loss begins to fall fast, and shortly before it flattens: read off the same curve
        as the suggestions, where a tenth of its fall is done, and where four fifths are.
        (None, None) with a `.reason` where there are no suggestions.

        >>> curve = [2.3] * 20 + [2.2, 1.9, 1.5, 1.1, 0.8, 0.6, 0.5, 0.45, 0.5, 0.7] + [0.9] * 10
        >>> recorded([10 ** (k / 10 - 5) for k in range(40)], curve, smoothing=0).bounds()
        base_lr 0.0013, max_lr 0.0025.
        """
        return cycle_bounds(*self._curve())

    def _curve(self):
        """The rates and losses that the rules see, and why they shall say nothing, or ""."""
        one, asked = self.median(), self.asked
        end, skip = place_of_first(~np.isfinite(one.loss)), asked["steps"] // SKIPPED
        lr = np.asarray(one.lr[skip:max(end - CUT_OFF, skip)], float)
        raw = np.asarray(one.loss[:end], float)
        if len(lr) < LEAST:
            return lr, raw, self._too_few(end, skip + LEAST + CUT_OFF, one.stop_reason)
        calm = calmed(without_spike(raw), asked)[skip:-CUT_OFF]
        return lr, calm, refusal(raw, ended=one.stop_reason != "completed")

    def _too_few(self, there, needed, stop_reason):
        """That a test has too few losses to read, in words."""
        cure = "take more steps"
        if stop_reason != "completed":
            cure = f"begin at a smaller min_lr, or {cure}"
        return (f"{there} finite losses are too few, at least {needed} are needed "
                f"(the test of {self.asked['steps']} steps: {stop_reason}): {cure}")


def lr_range_test(f, theta, optimizer=sgd, *, min_lr=1e-7, max_lr=10, steps=100,
                  sweep="exponential", smoothing=0.98, stop_factor=4, clip_norm=None, measure=None,
                  every=1, progress=None, **hyper):
    """Try `steps` rates from min_lr to max_lr (both included), and return the `RangeTest`.

    f, theta, optimizer, clip_norm, measure, every, progress, hyper  as in `descend`: a batch of
                 starts, or several seeds in Minibatches, is a batch of tests.
    sweep        "exponential": each rate the same multiple of the last; "linear": the same amount
                 above it.
    smoothing    of the running mean of the losses, see `smoothed`.
    stop_factor  above 1, inf for never: the test ends as diverged where the smoothed loss, the loss
                 and the loss before it are all above this many times the lowest smoothed loss (all
                 three, so that one odd batch is no divergence).
    Where the test has ended, of a batch all of them, nothing is asked or measured any more.
    Raises TypeError or ValueError for bad arguments. A loss that is no longer finite ends the test,
    and is no error. (Smith, 2017)

    >>> from lrteach import LinearRegression, receipts
    >>> lr_range_test(LinearRegression(*receipts()), [0.0, 0.0], min_lr=1e-5, max_lr=1)
    <RangeTest: 89 of 100 steps, lr 1e-05 to 0.278, diverged>
    """
    if "lr" in hyper:
        raise TypeError(f"lr must not be given, but is {shown(hyper['lr'])}: a range test tries "
                        "all rates from min_lr to max_lr")
    schedule = SWEEPS[as_choice("sweep", sweep, list(SWEEPS))](min_lr, max_lr, steps)
    asked = {
        "steps": int(steps),
        "smoothing": as_smoothing("smoothing", smoothing),
        "every": as_whole("every", every),
        "stop_factor": as_factor(stop_factor),
    }
    measure, steps = loop.check_measure(measure), asked["steps"]
    seen = loop.ahead(f, steps - 1)
    start, rates, rule = loop.prepared(seen, theta, optimizer, schedule, clip_norm, hyper,
                                       lr_range_test)
    losses, used, measured = [], [], {name: [] for name in measure}
    end = RunAway(asked["smoothing"], asked["stop_factor"])
    with loop.times_shown(range(steps), progress) as times:
        path = _states(seen, start, rates, rule)
        for t, (theta, loss, lr, *_) in zip(times, path, strict=False):
            losses.append(snapshot(loss))
            used.append(lr)
            for name, values in measured.items():
                if t % every == 0:
                    values.append(loop.measured(measure[name], theta, name))
                    check_alike(name, values)
            if np.all(end.reached(loss)):
                break
    if len(losses) < steps and not np.all(end.ended):
        raise ValueError(f"progress must yield each of the {steps} steps once, "
                         f"but it yielded {len(losses)}")
    measured = {name: np.stack(values) for name, values in measured.items()}
    return judged(np.stack(used), np.stack(losses), measured, f, asked)


def recorded(lr, loss, *, smoothing=0.98, stop_factor=4):
    """A `RangeTest` of any recorded curve: lr (n,), rising, and loss (n,) or (n, *batch).

    It is read and drawn as one that `lr_range_test` has made; smoothing and stop_factor mean the
    same. Raises TypeError or ValueError for rates that do not rise, or lengths that differ.

    >>> lr = [10 ** (k / 10 - 4) for k in range(40)]
    >>> loss = [2 + (k / 10 - 2) ** 2 for k in range(40)]
    >>> test = recorded(lr, loss, smoothing=0)
    >>> test
    <RangeTest: 40 of 40 steps, lr 0.0001 to 0.794, completed>
    >>> test.suggestions()["minimum/10"]
    0.001
    """
    lr, loss = as_finite("lr", lr).copy(), as_losses(loss).copy()
    if lr.ndim != 1 or lr.shape != loss.shape[:1] or loss.size == 0:
        raise ValueError("lr must have the shape (n,) and loss the shape (n,) or (n, *batch), but "
                         f"lr has {lr.shape} and loss has {loss.shape}")
    check_rising(lr)
    asked = {
        "steps": len(lr),
        "smoothing": as_smoothing("smoothing", smoothing),
        "every": 1,
        "stop_factor": as_factor(stop_factor),
    }
    return judged(lr, loss, {}, None, asked)


def check_alike(name, values):
    """A ValueError where the last of these values has another shape than the first."""
    if values[-1].shape != values[0].shape:
        raise ValueError(f"the measure {shown(name)} must return arrays of one shape, but gave "
                         f"{values[0].shape} at first, then {values[-1].shape}")


def judged(lr, loss, measured, f, asked):
    """The `RangeTest` of recorded losses: each run ends where `RunAway` says so."""
    end = RunAway(asked["smoothing"], asked["stop_factor"])
    over = np.array([end.reached(now) for now in loss])
    last = np.where(over[-1], over.argmax(axis=0), len(loss) - 1)
    times = np.arange(len(loss)).reshape(-1, *(1,) * last.ndim)
    finite = np.isfinite(np.take_along_axis(loss, last[None], axis=0)[0])
    reason = np.where(finite, np.where(over[-1], "diverged", "completed"), "not finite")
    smooth = np.where(times > last, np.nan, calmed(loss, asked))
    loss = np.where(times > last, loss.dtype.type(np.nan), loss)
    end, entries = last.max() + 1, last.max() // asked["every"] + 1
    measured = {name: values[:entries] for name, values in measured.items()}
    reason = reason if last.ndim else str(reason)
    return RangeTest(lr[:end], loss[:end], smooth[:end], reason, measured, f, asked)


def calmed(loss, asked):
    """The losses smoothed as they are to be read; if nothing else is said, as for the end."""
    beta, correct = asked.get("read", (asked["smoothing"], True))
    return smoothed(loss, beta, correct=correct)


class RunAway:
    """Whether runs have ended: their losses are not finite, or far above the lowest of them."""

    def __init__(self, smoothing, stop_factor):
        self.smoothing, self.stop_factor = smoothing, stop_factor
        self.t, self.v, self.best, self.before = 0, 0.0, np.inf, np.inf
        self.ended = False

    @loop.quiet
    def reached(self, loss):
        """True for each run that has ended with this loss, or before it.

        The smoothed loss, the loss and the one before are above stop_factor times the best; of a
        best below zero, as far above it as they would be of one above zero.
        """
        self.t += 1
        self.v = self.smoothing * self.v + (1 - self.smoothing) * loss
        smooth = self.v / (1 - self.smoothing ** self.t)
        self.best = np.minimum(self.best, smooth)
        limit = self.best + (self.stop_factor - 1) * abs(self.best)
        over = (smooth > limit) & (loss > limit) & (self.before > limit)
        self.before = loss
        self.ended = self.ended | over | ~np.isfinite(loss)
        return self.ended
