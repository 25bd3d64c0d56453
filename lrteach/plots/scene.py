"""A scene: panels side by side in one figure, that show a `Run` at a step.

The module `panel` says what a panel is. What stays of all panels is drawn to a picture once; at
each change only what moves is drawn, over it: see `drawing`.
"""

import base64
import html
from collections import namedtuple

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from .._internal import cells
from .._internal.arguments import as_number, as_positive
from . import drawing
from .drawing import SCREEN_DPI, SVG_DPI
from .panel import (  # noqa: F401 - panels take these names from here
    COLORS,
    DASHES,
    GREY,
    MARKERS,
    PALE,
    SHADES,
    STYLES,
    Panel,
    Style,
    as_panel,
    called,
    check_path,
    drawn_on,
    lowest,
    number,
    short,
)

SCENE_SIZES = {1: (8.5, 4.4), 2: (10.0, 4.6), 3: (11.0, 4.6)}  # by the number of panels
LARGEST = 12.0, 5.0  # of more panels
LINE = 0.25         # inches that a line of words above the panels takes
STATUS_SIZE = 12    # of the words above the picture, in 1/72 of an inch: 16.7 pixels
STATUS_FONT = f"font:{STATUS_SIZE}px 'DejaVu Sans',Verdana,sans-serif"
LETTER = 0.6        # the width of one letter, on average, as a share of its size
LEFT = "left the picture"

STATUS_ROOM = 4.4        # inches for the words beside which the names of several runs stand
LEAST_STATUS_ROOM = 2.0  # where there is no better place
Place = namedtuple("Place", "rows top free_from")  # of these names


