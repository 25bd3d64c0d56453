"""How the picture of a scene is drawn: once what stays, and at each change what moves, over it.

What stays is a PNG, drawn by Agg. What moves is an SVG, drawn by matplotlib's own renderer, so
every artist of matplotlib works.
"""

import base64
import contextlib
import functools
import html
import io
import logging
import re
import threading
import warnings
import weakref

import matplotlib as mpl
import numpy as np
from matplotlib import font_manager
from matplotlib.backends.backend_agg import FigureCanvasAgg, RendererAgg
from matplotlib.backends.backend_svg import RendererSVG
from matplotlib.ft2font import FT2Font
from matplotlib.mathtext import MathTextParser
from matplotlib.path import Path
from matplotlib.text import Text
from matplotlib.transforms import Affine2D, IdentityTransform
from PIL import Image

SVG_DPI = 72        # the unit of RendererSVG; the figure keeps it
SCREEN_DPI = 100    # one inch of the figure on the screen, in pixels
FINE = 2            # pictures are stored with this many pixels for one of the screen
FILL = "display:block;width:100%;height:auto"
LOCK = threading.RLock()  # matplotlib's settings are global, and controls move in several threads

LOOK = {
    "font.size": 11, "axes.titlesize": 12, "axes.labelsize": 11, "legend.fontsize": 10.5,
    "axes.spines.top": False, "axes.spines.right": False,
    "axes.grid": True, "grid.color": "#E4E4E4", "axes.axisbelow": True,
    "lines.linewidth": 2.2, "lines.markersize": 7,
}
SVG = {"svg.fonttype": "none", "svg.image_inline": True}


class Canvas(FigureCanvasAgg):
    """Agg's canvas, with pixels that all pictures of one size share: a scene keeps none."""

    def get_renderer(self):
        width, height = np.rint(self.figure.bbox.size).astype(int)
        return agg(width, height, self.figure.dpi)


@functools.lru_cache(2)
def agg(width, height, dpi):
    """What Agg draws on."""
    return Pixels(width, height, dpi)


class Drawing:
    """The pictures of a figure."""

    _last = None  # (of which Drawing, dpi, background): one, of all scenes, waits to be used again

    def __init__(self, figure):
        self.figure, self._img = figure, None
        Canvas(figure)

    def forget(self):
        """To be called where the background has changed."""
        Drawing._last = None
        self._img = None

    def image(self, moving, dpi):
        """The whole picture."""
        figure, canvas = self.figure, self.figure.canvas
        with quiet():
            figure.dpi = dpi
            try:
                canvas.restore_region(self._paper(dpi))
                prepare(moving)
                for artist in moving:
                    artist.draw(canvas.get_renderer())
                return Image.fromarray(np.array(canvas.buffer_rgba())).convert("RGB")
            finally:
                figure.dpi = SVG_DPI

    def _paper(self, dpi):
        """The background, as Agg keeps it."""
        if Drawing._last:
            drawing, its_dpi, paper = Drawing._last
            if drawing() is self and its_dpi == dpi:
                return paper
        prepare(self.figure.findobj(Text))
        with look():
            if any(ax.get_aspect() != "auto" for ax in self.figure.axes):
                self.figure.get_layout_engine().execute(self.figure)  # room for a shape that is set
            self.figure.canvas.draw()  # leaves out what is animated
        self.figure.set_layout_engine("none")  # from now on nothing shifts
        paper = self.figure.canvas.copy_from_bbox(self.figure.bbox)
        Drawing._last = weakref.ref(self), dpi, paper
        return paper

    def background(self):
        """What does not move, as an <img>."""
        if self._img is None:
            width, height = np.rint(SCREEN_DPI * self.figure.get_size_inches()).astype(int)
            png = base64.b64encode(small_png(self.image([], SCREEN_DPI * FINE))).decode()
            self._img = (f'<img alt="" draggable="false" width="{width}" height="{height}" '
                         f'style="{FILL}" src="data:image/png;base64,{png}">')
        return self._img

    def overlay(self, moving, words, label):
        """What moves, as an <svg> that lies over the background.

        words  more SVG, drawn below it.    label  what is seen, for those who do not see it.
        """
        self.background()  # fixes the layout
        width, height = SVG_DPI * self.figure.get_size_inches()
        out = io.StringIO()
        names = {"svg.hashsalt": str(id(self))}  # clip paths have names of this scene alone
        with quiet(), settings({**SVG, **names}):
            prepare(moving)
            renderer = Overlay(width, height, out, image_dpi=SCREEN_DPI)
            for artist in moving:
                artist.draw(renderer)
            renderer.finalize()
        # without the header, its date and its style for the whole page
        body = shortened(out.getvalue().partition("</defs>")[2])
        return (f'<svg xmlns="http://www.w3.org/2000/svg" '
                f'xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="0 0 {width:g} {height:g}" '
                f'style="{FILL};stroke-linejoin:round" role="img" '
                f'aria-label="{html.escape(label)}">{words}{body}')


