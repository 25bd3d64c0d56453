"""Learning rates as functions of the step: each factory here returns a schedule `lr(t)`.

lr(t) is the rate that update t uses. t counts from 0 and may be an array, so `ax.plot(t, lr(t))`
draws a schedule. A schedule with a length (`steps`) keeps its last rate afterwards.

>>> lr = triangular(0.001, 0.006, step_size=2000)
>>> lr(1000)
np.float64(0.0035)
>>> lr(np.array([0, 1000, 2000, 3000, 4000]))
array([0.001 , 0.0035, 0.006 , 0.0035, 0.001 ])
"""

import numpy as np

from ._internal.arguments import (
    as_choice,
    as_floats,
    as_number,
    as_positive,
    as_rate,
    as_rates,
    as_whole,
    check_of_step,
    shown,
)
from ._internal.schedule import (
    MANY,
    as_divisor,
    as_multiplier,
    as_parts,
    as_sweep,
    factory,
)


def as_schedule(name, lr):
    """A schedule or another function of the step as it is, and a rate as a constant one."""
    if not callable(lr):
        return constant(as_rate(name, lr))
    check_of_step(name, lr)
    return lr


@factory
def constant(lr):
    """The same rate at every step."""
    lr = as_rate("lr", lr)
    return lambda t: lr + 0.0 * t


