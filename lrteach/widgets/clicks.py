"""Clicks in the picture of a live scene: a click in a panel moves the sliders of its coordinates.

One more layer over the picture has a transparent rectangle on each panel that takes clicks. Its
inline handlers write the place into a hidden text box, which tells the kernel, as every control
does. That works where the page lets inline handlers run: in JupyterLab 3 and 4 (tested); the
pages of VS Code and Colab allow inline scripts, too. Elsewhere a click does nothing: the sliders
remain.
"""

import math

import ipywidgets as widgets
import numpy as np

from .._internal.arguments import as_choice, shown
from .controls import LogSlider

SLIDERS = widgets.IntSlider, widgets.FloatSlider, widgets.FloatLogSlider
PRESS = ("if (event.button === 0) "
         "{ this.setPointerCapture(event.pointerId); this.onpointermove(event); }")
# pressed here, and not yet released; with the time, the same place is news again
MOVE = (
    "if (this.hasPointerCapture(event.pointerId)) {{ "
    "const panel = this.getBoundingClientRect(), "
    "box = this.closest('.lrteach-picture').querySelector('.lrteach-panel-{k} input'); "
    "const x = (event.clientX - panel.left) / panel.width, "
    "y = (panel.bottom - event.clientY) / panel.height; "
    "box.value = [x.toFixed(4), y.toFixed(4), event.timeStamp].join(' '); "
    "box.dispatchEvent(new Event('change', {{bubbles: true}})); }}")


def clickable(scene, controls, click):
    """{number of a panel: {name: slider} of its x and y}.

    click  names for the first panel, or {number of a panel: names}.
    """
    found = {}
    for k, names in (click if isinstance(click, dict) else {0: click}).items():
        names = [names] if isinstance(names, str) else names
        if not isinstance(names, (list, tuple)):
            raise TypeError("click must name one or two controls, for x and for y, "
                            f"not {shown(names)}")
        if k not in range(len(scene.axes)):
            raise ValueError(f"click must name panels from 0 to {len(scene.axes) - 1}, "
                             f"not {shown(k)}")
        if len(names) not in (1, 2):
            raise ValueError("click must name one or two controls, for x and for y, "
                             f"not {shown(names)}")
        found[k] = {name: controls[as_choice("a name in click", name, list(controls))]
                    for name in names}
        for name, control in found[k].items():
            if not isinstance(control, SLIDERS):
                raise TypeError(f"click moves a slider or log_slider; {name} is {shown(control)}")
    return found


def stop_near(slider, x):
    """The value of a slider's stop that is nearest to x."""
    if isinstance(slider, LogSlider):
        return slider.stop(slider.nearest(x))
    log = isinstance(slider, widgets.FloatLogSlider)
    place = math.log10(max(x, 1e-300)) if log else x
    last = math.floor((slider.max - slider.min) / slider.step + 1e-9)
    k = round(np.clip((place - slider.min) / slider.step, 0, last))
    stop = slider.min + slider.step * k
    return 10.0 ** stop if log else stop


class Clicks:
    """What takes the clicks of a live scene: a layer over its picture, and hidden text boxes.

    panels  from `clickable`
    move    is told {slider: value}
    layout  of the layer
    layers  what lies over the picture: the layer, and a box for each panel
    """

    def __init__(self, scene, panels, move, layout):
        self.scene, self.panels, self._move = scene, panels, move
        self.layers, self._data = [widgets.HTML(layout=layout)], {}
        for k in panels:
            box = widgets.Text(layout=widgets.Layout(display="none"))
            box.add_class(f"lrteach-panel-{k}")
            box.observe(lambda change, k=k: self._clicked(k, change["new"]), "value")
            self.layers.append(box)

    def _clicked(self, k, place):
        """Of a place "0.25 0.75 ...", fractions of the panel from its lower left, to sliders."""
        at = self._data[k].transform([float(word) for word in place.split()[:2]])
        sliders = self.panels[k].values()
        self._move({slider: stop_near(slider, x) for slider, x in zip(sliders, at, strict=False)})

    def draw(self):
        """Lay the rectangles over the panels as they are shown now."""
        (width, height), rects = self.scene.size, []
        for k in self.panels:
            ax = self.scene.axes[k]
            # kept: another live scene may show this one with other limits
            self._data[k] = (ax.transAxes - ax.transData).frozen()
            at = ax.get_position()
            rects.append(
                f'<rect x="{at.x0 * width:.4f}" y="{(1 - at.y1) * height:.4f}" '
                f'width="{at.width * width:.4f}" height="{at.height * height:.4f}" '
                f'fill="transparent" style="cursor:crosshair;touch-action:pan-y" '
                f'onpointerdown="{PRESS}" onpointermove="{MOVE.format(k=k)}"/>')
        self.layers[0].value = (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" '
            f'aria-hidden="true" style="display:block;width:100%;height:auto;user-select:none">'
            f'{"".join(rects)}</svg>')

    def hint(self):
        """What to do, in a few words."""
        labels = [slider.description for sliders in self.panels.values()
                  for slider in sliders.values()]
        if all(label.startswith("start") for label in labels):
            return "click to set the start"
        names = [" and ".join(sliders) for sliders in self.panels.values()]
        return f"click to set {', or '.join(names)}"

    def sentence(self):
        """What a click does, in words."""
        said = []
        for k, sliders in self.panels.items():
            labels = " and ".join(slider.description for slider in sliders.values())
            said.append(f"A click in panel {k + 1} sets {labels}.")
        return " ".join(said)
