"""Panels and scenes: draw a `Run` at a step.

A panel has two parts. `background(ax)` draws, once, what stays: grid, labels, contours. `artists(ax, style)` creates, once
for each run, what moves, and returns `update(run, t)`, which sets it; `update` returns True when it changed the background.
A plain function `artists(ax, style)` of your own is a panel, too. A `Scene` lays panels side by side in one figure:
the background is drawn to a picture once, and at each change only what moves is drawn, over it.
"""

import base64
import html
import io
import re
from collections import namedtuple

import matplotlib as mpl
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_svg import RendererSVG
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from PIL import Image

Panel = namedtuple("Panel", "background artists shows", defaults=["a panel"])
Style = namedtuple("Style", "label color marker dash")

COLORS = "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000", "#7F6000"  # Okabe, Ito (2008)
MARKERS = "os^DvPX*"
DASHES = "-", (0, (5, 1.5)), (0, (1, 1)), (0, (6, 1.5, 1, 1.5)), (0, (3, 1, 1, 1, 1, 1)), (0, (8, 3)), (0, (2, 3)), (0, (4, 1, 4, 3))
GREY, PALE = "#555555", "#BBBBBB"

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
        self._updates, self._cache = {}, {}  # label: [(update, artists), ...];  name: picture of the background
        with mpl.rc_context(LOOK):
            self.figure = Figure(size, dpi=SVG_DPI, layout="constrained")
            FigureCanvasAgg(self.figure)
            self.axes = list(self.figure.subplots(1, len(panels), width_ratios=widths, squeeze=False).flat)
            self.figure.text(0.01, 1 - 0.26 / size[1], title, fontsize=12.5, weight="bold")
            self._status = self.figure.text(0.01, 1 - (0.26 + 0.25 * bool(title)) / size[1], "", fontsize=12, animated=True)
            top = (0.36 + 0.25 * bool(title)) / size[1]
            self.figure.get_layout_engine().set(rect=(0.004, 0.006, 0.99, 0.994 - top), w_pad=0.06, h_pad=0.04, wspace=0.03)
            for panel, ax in zip(self.panels, self.axes):
                panel.background(ax)

    # what is shown

    def show(self, runs, t=None):
        """Set the picture to step t (by default the last) of a run or of {label: run}. True if its background has changed, too."""
        runs = runs if isinstance(runs, dict) else {"": runs}
        if not runs or not all(hasattr(run, "loss") for run in runs.values()):
            raise TypeError(f"a Scene shows a Run, or a dict {{label: Run}}; not {list(runs.values()) or runs!r}")
        last = self.steps(runs)
        self.runs, self.t = runs, last if t is None else int(np.clip(t, 0, last))
        new = [label for label in runs if label not in self._updates]
        for label in new:
            self._updates[label] = self._make(label)
        changed = bool(new) and self._legend()
        with np.errstate(all="ignore"):
            for label, run in runs.items():
                changed |= any([update(run, min(self.t, len(run) - 1)) for update, _ in self._updates[label]])
        for label, made in self._updates.items():
            for artist in (artist for _, artists in made for artist in artists):
                artist.set_visible(label in runs)
        self._status.set_text(self._words())
        if changed:
            self._cache.clear()
        return changed

    @staticmethod
    def steps(runs):
        """The number of the last step of the longest run."""
        return max(map(len, runs.values() if isinstance(runs, dict) else [runs])) - 1

    def _make(self, label):
        """Create what moves for one label, in every panel."""
        k, made = len(self._updates), []
        style = Style(label, COLORS[k % 8], MARKERS[k % 8], DASHES[k % 8])
        with mpl.rc_context(LOOK):
            for panel, ax in zip(self.panels, self.axes):
                before = set(ax.get_children())
                update = panel.artists(ax, style)
                artists = [artist for artist in ax.get_children() if artist not in before]
                for artist in artists:
                    artist.set_animated(True)
                made.append((update, artists))
        return made

    def _legend(self):
        """Name the runs, if there are several, at the upper right. True if that changes the background."""
        if len(self._updates) < 2:
            return False
        with mpl.rc_context(LOOK):
            handles = [Line2D([], [], color=COLORS[k % 8], marker=MARKERS[k % 8], ls=DASHES[k % 8]) for k in range(len(self._updates))]
            for legend in list(self.figure.legends):
                legend.remove()
            self.figure.legend(handles, self._updates, loc="upper right", ncols=min(4, len(handles)), frameon=False, borderaxespad=0.1)
        return True

    # what is said

    def _words(self):
        """The line above the picture."""
        words = [f"step {self.t} of {self.steps(self.runs)}"]
        if len(self.runs) == 1:
            run, = self.runs.values()
            t = min(self.t, len(run) - 1)
            if run.lr[t].size == 1:
                words.insert(0, f"lr = {float(run.lr[t].squeeze()):.4g}")
            if run.loss[t].size == 1:
                words.append(f"loss {number(run.loss[t])}")
        return "  ·  ".join(words)

    def sentence(self):
        """What the picture shows, in words: its text equivalent."""
        shown = f"{self.title or 'A picture'}: {'; '.join(panel.shows for panel in self.panels)}."
        if not self.runs:
            return shown
        return f"{shown} At step {self.t} of {self.steps(self.runs)}: {'; '.join(self._told(*item) for item in self.runs.items())}."

    def _told(self, label, run):
        t = min(self.t, len(run) - 1)
        rate, loss = run.lr[t], run.loss[t]
        if loss.size == 1:
            return f"{label or f'lr = {number(rate)}'}, loss {number(loss)} (at the start {number(run.loss[0])})"
        best = lowest(loss)
        where = f" at lr = {number(rate.flat[best])}" if rate.shape == loss.shape else ""
        return f"{label + ', ' if label else ''}{loss.size} runs, lowest loss {number(loss.flat[best])}{where}"

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
        if dpi not in self._cache:
            canvas.draw()  # leaves out what is animated
            self.figure.set_layout_engine("none")  # from now on nothing shifts
            self._cache[dpi] = canvas.copy_from_bbox(self.figure.bbox)
        canvas.restore_region(self._cache[dpi])
        for artist in self.moving():
            artist.draw(canvas.get_renderer())
        image = Image.fromarray(np.asarray(canvas.buffer_rgba())).convert("RGB")
        self.figure.dpi = SVG_DPI
        return image

    def png(self):
        """The whole picture as the bytes of a PNG file."""
        return small_png(self.draw(SCREEN_DPI * FINE))

    def background(self):
        """What does not move, as an <img> of the scene's size."""
        if "img" not in self._cache:
            shown = [artist for artist in self.moving()]
            for artist in shown:
                artist.set_visible(False)
            png = small_png(self.draw(SCREEN_DPI * FINE))
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
        with mpl.rc_context({**SVG, "svg.hashsalt": str(id(self))}):  # clip paths with names that no other scene on the page has
            renderer = RendererSVG(width, height, out)
            for artist in self.moving()[:-1]:
                artist.draw(renderer)
            renderer.finalize()
        x, y = self._status.get_position()
        words = f'<text x="{x * width:.1f}" y="{(1 - y) * height:.1f}" style="{STATUS_FONT}">{html.escape(self._words())}</text>'  # drawn by matplotlib: 1 ms
        body = out.getvalue().partition("</defs>")[2]  # without the header, its date and its style for the whole page
        return (f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="0 0 {width:g} {height:g}" '
                f'style="display:block;width:100%;height:auto;stroke-linejoin:round" role="img" '
                f'aria-label="{html.escape(self.sentence())}">{words}{tenths(body)}')

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


