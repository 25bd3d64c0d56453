"""Panels over the steps: the loss, theta, rates, errors, bands over many runs."""

import numpy as np

from .._internal.rule import at_step
from .keywords import as_window, checked
from .panel import COLORS, DASHES, GREY, MARKERS, Panel, check_path
from .parts import (
    dots,
    fit,
    history,
    legend,
    levels,
    note,
    once,
    path_of,
    reach,
    ribbon,
    sample,
    step_axis,
    tracks,
)

HATCHES = "", "//", ".."    # of areas that lie on each other
FAR = 10                    # heights of a picture, or thousands on a logarithmic axis: out of it


@checked
def loss_curve(*, steps=50, y=None, log=True, floor=0.0):
    """The loss of every step, or how far it is above `floor`.

    y  (low, high), by default around the loss at the start.
    """
    name = "loss above its minimum" if floor else "loss"

    def background(ax):
        step_axis(ax, steps, name, y, log)

    def artists(ax, style):
        put = history(ax, style)

        def update(run, t):
            fitted = not y and fit(ax, ylim=around_size(run.loss[0] - floor, log))
            return put(run.loss - floor, t) or fitted
        return update
    return Panel(background, artists, f"the {name} over the steps")


def around_size(first, log):
    """(low, high) of a picture for values that begin with these."""
    first = np.ravel(first)
    size = min(np.abs(first).max(initial=0, where=np.isfinite(first)), 1e300) or 1.0
    if log:
        return 1e-5 * size, 1e2 * size
    return (0.0 if first.min() >= 0 else -1.3 * size), 1.3 * size


@checked
def theta_curve(*, steps=50, y=None):
    """The place theta at every step, or each of its coordinates.

    y  (low, high), by default what a picture of the loss shows of theta.
    """
    def background(ax):
        step_axis(ax, steps, "theta", y)

    def artists(ax, style):
        put = history(ax, style, marker=style.marker, ms=5)

        def update(run, t):
            path = path_of(run)
            fitted = not y and fit(ax, ylim=of_theta(run.f, path[:, 0]))
            return put(np.moveaxis(path, 1, 0), t) or fitted
        return update
    return Panel(background, artists, "the place theta over the steps")


def of_theta(f, start):
    """(low, high) of what a picture of the loss shows of its coordinates; else around the start."""
    bounds = getattr(f, "bounds", None)
    if bounds is not None:
        return np.min(bounds), np.max(bounds)
    size = 1.3 * np.abs(start).max() or 1.0
    return -size, size


@checked
def lr_curve(*, steps=50, y=None, log=False):
    """The learning rate of every step.    y  (low, high), by default what the rates need."""
    def background(ax):
        step_axis(ax, steps, "learning rate lr", y, log)

    def artists(ax, style):
        put = history(ax, style)

        def update(run, t):
            higher = not y and rise(ax, run.lr, log)
            return put(run.lr, t) or higher
        return update
    return Panel(background, artists, "the learning rate over the steps")


def rise(ax, rates, log):
    """Let an axis of rates reach as high as these; True if it had to grow."""
    seen = rates[rates > 0]
    low, high = (seen.min(), seen.max()) if seen.size else (0.1, 1.0)
    window = (low / 2, 2 * high) if log else (-0.02 * high, 1.1 * high)
    if fit(ax, ylim=window):
        return True
    bottom, top = ax.get_ylim()
    if high <= top and (low >= bottom or not log):
        return False
    ax.set_ylim(min(window[0], bottom), max(window[1], top))
    return True


