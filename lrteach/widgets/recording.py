"""What a live scene shows at each state of its controls, packed: what a page plays."""

import json
import math
import random
import re
import time
import zlib
from collections import namedtuple
from itertools import product

import ipywidgets as widgets
import numpy as np

from .._internal.arguments import shown
from .controls import Clock, Counter, LogSlider, Player
from .live import tidy

MOST = 2000  # pictures of a page; with more, sliders get fewer stops
FEWEST = 3  # stops of a slider, below which it is not thinned
FINER = 6  # times as many stops as others the first control has, as far as it can
LARGEST = 400_000  # bytes of the packed pictures, without their backgrounds
AMPLE = 3  # times as many pictures as wanted may be, before a control stays as it is
TRIED, LONG = 6, 0.5  # pictures, or seconds, from which it is known how long all take
TOO_MANY = ("the controls of this scene have {} states, whose pictures are more than a page may "
            f"have ({MOST}, and {LARGEST // 1000} kB): give them fewer options")
FEW_SHOWN = 50  # times fewer pictures than states there may be, where most controls are hidden

# controls that move, and what the page has to know of them; labels of those that stay as they are;
# what is seen at first; what lies under the pictures, as HTML; and all pictures, as bytes
Recording = namedtuple("Recording", "controls still first backgrounds packed")


class Remembers(ValueError):
    """A scene whose picture depends on what was done before, so that no page can have it."""

    def __init__(self):
        super().__init__("this scene has no page: back where it began it shows something else, so "
                         "what it shows depends on what was done before")


def record(live, most=MOST, seconds=math.inf):
    """The pictures of a live scene over its controls.

    most, seconds  of pictures, about; with sliders of few stops it may be AMPLE times as many
    Raises Remembers, or ValueError where even the fewest stops are too many.
    """
    controls = [Recorded(name, control) for name, control in zip(live.names, live.controls,
                                                                 strict=True)]
    with live.scene.lock:
        start = dict(zip(live.controls, [control.value for control in live.controls], strict=True))
        live._show()
        told = live.scene.sentence()
        try:
            most = min(most, seconds / time_of(live, controls))
            live._set(start)
            live._show()
            if live.scene.sentence() != told:
                raise Remembers
            live.scene.forget_others()  # of the tries
            while count(live, controls, most) > most and thin(controls):
                pass
            pictures, fits, packed = {}, min(MOST, AMPLE * most), None
            while packed is None or len(packed) > LARGEST:
                before = states(controls)
                while count(live, controls, MOST) > fits and (thin(controls) or fix(controls)):
                    pass
                if count(live, controls, MOST) > MOST or packed and states(controls) == before:
                    raise ValueError(TOO_MANY.format(states(controls)))
                live._set(start)
                packed, backgrounds = pack(live, controls, pictures)
                fits = count(live, controls, MOST) * LARGEST / len(packed)
        finally:
            live._set(start)
            live._rules.hide()
            live._show()
        if live.scene.sentence() != told:
            raise Remembers
    moved = [control.name for control in controls]
    still = [control.description for name, control in zip(live.names, live.controls, strict=True)
             if name not in moved]
    first = pictures[words_of(control.stops[control.begin] for control in controls)]
    return Recording([control.described() for control in controls], still, first, backgrounds,
                     packed)


def time_of(live, controls):
    """How many seconds one picture takes, from a few of them."""
    chance, taken = random.Random(0), []
    while len(taken) < TRIED and sum(taken) < LONG:
        start = time.perf_counter()
        picture(live, controls, [chance.choice(control.stops) for control in controls])
        taken.append(time.perf_counter() - start)
    return float(np.mean(taken))


# the controls