RARE_COLORS_TOO = {"method": Image.Quantize.MAXCOVERAGE, "dither": Image.Dither.NONE}


def small_png(image):
    """An image as the bytes of a PNG file with a palette."""
    out = io.BytesIO()
    image.quantize(256, **RARE_COLORS_TOO).save(out, "PNG")
    return out.getvalue()


def tenths(svg, attribute=re.compile(r' (?:d|x|y|transform)="[^"]*"'), decimals=re.compile(r"(?<=\.\d)\d+")):
    """Cut coordinates to a tenth of a pixel; the words in the picture keep their digits."""
    return attribute.sub(lambda match: decimals.sub("", match[0]), svg)


def lowest(loss):
    """Place of the lowest loss that is a finite number."""
    return np.argmin(np.where(np.isfinite(loss), loss, np.inf))


def number(x):
    """A number in words and pictures, to three digits."""
    x = float(np.squeeze(x))
    return f"{x:.3g}" if np.isfinite(x) else "not a number" if np.isnan(x) else "infinite"


# panels for one coordinate


def curve(f, bounds=None, limits=None, *, tangent=True, before=False):
    """The loss over theta, the point on it and its tangent.

    bounds  (low, high) of theta, by default f's own; limits  (low, high) of the loss.
    before  show the point before this step and its tangent, too.
    """
    low, high = bounds or f.bounds or (-10, 10)
    grid = np.linspace(low, high, 241)
    top = np.nanmax(f(grid))

    def background(ax):
        ax.set(xlim=(low, high), ylim=limits or (min(np.nanmin(f(grid)), 0) - 0.06 * top, top), xlabel="theta", ylabel="loss")

    def artists(ax, style):
        bowl, = ax.plot([], [], color=GREY, lw=2)
        trail, = ax.plot([], [], lw=0.9, marker=".", ms=8, color=style.color, alpha=0.6)
        if before:
            old_line, = ax.plot([], [], color=COLORS[1], lw=1.6, ls=DASHES[1])
            old, = ax.plot([], [], ls="", marker="s", ms=9, color=COLORS[1], label="before the step")
        line, = ax.plot([], [], color=COLORS[2] if before else style.color, lw=1.8)
        dot, = ax.plot([], [], ls="", marker=style.marker, ms=11, mec="white", color=line.get_color(), label="after the step")
        outside = ax.text(0.5, 0.93, "", transform=ax.transAxes, ha="center", color=style.color, weight="bold")
        if before:
            ax.legend(loc="upper center")

        def touch(line, run, t):
            slope, x, y = run.f.grad(run.theta[t]), run.theta[t], run.loss[t]
            line.set_data([low, high], [y + slope * (low - x), y + slope * (high - x)])

        def update(run, t):
            bowl.set_data(grid, run.f(grid))
            dot.set_data(np.ravel(run.theta[t]), np.ravel(run.loss[t]))
            if run.theta.ndim == 1:
                trail.set_data(run.theta[:t + 1], run.loss[:t + 1])
                inside = low <= run.theta[t] <= high and run.loss[t] <= ax.get_ylim()[1]
                outside.set_text("" if inside else f"outside the picture, at theta = {number(run.theta[t])}")
                if tangent:
                    touch(line, run, t)
                if before:
                    touch(old_line, run, max(t - 1, 0))
                    old.set_data(run.theta[max(t - 1, 0):][:1], run.loss[max(t - 1, 0):][:1])
        return update
    return Panel(background, artists, "the loss over theta, with the point" + " and its tangent" * tangent + " and the way it came")