@checked
def band(values, *, steps=50, y=None, ylabel="loss", log=True, share=(10, 90), one=True):
    """Many runs at once: the median over the steps, and the band that holds most of the runs.

    values  run -> (steps + 1, *batch).    y  (low, high), by default around the first values.
    share   the percentiles where the band ends.    one  draw the first of the runs, too, thin.
    """
    share = as_window("share of band", share)
    within = f"{share[1] - share[0]:g} % of the runs"

    def background(ax):
        step_axis(ax, steps, ylabel, y, log)
        ax.fill([], [], color=GREY, alpha=0.3, label=within)
        sample(ax, "median", lw=2.6)
        if one:
            sample(ax, "one run", lw=0.8)
        legend(ax)

    def artists(ax, style):
        around = ribbon(ax, style, alpha=0.25)
        single = tracks(ax, style, ls="-", lw=0.8, alpha=0.9)
        middle = tracks(ax, style, lw=2.6)
        now = dots(ax, style)
        say = note(ax, style)
        seen = once(lambda run: within_reach(values(run), len(run.loss), ax.get_ylim(), log))
        read = once(lambda run: np.percentile(seen(run), [share[0], 50, share[1]], axis=1))

        def update(run, t):
            fitted = not y and fit(ax, ylim=around_size(np.asarray(values(run))[0], log))
            low, mid, high = read(run)[:, :t + 1]
            x = np.arange(t + 1)
            around(x, low, high)
            middle(x, mid)
            now(t, mid[t])
            if one:
                single(x, seen(run)[:t + 1, 0])
            say(all_gone(run.loss[t], seen(run)[t], ax.get_ylim()))
            return reach(ax, len(run.loss) - 1) or fitted
        return update
    return Panel(background, artists,
                 f"the {ylabel} over the steps, median and the band of {within}")


def within_reach(values, count, window, log):
    """Values (count, runs), none farther outside of the picture than it is needed to leave it."""
    y = np.asarray(values)
    if y.shape[:1] != (count,):
        raise ValueError(f"values must give {count} entries on the first axis, one for each step "
                         f"of the run, but the shape is {y.shape}")
    y = y.reshape(count, -1)
    y = np.where(np.isnan(y), np.inf, y)
    low, high = window
    if log:
        return np.clip(y, low / FAR ** 3, high * FAR ** 3)
    return np.clip(y, low - FAR * (high - low), high + FAR * (high - low))


def all_gone(losses, values, window):
    """Words where all runs of a batch have left the picture upwards, or have diverged."""
    if len(values) == 1 or (values <= window[1]).any():
        return ""
    gone = "left the picture" if np.isfinite(losses).any() else "diverged"
    return f"all {len(values)} runs have {gone}"


@checked(log=True)
def error_by_direction(vectors, minimum, *, steps=50, y=(1e-8, 1e3), names=None, shares=False):
    """The error, or distance from the minimum, along each direction, step by step.

    vectors  (dim, dim), one direction a column;  minimum  (dim,).    names  of the directions.
    shares   instead the share of each direction in the loss above its minimum, one on the other.
    """
    vectors, minimum = np.asarray(vectors), np.reshape(minimum, (-1, 1))
    if vectors.shape != (len(minimum),) * 2:
        raise ValueError(f"vectors must be (dim, dim), one direction a column, and minimum (dim,), "
                         f"not {vectors.shape} and ({len(minimum)},)")
    names = names or [f"direction {k + 1}" for k in range(vectors.shape[1])]

    def errors(run, t):
        check_path(run, one=True)
        return vectors.T @ (path_of(run, len(vectors))[:, :t + 1, 0] - minimum)

    if shares:
        return shares_by_direction(errors, vectors, steps, names)
    looks = [{"color": COLORS[(k + 1) % 8], "ls": DASHES[k % 8]} for k in range(len(names))]

    def background(ax):
        step_axis(ax, steps, "error along the direction", y, log=True)
        for k, name in enumerate(names):
            sample(ax, name, lw=2.4, marker=MARKERS[k % 8], **looks[k])
        legend(ax)

    def artists(ax, style):
        lines = [tracks(ax, style, **look) for look in looks]
        points = [dots(ax, style, color=look["color"], marker=MARKERS[k % 8], ms=10)
                  for k, look in enumerate(looks)]

        def update(run, t):
            for line, point, e in zip(lines, points, np.abs(errors(run, t)), strict=True):
                line(np.arange(t + 1), e)
                point(t, e[t])
            return reach(ax, len(run.loss) - 1)
        return update
    return Panel(background, artists, "the error along each eigen-direction, over the steps")


