"""Panels of what a rate does, whatever the walk: the regimes, and the map of rate and momentum."""

import numpy as np

from .keywords import panel
from .old import old, up_to
from .scene import COLORS, DASHES, GREY, PALE, SHADES, Panel


@old("largest", largest=up_to("x"))
@panel
def regime_map(*, x=(0, 2.6)):
    """What happens to the error at each step, 1 - lr * curvature, with the regimes named and the present rate as a point.

    x  (low, high) of lr * curvature.
    """
    low, largest = x

    def background(ax):
        ax.axhspan(-1, 1, color="#EAF3EA", lw=0)
        ax.plot([low, largest], [1 - low, 1 - largest], color=GREY)
        for edge in (0, 1, 2):
            ax.axvline(edge, color=PALE, lw=1, ls=":")
        for place, name in [(0.5, "monotone"), (1.5, "oscillating"), (2 + (largest - 2) / 2, "divergent")]:
            ax.text(place, 1.42, name, ha="center", va="center")
        for place, name, left, down in [(0, "too slow", 0.1, 1.08), (1, "one step", 1.06, 0.12), (2, "two-cycle", 1.28, -1.3)]:
            ax.annotate(name, (place, 1 - place), (left, down), color=GREY, arrowprops={"arrowstyle": "-", "color": GREY, "lw": 0.8})
            ax.plot(place, 1 - place, "o", color=GREY, ms=6)
        ax.text(0.06, -0.93, "here the error shrinks", color="#2E6B2E", va="bottom")
        ax.set(xlim=(low, largest), ylim=(-1.7, 1.6), xlabel="lr * curvature", ylabel="error is multiplied by")

    def artists(ax, style):
        dot, = ax.plot([], [], ls="", marker=style.marker, ms=12, color=style.color, mec="white")

        def update(run, t):
            x = run.lr[t] * run.f.hessian(run.f.minimum)
            x = np.ravel(np.minimum(x, largest))
            dot.set_data(x, 1 - x)
        return update
    return Panel(background, artists, "the factor 1 - lr * curvature of the error, with the regimes named")


@old("factor curvatures largest", largest=up_to("x"))
@panel
def stability_map(factor, curvatures=None, *, x=None, names=None, measured=None):
    """What a rate and a beta do: shades and lines for the factor of the error at each step, and the present pair as a point.

    factor      a function (lr, curvature, beta), such as `contraction`.
    curvatures  of a loss's directions: then the slowest one is shown, over lr; without it one direction, over lr * curvature.
    x           (low, high) of lr (or lr * curvature);  measured  (x, beta) of an edge, drawn as points.
    names       {text: (x, beta)} of regions, or {text: (x, beta, x, beta)} with a line from the text to a second place.
    """
    one, curves = curvatures is None, np.atleast_1d(1.0 if curvatures is None else curvatures)
    low, largest = x or (0.0, 4.4 / curves.max())
    if one and names is None:
        names = {"monotone": (0.78, 0.3, 0.2, 0.1), "jumping": (1.72, 0.3, 1.72, 0.05), "swinging": (1.2, 0.66), "divergent": (3.5, 0.3)}

    def slowest(lr, beta):
        return np.max([factor(lr, c, beta) for c in curves], axis=0)

    def background(ax):
        x, beta = np.meshgrid(np.linspace(low, largest, 221), np.linspace(0, 0.999, 201))
        z = slowest(x, beta)
        levels = [0.5, 0.6, 0.7, 0.8, 0.9, 0.95]
        ax.contourf(x, beta, z, [0, *levels, 1.0], colors=SHADES[:7], zorder=0)
        ax.contourf(x, beta, z, [1.0 + 1e-9, np.inf], colors=["#FBE3D3"], zorder=0)
        ax.clabel(ax.contour(x, beta, z, levels, colors=PALE, linewidths=0.8, zorder=0), fontsize=9.5, colors="black")
        b = np.linspace(0, 1, 201)
        for k, (c, sign) in enumerate([(curves.min(), -1), (curves.max(), 1)]):  # between these lines every direction swings
            ax.plot((1 + sign * np.sqrt(b)) ** 2 / c, b, color=GREY if one else COLORS[k + 1], lw=1.8, ls=DASHES[0 if one else k])
        ax.plot((2 + 2 * b) / curves.max(), b, color="black", lw=2.6)
        if measured is not None:
            ax.plot(*measured, ls="", marker="D", ms=8, color="black", mec="white", clip_on=False, zorder=3, label="measured edge")
            ax.legend(loc="lower right")
        for text, (x, y, *to) in (names or {}).items():
            line = {"arrowstyle": "-", "color": GREY, "lw": 0.8} if to else None
            ax.annotate(text, to or (x, y), (x, y), ha="center", va="center", zorder=3, arrowprops=line,
                        bbox={"fc": "white", "ec": "none", "alpha": 0.7, "pad": 1.5})
        ax.grid(False)
        ax.set(xlim=(low, largest), ylim=(0, 1), xlabel="lr * curvature" if one else "learning rate lr", ylabel="beta")

    def artists(ax, style):
        dot, = ax.plot([], [], ls="", marker=style.marker, ms=14, color=style.color, mec="white", mew=1.5, clip_on=False, zorder=5)
        words = ax.text(1.0, 1.01, "", transform=ax.transAxes, ha="right", va="bottom", color=style.color)

        def update(run, t):
            own = np.linalg.eigvalsh(np.atleast_2d(run.f.hessian(run.f.minimum))) if one else np.ones(1)
            x, beta = np.broadcast_arrays(np.multiply.outer(own, run.lr[t]), run.hyper.get("beta", 0.0))
            dot.set_data(np.minimum(x, largest).ravel(), beta.ravel())
            z = slowest(x, beta)
            words.set_text(f"factor {z.max():.3f}" if z.size == len(own) else "")
        return update
    return Panel(background, artists, "the factor of the error over the learning rate and beta, with the present pair as a point")
