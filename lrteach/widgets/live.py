"""Live scenes: `explore` makes a new run when a control moves, `play` moves the step.

`drive`, where a run goes on while a control moves, is in a module of its own.

A picture is two HTML widgets in one place: the background, which is sent once, and over it what
moves, which is sent at each change.
"""

import base64
import html
import inspect
import weakref

import ipywidgets as widgets

from .._internal import cells
from .._internal.arguments import as_choice, shown
from ..plots.film import animation
from ..plots.scene import Scene
from . import view_of
from .clicks import Clicks, clickable
from .controls import (  # noqa: F401 - the names of a lesson are all here
    LABELS,
    Clock,
    Player,
    button,
    choice,
    close_widgets,
    log_slider,
    open_widgets,
    player,
    slider,
    toggle,
)

OVER = {"grid_area": "1 / 1 / 2 / 2", "width": "100%", "height": "auto", "margin": "0",
        "overflow": "hidden"}  # one layer over the other
LETTER = 7.4         # pixels of a letter of a label
BESIDE = 270         # pixels of a slider beside its label: room to aim, and to read
ERROR = ("margin:70px 40px;padding:10px 14px;line-height:1.4;background:#FFF4D6;color:black;"
         "border-left:6px solid #E69F00")


def explore(scene, make_runs, *, click=None, when=None, sets=None, **controls):
    """Show a scene whose runs are made anew by `make_runs(**values)` whenever a control moves.

    make_runs  returns a Run or {label: Run}, from the values of the controls, by name
    controls   name=slider(...), log_slider(...), choice(...), toggle(...), button(...). A control
               named t, which make_runs does not take, moves the step that is shown; without it,
               that is the last. With t=player(steps), what a file keeps plays by itself.
    click      names of the sliders that a click in the first panel moves, for its x and its y:
               ("x", "y"), or "x" alone; for other panels {number, from 0: names}. A finger or
               the mouse may be drawn along.
    when       {name: function of other controls' values}: this control is shown where that is
               true, as in when={"gamma": lambda policy: policy == "exp_range"}
    sets       {name: function of values that returns {name: value}}: this control, when it
               moves, sets others, as in sets={"surface": lambda surface: {"x": -7, "y": 2}}
    """
    check_scene(scene)
    if not callable(make_runs):
        raise TypeError("make_runs must be a function of the controls that returns a Run, "
                        f"not {shown(make_runs)}")
    for name, control in controls.items():
        check_control(name, control)
    accepted = inspect.signature(make_runs).parameters
    names = [name for name in controls if name != "t" or "t" in accepted]
    try:
        inspect.signature(make_runs).bind(**dict.fromkeys(names))
    except TypeError as error:
        raise TypeError(f"make_runs{inspect.signature(make_runs)} does not fit the controls "
                        f"{', '.join(names)}: {error}") from None
    time = controls.get("t") if "t" not in accepted else None
    made = {}

    def show():
        values = {name: tidy(controls[name].value) for name in names}
        if made.get("values") != values:
            made.update(runs=make_runs(**values), values=values)
        scene.set(made["runs"], time and time.value)

    def film():
        return animation(scene, made["runs"], time.frames, interval=time.interval)

    rules = Rules(controls, as_rules("when", when), as_rules("sets", sets))
    panels = clickable(scene, controls, click) if click is not None else {}
    show()
    return Live(scene, show, controls, film if isinstance(time, Player) else None, panels, rules)


def check_control(name, control):
    """Give a control the label of its name, if it has none; an error in words for what is none."""
    if not (hasattr(control, "value") and hasattr(control, "observe")):
        raise TypeError(f"{name} must be a control such as slider(0, 1, 0.5), "
                        f"not {shown(control)}")
    if isinstance(control, Clock):  # a box with a tooltip fails in the browser
        return
    control.description = control.description or LABELS.get(name, name)
    control.tooltip = control.description


def check_scene(scene):
    """A TypeError in words for what is no Scene."""
    if not isinstance(scene, Scene):
        raise TypeError(f"scene must be a Scene, such as Scene(curve(f)), not {shown(scene)}")


def as_rules(what, rules):
    """{name: function}, {} for None; a TypeError for what is no dictionary."""
    if not isinstance(rules, dict | None):
        raise TypeError(f"{what} must be {{name: function}}, not {shown(rules)}")
    return rules or {}