def regime_map(largest=2.6):
    """What happens to the error at each step, 1 - lr * curvature, with the regimes named and the present rate as a point."""
    def background(ax):
        x = np.array([0, largest])
        ax.axhspan(-1, 1, color="#EAF3EA", lw=0)
        ax.plot(x, 1 - x, color=GREY)
        for edge in (0, 1, 2):
            ax.axvline(edge, color=PALE, lw=1, ls=":")
        for place, name in [(0.5, "monotone"), (1.5, "oscillating"), (2 + (largest - 2) / 2, "divergent")]:
            ax.text(place, 1.42, name, ha="center", va="center")
        for place, name, left, low in [(0, "too slow", 0.1, 1.08), (1, "one step", 1.06, 0.12), (2, "two-cycle", 1.28, -1.3)]:
            ax.annotate(name, (place, 1 - place), (left, low), color=GREY, arrowprops={"arrowstyle": "-", "color": GREY, "lw": 0.8})
            ax.plot(place, 1 - place, "o", color=GREY, ms=6)
        ax.text(0.06, -0.93, "here the error shrinks", color="#2E6B2E", va="bottom")
        ax.set(xlim=(0, largest), ylim=(-1.7, 1.6), xlabel="lr * curvature", ylabel="error is multiplied by")

    def artists(ax, style):
        dot, = ax.plot([], [], ls="", marker=style.marker, ms=12, color=style.color, mec="white")

        def update(run, t):
            x = run.lr[t] * run.f.hessian(run.f.minimum)
            x = np.ravel(np.minimum(x, largest))
            dot.set_data(x, 1 - x)
        return update
    return Panel(background, artists, "the factor 1 - lr * curvature of the error, with the regimes named")


# panels for two coordinates


