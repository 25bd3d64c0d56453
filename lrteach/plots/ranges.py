"""Panels of a range test: the loss over the rate with what the rules read off it, what was measured, and rates marked in other panels."""

import textwrap

import numpy as np

from .keywords import panel
from .old import old
from .scene import COLORS, DASHES, GREY, PALE, Panel
from .networks import in_percent

LOOKS = {"steepest": (COLORS[1], "^"), "valley": (COLORS[2], "D"), "slide": (COLORS[3], "v"), "minimum/10": (COLORS[4], "s")}
PHASES = "flat", "falling", "flattening", "rising"


@old("bounds limits", bounds="x", limits="y", marks="upright")
@panel(log_x=True)
def range_curve(*, x, y, rules=True, phases=False, upright=None, log=False):
    """The loss of a range test over the rate: raw losses as dots, the smoothed curve, a star where it is lowest.

    x  (low, high) of the rate;  y  (low, high) of the loss.    upright  {name: rate}, drawn as upright lines.
    rules   at the end of the test mark what each rule suggests, with the slope of "steepest"; or say why there is nothing.
    phases  part the picture at the bounds for a cycle and at the lowest point, or at three rates of your own, and name the parts.
    Of a batch of tests each smoothed curve is a thin line, and what is read off is read off their median.
    """
    phases = phases if isinstance(phases, bool) else list(phases)
    if phases and phases is not True and len(phases) != 3:
        raise ValueError(f"phases must be True or three rates, not {phases!r}")
    bounds, limits = x, y
    kept = {}

    def suggested(run):
        if kept.get("run") is not run:
            kept.update(run=run, said=run.suggestions())
        return kept["said"]

    def background(ax):
        ax.set(xlim=bounds, ylim=limits, xscale="log", yscale="log" if log else "linear", xlabel="learning rate lr", ylabel="loss")
        for k, (name, rates) in enumerate((upright or {}).items()):
            for rate in rates:
                ax.axvline(rate, color="black", lw=1.6, ls=DASHES[1 + k % 7], label=f"{name}: {rate:.3g}")
        if upright:
            ax.legend(loc="upper left" if rules else "lower left", framealpha=0.9)

    def artists(ax, style):
        dots, = ax.fill([0], [0], color=GREY, alpha=0.6, lw=0, transform=ax.transAxes)
        dots.set_closed(False)
        each, = ax.plot([], [], color=style.color, lw=0.8, alpha=0.6)
        line, = ax.plot([], [], color=style.color, ls=style.dash, lw=2.6, mec="white")
        star, = ax.plot([], [], ls="", marker="*", ms=15, color="black", mec="white")
        name = parts(ax) if phases else None
        read = rows(ax, listed=not style.label) if rules else None

        def update(run, t):
            lr, loss, smooth = along(run, t)
            single = loss[:, 0] if loss.shape[1] == 1 else np.full(t + 1, np.nan)
            dots.set_xy(discs(ax, lr[:, 0], single, 0.006 if len(run) > 30 else 0.013))
            gap = np.full((1, loss.shape[1]), np.nan)
            each.set_data(*([], []) if loss.shape[1] == 1 else (np.vstack([lr, gap]).ravel("F"), np.vstack([smooth, gap]).ravel("F")))
            one = run.median() if hasattr(run, "median") else None
            x, _, y = along(one, min(t, len(one) - 1)) if one else (lr[:, :1], loss, smooth[:, :1])
            line.set_data(x[:, 0], y[:, 0])
            if style.label:
                line.set_marker(style.marker if len(run) <= 30 else "None")
            ended, low = one is not None and t == len(run) - 1, np.argmin(np.where(np.isfinite(y), y, np.inf))
            said = suggested(run) if rules and ended else None
            refused = said is not None and not any(said.values())  # then the lowest point says nothing
            star.set_data(*(x[[low], 0], y[[low], 0]) if ended and not refused else ([], []))
            if phases is True:
                name([*one.bounds(), x[low, 0]] if ended and one.bounds() else None, bounds)
            elif phases:
                name(phases, bounds)
            if rules:
                read(said, x[:, 0], y[:, 0])
        return update

    def tells(run, t):
        many = f", {run.loss[t].size} runs" * (run.loss[t].size > 1)
        if not hasattr(run, "suggestions") or t < len(run) - 1:
            return f"the loss up to lr {np.max(run.lr[t]):.3g}{many}"
        read = [repr(said(run))[:-1] for said, wanted in [(suggested, rules), (type(run).bounds, phases is True)] if wanted]
        return "; ".join([f"the test ended as {run.median().stop_reason!r}{many}", *read])
    return Panel(background, artists, "the loss over the rate", tells)


def along(run, t):
    """Rates, losses and smoothed losses up to step t, each (t + 1, runs)."""
    loss = np.reshape(run.loss[:t + 1], (t + 1, -1))
    smooth = np.reshape(getattr(run, "smooth", run.loss)[:t + 1], (t + 1, -1))
    lr = np.reshape(run.lr[:t + 1], (t + 1, -1))
    return np.broadcast_to(lr, loss.shape), loss, smooth


def discs(ax, x, y, radius):
    """Outlines of small discs around points, in parts of the axes, for one artist of `ax.fill`. (Markers take three times as long.)"""
    y = np.clip(y, 1e-300, 1e300) if ax.get_yscale() == "log" else y
    right, up = (ax.transScale + ax.transLimits).transform(np.transpose([x, y])).T
    angle = 2 * np.pi * np.append(np.arange(6), np.nan) / 6  # six corners, and a gap
    width, height = ax.figure.get_size_inches() / [len(ax.figure.axes), 1]
    wide = 0.8 * radius * height / width  # the axes themselves have their size only when they are drawn
    return np.stack([np.add.outer(right, wide * np.cos(angle)),
                     np.add.outer(np.clip(up, -1, 2), radius * np.sin(angle))], axis=-1).reshape(-1, 2)


