"""Live scenes and the player, moved as a front end moves them: by setting `.value`."""

import base64
import copy
import io
import pickle
import threading
import time

import ipywidgets
import numpy as np
import pytest
from PIL import Image

from lrteach import (
    LinearRegression,
    Scene,
    button,
    choice,
    curve,
    descend,
    drive,
    explore,
    landscape,
    log_slider,
    loss_curve,
    momentum,
    parabola,
    play,
    player,
    receipts,
    sgd,
    slider,
    toggle,
    valley,
)
from lrteach.plots.panel import Panel
from lrteach.widgets.controls import parts_of

BOWL = parabola()
VIEW = "application/vnd.jupyter.widget-view+json"


def live(**controls):
    scene = Scene(curve(BOWL), loss_curve(steps=20, y=(1e-9, 1e9)), title="A bowl")
    return explore(scene, lambda lr, steps=20: descend(BOWL, -5.0, lr=lr, steps=steps),
                   **(controls or {"lr": slider(0.0, 2.5, 0.1, 0.1)}))


def film_of(bundle):
    """The film in what a cell displays."""
    return Image.open(io.BytesIO(base64.b64decode(bundle[0]["image/png"])))


RUN = descend(BOWL, 1.0, lr=0.1, steps=2)


@pytest.mark.parametrize("make, message", [
    (lambda: explore(Scene(curve(BOWL)), RUN, lr=slider(0, 1, 0)),
     "make_runs must be a function .*, not <Run"),
    (lambda: live(lr=0.1), "lr must be a control"),
    *((lambda show=show, scene=scene: show(scene), "scene must be a Scene, such as Scene")
      for scene in (curve(BOWL), BOWL, Scene, None, 3)
      for show in (
          lambda scene: explore(scene, lambda lr: RUN, lr=slider(0, 1, 0)),
          lambda scene: play(scene, RUN),
          lambda scene: drive(scene, BOWL, -5.0, lr=slider(0, 1, 0)))),
    (lambda: live(lr=slider(0, 1, 0), when=["lr"]), "when must be {name: function}, not"),
    (lambda: live(lr=slider(0, 1, 0), sets=3), "sets must be {name: function}, not 3"),
    (lambda: live(rate=slider(0, 1, 0)), "does not fit the controls rate"),
    (lambda: live(lr=slider(0, 1, 0), beta=slider(0, 1, 0)), "does not fit the controls lr, beta"),
    (lambda: live(lr=slider(0, 1, 0), when={"beta": bool}),
     "a name in when must be one of 'lr', not 'beta'"),
    (lambda: live(lr=slider(0, 1, 0), when={"lr": True}), r"when\['lr'\] must be a function"),
    (lambda: live(lr=slider(0, 1, 0), when={"lr": lambda rule: True}),
     r"what when\['lr'\] asks for must be one of 'lr', not 'rule'"),
    (lambda: live(lr=slider(0, 1, 0), sets={"rate": dict}),
     "a name in sets must be one of 'lr', not 'rate'; did you mean|a name in sets must be one of"),
])
def test_errors_say_what_is_allowed(make, message):
    with pytest.raises((TypeError, ValueError), match=message) as error:
        make()
    assert len(str(error.value)) < 300


def test_every_value_changes_the_picture_and_only_the_overlay_is_sent():
    shown = live()
    lr, background, pictures = shown.controls[0], shown.background.value, set()
    for k in range(26):
        lr.value = k / 10
        pictures.add(shown.overlay.value)
        assert f"lr = {k / 10:.4g}" in shown.overlay.value and shown.message.value == ""
    assert len(pictures) == 26 and shown.background.value is background