def landscape(f, bounds=None, *, names=("x", "y"), directions=None, equal=False):
    """Contours of the loss over two coordinates, and the path. A run on another loss brings its own contours.

    bounds  ((x_low, x_high), (y_low, y_high)), by default those of the loss.    equal  one unit is as long in x as in y.
    directions  (2, 2), one a column: lines through the minimum, in the colors of `error_by_direction`.
    """
    drawn = {}

    def contours(ax, f):
        for old in drawn.get("artists", []):
            old.remove()
        (left, right), (low, high) = bounds or f.bounds or ((-10, 10), (-10, 10))
        x, y = np.meshgrid(np.linspace(left, right, 121), np.linspace(low, high, 121))
        z = f(np.array([x, y]))
        z = z - np.nanmin(z)
        levels = np.nanmax(z) * np.array([0, *np.logspace(-3.2, 0, 13)])
        shades = mpl.colormaps["Greys"](np.linspace(0.0, 0.42, 13))
        drawn.update(f=f, artists=[ax.contourf(x, y, z, levels, colors=shades, zorder=0),
                                   ax.contour(x, y, z, levels[1:-1], colors="white", linewidths=0.7, zorder=0)])
        ax.set(xlim=(left, right), ylim=(low, high))

    def background(ax):
        ax.set(xlabel=names[0], ylabel=names[1])
        ax.grid(False)
        ax.locator_params(nbins=6)
        ax.set_aspect("equal" if equal else "auto")
        contours(ax, f)
        for k, direction in enumerate([] if directions is None else np.transpose(directions)):
            ax.axline(f.minimum, np.add(f.minimum, direction), color=COLORS[k + 1], ls=DASHES[k], lw=1.3, zorder=1)

    def artists(ax, style):
        path, = ax.plot([], [], color=style.color, marker=style.marker, ms=4.5, lw=1.4, ls=style.dash)
        dot, = ax.plot([], [], ls="", marker=style.marker, ms=11, color=style.color, mec="white")
        goal, = ax.plot([], [], ls="", marker="*", ms=13, color="black", mec="white")

        def update(run, t):
            if run.theta.ndim == 2:
                path.set_data(*run.theta[:, :t + 1])
            dot.set_data(*run.theta[:, t].reshape(2, -1))
            goal.set_data(*([], []) if run.f.minimum is None else np.reshape(run.f.minimum, (2, 1)))
            if run.f is not drawn["f"]:
                contours(ax, run.f)
                return True
        return update
    return Panel(background, artists, "contours of the loss, with the path and a star at the minimum")


def error_by_direction(vectors, minimum, limits=(1e-8, 1e3), *, steps=50, names=None):
    """The error, or distance from the minimum, along each direction, step by step. `vectors` (dim, dim) has one direction a column."""
    names = names or [f"direction {k + 1}" for k in range(len(vectors))]

    def background(ax):
        ax.set(xlim=(-0.02 * steps, 1.03 * steps), ylim=limits, yscale="log", xlabel="step", ylabel="error along the direction")
        for k, name in enumerate(names):
            ax.plot([], [], color=COLORS[k + 1], ls=DASHES[k], lw=2.4, marker=MARKERS[k], label=name)
        ax.legend(loc="upper right", framealpha=0.9)

    def artists(ax, style):
        lines = [ax.plot([], [], color=COLORS[k + 1], ls=DASHES[k])[0] for k in range(len(names))]
        dots = [ax.plot([], [], ls="", color=COLORS[k + 1], marker=MARKERS[k], ms=10, mec="white")[0] for k in range(len(names))]

        def update(run, t):
            error = np.abs(vectors.T @ (run.theta[:, :t + 1] - np.reshape(minimum, (-1, 1))))
            for line, dot, e in zip(lines, dots, error):
                line.set_data(np.arange(t + 1), e)
                dot.set_data([t], e[-1:])
            return lengthen(ax, len(run) - 1)
        return update
    return Panel(background, artists, "the error along each eigen-direction, over the steps")


def data_line(X, y, *, names=None, ylabel="target"):
    """What the model predicts for each row of X beside the true y, with the gap between them."""
    place = np.arange(len(y))
    names = names or [f"row {k + 1}" for k in place]

    def background(ax):
        ax.plot(place, y, ls="", marker="_", ms=38, mew=4, color="black")
        ax.plot([], [], lw=4, color="black", label="true")
        ax.set(xlim=(-0.6, len(y) - 0.4), ylim=(min(0, 1.5 * np.min(y)), 1.35 * np.max(y)), xticks=place, xticklabels=names, ylabel=ylabel)
        ax.plot([], [], ls="", marker="o", color=COLORS[0], label="predicted")
        ax.legend(loc="upper left")

    def artists(ax, style):
        gap, = ax.plot([], [], color=COLORS[1], lw=2, ls=DASHES[2])
        dot, = ax.plot([], [], ls="", marker=style.marker, ms=11, color=style.color, mec="white")

        def update(run, t):
            guess = X @ run.theta[:, t]
            dot.set_data(place, guess)
            gap.set_data(np.repeat(place, 3), np.stack([y, guess, np.full(len(y), np.nan)], axis=1).ravel())
        return update
    return Panel(background, artists, "what the model predicts for each row beside the truth")


