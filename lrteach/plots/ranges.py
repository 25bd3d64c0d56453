"""Panels of a range test: what it sees on its way through the rates, and what is read off it."""

import textwrap

import numpy as np

from .keywords import checked
from .panel import COLORS, DASHES, GREY, PALE, Panel, as_panel, lowest
from .parts import (
    LETTERS,
    cells,
    dots,
    fit,
    in_axes,
    in_percent,
    inches,
    legend,
    log_axis,
    note,
    once,
    room_above,
    tracks,
    uprights,
)

RULES = {  # how the rate of each rule is drawn
    "steepest": (COLORS[1], "^"),
    "valley": (COLORS[2], "D"),
    "slide": (COLORS[3], "v"),
    "minimum/10": (COLORS[4], "s"),
}
PHASES = "flat", "falling", "flattening", "rising"
FEW = 30       # steps of a test whose points are marked one by one
REACH = 5.0    # the factor to both sides over which a slope is drawn
CORNERS = 6    # of the specks that are drawn for discs


@checked(log_x=True)
def range_curve(*, x=None, y=None, rules=True, phases=False, upright=None, log=False):
    """The loss of a range test over the rate: raw losses as dots, the smoothed curve over them.

    A star is where the curve is lowest. Of a batch of tests each smoothed curve is a thin line, and
    what is read off is read off their median.
    x  (low, high) of the rate;  y  (low, high) of the loss; by default what the first test needs.
    rules    at the end of the test mark what each rule suggests, with the slope of "steepest"; or
             say why there is nothing.
    phases   part the picture at the bounds for a cycle and at the lowest point, or at three rates
             of your own, and name the parts.    upright  {name: rate}, drawn as lines.
    """
    phases = phases if isinstance(phases, bool) else list(phases)
    if phases and phases is not True and len(phases) != 3:
        raise ValueError(f"phases must be True or three rates, not {phases!r}")
    suggested = once(lambda run: run.suggestions())
    bounds = once(lambda run: run.bounds())

    def background(ax):
        ax.set(xscale="log", yscale="log" if log else "linear", xlabel="learning rate lr",
               ylabel="loss", **{name: window for name, window in [("xlim", x), ("ylim", y)]
                                 if window})
        log_axis(ax.xaxis)
        uprights(ax, upright, color="black")
        rows = room_above(ax, len(RULES)) if rules else 0
        if upright:
            legend(ax, rows)

    def artists(ax, style):
        raw = specks(ax, color=GREY, alpha=0.6, lw=0)
        each = tracks(ax, style, ls="-", lw=0.8, alpha=0.6)
        line, marks = tracks(ax, style, lw=2.6), dots(ax, style)
        star = dots(ax, style, marker="*", ms=15, color="black")
        read = rule_marks(ax, style, listed=not style.label) if rules else None

        def update(run, t):
            fitted = fit(ax, **windows(run, x, y, log))
            rate, loss, smooth = along(run, t)
            several = loss.shape[1] > 1
            raw(rate[:, 0], np.full(t + 1, np.nan) if several else loss[:, 0],
                0.006 if len(run.loss) > FEW else 0.013)
            each(rate[:, 0], smooth if several else np.full(t + 1, np.nan))
            one = middle(run)
            u, _, v = along(one, min(t, len(one.loss) - 1))
            u, v = u[:, 0], v[:, 0]
            line(u, v)
            marked = slice(None) if style.label and len(run.loss) <= FEW else slice(0)
            marks(u[marked], v[marked])
            said = suggested(run) if rules and ended(run, t) else None
            refused = said is not None and not any(said.values())  # the lowest point says nothing
            low = [lowest(v)] if ended(run, t) and not refused else []
            star(u[low], v[low])
            if rules:
                read(said, u, v)
            return fitted
        return update

    def edges(run, t):
        if phases is not True:
            return phases
        if not ended(run, t) or not bounds(run):
            return None
        one = middle(run)
        return [*bounds(run), one.lr[lowest(one.smooth)]]

    def tells(run, t):
        many = f", {run.loss[t].size} runs" if run.loss[t].size > 1 else ""
        if not ended(run, t):
            return f"the loss up to lr {np.max(run.lr[t]):.3g}{many}"
        told = [f"the test ended as {middle(run).stop_reason!r}{many}"]
        if rules:
            told.append(repr(suggested(run))[:-1])
        if phases is True:
            told.append(repr(bounds(run))[:-1])
        return "; ".join(told)
    made = Panel(background, artists, "the loss over the rate", tells)
    return parted(made, edges) if phases else made


