"""What a panel is, how runs look in it, and what all panels need.

A panel has two parts. `background(ax)` draws, once, what stays: grid, labels, contours.
`artists(ax, style)` creates, once for each run, what moves, and returns `update(run, t)`, which
sets it; `update` returns True when it changed the background. A plain function
`artists(ax, style)` of your own is a panel, too.
"""

import inspect
from collections import namedtuple

import matplotlib as mpl
import numpy as np

from .._internal.loop import kept_of

Panel = namedtuple("Panel", "background artists shows tells watch whole",
                   defaults=["a panel", None, None, False])
Panel.__doc__ = """One view of a run.

background(ax)       draws what stays
artists(ax, style)   creates what moves, and returns update(run, t)
shows                what is seen, in words
tells(run, t)        if given: what is seen of a run, in words, in place of its loss
watch(run, t)        if given: the number to watch, for the line above the picture
whole                whether it shows the whole run, and so the same at every step
"""

Style = namedtuple("Style", "label color marker dash size")

COLORS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7",  # Okabe, Ito (2008)
          "#E69F00", "#56B4E9", "#000000", "#7F6000")
MARKERS = "os^DvPX*"
DASHES = ("-", (0, (5, 1.5)), (0, (1, 1)), (0, (6, 1.5, 1, 1.5)),
          (0, (3, 1, 1, 1, 1, 1)), (0, (8, 3)), (0, (2, 3)), (0, (4, 1, 4, 3)))
SIZES = 11, 10, 9, 8, 7, 6, 5, 4  # where two markers meet, a ring of the larger one is seen
STYLES = [Style("", *looks) for looks in zip(COLORS, MARKERS, DASHES, SIZES, strict=True)]
GREY, PALE = "#555555", "#BBBBBB"
SHADES = mpl.colormaps["Greys"](np.linspace(0.0, 0.42, 13))  # of a landscape, low to high


def as_panel(panel):
    """A Panel, also of a function artists(ax, style); an error in words for what is neither."""
    if not isinstance(panel, Panel):
        check_artists(panel)
        panel = Panel(lambda ax: None, panel)
    if not callable(panel.artists):
        raise TypeError(f"artists of a panel must be a function artists(ax, style), "
                        f"not {short(repr(panel.artists))}")
    return panel


def check_artists(panel):
    """An error in words for what is no function artists(ax, style)."""
    what = short(repr(panel))
    module, name = getattr(panel, "__module__", ""), getattr(panel, "__qualname__", "<locals>")
    if str(module).startswith("lrteach.plots") and "<locals>" not in name:
        asked = [p.name for p in inspect.signature(panel).parameters.values()
                 if p.default is p.empty and p.kind is p.POSITIONAL_OR_KEYWORD]
        raise TypeError(f"{name} makes a panel when it is called: "
                        f"did you mean {name}({', '.join(asked)})?")
    if hasattr(panel, "value_and_grad"):
        raise TypeError(f"a loss is no panel, but curve(f) and landscape(f) make one of it; "
                        f"not {what}")
    if isinstance(panel, (list, tuple)):
        raise TypeError(f"panels are given one by one, as in Scene(curve(f), loss_curve()); "
                        f"not {what}")
    if not callable(panel):
        raise TypeError(f"a panel comes from a function such as curve(f), or is itself a function "
                        f"artists(ax, style); not {what}")
    try:
        inspect.signature(panel).bind("ax", "style")
    except ValueError:  # a function that hides its arguments
        pass
    except TypeError:
        raise TypeError(f"a panel of your own is a function artists(ax, style); not {what}"
                        ) from None


def short(words, width=120):
    """Words of at most this many letters."""
    return words if len(words) <= width else words[:width - 3] + "..."


def drawn_on(ax):
    """What a panel has drawn on these axes and may have to draw anew: a dict of these axes alone.

    Two scenes may share a panel, so a panel keeps nothing of what it has drawn in itself.
    """
    return vars(ax).setdefault("lrteach_drawn", {})


def check_path(run, *, one=False):
    """An error in words where a panel draws the path of a run, and this is none or has kept none.

    one  the panel draws the path of one run, not of a batch.
    """
    if not hasattr(run, "theta"):
        raise TypeError(f"this panel shows a Run, from descend, not {short(repr(run))}")
    if one and run.batch:
        raise ValueError(f"this panel shows one run, not a batch of shape {run.batch}: "
                         "choose one, run[k]")
    if kept_of(run) == "last":
        raise ValueError("this panel needs each theta of the run: descend(..., keep='path')")


def called(run):
    """What the loss of a run is: that of the batch, where each step sees other rows."""
    return getattr(getattr(run, "f", None), "called", "loss")


def lowest(loss):
    """Place of the lowest loss that is a finite number."""
    return np.argmin(np.where(np.isfinite(loss), loss, np.inf))


def number(x):
    """A number in words and pictures, to three digits."""
    x = float(np.squeeze(x))
    if np.isnan(x):
        return "not a number"
    return f"{x:.3g}" if np.isfinite(x) else "infinite"
