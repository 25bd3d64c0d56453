"""Controls for a live scene: sliders, choices, buttons, a player.

Each has a `value` that can be observed, and a `description`.
"""

import math
from numbers import Integral, Real

import ipywidgets as widgets
import numpy as np
import traitlets

from .._internal import cells
from .._internal.arguments import as_number, as_positive, as_whole, shown
from ..plots.film import moments

# what a control is called that has no label
LABELS = {
    "lr": "learning rate lr", "base_lr": "lowest rate base_lr", "max_lr": "highest rate max_lr",
    "min_lr": "lowest rate min_lr", "beta": "momentum beta", "t": "step t", "x": "start x",
    "y": "start y", "rule": "update rule", "batch_size": "batch size",
}
FINEST = 1e-6     # a browser rounds the stops of a slider to seven decimals
ROUND = 1, 2, 3, 5  # times a power of ten: stops of each log_slider
LOG_STOPS = 10, 20, 25, 40, 50, 100, 200  # for a factor of ten, of which one is chosen
MOST_STOPS = 100  # of a slider by default
MOST_OPTIONS = 1000
COUNTED = 2 ** 53  # up to here a browser counts whole numbers


def made(control):
    """Note which run of a cell made a control: it goes with what that run shows."""
    control.lrteach_run = cells.running()
    return control


def one_number(name, value):
    """A number as Python has it, whole where it is whole; an error in words for others."""
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, Real):
        value = as_number(name, value)
    whole = isinstance(value, Integral) and abs(int(value)) <= COUNTED
    return int(value) if whole else as_number(name, value)


def between(kind, min, max, value, least=-np.inf):
    """The three numbers of a slider, as Python has them, in order."""
    low, high, here = (one_number(name, number)
                       for name, number in (("min", min), ("max", max), ("value", value)))
    if not least < low < high or not low <= here <= high:
        bound = "0 < min" if least == 0 else "min"
        raise ValueError(f"a {kind} needs {bound} < max and a value from min to max, "
                         f"not min {shown(min)}, max {shown(max)}, value {shown(value)}")
    return low, high, here


def as_label(label):
    """A label as text; none is empty, and takes the control's name."""
    if label is not None and not isinstance(label, str):
        raise TypeError(f"label must be text, not {shown(label)}")
    return label or ""


def slider(min, max, value, step=None, *, label=None):
    """A slider from min to max, over whole numbers if all four are whole.

    Without a step: by 1, or by a hundredth of the range.
    """
    low, high, here = between("slider", min, max, value)
    if step is not None:
        step = one_number("step", step)
        as_positive("step", step)
        if step > high - low:
            raise ValueError(f"step must be at most max - min, {high - low:g}, not {step:g}")
    if all(isinstance(number, int) for number in (low, high, here, step or 1)):
        return made(widgets.IntSlider(here, low, high, step or 1, description=as_label(label)))
    step = step or (high - low) / MOST_STOPS
    if step < FINEST:
        raise ValueError(f"the stops of a slider must lie at least {FINEST:g} apart, as a browser "
                         f"rounds them, not {step:.3g}: use log_slider, or another unit")
    decimals = len(np.format_float_positional(float(f"{step:.2g}"), trim="-").partition(".")[2])
    return made(widgets.FloatSlider(here, min=low, max=high, step=step,
                                    readout_format=f".{decimals}f", description=as_label(label)))


class LogSlider(widgets.FloatLogSlider):
    """A slider over powers, whose stops are as round as can be: 0.1, 0.2, 0.3, 0.5, 1, ...

    A browser knows equal steps alone. So the stop that is nearest to a round number is that
    number, and where the slider begins it has a stop, too. What is typed is taken as it is.
    """

    def __init__(self, value, **options):
        self.begin = value
        super().__init__(value, **options)

    def stop(self, k):
        """The value of stop k."""
        place = self.min + k * self.step
        if k == self.nearest(self.begin):
            return self.begin
        exponent = math.floor(place + 1e-9)
        round_ones = [float(f"{digit}e{power}") for power in (exponent, exponent + 1)
                      for digit in ROUND]
        near = [number for number in round_ones if self.nearest(number) == k
                and 10 ** self.min * (1 - 1e-9) <= number <= 10 ** self.max * (1 + 1e-9)]
        if near:
            return min(near, key=lambda number: abs(math.log10(number) - place))
        return float(f"{10 ** place:.3g}")

    def nearest(self, value):
        """The number of the stop that is nearest to a value."""
        last = math.floor((self.max - self.min) / self.step + 1e-9)
        k = math.floor((math.log10(max(value, 1e-300)) - self.min) / self.step + 0.5)
        return min(max(k, 0), last)

    @traitlets.validate("value")
    def _validate_value(self, proposal):
        value = super()._validate_value(proposal)
        if not hasattr(self, "begin") or value <= 0:
            return value
        k = self.nearest(value)
        is_stop = abs(math.log10(value) - self.min - k * self.step) < 1e-6
        return self.stop(k) if is_stop else value


