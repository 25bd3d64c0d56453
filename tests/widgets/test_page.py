"""A live scene as a page that plays without a kernel."""

import base64
import html
import json
import re
import zlib

import pytest

from lrteach import (
    Scene,
    adam,
    button,
    choice,
    cosine,
    curve,
    descend,
    drive,
    explore,
    landscape,
    log_slider,
    loss_curve,
    lr_curve,
    parabola,
    play,
    player,
    save_page,
    sgd,
    slider,
    toggle,
    valley,
)
from lrteach.widgets import recording
from lrteach.widgets.recording import Recorded, states, thin

BOWL = parabola()


def walk(lr, start):
    if lr > 1.85:
        raise ValueError("this scene ends at 1.8")
    return descend(BOWL, start, lr=lr, steps=20)


def bowl():
    scene = Scene(curve(BOWL), loss_curve(steps=20), title="A <bowl>", size=(6, 3))
    return explore(scene, walk, lr=slider(0.1, 1.9, 0.5, 0.3), start=slider(-5, 5, -5, 5))


def kept(path):
    """(what the page begins with, what it has packed)."""
    text = path.read_text(encoding="utf-8")
    begin, = re.findall(r'class="lrteach-begin">(.*?)</script>', text, re.S)
    packed, = re.findall(r'class="lrteach-pictures">(.*?)</script>', text, re.S)
    return json.loads(begin), json.loads(zlib.decompress(base64.b64decode(packed)))


def frame(data, number):
    """(overlay, number of the background, error, hidden controls) of a state."""
    parts, *rest = data["frames"][data["at"][number]]
    return "".join(data["parts"][part] for part in parts), *rest


def without_ids(svg):
    return re.sub(r'(id="|url\(#|href="#)[^")]*', r"\1", svg)


def test_a_page_has_each_state_as_the_kernel_shows_it(tmp_path):
    live = bowl()
    save_page(live, tmp_path / "x.html")
    begin, data = kept(tmp_path / "x.html")
    lr, start = begin["controls"]
    assert lr == {"name": "lr", "label": "learning rate lr", "kind": "range", "begin": 1,
                  "words": ["0.1", "0.4", "0.7", "1.0", "1.3", "1.6", "1.9"]}
    assert (start["words"], start["begin"]) == (["-5", "0", "5"], 0)
    assert len(data["at"]) == 7 * 3 and begin["backgrounds"] == [None]
    for k, j in [(0, 0), (3, 1), (5, 2)]:
        overlay, *rest = frame(data, k + 7 * j)
        live.move({live.controls[0]: 0.1 + 0.3 * k, live.controls[1]: 5 * j - 5})
        assert overlay == live.scene.overlay() and html.escape(live.scene.sentence()) in overlay
        assert rest == [0, "", []]
    assert frame(data, 6 + 7) == ("", 0, "ValueError: this scene ends at 1.8", [])


def test_the_scene_stands_where_it_stood_and_the_page_begins_there(tmp_path):
    live = bowl()
    live.move({live.controls[0]: 1.3})
    before = live.scene.overlay(), live.controls[0].value
    save_page(live, tmp_path / "x.html")
    assert (live.scene.overlay(), live.controls[0].value) == before
    text = (tmp_path / "x.html").read_text(encoding="utf-8")
    assert before[0] in text and "<title>A &lt;bowl&gt;</title>" in text
    assert kept(tmp_path / "x.html")[0]["controls"][0]["begin"] == 4
    assert not re.search(r'(?:src|href)="(?!data:|#)', text), "nothing is loaded from elsewhere"
    assert [path.name for path in tmp_path.iterdir()] == ["x.html"]