def test_a_button_counts_and_each_press_makes_new_runs():
    seen = []

    def make(lr, press):
        seen.append((lr, press))
        return descend(BOWL, -5.0, lr=lr, steps=1 + press)

    shown = explore(Scene(loss_curve(steps=20)), make, lr=slider(0.0, 1.0, 0.5),
                    press=button(label="go"))
    lr, press = shown.controls
    press.click()
    lr.value = 0.25
    press.click()
    assert seen == [(0.5, 0), (0.5, 1), (0.25, 1), (0.25, 2)]
    assert "step 3 of 3" in shown.overlay.value and press.description == "go"
    assert shown.sentence().endswith("Controls: learning rate lr, go.")


def test_an_error_is_shown_in_words_and_the_scene_lives_on():
    def make(lr):
        if lr > 1:
            raise ValueError("lr <is> too large")
        return descend(BOWL, -5.0, lr=lr, steps=20)

    shown = explore(Scene(curve(BOWL)), make, lr=slider(0.0, 2.0, 0.5, 0.1))
    before = shown.overlay.value
    shown.controls[0].value = 1.5
    assert "lrteach-error" in shown.message.value
    assert "ValueError: lr &lt;is&gt; too large" in shown.message.value
    assert shown.overlay.value == before
    beside = []  # what lies over a new picture when it appears
    shown.overlay.observe(lambda change: beside.append(shown.message.value), "value")
    shown.controls[0].value = 0.7
    assert beside == [""] and shown.message.value == "" and "lr = 0.7" in shown.overlay.value


def test_an_error_at_the_start_is_raised():
    with pytest.raises(TypeError, match="a Scene shows a Run"):
        explore(Scene(curve(BOWL)), lambda lr: None, lr=slider(0, 1, 0))


def test_a_control_named_t_moves_the_step_without_a_new_run():
    calls = []

    def make(lr):
        calls.append(lr)
        return descend(BOWL, -5.0, lr=lr, steps=20)

    shown = explore(Scene(curve(BOWL)), make, lr=slider(0.0, 1.0, 0.1), t=slider(0, 20, 20))
    shown.controls[1].value = 3
    assert "step 3 of 20" in shown.overlay.value and calls == [0.1]
    shown.controls[0].value = 0.5
    assert "step 3 of 20" in shown.overlay.value and calls == [0.1, 0.5]
    shown.controls[1].value = 0
    assert "step 0 of 20" in shown.overlay.value


def test_a_choice_that_changes_the_background():
    X, y = receipts()
    problems = {"pieces": LinearRegression(X, y), "dozens": LinearRegression(X / [12, 1], y)}
    shown = explore(Scene(landscape(problems["pieces"])),
                    lambda f: descend(f, [0, 0], lr=0.03, steps=20), f=choice(problems))
    first = shown.background.value
    shown.controls[0].value = problems["dozens"]
    assert shown.background.value != first
    shown.controls[0].value = problems["pieces"]
    assert shown.background.value == first


def test_values_are_those_on_the_slider_not_those_of_a_browser():
    seen = []

    def make(lr, start):
        seen.append((lr, start))
        return descend(BOWL, start, lr=lr, steps=5)

    shown = explore(Scene(curve(BOWL)), make, lr=slider(0.0, 1.0, 0.1), start=slider(-5, 5, -5))
    shown.controls[0].value = 0.1 + 0.2
    assert seen == [(0.1, -5), (0.3, -5)] and isinstance(seen[1][1], int)


def test_last_digits_of_a_browser_are_no_move():
    shown = live(lr=slider(0.0, 1.0, 0.1))
    shown.controls[0].value = 0.3
    shown.overlay.value = "kept"
    shown.controls[0].value = 0.1 + 0.2
    assert shown.overlay.value == "kept"
    shown.controls[0].value = 0.31
    assert "lr = 0.31" in shown.overlay.value