def rows(ax, listed):
    """Marks on the curve, one for each rule, with a list of them at the lower left: a function that sets both."""
    marks = {rule: ax.plot([], [], ls="", marker=marker, ms=15 - 2 * k, color=color, mec="white", zorder=4)[0]  # near ones lie on each other
             for k, (rule, (color, marker)) in enumerate(LOOKS.items())}
    slope, = ax.plot([], [], color=LOOKS["steepest"][0], lw=1.8, ls=DASHES[1])
    signs, words = [], []
    for k, (color, marker) in enumerate(LOOKS.values()):
        signs += ax.plot([], [], ls="", marker=marker, ms=9, color=color, mec="white", transform=ax.transAxes)
        words.append(ax.text(0.065, 0.255 - 0.07 * k, "", transform=ax.transAxes, va="center", fontsize=10.5))
    refused = ax.text(0.03, 0.05, "", transform=ax.transAxes, va="bottom", fontsize=11, linespacing=1.35)

    def read(said, lr, loss):
        given = {} if said is None else {rule: rate for rule, rate in said.items() if rate is not None}
        for rule, mark in marks.items():
            rate = given.get(rule, np.nan)
            mark.set_data([rate], [np.interp(np.log(rate), np.log(lr), loss)])
        slope.set_data(*tangent(lr, loss, given["steepest"]) if given else ([], []))
        for rule, sign, text in zip(LOOKS, signs, words):
            sign.set_data([0.035] * bool(given and listed), [text.get_position()[1]] * bool(given and listed))
            text.set_text(f"{rule}  {f'{given[rule]:.2g}' if rule in given else 'none'}" if given and listed else "")
        refused.set_text("" if given or said is None or not listed else textwrap.fill(repr(said), 44))
    return read


def tangent(lr, loss, rate, reach=5.0):
    """Two points of the line that touches the curve from this rate to the next one, as far as a factor `reach` to both sides."""
    k = min(np.abs(np.log(lr / rate)).argmin(), len(lr) - 2)
    slope = (loss[k + 1] - loss[k]) / np.log(lr[k + 1] / lr[k])
    return [rate / reach, rate * reach], [loss[k] - slope * np.log(reach), loss[k] + slope * np.log(reach)]


def parts(ax):
    """Upright lines that part the picture, and the names of the phases between them: a function that sets them."""
    across = ax.get_xaxis_transform()
    lines = [ax.plot([], [], color=PALE, lw=1.6, ls=DASHES[1], transform=across)[0] for _ in range(3)]
    words = [ax.text(1.0, 0.975 - 0.075 * k, "", transform=across, ha="center", va="top", weight="bold", clip_on=True, zorder=5,
                     bbox={"fc": "white", "ec": "none", "alpha": 0.85, "pad": 1.5}) for k in range(len(PHASES))]

    def name(edges, bounds):
        for line, edge in zip(lines, edges or [np.nan] * 3):
            line.set_data([edge, edge], [0, 1])
        ends = [bounds[0], *(edges or []), bounds[1]]
        for k, (text, phase) in enumerate(zip(words, PHASES)):
            text.set_text(phase if edges else "")
            text.set_x(np.sqrt(ends[k] * ends[k + 1]) if edges else 1.0)
    return name


@old("bounds", bounds="x", limits="y")
@panel(log_x=True)
def range_measured(*, x, y=(0, 102), name="test", ylabel="rightly named, %"):
    """What a range test measured along the way, in percent, over the rate; of a batch each run, thin, and the median."""
    window, limits = x, y

    def background(ax):
        ax.set(xlim=window, ylim=limits, xscale="log", xlabel="learning rate lr", ylabel=ylabel)

    def artists(ax, style):
        each, = ax.plot([], [], color=style.color, lw=0.8, alpha=0.6)
        line, = ax.plot([], [], color=style.color, ls=style.dash, lw=2.6, marker=style.marker, ms=6, mec="white")

        def update(run, t):
            if not hasattr(run, "asked"):
                raise TypeError(f"this panel shows a RangeTest, from lr_range_test, not {run!r}")
            times, y = in_percent(run, name, t)
            x, gap = run.lr[times], np.full((1, y.shape[1]), np.nan)
            each.set_data(np.tile(np.append(x, np.nan), y.shape[1]), np.vstack([y, gap]).ravel("F"))
            line.set_data(x, np.median(y, axis=1))
        return update

    def tells(run, t):
        many = f", {run.loss[t].size} runs" * (run.loss[t].size > 1)
        return f"{name} measured at {len(run.measured[name])} rates{many}"
    return Panel(background, artists, f"{ylabel.removesuffix(', %')} over the rate", tells)


def mark_rates(panel, rates):
    """The panel with an upright line at the rate of each rule, {rule: rate or None}, and their names."""
    if not isinstance(rates, dict):
        raise TypeError(f"rates must be {{rule: rate}}, such as test.suggestions(), not {rates!r}")

    def background(ax):
        panel.background(ax)
        for k, (rule, rate) in enumerate(rates.items()):
            color, marker = LOOKS.get(rule, (GREY, "|"))
            if rate is not None:
                ax.plot([rate, rate], [0, 1], color=color, lw=2, ls=DASHES[1 + k % 7], marker=marker, markevery=[1], ms=11, mec="white",
                        label=f"{rule}  {rate:.2g}", transform=ax.get_xaxis_transform(), clip_on=False, zorder=3)
        if any(rate is not None for rate in rates.values()):
            ax.legend(loc="lower center", bbox_to_anchor=(0.5, 1.02), ncols=4, frameon=False)
    return panel._replace(background=background)