def log_slider(min, max, value, step=None, *, label=None):
    """A slider from min to max that multiplies: a move is about the factor 10**step.

    By default that is a hundredth of the way. Of the stops as many as can be are round: 1, 2, 3
    and 5 times a power of ten.
    """
    low, high, here = between("log_slider", min, max, value, least=0)
    decades = math.log10(high) - math.log10(low)
    if step is None:
        counts = [count for count in LOG_STOPS if count * decades <= 1.2 * MOST_STOPS]
        step = 1 / (counts or LOG_STOPS)[-1 if counts else 0]
    step = as_positive("step", step)
    if step > decades:
        raise ValueError(f"step must be at most log10(max / min), {decades:.3g}, not {step:g}")
    return made(LogSlider(float(here), base=10, min=math.log10(low), max=math.log10(high),
                          step=step, readout_format=".3", description=as_label(label)))


def name_of(option):
    """What an option is called in a menu: a function or a loss by its name."""
    for name in (getattr(option, "__name__", None), getattr(option, "name", None)):
        if isinstance(name, str) and name != "<lambda>":
            return name
    words = str(option)
    if " at 0x" in words:
        raise TypeError(f"an option needs a name: give {{name: option}}, not {shown(option)}")
    return words


def choice(options, value=None, *, label=None):
    """A choice from a list of options, or from {name: option}; the first, if no value is given.

    In a list, functions and losses are offered by their names, all others as they are written.
    """
    if isinstance(options, (str, bytes)) or not hasattr(options, "__iter__"):
        raise TypeError(f"options must be a list or {{name: option}}, not {shown(options)}")
    named = options.items() if isinstance(options, dict) else [(name_of(option), option)
                                                                for option in list(options)]
    named = [(str(name), option) for name, option in named]
    if not named:
        raise ValueError(f"a choice needs at least one option, not {shown(options)}")
    offered = [option for _, option in named]
    if any(isinstance(option, np.ndarray) for option in offered):
        raise TypeError("an option must not be an array, which cannot be compared as a whole: "
                        f"give a list or a tuple, not {shown(offered)}")
    if any(option is None for option in offered):
        raise ValueError("an option must not be None, which a menu takes for no choice: "
                         f"give a word such as 'none', not {shown(offered)}")
    places = [place_of(option, offered) for option in offered]
    if None in places:
        raise ValueError(f"an option must be equal to itself, as nan is not, in {shown(offered)}")
    for kind, given in (("names", [name for name, _ in named]), ("options", places)):
        if len(set(given)) < len(given):
            raise ValueError(f"the {kind} of a choice must differ, not {shown(options)}")
    if value is not None and place_of(value, offered) is None:
        raise ValueError(f"value must be one of {shown(offered)}, not {shown(value)}")
    value = offered[0] if value is None else offered[place_of(value, offered)]
    return made(widgets.Dropdown(options=named, value=value, description=as_label(label)))


def place_of(value, offered):
    """The place of a value among the options, or None."""
    try:
        equal = [bool(option == value) for option in offered]
    except ValueError:
        raise TypeError("the options must be such that == compares them as a whole, "
                        f"not {shown(offered)}") from None
    return equal.index(True) if any(equal) else None


def toggle(value=False, *, label=None):
    """A box to tick."""
    if not isinstance(value, (bool, np.bool_)):
        raise TypeError(f"value must be True or False, not {shown(value)}")
    return made(widgets.Checkbox(bool(value), description=as_label(label), indent=False))


class Counter(widgets.Button):
    """A button whose value counts how often it was pressed."""

    value = traitlets.Int()

    def __init__(self, label):
        super().__init__(description=label, layout=widgets.Layout(width="max-content"))
        self.on_click(self.count)

    def count(self, _):
        self.value += 1


def button(*, label=None):
    """A button to press. Its value is a whole number: how often that was done."""
    return made(Counter(as_label(label)))


class Clock(traitlets.HasTraits):
    """A control that moves by itself: its value is a whole number.

    It has as many rows of buttons as there are cells that show it: each row keeps its own time.
    """

    value = traitlets.Int()

    def __init__(self, value, interval, description):
        super().__init__(value=value)
        self.interval, self.description = interval, description
        self.layout = widgets.Layout(grid_column="1 / -1", flex_flow="row wrap")


