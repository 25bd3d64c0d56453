"""Panels over the steps: the loss, theta, the rate, errors, bands over many runs."""

import numpy as np

from .keywords import panel
from .old import old
from .scene import COLORS, DASHES, GREY, MARKERS, Panel, check_path


def over_steps(values, ylabel, shows, *, steps, limits, log, marks=False):
    """A panel that draws `values(run)`, (steps + 1, *batch), over the steps; `marks` puts a marker at every step."""
    def background(ax):
        ax.set(xlim=(-0.02 * steps, 1.03 * steps), xlabel="step", ylabel=ylabel, yscale="log" if log else "linear")
        ax.xaxis.get_major_locator().set_params(integer=True)
        if limits:
            ax.set_ylim(limits)

    def artists(ax, style):
        line, = ax.plot([], [], color=style.color, ls=style.dash, marker=style.marker if marks else None, ms=5)
        dot, = ax.plot([], [], ls="", marker=style.marker, ms=style.size, color=style.color, mec="white")
        scaled = bool(limits)

        def update(run, t):
            nonlocal scaled
            y = values(run)[:t + 1].reshape(t + 1, -1)
            gaps = np.full((1, y.shape[1]), np.nan)  # one line after the other, with a gap between
            line.set_data(np.tile(np.arange(t + 2), y.shape[1]), np.vstack([y, gaps]).ravel(order="F"))
            dot.set_data(np.full(y.shape[1], t), y[-1])
            longer = lengthen(ax, len(run) - 1)
            if scaled:
                return longer
            scaled, first = True, np.ravel(values(run)[0])
            size = min(np.abs(first).max(initial=0, where=np.isfinite(first)), 1e300) or 1.0
            ax.set_ylim((1e-5 * size, 1e2 * size) if log else (0 if first.min() >= 0 else -1.3 * size, 1.3 * size))
            return True
        return update
    return Panel(background, artists, shows)


def lengthen(ax, steps):
    """Let an axis of steps reach as far as the run; True if it had to grow."""
    if steps > ax.get_xlim()[1]:
        ax.set_xlim(-0.02 * steps, 1.03 * steps)
        return True
    return False


def area(x, low, high):
    """The outline of a band, for an artist of `ax.fill`."""
    return np.stack([np.append(x, x[::-1]), np.append(low, high[::-1])], axis=1)


@old("steps limits", limits="y")
@panel
def loss_curve(*, steps=50, y=None, log=True, floor=0.0):
    """The loss at every step, or how far it is above `floor`. `y` (low, high); by default from the loss at the start."""
    name = "loss above its minimum" if floor else "loss"
    return over_steps(lambda run: run.loss - floor, name, f"the {name} over the steps", steps=steps, limits=y, log=log)


@old("steps limits", limits="y")
@panel
def theta_curve(*, steps=50, y=(-10, 20)):
    """The place theta at every step, or each of its coordinates. `y` (low, high)."""
    return over_steps(lambda run: np.moveaxis(run.theta, run.theta.ndim - 1 - len(run.batch), 0), "theta", "the place theta over the steps",
                      steps=steps, limits=y, log=False, marks=True)


@old("steps limits", limits="y")
@panel
def lr_curve(*, steps=50, y=None, log=False):
    """The learning rate of every step. `y` (low, high); by default from the first rate."""
    return over_steps(lambda run: run.lr, "learning rate lr", "the learning rate over the steps", steps=steps, limits=y, log=log)


@old("values limits", limits="y")
@panel
def band(values, *, steps=50, y, ylabel="loss", log=True, share=(10, 90), one=True):
    """Many runs at once: the median of `values(run)`, (steps + 1, runs), over the steps, and the band that holds most of the runs.

    y  (low, high).    share  the percentiles where the band ends.    one  draw the first of the runs, too, as a thin line.
    """
    limits = y

    def background(ax):
        ax.set(xlim=(-0.02 * steps, 1.03 * steps), ylim=limits, xlabel="step", ylabel=ylabel, yscale="log" if log else "linear")
        ax.fill_between([], [], color=GREY, alpha=0.3, label=f"{share[1] - share[0]} % of the runs")
        ax.plot([], [], color=GREY, lw=2.6, label="median")
        if one:
            ax.plot([], [], color=GREY, lw=0.8, label="one run")
        ax.legend(loc="upper right", framealpha=0.9)

    def artists(ax, style):
        around, = ax.fill([], [], color=style.color, alpha=0.25, lw=0)
        single, = ax.plot([], [], color=style.color, lw=0.8, alpha=0.9)
        middle, = ax.plot([], [], color=style.color, ls=style.dash, lw=2.6)
        dot, = ax.plot([], [], ls="", marker=style.marker, ms=style.size, color=style.color, mec="white")
        kept = {}

        def update(run, t):
            if kept.get("run") is not run:
                y = np.asarray(values(run)).reshape(len(run), -1)
                y = np.where(np.isnan(y), np.inf, y)
                floor = limits[0] / 1e3 if log else limits[0] - 10 * (limits[1] - limits[0])
                roof = limits[1] * 1e3 if log else limits[1] + 10 * (limits[1] - limits[0])
                y = np.clip(y, floor, roof)  # a run that explodes leaves the picture
                kept.update(run=run, first=y[:, 0], lines=np.percentile(y, [share[0], 50, share[1]], axis=1))
            low, mid, high = kept["lines"][:, :t + 1]
            x = np.arange(t + 1)
            around.set_xy(area(x, low, high))
            middle.set_data(x, mid)
            dot.set_data(x[-1:], mid[-1:])
            if one:
                single.set_data(x, kept["first"][:t + 1])
            return lengthen(ax, len(run) - 1)
        return update
    return Panel(background, artists, f"the {ylabel} over the steps, median and the band of {share[1] - share[0]} % of the runs")


@old("vectors minimum limits", limits="y")
@panel(log=True)
def error_by_direction(vectors, minimum, *, steps=50, y=(1e-8, 1e3), names=None):
    """The error, or distance from the minimum, along each direction, step by step. `vectors` (dim, dim) has one direction a column."""
    names = names or [f"direction {k + 1}" for k in range(len(vectors))]

    def background(ax):
        ax.set(xlim=(-0.02 * steps, 1.03 * steps), ylim=y, yscale="log", xlabel="step", ylabel="error along the direction")
        for k, name in enumerate(names):
            ax.plot([], [], color=COLORS[k + 1], ls=DASHES[k], lw=2.4, marker=MARKERS[k], label=name)
        ax.legend(loc="upper right", framealpha=0.9)

    def artists(ax, style):
        lines = [ax.plot([], [], color=COLORS[k + 1], ls=DASHES[k])[0] for k in range(len(names))]
        dots = [ax.plot([], [], ls="", color=COLORS[k + 1], marker=MARKERS[k], ms=10, mec="white")[0] for k in range(len(names))]

        def update(run, t):
            check_path(run, one=True)
            error = np.abs(vectors.T @ (run.theta[:, :t + 1] - np.reshape(minimum, (-1, 1))))
            for line, dot, e in zip(lines, dots, error):
                line.set_data(np.arange(t + 1), e)
                dot.set_data([t], e[-1:])
            return lengthen(ax, len(run) - 1)
        return update
    return Panel(background, artists, "the error along each eigen-direction, over the steps")
