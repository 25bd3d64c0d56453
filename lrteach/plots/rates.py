"""Panels over the learning rate."""

import numpy as np

from .keywords import panel
from .old import old
from .scene import COLORS, DASHES, GREY, MARKERS, Panel, lowest
from .steps import lengthen


@old("bounds limits", bounds="x", limits="y", marks="upright", log_lr="log_x")
@panel(log=True)
def rate_curve(*, x, y, floor=0.0, upright=None, log_x=False, each=False):
    """The loss (above `floor`) after t steps, against the rate, for a run over an array of rates; the best is starred.

    x  (low, high) of the rate;  y  (low, high) of the loss;  upright  {name: rate}, drawn as upright lines.
    each    for several labelled runs: each has a marker of its own at its best, in place of the star.
    """
    top = 1e6 * y[1]  # out of the picture

    def background(ax):
        ax.set(xlim=x, ylim=y, yscale="log", xscale="log" if log_x else "linear", xlabel="learning rate lr",
               ylabel="loss above its minimum" if floor else "loss after these steps")
        for k, (name, rates) in enumerate((upright or {}).items()):
            for rate in rates:
                ax.axvline(rate, color=GREY, lw=1.6, ls=DASHES[1 + k % 7], label=f"{name}: {rate:.3g}")
        if not each:
            ax.plot([], [], ls="", marker="*", ms=13, color=COLORS[1], mec="white", label="lowest of all")
        if upright or not each:
            ax.legend(loc="lower left", framealpha=0.9)

    def artists(ax, style):
        line, = ax.plot([], [], color=style.color, ls=style.dash)
        marker, size, color = (style.marker, 13, style.color) if each else ("*", 17, COLORS[1])
        best, = ax.plot([], [], ls="", marker=marker, ms=size, color=color, mec="white", zorder=2.5)

        def update(run, t):
            rate, loss = np.ravel(run.lr[t]), np.ravel(run.loss[t]) - floor
            line.set_data(rate, np.where(np.isfinite(loss), np.minimum(loss, top), top))
            best.set_data(rate[[lowest(loss)]], loss[[lowest(loss)]])
        return update
    return Panel(background, artists, f"the loss after these steps against the rate, the best rate {'of each marked' if each else 'starred'}")


@old("limits", limits="y", marks="level")
@panel(log=True)
def effective_lr(*, steps=50, y=(1e-3, 10), names=("x", "y"), level=None):
    """The effective rate of each coordinate: lr divided by what the rule divides by, drawn at the step that was made with it.

    That is lr / (sqrt(s) + eps) where the rule remembers an s for each coordinate, with s / (1 - beta2**t) in its place where
    the rule counts t and has a beta2 (Adam), and lr itself where it remembers no s.
    y  (low, high);  names  of the coordinates;  level  {name: rate}, drawn as level lines.
    """
    def background(ax):
        ax.set(xlim=(-0.02 * steps, 1.03 * steps), ylim=y, yscale="log", xlabel="step", ylabel="effective rate")
        for k, name in enumerate(names if len(names) > 1 else []):
            ax.plot([], [], color=GREY, ls=DASHES[k], marker=MARKERS[k], label=f"along {name}")
        for k, (name, rates) in enumerate((level or {}).items()):
            for rate in rates:
                ax.axhline(rate, color="black", lw=1.4, ls=DASHES[2 + k % 6], label=name)
        if len(names) > 1 or level:
            ax.legend(loc="upper right", framealpha=0.9)

    def artists(ax, style):
        looks = [*zip(DASHES, MARKERS)][:len(names)] if len(names) > 1 else [(style.dash, style.marker)]
        lines = [ax.plot([], [], color=style.color, ls=dash)[0] for dash, _ in looks]
        dots = [ax.plot([], [], ls="", marker=marker, ms=style.size, color=style.color, mec="white")[0] for _, marker in looks]

        def update(run, t):
            for line, dot, rate in zip(lines, dots, rates_by_coordinate(run)[:, :t + 1]):
                gaps = np.full((1, rate.shape[1]), np.nan)  # one run after the other, with a gap between
                line.set_data(np.tile(np.arange(t + 2), rate.shape[1]), np.vstack([rate, gaps]).ravel(order="F"))
                dot.set_data(np.full(rate.shape[1], t), rate[-1])
            return lengthen(ax, len(run) - 1)
        return update
    return Panel(background, artists, "the effective rate of each coordinate over the steps")


def rates_by_coordinate(run):
    """The effective rates (coordinates, steps + 1, runs) of a run; entry t + 1 is the one of update t, entry 0 is nan."""
    if run.theta.ndim - len(run.batch) > 1 and run.theta.shape[1] != len(run):
        raise ValueError("effective_lr needs each theta of the run: descend(..., keep='path')")
    shape, s = (-1, len(run), *run.batch), run.state.get("s")
    divisor = np.ones(run.theta.reshape(shape).shape)
    if np.shape(s) == run.theta.shape:
        s, ones = s.reshape(shape), (1,) * len(run.batch)
        if "t" in run.state and "beta2" in run.hyper:
            s = s / (1 - run.hyper["beta2"] ** run.state["t"].reshape(-1, *ones))
        divisor = np.sqrt(s) + run.hyper.get("eps", 0.0)
    lr = run.lr.reshape(len(run), *run.batch) if run.lr.ndim > 1 else run.lr.reshape(-1, *(1,) * len(run.batch))
    rate = np.full(divisor.shape, np.nan)
    rate[:, 1:] = lr[:-1] / divisor[:, 1:]
    return rate.reshape(*rate.shape[:2], -1)
