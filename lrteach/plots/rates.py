"""Panels over the learning rate: what comes of each rate."""

import numpy as np

from .keywords import checked
from .measures import share_line
from .panel import COLORS, Panel, lowest
from .parts import (
    dots,
    legend,
    log_axis,
    measurements,
    ribbon,
    sample,
    segments,
    tracks,
    uprights,
)
from .tables import by_policy

BEYOND = 1e6   # times as high as a picture: out of it
SHIFT = 1.06   # the factor to the right by which a bar is drawn beside another of its height


@checked(log=True)
def rate_curve(*, x, y, floor=0.0, upright=None, log_x=False, each=False):
    """The loss (above `floor`) after t steps, against the rate, for a run over an array of rates.

    The best rate is starred.
    x  (low, high) of the rate;  y  (low, high) of the loss;  upright  {name: rate}, drawn as lines.
    each  for several labelled runs: each has a marker of its own at its best, in place of the star.
    """
    top = BEYOND * y[1]
    star = {"marker": "*", "ms": 17, "color": COLORS[1]}

    def background(ax):
        ax.set(xlim=x, ylim=y, yscale="log", xscale="log" if log_x else "linear",
               xlabel="learning rate lr",
               ylabel="loss above its minimum" if floor else "loss after these steps")
        if log_x:
            log_axis(ax.xaxis)
        uprights(ax, upright)
        if not each:
            sample(ax, "lowest of all", ls="", mec="white", **{**star, "ms": 13})
        if upright or not each:
            legend(ax)

    def artists(ax, style):
        line = tracks(ax, style)
        best = dots(ax, style, zorder=2.5, **({"ms": 13} if each else star))

        def update(run, t):
            rate, loss = np.ravel(run.lr[t]), np.ravel(run.loss[t]) - floor
            line(rate, np.where(np.isfinite(loss), np.minimum(loss, top), top))
            best(rate[[lowest(loss)]], loss[[lowest(loss)]])
        return update
    marked = "of each marked" if each else "starred"
    return Panel(background, artists,
                 f"the loss after these steps against the rate, the best rate {marked}")


@checked(log_x=True)
def accuracy_by_rate(*, x, name="test", good=0.9):
    """What a batch of runs (rates, seeds) measured after t steps, in percent, against the rate.

    Drawn are the median over the seeds, and a band from the lowest to the highest.
    x     (low, high) of the rate.    name  of what was measured.
    good  a line at this share, from 0 to 1; the text equivalent names the rates above it.
    """
    def shares(run, t):
        times, values = measurements(run, name)
        rates = np.atleast_1d(np.broadcast_to(run.lr[t], run.batch))
        values = values[np.searchsorted(times, t, side="right") - 1]
        return rates.reshape(len(rates), -1)[:, 0], 100 * values.reshape(len(rates), -1)

    def background(ax):
        ax.set(xlim=x, ylim=(0, 102), xscale="log", xlabel="learning rate lr",
               ylabel=f"{name} accuracy (%)")
        log_axis(ax.xaxis)
        share_line(ax, good)

    def artists(ax, style):
        around = ribbon(ax, style)
        line = tracks(ax, style, marker=style.marker, ms=7, mec="white", mew=0.6, lw=2.4)

        def update(run, t):
            rates, share = shares(run, t)
            line(rates, np.median(share, axis=1))
            around(rates, share.min(axis=1), share.max(axis=1))
        return update

    def tells(run, t):
        rates, share = shares(run, t)
        fine = rates[np.median(share, axis=1) >= 100 * good]
        return f"at least {100 * good:g} % at {in_words(fine)}"
    return Panel(background, artists,
                 f"the {name} accuracy against the rate, with a band over the seeds", tells)


def in_words(rates):
    """These rates as a span: "no rate", "lr = 0.1" or "lr from 0.1 to 1"."""
    if not len(rates):
        return "no rate"
    if len(rates) == 1:
        return f"lr = {rates[0]:.3g}"
    return f"lr from {rates[0]:.3g} to {rates[-1]:.3g}"


@checked(log_x=True)
def rate_spans(values, *, x, y, ylabel, middle=np.median):
    """What came of a policy against the rates that it used: a bar from its lowest to its highest.

    A diamond is at the mean of the rates. Bars of about one height are drawn a little beside each
    other. Policies with one constant rate have no width: a line joins them, and a band reaches from
    the lowest to the highest seed.
    values  run -> (policies, seeds), of which the `middle` is drawn, called `ylabel`.
    x  (low, high) of the rate;  y  (low, high) of the values.
    """
    near = 0.022 * (y[1] - y[0])

    def background(ax):
        ax.set(xlim=x, ylim=y, xscale="log", xlabel="learning rate lr", ylabel=ylabel)
        log_axis(ax.xaxis)

    def artists(ax, style):
        around = ribbon(ax, style)
        joined = tracks(ax, style, marker=style.marker, ms=7, mec="white")
        bars = segments(ax, style, lw=3.2, marker="|", ms=14, mew=2.5)
        means = dots(ax, style, marker="D", ms=10)

        def update(run, t):
            if not run.batch:
                raise ValueError("rate_spans needs a batch of runs with the policies on its first "
                                 "axis, not one run")
            came = by_policy(values(run), run.batch[0], "the values")
            height = middle(came, axis=1)
            rates = rates_of(run)[:-1].reshape(len(run.loss) - 1, *came.shape)[..., 0]
            left, right = rates.min(axis=0), rates.max(axis=0)
            fixed, wide = left == right, left != right
            joined(left[fixed], height[fixed])
            around(left[fixed], came[fixed].min(axis=1), came[fixed].max(axis=1))
            beside = SHIFT ** neighbours(height[wide], near)
            bars(np.stack([left, right])[:, wide] * beside, np.stack([height[wide]] * 2))
            means(rates.mean(axis=0)[wide] * beside, height[wide])
        return update
    shows = (f"{ylabel} against the rate, bars from the lowest rate to the highest, "
             "diamonds at the mean")

    def tells(run, t):
        return f"{np.size(values(run))} runs of {run.batch[0]} policies"
    return Panel(background, artists, shows, tells, whole=True)


def rates_of(run):
    """The rate of each run of a batch at each step, (steps + 1, *batch)."""
    own = run.lr.reshape(len(run.lr), *(1,) * (run.loss.ndim - run.lr.ndim), *run.lr.shape[1:])
    return np.broadcast_to(own, run.loss.shape)


def neighbours(values, near):
    """How many of the values before each one are nearer to it than `near`."""
    return np.array([np.sum(np.abs(values[:k] - value) < near) for k, value in enumerate(values)])