class Scene:
    """Panels side by side that show a run, or {label: run}, at a step.

    panels  made by `curve(...)`, `loss_curve(...)` and so on, or your own
    title   stands above the picture
    size    (width, height) in inches of 100 screen pixels
    widths  relative widths of the panels
    """

    lock = drawing.LOCK

    def __init__(self, *panels, title="", size=None, widths=None):
        if not panels:
            raise ValueError("a Scene needs at least one panel, such as curve(f)")
        self.panels = [as_panel(panel) for panel in panels]
        self.title = str(title)
        self.size = as_size(size or SCENE_SIZES.get(len(panels), LARGEST))
        check_widths(widths, len(panels))
        self.runs, self.t, self.last = {}, 0, 0
        self._styles, self._made = {}, {}  # by label: the number of its style;  its parts
        with drawing.look():
            self.figure = Figure(self.size, dpi=SVG_DPI, layout="constrained")
            self.drawing = drawing.Drawing(self.figure)
            axes = self.figure.subplots(1, len(panels), width_ratios=widths, squeeze=False)
            self.axes = list(axes.flat)
            self._write_head()
            for panel, ax in zip(self.panels, self.axes, strict=True):
                panel.background(ax)

    def _write_head(self):
        """Place the title and, below it, the line that says what is shown."""
        height = self.size[1]
        lines = LINE if self.title else 0.0
        self._title = self.figure.text(0.01, 1 - 0.26 / height, self.title, fontsize=12.5,
                                       weight="bold")
        self._status = self.figure.text(0.01, 1 - (0.26 + lines) / height, "",
                                        fontsize=STATUS_SIZE, animated=True, parse_math=False)
        top = (0.36 + lines) / height
        self.figure.get_layout_engine().set(rect=(0.004, 0.006, 0.99, 0.994 - top),
                                            w_pad=0.06, h_pad=0.04, wspace=0.03)
        self._measure()

    # what is shown

    def show(self, runs, t=None):
        """Show step t (by default the last) of a run or of {label: run}. Returns the scene."""
        self.set(runs, t)
        return self

    def set(self, runs, t=None, steps=0):
        """As `show`. Returns whether the background has changed.

        steps  how many there will be, of a run that goes on.
        """
        last = self.steps(runs)
        if isinstance(runs, dict):
            runs = {str(label): run for label, run in runs.items()}
        else:
            runs = {"": runs}
        self.runs, self.t = runs, last if t is None else int(np.clip(as_number("t", t), 0, last))
        self.last = max(last, steps)
        changed = True  # where an error comes between, a part of the background may have changed
        try:
            renamed = self._label(runs)
            with np.errstate(all="ignore"):
                redrawn = [part.update(run, self._step(run))
                           for label, run in runs.items() for part in self._made[label]]
            changed = renamed or any(redrawn)
        finally:
            if changed:
                self.drawing.forget()
        self._see(runs)
        return changed

    def clear(self):
        """Show no run."""
        self.runs, self.t, self.last = {}, 0, 0
        self._see({})

    def forget_others(self):
        """Forget the labels that are shown no more; until then their names stay in the legend."""
        gone = [label for label in self._made if label not in self.runs]
        for label in gone:
            self._drop(label)
        if gone:
            self._legend()
            self.drawing.forget()

    def _see(self, runs):
        """Let what moves be seen for these labels alone."""
        for label, parts in self._made.items():
            for part in parts:
                for artist in part.artists:
                    artist.set_visible(label in runs)
        words = "  ·  ".join(self._words()) if runs else ""
        needed = len(words) * LETTER * STATUS_SIZE
        self._status.set_text(words)
        self._status.set_fontsize(STATUS_SIZE * min(1.0, self._room / max(needed, 1.0)))

    def _step(self, run):
        """The step that is shown of a run: its last, where others are longer or all is shown."""
        last = len(run.loss) - 1
        return min(self.t, last) if self._has_steps() else last

    @staticmethod
    def steps(runs):
        """The number of the last step of the longest run.

        Raises TypeError for what is no Run and no {label: Run}.
        """
        shown = list(runs.values()) if isinstance(runs, dict) else [runs]
        if not shown or not all(hasattr(run, "loss") for run in shown):
            what = short(repr(shown or runs))
            raise TypeError(f"a Scene shows a Run, or a dict {{label: Run}}; not {what}")
        return max(len(run.loss) for run in shown) - 1

    def _label(self, runs):
        """Create what moves for each new label, in place of labels that are shown no more.

        Returns whether that changes the background.
        """
        new = [label for label in runs if label not in self._made]
        gone = [label for label in self._made if label not in runs] if new else []
        try:
            for label in gone:
                self._drop(label)
            for label in new:
                self._make(label)
            return bool(new) and self._legend()
        except Exception:  # what is made by halves must not stay
            for label in new:
                self._drop(label)
            self._legend()
            raise

    def _drop(self, label):
        """Take away what was made for a label."""
        for part in self._made.pop(label, []):
            for artist in part.artists:
                artist.remove()
        self._styles.pop(label, None)

    def _make(self, label):
        """Create what moves for one label, in every panel."""
        free = (k for k in range(len(self._styles) + 1) if k not in self._styles.values())
        self._styles[label], self._made[label] = next(free), []
        style = self._style(label)
        with drawing.look():
            for panel, ax in zip(self.panels, self.axes, strict=True):
                before = set(ax.get_children())
                part = Part(ax, style)
                self._made[label].append(part)
                try:
                    part.update = panel.artists(ax, style)
                finally:
                    part.artists = [a for a in ax.get_children() if a not in before]
                    for artist in part.artists:
                        artist.set_animated(True)
                if not callable(part.update):
                    raise TypeError("artists(ax, style) of a panel must return a function "
                                    f"update(run, t), not {short(repr(part.update))}")

    def _style(self, label):
        """How the run with this label looks."""
        return STYLES[self._styles[label] % len(STYLES)]._replace(label=label)

    # the names of several runs

    def _legend(self):
        """Name the runs, if there are several, at the upper right, in the first place with room.

        Returns whether that changes the background.
        """
        before = bool(self.figure.legends)
        self._remove_legend()
        if len(self._styles) > 1:
            with drawing.look():
                for place in self._places():
                    self._remove_legend()
                    if self._draw_legend(place) > place.free_from:
                        break
        self._measure()
        return before or bool(self.figure.legends)

    def _remove_legend(self):
        """Name no run."""
        for legend in list(self.figure.legends):
            legend.remove()

    def _places(self):
        """Where a legend may stand: rows, top, and where the words to its left end, in points."""
        pixels = self.figure.canvas.get_renderer()
        drawing.prepare([self._title])
        title = self._title.get_window_extent(pixels).x1 if self.title else 0.0
        height = self.size[1]
        below = 1 - 0.3 / height if self.title else 1.0
        status = STATUS_ROOM * SVG_DPI
        least = LEAST_STATUS_ROOM * SVG_DPI
        beside_title = Place(1, 1.0, title if self.title else status)
        beside_status = Place(1, below, least)
        two_rows = Place(2, 1.0, max(title, least))
        two_rows_below = Place(2, below, 0.0)
        return beside_title, beside_status, two_rows, two_rows_below

    def _draw_legend(self, place):
        """Draw the names there; where they begin, in points."""
        styles = [self._style(label) for label in self._styles]
        handles = [Line2D([], [], color=style.color, marker=style.marker, ls=style.dash)
                   for style in styles]
        columns = -(-len(handles) // place.rows)
        legend = self.figure.legend(handles, self._styles, loc="upper right", ncols=columns,
                                    frameon=False, borderaxespad=0.1,
                                    bbox_to_anchor=(1, place.top))
        drawing.prepare(legend.get_texts())
        return legend.get_window_extent(self.figure.canvas.get_renderer()).x0

    def _measure(self):
        """How long the line above the picture may be, in points."""
        self._room = 0.98 * self.size[0] * SVG_DPI
        for legend in self.figure.legends:
            box = legend.get_window_extent(self.figure.canvas.get_renderer())
            line = self._status.get_position()[1] * self.size[1] * SVG_DPI
            if box.y0 < line + STATUS_SIZE:  # it stands beside it
                self._room = max(box.x0 - STATUS_SIZE, 1.0)

    # what is said

    def _words(self):
        """What stands above the picture, part by part."""
        words = [f"step {self.t} of {self.last}"] if self._has_steps() else []
        if len(self.runs) == 1:
            run, = self.runs.values()
            words = self._chosen(run, self._step(run)) + words + self._watched(run)
        gone = [label for label, run in self.runs.items() if self._has_left(label, run)]
        if gone:
            words.append(f"{', '.join(gone)} {LEFT}".strip())
        return words

    def _has_steps(self):
        """Whether what is shown depends on the step: that of a table does not."""
        return self.last > 0 and not all(panel.whole for panel in self.panels)

    def _watched(self, run):
        """The numbers to watch: those that the panels name, or the loss."""
        t = self._step(run)
        watched = [panel.watch(run, t) for panel in self.panels if panel.watch]
        if watched:
            return [words for words in watched if words]
        return [f"{called(run)} {number(run.loss[t])}"] if run.loss[t].size == 1 else []

    def _has_left(self, label, run):
        """Whether a run, which has climbed, stands outside of what a panel shows."""
        climbed = not np.any(run.loss[self._step(run)] <= run.loss[0])
        return climbed and any(part.has_left() for part in self._made[label])

    def _chosen(self, run, t):
        """The rate of step t, and beta where the rule has one, if they are single numbers.

        Of a whole run no rate is told that changes in it.
        """
        one_rate = self._has_steps() or np.all(run.lr == run.lr[t])
        chosen = {"lr": run.lr[t] if one_rate else (),
                  "beta": getattr(run, "hyper", {}).get("beta", ())}
        return [f"{name} = {float(np.squeeze(value)):.4g}" for name, value in chosen.items()
                if np.size(value) == 1 and not callable(value)]

    def sentence(self):
        """What the picture shows, in words: its text equivalent."""
        seen = "; ".join(panel.shows for panel in self.panels)
        shown = f"{self.title or 'A picture'}: {seen}."
        if not self.runs:
            return shown
        told = "; ".join(self._told(label, run) for label, run in self.runs.items())
        if self._has_steps():
            return f"{shown} At step {self.t} of {self.last}: {told}."
        return f"{shown} {told[:1].upper()}{told[1:]}."

    def _told(self, label, run):
        """What is seen of one run."""
        t = self._step(run)
        rate, loss = run.lr[t], run.loss[t]
        begin = label or ", ".join(self._chosen(run, t))
        told = dict.fromkeys(panel.tells(run, t) for panel in self.panels if panel.tells)
        if told:  # what several panels tell is said once
            return ", ".join([begin, *told]).removeprefix(", ")
        if loss.size == 1:
            return f"{begin}, {called(run)} {number(loss)} (at the start {number(run.loss[0])})"
        best = lowest(loss)
        where = f" at lr = {number(rate.flat[best])}" if rate.shape == loss.shape else ""
        many = f"{loss.size} runs, lowest {called(run)} {number(loss.flat[best])}{where}"
        return f"{label}, {many}" if label else many

    # how it is drawn

    def moving(self):
        """The artists that are drawn anew at each change, in drawing order."""
        artists = [(ax.get_zorder(), artist.get_zorder(), artist)
                   for ax in self.axes for artist in ax.get_children()
                   if artist.get_animated() and artist.get_visible()]
        return [artist for *_, artist in sorted(artists, key=lambda found: found[:2])]

    def draw(self, dpi):
        """The whole picture, as an image."""
        return self.drawing.image([*self.moving(), self._status], dpi)

    def png(self):
        """The whole picture as the bytes of a PNG file."""
        return drawing.small_png(self.draw(SCREEN_DPI * drawing.FINE))

    def background(self):
        """What does not move, as an <img> of the scene's size."""
        return self.drawing.background()

    def overlay(self, hint=""):
        """What moves, as an <svg> that lies over the background; `hint` ends the line above it."""
        return self.drawing.overlay(self.moving(), self._line(hint), self.sentence())

    def _line(self, hint):
        """The line above the picture as SVG: matplotlib takes as long for it as for two lines."""
        words = "  ·  ".join(part for part in (self._status.get_text(), hint) if part)
        x, y = self._status.get_position()
        x, y = x * self.size[0] * SVG_DPI, (1 - y) * self.size[1] * SVG_DPI
        fit = ""
        if len(words) * LETTER * STATUS_SIZE > self._room:
            fit = f' textLength="{self._room:.0f}" lengthAdjust="spacingAndGlyphs"'
        return (f'<text x="{x:.1f}" y="{y:.1f}" style="{STATUS_FONT}"{fit}>'
                f'{html.escape(words)}</text>')

    @property
    def width(self):
        """Width on the screen, in pixels."""
        return round(self.size[0] * SCREEN_DPI)

    @property
    def height(self):
        """Height on the screen, in pixels."""
        return round(self.size[1] * SCREEN_DPI)

    def _repr_mimebundle_(self, include=None, exclude=None):
        cells.claim(self)
        words = self.sentence()
        picture = base64.b64encode(self.png()).decode()
        return ({"image/png": picture, "text/plain": words},
                {"image/png": {"width": self.width, "alt": words}})

    def __repr__(self):
        return f"<Scene {self.title!r} of {len(self.panels)} panels>"

    def __reduce_ex__(self, protocol):
        raise TypeError("a Scene can be neither copied nor pickled: keep its runs, and make "
                        "another Scene of the same panels")


class Part:
    """What moves for one run in one panel."""

    def __init__(self, ax, style):
        self.ax, self.style = ax, style
        self.update, self.artists = None, []

    def has_left(self):
        """Whether all marks of where the run stands, markers of its size, lie outside."""
        marks = [a.get_xydata() for a in self.artists if isinstance(a, Line2D)
                 and a.get_linestyle() == "None" and a.get_marker() == self.style.marker
                 and a.get_markersize() == self.style.size]
        points = np.concatenate([np.reshape(xy, (-1, 2)) for xy in marks] or [np.empty((0, 2))])
        if not len(points):
            return False
        x, y = points.T
        left, right = sorted(self.ax.get_xlim())
        low, high = sorted(self.ax.get_ylim())
        if self.ax.get_yscale() == "log":
            low = -np.inf  # a loss that falls out of a picture has arrived
        return not ((left <= x) & (x <= right) & (low <= y) & (y <= high)).any()


def as_size(size):
    """(width, height), two numbers above 0."""
    try:
        width, height = (as_positive("size", side) for side in size)
    except (TypeError, ValueError):
        raise ValueError("size must be (width, height) in inches of 100 pixels, both above 0, "
                         f"not {short(repr(size))}") from None
    return width, height


def check_widths(widths, count):
    """An error in words unless there is one number above 0 for each panel."""
    if widths is None:
        return
    try:
        fits = len([as_positive("widths", width) for width in widths]) == count
    except (TypeError, ValueError):
        fits = False
    if not fits:
        raise ValueError(f"widths must be {count} number{'' if count == 1 else 's'} above 0, "
                         f"one for each panel, not {short(repr(widths))}")
