"""The notebooks as a learner uses them: a real JupyterLab in a real Chromium, keys and a mouse.

Here that is JupyterLab 4; `test_browser_colab` runs the same tests with what is as old as in
Colab. Without a browser the tests skip; where CI is true they fail.
"""

import re
import sys
from functools import partial
from pathlib import Path

import nbformat
import pytest
from kernels import NOTEBOOKS, ROOT, kernelspec
from lab import WINDOW, Lab, notebook, run_all, scenes, settle
from not_yet import judge

EXTRA = {
    "error": """
        def walk(lr):
            if lr > 0.5:
                raise ValueError("this scene ends at 0.5")
            return descend(f, -5.0, lr=lr, steps=20)
        explore(Scene(curve(f), loss_curve(steps=20)), walk, lr=slider(0.0, 1.0, 0.4, 0.1))""",
    "background": """
        bowls = {"wide": ravine(1, 10), "steep": ravine(10, 1)}
        walk = lambda bowl: descend(bowl, [3.0, 3.0], lr=0.05, steps=20)
        explore(Scene(landscape(bowls["wide"])), walk, bowl=choice(bowls))""",
    "click": """
        g = ravine(1, 10)
        panels = landscape(g, x=(-4, 4), y=(-2, 2)), loss_curve(steps=20)
        valleys = Scene(*panels, title="Start where you like", size=(10, 4.4))
        def start(x, y):
            if x > 3.0:
                raise ValueError("not so far to the right")
            return descend(g, [x, y], lr=0.05, steps=20)
        explore(valleys, start, click=("x", "y"),
                x=slider(-3.5, 3.5, -2.0, 0.1), y=slider(-2.0, 2.0, 1.0, 0.1))""",
    "log": """
        walk = lambda lr: descend(f, -5.0, lr=lr, steps=20)
        explore(Scene(curve(f)), walk, lr=log_slider(0.001, 0.3, 0.05))""",
    "drive": """
        road = Scene(loss_curve(steps=60), lr_curve(steps=60, y=(0.001, 1), log=True))
        drive(road, f, -5.0, lr=log_slider(0.001, 1, 0.01), steps=60, frames=30)""",
    "wide": f"# {86 * 'x'}",
    "too wide": f"# {140 * 'x'}",
}


@pytest.fixture(scope="module")
def stack():
    """The `jupyter` that serves the pages, and the Python of the kernels."""
    return Path(sys.executable).with_name("jupyter"), sys.executable


@pytest.fixture(scope="module")
def lab(stack, browser, tmp_path_factory):
    """A server with copies of the notebooks and one more."""
    jupyter, python = stack
    folder, home = tmp_path_factory.mktemp("notebooks"), tmp_path_factory.mktemp("home")
    sources = [
        "from lrteach import *\nf = parabola()",
        *(source.replace("\n        ", "\n") for source in EXTRA.values()),
    ]
    extra = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(source) for source in sources]
    )
    for name, content in [
        *((path.name, nbformat.read(path, as_version=4)) for path in NOTEBOOKS),
        ("extra.ipynb", extra),
    ]:
        content.metadata["kernelspec"] = {
            "name": "lrteach",
            "display_name": "lrteach",
            "language": "python",
        }
        nbformat.write(content, folder / name)
    with Lab(
        jupyter, folder, kernelspec(home / "specs", python, env={"PYTHONPATH": str(ROOT)}), home
    ) as lab:
        yield lab


@pytest.fixture(scope="module", params=[path.name for path in NOTEBOOKS])
def name(request):
    return request.param


@pytest.fixture(scope="module")
def page(name, lab, browser):
    """A page with one of the notebooks, after Run All."""
    with notebook(lab, browser, name) as page:
        run_all(page)
        yield page


@pytest.fixture(scope="module")
def extra(lab, browser):
    """The scenes of the notebook made here, by name."""
    with notebook(lab, browser, "extra.ipynb") as page:
        run_all(page)
        yield dict(zip(EXTRA, scenes(page), strict=False))


