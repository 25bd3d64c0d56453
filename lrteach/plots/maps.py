"""Panels of what a rate does, whatever the run: the regimes, and the map of rate and momentum."""

import numpy as np

from .._internal.rule import at_step
from ..stability import curvature
from .keywords import checked
from .panel import COLORS, DASHES, GREY, PALE, SHADES, Panel
from .parts import SMALLEST, dots, legend

FACTORS = [0.5, 0.6, 0.7, 0.8, 0.9, 0.95]  # of the lines on the map
PLACES = [  # of the numbers on those lines
    (1.25, 0.25), (1.25, 0.36), (1.25, 0.49), (1.9, 0.64), (2.2, 0.81), (2.4, 0.9025),
]
REGIONS = {  # of one direction, by what its error does: where their names stand, and what they name
    "monotone": (0.78, 0.425, 0.2, 0.1),
    "jumping": (1.75, 0.425, 1.75, 0.05),
    "swinging": (1.15, 0.72),
    "divergent": (3.5, 0.3),
}


@checked
def regime_map(*, x=(0, 2.6)):
    """What happens to the error at each step, 1 - lr * curvature, with the regimes named.

    The present rate is a point.    x  (low, high) of lr * curvature.
    """
    low, high = x

    def background(ax):
        ax.axhspan(-1, 1, color="#EAF3EA", lw=0)
        ax.plot([low, high], [1 - low, 1 - high], color=GREY)
        for edge in (0, 1, 2):
            ax.axvline(edge, color=PALE, lw=1, ls=":")
        for begin, end, name in [(0, 1, "monotone"), (1, 2, "oscillating"), (2, high, "divergent")]:
            begin, end = max(begin, low), min(end, high)
            if begin < end:
                ax.text((begin + end) / 2, 1.42, name, ha="center", va="center")
        line = {"arrowstyle": "-", "color": GREY, "lw": 0.8}
        for edge, name, right, up in [(0, "too slow", 0.1, 1.08), (1, "one step", 1.06, 0.12),
                                      (2, "two-cycle", 1.28, -1.3)]:
            if low <= edge <= high:
                ax.annotate(name, (edge, 1 - edge), (right, up), color=GREY, arrowprops=line)
                ax.plot(edge, 1 - edge, "o", color=GREY, ms=6)
        ax.text(0.02, 0.22, "here the error shrinks", color="#2E6B2E", transform=ax.transAxes)
        ax.set(xlim=x, ylim=(-1.7, 1.6), xlabel="lr * curvature", ylabel="error is multiplied by")

    def artists(ax, style):
        point = dots(ax, style)

        def update(run, t):
            at = np.minimum(np.multiply.outer(curvature(run.f)[0], run.lr[t]), high)
            point(at, 1 - at)
        return update
    return Panel(background, artists,
                 "the factor 1 - lr * curvature of the error, with the regimes named")


@checked
def stability_map(factor, curvatures=None, *, x=None, names=None, measured=None):
    """What a rate and a beta do: shades and lines for the factor of the error at each step.

    The present pair is a point, and its factor is the number to watch.
    factor      a function (lr, curvature, beta), such as `contraction`.
    curvatures  of a loss's directions: then the slowest one is shown, over lr; without it one
                direction, over lr * curvature.
    x           (low, high) of lr (or lr * curvature).
    names       {text: (x, beta)} of regions, or {text: (x, beta, x, beta)} with a line from the
                text to a second place.    measured  (x, beta) of an edge, drawn as points.
    """
    one = curvatures is None
    curves = np.atleast_1d(1.0 if one else curvatures)
    low, high = x or (0.0, 4.4 / curves.max())
    names = REGIONS if one and names is None else names or {}

    def slowest(lr, beta):
        return np.max([factor(lr, c, beta) for c in curves], axis=0)

    def place(run, t):
        """(x, beta) of a run: for each direction of its loss, if they are not given."""
        own = curvature(run.f)[0] if one else np.ones(1)
        rates = np.multiply.outer(own, run.lr[t])
        return np.broadcast_arrays(rates, at_step(run.hyper.get("beta", 0.0), t))

    def background(ax):
        lr, beta = np.meshgrid(np.linspace(low, high, 221), np.linspace(0, 0.999, 201))
        z = slowest(lr, beta)
        ax.contourf(lr, beta, z, [0, *FACTORS, 1.0], colors=SHADES[:7], zorder=0)
        ax.contourf(lr, beta, z, [1.0 + 1e-9, np.inf], colors=["#FBE3D3"], zorder=0)
        lines = ax.contour(lr, beta, z, FACTORS, colors=PALE, linewidths=0.8, zorder=0)
        places = [place for place in PLACES if low < place[0] < high] if names is REGIONS else False
        ax.clabel(lines, fontsize=SMALLEST, colors="black", manual=places)
        edges(ax)
        if measured is not None:
            ax.plot(*measured, ls="", marker="D", ms=8, color="black", mec="white", clip_on=False,
                    zorder=3, label="measured edge")
            legend(ax)
        for text, (right, up, *to) in names.items():
            line = {"arrowstyle": "-", "color": GREY, "lw": 0.8} if to else None
            white = {"fc": "white", "ec": "none", "alpha": 0.7, "pad": 1.5}
            ax.annotate(text, to or (right, up), (right, up), ha="center", va="center", zorder=3,
                        arrowprops=line, bbox=white)
        ax.grid(False)
        ax.set(xlim=(low, high), ylim=(0, 1), ylabel="beta",
               xlabel="lr * curvature" if one else "learning rate lr")

    def edges(ax):
        """Lines between which every direction swings, and the edge beyond which one diverges."""
        beta = np.linspace(0, 1, 201)
        for k, (curve, sign) in enumerate([(curves.min(), -1), (curves.max(), 1)]):
            look = {"color": GREY, "ls": "-"} if one else {"color": COLORS[k + 1], "ls": DASHES[k]}
            ax.plot((1 + sign * np.sqrt(beta)) ** 2 / curve, beta, lw=1.8, **look)
        ax.plot((2 + 2 * beta) / curves.max(), beta, color="black", lw=2.6)

    def artists(ax, style):
        point = dots(ax, style, ms=14, mew=1.5, clip_on=False, zorder=5)

        def update(run, t):
            at, beta = place(run, t)
            point(np.minimum(at, high), beta)
        return update

    def watch(run, t):
        at, beta = place(run, t)
        return "" if run.loss[t].size > 1 else f"factor {slowest(at, beta).max():.3f}"
    shows = ("the factor of the error over the learning rate and beta, "
             "with the present pair as a point")
    return Panel(background, artists, shows, None, watch)
