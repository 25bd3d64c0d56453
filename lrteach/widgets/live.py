"""Controls for a `Scene`: `explore` makes a new run when a control moves, `play` moves the step.

Made of plain ipywidgets, 7.7 or later. A picture is two HTML widgets in one place: the background, which is sent once, and
over it what moves, which is sent at each change.
"""

import base64
import html
import inspect
import math

import ipywidgets as widgets
import numpy as np
from traitlets import Int

from ..plots.film import animation
from .._internal.arguments import as_positive, as_whole
from .clicks import Clicks, clickable

WIDE = {"description_width": "initial"}  # room for the whole label
LONG = {"width": "440px", "max_width": "98%"}  # of a slider: room to aim, and for two in a row


# controls


def slider(min, max, value, step=None, *, label=None):
    """A slider from min to max, over whole numbers if all four are whole. Without a step: by 1, or by a hundredth of the range."""
    if not min < max or not min <= value <= max:
        raise ValueError(f"a slider needs min < max and a value from min to max, not min {min!r}, max {max!r}, value {value!r}")
    if step is not None:
        as_positive("step", step)
    if all(isinstance(x, int) for x in (min, max, value, step or 1)):
        return widgets.IntSlider(value, min, max, step or 1, description=label or "", style=WIDE, layout=LONG)
    step = step or (max - min) / 100
    decimals = len(np.format_float_positional(float(f"{step:.2g}"), trim="-").partition(".")[2])
    return widgets.FloatSlider(value, min=min, max=max, step=step, readout_format=f".{decimals}f", description=label or "", style=WIDE,
                               layout=LONG)


def log_slider(min, max, value, step=None, *, label=None):
    """A slider from min to max that multiplies: a move is the factor 10**step, by default about a hundredth of the way."""
    if not 0 < min < max or not min <= value <= max:
        raise ValueError(f"a log_slider needs 0 < min < max and a value from min to max, not min {min!r}, max {max!r}, value {value!r}")
    low, high = math.log10(min), math.log10(max)
    way = math.log10(value) - low or high - low
    step = step or way / math.ceil(100 * way / (high - low))  # so that `value` is a stop: the browser rounds to stops
    return widgets.FloatLogSlider(value, base=10, min=low, max=high, step=step, readout_format=".3g", description=label or "", style=WIDE,
                                  layout=LONG)


def choice(options, value=None, *, label=None):
    """A choice from a list of options, or from {label: option}; the first, if no value is given."""
    if not options:
        raise ValueError(f"a choice needs at least one option, not {options!r}")
    offered = list(options.values()) if isinstance(options, dict) else list(options)
    if any(isinstance(option, np.ndarray) for option in offered):
        raise TypeError(f"an option must not be an array, which cannot be compared as a whole: give a list or a tuple, not {offered!r}")
    if value is not None and value not in offered:
        raise ValueError(f"value must be one of {offered!r}, not {value!r}")
    options = list(options.items()) if isinstance(options, dict) else [(str(option), option) for option in offered]
    return widgets.Dropdown(options=options, value=offered[0] if value is None else value, description=label or "", style=WIDE,
                            layout={"width": "max-content", "margin": "2px 14px 2px 2px"})


def toggle(value=False, *, label=None):
    """A box to tick."""
    return widgets.Checkbox(bool(value), description=label or "", indent=False)


class Counter(widgets.Button):
    """A button whose value counts how often it was pressed."""

    value = Int()

    def __init__(self, label):
        super().__init__(description=label or "", layout=widgets.Layout(width="max-content"))
        self.on_click(lambda _: setattr(self, "value", self.value + 1))


def button(*, label=None):
    """A button to press. Its value is a whole number: how often that was done."""
    return Counter(label)


class Player(widgets.HBox):
    """Buttons to play, pause and step, and a slider to scrub: a control whose value is the step."""

    value = Int()

    def __init__(self, steps, value, frames, interval, label):
        stride = max(1, round(steps / as_whole("frames", frames)))
        t = widgets.IntSlider(value, 0, steps, description=label, style=WIDE, layout=widgets.Layout(width="340px"))
        clock = widgets.Play(value=value, min=0, max=steps, step=stride, interval=interval, description="play")
        back, on = widgets.Button(description="step back"), widgets.Button(description="step on")
        back.layout.width = on.layout.width = "90px"
        back.on_click(lambda _: setattr(t, "value", max(t.value - 1, 0)))
        on.on_click(lambda _: setattr(t, "value", min(t.value + 1, steps)))
        super().__init__([clock, back, on, t])
        self.frames, self.interval, self.description = frames, interval, f"play, step back, step on, {label}"
        widgets.link((clock, "value"), (t, "value"))
        widgets.link((t, "value"), (self, "value"))


def player(steps, value=0, *, frames=50, interval=100, label="step"):
    """A player of the steps 0 to `steps`, for `explore(scene, make_runs, t=player(100), ...)`: beside other controls it moves t.

    value  the step it begins with;  frames  the number of moves from the first step to the last;  interval  in milliseconds.
    """
    if not 0 <= as_whole("value", value, 0) <= as_whole("steps", steps):
        raise ValueError(f"value must be a step from 0 to {steps}, not {value!r}")
    return Player(int(steps), int(value), frames, interval, label)


# scenes that live