def test_all_kinds_of_controls(tmp_path):
    f = valley()
    schedules = {"constant": lambda lr: lr, "cosine": lambda lr: cosine(lr, 20)}

    def runs(policy, fast, lr, press, decay):
        return descend(f, f.start, adam if fast else sgd, lr=schedules[policy](lr), steps=20)
    live = explore(
        Scene(lr_curve(steps=20, y=(0, 1)), size=(5, 3)), runs, policy=choice(list(schedules)),
        fast=toggle(label="Adam"), lr=log_slider(0.1, 0.9, 0.3, 0.5), press=button(label="again"),
        decay=slider(0.0, 1.0, 0.0, 0.5), t=player(20, frames=4),
        when={"decay": lambda policy: policy == "cosine"},
        sets={"policy": lambda policy: {"lr": 0.1 if policy == "cosine" else 0.3}})
    save_page(live, tmp_path / "x.html")
    begin, data = kept(tmp_path / "x.html")
    found = {one["name"]: (one["kind"], one["words"]) for one in begin["controls"]}
    assert found == {
        "policy": ("choice", ["constant", "cosine"]), "fast": ("toggle", ["off", "on"]),
        "lr": ("range", ["0.1", "0.3"]), "press": ("button", ["not pressed", "pressed"]),
        "decay": ("range", ["0.0", "0.5", "1.0"]), "t": ("play", ["0", "5", "10", "15", "20"]),
    }
    assert len(data["at"]) == 2 * 2 * 2 * 2 * 3 * 5
    assert frame(data, 0)[3] == [4] and frame(data, 1)[3] == [], "decay is hidden at first"
    assert len(data["frames"]) == 2 * 2 * 2 * (1 + 3) * 5, "what is hidden makes no picture"
    assert data["at"][0] == data["at"][2 * 2 * 2 * 2] and data["at"][1] != data["at"][1 + 16]
    assert data["sets"] == {"0": [{"2": 1}, {"2": 0}]}
    assert begin["controls"][5]["interval"] == 100


def test_a_player_is_a_page_of_its_frames(tmp_path):
    run = descend(BOWL, -5.0, lr=0.3, steps=30)
    save_page(play(Scene(curve(BOWL), size=(5, 3)), run, frames=6), str(tmp_path / "x.HTML"))
    begin, data = kept(tmp_path / "x.HTML")
    assert begin["controls"][0]["words"] == ["0", "5", "10", "15", "20", "25", "30"]
    assert begin["controls"][0]["begin"] == 6 and "At step 15 of 30" in frame(data, 3)[0]


def test_the_first_slider_keeps_most_stops_and_all_keep_ends_place_and_round_numbers():
    controls = [Recorded(name, slider(0, 100, 37)) for name in "abc"]
    while states(controls) > 2000:
        thin(controls)
    a, b, c = ([value for value, _ in control.stops] for control in controls)
    assert len(a) > 1.5 * len(b) and len(b) >= len(c) >= 4 and states(controls) <= 2000
    for control, values in zip(controls, (a, b, c), strict=True):
        assert (values[0], values[-1], values[control.begin]) == (0, 100, 37)
        assert not [value for value in values if value % 5 and value != 37]


@pytest.mark.parametrize("control, kept", [
    (slider(0, 50, 0), [0, 2, 4]),
    (slider(0.0, 2.5, 0.0, 0.01), [0.0, 0.02, 0.04]),
    (slider(0.0, 2.5, 0.0, 0.02), [0.0, 0.04, 0.08]),
    (slider(0.9, 0.999, 0.9, 0.001), [0.9, 0.902, 0.904]),
    (slider(-10.0, 20.0, -10.0, 0.5), [-10.0, -9.0, -8.0]),
    (slider(0.05, 2.05, 0.05, 0.1), [0.05, 0.25, 0.45]),  # none of its stops is round
    (log_slider(1e-3, 10, 1e-3), [0.001, 0.0012, 0.00145]),
    (player(100), [0, 4, 8]),  # it has every second one
])
def test_a_thinned_slider_has_about_half_of_the_stops(control, kept):
    recorded = Recorded("x", control)
    before = len(recorded.stops)
    assert recorded.thin() and before / 3 < len(recorded.stops) < before / 1.5
    assert [value for value, _ in recorded.stops][:3] == kept


