"""Cells that show live scenes and are run again, in real kernels: with newest and Colab's versions.

A front end names the cell in each request, and knows of a widget what the messages say.
"""

import sys

import pytest
from kernels import ROOT, Kernel, kernelspec, red

SETUP = """
import gc
from lrteach import *
f = valley()
def scene():
    return Scene(landscape(f), loss_curve(steps=100), size=(5, 3))
def walk(lr):
    return descend(f, (-7, 2), lr=lr, steps=100)
lives = []
"""
EXPLORE = "explore(scene(), walk, lr=slider(0.0, 1.0, 0.1))"
CELLS = {
    "explore": EXPLORE,
    "named": f"live = {EXPLORE}\nlive",
    "player": "explore(scene(), walk, lr=slider(0.0, 1.0, 0.1), t=player(100))",
    "play": "play(scene(), walk(0.1))",
    "still": "scene().show(walk(0.1))",
    "drive": "drive(scene(), f, (-7, 2), lr=slider(0.0, 1.0, 0.1), steps=100)",
    "not shown": f"live = {EXPLORE}",
}
SCENES = "[type(o).__name__ for o in gc.get_objects()].count('Scene')"
MEGABYTES = "int(open('/proc/self/statm').read().split()[1]) * 4096 / 1e6"
MOST_MORE = 10  # megabytes more after twenty runs than after the third: less than 30 after fifty


class Page(Kernel):
    """A kernel whose front end names its cells."""

    def run(self, code, cell=None):
        """Run a cell; its outputs. Nothing red may come."""
        content = {"code": code, "silent": False, "store_history": True, "user_expressions": {},
                   "allow_stdin": False, "stop_on_error": False}
        message = self.client.session.msg("execute_request", content,
                                          metadata={"cellId": cell} if cell else {})
        self.client.shell_channel.send(message)
        outputs = self._until_idle(message["header"]["msg_id"])
        assert red(outputs) == []
        return outputs

    def value(self, code):
        """What a cell prints, as a number or a list."""
        return eval("".join(content["text"] for _, content in self.run(f"print({code})", "value")))

    def sliders(self):
        """The sliders that there are, the oldest first."""
        return [name for name, state in self.widgets.items()
                if state["_model_name"] == "FloatSliderModel"]

    def moves(self, slider, value):
        """Whether a picture follows a slider."""
        before = self.html()
        outputs = self.update(slider, value=value)
        assert outputs == []
        return any(f"lr = {value}" in html and html != before[name]
                   for name, html in self.html().items())


@pytest.fixture(scope="module", params=["newest", "colab"])
def page(request, tmp_path_factory):
    """A kernel for many tests, each of which brings cells of its own."""
    python = sys.executable
    if request.param == "colab":
        python = request.getfixturevalue("colab_python")
    specs = kernelspec(tmp_path_factory.mktemp("specs"), python, env={"PYTHONPATH": str(ROOT)})
    with Page(specs) as page:
        page.run(SETUP)
        yield page


@pytest.mark.parametrize("kind, named", [*((kind, True) for kind in CELLS), ("explore", False)])
def test_a_cell_that_is_run_again_leaves_nothing_behind(page, kind, named):
    code, cell = f"{CELLS[kind]}  # {named}", f"memory of {kind}" if named else None
    left = []
    for _ in range(5 if named else 6):
        page.run(code, cell)
        left.append((page.value(SCENES), len(page.widgets)))
    assert left[-2] == left[-1]


@pytest.mark.parametrize("kind", ["explore", "player"])
def test_a_cell_that_is_run_again_takes_no_more_memory(page, kind):
    used = []
    for _ in range(20):
        page.run(CELLS[kind], f"memory after {kind}")
        used.append(page.value(MEGABYTES))
    assert used[-1] - used[2] < MOST_MORE