def ended(run, t):
    """Whether this is a range test at its end."""
    return hasattr(run, "suggestions") and t == len(run.loss) - 1


def middle(run):
    """The median test of a batch; one run is its own."""
    return run.median() if hasattr(run, "median") else run


def along(run, t):
    """Rates, losses and smoothed losses up to step t, each (t + 1, runs)."""
    loss = np.reshape(run.loss[:t + 1], (t + 1, -1))
    smooth = np.reshape(getattr(run, "smooth", run.loss)[:t + 1], (t + 1, -1))
    lr = np.reshape(run.lr[:t + 1], (t + 1, -1))
    return np.broadcast_to(lr, loss.shape), loss, smooth


def windows(run, x, y, log):
    """{xlim, ylim} of what is not given: all rates, and losses from below the lowest."""
    rate, _, smooth = along(middle(run), len(middle(run)) - 1)
    smooth = smooth[np.isfinite(smooth)]
    low, first = (smooth.min(), smooth[0]) if len(smooth) else (0.0, 1.0)
    fall = max(first - low, 0.1 * abs(first)) or 1.0
    high = (low / 2, 4 * max(first, low)) if log and low > 0 else (low - fall / 4, first + fall)
    wanted = {"xlim": None if x else span(rate), "ylim": None if y else high}
    return {name: window for name, window in wanted.items() if window}


def span(rates):
    """(low, high) of an axis that shows these rates, with room for words at its right end."""
    return rates.min() / 1.2, 2 * rates.max()


def specks(ax, **look):
    """Small discs: put(x, y, radius), in parts of the axes. (Markers take three times as long.)"""
    shapes, = ax.fill([0], [0], transform=ax.transAxes, **look)
    shapes.set_closed(False)

    def put(x, y, radius):
        shapes.set_xy(discs(ax, x, y, radius))
    return put


def discs(ax, x, y, radius):
    """The outlines of small discs around points, with gaps between."""
    right, up = in_axes(ax, x, y)
    angle = 2 * np.pi * np.append(np.arange(CORNERS), np.nan) / CORNERS
    width, height = ax.figure.get_size_inches() / [len(ax.figure.axes), 1]
    wide = 0.8 * radius * height / width  # the axes have their own size only when they are drawn
    return np.stack([np.add.outer(right, wide * np.cos(angle)),
                     np.add.outer(np.clip(up, -1, 2), radius * np.sin(angle))],
                    axis=-1).reshape(-1, 2)


def rule_marks(ax, style, listed):
    """Marks on the curve, one for each rule, and a list of them above: put(said, lr, loss)."""
    marks = {rule: dots(ax, style, marker=marker, ms=15 - 2 * k, color=color, zorder=4)
             for k, (rule, (color, marker)) in enumerate(RULES.items())}  # near ones lie on others
    slope = tracks(ax, style, color=RULES["steepest"][0], lw=1.8, ls=DASHES[1])
    looks = [{"marker": marker, "color": color, "mec": "white", "ms": 9}
             for color, marker in RULES.values()]
    name = cells(ax, looks)
    refuse = note(ax, style, color="black", weight="normal", ha="left", va="bottom")

    def put(said, lr, loss):
        given = {rule: rate for rule, rate in (said or {}).items() if rate is not None}
        for rule, mark in marks.items():
            rate = given.get(rule, np.nan)
            mark([rate], [np.interp(np.log(rate), np.log(lr), loss)])
        slope(*tangent(lr, loss, given["steepest"]) if "steepest" in given else ([], []))
        if not listed:
            return
        name([rule_words(rule, given) for rule in RULES])
        words = textwrap.fill(repr(said), int(LETTERS * inches(ax))) if said and not given else ""
        refuse(words, x=0.02, y=0.03)
    return put


def rule_words(rule, given):
    """A rule and the rate that it gives; nothing where no rule gives one."""
    if not given:
        return ""
    return f"{rule}  {given[rule]:.2g}" if rule in given else f"{rule}  none"


