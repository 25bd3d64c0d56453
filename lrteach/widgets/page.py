"""`save_page`: a live scene with its controls as one page that plays without a kernel.

The scene is drawn once for each state of its controls. What moves is kept, packed, beside the one
background; the page puts the picture of a state where the controls ask for it.
"""

import base64
import html
import json
import math
import os
import zlib
from itertools import product
from pathlib import Path

import ipywidgets as widgets
import numpy as np

from .._internal.arguments import shown
from ..plots.drawing import SCREEN_DPI
from .controls import Clock, Counter, LogSlider, Player
from .live import Live, tidy

MOST = 2000  # states of a page; with more, the later controls get fewer stops
FEWEST = 3  # stops of a slider, below which it is not thinned
LARGEST = 400_000  # bytes of the packed pictures
HERE = Path(__file__).parent
PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>{css}</style>
{scene}
<script>{js}</script>
</html>
"""


def save_page(live, path):
    """Write a live scene of `explore` or `play` with its controls to a file: "x.html".

    The page needs no kernel and no network. It has the scene in each state of its controls, at
    most 2000 of them and 400 kB: where there is more, sliders get fewer stops, the last ones first.
    Its address keeps the state, as in x.html#lr=1.9&start=-5. A button counts once, and a click in
    the picture does nothing.
    Raises TypeError, ValueError or OSError before the work where it cannot be done.
    """
    path = Path(path)
    if path.suffix.lower() not in (".html", ".htm"):
        raise ValueError(f'path must end in ".html", not {str(path)!r}')
    if not path.parent.is_dir():
        raise FileNotFoundError(f"path must lie in a folder that exists, not {str(path)!r}")
    if path.is_dir():
        raise IsADirectoryError(f"path must be a file, not the folder {str(path)!r}")
    if not os.access(path if path.exists() else path.parent, os.W_OK):
        raise PermissionError(f"path must be a place where you may write, not {str(path)!r}")
    scene = scene_html(live)
    text = PAGE.format(title=html.escape(live.scene.title or "A live scene"), scene=scene,
                       css=asset("page.css"), js=asset("page.js"))
    half = path.with_name(f".{path.name}.half")
    try:
        half.write_text(text, encoding="utf-8", newline="\n")
        half.replace(path)  # nobody finds half a page
    finally:
        half.unlink(missing_ok=True)


def asset(name):
    """A file of the page, as it stands beside this module."""
    return (HERE / name).read_text(encoding="utf-8")


def scene_html(live):
    """A live scene as a piece of a page: what is seen at first, and the packed pictures of all."""
    if type(live) is not Live:
        raise TypeError("live must be a scene that explore(...) or play(...) returned, "
                        f"not {shown(live)}")
    controls = [Recorded(name, control) for name, control in zip(live.names, live.controls,
                                                                 strict=True)]
    while states(controls) > MOST:
        thin(controls)
    with live.scene.lock:
        values = [control.value for control in live.controls]
        try:
            pictures = recorded(live, controls)
            packed = pack(live, controls, pictures)
            while len(packed) > LARGEST:
                thin(controls)
                packed = pack(live, controls, pictures)
        finally:
            live._set(dict(zip(live.controls, values, strict=True)))
            live._rules.hide()
            live._show()
    first = pictures[words_of(control.stops[control.begin] for control in controls)]
    packed = base64.b64encode(packed).decode()
    begin = {"controls": [control.described() for control in controls],
             "width": round(SCREEN_DPI * live.scene.size[0])}
    return (f'<figure class="lrteach-scene" style="max-width:{begin["width"]}px">\n'
            f'<div class="lrteach-controls"></div>\n'
            f'<div class="lrteach-frame"><div class="lrteach-picture">'
            f'<div>{first["background"]}</div><div class="lrteach-overlay">{first["overlay"]}</div>'
            f'</div></div>\n'
            f'<figcaption aria-live="polite">{html.escape(first["sentence"])}</figcaption>\n'
            f'<script type="application/json" class="lrteach-begin">{in_script(begin)}</script>\n'
            f'<script type="text/plain" class="lrteach-pictures">{packed}</script>\n'
            f'</figure>')


def in_script(thing):
    """JSON that ends no script."""
    return json.dumps(thing).replace("<", "\\u003c")


class Recorded:
    """A control of a page: the values at its stops, and how they are written."""

    def __init__(self, name, control):
        self.name, self.control, self.label = name, control, control.description
        self.kind, values, words = stops_of(control)
        self.stops = list(zip(values, words, strict=True))
        self.begin = values.index(here(control, values))

    def thin(self):
        """Keep half of the stops, the first and the last, and where it stands. Whether it did."""
        if self.kind != "range" or len(self.stops) <= FEWEST:
            return False
        kept = {0, len(self.stops) - 1, self.begin, *range(0, len(self.stops), 2)}
        begin = self.stops[self.begin]
        fewer = [stop for k, stop in enumerate(self.stops) if k in kept]
        if len(fewer) == len(self.stops):
            return False
        self.stops, self.begin = fewer, fewer.index(begin)
        return True

    def described(self):
        """What the page has to know of it."""
        described = {"name": self.name, "label": self.label, "kind": self.kind,
                     "words": [words for _, words in self.stops], "begin": self.begin}
        if isinstance(self.control, Player):
            described.update(label=self.control.label, interval=self.control.interval)
        return described


def stops_of(control):
    """(kind, values, words) of a control: all places at which it can stand."""
    if isinstance(control, Player):
        return "play", control.times, [str(step) for step in control.times]
    if isinstance(control, Clock):
        raise TypeError("a scene that is driven has no page: its run is made by a hand")
    if isinstance(control, LogSlider):
        count = int((control.max - control.min) / control.step + 1e-9)
        values = [control.stop(k) for k in range(count + 1)]
        return "range", values, [f"{value:.3g}" for value in values]
    if isinstance(control, widgets.FloatSlider):
        count = int((control.max - control.min) / control.step + 1e-9)
        values = [tidy(control.min + k * control.step) for k in range(count + 1)]
        return "range", values, [format(value, control.readout_format) for value in values]
    if isinstance(control, widgets.IntSlider):
        values = list(range(control.min, control.max + 1, control.step))
        return "range", values, [str(value) for value in values]
    if isinstance(control, widgets.Dropdown):
        names, values = zip(*control.options, strict=True)
        return "choice", list(values), list(names)
    if isinstance(control, widgets.Checkbox):
        return "toggle", [False, True], ["off", "on"]
    if isinstance(control, Counter):
        return "button", [control.value, control.value + 1], ["not pressed", "pressed"]
    raise TypeError(f"save_page knows the controls of lrteach, not {shown(control)}")


def here(control, values):
    """Where a control stands, or the stop that is nearest to it."""
    value = tidy(control.value)
    if value in values or not isinstance(value, (int, float)):
        return value
    return min(values, key=lambda stop: abs(stop - value))


def states(controls):
    """How many states the controls have together."""
    return math.prod(len(control.stops) for control in controls)


def thin(controls):
    """Let one control have fewer stops: the last that can, the first only if no other can."""
    if not any(control.thin() for control in reversed(controls)):
        raise ValueError(f"the controls of this scene have {states(controls)} states, whose "
                         f"pictures are more than a page may have ({MOST}, and {LARGEST // 1000} "
                         "kB): give them fewer options")


def all_states(controls):
    """A stop, (value, words), of each control, for all states: the first control moves fastest."""
    for stops in product(*(control.stops for control in reversed(controls))):
        yield stops[::-1]


def recorded(live, controls):
    """{words of the stops of the controls: what is seen there}."""
    scene, seen, pictures = live.scene, {}, {}
    for stops in all_states(controls):
        live._set({control.control: value
                   for control, (value, _) in zip(controls, stops, strict=True)})
        live._rules.hide()
        try:
            live._show()
            seen = {"overlay": scene.overlay(), "background": scene.background(),
                    "sentence": scene.sentence(), "error": ""}
        except Exception as error:  # as in a notebook: said, and the picture before stays
            seen = {**seen, "error": f"{type(error).__name__}: {error}"}
        hidden = [k for k, control in enumerate(live.controls) if control.layout.display == "none"]
        pictures[words_of(stops)] = {**seen, "hidden": hidden}
    return pictures


def words_of(stops):
    """How these stops are written."""
    return tuple(words for _, words in stops)


def pack(live, controls, pictures):
    """The pictures of all states that the controls have now, and what they set, as bytes."""
    seen = [pictures[words_of(stops)] for stops in all_states(controls)]
    backgrounds = list(dict.fromkeys(one["background"] for one in seen))
    frames = [[one["overlay"], one["sentence"], backgrounds.index(one["background"]), one["error"],
               one["hidden"]] for one in seen]
    data = {"frames": frames, "backgrounds": backgrounds, "sets": moved_along(live, controls)}
    return zlib.compress(json.dumps(data).encode(), 9)


def moved_along(live, controls):
    """{number of a control: for each of its stops, {number of another: its stop}}."""
    found = {}
    for number, name in enumerate(live.names):
        if name in live._rules.sets:
            control = controls[number]
            found[number] = []
            for value, _ in control.stops:
                live._set({control.control: value})
                others = live._rules.set_by(control.control)
                places = [other.control for other in controls]
                found[number].append({
                    places.index(other): nearest(controls[places.index(other)], to)
                    for other, to in others.items()})
    return found


def nearest(control, value):
    """The number of the stop at this value, or nearest to it."""
    values = [stop for stop, _ in control.stops]
    if value in values:
        return values.index(value)
    return int(np.argmin([abs(stop - value) for stop in values]))
