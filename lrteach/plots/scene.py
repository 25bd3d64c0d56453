"""A scene: panels side by side in one figure, that show a `Run` at a step.

A panel has two parts. `background(ax)` draws, once, what stays: grid, labels, contours. `artists(ax, style)` creates, once
for each run, what moves, and returns `update(run, t)`, which sets it; `update` returns True when it changed the background.
A plain function `artists(ax, style)` of your own is a panel, too. `tells(run, t)`, where a panel has it, says in words what it
shows of a run, in place of the loss. The background is drawn to a picture once; at each
change only what moves is drawn, over it.
"""

import base64
import contextlib
import html
import io
import re
import threading
from collections import namedtuple

import matplotlib as mpl
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_svg import RendererSVG
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.transforms import Affine2D
from PIL import Image

Panel = namedtuple("Panel", "background artists shows tells", defaults=["a panel", None])
Style = namedtuple("Style", "label color marker dash size")

COLORS = "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000", "#7F6000"  # Okabe, Ito (2008)
MARKERS = "os^DvPX*"
DASHES = "-", (0, (5, 1.5)), (0, (1, 1)), (0, (6, 1.5, 1, 1.5)), (0, (3, 1, 1, 1, 1, 1)), (0, (8, 3)), (0, (2, 3)), (0, (4, 1, 4, 3))
GREY, PALE = "#555555", "#BBBBBB"
SHADES = mpl.colormaps["Greys"](np.linspace(0.0, 0.42, 13))  # of a landscape, low to high

LOOK = {"font.family": "sans-serif", "font.size": 11, "axes.titlesize": 12, "axes.labelsize": 11, "legend.fontsize": 10.5,
        "axes.spines.top": False, "axes.spines.right": False, "axes.grid": True, "grid.color": "#E4E4E4", "axes.axisbelow": True,
        "lines.linewidth": 2.2, "lines.markersize": 7}
SVG = {"svg.fonttype": "none", "svg.image_inline": True}
STATUS_FONT = "font:12px 'DejaVu Sans',Verdana,sans-serif"
SVG_DPI = 72        # the unit of RendererSVG; the figure keeps it
SCREEN_DPI = 100    # one inch of the figure on the screen, in pixels
FINE = 2            # pictures are stored with this many pixels for one of the screen


