"""Controls, live scenes and the player, moved as a front end moves them: by setting `.value`."""

import base64
import threading
import time

import ipywidgets
import numpy as np
import pytest

from lrteach import (LinearRegression, Scene, button, choice, curve, descend, explore, landscape, log_slider, loss_curve, parabola, play, player,
                     receipts, slider, toggle)

BOWL = parabola()


def live(**controls):
    scene = Scene(curve(BOWL), loss_curve(20, (1e-9, 1e9)), title="A bowl")
    return explore(scene, lambda lr, steps=20: descend(BOWL, -5.0, lr=lr, steps=steps), **(controls or {"lr": slider(0.0, 2.5, 0.1, 0.1)}))


def test_kinds_of_controls():
    assert isinstance(slider(1, 100, 50), ipywidgets.IntSlider) and isinstance(slider(0.0, 1, 0.5), ipywidgets.FloatSlider)
    assert slider(0.0, 2.0, 0.1).step == pytest.approx(0.02) and slider(1, 9, 3).step == 1
    assert slider(0.0, 0.04, 0.01, 0.001).readout_format == ".3f" and slider(0.0, 1.0, 0.5, 0.25).readout_format == ".2f"
    assert log_slider(1e-4, 1, 0.01).value == pytest.approx(0.01)
    assert (log_slider(1e-4, 1, 0.01).min, log_slider(1e-4, 1, 0.01).max) == (-4, 0)
    assert choice(["a", "b"]).value == "a" and choice({"one": 1, "two": 2}, 2).value == 2
    assert toggle(label="decay").value is False


@pytest.mark.parametrize("make, message", [
    (lambda: slider(1, 0, 0.5), "min < max"), (lambda: slider(0, 1, 2), "value from min to max"),
    (lambda: slider(0, 1, 0.5, -1), "step must be one number above 0"), (lambda: log_slider(0, 1, 0.5), "0 < min"),
    (lambda: choice([]), "at least one option"), (lambda: choice(["a"], "b"), "must be one of"),
    (lambda: explore(Scene(curve(BOWL)), descend(BOWL, 1.0, lr=0.1, steps=2), lr=slider(0, 1, 0)), "make_runs must be a function .*, not <Run"),
    (lambda: live(lr=0.1), "lr must be a control"), (lambda: live(rate=slider(0, 1, 0)), "does not fit the controls rate"),
    (lambda: live(lr=slider(0, 1, 0), beta=slider(0, 1, 0)), "does not fit the controls lr, beta"),
])
def test_errors_say_what_is_allowed(make, message):
    with pytest.raises((TypeError, ValueError), match=message):
        make()


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

    shown = explore(Scene(loss_curve(20)), make, lr=slider(0.0, 1.0, 0.5), press=button(label="go"))
    lr, press = shown.controls
    press.click()
    lr.value = 0.25
    press.click()
    assert seen == [(0.5, 0), (0.5, 1), (0.25, 1), (0.25, 2)] and "step 3 of 3" in shown.overlay.value
    assert press.description == "go" and shown.sentence().endswith("Controls: lr, go.")


def test_an_error_is_shown_in_words_and_the_scene_lives_on():
    def make(lr):
        if lr > 1:
            raise ValueError("lr <is> too large")
        return descend(BOWL, -5.0, lr=lr, steps=20)

    shown = explore(Scene(curve(BOWL)), make, lr=slider(0.0, 2.0, 0.5, 0.1))
    before = shown.overlay.value
    shown.controls[0].value = 1.5
    assert "lrteach-error" in shown.message.value and "ValueError: lr &lt;is&gt; too large" in shown.message.value
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


def test_a_choice_that_changes_the_background():
    X, y = receipts()
    problems = {"pieces": LinearRegression(X, y), "dozens": LinearRegression(X / [12, 1], y)}
    shown = explore(Scene(landscape(problems["pieces"])), lambda f: descend(f, [0, 0], lr=0.03, steps=20), f=choice(problems))
    first = shown.background.value
    shown.controls[0].value = problems["dozens"]
    assert shown.background.value != first
    shown.controls[0].value = problems["pieces"]
    assert shown.background.value == first


def test_a_choice_of_places():
    places = choice([(-7.0, 2.0), (7.0, 2.0)])
    assert places.value == (-7.0, 2.0) and list(places._options_labels) == ["(-7.0, 2.0)", "(7.0, 2.0)"]
    assert choice({"left": [-7.0, 2.0], "right": [7.0, 2.0]}).value == [-7.0, 2.0]
    with pytest.raises(TypeError, match="an option must not be an array"):
        choice({"left": np.array([-7.0, 2.0])})


def test_values_are_those_on_the_slider_not_those_of_a_browser():
    seen = []

    def make(lr, start):
        seen.append((lr, start))
        return descend(BOWL, start, lr=lr, steps=5)

    shown = explore(Scene(curve(BOWL)), make, lr=slider(0.0, 1.0, 0.1), start=slider(-5, 5, -5))
    shown.controls[0].value = 0.1 + 0.2
    assert seen == [(0.1, -5), (0.3, -5)] and isinstance(seen[1][1], int)


def test_the_last_digits_of_a_browser_draw_nothing():
    shown = live(lr=slider(0.0, 2.5, 0.1, 0.1))
    shown.controls[0].value = 0.3
    shown.overlay.value = "kept"
    shown.controls[0].value = 0.1 + 0.2
    assert shown.overlay.value == "kept"
    shown.controls[0].value = 0.31
    assert "lr = 0.31" in shown.overlay.value