def players(page):
    return [scene for scene in scenes(page) if scene.find("button:text-is('step back')")]


def test_run_all_shows_every_scene_and_nothing_red(page):
    assert (
        page.locator(
            '[data-mime-type$="error"], [data-mime-type$="stderr"], '
            ".lrteach-error, .jupyter-widgets-error"
        ).all_inner_texts()
        == []
    )
    assert page.locator(".jp-CodeCell .jp-InputPrompt").last.inner_text().strip("[]: ").isdigit()
    shown = scenes(page)
    assert sum(len(scene.handles) for scene in shown) >= 1, "no slider was rendered"
    for scene in shown:
        with scene.watched() as seen:
            page.wait_for_timeout(50)
        assert seen["frames"] >= 1 and seen["incomplete"] == 0
        boxes = [scene.picture.query_selector(part).bounding_box() for part in ("img", "svg")]
        assert boxes[0] == pytest.approx(boxes[1], abs=1), (
            "what moves does not lie exactly over its background"
        )
        assert (
            scene.box.evaluate(
                "box => [box, ...box.querySelectorAll('*')].filter("
                "e => e.scrollWidth > e.clientWidth + 1 && "
                "/auto|scroll/.test(getComputedStyle(e).overflowX)).map(e => e.className)"
            )
            == []
        ), "a scroll bar"


def test_scenes_and_their_controls_fit_a_projector(page, name):
    """At 1280x720, with JupyterLab's own bars and its file browser around them."""
    page.set_viewport_size({"width": 1280, "height": 720})
    settle(page)
    room = page.locator(".jp-NotebookPanel").bounding_box()
    bar = page.locator(".jp-NotebookPanel-toolbar").bounding_box()
    found = []
    for k, scene in enumerate(scenes(page)):
        box = scene.box.bounding_box()
        if box["height"] > room["height"] - bar["height"] or box["width"] > room["width"]:
            found.append(f"scene {k}: {box['width']:.0f} x {box['height']:.0f} in {room}")
    page.set_viewport_size(WINDOW)
    settle(page)
    judge("fits", name, found)


def test_no_scene_uses_a_clip_path_of_another(page):
    """One that is hidden would clip nothing."""
    names = page.evaluate(
        "[...document.querySelectorAll('.lrteach-picture clipPath')].map(clip => clip.id)"
    )
    assert names and len(names) == len(set(names))


def test_every_slider_moves_the_picture_by_key_and_by_mouse(page):
    for scene in scenes(page):
        for k, handle in enumerate(scene.handles):
            before, drawn = scene.picture.screenshot(), scene.overlay()
            moves = scene.changes(scene.press, handle, *["ArrowRight"] * 3, seconds=4)
            if not moves:  # a busy kernel may answer late
                settle(page)
                moves = scene.overlay() != drawn
            if not moves:  # where the slider stands at its end, to the left
                moves = scene.changes(scene.press, handle, *["ArrowLeft"] * 4)
            assert moves, f"slider {k}: no key moves the picture"
            settle(page)
            assert scene.picture.screenshot() != before
            with scene.watched() as seen:
                moves = any(
                    scene.changes(scene.drag, k, 0.9, 0.2, end, seconds=10) for end in (0.5, 0.6)
                )
            assert moves, f"slider {k}: the mouse does not move the picture"
            assert seen["incomplete"] == 0 and seen["frames"] > 5
            assert scene.error() == ""