class Scene:
    """Panels side by side that show a run, or {label: run}, at a step.

    panels  made by `curve(...)`, `loss_curve(...)` and so on, or your own.    title  stands above the picture.
    size    (width, height) in inches of 100 screen pixels.    widths  relative widths of the panels.
    """

    lock = threading.RLock()  # one for all: matplotlib's settings are global, and JupyterLab 4 moves controls in a thread of its own

    def __init__(self, *panels, title="", size=(9.0, 4.4), widths=None):
        self.panels = [panel if isinstance(panel, Panel) else Panel(lambda ax: None, panel) for panel in panels]
        for panel in self.panels:
            if not callable(panel.artists):
                raise TypeError("a panel comes from a function such as curve(f), or is itself a function artists(ax, style); "
                                f"not {panel.artists!r}")
        if not panels:
            raise ValueError("a Scene needs at least one panel, such as curve(f)")
        self.title, self.size = title, size
        self.runs, self.t = {}, 0
        self._styles, self._updates, self._cache = {}, {}, {}  # by label;  label: [(update, artists), ...];  name: picture of the background
        with self.lock, mpl.rc_context(LOOK):
            self.figure = Figure(size, dpi=SVG_DPI, layout="constrained")
            FigureCanvasAgg(self.figure)
            self.axes = list(self.figure.subplots(1, len(panels), width_ratios=widths, squeeze=False).flat)
            self._title = self.figure.text(0.01, 1 - 0.26 / size[1], title, fontsize=12.5, weight="bold")
            self._status = self.figure.text(0.01, 1 - (0.26 + 0.25 * bool(title)) / size[1], "", fontsize=12, animated=True)
            top = (0.36 + 0.25 * bool(title)) / size[1]
            self.figure.get_layout_engine().set(rect=(0.004, 0.006, 0.99, 0.994 - top), w_pad=0.06, h_pad=0.04, wspace=0.03)
            with np.errstate(all="ignore"):
                for panel, ax in zip(self.panels, self.axes):
                    panel.background(ax)

    # what is shown

    def show(self, runs, t=None):
        """Set the picture to step t (by default the last) of a run or of {label: run}, and return the scene."""
        self.set(runs, t)
        return self

    def set(self, runs, t=None):
        """The same as `show`, but it returns whether the background has changed, too."""
        last = self.steps(runs)
        runs = {str(label): run for label, run in runs.items()} if isinstance(runs, dict) else {"": runs}
        self.runs, self.t = runs, last if t is None else int(np.clip(t, 0, last))
        changed = True  # where an error comes between, a part of the background may have changed
        try:
            renamed = self._label(runs)
            with np.errstate(all="ignore"):
                redrawn = [update(run, min(self.t, len(run) - 1)) for label, run in runs.items() for update, _ in self._updates[label]]
            changed = renamed or any(redrawn)
        finally:
            if changed:
                self._cache.clear()
        for label, made in self._updates.items():
            for artist in (artist for _, artists in made for artist in artists):
                artist.set_visible(label in runs)
        self._status.set_text(self._words())
        return changed

    @staticmethod
    def steps(runs):
        """The number of the last step of the longest run. Raises TypeError for what is no Run and no {label: Run}."""
        shown = list(runs.values()) if isinstance(runs, dict) else [runs]
        if not shown or not all(hasattr(run, "loss") for run in shown):
            raise TypeError(f"a Scene shows a Run, or a dict {{label: Run}}; not {shown or runs!r}")
        return max(map(len, shown)) - 1

    def _label(self, runs):
        """Create what moves for each new label, in place of labels that are shown no more. True if that changes the background."""
        new = [label for label in runs if label not in self._updates]
        gone = [label for label in self._updates if label not in runs] if new else []
        try:
            for label in gone:
                self._drop(label)
            for label in new:
                self._make(label)
            return bool(new) and self._legend()
        except Exception:  # such as a label that matplotlib cannot write: it must not stay
            for label in new:
                self._drop(label)
            self._legend()
            raise

    def _drop(self, label):
        """Take away what was made for a label."""
        for _, artists in self._updates.pop(label, []):
            for artist in artists:
                artist.remove()
        self._styles.pop(label, None)

    def _make(self, label):
        """Create what moves for one label, in every panel."""
        k = next(k for k in range(len(self._styles) + 1) if k not in self._styles.values())
        style = Style(label, COLORS[k % 8], MARKERS[k % 8], DASHES[k % 8], 11 - k % 8)  # where two meet, a ring of the larger one is seen
        self._styles[label], self._updates[label] = k, []
        with self.lock, mpl.rc_context(LOOK):
            for panel, ax in zip(self.panels, self.axes):
                before, update = set(ax.get_children()), None
                try:
                    update = panel.artists(ax, style)
                finally:
                    artists = [artist for artist in ax.get_children() if artist not in before]
                    for artist in artists:
                        artist.set_animated(True)
                    self._updates[label].append((update, artists))

    def _legend(self):
        """Name the runs, if there are several, at the upper right. True if that changes the background."""
        named = list(self.figure.legends)
        for legend in named:
            legend.remove()
        if len(self._styles) < 2:
            return bool(named)
        with self.lock, mpl.rc_context(LOOK):
            handles = [Line2D([], [], color=COLORS[k % 8], marker=MARKERS[k % 8], ls=DASHES[k % 8]) for k in self._styles.values()]
            renderer = self.figure.canvas.get_renderer()
            ends = self._title.get_window_extent(renderer).x1, 2.0 * SVG_DPI  # of the title, and of the line below it
            below = 1 - 0.3 / self.size[1]
            for rows, top, end in [(1, 1, ends[0]), (1, below, ends[1]), (2, 1, ends[0]), (2, below, 0)]:  # the first that covers no words
                for legend in list(self.figure.legends):
                    legend.remove()
                legend = self.figure.legend(handles, self._styles, loc="upper right", ncols=-(-len(handles) // rows), frameon=False,
                                            borderaxespad=0.1, bbox_to_anchor=(1, top))
                if legend.get_window_extent(renderer).x0 > end:
                    break
        return True

    # what is said

    def _words(self):
        """The line above the picture."""
        words = [f"step {self.t} of {self.steps(self.runs)}"]
        if len(self.runs) == 1:
            run, = self.runs.values()
            t = min(self.t, len(run) - 1)
            words = self._chosen(run, t) + words + ([f"{called(run)} {number(run.loss[t])}"] if run.loss[t].size == 1 else [])
        return "  ·  ".join(words)

    @staticmethod
    def _chosen(run, t):
        """The rate of step t, and beta where the rule has one, if they are single numbers."""
        chosen = {"lr": run.lr[t], "beta": getattr(run, "hyper", {}).get("beta", ())}
        return [f"{name} = {float(np.squeeze(value)):.4g}" for name, value in chosen.items() if np.size(value) == 1]

    def sentence(self):
        """What the picture shows, in words: its text equivalent."""
        shown = f"{self.title or 'A picture'}: {'; '.join(panel.shows for panel in self.panels)}."
        if not self.runs:
            return shown
        return f"{shown} At step {self.t} of {self.steps(self.runs)}: {'; '.join(self._told(*item) for item in self.runs.items())}."

    def _told(self, label, run):
        t = min(self.t, len(run) - 1)
        rate, loss = run.lr[t], run.loss[t]
        told = [panel.tells(run, t) for panel in self.panels if panel.tells]
        if told:
            return ", ".join([label or ", ".join(self._chosen(run, t)), *told]).removeprefix(", ")
        if loss.size == 1:
            return f"{label or ', '.join(self._chosen(run, t))}, {called(run)} {number(loss)} (at the start {number(run.loss[0])})"
        best = lowest(loss)
        where = f" at lr = {number(rate.flat[best])}" if rate.shape == loss.shape else ""
        return f"{label + ', ' if label else ''}{loss.size} runs, lowest {called(run)} {number(loss.flat[best])}{where}"

    # how it is drawn

    def moving(self):
        """The artists that are drawn anew at each change, in drawing order."""
        artists = [(ax.get_zorder(), artist.get_zorder(), artist) for ax in self.axes for artist in ax.get_children()
                   if artist.get_animated() and artist.get_visible()]
        return [artist for *_, artist in sorted(artists, key=lambda a: a[:2])] + [self._status]

    def draw(self, dpi):
        """The whole picture as an image: the kept background with what moves drawn over it."""
        self.figure.dpi = dpi
        canvas = self.figure.canvas
        try:
            if dpi not in self._cache:
                canvas.draw()  # leaves out what is animated
                self.figure.set_layout_engine("none")  # from now on nothing shifts
                self._cache[dpi] = canvas.copy_from_bbox(self.figure.bbox)
            canvas.restore_region(self._cache[dpi])
            for artist in self.moving():
                artist.draw(canvas.get_renderer())
            return Image.fromarray(np.asarray(canvas.buffer_rgba())).convert("RGB")
        finally:
            self.figure.dpi = SVG_DPI

    def png(self):
        """The whole picture as the bytes of a PNG file."""
        return small_png(self.draw(SCREEN_DPI * FINE))

    def background(self):
        """What does not move, as an <img> of the scene's size."""
        if "img" not in self._cache:
            shown = self.moving()
            for artist in shown:
                artist.set_visible(False)
            try:
                png = small_png(self.draw(SCREEN_DPI * FINE))
            finally:
                for artist in shown:
                    artist.set_visible(True)
            self._cache["img"] = (f'<img alt="" draggable="false" width="{self.width}" height="{self.height}" '
                                  f'style="display:block;width:100%;height:auto" '
                                  f'src="data:image/png;base64,{base64.b64encode(png).decode()}">')
        return self._cache["img"]

    def overlay(self):
        """What moves, as an <svg> that lies over the background; its words are the text equivalent."""
        self.background()  # fixes the layout
        width, height = self.size[0] * SVG_DPI, self.size[1] * SVG_DPI
        out = io.StringIO()
        with self.lock, settings({**SVG, "svg.hashsalt": str(id(self))}):  # clip paths with names of this scene alone
            renderer = Overlay(width, height, out)
            for artist in self.moving()[:-1]:
                artist.draw(renderer)
            renderer.finalize()
        x, y = self._status.get_position()
        words = html.escape(self._status.get_text())  # written here, because matplotlib takes as long for it as for two lines
        words = f'<text x="{x * width:.1f}" y="{(1 - y) * height:.1f}" style="{STATUS_FONT}">{words}</text>'
        body = out.getvalue().partition("</defs>")[2]  # without the header, its date and its style for the whole page
        return (f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="0 0 {width:g} {height:g}" '
                f'style="display:block;width:100%;height:auto;stroke-linejoin:round" role="img" '
                f'aria-label="{html.escape(self.sentence())}">{words}{body}')

    @property
    def width(self):
        """Width on the screen, in pixels."""
        return round(self.size[0] * SCREEN_DPI)

    @property
    def height(self):
        """Height on the screen, in pixels."""
        return round(self.size[1] * SCREEN_DPI)

    def _repr_mimebundle_(self, include=None, exclude=None):
        return {"image/png": base64.b64encode(self.png()).decode(), "text/plain": self.sentence()}, {"image/png": {"width": self.width}}


class Overlay(RendererSVG):
    """matplotlib's renderer, with lines to a tenth of a pixel and all markers of a line written at once (a move takes a fifth less time)."""

    def __init__(self, width, height, out):
        super().__init__(width, height, out)
        self._out = out

    def _convert_path(self, *args, decimals=re.compile(r"(?<=\.\d)\d+"), **options):
        return decimals.sub("", super()._convert_path(*args, **options))

    def draw_markers(self, gc, marker_path, marker_trans, path, trans, rgbFace=None, place=re.compile(r"[ML] (-?\d{1,4}(?:\.\d)?) (-?\d{1,4}(?:\.\d)?)\s")):
        marker = self._convert_path(marker_path, marker_trans + Affine2D().scale(1, -1))
        places = self._convert_path(path, self._make_flip_transform(trans), simplify=False)
        name = self._make_id("m", marker)
        self.writer.start("g", style=self._get_style(gc, rgbFace), **self._get_clip_attrs(gc))
        self.writer.start("defs")
        self.writer.element("path", id=name, d=marker)
        self.writer.end("defs")
        self._out.write("".join(f'<use xlink:href="#{name}" x="{x}" y="{y}"/>' for x, y in place.findall(places)))  # not far outside
        self.writer.end("g")


@contextlib.contextmanager
def settings(new):
    """matplotlib's settings for a while: `mpl.rc_context` copies all of them, which takes as long as drawing two lines."""
    old = {name: mpl.rcParams[name] for name in new}
    mpl.rcParams.update(new)
    try:
        yield
    finally:
        mpl.rcParams.update(old)


def small_png(image):
    """An image as the bytes of a PNG file with a palette."""
    out = io.BytesIO()
    image.quantize(256, dither=Image.Dither.NONE).save(out, "PNG")
    return out.getvalue()


def drawn_on(ax):
    """What a panel has drawn on these axes and may have to draw anew: a dict of these axes alone.

    Two scenes may share a panel, so a panel keeps nothing of what it has drawn in itself.
    """
    return vars(ax).setdefault("lrteach_drawn", {})


def check_path(run, *, one=False):
    """An error in words where a panel draws the path of a run (of `one`, not of a batch), and this is none, or has kept none."""
    if not hasattr(run, "theta"):
        raise TypeError(f"this panel shows a Run, from descend, not {run!r}")
    if one and run.batch:
        raise ValueError(f"this panel shows one run, not a batch of shape {run.batch}: choose one, run[k]")
    if run.theta.shape[run.theta.ndim - 1 - len(run.batch)] != len(run):
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
    return f"{x:.3g}" if np.isfinite(x) else "not a number" if np.isnan(x) else "infinite"