class Player(Clock):
    """Plays the steps from 0 to the last: its value is the step."""

    def __init__(self, steps, value, frames, interval, label):
        super().__init__(value, interval, f"play, step back, step on, {label}")
        self.steps, self.frames, self.label = steps, frames, label
        self.times = moments(steps, frames)

    def row(self):
        """One more row of buttons."""
        return PlayerRow(self)

    def frame(self, step):
        """The number of the last picture that is not after a step."""
        return int(np.searchsorted(self.times, step, side="right")) - 1


class PlayerRow:
    """Buttons to play, pause and step, and a slider to scrub."""

    def __init__(self, player):
        self.player = player
        self.clock = widgets.Play(value=player.frame(player.value), min=0,
                                  max=len(player.times) - 1, interval=player.interval,
                                  description="play")
        self.back, self.on = (widgets.Button(description=words, layout={"width": "90px"})
                              for words in ("step back", "step on"))
        self.scrub = widgets.IntSlider(player.value, 0, player.steps, description=player.label,
                                       style={"description_width": "initial"},
                                       layout={"width": "340px"})
        self.back.on_click(lambda _: self.step(-1))
        self.on.on_click(lambda _: self.step(1))
        self.clock.observe(self.tick, "value")
        self.box = widgets.HBox([self.clock, self.back, self.on, self.scrub],
                                layout=player.layout)
        self.link = traitlets.link((player, "value"), (self.scrub, "value"))
        player.observe(self.follow, "value")

    def step(self, way):
        """One step back or on, if there is one."""
        self.player.value = min(max(self.player.value + way, 0), self.player.steps)

    def tick(self, change):
        """The clock shows the next picture; where it only followed, nothing happens."""
        if change["new"] != self.player.frame(self.player.value):
            self.player.value = self.player.times[change["new"]]

    def follow(self, change):
        """Let the clock go on from here."""
        self.clock.value = self.player.frame(change["new"])

    def close(self):
        """Give everything back but the player."""
        self.link.unlink()
        self.player.unobserve(self.follow, "value")
        close_widgets([self.box], keep=[self.player.layout])


def player(steps, value=None, *, frames=50, interval=100, label="step"):
    """A player of the steps 0 to `steps`, for `explore(scene, make_runs, t=player(100), ...)`.

    value     the step it begins with, by default the last: then it plays from 0
    frames    the number of moves from the first step to the last
    interval  in milliseconds
    """
    steps = as_whole("steps", steps)
    value = steps if value is None else as_whole("value", value, 0)
    if value > steps:
        raise ValueError(f"value must be a step from 0 to {steps}, not {value!r}")
    interval = as_whole("interval", interval)
    return made(Player(steps, value, as_whole("frames", frames), interval, as_label(label)))


class Ticks(Clock):
    """Counts how often a browser says that time has passed: 1, 2, ... up to `END`, where it stops.

    A browser that plays from the end begins with 0. A tick that is late may be left out.
    """

    END = 10 ** 6

    def __init__(self, interval):
        super().__init__(self.END, interval, "play, start again")

    def row(self):
        """One more row of buttons."""
        return TicksRow(self)


class TicksRow:
    """Buttons to play, pause and stop, and one to start again."""

    def __init__(self, ticks):
        self.ticks = ticks
        self.clock = widgets.Play(value=ticks.value, min=0, max=ticks.END, show_repeat=False,
                                  interval=ticks.interval, description="play")
        self.again = widgets.Button(description="start again", layout={"width": "110px"})
        self.again.on_click(lambda _: setattr(ticks, "value", 0))
        self.clock.observe(lambda change: setattr(ticks, "value", change["new"]), "value")
        self.box = widgets.HBox([self.clock, self.again], layout=ticks.layout)
        ticks.observe(self.follow, "value")

    def follow(self, _):
        """Show what is counted now, which may be more than what this row has just said."""
        self.clock.value = self.ticks.value

    def close(self):
        """Give everything back but the counter."""
        self.ticks.unobserve(self.follow, "value")
        close_widgets([self.box], keep=[self.ticks.layout])


# all widgets of a scene


def parts_of(roots):
    """All widgets that these are made of, each after its own parts."""
    found = {}

    def visit(widget):
        for part in (*getattr(widget, "children", ()), getattr(widget, "layout", None),
                     getattr(widget, "style", None)):
            if isinstance(part, widgets.Widget) and part not in found:
                visit(part)
        found[widget] = None

    for root in roots:
        if root not in found:
            visit(root)
    return list(found)


def close_widgets(roots, keep=()):
    """Take widgets out of the kernel and the page, with all their parts."""
    for widget in reversed(parts_of(roots)):
        if not any(widget is kept for kept in keep):
            widget.close()


def open_widgets(roots):
    """Bring widgets back that were closed."""
    for widget in parts_of(roots):
        widget.open()
