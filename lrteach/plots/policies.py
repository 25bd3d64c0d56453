"""Panels that set plans for the rate side by side: what each rate does, and what came of it."""

import numpy as np

from .keywords import panel
from .old import old, up_to
from .scene import COLORS, GREY, PALE, Panel
from .steps import area


def rows(ax, names):
    """Room for one row for each of the names, the first at the top."""
    ax.set(ylim=(len(names) - 0.5, -0.5), yticks=range(len(names)), yticklabels=names)
    ax.grid(False, axis="y")
    ax.tick_params(axis="y", length=0)


def by_policy(values, count, of):
    """`values`, (policies, ...), as (policies, runs), or a ValueError. One policy needs no axis of its own."""
    if count > 1 and np.shape(values)[:1] != (count,):
        raise ValueError(f"{of} must have one entry for each of the {count} policies on the first axis, "
                         f"but the shape is {np.shape(values)}")
    return np.reshape(values, (count, -1))


@old("names steps top", top=up_to("y"))
@panel
def policy_rates(names, *, steps=50, y=None, rings=None):
    """The rate of each policy over the steps, one strip for each, with a point at the present step.

    names  of the policies: the first axis of the batch has one for each.    y  (low, high) of each strip; by default each has its own.
    rings  {name: (steps, rates)}, drawn as rings: what another library gives.
    """
    if rings and y is None:
        raise ValueError("y must be given with rings, not None: they need one height for all strips")
    low, high = y or (0.0, None)

    def background(ax):
        ax.set(xlim=(-0.02 * steps, 1.03 * steps), xlabel="step")
        rows(ax, names)
        for k in range(len(names)):
            ax.axhline(k + 0.4, color=PALE, lw=0.8)
        for name, (t, rates) in (rings or {}).items():
            ax.plot(t, names.index(name) + 0.4 - 0.78 * (np.asarray(rates) - low) / (high - low), ls="", marker="o", ms=8, mfc="none", mec=GREY, clip_on=False)

    def artists(ax, style):
        lines = [ax.plot([], [], color=COLORS[k % 8], lw=2)[0] for k in range(len(names))]
        dots, = ax.plot([], [], ls="", marker=style.marker, ms=6, color="black", mec="white")

        def update(run, t):
            rates = by_policy(np.moveaxis(run.lr, 0, -1), len(names), "the rates").reshape(len(names), -1, len(run))[:, 0].T
            height = np.arange(len(names)) + 0.4 - 0.78 * (rates - low) / ((high or rates.max(axis=0)) - low)
            for line, y in zip(lines, height.T):
                line.set_data(np.arange(len(run)), y)
            dots.set_data(np.full(len(names), t), height[t])
        return update
    return Panel(background, artists, f"the learning rate over the steps, by {', '.join(names)}",
                 lambda run, t: f"{run.loss[t].size} runs, rates from {run.lr[t].min():.3g} to {run.lr[t].max():.3g}")


@old("names values limits xlabel", limits="x")
@panel
def policy_scores(names, values, *, x, xlabel, middle=np.median, words="{:.0f}", label=True):
    """What came of each policy, one row for each: a point for every run, and a diamond for their middle, which is written beside it.

    x       (low, high) of the values;  xlabel  what they are.
    values  run -> (policies, seeds); inf stands for never: a cross, and how many.
    words   how the middle is written: a format of the middle, the standard deviation, and the standard error of the mean.
    label   name the rows.
    """
    low, high = x
    never = high + 0.06 * (high - low)

    def background(ax):
        ax.set(xlim=(low, high + 0.42 * (high - low)), xlabel=xlabel)
        rows(ax, names if label else [""] * len(names))
        ax.set_xticks([x for x in ax.get_xticks() if low <= x <= high])
        ax.axvline(high, color=PALE, lw=0.8)

    def artists(ax, style):
        runs = [ax.plot([], [], ls="", marker="o", ms=5, color=COLORS[k % 8], alpha=0.5, mec="none")[0] for k in range(len(names))]
        missed, = ax.plot([], [], ls="", marker="x", ms=6, mew=1.6, color=GREY)
        mid, = ax.plot([], [], ls="", marker="D", ms=9, color="black", mec="white")
        texts = [ax.text(high + 0.12 * (high - low), k, "", va="center") for k in range(len(names))]

        def update(run, t):
            x = by_policy(values(run), len(names), "the values")
            x = np.where(np.isfinite(x), x, np.inf)
            count, seeds = np.isinf(x).sum(axis=1), x.shape[1]
            for k, line in enumerate(runs):
                reached = np.clip(x[k][np.isfinite(x[k])], low, high)
                line.set_data(reached, np.full(len(reached), k))
                center = middle(x[k])
                spread = np.std(x[k], ddof=1) if seeds > 1 and not count[k] else np.nan
                said = words.format(center, spread, spread / np.sqrt(seeds)) if np.isfinite(center) else ""
                texts[k].set_text("; ".join(part for part in (said, f"never: {count[k]} of {seeds}" * bool(count[k])) if part))
            missed.set_data(np.full((count > 0).sum(), never), np.flatnonzero(count))
            center = middle(x, axis=1)
            seen = np.isfinite(center)
            mid.set_data(np.clip(center[seen], low, high), np.flatnonzero(seen))
        return update
    return Panel(background, artists, f"{xlabel}, a point for every run",
                 lambda run, t: f"{np.reshape(values(run), (len(names), -1)).shape[1]} runs for each row")