class Rules:
    """Which controls are shown when, and which one sets which others."""

    def __init__(self, controls, when, sets):
        self.controls = controls
        self.when = {name: self.check("when", name, rule) for name, rule in when.items()}
        self.sets = {name: self.check("sets", name, rule) for name, rule in sets.items()}

    def check(self, what, name, rule):
        """A rule as a function of no arguments, that asks the controls for their values."""
        as_choice(f"a name in {what}", name, list(self.controls))
        if not callable(rule):
            raise TypeError(f"{what}[{name!r}] must be a function of the values of controls, "
                            f"not {shown(rule)}")
        asked = list(inspect.signature(rule).parameters)
        for other in asked:
            as_choice(f"what {what}[{name!r}] asks for", other, list(self.controls))
        return lambda: rule(**{other: tidy(self.controls[other].value) for other in asked})

    def hide(self):
        """Hide what has no effect now."""
        for name, is_shown in self.when.items():
            self.controls[name].layout.display = None if is_shown() else "none"

    def set_by(self, control):
        """{control: value} that a move of this one sets."""
        values = {}
        for name, rule in self.sets.items():
            if self.controls[name] is control:
                values = rule()
                if not isinstance(values, dict):
                    raise TypeError(f"sets[{name!r}] must return {{name: value}}, "
                                    f"not {shown(values)}")
        return {self.controls[as_choice("what sets names", name, list(self.controls))]: value
                for name, value in values.items()}


def tidy(value):
    """A slider's value without the last digits that a browser gets wrong: 0.30000000000000004."""
    return float(f"{value:.12g}") if isinstance(value, float) else value


def rounded(change):
    """Whether a slider stands where it stood, and a browser has only sent its own last digits."""
    if not change or not isinstance(change["new"], float):
        return False
    return tidy(change["new"]) == tidy(change["old"])


def play(scene, runs, frames=50, *, interval=100):
    """Show a scene step by step, with buttons to play, pause and step, and a slider to scrub.

    It begins at the last step, and plays from 0. What a file keeps plays by itself.

    runs      a Run or {label: Run}
    frames    the number of moves from the first step to the last
    interval  in milliseconds
    """
    check_scene(scene)
    t = player(max(scene.steps(runs), 1), frames=frames, interval=interval)

    def show():
        scene.set(runs, t.value)

    show()
    return Live(scene, show, {"t": t}, lambda: animation(scene, runs, frames, interval=interval))


_users = weakref.WeakKeyDictionary()  # control: the open live scenes that use it