# panels over the steps, and over the rates


def over_steps(values, ylabel, shows, *, steps, limits, log, marks=False):
    """A panel that draws `values(run)`, (steps + 1, *batch), over the steps; `marks` puts a marker at every step."""
    def background(ax):
        ax.set(xlim=(-0.02 * steps, 1.03 * steps), xlabel="step", ylabel=ylabel, yscale="log" if log else "linear")
        if limits:
            ax.set_ylim(limits)

    def artists(ax, style):
        line, = ax.plot([], [], color=style.color, ls=style.dash, marker=style.marker if marks else None, ms=5)
        dot, = ax.plot([], [], ls="", marker=style.marker, ms=10, color=style.color, mec="white")
        scaled = bool(limits)

        def update(run, t):
            nonlocal scaled
            y = values(run)[:t + 1].reshape(t + 1, -1)
            gaps = np.full((1, y.shape[1]), np.nan)  # one line after the other, with a gap between
            line.set_data(np.tile(np.arange(t + 2), y.shape[1]), np.vstack([y, gaps]).ravel(order="F"))
            dot.set_data(np.full(y.shape[1], t), y[-1])
            longer = lengthen(ax, len(run) - 1)
            if scaled:
                return longer
            scaled, first = True, np.nanmax(values(run)[0]) or 1.0
            ax.set_ylim((1e-5 * first, 1e2 * first) if log else (0, 1.3 * first))
            return True
        return update
    return Panel(background, artists, shows)


def lengthen(ax, steps):
    """Let an axis of steps reach as far as the run; True if it had to grow."""
    if steps > ax.get_xlim()[1]:
        ax.set_xlim(-0.02 * steps, 1.03 * steps)
        return True
    return False


def loss_curve(steps=50, limits=None, *, log=True, floor=0.0):
    """The loss at every step, or how far it is above `floor`. `limits` (low, high); by default from the loss at the start."""
    name = "loss above its minimum" if floor else "loss"
    return over_steps(lambda run: run.loss - floor, name, f"the {name} over the steps", steps=steps, limits=limits, log=log)


def theta_curve(steps=50, limits=(-10, 20)):
    """The place theta at every step, or each of its coordinates. `limits` (low, high)."""
    return over_steps(lambda run: np.moveaxis(run.theta, run.theta.ndim - 1 - len(run.batch), 0), "theta", "the place theta over the steps",
                      steps=steps, limits=limits, log=False, marks=True)


def lr_curve(steps=50, limits=None, *, log=False):
    """The learning rate of every step. `limits` (low, high); by default from the first rate."""
    return over_steps(lambda run: run.lr, "learning rate lr", "the learning rate over the steps", steps=steps, limits=limits, log=log)


def rate_curve(bounds, limits, *, floor=0.0, marks=None, log_lr=False):
    """The loss (above `floor`) after t steps, against the rate, for a run over an array of rates; the best is starred.

    bounds  (low, high) of the rate; limits  (low, high) of the loss; marks  {name: rate}, drawn as upright lines.
    """
    def background(ax):
        ax.set(xlim=bounds, ylim=limits, yscale="log", xscale="log" if log_lr else "linear", xlabel="learning rate lr",
               ylabel="loss above its minimum" if floor else "loss after these steps")
        for k, (name, rate) in enumerate((marks or {}).items()):
            ax.axvline(rate, color=GREY, lw=1.6, ls=DASHES[1 + k % 7], label=f"{name}: {rate:.3g}")
        ax.plot([], [], ls="", marker="*", ms=13, color=COLORS[1], mec="white", label="lowest of all")
        ax.legend(loc="lower left", framealpha=0.9)

    def artists(ax, style):
        line, = ax.plot([], [], color=style.color, ls=style.dash)
        best, = ax.plot([], [], ls="", marker="*", ms=17, color=COLORS[1], mec="white")

        def update(run, t):
            rate, loss = np.ravel(run.lr[t]), np.ravel(run.loss[t]) - floor
            line.set_data(rate, loss)
            best.set_data(rate[[lowest(loss)]], loss[[lowest(loss)]])
        return update
    return Panel(background, artists, "the loss after these steps against the rate, the best rate starred")