def tangent(lr, loss, rate):
    """Two points of the line that touches the curve from this rate to the next one."""
    k = min(np.abs(np.log(lr / rate)).argmin(), len(lr) - 2)
    slope = (loss[k + 1] - loss[k]) / np.log(lr[k + 1] / lr[k])
    rise = slope * np.log(REACH)
    return [rate / REACH, rate * REACH], [loss[k] - rise, loss[k] + rise]


def parted(base, edges):
    """The panel, parted by upright lines at the three rates edges(run, t), its phases named."""
    def artists(ax, style):
        update, part = base.artists(ax, style), phase_names(ax)

        def both(run, t):
            changed = update(run, t)
            part(edges(run, t))
            return changed
        return both
    return base._replace(artists=artists)


def phase_names(ax):
    """Upright lines that part the picture, and names between them: put(three rates or None)."""
    across = ax.get_xaxis_transform()
    white = {"fc": "white", "ec": "none", "alpha": 0.85, "pad": 1.5}
    lines = [ax.plot([], [], color=PALE, lw=1.6, ls=DASHES[1], transform=across)[0]
             for _ in PHASES[1:]]
    words = [ax.text(1.0, 0.975 - 0.075 * k, "", transform=across, ha="center", va="top",
                     weight="bold", clip_on=True, zorder=5, bbox=white) for k in range(len(PHASES))]

    def put(edges):
        for k, line in enumerate(lines):
            line.set_data(*([[edges[k]] * 2, [0, 1]] if edges else ([], [])))
        low, high = ax.get_xlim()
        ends = [low, *(edges or []), high]
        for k, (text, phase) in enumerate(zip(words, PHASES, strict=True)):
            text.set_text(phase if edges else "")
            if edges:
                text.set_x(np.sqrt(ends[k] * ends[k + 1]))
    return put


@checked(log_x=True)
def range_measured(*, x=None, y=(0, 102), name="test", ylabel="test accuracy (%)"):
    """What a range test measured along the way, in percent, over the rate.

    Of a batch each run is a thin line, and the median a thick one.
    x  (low, high) of the rate, by default all of the first test;  y  of what was measured.
    """
    def background(ax):
        ax.set(ylim=y, xscale="log", xlabel="learning rate lr", ylabel=ylabel)
        log_axis(ax.xaxis)
        if x:
            ax.set_xlim(x)

    def artists(ax, style):
        each = tracks(ax, style, ls="-", lw=0.8, alpha=0.6)
        line = tracks(ax, style, lw=2.6, marker=style.marker, ms=6, mec="white")

        def update(run, t):
            if not hasattr(run, "asked"):
                raise TypeError(f"this panel shows a RangeTest, from lr_range_test, not {run!r}")
            times, share = in_percent(run, name, t)
            each(run.lr[times], share)
            line(run.lr[times], np.median(share, axis=1))
            return not x and fit(ax, xlim=span(run.lr))
        return update

    def tells(run, t):
        many = f", {run.loss[t].size} runs" if run.loss[t].size > 1 else ""
        return f"{name} measured at {len(run.measured[name])} rates{many}"
    return Panel(background, artists, f"{ylabel.removesuffix(' (%)')} over the rate", tells)


def mark_rates(panel, rates):
    """The panel with an upright line at the rate of each rule, {rule: rate or None}, and names."""
    panel = as_panel(panel)
    if not isinstance(rates, dict):
        raise TypeError(f"rates must be {{rule: rate}}, such as test.suggestions(), not {rates!r}")
    given = {rule: rate for rule, rate in rates.items() if rate is not None}

    def background(ax):
        panel.background(ax)
        for k, (rule, rate) in enumerate(given.items()):
            color, marker = RULES.get(rule, (GREY, "|"))
            ax.plot([rate, rate], [0, 1], color=color, lw=2, ls=DASHES[1 + k % 7], marker=marker,
                    markevery=[1], ms=11, mec="white", label=f"{rule}  {rate:.2g}",
                    transform=ax.get_xaxis_transform(), clip_on=False, zorder=3)
        if given:
            legend(ax)
    return panel._replace(background=background)