def shares_by_direction(errors, vectors, steps, names):
    """The share of each direction in the loss above its minimum: areas that lie on each other."""
    looks = [{"fc": COLORS[(k + 1) % 8], "ec": "white", "alpha": 0.6, "hatch": HATCHES[k % 3]}
             for k in range(len(names))]

    def background(ax):
        step_axis(ax, steps, "share of the loss (%)", (0, 100))
        for k, name in enumerate(names):
            ax.fill([], [], label=name, **looks[k])
        legend(ax)

    def artists(ax, style):
        areas = [ribbon(ax, style, **look) for look in looks]

        def update(run, t):
            f = run.f.whole
            curvatures = np.diag(vectors.T @ f.hessian(f.minimum) @ vectors)
            parts = curvatures[:, None] * errors(run, t) ** 2
            total = parts.sum(axis=0)
            shares = 100 * parts / np.where(total > 0, total, np.inf)
            top = np.nan_to_num(np.cumsum(shares, axis=0))
            for put, low, high in zip(areas, top - shares, top, strict=True):
                put(np.arange(t + 1), np.nan_to_num(low), high)
            return reach(ax, len(run.loss) - 1)
        return update
    return Panel(background, artists,
                 "the share of each eigen-direction in the loss, over the steps")


@checked(log=True)
def effective_lr(*, steps=50, y=(1e-3, 10), names=("x", "y"), level=None):
    """The effective rate of each coordinate: lr divided by what the rule divides by.

    That is lr / (sqrt(s) + eps) where the rule remembers an s for each coordinate, with
    s / (1 - beta2**t) in its place where the rule counts t and has a beta2 (Adam), and lr itself
    where it remembers no s. It is drawn at the step that was made with it.
    y  (low, high);  names  of the coordinates;  level  {name: rate}, drawn as level lines.
    """
    several = len(names) > 1

    def background(ax):
        step_axis(ax, steps, "effective rate", y, log=True)
        for k, name in enumerate(names if several else []):
            sample(ax, f"along {name}", ls=DASHES[k % 8], marker=MARKERS[k % 8])
        levels(ax, level, color="black")
        if several or level:
            legend(ax)

    def artists(ax, style):
        looks = [(DASHES[k % 8], MARKERS[k % 8]) for k in range(len(names))]
        if not several:
            looks = [(style.dash, style.marker)]
        lines = [tracks(ax, style, ls=dash) for dash, _ in looks]
        points = [dots(ax, style, marker=marker) for _, marker in looks]

        def update(run, t):
            for line, point, rate in zip(lines, points, rates_by_coordinate(run), strict=False):
                line(np.arange(t + 1), rate[:t + 1])
                point(np.full(rate.shape[1], t), rate[t])
            return reach(ax, len(run.loss) - 1)
        return update
    return Panel(background, artists, "the effective rate of each coordinate over the steps")


def rates_by_coordinate(run):
    """The effective rates (coordinates, steps + 1, runs); entry t + 1 is that of update t."""
    shape = path_of(run).shape
    s, divisor = run.state.get("s"), np.ones(shape)
    if np.shape(s) == run.theta.shape:
        if "t" in run.state and "beta2" in run.hyper:
            counts = run.state["t"].reshape(-1, *(1,) * len(run.batch))
            beta2 = at_step(run.hyper["beta2"], np.maximum(counts - 1, 0))
            s = s / (1 - beta2 ** counts)
        divisor = (np.sqrt(s) + run.hyper.get("eps", 0.0)).reshape(shape)
    lr = run.lr.reshape(len(run.loss), -1)  # (steps + 1, 1) or (steps + 1, runs)
    rate = np.full(shape, np.nan)
    rate[:, 1:] = lr[:-1] / divisor[:, 1:]
    return rate
