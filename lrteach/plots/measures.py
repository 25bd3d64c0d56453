"""Panels of what a training measured on its way: accuracies, slopes of its layers, and others."""

import numpy as np

from .keywords import checked
from .panel import COLORS, DASHES, GREY, Panel
from .parts import (
    dots,
    in_percent,
    legend,
    levels,
    measurements,
    reach,
    ribbon,
    sample,
    step_axis,
    tracks,
)

EDGES = 20, 40, 60, 80, 95  # in percent; between them, words are the same on every processor


@checked
def accuracy_curve(*, steps=1000, y=(0, 102), names=("test",), good=None, upright=None):
    """What a run measured along the way, in percent, over the steps: the median, and a band.

    y        (low, high) of the accuracy, in percent.
    names    of what was measured: of the first, the median and a band from the lowest to the
             highest run are drawn, of the second the median alone, thin.
    good     a line at this share, from 0 to 1.    upright  {name: step or steps}, drawn as lines.
    """
    widths = (2.6, 1.0)[:len(names)]
    if not 1 <= len(names) <= 2:
        raise ValueError(f"names of accuracy_curve must be one word or two, not {names}")

    def background(ax):
        ylabel = f"{names[0]} accuracy (%)" if len(names) == 1 else "accuracy (%)"
        step_axis(ax, steps, ylabel, y)
        if good is not None:
            share_line(ax, good)
        for name, width in zip(names, widths, strict=True):
            if len(names) > 1:
                sample(ax, name, lw=width)
        for k, (name, places) in enumerate((upright or {}).items()):
            for place in places:
                ax.axvline(place, color="black", lw=1.2, ls=DASHES[2 + k % 6], label=name or None)
        if len(names) > 1 or any(upright or {}):
            legend(ax)

    def artists(ax, style):
        around = ribbon(ax, style)
        lines = [tracks(ax, style, lw=width) for width in widths]
        point = dots(ax, style)

        def update(run, t):
            for name, line in zip(names, lines, strict=True):
                times, share = in_percent(run, name, t)
                line(times, np.median(share, axis=1))
            times, share = in_percent(run, names[0], t)
            around(times, share.min(axis=1), share.max(axis=1))
            point(times[-1:], np.median(share[-1:], axis=1))
            return reach(ax, len(run.loss) - 1)
        return update

    def tells(run, t):
        share = in_percent(run, names[0], t)[1][-1]
        runs = f" (median of {share.size} runs)" if share.size > 1 else ""
        words = share_in_words(np.median(share) / 100)
        return f"{names[0]} accuracy {words}{runs}"
    shows = f"the {' and '.join(names)} accuracy over the steps"
    return Panel(background, artists, shows, tells)


@checked
def measure_curve(name, *, steps=1000, y, ylabel=None, log=False, level=None):
    """What a run measured under this name, over the steps: of a batch the median.

    y  (low, high);  ylabel  by default the name;  level  {name: height}, drawn as level lines.
    """
    def background(ax):
        step_axis(ax, steps, ylabel or name, y, log)
        levels(ax, level)
        if level:
            legend(ax)

    def middle(run, t):
        times, values = measurements(run, name)
        return times[times <= t], np.median(values.reshape(len(values), -1), axis=1)[times <= t]

    def artists(ax, style):
        line, now = tracks(ax, style), dots(ax, style)

        def update(run, t):
            times, values = middle(run, t)
            line(times, values)
            now(times[-1:], values[-1:])
            return reach(ax, len(run.loss) - 1)
        return update

    def tells(run, t):
        return f"{name} about {float(f'{middle(run, t)[1][-1]:.1g}'):g}"
    return Panel(background, artists, f"the {ylabel or name} over the steps", tells)


def share_in_words(accuracy):
    """An accuracy in words, such as "above 95 %" or "20 to 40 %"."""
    between = [f"{low} to {high} %" for low, high in zip(EDGES, EDGES[1:], strict=False)]
    words = [f"below {EDGES[0]} %", *between, f"above {EDGES[-1]} %"]
    return words[np.searchsorted(EDGES, 100 * accuracy)]


def share_line(ax, share):
    """A level line at a share, from 0 to 1, with its name in percent at the right end."""
    percent = 100 * share
    ax.axhline(percent, color=GREY, lw=1.2, ls=DASHES[2])
    ax.text(1.01, percent, f"{percent:g} %", transform=ax.get_yaxis_transform(), va="center",
            fontsize=11, color=GREY)


@checked(log=True)
def layer_curve(*, steps=1000, y, name="slope", layers=3):
    """What a run measured for each layer along the way, (layers,), over the steps.

    y  (low, high), on a logarithmic axis.    name  of what was measured.
    """
    def background(ax):
        step_axis(ax, steps, f"{name} of the loss, typical size", y, log=True)
        for k in range(layers):
            sample(ax, f"layer {k + 1}", color=COLORS[k % 8], ls=DASHES[k % 8])
        legend(ax)

    def artists(ax, style):
        lines = [tracks(ax, style, color=COLORS[k % 8], ls=DASHES[k % 8])
                 for k in range(layers)]

        def update(run, t):
            times, values = measurements(run, name)
            if values.shape[1:] != (layers,):
                raise ValueError(f"{name!r} must be measured once for each of {layers} layers, "
                                 f"but the shape is {values.shape[1:]}: give layers=...")
            seen = times <= t
            for line, of_layer in zip(lines, values.T, strict=True):
                line(times[seen], of_layer[seen])
            return reach(ax, len(run.loss) - 1)
        return update
    return Panel(background, artists,
                 f"the typical {name} of the loss in each layer, over the steps")