def test_the_widgets_of_a_cell_go_when_it_is_run_again_and_the_new_ones_move(page):
    page.run(EXPLORE, "a")
    before = set(page.widgets)
    old = page.sliders()[-1]
    page.run(EXPLORE, "a")
    assert old not in page.widgets and len(page.widgets) == len(before)
    assert page.moves(page.sliders()[-1], 0.35)


def test_cells_with_the_same_text_are_two_cells_where_they_have_names(page):
    page.run(EXPLORE, "b")
    first = page.sliders()[-1]
    page.run(EXPLORE, "c")
    second = page.sliders()[-1]
    page.run(EXPLORE, "c")
    assert second not in page.widgets and page.moves(first, 0.4)


def test_what_another_cell_shows_stays_as_long_as_it_does(page):
    page.run(CELLS["named"], "d")
    shown = page.run("live", "e")[-1][1]["data"]
    old = page.sliders()[-1]
    page.run(CELLS["named"], "d")
    view = shown["application/vnd.jupyter.widget-view+json"]["model_id"]
    assert old in page.widgets and view in page.widgets and page.moves(old, 0.45)
    new = page.sliders()[-1]
    page.run("live", "e")
    assert old not in page.widgets and view not in page.widgets
    assert page.moves(new, 0.55)


def test_a_scene_that_is_shown_again_by_the_same_cell_stays(page):
    page.run(f"kept = {EXPLORE}", "g")
    page.run("kept", "h")
    slider = page.sliders()[-1]
    count = len(page.widgets)
    page.run("kept", "h")
    assert len(page.widgets) == count and page.moves(slider, 0.65)


def test_what_was_closed_opens_again_where_it_is_shown_again(page):
    for _ in range(2):
        page.run(f"lives.append({EXPLORE})\nlives[-1]", "i")
    newer = page.sliders()[-1]
    shown = page.run("lives[0]", "j")[-1][1]["data"]
    view = shown["application/vnd.jupyter.widget-view+json"]["model_id"]
    older = page.sliders()[-1]
    assert view in page.widgets and older != newer
    assert page.moves(older, 0.75) and page.moves(newer, 0.85)


def test_a_slider_of_another_cell_stays_and_moves_the_newest_scene(page):
    page.run("lr = slider(0.0, 1.0, 0.1)\ncount = []", "k")
    slider = page.sliders()[-1]
    code = "explore(scene(), lambda lr: count.append(lr) or walk(lr), lr=lr)"
    for _ in range(4):
        page.run(code, "l")
    page.run("count.clear()", "m")
    assert page.moves(slider, 0.95)
    assert page.value("count") == [0.95]  # the older scenes are drawn no more


def test_the_history_of_values_forgets_what_is_gone(page):
    page.run(EXPLORE, "n")
    count = page.value("max(Out)")
    assert page.value(f"[hasattr(Out[{count}], 'refresh'), '_{count}' in globals()]") == [True] * 2
    page.run(EXPLORE, "n")
    assert page.value(f"[{count} in Out, '_{count}' in globals()]") == [False] * 2


def test_without_names_the_last_runs_of_a_text_stay(page):
    code = f"{EXPLORE}  # without a name"
    for _ in range(3):
        page.run(code)
    three = page.sliders()[-3:]
    assert all(page.moves(slider, 0.25 + k / 100) for k, slider in enumerate(three))
    page.run(code)
    assert three[0] not in page.widgets and page.moves(three[1], 0.15)


def test_a_player_shown_by_two_cells_plays_in_both(page):
    page.run("film = play(scene(), walk(0.1))", "o")
    for cell in ("p", "q"):
        page.run("film", cell)
    clocks = [name for name, state in page.widgets.items()
              if state["_model_name"] == "PlayModel"][-2:]
    assert len(set(clocks)) == 2
    for clock, other in (clocks, clocks[::-1]):
        for k in (3, 4, 5):
            page.update(clock, value=k)
            assert page.widgets[other]["value"] == k
            assert any(f"step {2 * k} of 100" in html for html in page.html().values())
