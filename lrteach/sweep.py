"""`sweep`: one training for each rate and seed, on one core, on all, or on a cluster."""

import contextlib
from dataclasses import dataclass, field

import numpy as np

from ._internal import loop
from ._internal.arguments import as_number, as_seed, shown
from ._internal.arithmetic import quiet
from ._internal.executors import check_executor, outcomes
from ._internal.results import Results


@dataclass(frozen=True, eq=False, repr=False)
class Sweep:
    """What came of a sweep: a table with a row for each rate and a column for each seed.

    rates   (rates,)
    seeds   (seeds,)
    values  (rates, seeds), what each training returned; nan where it raised an error
    errors  {(lr, seed): the error's sentence}

    Panels draw it as a batch of runs, one for each rate: `rate_curve` the mean over the seeds,
    `accuracy_by_rate` the median and the band, where the values are test accuracies from 0 to 1.
    """

    rates: np.ndarray
    seeds: np.ndarray
    values: np.ndarray
    errors: dict = field(default_factory=dict)

    def __repr__(self):
        failed = f", {len(self.errors)} raised an error" if self.errors else ""
        return f"<Sweep: {len(self.rates)} rates, {len(self.seeds)} seeds{failed}>"

    @property
    @quiet
    def mean(self):
        """Mean over the seeds, (rates,): of the trainings that returned a finite number."""
        return self._sums(self.values) / self._counts

    @property
    @quiet
    def standard_error(self):
        """Standard error of the mean, (rates,): nan where there are fewer than two values."""
        squares = self._sums((self.values - self.mean[:, None]) ** 2)
        return np.sqrt(squares / (self._counts - 1) / self._counts)

    @property
    def _counts(self):
        """How many values of each rate are finite; nan for none."""
        counts = np.isfinite(self.values).sum(axis=1)
        return np.where(counts, counts, np.nan)

    def _sums(self, values):
        """The sum over the seeds whose value is finite."""
        return np.where(np.isfinite(self.values), values, 0.0).sum(axis=1)

    # what panels ask a Run for

    every, hyper = 1, {}
    times = np.zeros(1, int)

    @property
    def lr(self):
        return self.rates[None]

    @property
    def loss(self):
        return self.mean[None]

    @property
    def batch(self):
        return self.rates.shape

    @property
    def measured(self):
        return {"test": self.values[None]}


def sweep(train, *, lr, seed=(0,), executor=None, progress=None, file=None):
    """Call train(lr=, seed=) for each of the rates and seeds, and collect the numbers it returns.

    train     returns a number. What it raises is kept as a sentence, and stops no other training
    lr, seed  the rates and the seeds, each once
    executor  of `concurrent.futures`, or a Dask cluster's `client.get_executor()`; none: one after
              the other, here. Processes must be able to import `train`. One that is killed loses
              nothing: its training is run again, alone, and is an error if it is killed once more
    progress  such as `progress_bar`
    file      keeps each result as soon as it is there. A sweep with the same file trains only what
              the file does not have: after an interruption, or with more rates and seeds
    Returns a `Sweep`. Raises TypeError or ValueError for bad arguments.
    """
    if not callable(train):
        raise TypeError(f"train must be a function train(lr=, seed=), not {shown(train)}")
    rates, seeds = as_list("lr", lr, as_one_rate), as_list("seed", seed, as_seed)
    check_executor(executor, train)
    places = {(rate, number): (j, k) for j, rate in enumerate(rates)
              for k, number in enumerate(seeds)}
    table = Sweep(np.array(rates), np.array(seeds), np.full((len(rates), len(seeds)), np.nan))
    kept = Results(file)
    for which in places.keys() & kept.values.keys():
        table.values[places[which]] = kept.values[which]
    todo = [which for which in places if which not in kept.values]
    results = contextlib.closing(outcomes(train, todo, executor))
    with results as found, loop.times_shown(range(len(todo)), progress) as times:
        for _, (which, value, error) in zip(times, found, strict=True):
            kept.add(which, value, error)
            if error:
                table.errors[which] = error
            else:
                table.values[places[which]] = value
    return table


def as_list(name, values, as_one):
    """These values, one or several, as a list of plain numbers of which none is there twice."""
    several = np.iterable(values) and not isinstance(values, str | bytes)
    given = list(values) if several else [values]
    numbers = [as_one(name, value) for value in given]
    if not numbers:
        raise ValueError(f"{name} is empty ({shown(values)}): give at least one number")
    twice = next((number for k, number in enumerate(numbers) if number in numbers[:k]), None)
    if twice is not None:
        raise ValueError(f"{name} must have each number once, but {twice} is in {shown(values)} "
                         "more than once")
    return numbers


def as_one_rate(name, value):
    """`value` as one rate."""
    return as_number(name, value, "one rate, 0 or above", lambda rate: 0 <= rate < np.inf)
