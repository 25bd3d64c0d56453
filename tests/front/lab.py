"""A notebook in a real JupyterLab, in a real Chromium, used as a learner does: mouse and keys."""

import contextlib
import os
import secrets
import shutil
import socket
import subprocess
import time
import urllib.request
from pathlib import Path

CHROMIUM = (
    shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
)
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
WINDOW = {"width": 1400, "height": 1000}
SETTINGS = {
    "notebook-extension/tracker": '{"windowingMode": "none"}',
    "apputils-extension/notification": '{"fetchNews": "false", "checkForUpdates": false}',
}


class Lab:
    """A JupyterLab of its own that serves one folder; the user's settings are left alone.

    jupyter  the program to start;  specs  what `kernels.kernelspec` returned
    command  what starts JupyterLab in the folder in place of `jupyter lab`;  env  for it
    """

    def __init__(self, jupyter, folder, specs, home, command=None, env=None):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.token, home = secrets.token_hex(16), Path(home)
        places = {
            name: str(home / name.lower())
            for name in (
                "JUPYTER_CONFIG_DIR",
                "JUPYTER_DATA_DIR",
                "JUPYTER_RUNTIME_DIR",
                "JUPYTERLAB_SETTINGS_DIR",
                "JUPYTERLAB_WORKSPACES_DIR",
                "IPYTHONDIR",
            )
        }
        for name, text in SETTINGS.items():
            path = Path(
                places["JUPYTERLAB_SETTINGS_DIR"], "@jupyterlab", f"{name}.jupyterlab-settings"
            )
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        self.log = home / "lab.log"
        with self.log.open("w", encoding="utf-8") as log:
            self.process = subprocess.Popen(
                [
                    *map(str, command or [jupyter, "lab", "--no-browser"]),
                    "--allow-root",
                    "--expose-app-in-browser",
                    f"--port={self.port}",
                    "--ServerApp.port_retries=0",
                    f"--IdentityProvider.token={self.token}",
                    f"--ServerApp.token={self.token}",
                ],
                env={
                    **os.environ,
                    **places,
                    "JUPYTER_PATH": str(Path(specs).parent),
                    **(env or {}),
                },
                cwd=folder,
                stdout=log,
                stderr=subprocess.STDOUT,
            )

    def __enter__(self):
        end = time.monotonic() + 120
        while True:
            with contextlib.suppress(OSError):
                urllib.request.urlopen(self.url("api/status"), timeout=5).close()
                return self
            if self.process.poll() is not None or time.monotonic() > end:
                self.__exit__()
                words = self.log.read_text(encoding="utf-8")[-3000:]
                raise RuntimeError(f"JupyterLab does not answer:\n{words}")
            time.sleep(0.1)

    def __exit__(self, *_):
        self.process.terminate()  # its kernels end with it
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()

    def url(self, path):
        return f"http://127.0.0.1:{self.port}/{path}?token={self.token}"