def test_holding_a_key_leaves_no_backlog(page):
    """After the last key come the few moves under way and the newest one, not those between.

    Counted, not timed: machines differ, and a backlog is most of the moves. The slider is the one
    with the most stops, and the key is up again before its end.
    """
    for scene in scenes(page):
        if not scene.handles:
            continue
        stops = [scene.stops(k) for k in range(len(scene.handles))]
        finest = scene.handles[stops.index(max(stops))]
        scene.press(finest, "Home")
        settle(page)
        with scene.watched() as once:
            scene.changes(scene.press, finest, "ArrowRight", seconds=2)
        keys = max(1, min(40, max(stops) - 3))
        for _ in range(3):  # a page that is busy may lose the focus, and with it the keys
            scene.press(finest, "Home")
            settle(page)
            with scene.watched() as seen:
                finest.focus()
                scene.hold("ArrowRight", keys)
            if seen["pictures"]:
                break
        assert seen["incomplete"] == 0 and seen["pictures"] >= 1, (stops, keys, once, seen)
        assert seen["late"] <= max(4, keys // 4) * max(once["pictures"], 1), seen
        newest = scene.overlay()
        for key in ("ArrowRight", "ArrowLeft"):
            scene.press(finest, key)
            settle(page)
        assert scene.overlay() == newest, "it does not show the newest value"


def test_player_plays_and_pauses_by_mouse(page):
    for player in players(page):
        player.press(player.handles[0], "Home")
        settle(page)
        with player.watched() as seen:
            assert player.changes(player.find("button:has(.fa-play)").click), "it does not play"
            assert all(player.changes() for _ in range(4)), "it stops by itself"
            player.find("button:has(.fa-pause)").click()
        assert seen["incomplete"] == 0
        here = player.step()
        page.wait_for_timeout(500)
        assert player.step() == here > 0, "it does not pause"


def test_player_plays_again_from_the_end(page):
    for player in players(page):
        player.press(player.handles[0], "End")
        settle(page)
        assert player.changes(player.find("button:has(.fa-play)").click)
        assert player.changes()
        player.find("button:has(.fa-pause)").click()
        settle(page)


def test_player_works_by_keyboard_alone(page):
    for player in players(page):
        player.find("button:has(.fa-play)").focus()
        reached = {}
        for _ in range(8):
            page.keyboard.press("Tab")
            reached[
                page.evaluate(
                    "document.activeElement.innerText || document.activeElement.className"
                )
            ] = True
        assert {"step back", "step on"} <= set(reached) and any(
            "handle" in name for name in reached
        ), reached
        on, back = (
            next(
                button
                for button in player.box.query_selector_all("button")
                if button.inner_text() == name
            )
            for name in ("step on", "step back")
        )
        player.press(player.handles[0], "Home")
        settle(page)
        here = player.step()
        for button, key, move in [
            (on, "Space", 1),
            (on, "Enter", 1),
            (back, "Space", -1),
            (on, "Enter", 1),
            (back, "Enter", -1),
        ]:
            assert player.changes(player.press, button, key), f"{key} does nothing"
            here += move
            settle(page)
            assert player.step() == here
        assert player.changes(player.press, player.handles[0], "ArrowRight"), (
            "the arrow keys do not scrub"
        )
        assert player.changes(player.press, player.find("button:has(.fa-play)"), "Space"), (
            "Space does not play"
        )
        player.press(player.find("button:has(.fa-pause)"), "Space")
        settle(page)
        here = player.step()
        page.wait_for_timeout(500)
        assert player.step() == here, "Space does not pause"


def shows(page, element, words):
    """Wait until an element has these words."""
    page.wait_for_function(
        "([element, words]) => element.innerText.includes(words)",
        arg=[element.element_handle(), words],
        timeout=20000,
    )


def test_predictions_answer_when_committed(page):
    asked = page.locator(".lrteach-prediction")
    for k in range(asked.count()):
        question = asked.nth(k)
        commit, tell = question.locator("button").all()

        replied = partial(shows, page, question.locator(".widget-html-content").last)

        commit.click()
        replied(" first.")
        assert tell.is_disabled()
        if question.locator("input[type=radio]").count():
            question.locator("input[type=radio]").first.focus()
            page.keyboard.press("Tab")  # each option is reached by Tab and chosen by Space
            page.keyboard.press("Space")
        else:
            question.locator("input").press_sequentially("3.25", delay=0)
            question.locator("input").press("Enter")
            replied("This is 3.25")
        commit.press("Space")
        replied("Now run the next cell and compare.")
        tell.click()
        replied(":")
        labels = question.locator("label:visible, .widget-html-content").evaluate_all(
            "all => all.filter(e => e.scrollWidth > e.clientWidth + 1).map(e => e.innerText)"
        )
        assert labels == [], "cut off"


def test_an_error_is_shown_and_the_scene_lives_on(extra):
    scene = extra["error"]
    good = scene.overlay()
    scene.press(scene.handles[0], "ArrowRight", "ArrowRight")  # 0.6
    scene.page.wait_for_function("box => box.querySelector('.lrteach-error')", arg=scene.box)
    assert scene.error() == "ValueError: this scene ends at 0.5" and scene.picture.query_selector(
        "svg path"
    )
    with scene.watched() as seen:
        assert scene.changes(scene.press, scene.handles[0], *["ArrowLeft"] * 4)  # 0.2
    assert seen["incomplete"] == 0 and scene.error() == "" and scene.overlay() != good


def test_a_choice_changes_the_background(extra):
    scene = extra["background"]
    before = scene.picture.query_selector("img").get_attribute("src")
    with scene.watched() as seen:
        assert scene.changes(partial(scene.find("select").select_option, index=1))
    assert scene.picture.query_selector("img").get_attribute("src") != before
    assert seen["incomplete"] == 0


def test_a_click_chooses_the_start(extra):
    scene = extra["click"]
    for x, y in [(0.3, 0.2), (0.61, 0.83), (0.11, 0.5), (0.8, 0.42)]:
        with scene.watched() as seen:
            assert scene.changes(scene.click, x, y), "a click does nothing"
        assert seen["pictures"] == 1 and seen["incomplete"] == 0 and scene.error() == ""
        panel = scene.panel()
        (left, top), (clicked_x, clicked_y) = scene.path_start(), scene.at(x, y)
        assert left == pytest.approx(clicked_x, abs=0.05 / 8 * panel["width"] + 1), (
            "the walk starts elsewhere"
        )
        assert top == pytest.approx(clicked_y, abs=0.05 / 4 * panel["height"] + 1), (
            "the walk starts elsewhere"
        )
        assert scene.readouts() == pytest.approx([-4 + 8 * x, 2 - 4 * y], abs=0.0501)


def test_a_click_at_the_same_place_works_again(extra):
    scene = extra["click"]
    assert scene.changes(scene.click, 0.4, 0.3)
    there = scene.readouts()
    assert scene.changes(scene.press, scene.handles[0], "ArrowRight") and scene.readouts() != there
    assert scene.changes(scene.click, 0.4, 0.3) and scene.readouts() == there


def test_a_click_beside_the_panel_or_with_another_button_does_nothing(extra):
    scene = extra["click"]
    before = scene.overlay(), scene.readouts()
    for x, y, button in [
        (-0.02, 0.5, "left"),
        (0.5, 1.05, "left"),
        (1.6, 0.5, "left"),
        (0.9, 0.9, "middle"),
    ]:
        scene.click(x, y, button)
    scene.page.mouse.move(100, 100)
    settle(scene.page, 500)
    assert (scene.overlay(), scene.readouts()) == before


def test_drawn_along_the_picture_the_start_follows(extra):
    scene = extra["click"]
    with scene.watched() as seen:
        scene.draw((0.2, 0.2), (0.5, 0.9), (0.7, 0.1), (0.3, 0.6))
    assert seen["pictures"] >= 3 and seen["incomplete"] == 0
    assert scene.readouts() == pytest.approx([-4 + 8 * 0.3, 2 - 4 * 0.6], abs=0.0501)
    before = scene.readouts()
    scene.page.mouse.move(
        scene.panel()["x"] + 5, scene.panel()["y"] + 5
    )  # released: it only points
    settle(scene.page, 500)
    assert scene.readouts() == before


def test_an_error_after_a_click_is_shown_and_the_next_click_works(extra):
    scene = extra["click"]
    scene.click(0.99, 0.5)
    scene.page.wait_for_function("box => box.querySelector('.lrteach-error')", arg=scene.box)
    assert (
        scene.error() == "ValueError: not so far to the right" and scene.readouts()[0] == 3.5
    )  # the end of the slider
    with scene.watched() as seen:
        assert scene.changes(scene.click, 0.45, 0.45), "the next click does nothing"
    assert seen["incomplete"] == 0 and scene.error() == ""


def test_a_scene_that_takes_clicks_has_no_more_to_tab_through(extra):
    box = extra["click"].box
    shown = "box => [...box.querySelectorAll('input')].filter(input => input.offsetParent).length"
    assert box.evaluate(shown) == 0 and box.query_selector(".lrteach-panel-0 input")


def test_a_log_slider_starts_where_it_was_told(extra):
    assert "lr = 0.05 " in extra["log"].overlay()
    assert extra["log"].changes(extra["log"].press, extra["log"].handles[0], "ArrowRight")


def test_a_run_is_driven_by_hand(extra):
    scene = extra["drive"]
    play, pause = (f"button:has(.fa-{name})" for name in ("play", "pause"))

    def step():
        settle(scene.page)
        return int(re.search(r"step (\d+) of 60", scene.overlay())[1])

    assert step() == 60
    assert scene.changes(scene.find(play).click), "it does not play"
    assert all(scene.changes() for _ in range(3)), "it stops by itself"
    with scene.watched() as seen:
        assert scene.changes(scene.press, scene.handles[0], *["ArrowRight"] * 5)
        scene.find(pause).click()
    here = step()
    assert seen["incomplete"] == 0 and 0 < here < 60
    scene.page.wait_for_timeout(500)
    assert step() == here, "it does not pause"
    rate = scene.readouts()[0]
    assert scene.changes(scene.press, scene.handles[0], "ArrowRight") and step() == here
    assert scene.readouts()[0] > rate > 0.01
    scene.press(scene.find(play), "Space")
    scene.page.wait_for_function(
        "picture => picture.innerText.includes('step 60 of 60')", arg=scene.picture
    )
    assert step() == 60 and scene.changes(scene.find("button:text-is('start again')").click)
    assert step() == 0 and scene.error() == ""


SIDEWAYS = """() => [...document.querySelectorAll('.jp-CodeCell .jp-InputArea-editor')]
    .map(editor => [editor, ...editor.querySelectorAll('*')].some(part =>
        part.scrollWidth > part.clientWidth + 1 &&
        /auto|scroll/.test(getComputedStyle(part).overflowX)))"""


def test_a_line_of_code_is_seen_whole_beside_the_file_browser(extra):
    """A line as wide as the rules for lessons allow; a wider one would scroll."""
    page = extra["error"].page
    page.set_viewport_size({"width": 1280, "height": 900})
    settle(page)
    assert page.locator(".jp-FileBrowser").bounding_box()["width"] > 150
    scrolls = dict(zip(["setup", *EXTRA], page.evaluate(SIDEWAYS), strict=True))
    page.set_viewport_size(WINDOW)
    settle(page)
    assert not scrolls["wide"] and scrolls["too wide"]


def test_pictures_fit_a_narrow_window(extra):
    scene = extra["error"]
    scene.page.set_viewport_size({"width": 900, "height": 1000})
    settle(scene.page)
    width = scene.picture.bounding_box()["width"]
    boxes = [scene.picture.query_selector(part).bounding_box() for part in ("img", "svg")]
    assert (
        boxes[0] == pytest.approx(boxes[1], abs=1)
        and boxes[0]["width"] == pytest.approx(width, abs=1)
        and width < 600
    )