def small_png(image):
    """An image as the bytes of a PNG file with a palette."""
    out = io.BytesIO()
    nearest = {"method": Image.Quantize.MAXCOVERAGE, "dither": Image.Dither.NONE}
    small = image.quantize(256, **nearest)  # twice as fast as median cut, and a quarter smaller
    small.putpalette(mean_colors(image, small))  # or large grey areas may look tinted
    small.save(out, "PNG")
    return out.getvalue()


def mean_colors(image, small):
    """A palette for `small`: for each of its colors, the mean of what it stands for in `image`."""
    pixels = np.asarray(image.convert("RGB"))[::3, ::3].reshape(-1, 3)  # these are enough
    places = np.asarray(small)[::3, ::3].ravel()
    palette = np.zeros((256, 3))
    given = np.reshape(small.getpalette(), (-1, 3))
    palette[:len(given)] = given
    count = np.bincount(places, minlength=256)
    total = np.stack([np.bincount(places, color, minlength=256) for color in pixels.T], axis=1)
    seen = count > 0
    palette[seen] = np.rint(total[seen] / count[seen, None])
    return palette.astype(np.uint8).tobytes()


# matplotlib's settings


@contextlib.contextmanager
def look():
    """Our settings for a while: the user's fonts, as far as they are installed, come first."""
    with quiet(), mpl.rc_context({**LOOK, "font.family": families()}):
        yield


@contextlib.contextmanager
def settings(new):
    """Settings for a while: `mpl.rc_context` copies all, which takes as long as two lines."""
    old = {name: mpl.rcParams[name] for name in new}
    mpl.rcParams.update(new)
    try:
        yield
    finally:
        mpl.rcParams.update(old)


@contextlib.contextmanager
def quiet():
    """While we draw: alone, and without a warning for a letter or a weight that no font has."""
    log = logging.getLogger("matplotlib.font_manager")
    with LOCK, np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph .* missing from")
        log.addFilter(silent)
        try:
            yield
        finally:
            log.removeFilter(silent)


def silent(record):
    """A filter that lets nothing through."""
    return False


# words


def prepare(artists):
    """Make texts ready to be drawn: their dollars, and fonts for their letters."""
    for artist in artists:
        words = artist.get_text() if isinstance(artist, Text) else ""
        if "$" in words and artist.get_parse_math():
            artist.set_text(with_dollars(words))
        if not words.isascii():
            known = artist.get_fontfamily()
            more = [name for name in fonts_for(words) if name not in known]
            if more:
                artist.set_fontfamily([*known, *more])


# as in pandoc: no space inside of the two dollars, and no digit after them
FORMULA = re.compile(r"(?<!\\)(\$(?=\S)(?:\\.|[^$\\])+(?<=\S)\$(?!\d))")


def with_dollars(words):
    """Words for matplotlib, in which a dollar that belongs to no formula has a backslash."""
    parts = FORMULA.split(words)
    for k, part in enumerate(parts):
        if not (k % 2 and is_formula(part)):
            parts[k] = re.sub(r"(?<!\\)\$", r"\\$", part)
    return "".join(parts)


