"""The learning rate range test: raise the rate at every step, record the loss, and read rates off the curve (Smith, 2017)."""

from dataclasses import dataclass

import numpy as np

from ._internal.arguments import as_choice, as_floats, as_number, as_whole, check_place
from .descent import descend, remembered, sgd
from .schedules import exponential_sweep, linear_sweep
from .suggestions import LEAST, bounds, first, rates, refusal, without_spike

SWEEPS = {"exponential": exponential_sweep, "linear": linear_sweep}


def smoothed(loss, smoothing=0.98, *, correct=True):
    """The running mean of the losses so far, (steps, *batch), older ones weighing less and less.

    v = smoothing * v + (1 - smoothing) * loss, from v = 0; with `correct` v / (1 - smoothing**(t + 1)), so that the zero does not
    draw the beginning down (Kingma, Ba, 2015). smoothing  0 (the raw losses) or above, and below 1.
    """
    loss, smoothing = as_losses(loss), as_smoothing(smoothing)
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
        raise ValueError(f"loss must be one number for each step, (steps, *batch), not {loss!r}")
    return losses


def as_smoothing(smoothing):
    """`smoothing` as a float from 0 to below 1."""
    return as_number("smoothing", smoothing, "one number from 0 to below 1", lambda b: 0 <= b < 1)


@dataclass(frozen=True, eq=False, repr=False)
class RangeTest:
    """What one call of `lr_range_test` saw, for one run or a whole batch of them.

    Entry t is the step that uses lr[t]; its loss is taken before that step moves, so what a rate does is seen one entry later.
    lr      (steps,), as far as the test came        f  the loss that was descended
    loss, smooth  (steps, *batch), raw and smoothed; nan after a run of a batch has stopped
    stop_reason   "completed", "diverged" or "not finite"; an array of them, (*batch,), for a batch
    measured      by name, (entries, *batch), at the steps 0, every, 2 * every, ... that the test came to
    asked         the steps, smoothing, stop_factor and every that were asked for
    """

    lr: np.ndarray
    loss: np.ndarray
    smooth: np.ndarray
    stop_reason: object
    measured: dict
    f: object
    asked: dict

    def __len__(self):
        return len(self.loss)

    def __repr__(self):
        reasons, many = " or ".join(np.unique(self.stop_reason)), f"batch of {self.batch}, " if self.batch else ""
        return f"<RangeTest: {many}{len(self)} of {self.asked['steps']} steps, lr {self.lr[0]:.3g} to {self.lr[-1]:.3g}, {reasons}>"

    @property
    def batch(self):
        """Shape of the batch: () for one run."""
        return self.loss.shape[1:]

    def __getitem__(self, k):
        """The test of one run of a batch, `test[k]` or `test[j, k]`, as far as that run came."""
        if not self.batch:
            raise TypeError("this is one test, not a batch of tests, so there is no test[k]; its losses are test.loss")
        check_place(k, self.batch)
        k = k if isinstance(k, tuple) else (k,)
        return judged(self.lr, self.loss[:, *k], {name: values[:, *k] for name, values in self.measured.items()}, self.f, self.asked)

    def median(self):
        """One test in place of a batch: its loss is, at each step, the median. A run that has stopped counts as infinitely high."""
        if not self.batch:
            return self

        def middle(values):
            high = np.where(np.isnan(values), np.inf, values)
            return np.quantile(high, 0.5, axis=tuple(range(1, self.loss.ndim)), method="lower").astype(values.dtype)
        return judged(self.lr, middle(self.loss), {name: middle(values) for name, values in self.measured.items()}, self.f, self.asked)

    def suggestions(self):
        """Rates by the four rules of `suggest`, from the smoothed curve without its first tenth and its last 5 points (as in fastai).

        Returns {rule: rate or None}, with `.reasons`. A batch is read from its median curve; test[k].suggestions() reads one run.
        """
        return rates(*self._curve())

    def bounds(self):
        """(base_lr, max_lr) for a cycle: where the loss begins to fall fast, and shortly before it flattens (Smith, 2017).

        Read off the same curve as the suggestions: where a tenth of its fall is done, and where four fifths are.
        (None, None) with a `.reason` where there are no suggestions.
        """
        return bounds(*self._curve())

    def _curve(self):
        """The rates and losses that the rules see, and the reason why they shall say nothing, or ""."""
        one, asked = self.median(), self.asked
        end, skip = first(~np.isfinite(one.loss)), asked["steps"] // 10
        lr, raw = np.asarray(one.lr[skip:max(end - 5, skip)], float), np.asarray(one.loss[:end], float)
        if len(lr) < LEAST:
            cure = "take more steps" if one.stop_reason == "completed" else "begin at a smaller min_lr, or take more steps"
            return lr, raw, (f"{end} finite losses are too few, at least {skip + LEAST + 5} are needed "
                             f"(the test of {asked['steps']} steps: {one.stop_reason}): {cure}")
        return lr, smoothed(without_spike(raw), asked["smoothing"])[skip:-5], refusal(raw, ended=one.stop_reason != "completed")


