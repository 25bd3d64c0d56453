"""Panels of networks: the share of rows that they name rightly, over the steps and over the rate, and what they say to each digit."""

import numpy as np

from .keywords import panel
from .old import old, unnamed
from .scene import COLORS, DASHES, GREY, Panel
from .steps import area, lengthen

EDGES = 20, 40, 60, 80, 95  # in percent; between them, words stay the same on every processor


def share_in_words(accuracy):
    """An accuracy in words, such as "above 95 %" or "20 to 40 %"."""
    k = int(np.searchsorted(EDGES, 100 * accuracy))
    return f"below {EDGES[0]} %" if k == 0 else f"above {EDGES[-1]} %" if k == len(EDGES) else f"{EDGES[k - 1]} to {EDGES[k]} %"


def measured(run, name):
    """The steps at which a run measured something under this name, and what: (times,), (times, ...); or a ValueError."""
    if name not in run.measured:
        raise ValueError(f"this run has not measured {name!r}: descend(..., measure={{{name!r}: lambda theta: ...}})")
    values = np.asarray(run.measured[name])
    return times_of(run, len(values)), values


def times_of(run, count):
    """The steps of what was measured `count` times."""
    if hasattr(run, "times"):
        return np.asarray(run.times)
    every = getattr(run, "asked", {}).get("every") or max((len(run) - 1) // max(count - 1, 1), 1)
    return every * np.arange(count)


def in_percent(run, name, t):
    """The steps up to t at which a run measured something under this name, and what, in percent: (times,), (times, runs)."""
    times, values = measured(run, name)
    values = 100 * values.reshape(len(values), -1)
    return times[times <= t], values[times <= t]


def level(ax, percent):
    """A level line, with its name at the right end."""
    ax.axhline(percent, color=GREY, lw=1.2, ls=DASHES[2])
    ax.text(1.01, percent, f"{percent:g} %", transform=ax.get_yaxis_transform(), va="center", fontsize=10, color=GREY)


@old("steps limits", limits="y", every=None, marks=unnamed)
@panel
def accuracy_curve(*, steps=1000, y=(0, 102), names=("test",), good=None, upright=None):
    """What a run measured along the way, in percent, over the steps: the median, and a band from the lowest to the highest run.

    y      (low, high) of the accuracy, in percent.
    names  of what was measured: of the first, median and band are drawn, of the second the median alone, thin.
    good   a line at this share, from 0 to 1.    upright  {name: step or steps}, drawn as upright lines.
    """
    names, window = [names] if isinstance(names, str) else names, y

    def background(ax):
        ax.set(xlim=(-0.02 * steps, 1.03 * steps), ylim=window, xlabel="step", ylabel="rightly named, %")
        ax.xaxis.get_major_locator().set_params(integer=True)
        if good is not None:
            level(ax, 100 * good)
        for name, places in (upright or {}).items():
            for k, step in enumerate(places):
                ax.axvline(step, color="black", lw=1.2, ls=DASHES[2], label=name if name and k == 0 else None)
        if len(names) > 1:
            for name, width in zip(names, (2.6, 1.0)):
                ax.plot([], [], color=GREY, lw=width, label=f"{name} rows")
        if len(names) > 1 or any(upright or {}):
            ax.legend(loc="lower right", framealpha=0.9)

    def artists(ax, style):
        around, = ax.fill([], [], color=style.color, alpha=0.2, lw=0)
        lines = [ax.plot([], [], color=style.color, ls=style.dash, lw=width)[0] for width in (2.6, 1.0)[:len(names)]]
        dot, = ax.plot([], [], ls="", marker=style.marker, ms=style.size, color=style.color, mec="white")

        def update(run, t):
            for name, line in zip(names, lines):
                x, y = in_percent(run, name, t)
                line.set_data(x, np.median(y, axis=1))
            x, y = in_percent(run, names[0], t)
            around.set_xy(area(x, y.min(axis=1), y.max(axis=1)))
            dot.set_data(x[-1:], np.median(y[-1:], axis=1))
            return lengthen(ax, len(run) - 1)
        return update

    def tells(run, t):
        y = in_percent(run, names[0], t)[1][-1]
        runs = f" (median of {y.size} runs)" if y.size > 1 else ""
        return f"{share_in_words(np.median(y) / 100)} of the {names[0]} rows are rightly named{runs}"
    return Panel(background, artists, f"the share of {' and of '.join(names)} rows that are rightly named, over the steps", tells)


@old("bounds", bounds="x", every=None)
@panel(log_x=True)
def accuracy_by_rate(*, x, name="test", good=0.9):
    """What a batch of runs (rates, seeds) measured after t steps, in percent, against the rate: the median over seeds and a band.

    x     (low, high) of the rate.
    good  a line at this share, from 0 to 1; the text equivalent names the rates above it.
    """
    def at(run, t):
        times, values = measured(run, name)
        values = values[np.searchsorted(times, t, side="right") - 1]
        rates = np.atleast_1d(np.broadcast_to(run.lr[t], run.batch))
        return rates.reshape(len(rates), -1)[:, 0], 100 * values.reshape(len(rates), -1)

    def background(ax):
        ax.set(xlim=x, ylim=(0, 102), xscale="log", xlabel="learning rate lr", ylabel=f"{name} rows rightly named, %")
        level(ax, 100 * good)

    def artists(ax, style):
        around, = ax.fill([], [], color=style.color, alpha=0.2, lw=0)
        line, = ax.plot([], [], color=style.color, ls=style.dash, marker=style.marker, ms=7, mec="white", mew=0.6, lw=2.4)

        def update(run, t):
            rates, y = at(run, t)
            line.set_data(rates, np.median(y, axis=1))
            around.set_xy(area(rates, y.min(axis=1), y.max(axis=1)))
        return update

    def tells(run, t):
        rates, y = at(run, t)
        fine = rates[np.median(y, axis=1) >= 100 * good]
        where = f"lr from {fine[0]:.3g} to {fine[-1]:.3g}" if len(fine) > 1 else f"lr = {fine[0]:.3g}" if len(fine) else "no rate"
        return f"at least {100 * good:g} % at {where}"
    return Panel(background, artists, f"the share of {name} rows that are rightly named, against the rate, with a band over the seeds",
                 tells)


@old("steps limits", limits="y", every=None)
@panel(log=True)
def layer_curve(*, steps=1000, y, name="slope", layers=3):
    """What a run measured for each layer along the way, (layers,), over the steps. `y` (low, high), logarithmic."""
    window = y

    def background(ax):
        ax.set(xlim=(-0.02 * steps, 1.03 * steps), ylim=window, yscale="log", xlabel="step", ylabel=f"{name} of the loss, typical size")
        for k in range(layers):
            ax.plot([], [], color=COLORS[k], ls=DASHES[k], label=f"layer {k + 1}")
        ax.legend(loc="upper right", framealpha=0.9)

    def artists(ax, style):
        lines = [ax.plot([], [], color=COLORS[k], ls=DASHES[k])[0] for k in range(layers)]

        def update(run, t):
            times, y = measured(run, name)
            for line, values in zip(lines, y.T):
                line.set_data(times[times <= t], values[times <= t])
            return lengthen(ax, len(run) - 1)
        return update
    return Panel(background, artists, f"the typical {name} of the loss in each layer, over the steps")


@panel
def digit_names(X, y, columns=6):
    """Pictures of digits, rows of X, each with the name that the network of a run gives to it at its end; a wrong one has a cross."""
    if np.ndim(X) != 2 or round(np.sqrt(np.shape(X)[1])) ** 2 != np.shape(X)[1] or np.shape(y) != np.shape(X)[:1]:
        raise ValueError(f"X must be rows of square pictures, such as X_test[:12], and y their names, "
                         f"not of shape {np.shape(X)} and {np.shape(y)}")
    side, count = round(np.sqrt(X.shape[1])), len(X)
    right, down = np.arange(count) % columns, np.arange(count) // columns

    def background(ax):
        for x, row, pixels in zip(right, down, X):
            place = x - 0.4, x + 0.4, 1.5 * row + 0.4, 1.5 * row - 0.4
            ax.imshow(pixels.reshape(side, side), cmap="Greys", vmin=0, vmax=1, extent=place)
        ax.set(xlim=(-0.5, columns - 0.5), ylim=(1.5 * down[-1] + 1.0, -0.5), xticks=[], yticks=[])
        ax.grid(False)
        ax.spines[:].set_visible(False)

    def artists(ax, style):
        words = [ax.text(x, 1.5 * row + 0.46, "", ha="center", va="top", fontsize=13) for x, row in zip(right, down)]

        def update(run, t):
            network = getattr(run.f, "loss", run.f)
            if not hasattr(network, "predict"):
                raise TypeError(f"this panel shows a run on a network, an MLP, not on {run.f!r}")
            theta = run.final.reshape(len(run.final), -1)[:, 0]
            for text, said, true in zip(words, network.predict(theta, X), y):
                text.set(text=f"{said}" if said == true else f"✗ {said}", color="black" if said == true else COLORS[1])
        return update
    return Panel(background, artists, "some digits, and below each, after a training, the name that the network gives to it")
