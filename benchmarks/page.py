"""A move of a slider on a page without a kernel: notebook 01's main scene, by `save_page`.

Prints one JSON line: seconds to record the scene and kilobytes of the page; the median of
milliseconds from a slider's input until the new picture is made and laid out, in a headless
Chromium (aim: at most 10); and beside it from one painted frame to the next while the slider moves,
which is the pace of the screen, about 17, where nothing is late.
"""

import json
import tempfile
import time
from pathlib import Path

from common import arguments, chromium
from main_scene import scene, walk

from lrteach import explore, save_page, slider

MOVED = """async (times) => {
    const slider = document.querySelector('input[type=range]'), made = [], frames = [];
    const overlay = document.querySelector('.lrteach-overlay');
    for (let k = 0; k < times; k++) {
        slider.value = (k * 7) % (Number(slider.max) + 1);
        const start = performance.now();
        slider.dispatchEvent(new Event('input'));
        overlay.getBoundingClientRect();  // lays it out
        made.push(performance.now() - start);
        await new Promise(requestAnimationFrame);
        frames.push(performance.now() - start);
    }
    return [made, frames].map((all) => all.sort((a, b) => a - b)[Math.floor(times / 2)]);
}"""


def main():
    asked = arguments(__doc__).parse_args()
    live = explore(scene(), walk, lr=slider(0.0, 2.5, 0.1, 0.25 if asked.short else 0.01),
                   start=slider(-10.0, 20.0, -5.0, 15.0 if asked.short else 0.5),
                   curvature=slider(0.1, 4.0, 1.0, 1.3 if asked.short else 0.1),
                   steps=slider(1, 50, 50, 49 if asked.short else 1))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "scene.html")
        start = time.perf_counter()
        save_page(live, path)
        taken = time.perf_counter() - start
        size = path.stat().st_size
        with chromium() as browser:
            page = browser.new_page()
            page.goto(path.as_uri())
            page.wait_for_selector("[data-ready]")
            made, frame = page.evaluate(MOVED, 10 if asked.short else 200)
    found = {"recorded_s": round(taken, 1), "kB": round(size / 1000),
             "made_ms": round(made, 1), "frame_ms": round(frame, 1), "holds": made <= 10}
    print(json.dumps(found))


if __name__ == "__main__":
    main()