class Recorded:
    """A control of a page: the values at its stops, and how they are written."""

    def __init__(self, name, control):
        self.name, self.control, self.label = name, control, control.description
        self.kind, values, words = stops_of(control)
        self.all = self.stops = list(zip(values, words, strict=True))
        self.begin = values.index(here(control, values))
        self.where = self.begin  # among all
        self.stride = 1  # of those that are left, as a number of all

    def thin(self):
        """Keep about half of the stops: round ones, the first, the last, and where it stands.

        Returns whether it did.
        """
        if self.kind not in ("range", "play") or len(self.stops) <= FEWEST:
            return False
        always = {0, len(self.all) - 1, self.where}
        kept = range(len(self.stops))
        while len(kept) >= len(self.stops):
            self.stride, first = self.rounder() or (2 * self.stride, 0)
            some = range(first, len(self.all), self.stride)
            kept = sorted(always.union(some if self.stride < len(self.all) else ()))
        self.begin, self.stops = kept.index(self.where), [self.all[k] for k in kept]
        return True

    def rounder(self):
        """(stride, number of the first) of stops that are multiples of a round distance.

        It is two or two and a half times as large as now. None where no stops are at such places.
        """
        values = [value for value, _ in self.all]
        step = float(np.median(np.diff(values)))
        now = self.stride * step
        digits = 10.0 ** math.floor(math.log10(now) + 1e-9)
        for apart in (2 * digits, 5 * digits, 10 * digits):
            stride, first = apart / step, -values[0] / step % (apart / step)
            whole = abs(stride - round(stride)) + abs(first - round(first)) < 1e-6
            if whole and 1.9 < apart / now < 2.6 and not isinstance(self.control, LogSlider):
                return round(stride), round(first) % round(stride)
        return None

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


def thin(controls):
    """Let the control with most stops have fewer; the first may have six times as many.

    Returns whether one could.
    """
    def weight(k):
        return len(controls[k].stops) / (1 if k else FINER)

    by_weight = sorted(range(len(controls)), key=lambda k: (-weight(k), -k))
    return any(controls[k].thin() for k in by_weight)


def fix(controls):
    """Take the last control away that may stay where it stands, or where another sets it.

    Returns whether there was one.
    """
    for control in reversed(controls[1:]):
        if control.kind in ("range", "toggle", "button"):
            controls.remove(control)
            return True
    return False


# their states


def states(controls):
    """How many states the controls have together."""
    return math.prod(len(control.stops) for control in controls)


def count(live, controls, most):
    """How many pictures these states need; all of them where they are far too many to be asked."""
    if not live._rules.when or states(controls) > FEW_SHOWN * most:
        return states(controls)
    return len(set(map(words_of, seen_at(live, controls))))


def all_states(controls):
    """A stop, (value, words), of each control, for all states: the first control moves fastest."""
    for stops in product(*(control.stops for control in reversed(controls))):
        yield stops[::-1]


def words_of(stops):
    """How these stops are written."""
    return tuple(words for _, words in stops)


def values_at(controls, stops):
    """{control: value} of a state."""
    return {control.control: value for control, (value, _) in zip(controls, stops, strict=True)}


def seen_at(live, controls):
    """For each state, the state whose picture is seen there: what is hidden stays at its begin."""
    for stops in all_states(controls):
        if live._rules.when:
            live._set(values_at(controls, stops))
            live._rules.hide()
            stops = tuple(control.stops[control.begin] if is_hidden(control.control) else stop
                          for control, stop in zip(controls, stops, strict=True))
        yield stops


def is_hidden(control):
    """Whether a rule hides this control now."""
    return control.layout.display == "none"


# their pictures