class Live:
    """A scene with its controls, as a cell displays it: live, with a still picture and a sentence.

    scene    the Scene;  show()  sets it to what the controls say
    controls  {name: control}, in their order, each with `value` and `description`
    film()   the bytes of what a file keeps, in place of a still picture
    """

    def __init__(self, scene, show, controls, film=None, click=(), rules=None):
        self.scene, self.names, self.controls = scene, list(controls), list(controls.values())
        self._show, self._film, self._rules = show, film, rules or Rules({}, {}, {})
        self._held, self._open, self._views = False, False, []
        self._run = cells.running()
        self.background, self.overlay, self.message = (
            widgets.HTML(layout=widgets.Layout(**OVER)) for _ in range(3))
        self.clicks = None
        if click:
            self.clicks = Clicks(scene, click, self.move, widgets.Layout(**OVER))
        self._align()
        self._rules.hide()
        self._draw()
        self._listen()
        cells.claim(self)

    @property
    def layers(self):
        """What lies one over the other in the picture."""
        return [self.background, self.overlay, self.message,
                *(self.clicks.layers if self.clicks else [])]

    def _align(self):
        """Give all labels the width of the longest, so that the sliders start at one line."""
        labels = [control for control in self.controls
                  if hasattr(getattr(control, "style", None), "description_width")
                  and not isinstance(control, widgets.Checkbox)]
        longest = max((len(control.description) for control in labels), default=0)
        self._label_width = round(LETTER * longest) + 8
        for control in labels:
            control.style.description_width = f"{self._label_width}px"
            is_menu = isinstance(control, widgets.Dropdown)
            control.layout.width = "max-content" if is_menu else "auto"

    # what moves

    def _listen(self):
        """Draw anew whenever a control moves."""
        self._open = True
        for control in self.controls:
            control.observe(self.refresh, "value")
            _users.setdefault(control, weakref.WeakSet()).add(self)

    def move(self, values):
        """Set several controls, {control: value}, and draw once."""
        with self.scene.lock:
            if self._set(values):
                self.refresh()

    def _set(self, values):
        """Set controls without drawing; whether any of them moved."""
        new = {control: tidy(value) for control, value in values.items()
               if tidy(control.value) != tidy(value)}
        self._held = True
        try:
            for control, value in new.items():
                control.value = value
        finally:
            self._held = False
        return bool(new)

    def refresh(self, change=None):
        """Draw anew; an error is shown in the picture, in words, and the picture before stays."""
        with self.scene.lock:
            if self._held or rounded(change):
                return
            try:
                if change:
                    self._set(self._rules.set_by(change["owner"]))
                self._rules.hide()
                self._show()
                self.message.value = ""
                self._draw()
            except Exception as error:  # whatever it is, the scene lives on
                words = html.escape(f"{type(error).__name__}: {error}")
                self.message.value = (f'<div class="lrteach-error" role="alert" '
                                      f'style="{ERROR}">{words}</div>')

    def _draw(self):
        """Send what has changed."""
        overlay, background = self.scene.overlay(self.hint()), self.scene.background()
        if self.clicks and background != self.background.value:
            self.clicks.draw()
        self.background.value, self.overlay.value = background, overlay

    # what is shown

    def hint(self):
        """What ends the line above the picture."""
        return self.clicks.hint() if self.clicks else ""

    @property
    def box(self):
        """The widget that shows the scene: that of the cell which displayed it last."""
        return (self._views[-1] if self._views else self._view()).box

    def _view(self):
        """One more place that shows the scene."""
        if not self._open:
            open_widgets([*self._own_widgets(), *self.layers])
            self._listen()
        view = View(self)
        self._views.append(view)
        cells.claim(self)
        cells.claim(view)
        return view

    def sentence(self):
        """The text equivalent: what is shown, and what can be moved."""
        names = [control.description for control in self.controls
                 if control.layout.display != "none"]
        words = f"{self.scene.sentence()} Controls: {', '.join(names)}."
        return f"{words} {self.clicks.sentence()}" if self.clicks else words

    def _repr_mimebundle_(self, include=None, exclude=None):
        with self.scene.lock:
            words = self._first_of(lambda: self._stand() or self.sentence(), self.scene.sentence,
                                   lambda: self.scene.title or "A live scene.")
            still = self._first_of(self._film or self.scene.png, self.scene.png, bytes)
            self._first_of(self._stand, bool)
            data = {**view_of(self._view().box), "text/plain": words}
        if not still:
            return data, {}
        data["image/png"] = base64.b64encode(still).decode()
        return data, {"image/png": {"width": self.scene.width, "alt": words}}

    def _stand(self):
        """Let the scene, which others may show as well, stand as these controls say."""
        self._show()

    @staticmethod
    def _first_of(*ways):
        """What the first way gives that does not fail: nothing may keep the scene from the page."""
        for way in ways[:-1]:
            try:
                return way()
            except Exception:
                continue
        return ways[-1]()

    # what is given back

    def close(self):
        """Take all widgets off the page, and listen no more; a cell that shows it opens it again.

        Controls that another live scene uses stay, and those that another cell has made.
        """
        self._open = False
        for control in self.controls:
            control.unobserve(self.refresh, "value")
            _users.get(control, weakref.WeakSet()).discard(self)
        for view in self._views:
            view.close_box()
        self._views = []
        unused = [control for control in self._own_widgets() if not _users.get(control)]
        close_widgets([*unused, *self.layers])

    def _own_widgets(self):
        """The controls, or their layouts, that were made for this scene."""
        own = [control for control in self.controls
               if getattr(control, "lrteach_run", None) == self._run]
        return [control.layout if isinstance(control, Clock) else control for control in own]

    def __reduce_ex__(self, protocol):
        raise TypeError("a live scene can be neither copied nor pickled: make another one, with "
                        "controls of its own")


class View:
    """The widgets of one cell that shows a live scene: a row of buttons keeps its own time."""

    def __init__(self, live):
        self.live = weakref.ref(live)
        self.rows = {control: control.row() for control in live.controls
                     if isinstance(control, Clock)}
        shown = [self.rows[control].box if control in self.rows else control
                 for control in live.controls]
        width = {"width": "100%", "max_width": f"{live.scene.width}px"}
        least = live._label_width + BESIDE
        columns = f"repeat(auto-fill, minmax(min(100%, {least}px), 1fr))"
        self.controls = widgets.GridBox(shown, layout=widgets.Layout(
            grid_template_columns=columns, align_items="center", **width))
        self.picture = widgets.GridBox(live.layers, layout=widgets.Layout(
            grid_template_columns="100%", **width)).add_class("lrteach-picture")
        fits = widgets.Layout(width="0px", min_width="100%")  # asks for no room: fits its cell
        self.box = widgets.VBox([self.controls, self.picture], layout=fits)

    def close(self):
        """Take this place off the page, if it still is there."""
        live = self.live()
        if live and self in live._views:
            live._views.remove(self)
            self.close_box()

    def close_box(self):
        """Close the boxes, and what stands in this place alone."""
        for row in self.rows.values():
            row.close()
        for box in (self.controls, self.picture, self.box):
            layout = box.layout
            box.close()
            layout.close()
