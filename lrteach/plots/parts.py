"""What panels are made of: a part makes its artists once, and returns the function that sets them.

A batch is drawn as one line with gaps between the runs: its y has one run a column, (n, runs).
"""

import textwrap
import weakref
from contextlib import suppress

import numpy as np
from matplotlib.lines import Line2D
from matplotlib.ticker import LogFormatterSciNotation
from matplotlib.transforms import ScaledTranslation

from .panel import DASHES, GREY, check_path, drawn_on, short

HIGHEST = 1e300  # what still has a place on a logarithmic axis
SMALLEST = 11  # size of words on a picture, in points
ROW = 16        # height of a row of words above the axes, in points
OVER = 0.2      # inches that a legend may be wider than the axes below it
LETTERS = 9.5   # that stand on an inch of words, about
WIDER = 1.15    # the factor by which the layout makes axes wider than they are before it


# what moves

def tracks(ax, style, **look):
    """Lines over a common x, one after the other: put(x, y), y (n,) or (n, runs)."""
    line, = ax.plot([], [], **{"color": style.color, "ls": style.dash, **look})

    def put(x, y):
        y = np.reshape(y, (len(x), -1)) if len(x) else np.empty((0, 1))
        gaps = np.full((1, y.shape[1]), np.nan)
        line.set_data(np.tile(np.append(x, np.nan), y.shape[1])[:-1],
                      np.vstack([y, gaps]).ravel("F")[:-1])
    return put


def route(ax, style, **look):
    """A way through the plane: put(x, y), each (n,)."""
    line, = ax.plot([], [], **{"color": style.color, "ls": style.dash, **look})

    def put(x, y):
        line.set_data(x, y)
    return put


def dots(ax, style, **look):
    """Marks, such as of where the runs are now: put(x, y), in arrays of one shape."""
    usual = {"marker": style.marker, "ms": style.size, "color": style.color, "mec": "white"}
    marks, = ax.plot([], [], ls="", **{**usual, **look})

    def put(x, y):
        marks.set_data(np.ravel(x), np.ravel(y))
    return put


def ribbon(ax, style, **look):
    """The area between two lines: put(x, low, high), each (n,)."""
    around, = ax.fill([], [], **{"fc": style.color, "ec": "none", "alpha": 0.2, "lw": 0, **look})

    def put(x, low, high):
        around.set_xy(np.stack([np.append(x, x[::-1]), np.append(low, high[::-1])], axis=1))
    return put


def history(ax, style, **look):
    """A line over the steps with a point at the present one: put(y, t), y (steps + 1, *batch).

    `put` is True if the axis of steps had to grow.
    """
    line, point = tracks(ax, style, **look), dots(ax, style)

    def put(y, t):
        y = y.reshape(len(y), -1)
        line(np.arange(t + 1), y[:t + 1])
        point(np.full(y.shape[1], t), y[t])
        return reach(ax, len(y) - 1)
    return put


def segments(ax, style, **look):
    """Straight lines: put(x, y), each (2, n), where they begin and where they end."""
    line, = ax.plot([], [], **{"color": style.color, "ls": "-", **look})

    def put(x, y):
        gaps = np.full((1, np.shape(x)[1]), np.nan)
        line.set_data(*(np.append(ends, gaps, axis=0).ravel("F")[:-1] for ends in (x, y)))
    return put


def arrow(ax, color, dash="-"):
    """An arrow: put(start, end), two points. One without a length is not drawn."""
    look = {"arrowstyle": "-|>", "ls": dash, "lw": 3.0, "mutation_scale": 18,
            "shrinkA": 0, "shrinkB": 0, "color": color}
    nowhere = np.nan, np.nan
    note = ax.annotate("", nowhere, nowhere, arrowprops=look, annotation_clip=True)
    note.set(in_layout=False, zorder=3)

    def put(start, end, color=color):
        still = np.allclose(start, end, rtol=0, atol=1e-12)
        seen = np.isfinite([start, end]).all() and not still
        note.xy, note.xyann = (tuple(end), tuple(start)) if seen else (nowhere, nowhere)
        note.arrow_patch.set_color(color)
    return put