def pack(live, controls, pictures):
    """(the pictures of all states that the controls have now, and what they set, as bytes;
    the backgrounds)

    pictures  {words of the stops: what is seen there}, of those that are drawn; more are added
    """
    wanted = list(seen_at(live, controls))
    at = [words_of(stops) for stops in wanted]
    drawn = dict(zip(at, wanted, strict=True))
    for words in sorted(drawn, key=by_run(controls)):
        if words not in pictures:
            pictures[words] = picture(live, controls, drawn[words])
    numbers = {words: k for k, words in enumerate(drawn)}
    seen = [pictures[words] for words in drawn]
    backgrounds = list(dict.fromkeys(one["background"] for one in seen))
    clicks = [next(one["clicks"] for one in seen if one["background"] == background)
              for background in backgrounds]
    parts = {}
    frames = [[[parts.setdefault(part, len(parts)) for part in re.split("(?<=>)", one["overlay"])],
               backgrounds.index(one["background"]), one["error"], one["hidden"]] for one in seen]
    data = {"parts": list(parts), "frames": frames, "at": [numbers[words] for words in at],
            "sets": moved_along(live, controls),
            "clicks": [clicked(controls, panels) for panels in clicks]}
    return zlib.compress(json.dumps(data, separators=(",", ":")).encode(), 9), backgrounds


def by_run(controls):
    """A key that sorts states so that those of one run, which differ in t, follow each other."""
    names = [control.name for control in controls]
    at = names.index("t") if "t" in names else len(controls)
    places = [{words: k for k, (_, words) in enumerate(control.stops)} for control in controls]

    def key(words):
        found = [place[word] for place, word in zip(places, words, strict=True)]
        return found[:at] + found[at + 1:] + found[at:at + 1]

    return key


def picture(live, controls, stops):
    """What is seen at a state."""
    scene = live.scene
    live._set(values_at(controls, stops))
    set_still(live, controls)
    live._rules.hide()
    error = ""
    try:
        live._show()
    except Exception as problem:  # as in a notebook: the picture before stays, and this is said
        error = f"{type(problem).__name__}: {problem}"
    hidden = [k for k, control in enumerate(controls) if is_hidden(control.control)]
    overlay = "" if error else scene.overlay()
    return {"overlay": overlay, "background": scene.background(), "error": error,
            "hidden": hidden, "clicks": panels_of(live), "sentence": scene.sentence()}


def set_still(live, controls):
    """Let the controls that stay as they are follow those that set them."""
    moved = [control.control for control in controls]
    for one in moved:
        live._set({other: value for other, value in live._rules.set_by(one).items()
                   if other not in moved})


def panels_of(live):
    """[(place in the picture, names of controls, from data to places in the panel)]."""
    found = []
    for k, controls in (live.clicks.panels if live.clicks else {}).items():
        ax = live.scene.axes[k]
        at = ax.get_position()
        place = [at.x0, 1 - at.y1, at.width, at.height]
        found.append((place, list(controls), (ax.transData - ax.transAxes).frozen()))
    return found


def clicked(controls, panels):
    """What a click does: [{"place", "controls": their numbers, "stops": where each is, 0 to 1}]."""
    names, found = [control.name for control in controls], []
    for place, moved, to_panel in panels:
        if not set(moved) <= set(names):
            continue
        middle = to_panel.inverted().transform([0.5, 0.5])
        numbers, stops = [names.index(name) for name in moved], []
        for axis, number in enumerate(numbers):
            points = np.tile(middle, (len(controls[number].stops), 1))
            points[:, axis] = [value for value, _ in controls[number].stops]
            at = to_panel.transform(points)[:, axis]
            stops.append([round(float(one), 4) for one in np.nan_to_num(at, nan=-1e9)])
        found.append({"place": [round(side, 5) for side in place], "controls": numbers,
                      "stops": stops})
    return found


def moved_along(live, controls):
    """{number of a control: for each of its stops, {number of another: its stop}}."""
    places, found = {control.control: k for k, control in enumerate(controls)}, {}
    for number, control in enumerate(controls):
        if control.name in live._rules.sets:
            found[number] = []
            for value, _ in control.stops:
                live._set({control.control: value})
                others = live._rules.set_by(control.control)
                found[number].append({places[other]: nearest(controls[places[other]], to)
                                      for other, to in others.items() if other in places})
    return found


def nearest(control, value):
    """The number of the stop at this value, or nearest to it."""
    values = [stop for stop, _ in control.stops]
    if value in values:
        return values.index(value)
    return int(np.argmin([abs(stop - value) for stop in values]))