def lr_range_test(f, theta, optimizer=sgd, *, min_lr=1e-7, max_lr=10, steps=100, sweep="exponential", smoothing=0.98, stop_factor=4,
                  measure=None, every=1, **hyper):
    """Take a step at each of `steps` rates from min_lr to max_lr (both included), and return the `RangeTest` (Smith, 2017).

    f, theta, optimizer, measure, every, hyper  as in `descend`: a batch of starts, or several seeds in Minibatches, is a batch of tests.
    sweep        "exponential": each rate the same multiple of the last; "linear": the same amount above it.
    smoothing    of the running mean of the losses, see `smoothed`.
    stop_factor  above 1, inf for never: the test ends as diverged where the smoothed loss, the loss and the loss before it are all above
                 this many times the lowest smoothed loss (all three, so that one odd batch is no divergence).
    Raises TypeError or ValueError for bad arguments. A loss that is no longer finite ends the test, and is no error.
    """
    if "lr" in hyper:
        raise TypeError(f"lr must not be given, but is {hyper['lr']!r}: a range test tries all rates from min_lr to max_lr")
    remembered(optimizer, {name: h for name, h in hyper.items() if name not in ("keep", "progress")}, lr_range_test)
    schedule = SWEEPS[as_choice("sweep", sweep, list(SWEEPS))](min_lr, max_lr, steps)
    asked = {"steps": int(steps), "smoothing": as_smoothing(smoothing), "every": as_whole("every", every),
             "stop_factor": as_number("stop_factor", stop_factor, "one number above 1", lambda factor: factor > 1)}
    run = descend(f, theta, optimizer, lr=schedule, steps=steps - 1, measure=measure, every=every, **hyper)
    return judged(run.lr, run.loss, run.measured, f, asked)


def judged(lr, loss, measured, f, asked):
    """The `RangeTest` of recorded losses: each run ends where its loss is not finite, or has diverged."""
    smooth = smoothed(loss, asked["smoothing"])
    with np.errstate(all="ignore"):
        best = np.minimum.accumulate(smooth)
        limit = best + (asked["stop_factor"] - 1) * abs(best)  # stop_factor * best, and above it for a negative loss
        diverged = np.minimum.reduce([smooth, loss, np.concatenate([loss[:1], loss[:-1]])]) > limit
    stopped = ~np.isfinite(loss) | diverged
    last = np.where(stopped.any(axis=0), stopped.argmax(axis=0), len(loss) - 1)
    finite = np.isfinite(np.take_along_axis(loss, last[None], axis=0)[0])
    reason = np.where(finite, np.where(stopped.any(axis=0), "diverged", "completed"), "not finite")
    over, end = np.arange(len(loss)).reshape(-1, *(1,) * last.ndim) > last, last.max() + 1
    measured = {name: values[:(end - 1) // asked["every"] + 1] for name, values in measured.items()}
    loss = loss.copy()
    loss[over] = smooth[over] = np.nan
    return RangeTest(lr[:end], loss[:end], smooth[:end], reason if last.ndim else str(reason), measured, f, asked)