@functools.lru_cache(256)
def is_formula(words):
    """Whether matplotlib can write this."""
    try:
        return bool(MathTextParser("path").parse(words))
    except ValueError:
        return False


GENERIC = "serif", "sans-serif", "cursive", "fantasy", "monospace"


def families():
    """The families of matplotlib's settings that are installed; in the end a sans-serif one."""
    installed = {font.name for font in font_manager.fontManager.ttflist}

    def is_there(name):
        members = mpl.rcParams[f"font.{name}"] if name in GENERIC else [name]
        return not installed.isdisjoint(members)

    wanted = [*mpl.rcParams["font.family"], "sans-serif", "DejaVu Sans"]
    found = [name for name in dict.fromkeys(wanted) if is_there(name)]
    return found[:-1] if "sans-serif" in found else found


def fonts_for(words):
    """Families for the letters that matplotlib's own font does not have, such as those of CJK."""
    own = font_file(font_manager.findfont("DejaVu Sans"))
    strange = {ord(letter) for letter in words if ord(letter) > 0xFF}
    return fonts_with(frozenset(code for code in strange if not own.get_char_index(code)))


@functools.lru_cache(64)
def font_file(path):
    """A font, to be asked for its letters."""
    return FT2Font(path)


@functools.lru_cache(64)
def fonts_with(codes):
    """Installed families that have these letters."""
    found = list_fonts(codes, font_manager.fontManager.ttflist)
    if codes and not found:  # matplotlib remembers its list: a font may be newer
        known = {font.fname for font in font_manager.fontManager.ttflist}
        for path in set(font_manager.findSystemFonts()) - known:
            with contextlib.suppress(Exception):  # a file that matplotlib cannot read
                font_manager.fontManager.addfont(path)
        found = list_fonts(codes, font_manager.fontManager.ttflist)
    return found


def preference(font):
    """Upright fonts come first, then those without serifs, then those that are not bold."""
    weight = font.weight if isinstance(font.weight, int) else 400
    return font.style != "normal", "Serif" in font.name, abs(weight - 400), font.name


def list_fonts(codes, fonts):
    """Families that together have as many of these letters as there are in any."""
    found, left = [], set(codes)
    for font in sorted(fonts, key=preference):
        if not left or font.name.startswith("Last Resort"):  # it draws boxes
            continue
        with contextlib.suppress(Exception):  # a file that has gone
            file = FT2Font(font.fname)
            has = {code for code in left if file.get_char_index(code)}
            if has:
                found.append(font.name)
                left -= has
    return found


# the renderer, for runs of any length


MANY = 2000         # points of a line, or markers: more of them are thinned
LONGEST = 6e5       # dots of a line: it then covers all dots of a picture, and more than once
LISTED = 6 * MANY   # points of a line that are written as such; a longer one is a picture
FAR = 2000.0        # dots: beyond, nothing is seen of a line
CELL = 0.5          # dots: what falls into one column or cell is thinned


class Pixels(RendererAgg):
    """matplotlib's Agg; of a long line it draws what a pixel shows."""

    def draw_path(self, gc, path, transform, rgbFace=None):
        super().draw_path(gc, *thinned(path, transform, rgbFace), rgbFace)