@contextlib.contextmanager
def chromium():
    """A headless browser."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@contextlib.contextmanager
def notebook(lab, browser, name, seconds=120):
    """A page with a notebook open and its kernel ready; in the end its kernel is shut down."""
    page = browser.new_page(viewport=WINDOW)
    page.set_default_timeout(1000 * seconds)
    page.goto(lab.url(f"lab/tree/{name}") + "&reset")
    notebook_of(page)
    yield page
    page.evaluate("() => window.jupyterapp.shell.currentWidget.sessionContext.shutdown()")
    page.close()


def notebook_of(page):
    """Wait until the notebook of a page has a kernel that is ready."""
    page.wait_for_function(f"() => {KERNEL}?.status === 'idle'")


KERNEL = "window.jupyterapp?.shell?.currentWidget?.sessionContext?.session?.kernel"
HANDLE = ".noUi-handle, .ui-slider-handle"  # of a slider, in ipywidgets 8 and 7
TRACK = ".noUi-base, .ui-slider"


def run_all(page):
    """Run All by JupyterLab's command; back when the kernel is idle and nothing more appears.

    JupyterLab 4 unfolds the output of a cell that runs; JupyterLab 3 is asked to.
    """
    for command in ("notebook:run-all-cells", "notebook:show-all-cell-outputs"):
        page.evaluate(f"() => window.jupyterapp.commands.execute('{command}')")
    settle(page, 500)


def settle(page, quiet=150, seconds=300):
    """Wait until the kernel is idle and nothing has changed for so many milliseconds."""
    page.evaluate(
        """async ([quiet, seconds]) => {
        const start = performance.now();
        let last = start;
        const seen = new MutationObserver(() => { last = performance.now(); });
        seen.observe(document.querySelector('.jp-Notebook'), {childList: true, subtree: true});
        while (performance.now() - last < quiet || KERNEL.status !== 'idle') {
            if (performance.now() - start > 1000 * seconds)
                throw new Error(`the notebook is not at rest after ${seconds} s`);
            await new Promise(requestAnimationFrame);
        }
        seen.disconnect();
    }""".replace("KERNEL", KERNEL),
        [quiet, seconds],
    )


def scenes(page):
    """The live scenes of a notebook."""
    return [
        Shown(page, box)
        for box in page.locator(".widget-vbox:has(> .lrteach-picture)").element_handles()
    ]


class Shown:
    """A live scene as the page shows it: its controls, and the picture."""

    def __init__(self, page, box):
        self.page, self.box, self.picture = page, box, box.query_selector(".lrteach-picture")
        # a control that has no effect in the present state is hidden
        self.handles = [part for part in box.query_selector_all(HANDLE) if part.is_visible()]
        self.tracks = [part for part in box.query_selector_all(TRACK) if part.is_visible()]

    def find(self, selector):
        return self.box.query_selector(selector)

    def overlay(self):
        """What moves, as the page holds it."""
        return self.picture.evaluate("picture => picture.querySelector('svg')?.outerHTML")

    def step(self):
        """What stands beside the first slider, as a number."""
        return float(self.find(".widget-readout").inner_text().replace("\N{MINUS SIGN}", "-"))

    def error(self):
        """The words of the error that lies over the picture."""
        banner = self.find(".lrteach-error")
        return banner.inner_text() if banner else ""

    def changes(self, action=None, *args, seconds=20):
        """Do something, and wait for the picture to change; whether it did."""
        before = self.overlay()
        if action:
            action(*args)
        try:
            self.page.wait_for_function(
                "([picture, before]) => picture.querySelector('svg')?.outerHTML !== before",
                arg=[self.picture, before],
                timeout=1000 * seconds,
            )
            return True
        except Exception as error:
            if "Timeout" not in type(error).__name__:
                raise
            return False

    def press(self, handle, *keys):
        """Focus a control and press keys."""
        handle.focus()
        for key in keys:
            self.page.keyboard.press(key)

    def stops(self, k):
        """How many keys move the handle of slider k from its left end to its right end."""
        handle, places = self.handles[k], []
        for key in ("Home", "ArrowRight", "End"):
            self.press(handle, key)
            places.append(self.at_rest(handle)[0]["x"])
        left, next_, right = places
        return round((right - left) / (next_ - left))

    def hold(self, key, times=40):
        """Keep a key down; it repeats about 30 times a second."""
        for _ in range(times):
            self.page.keyboard.down(key)
            self.page.wait_for_timeout(33)
        self.page.keyboard.up(key)

    def drag(self, k, *places):
        """Draw the handle of slider k by mouse to places between 0 and 1 on its track."""
        self.tracks[k].scroll_into_view_if_needed()
        handle, track = self.at_rest(self.handles[k], self.tracks[k])
        y = handle["y"] + handle["height"] / 2
        self.page.mouse.move(handle["x"] + handle["width"] / 2, y)
        self.page.mouse.down()
        for place in places:
            self.page.mouse.move(track["x"] + place * track["width"], y, steps=8)
        self.page.mouse.up()

    def panel(self):
        """Where on the page the panel that takes clicks lies: {x, y, width, height}."""
        return self.find("rect[onpointerdown]").bounding_box()

    def at(self, x, y):
        """A place in that panel, fractions from its upper left, as a place on the page."""
        panel = self.panel()
        return panel["x"] + x * panel["width"], panel["y"] + y * panel["height"]

    def click(self, x, y, button="left"):
        """Click at a place in the panel that takes clicks."""
        self.picture.scroll_into_view_if_needed()
        self.page.mouse.click(*self.at(x, y), button=button)

    def draw(self, first, *places):
        """Press the mouse at a place in that panel and draw it along others."""
        self.picture.scroll_into_view_if_needed()
        self.page.mouse.move(*self.at(*first))
        self.page.mouse.down()
        for place in places:
            self.page.mouse.move(*self.at(*place), steps=5)
            self.page.wait_for_timeout(100)
        self.page.mouse.up()
        settle(self.page)

    def readouts(self):
        """The numbers beside the sliders."""
        settle(self.page)
        return [
            float(readout.inner_text().replace("\N{MINUS SIGN}", "-"))
            for readout in self.box.query_selector_all(".widget-readout")
        ]

    def path_start(self):
        """Where on the page the longest line of the picture begins."""
        return self.picture.evaluate("""picture => {
            const paths = [...picture.querySelector('svg').querySelectorAll('path')];
            const points = path => path.getAttribute('d').split('L').length;
            const path = paths.sort((a, b) => points(b) - points(a))[0];
            const start = path.getPointAtLength(0).matrixTransform(path.getScreenCTM());
            return [start.x, start.y];
        }""")

    def at_rest(self, *elements):
        """The boxes of elements as soon as they hold still: a busy page may still be scrolling."""
        before, now = None, [element.bounding_box() for element in elements]
        while now != before:
            self.page.wait_for_timeout(100)
            before, now = now, [element.bounding_box() for element in elements]
        return now

    @contextlib.contextmanager
    def watched(self):
        """A dict of what every frame showed, and of the pictures: how many, late, when.

        Late are those that came after the last key.
        """
        seen, watch = {}, self.picture.evaluate_handle(WATCH)
        yield seen
        settle(self.page)
        seen.update(watch.evaluate("seen => seen.stop()"))


WATCH = """root => {
    const seen = {frames: 0, incomplete: 0, pictures: 0, late: 0, key: 0, picture: 0};
    const changed = new MutationObserver(() => {
        seen.pictures += 1;
        seen.late += 1;
        seen.picture = performance.now();
    });
    changed.observe(root, {childList: true, subtree: true});
    const key = () => {
        seen.key = performance.now();
        seen.late = 0;
    };
    document.addEventListener('keydown', key, true);
    let request;
    const frame = () => {
        const img = root.querySelector('img'), svg = root.querySelector('svg');
        const below = img?.complete && img.naturalWidth && img.clientHeight;
        const complete = below && svg?.querySelector('path') && svg.clientHeight;
        seen.frames += 1;
        seen.incomplete += complete ? 0 : 1;
        request = requestAnimationFrame(frame);
    };
    request = requestAnimationFrame(frame);
    seen.stop = () => {
        cancelAnimationFrame(request);
        changed.disconnect();
        document.removeEventListener('keydown', key, true);
        return {...seen, stop: undefined};
    };
    return seen;
}"""
