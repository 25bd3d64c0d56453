"""The pages of the course: from a folder, in a real browser, without a network or a kernel."""

import base64
import gzip
import importlib
import json
import os
import re
import shutil
import subprocess
import zlib
from pathlib import Path
from urllib.parse import unquote, urlparse

import pytest
from kernels import ROOT
from project import missing

from lrteach.widgets.recording import MOST
from tools.notebooks import paths
from tools.site import arguments

# Enough to see that pages are right. The workflow `pages` tries all lessons before it puts them up.
SOME = ("00", "01", "02", "05", "07")
LESSONS = [path.stem for path in paths() if os.environ.get("LRTEACH_SITE") == "whole"
           or path.stem.startswith(SOME)]
FIRST_CONTENT = 700_000  # bytes, compressed
PICTURES, SECONDS = 40, 1.5  # of a scene: fewer than on the pages that are published


@pytest.fixture(scope="session")
def site(another_python, tmp_path_factory):
    """All pages. Each recording is compared with what the kernel shows, in a sample of states."""
    if not shutil.which("npm"):
        missing("there is no npm, from which MathJax comes")
    out = tmp_path_factory.mktemp("site") / "out"
    few = ["--pictures", str(PICTURES), "--seconds", str(SECONDS), "--no-lite", "--compare"]
    few += ["--cores", "1"]  # other tests, which move sliders, run beside it
    few += ["--lessons", *(lesson[:2] for lesson in LESSONS)]
    made = subprocess.run([another_python, ROOT / "tools/site.py", out, *few],
                          capture_output=True, text=True, encoding="utf-8")
    assert made.returncode == 0, made.stderr[-3000:]
    return out


@pytest.fixture(scope="module")
def offline(browser):
    context = browser.new_context(offline=True, viewport={"width": 1280, "height": 900})
    yield context
    context.close()


class Tab:
    """A page of the site, with what it loaded and what it complained of."""

    def __init__(self, offline, address):
        self.page, self.loaded, self.complaints = offline.new_page(), [], []
        self.page.on("request", lambda asked: self.loaded.append(asked.url))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("requestfailed", lambda asked: self.complaints.append(f"no {asked.url}"))
        self.page.on("console", self.heard)
        self.page.goto(address)
        if self.page.locator("script[src*=mathjax]").count():
            self.page.wait_for_function("window.MathJax?.startup?.promise")
            self.page.evaluate("() => MathJax.startup.promise")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.page.close()

    def heard(self, said):
        if said.type == "error":
            self.complaints.append(said.text)

    def unfold(self):
        self.page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")

    def first_content(self):
        """Bytes of all that was loaded, compressed as a server sends it."""
        files = {Path(unquote(urlparse(url).path)) for url in self.loaded if url[:5] == "file:"}
        return sum(len(gzip.compress(file.read_bytes())) for file in files)

    def scene(self, k):
        """A scene, once it plays."""
        figure = self.page.locator(".lrteach-scene").nth(k)
        figure.scroll_into_view_if_needed()
        self.page.wait_for_function("figure => figure.dataset.ready", arg=figure.element_handle())
        return figure


# For each control: how many stops it has, and how many different pictures and sentences they show.
MOVED = """figure => {
    const overlay = figure.querySelector('.lrteach-overlay');
    const inputs = [...figure.querySelectorAll('.lrteach-controls > div')]
        .map((row) => row.querySelector('select, input, button[aria-pressed]'));
    const turn = (input, k) => {
        if (input.tagName === 'BUTTON') return input.click();
        if (input.type === 'checkbox') input.checked = Boolean(k);
        else if (input.tagName === 'SELECT') input.selectedIndex = k;
        else input.value = k;
        input.dispatchEvent(new Event('input'));
    };
    const last = (input) => (input.tagName === 'SELECT' ? input.options.length - 1
        : input.type === 'range' ? Number(input.max) : 1);
    const place = (input) => (input.tagName === 'SELECT' ? input.selectedIndex
        : input.type === 'checkbox' ? Number(input.checked) : Number(input.value));
    const found = inputs.map((input) => {
        const label = input.id, seen = new Set();
        const see = () => seen.add(figure.querySelector('.lrteach-layers').innerHTML);
        // a control that is hidden is shown by one of the menus before it
        const menus = inputs.filter((one) => one.tagName === 'SELECT' && one !== input);
        const before = menus.map(place);
        for (const menu of menus)
            for (let k = 0; input.parentElement.hidden && k <= last(menu); k++) turn(menu, k);
        const began = place(input), shown = !input.parentElement.hidden;
        see();
        for (let k = 0; k <= last(input); k++) { turn(input, k); see(); }
        if (input.tagName !== 'BUTTON') turn(input, began);
        menus.forEach((menu, k) => turn(menu, before[k]));
        return [label, shown, last(input) + 1, seen.size];
    });
    return found;
}"""


