"""The loop. `iterate` yields one state after the other; `descend` collects them into a `Run`."""

import itertools
from dataclasses import dataclass, field, replace

import numpy as np

from ._internal import loop
from ._internal.arguments import as_choice, as_whole, check_place
from ._internal.copies import snapshot
from .optimizers import sgd


@dataclass(frozen=True, eq=False, repr=False)
class Run:
    """What one call of `descend` saw, for one run or a batch. Entry t is the state before update t.

    theta  (dim, steps + 1, *batch), with keep="last" (dim, 1, *batch); no dim for a number
    loss   (steps + 1, *batch)
    lr     (steps + 1,) or (steps + 1, *batch), the rate that update t uses    f  the loss
    state  what the rule remembers, by name, in the shape of theta; a counter is (steps + 1,)
    hyper  what was chosen once for the rule, by name: numbers, arrays that fit the batch, schedules
    measured  by name, (steps // every + 1, *batch), at the steps `run.times`
    """

    theta: np.ndarray
    loss: np.ndarray
    lr: np.ndarray
    f: object
    state: dict = field(default_factory=dict)
    measured: dict = field(default_factory=dict)
    hyper: dict = field(default_factory=dict)
    every: int = 1

    def __len__(self):
        return self.batch[0] if self.batch else len(self.loss)  # runs, or the entries of one

    def __repr__(self):
        many = f"batch of {self.batch}, " if self.batch else ""
        return f"<Run: {many}{self.steps} steps on {self.f!r}>"

    @property
    def steps(self):
        """The number of updates."""
        return len(self.loss) - 1

    @property
    def times(self):
        """The steps at which was measured: 0, every, 2 * every, ..."""
        return np.arange(0, self.steps + 1, self.every)

    @property
    def batch(self):
        """Shape of the batch: () for one run."""
        return self.loss.shape[1:]

    @property
    def final(self):
        """The last theta, (dim, *batch)."""
        return snapshot(np.moveaxis(self.theta, loop.axis_of(self), 0)[-1])

    def average(self, start=None):
        """Mean of theta from step `start` (by default steps // 2) to the last, (dim, *batch).

        It lowers the noise of a run without another rate (Ruppert, 1988; Polyak, Juditsky, 1992).
        Raises ValueError where the path is not kept: see `averaged`.
        """
        if loop.kept_of(self) != "path":
            raise ValueError("this run has kept its last theta alone: give descend keep='path', "
                             "or the rule averaged(...)")
        start = as_whole("start", self.steps // 2 if start is None else start, least=0)
        if start > self.steps:
            raise ValueError(f"start must be at most {self.steps}, the last step, not {start}")
        with np.errstate(all="ignore"):
            return np.moveaxis(self.theta, loop.axis_of(self), 0)[start:].mean(axis=0)

    @property
    def diverged(self):
        """True where the last loss or theta is no finite number. Growing is not diverging yet."""
        finite = np.isfinite(self.final)
        coordinates = tuple(range(finite.ndim - len(self.batch)))
        return ~(np.isfinite(self.loss[-1]) & finite.all(axis=coordinates))

    def __getitem__(self, k):
        """One run of a batch, `run[k]` or `run[j, k]`, with the loss that it saw."""
        if not self.batch:
            raise TypeError("this is one run, not a batch of runs, so there is no run[k]; "
                            "its losses are run.loss")
        check_place(k, self.batch)
        return replace(self, **loop.picked(self, k))


def iterate(f, theta, optimizer=sgd, *, lr, clip_norm=None, **hyper):
    """Yield (theta, loss, lr, *state) before update t, for t = 0, 1, 2, ... without an end.

    theta  the start: (dim,), or a batch of starts (dim, *batch), or a number
    lr     a number, an array with a rate for each run, or a schedule lr(t), asked once for each t
    clip_norm  shortens the gradient to this norm where it is longer: a number, or one for each run
    hyper  the rule's keyword arguments: numbers, arrays, or schedules as for lr; all batches are
           broadcast together
    Raises TypeError or ValueError for bad arguments. An overflow is no error: it gives inf or nan.

    >>> from lrteach import parabola
    >>> states = iterate(parabola(5), -5.0, lr=0.5)
    >>> [float(theta) for theta, loss, lr in itertools.islice(states, 3)]
    [-5.0, 0.0, 2.5]
    """
    states = _states(f, *loop.prepared(f, theta, optimizer, lr, clip_norm, hyper, iterate))
    return (tuple(map(snapshot, state)) for state in states)


def _states(f, theta, rates, rule):
    """Observe, yield, step: the whole of gradient descent."""
    f, state = loop.guarded(f), rule.first()
    for t in itertools.count(rates.start):
        loss, g = f.at(t).value_and_grad(theta)
        lr = rates(t)
        yield theta, loss, lr, *state
        theta, *state = rule.at(t)(theta, g, lr, *state)


def descend(f, theta=None, optimizer=sgd, *, lr, steps, clip_norm=None, keep=None, measure=None,
            every=1, progress=None, resume=None, **hyper):
    """Take `steps` steps on the loss f from the start theta, and return the `Run`.

    theta, lr, clip_norm, hyper  as in `iterate`: an array of rates makes a batch of runs, one for
              each. A schedule is asked once for t = 0 to t = steps, the last for run.lr alone.
    keep      "path" keeps every theta, "last" only the last; by default what suits the loss
    measure   {name: function of theta}, called at t = 0, every, 2 * every, ...: run.measured
    progress  such as `progress_bar` or tqdm: takes the steps, and yields one after the other
    resume    a Run that goes on for `steps` steps more, in place of theta: with its memory, its
              hyper, and t from where it stopped. Returned is the whole run, as if never cut.
    Raises TypeError or ValueError for bad arguments. An overflow is no error: it gives inf or nan,
    and run.diverged says so.

    >>> from lrteach import parabola
    >>> run = descend(parabola(5), -5.0, lr=0.5, steps=3)
    >>> run.theta
    array([-5.  ,  0.  ,  2.5 ,  3.75])
    >>> descend(parabola(5), -5.0, lr=[0.5, 1.0, 1.5], steps=3).final
    array([3.75, 5.  , 6.25])
    """
    steps, every, first = as_whole("steps", steps), as_whole("every", every), 0
    if resume is not None:
        loop.check_resume(resume, theta, keep, measure, every)
        theta, first, keep = resume.final, resume.steps, loop.kept_of(resume)
        every, hyper = resume.every, {**resume.hyper, **hyper}
    keep = as_choice("keep", getattr(f, "keep", "path") if keep is None else keep, ["path", "last"])
    record = loop.Record(steps, keep, measure, every, first)
    seen = loop.ahead(f, steps, first)
    start, rates, rule = loop.prepared(seen, theta, optimizer, lr, clip_norm, hyper, descend,
                                       first)
    if resume is not None:
        loop.go_on(seen, rule, start, resume)
    with loop.times_shown(range(steps + 1), progress) as times:
        for _, state in zip(times, _states(seen, start, rates, rule), strict=False):
            record.add(*state)
    run = Run(f=f, **record.stacked(rule))
    return run if resume is None else replace(run, **loop.joined(resume, run))