def test_what_is_too_large_gets_fewer_stops(tmp_path, monkeypatch):
    save_page(bowl(), tmp_path / "x.html")
    whole, = re.findall(r'class="lrteach-pictures">(.*?)</script>',
                        (tmp_path / "x.html").read_text(encoding="utf-8"), re.S)
    monkeypatch.setattr(recording, "LARGEST", 0.95 * len(base64.b64decode(whole)))
    save_page(bowl(), tmp_path / "x.html")
    begin, data = kept(tmp_path / "x.html")
    lr, start = (len(one["words"]) for one in begin["controls"])
    assert len(data["at"]) == lr * start < 21
    monkeypatch.setattr(recording, "LARGEST", 100)
    with pytest.raises(ValueError, match="are more than a page may have"):
        save_page(bowl(), tmp_path / "y.html")
    assert not (tmp_path / "y.html").exists()


def test_a_scene_of_the_four_sliders_stays_below_400_kb(tmp_path):
    def four(lr, start, curvature, steps):
        return descend(parabola(curvature=curvature), start, lr=lr, steps=steps)
    scene = Scene(curve(BOWL), size=(4, 3))
    live = explore(scene, four, lr=slider(0.0, 2.5, 0.1, 0.25), start=slider(-10, 20, -5, 15),
                   curvature=slider(0.5, 4.0, 1.0, 1.5), steps=slider(1, 9, 9, 4))
    save_page(live, tmp_path / "x.html")
    assert len(kept(tmp_path / "x.html")[0]["controls"][0]["words"]) >= 11
    assert (tmp_path / "x.html").stat().st_size < 400_000


@pytest.mark.parametrize("control", [
    slider(-8.0, 8.0, -1.5, 0.01), slider(0, 3, 1), slider(0, 4, 4), log_slider(1e-3, 1, 0.01),
    player(7), player(1000), slider(0.0, 2.5, 0.1, 0.01), slider(-5, 5, 0),
])
def test_each_slider_can_be_thinned_to_its_ends_and_its_place(control):
    recorded = Recorded("x", control)
    ends = {recorded.stops[0], recorded.stops[-1], recorded.stops[recorded.begin]}
    before = len(recorded.stops) + 1
    while recorded.thin():
        assert ends <= set(recorded.stops) and len(recorded.stops) < before
        before = len(recorded.stops)
    assert len(recorded.stops) <= 3


def test_what_is_too_many_stays_as_it_is_or_follows_what_sets_it(tmp_path, monkeypatch):
    monkeypatch.setattr(recording, "MOST", 8)
    starts = {"near": 1.0, "far": 4.0}
    live = explore(
        Scene(curve(BOWL), size=(4, 3)),
        lambda place, start, lr, fast: descend(BOWL, start, lr=lr, steps=5),
        place=choice(list(starts)), start=slider(0.0, 9.0, 1.0), lr=slider(0.1, 0.9, 0.5, 0.1),
        fast=toggle(label="fast"), sets={"place": lambda place: {"start": starts[place]}},
        click="start")
    save_page(live, tmp_path / "x.html")
    begin, data = kept(tmp_path / "x.html")
    assert [one["name"] for one in begin["controls"]] == ["place", "start"]
    text = (tmp_path / "x.html").read_text(encoding="utf-8")
    assert "these stay as they are: learning rate lr, fast." in text
    assert data["clicks"][0][0]["controls"] == [1] and data["sets"]["0"][1] == {"1": 1}
    monkeypatch.setattr(recording, "MOST", 2)
    save_page(live, tmp_path / "x.html")
    begin, data = kept(tmp_path / "x.html")
    assert [one["name"] for one in begin["controls"]] == ["place"]
    assert data["clicks"] == [[]] and "At step 5" in frame(data, 0)[0]
    live.controls[0].value = "far"
    assert frame(data, 1)[0] == live.scene.overlay() != frame(data, 0)[0]
    assert live.controls[1].value == 4.0 and live.controls[2].value == 0.5