class Overlay(RendererSVG):
    """matplotlib's renderer of SVG; of a long run it writes what a pixel shows."""

    def draw_path(self, gc, path, transform, rgbFace=None):
        path, transform = thinned(path, transform, rgbFace)
        if rgbFace is None and len(path.vertices) > LISTED and has_lines_alone(path):
            self.draw_pixels(gc, lambda agg, pen, larger:
                             agg.draw_path(pen, path, transform + larger))
        else:
            super().draw_path(gc, path, transform, rgbFace)

    def draw_markers(self, gc, marker_path, marker_trans, path, trans, rgbFace=None):
        places = Path(spread(in_dots(path, trans), self.width, self.height))
        if len(places.vertices) > MANY:
            self.draw_pixels(gc, lambda agg, pen, larger: agg.draw_markers(
                pen, marker_path, marker_trans + larger, places, larger, rgbFace))
        else:
            super().draw_markers(gc, marker_path, marker_trans, places, IdentityTransform(),
                                 rgbFace)

    def draw_pixels(self, gc, draw):
        """What is long all the same, such as a line that goes to and fro, as a picture."""
        scale = self.image_dpi / SVG_DPI
        agg = RendererAgg(self.width * scale, self.height * scale, self.image_dpi)
        pen = agg.new_gc()
        pen.copy_properties(gc)
        pen.set_clip_rectangle(None)  # the picture is clipped
        pen.set_clip_path(None)
        draw(agg, pen, Affine2D().scale(scale))
        image = np.array(agg.buffer_rgba())[::-1]
        image[..., 3] = image[..., 3] // 64 * 85  # four shades take a third of the bytes
        self.draw_image(gc, 0, 0, image)


def has_lines_alone(path):
    """Whether a path is one line, or one area with straight sides."""
    return path.codes is None or bool(np.isin(path.codes[1:-1], Path.LINETO).all())


def in_dots(path, transform):
    """The vertices of a path on the figure; where one has no place, both coordinates are nan."""
    points = np.array(np.ma.filled(transform.transform(path.vertices), np.nan), dtype=float)
    if path.codes is not None and path.codes[-1] == Path.CLOSEPOLY:
        points[-1] = points[0]
    points[~np.isfinite(points).all(axis=1)] = np.nan
    return points


def thinned(path, transform, color=None):
    """(path, transform) that look alike, the path with few points in each column.

    These are the first, the lowest, the highest and the last of those that follow each other
    there. Of a line that then is longer than `LONGEST`, pieces are left. An area has a color.
    """
    if len(path.vertices) <= MANY or not has_lines_alone(path):
        return path, transform
    points = in_dots(path, transform)
    column = np.nan_to_num(np.floor(points[:, 0] / CELL), nan=-1e9)
    new = np.diff(column, prepend=np.inf) != 0
    first = np.flatnonzero(new)
    last = np.append(first[1:], len(points)) - 1
    by_height = np.lexsort([points[:, 1], np.cumsum(new)])
    points = points[np.unique([first, last, by_height[first], by_height[last]])]
    return Path(points if color is not None else limited(points)), IdentityTransform()


def limited(points):
    """The points of a line, or if it is longer than `LONGEST`: its short pieces and some others."""
    length = np.abs(np.diff(np.clip(points, -FAR, FAR), axis=0)).max(axis=1)
    if np.nansum(length) <= LONGEST:
        return points
    by_length = np.argsort(length, kind="stable")
    by_length = by_length[np.isfinite(length[by_length])]
    stride = -(-len(by_length) // MANY)
    short = MANY
    kept = np.sort(np.append(by_length[:short], by_length[short::stride]))
    begins = np.diff(kept, prepend=-2) > 1
    after = np.cumsum(1 + 2 * begins) - 1  # the place of the end of each piece
    line = np.full((after[-1] + 1, 2), np.nan)
    line[after] = points[kept + 1]
    line[after[begins] - 1] = points[kept[begins]]
    return line


def spread(points, width, height):
    """The places of markers in the figure; if they are many, the last one in each cell.

    matplotlib would draw more, at the border of the figure, where a line to one outside leaves it.
    """
    x, y = points.T
    points = points[(x >= 0) & (x <= width) & (y >= 0) & (y <= height)]
    if len(points) <= MANY:
        return points
    cells = np.floor(points[::-1] / CELL)
    last = np.unique(cells, axis=0, return_index=True)[1]
    return points[::-1][np.sort(last)][::-1]


DATA = re.compile(r' (?:d|x|y)="[-MLCQz\d.\s]*"')
FINE_DECIMALS = re.compile(r"(?<=\.\d)\d+")


def shortened(svg):
    """An SVG with its lines and markers to a tenth of a dot."""
    return DATA.sub(lambda data: FINE_DECIMALS.sub("", data[0]), svg)