def test_controls_moved_in_several_threads_are_drawn_one_after_the_other():
    """JupyterLab 4 moves them in another thread than that of the cells; until that thread has begun, in both."""
    busy, together = set(), []

    def make(lr, start):
        busy.add(threading.get_ident())
        time.sleep(0.02)
        together.append(len(busy))
        busy.discard(threading.get_ident())
        return descend(BOWL, start, lr=lr, steps=20)

    shown = explore(Scene(curve(BOWL)), make, lr=slider(0.0, 1.0, 0.1), start=slider(-5.0, 5.0, -5.0))
    threads = [threading.Thread(target=setattr, args=(control, "value", value)) for control in shown.controls for value in (0.2, 0.3, 0.4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(together) == {1} and shown.message.value == ""
    last = explore(shown.scene, make, lr=slider(0.0, 1.0, shown.controls[0].value), start=slider(-5.0, 5.0, shown.controls[1].value))
    assert shown.overlay.value == last.overlay.value


def test_two_live_scenes_may_share_a_scene():
    scene = Scene(landscape(parabola_2d := LinearRegression(*receipts())))
    other = LinearRegression([[1, 0], [0, 1]], [3, 4])
    a = explore(scene, lambda lr: descend(parabola_2d, [0, 0], lr=lr, steps=5), lr=slider(0.0, 0.03, 0.01))
    background = a.background.value
    b = explore(scene, lambda lr: descend(other, [0, 0], lr=lr, steps=5), lr=slider(0.0, 0.03, 0.01))
    assert b.background.value != background
    a.controls[0].value = 0.02
    assert a.background.value == background


def test_labels():
    shown = live(lr=slider(0.0, 1.0, 0.1, label="learning rate lr"), steps=slider(1, 20, 5))
    assert [control.description for control in shown.controls] == ["learning rate lr", "steps"]
    assert shown.sentence().endswith("Controls: learning rate lr, steps.")


def test_bundle_is_live_still_and_words():
    shown = live()
    data, metadata = shown._repr_mimebundle_()
    assert data["application/vnd.jupyter.widget-view+json"]["model_id"] == shown.box.model_id
    assert base64.b64decode(data["image/png"])[:4] == b"\x89PNG" and metadata["image/png"]["width"] == 1000
    assert data["text/plain"] == shown.sentence() and "At step 20 of 20: lr = 0.1" in data["text/plain"]


def test_player_plays_steps_and_scrubs():
    film = play(Scene(curve(BOWL), loss_curve(20, (1e-9, 1e9)), size=(5, 3)), descend(BOWL, -5.0, lr=0.1, steps=20))
    player, back, on, t = film.controls
    seen = []
    film.overlay.observe(lambda change: seen.append(change["new"]), "value")
    for step in range(1, 21):
        player.value = step  # as the front end does while it plays
    assert len(set(seen)) == 20 and t.value == 20 and "step 20 of 20" in film.overlay.value
    on.click()
    assert t.value == 20  # there is no step after the last
    back.click()
    assert t.value == player.value == 19 and "step 19 of 20" in film.overlay.value
    t.value = 4
    assert player.value == 4 and "step 4 of 20" in film.overlay.value
    data, _ = film._repr_mimebundle_()
    assert b"acTL" in base64.b64decode(data["image/png"])  # an animated PNG
    assert film.overlay.value.count("step 4 of 20") >= 1


def test_player_of_a_long_run_takes_long_strides():
    film = play(Scene(curve(BOWL)), descend(BOWL, -5.0, lr=0.1, steps=1000), frames=50)
    assert film.controls[0].step == 20 and film.controls[-1].step == 1


def test_a_player_among_other_controls_moves_the_step_and_keeps_a_film():
    calls = []

    def make(lr):
        calls.append(lr)
        return descend(BOWL, -5.0, lr=lr, steps=20)

    shown = explore(Scene(curve(BOWL), size=(5, 3)), make, lr=slider(0.0, 1.0, 0.1), t=player(20))
    clock, back, on, scrub = shown.controls[1].children
    assert "step 0 of 20" in shown.overlay.value
    for move, step in [(lambda: setattr(clock, "value", 6), 6), (on.click, 7), (back.click, 6), (lambda: setattr(scrub, "value", 13), 13)]:
        move()
        assert f"step {step} of 20" in shown.overlay.value and shown.controls[1].value == clock.value == scrub.value == step
    assert calls == [0.1]
    shown.controls[0].value = 0.5
    assert "step 13 of 20" in shown.overlay.value and calls == [0.1, 0.5]
    data, _ = shown._repr_mimebundle_()
    assert b"acTL" in base64.b64decode(data["image/png"]) and "step 13 of 20" in shown.overlay.value
    assert data["text/plain"].endswith("Controls: lr, play, step back, step on, step.")


def test_a_player_begins_where_it_is_told():
    shown = explore(Scene(curve(BOWL)), lambda lr: descend(BOWL, -5.0, lr=lr, steps=20), lr=slider(0.0, 1.0, 0.1), t=player(20, 7))
    assert "tooltip" not in {name for name, value in shown.controls[1].get_state().items() if value}  # it would fail in the browser
    assert "step 7 of 20" in shown.overlay.value and {part.value for part in shown.controls[1].children[::3]} == {7}


@pytest.mark.parametrize("make, message", [(lambda: player(0), "steps must be a whole number of at least 1"),
                                           (lambda: player(5, frames=0), "frames must be a whole number"),
                                           (lambda: player(5, 6), "value must be a step from 0 to 5, not 6"),
                                           (lambda: player(5, 0.5), "value must be a whole number of at least 0")])
def test_a_player_needs_steps_and_frames(make, message):
    with pytest.raises(ValueError, match=message):
        make()