def test_a_scene_that_remembers_has_no_page(tmp_path):
    taken = []

    def walks(lr, press):
        if press > len(taken):  # pays for a run, and keeps it
            taken.append(descend(BOWL, -5.0, lr=lr, steps=5))
        return {"next": descend(BOWL, 5.0, lr=lr, steps=5),
                **{f"run {k}": run for k, run in enumerate(taken)}}
    live = explore(Scene(loss_curve(steps=5), size=(4, 3)), walks, lr=slider(0.1, 0.9, 0.5, 0.1),
                   press=button(label="take"))
    with pytest.raises(ValueError, match="depends on what was done before") as error:
        save_page(live, tmp_path / "x.html")
    assert len(str(error.value)) < 300 and list(tmp_path.iterdir()) == []


def test_a_page_names_no_run_that_it_does_not_show(tmp_path, monkeypatch):
    monkeypatch.setattr(recording, "MOST", 3)  # the toggle stays as it is
    live = explore(
        Scene(loss_curve(steps=5), size=(4, 3)),
        lambda lr, mine: {name: descend(BOWL, -5.0, lr=lr, steps=5)
                          for name in ["ours", "yours", "mine"][:2 + mine]},
        lr=slider(0.1, 0.9, 0.5, 0.4), mine=toggle(label="mine joins"))
    before = live.scene.background()
    save_page(live, tmp_path / "x.html")
    assert "these stay as they are: mine joins" in (tmp_path / "x.html").read_text(encoding="utf-8")
    assert list(live.scene._made) == ["ours", "yours"] and live.scene.background() == before


@pytest.mark.parametrize("path, kind, words", [
    ("x.png", ValueError, "path must end in"),
    ("nowhere/x.html", FileNotFoundError, "path must lie in a folder that exists"),
    (".html", ValueError, "path must end in"),
])
def test_what_is_wrong_with_the_path_is_said_before_the_work(path, kind, words, tmp_path):
    live = play(Scene(curve(BOWL), size=(3, 2)), descend(BOWL, -5.0, lr=0.3, steps=2))
    with pytest.raises(kind, match=words) as error:
        save_page(live, tmp_path / path)
    assert len(str(error.value)) < 300 and list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("path", [3, None, ["x.html"]])
def test_a_path_is_the_name_of_a_file(path):
    with pytest.raises(TypeError, match="path must be the name of a file, not"):
        save_page(play(Scene(curve(BOWL)), descend(BOWL, -5.0, lr=0.3, steps=2)), path)


@pytest.mark.parametrize("live", [3, Scene(curve(BOWL)), None])
def test_what_is_no_live_scene_is_named(live, tmp_path):
    with pytest.raises(TypeError, match="live must be a scene that explore"):
        save_page(live, tmp_path / "x.html")


def test_a_driven_scene_has_no_page(tmp_path):
    driven = drive(Scene(curve(BOWL)), BOWL, -5.0, lr=slider(0, 1, 0.5, 0.1), steps=10)
    with pytest.raises(TypeError, match="live must be a scene that explore"):
        save_page(driven, tmp_path / "x.html")


# in a real browser, from the file, without a network


@pytest.fixture
def offline(browser):
    context = browser.new_context(offline=True)
    yield context
    context.close()


def opened(offline, path, state=""):
    """A page of a file, with the list of all that it complained of."""
    tab, complaints = offline.new_page(), []
    tab.on("console", lambda message: complaints.append(message.text))
    tab.on("pageerror", lambda error: complaints.append(str(error)))
    tab.goto(path.as_uri() + state)
    tab.wait_for_selector("[data-ready]")
    return tab, complaints


