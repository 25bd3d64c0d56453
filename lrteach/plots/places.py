"""Panels of how a run compares with others."""

import numpy as np

from .keywords import panel
from .old import old
from .scene import COLORS, GREY, MARKERS, Panel


@old("ends place limits", limits="x")
@panel(log_x=True)
def placing(ends, place, *, x, others="other runs"):
    """Where a run ends among others: the share of them that end higher, against the loss at the end. Each run is a point.

    ends    the losses where the others end, in an array of any shape;  others  what they are called.
    place   a function of a run that gives (loss at its end, share of the others that end higher, from 0 to 1), for a batch in arrays;
            a third value are words to write beside the point, by default the share.
    x       (low, high) of the loss; what lies outside is drawn at the edge.
    """
    limits = x
    ends = np.clip(np.sort(np.where(np.isnan(ends), np.inf, ends), axis=None), *limits)

    def background(ax):
        higher = 100 * (1 - np.searchsorted(ends, ends, side="right") / len(ends))
        ax.plot(np.concatenate([limits[:1], ends, limits[1:]]), np.concatenate([[100], higher, [0]]), color=GREY, lw=2, drawstyle="steps-post")
        ax.plot(np.median(ends), 50, ls="", marker="|", ms=16, mew=2.5, color=COLORS[6])
        ax.annotate("median", (np.median(ends), 50), (-8, -4), textcoords="offset points", ha="right", va="top")
        ax.set(xlim=(limits[0] / 1.5, limits[1] * 1.5), ylim=(-4, 108), xscale="log", xlabel="loss at the end", ylabel=f"% of {others} end higher")

    def artists(ax, style):
        dot, = ax.plot([], [], ls="", marker=style.marker, ms=12, color=style.color, mec="white", zorder=3)
        words = ax.text(0, 0, "", color=style.color, weight="bold", zorder=4, bbox={"fc": "white", "ec": "none", "alpha": 0.8, "pad": 1})
        k = MARKERS.index(style.marker)
        below, away = k % 2, 10 if k == 3 else 3  # above to the right, or below to the left: there the curve is not

        def update(run, t):
            loss, share, *said = place(run)
            loss, share = np.ravel(loss), np.ravel(share)
            x, y = np.clip(np.where(np.isnan(loss), np.inf, loss), *limits), 100 * share
            dot.set_data(x, y)
            left = below or x[0] > limits[1] / (limits[1] / limits[0]) ** 0.12
            words.set(position=(x[0] * (0.85 if left else 1.2), y[0] + (-away if left else 3)), ha="right" if left else "left",
                      va="top" if left else "bottom", text=said[0] if said else f"{y[0]:.0f} %" if x.size == 1 else "")
        return update
    return Panel(background, artists, f"the share of {others} that end higher, against the loss at the end")
