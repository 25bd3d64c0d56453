"""Learning rates as functions of the step: each factory returns `lr(t)`, and `lr(t)` is the rate that update t uses.

t counts from 0 and may be an array, so `ax.plot(t, lr(t))` draws a schedule. A schedule with a length (`steps`) keeps
its last rate afterwards.
"""

import numpy as np

from ._internal.arguments import as_choice, as_positive, as_rate, as_whole


def constant(lr):
    """The same rate at every step."""
    lr = as_rate("lr", lr)
    return lambda t: lr + 0.0 * np.asarray(t)


def step_decay(lr, step_size, gamma=0.1):
    """Multiply the rate by gamma once every step_size steps: lr * gamma ** (t // step_size)."""
    lr = as_rate("lr", lr)
    step_size, gamma = as_positive("step_size", step_size), as_positive("gamma", gamma)
    return lambda t: lr * gamma ** (np.asarray(t, float) // step_size)


def exponential_decay(lr, gamma):
    """Multiply the rate by gamma at every step: lr * gamma ** t."""
    lr = as_rate("lr", lr)
    gamma = as_positive("gamma", gamma)
    return lambda t: lr * gamma ** np.asarray(t, float)


def cosine(max_lr, steps, min_lr=0.0):
    """Half a cosine wave from max_lr down to min_lr at t = steps (Loshchilov, Hutter, 2017)."""
    max_lr, min_lr = as_rate("max_lr", max_lr), as_rate("min_lr", min_lr)
    steps = as_whole("steps", steps)
    return lambda t: half_wave(max_lr, min_lr, np.minimum(np.asarray(t, float) / steps, 1.0))


def half_wave(start, end, fraction):
    """From start (fraction 0) to end (fraction 1) along half a cosine wave."""
    return end + (start - end) * (1 + np.cos(np.pi * fraction)) / 2


def warmup(schedule, steps):
    """Let a schedule (or a rate) in gently: schedule(t) times (t + 1) / steps, until that reaches 1 (Goyal et al., 2017)."""
    schedule = schedule if callable(schedule) else constant(schedule)
    steps = as_whole("steps", steps)
    return lambda t: as_rate("schedule(t)", schedule(t)) * np.minimum((np.asarray(t, float) + 1) / steps, 1.0)


def warm_restarts(max_lr, period, multiplier=1, min_lr=0.0):
    """Half a cosine wave down, then back to max_lr at once; each period is `multiplier` times the last (SGDR; Loshchilov, Hutter, 2017).

    Within a period, t runs from 0 to period - 1: the last rate is a little above min_lr, and the next update starts anew.
    """
    max_lr, min_lr = as_rate("max_lr", max_lr), as_rate("min_lr", min_lr)
    period, multiplier = as_whole("period", period), as_positive("multiplier", multiplier)
    if multiplier < 1:
        raise ValueError(f"multiplier must be 1 or above, not {multiplier!r}")

    def lr(t):
        t = np.asarray(t, float)
        if multiplier == 1:
            return half_wave(max_lr, min_lr, t % period / period)
        cycle = np.floor(np.log(1 + t * (multiplier - 1) / period) / np.log(multiplier) + 1e-9)
        start = period * (multiplier ** cycle - 1) / (multiplier - 1)
        return half_wave(max_lr, min_lr, (t - start) / (period * multiplier ** cycle))
    return lr


def triangle(t, step_size):
    """The zig-zag between 0 and 1: up in step_size steps, down in as many. Returns it and the number of the cycle, from 1."""
    t = np.asarray(t, float)
    cycle = np.floor(1 + t / (2 * step_size))
    x = np.abs(t / step_size - 2 * cycle + 1)
    return np.maximum(0.0, 1 - x), cycle


def triangular(base_lr, max_lr, step_size):
    """Up from base_lr to max_lr in step_size steps, down in as many, again and again (Smith, 2017)."""
    base_lr, max_lr = check_bounds(base_lr, max_lr, step_size)
    return lambda t: base_lr + (max_lr - base_lr) * triangle(t, step_size)[0]


def triangular2(base_lr, max_lr, step_size):
    """`triangular`, with the amplitude halved after each cycle (Smith, 2017)."""
    base_lr, max_lr = check_bounds(base_lr, max_lr, step_size)

    def lr(t):
        height, cycle = triangle(t, step_size)
        return base_lr + (max_lr - base_lr) * height / 2 ** (cycle - 1)
    return lr


def exp_range(base_lr, max_lr, step_size, gamma, decay="amplitude"):
    """`triangular` that shrinks by gamma at each step (Smith, 2017), in two readings of the paper.

    decay="amplitude" shrinks the height of the wave, which ends at base_lr: base_lr + (max_lr - base_lr) * wave * gamma**t
    (PyTorch's CyclicLR). decay="bounds" shrinks both bounds, as the paper's text says: triangular(t) * gamma**t.
    """
    base_lr, max_lr = check_bounds(base_lr, max_lr, step_size)
    gamma = as_positive("gamma", gamma)
    if as_choice("decay", decay, ["amplitude", "bounds"]) == "bounds":
        return lambda t: triangular(base_lr, max_lr, step_size)(t) * gamma ** np.asarray(t, float)
    return lambda t: base_lr + (max_lr - base_lr) * triangle(t, step_size)[0] * gamma ** np.asarray(t, float)


def check_bounds(base_lr, max_lr, step_size):
    """The two rates of a cycle, checked together with its step_size."""
    base_lr, max_lr = as_rate("base_lr", base_lr), as_rate("max_lr", max_lr)
    as_positive("step_size", step_size)
    if np.any(base_lr > max_lr):
        raise ValueError(f"base_lr must not be above max_lr, but base_lr is {base_lr} and max_lr is {max_lr}")
    return base_lr, max_lr


def one_cycle(max_lr, steps, warmup_fraction=0.3, div=25, final_div=1e4):
    """One wave: up from max_lr / div, then down to max_lr / div / final_div at the last step (Smith, Topin, 2019).

    Both ways along half a cosine wave; the top is reached at t = warmup_fraction * steps - 1.
    """
    max_lr, steps = as_rate("max_lr", max_lr), as_whole("steps", steps, least=3)
    div, final_div = as_positive("div", div), as_positive("final_div", final_div)
    top, last = as_positive("warmup_fraction", warmup_fraction) * steps - 1, steps - 1
    if not 0 < top < last:
        raise ValueError(f"warmup_fraction must put the top between the first and the last of {steps} steps, not at {top:g}")

    def lr(t):
        t = np.minimum(np.asarray(t, float), last)
        up = half_wave(max_lr / div, max_lr, np.minimum(t / top, 1.0))
        down = half_wave(max_lr, max_lr / div / final_div, (t - top) / (last - top))
        return np.where(t <= top, up, down)[()]
    return lr


def exponential_sweep(min_lr, max_lr, steps):
    """From min_lr at t = 0 to max_lr at t = steps - 1, each rate the same multiple of the last."""
    min_lr, max_lr, last = check_sweep(min_lr, max_lr, steps)
    return lambda t: min_lr * (max_lr / min_lr) ** np.minimum(np.asarray(t, float) / last, 1.0)


def linear_sweep(min_lr, max_lr, steps):
    """From min_lr at t = 0 to max_lr at t = steps - 1, each rate the same amount above the last."""
    min_lr, max_lr, last = check_sweep(min_lr, max_lr, steps)
    return lambda t: min_lr + (max_lr - min_lr) * np.minimum(np.asarray(t, float) / last, 1.0)


def check_sweep(min_lr, max_lr, steps):
    """The two ends of a sweep, and the number of its last step."""
    min_lr, max_lr = as_positive("min_lr", min_lr), as_positive("max_lr", max_lr)
    if not min_lr < max_lr:
        raise ValueError(f"min_lr must be below max_lr, but min_lr is {min_lr} and max_lr is {max_lr}")
    return min_lr, max_lr, as_whole("steps", steps, least=2) - 1


SCHEDULES = {f.__name__: f for f in (constant, step_decay, exponential_decay, cosine, warmup, warm_restarts, triangular,
                                     triangular2, exp_range, one_cycle, exponential_sweep, linear_sweep)}
