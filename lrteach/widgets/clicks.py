"""Clicks in the picture of a live scene: a click in a panel moves the sliders of its coordinates.

One more layer over the picture has a transparent rectangle on each panel that takes clicks. Its inline handlers write the place
into a hidden text box, which tells the kernel, as every control does. That works where the page lets inline handlers run: in
JupyterLab 3 and 4 (tested); the pages of VS Code and Colab allow inline scripts, too. Elsewhere a click does nothing: the sliders remain.
"""

import math

import ipywidgets as widgets
import numpy as np

from .._internal.arguments import as_choice

SLIDERS = widgets.IntSlider, widgets.FloatSlider, widgets.FloatLogSlider
PRESS = "if (event.button === 0) { this.setPointerCapture(event.pointerId); this.onpointermove(event); }"
MOVE = ("if (this.hasPointerCapture(event.pointerId)) {{ "  # pressed here, and not yet released
        "const panel = this.getBoundingClientRect(), box = this.closest('.lrteach-picture').querySelector('.lrteach-panel-{k} input'); "
        "const x = (event.clientX - panel.left) / panel.width, y = (panel.bottom - event.clientY) / panel.height; "
        "box.value = [x.toFixed(4), y.toFixed(4), event.timeStamp].join(' '); "  # with the time, the same place is news again
        "box.dispatchEvent(new Event('change', {{bubbles: true}})); }}")


def clickable(scene, controls, click):
    """{number of a panel: the sliders of its x and y}, from (names) for the first panel or {number of a panel: (names)}."""
    found = {}
    for k, names in (click if isinstance(click, dict) else {0: click}).items():
        if not isinstance(names, (str, list, tuple)):
            raise TypeError(f"click must name one or two controls, for x and for y, not {names!r}")
        names = [names] if isinstance(names, str) else list(names)
        if k not in range(len(scene.axes)):
            raise ValueError(f"click must name panels from 0 to {len(scene.axes) - 1}, not {k!r}")
        if len(names) not in (1, 2):
            raise ValueError(f"click must name one or two controls, for x and for y, not {names!r}")
        found[k] = [controls[as_choice("a name in click", name, list(controls))] for name in names]
        for name, control in zip(names, found[k]):
            if not isinstance(control, SLIDERS):
                raise TypeError(f"click moves a slider or log_slider; {name} is {control!r}")
    return found


def stop_near(slider, x):
    """The value of a slider's stop that is nearest to x."""
    log = isinstance(slider, widgets.FloatLogSlider)
    if log:
        x = math.log10(max(x, 1e-300))
    last = math.floor((slider.max - slider.min) / slider.step + 1e-9)
    stop = slider.min + slider.step * round(np.clip((x - slider.min) / slider.step, 0, last))
    return 10.0 ** stop if log else stop


class Clicks:
    """What takes the clicks of a live scene: the layer that lies over its picture, and a hidden text box for each panel.

    panels  {number: sliders} from `clickable`;  move  is told {slider: value};  layout  of the layer;  layers  what lies over the picture.
    """

    def __init__(self, scene, panels, move, layout):
        self.scene, self.panels, self._move = scene, panels, move
        self.layers, self._data = [widgets.HTML(layout=layout)], {}
        for k in panels:
            box = widgets.Text(layout=widgets.Layout(display="none")).add_class(f"lrteach-panel-{k}")
            box.observe(lambda change, k=k: self._clicked(k, change["new"]), "value")
            self.layers.append(box)

    def _clicked(self, k, place):
        """Of a place "0.25 0.75 ...", fractions of the panel from its lower left, to the sliders."""
        at = self._data[k].transform([float(word) for word in place.split()[:2]])
        self._move({slider: stop_near(slider, x) for slider, x in zip(self.panels[k], at)})

    def draw(self):
        """Lay the rectangles over the panels as they are shown now."""
        (width, height), rects = self.scene.size, []
        for k in self.panels:
            ax = self.scene.axes[k]
            self._data[k] = (ax.transAxes - ax.transData).frozen()  # another live scene may show this one with other limits
            at = ax.get_position()
            rects.append(f'<rect x="{at.x0 * width:.4f}" y="{(1 - at.y1) * height:.4f}" width="{at.width * width:.4f}" '
                         f'height="{at.height * height:.4f}" fill="transparent" style="cursor:crosshair;touch-action:pan-y" '
                         f'onpointerdown="{PRESS}" onpointermove="{MOVE.format(k=k)}"/>')
        self.layers[0].value = (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" aria-hidden="true" '
                            f'style="display:block;width:100%;height:auto;user-select:none">{"".join(rects)}</svg>')

    def sentence(self):
        """What a click does, in words."""
        return " ".join(f"A click in panel {k + 1} sets {' and '.join(slider.description for slider in sliders)}."
                        for k, sliders in self.panels.items())