def explore(scene, make_runs, *, click=None, **controls):
    """Show a scene whose runs are made anew by `make_runs(**values)` whenever a control moves.

    make_runs  returns a Run or {label: Run}, from the values of the controls, by name.
    click      names of the sliders that a click in the first panel moves, for its x and its y: ("x", "y"), or "x" alone;
               for other panels {number, from 0: names}. A finger or the mouse may be drawn along.
    controls   name=slider(...), log_slider(...), choice(...), toggle(...), button(...). A control named t, which make_runs does
               not take, moves the step that is shown; without it, that is the last. With t=player(steps), what a file
               keeps plays by itself.
    """
    if not callable(make_runs):
        raise TypeError(f"make_runs must be a function of the controls that returns a Run, not {make_runs!r}")
    accepted = inspect.signature(make_runs).parameters
    for name, control in controls.items():
        if not hasattr(control, "value"):
            raise TypeError(f"{name} must be a control such as slider(0, 1, 0.5), not {control!r}")
        control.description = control.description or name
        if not isinstance(control, Player):  # a box with a tooltip fails in the browser, where it has no description
            control.tooltip = control.description
    names = [name for name in controls if name != "t" or "t" in accepted]
    try:
        inspect.signature(make_runs).bind(**dict.fromkeys(names))
    except TypeError as error:
        raise TypeError(f"make_runs{inspect.signature(make_runs)} does not fit the controls {', '.join(names)}: {error}") from None
    moves_t = "t" in controls and "t" not in accepted
    shown = {}

    def show():
        values = {name: tidy(controls[name].value) for name in names}
        if shown.get("values") != values:
            shown.update(runs=make_runs(**values), values=values)
        scene.set(shown["runs"], controls["t"].value if moves_t else None)

    show()
    t, still = controls.get("t"), None
    if isinstance(t, Player):
        def still():
            return animation(scene, shown["runs"], t.frames, interval=t.interval)
    live = Live(scene, show, list(controls.values()), still, clickable(scene, controls, click) if click else {})
    for control in controls.values():
        control.observe(live.refresh, "value")
    return live


def tidy(value):
    """A slider's value without the last digits that a browser gets wrong: 0.30000000000000004 is 0.3."""
    return float(f"{value:.12g}") if isinstance(value, float) else value


def rounded(change):
    """Whether a slider stands where it stood, and a browser has only sent its own last digits."""
    return bool(change) and isinstance(change["new"], float) and tidy(change["new"]) == tidy(change["old"])


def play(scene, runs, frames=50, *, interval=100):
    """Show a scene step by step, with buttons to play, pause and step, and a slider to scrub; what a file keeps plays by itself.

    runs  a Run or {label: Run};  frames  the number of moves from the first step to the last;  interval  in milliseconds.
    """
    t = player(scene.steps(runs), frames=frames, interval=interval)
    scene.show(runs, 0)
    live = Live(scene, lambda: scene.set(runs, t.value), list(t.children),
                still=lambda: animation(scene, runs, frames, interval=interval))
    t.observe(live.refresh, "value")
    return live


class Live:
    """A scene with its controls, as a cell displays it: live, with a still picture and a sentence for where nothing runs."""

    def __init__(self, scene, show, controls, still=None, click=()):
        self.scene, self.controls, self._held = scene, controls, False
        self._show, self._still = show, still or scene.png
        place = {"grid_area": "1 / 1 / 2 / 2", "width": "100%", "height": "auto", "margin": "0", "overflow": "hidden"}  # one over the other
        self.background, self.overlay, self.message = (widgets.HTML(layout=widgets.Layout(**place)) for _ in range(3))
        self.clicks = Clicks(scene, click, self.move, widgets.Layout(**place)) if click else None
        self._draw()
        width = {"width": "100%", "max_width": f"{scene.width}px"}
        layers = [self.background, self.overlay, self.message, *(self.clicks.layers if self.clicks else [])]
        picture = widgets.GridBox(layers, layout=widgets.Layout(grid_template_columns="100%", **width)).add_class("lrteach-picture")
        self.box = widgets.VBox([widgets.HBox(controls, layout=widgets.Layout(flex_flow="row wrap", **width)), picture])

    def move(self, values):
        """Set several controls, {control: value}, and draw once."""
        with self.scene.lock:
            new = {control: tidy(value) for control, value in values.items() if tidy(control.value) != tidy(value)}
            self._held = True
            for control, value in new.items():
                control.value = value
            self._held = False
            if new:
                self.refresh()

    def refresh(self, change=None):
        """Draw anew; an error is shown in the picture, in words, and the picture before it stays."""
        with self.scene.lock:
            if self._held or rounded(change):
                return
            try:
                self._show()
                self.message.value = ""
                self._draw()
            except Exception as error:  # whatever it is, the scene lives on
                self.message.value = (f'<div class="lrteach-error" role="alert" style="margin:70px 40px;padding:10px 14px;line-height:1.4;'
                                      f'background:#FFF4D6;color:black;border-left:6px solid #E69F00">'
                                      f'{html.escape(f"{type(error).__name__}: {error}")}</div>')

    def _draw(self):
        overlay, background = self.scene.overlay(), self.scene.background()
        if self.clicks and background != self.background.value:
            self.clicks.draw()
        self.background.value, self.overlay.value = background, overlay

    def sentence(self):
        """The text equivalent: what is shown, and what can be moved."""
        names = [control.description for control in self.controls]
        return f"{self.scene.sentence()} Controls: {', '.join(names)}." + (f" {self.clicks.sentence()}" if self.clicks else "")

    def _repr_mimebundle_(self, include=None, exclude=None):
        with self.scene.lock:
            self._show()
            words = self.sentence()
            still = base64.b64encode(self._still()).decode()
            self._show()
        return {"application/vnd.jupyter.widget-view+json": {"version_major": 2, "version_minor": 0, "model_id": self.box.model_id},
                "image/png": still, "text/plain": words}, {"image/png": {"width": self.scene.width}}