@factory
def step_decay(lr, step_size, gamma=0.1):
    """Multiply the rate by gamma once every step_size steps: lr * gamma ** (t // step_size).

    A gamma above 1 lets it grow.
    """
    lr = as_rate("lr", lr)
    step_size, gamma = as_positive("step_size", step_size), as_positive("gamma", gamma)
    return lambda t: lr * gamma ** (t // step_size)


@factory
def exponential_decay(lr, gamma):
    """Multiply the rate by gamma at every step: lr * gamma ** t. A gamma above 1 lets it grow."""
    lr = as_rate("lr", lr)
    gamma = as_positive("gamma", gamma)
    return lambda t: lr * gamma ** t


@factory
def linear(lr, steps, min_lr=0.0):
    """In equal strides from lr down to min_lr at t = steps: lr + (min_lr - lr) * t / steps.

    >>> linear(0.1, steps=100)(np.array([0, 50, 100, 150]))
    array([0.1 , 0.05, 0.  , 0.  ])
    """
    min_lr, lr = as_rates("min_lr", min_lr, "lr", lr)
    steps = as_whole("steps", steps)
    return lambda t: lr + (min_lr - lr) * np.minimum(t / steps, 1.0)


@factory
def polynomial(lr, steps, power=1.0, min_lr=0.0):
    """From lr to min_lr at t = steps: min_lr + (lr - min_lr) * (1 - t / steps) ** power.

    A power above 1 falls fast at first, one below 1 at last; 1 is `linear`.
    """
    min_lr, lr = as_rates("min_lr", min_lr, "lr", lr)
    steps, power = as_whole("steps", steps), as_positive("power", power)
    return lambda t: min_lr + (lr - min_lr) * (1 - np.minimum(t / steps, 1.0)) ** power


@factory
def inverse_sqrt(lr, warmup_steps):
    """Up to lr in warmup_steps steps, then down as 1 / sqrt(t), without an end.

    lr * min((t + 1) / warmup_steps, sqrt(warmup_steps / (t + 1))) (Vaswani et al., 2017)

    >>> inverse_sqrt(0.1, warmup_steps=4)(np.array([0, 1, 3, 15, 63]))
    array([0.025, 0.05 , 0.1  , 0.05 , 0.025])
    """
    lr, s = as_rate("lr", lr), as_whole("warmup_steps", warmup_steps)
    return lambda t: lr * np.minimum((t + 1) / s, np.sqrt(s / (t + 1)))


@factory
def cosine(max_lr, steps, min_lr=0.0):
    """Half a cosine wave from max_lr down to min_lr at t = steps (Loshchilov, Hutter, 2017).

    >>> cosine(0.1, steps=100)(np.array([0, 50, 100, 150]))
    array([0.1 , 0.05, 0.  , 0.  ])
    """
    min_lr, max_lr = as_rates("min_lr", min_lr, "max_lr", max_lr)
    steps = as_whole("steps", steps)
    return lambda t: half_wave(max_lr, min_lr, np.minimum(t / steps, 1.0))


def half_wave(start, end, fraction):
    """From start (fraction 0) to end (fraction 1) along half a cosine wave."""
    return end + (start - end) * (1 + np.cos(np.pi * fraction)) / 2


@factory
def warmup(schedule, steps):
    """Climb to the first rate of a schedule (or to a rate) in equal strides, then follow it.

    schedule(0) * (t + 1) / steps, then schedule(t - steps): the schedule begins when the climb has
    ended, so the highest rate is the one that was asked for. (Goyal et al., 2017)

    >>> warmup(cosine(1.0, 80), 20)(np.array([0, 9, 19, 20, 60, 100]))
    array([0.05, 0.5 , 1.  , 1.  , 0.5 , 0.  ])
    """
    lr, steps = as_schedule("schedule", schedule), as_whole("steps", steps)

    def rate(t):
        after = as_rate("schedule(t)", lr(np.maximum(t - steps, 0)))
        return after * np.minimum((t + 1) / steps, 1.0)
    return rate


@factory
def hold_then(schedule, hold):
    """Keep the first rate of a schedule for `hold` steps, then follow it: schedule(t - hold).

    With a warm-up before it that is warm-up, stable, decay (Hu et al., 2024):

    >>> lr = warmup(hold_then(linear(0.1, 20), 70), 10)
    >>> lr(np.array([0, 9, 10, 80, 90, 100]))
    array([0.01, 0.1 , 0.1 , 0.1 , 0.05, 0.  ])
    """
    lr, hold = as_schedule("schedule", schedule), as_whole("hold", hold, least=0)
    return lambda t: as_rate("schedule(t)", lr(np.maximum(t - hold, 0)))


@factory
def join(schedules, at):
    """One schedule after the other: the next one begins at each step of `at`, and counts from 0.

    >>> join([0.5, cosine(1.0, 80)], at=[20])(np.array([0, 19, 20, 60, 100]))
    array([0.5, 0.5, 1. , 0.5, 0. ])
    """
    first, *others = [as_schedule(f"schedules[{k}]", lr) for k, lr in as_parts(schedules, at)]
    for other, start in zip(others, map(int, at), strict=True):
        first = switched(first, other, start)
    return first


def switched(first, other, start):
    """first(t) before the step `start`, and other(t - start) from there on."""
    def lr(t):
        before = as_rate("schedule(t)", first(np.where(t < start, t, start - 1)[()]))
        after = as_rate("schedule(t)", other(np.maximum(t - start, 0)))
        return np.where(t < start, before, after)[()]
    return lr


@factory
def warm_restarts(max_lr, period, multiplier=1, min_lr=0.0):
    """Half a cosine wave down, then back to max_lr at once, again and again (SGDR).

    Each period is `multiplier` times the last one, a whole number. Within a period t runs from 0 to
    period - 1: the last rate is a little above min_lr, and the next update starts anew.
    (Loshchilov, Hutter, 2017)
    """
    min_lr, max_lr = as_rates("min_lr", min_lr, "max_lr", max_lr)
    period, multiplier = as_whole("period", period), as_multiplier(multiplier)
    if multiplier == 1:
        return lambda t: half_wave(max_lr, min_lr, t % period / period)

    starts, lengths = [0], [period]  # of each cycle
    while starts[-1] + lengths[-1] < MANY:
        starts.append(starts[-1] + lengths[-1])
        lengths.append(lengths[-1] * multiplier)
    starts, lengths = np.array(starts), np.array(lengths, float)

    def lr(t):
        cycle = np.searchsorted(starts, t, side="right") - 1
        return half_wave(max_lr, min_lr, (t - starts[cycle]) / lengths[cycle])
    return lr


def triangle(t, step_size):
    """The zig-zag between 0 and 1: up in step_size steps, down in as many.

    Returns it and the number of the cycle, from 1.
    """
    cycle = np.floor(1 + t / (2 * step_size))
    x = np.abs(t / step_size - 2 * cycle + 1)
    return np.maximum(0.0, 1 - x), cycle


@factory
def triangular(base_lr, max_lr, step_size):
    """Up from base_lr to max_lr in step_size steps, down in as many, again (Smith, 2017)."""
    base_lr, max_lr = as_rates("base_lr", base_lr, "max_lr", max_lr)
    step_size = as_positive("step_size", step_size)
    return lambda t: base_lr + (max_lr - base_lr) * triangle(t, step_size)[0]


@factory
def triangular2(base_lr, max_lr, step_size):
    """`triangular`, with the amplitude halved after each cycle (Smith, 2017)."""
    base_lr, max_lr = as_rates("base_lr", base_lr, "max_lr", max_lr)
    step_size = as_positive("step_size", step_size)

    def lr(t):
        height, cycle = triangle(t, step_size)
        return base_lr + (max_lr - base_lr) * height / 2 ** (cycle - 1)
    return lr


@factory
def exp_range(base_lr, max_lr, step_size, gamma, decay="amplitude"):
    """`triangular` that shrinks by gamma at each step (Smith, 2017), in two readings of the paper.

    decay="amplitude" shrinks the height of the wave, which ends at base_lr:
    base_lr + (max_lr - base_lr) * wave * gamma**t (PyTorch's CyclicLR).
    decay="bounds" shrinks both bounds, as the paper's text says: triangular(t) * gamma**t.
    """
    base_lr, max_lr = as_rates("base_lr", base_lr, "max_lr", max_lr)
    step_size, gamma = as_positive("step_size", step_size), as_positive("gamma", gamma)
    if gamma > 1:
        raise ValueError(f"gamma must be at most 1, so that the wave shrinks, not {gamma}")
    if as_choice("decay", decay, ["amplitude", "bounds"]) == "bounds":
        wave = triangular(base_lr, max_lr, step_size)
        return lambda t: wave(t) * gamma ** t
    return lambda t: base_lr + (max_lr - base_lr) * triangle(t, step_size)[0] * gamma ** t


@factory
def one_cycle(max_lr, steps, warmup_fraction=0.3, div=25, final_div=1e4):
    """One wave: up from max_lr / div, then down to max_lr / div / final_div at the last step.

    Both ways along half a cosine wave; the top is reached at t = warmup_fraction * steps - 1.
    (Smith, Topin, 2019)

    >>> lr = one_cycle(1.0, steps=100)
    >>> lr
    one_cycle(1.0, steps=100)
    >>> for t in (0, 29, 99):
    ...     print(f"{lr(t):.6f}")
    0.040000
    1.000000
    0.000004
    """
    max_lr, steps = as_rate("max_lr", max_lr), as_whole("steps", steps, least=3)
    div, final_div = as_divisor("div", div), as_divisor("final_div", final_div)
    low, end = max_lr / div, max_lr / div / final_div
    return there_and_back(low, max_lr, end, steps, warmup_fraction)


@factory
def one_cycle_beta(steps, min_beta=0.85, max_beta=0.95, warmup_fraction=0.3):
    """The momentum beside `one_cycle`, for beta=: down while the rate goes up, then up again.

    From max_beta to min_beta, where the rate is highest, and back (Smith, Topin, 2019).
    """
    min_beta, max_beta = as_rates("min_beta", min_beta, "max_beta", max_beta)
    steps = as_whole("steps", steps, least=3)
    return there_and_back(max_beta, min_beta, max_beta, steps, warmup_fraction)


def there_and_back(start, top, end, steps, warmup_fraction):
    """Half a cosine wave from start to top, then one to end at the last step."""
    peak, last = as_positive("warmup_fraction", warmup_fraction) * steps - 1, steps - 1
    if not 0 < peak < last:
        raise ValueError("warmup_fraction must put the top between the first and the last of "
                         f"{steps} steps, not at {peak:g}")

    def lr(t):
        t = np.minimum(t, last)
        there = half_wave(start, top, np.minimum(t / peak, 1.0))
        back = half_wave(top, end, (t - peak) / (last - peak))
        return np.where(t <= peak, there, back)[()]
    return lr


@factory
def exponential_sweep(min_lr, max_lr, steps):
    """From min_lr at t = 0 to max_lr at t = steps - 1, each rate the same multiple of the last."""
    min_lr, max_lr, last = as_sweep(min_lr, max_lr, steps)
    return lambda t: min_lr * (max_lr / min_lr) ** np.minimum(t / last, 1.0)


@factory
def linear_sweep(min_lr, max_lr, steps):
    """From min_lr at t = 0 to max_lr at t = steps - 1, each rate the same amount above the last."""
    min_lr, max_lr, last = as_sweep(min_lr, max_lr, steps)
    return lambda t: min_lr + (max_lr - min_lr) * np.minimum(t / last, 1.0)


def reduce_on_plateau(lr, losses, factor=0.1, patience=10, threshold=1e-4, min_lr=0.0):
    """The rate after these losses: lr, times factor each time that they have stopped falling.

    They have stopped when more than `patience` losses in a row were not below the lowest one by
    the share `threshold` (PyTorch's ReduceLROnPlateau). Then the counting begins anew.
    losses  one after the other, such as the test losses of all epochs so far; none is allowed
    A schedule knows t alone, so ask this between two calls of `descend(..., resume=run)`.
    Raises TypeError or ValueError for bad arguments. A loss that is nan or inf is no progress.

    >>> reduce_on_plateau(0.1, [5, 4, 3, 3, 3, 3], factor=0.5, patience=2)
    0.05
    """
    kind = "one rate, 0 or above"
    rate, min_lr = as_number("lr", lr, kind), as_number("min_lr", min_lr, kind)
    as_rates("min_lr", min_lr, "lr", rate)
    factor, threshold = as_share("factor", factor), as_share("threshold", threshold)
    patience = as_whole("patience", patience, least=0)
    lowest, waited = np.inf, 0
    found = as_floats("losses", losses)
    if found.ndim != 1:
        raise ValueError(f"losses must be one number after the other, not {shown(losses)}")
    for loss in found:
        waited += 1
        if np.isfinite(loss) and loss < lowest * (1 - threshold):
            lowest, waited = loss, 0
        if waited > patience:
            rate, waited = max(rate * factor, min_lr), 0
    return rate


def as_share(name, value):
    """`value` as one number from 0 to 1."""
    return as_number(name, value, "one number from 0 to 1", lambda share: 0 <= share <= 1)


SCHEDULES = {
    make.__name__: make
    for make in (
        constant, step_decay, exponential_decay, linear, polynomial, inverse_sqrt, cosine, warmup,
        hold_then, join, warm_restarts, triangular, triangular2, exp_range, one_cycle,
        one_cycle_beta, exponential_sweep, linear_sweep,
    )
}