def test_controls_moved_in_several_threads_are_drawn_one_after_the_other():
    """JupyterLab 4 moves them in another thread than that of the cells.

    Until that thread has begun, it does so in both.
    """
    busy, together = set(), []

    def make(lr, start):
        busy.add(threading.get_ident())
        time.sleep(0.02)
        together.append(len(busy))
        busy.discard(threading.get_ident())
        return descend(BOWL, start, lr=lr, steps=20)

    shown = explore(Scene(curve(BOWL)), make, lr=slider(0.0, 1.0, 0.1),
                    start=slider(-5.0, 5.0, -5.0))
    threads = [threading.Thread(target=setattr, args=(control, "value", value))
               for control in shown.controls for value in (0.2, 0.3, 0.4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(together) == {1} and shown.message.value == ""
    lr, start = (control.value for control in shown.controls)
    last = explore(shown.scene, make, lr=slider(0.0, 1.0, lr), start=slider(-5.0, 5.0, start))
    assert shown.overlay.value == last.overlay.value


def test_two_live_scenes_may_share_a_scene():
    prices = LinearRegression(*receipts())
    scene = Scene(landscape(prices))
    other = LinearRegression([[1, 0], [0, 1]], [3, 4])
    a = explore(scene, lambda lr: descend(prices, [0, 0], lr=lr, steps=5),
                lr=slider(0.0, 0.03, 0.01))
    background = a.background.value
    b = explore(scene, lambda lr: descend(other, [0, 0], lr=lr, steps=5),
                lr=slider(0.0, 0.03, 0.01))
    assert b.background.value != background
    a.controls[0].value = 0.02
    assert a.background.value == background


def test_two_live_scenes_may_share_a_control():
    lr = slider(0.0, 1.0, 0.1)
    one, two = (explore(Scene(curve(BOWL)), lambda lr: descend(BOWL, -5.0, lr=lr, steps=5), lr=lr)
                for _ in range(2))
    lr.value = 0.5
    assert "lr = 0.5" in one.overlay.value and "lr = 0.5" in two.overlay.value
    two.close()
    lr.value = 0.6
    assert "lr = 0.6" in one.overlay.value and "lr = 0.5" in two.overlay.value
    assert lr.comm is not None


# labels, and what is hidden or set


def test_a_control_without_a_label_is_called_by_its_name():
    def make(lr, beta, steps, x, y, own):
        return descend(valley(), (x, y), momentum, lr=lr, beta=beta, steps=steps)
    shown = explore(Scene(landscape(valley())), make, lr=log_slider(1e-3, 1, 0.1),
                    beta=slider(0.0, 0.9, 0.5), steps=slider(1, 20, 5), x=slider(-8.0, 8.0, 1.0),
                    y=slider(-3.0, 3.0, 1.0), own=toggle(), t=slider(0, 20, 20))
    labels = ["learning rate lr", "momentum beta", "steps", "start x", "start y", "own", "step t"]
    assert [control.description for control in shown.controls] == labels
    assert shown.sentence().endswith(f"Controls: {', '.join(labels)}.")
    shown = live(lr=slider(0.0, 1.0, 0.1, label="how fast"), steps=slider(1, 20, 5))
    assert [control.description for control in shown.controls] == ["how fast", "steps"]


def test_all_labels_of_a_scene_have_one_width():
    shown = live(lr=slider(0.0, 1.0, 0.1, label="a very long label of a slider"),
                 steps=choice([5, 10]))
    widths = {control.style.description_width for control in shown.controls}
    assert len(widths) == 1 and int(widths.pop().removesuffix("px")) > 180
    columns = shown.box.children[0].layout.grid_template_columns
    assert columns.startswith("repeat(auto-fill, minmax(min(100%, ")


def test_a_control_is_shown_where_it_has_an_effect():
    def make(rule, beta, lr):
        return descend(BOWL, -5.0, momentum if rule == "momentum" else sgd, lr=lr, steps=5)
    shown = explore(Scene(curve(BOWL)), make, rule=choice(["plain", "momentum"]),
                    beta=slider(0.0, 0.9, 0.5), lr=slider(0.0, 1.0, 0.1),
                    when={"beta": lambda rule, lr: rule == "momentum" and lr > 0})
    rule, beta, lr = shown.controls
    assert beta.layout.display == "none"
    assert shown.sentence().endswith("Controls: update rule, learning rate lr.")
    rule.value = "momentum"
    assert beta.layout.display is None
    assert shown.sentence().endswith("Controls: update rule, momentum beta, learning rate lr.")
    lr.value = 0.0
    assert beta.layout.display == "none"


def test_a_player_may_be_hidden():
    shown = explore(Scene(curve(BOWL)), lambda lr: descend(BOWL, -5.0, lr=lr, steps=20),
                    lr=slider(0.0, 1.0, 0.0), t=player(20), when={"t": lambda lr: lr > 0})
    assert shown.box.children[0].children[1].layout.display == "none"
    shown.controls[0].value = 0.5
    assert shown.box.children[0].children[1].layout.display is None


def test_a_control_sets_others_and_draws_once():
    calls = []

    def make(surface, x, y):
        calls.append((surface, x, y))
        return descend(valley(), (x, y), lr=0.1, steps=5)

    places = {"far": {"x": -7.0, "y": 2.0}, "near": {"x": 1, "y": 0.5}}
    shown = explore(Scene(landscape(valley())), make, surface=choice(list(places)),
                    x=slider(-8.0, 8.0, -3.0, 0.1), y=slider(-3.0, 3.0, 1.0, 0.1),
                    sets={"surface": lambda surface: places[surface]})
    surface, x, y = shown.controls
    assert calls == [("far", -3.0, 1.0)]
    pictures = []
    shown.overlay.observe(lambda change: pictures.append(change["new"]), "value")
    surface.value = "near"
    assert (x.value, y.value) == (1.0, 0.5) and calls[1:] == [("near", 1.0, 0.5)]
    x.value = 2.0
    surface.value = "far"
    assert (x.value, y.value) == (-7.0, 2.0) and len(pictures) == 3
    assert calls[2:] == [("near", 2.0, 0.5), ("far", -7.0, 2.0)]


def test_a_button_may_set_others():
    shown = explore(Scene(curve(BOWL)), lambda lr, again: descend(BOWL, -5.0, lr=lr, steps=5),
                    lr=slider(0.0, 1.0, 0.1), again=button(label="as it was"),
                    sets={"again": lambda: {"lr": 0.1}})
    lr, again = shown.controls
    lr.value = 0.9
    again.click()
    assert lr.value == 0.1 and "lr = 0.1 " in shown.overlay.value


@pytest.mark.parametrize("values, words", [
    (lambda lr: {"rate": 3}, "what sets names must be one of &#x27;lr&#x27;, &#x27;start&#x27;"),
    (lambda lr: 3, "must return {name: value}, not 3"),
    (lambda lr: 1 / 0, "ZeroDivisionError: division by zero"),
])
def test_a_rule_that_fails_is_told_in_the_scene(values, words):
    shown = explore(Scene(curve(BOWL)), lambda lr, start: descend(BOWL, start, lr=lr, steps=5),
                    lr=slider(0.0, 1.0, 0.1), start=slider(-5.0, 5.0, 1.0), sets={"lr": values})
    shown.controls[0].value = 0.5
    assert words in shown.message.value
    shown.controls[1].value = 2.0
    assert shown.message.value == "" and "lr = 0.5" in shown.overlay.value


# what a cell displays


def test_bundle_is_live_still_and_words():
    shown = live()
    data, metadata = shown._repr_mimebundle_()
    assert data[VIEW]["model_id"] == shown.box.model_id
    assert base64.b64decode(data["image/png"])[:4] == b"\x89PNG"
    assert metadata["image/png"] == {"width": 1000, "alt": shown.sentence()}
    assert data["text/plain"] == shown.sentence()
    assert "At step 20 of 20: lr = 0.1" in data["text/plain"]


def test_each_cell_that_shows_a_live_scene_has_a_box_of_its_own():
    shown = live()
    first, second = (shown._repr_mimebundle_()[0][VIEW]["model_id"] for _ in range(2))
    assert first != second
    assert shown._views[0].picture.children == shown._views[1].picture.children


def test_a_film_that_cannot_be_made_leaves_the_scene_and_its_still_picture():
    runs = {rule.__name__: descend(LinearRegression(receipts()[0] * scale, receipts()[1]), [0, 0],
                                   rule, lr=0.001, steps=3)
            for rule, scale in [(sgd, 1.0), (momentum, 0.5)]}
    shown = play(Scene(landscape(LinearRegression(*receipts()))), runs)
    bundle = shown._repr_mimebundle_()
    assert bundle[0][VIEW]["model_id"] == shown.box.model_id
    assert film_of(bundle).format == "PNG" and getattr(film_of(bundle), "n_frames", 1) == 1
    assert "At step 3 of 3: sgd" in bundle[0]["text/plain"]
    assert "step 3 of 3" in shown.overlay.value


def broken(*where):
    """A panel that fails in one of its parts, from the second time on."""
    count = dict.fromkeys(["update", "tells", "draw"], 0)

    def fail(what):
        count[what] += 1
        if what in where and count[what] > 1:
            raise RuntimeError(f"no {what}")

    def artists(ax, style):
        line, = ax.plot([], [])
        line.draw = lambda renderer: fail("draw")
        return lambda run, t: fail("update")
    return Panel(lambda ax: None, artists, "a panel", lambda run, t: fail("tells") or "told")


@pytest.mark.parametrize("make", [
    lambda scene: play(scene, descend(BOWL, -5.0, lr=0.1, steps=3)),
    lambda scene: explore(scene, lambda lr: descend(BOWL, -5.0, lr=lr, steps=3),
                          lr=slider(0.0, 1.0, 0.1)),
])
@pytest.mark.parametrize("what", ["update", "tells", "draw"])
def test_nothing_that_fails_keeps_a_live_scene_from_the_page(make, what):
    shown = make(Scene(broken(what), title="It breaks"))
    data, metadata = shown._repr_mimebundle_()
    assert data[VIEW]["model_id"] == shown.box.model_id
    assert data["text/plain"].startswith("It breaks")
    assert ("image/png" in data) == ("image/png" in metadata) == (what != "draw")


@pytest.mark.parametrize("twin", [copy.copy, copy.deepcopy, pickle.dumps])
def test_a_live_scene_is_not_copied(twin):
    shown = live()
    with pytest.raises(TypeError, match="a live scene can be neither copied nor pickled"):
        twin(shown)
    shown.controls[0].value = 0.7
    assert "lr = 0.7" in shown.overlay.value


def test_what_is_closed_has_no_widget_left_and_opens_again():
    shown = live(lr=slider(0.0, 1.0, 0.1), t=player(20))
    first = shown._repr_mimebundle_()[0][VIEW]["model_id"]
    lr, t = shown.controls
    everything = parts_of([shown.box, lr])
    assert len(everything) > 20 and all(widget.comm is not None for widget in everything)
    shown.close()
    assert [widget for widget in everything if widget.comm is not None] == []
    before = shown.overlay.value
    lr.value = 0.7  # it listens no more
    assert shown.overlay.value == before
    data = shown._repr_mimebundle_()[0]
    assert data[VIEW]["model_id"] == shown.box.model_id != first
    assert all(widget.comm is not None for widget in parts_of([shown.box]))
    lr.value = 0.8
    t.value = 3
    assert "lr = 0.8" in shown.overlay.value and "step 3 of 20" in shown.overlay.value


# players


def test_player_plays_steps_and_scrubs():
    scene = Scene(curve(BOWL), loss_curve(steps=20, y=(1e-9, 1e9)), size=(5, 3))
    film = play(scene, descend(BOWL, -5.0, lr=0.1, steps=20))
    clock, back, on, t = film.box.children[0].children[0].children
    assert clock.value == t.value == 20 and "step 20 of 20" in film.overlay.value
    seen = []
    film.overlay.observe(lambda change: seen.append(change["new"]), "value")
    for step in range(21):
        clock.value = step  # as the front end does while it plays, from 0
    assert len(set(seen)) == 21 and t.value == 20 and "step 20 of 20" in film.overlay.value
    on.click()
    assert t.value == 20  # there is no step after the last
    back.click()
    assert t.value == clock.value == 19 and "step 19 of 20" in film.overlay.value
    t.value = 4
    assert clock.value == 4 and "step 4 of 20" in film.overlay.value
    assert film_of(film._repr_mimebundle_()).n_frames == 21
    assert film.overlay.value.count("step 4 of 20") >= 1


def test_each_cell_that_shows_a_player_has_a_clock_of_its_own():
    shown = play(Scene(curve(BOWL)), descend(BOWL, -5.0, lr=0.1, steps=20))
    for _ in range(2):
        shown._repr_mimebundle_()
    one, two = (view.controls.children[0].children[0] for view in shown._views)
    assert one is not two
    one.value = 3
    assert two.value == 3 and "step 3 of 20" in shown.overlay.value
    two.value = 4
    assert one.value == 4 and "step 4 of 20" in shown.overlay.value


def test_a_player_among_other_controls_moves_the_step_and_keeps_a_film():
    calls = []

    def make(lr):
        calls.append(lr)
        return descend(BOWL, -5.0, lr=lr, steps=20)

    shown = explore(Scene(curve(BOWL), size=(5, 3)), make, lr=slider(0.0, 1.0, 0.1), t=player(20))
    clock, back, on, scrub = shown.box.children[0].children[1].children
    assert "step 20 of 20" in shown.overlay.value
    moves = [(lambda: setattr(clock, "value", 6), 6), (on.click, 7), (back.click, 6),
             (lambda: setattr(scrub, "value", 13), 13)]
    for move, step in moves:
        move()
        assert f"step {step} of 20" in shown.overlay.value
        assert shown.controls[1].value == clock.value == scrub.value == step
    assert calls == [0.1]
    shown.controls[0].value = 0.5
    assert "step 13 of 20" in shown.overlay.value and calls == [0.1, 0.5]
    bundle = shown._repr_mimebundle_()
    assert film_of(bundle).n_frames == 21 and "step 13 of 20" in shown.overlay.value
    assert bundle[0]["text/plain"].endswith(
        "Controls: learning rate lr, play, step back, step on, step.")


def test_a_player_begins_where_it_is_told():
    shown = explore(Scene(curve(BOWL)), lambda lr: descend(BOWL, -5.0, lr=lr, steps=20),
                    lr=slider(0.0, 1.0, 0.1), t=player(20, 7))
    row = shown.box.children[0].children[1]
    # a tooltip would fail in the browser
    assert "tooltip" not in {name for name, value in row.get_state().items() if value}
    assert "step 7 of 20" in shown.overlay.value
    assert {part.value for part in row.children[::3]} == {7}


def test_the_sentence_of_a_player_tells_the_last_step():
    shown = play(Scene(curve(BOWL)), descend(BOWL, -5.0, lr=0.1, steps=20))
    assert "At step 20 of 20" in shown._repr_mimebundle_()[0]["text/plain"]


def test_the_lines_of_a_run_are_those_of_its_last_step():
    shown = play(Scene(loss_curve(steps=20)), descend(BOWL, -5.0, lr=0.1, steps=20))
    line = next(line for line in shown.scene.axes[0].lines if len(line.get_xdata()) > 2)
    assert np.nanmax(line.get_xdata()) >= 20


def test_the_picture_is_a_grid_of_layers():
    shown = live()
    assert isinstance(shown.box.children[1], ipywidgets.GridBox)
    assert "lrteach-picture" in shown.box.children[1]._dom_classes
