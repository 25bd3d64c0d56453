"""One move of a slider in notebook 01's main scene: `lrteach.explore` against plain `@interact`.

Plain means `plt.subplots` and `plt.show` at each change. Both run in one real IPython kernel, where
`plt.show` makes a PNG and sends it, and get the messages that a browser sends. Prints one JSON
line: median milliseconds in the kernel, from setting a slider to having sent the new picture, and
their ratio. The aims are at most 8 ms and a ratio of at least 20.

    python benchmarks/slider.py --browser

adds, in JupyterLab in a headless Chromium: median milliseconds from a key press to the painted
picture (aim: a ratio of at least 4), and how long after the last repeat of a key that is held the
picture still changes (aim: at most 250 ms).
"""

import json
import statistics
import tempfile
from pathlib import Path

from common import arguments, page_with, printed_in_kernel

HERE = Path(__file__).resolve().parent
SETUP = f"""
%matplotlib inline
import sys
sys.path.insert(0, {str(HERE)!r})
import statistics, time
import matplotlib.pyplot as plt
from ipywidgets import FloatSlider, IntSlider, interact
from lrteach import explore, slider
from main_scene import plain, scene, walk
"""
OURS = """
live = explore(scene(), walk, lr=slider(0.0, 2.5, 0.1, 0.01),
               start=slider(-10.0, 20.0, -5.0, 0.5),
               curvature=slider(0.1, 4.0, 1.0, 0.1), steps=slider(1, 50, 50))
ours = live.controls[0]
live
"""
THEIRS = """
def draw(lr, start, curvature, steps):
    plain(walk(lr, start, curvature, steps), steps)
    plt.show()
theirs = interact(draw, lr=FloatSlider(0.1, min=0, max=2.5, step=0.01),
                  start=FloatSlider(-5.0, min=-10, max=20, step=0.5),
                  curvature=FloatSlider(1.0, min=0.1, max=4, step=0.1),
                  steps=IntSlider(50, min=1, max=50)).widget.children[0]
"""
MEASURE = """
def milliseconds(slider, times):
    spent = []
    for k in range(times):
        start = time.perf_counter()
        slider.set_state({"value": round(0.02 + 0.07 * (k % 30), 2)})  # as a browser's message
        spent.append(1000 * (time.perf_counter() - start))
    return statistics.median(spent)
milliseconds(ours, 5), milliseconds(theirs, 2)
"""


def in_kernel(short):
    """Median milliseconds of a change, ours and theirs."""
    times = "print(milliseconds(ours, {}), milliseconds(theirs, {}))".format(
        *((3, 1) if short else (100, 12)))
    return map(float, printed_in_kernel([SETUP, OURS, THEIRS, MEASURE, times]).split())


# `root` holds one picture: resolves with the milliseconds from the next key press to the frame that
# shows another, complete picture
PAINTED = """root => {
    const shown = () =>
        (root.querySelector('svg')?.outerHTML ?? '') + root.querySelector('img')?.src;
    const complete = () => {
        const img = root.querySelector('img');
        return img && img.complete && img.naturalWidth;
    };
    const before = shown();
    window.painted = new Promise(resolve => document.addEventListener('keydown', () => {
        const start = performance.now();
        const frame = () => {
            if (shown() === before || !complete()) return requestAnimationFrame(frame);
            setTimeout(() => resolve(performance.now() - start));  // after this frame was painted
        };
        requestAnimationFrame(frame);
    }, {once: true, capture: true}));
}"""


def in_browser(home, short):
    """(median ms from key to paint of ours, of theirs, ms that ours moves after a held key)."""
    def key_to_paint(page, handle, picture, times):
        handle.focus()
        spent = []
        for _ in range(times):
            settle(page)
            picture.evaluate(PAINTED)
            page.keyboard.press("ArrowRight")
            spent.append(page.evaluate("window.painted"))
        return statistics.median(spent)

    with page_with([SETUP, OURS, THEIRS], home) as page:
        from lab import HANDLE, scenes, settle
        (scene,) = scenes(page)
        plain = page.query_selector(".widget-interact")
        ours = key_to_paint(page, scene.handles[0], scene.picture, 2 if short else 25)
        theirs = key_to_paint(page, plain.query_selector(HANDLE), plain, 1 if short else 10)
        scene.press(scene.handles[0], "Home")
        settle(page)
        with scene.watched() as seen:
            scene.hold("ArrowRight")
    return ours, theirs, seen["picture"] - seen["key"]


if __name__ == "__main__":
    asked = arguments("One move of a slider, against plain @interact.", browser=True).parse_args()
    ours, theirs = in_kernel(asked.short)
    result = {
        "benchmark": "slider",
        "explore_ms": round(ours, 2),
        "interact_ms": round(theirs, 1),
        "ratio": round(theirs / ours, 1),
        "holds": ours <= 8 and theirs / ours >= 20,
    }
    if asked.browser:
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as home:
            ours, theirs, still = in_browser(Path(home), asked.short)
        result |= {
            "explore_key_to_paint_ms": round(ours, 1),
            "interact_key_to_paint_ms": round(theirs, 1),
            "key_to_paint_ratio": round(theirs / ours, 1),
            "still_after_held_key_ms": round(still, 1),
            "holds": result["holds"] and theirs / ours >= 4 and still <= 250,
        }
    print(json.dumps(result))
