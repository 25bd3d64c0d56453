"""Panels of a model and its rows: what it predicts for them, and the pull of each batch."""

import numpy as np

from .keywords import panel
from .old import old, both
from .scene import COLORS, DASHES, GREY, Panel, check_path


@panel
def data_line(X, y, *, names=None, ylabel="target"):
    """What the model predicts for each row of X beside the true y, with the gap between them."""
    place = np.arange(len(y))
    names = names or [f"row {k + 1}" for k in place]

    def background(ax):
        ax.plot(place, y, ls="", marker="_", ms=38, mew=4, color="black")
        ax.plot([], [], lw=4, color="black", label="true")
        ax.set(xlim=(-0.6, len(y) - 0.4), ylim=(min(0, 1.5 * np.min(y)), 1.35 * np.max(y)), xticks=place, xticklabels=names, ylabel=ylabel)
        ax.plot([], [], ls="", marker="o", color=COLORS[0], label="predicted")
        ax.plot([], [], color="black", lw=2, ls=DASHES[2], label="residual")
        ax.legend(loc="upper left")

    def artists(ax, style):
        gap, = ax.plot([], [], color="black", lw=2, ls=DASHES[2])
        dot, = ax.plot([], [], ls="", marker=style.marker, ms=11, color=style.color, mec="white")

        def update(run, t):
            check_path(run, one=True)
            guess = X @ run.theta[:, t]
            dot.set_data(place, guess)
            gap.set_data(np.repeat(place, 3), np.stack([y, guess, np.full(len(y), np.nan)], axis=1).ravel())
        return update
    return Panel(background, artists, "what the model predicts for each row beside the truth")


@old("limits", limits=both)
@panel
def gradient_cloud(*, x, y=None, names=("x", "y")):
    """The pull (minus the gradient) of each batch that a run on `Minibatches` draws, as a cloud around the pull of all rows, an arrow.

    x, y  (low, high) of the pull on either coordinate, by default alike.    The batch that the step uses is marked.
    """
    def background(ax):
        ax.axhline(0, color=GREY, lw=1)
        ax.axvline(0, color=GREY, lw=1)
        ax.set(xlim=x, ylim=y or x, xlabel=f"pull on {names[0]}", ylabel=f"pull on {names[1]}", aspect="equal")
        ax.locator_params(nbins=6)
        ax.plot([], [], ls="", marker=".", ms=10, color=COLORS[5], label="of each batch")
        ax.plot([], [], ls="", marker="s", ms=10, mew=2, mfc="none", color=COLORS[1], label="of this step's batch")
        ax.plot([], [], marker=">", markevery=[1], label="of all rows", lw=3, color="black")
        ax.legend(loc="lower right", framealpha=0.9, title="the pull", alignment="left")

    def artists(ax, style):
        cloud, = ax.plot([], [], ls="", marker=".", ms=9, color=COLORS[5], alpha=0.7, zorder=2.2)  # over the tip of a short arrow
        shaft, = ax.plot([], [], color="black", lw=3)
        tip, = ax.plot([], [], ls="", ms=10, color="black")
        now, = ax.plot([], [], ls="", marker="s", ms=11, mew=2, mfc="none", color=COLORS[1], zorder=2.4)
        words = ax.text(0.02, 0.96, "", transform=ax.transAxes, va="center", bbox={"fc": "white", "ec": "none", "alpha": 0.8, "pad": 2})
        kept = {}

        def update(run, t):
            check_path(run)
            theta, rows, f = run.theta[:, t], getattr(run.f, "rows", np.empty((0, 1), int)), getattr(run.f, "loss", run.f)
            rows = rows[..., 0] if rows.ndim == 3 else rows
            if kept.get("run") is not run:
                kept.update(run=run, batches=[f.on_rows(some) for some in rows])
            pull = -f.grad(theta)
            pulls = -np.array([batch.grad(theta) for batch in kept["batches"]]).reshape(len(rows), *theta.shape)
            cloud.set_data(*np.moveaxis(pulls, 1, 0).reshape(2, -1))
            now.set_data(*pulls[t:t + 1].reshape(-1, *theta.shape).swapaxes(0, 1).reshape(2, -1))
            ends = pull.reshape(2, -1)
            shaft.set_data(*(np.stack([0 * ends, ends, np.nan * ends], axis=-1).reshape(2, -1)))
            tip.set_data(*ends)
            angle = np.degrees(np.arctan2(*ends[::-1, 0]))
            tip.set_marker((3, 0, angle - 90 if np.isfinite(angle) else 0))  # a triangle, turned
            distance = np.sqrt(((pulls - pull) ** 2).sum(axis=1).mean()) if len(rows) else 0.0
            words.set_text(f"typical distance from the arrow: {distance:.0f}" if np.isfinite(distance) else "")
        return update
    return Panel(background, artists, "the pull of each batch as a cloud, the pull of all rows as an arrow")