def apart(values, gap):
    """The values, those too near to one before raised to a distance of `gap` from all of them."""
    placed = []
    for value in values:
        while near := [other for other in placed if abs(value - other) < gap]:
            value = min(near) + gap * (1 + 1e-9)
        placed.append(value)
    return np.array(placed)


@old("values bounds limits ylabel", bounds="x", limits="y")
@panel(log_x=True)
def rate_spans(values, *, x, y, ylabel):
    """What came of a policy against the rates that it used: a bar from its lowest rate to its highest, with a diamond at their mean.

    values  run -> (policies, seeds), of which the median is drawn.    x  (low, high) of the rate;  y  of the values, called ylabel.
    Bars that would cover each other are drawn side by side. Policies with one constant rate have no width: they are joined by a line,
    and a band reaches from the lowest to the highest seed.
    """
    window = y

    def background(ax):
        ax.set(xlim=x, ylim=window, xscale="log", xlabel="learning rate lr", ylabel=ylabel)

    def artists(ax, style):
        around, = ax.fill([], [], color=style.color, alpha=0.2, lw=0)
        joined, = ax.plot([], [], color=style.color, ls=style.dash, marker=style.marker, ms=7, mec="white")
        bars, = ax.plot([], [], color=style.color, lw=3.2, marker="|", ms=14, mew=2.5)
        means, = ax.plot([], [], ls="", marker="D", ms=10, color=style.color, mec="white")

        def update(run, t):
            if not run.batch:
                raise ValueError("rate_spans needs a batch of runs with the policies on its first axis, not one run")
            y = by_policy(values(run), run.batch[0], "the values")
            rates = run.lr[:-1].reshape(len(run) - 1, *y.shape)[..., 0]
            left, right, mid = rates.min(axis=0), rates.max(axis=0), np.median(y, axis=1)
            fixed = left == right
            joined.set_data(left[fixed], mid[fixed])
            around.set_xy(area(left[fixed], y[fixed].min(axis=1), y[fixed].max(axis=1)))
            height, gap = apart(mid[~fixed], 0.022 * (window[1] - window[0])), np.full((~fixed).sum(), np.nan)
            bars.set_data(np.stack([left[~fixed], right[~fixed], gap], axis=1).ravel(), np.repeat(height, 3))
            means.set_data(rates.mean(axis=0)[~fixed], height)
        return update
    return Panel(background, artists, f"{ylabel} against the rate, bars from the lowest rate to the highest, diamonds at the mean",
                 lambda run, t: f"{np.size(values(run))} runs of {run.batch[0]} policies")


def instead(panel, change):
    """The panel, shown `change(run)` in place of each run: such as a walk with the same rates on another loss."""
    kept = {}

    def changed(run):
        if kept.get("run") is not run:
            kept.update(run=run, other=change(run))
        return kept["other"]

    def artists(ax, style):
        update = panel.artists(ax, style)
        return lambda run, t: update(changed(run), t)
    return panel._replace(artists=artists, tells=panel.tells and (lambda run, t: panel.tells(changed(run), t)))