def note(ax, style, **look):
    """Words on white, in parts of the axes: say(words, x=, y=, ...), what else may change, too."""
    usual = {"color": style.color, "weight": "bold", "ha": "center", "zorder": 5,
             "bbox": {"fc": "white", "ec": "none", "alpha": 0.8, "pad": 2},
             "transform": ax.transAxes, "in_layout": False}
    look = {"x": 0.5, "y": 0.7, "s": "", **usual, **look}
    text = ax.text(**look)

    def say(words, **change):
        text.set(text=words, **change)
    return say


def cells(ax, looks, width=1.6):
    """Marks with words beside them, in rows above the axes: put(words), one for each of `looks`.

    looks  of each mark;  width  of a mark and its words, in inches. No words: no mark either.
    The background of the panel keeps the room with `room_above`.
    """
    columns = columns_of(ax, len(looks), width)
    rows = -(-len(looks) // columns)
    made = []
    for k, look in enumerate(looks):
        row, column = divmod(k, columns)
        x, up = column / columns + 0.02, (rows - row - 0.5) * ROW
        above = ax.transAxes + ScaledTranslation(0, up / 72, ax.figure.dpi_scale_trans)
        mark, = ax.plot([], [], ls="", transform=above, clip_on=False, in_layout=False, **look)
        words = ax.text(x + 0.12 / inches(ax), 1, "", transform=above, va="center", fontsize=11,
                        in_layout=False)
        made.append((mark, words, x))

    def put(said):
        for (mark, words, x), text in zip(made, said, strict=True):
            mark.set_data([x] if text else [], [1] if text else [])
            words.set_text(text)
    return put


def columns_of(ax, count, width):
    """How many of `count` things of this width, in inches, stand in one row."""
    return min(max(int(inches(ax) / width), 1), count)


def inches(ax):
    """About how wide the axes are."""
    return WIDER * ax.get_position().width * ax.figure.get_figwidth()


# what stays

def step_axis(ax, steps, ylabel=None, y=None, log=False):
    """An axis of steps below the picture, and what stands upright."""
    ax.set(xlim=around(steps), xlabel="step", yscale="log" if log else "linear")
    ax.xaxis.get_major_locator().set_params(integer=True)
    if ylabel:
        ax.set_ylabel(ylabel)
    if y:
        ax.set_ylim(y)


def log_axis(axis, decades=0.9):
    """Let a logarithmic axis write powers of ten alone, but where it shows fewer `decades`."""
    axis.set_minor_formatter(LogFormatterSciNotation(minor_thresholds=(decades, decades / 2)))


def around(steps):
    """(low, high) of an axis of steps, with room for the marks at its ends."""
    return -0.02 * steps, 1.03 * steps


def reach(ax, steps):
    """Let an axis of steps reach as far as a run; True if it had to grow."""
    if steps <= ax.get_xlim()[1]:
        return False
    ax.set_xlim(around(steps))
    return True


def fit(ax, **limits):
    """Set xlim or ylim to what the first run asks for; True if that changed them."""
    fitted = drawn_on(ax).setdefault("fitted", set())
    new = {name: window for name, window in limits.items() if name not in fitted}
    fitted.update(new)
    ax.set(**new)
    return bool(new)


def uprights(ax, marks, color=GREY, **look):
    """Upright lines at {name: places}, with name and place for the legend."""
    for k, (name, places) in enumerate((marks or {}).items()):
        for place in places:
            usual = {"color": color, "lw": 1.6, "ls": DASHES[1 + k % 7]}
            line = Line2D([place, place], [0, 1], transform=ax.get_xaxis_transform(),
                          label=f"{name}: {place:.3g}", **{**usual, **look})
            ax.add_artist(line)  # unlike axvline, it leaves the window as it is


def levels(ax, marks, color=GREY, **look):
    """Level lines at {name: places}, with the name for the legend."""
    for k, (name, places) in enumerate((marks or {}).items()):
        for place in places:
            ax.axhline(place, **{"color": color, "lw": 1.4, "ls": DASHES[2 + k % 6], "label": name,
                                 **look})


def sample(ax, label, **look):
    """A line or a mark that is only in the legend."""
    ax.plot([], [], **{"label": label, "color": GREY, **look})


def room_above(ax, count, width=1.6):
    """Keep room above the axes for `cells`, and say how many rows they take."""
    rows = -(-count // columns_of(ax, count, width))
    ax.set_title(" ", fontsize=1, pad=rows * ROW)
    return rows


def legend(ax, rows=0):
    """The names of what is drawn, each once, above the axes and above `rows` of other words."""
    handles, names = ax.get_legend_handles_labels()
    names = [textwrap.fill(name, int(LETTERS * inches(ax))) for name in names]
    named = list(dict(zip(names, handles, strict=True)).items())
    renderer = ax.figure.canvas.get_renderer()
    above = ScaledTranslation(0, rows * ROW / 72, ax.figure.dpi_scale_trans)
    for columns in range(len(named), 0, -1):
        by_column = [item for k in range(columns) for item in named[k::columns]]
        names, handles = zip(*by_column, strict=True)
        made = ax.legend(handles, names, loc="lower left", bbox_to_anchor=(-0.02, 1.0),
                         bbox_transform=ax.transAxes + above, ncols=columns, frameon=False,
                         borderaxespad=0.2, columnspacing=1.4, handletextpad=0.5)
        if made.get_window_extent(renderer).width <= (inches(ax) + OVER) * ax.figure.dpi:
            return


# what a loss holds

def own_windows(f, axes):
    """What f itself says of so many axes, (low, high) of each; one pair serves them all."""
    bounds = (-10, 10) if f.bounds is None else f.bounds
    try:
        own = np.broadcast_to(bounds, (axes, 2))
    except ValueError:
        raise ValueError(f"a picture with {coordinates(axes)} needs bounds (low, high) for each, "
                         f"but the bounds of {f!r} are {short(repr(bounds))}") from None
    return [tuple(pair) for pair in own.tolist()]


# what a run holds

def path_of(run, dim=None):
    """Each theta of a run, (coordinates, steps + 1, runs); a number is one coordinate.

    dim  how many coordinates a panel draws: a run with another number of them is refused.
    """
    check_path(run)
    runs = run.loss[0].size
    path = run.theta.reshape(-1, len(run.loss), runs)
    if dim not in (None, len(path)):
        raise ValueError(f"this panel shows a run with {coordinates(dim)}, "
                         f"not with {coordinates(len(path))}: {short(repr(run))}")
    return path


def coordinates(count):
    """So many coordinates, in words."""
    return "1 coordinate" if count == 1 else f"{count} coordinates"


def measurements(run, name):
    """When a run measured something under this name, and what: (times,), (times, ...)."""
    if name not in run.measured:
        raise ValueError(f"this run has not measured {name!r}: "
                         f"descend(..., measure={{{name!r}: lambda theta: ...}})")
    return run.times, np.asarray(run.measured[name])


def in_percent(run, name, t):
    """`measurements` up to step t, in percent: (times,), (times, runs)."""
    times, values = measurements(run, name)
    values = 100 * values.reshape(len(values), -1)
    return times[times <= t], values[times <= t]


def once(function):
    """function(run), computed once for each run, and kept while the run lives."""
    known = weakref.WeakKeyDictionary()

    def of(run):
        with suppress(KeyError, TypeError):  # TypeError: no key for a dict
            return known[run]
        value = function(run)
        if value is not run:
            with suppress(TypeError):
                known[run] = value
        return value
    return of


def in_axes(ax, x, y):
    """Points in parts of the axes: (0, 0) is the lower left corner, (1, 1) the upper right."""
    if ax.get_yscale() == "log":
        y = np.clip(y, 1 / HIGHEST, HIGHEST)
    return (ax.transScale + ax.transLimits).transform(np.transpose([x, y])).T
