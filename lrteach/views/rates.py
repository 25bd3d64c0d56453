"""Panels over the learning rate."""

import numpy as np

from ..scene import COLORS, DASHES, GREY, Panel, lowest


def rate_curve(bounds, limits, *, floor=0.0, marks=None, log_lr=False):
    """The loss (above `floor`) after t steps, against the rate, for a run over an array of rates; the best is starred.

    bounds  (low, high) of the rate; limits  (low, high) of the loss; marks  {name: rate}, drawn as upright lines.
    """
    def background(ax):
        ax.set(xlim=bounds, ylim=limits, yscale="log", xscale="log" if log_lr else "linear", xlabel="learning rate lr",
               ylabel="loss above its minimum" if floor else "loss after these steps")
        for k, (name, rate) in enumerate((marks or {}).items()):
            ax.axvline(rate, color=GREY, lw=1.6, ls=DASHES[1 + k % 7], label=f"{name}: {rate:.3g}")
        ax.plot([], [], ls="", marker="*", ms=13, color=COLORS[1], mec="white", label="lowest of all")
        ax.legend(loc="lower left", framealpha=0.9)

    def artists(ax, style):
        line, = ax.plot([], [], color=style.color, ls=style.dash)
        best, = ax.plot([], [], ls="", marker="*", ms=17, color=COLORS[1], mec="white")

        def update(run, t):
            rate, loss = np.ravel(run.lr[t]), np.ravel(run.loss[t]) - floor
            line.set_data(rate, loss)
            best.set_data(rate[[lowest(loss)]], loss[[lowest(loss)]])
        return update
    return Panel(background, artists, "the loss after these steps against the rate, the best rate starred")