PAINTED = """async () => {
    const taken = [], slider = document.querySelector('input[type=range]');
    for (let k = 0; k < 30; k++) {
        slider.value = k % 6;
        const start = performance.now();
        slider.dispatchEvent(new Event('input'));
        await new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
        taken.push(performance.now() - start);
    }
    return taken.sort((a, b) => a - b)[15];
}"""


def test_a_saved_page_in_a_browser(offline, tmp_path):
    live = bowl()
    save_page(live, tmp_path / "x.html")
    tab, complaints = opened(offline, tmp_path / "x.html", "#lr=1.3&start=0")
    overlay = tab.locator(".lrteach-overlay")
    live.move({live.controls[0]: 1.3, live.controls[1]: 0})
    same = "text => new DOMParser().parseFromString(text, 'text/html').body.innerHTML"
    assert overlay.inner_html() == tab.evaluate(same, live.scene.overlay())
    sliders = tab.locator("input[type=range]")
    for k in range(2):
        before = overlay.inner_html()
        tab.keyboard.press("Tab")  # alone it reaches each of them
        assert sliders.nth(k).evaluate("slider => slider === document.activeElement")
        tab.keyboard.press("ArrowLeft")
        assert overlay.inner_html() != before
    assert sliders.nth(0).get_attribute("aria-valuetext") == "1.0"
    tab.wait_for_function("location.hash === '#lr=1.0&start=-5'")
    tab.wait_for_function("document.querySelector('figcaption').innerText.includes('lr = 1,')")
    tab.keyboard.press("Shift+Tab")
    tab.keyboard.press("End")
    assert "this scene ends at 1.8" in tab.locator(".lrteach-error").inner_text()
    tab.keyboard.press("Home")
    assert tab.locator(".lrteach-error").count() == 0
    tab.evaluate("location.hash = '#lr=0.7'")
    tab.wait_for_function("document.querySelector('output').innerText === '0.7'")
    assert tab.evaluate(PAINTED) < 100, "a page that waits for something"
    tab.set_viewport_size({"width": 390, "height": 800})
    assert tab.evaluate("document.documentElement.scrollWidth") <= 390
    assert complaints == []


def test_a_saved_player_plays_in_a_browser(offline, tmp_path):
    run = descend(BOWL, -5.0, lr=0.3, steps=12)
    live = play(Scene(curve(BOWL), size=(5, 3)), run, frames=12, interval=20)
    save_page(live, tmp_path / "x.html")
    tab, complaints = opened(offline, tmp_path / "x.html")
    tab.locator("button:text-is('play')").click()
    tab.wait_for_function("document.querySelector('output').innerText === '5'")
    tab.wait_for_function("document.querySelector('output').innerText === '12'")
    tab.locator("button:text-is('step back')").click()
    assert tab.locator("output").inner_text() == "11" and complaints == []


def test_a_click_in_a_saved_page_moves_the_sliders_of_its_panel(offline, tmp_path):
    f = valley()
    scene = Scene(landscape(f, x=(-8, 8), y=(-4, 4)), loss_curve(steps=9), size=(8, 4))
    live = explore(scene, lambda x, y: descend(f, (x, y), lr=0.02, steps=9), click=("x", "y"),
                   x=slider(-8.0, 8.0, -7.0, 1.0), y=slider(-4.0, 4.0, 2.0, 1.0))
    save_page(live, tmp_path / "x.html")
    tab, complaints = opened(offline, tmp_path / "x.html")
    panel = tab.locator(".lrteach-panel")
    assert panel.count() == 1
    box = panel.bounding_box()
    at = {side: box[side] + 0.75 * box[size] for side, size in (("x", "width"), ("y", "height"))}
    tab.mouse.click(at["x"], at["y"])
    assert tab.locator("output").all_inner_texts() == ["4", "-2"]
    tab.mouse.down()
    tab.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    tab.mouse.up()
    assert tab.locator("output").all_inner_texts() == ["0", "0"] and complaints == []