@pytest.mark.parametrize("lesson", LESSONS)
def test_every_control_of_every_scene_moves_its_picture(lesson, site, offline):
    with Tab(offline, (site / f"{lesson}.html").as_uri()) as tab:
        assert tab.first_content() < FIRST_CONTENT
        scenes = [url for url in tab.loaded if re.search(r"scenes/\d\d-\d+\.js", url)]
        tab.unfold()
        count = tab.page.locator(".lrteach-scene").count()
        assert count > len(scenes) or not count, "pictures come only when a scene comes into view"
        for k in range(count):
            for name, shown, stops, seen in tab.scene(k).evaluate(MOVED):
                assert shown and seen > min(stops, 3) / 2, (name, shown, stops, seen)
        assert tab.complaints == []
        assert all(url.startswith(("file:", "data:", "blob:")) for url in tab.loaded)


@pytest.mark.parametrize("lesson", LESSONS)
def test_a_page_reads_well_on_a_telephone_and_aloud(lesson, site, offline):
    with Tab(offline, (site / f"{lesson}.html").as_uri()) as tab:
        tab.page.set_viewport_size({"width": 390, "height": 800})
        tab.unfold()
        assert tab.page.evaluate("document.documentElement.scrollWidth") <= 390
        words = tab.page.eval_on_selector_all(
            ".bd-article img:not(.lrteach-scene img)", "all => all.map((one) => one.alt)")
        assert all(len(one) > 20 for one in words), words
        assert tab.page.locator("mjx-merror").count() == 0
        text = tab.page.inner_text(".bd-article")
        assert "$" not in re.sub(r"\\$\d", "", text) or lesson.startswith("11"), "a formula in raw"


@pytest.mark.parametrize("lesson", LESSONS)
def test_no_answer_stands_in_a_page_to_be_read(lesson, site):
    text = (site / f"{lesson}.html").read_text(encoding="utf-8")
    asked = vars(importlib.import_module(f"lrteach.course.nb{lesson[:2]}").ask)
    assert len(re.findall("data-asked=", text)) == len(asked)
    for name, question in asked.items():
        assert question.why not in text, name
        assert not [words for _, words in question.hints if words in text], name


def test_the_front_page_leads_everywhere(site, offline):
    with Tab(offline, (site / "index.html").as_uri()) as tab:
        assert tab.first_content() < FIRST_CONTENT and tab.complaints == []
        links = tab.page.eval_on_selector_all(".bd-article table a", "all => all.map(a => a.href)")
        assert [Path(urlparse(link).path).stem for link in links] == LESSONS
        assert all(Path(urlparse(link).path).exists() for link in links)


def test_a_state_in_the_address_opens_that_state(site, offline):
    lesson = (site / "01_descend_a_parabola.html").as_uri()
    with Tab(offline, lesson + "#2.lr=2.5&2.start=20") as tab:
        figure = tab.page.locator(".lrteach-scene").nth(1)
        tab.page.wait_for_function("figure => figure.dataset.ready", arg=figure.element_handle())
        assert figure.locator("output").all_inner_texts()[:2] == ["2.50", "20.0"]
        box = figure.bounding_box()
        assert -box["height"] / 2 < box["y"] < 600, "it is in view, though it was folded away"
        assert "lr = 2.5 " in figure.locator("svg text").first.inner_html()


def test_a_scene_shows_what_its_file_holds(site, offline):
    """The piece that the browser puts together is the one that was recorded, whole."""
    text = (site / "_static/scenes/01-22.js").read_text(encoding="utf-8")
    data = json.loads(zlib.decompress(base64.b64decode(re.search(r'= "(.*)"', text)[1])))
    parts, *_ = data["frames"][data["at"][0]]
    recorded = "".join(data["parts"][part] for part in parts)
    with Tab(offline, (site / "01_descend_a_parabola.html").as_uri()) as tab:
        tab.unfold()
        figure = tab.scene(1)
        for slider in figure.locator("input[type=range]").all():
            slider.evaluate("one => { one.value = 0; one.dispatchEvent(new Event('input')); }")
        same = "text => new DOMParser().parseFromString(text, 'text/html').body.innerHTML"
        shown = figure.locator(".lrteach-overlay").inner_html()
        assert shown == tab.page.evaluate(same, recorded)


def test_a_prediction_answers_by_keyboard_alone(site, offline):
    with Tab(offline, (site / "01_descend_a_parabola.html").as_uri()) as tab:
        form = tab.page.locator(".lrteach-question").first
        form.locator("input").focus()
        tab.page.keyboard.type("-4,0")
        said = form.locator("[role=status]")
        assert said.inner_text() == "This is -4. Press Commit to keep it."
        tab.page.keyboard.press("Enter")
        assert form.locator("button").nth(1).is_disabled(), "the Enter key commits nothing"
        tab.page.keyboard.press("Tab")
        tab.page.keyboard.press("Enter")
        assert said.inner_text().startswith("You said -4. Now open the next output")
        tab.page.keyboard.press("Enter")
        assert said.inner_text().startswith("✓ You said -4. Right: theta - lr * g")


def test_a_scene_gets_as_many_pictures_as_a_page_may_have():
    asked = arguments().parse_args(["x"])
    assert (asked.pictures, asked.seconds) == (MOST, 20.0)


def test_pages_come_into_an_empty_folder(another_python):
    made = subprocess.run([another_python, ROOT / "tools/site.py", ROOT / "tools"],
                          capture_output=True, text=True)
    assert made.returncode == 2 and "must be an empty folder" in made.stderr
